//! The rules of the rotation: examples here, properties of whole lives of a cooperation in `life`.
mod assignments;
pub mod fixtures;
mod life;
mod solver_cache;

use fixtures::*;
use reihum::i18n::Language::{De, En};
use reihum::rotation::accounts::{Balance, Turns};
use reihum::rotation::explain::{HostReason, RejectionRule};
use reihum::rotation::plan::{HostSource, TurnStatus};

#[test]
fn the_plain_case_is_the_plain_order() {
    let plan = plan(&members(5), &slots(12));
    assert_eq!(hosts(&plan), [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]);
    assert_eq!(hosts(&plan), assignments(&plan));
    assert!(
        plan.turns
            .iter()
            .all(|turn| turn.source == HostSource::Rotation)
    );
    // The order is that of the positions, not that of the list.
    let mut turned = members(3);
    turned.reverse();
    turned[0].position = -1;
    assert_eq!(hosts(&fixtures::plan(&turned, &slots(4))), [2, 0, 1, 2]);
}

#[test]
fn nothing_to_plan_is_no_error() {
    assert_eq!(
        plan(&[], &[]),
        Plan {
            turns: vec![],
            balances: vec![]
        }
    );
    let nobody = plan(&[], &slots(1));
    assert_eq!((hosts(&nobody), assignments(&nobody)), (vec![99], vec![99]));
    assert_eq!(nobody.turns[0].reason, HostReason::NobodyAvailable);
    assert_eq!(plan(&members(2), &[]).balances.len(), 2);
    assert_eq!(hosts(&plan(&members(1), &slots(2))), [0, 0]);
}

#[test]
fn ties_name_the_rule_that_decided() {
    let plan = plan(&members(3), &slots(6));
    assert_eq!(
        german(&plan.turns[0]),
        [
            "Bei gleich vielen Terminen: Bielefeld steht in der Reihenfolge vorn",
            "Gütersloh: steht in der Reihenfolge nach Bielefeld",
            "Herford: steht in der Reihenfolge nach Bielefeld",
        ],
    );
    assert_eq!(
        german(&plan.turns[2]),
        [
            "Herford war bis dahin am seltensten an der Reihe (0 von insgesamt 2)",
            "Bielefeld: bis dahin 1 Termin, Herford 0",
            "Gütersloh: bis dahin 1 Termin, Herford 0",
        ],
    );
    assert_eq!(
        english(&plan.turns[3]),
        [
            "Equal turns: Bielefeld has waited longest (last turn on 2 Feb 2026)",
            "Gütersloh: last turn was on 2 Mar 2026",
            "Herford: last turn was on 30 Mar 2026",
        ],
    );
    assert_eq!(
        rules(&plan.turns[4]),
        [
            (BIELEFELD, RejectionRule::TurnsAhead),
            (HERFORD, RejectionRule::HostedRecently)
        ],
    );
}

#[test]
fn a_blackout_passes_the_turn_on_and_it_is_made_up_for() {
    let mut members = members(5);
    members[DETMOLD].blackouts = vec![
        blackout("2026-01-01", "2026-01-31", None),
        blackout("2026-05-25", "2026-05-25", Some("Messe")),
    ];
    members[BIELEFELD].blackouts = vec![blackout("2026-05-20", "2026-05-29", None)];
    let plan = plan(&members, &slots(10));
    assert_eq!(plan.turns.len(), 10);
    // 25 May 2026 is the fifth meeting: Detmold is passed over, and due at the next.
    assert_eq!(hosts(&plan), [0, 1, 2, 3, 1, 4, 0, 2, 3, 4]);
    assert_eq!(
        german(&plan.turns[4]),
        [
            "Bei gleich vielen Terminen: Gütersloh war am längsten nicht an der Reihe \
             (zuletzt am 02.03.2026)",
            "Bielefeld: Sperrzeit 20.05.2026 bis 29.05.2026",
            "Herford: war zuletzt am 30.03.2026 an der Reihe",
            "Bad Salzuflen: war zuletzt am 27.04.2026 an der Reihe",
            "Detmold: Sperrzeit am 25.05.2026 (Messe)",
        ],
    );
    assert_eq!(rules(&plan.turns[4])[3], (DETMOLD, RejectionRule::Blackout));
}

#[test]
fn both_ends_of_a_blackout_belong_to_it() {
    for (from, until, host) in [
        ("2026-02-02", "2026-02-02", GUETERSLOH),
        ("2026-01-01", "2026-02-02", GUETERSLOH),
        ("2026-02-02", "2026-12-31", GUETERSLOH),
        ("2026-02-03", "2026-12-31", BIELEFELD),
        ("2026-01-01", "2026-02-01", BIELEFELD),
    ] {
        let mut members = members(2);
        members[BIELEFELD].blackouts = vec![blackout(from, until, None)];
        assert_eq!(
            hosts(&plan(&members, &slots(1))),
            [host],
            "{from} to {until}"
        );
    }
}

#[test]
fn after_a_long_blackout_nobody_hosts_twice_in_a_row() {
    let mut members = members(3);
    members[BIELEFELD].blackouts = vec![blackout("2026-01-01", "2026-08-01", None)];
    let plan = plan(&members, &slots(14));
    assert_eq!(hosts(&plan), [1, 2, 1, 2, 1, 2, 1, 0, 2, 0, 1, 0, 2, 0]);
    let waiting = &plan.turns[8];
    assert_eq!(
        waiting.reason,
        HostReason::NotTwiceInARow {
            waits: id(BIELEFELD)
        },
    );
    assert_eq!(
        rules(waiting),
        [
            (BIELEFELD, RejectionRule::HostedRecently),
            (GUETERSLOH, RejectionRule::TurnsAhead)
        ],
    );
    // Unless nobody else can.
    members[GUETERSLOH].blackouts = vec![blackout("2026-08-20", "2026-12-31", None)];
    members[HERFORD].blackouts = vec![blackout("2026-08-20", "2026-12-31", None)];
    let plan = fixtures::plan(&members, &slots(9));
    assert_eq!(hosts(&plan)[7..], [0, 0]);
    assert_eq!(plan.turns[8].reason, HostReason::OnlyOneAvailable);
}

#[test]
fn a_stand_in_leaves_all_other_turns_in_place() {
    let mut slots = slots(7);
    slots[4].status = pin(GUETERSLOH, HostSource::Override, Some("Umbau im Rathaus"));
    let plan = plan(&members(5), &slots);
    assert_eq!(hosts(&plan), [0, 1, 2, 3, 1, 0, 1]);
    assert_eq!(assignments(&plan), [0, 1, 2, 3, 4, 0, 1]);
    assert_eq!(plan.turns[4].source, HostSource::Override);
    assert_eq!(
        german(&plan.turns[4]),
        [
            "Gütersloh übernimmt den Termin von Detmold: Umbau im Rathaus",
            "Bielefeld: Gütersloh springt für diesen Termin ein",
            "Herford: Gütersloh springt für diesen Termin ein",
            "Bad Salzuflen: Gütersloh springt für diesen Termin ein",
            "Detmold: Gütersloh übernimmt diesen Termin",
        ],
    );
    assert!(
        rules(&plan.turns[4])
            .iter()
            .all(|(_, rule)| *rule == RejectionRule::Override)
    );
}

#[test]
fn a_swap_exchanges_two_hosts_only() {
    let mut slots = slots(6);
    slots[1].status = pin(DETMOLD, HostSource::Swap, None);
    slots[4].status = pin(GUETERSLOH, HostSource::Swap, Some(" "));
    let plan = plan(&members(5), &slots);
    assert_eq!(hosts(&plan), [0, 4, 2, 3, 1, 0]);
    assert_eq!(assignments(&plan), [0, 1, 2, 3, 4, 0]);
    assert_eq!(
        plan.turns[1].reason.in_words(De, plan.turns[1].host, &name),
        "Detmold hat mit Gütersloh getauscht"
    );
    assert_eq!(
        plan.turns[4].reason.in_words(En, plan.turns[4].host, &name),
        "Gütersloh has swapped with Detmold"
    );
    assert_eq!(
        in_words(&plan.turns[1].rejected[1], De),
        "Gütersloh: hat diesen Termin mit Detmold getauscht",
    );
    assert_eq!(rules(&plan.turns[4])[0], (BIELEFELD, RejectionRule::Swap));
}

#[test]
fn a_pin_needs_membership_but_may_force_a_blackout() {
    let mut members = members(4);
    members[GUETERSLOH].blackouts = vec![blackout("2026-01-01", "2026-12-31", None)];
    members[HERFORD].left_on = Some(on("2026-03-02"));
    members[BAD_SALZUFLEN].joined_on = on("2026-03-03");
    let mut slots = slots(2);
    slots[0].status = pin(GUETERSLOH, HostSource::Override, None);
    slots[1].status = pin(HERFORD, HostSource::Override, None);
    let plan = plan(&members, &slots);
    assert_eq!((hosts(&plan), assignments(&plan)), (vec![1, 0], vec![0, 0]));
    assert_eq!(
        rules(&plan.turns[0]),
        [
            (BIELEFELD, RejectionRule::Override),
            (HERFORD, RejectionRule::Override),
            (BAD_SALZUFLEN, RejectionRule::NotYetMember)
        ],
    );
    // It had left on that very day.
    assert_eq!(plan.turns[1].source, HostSource::Rotation);
    assert_eq!(
        german(&plan.turns[1]),
        [
            "Herford war vorgesehen, kann aber nicht (kein Mitglied mehr seit 02.03.2026). \
             Nur Bielefeld ist an diesem Tag verfügbar",
            "Gütersloh: Sperrzeit 01.01.2026 bis 31.12.2026",
            "Herford: kein Mitglied mehr seit 02.03.2026",
            "Bad Salzuflen: Mitglied erst ab 03.03.2026",
        ],
    );
    slots[1].status = pin(77, HostSource::Fixed, None);
    let plan = fixtures::plan(&members, &slots);
    assert_eq!(hosts(&plan), [1, 0]);
    assert!(
        plan.turns[1]
            .reason
            .in_words(En, plan.turns[1].host, &name)
            .starts_with("? was meant to host, but")
    );
}

#[test]
fn where_nobody_is_available_only_a_pin_hosts() {
    let mut members = members(2);
    for member in &mut members {
        member.blackouts = vec![blackout("2026-01-01", "2026-03-31", None)];
    }
    let mut slots = slots(4);
    slots[1].status = pin(GUETERSLOH, HostSource::Fixed, None);
    let plan = plan(&members, &slots);
    assert_eq!(
        (hosts(&plan), assignments(&plan)),
        (vec![99, 1, 99, 0], vec![99, 99, 99, 0])
    );
    assert_eq!(plan.turns[0].reason, HostReason::NobodyAvailable);
    assert_eq!(
        rules(&plan.turns[0]),
        [
            (BIELEFELD, RejectionRule::Blackout),
            (GUETERSLOH, RejectionRule::Blackout)
        ],
    );
    assert_eq!(
        plan.turns[1].reason.in_words(De, plan.turns[1].host, &name),
        "Gütersloh wurde festgelegt"
    );
    assert_eq!(rules(&plan.turns[1]), [(BIELEFELD, RejectionRule::Fixed)]);
}

#[test]
fn a_cancelled_turn_is_given_back_or_forfeited() {
    let mut slots = slots(5);
    slots[1].status = TurnStatus::GivenBack;
    assert_eq!(hosts(&plan(&members(3), &slots)), [0, 1, 2, 0]);
    slots[1].status = TurnStatus::Settled {
        due: Some(id(GUETERSLOH)),
        host: id(GUETERSLOH),
        source: HostSource::Rotation,
        reason: None,
        counted: true,
    };
    let forfeited = plan(&members(3), &slots);
    assert_eq!(hosts(&forfeited), [0, 1, 2, 0, 1]);
    assert_eq!(
        rules(&forfeited.turns[1]),
        [
            (BIELEFELD, RejectionRule::Fixed),
            (HERFORD, RejectionRule::Fixed)
        ]
    );
    assert_eq!(
        forfeited.turns[1]
            .reason
            .in_words(De, forfeited.turns[1].host, &name),
        "Gütersloh steht fest"
    );
}

#[test]
fn a_newcomer_starts_with_the_mean_and_hosts_once_in_its_first_round() {
    let mut members = members(4);
    // After the fifth meeting: Bielefeld and Gütersloh have two turns, Herford has one.
    members[BAD_SALZUFLEN].joined_on = on("2026-06-01");
    let plan = plan(&members, &slots(13));
    assert_eq!(hosts(&plan), [0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1]);
    let credit = plan.balances[BAD_SALZUFLEN].start_credit;
    assert_eq!(credit.thousandths(), 1666);
    assert_eq!(plan.balances[BIELEFELD].start_credit, Turns::default());
    assert_eq!(
        in_words(&plan.turns[6].rejected[0], De),
        "Bielefeld: bis dahin 2 Termine, Bad Salzuflen 0 (mit dem Ausgleich für die Zeit ohne Teilnahme 1,666)",
    );
    assert_eq!(
        rules(&plan.turns[0])[2],
        (BAD_SALZUFLEN, RejectionRule::NotYetMember)
    );
}

#[test]
fn the_balances_tell_hosted_from_charged() {
    let mut slots = slots(5);
    let settled = |due: usize, host: usize, source, counted| TurnStatus::Settled {
        due: Some(id(due)),
        host: id(host),
        source,
        reason: None,
        counted,
    };
    slots[0].status = settled(BIELEFELD, BIELEFELD, HostSource::Rotation, true);
    slots[1].status = settled(GUETERSLOH, BIELEFELD, HostSource::Override, true);
    slots[2].status = settled(HERFORD, HERFORD, HostSource::Rotation, false);
    let plan = plan(&members(3), &slots);
    let balance = |number, [counted, assigned, planned, hosted]: [u32; 4], standing_in| Balance {
        municipality: id(number),
        counted: Turns::of_thousandths(1000 * i64::from(counted)),
        assigned: Turns::of_thousandths(1000 * i64::from(assigned)),
        planned: Turns::of_thousandths(1000 * i64::from(planned)),
        hosted,
        cohosted: 0,
        start_credit: Turns::default(),
        standing_in,
    };
    assert_eq!(
        plan.balances,
        [
            balance(BIELEFELD, [1, 0, 1, 2], 1),
            balance(GUETERSLOH, [1, 0, 1, 0], -1),
            balance(HERFORD, [0, 1, 0, 1], 0),
        ],
    );
}

#[test]
fn the_words_of_the_api_are_stable() {
    let text = |value: RejectionRule| serde_json::to_value(value).unwrap();
    assert_eq!(text(RejectionRule::NotYetMember), "not_yet_member");
    assert_eq!(text(RejectionRule::HostedRecently), "hosted_recently");
    assert_eq!(text(RejectionRule::LaterInOrder), "later_in_order");
    assert_eq!(
        serde_json::to_value(HostSource::Override).unwrap(),
        "override"
    );
}

#[test]
fn later_turns_take_none_of_the_earlier_ones_back() {
    let mut slots = slots(6);
    for slot in [3, 4] {
        slots[slot].status = TurnStatus::Settled {
            due: Some(id(slot % 3)),
            host: id(slot % 3),
            source: HostSource::Rotation,
            reason: None,
            counted: false,
        };
    }
    assert_eq!(hosts(&plan(&members(3), &slots)), [0, 1, 2, 0, 1, 2]);
    // Nobody hosts directly before a turn that it has anyway.
    slots[2].status = slots[4].status.clone();
    slots[4].status = OPEN;
    assert_eq!(hosts(&plan(&members(3), &slots)), [0, 2, 1, 0, 2, 1]);
}
