//! A notice: what one message says, as values, and how it comes into the queue.
//!
//! A notice is fixed when it is written and becomes the same mail whenever it is sent; the secrets in its
//! links are derived only then.
use chrono::TimeDelta;
use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::links::{self, Target};
use super::superseding::{is_unsent, may_have_arrived, superseded};
use super::{Message, MessageKind, MessageState, Subject, Topic, render};
use crate::Tx;
use crate::auth::Scope;
use crate::config::Settings;
use crate::db::schema::{message_contents, messages};
use crate::db::{Id, Instant, Json};
use crate::error::{Error, Excess, Result};
use crate::i18n::{Language, say};
use crate::people::Person;
use crate::people::on_day::PersonOnDay;
use calendar::{Event, InvitationMethod};
use mail::{Address, CalendarPart, Mailbox, OutgoingMail};

/// What a notice says, in the language of its recipient. Text of people in it may be hostile: it is
/// cleaned and bounded when it is rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeText {
    /// The subject.
    pub subject: String,
    /// What has changed, before everything else: previews of mail programs show the first line.
    #[serde(default)]
    pub news: Vec<String>,
    /// The name of the person it greets; [`NoticeContent::new`] fills it in.
    pub name: String,
    /// The paragraphs of the text.
    pub paragraphs: Vec<String>,
    /// Label and value of what a reader looks for first.
    pub details: Vec<(String, String)>,
    /// Number and title of the agenda's items.
    pub agenda: Vec<(String, String)>,
    /// What is said below the items of the agenda.
    #[serde(default)]
    pub agenda_note: Option<String>,
    /// What somebody else has written.
    pub quote: Option<String>,
    /// A question with a link for each answer.
    #[serde(default)]
    pub question: Option<Question>,
    /// What can be done.
    pub links: Vec<NoticeLink>,
    /// Whether it says that its links are personal.
    #[serde(default)]
    pub is_personal: bool,
}

impl NoticeText {
    /// A text of these paragraphs.
    #[must_use]
    pub fn new(subject: String, paragraphs: Vec<String>) -> Self {
        Self {
            subject,
            paragraphs,
            ..Self::default()
        }
    }
}

/// A question that is answered by following a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    pub ask: String,
    /// The answers.
    pub answers: Vec<NoticeLink>,
    /// How else one can answer.
    pub other_way: String,
}

/// A link in a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeLink {
    /// What it is for, before the address in plain text.
    pub lead: String,
    /// What it is for, as the text of a link in HTML.
    pub words: String,
    /// Where it leads.
    pub target: Target,
}

impl NoticeLink {
    /// A link whose lead stands under `key`, and its text under `key` with `-link`.
    #[must_use]
    pub fn new(language: Language, key: &str, target: Target) -> Self {
        Self {
            lead: say(language, key),
            words: say(language, &format!("{key}-link")),
            target,
        }
    }
}

/// Who signs a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// A person's or a municipality's name.
    pub name: String,
    /// What the person does there.
    pub function: Option<String>,
    /// The name of the municipality that the person speaks for.
    #[serde(default)]
    pub municipality: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// An address for questions.
    pub email: Option<String>,
}

impl Signature {
    /// The cooperation, where no person signs.
    #[must_use]
    pub fn of_cooperation(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            function: None,
            municipality: None,
            phone: None,
            email: None,
        }
    }

    /// A person, who signs with function, telephone number and address.
    #[must_use]
    pub fn of_person(person: &PersonOnDay) -> Self {
        Self {
            name: person.name(),
            function: person.function().map(str::to_owned),
            municipality: None,
            phone: person.phone().map(str::to_owned),
            email: Some(person.address().to_owned()),
        }
    }
}

/// The calendar object of a notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CalendarContent {
    /// An object that is finished.
    Object(CalendarPart),
    /// An event whose description ends with a personal link, and which is therefore rendered when the notice is
    /// sent.
    Event {
        /// The METHOD of the object.
        method: InvitationMethod,
        /// The event, without the link.
        event: Box<Event>,
        /// What the link is for, and where it leads.
        page: (String, Target),
    },
}

/// A notice as values, as it is stored in `message_contents`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    notice: NoticeContent,
    written_at: Instant,
}

/// What a notice consists of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeContent {
    /// The language it is written in.
    pub language: Language,
    /// The service mailbox.
    pub from: Mailbox,
    /// To whom it goes.
    pub to: Mailbox,
    /// Where replies go, if not to the service mailbox.
    pub reply_to: Option<Mailbox>,
    /// Whether replies go to the service mailbox all the same where mail is read, from which they are forwarded.
    #[serde(default)]
    pub forwards_replies: bool,
    /// The Message-IDs that it refers to.
    pub references: Vec<String>,
    /// What it says.
    pub text: NoticeText,
    /// Who signs it.
    pub sender: Signature,
    /// The calendar object in it.
    pub calendar: Option<CalendarContent>,
    /// What the area that wrote it needs to know later, as when it is taken back; nothing here reads it.
    #[serde(default)]
    pub memo: Option<serde_json::Value>,
}

/// A message that is to be written.
pub struct New<'a> {
    /// What it is for.
    pub kind: MessageKind,
    /// What it is about, for the order of sending.
    pub topic: Topic,
    /// Messages of these kinds on the same topic to the same person are superseded if they are still queued.
    pub supersedes: &'a [MessageKind],
    /// Whether it is written only to a person who may have received one of those: it ends something that others
    /// have not heard of.
    pub only_if_received: bool,
    /// The same key never makes a second message in a cooperation.
    pub key: Option<String>,
    /// Whose message it is.
    pub recipient: Id<Person>,
    /// What it says, in which calendar object, to which address.
    pub content: NoticeContent,
    /// The rows that it refers to.
    pub refers_to: References,
}

impl NoticeContent {
    /// A notice to a person, in that person's language; none if mails do not reach the person.
    #[must_use]
    pub fn new(
        from: &Mailbox,
        recipient: &PersonOnDay,
        signature: Signature,
        text: NoticeText,
    ) -> Option<Self> {
        Some(Self {
            language: recipient.language(),
            from: from.clone(),
            to: recipient.reachable_mailbox()?,
            reply_to: None,
            forwards_replies: false,
            references: Vec::new(),
            text: NoticeText {
                name: recipient.name(),
                ..text
            },
            sender: signature,
            calendar: None,
            memo: None,
        })
    }
}

/// The rows that a message refers to.
#[derive(Debug, Clone, Copy, Default)]
pub struct References {
    /// The meeting it is about.
    pub meeting: Option<Id<Subject>>,
    /// The invitation that it tells of.
    pub invitation: Option<Id<Subject>>,
    /// SEQUENCE of the calendar entry in it.
    pub sequence: i32,
}

/// How many mails one person may get within an hour through changes that people make.
const MAX_MAILS: i64 = 30;

/// Checks that none of those whom this transaction writes to gets too many mails. For changes that people make: what
/// follows from the data by itself is told in any case.
///
/// # Errors
/// [`Error::TooMany`] if somebody would.
pub fn check_mails(tx: &mut Tx) -> Result<()> {
    let recipients: Vec<Id<Person>> = tx.mailed.iter().copied().collect();
    if recipients.is_empty() {
        return Ok(());
    }
    let since = Instant::from(*tx.now - TimeDelta::hours(1));
    let most: Option<i64> = messages::table
        .filter(messages::cooperation_id.eq_any(tx.cooperation()))
        .filter(messages::person_id.eq_any(recipients))
        .filter(messages::created_at.gt(since))
        .group_by(messages::person_id)
        .select(count_star())
        .order(count_star().desc())
        .first(&mut **tx)
        .optional()?;
    if most.is_some_and(|most| most > MAX_MAILS) {
        return Err(Error::TooMany(Excess::MailsToOne(MAX_MAILS)));
    }
    Ok(())
}

/// Writes a message into the queue, unless one with its key was written before or nobody needs it
/// ([`New::only_if_received`]). Its key and Message-ID, if it was written.
pub fn enqueue(
    tx: &mut Tx,
    who: &impl Scope,
    new: New<'_>,
) -> Result<Option<(Id<Message>, String)>> {
    let now = tx.now;
    if let Some(key) = &new.key {
        let known: Option<Id<Message>> = messages::table
            .filter(messages::cooperation_id.eq(who.cooperation()))
            .filter(messages::notice_key.eq(key))
            .select(messages::id)
            .first(&mut **tx)
            .optional()?;
        if known.is_some() {
            return Ok(None);
        }
    }
    if !new.supersedes.is_empty() {
        let before = messages::table
            .filter(messages::cooperation_id.eq(who.cooperation()))
            .filter(messages::person_id.eq(new.recipient))
            .filter(messages::topic.eq(&new.topic))
            .filter(messages::kind.eq_any(new.supersedes));
        diesel::update(before.clone())
            .filter(is_unsent(now))
            .set(superseded(now))
            .execute(&mut **tx)?;
        let received: Option<Id<Message>> = before
            .filter(may_have_arrived())
            .select(messages::id)
            .first(&mut **tx)
            .optional()?;
        if new.only_if_received && received.is_none() {
            return Ok(None);
        }
    }
    tx.mailed.insert(new.recipient);
    let id: Id<Message> = tx.id();
    let message_id = format!("{id}@{}", tx.settings.domain());
    diesel::insert_into(messages::table)
        .values((
            messages::id.eq(id),
            messages::cooperation_id.eq(who.cooperation()),
            messages::meeting_id.eq(new.refers_to.meeting),
            messages::invitation_id.eq(new.refers_to.invitation),
            messages::person_id.eq(new.recipient),
            messages::kind.eq(&new.kind),
            messages::topic.eq(&new.topic),
            messages::sequence.eq(new.refers_to.sequence),
            messages::message_id.eq(&message_id),
            messages::state.eq(MessageState::Queued),
            messages::attempts.eq(0),
            messages::next_attempt_at.eq(now),
            messages::created_at.eq(now),
            messages::modified_at.eq(now),
            messages::notice_key.eq(&new.key),
        ))
        .execute(&mut **tx)?;
    diesel::insert_into(message_contents::table)
        .values((
            message_contents::id.eq(id),
            message_contents::content.eq(Json(Notice::new(new.content, now))),
        ))
        .execute(&mut **tx)?;
    Ok(Some((id, message_id)))
}

impl Notice {
    /// A notice that was written at that moment, which is the date of the mail.
    #[must_use]
    pub fn new(notice: NoticeContent, written_at: Instant) -> Self {
        Self { notice, written_at }
    }

    /// Whether it goes to this address.
    #[must_use]
    pub fn is_to(&self, address: &str) -> bool {
        Address::parse(address).is_ok_and(|address| address == self.notice.to.address)
    }

    /// What the area that wrote it has to know of it.
    #[must_use]
    pub fn memo<T: for<'de> Deserialize<'de>>(&self) -> Option<T> {
        let memo = self.notice.memo.clone()?;
        serde_json::from_value(memo).ok()
    }

    /// The mail of the message with that key and Message-ID. Where mail is read, replies come to the service
    /// mailbox, whose address then names the message.
    #[must_use]
    pub fn mail(&self, settings: &Settings, id: Id<Message>, message_id: &str) -> OutgoingMail {
        let content = &self.notice;
        let rendered = render::render(content.language, &content.text, &content.sender, settings);
        let mailbox = links::mailbox_for(settings, &content.from.address, id);
        let service = || Mailbox {
            name: content.from.name.clone(),
            address: mailbox.clone(),
        };
        let is_read = settings.takes_mail();
        let reply_to = content.reply_to.clone();
        let reply_to = reply_to.filter(|_| !(is_read && content.forwards_replies));
        OutgoingMail {
            from: content.from.clone(),
            to: content.to.clone(),
            reply_to: reply_to.or_else(|| is_read.then(service)),
            envelope_from: mailbox.clone(),
            message_id: message_id.to_owned(),
            references: content.references.clone(),
            date: *self.written_at,
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            calendar: content
                .calendar
                .as_ref()
                .map(|calendar| calendar.object(settings)),
        }
    }
}

impl CalendarContent {
    fn object(&self, settings: &Settings) -> CalendarPart {
        match self {
            Self::Object(object) => object.clone(),
            Self::Event {
                method,
                event,
                page: (lead, target),
            } => {
                let page = format!("{lead}\n{}", render::address(&target.url(settings)));
                let description = match event.description.as_str() {
                    "" => page,
                    description => format!("{description}\n\n{page}"),
                };
                let event = Event {
                    description,
                    ..Event::clone(event)
                };
                CalendarPart {
                    method: method.as_str().to_owned(),
                    body: calendar::invitation(*method, &event),
                }
            }
        }
    }
}
