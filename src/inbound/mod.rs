//! Mail that comes in: answers of calendar programs, other times proposed, bounces, and what people
//! write. Whatever cannot be trusted or understood waits on a list to be looked at; nothing is taken
//! silently, nothing is thrown away.
pub mod api;
mod applying;
pub mod bounces;
mod counter_letters;
pub mod counters;
mod forwarding;
mod handling;
pub mod intake;
pub mod mails_api;
pub mod pages;
mod place;
pub mod review;
pub mod store;
mod tell;
pub mod transports;
mod what;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attendance::AnswerValue;
use crate::db::schema::inbound_mails;
use crate::db::{Id, Instant, Json};
use crate::meetings::Meeting;
use crate::notifications::MessageKind;
use crate::notifications::links::LinkPurpose;
use crate::people::Person;
use crate::word_enum;

/// Every kind of message that this area sends.
pub const KINDS: [MessageKind; 6] = [
    tell::CONFIRMATION,
    bounces::UNDELIVERABLE,
    tell::REVIEW,
    forwarding::FORWARDED,
    counter_letters::COUNTER_DECLINED,
    counter_letters::COUNTER_PROPOSED,
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
    /// What a mail is that came in.
    pub enum MailKind {
        /// An answer to an invitation (METHOD:REPLY, RFC 5546 section 3.2.3).
        Answer = "answer",
        /// Another time that somebody proposes (METHOD:COUNTER, RFC 5546 section 3.2.7).
        Counter = "counter",
        /// Somebody asks for the present state (METHOD:REFRESH, RFC 5546 section 3.2.6).
        Refresh = "refresh",
        /// A calendar object that only an organizer may send, or that nobody here understands.
        Foreign = "foreign",
        /// A mail came back (RFC 3464).
        Bounce = "bounce",
        /// Words of a person, without a calendar part.
        Words = "words",
        /// Written by a program that answers by itself, or to a list.
        Automatic = "automatic",
        /// Nothing that can be read within the limits.
        Unreadable = "unreadable",
    }
}

word_enum! {
    /// What became of a mail that came in.
    pub enum MailState {
        /// Taken: the answer counts, the proposal is kept, the bounce is noted.
        Taken = "taken",
        /// Passed on to people.
        Forwarded = "forwarded",
        /// Nothing follows from it.
        Ignored = "ignored",
        /// It waits until somebody has looked at it.
        Review = "review",
        /// It waits until the person has confirmed it by the link in a mail.
        Confirming = "confirming",
        /// Somebody looked at it, and nothing follows from it.
        Dropped = "dropped",
    }
}

/// A mail that came in, as far as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = inbound_mails, check_for_backend(crate::db::MultiBackend))]
pub struct InboundMail {
    /// Its key.
    pub id: Id<InboundMail>,
    /// Who wrote it, after its From.
    pub from_address: Option<String>,
    /// The name beside that.
    pub from_name: Option<String>,
    /// Its subject.
    pub subject: String,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// When it came.
    pub received_at: Instant,
    /// What it is.
    pub kind: MailKind,
    /// What became of it.
    pub state: MailState,
    /// Why, as a rule with a name.
    pub reason: Option<String>,
    /// The meeting it is about, as far as that is known.
    pub meeting_id: Option<Id<Meeting>>,
    /// For whom it speaks, as far as that is known.
    pub person_id: Option<Id<Person>>,
    /// What it says.
    pub content: Json<Content>,
    /// When somebody decided.
    pub decided_at: Option<Instant>,
    /// Counts its changes.
    pub revision: i32,
}

/// What a mail says, as far as it matters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The beginning of what a person wrote.
    pub text: String,
    /// What the calendar object says.
    pub answer: Option<CalendarAnswer>,
}

/// What an answer in iCalendar says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarAnswer {
    /// The address that answers (ATTENDEE).
    pub attendee: Option<String>,
    /// The name beside it.
    pub name: Option<String>,
    /// What it answers; nothing if it takes its answer back.
    pub answer: Option<AnswerValue>,
    /// What the person says to it.
    pub comment: Option<String>,
    /// Who comes instead (DELEGATED-TO).
    pub deputies: Vec<String>,
    /// SEQUENCE of the invitation it answers.
    pub sequence: Option<i32>,
    /// When it was given (DTSTAMP).
    pub stamp: Option<DateTime<Utc>>,
    /// The time it is for, or that it proposes.
    pub starts_at: Option<DateTime<Utc>>,
    /// The end of that.
    pub ends_at: Option<DateTime<Utc>>,
}
