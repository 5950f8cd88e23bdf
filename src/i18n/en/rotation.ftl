# Why a municipality hosts
rotation-reason-least-turns = { $host } has had the fewest turns by then ({ $turns } of { $all } in all)
rotation-reason-longest-ago = Equal turns: { $host } has waited longest (last turn on { $day })
rotation-reason-never = Equal turns: { $host } has never had one
rotation-reason-first-in-order = Equal turns: { $host } is first in the order
rotation-reason-only-one = Only { $host } is available on this day
rotation-reason-not-twice = { $host } follows, because { $waits } has just had a turn
rotation-reason-exchanged = { $host } cannot host on { $day } ({ $blackout }) and therefore changes places with { $other }
rotation-reason-instead-of = { $host } takes over from { $blocked } ({ $blackout }), whose turn is on { $day } instead
rotation-reason-confirmed = { $host } has confirmed
rotation-reason-avoids-twice = It is the turn of { $host }, so that { $city } does not host twice in a row
rotation-reason-keeps-share = It is the turn of { $host }, so that { $city } does not deviate from its share by a whole turn
rotation-reason-even-gaps = It is the turn of { $host }, because this makes the gaps between turns most even
rotation-reason-altogether = It is the turn of { $host }, because this distributes the turns best
rotation-reason-equally-good = { $host } and { $next } suit equally well; { $host } is first in the order
rotation-reason-stays = { $host } stays as planned: turns that are known are not moved, even if { $next } would suit as well
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
rotation-detail-paused = paused from { $from } to { $until }
rotation-detail-exchanged = takes the turn on { $day } instead, on which { $chosen } cannot host ({ $blackout })
rotation-detail-confirmed = { $host } has confirmed
rotation-detail-costs = the turns would be distributed less well
rotation-detail-gap = the gap to the turn on { $day } would be { $gap } instead of { $even }
rotation-detail-twice = { $city } would have two turns in a row (the other on { $day })
rotation-detail-off-share = { $city } would deviate from its share by a whole turn
rotation-detail-as-good = would suit as well; the order or the plan so far decides
rotation-detail-stays = would suit a little better, but turns that are known are not moved for that
rotation-detail-no-share = has no share of the turns
rotation-detail-blackout = blackout from { $from } to { $until }
rotation-detail-blackout-day = blackout on { $from }
rotation-detail-turns-ahead = { $turns } by then, { $chosen } { $chosen-turns }
rotation-detail-hosted-recently = last turn was on { $day }
rotation-detail-later-in-order = comes after { $chosen } in the order
rotation-detail-override = { $host } stands in for this meeting
rotation-detail-override-due = { $host } takes over this turn
rotation-detail-swap = { $host } has swapped this meeting
rotation-detail-swap-due = has swapped this meeting with { $host }
rotation-detail-fixed = { $host } is set for this meeting
rotation-turn = { $n } turn
rotation-turns = { $n } turns
rotation-turns-credited = { $turns } ({ $balance } with the credit for the time in which it did not take part)

# The table of the next meetings
rotation-table-number = No.
rotation-table-date = Date
rotation-table-host = Host
rotation-table-reason = Why
rotation-table-nobody = (nobody)
rotation-table-empty = No meeting is planned.
