//! Translates the hosts of a series into a problem for the solver, and its solution into assignments.
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::cohosts::{self, debits};
use super::plain_order;
use super::plan::{Assignments, HostPlan, MeetingSlot, RotationMember, TurnStatus};
use super::travel::VenueLocations;
use crate::db::Id;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::series::HostWeights;
use crate::series::host_weights::ORDINARY_SHARE;
use solver::{self, City, Part, Problem, Weights};

/// The criteria by which hosts are chosen, in addition to the members and the ledger.
#[derive(Debug, Clone, Default)]
pub struct Criteria {
    /// The weights, and the shares that differ from the ordinary one.
    pub weights: HostWeights,
    /// Where the municipalities are; empty if travel has no weight.
    pub locations: VenueLocations,
}

/// A problem, and what its indices stand for.
#[derive(Debug, Clone)]
pub struct SolverInput {
    /// The problem: from the first turn to plan to the last meeting.
    pub problem: Problem,
    /// The municipalities in their order.
    pub cities: Vec<Id<Municipality>>,
    /// The meetings of the slots and their days, without those that nobody is charged for.
    pub meetings: Vec<(Id<Meeting>, NaiveDate)>,
    /// The days of the turns before the first slot, the latest one first.
    pub past: Vec<NaiveDate>,
    /// Who is due at the meetings that are hosted together. For the solver these are fixed, and it plans the others around
    /// them.
    pub together: Assignments,
}

/// A turn as the solver sees it.
enum SolverTurn {
    /// To be planned.
    Open,
    /// Fixed: the indices of the cities and their parts, the one that is due first. Empty if nobody is charged.
    Fixed(Vec<(usize, u32)>),
}

/// The state that a plan starts from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// All municipalities, including those that have left.
    pub members: &'a [RotationMember],
    /// All meetings of the series in the order of time.
    pub slots: &'a [MeetingSlot],
    /// The previous assignments of the planned meetings.
    pub assignments: &'a Assignments,
    /// Planned meetings that have begun: they keep their turns.
    pub begun: &'a HashSet<Id<Meeting>>,
}

impl PlanInput<'_> {
    fn is_to_plan(&self, slot: &MeetingSlot) -> bool {
        matches!(slot.status, TurnStatus::Open { .. }) && !self.begun.contains(&slot.meeting)
    }

    /// Whether the plain order is certainly the best plan: no blackout falls on a meeting to plan, none of these is hosted
    /// together, all members have the same share, and travel has no weight.
    #[must_use]
    pub fn is_plain_order_best(&self, criteria: &Criteria) -> bool {
        let mut open = self.slots.iter().filter(|slot| self.is_to_plan(slot));
        criteria.weights.travel == 0
            && open.all(|slot| {
                let mut members = self
                    .members
                    .iter()
                    .filter(|member| member.is_member_on(slot.on));
                let alone = cohosts::effective(self.members, slot).is_empty();
                alone
                    && members.all(|member| {
                        let share = criteria.weights.share_on(member.id, slot.on);
                        share == ORDINARY_SHARE && member.blackout_on(slot.on).is_none()
                    })
            })
    }

    /// The input of the solver.
    #[must_use]
    pub fn solver_input(&self, criteria: &Criteria) -> SolverInput {
        let mut order: Vec<&RotationMember> = self.members.iter().collect();
        order.sort_by_key(|member| (member.position, member.id));
        let cities: Vec<_> = order.iter().map(|member| member.id).collect();
        let places: HashMap<_, _> = cities
            .iter()
            .zip(0..)
            .map(|(id, place)| (*id, place))
            .collect();
        let together = self.together();
        let turn = |slot: &MeetingSlot| {
            let cohosts = cohosts::effective(self.members, slot);
            let due = match &slot.status {
                TurnStatus::GivenBack => None,
                TurnStatus::Settled { due, .. } => *due,
                TurnStatus::Open { .. } if self.is_to_plan(slot) && cohosts.is_empty() => {
                    return SolverTurn::Open;
                }
                TurnStatus::Open { .. } if self.is_to_plan(slot) => {
                    together.get(&slot.meeting).copied()
                }
                TurnStatus::Open { .. } => self.assignments.get(&slot.meeting).copied(),
            };
            let debits = due.map_or_else(Vec::new, |due| debits(due, &cohosts));
            let known = debits.into_iter();
            SolverTurn::Fixed(
                known
                    .filter_map(|(sharer, part)| Some((*places.get(&sharer)?, part)))
                    .collect(),
            )
        };
        let first = self.slots.iter().position(|slot| self.is_to_plan(slot));
        let (before, ahead) = self.slots.split_at(first.unwrap_or(self.slots.len()));
        let mut past = PastTurns::of(&order);
        for slot in before {
            if let SolverTurn::Fixed(cities) = turn(slot) {
                past.debit(&order, criteria, &cities, slot.on);
            }
        }
        let mut input = SolverInput {
            problem: Problem {
                cities: past.cities(&order, ahead.first().map(|slot| slot.on)),
                slots: Vec::with_capacity(ahead.len()),
                weights: weights(&criteria.weights),
            },
            cities,
            meetings: Vec::with_capacity(ahead.len()),
            past: past.days.into_iter().rev().collect(),
            together: Assignments::new(),
        };
        if criteria.weights.travel > 0 {
            self.add_travel(&order, criteria, &mut input.problem.cities);
        }
        for slot in ahead {
            let fixed = match turn(slot) {
                SolverTurn::Open => vec![],
                SolverTurn::Fixed(cities) if cities.is_empty() => continue,
                SolverTurn::Fixed(cities) => cities,
            };
            let previous = self
                .assignments
                .get(&slot.meeting)
                .and_then(|due| places.get(due));
            let parts = order.iter().map(|member| part(member, criteria, slot.on));
            input.problem.slots.push(solver::Slot {
                fixed,
                parts: parts.collect(),
                previous: previous.copied(),
            });
            input.meetings.push((slot.meeting, slot.on));
        }
        input.together = together;
        input
    }

    /// Who is due at the meetings to plan that are hosted together: as before, as long as that municipality can host, and
    /// otherwise as in the plain order.
    fn together(&self) -> Assignments {
        let to_plan = self.slots.iter().filter(|slot| self.is_to_plan(slot));
        let shared = to_plan.map(|slot| (slot, cohosts::effective(self.members, slot)));
        let shared = shared.filter(|(_, cohosts)| !cohosts.is_empty());
        let mut order: Option<HostPlan> = None;
        let mut found = Assignments::new();
        for (slot, cohosts) in shared {
            let can_host = |due: &Id<Municipality>| {
                let mut all = self.members.iter().filter(|member| member.id == *due);
                let able = |member: &RotationMember| {
                    member.is_member_on(slot.on) && member.blackout_on(slot.on).is_none()
                };
                !cohosts.contains(due) && all.any(able)
            };
            let stands = self
                .assignments
                .get(&slot.meeting)
                .copied()
                .filter(can_host);
            let due = stands.or_else(|| {
                let order =
                    order.get_or_insert_with(|| plain_order::plan(self.members, self.slots));
                let turn = order.turns.iter().find(|turn| turn.meeting == slot.meeting);
                turn.and_then(|turn| turn.due)
            });
            found.extend(due.map(|due| (slot.meeting, due)));
        }
        found
    }

    /// Sets how far the others travel to each municipality. The distance counts up to twice for a municipality that has
    /// travelled more than the others so far, and less for one that has travelled less.
    fn add_travel(&self, order: &[&RotationMember], criteria: &Criteria, cities: &mut [City]) {
        let way = |one: Id<_>, other: Id<_>| {
            u64::from(criteria.locations.kilometres(one, other).unwrap_or(0))
        };
        let mut travelled = vec![0_u64; order.len()];
        for slot in self.slots {
            if let TurnStatus::Settled { host, .. } = slot.status {
                for (member, travelled) in order.iter().zip(&mut travelled) {
                    if member.is_member_on(slot.on) {
                        *travelled += way(member.id, host);
                    }
                }
            }
        }
        let today = self
            .slots
            .iter()
            .find(|slot| self.is_to_plan(slot))
            .map(|slot| slot.on);
        let present: Vec<usize> = (0..order.len())
            .filter(|place| today.is_some_and(|day| order[*place].is_member_on(day)))
            .collect();
        let all: u64 = present.iter().map(|place| travelled[*place]).sum();
        let count = present.len() as u64;
        for (host, city) in order.iter().zip(cities) {
            let others = present.iter().filter(|place| order[**place].id != host.id);
            let ways = others.map(|place| {
                let part = (1000 * count * travelled[*place])
                    .checked_div(all)
                    .unwrap_or(1000);
                way(order[*place].id, host.id) * part.clamp(500, 2000)
            });
            let mean = ways.sum::<u64>() / (1000 * count.saturating_sub(1).max(1));
            city.kilometres = u32::try_from(mean).unwrap_or(u32::MAX);
        }
    }
}

impl SolverInput {
    /// The assignments of the meetings to plan by a solution of the problem. A meeting without one cannot be hosted.
    #[must_use]
    pub fn assignments(&self, plan: &solver::Plan) -> Assignments {
        let slots = self
            .problem
            .slots
            .iter()
            .zip(&self.meetings)
            .zip(&plan.turns);
        let open = slots.filter(|((slot, _), _)| slot.fixed.is_empty());
        open.filter_map(|((_, (meeting, _)), turn)| Some((*meeting, self.cities[(*turn)?])))
            .chain(self.together.clone())
            .collect()
    }

    /// The solution of the problem that has these assignments.
    #[must_use]
    pub fn solver_plan(&self, assignments: &Assignments) -> solver::Plan {
        let place = |due| self.cities.iter().position(|city| *city == due);
        let slots = self.problem.slots.iter().zip(&self.meetings);
        let turns = slots.map(|(slot, (meeting, _))| match slot.fixed.first() {
            Some((city, _)) => Some(*city),
            None => assignments.get(meeting).copied().and_then(place),
        });
        solver::Plan {
            turns: turns.collect(),
        }
    }

    /// The day of a slot; negative indices count back from the first slot.
    #[must_use]
    pub fn day(&self, slot: i64) -> Option<NaiveDate> {
        match usize::try_from(slot) {
            Ok(slot) => self.meetings.get(slot).map(|(_, day)| *day),
            Err(_) => self.past.get(usize::try_from(-1 - slot).ok()?).copied(),
        }
    }
}

/// What the ledger says about the turns before the first one to plan.
struct PastTurns {
    turns: Vec<i64>,
    /// The shares of these turns, in billionths of a turn.
    due: Vec<i64>,
    last: Vec<Option<usize>>,
    days: Vec<NaiveDate>,
}

impl PastTurns {
    fn of(order: &[&RotationMember]) -> Self {
        Self {
            turns: vec![0; order.len()],
            due: vec![0; order.len()],
            last: vec![None; order.len()],
            days: Vec::new(),
        }
    }

    fn debit(
        &mut self,
        order: &[&RotationMember],
        criteria: &Criteria,
        cities: &[(usize, u32)],
        on: NaiveDate,
    ) {
        if cities.is_empty() {
            return;
        }
        let shares: Vec<i64> = order
            .iter()
            .map(|member| i64::from(part(member, criteria, on).share.unwrap_or(0)))
            .collect();
        let all: i64 = shares.iter().sum();
        for (due, share) in self.due.iter_mut().zip(&shares) {
            *due += (1_000_000_000 * share).checked_div(all).unwrap_or(0);
        }
        for (city, part) in cities {
            self.turns[*city] += i64::from(*part);
        }
        if let Some((host, _)) = cities.first() {
            self.last[*host] = Some(self.days.len());
        }
        self.days.push(on);
    }

    /// The balances, shifted so that those of the members on that day add up to 0: nobody has to make up for those that
    /// have left.
    fn cities(&self, order: &[&RotationMember], on: Option<NaiveDate>) -> Vec<City> {
        let off =
            |place: usize| self.turns[place] - (self.due[place] + 500_000).div_euclid(1_000_000);
        let is_present = |place: &usize| on.is_some_and(|on| order[*place].is_member_on(on));
        let present: Vec<i64> = (0..order.len()).filter(is_present).map(off).collect();
        let count = i64::try_from(present.len()).unwrap_or(i64::MAX).max(1);
        let mean = (present.iter().sum::<i64>() + count / 2).div_euclid(count);
        let ago = |slot: usize| u32::try_from(self.days.len() - slot).unwrap_or(u32::MAX);
        (0..order.len())
            .map(|place| City {
                balance: if is_present(&place) {
                    off(place) - mean
                } else {
                    0
                },
                last: self.last[place].map(ago),
                kilometres: 0,
            })
            .collect()
    }
}

fn part(member: &RotationMember, criteria: &Criteria, on: NaiveDate) -> Part {
    Part {
        share: member
            .is_member_on(on)
            .then(|| criteria.weights.share_on(member.id, on)),
        able: member.blackout_on(on).is_none(),
    }
}

fn weights(weights: &HostWeights) -> Weights {
    Weights {
        fairness: weights.fairness,
        gaps: weights.gaps,
        travel: weights.travel,
        stability: weights.stability,
    }
}
