//! Plans the hosts of a problem that `optimum.py` has written down, and writes the turns down for it to judge.
//! `optimum.sh` compiles it by itself, with the solver, which needs nothing else.
#![allow(clippy::unwrap_used, reason = "a check fails by panicking")]
#![allow(dead_code, unused_imports)]
#[path = "../../crates/solver/src/lib.rs"]
mod optimum;

use std::io::Read;
use std::time::Instant;

use optimum::{City, Effort, Part, Plan, Problem, Slot, Weights};

/// Steps of a far search that is to find the best known plan.
const LONG: usize = 40_000_000;

/// Reads numbers, in this order: cities, slots, four weights; of each city balance, last turn (0: none) and kilometres;
/// of each slot its previous city (-1: none), then the share and whether it can host of each city.
fn read(text: &str) -> Problem {
    let mut numbers = text.split_whitespace().map(|word| word.parse::<i64>().unwrap());
    let mut next = || numbers.next().unwrap();
    let natural = |number: i64| u32::try_from(number).unwrap();
    let (cities, slots) = (next(), next());
    let weights = Weights {
        fairness: natural(next()),
        gaps: natural(next()),
        travel: natural(next()),
        stability: natural(next()),
    };
    let mut city = |_| City {
        balance: next(),
        last: Some(natural(next())).filter(|last| *last > 0),
        kilometres: natural(next()),
    };
    let list = (0..cities).map(&mut city).collect();
    let mut slot = |_| {
        let previous = usize::try_from(next()).ok();
        let part = |_| Part { share: Some(natural(next())), able: next() == 1 };
        Slot { fixed: Vec::new(), parts: (0..cities).map(part).collect(), previous }
    };
    Problem { cities: list, slots: (0..slots).map(&mut slot).collect(), weights }
}

fn show(name: &str, problem: &Problem, plan: &Plan, milliseconds: u128) {
    let turns: Vec<String> = plan.turns.iter().map(|turn| turn.map_or("-".to_owned(), |city| city.to_string())).collect();
    let score = optimum::score_of(problem, plan);
    println!("{name} {} {} {milliseconds} {}", score.total(), score.without_gaps(), turns.join(" "));
}

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let problem = read(&text);
    let timed = |name: &str, find: &dyn Fn() -> Plan| {
        let start = Instant::now();
        let plan = find();
        show(name, &problem, &plan, start.elapsed().as_millis());
    };
    timed("without_gaps", &|| optimum::assignment::without_gaps(&problem));
    timed("plan", &|| optimum::solve(&problem, Effort::Thorough));
    if std::env::args().nth(1).as_deref() == Some("long") {
        timed("long", &|| optimum::solve_within(&problem, Effort::Thorough, LONG));
    }
}
