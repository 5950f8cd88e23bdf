//! The fairest hosts under what the cities cannot do, as a problem of optimisation.
//!
//! `docs/rotation.md` states the problem; here it is in numbers: cities and slots are places in
//! lists, turns are thousandths, and costs are whole numbers of which [`POINT`] make a point. There is
//! no fraction, no clock and no chance, and the search ends after a number of steps that the size of the
//! problem gives: the same problem has the same plan on every machine.
//!
//! [`assignment`] finds the exact optimum of everything but the gaps, [`solve`] weighs the gaps in, and
//! [`alternatives`](alternatives()) tells what another host would have cost.
mod alternatives;
mod anneal;
pub mod assignment;
mod costs;
mod score;
mod search;
mod state;

pub use self::alternatives::{Alternative, Exchange, Obstacle, alternatives};
pub use self::score::{Score, score_of};
pub use self::search::{Effort, solve, solve_within};

/// One point in the units of all costs: a city that is one turn off its due share after one slot costs
/// one point of fairness, a gap that is one slot off the even one costs one point of gaps.
pub const POINT: i64 = 100_000_000;

/// What one turn off the due share, or more, costs for each whole turn and slot, on top of its points: so
/// much that nothing else outweighs it. It keeps cities that are members equally long within one turn of each
/// other wherever that can be.
pub const WHOLE_TURN_OFF: i64 = 10_000 * POINT;

/// What two turns of a city in a row cost: so much that it only happens where it cannot be avoided.
pub const TWICE_IN_A_ROW: i64 = 1_000_000 * POINT;

/// The largest weight, in hundredths.
pub const MAX_WEIGHT: u32 = 1_000;

/// The largest share of a city, in hundredths of an ordinary one.
pub const MAX_SHARE: u32 = 1_000;

/// The most turns that a city starts ahead or behind by; what is beyond is cut off.
pub const MAX_BALANCE: i64 = 50_000;

/// How much the parts of a plan weigh against each other, in hundredths; up to [`MAX_WEIGHT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// Turns near the due share at every moment.
    pub fairness: u32,
    /// Even gaps between two turns of a city.
    pub gaps: u32,
    /// Short ways for the others.
    pub travel: u32,
    /// Turns that stay where they are.
    pub stability: u32,
}

impl Default for Weights {
    /// Fairness, gaps and stability as they are, travel not at all.
    fn default() -> Self {
        Self {
            fairness: 100,
            gaps: 100,
            travel: 0,
            stability: 100,
        }
    }
}

/// A city as it stands before the first slot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct City {
    /// Turns it has had beyond its due share, in thousandths; less than nothing if it is owed some.
    pub balance: i64,
    /// How many slots before the first one its last turn was: 1 for the slot just before, nothing if it never
    /// had one.
    pub last: Option<u32>,
    /// What the others travel to it, in kilometres a head.
    pub kilometres: u32,
}

/// A city's part in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its share of the turns, in hundredths of an ordinary one, up to [`MAX_SHARE`]; nothing while it is no
    /// member. Whoever has a share of 0 hosts only where nobody else can.
    pub share: Option<u32>,
    /// Whether it can host.
    pub able: bool,
}

/// A slot: a meeting to plan, or one whose turn is fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// To whom a fixed turn is charged, in thousandths of a turn; several cities if they host together, of which the one
    /// with the largest part (the first of equals) hosts, and alone has a gap to its next turn. Empty for a slot to plan.
    pub fixed: Vec<(usize, u32)>,
    /// One for each city.
    pub parts: Vec<Part>,
    /// Who had the turn in the plan that stands.
    pub previous: Option<usize>,
}

/// What is to be planned. Slots are in the order of time, cities in the order that breaks ties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The cities.
    pub cities: Vec<City>,
    /// The slots.
    pub slots: Vec<Slot>,
    /// How much the parts weigh.
    pub weights: Weights,
}

/// Who has the turn in each slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One for each slot; nobody where nobody can. Of a fixed slot it is the city with the largest part.
    pub turns: Vec<Option<usize>>,
}

impl Slot {
    /// Whether the slot is to be planned and somebody can host.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.fixed.is_empty() && self.parts.iter().any(Part::can_host)
    }

    /// Whether a turn of this slot is charged to anybody.
    fn is_charged(&self) -> bool {
        !self.fixed.is_empty() || self.is_open()
    }

    /// To whom its turn is charged if it is fixed, the larger part if there are several.
    fn fixed_turn(&self) -> Option<usize> {
        let mut largest: Option<(usize, u32)> = None;
        for &(city, part) in &self.fixed {
            if largest.is_none_or(|(_, most)| part > most) {
                largest = Some((city, part));
            }
        }
        largest.map(|(city, _)| city)
    }
}

impl Part {
    /// Whether the city is a member and can host.
    #[must_use]
    pub fn can_host(&self) -> bool {
        self.able && self.share.is_some()
    }
}
