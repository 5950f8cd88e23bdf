//! On which day a date of a series' rule is met, by what the series avoids.
use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{NaiveDate, TimeDelta};

use super::{Meeting, Status, span, store};
use crate::Tx;
use crate::auth::Scope;
use crate::days::{self, Choice, DayWarning, Days, MAX_WINDOW_DAYS, SkippedDate, Weight};
use crate::db::{DbConn, Instant};
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::series::Series;

/// Chooses days for the dates of a rule, one after the other, no day twice.
pub(super) struct Chooser {
    days: Days,
    /// Where the series meets anyway: its other dates and meetings.
    taken: HashSet<NaiveDate>,
    earliest: NaiveDate,
}

/// The dates that the rule of a series makes in a window.
pub(super) fn dates_of(
    series: &Series,
    window: RangeInclusive<NaiveDate>,
) -> Result<Vec<NaiveDate>> {
    series
        .recurrence()?
        .dates(series.starts_on, window)
        .map_err(|error| Error::conflict("too_far", error.to_string()))
}

impl Chooser {
    /// For the dates of a rule in `window`. Meetings of the series that `holds` does not name are about
    /// to get a day themselves, and hold none.
    pub(super) fn new(
        conn: &mut Tx,
        who: &impl Scope,
        series: &Series,
        window: &RangeInclusive<NaiveDate>,
        holds: impl Fn(&Meeting) -> bool,
    ) -> Result<Self> {
        let now = conn.now;
        Self::at(conn, who, series, window, (now, holds))
    }

    fn at(
        conn: &mut DbConn,
        who: &impl Scope,
        series: &Series,
        window: &RangeInclusive<NaiveDate>,
        (now, holds): (Instant, impl Fn(&Meeting) -> bool),
    ) -> Result<Self> {
        let reach = TimeDelta::days(MAX_WINDOW_DAYS.into());
        let first = window.start().checked_sub_signed(reach);
        let last = window.end().checked_add_signed(reach);
        let wider = first.unwrap_or(*window.start())..=last.unwrap_or(*window.end());
        let meetings = store::of_series(conn, who, series.id)?;
        let held = meetings
            .iter()
            .filter(|one| one.status != Status::Cancelled);
        let held = held.filter(|one| holds(one)).map(|one| one.date);
        Ok(Self {
            days: days::store::days(conn, who, &series.avoided_days.0)?,
            taken: dates_of(series, wider)?.into_iter().chain(held).collect(),
            earliest: earliest(series, now),
        })
    }

    /// The best allowed day for a date of the rule, which no later date gets then.
    pub(super) fn choose(&mut self, date: NaiveDate) -> Choice {
        let choice = self
            .days
            .choose(date, self.earliest, |day| self.taken.contains(&day));
        self.taken.extend(choice.day);
        choice
    }
}

/// The first day on which a meeting that begins at the series' time is still to come.
fn earliest(series: &Series, now: Instant) -> NaiveDate {
    let today = series.today(now);
    let begins = span(today.and_time(series.start_time), series.zone(), 0).0;
    match begins <= now {
        true => today.succ_opt().unwrap_or(today),
        false => today,
    }
}

/// The dates of the rule up to the horizon that have no meeting, because every day in their window is
/// forbidden.
pub fn skipped(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    (now, language): (Instant, Language),
) -> Result<Vec<SkippedDate>> {
    let from = earliest(series, now).max(series.starts_on);
    let window = from..=series.horizon(now);
    let dates = dates_of(series, window.clone())?;
    let known: HashSet<_> = super::planning::occurrences(conn, who, series.id)?
        .into_iter()
        .collect();
    let mut chooser = Chooser::at(conn, who, series, &window, (now, |_: &Meeting| true))?;
    let open = dates.into_iter().filter(|date| !known.contains(date));
    let choices = open.map(|date| chooser.choose(date));
    let skipped = choices.filter(|choice| choice.day.is_none());
    Ok(skipped
        .map(|choice| SkippedDate::new(&choice, language))
        .collect())
}

/// Warnings for the meetings ahead that are on a day on which their series does not meet, or beyond what
/// is known of school holidays if it avoids those.
pub fn warnings<'a>(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    meetings: impl IntoIterator<Item = &'a Meeting>,
    (now, language): (Instant, Language),
) -> Result<Vec<DayWarning>> {
    let days = days::store::days(conn, who, &series.avoided_days.0)?;
    let known_until = days.school.known_until;
    let is_beyond = |date| {
        days.avoided.school_holidays != Weight::Off && known_until.is_none_or(|last| last < date)
    };
    let ahead = meetings.into_iter().filter(|one| one.is_ahead(now));
    let mut found = Vec::new();
    for date in ahead.map(|one| one.date) {
        let causes = days.forbidding(date);
        if !causes.is_empty() {
            found.push(DayWarning::forbidden(date, causes, language));
        }
        if is_beyond(date) {
            found.push(DayWarning::beyond(date, known_until, language));
        }
    }
    Ok(found)
}
