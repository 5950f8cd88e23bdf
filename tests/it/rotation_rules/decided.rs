//! Plans that are decided: whole lives of a cooperation with blackouts, and the ways between cities.
use std::collections::HashSet;

use chrono::Days;
use proptest::prelude::*;
use reihum::rotation::explain::Rule;
use reihum::rotation::laid_out::{Dues, Ledger, Terms};
use reihum::rotation::optimum::{self, Effort, assignment, score_of};
use reihum::rotation::plan::{Member, Plan, Slot, Source, Standing};
use reihum::rotation::{decided, plan};

use super::fixtures::{dues, id, members, on, slots};

/// Members that now and then cannot host for some weeks.
fn with_blackouts(count: usize, blackouts: &[(usize, u64, u64)]) -> Vec<Member> {
    let mut members = members(count);
    for (member, from, days) in blackouts {
        let from = on("2026-02-01") + Days::new(*from);
        members[member % count].blackouts.push(plan::Blackout {
            from,
            until: from + Days::new(*days),
            reason: None,
        });
    }
    members
}

/// Decides the open turns with `standing` as the plan that stands; without one, as well as can be.
fn decide(members: &[Member], slots: &[Slot], standing: &Dues) -> (Dues, Plan) {
    let ledger = Ledger {
        members,
        slots,
        dues: standing,
        begun: &HashSet::new(),
    };
    let laid = ledger.lay_out(&Terms::default());
    let dues = laid.solved(match standing.is_empty() {
        true => Effort::Thorough,
        false => Effort::Keep,
    });
    let plan = decided::plan(members, slots, &laid, &dues);
    (dues, plan)
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
        let (mut standing, first) = decide(&members, &slots, &Dues::new());
        let order = dues(&plan::plan(&members, &slots));
        if blackouts.is_empty() {
            prop_assert_eq!(dues(&first), order);
        }
        let mut charged = Vec::new();
        for place in 0..slots.len() {
            let (decided, plan) = decide(&members, &slots, &standing);
            // What nobody could host leaves the row; the turns before and after it are neighbours then.
            if charged.last() == Some(&None) {
                standing.clone_from(&decided);
            }
            prop_assert_eq!(&decided, &standing, "what stands is kept while nothing changes");
            for turn in &plan.turns {
                prop_assert_eq!(turn.rejected.len() + usize::from(turn.host.is_some()), count);
                prop_assert!(turn.rejected.iter().all(|one| Some(one.municipality) != turn.host));
            }
            let due = decided.get(&slots[place].meeting).copied();
            charged.push(due);
            slots[place].standing = match due {
                None => Standing::GivenBack,
                Some(host) => Standing::Settled { due, host, source: Source::Rotation, reason: None, counted: true },
            };
            standing.remove(&slots[place].meeting);
        }
        // The first plan came true. It is as fair as any can be, or has fewer turns in a row.
        let all = super::fixtures::slots(24);
        let ledger = Ledger { members: &members, slots: &all, dues: &Dues::new(), begun: &HashSet::new() };
        let laid = ledger.lay_out(&Terms::default());
        let fairest = score_of(&laid.problem, &assignment::without_gaps(&laid.problem));
        let place = |due: &Option<_>| due.and_then(|due| laid.cities.iter().position(|city| *city == due));
        let lived = score_of(&laid.problem, &optimum::Plan { turns: charged.iter().map(place).collect() });
        prop_assert!(
            lived.turns_off <= fairest.turns_off || lived.in_a_row < fairest.in_a_row,
            "{lived:?} {fairest:?} {charged:?}"
        );
        if lived.turns_off == 0 {
            for last in 1..=charged.len() {
                let turns = |member: &Member| charged[..last].iter().filter(|due| **due == Some(member.id)).count();
                let (most, fewest) = (members.iter().map(turns).max(), members.iter().map(turns).min());
                prop_assert!(most.unwrap() - fewest.unwrap() <= 1, "{:?}", charged);
            }
        }
    }
}

#[test]
fn who_left_and_who_joins_owe_nothing() {
    let mut members = members(4);
    members[0].left_on = Some(on("2026-06-01"));
    members[3].joined_on = on("2026-06-01");
    members[1].blackouts.push(plan::Blackout {
        from: on("2026-09-01"),
        until: on("2026-10-30"),
        reason: None,
    });
    let (_, plan) = decide(&members, &slots(14), &Dues::new());
    let dues = dues(&plan);
    let turns = |member: usize| dues[5..].iter().filter(|due| **due == member).count();
    assert_eq!(turns(0), 0, "{dues:?}");
    assert!(
        (1..4).all(|member| (2..=4).contains(&turns(member))),
        "{dues:?}"
    );
    assert!(dues.windows(2).all(|two| two[0] != two[1]), "{dues:?}");
    let early = &plan.turns[0].rejected;
    assert!(
        early
            .iter()
            .any(|one| one.municipality == id(3) && one.rule == Rule::NotYetMember)
    );
}
