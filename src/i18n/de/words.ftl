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
page-imprint = Impressum
page-privacy = Datenschutz
page-accessibility = Barrierefreiheit

# Die Startseite und die Seiten, die fehlen
about-title = Treffen reihum
about-what = Dieser Dienst plant die regelmäßigen Treffen von Kommunen, die einander reihum einladen: Er legt fest, wer wann an der Reihe ist, lädt ein und sammelt Themen und Rückmeldungen.
about-invited-title = Sie sind eingeladen?
about-invited = Bitte nutzen Sie den persönlichen Link in der E-Mail zur Einladung. Hier müssen Sie sich nicht anmelden.
about-operators-title = Für den Betrieb
about-works = Der Dienst läuft.
about-broken = Der Dienst läuft, aber die Datenbank antwortet nicht oder kann nicht beschrieben werden.
about-version = Version
about-api = Schnittstelle für andere Programme (Dokumentation)
about-missing = Diese Angaben sind hier noch nicht hinterlegt. Bitte wenden Sie sich an die Kommune, die Sie eingeladen hat.
