//! How a message is frozen when it is written, and becomes a mail when it is sent.
//!
//! Pure: the same draft with the same key gives the same mail, byte for byte. Answer links are
//! secrets and not part of the draft; they are derived when the mail is made.
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::audience::Invitee;
use super::letters::{self, AgendaLine, MeetingFacts, Occasion, Recipient, Sender};
use super::scene::Scene;
use super::{Invitation, MessageKind, Told, links};
use crate::calendar::{self, Attendee, Event, Geo, Method, Role, Status};
use crate::config::Settings;
use crate::db::{Id, Instant};
use crate::mail::{Address, Calendar, Letter, Party};
use crate::meetings;
use crate::words::{Language, ordinal, say_with};

/// After which time calendars should look at a feed again (RFC 7986 section 5.7).
pub const REFRESH: Duration = Duration::from_hours(1);

/// A message as values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Why it is written.
    pub occasion: Occasion,
    /// What the person knew before; nothing if this is the first to be heard.
    pub before: Option<Told>,
    /// What the person knows with it.
    pub told: Told,
    agenda: Vec<AgendaLine>,
    language: Language,
    recipient: Recipient,
    from: Party,
    to: Party,
    reply_to: Option<Party>,
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
    pub before: Option<Told>,
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// The Message-IDs that it refers to.
    pub references: Vec<String>,
}

impl Draft {
    /// Freezes what is to be said to `invitee`, whose mails go to `to`.
    #[must_use]
    pub fn new(scene: &Scene, invitee: &Invitee, to: Party, reason: Reason, now: Instant) -> Self {
        let Reason {
            occasion,
            before,
            sequence,
            references,
        } = reason;
        let is_cancellation = matches!(occasion, Occasion::Cancellation { .. });
        // What is cancelled is the meeting as the person knows it.
        let known = before.clone().filter(|_| is_cancellation);
        let mut told = known.unwrap_or_else(|| scene.now.clone());
        told.cancelled = is_cancellation;
        let contact = scene
            .contact
            .as_ref()
            .filter(|contact| contact.id() != invitee.id());
        let language = invitee.language();
        let agenda = match is_cancellation {
            true => Vec::new(),
            false => scene
                .agenda
                .iter()
                .map(|line| numbered(language, line))
                .collect(),
        };
        Self {
            topics: topics(scene, contact, language),
            told,
            agenda,
            language,
            recipient: Recipient {
                given_name: invitee.given_name().to_owned(),
                family_name: invitee.family_name().to_owned(),
                guest: invitee.is_guest(),
            },
            from: scene.mailbox.clone(),
            attendees: attendees(scene, invitee, &to, &occasion),
            to,
            reply_to: contact.and_then(Invitee::party),
            references,
            written_at: now,
            uid: scene.meeting.uid.clone(),
            sequence,
            zone: scene.meeting.zone(),
            geo: scene.geo,
            planned_at: scene.meeting.created_at,
            changed_at: scene.meeting.changed_at,
            answer_by: scene.answer_by,
            topics_until: scene.topics_until,
            sender: sender(scene),
            counter_proposals: scene.counter_proposals,
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
    ) -> Letter {
        let content = letters::Letter {
            occasion: self.occasion.clone(),
            facts: MeetingFacts {
                agenda: self.agenda.clone(),
                ..self.told.facts.clone()
            },
            recipient: self.recipient.clone(),
            links: links::links(settings, invitation, self.topics.clone()),
            answer_by: self.answer_by,
            topics_until: self.topics_until,
            sender: self.sender.clone(),
        };
        let texts = letters::write(self.language, &content);
        let method = match self.kind() {
            MessageKind::Cancellation => Method::Cancel,
            MessageKind::Invitation | MessageKind::Update => Method::Request,
        };
        Letter {
            from: self.from.clone(),
            to: self.to.clone(),
            reply_to: self.reply_to.clone(),
            // Whoever reads the service mailbox also reads what comes back.
            envelope_from: self.from.address.clone(),
            message_id: message_id.to_owned(),
            references: self.references.clone(),
            date: *self.written_at,
            subject: texts.subject,
            text: texts.text,
            html: texts.html,
            calendar: Some(Calendar {
                method: method.as_str().to_owned(),
                body: calendar::invitation(method, &self.event(&content)),
            }),
        }
    }

    /// The subject of the mail.
    #[must_use]
    pub fn subject(&self, settings: &Settings) -> String {
        self.letter(settings, Id::from(uuid::Uuid::nil()), "")
            .subject
    }

    fn event(&self, content: &letters::Letter) -> Event {
        let facts = &content.facts;
        Event {
            uid: self.uid.clone(),
            sequence: u32::try_from(self.sequence).unwrap_or(0),
            stamp: *self.written_at,
            starts: *self.told.starts_at,
            ends: *self.told.ends_at,
            zone: self.zone,
            status: Status::Confirmed,
            summary: letters::summary(self.language, facts),
            description: letters::description(self.language, facts, Some(&content.links)),
            location: letters::location(self.language, facts).unwrap_or_default(),
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

fn numbered(language: Language, line: &AgendaLine) -> AgendaLine {
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

/// The recipient under exactly the address mailed, and who chairs; the others are nobody's business.
/// Whoever is no longer invited stands alone: a CANCEL takes out all whom it lists (RFC 5546, 3.2.5).
fn attendees(scene: &Scene, invitee: &Invitee, to: &Party, occasion: &Occasion) -> Vec<Attendee> {
    let is_taken_out = matches!(
        occasion,
        Occasion::Cancellation {
            no_longer_invited: true,
            ..
        }
    );
    let chair = scene
        .contact
        .as_ref()
        .filter(|contact| !is_taken_out || contact.id() == invitee.id())
        .and_then(|contact| Some((contact.id(), contact.party()?)));
    let recipient = |role| Attendee {
        party: to.clone(),
        role,
        partstat: scene.partstat(invitee.id()),
        rsvp: true,
    };
    match chair {
        Some((id, _)) if id == invitee.id() => vec![recipient(Role::Chair)],
        Some((id, party)) => {
            let partstat = scene.partstat(id);
            let chair = Attendee {
                party,
                role: Role::Chair,
                partstat,
                rsvp: false,
            };
            vec![chair, recipient(Role::ReqParticipant)]
        }
        None => vec![recipient(Role::ReqParticipant)],
    }
}

/// A mail to the host's contact, as long as there is time for topics.
fn topics(scene: &Scene, contact: Option<&Invitee>, language: Language) -> Option<String> {
    scene.topics_until?;
    let address = contact?.party()?.address;
    let facts = &scene.now.facts;
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

fn sender(scene: &Scene) -> Sender {
    match &scene.contact {
        Some(contact) => Sender {
            name: contact.name(),
            function: contact.function().map(str::to_owned),
            phone: contact.phone().map(str::to_owned),
            email: Some(contact.address().to_owned()),
        },
        None => Sender {
            name: scene.now.facts.group.clone(),
            function: None,
            phone: None,
            email: None,
        },
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
    organizer: Party,
) -> Event {
    let status = match meeting.status {
        meetings::Status::Planned => Status::Tentative,
        meetings::Status::Invited | meetings::Status::Held => Status::Confirmed,
        meetings::Status::Cancelled => Status::Cancelled,
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
        description: letters::description(language, facts, None),
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
