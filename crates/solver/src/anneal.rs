//! Simulated annealing with integers: random changes, of which some that increase the cost are accepted, and fewer
//! and fewer over time. The pseudo-random numbers are always the same, and the number of steps is given.
use super::state::State;

/// The temperature at the start, in points: cost increases of this size are often accepted.
const START_TEMPERATURE: i64 = 20;
/// The number of cooling stages, and the factor of each, in thousandths: two hundredths are left at the end.
const STAGES: usize = 200;
const COOLING: i64 = 981;

/// Slots whose hosts rotate lie within three fifths of a round, and at least within so many slots: with unequal shares it
/// is chains of turns in a short stretch that make a plan better.
const MIN_REACH: usize = 3;

/// Searches from a plan for `steps` steps; returns the hosts of the best plan found.
pub(super) fn search(mut state: State, steps: usize, random: &mut PseudoRandom) -> Vec<usize> {
    let mut cost = state.cost();
    let (mut best, mut least) = (state.open_hosts(), cost);
    let mut temperature = START_TEMPERATURE * state.costs.point();
    let mut lists = [Vec::new(), Vec::new()];
    for _ in 0..STAGES {
        for _ in 0..steps / STAGES {
            let Some((more, change)) = propose(&state, random, &mut lists) else {
                continue;
            };
            if more > 0
                && i128::from(more) << 16
                    > i128::from(temperature) * i128::from(random.exponential())
            {
                continue;
            }
            match change {
                Proposal::Reassign(slot, city) => state.reassign(slot, city),
                Proposal::Rotate(slots, count) => state.rotate(&slots[..count]),
                Proposal::Exchange(cities) => {
                    for (city, list) in cities.into_iter().zip(&lists) {
                        state.set(city, list);
                    }
                }
            }
            cost += more;
            if cost < least {
                (best, least) = (state.open_hosts(), cost);
            }
        }
        temperature = temperature * COOLING / 1000;
    }
    best
}

enum Proposal {
    /// A slot is given to a city.
    Reassign(usize, usize),
    /// The hosts of two or three slots rotate.
    Rotate([usize; 3], usize),
    /// Two cities exchange all their turns in a period.
    Exchange([usize; 2]),
}

/// A random change and the cost that it adds. Half of them exchange the turns of two cities in a period, which a
/// sequence of smaller changes rarely achieves.
fn propose(
    state: &State,
    random: &mut PseudoRandom,
    lists: &mut [Vec<usize>; 2],
) -> Option<(i64, Proposal)> {
    let (open, cities) = (&state.costs.open, state.costs.cities);
    let place = random.below(open.len());
    let slot = open[place];
    let city = random.below(cities);
    match random.below(8) {
        0 if state.hosts[slot] != city => Some((
            state.reassign_cost(slot, city)?,
            Proposal::Reassign(slot, city),
        )),
        1..=4 if state.hosts[slot] != city => {
            let reach = if random.below(4) == 0 {
                open.len()
            } else {
                8 * cities
            };
            let end = (place + 1 + random.below(reach)).min(open.len() - 1);
            let pair = [state.hosts[slot], city];
            Some((
                state.exchange_cost(pair, slot..=open[end], lists)?,
                Proposal::Exchange(pair),
            ))
        }
        kind @ 5..=7 => {
            let reach = if kind == 7 {
                open.len()
            } else {
                (cities * 3 / 5).max(MIN_REACH).min(open.len())
            };
            let first = place.saturating_sub(reach / 2).min(open.len() - reach);
            let mut near = || open[first + random.below(reach)];
            let slots = [slot, near(), near()];
            let count = if kind == 5 { 3 } else { 2 };
            Some((
                state.rotate_cost(&slots[..count])?,
                Proposal::Rotate(slots, count),
            ))
        }
        _ => None,
    }
}

/// A xorshift* generator (Marsaglia, Vigna).
pub(super) struct PseudoRandom(u64);

impl From<u64> for PseudoRandom {
    /// The seed must not be 0.
    fn from(seed: u64) -> Self {
        Self(seed)
    }
}

impl PseudoRandom {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `count`.
    fn below(&mut self, count: usize) -> usize {
        let product = u128::from(self.next()) * count as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// An approximately exponentially distributed number with a mean of 1.5, in 65536ths: the negative binary
    /// logarithm of a number between 0 and 1, with linear interpolation of the fraction.
    fn exponential(&mut self) -> i64 {
        let number = self.next();
        let zeros = number.leading_zeros();
        let rest = number.checked_shl(zeros + 1).unwrap_or(0) >> 48;
        i64::from(zeros + 1) * 65_536 - i64::try_from(rest).unwrap_or(0)
    }
}
