//! The search for a good plan, gaps included: from several starts, by changes that cost less.
use std::borrow::Cow;

use super::anneal::{self, Numbers};
use super::costs::{Costs, to_i64};
use super::state::State;
use super::{Plan, Problem, Slot, assignment};

/// How much is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Starts from the plan that stands, mends it where it cannot stand, and takes only what is much better near it:
    /// a moved turn costs twenty times as much. For what happens by itself.
    Keep,
    /// Starts anew too, and searches far: for a new plan that somebody asked for.
    Thorough,
}

/// How much more a moved turn costs while the plan is to be kept.
const KEEPING: u32 = 20;

/// How often a plan is kept again at most while that changes it. Each time it costs less, so that this ends by itself
/// long before.
const MOST_KEEPS: usize = 20;

/// So many turns that cannot stand are mended by rounds of three; more only by rounds of two.
const FEW: usize = 8;

/// Steps of the far search for each open slot and city.
const STEPS: usize = 300;
/// The far search makes at least so many steps, and at most so many.
const LEAST_STEPS: usize = 450_000;
const MOST_STEPS: usize = 7_500_000;

/// How often the far search starts again.
const RUNS: usize = 2;

/// The first of the numbers that stand for chance.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// Finds a good plan: the one of least cost that the search met. No exchange of two turns, and no turn that goes to
/// another city, makes it better. Of plans that cost the same the one that stands wins, or else the plain
/// order. Where two cities could exchange turns for nothing, the one that comes first has the earlier.
///
/// Slots in which nobody can host have nobody; fixed ones are left alone.
#[must_use]
pub fn solve(problem: &Problem, effort: Effort) -> Plan {
    let open = problem.slots.iter().filter(|slot| slot.is_open()).count();
    let steps = (open * problem.cities.len() * STEPS).clamp(LEAST_STEPS, MOST_STEPS);
    let plan = solve_within(problem, effort, steps);
    match effort {
        Effort::Keep => kept_for_good(problem, plan),
        Effort::Thorough => plan,
    }
}

/// What a plan that is kept becomes if it is kept again and again, until that changes nothing. A turn that has moved
/// makes other moves worth their cost; they happen now, not whenever somebody looks the next time.
fn kept_for_good(problem: &Problem, mut plan: Plan) -> Plan {
    let mut problem = Cow::Borrowed(problem);
    for _ in 0..MOST_KEEPS {
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

/// Like [`solve`], with a far search of so many steps.
#[must_use]
pub fn solve_within(problem: &Problem, effort: Effort, steps: usize) -> Plan {
    let stands = problem.slots.iter().any(|slot| slot.previous.is_some());
    let mut costs = match effort {
        Effort::Keep => Costs::keeping(problem, KEEPING),
        Effort::Thorough => Costs::of(problem),
    };
    let mut starts = vec![in_turn(&costs, |_| None)];
    if effort == Effort::Thorough || !stands {
        starts.push(assignment::assign(&mut costs));
    }
    let known = |slot: usize| {
        problem.slots[slot]
            .previous
            .filter(|city| *city < costs.cities)
    };
    let standing = in_turn(&costs, known);
    costs.make_room(starts.iter().chain([&standing]));
    // Of plans that cost the same the one stands that is met first.
    let mut best = match stands {
        true => Best::of(&descended(mended(State::new(&costs, &standing)))),
        false => Best::of(&State::new(&costs, &starts[0])),
    };
    for start in &starts {
        best.offer(&descended(State::new(&costs, start)));
    }
    if effort == Effort::Thorough && costs.open.len() > 1 && costs.cities > 1 {
        let mut numbers = Numbers::from(SEED);
        for _ in 0..RUNS {
            let start = State::new(&costs, &best.hosts);
            let found = anneal::search(start, steps / RUNS, &mut numbers);
            best.offer(&descended(State::new(&costs, &found)));
        }
    }
    let mut hosts = best.hosts;
    // From where an exchange for nothing leads, another may make it better; and a city that has all the turns
    // that were thought of may be better off with one more.
    loop {
        costs.make_room([&hosts]);
        let mut state = State::new(&costs, &hosts);
        break_ties(&mut state);
        let cost = state.cost();
        state = descended(state);
        hosts = state.of_open();
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
            hosts: state.of_open(),
        }
    }

    fn offer(&mut self, state: &State) {
        let cost = state.cost();
        if cost < self.cost {
            (self.cost, self.hosts) = (cost, state.of_open());
        }
    }
}

/// The plain order, but for the turns that are known: the turn goes to the city that is most behind its due share, then
/// to the one whose last turn is longest ago, then by the order; to nobody twice in a row if anybody else can.
fn in_turn(costs: &Costs, known: impl Fn(usize) -> Option<usize>) -> Vec<usize> {
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

/// A plan, mended at the least cost where a city has a turn that it cannot have.
fn mended(mut state: State<'_>) -> State<'_> {
    let costs = state.costs;
    let cannot = |slot: &usize| !costs.able(state.hosts[*slot], *slot);
    let broken: Vec<usize> = costs.open.iter().copied().filter(cannot).collect();
    for &slot in &broken {
        mend(&mut state, slot, broken.len() <= FEW);
    }
    state
}

/// Takes the change of least cost by which another city gets the turn of a slot.
fn mend(state: &mut State, slot: usize, by_three: bool) {
    let costs = state.costs;
    let more = (0..costs.cities).filter_map(|city| Some((state.takes_over(slot, city)?, city)));
    let more = more.min();
    let mut round: Option<(i64, Vec<usize>)> = None;
    let mut offer = |slots: &[usize]| {
        let cost = state.goes_round(slots);
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
        (Some((_, city)), None) => state.take_over(slot, city),
        (Some((cost, city)), Some((least, _))) if cost <= least => state.take_over(slot, city),
        (_, Some((_, slots))) => state.go_round(&slots),
        (None, None) => {}
    }
}

/// Takes every change that costs less until there is none.
fn descended(mut state: State<'_>) -> State<'_> {
    let costs = state.costs;
    let less = |cost: Option<i64>| cost.is_some_and(|cost| cost < 0);
    let mut better = true;
    while better {
        better = false;
        for (place, &slot) in costs.open.iter().enumerate() {
            for city in 0..costs.cities {
                if city != state.hosts[slot] && less(state.takes_over(slot, city)) {
                    state.take_over(slot, city);
                    better = true;
                }
            }
            for &other in &costs.open[place + 1..] {
                if less(state.goes_round(&[slot, other])) {
                    state.go_round(&[slot, other]);
                    better = true;
                }
            }
        }
    }
    state
}

/// Takes exchanges that cost nothing if the city that comes first gets the earlier slot by them.
fn break_ties(state: &mut State) {
    let costs = state.costs;
    let mut changed = true;
    while changed {
        changed = false;
        for (place, &slot) in costs.open.iter().enumerate() {
            for &other in &costs.open[place + 1..] {
                let earlier = state.hosts[other] < state.hosts[slot];
                if earlier && state.goes_round(&[slot, other]) == Some(0) {
                    state.go_round(&[slot, other]);
                    changed = true;
                }
            }
        }
    }
}
