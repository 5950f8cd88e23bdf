//! Applies the replies, counter proposals and refresh requests of invited people.
use chrono::TimeDelta;
use diesel::prelude::*;

use super::counter_proposals::{Proposed, changes};
use super::{CalendarAnswer, InboundMail, MailKind, MailState};
use crate::Tx;
use crate::attendance::AnswerValue;
use crate::attendance::answers::{self, AnswerChannel, MeetingVersion, NewAnswer};
use crate::auth::Scope;
use crate::db::schema::messages;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::invitations;
use crate::invitations::context::MeetingContext;
use crate::invitations::deputies::{self, Among, Named, Naming};
use crate::meetings::Meeting;
use crate::notifications::Message;
use crate::people::Person;
use mail::Address;

/// The shortest time between two mails to one person about a meeting, if the second is on request.
const REFRESH_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// How slow the clock of a sender may be, with the way of the mail.
const SLOW_CLOCK: TimeDelta = TimeDelta::minutes(5);

/// What becomes of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyOutcome {
    /// The state of the mail.
    pub state: MailState,
    /// Why: the name of a rule.
    pub reason: Option<&'static str>,
}

impl ReplyOutcome {
    /// A state with its reason.
    #[must_use]
    pub fn new(state: MailState, reason: Option<&'static str>) -> Self {
        Self { state, reason }
    }

    /// Somebody has to decide.
    #[must_use]
    pub fn review(reason: &'static str) -> Self {
        Self::new(MailState::Review, Some(reason))
    }

    /// It has no effect, because of a rule that `error` names.
    ///
    /// # Errors
    /// `error`, if it is no conflict with a rule.
    pub fn ignored(error: Error) -> Result<Self> {
        match error {
            Error::Conflict(rule, _) => Ok(Self::new(MailState::Ignored, Some(rule))),
            error => Err(error),
        }
    }
}

/// A reply that came by mail.
#[derive(Debug, Clone)]
pub struct MailReply<'a> {
    /// The meeting that it is about.
    pub meeting: &'a Meeting,
    /// Who is known to have sent it.
    pub person: Id<Person>,
    /// The kind of the mail.
    pub kind: MailKind,
    /// The key of the mail.
    pub mail: Id<InboundMail>,
    /// The reply.
    pub content: &'a CalendarAnswer,
    /// When the mail arrived.
    pub received_at: Instant,
    /// The address of the author, if it is not the person's.
    pub via: Option<String>,
    /// Who may be named as a deputy.
    pub among: Among,
}

/// Applies a reply or counter proposal.
pub fn apply(tx: &mut Tx, who: &impl Scope, reply: &MailReply) -> Result<ReplyOutcome> {
    let (now, meeting, person) = (tx.now, reply.meeting, reply.person);
    if let Err(error) = answers::may_answer(tx, who, meeting, person, now) {
        return ReplyOutcome::ignored(error);
    }
    if reply.kind == MailKind::Counter {
        return propose(tx, who, reply);
    }
    let Some(value) = reply.content.answer else {
        // A program has lost the answer, or speaks of a state that we do not know: people see what was meant.
        return Ok(ReplyOutcome::review("no_answer"));
    };
    let at = given_at(tx, who, reply)?;
    if answers::is_overtaken(tx, who, meeting.id, person, at)? {
        return Ok(ReplyOutcome::new(MailState::Ignored, Some("older")));
    }
    let asked = asked(tx, who, reply, reply.content)?;
    if value == AnswerValue::Delegated && asked.is_current(meeting) {
        return delegate(tx, who, reply);
    }
    answer(tx, who, reply, (value, asked))
}

/// When a reply was given: never after it arrived, so that a wrong clock does not win against all later answers. If the
/// person has answered by a link or the API since its stamp, but only shortly before it arrived, the order of arrival
/// counts, because the clocks may differ.
fn given_at(tx: &mut Tx, who: &impl Scope, reply: &MailReply) -> Result<Instant> {
    let received = reply.received_at;
    let stamp = reply.content.stamp.map(Instant::from);
    let stamp = stamp.map_or(received, |stamp| stamp.min(received));
    let (meeting, person) = (reply.meeting.id, reply.person);
    let is_close = *received - *stamp < SLOW_CLOCK;
    if is_close && answers::was_answered_elsewhere(tx, who, meeting, person, stamp)? {
        return Ok(received);
    }
    Ok(stamp)
}

fn answer(
    tx: &mut Tx,
    who: &impl Scope,
    reply: &MailReply,
    (value, asked): (AnswerValue, MeetingVersion),
) -> Result<ReplyOutcome> {
    let (meeting, person) = (reply.meeting, reply.person);
    let answered_at = given_at(tx, who, reply)?;
    let given = NewAnswer {
        value,
        comment: reply.content.comment.clone(),
        way: AnswerChannel::Mail,
        answered_at,
        version: Some(asked),
        via: reply.via.clone(),
    };
    deputies::answer(tx, who, meeting, person, &given)?;
    let holds = answers::current(tx, who, meeting)?.remove(&person);
    let is_older = holds.is_some_and(|answer| answer.answered_at > answered_at);
    let reason = match (is_older, asked.is_current(meeting)) {
        (true, _) => Some("older"),
        (false, false) => Some("stale"),
        (false, true) => None,
    };
    Ok(ReplyOutcome::new(MailState::Taken, reason))
}

/// Records a deputy, or leaves the decision to host and coordinators if the person may not name them.
fn delegate(tx: &mut Tx, who: &impl Scope, reply: &MailReply) -> Result<ReplyOutcome> {
    let (meeting, person) = (reply.meeting, reply.person);
    let context = MeetingContext::within(tx, who, meeting.clone())?;
    let named = reply.content.deputies.first();
    let named = named.and_then(|address| Address::parse(address).ok());
    let deputy = match named.map(|address| deputies::deputy_named(&context, person, &address)) {
        Some(Named::Known(deputy)) => deputy,
        Some(Named::NotAllowed(deputy)) if reply.among == Among::Everybody => deputy,
        _ => return Ok(ReplyOutcome::review("deputy")),
    };
    let naming = Naming {
        delegator: person,
        deputy,
        among: reply.among,
        comment: reply.content.comment.clone(),
        channel: AnswerChannel::Mail,
        at: given_at(tx, who, reply)?,
        by_delegator: true,
    };
    match deputies::delegate(tx, who, meeting, &naming) {
        Ok(()) => Ok(ReplyOutcome::new(MailState::Taken, None)),
        Err(Error::Invalid(_)) => Ok(ReplyOutcome::review("deputy")),
        Err(error) => ReplyOutcome::ignored(error),
    }
}

/// Stores a counter proposal for host and coordinators; the answer to the present time counts.
fn propose(tx: &mut Tx, who: &impl Scope, reply: &MailReply) -> Result<ReplyOutcome> {
    let (meeting, content) = (reply.meeting, reply.content);
    let Some(starts_at) = content.starts_at else {
        return Ok(ReplyOutcome::new(MailState::Ignored, Some("no_time")));
    };
    let length = *meeting.ends_at - *meeting.starts_at;
    let proposed = Proposed {
        mail: reply.mail,
        starts_at: starts_at.into(),
        ends_at: content.ends_at.unwrap_or(starts_at + length).into(),
        comment: content.comment.clone(),
    };
    if let Err(error) = changes::propose(tx, who, meeting, reply.person, &proposed) {
        return ReplyOutcome::ignored(error);
    }
    let value = content
        .answer
        .filter(|value| *value != AnswerValue::Delegated);
    if let Some(value) = value {
        let present = CalendarAnswer {
            starts_at: None,
            ends_at: None,
            ..content.clone()
        };
        let asked = asked(tx, who, reply, &present)?;
        answer(tx, who, reply, (value, asked))?;
    }
    Ok(ReplyOutcome::new(MailState::Taken, None))
}

/// Which version of the meeting the content of a reply is about: that with the time it contains; otherwise the one
/// that the person was sent with the SEQUENCE it contains, or was sent last. The time comes first, because
/// clients may send an older SEQUENCE in a reply to the present time.
fn asked(
    tx: &mut Tx,
    who: &impl Scope,
    reply: &MailReply,
    content: &CalendarAnswer,
) -> Result<MeetingVersion> {
    let meeting = reply.meeting;
    let invitation = invitations::store::of_person_to(tx, who, meeting.id, reply.person)?;
    let told_sequence = invitation.told_sequence.unwrap_or(meeting.sequence);
    let sequence = content.sequence.unwrap_or(told_sequence);
    let named = content.starts_at.map(|starts_at| {
        let length = *meeting.ends_at - *meeting.starts_at;
        let ends_at = content.ends_at.unwrap_or(starts_at + length);
        (starts_at.into(), ends_at.into())
    });
    let told = match named {
        Some(time) => Some(time),
        None => invitations::store::time_told(tx, who, &invitation, sequence)?,
    };
    let (starts_at, ends_at) = told.unwrap_or((meeting.starts_at, meeting.ends_at));
    Ok(MeetingVersion {
        sequence,
        starts_at,
        ends_at,
    })
}

/// Sends a person the current invitation again, unless a mail about the meeting was sent shortly before.
pub fn refresh(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
) -> Result<ReplyOutcome> {
    let since = Instant::from(*tx.now - REFRESH_PAUSE);
    let lately: Option<Id<Message>> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::meeting_id.eq(meeting.id))
        .filter(messages::person_id.eq(person))
        .filter(messages::created_at.gt(since))
        .select(messages::id)
        .first(&mut **tx)
        .optional()?;
    if lately.is_some() {
        return Ok(ReplyOutcome::new(MailState::Ignored, Some("too_many")));
    }
    match invitations::store::resend(tx, who, meeting.clone(), person) {
        Ok(_) => Ok(ReplyOutcome::new(MailState::Taken, None)),
        Err(error) => ReplyOutcome::ignored(error),
    }
}
