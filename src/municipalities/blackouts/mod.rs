//! Days on which municipalities cannot host: entered by hand, imported from a file, or taken from a
//! subscribed calendar.
pub mod api;
pub mod fetching;
pub mod store;

use std::fmt::Display;

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{Municipality, ends_after_start, sensible_day};
use crate::cooperations::one_line;
use crate::db::schema::{blackout_calendars, blackouts};
use crate::db::{Id, Instant};
use crate::error::Error;
use crate::word_enum;
use calendar::incoming::busy::{Busy, UnreadableCalendar};

/// Most blackouts of a municipality that are entered by hand or imported.
pub const MAX_BLACKOUTS: usize = 1_000;
/// Most blackouts of one calendar.
pub const MAX_FROM_CALENDAR: usize = 2_000;
/// Most calendars that a municipality subscribes to.
pub const MAX_CALENDARS: usize = 5;
/// How often a calendar is fetched.
pub const FETCH_INTERVAL: TimeDelta = TimeDelta::hours(6);
/// When fetching is tried again after a failure.
pub const RETRY_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// Most characters of a reason.
const REASON_LIMIT: usize = 200;

/// Days on which a municipality cannot host.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = blackouts, check_for_backend(crate::db::MultiBackend))]
pub struct Blackout {
    /// Its id.
    pub id: Id<Blackout>,
    /// The municipality that cannot host.
    pub municipality_id: Id<Municipality>,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    /// The reason.
    pub reason: Option<String>,
    /// Its source.
    pub source: BlackoutSource,
    /// The subscribed calendar that it comes from, if any.
    pub calendar_id: Option<Id<BlackoutCalendar>>,
    /// When it was created.
    pub created_at: Instant,
}

/// A new blackout.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "has_valid_days", skip_on_field_errors = false))]
pub struct NewBlackout {
    /// The first day.
    #[validate(custom(function = "sensible_day"))]
    pub starts_on: NaiveDate,
    /// The last day.
    #[validate(custom(function = "sensible_day"))]
    pub ends_on: NaiveDate,
    /// The reason.
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub reason: Option<String>,
}

word_enum! {
    /// Source of a blackout.
    pub enum BlackoutSource {
        /// Somebody entered it.
        ByHand = "by_hand",
        /// It was imported from a file.
        Import = "import",
        /// It is in a subscribed calendar, and is deleted when it is no longer there.
        Calendar = "calendar",
    }
}

word_enum! {
    /// State of a subscribed calendar.
    pub enum CalendarState {
        /// It has not been fetched yet.
        New = "new",
        /// It was fetched and read.
        Current = "current",
        /// The last attempt to fetch or read it failed; the blackouts of the time before stay.
        Failed = "failed",
    }
}

/// A calendar that a municipality subscribes to for its blackouts.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, ToSchema)]
#[diesel(table_name = blackout_calendars, check_for_backend(crate::db::MultiBackend))]
pub struct BlackoutCalendar {
    /// Its id.
    pub id: Id<BlackoutCalendar>,
    /// The municipality that it belongs to.
    pub municipality_id: Id<Municipality>,
    /// Its name in this service.
    pub name: String,
    /// Its address. It may be a secret and is neither shown nor logged.
    pub url: String,
    /// Whether blackouts have the titles of its events as their reason instead of its name.
    pub shows_titles: bool,
    /// How it is.
    pub state: CalendarState,
    /// Why it could not be fetched or read: name of the rule.
    pub error_rule: Option<String>,
    /// Why it could not be fetched or read: message.
    pub error_message: Option<String>,
    /// The `ETag` of the last successful response.
    pub etag: Option<String>,
    /// The `Last-Modified` of the last successful response.
    pub last_modified: Option<String>,
    /// When it was last tried.
    pub fetched_at: Option<Instant>,
    /// When it was last read successfully.
    pub succeeded_at: Option<Instant>,
    /// When it is fetched next.
    pub next_fetch_at: Instant,
    /// When the subscription was created.
    pub created_at: Instant,
}

/// A subscribed calendar without the secret parts of its address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlackoutCalendar)]
pub struct CalendarView {
    /// Its id.
    pub id: Id<BlackoutCalendar>,
    /// The municipality that it belongs to.
    pub municipality_id: Id<Municipality>,
    /// Its name in this service.
    pub name: String,
    /// The host name in its address; the rest may be a secret.
    pub server: String,
    /// Whether blackouts have the titles of its events as their reason instead of its name.
    pub shows_titles: bool,
    /// How it is.
    pub state: CalendarState,
    /// Why it could not be fetched or read in the last attempt.
    pub error: Option<CalendarError>,
    /// When it was last tried.
    pub fetched_at: Option<Instant>,
    /// When it was last read successfully.
    pub succeeded_at: Option<Instant>,
    /// When it is fetched next, at the earliest.
    pub next_fetch_at: Instant,
    /// When the subscription was created.
    pub created_at: Instant,
}

/// Why a calendar could not be fetched or read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarError {
    /// Name of the rule, for programs.
    pub rule: String,
    /// Message for people.
    pub message: String,
}

impl CalendarError {
    fn new(rule: &str, message: &dyn Display) -> Self {
        Self {
            rule: rule.to_owned(),
            message: message.to_string(),
        }
    }
}

impl From<BlackoutCalendar> for CalendarView {
    fn from(row: BlackoutCalendar) -> Self {
        let url = Url::parse(&row.url).ok();
        let error = row.error_rule.zip(row.error_message);
        Self {
            id: row.id,
            municipality_id: row.municipality_id,
            name: row.name,
            server: url
                .as_ref()
                .and_then(Url::host_str)
                .unwrap_or_default()
                .to_owned(),
            shows_titles: row.shows_titles,
            state: row.state,
            error: error.map(|(rule, message)| CalendarError { rule, message }),
            fetched_at: row.fetched_at,
            succeeded_at: row.succeeded_at,
            next_fetch_at: row.next_fetch_at,
            created_at: row.created_at,
        }
    }
}

/// A new subscription to a calendar.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewBlackoutCalendar {
    /// Its name in this service, which is the reason of its blackouts.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub name: String,
    /// Its address, `https:` or `webcal:`, of events or busy times as iCalendar.
    #[validate(length(min = 1, max = 2000))]
    pub url: String,
    /// Whether blackouts have the titles of its events as their reason; everybody in the
    /// cooperation sees them.
    #[serde(default)]
    pub shows_titles: bool,
}

/// Consecutive days, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlackoutDays {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// The reason.
    pub reason: Option<String>,
}

/// Turns events into blackouts of whole days. Only events that block time count (TRANSP, RFC 5545
/// section 3.8.2.7). Blackouts with the same reason that touch or overlap become one.
#[must_use]
pub fn blackout_days(
    events: Vec<Busy>,
    reason: impl Fn(Option<String>) -> Option<String>,
) -> Vec<BlackoutDays> {
    let cut = |text: String| text.chars().take(REASON_LIMIT).collect();
    let blocking = events.into_iter().filter(|event| event.blocks);
    let mut all: Vec<_> = blocking
        .map(|event| (reason(event.title).map(cut), event.from, event.until))
        .collect();
    all.sort();
    let mut blackout_days: Vec<BlackoutDays> = Vec::new();
    for (reason, from, until) in all {
        match blackout_days.last_mut() {
            Some(last) if last.reason == reason && from <= after(last.until) => {
                last.until = last.until.max(until);
            }
            _ => blackout_days.push(BlackoutDays {
                from,
                until,
                reason,
            }),
        }
    }
    blackout_days.sort();
    blackout_days
}

/// The error for a request whose calendar file cannot be read.
#[must_use]
pub fn calendar_error(error: &UnreadableCalendar) -> Error {
    match error {
        UnreadableCalendar::Event {
            number,
            property,
            problem,
        } => Error::invalid(
            &format!("event {number}: {property}"),
            error.rule(),
            problem.as_str(),
        ),
        _ => Error::invalid("body", error.rule(), error.to_string()),
    }
}

fn after(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

fn has_valid_days(new: &NewBlackout) -> Result<(), ValidationError> {
    ends_after_start(new.starts_on, new.ends_on)
}
