//! Counter proposals: other times that invited people propose (METHOD:COUNTER, RFC 5546 section 3.2.7).
//! They wait until host or coordinator accepts one, which moves the meeting, or declines it.
pub mod api;
pub mod changes;
pub(super) mod notices;
mod store;

use chrono::{DateTime, FixedOffset, TimeDelta};
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::InboundMail;
use crate::cooperations::one_line;
use crate::db::schema::counter_proposals;
use crate::db::{Id, Instant};
use crate::error::{Result, conflict_unless};
use crate::meetings::Meeting;
use crate::people::Person;
use crate::word_enum;

/// How far ahead a proposal may be.
const AHEAD: TimeDelta = TimeDelta::days(366);

word_enum! {
    /// The state of a counter proposal.
    #[schema(as = CounterProposalState)]
    pub enum ProposalState {
        /// Nobody has decided yet.
        Open = "open",
        /// The meeting was moved to it.
        Accepted = "accepted",
        /// It was declined, and its author was notified.
        Declined = "declined",
        /// Its author has proposed another time, or another proposal was accepted.
        Superseded = "superseded",
        /// The meeting was held or cancelled.
        Lapsed = "lapsed",
    }
}

/// A counter proposal.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = counter_proposals, check_for_backend(crate::db::MultiBackend))]
pub struct CounterProposal {
    /// Its key.
    pub id: Id<CounterProposal>,
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its author.
    pub person_id: Id<Person>,
    /// When the meeting would begin; a whole minute.
    pub starts_at: Instant,
    /// When it would end; a whole minute.
    pub ends_at: Instant,
    /// The comment of its author.
    pub comment: Option<String>,
    /// Its state.
    pub state: ProposalState,
    /// When the state was decided.
    pub decided_at: Option<Instant>,
    /// Counts its changes.
    pub revision: i32,
    /// When it arrived.
    pub created_at: Instant,
}

/// A new counter proposal.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The mail that contains it.
    pub mail: Id<InboundMail>,
    /// When the meeting would begin; seconds are dropped.
    pub starts_at: Instant,
    /// When it would end; seconds are dropped.
    pub ends_at: Instant,
    /// The comment of its author; truncated if it is too long.
    pub comment: Option<String>,
}

/// A counter proposal in the API.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CounterProposal)]
pub struct ProposalView {
    /// Its key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<CounterProposal>,
    /// The meeting.
    #[schema(value_type = uuid::Uuid)]
    pub meeting_id: Id<Meeting>,
    /// Its author.
    #[schema(value_type = uuid::Uuid)]
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// When the meeting would begin, with the offset of its local time.
    pub starts_at: DateTime<FixedOffset>,
    /// When it would end.
    pub ends_at: DateTime<FixedOffset>,
    /// The comment of its author.
    pub comment: Option<String>,
    /// Its state.
    pub state: ProposalState,
    /// When it arrived.
    pub proposed_at: Instant,
    /// When it was decided, or lapsed.
    pub decided_at: Option<Instant>,
    /// Counts its changes.
    pub revision: i32,
}

/// Why a proposal is declined.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Declining {
    /// The reason, which the author of the proposal is told.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: Option<String>,
}

/// Whether a meeting may be proposed from `starts_at` to `ends_at`.
///
/// # Errors
/// A conflict with the rule that forbids it: `order`, `too_short`, `too_long`, `past` or
/// `too_far`.
pub fn check(starts_at: Instant, ends_at: Instant, now: Instant) -> Result<()> {
    let minutes = (*ends_at - *starts_at).num_minutes();
    let is_in_order = starts_at < ends_at;
    conflict_unless(is_in_order, "order", "the end must be after the start")?;
    conflict_unless(minutes >= 5, "too_short", "at least five minutes")?;
    conflict_unless(minutes <= 1440, "too_long", "at most 24 hours")?;
    conflict_unless(starts_at > now, "past", "the time proposed is over")?;
    let is_near = *starts_at <= *now + AHEAD;
    conflict_unless(is_near, "too_far", "at most a year ahead")
}

impl CounterProposal {
    fn view(self, name: String, zone: Tz) -> ProposalView {
        let local = |at: Instant| at.with_timezone(&zone).fixed_offset();
        ProposalView {
            id: self.id,
            meeting_id: self.meeting_id,
            person_id: self.person_id,
            name,
            starts_at: local(self.starts_at),
            ends_at: local(self.ends_at),
            comment: self.comment,
            state: self.state,
            proposed_at: self.created_at,
            decided_at: self.decided_at,
            revision: self.revision,
        }
    }

    /// # Errors
    /// A conflict if it is not open.
    fn check_open(&self) -> Result<()> {
        let message = format!("this proposal is {}", self.state);
        conflict_unless(self.state == ProposalState::Open, "state", message)
    }
}
