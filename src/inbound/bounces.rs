//! Mails of ours that came back: the address is marked, nothing more is sent to it, and the
//! coordinators hear of it once.
use diesel::prelude::*;

use super::MailState;
use super::notices::{details, hosts, named};
use super::routing::RoutedMail;
use super::store::Disposition;
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::db::schema::{letters, messages, people};
use crate::db::{Id, Instant};
use crate::error::Result;
use crate::i18n::{say, say_with};
use crate::invitations::compose::Post;
use crate::invitations::context::Directory;
use crate::invitations::letters::NoticeText;
use crate::invitations::writing::Writing;
use crate::invitations::{MessageKind, MessageState, outbox};
use crate::mail::incoming::{Bounce, BounceAction, BounceKind};
use crate::meetings::{self, Meeting};
use crate::people::Person;

/// Notes that a mail came back. Only one that carries the token or the Message-ID of a message of ours
/// is believed: nobody else knows these.
pub(super) fn handle(tx: &mut Tx, mail: &RoutedMail, bounce: &Bounce) -> Result<Disposition> {
    let Some(sent) = &mail.route.message else {
        return Ok(mail.disposition(MailState::Review, "unknown_message"));
    };
    let failed = bounce
        .recipients
        .iter()
        .find(|recipient| recipient.action == BounceAction::Failed);
    let words = match (failed, bounce.kind) {
        (Some(recipient), _) => {
            let parts = [recipient.status.as_deref(), recipient.diagnostic.as_deref()];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        // Words to people: whether it failed for good is not said in a way that programs can read.
        (None, BounceKind::Unknown) => {
            return Ok(mail.disposition(MailState::Review, "unclear_bounce"));
        }
        (None, BounceKind::Report) => return Ok(mail.disposition(MailState::Ignored, "delayed")),
    };
    let words = match words.is_empty() {
        true => "the mail came back".to_owned(),
        false => words,
    };
    let (who, now) = (SystemActor::within(sent.cooperation), tx.now);
    let letter: Option<String> = letters::table
        .find(sent.id)
        .select(letters::content)
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
    let post = letter.and_then(|letter| Post::read(sent.invitation, &letter).ok());
    if let Some(post) = post {
        note(tx, &who, sent.person, sent.meeting, &post, &words)?;
    }
    let disposition = mail.disposition(MailState::Taken, "");
    Ok(Disposition {
        reason: None,
        ..disposition
    })
}

/// Notes that `post` did not reach a person. If it went to the present address, that is marked and the
/// coordinators are told; an invitation is sent again once there is an address that works.
pub fn note(
    tx: &mut Tx,
    who: &SystemActor,
    person: Id<Person>,
    meeting: Option<Id<Meeting>>,
    post: &Post,
    words: &str,
) -> Result<()> {
    let present: Option<(String, Option<Instant>)> = people::table
        .find(person)
        .filter(people::cooperation_id.eq(who.cooperation()))
        .select((people::address, people::undeliverable_since))
        .first(&mut **tx)
        .optional()?;
    if let Some((address, marked)) = present.filter(|(address, _)| post.is_to(address)) {
        if marked.is_none() {
            crate::people::store::mark_undeliverable(tx, who, person, words)?;
        }
        tell(tx, who, person, meeting, &address, words)?;
    }
    match post {
        Post::Meeting(invitation, _) => outbox::unreached(tx, who, *invitation),
        Post::Notice(_) => Ok(()),
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
    let meeting = match meeting {
        Some(id) => Some(meetings::store::find(tx, who, id)?),
        None => None,
    };
    let (directory, settings) = (Directory::load(tx, who)?, tx.settings);
    let mut readers = hosts(tx, who, &directory, None)?;
    if readers.is_empty() {
        readers = hosts(tx, who, &directory, meeting.as_ref())?;
    }
    let writing = Writing {
        from: &directory.mailbox(settings)?,
        group: &directory.cooperation.name,
        kind: MessageKind::Undeliverable,
        meeting: meeting.as_ref(),
        key: format!("undeliverable:{person}:{address}"),
        reply_to: None,
        references: Vec::new(),
    };
    for coordinator in readers {
        if coordinator.id() == person {
            continue;
        }
        writing.to(tx, who, &coordinator, |language| {
            let rows = [
                ("inbound-label-person", Some(name.clone())),
                ("inbound-label-address", Some(address.to_owned())),
                (
                    "inbound-label-meeting",
                    meeting.as_ref().map(|it| named(language, &directory, it)),
                ),
                ("inbound-label-words", Some(words.to_owned())),
            ];
            let name = ("name", name.clone());
            NoticeText {
                subject: say_with(language, "inbound-undeliverable-subject", &[name]),
                name: String::new(),
                paragraphs: vec![
                    say(language, "inbound-undeliverable-intro"),
                    say(language, "inbound-undeliverable-next"),
                ],
                details: details(language, rows),
                agenda: Vec::new(),
                quote: None,
                links: Vec::new(),
            }
        })?;
    }
    Ok(())
}
