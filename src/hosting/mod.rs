//! What municipalities are asked, and notified of, about their turns to host.
//!
//! By path of the API: `/series/{id}/rotation/swap-requests` is [`swap_requests`], `…/swap-candidates` is
//! [`swap_candidates`], and `/meetings/{id}/host/confirm` and `…/decline` are [`host_confirmation`]. They are apart
//! from `rotation` and `meetings` because they send mails.
//!
//! A module imports only from those above it in this list:
//! - [`store`]: the queries of swap requests, and the rows of host confirmations;
//! - [`turns`]: which turns differ from what their municipalities were notified of;
//! - [`conflicts`]: meetings on days that no longer suit;
//! - [`swap_candidates`]: with which meetings a turn can be swapped;
//! - [`notices`]: the mails;
//! - [`swap_requests`] and then [`host_confirmation`]: the rules;
//! - [`forecast`]: what is due in a series, and when more is;
//! - [`reconcile`]: does what is due;
//! - `view`, the handlers of the API (`…_api`) and the [`pages`] behind personal links.
pub mod conflicts;
pub mod forecast;
pub mod host_confirmation;
pub mod host_confirmation_api;
pub mod notices;
pub mod pages;
pub mod reconcile;
pub mod store;
pub mod swap_candidates;
pub mod swap_requests;
pub mod swap_requests_api;
pub mod turns;
pub mod view;

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::auth::Reader;
use crate::cooperations::one_line;
use crate::db::schema::{swap_answers, swap_requests as request_rows};
use crate::db::{Id, Instant};
use crate::error::Error;
use crate::meetings::Meeting;
use crate::meetings::confirmations::{HostConfirmation, HostingChannel};
use crate::municipalities::Municipality;
use crate::notifications::links::LinkPurpose;
use crate::people::Person;
use crate::series::Series;
use crate::word_enum;

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
    /// The state of a swap request.
    pub enum SwapRequestState {
        /// It can be answered.
        Open = "open",
        /// A municipality has accepted; the hosts are exchanged.
        Accepted = "accepted",
        /// Everybody asked has declined.
        Declined = "declined",
        /// Nobody accepted in time.
        Expired = "expired",
        /// The municipality that asked has withdrawn it.
        Withdrawn = "withdrawn",
        /// It was accepted, and one of the two municipalities has undone the swap.
        Undone = "undone",
    }
}

word_enum! {
    /// Why a swap request has expired: what happened to one of its meetings.
    pub enum SwapLapse {
        /// People have been invited to it.
        Invited = "invited",
        /// It has begun.
        Begun = "begun",
        /// It was cancelled.
        Cancelled = "cancelled",
        /// Its host has changed since the request was made.
        HostChanged = "host_changed",
    }
}

word_enum! {
    /// The answer of a municipality that was asked.
    pub enum SwapAnswerState {
        /// None yet.
        Open = "open",
        /// It takes the turn.
        Accepted = "accepted",
        /// It does not.
        Declined = "declined",
    }
}

/// A municipality's request that another one take its turn.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = request_rows, check_for_backend(crate::db::MultiBackend))]
pub struct SwapRequest {
    /// Its key.
    pub id: Id<SwapRequest>,
    /// The series of both meetings.
    pub series_id: Id<Series>,
    /// The meeting whose turn is offered.
    pub meeting_id: Id<Meeting>,
    /// The host, which asks.
    pub municipality_id: Id<Municipality>,
    /// The meeting wanted in return; if none, whoever accepts chooses.
    pub partner_meeting_id: Option<Id<Meeting>>,
    /// Why.
    pub reason: Option<String>,
    /// Whether blackouts are ignored.
    pub nevertheless: bool,
    /// Who asked, if a person did.
    pub asked_by_id: Option<Id<Person>>,
    /// The channel through which that was done.
    pub asked_way: HostingChannel,
    /// Its state.
    pub state: SwapRequestState,
    /// Why it has expired.
    pub lapse: Option<SwapLapse>,
    /// When it reached that state.
    pub decided_at: Option<Instant>,
    /// Who caused that, if a person did.
    pub decided_by_id: Option<Id<Person>>,
    /// The channel through which that was done; none if it expired.
    pub decided_way: Option<HostingChannel>,
    /// How many days before the meeting the latest reminder was due.
    pub followed_up_days: Option<i32>,
    /// The number of its changes.
    pub revision: i32,
    /// When it was made.
    pub created_at: Instant,
}

impl SwapRequest {
    /// The error if something cannot be done in its state.
    fn conflict(&self) -> Error {
        Error::conflict("state", format!("this swap request is {}", self.state))
    }
}

/// A municipality that was asked, and its answer.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = swap_answers, check_for_backend(crate::db::MultiBackend))]
pub struct SwapAnswer {
    /// Its key.
    pub id: Id<SwapAnswer>,
    /// The request.
    pub request_id: Id<SwapRequest>,
    /// The municipality.
    pub municipality_id: Id<Municipality>,
    /// Its answer.
    pub state: SwapAnswerState,
    /// The meeting that it gives in return; none if it takes the turn without one.
    pub meeting_id: Option<Id<Meeting>>,
    /// Its reason.
    pub reason: Option<String>,
    /// When it answered.
    pub answered_at: Option<Instant>,
    /// Who answered for it, if a person did.
    pub person_id: Option<Id<Person>>,
    /// The channel through which the answer came.
    pub way: Option<HostingChannel>,
}

/// Who acts for a municipality, and through which channel.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// The person, if the token or link belongs to one.
    pub person: Option<Id<Person>>,
    /// The channel.
    pub way: HostingChannel,
}

impl By {
    /// Somebody with a token.
    fn api(who: &Reader) -> Self {
        Self {
            person: who.person(),
            way: HostingChannel::Api,
        }
    }
}

/// A request of a municipality that another one take its turn. Without `partner_meeting_id`, the municipality that
/// accepts offers one of its own meetings, or takes the turn without return. Without `municipality_id` as well, all
/// municipalities are asked.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewSwapRequest {
    /// The meeting whose turn the municipality wants to give away.
    pub meeting_id: Id<Meeting>,
    /// The meeting of another municipality that it would host instead.
    pub partner_meeting_id: Option<Id<Meeting>>,
    /// The only municipality to ask.
    pub municipality_id: Option<Id<Municipality>>,
    /// The reason, shown to those who are asked.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: Option<String>,
    /// Whether to ask even if there are blackouts on the day.
    #[serde(default)]
    pub nevertheless: bool,
}

/// The acceptance of a swap request.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AcceptSwap {
    /// The municipality that accepts. Default: the one that the person speaks for.
    pub municipality_id: Option<Id<Municipality>>,
    /// The meeting of its own that it gives in return. Default: the one that was asked for, or none.
    pub meeting_id: Option<Id<Meeting>>,
    /// Whether it hosts even if it has a blackout on the day.
    #[serde(default)]
    pub nevertheless: bool,
}

/// The refusal of a swap request.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeclineSwap {
    /// The municipality that declines. Default: the one that the person speaks for.
    pub municipality_id: Option<Id<Municipality>>,
    /// The reason, shown to the municipality that asked.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: Option<String>,
}
