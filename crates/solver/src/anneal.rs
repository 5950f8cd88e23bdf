//! A far search: changes chosen by chance, of which those that cost more are taken too, ever fewer of them.
//!
//! This is simulated annealing in whole numbers. The chance is a sequence of numbers that is always the same, and the
//! number of steps is given.
use super::state::State;

/// How hot the search begins, in points: changes that cost so much more are often taken.
const HOT: i64 = 20;
/// In how many stages it cools down, and what is left of the heat after each, in thousandths: two hundredths at the
/// end.
const STAGES: usize = 200;
const COOLER: i64 = 981;

/// Searches from a plan for so many steps; returns the hosts of the best plan that it met.
pub(super) fn search(mut state: State, steps: usize, numbers: &mut Numbers) -> Vec<usize> {
    let mut cost = state.cost();
    let (mut best, mut least) = (state.of_open(), cost);
    let mut heat = HOT * state.costs.point();
    let mut lists = [Vec::new(), Vec::new()];
    for _ in 0..STAGES {
        for _ in 0..steps / STAGES {
            let Some((more, change)) = proposal(&state, numbers, &mut lists) else {
                continue;
            };
            if more > 0
                && i128::from(more) << 16 > i128::from(heat) * i128::from(numbers.exponential())
            {
                continue;
            }
            match change {
                Proposal::TakeOver(slot, city) => state.take_over(slot, city),
                Proposal::Round(slots, count) => state.go_round(&slots[..count]),
                Proposal::Exchange(cities) => {
                    for (city, list) in cities.into_iter().zip(&lists) {
                        state.set(city, list);
                    }
                }
            }
            cost += more;
            if cost < least {
                (best, least) = (state.of_open(), cost);
            }
        }
        heat = heat * COOLER / 1000;
    }
    best
}

enum Proposal {
    /// A city takes over the turn of a slot.
    TakeOver(usize, usize),
    /// The turns of two or three slots go round.
    Round([usize; 3], usize),
    /// Two cities exchange their turns of a while.
    Exchange([usize; 2]),
}

/// A change and what it adds to the cost. Half of them exchange the turns of two cities for a while, which nothing
/// smaller leads to.
fn proposal(
    state: &State,
    numbers: &mut Numbers,
    lists: &mut [Vec<usize>; 2],
) -> Option<(i64, Proposal)> {
    let (open, cities) = (&state.costs.open, state.costs.cities);
    let place = numbers.below(open.len());
    let slot = open[place];
    let city = numbers.below(cities);
    match numbers.below(8) {
        0 if state.hosts[slot] != city => Some((
            state.takes_over(slot, city)?,
            Proposal::TakeOver(slot, city),
        )),
        1..=4 if state.hosts[slot] != city => {
            let reach = if numbers.below(4) == 0 {
                open.len()
            } else {
                8 * cities
            };
            let end = (place + 1 + numbers.below(reach)).min(open.len() - 1);
            let pair = [state.hosts[slot], city];
            Some((
                state.exchanges(pair, slot..=open[end], lists)?,
                Proposal::Exchange(pair),
            ))
        }
        kind @ 5..=7 => {
            let reach = if kind == 7 {
                open.len()
            } else {
                (cities * 3 / 2).min(open.len())
            };
            let first = place.saturating_sub(reach / 2).min(open.len() - reach);
            let mut near = || open[first + numbers.below(reach)];
            let slots = [slot, near(), near()];
            let count = if kind == 5 { 3 } else { 2 };
            Some((
                state.goes_round(&slots[..count])?,
                Proposal::Round(slots, count),
            ))
        }
        _ => None,
    }
}

/// Numbers that stand for chance, the same ones each time: xorshift after Marsaglia, times a constant.
pub(super) struct Numbers(u64);

impl From<u64> for Numbers {
    /// The seed must not be 0.
    fn from(seed: u64) -> Self {
        Self(seed)
    }
}

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// One of the first so many numbers.
    fn below(&mut self, count: usize) -> usize {
        let product = u128::from(self.next()) * count as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// A number that is nearly exponentially distributed with a mean of 1.5, in 65536ths: the binary logarithm of a
    /// number between 0 and 1 without its sign, with a straight line for the part behind the point.
    fn exponential(&mut self) -> i64 {
        let number = self.next();
        let zeros = number.leading_zeros();
        let rest = number.checked_shl(zeros + 1).unwrap_or(0) >> 48;
        i64::from(zeros + 1) * 65_536 - i64::try_from(rest).unwrap_or(0)
    }
}
