//! Which days suit a meeting: what a day costs, and which of them are proposed. Pure.
use std::cmp::Reverse;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::calendar::holidays::{Holiday, is_working_day};
use crate::word_enum;

/// A meeting is not proposed within so many days of another one of its series.
pub const APART: i64 = 7;

word_enum! {
    /// Why a day is not proposed.
    #[schema(as = PollObstacle)]
    pub enum Obstacle {
        /// Saturday or Sunday.
        Weekend = "weekend",
        /// A public holiday (North Rhine-Westphalia).
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
    /// How many days the nearest other meeting of the series is away; none if there is no other.
    pub nearest_meeting: Option<i64>,
    /// How many municipalities are members.
    pub members: usize,
    /// How many of them have a blackout.
    pub blocked: usize,
}

/// What a day costs: how many members have a blackout on it. Nothing else is better or worse.
///
/// # Errors
/// What stands against the day altogether.
pub fn cost(day: &Day) -> Result<usize, Obstacle> {
    let date = day.date;
    let obstacles = [
        (
            matches!(date.weekday(), Weekday::Sat | Weekday::Sun),
            Obstacle::Weekend,
        ),
        (Holiday::on(date).is_some(), Obstacle::PublicHoliday),
        (is_end_of_year(date), Obstacle::EndOfYear),
        (is_bridge_day(date), Obstacle::BridgeDay),
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
        None => Ok(day.blocked),
    }
}

/// Whether offices are closed by custom.
fn is_end_of_year(date: NaiveDate) -> bool {
    date.month() == 12 && matches!(date.day(), 24 | 31)
}

/// Whether a working day stands alone between days off.
fn is_bridge_day(date: NaiveDate) -> bool {
    let off = |day: Option<NaiveDate>| day.is_some_and(|day| !is_working_day(day));
    is_working_day(date) && off(date.pred_opt()) && off(date.succ_opt())
}

/// At most `count` of the days, each with its cost: the cheapest, and among equals the one farthest
/// from those chosen before, then the earlier. The best comes first.
#[must_use]
pub fn spread(days: &[(NaiveDate, usize)], count: usize) -> Vec<NaiveDate> {
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
            nearest_meeting: None,
            members: 5,
            blocked: 0,
        }
    }

    #[test]
    fn days_on_which_nobody_meets_are_left_out_and_said_why() {
        let expected = [
            ("2026-04-09", Ok(0)),
            ("2026-04-11", Err(Obstacle::Weekend)),
            ("2026-04-12", Err(Obstacle::Weekend)),
            ("2026-05-14", Err(Obstacle::PublicHoliday)),
            ("2026-05-15", Err(Obstacle::BridgeDay)),
            ("2026-05-13", Ok(0)),
            ("2026-12-24", Err(Obstacle::EndOfYear)),
            ("2026-12-31", Err(Obstacle::EndOfYear)),
            ("2027-01-01", Err(Obstacle::PublicHoliday)),
            // Between the weekend and Christmas; between Christmas and the weekend.
            ("2029-12-24", Err(Obstacle::EndOfYear)),
            ("2030-12-27", Err(Obstacle::BridgeDay)),
            ("2028-02-29", Ok(0)),
        ];
        for (date, cost_of) in expected {
            assert_eq!(cost(&free(date)), cost_of, "{date}");
        }
    }

    /// The table of `field.md`, which was worked out by another program.
    #[test]
    fn bridge_days_are_those_of_the_table() {
        let table = [
            "2025-05-02 2025-05-30 2025-06-20",
            "2026-01-02 2026-05-15 2026-06-05",
            "2027-05-07 2027-05-28",
            "2028-05-26 2028-06-16 2028-10-02",
            "2029-04-30 2029-05-11 2029-06-01 2029-11-02 2029-12-24 2029-12-31",
            "2030-05-31 2030-06-21 2030-10-04 2030-12-27",
        ];
        for (year, days) in (2025..).zip(table) {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            let found: Vec<String> = first
                .iter_days()
                .take_while(|day| day.year() == year)
                .filter(|day| is_bridge_day(*day))
                .map(|day| day.to_string())
                .collect();
            assert_eq!(found.join(" "), days);
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
        assert_eq!(cost(&apart), Ok(2));
        let nobody = Day {
            blocked: 5,
            ..free("2026-04-09")
        };
        assert_eq!(cost(&nobody), Err(Obstacle::NobodyHosts));
    }

    #[test]
    fn the_cheapest_days_far_apart_come_first() {
        let days: Vec<(NaiveDate, usize)> = on("2026-06-01")
            .iter_days()
            .take(9)
            .map(|day| (day, usize::from(day.day() == 1)))
            .collect();
        let expected = ["2026-06-02", "2026-06-09", "2026-06-05"].map(on);
        assert_eq!(spread(&days, 3), expected);
        assert_eq!(spread(&days, 20).last(), Some(&on("2026-06-01")));
    }

    proptest! {
        #[test]
        fn no_day_that_is_left_is_cheaper(costs in proptest::collection::vec(0_usize..4, 0..40), count in 0_usize..25) {
            let days: Vec<_> = on("2026-06-01").iter_days().zip(costs).collect();
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
