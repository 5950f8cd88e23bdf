//! School holidays: data, not a rule. What is shipped, what a cooperation has imported, and both together.
use std::sync::LazyLock;

use chrono::{Months, NaiveDate};
use csv::{ReaderBuilder, StringRecord, Trim};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::incoming::busy::{self, Busy};
use crate::cooperations::one_line;
use crate::days::holidays::Land;
use crate::error::{Error, FieldError, Result};
use crate::municipalities::blackouts::calendar_error;
use crate::municipalities::sensible_day;

/// An import has at most so many holidays.
pub const MAX_PERIODS: usize = 500;
/// The longest holidays, in days.
const MAX_DAYS: i64 = 120;
/// The longest name, in characters.
const MAX_NAME: usize = 80;
/// Of so many years ahead the holidays of a calendar are read.
const YEARS_AHEAD: u32 = 10;
/// So many mistakes of an import are named.
const MAX_MISTAKES: usize = 20;

/// What is shipped, as the file says it: source and state of the data stand there.
static SHIPPED: LazyLock<Vec<Period>> = LazyLock::new(|| {
    let text = include_str!("school_holidays_nw.csv");
    from_csv(text).unwrap_or_else(|error| {
        tracing::error!(%error, "the shipped school holidays cannot be read");
        Vec::new()
    })
});

/// Where the shipped data come from, and of when they are.
pub const SHIPPED_SOURCE: &str =
    "Ordnung der Ferien NRW 2022/23 bis 2029/30 (RdErl. vom 19.05.2022), Stand November 2026";

/// School holidays, from the first to the last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Period {
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    /// What they are called.
    pub name: String,
}

/// What is known of the school holidays of a Land.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SchoolData {
    /// The last day of which something is known; none if nothing is.
    pub known_until: Option<NaiveDate>,
    /// The holidays in the order of their days.
    pub holidays: Vec<Period>,
}

/// Holidays that were imported, and the span for which they replace what was known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The first day of the span.
    pub starts_on: NaiveDate,
    /// The last day of the span.
    pub ends_on: NaiveDate,
    /// The holidays.
    pub periods: Vec<Period>,
}

impl SchoolData {
    /// What is shipped for a Land.
    #[must_use]
    pub fn shipped(land: Land) -> Self {
        let holidays = match land {
            Land::NorthRhineWestphalia => SHIPPED.clone(),
            _ => Vec::new(),
        };
        let known_until = holidays.iter().map(|one| one.ends_on).max();
        Self {
            known_until,
            holidays,
        }
    }

    /// These data with an import, which replaces them for its span.
    #[must_use]
    pub fn with(mut self, import: &Import) -> Self {
        let (first, last) = (import.starts_on, import.ends_on);
        let mut holidays: Vec<Period> = Vec::new();
        for known in self.holidays {
            let before = first.pred_opt().map(|day| known.ends_on.min(day));
            if let Some(ends_on) = before.filter(|end| known.starts_on <= *end) {
                let known = known.clone();
                holidays.push(Period { ends_on, ..known });
            }
            let after = last.succ_opt().map(|day| known.starts_on.max(day));
            if let Some(starts_on) = after.filter(|start| *start <= known.ends_on) {
                holidays.push(Period { starts_on, ..known });
            }
        }
        holidays.extend(import.periods.iter().cloned());
        holidays.sort_by_key(|one| (one.starts_on, one.ends_on));
        self.known_until = self.known_until.max(Some(last));
        self.holidays = holidays;
        self
    }

    /// The holidays on a day.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<&Period> {
        self.holidays
            .iter()
            .find(|one| (one.starts_on..=one.ends_on).contains(&day))
    }
}

impl Import {
    /// An import of these holidays, which covers the span from the first to the last of them.
    ///
    /// # Errors
    /// If there are none.
    pub fn of(mut periods: Vec<Period>) -> Result<Self> {
        periods.sort_by_key(|one| (one.starts_on, one.ends_on));
        periods.dedup();
        let starts_on = periods.iter().map(|one| one.starts_on).min();
        let ends_on = periods.iter().map(|one| one.ends_on).max();
        match (starts_on, ends_on) {
            (Some(starts_on), Some(ends_on)) => Ok(Self {
                starts_on,
                ends_on,
                periods,
            }),
            _ => Err(Error::invalid(
                "body",
                "required",
                "there are no holidays in it",
            )),
        }
    }
}

/// Reads a table with the columns `starts_on`, `ends_on` and `name`, with commas or semicolons between
/// them; days as 2027-07-19 or 19.07.2027. Lines that begin with `#` are remarks.
///
/// # Errors
/// Every line that breaks a rule.
pub fn from_csv(text: &str) -> Result<Vec<Period>> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().find(|line| !line.starts_with('#'));
    let delimiter = match head.unwrap_or_default().contains(';') {
        true => b';',
        false => b',',
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| unreadable(&error))?;
    let column = |name: &str| {
        let place = header.iter().position(|one| one.eq_ignore_ascii_case(name));
        place.ok_or_else(|| Error::invalid(name, "required", "this column is missing"))
    };
    let columns = [column("starts_on")?, column("ends_on")?, column("name")?];
    let (mut periods, mut mistakes) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        match period(&record, columns) {
            Ok(period) => periods.push(period),
            Err((field, message)) => mistakes.push(FieldError {
                field: format!("line {line}: {field}"),
                rule: "holidays".to_owned(),
                message: message.to_owned(),
            }),
        }
        if mistakes.len() >= MAX_MISTAKES {
            break;
        }
        limit(periods.len())?;
    }
    match mistakes.is_empty() {
        true => Ok(periods),
        false => Err(Error::Invalid(mistakes)),
    }
}

fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    Error::invalid(&format!("line {line}"), "csv", "this line cannot be read")
}

fn limit(count: usize) -> Result<()> {
    match count <= MAX_PERIODS {
        true => Ok(()),
        false => Err(Error::invalid(
            "body",
            "too_many",
            format!("at most {MAX_PERIODS} holidays"),
        )),
    }
}

type Wrong = (&'static str, &'static str);

fn period(record: &StringRecord, [starts_on, ends_on, name]: [usize; 3]) -> Result<Period, Wrong> {
    let field = |place: usize| record.get(place).unwrap_or_default();
    let day = |place, name| {
        let text = field(place);
        let read = ["%Y-%m-%d", "%d.%m.%Y"]
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(text, form).ok());
        read.ok_or((name, "must be a day such as 2027-07-19"))
    };
    checked(Period {
        starts_on: day(starts_on, "starts_on")?,
        ends_on: day(ends_on, "ends_on")?,
        name: field(name).to_owned(),
    })
}

fn checked(period: Period) -> Result<Period, Wrong> {
    for (name, day) in [("starts_on", period.starts_on), ("ends_on", period.ends_on)] {
        sensible_day(&day).map_err(|_| (name, "must be of the years 1970 to 2199"))?;
    }
    let days = (period.ends_on - period.starts_on).num_days() + 1;
    if days < 1 {
        return Err(("ends_on", "must not be before starts_on"));
    }
    if days > MAX_DAYS {
        return Err(("ends_on", "holidays have at most 120 days"));
    }
    let fits = period.name.chars().count() <= MAX_NAME
        && one_line(&period.name).is_ok()
        && !period.name.chars().any(char::is_control);
    match fits {
        true => Ok(period),
        false => Err(("name", "must be one line of 1 to 80 characters")),
    }
}

/// Reads the whole days of the events of a calendar.
///
/// # Errors
/// If it cannot be read, or an event breaks a rule.
pub fn from_calendar(text: &str, today: NaiveDate, zone: chrono_tz::Tz) -> Result<Vec<Period>> {
    // Holidays are known for longer than meetings are planned.
    let first = today.checked_sub_months(Months::new(12));
    let last = today.checked_add_months(Months::new(12 * YEARS_AHEAD));
    let window = first.unwrap_or(today)..=last.unwrap_or(today);
    let events = busy::read(text, &window, zone).map_err(|error| calendar_error(&error))?;
    limit(events.len())?;
    let mut periods = Vec::new();
    for (number, event) in (1..).zip(events) {
        let Busy {
            from, until, title, ..
        } = event;
        let read = checked(Period {
            starts_on: from,
            ends_on: until,
            name: title.unwrap_or_default().chars().take(MAX_NAME).collect(),
        });
        periods.push(read.map_err(|(field, message)| {
            Error::invalid(&format!("event {number}: {field}"), "holidays", message)
        })?);
    }
    Ok(periods)
}
