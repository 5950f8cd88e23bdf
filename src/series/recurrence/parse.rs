//! The parser of recurrence rules.
use std::collections::BTreeMap;

use chrono::{Month, NaiveDate, NaiveTime, Weekday};

use super::{
    DayOfMonth, Frequency, MAX_COUNT, MAX_INTERVAL, MAX_TEXT, RecurrenceRule, RuleEnd, RuleError,
};

const NAMES: [&str; 9] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYSETPOS",
];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

/// The weekday with this two-letter code.
#[must_use]
pub fn weekday_of(code: &str) -> Option<Weekday> {
    let mut all = WEEKDAYS.into_iter();
    all.find(|(known, _)| *known == code).map(|(_, day)| day)
}

/// The two-letter code of a weekday.
pub(super) fn code(weekday: Weekday) -> &'static str {
    WEEKDAYS[weekday.num_days_from_monday() as usize].0
}

pub(super) fn parse(text: &str) -> Result<RecurrenceRule, RuleError> {
    if text.chars().count() > MAX_TEXT {
        return Err(RuleError::TooLong);
    }
    let text = text.to_ascii_uppercase();
    let mut parts = RuleParts::split(&text)?;
    let frequency = match parts
        .take("FREQ")
        .ok_or(RuleError::Missing { part: "FREQ" })?
    {
        "WEEKLY" => Frequency::Weekly(parts.weekdays()?),
        "MONTHLY" => Frequency::Monthly(parts.day()?),
        "YEARLY" => Frequency::Yearly(parts.month_and_day()?),
        other => return Err(bad_value("FREQ", other)),
    };
    let interval = parts.number("INTERVAL", MAX_INTERVAL)?.unwrap_or(1);
    let week_start = match parts.take("WKST") {
        Some(value) => weekday("WKST", value)?,
        None => Weekday::Mon,
    };
    let end = match parts.number("COUNT", MAX_COUNT)? {
        Some(count) => RuleEnd::Count(count),
        None => parts
            .take("UNTIL")
            .map(until)
            .transpose()?
            .map_or(RuleEnd::Never, RuleEnd::Until),
    };
    // A part that has not been read by now belongs to another frequency.
    if let Some(&part) = parts.0.keys().next() {
        return Err(RuleError::Misplaced { part });
    }
    Ok(RecurrenceRule {
        week_start: effective_week_start(&frequency, interval, week_start),
        frequency,
        interval,
        end,
    })
}

/// The start of the week has an effect only with an interval; it is normalised otherwise, so that equal rules compare as
/// equal.
fn effective_week_start(frequency: &Frequency, interval: u16, week_start: Weekday) -> Weekday {
    match frequency {
        Frequency::Weekly(_) if interval > 1 => week_start,
        _ => Weekday::Mon,
    }
}

/// The parts that have not been read yet.
struct RuleParts<'a>(BTreeMap<&'static str, &'a str>);

impl<'a> RuleParts<'a> {
    fn split(text: &'a str) -> Result<Self, RuleError> {
        let mut parts = BTreeMap::new();
        for part in text.split(';') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| RuleError::Malformed { part: part.into() })?;
            let known = NAMES.into_iter().find(|known| *known == name);
            let name = known.ok_or_else(|| RuleError::Unsupported { part: name.into() })?;
            if parts.insert(name, value).is_some() {
                return Err(RuleError::Repeated { part: name });
            }
        }
        Ok(Self(parts))
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        self.0.remove(name)
    }

    fn number(&mut self, name: &'static str, max: u16) -> Result<Option<u16>, RuleError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let number = digits(value).and_then(|value| value.parse().ok());
        number
            .filter(|number| (1..=max).contains(number))
            .map(Some)
            .ok_or_else(|| bad_value(name, value))
    }

    fn weekdays(&mut self) -> Result<Vec<Weekday>, RuleError> {
        let Some(value) = self.take("BYDAY") else {
            return Ok(Vec::new());
        };
        let mut days: Vec<Weekday> = value
            .split(',')
            .map(|day| weekday("BYDAY", day))
            .collect::<Result<_, _>>()?;
        days.sort_by_key(Weekday::num_days_from_monday);
        days.dedup();
        Ok(days)
    }

    /// BYMONTHDAY=15, BYDAY=2TU, or the same as BYDAY=TU;BYSETPOS=2.
    fn day(&mut self) -> Result<Option<DayOfMonth>, RuleError> {
        if let Some(value) = self.take("BYMONTHDAY") {
            let date = value
                .parse()
                .ok()
                .filter(|date| matches!(date, -1 | 1..=31));
            return date
                .map(|date| Some(DayOfMonth::Date(date)))
                .ok_or_else(|| bad_value("BYMONTHDAY", value));
        }
        let Some(value) = self.take("BYDAY") else {
            return Ok(None);
        };
        let (nth, day) = value
            .len()
            .checked_sub(2)
            .and_then(|middle| value.split_at_checked(middle))
            .ok_or_else(|| bad_value("BYDAY", value))?;
        let weekday = weekday("BYDAY", day).map_err(|_| bad_value("BYDAY", value))?;
        let nth = match nth {
            "" => {
                let position = self
                    .take("BYSETPOS")
                    .ok_or_else(|| bad_value("BYDAY", value))?;
                ordinal(position).ok_or_else(|| bad_value("BYSETPOS", position))?
            }
            nth => ordinal(nth).ok_or_else(|| bad_value("BYDAY", value))?,
        };
        Ok(Some(DayOfMonth::Nth(nth, weekday)))
    }

    fn month_and_day(&mut self) -> Result<Option<(Month, DayOfMonth)>, RuleError> {
        let Some(value) = self.take("BYMONTH") else {
            return Ok(None);
        };
        let month = digits(value).and_then(|value| value.parse::<u8>().ok());
        let month = month.and_then(|month| Month::try_from(month).ok());
        let month = month.ok_or_else(|| bad_value("BYMONTH", value))?;
        let day = self
            .day()?
            .ok_or(RuleError::Missing { part: "BYMONTHDAY" })?;
        Ok(Some((month, day)))
    }
}

fn bad_value(part: &'static str, value: &str) -> RuleError {
    RuleError::BadValue {
        part,
        value: value.into(),
    }
}

fn weekday(part: &'static str, value: &str) -> Result<Weekday, RuleError> {
    weekday_of(value).ok_or_else(|| bad_value(part, value))
}

fn ordinal(value: &str) -> Option<i8> {
    value.parse().ok().filter(|nth| matches!(nth, -1 | 1..=5))
}

/// Accepts digits only: `parse` would also accept a sign.
fn digits(value: &str) -> Option<&str> {
    value
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(value)
}

/// A DATE or a DATE-TIME, of which only the date counts.
fn until(value: &str) -> Result<NaiveDate, RuleError> {
    let (date, time) = value.split_once('T').unwrap_or((value, "000000"));
    let time = time.strip_suffix('Z').unwrap_or(time);
    let read = || {
        if date.len() != 8 || time.len() != 6 {
            return None;
        }
        NaiveTime::parse_from_str(digits(time)?, "%H%M%S").ok()?;
        NaiveDate::parse_from_str(digits(date)?, "%Y%m%d").ok()
    };
    read().ok_or_else(|| bad_value("UNTIL", value))
}
