//! Recurrence rules: the subset of RRULE (RFC 5545 section 3.3.10) that is useful for regular meetings.
//!
//! Only dates are computed here. The time of day and the time zone belong to the series, so a clock change cannot move a
//! date.
mod parse;
mod wording;

pub use self::parse::weekday_of;

use std::fmt;
use std::ops::RangeInclusive;

use chrono::{Datelike, Days, Month, Months, NaiveDate, NaiveTime, Weekday};
use rrule::{NWeekday, RRule, RRuleSet, Tz, Unvalidated};

use crate::i18n::Language;

/// The maximum length of a rule, in characters.
const MAX_TEXT: usize = 255;
/// Largest INTERVAL: ten years of weeks.
const MAX_INTERVAL: u16 = 520;
/// Largest COUNT.
const MAX_COUNT: u16 = 5000;
/// The maximum number of dates within [`MAX_DATES_YEARS`] years.
const MAX_DATES: usize = 750;
/// See [`MAX_DATES`].
const MAX_DATES_YEARS: u32 = 5;
/// A rule must have a date within this many years.
const FIRST_DATE_YEARS: u32 = 10;

/// The maximum number of dates visited, counted from the first one; a century of daily meetings.
const MAX_VISITED: usize = 36_525;
/// The years that four digits can represent.
const YEARS: RangeInclusive<i32> = 1..=9999;

/// How a series recurs: weekly, monthly or yearly, with an interval and an end.
///
/// Its text is an RRULE; [`Display`](fmt::Display) gives the canonical one, which parses to an equal rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecurrenceRule {
    frequency: Frequency,
    interval: u16,
    end: RuleEnd,
    /// Matters only for weekly rules with an interval.
    week_start: Weekday,
}

/// What recurs. What is not given follows from the first date.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Frequency {
    /// In the order of the week, beginning with Monday, each once.
    Weekly(Vec<Weekday>),
    Monthly(Option<DayOfMonth>),
    Yearly(Option<(Month, DayOfMonth)>),
}

/// A day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum DayOfMonth {
    /// 1 to 31, or -1 for the last day.
    Date(i8),
    /// The first to fifth (1 to 5) or last (-1) of that weekday.
    Nth(i8, Weekday),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum RuleEnd {
    Never,
    /// The last day on which there may be a date.
    Until(NaiveDate),
    Count(u16),
}

/// Why a rule is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The text is longer than `MAX_TEXT`.
    #[error("a rule has at most {MAX_TEXT} characters")]
    TooLong,
    /// A part is not of the form NAME=VALUE.
    #[error("`{part}` is not of the form NAME=VALUE")]
    Malformed {
        /// The part as it was written.
        part: String,
    },
    /// The part is unknown to RFC 5545, or not supported here.
    #[error("{part}: this part is not supported")]
    Unsupported {
        /// Name of the part.
        part: String,
    },
    /// A part occurs twice.
    #[error("{part}: a part may stand only once")]
    Repeated {
        /// Name of the part.
        part: &'static str,
    },
    /// A part that the others require is missing.
    #[error("{part}: this part is missing")]
    Missing {
        /// Name of the part.
        part: &'static str,
    },
    /// A part cannot be combined with the others, such as UNTIL with COUNT.
    #[error("{part}: this part does not go with the others")]
    Misplaced {
        /// Name of the part.
        part: &'static str,
    },
    /// The value of a part is invalid.
    #[error("{part}: `{value}` is not {}", wording::expected(Language::En, part))]
    BadValue {
        /// Name of the part.
        part: &'static str,
        /// The value as it was written.
        value: String,
    },
    /// No date within `FIRST_DATE_YEARS` of the first day: a 30 February, or an end before the first date.
    #[error("the rule makes no date within {FIRST_DATE_YEARS} years")]
    NoDates,
    /// More than `MAX_DATES` dates within `MAX_DATES_YEARS` years.
    #[error("the rule makes more than {MAX_DATES} dates within {MAX_DATES_YEARS} years")]
    TooManyDates,
    /// The first day is outside of the years 1 to 9999, or too long before the window.
    #[error("the first date is too far away")]
    TooFar,
}

impl RecurrenceRule {
    /// Parses a rule, ignoring case.
    ///
    /// Of an UNTIL with a time, in UTC or not, only the date counts; that day is included.
    ///
    /// # Errors
    /// The first error found.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        parse::parse(text)
    }

    /// The dates of the rule on or after `first` and within `window`, in order.
    ///
    /// Intervals count from `first`, which is a date itself only if it matches the rule. Days that a month does not have are
    /// skipped (RFC 5545 section 3.3.10).
    ///
    /// # Errors
    /// [`RuleError::TooFar`] if there are more than a century of daily meetings between `first` and the end of the window, or
    /// `first` is not in the years 1 to 9999.
    pub fn dates(
        &self,
        first: NaiveDate,
        window: RangeInclusive<NaiveDate>,
    ) -> Result<Vec<NaiveDate>, RuleError> {
        if !YEARS.contains(&first.year()) {
            return Err(RuleError::TooFar);
        }
        let end = match self.end {
            RuleEnd::Until(last) => last.min(*window.end()),
            RuleEnd::Never | RuleEnd::Count(_) => *window.end(),
        };
        if end < first.max(*window.start()) {
            return Ok(Vec::new());
        }
        // `limit` ends the search for a rule that has no date at all.
        let rule = self
            .as_rrule()
            .validate(midnight_utc(first))
            .map_err(|_| RuleError::TooFar)?;
        let all = RRuleSet::new(midnight_utc(first)).rrule(rule).limit();
        let mut dates = Vec::new();
        for (visited, moment) in all.into_iter().enumerate() {
            let date = moment.date_naive();
            if date > end {
                break;
            }
            if visited >= MAX_VISITED {
                return Err(RuleError::TooFar);
            }
            if date >= *window.start() {
                dates.push(date);
            }
        }
        Ok(dates)
    }

    /// Checks that a series that starts on `first` can be planned with this rule.
    ///
    /// # Errors
    /// [`RuleError::NoDates`], [`RuleError::TooManyDates`] or [`RuleError::TooFar`].
    pub fn check(&self, first: NaiveDate) -> Result<(), RuleError> {
        let within = |years| first + Months::new(12 * years) - Days::new(1);
        if !YEARS.contains(&first.year()) {
            return Err(RuleError::TooFar);
        }
        let dates = self.dates(first, first..=within(FIRST_DATE_YEARS))?;
        if dates.is_empty() {
            return Err(RuleError::NoDates);
        }
        if dates.partition_point(|date| *date <= within(MAX_DATES_YEARS)) > MAX_DATES {
            return Err(RuleError::TooManyDates);
        }
        Ok(())
    }

    /// The rule for people: "alle 2 Monate am zweiten Dienstag", "every 2 months on the second Tuesday".
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        wording::rule(self, language)
    }

    fn as_rrule(&self) -> RRule<Unvalidated> {
        let (rule, day) = match &self.frequency {
            Frequency::Weekly(weekdays) => {
                let days = weekdays.iter().copied().map(NWeekday::Every).collect();
                (RRule::new(rrule::Frequency::Weekly).by_weekday(days), None)
            }
            Frequency::Monthly(day) => (RRule::new(rrule::Frequency::Monthly), *day),
            Frequency::Yearly(None) => (RRule::new(rrule::Frequency::Yearly), None),
            Frequency::Yearly(Some((month, day))) => (
                RRule::new(rrule::Frequency::Yearly).by_month(&[*month]),
                Some(*day),
            ),
        };
        let rule = match day {
            None => rule,
            Some(DayOfMonth::Date(date)) => rule.by_month_day(vec![date]),
            Some(DayOfMonth::Nth(nth, weekday)) => {
                rule.by_weekday(vec![NWeekday::Nth(nth.into(), weekday)])
            }
        };
        let rule = rule.interval(self.interval).week_start(self.week_start);
        match self.end {
            RuleEnd::Count(count) => rule.count(count.into()),
            RuleEnd::Never | RuleEnd::Until(_) => rule,
        }
    }
}

/// A date in the form that the library requires: a time in a time zone without clock changes.
fn midnight_utc(date: NaiveDate) -> chrono::DateTime<Tz> {
    date.and_time(NaiveTime::MIN)
        .and_utc()
        .with_timezone(&Tz::UTC)
}

impl fmt::Display for RecurrenceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (frequency, month, day) = match &self.frequency {
            Frequency::Weekly(_) => ("WEEKLY", None, None),
            Frequency::Monthly(day) => ("MONTHLY", None, *day),
            Frequency::Yearly(None) => ("YEARLY", None, None),
            Frequency::Yearly(Some((month, day))) => ("YEARLY", Some(*month), Some(*day)),
        };
        write!(f, "FREQ={frequency}")?;
        if self.interval > 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if let Some(month) = month {
            write!(f, ";BYMONTH={}", month.number_from_month())?;
        }
        match day {
            None => {}
            Some(DayOfMonth::Date(date)) => write!(f, ";BYMONTHDAY={date}")?,
            Some(DayOfMonth::Nth(nth, weekday)) => {
                write!(f, ";BYDAY={nth}{}", parse::code(weekday))?;
            }
        }
        if let Frequency::Weekly(weekdays) = &self.frequency
            && !weekdays.is_empty()
        {
            let codes: Vec<&str> = weekdays.iter().copied().map(parse::code).collect();
            write!(f, ";BYDAY={}", codes.join(","))?;
        }
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", parse::code(self.week_start))?;
        }
        match self.end {
            RuleEnd::Never => Ok(()),
            RuleEnd::Until(last) => write!(f, ";UNTIL={}", last.format("%Y%m%d")),
            RuleEnd::Count(count) => write!(f, ";COUNT={count}"),
        }
    }
}
