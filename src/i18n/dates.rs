//! Dates and times for people: after DIN 5008 in German, with the day before the month in English.
use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use super::{Language, say, say_with};

/// "Donnerstag, 4. Februar 2027", "Thursday, 4 February 2027".
#[must_use]
pub fn date_long(language: Language, date: NaiveDate) -> String {
    say_with(
        language,
        "words-date-long",
        &[
            ("weekday", weekday(language, date.weekday())),
            ("day", date.day().to_string()),
            (
                "month",
                say(language, &format!("words-month-{}", date.month())),
            ),
            ("year", date.year().to_string()),
        ],
    )
}

/// "04.02.2027", "4 Feb 2027": for subjects and other short texts.
#[must_use]
pub fn date_short(language: Language, date: NaiveDate) -> String {
    match language {
        Language::De => date_numeric(language, date),
        Language::En => date.format("%-d %b %Y").to_string(),
    }
}

/// "04.02.2027", "2027-02-04": of constant width, for tables. English uses the ISO form, because 04/02 is
/// ambiguous.
#[must_use]
pub fn date_numeric(language: Language, date: NaiveDate) -> String {
    match language {
        Language::De => date.format("%d.%m.%Y").to_string(),
        Language::En => date.format("%Y-%m-%d").to_string(),
    }
}

/// "10:00 bis 12:30 Uhr", "10:00 to 12:30".
#[must_use]
pub fn time_range(language: Language, starts: NaiveTime, ends: NaiveTime) -> String {
    let clock = |time: NaiveTime| time.format("%H:%M").to_string();
    say_with(
        language,
        "words-time-range",
        &[("starts", clock(starts)), ("ends", clock(ends))],
    )
}

/// "Donnerstag", "Thursday".
#[must_use]
pub fn weekday(language: Language, day: Weekday) -> String {
    say(
        language,
        &format!("words-weekday-{}", day.number_from_monday()),
    )
}
