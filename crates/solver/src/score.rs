//! What a plan costs.
use super::costs::Costs;
use super::{Plan, Problem, TWICE_IN_A_ROW, WHOLE_TURN_OFF};

/// What a plan costs, part by part. Costs are in units of which [`POINT`](super::POINT) make a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Score {
    /// Slots in which nobody can host.
    pub nobody: usize,
    /// How often a city has two turns in a row.
    pub in_a_row: i64,
    /// Whole turns by which cities are off their due shares, over all slots.
    pub turns_off: i64,
    /// Squares of the turns by which cities are off their due shares, over all slots.
    pub fairness: i64,
    /// Squares of the slots by which gaps differ from even ones.
    pub gaps: i64,
    /// What the ways cost.
    pub travel: i64,
    /// Turns that differ from the plan that stands.
    pub moved: usize,
    /// What these cost; near ones more.
    pub stability: i64,
}

impl Score {
    /// What the plan costs altogether, in a row and whole turns off included.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.without_gaps() + self.gaps + self.in_a_row * TWICE_IN_A_ROW
    }

    /// What [`assignment`](super::assignment) makes least: all but what depends on the gaps.
    #[must_use]
    pub fn without_gaps(&self) -> i64 {
        self.fairness + self.turns_off * WHOLE_TURN_OFF + self.travel + self.stability
    }
}

/// What a plan costs. Of open slots it takes the plan's turns, whoever can host or not; of fixed slots the
/// problem's.
#[must_use]
pub fn score_of(problem: &Problem, plan: &Plan) -> Score {
    Costs::of(problem).score(problem, plan)
}
