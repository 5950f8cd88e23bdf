//! The difference of two plans, purely: applied to the one it makes the other.
use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, TimeDelta};
use proptest::prelude::*;
use reihum::db::Id;
use reihum::i18n::Language;
use reihum::meetings::MeetingStatus;
use reihum::meetings::plan_difference::{self, PlanDifference, PlannedMeeting, difference};
use reihum::meetings::planning::PlanOptions;
use uuid::Uuid;

fn id<T: 'static>(number: u8) -> Id<T> {
    Id::from(Uuid::from_u128(u128::from(number) + 1))
}

fn at(day: u8) -> DateTime<FixedOffset> {
    let first: DateTime<FixedOffset> = "2026-06-09T10:00:00+02:00".parse().unwrap();
    first + TimeDelta::days(day.into())
}

/// Meetings with keys from `first` on: some are there, each with a day and a host.
fn plans(first: u8) -> impl Strategy<Value = Vec<PlannedMeeting>> {
    let cohosts = proptest::collection::vec((5_u8..8).prop_map(id), 0..3);
    let one = proptest::option::of((0_u8..60, proptest::option::of(0_u8..5), cohosts));
    proptest::collection::vec(one, 0..12).prop_map(move |all| {
        let all = (first..).zip(all);
        let spots = all.filter_map(|(number, spot)| {
            let (day, host, cohosts) = spot?;
            Some(PlannedMeeting {
                meeting: id(number),
                status: MeetingStatus::Planned,
                starts_at: at(day),
                host: host.map(id),
                cohosts,
            })
        });
        spots.collect()
    })
}

fn applied(
    before: &[PlannedMeeting],
    difference: &PlanDifference,
) -> Vec<(DateTime<FixedOffset>, Option<u128>)> {
    let mut plan: HashMap<_, _> = before
        .iter()
        .map(|spot| (spot.meeting, (spot.starts_at, spot.host)))
        .collect();
    for gone in &difference.removed {
        plan.remove(&gone.meeting_id).unwrap();
    }
    for moved in &difference.moved_dates {
        let spot = plan.get_mut(&moved.meeting_id).unwrap();
        assert_eq!(std::mem::replace(&mut spot.0, moved.to), moved.from);
    }
    for moved in &difference.moved_turns {
        let spot = plan.get_mut(&moved.meeting_id).unwrap();
        let host = moved.to.as_ref().map(|host| host.id);
        let old = std::mem::replace(&mut spot.1, host);
        assert_eq!(old, moved.from.as_ref().map(|host| host.id));
    }
    let added = difference.created.iter();
    let added = added.map(|new| (new.starts_at, new.host.as_ref().map(|host| host.id)));
    sorted(plan.into_values().chain(added))
}

fn sorted<T: 'static>(
    spots: impl Iterator<Item = (DateTime<FixedOffset>, Option<Id<T>>)>,
) -> Vec<(DateTime<FixedOffset>, Option<u128>)> {
    let mut all: Vec<_> = spots
        .map(|(at, host)| (at, host.map(|host| host.uuid().as_u128())))
        .collect();
    all.sort_unstable();
    all
}

const OPTIONS: fn() -> PlanOptions = || PlanOptions {
    until: at(90).date_naive(),
    anew: false,
    language: Language::De,
};

fn hash(options: PlanOptions, before: &[PlannedMeeting], after: &[PlannedMeeting]) -> String {
    plan_difference::hash(id(0), options, before, after).unwrap()
}

proptest! {
    #[test]
    fn a_difference_leads_from_one_plan_to_the_other(before in plans(0), after in plans(6)) {
        let name_of = |_| String::new();
        let found = difference(&before, &after, &name_of);
        prop_assert_eq!(applied(&before, &found), sorted(after.iter().map(|spot| (spot.starts_at, spot.host))));
        prop_assert_eq!(difference(&before, &before, &name_of), PlanDifference::default());
        let same = hash(OPTIONS(), &before, &after);
        prop_assert_eq!(&same, &hash(OPTIONS(), &before, &after));
        if before != after {
            prop_assert_ne!(&same, &hash(OPTIONS(), &before, &before));
        }
        // Keys of meetings that are only to be made are not foretold.
        let known: Vec<_> = before.iter().map(|spot| spot.meeting).collect();
        let other_keys: Vec<PlannedMeeting> = after
            .iter()
            .map(|spot| if known.contains(&spot.meeting) { spot.clone() } else { PlannedMeeting { meeting: Id::from(Uuid::from_u128(spot.meeting.uuid().as_u128() + 1000)), ..spot.clone() } })
            .collect();
        prop_assert_eq!(&same, &hash(OPTIONS(), &before, &other_keys));
        let later = PlanOptions { until: at(91).date_naive(), ..OPTIONS() };
        prop_assert_ne!(&same, &hash(later, &before, &after));
        let anew = PlanOptions { anew: true, ..OPTIONS() };
        prop_assert_ne!(&same, &hash(anew, &before, &after));
    }
}
