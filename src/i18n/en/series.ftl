# The rule of a series in words
series-rule-every-week = { $count ->
    [one] every week
   *[other] every { $count } weeks
}
series-rule-every-month = { $count ->
    [one] every month
   *[other] every { $count } months
}
series-rule-every-year = { $count ->
    [one] every year
   *[other] every { $count } years
}
series-rule-on-weekdays = on { $days }
series-rule-on-first-weekday = on the weekday of the first meeting
series-rule-on-first-date = on the same day of the month as the first meeting
series-rule-on-first-day = on the same day as the first meeting
series-rule-on-date = on day { $day }
series-rule-on-last-day = on the last day
series-rule-on-nth = on the { $nth } { $weekday }
series-rule-on-date-of-month = on { $day } { $month }
series-rule-on-last-day-of-month = on the last day of { $month }
series-rule-on-nth-of-month = on the { $nth } { $weekday } of { $month }
series-rule-and = { $list } and { $last }
series-rule-until = until { $date }
series-rule-count = { $count ->
    [one] one meeting
   *[other] { $count } meetings
}
series-nth-1 = first
series-nth-2 = second
series-nth-3 = third
series-nth-4 = fourth
series-nth-5 = fifth
series-nth-last = last

# What is wrong with a rule
series-rule-expected-freq = WEEKLY, MONTHLY or YEARLY
series-rule-expected-interval = a whole number from 1 to { $max }
series-rule-expected-count = a whole number from 1 to { $max }
series-rule-expected-until = a date such as 20271231 or 20271231T100000Z
series-rule-expected-wkst = a weekday: MO, TU, WE, TH, FR, SA or SU
series-rule-expected-byday = a list of weekdays such as TU,TH with WEEKLY, and else one weekday with its number such as 2TU (1 to 5) or -1FR (the last)
series-rule-expected-bymonthday = a day from 1 to 31 or -1 (the last)
series-rule-expected-bymonth = a month from 1 to 12
series-rule-expected-bysetpos = a number from 1 to 5 or -1 (the last)

# What stands in every agenda unless somebody wants it otherwise
series-template-welcome = Welcome and adoption of the agenda
series-template-minutes = Approval of the minutes; open tasks
series-template-other = Any other business
series-template-next = Next meeting
