//! Rules and their errors in words.
use chrono::{Month, Weekday};

use super::{
    CROWD_YEARS, Day, End, Frequency, MAX_COUNT, MAX_CROWD, MAX_INTERVAL, MAX_TEXT, PATIENCE_YEARS,
    Rule, RuleError,
};
use crate::i18n::dates::{date_short, weekday};
use crate::i18n::{Language, say, say_count, say_with};

pub(super) fn rule(rule: &Rule, language: Language) -> String {
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

fn end(language: Language, end: End) -> Option<String> {
    match end {
        End::Never => None,
        End::Until(last) => {
            let date = date_short(language, last);
            Some(say_with(language, "series-rule-until", &[("date", date)]))
        }
        End::Count(count) => Some(say_count(language, "series-rule-count", count)),
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

fn day_of_month(language: Language, day: Option<Day>) -> String {
    match day {
        None => say(language, "series-rule-on-first-date"),
        Some(Day::Date(-1)) => say(language, "series-rule-on-last-day"),
        Some(Day::Date(date)) => say_with(
            language,
            "series-rule-on-date",
            &[("day", date.to_string())],
        ),
        Some(Day::Nth(n, day)) => {
            let args = [
                ("nth", nth(language, n)),
                ("weekday", weekday(language, day)),
            ];
            say_with(language, "series-rule-on-nth", &args)
        }
    }
}

fn day_of_year(language: Language, day: Option<(Month, Day)>) -> String {
    let Some((month, day)) = day else {
        return say(language, "series-rule-on-first-day");
    };
    let key = format!("words-month-{}", month.number_from_month());
    let month = ("month", say(language, &key));
    match day {
        Day::Date(-1) => say_with(language, "series-rule-on-last-day-of-month", &[month]),
        Day::Date(date) => say_with(
            language,
            "series-rule-on-date-of-month",
            &[("day", date.to_string()), month],
        ),
        Day::Nth(n, day) => {
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

/// What a part takes, as the end of "that is not …".
pub(super) fn expected(language: Language, part: &str) -> String {
    let key = format!("series-rule-expected-{}", part.to_ascii_lowercase());
    let max = match part {
        "INTERVAL" => MAX_INTERVAL,
        _ => MAX_COUNT,
    };
    say_with(language, &key, &[("max", max.to_string())])
}

pub(super) fn error(error: &RuleError, language: Language) -> String {
    let part = |part: &str| [("part", part.to_owned())];
    match error {
        RuleError::TooLong => say_with(
            language,
            "series-rule-error-too-long",
            &[("max", MAX_TEXT.to_string())],
        ),
        RuleError::Malformed { part: text } => {
            say_with(language, "series-rule-error-malformed", &part(text))
        }
        RuleError::Unsupported { part: name } => {
            say_with(language, "series-rule-error-unsupported", &part(name))
        }
        RuleError::Repeated { part: name } => {
            say_with(language, "series-rule-error-repeated", &part(name))
        }
        RuleError::Missing { part: name } => {
            say_with(language, "series-rule-error-missing", &part(name))
        }
        RuleError::Misplaced { part: name } => {
            say_with(language, "series-rule-error-misplaced", &part(name))
        }
        RuleError::BadValue { part, value } => {
            let args = [
                ("part", (*part).to_owned()),
                ("value", value.clone()),
                ("expected", expected(language, part)),
            ];
            say_with(language, "series-rule-error-bad-value", &args)
        }
        RuleError::NoDates => {
            let years = [("years", PATIENCE_YEARS.to_string())];
            say_with(language, "series-rule-error-no-dates", &years)
        }
        RuleError::TooManyDates => {
            let args = [
                ("max", MAX_CROWD.to_string()),
                ("years", CROWD_YEARS.to_string()),
            ];
            say_with(language, "series-rule-error-too-many-dates", &args)
        }
        RuleError::TooFar => say(language, "series-rule-error-too-far"),
    }
}
