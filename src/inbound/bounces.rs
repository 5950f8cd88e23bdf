//! Mails of ours that came back: the address is marked, nothing more is sent to it, and the
//! coordinators hear of it once.
use chrono::TimeDelta;
use diesel::prelude::*;

use super::MailState;
use super::routing::{RoutedMail, SentMessage};
use super::store::Disposition;
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::db::schema::{inbound_mails, message_contents, messages, people};
use crate::db::{Id, Instant};
use crate::error::Result;
use crate::i18n::{say, say_with};
use crate::invitations::compose::stored_notice;
use crate::invitations::notice_context::NoticeContext;
use crate::invitations::text::labelled;
use crate::invitations::{Invitation, outbox};
use crate::meetings::{self, Meeting};
use crate::notifications::notice::{Notice, NoticeText};
use crate::notifications::{MessageKind, MessageState, Topic};
use crate::people::Person;
use mail::incoming::{Bounce, BounceAction, BounceKind, BouncedRecipient};

/// The reason of a bounce after which the message is sent again.
const OVER_QUOTA: &str = "over_quota";
/// After this time the message is sent again.
const FULL_PAUSE: TimeDelta = TimeDelta::days(1);
/// A mailbox that was full within this time before counts as given up.
const FULL_FOR: TimeDelta = TimeDelta::days(14);

/// To say that mails to somebody bounce.
pub const UNDELIVERABLE: MessageKind = MessageKind::new("undeliverable");

/// Notes that a mail came back. Only one that carries the token or the Message-ID of a message of ours
/// is believed: nobody else knows these.
pub(super) fn handle(tx: &mut Tx, mail: &RoutedMail, bounce: &Bounce) -> Result<Disposition> {
    let Some(sent) = &mail.route.message else {
        return Ok(mail.disposition(MailState::Review, Some("unknown_message")));
    };
    let is_returned = |recipient: &&BouncedRecipient| {
        matches!(recipient.action, BounceAction::Failed | BounceAction::Full)
    };
    let returned = bounce.recipients.iter().find(is_returned);
    let is_known = bounce
        .recipients
        .iter()
        .any(|recipient| recipient.action != BounceAction::Unknown);
    let words = match (returned, bounce.kind) {
        (Some(recipient), _) => {
            let parts = [recipient.status.as_deref(), recipient.diagnostic.as_deref()];
            let words = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            if recipient.action == BounceAction::Full && try_again(tx, sent, &words)? {
                return Ok(mail.disposition(MailState::Taken, Some(OVER_QUOTA)));
            }
            words
        }
        // Words to people: whether it failed for good is not said in a way that programs can read.
        (None, BounceKind::Unknown) if !is_known => {
            return Ok(mail.disposition(MailState::Review, Some("unclear_bounce")));
        }
        (None, _) => return Ok(mail.disposition(MailState::Ignored, Some("delayed"))),
    };
    let words = Some(words).filter(|words| !words.is_empty());
    let words = words.unwrap_or_else(|| "the mail came back".to_owned());
    let (who, now) = (SystemActor::within(sent.cooperation), tx.now);
    let content: Option<String> = message_contents::table
        .find(sent.id)
        .select(message_contents::content)
        .first(&mut **tx)
        .optional()?;
    diesel::update(messages::table.find(sent.id))
        .filter(messages::state.eq(MessageState::Sent))
        .set((
            messages::state.eq(MessageState::Failed),
            messages::last_words.eq(&words),
            messages::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    // What is not kept any more went out long ago, and to whom is not known.
    let notice = content.and_then(|content: String| stored_notice(sent.invitation, &content).ok());
    if let Some(notice) = notice {
        let message = Undelivered {
            person: sent.person,
            meeting: sent.meeting,
            invitation: sent.invitation,
        };
        record(tx, &who, message, &notice, &words)?;
    }
    Ok(mail.disposition(MailState::Taken, None))
}

/// Queues a message again whose recipient's mailbox is full, unless the same happened lately. Returns whether it did.
fn try_again(tx: &mut Tx, sent: &SentMessage, words: &str) -> Result<bool> {
    let now = tx.now;
    let since = Instant::from(*now - FULL_FOR);
    let earlier: i64 = inbound_mails::table
        .filter(inbound_mails::cooperation_id.eq(sent.cooperation))
        .filter(inbound_mails::person_id.eq(sent.person))
        .filter(inbound_mails::reason.eq(OVER_QUOTA))
        .filter(inbound_mails::created_at.gt(since))
        .count()
        .get_result(&mut **tx)?;
    if earlier > 0 {
        return Ok(false);
    }
    let queued = diesel::update(messages::table.find(sent.id))
        .filter(messages::state.eq(MessageState::Sent))
        .set((
            messages::state.eq(MessageState::Queued),
            messages::next_attempt_at.eq(Instant::from(*now + FULL_PAUSE)),
            messages::leased_until.eq(None::<Instant>),
            messages::last_words.eq(words),
            messages::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(queued > 0)
}

/// A message that did not reach its recipient.
#[derive(Debug, Clone, Copy)]
pub struct Undelivered {
    /// The recipient.
    pub person: Id<Person>,
    /// The meeting it is about.
    pub meeting: Option<Id<Meeting>>,
    /// The invitation it tells of.
    pub invitation: Option<Id<Invitation>>,
}

/// Records that a message did not reach its recipient. If it went to the present address, that is marked and the
/// coordinators are told; an invitation is sent again once there is an address that works.
pub fn record(
    tx: &mut Tx,
    who: &SystemActor,
    message: Undelivered,
    notice: &Notice,
    response: &str,
) -> Result<()> {
    let Undelivered {
        person, meeting, ..
    } = message;
    let present: Option<(String, Option<Instant>)> = people::table
        .find(person)
        .filter(people::cooperation_id.eq(who.cooperation()))
        .select((people::address, people::undeliverable_since))
        .first(&mut **tx)
        .optional()?;
    if let Some((address, marked)) = present.filter(|(address, _)| notice.is_to(address)) {
        if marked.is_none() {
            crate::people::store::mark_undeliverable(tx, who, person, response)?;
        }
        tell(tx, who, person, meeting, &address, response)?;
    }
    match message.invitation {
        Some(invitation) => outbox::unreached(tx, who, invitation),
        None => Ok(()),
    }
}

fn tell(
    tx: &mut Tx,
    who: &SystemActor,
    person: Id<Person>,
    meeting: Option<Id<Meeting>>,
    address: &str,
    words: &str,
) -> Result<()> {
    let known = crate::people::store::find(tx, who, person);
    let name = known.map_or_else(|_| String::new(), |person| person.name());
    let meeting = meeting
        .map(|id| meetings::store::find(tx, who, id))
        .transpose()?;
    let today = NoticeContext::today(tx, who)?;
    let (context, responsible) = if today.coordinators().is_empty() {
        (
            NoticeContext::of(tx, who, meeting.as_ref())?,
            meeting.as_ref(),
        )
    } else {
        (today, None)
    };
    let readers = context.responsible_for(responsible).into_iter();
    let readers = readers.filter(|reader| reader.id() != person);
    let topic = Topic::of("person", person);
    let template = context.template(UNDELIVERABLE, topic, meeting.as_ref());
    let key = format!("undeliverable:{person}:{address}");
    template.send_to_all(tx, who, (readers, &key), |language, _| {
        let rows = [
            ("inbound-label-person", Some(name.clone())),
            ("inbound-label-address", Some(address.to_owned())),
            (
                "inbound-label-meeting",
                meeting.as_ref().map(|it| context.meeting(language, it)),
            ),
            ("inbound-label-words", Some(words.to_owned())),
        ];
        let name = ("name", name.clone());
        NoticeText {
            subject: say_with(language, "inbound-undeliverable-subject", &[name]),
            paragraphs: vec![
                say(language, "inbound-undeliverable-intro"),
                say(language, "inbound-undeliverable-next"),
            ],
            details: labelled(language, rows),
            ..NoticeText::default()
        }
    })?;
    Ok(())
}
