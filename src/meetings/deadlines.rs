//! The days before a meeting by which something is to be done.
use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

use super::Meeting;
use crate::series::Series;

/// The days before a meeting by which something is to be done. Each day is a local one, to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deadlines {
    /// When topics are called for.
    pub call_for_topics_on: NaiveDate,
    /// Until when topics are not late.
    pub topics_until: NaiveDate,
    /// When the invitation is to go out at the latest.
    ///
    /// With n + 1 days of lead time it arrives n full days before, as rules of procedure count them:
    /// neither its own day nor the meeting's. What falls on a weekend is due on the Friday before.
    pub invitation_due: NaiveDate,
    /// Until when answers are asked for.
    pub answer_by: NaiveDate,
    /// When those who have not answered are reminded.
    pub reminder_on: NaiveDate,
}

impl Deadlines {
    /// Those of `meeting`, by the lead times of its series.
    #[must_use]
    pub fn of(meeting: &Meeting, series: &Series) -> Self {
        let before = |days| earlier(meeting.date, days);
        Self {
            call_for_topics_on: before(series.call_for_topics_days),
            topics_until: before(series.topic_deadline_days),
            invitation_due: workday_until(before(series.invitation_days)),
            answer_by: before(series.answer_days),
            reminder_on: before(series.reminder_days),
        }
    }
}

fn earlier(day: NaiveDate, days: i32) -> NaiveDate {
    let days = Days::new(u64::try_from(days).unwrap_or(0));
    day.checked_sub_days(days).unwrap_or(day)
}

/// That day, or the last workday before it.
fn workday_until(day: NaiveDate) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat => earlier(day, 1),
        Weekday::Sun => earlier(day, 2),
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_due_on_a_weekend_is_due_on_the_friday_before() {
        // Ten full days before Thursday, 4 February 2027, is Sunday, 24 January.
        assert_eq!(earlier(on("2027-02-04"), 11), on("2027-01-24"));
        assert_eq!(workday_until(on("2027-01-24")), on("2027-01-22"));
        assert_eq!(workday_until(on("2027-01-23")), on("2027-01-22"));
        assert_eq!(workday_until(on("2027-01-25")), on("2027-01-25"));
    }
}
