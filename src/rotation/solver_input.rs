//! Translates the hosts of a series into a problem for the solver, and its solution into assignments.
use std::collections::HashMap;

use chrono::NaiveDate;

use super::cohosts::{self, debits};
use super::plan::{Assignments, MeetingSlot, RotationMember, TurnStatus, valid_pin};
use super::travel::VenueLocations;
use crate::db::Id;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::series::HostWeights;
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
}

/// Whether all that take part on that day have the same share, so that numbers of turns can be compared.
#[must_use]
pub fn has_equal_shares(members: &[RotationMember], on: NaiveDate, criteria: &Criteria) -> bool {
    let present = members.iter().filter(|one| one.takes_part_on(on));
    let mut shares = present.map(|one| criteria.weights.share_on(one.id, on));
    let first = shares.next();
    shares.all(|share| Some(share) == first)
}

/// Whether the turn of an open slot stays with the municipality that is due: it has confirmed, another one has agreed to
/// host for it, or co-hosts with it, and it can host.
#[must_use]
pub fn is_firm(members: &[RotationMember], slot: &MeetingSlot) -> bool {
    let TurnStatus::Open { confirmed, pin } = &slot.status else {
        return false;
    };
    let is_pinned = valid_pin(members, slot.on, pin.as_ref()).is_some();
    let cohosts = cohosts::effective(members, slot);
    let can_host = |due| {
        let mut all = members.iter();
        !cohosts.contains(&due) && all.any(|one| one.id == due && one.can_host_on(slot.on))
    };
    (*confirmed || is_pinned || !cohosts.is_empty()) && slot.due.is_some_and(can_host)
}

/// Whether the solver plans around the turn of an open slot: it is firm ([`is_firm`]), or hosted together.
#[must_use]
pub fn is_given(members: &[RotationMember], slot: &MeetingSlot) -> bool {
    slot.is_open() && (is_firm(members, slot) || !cohosts::effective(members, slot).is_empty())
}

impl SolverInput {
    /// The problem of these slots, without those at which nobody is due.
    #[must_use]
    pub fn new(members: &[RotationMember], slots: &[MeetingSlot], criteria: &Criteria) -> Self {
        let mut order: Vec<&RotationMember> = members.iter().collect();
        order.sort_by_key(|member| (member.position, member.id));
        let cities: Vec<_> = order.iter().map(|member| member.id).collect();
        let places: HashMap<_, _> = cities
            .iter()
            .zip(0..)
            .map(|(id, place)| (*id, place))
            .collect();
        // The indices of the cities that a fixed turn is charged to and their parts, the one that is due first.
        let fixed = |slot: &MeetingSlot| {
            let due = match &slot.status {
                TurnStatus::GivenBack => None,
                TurnStatus::Settled { due, .. } => *due,
                TurnStatus::Open { .. } if is_given(members, slot) => slot.due,
                TurnStatus::Open { .. } => return None,
            };
            let mut cohosts = cohosts::effective(members, slot);
            cohosts.retain(|cohost| Some(*cohost) != due);
            let debits = due
                .map_or_else(Vec::new, |due| debits(due, &cohosts))
                .into_iter();
            let known = debits.filter_map(|(sharer, part)| Some((*places.get(&sharer)?, part)));
            Some(known.collect::<Vec<(usize, u32)>>())
        };
        let first = slots.iter().position(|slot| fixed(slot).is_none());
        let (before, ahead) = slots.split_at(first.unwrap_or(slots.len()));
        let mut past = PastTurns::of(&order);
        for slot in before {
            past.debit(&order, criteria, &fixed(slot).unwrap_or_default(), slot.on);
        }
        let mut input = Self {
            problem: Problem {
                cities: past.cities(&order, ahead.first().map(|slot| slot.on)),
                slots: Vec::with_capacity(ahead.len()),
                weights: weights(&criteria.weights),
            },
            cities,
            meetings: Vec::with_capacity(ahead.len()),
            past: past.days.into_iter().rev().collect(),
        };
        if criteria.weights.travel > 0 {
            add_travel(&order, slots, criteria, &mut input.problem.cities);
        }
        for slot in ahead {
            let fixed = match fixed(slot) {
                Some(nobody) if nobody.is_empty() => continue,
                fixed => fixed.unwrap_or_default(),
            };
            let parts = order.iter().map(|member| part(member, criteria, slot.on));
            let previous = slot.due.filter(|_| slot.is_open());
            input.problem.slots.push(solver::Slot {
                fixed,
                parts: parts.collect(),
                previous: previous.and_then(|due| places.get(&due).copied()),
            });
            input.meetings.push((slot.meeting, slot.on));
        }
        input
    }

    /// Has moved turns counted against this plan.
    pub fn compare_with(&mut self, previous: &Assignments) {
        for (slot, (meeting, _)) in self.problem.slots.iter_mut().zip(&self.meetings) {
            let due = previous.get(meeting);
            slot.previous = due.and_then(|due| self.cities.iter().position(|city| city == due));
        }
    }

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

/// Sets how far the others travel to each municipality. The distance counts up to twice for a municipality that has
/// travelled more than the others so far, and less for one that has travelled less.
fn add_travel(
    order: &[&RotationMember],
    slots: &[MeetingSlot],
    criteria: &Criteria,
    cities: &mut [City],
) {
    let way = |one: Id<_>, other: Id<_>| {
        u64::from(criteria.locations.kilometres(one, other).unwrap_or(0))
    };
    let mut travelled = vec![0_u64; order.len()];
    for slot in slots {
        if let TurnStatus::Settled { host, .. } = slot.status {
            for (member, travelled) in order.iter().zip(&mut travelled) {
                if member.takes_part_on(slot.on) {
                    *travelled += way(member.id, host);
                }
            }
        }
    }
    let today = slots.iter().find(|slot| slot.is_open());
    let today = today.map(|slot| slot.on);
    let present: Vec<usize> = (0..order.len())
        .filter(|place| today.is_some_and(|day| order[*place].takes_part_on(day)))
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
        let is_present = |place: &usize| on.is_some_and(|on| order[*place].takes_part_on(on));
        let present: Vec<i64> = (0..order.len()).filter(is_present).map(off).collect();
        let count = i64::try_from(present.len()).unwrap_or(i64::MAX).max(1);
        let mean = (present.iter().sum::<i64>() + count / 2).div_euclid(count);
        // Who pauses then keeps its balance until it takes part again.
        let keeps = |place: &usize| {
            is_present(place) || on.is_some_and(|on| order[*place].pause_on(on).is_some())
        };
        let ago = |slot: usize| u32::try_from(self.days.len() - slot).unwrap_or(u32::MAX);
        (0..order.len())
            .map(|place| City {
                balance: if keeps(&place) { off(place) - mean } else { 0 },
                last: self.last[place].map(ago),
                kilometres: 0,
            })
            .collect()
    }
}

fn part(member: &RotationMember, criteria: &Criteria, on: NaiveDate) -> Part {
    Part {
        share: member
            .takes_part_on(on)
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
