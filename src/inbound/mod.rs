//! Mail that comes in: replies of calendar programs, counter proposals, bounces, and messages that people
//! write. What cannot be trusted or understood waits until somebody decides; nothing is discarded.
//!
//! The modules import each other downwards only:
//!
//! ```text
//! transports                  folder, imap, pipe: fetch mails, hand them over, file them
//!    └ intake                 one mail, one transaction; what the transport is to do next
//!       └ handling            which handler a mail belongs to
//!          ├ bounces          mails of ours that came back
//!          ├ forwarding       messages that people write
//!          └ replies          who replies, and whether it is genuine
//! pages, inbound_mails_api
//!    └ review                 what people decide about mails that wait
//!       └ applying            the effect of a reply (also called by `replies`)
//!          └ counter_proposals    api → changes → notices, store
//! notices                     what hosts and invited people are told
//! routing                     which cooperation and which of our messages a mail belongs to
//! store
//! received                    a mail as a transport delivers it, parsed
//!    └ classify               what a mail is, and whether its sender is verified
//! ```
pub mod applying;
pub mod bounces;
pub mod classify;
pub mod counter_proposals;
mod forwarding;
mod handling;
pub mod inbound_mails_api;
pub mod intake;
mod notices;
pub mod pages;
pub mod received;
mod replies;
pub mod review;
mod routing;
pub mod store;
pub mod transports;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attendance::AnswerValue;
use crate::db::schema::inbound_mails;
use crate::db::{Id, Instant, Json};
use crate::error::{Error, Result};
use crate::meetings::Meeting;
use crate::notifications::MessageKind;
use crate::notifications::links::LinkPurpose;
use crate::people::Person;
use crate::word_enum;

/// Every kind of message that this area sends.
pub const KINDS: [MessageKind; 6] = [
    notices::CONFIRMATION,
    bounces::UNDELIVERABLE,
    notices::REVIEW,
    forwarding::FORWARDED,
    counter_proposals::notices::COUNTER_DECLINED,
    counter_proposals::notices::COUNTER_PROPOSED,
];

/// The page on which a person confirms an answer that came by mail.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmLink;

impl LinkPurpose for ConfirmLink {
    const PURPOSE: &'static str = "confirm";
    const PATH: &'static str = "/answers/confirm/";
    type Keys = Id<InboundMail>;
}

word_enum! {
    /// The kind of an inbound mail.
    pub enum MailKind {
        /// A reply to an invitation (METHOD:REPLY, RFC 5546 section 3.2.3).
        Answer = "answer",
        /// A counter proposal (METHOD:COUNTER, RFC 5546 section 3.2.7).
        Counter = "counter",
        /// A request for the current invitation (METHOD:REFRESH, RFC 5546 section 3.2.6).
        Refresh = "refresh",
        /// A calendar object with a method that only an organizer may use, or an unknown one.
        Foreign = "foreign",
        /// A mail came back (RFC 3464).
        Bounce = "bounce",
        /// A message that a person wrote, without a calendar object.
        Words = "words",
        /// An automatic reply, or a mail of a mailing list.
        Automatic = "automatic",
        /// A mail that cannot be parsed within the limits.
        Unreadable = "unreadable",
    }
}

word_enum! {
    /// The state of an inbound mail.
    pub enum MailState {
        /// Applied: the answer counts, the proposal is stored, the bounce is recorded.
        Taken = "taken",
        /// Forwarded to people.
        Forwarded = "forwarded",
        /// Without effect.
        Ignored = "ignored",
        /// Waits until somebody decides.
        Review = "review",
        /// Waits until the person confirms it by the link in a mail.
        Confirming = "confirming",
        /// Dropped by somebody who looked at it; without effect.
        Dropped = "dropped",
    }
}

/// An inbound mail, as far as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = inbound_mails, check_for_backend(crate::db::MultiBackend))]
pub struct InboundMail {
    /// Its key.
    pub id: Id<InboundMail>,
    /// The address of its author (From).
    pub from_address: Option<String>,
    /// The display name of its author.
    pub from_name: Option<String>,
    /// Its subject.
    pub subject: String,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// When it arrived.
    pub received_at: Instant,
    /// What it is.
    pub kind: MailKind,
    /// What became of it.
    pub state: MailState,
    /// Why: the name of a rule, or a parser's message.
    pub reason: Option<String>,
    /// The meeting it is about, if known.
    pub meeting_id: Option<Id<Meeting>>,
    /// The person whose reply it is, if known.
    pub person_id: Option<Id<Person>>,
    /// Its text and its reply.
    pub content: Json<MailContent>,
    /// When somebody decided about it.
    pub decided_at: Option<Instant>,
    /// Counts its changes.
    pub revision: i32,
}

impl InboundMail {
    /// # Errors
    /// A conflict if it does not wait for a decision.
    fn check_waiting(&self) -> Result<()> {
        match self.state {
            MailState::Review | MailState::Confirming => Ok(()),
            state => Err(Error::conflict("state", format!("this mail is {state}"))),
        }
    }
}

/// What is kept of the content of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailContent {
    /// The beginning of its text.
    pub text: String,
    /// The reply in its calendar object.
    pub answer: Option<CalendarAnswer>,
}

/// A reply in iCalendar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarAnswer {
    /// The address that replies (ATTENDEE).
    pub attendee: Option<String>,
    /// The name of the attendee (CN).
    pub name: Option<String>,
    /// The answer (PARTSTAT); null for NEEDS-ACTION, which withdraws an answer.
    pub answer: Option<AnswerValue>,
    /// The comment of the attendee.
    pub comment: Option<String>,
    /// Who comes instead (DELEGATED-TO).
    pub deputies: Vec<String>,
    /// SEQUENCE of the invitation it replies to.
    pub sequence: Option<i32>,
    /// When the reply was given (DTSTAMP).
    pub stamp: Option<DateTime<Utc>>,
    /// The start that it replies to, or proposes.
    pub starts_at: Option<DateTime<Utc>>,
    /// The end that it replies to, or proposes.
    pub ends_at: Option<DateTime<Utc>>,
}
