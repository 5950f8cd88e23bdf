//! Feeds: secret addresses under which calendars are subscribed to.
//!
//! A feed is rendered once for each change of its cooperation and kept as bytes. The same process
//! notices a change at once, another one within a second (`docs/decisions/`).
pub mod api;
pub mod pages;
mod personal;
pub mod store;

use std::collections::BTreeSet;
use std::time::SystemTime;

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Lru;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::cooperations::one_line;
use crate::db::schema::feeds;
use crate::db::{Id, Instant, Json};
use crate::http::cache::CachedResponse;
use crate::people::Person;
use crate::series::Series;
use crate::word_enum;

/// A day and an hour.
const USUAL_REMINDERS: [u32; 2] = [1440, 60];
/// Four weeks, the most that Google takes.
const LONGEST_REMINDER: u32 = 40_320;
/// How many bytes of calendars are kept.
const CAPACITY: u64 = 6 * 1024 * 1024;
/// For how long a calendar is served without asking the database, if this process has written nothing.
const FRESH: TimeDelta = TimeDelta::seconds(1);

word_enum! {
    /// What is in a feed.
    pub enum FeedScope {
        /// The meetings that one person is or will be invited to.
        Person = "person",
        /// The meetings of one series.
        Series = "series",
        /// All meetings of the cooperation.
        Cooperation = "cooperation",
    }
}

/// A secret address of a calendar, without the secret.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = feeds, check_for_backend(crate::db::MultiBackend))]
pub struct Feed {
    /// Its key.
    pub id: Id<Feed>,
    /// What is in it.
    pub scope: FeedScope,
    /// Whose meetings it shows, or who made it; the feed ends when that person is taken out.
    pub person_id: Option<Id<Person>>,
    /// Which series it shows.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub series_id: Option<Id<Series>>,
    /// What it is for, in the words of who made it.
    pub label: Option<String>,
    /// How many minutes before a meeting it reminds; only that of a person does.
    #[schema(value_type = Vec<u32>)]
    pub reminders_minutes: Json<Vec<u32>>,
    /// When it was made.
    pub created_at: Instant,
}

/// A feed, the one time its address can be seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FreshFeed {
    /// What is kept of it.
    #[serde(flatten)]
    pub kept: Feed,
    /// The address to subscribe to. Whoever knows it sees the calendar; it is not shown again.
    pub url: String,
}

/// What a feed is to be.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "fits_scope", skip_on_field_errors = false))]
pub struct NewFeed {
    /// What is in it.
    pub scope: FeedScope,
    /// With scope `person`: whose meetings; one's own if left out. Others only for coordinators.
    #[serde(default)]
    pub person_id: Option<Id<Person>>,
    /// With scope `series`: which one.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub series_id: Option<Id<Series>>,
    /// What it is for.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub label: Option<String>,
    /// With scope `person`: how many minutes before a meeting to remind, at most five times and four
    /// weeks ahead; a day and an hour before if left out, never if empty.
    #[serde(default)]
    #[validate(length(max = 5), custom(function = "reminders"))]
    pub reminders_minutes: Option<Vec<u32>>,
}

impl NewFeed {
    /// When it reminds: the earliest first.
    fn reminders(&self) -> Vec<u32> {
        let usual = match self.scope {
            FeedScope::Person => USUAL_REMINDERS.to_vec(),
            FeedScope::Series | FeedScope::Cooperation => Vec::new(),
        };
        let mut reminders = self.reminders_minutes.clone().unwrap_or(usual);
        reminders.sort_unstable_by(|a, b| b.cmp(a));
        reminders
    }
}

fn reminders(minutes: &[u32]) -> Result<(), ValidationError> {
    let wrong =
        |words: &'static str| Err(ValidationError::new("reminders").with_message(words.into()));
    let in_range = |minutes: &u32| (1..=LONGEST_REMINDER).contains(minutes);
    let mut seen = BTreeSet::new();
    match minutes {
        some if !some.iter().all(in_range) => wrong("each must be 1 to 40320 minutes (four weeks)"),
        some if !some.iter().all(|minutes| seen.insert(minutes)) => {
            wrong("each may stand there once")
        }
        _ => Ok(()),
    }
}

fn fits_scope(new: &NewFeed) -> Result<(), ValidationError> {
    let wrong =
        |field, words: &'static str| Err(ValidationError::new(field).with_message(words.into()));
    match new.scope {
        FeedScope::Series if new.series_id.is_none() => {
            wrong("series_id", "a feed of a series names it")
        }
        FeedScope::Person | FeedScope::Cooperation if new.series_id.is_some() => {
            wrong("series_id", "only a feed of a series names one")
        }
        FeedScope::Series | FeedScope::Cooperation if new.person_id.is_some() => {
            wrong("person_id", "only a feed of a person names one")
        }
        FeedScope::Series | FeedScope::Cooperation
            if new
                .reminders_minutes
                .as_ref()
                .is_some_and(|some| !some.is_empty()) =>
        {
            wrong("reminders_minutes", "only a feed of a person reminds")
        }
        _ => Ok(()),
    }
}

/// What a feed follows from: as long as this stays, so do its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedVersion {
    /// The generation of the cooperation.
    pub generation: i64,
    /// The day (UTC), because meetings leave a feed by days.
    pub day: NaiveDate,
}

/// A calendar as bytes, and when it was last known to be right.
#[derive(Clone)]
struct CachedFeed {
    kept: CachedResponse,
    /// Since when this process has served these bytes (RFC 9110 section 8.8.2). No change of a
    /// meeting tells as much: calendars also change when a meeting leaves them.
    modified: SystemTime,
    state: FeedVersion,
    looked_at: Instant,
    writes: u64,
}

#[derive(Clone)]
struct CachedFeedSize;

impl Weighter<String, CachedFeed> for CachedFeedSize {
    fn weight(&self, _: &String, calendar: &CachedFeed) -> u64 {
        (calendar.kept.bytes.len() + 300) as u64
    }
}

/// Calendars by the hash of their address, the least used forgotten first.
pub struct FeedCache(Lru<String, CachedFeed, CachedFeedSize>);

impl Default for FeedCache {
    fn default() -> Self {
        Self(Lru::with_weighter(1000, CAPACITY, CachedFeedSize))
    }
}
