//! The days around a meeting on which something is to be done.
use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::Meeting;
use crate::series::Series;

/// The days around a meeting on which something is to be done, local ones.
///
/// What the service does, and what it asks the host for, falls on working days: on the last one
/// before a weekend or public holiday if the meeting is still ahead, on the first one after it if it
/// has been. The days until when people may do something are the days that they are, to their end.
/// What the series leaves out is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deadlines {
    /// When people are asked to keep the date free.
    pub save_the_date_on: Option<NaiveDate>,
    /// When topics are called for.
    pub call_for_topics_on: Option<NaiveDate>,
    /// Until when topics are not late.
    pub topics_until: Option<NaiveDate>,
    /// When the invitation is to go out at the latest.
    ///
    /// With n + 1 days of lead time it arrives n full days before, as rules of procedure count them:
    /// neither its own day nor the meeting's.
    pub invitation_due: Option<NaiveDate>,
    /// Until when answers are asked for.
    pub answer_by: NaiveDate,
    /// When those who have not answered are reminded.
    pub reminder_on: Option<NaiveDate>,
    /// When those who may come are reminded.
    pub last_reminder_on: Option<NaiveDate>,
    /// When the minutes are due.
    pub minutes_due_on: Option<NaiveDate>,
    /// When it should be recorded who was there, and the meeting be closed.
    pub attendance_closes_on: Option<NaiveDate>,
}

impl Deadlines {
    /// Those of `meeting`, by the lead times of its series.
    #[must_use]
    pub fn of(meeting: &Meeting, series: &Series) -> Self {
        let before = |days| earlier(meeting.date, days);
        let land = series.avoided_days.0.land;
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

fn earlier(day: NaiveDate, days: i32) -> NaiveDate {
    day.checked_sub_days(number(days)).unwrap_or(day)
}

fn later(day: NaiveDate, days: i32) -> NaiveDate {
    day.checked_add_days(number(days)).unwrap_or(day)
}

fn number(days: i32) -> Days {
    Days::new(u64::try_from(days).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::days::holidays::Land;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn ten_full_days_before_are_counted_without_the_day_itself() {
        // Ten full days before Thursday, 4 February 2027, is Sunday, 24 January; the Friday is due.
        assert_eq!(earlier(on("2027-02-04"), 11), on("2027-01-24"));
        assert_eq!(
            Land::NorthRhineWestphalia.working_day_until(earlier(on("2027-02-04"), 11)),
            on("2027-01-22")
        );
        // Over the year's end, and with a leap day in between.
        assert_eq!(earlier(on("2027-01-05"), 11), on("2026-12-25"));
        assert_eq!(later(on("2028-02-24"), 7), on("2028-03-02"));
    }
}
