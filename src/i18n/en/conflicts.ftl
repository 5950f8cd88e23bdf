# Planned meetings on days that have come not to suit
conflicts-replan-subject = Please plan again: dates of “{ $series }” no longer suit
conflicts-replan-intro = blackouts or school holidays have changed since “{ $series }” was planned. These planned dates are now on days on which the series is not to meet ({ $count }):
conflicts-replan-next = The dates stay until you plan the series again or move the meetings. Before you plan you can look at what would change.
conflicts-more = The first { $shown } are shown.

# Meetings that need a person
conflicts-attention-subject = “{ $series }”: a meeting needs your decision
conflicts-attention-intro = “{ $series }” has meetings that need you ({ $count }):
conflicts-attention-label = Meeting { $number }
conflicts-attention-next = The warnings are shown with the meeting and the series as well until they are settled.
warnings-host-absent = { $host } cannot host on { $date }: { $obstacle }. The invitations have been sent. Please choose another host or move the meeting.
warnings-no-host = No municipality can host on { $date }. Please choose a host or move the meeting.
warnings-not-closed = The meeting on { $date } is over and nobody was invited. If it took place, please close it; otherwise cancel it. Until then it counts for the municipality whose turn it was.
