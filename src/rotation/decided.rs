//! The plan that was decided, explained: who is due is given, and why is found out.
use super::better::{Better, Why};
use super::cohosts;
use super::explain::{Detail, Reason, Rejection};
use super::fairness;
use super::laid_out::{Dues, LaidOut};
use super::optimum::{self, Alternative, Exchange, POINT, TWICE_IN_A_ROW, WHOLE_TURN_OFF};
use super::plan::{Member, Plan, Slot, Standing, seated, settled};
use crate::db::Id;
use crate::municipalities::Municipality;

/// The plan in which these municipalities are due at the meetings that are open; nobody at those that are missing.
#[must_use]
pub fn plan(members: &[Member], slots: &[Slot], laid: &LaidOut, dues: &Dues) -> Plan {
    let mut ledger = fairness::Ledger::new(members, slots.first().map(|slot| slot.on));
    let mut others = Others::of(laid, dues);
    let mut turns = Vec::with_capacity(slots.len());
    for slot in slots {
        ledger.admit(slot.on);
        match &slot.standing {
            Standing::GivenBack => {}
            Standing::Settled { .. } => turns.extend(settled(&mut ledger, members, slot)),
            Standing::Open { pin } => {
                let due = dues.get(&slot.meeting).copied();
                let cohosts = cohosts::standing(members, slot);
                let why = || match cohosts.is_empty() {
                    true => explained(&ledger, slot, due, &mut others),
                    false => hosted_together(&ledger, slot, due, &cohosts),
                };
                let (pin, together) = (pin.as_ref(), cohosts.clone());
                let planned = seated(&ledger, slot, (pin, due, together), why);
                ledger.charge_planned(&planned, slot.on);
                turns.push(planned);
            }
        }
    }
    Plan {
        turns,
        balances: ledger.balances(),
    }
}

/// Why somebody is due who hosts together with others: because nothing has changed that.
fn hosted_together(
    ledger: &fairness::Ledger,
    slot: &Slot,
    due: Option<Id<Municipality>>,
    cohosts: &[Id<Municipality>],
) -> (Reason, Vec<Rejection>) {
    let others = (0..ledger.members.len()).filter(|place| Some(ledger.members[*place].id) != due);
    let rejected = others.map(|place| {
        let together = || due.map_or(Detail::NoShare, |host| Detail::Together { host });
        let detail = ledger.obstacle(place, slot.on).unwrap_or_else(together);
        Rejection::new(ledger.members[place].id, detail)
    });
    let reason = due.map_or(Reason::NobodyAvailable, |host| Reason::Together {
        host,
        cohosts: cohosts.to_vec(),
    });
    (reason, rejected.collect())
}

/// Why somebody is due, or nobody, and why not the others.
fn explained(
    ledger: &fairness::Ledger,
    slot: &Slot,
    due: Option<Id<Municipality>>,
    others: &mut Others,
) -> (Reason, Vec<Rejection>) {
    let costs = others.at(slot);
    let rejected = (0..ledger.members.len()).filter(|place| Some(ledger.members[*place].id) != due);
    let rejected: Vec<Rejection> = rejected
        .map(|place| {
            let id = ledger.members[place].id;
            let cost = costs.iter().find(|(city, _)| *city == id);
            let detail = ledger
                .obstacle(place, slot.on)
                .or_else(|| cost.map(|(_, cost)| cost.clone()));
            Rejection::new(id, detail.unwrap_or(Detail::NoShare))
        })
        .collect();
    let reason = match due {
        None => Reason::NobodyAvailable,
        Some(host) => best(host, &rejected, ledger),
    };
    (reason, rejected)
}

/// Why a municipality is due: how far it is before the next best.
fn best(host: Id<Municipality>, rejected: &[Rejection], ledger: &fairness::Ledger) -> Reason {
    let costs = rejected
        .iter()
        .filter_map(|rejection| match &rejection.detail {
            Detail::Costs(better) => Some((better.points, rejection.municipality)),
            _ => None,
        });
    let place = |id| ledger.members.iter().position(|member| member.id == id);
    match costs.min_by_key(|(points, id)| (*points, place(*id))) {
        None => Reason::OnlyOneAvailable { host },
        Some((1.., next)) => {
            let points = costs_of(rejected, next);
            Reason::LeastCost { host, next, points }
        }
        Some((0, next)) if place(host) < place(next) => Reason::EquallyGood { host, next },
        Some((_, next)) => Reason::StaysAsPlanned { host, next },
    }
}

fn costs_of(rejected: &[Rejection], of: Id<Municipality>) -> i64 {
    let mut rejected = rejected
        .iter()
        .filter(|rejection| rejection.municipality == of);
    match rejected.next().map(|rejection| &rejection.detail) {
        Some(Detail::Costs(better)) => better.points,
        _ => 0,
    }
}

/// What the others would have cost, slot by slot.
struct Others<'a> {
    laid: &'a LaidOut,
    /// The places of the slots that are to be planned, and what the others there would have cost.
    open: std::iter::Peekable<std::vec::IntoIter<(usize, Vec<Alternative>)>>,
}

impl<'a> Others<'a> {
    fn of(laid: &'a LaidOut, dues: &Dues) -> Self {
        // What a change costs others who have noted their turns is not what speaks for a host.
        let mut problem = laid.problem.clone();
        problem.weights.stability = 0;
        let slots = problem.slots.iter().enumerate();
        let open: Vec<usize> = slots
            .filter(|(_, slot)| slot.is_open())
            .map(|(place, _)| place)
            .collect();
        let all = optimum::alternatives(&problem, &laid.plan_of(dues), &open);
        let open: Vec<_> = open.into_iter().zip(all).collect();
        Self {
            laid,
            open: open.into_iter().peekable(),
        }
    }

    fn at(&mut self, slot: &Slot) -> Vec<(Id<Municipality>, Detail)> {
        let laid = self.laid;
        let here = |place: usize| {
            laid.meetings
                .get(place)
                .is_some_and(|(id, _)| *id == slot.meeting)
        };
        let Some((place, others)) = self.open.next_if(|(place, _)| here(*place)) else {
            return Vec::new();
        };
        let costs = others
            .into_iter()
            .filter_map(|other| Some((laid.cities[other.city], other.cost.ok()?)));
        costs
            .map(|(id, exchange)| (id, Detail::Costs(better(laid, place, &exchange))))
            .collect()
    }
}

/// Why the plan is better than this exchange.
fn better(laid: &LaidOut, slot: usize, exchange: &Exchange) -> Better {
    let gap = exchange.nearest.and_then(|turn| {
        let here = i64::try_from(slot).ok()?;
        Some((laid.day(turn)?, (here - turn).abs()))
    });
    let even = (exchange.even_gap + 500) / 1000;
    let why = match gap {
        Some((day, 1)) if exchange.costs >= TWICE_IN_A_ROW => Why::TwiceInARow { day },
        _ if exchange.costs >= WHOLE_TURN_OFF => Why::OffShare,
        Some((day, gap)) if gap != even && even > 0 => Why::Gap { day, gap, even },
        _ => Why::Altogether,
    };
    Better {
        // Thousandths of a point; what is less than one still is something.
        points: match exchange.costs {
            1.. => (exchange.costs / (POINT / 1000)).max(1),
            costs => costs / (POINT / 1000),
        },
        gives: exchange
            .gives
            .and_then(|slot| laid.meetings.get(slot))
            .map(|(id, _)| *id),
        why,
    }
}
