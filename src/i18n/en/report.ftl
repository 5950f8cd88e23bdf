# The fairness report as a table
report-column-municipality = Municipality
report-column-member-days = Days of membership
report-column-hosted = Meetings hosted
report-column-charged = Turns charged (thousandths)
report-column-to-come = Meetings to come
report-column-due = Share by membership (thousandths)
report-column-difference = Hosted more than the share (thousandths)
report-column-travelled = Travelled (metres, one way)
report-column-agenda = Minutes of agenda proposed
report-column-attended = Meetings attended
report-column-cohosted = Meetings co-hosted

# The picture: who hosts when
report-timeline-title = { $series }: who hosts when, { $from } to { $to }
report-timeline-empty = There is no meeting in this period.
report-timeline-turn = { $day } { $host } ({ $status })
report-status-planned = planned
report-status-invited = invited
report-status-held = held
report-status-cancelled = cancelled
report-nobody = (nobody)

# In the terminal
report-figures-title = Shares from { $from } to { $to }
report-figure-hosted = hosted
report-figure-cohosted = co-hosted
report-figure-due = due
report-figure-difference = more
report-figure-charged = charged
report-figure-to-come = to come
report-figure-kilometres = travelled km
report-figure-minutes = agenda minutes
report-figure-attended = attended
report-figure-spread = Spread
