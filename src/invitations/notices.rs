//! Mails to one person that are no invitation: reminders, questions, and what the service reports.
//!
//! Like an invitation, a notice is frozen when it is written and becomes the same mail whenever it is
//! sent; the secrets in its links are derived only then.
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::letters::{self, NoticeText, Sender};
use super::outbox;
use super::{Invitation, Message, MessageKind, MessageState, links};
use crate::Tx;
use crate::auth::Scope;
use crate::config::Settings;
use crate::db::schema::messages;
use crate::db::{Id, Instant};
use crate::error::Result;
use crate::hosting::SwapRequest;
use crate::i18n::Language;
use crate::inbound::InboundMail;
use crate::mail::{Address, CalendarPart, Mailbox, OutgoingMail};
use crate::meetings::Meeting;
use crate::meetings::confirmations::HostConfirmation;
use crate::people::Person;
use crate::polls::Ballot;

/// What a link in a notice leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// An address that is no secret.
    Address(String),
    /// The page on which an invited person answers.
    AnswerPage(Id<Invitation>),
    /// The page on which a person confirms an answer that came by mail.
    ConfirmPage(Id<InboundMail>),
    /// The page on which a person votes in a date poll.
    VotePage(Id<Ballot>),
    /// The page on which a person answers a request to swap turns.
    SwapPage(Id<SwapRequest>, Id<Person>),
    /// The page on which a person confirms that the own municipality hosts.
    HostingPage(Id<HostConfirmation>, Id<Person>),
}

/// A notice as values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The language it is written in.
    pub language: Language,
    /// The service mailbox.
    pub from: Mailbox,
    /// To whom it goes.
    pub to: Mailbox,
    /// Where answers that people write go, if not to the service mailbox.
    pub reply_to: Option<Mailbox>,
    /// The Message-IDs that it refers to.
    pub references: Vec<String>,
    /// What it says.
    pub text: NoticeText<Target>,
    /// Who signs it.
    pub sender: Sender,
    /// A calendar object that goes with it.
    pub calendar: Option<CalendarPart>,
}

/// A notice and what the outbox has to know of it.
pub struct NewNotice {
    /// What it is for.
    pub kind: MessageKind,
    /// Whose it is.
    pub person: Id<Person>,
    /// What it is about.
    pub meeting: Option<Id<Meeting>>,
    /// What must be told only once; the same key never makes a second message.
    pub key: String,
    /// What it says.
    pub notice: Notice,
}

/// A notice as the outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenNotice {
    notice: Notice,
    written_at: Instant,
}

impl WrittenNotice {
    /// Whether it goes to this address.
    #[must_use]
    pub fn is_to(&self, address: &str) -> bool {
        Address::parse(address).is_ok_and(|address| address == self.notice.to.address)
    }

    /// The mail.
    #[must_use]
    pub fn letter(&self, settings: &Settings, message_id: &str) -> OutgoingMail {
        let notice = &self.notice;
        let texts = letters::write_notice(
            notice.language,
            &notice.text,
            &notice.sender,
            settings.privacy_url.as_deref(),
            |target| address_of(settings, target),
        );
        OutgoingMail {
            from: notice.from.clone(),
            to: notice.to.clone(),
            reply_to: notice.reply_to.clone(),
            envelope_from: notice.from.address.clone(),
            message_id: message_id.to_owned(),
            references: notice.references.clone(),
            date: *self.written_at,
            subject: texts.subject,
            text: texts.text,
            html: texts.html,
            calendar: notice.calendar.clone(),
        }
    }
}

fn address_of(settings: &Settings, target: &Target) -> String {
    match target {
        Target::Address(address) => address.clone(),
        Target::AnswerPage(invitation) => links::answer_page(settings, *invitation),
        Target::ConfirmPage(mail) => links::confirm_page(settings, *mail),
        Target::VotePage(ballot) => links::vote_page(settings, *ballot),
        Target::SwapPage(request, person) => links::swap_page(settings, *request, *person),
        Target::HostingPage(asked, person) => links::hosting_page(settings, *asked, *person),
    }
}

/// Writes a notice into the outbox, unless one with its key was written before. Whether it was
/// written.
pub fn say(tx: &mut Tx, who: &impl Scope, new: NewNotice) -> Result<bool> {
    let known: Option<Id<Message>> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::notice_key.eq(&new.key))
        .select(messages::id)
        .first(&mut **tx)
        .optional()?;
    if known.is_some() {
        return Ok(false);
    }
    let id: Id<Message> = tx.id();
    let now = tx.now;
    let message_id = format!("{id}@{}", tx.settings.domain());
    let written = WrittenNotice {
        notice: new.notice,
        written_at: now,
    };
    diesel::insert_into(messages::table)
        .values((
            messages::id.eq(id),
            messages::cooperation_id.eq(who.cooperation()),
            messages::meeting_id.eq(new.meeting),
            messages::person_id.eq(new.person),
            messages::kind.eq(new.kind),
            messages::sequence.eq(0),
            messages::message_id.eq(&message_id),
            messages::state.eq(MessageState::Queued),
            messages::attempts.eq(0),
            messages::next_attempt_at.eq(now),
            messages::created_at.eq(now),
            messages::modified_at.eq(now),
            messages::notice_key.eq(new.key),
        ))
        .execute(&mut **tx)?;
    outbox::keep_letter(tx, id, written)?;
    Ok(true)
}
