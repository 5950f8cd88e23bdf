//! Plans that take long to find are found beside the writes that need them.
//!
//! A write keeps others waiting, on `SQLite` all of them. The solver finds the same plan whenever it is
//! asked for the same problem, so a write that meets a large one gives up and undoes itself; the problem
//! is solved outside, and the write runs again and knows the plan.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;

use super::optimum::{self, Effort, Plan, Problem};
use crate::error::{Error, Result};

/// A problem with more cities times slots than this is not solved within a write.
const LARGE: usize = 2_000;
/// So many plans are remembered.
const REMEMBERED: usize = 4;

/// The plans that were found last, each by its whole problem.
#[derive(Debug, Clone, Default)]
pub struct Solutions(Arc<Mutex<VecDeque<(Problem, Plan)>>>);

impl Solutions {
    fn find(&self, problem: &Problem) -> Option<Plan> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = known.iter();
        let (_, plan) = all.find(|(known, _)| known == problem)?;
        Some(plan.clone())
    }

    /// Solves a problem, which takes its time, and remembers the plan.
    pub fn solve(&self, problem: Problem) {
        let plan = optimum::solve(&problem, Effort::Thorough);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.truncate(REMEMBERED - 1);
        known.push_front((problem, plan));
    }
}

/// What one run of a write asks for plans.
#[derive(Debug, Clone)]
pub struct Solver {
    solutions: Solutions,
    gives_up: bool,
    unsolved: Arc<Mutex<Option<Problem>>>,
}

impl Solver {
    /// One that knows these plans, and gives up at a large problem without one, or solves it at once.
    #[must_use]
    pub fn new(solutions: &Solutions, gives_up: bool) -> Self {
        Self {
            solutions: solutions.clone(),
            gives_up,
            unsolved: Arc::default(),
        }
    }

    /// The plan for a problem.
    ///
    /// # Errors
    /// If the write is to give up, because the problem is large and has no plan yet.
    pub fn solve(&self, problem: &Problem, effort: Effort) -> Result<Plan> {
        let is_large = problem.cities.len() * problem.slots.len() > LARGE;
        if effort == Effort::Keep || !is_large {
            return Ok(optimum::solve(problem, effort));
        }
        if let Some(plan) = self.solutions.find(problem) {
            return Ok(plan);
        }
        if !self.gives_up {
            return Ok(optimum::solve(problem, effort));
        }
        *self.unsolved.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem.clone());
        Err(Error::Internal(anyhow!("a plan is to be found first")))
    }

    /// The problem at which the write has given up.
    #[must_use]
    pub fn unsolved(&self) -> Option<Problem> {
        let mut unsolved = self.unsolved.lock().unwrap_or_else(PoisonError::into_inner);
        unsolved.take()
    }
}

#[cfg(test)]
mod tests {
    use super::super::optimum::{City, Part, Slot, Weights};
    use super::*;

    fn problem(cities: usize, slots: usize) -> Problem {
        let part = Part {
            share: Some(100),
            able: true,
        };
        let slot = Slot {
            fixed: Vec::new(),
            parts: vec![part; cities],
            previous: None,
        };
        Problem {
            cities: vec![City::default(); cities],
            slots: vec![slot; slots],
            weights: Weights::default(),
        }
    }

    #[test]
    fn a_large_problem_is_given_up_once_and_known_then() {
        let solutions = Solutions::default();
        let (small, large) = (problem(5, 20), problem(45, 45));
        let solver = Solver::new(&solutions, true);
        assert!(solver.solve(&small, Effort::Thorough).is_ok());
        assert!(solver.solve(&large, Effort::Keep).is_ok());
        assert_eq!(solver.unsolved(), None);
        assert!(solver.solve(&large, Effort::Thorough).is_err());
        assert_eq!(solver.unsolved().as_ref(), Some(&large));
        solutions.solve(large.clone());
        let found = Solver::new(&solutions, true).solve(&large, Effort::Thorough);
        let itself = Solver::new(&Solutions::default(), false).solve(&large, Effort::Thorough);
        assert_eq!(found.unwrap(), itself.unwrap());
        // The oldest gives way.
        for slots in 46..46 + REMEMBERED {
            solutions.solve(problem(2, slots));
        }
        assert_eq!(solutions.find(&large), None);
        assert!(solutions.find(&problem(2, 46)).is_some());
    }
}
