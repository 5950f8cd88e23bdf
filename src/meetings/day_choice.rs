//! Chooses the day on which the meeting for a date of a series' rule takes place, by the days that the series avoids.
use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{NaiveDate, TimeDelta};

use super::{Meeting, MeetingStatus, span, store};
use crate::auth::Scope;
use crate::days::{self, DayChoice, DayData, MAX_WINDOW_DAYS};
use crate::db::{DbConn, Instant};
use crate::error::{Error, Result};
use crate::series::Series;

/// Chooses days for the dates of a rule, one after the other, and no day twice.
pub(super) struct DayChooser {
    days: DayData,
    /// Days that are not available: other dates and meetings of the series.
    taken: HashSet<NaiveDate>,
    earliest: NaiveDate,
}

/// The dates of a series' rule in a window.
pub(super) fn dates_of(
    series: &Series,
    window: RangeInclusive<NaiveDate>,
) -> Result<Vec<NaiveDate>> {
    series
        .recurrence()?
        .dates(series.starts_on, window)
        .map_err(|error| Error::conflict("too_far", error.to_string()))
}

impl DayChooser {
    /// For the dates of a rule in `window`. A meeting of the series keeps its day from being chosen if it `holds` the day;
    /// the others are about to be moved.
    pub(super) fn new(
        conn: &mut DbConn,
        who: &impl Scope,
        series: &Series,
        window: &RangeInclusive<NaiveDate>,
        now: Instant,
        holds: impl Fn(&Meeting) -> bool,
    ) -> Result<Self> {
        let reach = TimeDelta::days(MAX_WINDOW_DAYS.into());
        let first = window.start().checked_sub_signed(reach);
        let last = window.end().checked_add_signed(reach);
        let wider = first.unwrap_or(*window.start())..=last.unwrap_or(*window.end());
        let meetings = store::of_series(conn, who, series.id)?;
        let held = meetings
            .iter()
            .filter(|one| one.status != MeetingStatus::Cancelled);
        let held = held.filter(|one| holds(one)).map(|one| one.date);
        Ok(Self {
            days: days::store::day_data(conn, who, &series.avoided_days.0)?,
            taken: dates_of(series, wider)?.into_iter().chain(held).collect(),
            earliest: earliest(series, now),
        })
    }

    /// The best allowed day for a date of the rule. It is then no longer available.
    pub(super) fn choose(&mut self, date: NaiveDate) -> DayChoice {
        let choice = self
            .days
            .choose(date, self.earliest, |day| self.taken.contains(&day));
        self.taken.extend(choice.day);
        choice
    }
}

/// The first day on which a meeting at the usual start time is still to come.
pub(super) fn earliest(series: &Series, now: Instant) -> NaiveDate {
    let today = series.today(now);
    let begins = span(today.and_time(series.start_time), series.zone(), 0).0;
    if begins <= now {
        today.succ_opt().unwrap_or(today)
    } else {
        today
    }
}
