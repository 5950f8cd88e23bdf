//! Hosting: what municipalities are asked and told of their turns.
//!
//! One asks others to swap ([`swaps`]), each confirms that it hosts ([`confirmations`]), whose turns have
//! moved is told so ([`turns`]), and coordinators hear which dates no longer suit ([`conflicts`]). What time brings, [`tasks`] works out from what is, purely,
//! and [`planner`] does.
pub mod api;
pub mod candidates;
pub mod confirmations;
pub mod conflicts;
pub mod notices;
pub mod pages;
pub mod planner;
pub mod store;
pub mod swaps;
pub mod tasks;
pub mod turns;
mod view;

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::cooperations::one_line;
use crate::db::schema::{swap_answers, swap_requests};
use crate::db::{Id, Instant};
use crate::meetings::Meeting;
use crate::meetings::confirmations::{HostConfirmation, HostingWay};
use crate::municipalities::Municipality;
use crate::notifications::links::LinkPurpose;
use crate::people::Person;
use crate::word_enum;

pub use self::view::SwapRequestView;

/// The page on which a person answers a request to swap turns.
#[derive(Debug, Clone, Copy)]
pub struct SwapLink;

impl LinkPurpose for SwapLink {
    const PURPOSE: &'static str = "swap";
    const PATH: &'static str = "/swaps/";
    type Keys = (Id<SwapRequest>, Id<Person>);
}

/// The page on which a person confirms that the own municipality hosts a meeting.
#[derive(Debug, Clone, Copy)]
pub struct HostingLink;

impl LinkPurpose for HostingLink {
    const PURPOSE: &'static str = "hosting";
    const PATH: &'static str = "/hosting/";
    type Keys = (Id<HostConfirmation>, Id<Person>);
}

word_enum! {
    /// What became of a request to swap turns.
    pub enum SwapRequestState {
        /// It can be answered.
        Open = "open",
        /// A municipality has accepted; the hosts are exchanged.
        Accepted = "accepted",
        /// Everybody asked has declined.
        Declined = "declined",
        /// Nobody accepted in time.
        Expired = "expired",
        /// Who asked has taken it back.
        Withdrawn = "withdrawn",
        /// It was accepted, and one of the two has undone that.
        Undone = "undone",
    }
}

word_enum! {
    /// Why a request has expired: what one of its meetings has come to.
    pub enum SwapLapse {
        /// People are invited to it.
        Invited = "invited",
        /// It has begun.
        Begun = "begun",
        /// It does not take place.
        Cancelled = "cancelled",
        /// It has another host than when the request was made.
        HostChanged = "host_changed",
    }
}

word_enum! {
    /// What a municipality that was asked has answered.
    pub enum SwapAnswerState {
        /// Nothing.
        Open = "open",
        /// It takes the turn.
        Accepted = "accepted",
        /// It does not.
        Declined = "declined",
    }
}

/// A request of a municipality that others take its turn.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = swap_requests, check_for_backend(crate::db::MultiBackend))]
pub struct SwapRequest {
    /// Its key.
    pub id: Id<SwapRequest>,
    /// The meeting whose turn is offered.
    pub meeting_id: Id<Meeting>,
    /// Who hosts it and asks.
    pub municipality_id: Id<Municipality>,
    /// The meeting that is wanted for it; whoever accepts chooses if there is none.
    pub partner_meeting_id: Option<Id<Meeting>>,
    /// Why.
    pub reason: Option<String>,
    /// Whether blackout dates do not stand against it.
    pub nevertheless: bool,
    /// Who asked, if a person did.
    pub asked_by_id: Option<Id<Person>>,
    /// In which way.
    pub asked_way: HostingWay,
    /// What became of it.
    pub state: SwapRequestState,
    /// Why it has expired.
    pub lapse: Option<SwapLapse>,
    /// When it came to that state.
    pub decided_at: Option<Instant>,
    /// Who brought it there, if a person did.
    pub decided_by_id: Option<Id<Person>>,
    /// In which way; none if time did.
    pub decided_way: Option<HostingWay>,
    /// Of the follow-ups, how many days before the meeting the last one was due.
    pub followed_up_days: Option<i32>,
    /// Counts its changes.
    pub revision: i32,
    /// When it was made.
    pub created_at: Instant,
}

/// One municipality that was asked, and its answer.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = swap_answers, check_for_backend(crate::db::MultiBackend))]
pub struct SwapAnswer {
    /// Its key.
    pub id: Id<SwapAnswer>,
    /// The request.
    pub request_id: Id<SwapRequest>,
    /// Who was asked.
    pub municipality_id: Id<Municipality>,
    /// What it has answered.
    pub state: SwapAnswerState,
    /// The meeting that it gives for the turn it takes; none if it takes it without return.
    pub meeting_id: Option<Id<Meeting>>,
    /// What it says to it.
    pub reason: Option<String>,
    /// When it answered.
    pub answered_at: Option<Instant>,
    /// Who answered for it, if a person did.
    pub person_id: Option<Id<Person>>,
    /// In which way.
    pub way: Option<HostingWay>,
}

/// Who says something, and in which way.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// The person, if it is one person's token or link.
    pub person: Option<Id<Person>>,
    /// The way.
    pub way: HostingWay,
}

/// What a municipality asks for. Without `partner_meeting_id`, whoever accepts offers one of its own
/// meetings or takes the turn without return; without `municipality_id` as well, all are asked.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewSwapRequest {
    /// The meeting that the municipality hosts and does not want to.
    pub meeting_id: Id<Meeting>,
    /// The meeting of another one that it would host instead.
    #[serde(default)]
    pub partner_meeting_id: Option<Id<Meeting>>,
    /// The one municipality that is asked.
    #[serde(default)]
    pub municipality_id: Option<Id<Municipality>>,
    /// Why; those who are asked read it.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: Option<String>,
    /// Whether it is meant in spite of blackout dates.
    #[serde(default)]
    pub nevertheless: bool,
}

/// How a municipality accepts.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AcceptSwap {
    /// Which municipality accepts; left out, the one for which the person speaks.
    #[serde(default)]
    pub municipality_id: Option<Id<Municipality>>,
    /// The own meeting that it gives for the turn; left out, the one that was asked for, or none.
    #[serde(default)]
    pub meeting_id: Option<Id<Meeting>>,
    /// Whether it hosts in spite of its own blackout dates.
    #[serde(default)]
    pub nevertheless: bool,
}

/// How a municipality declines.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeclineSwap {
    /// Which municipality declines; left out, the one for which the person speaks.
    #[serde(default)]
    pub municipality_id: Option<Id<Municipality>>,
    /// Why; who asked reads it.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: Option<String>,
}
