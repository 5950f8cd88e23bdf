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
    /// What makes the change so expensive, if one of the two rules that outweigh everything else would be broken.
    pub trouble: Option<Trouble>,
    /// The nearest other turn of that city, as the index of its slot, which is negative before the first slot.
    pub nearest: Option<i64>,
    /// Its even gap, in thousandths of a slot; 0 if it has none.
    pub even_gap: i64,
}

/// A rule that a change would break. It concerns the city that gets the slot, or the one that gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// A city would have two turns in a row.
    TwiceInARow {
        /// Which city.
        city: usize,
        /// The other turn, as the index of its slot, which is negative before the first slot.
        other: i64,
    },
    /// A city would deviate from its due share by more whole turns.
    WholeTurnOff {
        /// Which city.
        city: usize,
    },
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
    let here = to_i64(slot);
    let nearest = neighbours(state, city, slot, gives).min_by_key(|turn| (turn - here).abs());
    Some(Exchange {
        gives,
        costs: cost,
        trouble: trouble(costs, state, (slot, gives), city).filter(|_| cost > 0),
        nearest,
        even_gap: costs.even(city, slot),
    })
}

/// The turns of a city next to a slot, without the one that it gives away.
fn neighbours(
    state: &State,
    city: usize,
    slot: usize,
    without: Option<usize>,
) -> impl Iterator<Item = i64> {
    let (before, after) = state.neighbours(city, slot);
    let without = without.map(to_i64);
    let near = [before, after].into_iter().flatten();
    near.filter(move |turn| Some(*turn) != without)
}

/// Which of the two rules that outweigh everything else is broken if `city` gets `slot` and gives another one in
/// exchange.
fn trouble(
    costs: &Costs,
    state: &State,
    (slot, gives): (usize, Option<usize>),
    city: usize,
) -> Option<Trouble> {
    let host = state.hosts[slot];
    let changes = [(city, gives, Some(slot)), (host, Some(slot), gives)];
    // How much more there is of something for each of the two.
    let more = |count: &dyn Fn(usize, &[usize]) -> i64| {
        changes.map(|(city, out, into)| {
            let own = state.turns(city);
            let kept = own.iter().copied().filter(|turn| Some(*turn) != out);
            let mut new: Vec<usize> = kept.chain(into).collect();
            new.sort_unstable();
            count(city, &new) - count(city, own)
        })
    };
    let rows = more(&|city, turns| costs.in_a_row(city, turns));
    if rows.iter().sum::<i64>() > 0 {
        let new = [
            Some((city, slot, gives)),
            gives.map(|gives| (host, gives, Some(slot))),
        ];
        return new.into_iter().flatten().find_map(|(city, slot, without)| {
            let here = to_i64(slot);
            let mut near = neighbours(state, city, slot, without);
            let other = near.find(|turn| (turn - here).abs() == 1)?;
            Some(Trouble::TwiceInARow { city, other })
        });
    }
    let off = more(&|city, turns| costs.whole_turns_off(city, turns));
    let most = if off[1] > off[0] { host } else { city };
    (off.iter().sum::<i64>() > 0).then_some(Trouble::WholeTurnOff { city: most })
}
