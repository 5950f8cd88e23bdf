//! Finds the fairest hosts of a series of meetings, as an optimisation problem.
//!
//! `docs/rotation.md` defines the problem. Here, cities and slots are indices, turns are counted in
//! thousandths, and costs are integers ([`POINT`]). There are no floating-point numbers, no clock and no
//! randomness, and the number of search steps depends on the size of the problem only: the same problem has
//! the same plan on every machine.
//!
//! [`assignment`] finds the exact optimum without the gaps, [`solve`] takes the gaps into account, and
//! [`alternatives`](alternatives()) are the costs of other hosts.
mod alternatives;
mod anneal;
pub mod assignment;
mod costs;
mod score;
mod search;
mod state;

pub use self::alternatives::{Alternative, Exchange, Obstacle, Trouble, alternatives};
pub use self::score::{Score, score_of};
pub use self::search::{Effort, solve, solve_within};

/// One point in the unit of all costs. A city that is one turn off its due share after one slot costs one point
/// of fairness; a gap that differs from the even gap by one slot costs one point of gaps.
pub const POINT: i64 = 100_000_000;

/// The additional cost of each whole turn off the due share, per slot. Nothing else outweighs it, so that cities
/// that have been members equally long stay within one turn of each other wherever that is possible.
pub const WHOLE_TURN_OFF: i64 = 10_000 * POINT;

/// The cost of two consecutive turns of a city, which occur only where they cannot be avoided.
pub const TWICE_IN_A_ROW: i64 = 1_000_000 * POINT;

/// The largest weight, in hundredths.
pub const MAX_WEIGHT: u32 = 1_000;

/// The largest share of a city, in hundredths of an ordinary one.
pub const MAX_SHARE: u32 = 1_000;

/// The largest initial balance of a city, positive or negative, in thousandths of a turn.
pub const MAX_BALANCE: i64 = 50_000;

/// The weights of the objectives, in hundredths; [`MAX_WEIGHT`] at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// Turns close to the due share after every slot.
    pub fairness: u32,
    /// Even gaps between the turns of a city.
    pub gaps: u32,
    /// Short travel for the others.
    pub travel: u32,
    /// Turns that do not move.
    pub stability: u32,
}

impl Default for Weights {
    /// Fairness, gaps and stability with weight 1, travel with 0.
    fn default() -> Self {
        Self {
            fairness: 100,
            gaps: 100,
            travel: 0,
            stability: 100,
        }
    }
}

/// A city before the first slot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct City {
    /// Its turns minus its due share, in thousandths; negative if it is owed turns.
    pub balance: i64,
    /// The distance of its last turn from the first slot, in slots: 1 for the slot just before it.
    pub last: Option<u32>,
    /// The average distance that the others travel to it, in kilometres.
    pub kilometres: u32,
}

/// Whether and to what extent a city takes part in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its share of the turns, in hundredths of a usual one, [`MAX_SHARE`] at most; none while it is not a
    /// member. A city with a share of 0 hosts only where nobody else can.
    pub share: Option<u32>,
    /// Whether it can host.
    pub able: bool,
}

/// A slot: a meeting to plan, or one whose turn is fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The cities to which a fixed turn is charged, and how much, in thousandths of a turn. The one with the largest
    /// part (the first of equals) is the host, and the only one whose gaps it affects. Empty for a slot to plan.
    pub fixed: Vec<(usize, u32)>,
    /// One for each city.
    pub parts: Vec<Part>,
    /// The host in the current plan.
    pub previous: Option<usize>,
}

/// A problem: slots in chronological order, cities in the order that breaks ties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The cities.
    pub cities: Vec<City>,
    /// The slots.
    pub slots: Vec<Slot>,
    /// The weights of the objectives.
    pub weights: Weights,
}

/// The host of each slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One for each slot; none where nobody can host. In a fixed slot it is the city with the largest part.
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

    /// The city with the largest part of a fixed turn.
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
