//! Handles the calendar objects of people: replies, counter proposals, and requests for the current
//! invitation.
use chrono_tz::Tz;
use diesel::prelude::*;

use super::applying::{self, MailReply, ReplyOutcome};
use super::routing::{self, RoutedMail};
use super::store::{self, Disposition};
use super::{CalendarAnswer, MailContent, MailKind, MailState, classify, notices};
use crate::Tx;
use crate::attendance::{AnswerValue, answers};
use crate::auth::{Scope, SystemActor};
use crate::db::Id;
use crate::db::schema::people;
use crate::error::Result;
use crate::invitations::deputies::Among;
use crate::meetings::{self, Meeting};
use crate::people::Person;
use calendar::Partstat;
use calendar::incoming::{ItipComponent, Moment};
use mail::Address;
use mail::incoming::OutlookAnswer;

/// Characters of a comment that are kept, as many as the answer page accepts.
const COMMENT_KEPT: usize = 1000;
/// How many answers of one person to one meeting may wait for confirmation.
const MAX_CONFIRMING: usize = 3;

/// Who replies.
enum Replier {
    /// An invited person, from the address of the invitation.
    Invited(Id<Person>),
    /// Not certain: why, and who it may be.
    Uncertain(&'static str, Option<Id<Person>>),
}

/// Handles a reply, counter proposal or refresh request in iCalendar.
pub(super) fn handle_itip(
    tx: &mut Tx,
    mail: &RoutedMail,
    event: &ItipComponent,
) -> Result<Disposition> {
    handle(tx, mail, Some(&event.uid), |zone| {
        itip_reply(mail, event, zone)
    })
}

/// Handles a reply in the format of Outlook, which names no meeting.
pub(super) fn handle_outlook(
    tx: &mut Tx,
    mail: &RoutedMail,
    answer: OutlookAnswer,
) -> Result<Disposition> {
    handle(tx, mail, None, |_| outlook_reply(mail, answer))
}

/// The reply in an iCalendar object. A local time in an unknown zone is one in the zone of the meeting.
fn itip_reply(mail: &RoutedMail, event: &ItipComponent, zone: Tz) -> CalendarAnswer {
    let content = mail.received.content.as_ref();
    let attendee = content.and_then(|content| classify::attendee(event, content));
    let at = |moment: Option<Moment>| moment.map(|moment| moment.instant(zone));
    let comment = attendee
        .and_then(|attendee| attendee.response_comment.clone())
        .or_else(|| event.comment.clone());
    CalendarAnswer {
        attendee: attendee
            .and_then(|attendee| attendee.known_as())
            .map(|address| address.as_str().to_owned()),
        name: attendee.and_then(|attendee| attendee.name.clone()),
        answer: attendee
            .and_then(|attendee| attendee.partstat)
            .and_then(answer_value),
        comment: comment.map(|text| text.chars().take(COMMENT_KEPT).collect()),
        deputies: attendee.map_or_else(Vec::new, |attendee| {
            let names = attendee.delegated_to.iter();
            names.map(|address| address.as_str().to_owned()).collect()
        }),
        sequence: event.sequence.and_then(|sequence| sequence.try_into().ok()),
        stamp: event
            .stamp
            .or_else(|| content.and_then(|content| content.date)),
        starts_at: at(event.starts),
        ends_at: at(event.ends),
    }
}

fn outlook_reply(mail: &RoutedMail, answer: OutlookAnswer) -> CalendarAnswer {
    let content = mail.received.content.as_ref();
    CalendarAnswer {
        attendee: mail.author().map(|address| address.as_str().to_owned()),
        answer: Some(match answer {
            OutlookAnswer::Accepted => AnswerValue::Accepted,
            OutlookAnswer::Tentative => AnswerValue::Tentative,
            OutlookAnswer::Declined => AnswerValue::Declined,
        }),
        stamp: content.and_then(|content| content.date),
        ..CalendarAnswer::default()
    }
}

fn handle(
    tx: &mut Tx,
    mail: &RoutedMail,
    uid: Option<&str>,
    reply_in: impl Fn(Tz) -> CalendarAnswer,
) -> Result<Disposition> {
    let found = if let Some(uid) = uid {
        routing::meeting_by_uid(tx, uid)?
    } else {
        let message = mail.route.message.as_ref();
        message.and_then(|message| Some((message.cooperation, message.meeting?)))
    };
    if let Some(uid) = uid
        && let Some(cooperation) = routing::hold_by_uid(tx, uid)?
    {
        // A date that a poll only holds is answered on the page of the poll.
        return Ok(Disposition {
            cooperation: Some(cooperation),
            ..mail.disposition(MailState::Ignored, Some("date_poll"))
        });
    }
    let Some((cooperation, id)) = found else {
        let mut disposition = mail.disposition(MailState::Review, Some("unknown_meeting"));
        disposition.content.answer = Some(reply_in(Tz::UTC));
        return Ok(disposition);
    };
    let who = SystemActor::within(cooperation);
    let meeting = meetings::store::find(tx, &who, id)?;
    let reply = reply_in(meeting.zone());
    let (person, outcome) = match replier(tx, &who, mail, &meeting, &reply)? {
        Replier::Uncertain(reason, person) => (person, ReplyOutcome::review(reason)),
        Replier::Invited(person) => {
            let outcome = handle_invited(tx, &who, mail, &meeting, person, &reply)?;
            (Some(person), outcome)
        }
    };
    Ok(Disposition {
        cooperation: Some(cooperation),
        meeting: Some(id),
        person,
        state: outcome.state,
        reason: outcome.reason.map(str::to_owned),
        content: MailContent {
            text: mail.text(),
            answer: Some(reply),
        },
    })
}

fn replier(
    tx: &mut Tx,
    who: &SystemActor,
    mail: &RoutedMail,
    meeting: &Meeting,
    reply: &CalendarAnswer,
) -> Result<Replier> {
    let invited = answers::invited(tx, who, meeting.id)?;
    let is_invited = |person: &Id<Person>| invited.contains(person);
    let author = mail.author().cloned();
    let attendee = reply
        .attendee
        .as_deref()
        .and_then(|text| Address::parse(text).ok())
        .or_else(|| author.clone());
    let by_address = |tx: &mut Tx, address: Option<&Address>| match address {
        Some(address) => person_of(tx, who, address),
        None => Ok(None),
    };
    let writer = by_address(tx, author.as_ref())?.filter(is_invited);
    let token = mail.route.message.as_ref().map(|message| message.person);
    let maybe = writer.or(token.filter(is_invited));
    match by_address(tx, attendee.as_ref())? {
        Some(person) if is_invited(&person) => {
            let same = author.map(|author| author.key()) == attendee.map(|it| it.key());
            Ok(if same {
                Replier::Invited(person)
            } else {
                Replier::Uncertain("other_sender", Some(person))
            })
        }
        Some(_) => Ok(Replier::Uncertain("not_invited", maybe)),
        None => Ok(Replier::Uncertain("unknown_attendee", maybe)),
    }
}

/// Handles a reply whose From is the address of the invitation, which may still be forged.
fn handle_invited(
    tx: &mut Tx,
    who: &SystemActor,
    mail: &RoutedMail,
    meeting: &Meeting,
    person: Id<Person>,
    reply: &CalendarAnswer,
) -> Result<ReplyOutcome> {
    if mail.kind == MailKind::Refresh {
        // The response goes to the address of the invitation, whoever asks.
        return applying::refresh(tx, who, meeting, person);
    }
    let settings = tx.settings;
    let content = mail.received.content.as_ref();
    if content.is_some_and(|content| classify::is_sender_verified(settings, content)) {
        let reply = MailReply {
            meeting,
            person,
            kind: mail.kind,
            mail: mail.id,
            content: reply,
            received_at: mail.received.received_at,
            via: None,
            among: Among::OwnMunicipality,
        };
        return applying::apply(tx, who, &reply);
    }
    if mail.kind != MailKind::Answer || reply.answer.is_none() {
        return Ok(ReplyOutcome::review("not_vouched"));
    }
    let now = tx.now;
    if let Err(error) = answers::may_answer(tx, who, meeting, person, now) {
        return ReplyOutcome::ignored(error);
    }
    let waiting = store::confirming(tx, who, meeting.id, person)?;
    if waiting.len() >= MAX_CONFIRMING {
        return Ok(ReplyOutcome::review("not_vouched"));
    }
    let is_asked = notices::confirm(tx, who, meeting, person, mail.id, reply)?;
    Ok(if is_asked {
        ReplyOutcome::new(MailState::Confirming, Some("not_vouched"))
    } else {
        ReplyOutcome::review("not_vouched")
    })
}

/// The person with this address. Unlike `people::store::by_address` it also finds people without a role.
fn person_of(tx: &mut Tx, who: &impl Scope, address: &Address) -> Result<Option<Id<Person>>> {
    Ok(people::table
        .filter(people::cooperation_id.eq(who.cooperation()))
        .filter(people::address_key.eq(address.key()))
        .filter(people::deleted_at.is_null())
        .select(people::id)
        .first(&mut **tx)
        .optional()?)
}

fn answer_value(partstat: Partstat) -> Option<AnswerValue> {
    match partstat {
        Partstat::NeedsAction => None,
        Partstat::Accepted => Some(AnswerValue::Accepted),
        Partstat::Declined => Some(AnswerValue::Declined),
        Partstat::Tentative => Some(AnswerValue::Tentative),
        Partstat::Delegated => Some(AnswerValue::Delegated),
    }
}
