//! Days on which municipalities cannot host: set by hand, imported from a file, or from a calendar that
//! is subscribed to.
pub mod api;
pub mod fetching;
pub mod store;

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use validator::Validate;

use super::Municipality;
use crate::calendar::incoming::busy::{Busy, UnreadableCalendar};
use crate::cooperations::one_line;
use crate::db::schema::blackout_calendars;
use crate::db::{Id, Instant};
use crate::error::Error;
use crate::word_enum;

/// A municipality has at most so many blackouts by hand and from files.
pub const MAX_BLACKOUTS: usize = 1_000;
/// A calendar gives at most so many blackouts.
pub const MAX_FROM_CALENDAR: usize = 2_000;
/// A municipality subscribes to at most so many calendars.
pub const MAX_CALENDARS: usize = 5;
/// How often a calendar is fetched.
pub const EVERY: TimeDelta = TimeDelta::hours(6);
/// How soon it is tried again if it could not be.
pub const AGAIN: TimeDelta = TimeDelta::hours(1);
/// Characters of a reason at most.
const REASON_LIMIT: usize = 200;

word_enum! {
    /// Where a blackout comes from.
    pub enum BlackoutSource {
        /// Somebody has set it.
        ByHand = "by_hand",
        /// It was in a file that was imported.
        Import = "import",
        /// It is in a calendar that is subscribed to, and goes when it is no longer there.
        Calendar = "calendar",
    }
}

word_enum! {
    /// How a calendar that is subscribed to is.
    pub enum CalendarState {
        /// It was not fetched yet.
        New = "new",
        /// It was fetched and read.
        Current = "current",
        /// It could not be fetched or read the last time; what was read before still counts.
        Failed = "failed",
    }
}

/// A calendar that a municipality's blackouts come from.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, ToSchema)]
#[diesel(table_name = blackout_calendars, check_for_backend(crate::db::MultiBackend))]
pub struct BlackoutCalendar {
    /// Its key.
    pub id: Id<BlackoutCalendar>,
    /// Whose it is.
    pub municipality_id: Id<Municipality>,
    /// What it is called here.
    pub name: String,
    /// Where it is. It may be a secret, and is neither shown nor logged.
    pub url: String,
    /// Whether the reasons are the titles of its events; its own name if not.
    pub shows_titles: bool,
    /// How it is.
    pub state: CalendarState,
    /// Why it could not be fetched or read, for programs.
    pub error_rule: Option<String>,
    /// Why it could not be fetched or read, in words.
    pub error_message: Option<String>,
    /// The `ETag` of what was read last.
    pub etag: Option<String>,
    /// The `Last-Modified` of what was read last.
    pub last_modified: Option<String>,
    /// When it was tried last.
    pub fetched_at: Option<Instant>,
    /// When its days were read last.
    pub succeeded_at: Option<Instant>,
    /// When it will be tried next.
    pub next_fetch_at: Instant,
    /// When it was subscribed to.
    pub created_at: Instant,
}

/// A calendar as the API shows it: without its whole address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlackoutCalendar)]
pub struct CalendarView {
    /// Its key.
    pub id: Id<BlackoutCalendar>,
    /// Whose it is.
    pub municipality_id: Id<Municipality>,
    /// What it is called here.
    pub name: String,
    /// The server it is on; the rest of the address may be a secret.
    pub server: String,
    /// Whether the reasons are the titles of its events; its own name if not.
    pub shows_titles: bool,
    /// How it is.
    pub state: CalendarState,
    /// Why it could not be fetched or read the last time.
    pub error: Option<CalendarError>,
    /// When it was tried last.
    pub fetched_at: Option<Instant>,
    /// When its days were read last.
    pub succeeded_at: Option<Instant>,
    /// When it will be tried next, at the earliest.
    pub next_fetch_at: Instant,
    /// When it was subscribed to.
    pub created_at: Instant,
}

/// Why a calendar could not be fetched or read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarError {
    /// The rule's name, for programs.
    pub rule: String,
    /// In words.
    pub message: String,
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

/// A calendar that is to be subscribed to.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewBlackoutCalendar {
    /// What it is called here; the reason of its blackouts.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub name: String,
    /// Where it is: events or busy times as iCalendar, at an address with `https:` or `webcal:`.
    #[validate(length(min = 1, max = 2000))]
    pub url: String,
    /// Whether the reasons are the titles of its events, which all of the cooperation see then.
    #[serde(default)]
    pub shows_titles: bool,
}

/// Days without a gap, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// Why.
    pub reason: Option<String>,
}

/// The blackouts that events make: those that block (TRANSP, RFC 5545, 3.8.2.7), for whole days. What
/// has the same reason and touches or overlaps becomes one.
#[must_use]
pub fn spans(events: Vec<Busy>, reason: impl Fn(Option<String>) -> Option<String>) -> Vec<Span> {
    let cut = |text: String| text.chars().take(REASON_LIMIT).collect();
    let blocking = events.into_iter().filter(|event| event.blocks);
    let mut all: Vec<_> = blocking
        .map(|event| (reason(event.title).map(cut), event.from, event.until))
        .collect();
    all.sort();
    let mut spans: Vec<Span> = Vec::new();
    for (reason, from, until) in all {
        match spans.last_mut() {
            Some(last) if last.reason == reason && from <= after(last.until) => {
                last.until = last.until.max(until);
            }
            _ => spans.push(Span {
                from,
                until,
                reason,
            }),
        }
    }
    spans.sort();
    spans
}

/// The error of a request that brought a calendar which cannot be read.
#[must_use]
pub fn refused(error: &UnreadableCalendar) -> Error {
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
