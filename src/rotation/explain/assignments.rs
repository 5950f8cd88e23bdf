//! The plan that follows from assignments that the solver has found: who is due is given, and the reasons are worked out
//! from what the alternatives would have cost.
use super::{CostReason, ExtraCost, HostReason, HostRejection, RejectionDetail};
use crate::db::Id;
use crate::municipalities::Municipality;
use crate::rotation::accounts::Accounts;
use crate::rotation::plan::{Assignments, HostPlan, MeetingSlot, PlannedTurn, RotationMember};
use crate::rotation::solver_input::SolverInput;
use solver::{self, Alternative, Exchange, POINT, TWICE_IN_A_ROW, WHOLE_TURN_OFF};

/// The plan in which these municipalities are due at the open meetings; none is due at a meeting without an assignment.
#[must_use]
pub fn plan(
    members: &[RotationMember],
    slots: &[MeetingSlot],
    input: &SolverInput,
    assignments: &Assignments,
) -> HostPlan {
    let mut alternatives = AlternativeCosts::of(input, assignments);
    HostPlan::build(members, slots, |accounts, slot, pin, cohosts| {
        let due = assignments.get(&slot.meeting).copied();
        PlannedTurn::open(accounts, slot, pin, (due, cohosts.clone()), || {
            if cohosts.is_empty() {
                by_cost(accounts, slot, due, &alternatives.at(slot))
            } else {
                hosted_together(accounts, slot, due, cohosts)
            }
        })
    })
}

/// The reasons at a meeting that is hosted together: it stays as it was planned.
fn hosted_together(
    accounts: &Accounts,
    slot: &MeetingSlot,
    due: Option<Id<Municipality>>,
    cohosts: Vec<Id<Municipality>>,
) -> (HostReason, Vec<HostRejection>) {
    let rejected = rejections(accounts, slot, due, |_| {
        due.map(|host| RejectionDetail::Together { host })
    });
    let reason = due.map_or(HostReason::NobodyAvailable, |host| HostReason::Together {
        host,
        cohosts,
    });
    (reason, rejected)
}

/// The reasons at any other meeting: what the plan would cost more with each of the others.
fn by_cost(
    accounts: &Accounts,
    slot: &MeetingSlot,
    due: Option<Id<Municipality>>,
    costs: &[(Id<Municipality>, ExtraCost)],
) -> (HostReason, Vec<HostRejection>) {
    let rejected = rejections(accounts, slot, due, |id| {
        let cost = costs.iter().find(|(city, _)| *city == id);
        cost.map(|(_, cost)| RejectionDetail::Costs(cost.clone()))
    });
    let reason = due.map_or(HostReason::NobodyAvailable, |host| {
        by_next_best(host, &rejected, accounts)
    });
    (reason, rejected)
}

/// Why each municipality but the one that is due does not host: because it cannot, or because of `other`.
fn rejections(
    accounts: &Accounts,
    slot: &MeetingSlot,
    due: Option<Id<Municipality>>,
    other: impl Fn(Id<Municipality>) -> Option<RejectionDetail>,
) -> Vec<HostRejection> {
    let ids = accounts.members.iter().map(|member| member.id);
    let rejected = ids.enumerate().filter(|(_, id)| Some(*id) != due);
    rejected
        .map(|(place, id)| {
            let detail = accounts.obstacle(place, slot.on).or_else(|| other(id));
            HostRejection::new(id, detail.unwrap_or(RejectionDetail::NoShare))
        })
        .collect()
}

/// Why a municipality is due: by how much it is better than the next best one.
fn by_next_best(
    host: Id<Municipality>,
    rejected: &[HostRejection],
    accounts: &Accounts,
) -> HostReason {
    let costs = rejected
        .iter()
        .filter_map(|rejection| match &rejection.detail {
            RejectionDetail::Costs(cost) => Some((cost.points, rejection.municipality)),
            _ => None,
        });
    let place = |id| accounts.members.iter().position(|member| member.id == id);
    match costs.min_by_key(|(points, id)| (*points, place(*id))) {
        None => HostReason::OnlyOneAvailable { host },
        Some((points @ 1.., next)) => HostReason::LeastCost { host, next, points },
        Some((0, next)) if place(host) < place(next) => HostReason::EquallyGood { host, next },
        Some((_, next)) => HostReason::StaysAsPlanned { host, next },
    }
}

/// What each alternative would have cost, slot by slot.
struct AlternativeCosts<'a> {
    input: &'a SolverInput,
    /// The indices of the slots that the solver has planned, each with its alternatives.
    open: std::iter::Peekable<std::vec::IntoIter<(usize, Vec<Alternative>)>>,
}

impl<'a> AlternativeCosts<'a> {
    fn of(input: &'a SolverInput, assignments: &Assignments) -> Self {
        // The costs of moving a turn are no reason for a host.
        let mut problem = input.problem.clone();
        problem.weights.stability = 0;
        let slots = problem.slots.iter().enumerate();
        let open: Vec<usize> = slots
            .filter(|(_, slot)| slot.is_open())
            .map(|(place, _)| place)
            .collect();
        let all = solver::alternatives(&problem, &input.solver_plan(assignments), &open);
        let open: Vec<_> = open.into_iter().zip(all).collect();
        Self {
            input,
            open: open.into_iter().peekable(),
        }
    }

    fn at(&mut self, slot: &MeetingSlot) -> Vec<(Id<Municipality>, ExtraCost)> {
        let input = self.input;
        let here = |place: usize| {
            input
                .meetings
                .get(place)
                .is_some_and(|(id, _)| *id == slot.meeting)
        };
        let Some((place, others)) = self.open.next_if(|(place, _)| here(*place)) else {
            return Vec::new();
        };
        others
            .into_iter()
            .filter_map(|other| {
                let exchange = other.cost.ok()?;
                Some((
                    input.cities[other.city],
                    extra_cost(input, place, &exchange),
                ))
            })
            .collect()
    }
}

/// What an exchange would cost, and what contributes most.
fn extra_cost(input: &SolverInput, slot: usize, exchange: &Exchange) -> ExtraCost {
    let gap = exchange.nearest.and_then(|turn| {
        let here = i64::try_from(slot).ok()?;
        Some((input.day(turn)?, (here - turn).abs()))
    });
    let even = (exchange.even_gap + 500) / 1000;
    let reason = match gap {
        Some((day, 1)) if exchange.costs >= TWICE_IN_A_ROW => CostReason::TwiceInARow { day },
        _ if exchange.costs >= WHOLE_TURN_OFF => CostReason::OffShare,
        Some((day, gap)) if gap != even && even > 0 => CostReason::Gap { day, gap, even },
        _ => CostReason::Altogether,
    };
    ExtraCost {
        // A positive cost below a thousandth of a point counts as one.
        points: match exchange.costs {
            1.. => (exchange.costs / (POINT / 1000)).max(1),
            costs => costs / (POINT / 1000),
        },
        gives: exchange
            .gives
            .and_then(|slot| input.meetings.get(slot))
            .map(|(id, _)| *id),
        reason,
    }
}
