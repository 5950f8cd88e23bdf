//! When people are reminded of a poll.
use chrono::{DateTime, Utc};
use reihum::days::public_holidays::Land;
use reihum::polls::remind_at;

#[test]
fn the_reminder_comes_two_days_before_but_never_in_the_first_half() {
    let zone = chrono_tz::Europe::Berlin;
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().into();
    let cases = [
        // Wednesday noon, for Friday noon a week later.
        (
            "2026-03-02T09:00:00Z",
            "2026-03-13T11:00:00Z",
            "2026-03-11T11:00:00Z",
        ),
        // Two days before is Saturday.
        (
            "2026-03-02T09:00:00Z",
            "2026-03-16T11:00:00Z",
            "2026-03-16T08:00:00Z",
        ),
        // Half of one day.
        (
            "2026-03-03T09:00:00Z",
            "2026-03-03T15:00:00Z",
            "2026-03-03T12:00:00Z",
        ),
        // Nine o'clock comes an hour earlier after the change of the clocks.
        (
            "2026-03-16T09:00:00Z",
            "2026-03-31T06:00:00Z",
            "2026-03-30T07:00:00Z",
        ),
    ];
    for (opened, deadline, expected) in cases {
        assert_eq!(
            remind_at(at(opened), at(deadline), zone, Land::NorthRhineWestphalia),
            at(expected),
            "{deadline}"
        );
    }
}
