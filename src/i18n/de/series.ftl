# Die Regel einer Terminreihe in Worten
series-rule-every-week = { $count ->
    [one] jede Woche
   *[other] alle { $count } Wochen
}
series-rule-every-month = { $count ->
    [one] jeden Monat
   *[other] alle { $count } Monate
}
series-rule-every-year = { $count ->
    [one] jedes Jahr
   *[other] alle { $count } Jahre
}
series-rule-on-weekdays = am { $days }
series-rule-on-first-weekday = am Wochentag des ersten Termins
series-rule-on-first-date = am selben Monatstag wie der erste Termin
series-rule-on-first-day = am selben Tag wie der erste Termin
series-rule-on-date = am { $day }.
series-rule-on-last-day = am letzten Tag
series-rule-on-nth = am { $nth } { $weekday }
series-rule-on-date-of-month = am { $day }. { $month }
series-rule-on-last-day-of-month = am letzten Tag im { $month }
series-rule-on-nth-of-month = am { $nth } { $weekday } im { $month }
series-rule-and = { $list } und { $last }
series-rule-until = bis { $date }
series-rule-count = { $count ->
    [one] ein Termin
   *[other] { $count } Termine
}
series-nth-1 = ersten
series-nth-2 = zweiten
series-nth-3 = dritten
series-nth-4 = vierten
series-nth-5 = fünften
series-nth-last = letzten

# Was an einer Regel nicht stimmt
series-rule-expected-freq = WEEKLY, MONTHLY oder YEARLY
series-rule-expected-interval = eine ganze Zahl von 1 bis { $max }
series-rule-expected-count = eine ganze Zahl von 1 bis { $max }
series-rule-expected-until = ein Datum wie 20271231 oder 20271231T100000Z
series-rule-expected-wkst = ein Wochentag: MO, TU, WE, TH, FR, SA oder SU
series-rule-expected-byday = bei WEEKLY eine Liste von Wochentagen wie TU,TH und sonst ein Wochentag mit Zahl wie 2TU (1 bis 5) oder -1FR (der letzte)
series-rule-expected-bymonthday = ein Tag von 1 bis 31 oder -1 (der letzte)
series-rule-expected-bymonth = ein Monat von 1 bis 12
series-rule-expected-bysetpos = eine Zahl von 1 bis 5 oder -1 (der letzte)

# Was in jeder Tagesordnung steht, wenn nichts anderes gewünscht wird
series-template-welcome = Begrüßung und Feststellung der Tagesordnung
series-template-minutes = Genehmigung des Protokolls; offene Aufgaben
series-template-other = Verschiedenes
series-template-next = Nächster Termin
