//! The search for a good plan including gaps: from several starting points, by changes that reduce the cost.
use std::borrow::Cow;

use super::anneal::{self, PseudoRandom};
use super::costs::{Costs, to_i64};
use super::state::State;
use super::{Plan, Problem, Slot, assignment};

/// How much is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Starts from the current plan, repairs it where necessary, and accepts only changes that are much better: a
    /// moved turn costs twenty times as much. For automatic updates.
    Keep,
    /// Also starts from scratch and searches globally. For a new plan on request.
    Thorough,
}

/// The factor on the cost of a moved turn with [`Effort::Keep`].
const MOVE_FACTOR: u32 = 20;

/// Repetitions of [`Effort::Keep`] at most. The cost decreases each time, so that far fewer are needed.
const MAX_ROUNDS: usize = 20;

/// Up to this number of invalid turns, rotations of three slots are tried to repair them; otherwise of two.
const FEW_REPAIRS: usize = 8;

/// Steps of the global search per open slot and city.
const STEPS_PER_CELL: usize = 300;
/// The least and the greatest number of steps of the global search.
const MIN_STEPS: usize = 900_000;
const MAX_STEPS: usize = 7_500_000;

/// Runs of the global search. All but the last one begin at a plan that does not know of the others, because the best plan
/// so far may lie far from a better one; the last one begins there.
const RUNS: usize = 4;

/// The seed of the pseudo-random numbers.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// Finds a good plan: the cheapest one that the search found. No exchange of two turns and no reassignment of a turn
/// improves it. Among plans of equal cost the current one is preferred, then the greedy one. If two cities could
/// exchange turns at no cost, the first in order has the earlier one.
///
/// Slots in which nobody can host stay empty; fixed ones are unchanged.
#[must_use]
pub fn solve(problem: &Problem, effort: Effort) -> Plan {
    let open = problem.slots.iter().filter(|slot| slot.is_open()).count();
    let steps = (open * problem.cities.len() * STEPS_PER_CELL).clamp(MIN_STEPS, MAX_STEPS);
    let plan = solve_within(problem, effort, steps);
    match effort {
        Effort::Keep => keep_until_stable(problem, plan),
        Effort::Thorough => plan,
    }
}

/// Repeats [`Effort::Keep`] until the plan no longer changes: a moved turn can make other moves worth their cost, which
/// should happen now rather than with the next update.
fn keep_until_stable(problem: &Problem, mut plan: Plan) -> Plan {
    let mut problem = Cow::Borrowed(problem);
    for _ in 0..MAX_ROUNDS {
        let mut open = problem.slots.iter().zip(&plan.turns);
        if open.all(|(slot, turn)| !slot.is_open() || slot.previous == *turn) {
            break;
        }
        let slots = problem.to_mut().slots.iter_mut().zip(&plan.turns);
        for (slot, turn) in slots.filter(|(slot, _)| slot.is_open()) {
            slot.previous = *turn;
        }
        plan = solve_within(&problem, Effort::Keep, 0);
    }
    plan
}

/// Like [`solve`], with the number of steps of the global search.
#[must_use]
pub fn solve_within(problem: &Problem, effort: Effort, steps: usize) -> Plan {
    let has_current = problem.slots.iter().any(|slot| slot.previous.is_some());
    let mut costs = match effort {
        Effort::Keep => Costs::with_move_factor(problem, MOVE_FACTOR),
        Effort::Thorough => Costs::of(problem),
    };
    let mut starts = vec![greedy_hosts(&costs, |_| None)];
    if effort == Effort::Thorough || !has_current {
        starts.push(assignment::assign(&mut costs));
    }
    let known = |slot: usize| {
        problem.slots[slot]
            .previous
            .filter(|city| *city < costs.cities)
    };
    let current = greedy_hosts(&costs, known);
    costs.ensure_copies(starts.iter().chain([&current]));
    // the first of plans with equal cost is kept
    let mut best = if has_current {
        Best::of(&descend(repaired(State::new(&costs, &current))))
    } else {
        Best::of(&State::new(&costs, &starts[0]))
    };
    for start in &starts {
        best.offer(&descend(State::new(&costs, start)));
    }
    if effort == Effort::Thorough && costs.open.len() > 1 && costs.cities > 1 {
        let mut random = PseudoRandom::from(SEED);
        for run in 0..RUNS {
            let from = if run + 1 < RUNS {
                &starts[run % starts.len()]
            } else {
                &best.hosts
            };
            let start = State::new(&costs, from);
            let found = anneal::search(start, steps / RUNS, &mut random);
            best.offer(&descend(State::new(&costs, &found)));
        }
    }
    let mut hosts = best.hosts;
    // after an exchange at no cost another one may be an improvement, and a city that uses all its copies may be
    // better off with one more
    loop {
        costs.ensure_copies([&hosts]);
        let mut state = State::new(&costs, &hosts);
        break_ties(&mut state);
        let cost = state.cost();
        state = descend(state);
        hosts = state.open_hosts();
        if state.cost() == cost {
            break;
        }
    }
    let mut turns: Vec<Option<usize>> = problem.slots.iter().map(Slot::fixed_turn).collect();
    for (slot, host) in costs.open.iter().zip(hosts) {
        turns[*slot] = Some(host);
    }
    Plan { turns }
}

/// The best plan so far.
struct Best {
    hosts: Vec<usize>,
    cost: i64,
}

impl Best {
    fn of(state: &State) -> Self {
        Self {
            cost: state.cost(),
            hosts: state.open_hosts(),
        }
    }

    fn offer(&mut self, state: &State) {
        let cost = state.cost();
        if cost < self.cost {
            (self.cost, self.hosts) = (cost, state.open_hosts());
        }
    }
}

/// A greedy plan around the known turns: each turn goes to the city that is furthest behind its due share, then to the
/// one whose last turn is longest ago, then by order; never twice in succession to one city if another can host.
fn greedy_hosts(costs: &Costs, known: impl Fn(usize) -> Option<usize>) -> Vec<usize> {
    let fixed_before = |city: usize, slot: usize| {
        let mut turns = costs.fixed[city].iter().rev();
        turns.find(|turn| **turn < to_i64(slot)).copied()
    };
    let mut last = vec![None; costs.cities];
    let mut turns = vec![0; costs.cities];
    let mut hosts = Vec::with_capacity(costs.open.len());
    for &slot in &costs.open {
        let claim = |city: &usize| {
            let last = last[*city].max(fixed_before(*city, slot));
            let row = last == Some(to_i64(slot) - 1);
            (row, costs.balance(*city, slot, turns[*city]), last)
        };
        let able = (0..costs.cities).filter(|city| costs.able(*city, slot));
        let host = known(slot)
            .or_else(|| able.min_by_key(claim))
            .unwrap_or_default();
        last[host] = Some(to_i64(slot));
        turns[host] += 1;
        hosts.push(host);
    }
    hosts
}

/// A plan, repaired at the least cost where a city cannot host.
fn repaired(mut state: State<'_>) -> State<'_> {
    let costs = state.costs;
    let cannot = |slot: &usize| !costs.able(state.hosts[*slot], *slot);
    let broken: Vec<usize> = costs.open.iter().copied().filter(cannot).collect();
    for &slot in &broken {
        repair(&mut state, slot, broken.len() <= FEW_REPAIRS);
    }
    state
}

/// Applies the cheapest change that gives a slot to another city.
fn repair(state: &mut State, slot: usize, by_three: bool) {
    let costs = state.costs;
    let more = (0..costs.cities).filter_map(|city| Some((state.reassign_cost(slot, city)?, city)));
    let more = more.min();
    let mut round: Option<(i64, Vec<usize>)> = None;
    let mut offer = |slots: &[usize]| {
        let cost = state.rotate_cost(slots);
        if cost.is_some_and(|cost| round.as_ref().is_none_or(|(least, _)| cost < *least)) {
            round = cost.map(|cost| (cost, slots.to_vec()));
        }
    };
    for &other in &costs.open {
        offer(&[slot, other]);
        for &third in costs.open.iter().filter(|_| by_three) {
            offer(&[slot, other, third]);
        }
    }
    match (more, round) {
        (Some((_, city)), None) => state.reassign(slot, city),
        (Some((cost, city)), Some((least, _))) if cost <= least => state.reassign(slot, city),
        (_, Some((_, slots))) => state.rotate(&slots),
        (None, None) => {}
    }
}

/// Applies changes that reduce the cost until there is none.
fn descend(mut state: State<'_>) -> State<'_> {
    let costs = state.costs;
    let less = |cost: Option<i64>| cost.is_some_and(|cost| cost < 0);
    let mut better = true;
    while better {
        better = false;
        for (place, &slot) in costs.open.iter().enumerate() {
            for city in 0..costs.cities {
                if city != state.hosts[slot] && less(state.reassign_cost(slot, city)) {
                    state.reassign(slot, city);
                    better = true;
                }
            }
            for &other in &costs.open[place + 1..] {
                if less(state.rotate_cost(&[slot, other])) {
                    state.rotate(&[slot, other]);
                    better = true;
                }
            }
        }
    }
    state
}

/// Applies exchanges at no cost that give the earlier slot to the city that is first in order.
fn break_ties(state: &mut State) {
    let costs = state.costs;
    let mut changed = true;
    while changed {
        changed = false;
        for (place, &slot) in costs.open.iter().enumerate() {
            for &other in &costs.open[place + 1..] {
                let earlier = state.hosts[other] < state.hosts[slot];
                if earlier && state.rotate_cost(&[slot, other]) == Some(0) {
                    state.rotate(&[slot, other]);
                    changed = true;
                }
            }
        }
    }
}
