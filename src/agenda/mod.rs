//! Agendas: topics, from the proposal to what came of them.
//!
//! A topic in the backlog of a series and an item on the agenda of a meeting are the same thing; it
//! is in the backlog as long as it names no meeting.
pub mod api;
pub mod closing;
pub mod overview;
pub mod rules;
pub mod steps;
pub mod store;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::cooperations::one_line;
use crate::db::schema::agenda_items;
use crate::db::{Id, Instant, Json};
use crate::http::body::given;
use crate::meetings::Meeting;
use crate::people::Person;
use crate::series::{AgendaItemKind, Series};
use crate::word_enum;

word_enum! {
    /// How far an agenda item is.
    pub enum ItemState {
        /// Somebody would like it on the agenda.
        Proposed = "proposed",
        /// It is in the backlog, to be scheduled.
        Accepted = "accepted",
        /// It will not be talked about.
        Rejected = "rejected",
        /// It is on the agenda of its meeting.
        Scheduled = "scheduled",
        /// It was talked about.
        Discussed = "discussed",
        /// It was decided.
        Decided = "decided",
        /// It waits in the backlog; or, with a meeting that was held, it was not finished there.
        Postponed = "postponed",
        /// Who proposed it thought better of it.
        Withdrawn = "withdrawn",
    }
}

word_enum! {
    /// What came of an agenda item in its meeting.
    pub enum OutcomeState {
        /// It was talked about.
        Discussed = "discussed",
        /// It was decided.
        Decided = "decided",
        /// It goes on in the next meeting.
        Unfinished = "unfinished",
    }
}

/// Something to be talked about.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = agenda_items, check_for_backend(crate::db::MultiBackend))]
pub struct AgendaItem {
    /// Its key.
    pub id: Id<AgendaItem>,
    /// The series.
    pub series_id: Id<Series>,
    /// The meeting; none if it is in the backlog of the series.
    pub meeting_id: Option<Id<Meeting>>,
    /// Its place among the items on the agenda of its meeting, from 1; 0 if it is on none.
    pub position: i32,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub kind: AgendaItemKind,
    /// How many minutes it takes.
    pub minutes: i32,
    /// What it is about, in Markdown as it was written.
    pub description: Option<String>,
    /// Who presents it.
    pub presenter: Option<String>,
    /// Where there is more to read.
    #[schema(value_type = Vec<String>)]
    pub links: Json<Vec<String>>,
    /// Whether it may be published.
    pub public: bool,
    /// How far it is.
    pub state: ItemState,
    /// Why it was rejected.
    pub state_reason: Option<String>,
    /// Whether it was proposed after the deadline for topics.
    pub late: bool,
    /// Who proposed it.
    pub proposed_by_id: Option<Id<Person>>,
    /// What came of it.
    pub result: Option<String>,
    /// The item of an earlier meeting that it continues.
    pub carried_from_id: Option<Id<AgendaItem>>,
    /// How often it was carried over.
    pub carried_count: i32,
    /// Counts its changes.
    pub revision: i32,
    /// When it was proposed, or carried over.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

/// An agenda item and the items it continues.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgendaItemInFull {
    /// The item.
    #[serde(flatten)]
    pub item: AgendaItem,
    /// The items of earlier meetings that it continues, the latest first.
    pub carried_from: Vec<Origin>,
}

/// An item of an earlier meeting that another continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Origin {
    /// The earlier item.
    pub id: Id<AgendaItem>,
    /// The earlier meeting.
    pub meeting_id: Id<Meeting>,
    /// That meeting's number in the series.
    pub number: i32,
    /// That meeting's day.
    pub date: NaiveDate,
}

/// What is to be talked about.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewAgendaItem {
    /// Its title.
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub title: String,
    /// What it is for.
    pub kind: AgendaItemKind,
    /// How many minutes it takes.
    #[validate(range(min = 1, max = 480))]
    pub minutes: i32,
    /// What it is about, in Markdown.
    #[serde(default)]
    #[validate(length(max = 20_000))]
    pub description: Option<String>,
    /// Who presents it.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub presenter: Option<String>,
    /// Where there is more to read (http or https).
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "web_links"))]
    pub links: Vec<String>,
    /// Whether it may be published.
    #[serde(default)]
    pub public: bool,
}

/// What is to change of an agenda item; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AgendaItemPatch {
    /// Its title.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub title: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub kind: Option<AgendaItemKind>,
    /// How many minutes it takes.
    #[serde(default)]
    #[validate(range(min = 1, max = 480))]
    pub minutes: Option<i32>,
    /// What it is about, in Markdown; `null` for nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 20_000))]
    pub description: Option<Option<String>>,
    /// Who presents it; `null` for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub presenter: Option<Option<String>>,
    /// Where there is more to read (http or https).
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "web_links"))]
    pub links: Option<Vec<String>>,
    /// Whether it may be published.
    #[serde(default)]
    pub public: Option<bool>,
}

/// Why a topic is rejected.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// The reason, for who proposed it.
    #[validate(length(min = 1, max = 1000), custom(function = "some_text"))]
    pub reason: String,
}

/// Where a topic is scheduled.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Scheduling {
    /// The meeting, planned or invited, of the same series.
    pub meeting_id: Id<Meeting>,
}

/// Where an item is put off to.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Postponement {
    /// Another meeting of the same series; the backlog if left out.
    #[serde(default)]
    pub meeting_id: Option<Id<Meeting>>,
}

/// The order of an agenda.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Arrangement {
    /// Exactly the scheduled items, in the order in which they are to stand.
    #[validate(length(max = 1000))]
    pub item_ids: Vec<Id<AgendaItem>>,
}

/// What came of a meeting.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Exactly one outcome for each scheduled item.
    #[serde(default)]
    #[validate(length(max = 1000), nested)]
    pub outcomes: Vec<Outcome>,
}

/// What came of one item.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The item.
    pub item_id: Id<AgendaItem>,
    /// How far it came.
    pub state: OutcomeState,
    /// The result in words; a decision needs one.
    #[serde(default)]
    #[validate(length(max = 20_000))]
    pub result: Option<String>,
}

/// A meeting that was closed as held.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Closed {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// When it was closed.
    pub closed_at: Instant,
    /// What came of each item, in the order of the agenda.
    pub outcomes: Vec<Outcome>,
    /// The meeting that goes on with what was not finished; the backlog if there is none ahead.
    pub next_meeting_id: Option<Id<Meeting>>,
    /// The new items that continue the unfinished ones.
    pub carried: Vec<AgendaItem>,
}

/// The agenda of a meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Agenda {
    /// What is on it, from first to last.
    pub entries: Vec<Entry>,
    /// What is proposed for it and not yet accepted.
    pub proposed: Vec<AgendaItem>,
    /// The time it takes.
    pub budget: Budget,
}

/// One entry of an agenda: of the series' template, or proposed by somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AgendaEntry)]
pub struct Entry {
    /// Its number (TOP), from 1.
    pub number: i32,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub kind: AgendaItemKind,
    /// How many minutes it takes.
    pub minutes: i32,
    /// Who presents it.
    pub presenter: Option<String>,
    /// Whether it was proposed after the deadline for topics.
    pub late: bool,
    /// How often it was carried over.
    pub carried_count: i32,
    /// The item, unless it is of the template.
    pub item: Option<AgendaItem>,
}

/// How long an agenda takes, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AgendaBudget)]
pub struct Budget {
    /// What the entries take together.
    pub planned_minutes: i32,
    /// How long the meeting is.
    pub available_minutes: i32,
    /// By how much the entries take longer than the meeting; 0 if they do not.
    pub over_minutes: i32,
}

/// Text that says something.
fn some_text(text: &str) -> Result<(), ValidationError> {
    match text.trim().is_empty() {
        true => Err(ValidationError::new("some_text").with_message("must say something".into())),
        false => Ok(()),
    }
}

/// Addresses of web pages, nothing that a browser would run.
fn web_links(links: &[String]) -> Result<(), ValidationError> {
    let all_fine = links.iter().all(|link| {
        let is_web = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        link.chars().count() <= 2000 && url::Url::parse(link).is_ok_and(is_web)
    });
    match all_fine {
        true => Ok(()),
        false => Err(ValidationError::new("links").with_message(
            "must be http or https addresses of at most 2000 characters each".into(),
        )),
    }
}
