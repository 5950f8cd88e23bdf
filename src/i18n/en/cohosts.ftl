# Several municipalities host together. $cohosts are the co-hosts
cohosts-together = { $host }, together with { $cohosts }
cohosts-reason = { $together }: fixed as long as { $host } can
cohosts-detail = { $host } hosts together with others

# In mails to those invited: what has changed
cohosts-change = Together with the host now: { $to } (instead of { $from })
cohosts-change-set = Together with the host: { $to }
cohosts-change-none = The host hosts alone again (it was together with { $from })

# In mails to the municipalities whose part of a turn has changed. $to and $from are dates
cohosts-turn-moved-subject = { $municipality } is co-host on { $to } instead of { $from }
cohosts-turn-new-subject = { $municipality } is co-host on { $to }
cohosts-turn-off-subject = { $municipality } is no longer co-host on { $from }
cohosts-turns-next = If you cannot be co-host on a date, please turn to the coordinators.
cohosts-label = Together with
cohosts-label-new = New date as co-host
cohosts-label-off = No longer as co-host

# In the picture and in the terminal
cohosts-legend = hosts together
