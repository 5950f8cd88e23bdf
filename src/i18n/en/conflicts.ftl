# Planned meetings on days that have come not to suit
conflicts-subject = Please plan again: dates of “{ $series }” no longer suit
conflicts-intro = blackouts or school holidays have changed since “{ $series }” was planned. These planned dates are now on days on which the series is not to meet ({ $count }):
conflicts-next = The dates stay until you plan the series again or move the meetings. Before you plan you can look at what would change.
conflicts-more = The first { $shown } are shown.
