//! The deadlines of a meeting, from the lead times of its series.
use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::Meeting;
use crate::series::Series;

/// The local days around a meeting on which something is due. Null where the series has no lead time.
///
/// What the service does, and what it asks of the host, falls on working days: before the meeting on the last one before
/// a weekend or public holiday, after it on the first one following. Deadlines until which people may act are not moved,
/// and include the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deadlines {
    /// When people are asked to keep the date free.
    pub save_the_date_on: Option<NaiveDate>,
    /// When topics are called for.
    pub call_for_topics_on: Option<NaiveDate>,
    /// The last day on which topics are in time.
    pub topics_until: Option<NaiveDate>,
    /// When the invitation has to be sent at the latest.
    ///
    /// With a lead time of n + 1 days it arrives n full days before, as rules of procedure count them: neither the day of
    /// the invitation nor that of the meeting counts.
    pub invitation_due: Option<NaiveDate>,
    /// The last day for answers.
    pub answer_by: NaiveDate,
    /// When those who have not answered are reminded.
    pub reminder_on: Option<NaiveDate>,
    /// When those who may attend are reminded.
    pub last_reminder_on: Option<NaiveDate>,
    /// When the minutes are due.
    pub minutes_due_on: Option<NaiveDate>,
    /// When attendance should be recorded and the meeting be closed.
    pub attendance_closes_on: Option<NaiveDate>,
}

impl Deadlines {
    /// The deadlines of `meeting`, by the lead times of its series.
    #[must_use]
    pub fn of(meeting: &Meeting, series: &Series) -> Self {
        let before = |days| earlier(meeting.date, days);
        let land = series.land();
        let working_before = |days: Option<i32>| Some(land.working_day_until(before(days?)));
        let working_after =
            |days: Option<i32>| Some(land.working_day_from(later(meeting.date, days?)));
        Self {
            save_the_date_on: working_before(series.save_the_date_days),
            call_for_topics_on: working_before(series.call_for_topics_days),
            topics_until: series.topic_deadline_days.map(before),
            invitation_due: working_before(series.invitation_days),
            answer_by: before(series.answer_days),
            reminder_on: working_before(series.reminder_days),
            last_reminder_on: working_before(series.last_reminder_days),
            minutes_due_on: working_after(series.minutes_due_days),
            attendance_closes_on: working_after(series.attendance_closes_days),
        }
    }
}

/// The day that many `days` before; an invalid number counts as 0.
#[must_use]
pub fn earlier(day: NaiveDate, days: i32) -> NaiveDate {
    day.checked_sub_days(number(days)).unwrap_or(day)
}

/// The day that many `days` after; an invalid number counts as 0.
#[must_use]
pub fn later(day: NaiveDate, days: i32) -> NaiveDate {
    day.checked_add_days(number(days)).unwrap_or(day)
}

fn number(days: i32) -> Days {
    Days::new(u64::try_from(days).unwrap_or(0))
}
