//! The costs of other hosts.
use super::costs::{Costs, to_i64};
use super::state::{NOBODY, State};
use super::{Part, Plan, Problem};

/// Why a city cannot have a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// It is not a member at the time.
    NoMember,
    /// It cannot host at the time, or has a share of 0 while others can host.
    CannotHost,
    /// The turn is fixed.
    Fixed,
}

/// The cheapest change that gives a slot to another city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// The slot that it gives in exchange; none if it gets an additional turn.
    pub gives: Option<usize>,
    /// The additional cost, in the unit of [`POINT`](super::POINT). If negative, the plan is not the best.
    pub costs: i64,
    /// The nearest other turn of that city, as the index of its slot, which is negative before the first slot.
    pub nearest: Option<i64>,
    /// Its balance before the slot, in thousandths of a turn; positive if it is ahead.
    pub balance: i64,
    /// Its even gap, in thousandths of a slot; 0 if it has none.
    pub even_gap: i64,
}

/// Another city in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// Which city.
    pub city: usize,
    /// Its cost, or why it is not possible.
    pub cost: Result<Exchange, Obstacle>,
}

/// For each of these slots, the costs of all cities but its host, in their order: with an additional turn or in
/// exchange for one of its turns, whichever is cheaper.
#[must_use]
pub fn alternatives(problem: &Problem, plan: &Plan, slots: &[usize]) -> Vec<Vec<Alternative>> {
    let mut costs = Costs::of(problem);
    let hosts = |slot: &usize| plan.turns.get(*slot).copied().flatten().unwrap_or(NOBODY);
    let hosts: Vec<usize> = costs.open.iter().map(hosts).collect();
    costs.ensure_copies([&hosts]);
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
    let more = (state.hosts[slot] != NOBODY).then(|| state.reassign_cost(slot, city))?;
    let exchanges = turns
        .iter()
        .map(|turn| (Some(*turn), state.rotate_cost(&[slot, *turn])));
    let options = std::iter::once((None, more)).chain(exchanges);
    let options = options.filter_map(|(gives, costs)| Some((costs?, gives)));
    let (cost, gives) = options.min()?;
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
