# Wochentage von Montag (1) bis Sonntag (7)
words-weekday-1 = Montag
words-weekday-2 = Dienstag
words-weekday-3 = Mittwoch
words-weekday-4 = Donnerstag
words-weekday-5 = Freitag
words-weekday-6 = Samstag
words-weekday-7 = Sonntag

words-month-1 = Januar
words-month-2 = Februar
words-month-3 = März
words-month-4 = April
words-month-5 = Mai
words-month-6 = Juni
words-month-7 = Juli
words-month-8 = August
words-month-9 = September
words-month-10 = Oktober
words-month-11 = November
words-month-12 = Dezember

words-date-long = { $weekday }, { $day }. { $month } { $year }
words-ordinal = { $count }.
words-time-range = { $starts } bis { $ends } Uhr

# Der Rahmen jeder Seite
page-footer = reihum plant Treffen von Kommunen, die einander reihum einladen.
