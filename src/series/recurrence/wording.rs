//! Recurrence rules in words.
use chrono::{Month, Weekday};

use super::{DayOfMonth, Frequency, MAX_COUNT, MAX_INTERVAL, RecurrenceRule, RuleEnd};
use crate::i18n::dates::{date_short, weekday};
use crate::i18n::{Language, say, say_count, say_with};

pub(super) fn rule(rule: &RecurrenceRule, language: Language) -> String {
    let (unit, on) = match &rule.frequency {
        Frequency::Weekly(days) => ("week", weekdays(language, days)),
        Frequency::Monthly(day) => ("month", day_of_month(language, *day)),
        Frequency::Yearly(day) => ("year", day_of_year(language, *day)),
    };
    let every = say_count(
        language,
        &format!("series-rule-every-{unit}"),
        rule.interval,
    );
    match end(language, rule.end) {
        None => format!("{every} {on}"),
        Some(end) => format!("{every} {on}, {end}"),
    }
}

fn end(language: Language, end: RuleEnd) -> Option<String> {
    match end {
        RuleEnd::Never => None,
        RuleEnd::Until(last) => {
            let date = date_short(language, last);
            Some(say_with(language, "series-rule-until", &[("date", date)]))
        }
        RuleEnd::Count(count) => Some(say_count(language, "series-rule-count", count)),
    }
}

fn weekdays(language: Language, days: &[Weekday]) -> String {
    let mut names: Vec<String> = days.iter().map(|day| weekday(language, *day)).collect();
    let Some(last) = names.pop() else {
        return say(language, "series-rule-on-first-weekday");
    };
    let days = if names.is_empty() {
        last
    } else {
        let args = [("list", names.join(", ")), ("last", last)];
        say_with(language, "series-rule-and", &args)
    };
    say_with(language, "series-rule-on-weekdays", &[("days", days)])
}

fn day_of_month(language: Language, day: Option<DayOfMonth>) -> String {
    match day {
        None => say(language, "series-rule-on-first-date"),
        Some(DayOfMonth::Date(-1)) => say(language, "series-rule-on-last-day"),
        Some(DayOfMonth::Date(date)) => say_with(
            language,
            "series-rule-on-date",
            &[("day", date.to_string())],
        ),
        Some(DayOfMonth::Nth(n, day)) => {
            let args = [
                ("nth", nth(language, n)),
                ("weekday", weekday(language, day)),
            ];
            say_with(language, "series-rule-on-nth", &args)
        }
    }
}

fn day_of_year(language: Language, day: Option<(Month, DayOfMonth)>) -> String {
    let Some((month, day)) = day else {
        return say(language, "series-rule-on-first-day");
    };
    let key = format!("words-month-{}", month.number_from_month());
    let month = ("month", say(language, &key));
    match day {
        DayOfMonth::Date(-1) => say_with(language, "series-rule-on-last-day-of-month", &[month]),
        DayOfMonth::Date(date) => say_with(
            language,
            "series-rule-on-date-of-month",
            &[("day", date.to_string()), month],
        ),
        DayOfMonth::Nth(n, day) => {
            let args = [
                ("nth", nth(language, n)),
                ("weekday", weekday(language, day)),
                month,
            ];
            say_with(language, "series-rule-on-nth-of-month", &args)
        }
    }
}

fn nth(language: Language, nth: i8) -> String {
    let key = match nth {
        -1 => "series-nth-last".to_owned(),
        nth => format!("series-nth-{nth}"),
    };
    say(language, &key)
}

/// The values that a part accepts, as the end of "that is not …".
pub(super) fn expected(language: Language, part: &str) -> String {
    let key = format!("series-rule-expected-{}", part.to_ascii_lowercase());
    let max = match part {
        "INTERVAL" => MAX_INTERVAL,
        _ => MAX_COUNT,
    };
    say_with(language, &key, &[("max", max.to_string())])
}
