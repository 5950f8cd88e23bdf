//! When a series meets: the part of the RRULE of RFC 5545 (section 3.3.10) that such groups agree on.
//!
//! Only dates are computed here. The time of day and the zone belong to the series, so a change of
//! the clocks cannot move a date.
mod parse;
mod words;

pub use self::parse::weekday_of;

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{Datelike, Days, Month, Months, NaiveDate, NaiveTime, Weekday};
use rrule::{NWeekday, RRule, RRuleSet, Tz, Unvalidated};
use serde::{Deserialize, Serialize};

use crate::i18n::Language;

/// Longest text of a rule, in characters.
pub const MAX_TEXT: usize = 255;
/// Largest INTERVAL: ten years of weeks.
pub const MAX_INTERVAL: u16 = 520;
/// Largest COUNT.
pub const MAX_COUNT: u16 = 5000;
/// A series may not meet more often than this within [`CROWD_YEARS`] years.
pub const MAX_CROWD: usize = 750;
/// See [`MAX_CROWD`].
pub const CROWD_YEARS: u32 = 5;
/// A rule has to make a date within this many years.
pub const PATIENCE_YEARS: u32 = 10;

/// Dates looked at from the first one on; a century of daily meetings.
const MAX_WALK: usize = 36_525;
/// The years that the four digits of a rule can say.
const YEARS: RangeInclusive<i32> = 1..=9999;

/// How a series recurs: weekly, monthly or yearly, with an interval and an end.
///
/// Its text is an RRULE; [`Display`](fmt::Display) gives the canonical one, which parses to an equal rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    frequency: Frequency,
    interval: u16,
    end: End,
    /// Matters only for weeks of which some are left out.
    week_start: Weekday,
}

/// What recurs. Where nothing is given, the first date says it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Frequency {
    /// In the order of the week, from Monday, each once.
    Weekly(Vec<Weekday>),
    Monthly(Option<Day>),
    Yearly(Option<(Month, Day)>),
}

/// A day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Day {
    /// 1 to 31; -1 is the last one.
    Date(i8),
    /// The first to fifth (1 to 5) or last (-1) such weekday.
    Nth(i8, Weekday),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Never,
    /// The last day on which there may be a date.
    Until(NaiveDate),
    Count(u16),
}

/// Why a rule is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The text is longer than [`MAX_TEXT`].
    #[error("a rule has at most {MAX_TEXT} characters")]
    TooLong,
    /// A part is not of the form NAME=VALUE.
    #[error("`{part}` is not of the form NAME=VALUE")]
    Malformed {
        /// The part as it was written.
        part: String,
    },
    /// A part that RFC 5545 does not know, or that is not supported here.
    #[error("{part}: this part is not supported")]
    Unsupported {
        /// Name of the part.
        part: String,
    },
    /// A part stands twice.
    #[error("{part}: a part may stand only once")]
    Repeated {
        /// Name of the part.
        part: &'static str,
    },
    /// A part that the others need is not there.
    #[error("{part}: this part is missing")]
    Missing {
        /// Name of the part.
        part: &'static str,
    },
    /// A part cannot stand beside the others, as UNTIL beside COUNT.
    #[error("{part}: this part does not go with the others")]
    Misplaced {
        /// Name of the part.
        part: &'static str,
    },
    /// The value of a part is not allowed.
    #[error("{part}: `{value}` is not {}", words::expected(Language::En, part))]
    BadValue {
        /// Name of the part.
        part: &'static str,
        /// The value as it was written.
        value: String,
    },
    /// No date within [`PATIENCE_YEARS`] of the first: a 30 February, or an end before the first date.
    #[error("the rule makes no date within {PATIENCE_YEARS} years")]
    NoDates,
    /// More than [`MAX_CROWD`] dates within [`CROWD_YEARS`] years.
    #[error("the rule makes more than {MAX_CROWD} dates within {CROWD_YEARS} years")]
    TooManyDates,
    /// The first date is outside of the years 1 to 9999, or too long before the window.
    #[error("the first date is too far away")]
    TooFar,
}

impl Rule {
    /// Reads a rule from its text, without regard to upper and lower case.
    ///
    /// Of an UNTIL with a time only the date counts, whether in UTC or not: that day is the last one.
    ///
    /// # Errors
    /// The first thing that is wrong: see [`RuleError`].
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        parse::parse(text)
    }

    /// The dates that the rule makes on or after `first` and within `window`, in order.
    ///
    /// `first` sets the phase: every second month counts from its month. It is a date itself only
    /// where the rule makes it one. Days that a month lacks are left out (RFC 5545, section 3.3.10).
    ///
    /// # Errors
    /// [`RuleError::TooFar`] when more than a century of daily meetings lies between `first` and the
    /// end of the window, or `first` is not in the years 1 to 9999.
    pub fn dates(
        &self,
        first: NaiveDate,
        window: RangeInclusive<NaiveDate>,
    ) -> Result<Vec<NaiveDate>, RuleError> {
        if !YEARS.contains(&first.year()) {
            return Err(RuleError::TooFar);
        }
        let end = match self.end {
            End::Until(last) => last.min(*window.end()),
            End::Never | End::Count(_) => *window.end(),
        };
        if end < first.max(*window.start()) {
            return Ok(Vec::new());
        }
        // `limit` ends the search for a rule that makes no date at all.
        let rule = self
            .as_rrule()
            .validate(carrier(first))
            .map_err(|_| RuleError::TooFar)?;
        let all = RRuleSet::new(carrier(first)).rrule(rule).limit();
        let mut dates = Vec::new();
        for (walked, moment) in all.into_iter().enumerate() {
            let date = moment.date_naive();
            if date > end {
                break;
            }
            if walked >= MAX_WALK {
                return Err(RuleError::TooFar);
            }
            if date >= *window.start() {
                dates.push(date);
            }
        }
        Ok(dates)
    }

    /// Says whether a series that starts on `first` can be planned with this rule.
    ///
    /// # Errors
    /// [`RuleError::NoDates`], [`RuleError::TooManyDates`] or [`RuleError::TooFar`].
    pub fn check(&self, first: NaiveDate) -> Result<(), RuleError> {
        let within = |years| first + Months::new(12 * years) - Days::new(1);
        if !YEARS.contains(&first.year()) {
            return Err(RuleError::TooFar);
        }
        let dates = self.dates(first, first..=within(PATIENCE_YEARS))?;
        if dates.is_empty() {
            return Err(RuleError::NoDates);
        }
        if dates.partition_point(|date| *date <= within(CROWD_YEARS)) > MAX_CROWD {
            return Err(RuleError::TooManyDates);
        }
        Ok(())
    }

    /// The rule for people: "alle 2 Monate am zweiten Dienstag", "every 2 months on the second Tuesday".
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        words::rule(self, language)
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
            Some(Day::Date(date)) => rule.by_month_day(vec![date]),
            Some(Day::Nth(nth, weekday)) => {
                rule.by_weekday(vec![NWeekday::Nth(nth.into(), weekday)])
            }
        };
        let rule = rule.interval(self.interval).week_start(self.week_start);
        match self.end {
            End::Count(count) => rule.count(count.into()),
            End::Never | End::Until(_) => rule,
        }
    }
}

impl RuleError {
    /// The error for people.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        words::error(self, language)
    }
}

/// A date as the library wants it: a moment, in a zone without changes of the clocks.
fn carrier(date: NaiveDate) -> chrono::DateTime<Tz> {
    date.and_time(NaiveTime::MIN)
        .and_utc()
        .with_timezone(&Tz::UTC)
}

impl fmt::Display for Rule {
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
            Some(Day::Date(date)) => write!(f, ";BYMONTHDAY={date}")?,
            Some(Day::Nth(nth, weekday)) => write!(f, ";BYDAY={nth}{}", parse::code(weekday))?,
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
            End::Never => Ok(()),
            End::Until(last) => write!(f, ";UNTIL={}", last.format("%Y%m%d")),
            End::Count(count) => write!(f, ";COUNT={count}"),
        }
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Rule {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.to_string()
    }
}
