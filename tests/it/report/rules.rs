//! The figures, over random histories.
use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use reihum::db::Id;
use reihum::municipalities::Municipality;
use reihum::municipalities::distance::{Coordinates, road_metres};
use reihum::report::ReportPeriod;
use reihum::report::figures::{
    HeldMeeting, ReportInput, ReportMember, apportioned, shares, spreads,
};
use reihum::rotation::cohosts::debits;
use reihum::series::HostWeights;

use super::TOWN_HALLS;

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(number)
}

fn id(number: usize) -> Id<Municipality> {
    Id::from(uuid::Uuid::from_u128(number as u128 + 1))
}

fn hall((latitude, longitude): (f64, f64)) -> Coordinates {
    Coordinates {
        latitude,
        longitude,
    }
}

/// Kilometres as the crow flies, from another source: the upper half of a table of the five town halls.
const AS_THE_CROW_FLIES: [(usize, usize, f64); 10] = [
    (0, 1, 16.6),
    (1, 2, 13.9),
    (1, 3, 16.5),
    (1, 4, 25.4),
    (0, 2, 30.5),
    (0, 3, 32.4),
    (0, 4, 34.5),
    (2, 3, 6.0),
    (2, 4, 24.3),
    (3, 4, 19.1),
];

#[test]
fn roads_are_three_tenths_longer_than_the_way_of_the_crow() {
    for (from, to, kilometres) in AS_THE_CROW_FLIES {
        let metres = road_metres(hall(TOWN_HALLS[from]), hall(TOWN_HALLS[to]));
        #[expect(clippy::cast_precision_loss, reason = "counts that are far below 2^52")]
        let off = (metres as f64 / 1300.0 - kilometres).abs();
        assert!(off <= 0.06, "{from} to {to}: {metres}");
    }
    let (north, south) = (hall((90.0, 0.0)), hall((-90.0, 77.0)));
    // Half of 2 π 6371.0088 km, and three tenths.
    assert_eq!(road_metres(north, south), 26_019_649);
    assert_eq!(road_metres(north, north), 0);
}

fn members() -> impl Strategy<Value = Vec<ReportMember>> {
    let one = (0_u64..400, proptest::option::of(1_u64..400), 0_usize..6);
    proptest::collection::vec(one, 1..12).prop_map(|all| {
        let all = all.into_iter().enumerate();
        all.map(|(number, (joins, stays, home))| ReportMember {
            id: id(number),
            name: format!("City {number}"),
            joined_on: day(joins),
            left_on: stays.map(|days| day(joins + days)),
            home: TOWN_HALLS.get(home).copied().map(hall),
        })
        .collect()
    })
}

fn meetings() -> impl Strategy<Value = Vec<HeldMeeting>> {
    let city = || proptest::option::of((0_usize..12).prop_map(id));
    let items = proptest::collection::vec((city(), 1_i32..480), 0..5);
    let there = proptest::option::of(proptest::collection::btree_set(
        (0_usize..12).prop_map(id),
        0..8,
    ));
    let cohosts = proptest::collection::btree_set((0_usize..12).prop_map(id), 0..3);
    let one = (100_u64..300, city(), cohosts, 0_usize..6, items, there);
    proptest::collection::vec(one, 0..30).prop_map(|all| {
        let all = all.into_iter();
        all.map(
            |(on, host, cohosts, place, items, represented)| HeldMeeting {
                on: day(on),
                host,
                cohosts: cohosts.into_iter().filter(|id| Some(*id) != host).collect(),
                place: TOWN_HALLS.get(place).copied().map(hall),
                represented: represented.map(|ids| ids.into_iter().collect::<BTreeSet<_>>()),
                items,
            },
        )
        .collect()
    })
}

proptest! {
    #[test]
    fn shares_add_up(total in 0_i64..1_000_000, weights in proptest::collection::vec(0_i64..10_000, 1..30)) {
        let shares = apportioned(total, &weights);
        let sum: i64 = weights.iter().sum();
        prop_assert_eq!(shares.iter().sum::<i64>(), if sum == 0 { 0 } else { total });
        for (share, weight) in shares.iter().zip(&weights) {
            // Off by less than one from the exact share.
            prop_assert!((share * sum - total * weight).abs() < sum.max(1));
            prop_assert!(*weight > 0 || *share == 0);
        }
    }

    #[test]
    fn what_is_given_is_what_was_held(members in members(), held in meetings()) {
        let period = ReportPeriod { from: day(100), to: day(400) };
        let to_cohost = vec![id(2)];
        let happened = ReportInput { held, charged: vec![(id(0), 500)], to_come: vec![id(1)], to_cohost };
        let lines = shares(&members, &HostWeights::default(), period, day(300), &happened);
        let known = |host: Option<Id<Municipality>>| members.iter().any(|member| Some(member.id) == host);
        let hosted = happened.held.iter().filter(|meeting| known(meeting.host)).count();
        let sum = |figure: fn(&reihum::report::FairnessShare) -> i64| lines.iter().map(figure).sum::<i64>();
        prop_assert_eq!(sum(|line| line.hosted.into()), i64::try_from(hosted).unwrap());
        let days = sum(|line| line.member_days);
        let due = if days == 0 { 0 } else { i64::try_from(hosted).unwrap() * 1000 };
        prop_assert_eq!(sum(|line| line.due_thousandths), due);
        // Parts of those who are no members at all are nobody's.
        let parts = happened.held.iter().flat_map(|held| held.host.map_or_else(Vec::new, |host| debits(host, &held.cohosts)));
        let shared: i64 = parts.filter(|(id, _)| known(Some(*id))).map(|(_, part)| i64::from(part)).sum();
        prop_assert_eq!(sum(|line| line.difference_thousandths), shared - due);
        let of = |host: &HeldMeeting| host.cohosts.iter().filter(|id| known(Some(**id))).count();
        prop_assert_eq!(sum(|line| line.cohosted.into()), i64::try_from(happened.held.iter().map(of).sum::<usize>()).unwrap());
        for member in &members {
            let days = (100..=300).map(day);
            let count = days.filter(|on| member.joined_on <= *on && member.left_on.is_none_or(|left| *on < left)).count();
            if let Some(line) = lines.iter().find(|line| line.municipality.id == member.id) {
                prop_assert_eq!(line.member_days, i64::try_from(count).unwrap());
                prop_assert_eq!(line.travelled_metres.is_some(), member.home.is_some());
            } else {
                prop_assert_eq!(count, 0);
            }
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    fn the_deviation_is_the_textbooks(members in members(), held in meetings()) {
        let period = ReportPeriod { from: day(0), to: day(400) };
        let happened = ReportInput { held, charged: vec![], to_come: vec![], to_cohost: vec![] };
        let lines = shares(&members, &HostWeights::default(), period, day(400), &happened);
        prop_assume!(!lines.is_empty());
        let values: Vec<f64> = lines.iter().map(|line| line.agenda_minutes as f64).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        let spread = spreads(&lines).agenda_minutes;
        let expected = (variance.sqrt() * 1000.0) as i64;
        prop_assert!((spread.deviation_thousandths - expected).abs() <= 1, "{spread:?} {expected}");
        let range = values.iter().copied().fold(f64::MIN, f64::max) - values.iter().copied().fold(f64::MAX, f64::min);
        prop_assert_eq!(spread.range, range as i64);
    }
}
