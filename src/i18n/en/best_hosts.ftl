# Why a municipality hosts where the plan was worked out
optimum-reason-least-cost = { $host } suits best; with { $next }, the next best, the plan would be { $points } points worse
optimum-reason-equally-good = { $host } and { $next } suit equally well; { $host } is first in the order
optimum-reason-stays = { $host } stays as planned, though { $next } would suit no less

# Why another one does not
optimum-detail-costs = the plan would be { $points } points worse
optimum-detail-gap = the gap to the turn on { $day } would be { $gap } instead of { $even } (plan { $points } points worse)
optimum-detail-twice = would have two turns in a row (the other on { $day })
optimum-detail-off-share = a municipality would be a whole turn off its share
optimum-detail-as-good = would suit as well; the order or the plan so far decides
optimum-detail-stays = the plan would be { $points } points better, but stays as it is known
optimum-detail-no-share = has no share of the turns
