//! The plain order: who hosts when, as a pure function of the members and the ledger of turns.
//!
//! Of the members without a blackout on the day, the one with the least balance is due (turns charged so far and start
//! credit: see [`Balance`](super::accounts::Balance)); among equals the one whose last turn is longest ago; then the first
//! in the order. A municipality that had the previous turn waits for one more if another can host: only after blackouts
//! could its balance make it due twice in a row.
//!
//! Without blackouts this keeps all balances within one turn of each other. So municipalities that joined together never
//! differ by more than one turn, and in any round of as many turns as members each is due exactly once, newcomers
//! included. The one exception: if a turn is given back while later ones are already settled, these stay as they are.
//!
//! Where the plain order is not the best plan, the solver finds a better one: see [`choose_hosts`](super::choose_hosts).
use chrono::NaiveDate;

use super::accounts::Accounts;
use super::explain::{HostReason, HostRejection, RejectionDetail};
use super::plan::{HostPlan, MeetingSlot, PlannedTurn, RotationMember};
use crate::db::Id;
use crate::municipalities::Municipality;

/// Plans the hosts of all open slots.
///
/// `members` are all municipalities of the cooperation, including those that have left or will join; `slots` are all
/// meetings of the series in the order of time, including past ones. The same input gives the same plan, and turning
/// planned turns into settled ones does not change the rest of the plan.
#[must_use]
pub fn plan(members: &[RotationMember], slots: &[MeetingSlot]) -> HostPlan {
    HostPlan::build(members, slots, |accounts, slot, pin, cohosts| {
        let choice = choose(accounts, slot.on, &cohosts);
        let due = choice.map(|choice| accounts.members[choice.due].id);
        PlannedTurn::open(accounts, slot, pin, (due, cohosts), || {
            let reason = choice.map_or(HostReason::NobodyAvailable, |choice| {
                choice.reason(accounts)
            });
            (reason, rejections(accounts, slot.on, choice))
        })
    })
}

/// Who is due, with what the reason depends on. The numbers are indices into [`Accounts::members`].
#[derive(Debug, Clone, Copy)]
struct DueChoice {
    due: usize,
    /// The next in line.
    other: Option<usize>,
    /// Who would be due again, but had the previous turn.
    waits: Option<usize>,
}

fn choose(accounts: &Accounts, on: NaiveDate, cohosts: &[Id<Municipality>]) -> Option<DueChoice> {
    let mut able: Vec<usize> = (0..accounts.members.len())
        .filter(|&place| accounts.obstacle(place, on).is_none())
        .filter(|&place| !cohosts.contains(&accounts.members[place].id))
        .collect();
    // The indices follow the order, and the sort is stable, so the order decides ties.
    able.sort_by_key(|&place| accounts.claim(place));
    match able[..] {
        [] => None,
        [just, next, ..] if accounts.had_last_turn(just) => Some(DueChoice {
            due: next,
            other: able.get(2).copied(),
            waits: Some(just),
        }),
        [due, ..] => Some(DueChoice {
            due,
            other: able.get(1).copied(),
            waits: None,
        }),
    }
}

impl DueChoice {
    fn reason(self, accounts: &Accounts) -> HostReason {
        let host = accounts.members[self.due].id;
        if let Some(waits) = self.waits {
            return HostReason::NotTwiceInARow {
                host,
                waits: accounts.members[waits].id,
            };
        }
        let Some(other) = self.other else {
            return HostReason::OnlyOneAvailable { host };
        };
        let (own, others) = (&accounts.by_member[self.due], &accounts.by_member[other]);
        if own.claimed() < others.claimed() {
            HostReason::LeastTurns {
                host,
                turns: own.claimed(),
            }
        } else if own.last < others.last {
            HostReason::LongestAgo {
                host,
                last: own.last.map(|last| last.on),
            }
        } else {
            HostReason::FirstInOrder { host }
        }
    }
}

fn rejections(accounts: &Accounts, on: NaiveDate, choice: Option<DueChoice>) -> Vec<HostRejection> {
    let detail = |place: usize| {
        if let Some(obstacle) = accounts.obstacle(place, on) {
            return Some(obstacle);
        }
        let choice = choice.filter(|choice| choice.due != place)?;
        let (own, due) = (&accounts.by_member[place], &accounts.by_member[choice.due]);
        let chosen = accounts.members[choice.due].id;
        Some(match own.last {
            _ if choice.waits != Some(place) && own.claimed() > due.claimed() => {
                RejectionDetail::TurnsAhead {
                    own: own.claimed(),
                    chosen,
                    chosen_turns: due.claimed(),
                }
            }
            Some(last) if choice.waits == Some(place) || own.last > due.last => {
                RejectionDetail::HostedRecently { last: last.on }
            }
            _ => RejectionDetail::LaterInOrder { chosen },
        })
    };
    let details = (0..accounts.members.len()).filter_map(|place| Some((place, detail(place)?)));
    details
        .map(|(place, detail)| HostRejection::new(accounts.members[place].id, detail))
        .collect()
}
