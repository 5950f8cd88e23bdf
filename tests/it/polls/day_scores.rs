//! Which days are proposed.
use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;
use reihum::days::public_holidays::Land;
use reihum::polls::day_scores::{APART, DayCost, PollObstacle, ScoredDay, cost, spread};

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn free(date: &str) -> ScoredDay {
    ScoredDay {
        date: on(date),
        land: Land::NorthRhineWestphalia,
        school_holidays: false,
        nearest_meeting: None,
        members: 5,
        blocked: 0,
    }
}

#[test]
fn days_on_which_nobody_meets_are_left_out_and_said_why() {
    let expected = [
        ("2026-04-09", Ok((false, 0))),
        ("2026-04-11", Err(PollObstacle::Weekend)),
        ("2026-04-12", Err(PollObstacle::Weekend)),
        ("2026-05-14", Err(PollObstacle::PublicHoliday)),
        ("2026-05-15", Err(PollObstacle::BridgeDay)),
        ("2026-05-13", Ok((false, 0))),
        ("2026-12-24", Err(PollObstacle::EndOfYear)),
        ("2026-12-31", Err(PollObstacle::EndOfYear)),
        ("2027-01-01", Err(PollObstacle::PublicHoliday)),
        // Between the weekend and Christmas; between Christmas and the weekend.
        ("2029-12-24", Err(PollObstacle::EndOfYear)),
        ("2030-12-27", Err(PollObstacle::BridgeDay)),
        ("2028-02-29", Ok((false, 0))),
    ];
    for (date, cost_of) in expected {
        assert_eq!(cost(&free(date)), cost_of, "{date}");
    }
}

#[test]
fn other_meetings_and_blackouts_count() {
    let beside = ScoredDay {
        nearest_meeting: Some(APART - 1),
        ..free("2026-04-09")
    };
    assert_eq!(cost(&beside), Err(PollObstacle::OtherMeeting));
    let apart = ScoredDay {
        nearest_meeting: Some(APART),
        blocked: 2,
        ..free("2026-04-09")
    };
    assert_eq!(cost(&apart), Ok((false, 2)));
    let nobody = ScoredDay {
        blocked: 5,
        ..free("2026-04-09")
    };
    assert_eq!(cost(&nobody), Err(PollObstacle::NobodyHosts));
}

#[test]
fn the_cheapest_days_far_apart_come_first() {
    let days: Vec<(NaiveDate, DayCost)> = on("2026-06-01")
        .iter_days()
        .take(9)
        .map(|day| (day, (day.day() == 1, 0)))
        .collect();
    let expected = ["2026-06-02", "2026-06-09", "2026-06-05"].map(on);
    assert_eq!(spread(&days, 3), expected);
    assert_eq!(spread(&days, 20).last(), Some(&on("2026-06-01")));
}

proptest! {
    #[test]
    fn no_day_that_is_left_is_cheaper(costs in proptest::collection::vec(0_usize..4, 0..40), count in 0_usize..25) {
        let days: Vec<_> = on("2026-06-01").iter_days().zip(costs.into_iter().map(|cost| (false, cost))).collect();
        let chosen = spread(&days, count);
        prop_assert_eq!(chosen.len(), count.min(days.len()));
        let of = |wanted: bool| {
            let chosen = &chosen;
            days.iter().filter(move |(day, _)| chosen.contains(day) == wanted).map(|(_, cost)| *cost)
        };
        if let (Some(most), Some(least)) = (of(true).max(), of(false).min()) {
            prop_assert!(most <= least);
        }
    }
}
