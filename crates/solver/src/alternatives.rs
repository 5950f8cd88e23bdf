//! What another city in a slot would have cost.
use super::costs::{Costs, to_i64};
use super::state::{NOBODY, State};
use super::{Part, Plan, Problem};

/// Why a city cannot have a turn at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// It is no member then.
    NoMember,
    /// It cannot host then, or has no share of the turns while others can host.
    CannotHost,
    /// The turn is fixed.
    Fixed,
}

/// How another city would come to a slot at the least cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// The slot whose turn it gives for it; nothing if it has one turn more.
    pub gives: Option<usize>,
    /// What the plan would cost more, in units of which [`POINT`](super::POINT) make a point. Nothing: it is as
    /// good. Less than nothing: the plan is not the best.
    pub costs: i64,
    /// The turn of that city next to the slot, as a number of slots from the first one, which may be less than
    /// nothing; none if it has no other.
    pub nearest: Option<i64>,
    /// How far from its due share it was before the slot, in thousandths of a turn; more than nothing if ahead.
    pub balance: i64,
    /// The gap that is even for it, in thousandths of a slot; 0 if none is.
    pub even_gap: i64,
}

/// Another city in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// Which city.
    pub city: usize,
    /// What it would cost, or why it cannot be.
    pub cost: Result<Exchange, Obstacle>,
}

/// What each other city in these slots would have cost: with one turn more, or in exchange for one of its turns,
/// whichever costs less. For each slot one for each city but the one that has the turn, in their order.
#[must_use]
pub fn alternatives(problem: &Problem, plan: &Plan, slots: &[usize]) -> Vec<Vec<Alternative>> {
    let mut costs = Costs::of(problem);
    let hosts = |slot: &usize| plan.turns.get(*slot).copied().flatten().unwrap_or(NOBODY);
    let hosts: Vec<usize> = costs.open.iter().map(hosts).collect();
    costs.make_room([&hosts]);
    let state = State::new(&costs, &hosts);
    let others = |slot: usize| {
        let host = plan.turns.get(slot).copied().flatten();
        let others = (0..costs.cities).filter(|city| Some(*city) != host);
        let other = |city: usize| {
            let cost = match obstacle(problem, slot, city) {
                Some(obstacle) => Err(obstacle),
                None => exchange(&costs, &state, slot, city).ok_or(Obstacle::CannotHost),
            };
            Alternative { city, cost }
        };
        others.map(other).collect()
    };
    slots.iter().map(|slot| others(*slot)).collect()
}

fn obstacle(problem: &Problem, slot: usize, city: usize) -> Option<Obstacle> {
    let slot = problem.slots.get(slot)?;
    match slot.parts.get(city)? {
        Part { share: None, .. } => Some(Obstacle::NoMember),
        _ if !slot.fixed.is_empty() => Some(Obstacle::Fixed),
        Part { able: false, .. } => Some(Obstacle::CannotHost),
        Part { .. } => None,
    }
}

fn exchange(costs: &Costs, state: &State, slot: usize, city: usize) -> Option<Exchange> {
    let turns = state.turns(city);
    let more = (state.hosts[slot] != NOBODY).then(|| state.takes_over(slot, city))?;
    let exchanges = turns
        .iter()
        .map(|turn| (Some(*turn), state.goes_round(&[slot, *turn])));
    let ways = std::iter::once((None, more)).chain(exchanges);
    let ways = ways.filter_map(|(gives, costs)| Some((costs?, gives)));
    let (cost, gives) = ways.min()?;
    let (before, after) = state.neighbours(city, slot);
    let handed_over = gives.map(to_i64);
    let here = to_i64(slot);
    let near = [before, after].into_iter().flatten();
    let nearest = near
        .filter(|turn| Some(*turn) != handed_over)
        .min_by_key(|turn| (turn - here).abs());
    let had = turns.partition_point(|turn| *turn < slot);
    Some(Exchange {
        gives,
        costs: cost,
        nearest,
        balance: costs.before(city, slot, had),
        even_gap: costs.even(city, slot),
    })
}
