//! Agendas: topics, from the proposal to the outcome.
//!
//! A topic in the backlog of a series and an item on the agenda of a meeting are the same record:
//! without a meeting it is in the backlog.
pub mod api;
pub mod closing;
mod confidential;
pub mod overview;
pub mod rules;
pub mod store;
mod template;
pub mod transitions;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::cooperations::one_line;
use crate::db::schema::agenda_items;
use crate::db::{Id, Instant, Json};
use crate::error::valid_if;
use crate::http::body::given;
use crate::meetings::Meeting;
use crate::people::Person;
use crate::series::{AgendaItemKind, Series};
use crate::word_enum;

word_enum! {
    /// State of an agenda item.
    pub enum ItemState {
        /// Proposed; host or coordinator have not decided.
        Proposed = "proposed",
        /// In the backlog, to be scheduled.
        Accepted = "accepted",
        /// Will not be discussed.
        Rejected = "rejected",
        /// On the agenda of its meeting.
        Scheduled = "scheduled",
        /// It was discussed.
        Discussed = "discussed",
        /// It was decided.
        Decided = "decided",
        /// In the backlog; or, if its meeting was held, unfinished there.
        Postponed = "postponed",
        /// Withdrawn by its proposer, the host or a coordinator.
        Withdrawn = "withdrawn",
    }
}

word_enum! {
    /// Outcome of an agenda item in its meeting.
    pub enum OutcomeState {
        /// It was discussed.
        Discussed = "discussed",
        /// It was decided.
        Decided = "decided",
        /// It is carried over to the next meeting.
        Unfinished = "unfinished",
    }
}

/// A topic or agenda item.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = agenda_items, check_for_backend(crate::db::MultiBackend))]
pub struct AgendaItem {
    /// Its id.
    pub id: Id<AgendaItem>,
    /// The series.
    pub series_id: Id<Series>,
    /// The meeting; null if it is in the backlog of the series.
    pub meeting_id: Option<Id<Meeting>>,
    /// Its position on the agenda of its meeting, from 1; 0 if it is on no agenda.
    pub position: i32,
    /// Its title.
    pub title: String,
    /// Its purpose.
    pub kind: AgendaItemKind,
    /// Planned duration in minutes.
    pub minutes: i32,
    /// Description in Markdown, as it was entered.
    pub description: Option<String>,
    /// Who presents it.
    pub presenter: Option<String>,
    /// Links to further information.
    #[schema(value_type = Vec<String>)]
    pub links: Json<Vec<String>>,
    /// Whether it is for all who see the agenda. If not, only delegates and coordinators see it; guests and readers see
    /// the place, the kind and the time.
    pub public: bool,
    /// Its state.
    pub state: ItemState,
    /// Why it was rejected.
    pub state_reason: Option<String>,
    /// Whether it was proposed after the deadline for topics.
    pub late: bool,
    /// Who proposed it.
    pub proposed_by_id: Option<Id<Person>>,
    /// Its result.
    pub result: Option<String>,
    /// The item of an earlier meeting that it continues.
    pub carried_from_id: Option<Id<AgendaItem>>,
    /// How many times it was carried over.
    pub carried_count: i32,
    /// Revision number, incremented with each change.
    pub revision: i32,
    /// When it was proposed or carried over.
    pub created_at: Instant,
    /// When it was last changed.
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
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Serialize, ToSchema)]
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

/// A new topic or agenda item.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewAgendaItem {
    /// Its title.
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub title: String,
    /// Its purpose.
    pub kind: AgendaItemKind,
    /// Planned duration in minutes.
    #[validate(range(min = 1, max = 480))]
    pub minutes: i32,
    /// Description in Markdown.
    #[validate(length(max = 20_000))]
    pub description: Option<String>,
    /// Who presents it.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub presenter: Option<String>,
    /// Links to further information (http or https).
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "web_links"))]
    pub links: Vec<String>,
    /// Whether guests and readers see it as well.
    #[serde(default)]
    pub public: bool,
}

/// A change of an agenda item. Omitted fields stay as they are.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AgendaItemPatch {
    /// Its title.
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub title: Option<String>,
    /// Its purpose.
    pub kind: Option<AgendaItemKind>,
    /// Planned duration in minutes.
    #[validate(range(min = 1, max = 480))]
    pub minutes: Option<i32>,
    /// Description in Markdown; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 20_000))]
    pub description: Option<Option<String>>,
    /// Who presents it; `null` for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub presenter: Option<Option<String>>,
    /// Links to further information (http or https).
    #[validate(length(max = 20), custom(function = "web_links"))]
    pub links: Option<Vec<String>>,
    /// Whether guests and readers see it as well.
    pub public: Option<bool>,
}

/// Why a topic is rejected.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TopicRejection {
    /// The reason, which the proposer sees.
    #[validate(length(min = 1, max = 1000), custom(function = "some_text"))]
    pub reason: String,
}

/// The meeting that a topic is scheduled for.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Scheduling {
    /// A planned or invited meeting of the same series.
    pub meeting_id: Id<Meeting>,
}

/// The meeting that an item is moved to.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Postponement {
    /// Another meeting of the same series; the backlog if omitted.
    pub meeting_id: Option<Id<Meeting>>,
}

/// The order of an agenda.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Arrangement {
    /// Exactly the scheduled items, in the new order.
    #[validate(length(max = 1000))]
    pub item_ids: Vec<Id<AgendaItem>>,
}

/// Outcomes of a meeting.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CloseMeeting {
    /// Exactly one outcome for each scheduled item.
    #[serde(default)]
    #[validate(length(max = 1000), nested)]
    pub outcomes: Vec<ItemOutcome>,
}

/// Outcome of one item.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ItemOutcome {
    /// The item.
    pub item_id: Id<AgendaItem>,
    /// Whether it was discussed, decided or left unfinished.
    pub state: OutcomeState,
    /// The result as text; required for a decision.
    #[validate(length(max = 20_000))]
    pub result: Option<String>,
}

/// A meeting that was closed as held.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClosedMeeting {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// When it was closed.
    pub closed_at: Instant,
    /// The outcome of each item, in the order of the agenda.
    pub outcomes: Vec<ItemOutcome>,
    /// The meeting that unfinished items were carried over to; null for the backlog.
    pub next_meeting_id: Option<Id<Meeting>>,
    /// The new items that continue the unfinished ones.
    pub carried: Vec<AgendaItem>,
}

/// The agenda of a meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Agenda {
    /// Its entries in order.
    pub entries: Vec<AgendaEntry>,
    /// Proposals for it that are not accepted yet.
    pub proposed: Vec<AgendaItem>,
    /// Its time budget.
    pub budget: AgendaBudget,
}

/// An entry of an agenda: an agenda item, or an item of the series' template.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgendaEntry {
    /// Its number (TOP), from 1.
    pub number: i32,
    /// Its title.
    pub title: String,
    /// Its purpose.
    pub kind: AgendaItemKind,
    /// Planned duration in minutes.
    pub minutes: i32,
    /// Who presents it.
    pub presenter: Option<String>,
    /// Whether it was proposed after the deadline for topics.
    pub late: bool,
    /// How many times it was carried over.
    pub carried_count: i32,
    /// The agenda item; null for an item of the template.
    pub item: Option<AgendaItem>,
}

/// Time budget of an agenda, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgendaBudget {
    /// Sum of the entries.
    pub planned_minutes: i32,
    /// Duration of the meeting.
    pub available_minutes: i32,
    /// How much the entries exceed the meeting; 0 if they fit.
    pub over_minutes: i32,
}

/// Checks that a text is not blank.
fn some_text(text: &str) -> Result<(), ValidationError> {
    valid_if(!text.trim().is_empty(), "some_text", "must not be blank")
}

/// Checks that links are http or https, so that a browser runs nothing.
fn web_links(links: &[String]) -> Result<(), ValidationError> {
    let all_fine = links.iter().all(|link| {
        // What comes before an @ could pose as another site; a reader skips the rest (RFC 3986 appendix C).
        let is_web = |url: url::Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        };
        let is_plain = |c: char| !c.is_whitespace() && !"\"'<>`".contains(c);
        link.chars().count() <= 2000
            && link.chars().all(is_plain)
            && url::Url::parse(link).is_ok_and(is_web)
    });
    let message = "must be http or https addresses of at most 2000 characters each, without spaces, quotes and a user name";
    valid_if(all_fine, "links", message)
}
