//! Plans from assignments of the solver: whole lives of a cooperation with blackouts, and travel between cities.
use std::collections::HashSet;

use chrono::Days;
use proptest::prelude::*;
use reihum::rotation::explain::RejectionRule;
use reihum::rotation::plan::{
    Assignments, HostPlan, HostSource, MeetingSlot, MemberBlackout, RotationMember, TurnStatus,
};
use reihum::rotation::solver_input::{Criteria, PlanInput};
use reihum::rotation::{explain, plain_order};
use solver::{self, Effort, assignment, score_of};

use super::fixtures::{assignments, id, members, on, slots};

/// Members that now and then cannot host for some weeks.
fn with_blackouts(count: usize, blackouts: &[(usize, u64, u64)]) -> Vec<RotationMember> {
    let mut members = members(count);
    for (member, from, days) in blackouts {
        let from = on("2026-02-01") + Days::new(*from);
        members[member % count].blackouts.push(MemberBlackout {
            from,
            until: from + Days::new(*days),
            reason: None,
        });
    }
    members
}

/// Decides the open turns with `current` as the plan that stands; without one, as well as can be.
fn decide(
    members: &[RotationMember],
    slots: &[MeetingSlot],
    current: &Assignments,
) -> (Assignments, HostPlan) {
    let ledger = PlanInput {
        members,
        slots,
        assignments: current,
        begun: &HashSet::new(),
    };
    let input = ledger.solver_input(&Criteria::default());
    let effort = if current.is_empty() {
        Effort::Thorough
    } else {
        Effort::Keep
    };
    let assignments = input.assignments(&solver::solve(&input.problem, effort));
    let plan = explain::assignments::plan(members, slots, &input, &assignments);
    (assignments, plan)
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
        let (mut current, first) = decide(&members, &slots, &Assignments::new());
        let order = assignments(&plain_order::plan(&members, &slots));
        if blackouts.is_empty() {
            prop_assert_eq!(assignments(&first), order);
        }
        let mut debited = Vec::new();
        for place in 0..slots.len() {
            let (decided, plan) = decide(&members, &slots, &current);
            // What nobody could host leaves the row; the turns before and after it are neighbours then.
            if debited.last() == Some(&None) {
                current.clone_from(&decided);
            }
            prop_assert_eq!(&decided, &current, "what stands is kept while nothing changes");
            for turn in &plan.turns {
                prop_assert_eq!(turn.rejected.len() + usize::from(turn.host.is_some()), count);
                prop_assert!(turn.rejected.iter().all(|one| Some(one.municipality) != turn.host));
            }
            let due = decided.get(&slots[place].meeting).copied();
            debited.push(due);
            slots[place].status = match due {
                None => TurnStatus::GivenBack,
                Some(host) => TurnStatus::Settled { due, host, source: HostSource::Rotation, reason: None, counted: true },
            };
            current.remove(&slots[place].meeting);
        }
        // The first plan came true. It is as fair as any can be, or has fewer turns in a row.
        let all = super::fixtures::slots(24);
        let ledger = PlanInput { members: &members, slots: &all, assignments: &Assignments::new(), begun: &HashSet::new() };
        let input = ledger.solver_input(&Criteria::default());
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
    members[1].blackouts.push(MemberBlackout {
        from: on("2026-09-01"),
        until: on("2026-10-30"),
        reason: None,
    });
    let (_, plan) = decide(&members, &slots(14), &Assignments::new());
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
            .any(|one| one.municipality == id(3) && one.rule == RejectionRule::NotYetMember)
    );
}
