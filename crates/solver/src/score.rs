//! The cost of a plan.
use super::costs::Costs;
use super::{Plan, Problem, TWICE_IN_A_ROW, WHOLE_TURN_OFF};

/// The cost of a plan by objective, in the unit of [`POINT`](super::POINT).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Score {
    /// Slots in which nobody can host.
    pub nobody: usize,
    /// How often a city has two consecutive turns.
    pub in_a_row: i64,
    /// Whole turns by which cities are off their due shares, summed over all slots.
    pub turns_off: i64,
    /// Squares of the deviations from the due shares, summed over all slots.
    pub fairness: i64,
    /// Squares of the deviations from the even gaps.
    pub gaps: i64,
    /// The cost of travel.
    pub travel: i64,
    /// Turns that differ from the current plan.
    pub moved: usize,
    /// The cost of these; early ones cost more.
    pub stability: i64,
}

impl Score {
    /// The total cost, including consecutive turns and whole turns off.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.without_gaps() + self.gaps + self.in_a_row * TWICE_IN_A_ROW
    }

    /// What [`assignment`](super::assignment) minimises: everything that does not depend on gaps.
    #[must_use]
    pub fn without_gaps(&self) -> i64 {
        self.fairness + self.turns_off * WHOLE_TURN_OFF + self.travel + self.stability
    }
}

/// The cost of a plan. Whether its hosts are able to host is not checked; fixed turns are those of the problem.
#[must_use]
pub fn score_of(problem: &Problem, plan: &Plan) -> Score {
    Costs::of(problem).score(problem, plan)
}
