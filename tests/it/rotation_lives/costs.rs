//! What a plan costs by `docs/rotation.md`, and what it would cost with another municipality in a slot. A point has
//! 100,000,000 units; turns are thousandths. The weights are the usual ones, and travel has none.
use super::oracle::{Kind, TURN, Turn, World};

const POINT: i64 = 100_000_000;
const BILLION: i64 = 1_000_000_000;
const TWICE: i64 = 1_000_000 * POINT;
const WHOLE_TURN: i64 = 10_000 * POINT;
/// Longer gaps count as this, in slots.
const LONGEST_GAP: i64 = 1_000;

/// The slots of a world, from the first turn to plan on.
pub struct Costs<'a> {
    world: &'a World,
    /// The places of the slots among the turns.
    slots: Vec<usize>,
    /// The balance of each city before the first slot.
    start: Vec<i64>,
    /// How many slots before the first one it had its last turn; counted as a negative slot.
    last: Vec<Option<i64>>,
}

/// The cost of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    pub all: i64,
    pub in_a_row: i64,
    pub turns_off: i64,
}

impl<'a> Costs<'a> {
    /// Nothing if there is nothing to plan.
    pub fn of(world: &'a World) -> Option<Self> {
        let turns = &world.turns;
        let planned = |turn: &Turn| turn.kind == Kind::Open && !is_fixed(world, turn);
        let first = turns.iter().position(planned)?;
        let counts = |place: &usize| {
            let turn = &turns[*place];
            planned(turn) || (turn.kind != Kind::GivenBack && turn.due.is_some())
        };
        let mut costs = Self {
            world,
            slots: (first..turns.len()).filter(counts).collect(),
            start: Vec::new(),
            last: vec![None; world.members.len()],
        };
        let past: Vec<usize> = (0..first).filter(counts).collect();
        let (mut had, mut share) = (vec![0; world.members.len()], vec![0; world.members.len()]);
        for (ago, place) in (1..).zip(past.iter().rev()) {
            let turn = &turns[*place];
            for (city, part) in world.charges(turn, turn.due) {
                had[city] += part;
            }
            for city in world.cities() {
                share[city] += costs.share(city, turn);
            }
            if let Some(due) = turn.due {
                costs.last[due].get_or_insert(-ago);
            }
        }
        let off = |city: usize| had[city] - (share[city] + 500_000).div_euclid(1_000_000);
        let present = |city: &usize| world.takes_part(*city, turns[first].day);
        let all: Vec<i64> = world.cities().filter(present).map(off).collect();
        let count = i64::try_from(all.len()).unwrap().max(1);
        let mean = (all.iter().sum::<i64>() + count / 2).div_euclid(count);
        let start = world.cities();
        let start = start.map(|city| if present(&city) { off(city) - mean } else { 0 });
        costs.start = start.collect();
        Some(costs)
    }

    /// The share of a city in a turn, in billionths.
    fn share(&self, city: usize, turn: &Turn) -> i64 {
        let (all, own) = self.shares(city, turn);
        if all == 0 { 0 } else { BILLION * own / all }
    }

    /// The shares of all that take part, and of this city.
    fn shares(&self, city: usize, turn: &Turn) -> (i64, i64) {
        let world = self.world;
        let share = |city: usize| {
            let present = world.takes_part(city, turn.day);
            if present {
                world.share(city, turn.day)
            } else {
                0
            }
        };
        (world.cities().map(share).sum(), share(city))
    }

    /// Whether the plan could give a slot to a city.
    fn able(&self, city: usize, turn: &Turn) -> bool {
        let can = |city: usize| self.world.can_host(city, turn.day);
        let mut others = self.world.cities();
        let shared = others.any(|other| can(other) && self.world.share(other, turn.day) > 0);
        can(city) && (self.world.share(city, turn.day) > 0 || !shared)
    }

    /// What it costs if these cities are due.
    pub fn cost(&self, dues: &[Option<usize>]) -> Cost {
        let (world, mut cost) = (self.world, Cost::default());
        let mut balance = self.start.clone();
        let mut due_share = vec![0; balance.len()];
        let mut last = self.last.clone();
        for (slot, place) in (0..).zip(&self.slots) {
            let (turn, due) = (&world.turns[*place], dues[*place]);
            if let Some(due) = due {
                let (all, own) = self.shares(due, turn);
                if let Some(last) = last[due] {
                    let even = (all * TURN).checked_div(own);
                    let gap = (slot - last).min(LONGEST_GAP) * TURN;
                    let even = even.map_or(gap, |even| even.min(LONGEST_GAP * TURN));
                    cost.all += 100 * (gap - even) * (gap - even);
                    cost.in_a_row += i64::from(slot - last == 1);
                }
                last[due] = Some(slot);
                for (city, part) in world.charges(turn, Some(due)) {
                    balance[city] += part;
                }
            }
            let charged =
                due.is_some() || world.cities().any(|city| world.can_host(city, turn.day));
            for city in world.cities() {
                due_share[city] += if charged { self.share(city, turn) } else { 0 };
                if world.takes_part(city, turn.day) {
                    let off = balance[city] - (due_share[city] + 500_000) / 1_000_000;
                    cost.all += 100 * off * off;
                    cost.turns_off += off.abs() / TURN;
                }
            }
        }
        cost.all += cost.in_a_row * TWICE + cost.turns_off * WHOLE_TURN;
        cost
    }

    /// What it would cost more if a city had the turn at a place, and the plan then: with one more turn, or in exchange
    /// for one of its turns. Nothing if it cannot.
    pub fn with(&self, city: usize, place: usize) -> Option<(i64, Cost, Cost)> {
        let (turns, dues) = (&self.world.turns, self.world.dues());
        let host = dues[place]?;
        let planned =
            |place: usize| turns[place].kind == Kind::Open && !is_fixed(self.world, &turns[place]);
        if !planned(place) || !self.able(city, &turns[place]) {
            return None;
        }
        let now = self.cost(&dues);
        let mut best: Option<Cost> = None;
        let mut offer = |plan: &[Option<usize>]| {
            let cost = self.cost(plan);
            if best.is_none_or(|best| cost.all < best.all) {
                best = Some(cost);
            }
        };
        let mut more = dues.clone();
        more[place] = Some(city);
        offer(&more);
        for &other in &self.slots {
            if dues[other] == Some(city) && planned(other) && self.able(host, &turns[other]) {
                let mut exchanged = more.clone();
                exchanged[other] = Some(host);
                offer(&exchanged);
            }
        }
        best.map(|best| (best.all - now.all, now, best))
    }
}

/// Whether the plan is made around an open turn.
fn is_fixed(world: &World, turn: &Turn) -> bool {
    world.is_firm(turn) || !world.cohosts(turn).is_empty()
}

/// A cost as the API shows it, in thousandths of a point; what is less than one counts as one.
pub fn shown(cost: i64) -> i64 {
    let thousandths = cost / (POINT / 1000);
    if cost > 0 {
        thousandths.max(1)
    } else {
        thousandths
    }
}
