//! Solves large problems outside of the write transactions that need them.
//!
//! A write keeps others waiting, on `SQLite` all of them. The solver finds the same plan for the same problem, so a write
//! that needs to solve a large one gives up and is rolled back; the problem is solved outside of any transaction, and the
//! write runs again and finds the plan in the cache.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;

use crate::error::{Error, Result};
use solver::{self, Effort, Plan, Problem};

/// A problem with more cities times slots than this is not solved within a transaction.
const LARGE: usize = 2_000;
/// The number of plans that are kept.
pub const CAPACITY: usize = 4;

/// The plans that were found last, each with its problem.
#[derive(Debug, Clone, Default)]
pub struct SolverCache(Arc<Mutex<VecDeque<(Problem, Plan)>>>);

impl SolverCache {
    /// The plan for a problem, if it is cached.
    #[must_use]
    pub fn find(&self, problem: &Problem) -> Option<Plan> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = known.iter();
        let (_, plan) = all.find(|(known, _)| known == problem)?;
        Some(plan.clone())
    }

    /// Solves a problem, which may take more than a second, and caches the plan.
    pub fn solve(&self, problem: Problem) {
        let plan = solver::solve(&problem, Effort::Thorough);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.truncate(CAPACITY - 1);
        known.push_front((problem, plan));
    }
}

/// Solves problems for one run of a transaction.
#[derive(Debug, Clone)]
pub struct Solver {
    cache: SolverCache,
    gives_up: bool,
    unsolved: Arc<Mutex<Option<Problem>>>,
}

impl Solver {
    /// One that uses the cache; `gives_up` says whether a large problem that is not cached ends the run or is solved at
    /// once.
    #[must_use]
    pub fn new(cache: &SolverCache, gives_up: bool) -> Self {
        Self {
            cache: cache.clone(),
            gives_up,
            unsolved: Arc::default(),
        }
    }

    /// The plan for a problem.
    ///
    /// # Errors
    /// If the run has to give up because the problem is large and not cached.
    pub fn solve(&self, problem: &Problem, effort: Effort) -> Result<Plan> {
        let is_large = problem.cities.len() * problem.slots.len() > LARGE;
        if effort == Effort::Keep || !is_large {
            return Ok(solver::solve(problem, effort));
        }
        if let Some(plan) = self.cache.find(problem) {
            return Ok(plan);
        }
        if !self.gives_up {
            return Ok(solver::solve(problem, effort));
        }
        *self.unsolved.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem.clone());
        Err(Error::Internal(anyhow!("a plan is to be found first")))
    }

    /// The problem at which the run gave up.
    #[must_use]
    pub fn unsolved(&self) -> Option<Problem> {
        let mut unsolved = self.unsolved.lock().unwrap_or_else(PoisonError::into_inner);
        unsolved.take()
    }
}
