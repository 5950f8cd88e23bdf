//! How well a day suits a meeting, and which days are proposed. Pure.
use std::cmp::Reverse;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::days::public_holidays::{Land, is_christmas_or_new_years_eve};
use crate::word_enum;

/// At least this many days are between a proposed date and any other meeting of the series.
pub const APART: i64 = 7;

word_enum! {
    /// Why a day is not proposed.
    pub enum PollObstacle {
        /// Saturday or Sunday.
        Weekend = "weekend",
        /// A public holiday of the Land.
        PublicHoliday = "public_holiday",
        /// A single working day between days off.
        BridgeDay = "bridge_day",
        /// 24 or 31 December.
        EndOfYear = "end_of_year",
        /// Another meeting of the series is too near.
        OtherMeeting = "other_meeting",
        /// Every member has a blackout.
        NobodyHosts = "nobody_hosts",
    }
}

/// A day with everything that decides how well it suits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoredDay {
    /// The day.
    pub date: NaiveDate,
    /// The Land whose holidays count.
    pub land: Land,
    /// Whether it is in the school holidays of the Land.
    pub school_holidays: bool,
    /// How many days away the nearest other meeting of the series is, if there is one.
    pub nearest_meeting: Option<i64>,
    /// How many municipalities are members.
    pub members: usize,
    /// How many of them have a blackout.
    pub blocked: usize,
}

/// Whether a day is in school holidays, and how many members have a blackout. The least is the best.
pub type DayCost = (bool, usize);

/// The cost of a day.
///
/// # Errors
/// The reason why the day cannot be proposed.
pub fn cost(day: &ScoredDay) -> Result<DayCost, PollObstacle> {
    let date = day.date;
    let obstacles = [
        (
            matches!(date.weekday(), Weekday::Sat | Weekday::Sun),
            PollObstacle::Weekend,
        ),
        (
            day.land.holiday_on(date).is_some(),
            PollObstacle::PublicHoliday,
        ),
        (is_christmas_or_new_years_eve(date), PollObstacle::EndOfYear),
        (day.land.is_bridge_day(date), PollObstacle::BridgeDay),
        (
            day.nearest_meeting.is_some_and(|days| days < APART),
            PollObstacle::OtherMeeting,
        ),
        (
            day.members > 0 && day.blocked >= day.members,
            PollObstacle::NobodyHosts,
        ),
    ];
    match obstacles.into_iter().find(|(stands, _)| *stands) {
        Some((_, obstacle)) => Err(obstacle),
        None => Ok((day.school_holidays, day.blocked)),
    }
}

/// Chooses at most `count` days: those with the least cost, of these the one farthest from those already chosen, of these
/// the earliest. The best comes first.
#[must_use]
pub fn spread(days: &[(NaiveDate, DayCost)], count: usize) -> Vec<NaiveDate> {
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
