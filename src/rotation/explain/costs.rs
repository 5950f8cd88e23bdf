//! What the plan would cost with other municipalities in a slot.
use std::collections::HashMap;

use chrono::NaiveDate;

use super::RejectionRule;
use crate::db::Id;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::rotation::plan::{Assignments, MeetingSlot, RotationMember};
use crate::rotation::planner::{Replan, is_plain, plain_order};
use crate::rotation::solver_input::{Criteria, SolverInput};
use solver::{self, Exchange, POINT, Trouble};

/// What the plan would cost more with another municipality in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraCost {
    /// The additional cost in thousandths of a point, either with one more turn for that municipality or in exchange for
    /// one of its turns, whichever costs less. Negative if the plan would be better.
    pub points: i64,
    /// The meeting that the host would get in exchange.
    pub gives: Option<Id<Meeting>>,
    /// What contributes most to the cost.
    pub reason: CostReason,
}

/// What contributes most to the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostReason {
    /// A municipality would have two turns in a row.
    TwiceInARow {
        /// That municipality.
        city: Id<Municipality>,
        /// The day of the other turn.
        day: NaiveDate,
    },
    /// A municipality would deviate from its due share by a whole turn.
    OffShare {
        /// That municipality.
        city: Id<Municipality>,
    },
    /// The gap to its nearest turn would be uneven.
    Gap {
        /// The day of that turn.
        day: NaiveDate,
        /// The gap, in meetings.
        gap: i64,
        /// The even gap, in meetings.
        even: i64,
    },
    /// No single component.
    Altogether,
}

impl ExtraCost {
    pub(super) fn rule(&self) -> RejectionRule {
        match (self.points, self.reason) {
            (0, _) => RejectionRule::AsGood,
            (..0, _) => RejectionRule::StaysAsPlanned,
            (_, CostReason::TwiceInARow { .. }) => RejectionRule::TwiceInARow,
            (_, CostReason::OffShare { .. }) => RejectionRule::OffShare,
            (_, CostReason::Gap { .. } | CostReason::Altogether) => RejectionRule::CostsMore,
        }
    }
}

/// What each other municipality would cost in each slot that was planned.
pub(super) struct AlternativeCosts(HashMap<(Id<Meeting>, Id<Municipality>), ExtraCost>);

impl AlternativeCosts {
    /// `None` if the plan is the plain order, which needs no such comparison.
    pub(super) fn of(
        members: &[RotationMember],
        slots: &[MeetingSlot],
        criteria: &Criteria,
        dues: &Assignments,
    ) -> Option<Self> {
        let order = || plain_order(members, slots, Replan::Anew);
        if is_plain(members, slots, criteria) && order().dues == *dues {
            return None;
        }
        let mut input = SolverInput::new(members, slots, criteria);
        // The cost of moving a turn is no reason for a host.
        input.problem.weights.stability = 0;
        let places = input.problem.slots.iter().enumerate();
        let open = places.filter(|(_, slot)| slot.is_open());
        let open: Vec<usize> = open.map(|(place, _)| place).collect();
        let all = solver::alternatives(&input.problem, &input.solver_plan(dues), &open);
        let mut costs = HashMap::new();
        for (slot, others) in open.into_iter().zip(all) {
            let (meeting, _) = input.meetings[slot];
            for other in others {
                if let Ok(exchange) = other.cost {
                    let cost = extra_cost(&input, slot, &exchange);
                    costs.insert((meeting, input.cities[other.city]), cost);
                }
            }
        }
        Some(Self(costs))
    }

    pub(super) fn of_city(
        &self,
        meeting: Id<Meeting>,
        city: Id<Municipality>,
    ) -> Option<ExtraCost> {
        self.0.get(&(meeting, city)).cloned()
    }
}

/// What an exchange would cost, and what contributes most.
fn extra_cost(input: &SolverInput, slot: usize, exchange: &Exchange) -> ExtraCost {
    let gap = exchange.nearest.and_then(|turn| {
        let here = i64::try_from(slot).ok()?;
        Some((input.day(turn)?, (here - turn).abs()))
    });
    let even = (exchange.even_gap + 500) / 1000;
    let trouble = exchange.trouble.and_then(|trouble| {
        Some(match trouble {
            Trouble::TwiceInARow { city, other } => CostReason::TwiceInARow {
                city: *input.cities.get(city)?,
                day: input.day(other)?,
            },
            Trouble::WholeTurnOff { city } => CostReason::OffShare {
                city: *input.cities.get(city)?,
            },
        })
    });
    let reason = trouble.unwrap_or(match gap {
        Some((day, gap)) if gap != even && even > 0 => CostReason::Gap { day, gap, even },
        _ => CostReason::Altogether,
    });
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
