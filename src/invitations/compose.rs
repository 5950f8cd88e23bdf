//! How a message is frozen when it is written, and becomes a mail when it is sent.
//!
//! Pure: the same draft with the same key gives the same mail, byte for byte. Answer links are
//! secrets and not part of the draft; they are derived when the mail is made.
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::audience::Invitee;
use super::context::MeetingContext;
use super::letters::{self, AgendaLine, Answered, MeetingFacts, Occasion, Recipient, Sender};
use super::notices::WrittenNotice;
use super::{Invitation, LastNotified, Message, MessageKind, links};
use crate::calendar::{
    self, Attendee, AttendeeRole, Event, EventStatus, Geo, InvitationMethod, Partstat,
};
use crate::config::Settings;
use crate::db::{Id, Instant};
use crate::i18n::{Language, ordinal, say_with};
use crate::mail::{Address, CalendarPart, Mailbox, OutgoingMail};
use crate::meetings;
use crate::people::Person;

/// After which time calendars should look at a feed again (RFC 7986 section 5.7).
pub const REFRESH: Duration = Duration::from_hours(1);

/// What the outbox holds of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Post {
    /// An invitation, an update or a cancellation.
    Meeting(Id<Invitation>, Box<Draft>),
    /// Anything else.
    Notice(Box<WrittenNotice>),
}

impl Post {
    /// Reads what was kept of a message, which is about an `invitation` or is a notice.
    ///
    /// # Errors
    /// If it is neither.
    pub fn read(invitation: Option<Id<Invitation>>, kept: &str) -> serde_json::Result<Self> {
        Ok(match invitation {
            Some(invitation) => Self::Meeting(invitation, serde_json::from_str(kept)?),
            None => Self::Notice(serde_json::from_str(kept)?),
        })
    }

    /// The mail.
    #[must_use]
    pub fn letter(&self, settings: &Settings, id: Id<Message>, message_id: &str) -> OutgoingMail {
        let mut letter = match self {
            Self::Meeting(invitation, draft) => draft.letter(settings, *invitation, message_id),
            Self::Notice(notice) => notice.letter(settings, message_id),
        };
        let mailbox = links::mailbox_for(settings, &letter.from.address, id);
        if settings.takes_mail() && letter.reply_to.is_none() {
            letter.reply_to = Some(Mailbox {
                name: letter.from.name.clone(),
                address: mailbox.clone(),
            });
        }
        letter.envelope_from = mailbox;
        letter
    }

    /// Whether it goes to this address.
    #[must_use]
    pub fn is_to(&self, address: &str) -> bool {
        match self {
            Self::Meeting(_, draft) => draft.is_to(address),
            Self::Notice(notice) => notice.is_to(address),
        }
    }
}

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
    /// Letters that were written before this was kept ask.
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
    sender: Sender,
    // Not in letters that were written before there was such a choice.
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
        invitee: &Invitee,
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
        let contact = context
            .contact
            .as_ref()
            .filter(|contact| contact.id() != invitee.id());
        let language = invitee.language();
        let agenda = match is_cancellation {
            true => Vec::new(),
            false => context
                .agenda(language)
                .iter()
                .map(|line| numbered(language, line))
                .collect(),
        };
        Self {
            topics: topics(context, contact, language),
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
            reply_to: contact.and_then(Invitee::party),
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
            sender: sender(context),
            counter_proposals: context.counter_proposals,
            occasion,
            before,
        }
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        match self.occasion {
            Occasion::Invitation => MessageKind::Invitation,
            Occasion::Update { .. } => MessageKind::Update,
            Occasion::Cancellation { .. } => MessageKind::Cancellation,
        }
    }

    /// Whether it goes to this address.
    #[must_use]
    pub fn is_to(&self, address: &str) -> bool {
        Address::parse(address).is_ok_and(|address| address == self.to.address)
    }

    /// The mail of the invitation with that key.
    #[must_use]
    pub fn letter(
        &self,
        settings: &Settings,
        invitation: Id<Invitation>,
        message_id: &str,
    ) -> OutgoingMail {
        let content = self.content(settings, invitation);
        let about = letters::about(self.language, &content.facts);
        let texts = letters::write(self.language, &content, &about);
        let method = match self.kind() {
            MessageKind::Cancellation => InvitationMethod::Cancel,
            _ => InvitationMethod::Request,
        };
        OutgoingMail {
            from: self.from.clone(),
            to: self.to.clone(),
            // What people answer comes to the mailbox if somebody reads it, and is passed on.
            reply_to: self.reply_to.clone().filter(|_| !settings.takes_mail()),
            // Whoever reads the service mailbox also reads what comes back.
            envelope_from: self.from.address.clone(),
            message_id: message_id.to_owned(),
            references: self.references.clone(),
            date: *self.written_at,
            subject: texts.subject,
            text: texts.text,
            html: texts.html,
            calendar: Some(CalendarPart {
                method: method.as_str().to_owned(),
                body: calendar::invitation(method, &self.event(&content.links, &about)),
            }),
        }
    }

    /// Subject and text of the mail as far as they are known before there is an invitation: the links
    /// lack their secret.
    #[must_use]
    pub fn preview(&self, settings: &Settings) -> (String, String) {
        let nobody = Id::from(uuid::Uuid::nil());
        let letter = self.letter(settings, nobody, "");
        let secret = links::token(&settings.secret, nobody);
        (letter.subject, letter.text.replace(&secret, "…"))
    }

    fn content(&self, settings: &Settings, invitation: Id<Invitation>) -> letters::Letter {
        letters::Letter {
            occasion: self.occasion.clone(),
            facts: MeetingFacts {
                agenda: self.agenda.clone(),
                ..self.told.facts.clone()
            },
            recipient: self.recipient.clone(),
            answered: self.answered,
            links: links::links(settings, invitation, self.topics.clone()),
            answer_by: self.answer_by,
            topics_until: self.topics_until,
            sender: self.sender.clone(),
        }
    }

    fn event(&self, links: &letters::Links, about: &letters::About) -> Event {
        let description = letters::with_answer_page(self.language, &about.description, links);
        Event {
            uid: self.uid.clone(),
            sequence: u32::try_from(self.sequence).unwrap_or(0),
            stamp: *self.written_at,
            starts: *self.told.starts_at,
            ends: *self.told.ends_at,
            zone: self.zone,
            status: EventStatus::Confirmed,
            summary: about.summary.clone(),
            description,
            location: about.location.clone().unwrap_or_default(),
            organizer: self.from.clone(),
            attendees: self.attendees.clone(),
            url: None,
            categories: Vec::new(),
            geo: self.geo,
            created: Some(*self.planned_at),
            last_modified: Some(*self.changed_at),
            refuse_counter: !self.counter_proposals,
        }
    }
}

/// A line of the agenda with its number as it is read.
pub(super) fn numbered(language: Language, line: &AgendaLine) -> AgendaLine {
    let number = say_with(
        language,
        "invitations-item",
        &[("number", line.number.clone())],
    );
    AgendaLine {
        number,
        ..line.clone()
    }
}

/// The recipient under exactly the address mailed, who chairs, and who comes instead of whom; the
/// others are nobody's business.
/// Whoever is no longer invited stands alone: a CANCEL takes out all whom it lists (RFC 5546, 3.2.5).
fn attendees(
    context: &MeetingContext,
    invitee: &Invitee,
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
        let Some(party) = other.addressed().filter(|_| is_new) else {
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
fn attendee(context: &MeetingContext, person: &Invitee, party: Mailbox) -> Attendee {
    let address = |other: &Invitee| Some(other.addressed()?.address);
    let chair = context.contact.as_ref().map(Invitee::id);
    let partstat = context.partstat(person.id());
    let deputy = context
        .deputy_of(person.id())
        .filter(|_| partstat == Partstat::Delegated);
    let delegators = context.delegators_of(person.id());
    Attendee {
        mailbox: party,
        role: match chair == Some(person.id()) {
            true => AttendeeRole::Chair,
            false => AttendeeRole::ReqParticipant,
        },
        partstat,
        rsvp: false,
        delegated_to: deputy.and_then(address).into_iter().collect(),
        delegated_from: delegators.into_iter().filter_map(address).collect(),
    }
}

/// A mail to the host's contact, as long as there is time for topics.
pub(super) fn topics(
    context: &MeetingContext,
    contact: Option<&Invitee>,
    language: Language,
) -> Option<String> {
    if !context.topics_open {
        return None;
    }
    let address = contact?.party()?.address;
    let facts = &context.now.facts;
    let which = [
        ("ordinal", ordinal(language, facts.number)),
        ("group", facts.group.clone()),
    ];
    let subject = say_with(language, "invitations-topic-subject", &which);
    Some(format!(
        "mailto:{}?subject={}",
        encoded(address.as_str()),
        encoded(&subject)
    ))
}

/// Percent-encoded but for what needs it nowhere (RFC 3986 section 2.3, RFC 6068 section 2).
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Who signs what is written about a meeting: the host's contact, or the cooperation where there is
/// none.
#[must_use]
pub fn sender(context: &MeetingContext) -> Sender {
    match &context.contact {
        Some(contact) => Sender {
            name: contact.name(),
            function: contact.function().map(str::to_owned),
            // The contact is always one of the host's.
            municipality: context.now.facts.host.clone(),
            phone: contact.phone().map(str::to_owned),
            email: Some(contact.address().to_owned()),
        },
        None => Sender::of_the_group(&context.now.facts.group),
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
        meetings::Status::Planned => EventStatus::Tentative,
        meetings::Status::Invited | meetings::Status::Held => EventStatus::Confirmed,
        meetings::Status::Cancelled => EventStatus::Cancelled,
    };
    Event {
        uid: meeting.uid.clone(),
        sequence: u32::try_from(meeting.sequence).unwrap_or(0),
        stamp: *meeting.changed_at,
        starts: *meeting.starts_at,
        ends: *meeting.ends_at,
        zone: meeting.zone(),
        status,
        summary: letters::summary(language, facts),
        description: letters::description(language, facts),
        location: letters::location(language, facts).unwrap_or_default(),
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
