//! Decides about mails that wait: applies, invites, confirms or drops each, once.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::applying::{self, MailReply};
use super::store;
use super::{CalendarAnswer, InboundMail, MailKind, MailState, notices};
use crate::Tx;
use crate::auth::{Host, Scope, SystemActor};
use crate::cooperations::one_line;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Found, Result};
use crate::i18n::Language;
use crate::invitations::{self, deputies::Among};
use crate::meetings::{self, Meeting};
use crate::people::{self, Person};
use mail::Address;

/// An inbound mail, as hosts and coordinators see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InboundMail)]
pub struct MailView {
    /// Its key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<InboundMail>,
    /// What it is.
    pub kind: MailKind,
    /// Its state.
    pub state: MailState,
    /// The reason, as the name of a rule.
    pub reason: Option<String>,
    /// The reason as a sentence.
    pub explanation: Option<String>,
    /// The address of its author (From).
    pub from_address: Option<String>,
    /// The display name of its author.
    pub from_name: Option<String>,
    /// Its subject.
    pub subject: String,
    /// When it arrived.
    pub received_at: Instant,
    /// The meeting it is about, if known.
    pub meeting_id: Option<Id<Meeting>>,
    /// The person whose reply it is, or may be.
    pub person_id: Option<Id<Person>>,
    /// The reply in its calendar object.
    pub answer: Option<CalendarAnswer>,
    /// The beginning of its text.
    pub text: String,
    /// When somebody decided about it.
    pub decided_at: Option<Instant>,
    /// Counts its changes.
    pub revision: i32,
}

impl MailView {
    /// These mails in `language`.
    #[must_use]
    pub fn all(mails: Vec<InboundMail>, language: Language) -> Vec<Self> {
        let shown = mails.into_iter().map(|mail| Self::new(mail, language));
        shown.collect()
    }

    /// The mail in `language`.
    #[must_use]
    pub fn new(mail: InboundMail, language: Language) -> Self {
        let content = mail.content.0;
        Self {
            id: mail.id,
            kind: mail.kind,
            state: mail.state,
            explanation: mail
                .reason
                .as_deref()
                .map(|reason| notices::in_words(language, reason)),
            reason: mail.reason,
            from_address: mail.from_address,
            from_name: mail.from_name,
            subject: mail.subject,
            received_at: mail.received_at,
            meeting_id: mail.meeting_id,
            person_id: mail.person_id,
            answer: content.answer,
            text: content.text,
            decided_at: mail.decided_at,
            revision: mail.revision,
        }
    }
}

/// The person whose reply a mail is.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Attribution {
    /// The key of the person, who must be invited to the meeting.
    pub person_id: Id<Person>,
}

/// The name of the guest that is created for an author.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GuestName {
    /// Given name.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub given_name: String,
    /// Family name.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub family_name: String,
}

/// The meeting that a mail is about.
///
/// # Errors
/// A conflict if it is not known.
pub fn meeting_of(conn: &mut DbConn, who: &impl Scope, mail: &InboundMail) -> Result<Meeting> {
    let message = "it is not known which meeting this mail is about";
    let unknown = || Error::conflict("unknown_meeting", message);
    meetings::store::find(conn, who, mail.meeting_id.ok_or_else(unknown)?)
}

/// Applies a mail as the reply, or the counter proposal, of a person.
///
/// # Errors
/// A conflict if it contains none, or the person cannot answer.
pub fn take(
    tx: &mut Tx,
    who: &Host,
    mail: &InboundMail,
    input: &Attribution,
) -> Result<InboundMail> {
    let person = input.person_id;
    people::store::find(tx, who, person).or_invalid("person_id", "there is no such person")?;
    apply_for(tx, who, mail, person, Among::Everybody)
}

fn apply_for(
    tx: &mut Tx,
    who: &impl Scope,
    mail: &InboundMail,
    person: Id<Person>,
    among: Among,
) -> Result<InboundMail> {
    let meeting = meeting_of(tx, who, mail)?;
    let Some(content) = &mail.content.0.answer else {
        return Err(Error::conflict("no_answer", "this mail holds no answer"));
    };
    let known = people::store::find(tx, who, person)?;
    let own = Address::parse(&known.address).ok().map(|own| own.key());
    let from = mail.from_address.clone();
    let reply = MailReply {
        meeting: &meeting,
        person,
        kind: mail.kind,
        mail: mail.id,
        content,
        received_at: mail.received_at,
        via: from.filter(|from| Some(from.to_ascii_lowercase()) != own),
        among,
    };
    let outcome = applying::apply(tx, who, &reply)?;
    if outcome.state == MailState::Taken {
        let (person, reason) = (Some(person), outcome.reason);
        return store::decide(tx, who, mail, outcome.state, person, reason);
    }
    let rule = outcome.reason.unwrap_or("state");
    Err(Error::conflict(rule, notices::in_words(Language::En, rule)))
}

/// Invites the author of a mail, as a guest if nobody has the address.
///
/// # Errors
/// A conflict if the meeting or the address is not known, or the person is already invited.
pub fn invite(
    tx: &mut Tx,
    who: &Host,
    mail: &InboundMail,
    name: &GuestName,
) -> Result<InboundMail> {
    let meeting = meeting_of(tx, who, mail)?;
    let answer = mail.content.0.answer.as_ref();
    let attendee = answer.and_then(|answer| answer.attendee.clone());
    let address = attendee.or_else(|| mail.from_address.clone());
    let address = address.and_then(|text| Address::parse(&text).ok());
    let message = "this mail says no address that can be invited";
    let address = address.ok_or_else(|| Error::conflict("unknown_sender", message))?;
    let known = people::store::by_address(tx, who, &address).if_found()?;
    let person = if let Some(known) = known {
        known
    } else {
        let name = [&*name.given_name, &*name.family_name];
        people::store::create_guest(tx, who, name, &address)?
    };
    invitations::store::add(tx, who, meeting, person.id)?;
    store::decide(tx, who, mail, MailState::Taken, Some(person.id), None)
}

/// Applies an answer that the person has confirmed by the link in a mail. Older answers of the same person
/// that wait for confirmation are ignored from now on.
///
/// # Errors
/// As for [`take`].
pub fn confirm(tx: &mut Tx, who: &SystemActor, mail: &InboundMail) -> Result<InboundMail> {
    let person = mail.person_id.ok_or(Error::NotFound)?;
    let taken = apply_for(tx, who, mail, person, Among::OwnMunicipality)?;
    if let Some(meeting) = mail.meeting_id {
        for older in store::confirming(tx, who, meeting, person)? {
            if older.id < mail.id {
                store::decide(tx, who, &older, MailState::Ignored, None, Some("older"))?;
            }
        }
    }
    Ok(taken)
}
