//! Invitations: what each person was last told of a meeting, and the messages that told it.
//!
//! `context` gathers what there is to tell and who is invited, `compose` freezes it as a
//! [`compose::Draft`] and later turns that into a mail, `outbox` decides which message a person
//! gets; `inviting` and `store` call it when somebody asks, `changes` when `reconcile` does.
pub mod answers_api;
pub mod api;
pub mod changes;
pub mod compose;
pub mod context;
pub mod deputies;
pub mod inviting;
pub mod letters;
pub mod links;
pub mod notices;
pub mod outbox;
pub mod pages;
pub mod reconcile;
pub mod steps;
pub mod store;
pub mod writing;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use self::letters::MeetingFacts;
use crate::db::schema::{invitations, messages};
use crate::db::{Id, Instant, Json};
use crate::i18n::Language;
use crate::meetings::Meeting;
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

word_enum! {
    /// What a message is for.
    pub enum MessageKind {
        /// To invite.
        Invitation = "invitation",
        /// To say what has changed.
        Update = "update",
        /// To say that it does not take place, or not with this person.
        Cancellation = "cancellation",
        /// To give notice of a date early.
        SaveTheDate = "save_the_date",
        /// To call for topics.
        CallForTopics = "call_for_topics",
        /// To say to the host that topics are no longer taken in time.
        TopicsDue = "topics_due",
        /// To say to the host that the invitation is due.
        InvitationDue = "invitation_due",
        /// To ask who has not answered.
        AnswerReminder = "answer_reminder",
        /// To remind of the meeting shortly before it.
        Reminder = "reminder",
        /// To say to the host that the minutes are due.
        MinutesDue = "minutes_due",
        /// To say to the host that the list of attendance closes.
        AttendanceDue = "attendance_due",
        /// To have an answer confirmed that came by mail.
        Confirmation = "confirmation",
        /// To say that mails to somebody come back.
        Undeliverable = "undeliverable",
        /// To say that a mail waits to be looked at.
        Review = "review",
        /// To pass on what somebody wrote to the service mailbox.
        Forwarded = "forwarded",
        /// To decline another time that was proposed.
        CounterDeclined = "counter_declined",
        /// To tell of another time that was proposed.
        CounterProposed = "counter_proposed",
        /// To ask when people can come.
        Poll = "poll",
        /// To remind of a date poll.
        PollReminder = "poll_reminder",
        /// To say that a date poll has ended without a date.
        PollEnded = "poll_ended",
        /// To hold a date in the calendar, or to let go of it.
        PollHold = "poll_hold",
        /// To ask a municipality to swap turns.
        SwapRequested = "swap_requested",
        /// To remind it of that.
        SwapReminder = "swap_reminder",
        /// To say what became of it.
        SwapOutcome = "swap_outcome",
        /// To tell a municipality that its turns to host have moved.
        TurnsMoved = "turns_moved",
        /// To ask the host to confirm that it hosts.
        HostConfirmation = "host_confirmation",
        /// To say to the coordinators that it has not.
        HostUnconfirmed = "host_unconfirmed",
        /// To say to the coordinators that dates no longer suit, so that planning anew is due.
        ReplanDue = "replan_due",
    }
}

word_enum! {
    /// What became of a message.
    pub enum MessageState {
        /// It waits to be sent, for the first time or again.
        Queued = "queued",
        /// The mail server has taken it.
        Sent = "sent",
        /// The mail server has refused it, or it was tried in vain for too long.
        Failed = "failed",
        /// A later message took its place before it was sent.
        Superseded = "superseded",
    }
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

/// A message to one person, as far as it can be shown.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = messages, check_for_backend(crate::db::MultiBackend))]
pub struct Message {
    /// Its key.
    pub id: Id<Message>,
    /// What it is for.
    pub kind: MessageKind,
    /// SEQUENCE of the calendar entry in it.
    pub sequence: i32,
    /// Its Message-ID.
    pub message_id: String,
    /// What became of it.
    pub state: MessageState,
    /// How often it was tried.
    pub attempts: i32,
    /// What the mail server said last.
    pub last_words: Option<String>,
    /// When the mail server took it.
    pub sent_at: Option<Instant>,
    /// When it is tried next, if it waits.
    pub next_attempt_at: Instant,
    /// When it was written.
    pub created_at: Instant,
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
