//! Plans from assignments of the solver: whole lives of a cooperation with blackouts, and travel between cities.
use chrono::Days;
use proptest::prelude::*;
use reihum::municipalities::blackouts::BlackoutDays;
use reihum::rotation::explain::RejectionRule;
use reihum::rotation::plan::{HostSource, RotationMember, TurnStatus};
use reihum::rotation::planner::Replan;
use reihum::rotation::solver_input::{Criteria, SolverInput};
use solver::{self, assignment, score_of};

use super::fixtures::{assignments, decide, id, members, on, plan, slots};

/// Members that now and then cannot host for some weeks.
fn with_blackouts(count: usize, blackouts: &[(usize, u64, u64)]) -> Vec<RotationMember> {
    let mut members = members(count);
    for (member, from, days) in blackouts {
        let from = on("2026-02-01") + Days::new(*from);
        members[member % count].blackouts.push(BlackoutDays {
            from,
            until: from + Days::new(*days),
            reason: None,
        });
    }
    members
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_life_with_blackouts_stays_fair(
        count in 2..6_usize,
        blackouts in prop::collection::vec((any::<usize>(), 0..600_u64, 0..60_u64), 0..6),
    ) {
        let members = with_blackouts(count, &blackouts);
        let mut slots = slots(24);
        let first = decide(&members, &mut slots, Replan::Anew);
        if blackouts.is_empty() {
            prop_assert_eq!(assignments(&first), assignments(&plan(&members, &slots)));
        }
        let mut debited = Vec::new();
        for place in 0..slots.len() {
            let before = slots.clone();
            let plan = decide(&members, &mut slots, Replan::Keep);
            prop_assert_eq!(&before, &slots, "what stands is kept while nothing changes");
            for turn in &plan.turns {
                prop_assert_eq!(turn.rejected.len() + usize::from(turn.host.is_some()), count);
                prop_assert!(turn.rejected.iter().all(|one| Some(one.municipality) != turn.host));
            }
            let due = slots[place].due;
            debited.push(due);
            slots[place].status = match due {
                None => TurnStatus::GivenBack,
                Some(host) => TurnStatus::Settled { due, host, source: HostSource::Rotation, reason: None, counted: true },
            };
        }
        // The first plan came true. It is as fair as any can be, or has fewer turns in a row.
        let all = super::fixtures::slots(24);
        let input = SolverInput::new(&members, &all, &Criteria::default());
        let fairest = score_of(&input.problem, &assignment::without_gaps(&input.problem));
        let place = |due: &Option<_>| due.and_then(|due| input.cities.iter().position(|city| *city == due));
        let lived = score_of(&input.problem, &solver::Plan { turns: debited.iter().map(place).collect() });
        prop_assert!(
            lived.turns_off <= fairest.turns_off || lived.in_a_row < fairest.in_a_row,
            "{lived:?} {fairest:?} {debited:?}"
        );
        if lived.turns_off == 0 {
            for last in 1..=debited.len() {
                let turns = |member: &RotationMember| debited[..last].iter().filter(|due| **due == Some(member.id)).count();
                let (most, fewest) = (members.iter().map(turns).max(), members.iter().map(turns).min());
                prop_assert!(most.unwrap() - fewest.unwrap() <= 1, "{:?}", debited);
            }
        }
    }
}

#[test]
fn who_left_and_who_joins_owe_nothing() {
    let mut members = members(4);
    members[0].left_on = Some(on("2026-06-01"));
    members[3].joined_on = on("2026-06-01");
    members[1].blackouts.push(BlackoutDays {
        from: on("2026-09-01"),
        until: on("2026-10-30"),
        reason: None,
    });
    let plan = decide(&members, &mut slots(14), Replan::Anew);
    let assignments = assignments(&plan);
    let turns = |member: usize| {
        assignments[5..]
            .iter()
            .filter(|due| **due == member)
            .count()
    };
    assert_eq!(turns(0), 0, "{assignments:?}");
    assert!(
        (1..4).all(|member| (2..=4).contains(&turns(member))),
        "{assignments:?}"
    );
    assert!(
        assignments.windows(2).all(|two| two[0] != two[1]),
        "{assignments:?}"
    );
    let early = &plan.turns[0].rejected;
    assert!(
        early
            .iter()
            .any(|one| one.municipality == id(3) && one.rule() == RejectionRule::NotYetMember)
    );
}
