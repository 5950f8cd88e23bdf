//! Invitations: what each person was last told of a meeting, and the messages that told it.
//!
//! `context` gathers what there is to tell and who is invited, `compose` freezes it as a
//! [`compose::Draft`] and later turns that into a mail, `outbox` decides which message a person
//! gets; `inviting` and `store` call it when somebody asks, `changes` when a planner does.
pub mod answers_api;
pub mod api;
pub mod changes;
pub mod compose;
pub mod context;
pub mod deputies;
pub mod inviting;
pub mod notice_context;
pub mod outbox;
pub mod pages;
pub mod steps;
pub mod store;
pub mod text;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use self::text::MeetingFacts;
use crate::db::schema::invitations;
use crate::db::{Id, Instant, Json};
use crate::i18n::Language;
use crate::meetings::Meeting;
use crate::notifications::links::LinkPurpose;
use crate::notifications::{Message, MessageKind, Topic};
use crate::people::Person;
use crate::word_enum;

word_enum! {
    /// How far the invitation of one person is.
    pub enum InvitationState {
        /// Will be invited when the others are.
        Listed = "listed",
        /// Is invited.
        Invited = "invited",
        /// Is not, or no longer, invited.
        Withdrawn = "withdrawn",
    }
}

/// To invite.
pub const INVITATION: MessageKind = MessageKind::new("invitation");
/// To say what has changed.
pub const UPDATE: MessageKind = MessageKind::new("update");
/// To say that it does not take place, or not with this person.
pub const CANCELLATION: MessageKind = MessageKind::new("cancellation");

/// Every kind of message about an invitation itself.
pub const KINDS: [MessageKind; 3] = [INVITATION, UPDATE, CANCELLATION];

/// The topic of all messages about a meeting.
#[must_use]
pub fn topic(meeting: Id<Meeting>) -> Topic {
    Topic::of("meeting", meeting)
}

/// The page on which an invited person answers.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLink;

impl LinkPurpose for AnswerLink {
    const PURPOSE: &'static str = "answer";
    const PATH: &'static str = "/answers/";
    type Keys = Id<Invitation>;
}

/// The invitation of one person to one meeting.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = invitations, check_for_backend(crate::db::MultiBackend))]
pub struct Invitation {
    /// Its key.
    pub id: Id<Invitation>,
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// The person.
    pub person_id: Id<Person>,
    /// How far it is.
    pub state: InvitationState,
    /// What the person was told last, by messages sent or waiting; nothing if nobody could be
    /// reached so far.
    pub told: Option<Json<LastNotified>>,
    /// The SEQUENCE of the last message.
    pub told_sequence: Option<i32>,
    /// The Message-ID of the first message, which the others refer to.
    pub first_message_id: Option<String>,
    /// When the person was invited.
    pub invited_at: Option<Instant>,
    /// When the invitation was taken back.
    pub withdrawn_at: Option<Instant>,
    /// When it was taken back because the person had no role on the day of the meeting; none if
    /// somebody took it back by hand. Who has a role again is invited again.
    pub lapsed_at: Option<Instant>,
}

/// What a person knows of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastNotified {
    /// Whether it was said not to take place.
    pub cancelled: bool,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// Everything else, without the agenda.
    pub facts: MeetingFacts,
}

/// Somebody and the invitation to a meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invited {
    /// The person.
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// The mail address.
    pub address: String,
    /// How far it is.
    pub state: InvitationState,
    /// Since when mails to the address come back; nothing is sent then.
    pub undeliverable_since: Option<Instant>,
    /// What the mail server said about that.
    pub undeliverable_words: Option<String>,
    /// SEQUENCE of the calendar entry that the person was sent last.
    pub told_sequence: Option<i32>,
    /// When the person was invited.
    pub invited_at: Option<Instant>,
    /// When the invitation was taken back.
    pub withdrawn_at: Option<Instant>,
    /// All messages, the oldest first.
    pub messages: Vec<Message>,
}

/// Whom an invitation goes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Addressee {
    /// The person.
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// The mail address.
    pub address: String,
    /// The subject of the mail.
    pub subject: String,
    /// Whether mails to the address come back; nothing is sent then.
    pub undeliverable: bool,
}

/// What inviting did, or would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sending {
    /// The meeting.
    #[schema(value_type = uuid::Uuid)]
    pub meeting_id: Id<Meeting>,
    /// Whether it was only tried out.
    pub dry_run: bool,
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// Everybody it goes to.
    pub recipients: Vec<Addressee>,
    /// What the mails say, one for each kind of reader; nothing unless it was only tried out.
    pub mails: Vec<MailPreview>,
}

/// What a mail says to those who read one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MailPreview {
    /// Their language.
    pub language: Language,
    /// Whether they are guests, who are not asked for topics.
    pub guest: bool,
    /// Whose mail this is, as an example: greeting and topic link differ.
    pub person_id: Id<Person>,
    /// The subject.
    pub subject: String,
    /// The text part. Personal links have `…` in place of their secret.
    pub text: String,
}

/// Who is to be invited to one meeting.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The person, of any role.
    pub person_id: Id<Person>,
}
