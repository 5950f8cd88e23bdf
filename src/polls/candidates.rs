//! Which days suit a meeting: what a day costs, and which of them are proposed. Pure.
use std::cmp::Reverse;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::days::public_holidays::{Land, is_christmas_or_new_years_eve};
use crate::word_enum;

/// A meeting is not proposed within so many days of another one of its series.
pub const APART: i64 = 7;

word_enum! {
    /// Why a day is not proposed.
    #[schema(as = PollObstacle)]
    pub enum Obstacle {
        /// Saturday or Sunday.
        Weekend = "weekend",
        /// A public holiday of the Land.
        PublicHoliday = "public_holiday",
        /// A single working day between days off.
        BridgeDay = "bridge_day",
        /// 24 or 31 December.
        EndOfYear = "end_of_year",
        /// Another meeting of the series is near.
        OtherMeeting = "other_meeting",
        /// No member can host.
        NobodyHosts = "nobody_hosts",
    }
}

/// What is known of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// The Land whose holidays count.
    pub land: Land,
    /// Whether it is in the school holidays of the Land.
    pub school_holidays: bool,
    /// How many days the nearest other meeting of the series is away; none if there is no other.
    pub nearest_meeting: Option<i64>,
    /// How many municipalities are members.
    pub members: usize,
    /// How many of them have a blackout.
    pub blocked: usize,
}

/// The least is the best.
pub type Cost = (bool, usize);

/// What a day costs, the least first: whether it is in school holidays, and how many members have a blackout on
/// it. Nothing else is better or worse.
///
/// # Errors
/// What stands against the day altogether.
pub fn cost(day: &Day) -> Result<Cost, Obstacle> {
    let date = day.date;
    let obstacles = [
        (
            matches!(date.weekday(), Weekday::Sat | Weekday::Sun),
            Obstacle::Weekend,
        ),
        (day.land.holiday_on(date).is_some(), Obstacle::PublicHoliday),
        (is_christmas_or_new_years_eve(date), Obstacle::EndOfYear),
        (day.land.is_bridge_day(date), Obstacle::BridgeDay),
        (
            day.nearest_meeting.is_some_and(|days| days < APART),
            Obstacle::OtherMeeting,
        ),
        (
            day.members > 0 && day.blocked >= day.members,
            Obstacle::NobodyHosts,
        ),
    ];
    match obstacles.into_iter().find(|(stands, _)| *stands) {
        Some((_, obstacle)) => Err(obstacle),
        None => Ok((day.school_holidays, day.blocked)),
    }
}

/// At most `count` of the days, each with its cost: the cheapest, and among equals the one farthest
/// from those chosen before, then the earlier. The best comes first.
#[must_use]
pub fn spread(days: &[(NaiveDate, Cost)], count: usize) -> Vec<NaiveDate> {
    let mut chosen: Vec<NaiveDate> = Vec::new();
    while chosen.len() < count {
        let distance = |date: NaiveDate| {
            let distances = chosen.iter().map(|other| (date - *other).num_days().abs());
            distances.min().unwrap_or(0)
        };
        let left = days.iter().filter(|(date, _)| !chosen.contains(date));
        let best = left.min_by_key(|(date, cost)| (*cost, Reverse(distance(*date)), *date));
        let Some((date, _)) = best else { break };
        chosen.push(*date);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn free(date: &str) -> Day {
        Day {
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
            ("2026-04-11", Err(Obstacle::Weekend)),
            ("2026-04-12", Err(Obstacle::Weekend)),
            ("2026-05-14", Err(Obstacle::PublicHoliday)),
            ("2026-05-15", Err(Obstacle::BridgeDay)),
            ("2026-05-13", Ok((false, 0))),
            ("2026-12-24", Err(Obstacle::EndOfYear)),
            ("2026-12-31", Err(Obstacle::EndOfYear)),
            ("2027-01-01", Err(Obstacle::PublicHoliday)),
            // Between the weekend and Christmas; between Christmas and the weekend.
            ("2029-12-24", Err(Obstacle::EndOfYear)),
            ("2030-12-27", Err(Obstacle::BridgeDay)),
            ("2028-02-29", Ok((false, 0))),
        ];
        for (date, cost_of) in expected {
            assert_eq!(cost(&free(date)), cost_of, "{date}");
        }
    }

    #[test]
    fn other_meetings_and_blackouts_count() {
        let beside = Day {
            nearest_meeting: Some(APART - 1),
            ..free("2026-04-09")
        };
        assert_eq!(cost(&beside), Err(Obstacle::OtherMeeting));
        let apart = Day {
            nearest_meeting: Some(APART),
            blocked: 2,
            ..free("2026-04-09")
        };
        assert_eq!(cost(&apart), Ok((false, 2)));
        let nobody = Day {
            blocked: 5,
            ..free("2026-04-09")
        };
        assert_eq!(cost(&nobody), Err(Obstacle::NobodyHosts));
    }

    #[test]
    fn the_cheapest_days_far_apart_come_first() {
        let days: Vec<(NaiveDate, Cost)> = on("2026-06-01")
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
}
