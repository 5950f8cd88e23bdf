# Days of the week from Monday (1) to Sunday (7)
words-weekday-1 = Monday
words-weekday-2 = Tuesday
words-weekday-3 = Wednesday
words-weekday-4 = Thursday
words-weekday-5 = Friday
words-weekday-6 = Saturday
words-weekday-7 = Sunday

words-month-1 = January
words-month-2 = February
words-month-3 = March
words-month-4 = April
words-month-5 = May
words-month-6 = June
words-month-7 = July
words-month-8 = August
words-month-9 = September
words-month-10 = October
words-month-11 = November
words-month-12 = December

words-date-long = { $weekday }, { $day } { $month } { $year }
words-ordinal = { NUMBER($count, type: "ordinal") ->
    [one] { $count }st
    [two] { $count }nd
    [few] { $count }rd
   *[other] { $count }th
}
words-time-range = { $starts } to { $ends }

# The frame of every page
page-footer = reihum plans the meetings of municipalities that host each other in turn.
page-imprint = Imprint
page-privacy = Privacy
page-accessibility = Accessibility

# The root page, and pages that are missing
about-title = Meetings in turn
about-what = This service plans the regular meetings of municipalities that host each other in turn: it decides whose turn it is, sends the invitations, and collects topics and answers.
about-invited-title = Have you been invited?
about-invited = Please use the personal link in the invitation e-mail. You do not need to sign in here.
about-operators-title = For operators
about-works = The service is running.
about-broken = The service is running, but the database does not answer or cannot be written.
about-version = Version
about-api = Interface for other programs (documentation)
about-missing = This information has not been provided here yet. Please ask the municipality that invited you.
