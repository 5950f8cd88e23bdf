//! School holidays: the built-in data, imports of a cooperation, and their combination. Unlike public holidays they follow no
//! rule.
use std::sync::LazyLock;

use chrono::{Months, NaiveDate};
use csv::{ReaderBuilder, StringRecord, Trim};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cooperations::one_line;
use crate::days::public_holidays::Land;
use crate::error::{Error, FieldError, Result};
use crate::municipalities::blackouts::calendar_error;
use crate::municipalities::sensible_day;
use calendar::incoming::busy::{self, Busy};

/// The maximum number of holidays in an import.
const MAX_PERIODS: usize = 500;
/// The maximum length of holidays, in days.
const MAX_DAYS: i64 = 120;
/// The maximum length of a name, in characters.
const MAX_NAME: usize = 80;
/// The number of years ahead for which the holidays of a calendar are read.
const YEARS_AHEAD: u32 = 10;
/// The maximum number of errors reported for an import.
const MAX_ERRORS: usize = 20;

/// The built-in data. The file names their source and date.
static SHIPPED: LazyLock<Vec<SchoolHolidayPeriod>> = LazyLock::new(|| {
    let text = include_str!("school_holidays_nw.csv");
    from_csv(text).unwrap_or_else(|error| {
        tracing::error!(%error, "the shipped school holidays cannot be read");
        Vec::new()
    })
});

/// The source of the built-in data and their date.
pub const SHIPPED_SOURCE: &str =
    "Ordnung der Ferien NRW 2022/23 bis 2029/30 (RdErl. vom 19.05.2022), Stand November 2026";

/// A period of school holidays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SchoolHolidayPeriod {
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    /// The name of the holidays.
    pub name: String,
}

/// The known school holidays of a Land.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SchoolData {
    /// The last day for which they are known; null if none are known.
    pub known_until: Option<NaiveDate>,
    /// The holidays in the order of time.
    pub holidays: Vec<SchoolHolidayPeriod>,
}

/// Imported holidays, and the span in which they replace earlier data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolHolidayImport {
    /// The first day of the span.
    pub starts_on: NaiveDate,
    /// The last day of the span.
    pub ends_on: NaiveDate,
    /// The holidays.
    pub periods: Vec<SchoolHolidayPeriod>,
}

impl SchoolData {
    /// The built-in data of a Land.
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

    /// These data updated by an import, which replaces them within its span.
    #[must_use]
    pub fn with(mut self, import: &SchoolHolidayImport) -> Self {
        let (first, last) = (import.starts_on, import.ends_on);
        let mut holidays: Vec<SchoolHolidayPeriod> = Vec::new();
        for known in self.holidays {
            let before = first.pred_opt().map(|day| known.ends_on.min(day));
            if let Some(ends_on) = before.filter(|end| known.starts_on <= *end) {
                let known = known.clone();
                holidays.push(SchoolHolidayPeriod { ends_on, ..known });
            }
            let after = last.succ_opt().map(|day| known.starts_on.max(day));
            if let Some(starts_on) = after.filter(|start| *start <= known.ends_on) {
                holidays.push(SchoolHolidayPeriod { starts_on, ..known });
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
    pub fn on(&self, day: NaiveDate) -> Option<&SchoolHolidayPeriod> {
        self.holidays
            .iter()
            .find(|one| (one.starts_on..=one.ends_on).contains(&day))
    }
}

impl SchoolHolidayImport {
    /// An import of these holidays; its span is from the first to the last day.
    pub fn of(mut periods: Vec<SchoolHolidayPeriod>) -> Result<Self> {
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

/// Parses a table with the columns `starts_on`, `ends_on` and `name`, separated by commas or semicolons; days are written
/// 2027-07-19 or 19.07.2027. Lines that begin with `#` are comments.
///
/// # Errors
/// Every invalid line.
pub fn from_csv(text: &str) -> Result<Vec<SchoolHolidayPeriod>> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().find(|line| !line.starts_with('#'));
    let delimiter = if head.unwrap_or_default().contains(';') {
        b';'
    } else {
        b','
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
    let (mut periods, mut errors) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        match period(&record, columns) {
            Ok(period) => periods.push(period),
            Err((field, message)) => errors.push(FieldError {
                field: format!("line {line}: {field}"),
                rule: "holidays".to_owned(),
                message: message.to_owned(),
            }),
        }
        if errors.len() >= MAX_ERRORS {
            break;
        }
        limit(periods.len())?;
    }
    if errors.is_empty() {
        Ok(periods)
    } else {
        Err(Error::Invalid(errors))
    }
}

fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    Error::invalid(&format!("line {line}"), "csv", "this line cannot be read")
}

fn limit(count: usize) -> Result<()> {
    if count <= MAX_PERIODS {
        Ok(())
    } else {
        let message = format!("at most {MAX_PERIODS} holidays");
        Err(Error::invalid("body", "too_many", message))
    }
}

/// The field of a period that is invalid, and why.
type PeriodError = (&'static str, &'static str);

fn period(
    record: &StringRecord,
    [starts_on, ends_on, name]: [usize; 3],
) -> Result<SchoolHolidayPeriod, PeriodError> {
    let field = |place: usize| record.get(place).unwrap_or_default();
    let day = |place, name| {
        let text = field(place);
        let read = ["%Y-%m-%d", "%d.%m.%Y"]
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(text, form).ok());
        read.ok_or((name, "must be a day such as 2027-07-19"))
    };
    checked(SchoolHolidayPeriod {
        starts_on: day(starts_on, "starts_on")?,
        ends_on: day(ends_on, "ends_on")?,
        name: field(name).to_owned(),
    })
}

fn checked(period: SchoolHolidayPeriod) -> Result<SchoolHolidayPeriod, PeriodError> {
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
    if fits {
        Ok(period)
    } else {
        Err(("name", "must be one line of 1 to 80 characters"))
    }
}

/// Reads the whole days of the events of a calendar.
pub fn from_calendar(
    text: &str,
    today: NaiveDate,
    zone: chrono_tz::Tz,
) -> Result<Vec<SchoolHolidayPeriod>> {
    // Holidays are published further ahead than meetings are planned.
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
        let read = checked(SchoolHolidayPeriod {
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
