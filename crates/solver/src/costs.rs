//! The costs of a problem in tables for the search.
use super::score::Score;
use super::{
    MAX_BALANCE, MAX_SHARE, MAX_WEIGHT, POINT, Plan, Problem, TWICE_IN_A_ROW, WHOLE_TURN_OFF,
};

/// A turn in thousandths.
const TURN: i64 = 1_000;

/// Shares are summed in billionths of a turn.
const BILLION: i64 = 1_000_000_000;

/// The longest gap in slots; longer ones count as this.
const LONGEST_GAP: i64 = 1_000;

/// The cost of a kilometre per weight unit: a hundredth of a point at a weight of 100.
const KILOMETRE: i64 = POINT / 100 / 100;

/// The least cost of a moved turn per weight unit: half a point at a weight of 100; early turns cost up to four times
/// as much.
const MOVED: i64 = POINT / 2 / 100;

/// A table with a column for each slot.
#[derive(Debug)]
struct Table {
    slots: usize,
    cells: Vec<i64>,
}

impl Table {
    fn new(rows: usize, slots: usize) -> Self {
        Self {
            slots,
            cells: vec![0; rows * slots],
        }
    }

    fn at(&self, row: usize, slot: usize) -> i64 {
        self.cells[row * self.slots + slot]
    }

    fn at_mut(&mut self, row: usize, slot: usize) -> &mut i64 {
        &mut self.cells[row * self.slots + slot]
    }
}

/// The costs of a problem. A *copy* of a city is one of its turns in open slots, the first one 0.
#[derive(Debug)]
pub(super) struct Costs {
    pub(super) cities: usize,
    pub(super) slots: usize,
    /// The slots to plan, in order.
    pub(super) open: Vec<usize>,
    /// For each city its last turn before the first slot, which is negative, and the fixed slots in which it is the
    /// host, in order.
    pub(super) fixed: Vec<Vec<i64>>,
    weights: [i64; 4],
    /// The balance of each city before the first slot, in thousandths.
    start: Vec<i64>,
    /// The balance of each city after each slot without any open turns, in thousandths.
    base: Table,
    /// The even gap of each city at each slot, in thousandths of a slot; 0 if there is none.
    even: Table,
    /// The costs of travel and of moved turns.
    linear: Table,
    /// Whether a city can host.
    able: Vec<bool>,
    member: Vec<bool>,
    /// The cost of fairness that is added from a slot on if a copy gets that slot.
    marginal: Table,
    /// The row of each city's first copy in `marginal`; one more at the end.
    copies: Vec<usize>,
}

impl Costs {
    pub(super) fn of(problem: &Problem) -> Self {
        Self::with_move_factor(problem, 1)
    }

    /// The costs with a factor on the cost of moved turns.
    pub(super) fn with_move_factor(problem: &Problem, times: u32) -> Self {
        let (cities, slots) = (problem.cities.len(), problem.slots.len());
        let limited = |weight: u32| i64::from(weight.min(MAX_WEIGHT));
        let weights = problem.weights;
        let mut costs = Self {
            cities,
            slots,
            open: (0..slots)
                .filter(|slot| problem.slots[*slot].is_open())
                .collect(),
            fixed: fixed_turns(problem),
            weights: [
                limited(weights.fairness),
                limited(weights.gaps),
                limited(weights.travel),
                limited(weights.stability) * i64::from(times),
            ],
            start: problem
                .cities
                .iter()
                .map(|city| city.balance.clamp(-MAX_BALANCE, MAX_BALANCE))
                .collect(),
            base: Table::new(cities, slots),
            even: Table::new(cities, slots),
            linear: Table::new(cities, slots),
            able: vec![false; cities * slots],
            member: vec![false; cities * slots],
            marginal: Table::new(0, slots),
            copies: vec![0; cities + 1],
        };
        for city in 0..cities {
            costs.fill_tables(problem, city);
        }
        let wanted: Vec<usize> = (0..cities)
            .map(|city| (costs.due_turns(city) + 3).min(costs.possible_turns(city)))
            .collect();
        costs.make_copies(&wanted);
        costs
    }

    /// Adds copies until there are enough for these hosts of the open slots and one more turn of each city.
    pub(super) fn ensure_copies<'a>(&mut self, plans: impl IntoIterator<Item = &'a Vec<usize>>) {
        let mut wanted: Vec<usize> = (0..self.cities).map(|city| self.copies_of(city)).collect();
        for hosts in plans {
            for (city, wanted) in wanted.iter_mut().enumerate() {
                let turns = hosts.iter().filter(|host| **host == city).count();
                *wanted = (*wanted).max(turns + 1);
            }
        }
        self.make_copies(&wanted);
    }

    /// Fills the tables of a city.
    fn fill_tables(&mut self, problem: &Problem, city: usize) {
        let mut due = 0;
        let mut turns = self.start[city];
        let kilometres = i64::from(problem.cities[city].kilometres.min(40_000));
        for (place, slot) in problem.slots.iter().enumerate() {
            let share = |city: usize| {
                slot.parts[city]
                    .share
                    .map_or(0, |share| i64::from(share.min(MAX_SHARE)))
            };
            let all: i64 = (0..self.cities).map(share).sum();
            let own = share(city);
            if slot.is_charged() && all > 0 {
                due += BILLION * own / all;
            }
            for &(fixed, part) in &slot.fixed {
                turns += if fixed == city { i64::from(part) } else { 0 };
            }
            *self.base.at_mut(city, place) = turns - (due + 500_000) / 1_000_000;
            if own > 0 {
                *self.even.at_mut(city, place) = (all * TURN / own).min(LONGEST_GAP * TURN);
            }
            let moved = slot.previous.is_some_and(|previous| previous != city);
            *self.linear.at_mut(city, place) = KILOMETRE * kilometres * self.weights[2]
                + if moved { self.moved(place) } else { 0 };
            let others = slot
                .parts
                .iter()
                .any(|part| part.can_host() && part.share > Some(0));
            self.able[city * self.slots + place] =
                slot.parts[city].can_host() && (own > 0 || !others);
            self.member[city * self.slots + place] = slot.parts[city].share.is_some();
        }
    }

    /// The cost of moving the turn of a slot: that of the first slot costs four times as much as that of the last.
    fn moved(&self, slot: usize) -> i64 {
        let (slots, ahead) = (to_i64(self.slots), to_i64(self.slots - slot));
        self.weights[3] * MOVED * (slots + 3 * ahead) / slots
    }

    /// The approximate number of open slots that are due to a city.
    fn due_turns(&self, city: usize) -> usize {
        let Some(last) = self.slots.checked_sub(1) else {
            return 0;
        };
        let owed = -self.base.at(city, last).min(0) / TURN;
        usize::try_from(owed).unwrap_or(0)
    }

    /// Creates the given number of copies of each city.
    pub(super) fn make_copies(&mut self, wanted: &[usize]) {
        let mut copies = vec![0];
        let mut rows = 0;
        for wanted in wanted {
            rows += wanted;
            copies.push(rows);
        }
        self.copies = copies;
        let mut marginal = Table::new(rows, self.slots);
        for city in 0..self.cities {
            for copy in 0..self.copies_of(city) {
                let mut sum = 0;
                for slot in (0..self.slots).rev() {
                    let before = self.base.at(city, slot) + TURN * to_i64(copy);
                    if self.member[city * self.slots + slot] {
                        sum += self.deviation_cost(before + TURN) - self.deviation_cost(before);
                    }
                    *marginal.at_mut(self.copies[city] + copy, slot) = sum;
                }
            }
        }
        self.marginal = marginal;
    }

    /// The number of open slots in which a city can host.
    pub(super) fn possible_turns(&self, city: usize) -> usize {
        self.open
            .iter()
            .filter(|slot| self.able(city, **slot))
            .count()
    }

    /// The number of copies of a city.
    pub(super) fn copies_of(&self, city: usize) -> usize {
        self.copies[city + 1] - self.copies[city]
    }

    /// The cost of a deviation from the due share after one slot. It is convex, so that an assignment uses copies in
    /// order.
    fn deviation_cost(&self, thousandths: i64) -> i64 {
        self.weights[0] * thousandths * thousandths + WHOLE_TURN_OFF * (thousandths.abs() / TURN)
    }

    /// A point with the larger of the weights of fairness and gaps.
    pub(super) fn point(&self) -> i64 {
        POINT / 100 * self.weights[0].max(self.weights[1]).max(1)
    }

    /// Whether a city can host in a slot.
    pub(super) fn able(&self, city: usize, slot: usize) -> bool {
        self.able[city * self.slots + slot]
    }

    /// The balance of a city after a slot, with `turns` open turns up to it.
    pub(super) fn balance(&self, city: usize, slot: usize, turns: usize) -> i64 {
        self.base.at(city, slot) + TURN * to_i64(turns)
    }

    /// The whole turns by which a city with these open turns deviates from its due share, summed over all slots.
    pub(super) fn whole_turns_off(&self, city: usize, turns: &[usize]) -> i64 {
        let slots = (0..self.slots).filter(|slot| self.member[city * self.slots + slot]);
        let off = slots.map(|slot| {
            let so_far = turns.partition_point(|turn| *turn <= slot);
            self.balance(city, slot, so_far).abs() / TURN
        });
        off.sum()
    }

    /// How often a city with these open turns has two turns in a row.
    pub(super) fn in_a_row(&self, city: usize, turns: &[usize]) -> i64 {
        let open = turns.iter().map(|turn| to_i64(*turn));
        let mut all: Vec<i64> = self.fixed[city].iter().copied().chain(open).collect();
        all.sort_unstable();
        to_i64(all.windows(2).filter(|two| two[1] - two[0] == 1).count())
    }

    /// The cost of fairness that is added by turn `copy` of a city in a slot.
    pub(super) fn marginal(&self, city: usize, copy: usize, slot: usize) -> i64 {
        self.marginal.at(self.copies[city] + copy, slot)
    }

    /// The cost of travel to a city and of a moved turn in a slot.
    pub(super) fn linear(&self, city: usize, slot: usize) -> i64 {
        self.linear.at(city, slot)
    }

    /// The even gap of a city at a slot in thousandths of a slot; 0 if there is none.
    pub(super) fn even(&self, city: usize, slot: usize) -> i64 {
        self.even.at(city, slot)
    }

    /// The cost of the gap between two turns of a city, without that of consecutive turns.
    fn gap_cost(&self, city: usize, from: i64, until: usize) -> i64 {
        let even = self.even.at(city, until);
        let gap = (to_i64(until) - from).min(LONGEST_GAP) * TURN;
        match even {
            0 => 0,
            even => self.weights[1] * (gap - even) * (gap - even),
        }
    }

    /// The cost of two successive turns of a city, of which one may be before the first slot.
    pub(super) fn gap(&self, city: usize, from: i64, until: i64) -> i64 {
        let Ok(place) = usize::try_from(until) else {
            return 0;
        };
        let row = if until - from == 1 { TWICE_IN_A_ROW } else { 0 };
        self.gap_cost(city, from, place) + row
    }

    /// The cost of a plan by objective, computed directly.
    pub(super) fn score(&self, problem: &Problem, plan: &Plan) -> Score {
        let mut score = Score::default();
        let mut turns = vec![0_usize; self.cities];
        let mut last: Vec<Option<i64>> = self
            .fixed
            .iter()
            .map(|fixed| fixed.first().copied().filter(|slot| *slot < 0))
            .collect();
        for (place, slot) in problem.slots.iter().enumerate() {
            let host = if slot.fixed.is_empty() {
                plan.turns.get(place).copied().flatten()
            } else {
                slot.fixed_turn()
            };
            score.nobody += usize::from(host.is_none());
            if let Some(city) = host {
                if let Some(from) = last[city] {
                    score.gaps += self.gap_cost(city, from, place);
                    score.in_a_row += i64::from(to_i64(place) - from == 1);
                }
                last[city] = Some(to_i64(place));
                if slot.fixed.is_empty() {
                    turns[city] += 1;
                    let moved = slot.previous.is_some_and(|previous| previous != city);
                    let cost = if moved { self.moved(place) } else { 0 };
                    score.moved += usize::from(moved);
                    score.stability += cost;
                    score.travel += self.linear.at(city, place) - cost;
                }
            }
            for city in (0..self.cities).filter(|city| self.member[city * self.slots + place]) {
                let deviation = self.balance(city, place, turns[city]);
                score.fairness += self.weights[0] * deviation * deviation;
                score.turns_off += deviation.abs() / TURN;
            }
        }
        score
    }
}

/// The value of [`Costs::fixed`].
fn fixed_turns(problem: &Problem) -> Vec<Vec<i64>> {
    let before = problem.cities.iter().map(|city| {
        let last = city.last.map(|ago| -i64::from(ago).clamp(1, LONGEST_GAP));
        last.into_iter().collect()
    });
    let mut turns: Vec<Vec<i64>> = before.collect();
    for (place, slot) in problem.slots.iter().enumerate() {
        if let Some(city) = slot.fixed_turn() {
            turns[city].push(to_i64(place));
        }
    }
    turns
}

pub(super) fn to_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
