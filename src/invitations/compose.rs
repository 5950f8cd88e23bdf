//! The message about an invitation for one person. Pure: it takes what was gathered and gives values.
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::context::MeetingContext;
use super::text::{
    self, AgendaLine, Answered, Links, MeetingFacts, MeetingMessage, Occasion, Recipient,
};
use super::{AnswerLink, CANCELLATION, INVITATION, Invitation, LastNotified, UPDATE};
use crate::db::{Id, Instant};
use crate::i18n::{Language, ordinal, say_with};
use crate::meetings;
use crate::notifications::MessageKind;
use crate::notifications::links::Target;
use crate::notifications::notice::{CalendarContent, Notice, NoticeContent, NoticeText, Signature};
use crate::people::Person;
use crate::people::on_day::PersonOnDay;
use calendar::{Attendee, AttendeeRole, Event, EventStatus, Geo, InvitationMethod, Partstat};
use mail::Mailbox;

/// After which time calendars should look at a feed again (RFC 7986 section 5.7).
pub const REFRESH: Duration = Duration::from_hours(1);

/// Everything but what needs it nowhere (RFC 3986 section 2.3, RFC 6068 section 2).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');

/// A message about an invitation as values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Why it is written.
    pub occasion: Occasion,
    /// What the person knew before; nothing if this is the first to be heard.
    pub before: Option<LastNotified>,
    /// What the person knows with it.
    pub told: LastNotified,
    agenda: Vec<AgendaLine>,
    language: Language,
    recipient: Recipient,
    /// Messages that were written before this was stored ask.
    #[serde(default)]
    answered: Answered,
    from: Mailbox,
    to: Mailbox,
    reply_to: Option<Mailbox>,
    references: Vec<String>,
    written_at: Instant,
    uid: String,
    sequence: i32,
    zone: Tz,
    attendees: Vec<Attendee>,
    geo: Option<Geo>,
    planned_at: Instant,
    changed_at: Instant,
    topics: Option<String>,
    answer_by: Option<NaiveDate>,
    topics_until: Option<NaiveDate>,
    sender: Signature,
    // Not in messages that were written before there was such a choice.
    #[serde(default)]
    counter_proposals: bool,
}

/// What is particular to one message.
pub struct Reason {
    /// Why it is written.
    pub occasion: Occasion,
    /// What the person knew before.
    pub before: Option<LastNotified>,
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// The Message-IDs that it refers to.
    pub references: Vec<String>,
}

impl Draft {
    /// Freezes what is to be said to `invitee`, whose mails go to `to`.
    #[must_use]
    pub fn new(
        context: &MeetingContext,
        invitee: &PersonOnDay,
        to: Mailbox,
        reason: Reason,
        now: Instant,
    ) -> Self {
        let Reason {
            occasion,
            before,
            sequence,
            references,
        } = reason;
        let is_cancellation = matches!(occasion, Occasion::Cancellation { .. });
        // What is cancelled is the meeting as the person knows it.
        let known = before.clone().filter(|_| is_cancellation);
        let mut told = known.unwrap_or_else(|| context.as_seen_by(invitee.id()));
        told.cancelled = is_cancellation;
        let contact = context.contact_of(invitee.id());
        let language = invitee.language();
        let agenda = if is_cancellation {
            Vec::new()
        } else {
            numbered(context, invitee)
        };
        Self {
            topics: topics(context, invitee.id(), language),
            told,
            agenda,
            language,
            recipient: Recipient {
                given_name: invitee.given_name().to_owned(),
                family_name: invitee.family_name().to_owned(),
                guest: invitee.is_guest(),
            },
            answered: context.answered(invitee.id()),
            from: context.mailbox.clone(),
            attendees: attendees(context, invitee, &to, &occasion),
            to,
            reply_to: contact.and_then(PersonOnDay::reachable_mailbox),
            references,
            written_at: now,
            uid: context.meeting.uid.clone(),
            sequence,
            zone: context.meeting.zone(),
            geo: context.geo,
            planned_at: context.meeting.created_at,
            changed_at: context.meeting.changed_at,
            answer_by: context.answer_by,
            topics_until: context.topics_until,
            sender: signature(context),
            counter_proposals: context.counter_proposals,
            occasion,
            before,
        }
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        match self.occasion {
            Occasion::Invitation => INVITATION,
            Occasion::Update { .. } => UPDATE,
            Occasion::Cancellation { .. } => CANCELLATION,
        }
    }

    /// The notice for the invitation with that key.
    #[must_use]
    pub fn content(&self, invitation: Id<Invitation>) -> NoticeContent {
        let facts = MeetingFacts {
            agenda: self.agenda.clone(),
            ..self.told.facts.clone()
        };
        let memo = Memo {
            before: self.before.clone(),
            told: self.told.clone(),
        };
        NoticeContent {
            language: self.language,
            from: self.from.clone(),
            to: self.to.clone(),
            reply_to: self.reply_to.clone(),
            forwards_replies: true,
            references: self.references.clone(),
            text: NoticeText {
                name: format!(
                    "{} {}",
                    self.recipient.given_name, self.recipient.family_name
                ),
                ..self.text(invitation, &facts)
            },
            sender: self.sender.clone(),
            calendar: Some(self.calendar(invitation, &facts)),
            memo: serde_json::to_value(memo).ok(),
        }
    }

    fn text(&self, invitation: Id<Invitation>, facts: &MeetingFacts) -> NoticeText {
        let answering = |value| Target::page_with::<AnswerLink>(invitation, value);
        let message = MeetingMessage {
            occasion: self.occasion.clone(),
            facts: facts.clone(),
            guest: self.recipient.guest,
            answered: self.answered,
            links: Links {
                accept: answering("?answer=accepted"),
                tentative: answering("?answer=tentative"),
                decline: answering("?answer=declined"),
                meeting: answering(""),
                topics: self.topics.clone().map(Target::Address),
            },
            answer_by: self.answer_by,
            topics_until: self.topics_until,
        };
        text::meeting_text(self.language, &message)
    }

    fn calendar(&self, invitation: Id<Invitation>, facts: &MeetingFacts) -> CalendarContent {
        let event = Event {
            uid: self.uid.clone(),
            sequence: u32::try_from(self.sequence).unwrap_or(0),
            stamp: *self.written_at,
            starts: *self.told.starts_at,
            ends: *self.told.ends_at,
            zone: self.zone,
            status: EventStatus::Confirmed,
            summary: text::summary(self.language, facts),
            description: text::description(self.language, facts),
            location: text::location(self.language, facts).unwrap_or_default(),
            organizer: self.from.clone(),
            attendees: self.attendees.clone(),
            url: None,
            categories: Vec::new(),
            geo: self.geo,
            created: Some(*self.planned_at),
            last_modified: Some(*self.changed_at),
            refuse_counter: !self.counter_proposals,
        };
        CalendarContent::Event {
            method: if matches!(self.occasion, Occasion::Cancellation { .. }) {
                InvitationMethod::Cancel
            } else {
                InvitationMethod::Request
            },
            event: Box::new(event),
            page: (
                text::answer_page(self.language),
                Target::page::<AnswerLink>(invitation),
            ),
        }
    }
}

/// What is kept with a message about an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memo {
    /// What the person knew before; nothing if this is the first to be heard.
    pub before: Option<LastNotified>,
    /// What the person knows with it.
    pub told: LastNotified,
}

/// A message as it is stored: as every notice, or in the form that messages about an `invitation` had before.
///
/// # Errors
/// If it is neither.
pub fn stored_notice(
    invitation: Option<Id<Invitation>>,
    content: &str,
) -> serde_json::Result<Notice> {
    serde_json::from_str(content).or_else(|error| {
        let invitation = invitation.ok_or(error)?;
        let draft: Draft = serde_json::from_str(content)?;
        let content = draft.content(invitation);
        Ok(Notice::new(content, draft.written_at))
    })
}

/// The agenda with the numbers as they are read ("TOP 3").
pub(super) fn numbered(context: &MeetingContext, person: &PersonOnDay) -> Vec<AgendaLine> {
    let lines = context.agenda(person).iter();
    lines
        .map(|line| {
            let number = [("number", line.number.clone())];
            AgendaLine {
                number: say_with(person.language(), "invitations-item", &number),
                ..line.clone()
            }
        })
        .collect()
}

/// The recipient under exactly the address mailed, who chairs, and who comes instead of whom; the
/// others are nobody's business.
/// Whoever is no longer invited stands alone: a CANCEL takes out all whom it lists (RFC 5546, 3.2.5).
fn attendees(
    context: &MeetingContext,
    invitee: &PersonOnDay,
    to: &Mailbox,
    occasion: &Occasion,
) -> Vec<Attendee> {
    if let Occasion::Cancellation {
        no_longer_invited: true,
        ..
    } = occasion
    {
        let alone = attendee(context, invitee, to.clone());
        return vec![Attendee {
            rsvp: true,
            delegated_to: Vec::new(),
            delegated_from: Vec::new(),
            ..alone
        }];
    }
    let delegators = context.delegators_of(invitee.id());
    let others = context
        .contact
        .iter()
        .chain(delegators.iter().copied())
        .chain(context.deputy_of(invitee.id()));
    let mut listed: Vec<(Id<Person>, Attendee)> = Vec::new();
    for other in others {
        let is_new = other.id() != invitee.id() && listed.iter().all(|(id, _)| *id != other.id());
        let Some(party) = other.mailbox().filter(|_| is_new) else {
            continue;
        };
        let mut line = attendee(context, other, party);
        if delegators
            .iter()
            .any(|delegator| delegator.id() == other.id())
        {
            // However old that answer is: the recipient still stands in.
            line.partstat = Partstat::Delegated;
            line.delegated_to = vec![to.address.clone()];
        }
        listed.push((other.id(), line));
    }
    let own = attendee(context, invitee, to.clone());
    // Whom somebody stands in for is asked nothing more (RFC 5546, 3.2.2.3).
    let rsvp = own.partstat != Partstat::Delegated;
    let others = listed.into_iter().map(|(_, other)| other);
    others.chain([Attendee { rsvp, ..own }]).collect()
}

/// One line about a person; nothing is asked of them.
fn attendee(context: &MeetingContext, person: &PersonOnDay, party: Mailbox) -> Attendee {
    let address = |other: &PersonOnDay| Some(other.mailbox()?.address);
    let chair = context.contact.as_ref().map(PersonOnDay::id);
    let partstat = context.partstat(person.id());
    let deputy = context
        .deputy_of(person.id())
        .filter(|_| partstat == Partstat::Delegated);
    let delegators = context.delegators_of(person.id());
    Attendee {
        mailbox: party,
        role: if chair == Some(person.id()) {
            AttendeeRole::Chair
        } else {
            AttendeeRole::ReqParticipant
        },
        partstat,
        rsvp: false,
        delegated_to: deputy.and_then(address).into_iter().collect(),
        delegated_from: delegators.into_iter().filter_map(address).collect(),
    }
}

/// A mail of a person to the host's contact, as long as there is time for topics.
pub(super) fn topics(
    context: &MeetingContext,
    person: Id<Person>,
    language: Language,
) -> Option<String> {
    let contact = context.contact_of(person).filter(|_| context.topics_open)?;
    let address = contact.reachable_mailbox()?.address;
    let facts = &context.now.facts;
    let which = [
        ("ordinal", ordinal(language, facts.number)),
        ("group", facts.group.clone()),
    ];
    let subject = say_with(language, "invitations-topic-subject", &which);
    Some(format!(
        "mailto:{}?subject={}",
        utf8_percent_encode(address.as_str(), ENCODED),
        utf8_percent_encode(&subject, ENCODED)
    ))
}

/// Who signs what is written about a meeting: the host's contact, or the cooperation where there is
/// none.
#[must_use]
pub fn signature(context: &MeetingContext) -> Signature {
    let facts = &context.now.facts;
    match &context.contact {
        Some(contact) => Signature {
            // The contact is always one of the host's.
            municipality: facts.host.clone(),
            ..Signature::of_person(contact)
        },
        None => Signature::of_cooperation(&facts.group),
    }
}

/// A meeting as it stands in feeds and downloads: of nobody in particular. Those that may be passed
/// on give no agenda in `facts`.
#[must_use]
pub fn entry(
    language: Language,
    meeting: &meetings::Meeting,
    facts: &MeetingFacts,
    geo: Option<Geo>,
    organizer: Mailbox,
) -> Event {
    let status = match meeting.status {
        meetings::MeetingStatus::Planned => EventStatus::Tentative,
        meetings::MeetingStatus::Invited | meetings::MeetingStatus::Held => EventStatus::Confirmed,
        meetings::MeetingStatus::Cancelled => EventStatus::Cancelled,
    };
    Event {
        uid: meeting.uid.clone(),
        sequence: u32::try_from(meeting.sequence).unwrap_or(0),
        stamp: *meeting.changed_at,
        starts: *meeting.starts_at,
        ends: *meeting.ends_at,
        zone: meeting.zone(),
        status,
        summary: text::summary(language, facts),
        description: text::description(language, facts),
        location: text::location(language, facts).unwrap_or_default(),
        organizer,
        attendees: Vec::new(),
        url: None,
        categories: Vec::new(),
        geo,
        created: Some(*meeting.created_at),
        last_modified: Some(*meeting.changed_at),
        refuse_counter: false,
    }
}
