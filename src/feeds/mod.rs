//! Feeds: calendars that people subscribe to by a secret address.
//!
//! A feed is rendered once for each change of its cooperation and cached as bytes. A process sees
//! its own changes at once, those of others within a second (`docs/decisions/`).
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
use crate::error::valid_if;
use crate::http::cache::CachedResponse;
use crate::people::Person;
use crate::series::Series;
use crate::word_enum;

/// A day and an hour before, in minutes.
const USUAL_REMINDERS: [u32; 2] = [1440, 60];
/// Four weeks, the most that Google accepts.
const LONGEST_REMINDER: u32 = 40_320;
/// How many bytes of calendars are cached.
const CAPACITY: u64 = 6 * 1024 * 1024;
/// How long a calendar is served without a query, if this process has written nothing.
const FRESH: TimeDelta = TimeDelta::seconds(1);

word_enum! {
    /// Content of a feed.
    pub enum FeedScope {
        /// The meetings that one person is or will be invited to.
        Person = "person",
        /// The meetings of one series.
        Series = "series",
        /// All meetings of the cooperation.
        Cooperation = "cooperation",
    }
}

/// A feed, without its secret address.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = feeds, check_for_backend(crate::db::MultiBackend))]
pub struct Feed {
    /// Its id.
    pub id: Id<Feed>,
    /// Its content.
    pub scope: FeedScope,
    /// The person whose meetings it shows, or who created it. The feed ends when that person is
    /// removed.
    pub person_id: Option<Id<Person>>,
    /// Which series it shows.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub series_id: Option<Id<Series>>,
    /// Note on its purpose.
    pub label: Option<String>,
    /// Minutes before a meeting at which it reminds; only with scope `person`.
    #[schema(value_type = Vec<u32>)]
    pub reminders_minutes: Json<Vec<u32>>,
    /// When it was created.
    pub created_at: Instant,
}

/// A new feed, with its secret address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FreshFeed {
    /// The feed.
    #[serde(flatten)]
    pub kept: Feed,
    /// The address to subscribe to. Anybody who has it can read the calendar; it is not shown
    /// again.
    pub url: String,
}

/// A new feed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "fits_scope", skip_on_field_errors = false))]
pub struct NewFeed {
    /// Its content.
    pub scope: FeedScope,
    /// With scope `person`: the person; oneself if omitted. Only coordinators may name others.
    pub person_id: Option<Id<Person>>,
    /// With scope `series`: the series.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub series_id: Option<Id<Series>>,
    /// Its purpose.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub label: Option<String>,
    /// With scope `person`: minutes before a meeting at which to remind, at most five values of at
    /// most four weeks. A day and an hour before if omitted; no reminders if empty.
    #[validate(length(max = 5), custom(function = "reminders"))]
    pub reminders_minutes: Option<Vec<u32>>,
}

impl NewFeed {
    /// Its reminders, the earliest first.
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
    let are_in_range = minutes
        .iter()
        .all(|minutes| (1..=LONGEST_REMINDER).contains(minutes));
    let message = "each must be 1 to 40320 minutes (four weeks)";
    valid_if(are_in_range, "reminders", message)?;
    let different: BTreeSet<_> = minutes.iter().collect();
    let is_each_once = different.len() == minutes.len();
    valid_if(is_each_once, "reminders", "each may be given only once")
}

fn fits_scope(new: &NewFeed) -> Result<(), ValidationError> {
    let (of_series, of_person) = (
        new.scope == FeedScope::Series,
        new.scope == FeedScope::Person,
    );
    let has_series = new.series_id.is_some();
    let message = "is required for a feed of a series";
    valid_if(has_series || !of_series, "series_id", message)?;
    let message = "is only allowed for a feed of a series";
    valid_if(of_series || !has_series, "series_id", message)?;
    let message = "is only allowed for a feed of a person";
    valid_if(of_person || new.person_id.is_none(), "person_id", message)?;
    let reminders = new.reminders_minutes.as_deref().unwrap_or_default();
    let are_allowed = of_person || reminders.is_empty();
    valid_if(are_allowed, "reminders_minutes", message)
}

/// What the bytes of a feed depend on: if this is unchanged, they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedVersion {
    /// The generation of the cooperation.
    pub generation: i64,
    /// The day (UTC), because old meetings leave a feed day by day.
    pub day: NaiveDate,
}

/// A rendered feed, and when it was last verified.
#[derive(Clone)]
struct CachedFeed {
    kept: CachedResponse,
    /// Since when this process has served these bytes (RFC 9110 section 8.8.2). The last change of
    /// a meeting is not enough: a calendar also changes when a meeting leaves it.
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

/// Rendered feeds by the hash of their address; the least used are evicted first.
pub struct FeedCache(Lru<String, CachedFeed, CachedFeedSize>);

impl Default for FeedCache {
    fn default() -> Self {
        Self(Lru::with_weighter(1000, CAPACITY, CachedFeedSize))
    }
}
