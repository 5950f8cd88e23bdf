//! Words of people to the service mailbox: passed on to those who look after the meeting, who can
//! answer the sender directly.
use chrono::TimeDelta;

use super::MailState;
use super::routing::RoutedMail;
use super::store::{self, Disposition};
use crate::Tx;
use crate::auth::SystemActor;
use crate::db::Instant;
use crate::error::{Found, Result};
use crate::i18n::{say, say_with};
use crate::invitations::notice_context::NoticeContext;
use crate::invitations::text::labelled;
use crate::meetings;
use crate::notifications::notice::NoticeText;
use crate::notifications::template::Template;
use crate::notifications::{MessageKind, Topic};
use crate::people;
use mail::Mailbox;

/// To pass on what somebody wrote to the service mailbox.
pub const FORWARDED: MessageKind = MessageKind::new("forwarded");

/// How many mails of one sender are passed on in a day.
const MAX_A_DAY: i64 = 20;

/// Passes a mail on. A stranger's that is about no meeting of ours waits to be looked at.
pub(super) fn handle(tx: &mut Tx, mail: &RoutedMail) -> Result<Disposition> {
    let Some(cooperation) = mail.route.cooperation() else {
        return Ok(mail.disposition(MailState::Review, Some("unknown_meeting")));
    };
    let who = SystemActor::within(cooperation);
    let read = mail.received.content.as_ref();
    let author = read.and_then(|read| read.author());
    let (Some(read), Some(author)) = (read, author) else {
        return Ok(mail.disposition(MailState::Review, Some("unknown_sender")));
    };
    let message = mail.route.message.as_ref();
    let known = people::store::by_address(tx, &who, &author.address).if_found()?;
    if message.is_none() && known.is_none() {
        return Ok(mail.disposition(MailState::Review, Some("unknown_sender")));
    }
    let since = Instant::from(*tx.now - TimeDelta::days(1));
    let address = author.address.as_str();
    if store::count_from(tx, &who, address, MailState::Forwarded, since)? >= MAX_A_DAY {
        return Ok(mail.disposition(MailState::Review, Some("too_many")));
    }
    let meeting = message.and_then(|message| message.meeting);
    let meeting = meeting
        .map(|id| meetings::store::find(tx, &who, id))
        .transpose()?;
    // What is about no meeting concerns the next one, most likely.
    let now = tx.now;
    let next = match &meeting {
        Some(_) => None,
        None => meetings::store::coming(tx, &who, now)?,
    };
    let concerned = meeting.as_ref().or(next.as_ref());
    let context = NoticeContext::of(tx, &who, concerned)?;
    let template = Template {
        reply_to: Some(author.clone()),
        ..context.template(FORWARDED, Topic::of("inbound", mail.id), meeting.as_ref())
    };
    let people = context.responsible_for(concerned);
    let key = format!("forward:{}", mail.id);
    let passed_on = template.send_to_all(tx, &who, (people, &key), |language, _| {
        let (subject, meeting) = (read.subject.clone(), meeting.as_ref());
        let rows = [
            ("inbound-label-from", Some(written_by(author))),
            (
                "inbound-label-subject",
                Some(subject.clone()).filter(|text| !text.is_empty()),
            ),
            (
                "inbound-label-meeting",
                meeting.map(|meeting| context.meeting(language, meeting)),
            ),
        ];
        let subject = ("subject", subject);
        NoticeText {
            subject: say_with(language, "inbound-forward-subject", &[subject]),
            paragraphs: vec![
                say(language, "inbound-forward-intro"),
                say(language, "inbound-forward-next"),
            ],
            details: labelled(language, rows),
            quote: Some(mail.text()),
            ..NoticeText::default()
        }
    })?;
    let (state, reason) = if passed_on {
        (MailState::Forwarded, None)
    } else {
        (MailState::Review, Some("unknown_sender"))
    };
    Ok(Disposition {
        // Who wrote is not always the one whose mail was answered.
        person: None,
        ..mail.disposition(state, reason)
    })
}

fn written_by(author: &Mailbox) -> String {
    if author.name.is_empty() {
        author.address.to_string()
    } else {
        format!("{} ({})", author.name, author.address)
    }
}
