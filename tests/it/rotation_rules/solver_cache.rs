//! Large problems are solved outside of transactions, and their plans are cached.
use reihum::rotation::solver_cache::{CAPACITY, Solver, SolverCache};
use solver::{City, Effort, Part, Problem, Slot, Weights};

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
    let cache = SolverCache::default();
    let (small, large) = (problem(5, 20), problem(45, 45));
    let solver = Solver::new(&cache, true);
    assert!(solver.solve(&small, Effort::Thorough).is_ok());
    assert!(solver.solve(&large, Effort::Keep).is_ok());
    assert_eq!(solver.unsolved(), None);
    assert!(solver.solve(&large, Effort::Thorough).is_err());
    assert_eq!(solver.unsolved().as_ref(), Some(&large));
    cache.solve(large.clone());
    let found = Solver::new(&cache, true).solve(&large, Effort::Thorough);
    let itself = Solver::new(&SolverCache::default(), false).solve(&large, Effort::Thorough);
    assert_eq!(found.unwrap(), itself.unwrap());
    // The oldest plan is evicted.
    for slots in 46..46 + CAPACITY {
        cache.solve(problem(2, slots));
    }
    assert_eq!(cache.find(&large), None);
    assert!(cache.find(&problem(2, 46)).is_some());
}
