# Why a municipality hosts
rotation-reason-least-turns = { $host } has had the fewest turns so far ({ $turns })
rotation-reason-longest-ago = Equal turns: { $host } has waited longest (last turn on { $day })
rotation-reason-never = Equal turns: { $host } has never had one
rotation-reason-first-in-order = Equal turns: { $host } is first in the order
rotation-reason-only-one = Only { $host } is available on this day
rotation-reason-not-twice = { $host } follows, because { $waits } has just had a turn
rotation-reason-nobody = No municipality is available on this day
rotation-reason-override = { $host } takes over the turn of { $due }
rotation-reason-swap = { $host } has swapped with { $due }
rotation-reason-fixed = { $host } was set as host
rotation-reason-settled = { $host } is settled as host
rotation-reason-pin-ignored = { $pinned } was meant to host, but cannot ({ $outside }). { $instead }

# Why another one does not
rotation-detail-not-yet-member = a member only from { $day }
rotation-detail-left = no longer a member since { $day }
rotation-detail-unknown = not a member
rotation-detail-blackout = blackout from { $from } to { $until }
rotation-detail-blackout-day = blackout on { $from }
rotation-detail-turns-ahead = { $turns } so far, { $chosen } { $chosen-turns }
rotation-detail-hosted-recently = last turn was on { $day }
rotation-detail-later-in-order = comes after { $chosen } in the order
rotation-detail-override = { $host } stands in for this meeting
rotation-detail-override-due = { $host } takes over this turn
rotation-detail-swap = { $host } has swapped this meeting
rotation-detail-swap-due = has swapped this meeting with { $host }
rotation-detail-fixed = { $host } is set for this meeting
rotation-turn = { $n } turn
rotation-turns = { $n } turns

# The table of the next meetings
rotation-table-number = No.
rotation-table-date = Date
rotation-table-host = Host
rotation-table-reason = Why
rotation-table-nobody = (nobody)
rotation-table-empty = No meeting is planned.
