//! The solver for the best hosts: properties of random problems. Whether its plans are the best ones is for OR-Tools to
//! say, in tests/peers.
use proptest::prelude::*;
use solver::{
    City, Effort, Obstacle, Part, Plan, Problem, Slot, Weights, alternatives, assignment, score_of,
    solve, solve_within,
};

/// Steps of the far search: few, for the rules hold however far it goes.
const FEW: usize = 2_000;

const ABLE: Part = Part {
    share: Some(100),
    able: true,
};

/// Cities at the start, and open slots in which all can host.
fn plain(cities: usize, slots: usize) -> Problem {
    let slot = Slot {
        fixed: vec![],
        parts: vec![ABLE; cities],
        previous: None,
    };
    Problem {
        cities: vec![City::default(); cities],
        slots: vec![slot; slots],
        weights: Weights::default(),
    }
}

fn in_order(cities: usize, slots: usize) -> Plan {
    Plan {
        turns: (0..slots).map(|slot| Some(slot % cities)).collect(),
    }
}

fn a_problem() -> impl Strategy<Value = Problem> {
    let part = (0..10_u8, 0..10_u8, any::<bool>()).prop_map(|(member, able, half)| Part {
        share: (member > 0).then_some(if half { 50 } else { 100 }),
        able: able > 2,
    });
    (1..7_usize, 1..20_usize).prop_flat_map(move |(cities, slots)| {
        let city = (-2500..2500_i64, prop::option::of(1..9_u32), 0..90_u32);
        let city = city.prop_map(|(balance, last, kilometres)| City {
            balance,
            last,
            kilometres,
        });
        let fixed = prop_oneof![
            5 => Just(vec![]),
            1 => (0..cities).prop_map(|city| vec![(city, 1000)]),
        ];
        let slot = (
            fixed,
            prop::collection::vec(part.clone(), cities),
            prop::option::of(0..cities),
        );
        let slot = slot.prop_map(|(fixed, parts, previous)| Slot {
            fixed,
            parts,
            previous,
        });
        let weights = (0..300_u32, 0..300_u32, 0..300_u32, 0..300_u32);
        (
            prop::collection::vec(city, cities),
            prop::collection::vec(slot, slots),
            weights.prop_map(|(fairness, gaps, travel, stability)| Weights {
                fairness,
                gaps,
                travel,
                stability,
            }),
        )
            .prop_map(|(cities, slots, weights)| Problem {
                cities,
                slots,
                weights,
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn fixed_turns_stay_and_only_who_can_hosts(problem in a_problem()) {
        for effort in [Effort::Keep, Effort::Thorough] {
            let plan = solve_within(&problem, effort, FEW);
            for (slot, turn) in problem.slots.iter().zip(&plan.turns) {
                match turn {
                    None => prop_assert!(!slot.is_open() && slot.fixed.is_empty()),
                    Some(city) if slot.fixed.is_empty() => prop_assert!(slot.parts[*city].can_host()),
                    Some(city) => prop_assert_eq!(*city, slot.fixed[0].0),
                }
            }
            prop_assert_eq!(&plan, &solve_within(&problem, effort, FEW), "the same again");
        }
    }

    /// What a plan says stays so when its first turns are fixed, as they are when meetings are held; unless another
    /// is found then that costs no more even without regard to the moved turns.
    #[test]
    fn a_plan_outlives_its_beginning(problem in a_problem(), held in 0..20_usize) {
        let mut problem = problem;
        let plan = solve_within(&problem, Effort::Thorough, FEW);
        for (slot, turn) in problem.slots.iter_mut().zip(&plan.turns) {
            slot.previous = *turn;
        }
        let plan = solve_within(&problem, Effort::Keep, FEW);
        for (slot, turn) in problem.slots.iter_mut().zip(&plan.turns) {
            slot.previous = *turn;
        }
        for (slot, turn) in problem.slots.iter_mut().zip(&plan.turns).take(held) {
            if let (Some(city), true) = (*turn, slot.is_open()) {
                slot.fixed = vec![(city, 1000)];
            }
        }
        let later = solve_within(&problem, Effort::Keep, FEW);
        for slot in &mut problem.slots {
            slot.previous = None;
        }
        let cost = |plan: &Plan| score_of(&problem, plan).total();
        prop_assert!(later == plan || cost(&later) <= cost(&plan), "{later:?} {plan:?}");
    }

    /// No plan costs less than the assignment, gaps aside; and the search never ends above the plain order.
    #[test]
    fn nothing_beats_the_assignment(problem in a_problem()) {
        let least = score_of(&problem, &assignment::without_gaps(&problem)).without_gaps();
        for effort in [Effort::Keep, Effort::Thorough] {
            let plan = solve_within(&problem, effort, FEW);
            prop_assert!(score_of(&problem, &plan).without_gaps() >= least);
        }
    }

    /// What an alternative is said to cost is what the plan with it costs more, and never less than nothing.
    #[test]
    fn alternatives_cost_what_they_say(problem in a_problem()) {
        let plan = solve_within(&problem, Effort::Thorough, FEW);
        let slots: Vec<usize> = (0..problem.slots.len()).collect();
        let cost = score_of(&problem, &plan).total();
        for (slot, others) in slots.iter().zip(alternatives(&problem, &plan, &slots)) {
            let named = others.iter().map(|other| other.city);
            let expected = (0..problem.cities.len()).filter(|city| Some(*city) != plan.turns[*slot]);
            prop_assert!(named.eq(expected));
            for other in others {
                let part = problem.slots[*slot].parts[other.city];
                match other.cost {
                    Ok(exchange) => {
                        let mut changed = plan.clone();
                        if let Some(given) = exchange.gives {
                            changed.turns[given] = plan.turns[*slot];
                        }
                        changed.turns[*slot] = Some(other.city);
                        prop_assert_eq!(score_of(&problem, &changed).total() - cost, exchange.costs);
                        prop_assert!(exchange.costs >= 0);
                    }
                    Err(Obstacle::NoMember) => prop_assert_eq!(part.share, None),
                    Err(Obstacle::Fixed) => prop_assert!(!problem.slots[*slot].fixed.is_empty()),
                    Err(Obstacle::CannotHost) => prop_assert!(!part.able),
                }
            }
        }
    }

    /// Where the assignment shows that all can stay within one turn of each other, they do, unless that would need turns
    /// in a row.
    #[test]
    fn turns_stay_within_one_of_each_other_where_they_can(
        cities in 2..7_usize,
        able in prop::collection::vec(prop::collection::vec(0..10_u8, 7), 1..25),
    ) {
        let mut problem = plain(cities, able.len());
        for (slot, able) in problem.slots.iter_mut().zip(&able) {
            for (part, able) in slot.parts.iter_mut().zip(able) {
                part.able = *able > 1;
            }
        }
        let exact = score_of(&problem, &assignment::without_gaps(&problem));
        let plan = solve_within(&problem, Effort::Thorough, FEW);
        let score = score_of(&problem, &plan);
        prop_assert!(score.in_a_row < exact.in_a_row || score.turns_off <= exact.turns_off);
        if score.turns_off == 0 {
            let mut turns = vec![0_u32; cities];
            for city in plan.turns.iter().flatten() {
                turns[*city] += 1;
                let (most, fewest) = (turns.iter().max().unwrap(), turns.iter().min().unwrap());
                prop_assert!(most - fewest <= 1, "{:?}", plan);
            }
        }
    }

    #[test]
    fn without_constraints_it_is_the_plain_order(cities in 1..8_usize, slots in 1..30_usize) {
        for effort in [Effort::Keep, Effort::Thorough] {
            prop_assert_eq!(solve_within(&plain(cities, slots), effort, FEW), in_order(cities, slots));
        }
    }
}

#[test]
fn one_blackout_moves_two_turns() {
    let mut problem = plain(12, 60);
    let before = in_order(12, 60);
    for (slot, turn) in problem.slots.iter_mut().zip(&before.turns) {
        slot.previous = *turn;
    }
    problem.slots[17].parts[5].able = false;
    let plan = solve(&problem, Effort::Keep);
    let score = score_of(&problem, &plan);
    assert_eq!(
        (score.moved, score.turns_off, score.in_a_row),
        (2, 0, 0),
        "{plan:?}"
    );
}

#[test]
fn hosts_that_share_a_turn_are_charged_their_parts() {
    let mut problem = plain(3, 6);
    problem.slots[0].fixed = vec![(0, 500), (1, 500)];
    let plan = solve_within(&problem, Effort::Thorough, FEW);
    assert_eq!(plan.turns[1], Some(2), "the only one that has had nothing");
    let turns = |city| {
        plan.turns[1..]
            .iter()
            .filter(|turn| **turn == Some(city))
            .count()
    };
    assert!((1..=2).contains(&turns(0)) && (1..=2).contains(&turns(1)));
}

#[test]
fn whoever_has_a_double_share_has_every_other_turn() {
    let mut problem = plain(3, 8);
    for slot in &mut problem.slots {
        slot.parts[1].share = Some(200);
    }
    let plan = solve_within(&problem, Effort::Thorough, FEW);
    let places: Vec<usize> = (0..8).filter(|slot| plan.turns[*slot] == Some(1)).collect();
    assert!(places == [0, 2, 4, 6] || places == [1, 3, 5, 7], "{plan:?}");
}

#[test]
fn whoever_has_no_share_hosts_only_alone() {
    let mut problem = plain(2, 4);
    for slot in &mut problem.slots {
        slot.parts[0].share = Some(0);
    }
    problem.slots[2].parts[1].able = false;
    let plan = solve_within(&problem, Effort::Thorough, FEW);
    assert_eq!(plan.turns, [Some(1), Some(1), Some(0), Some(1)]);
}

#[test]
fn nothing_to_plan_is_no_error() {
    let empty = Problem {
        cities: vec![],
        slots: vec![],
        weights: Weights::default(),
    };
    assert_eq!(solve(&empty, Effort::Thorough).turns, []);
    let nobody = plain(0, 2);
    assert_eq!(solve(&nobody, Effort::Keep).turns, [None, None]);
    assert_eq!(score_of(&nobody, &Plan { turns: vec![] }).nobody, 2);
    assert_eq!(
        alternatives(&nobody, &Plan { turns: vec![] }, &[1]),
        [vec![]]
    );
}

#[test]
fn extreme_values_do_not_overflow() {
    let mut problem = plain(40, 300);
    problem.weights = Weights {
        fairness: u32::MAX,
        gaps: u32::MAX,
        travel: u32::MAX,
        stability: u32::MAX,
    };
    for (number, city) in problem.cities.iter_mut().enumerate() {
        let balance = if number % 2 == 0 { i64::MAX } else { i64::MIN };
        *city = City {
            balance,
            last: Some(u32::MAX),
            kilometres: u32::MAX,
        };
    }
    for slot in &mut problem.slots {
        slot.previous = Some(usize::MAX);
        slot.parts[3].share = Some(u32::MAX);
        slot.parts[4].share = Some(1);
    }
    let plan = solve_within(&problem, Effort::Thorough, FEW);
    assert!(plan.turns.iter().all(Option::is_some));
}
