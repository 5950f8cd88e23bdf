//! What an answer, a proposal or a question of somebody who is invited does.
use chrono::TimeDelta;
use diesel::prelude::*;

use super::counters::{self, Proposed};
use super::{CalendarAnswer, InboundMail, MailKind, MailState};
use crate::Tx;
use crate::attendance::AnswerValue;
use crate::attendance::answers::{self, Asked, Given, Way};
use crate::auth::Scope;
use crate::db::schema::messages;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::invitations;
use crate::invitations::context::MeetingContext;
use crate::invitations::deputies::{self, Among, Named, Naming};
use crate::mail::Address;
use crate::meetings::Meeting;
use crate::notifications::Message;
use crate::people::Person;

/// How often one person is sent the present state on request at most.
const REFRESH_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The state of the mail.
    pub state: MailState,
    /// Why.
    pub reason: Option<&'static str>,
}

impl Outcome {
    /// An outcome with its reason.
    #[must_use]
    pub fn new(state: MailState, reason: Option<&'static str>) -> Self {
        Self { state, reason }
    }

    /// Somebody has to look at it.
    #[must_use]
    pub fn review(reason: &'static str) -> Self {
        Self::new(MailState::Review, Some(reason))
    }

    /// A rule stands against it, so nothing follows.
    ///
    /// # Errors
    /// Any error that is no rule.
    pub fn ignored(error: Error) -> Result<Self> {
        match error {
            Error::Conflict(rule, _) => Ok(Self::new(MailState::Ignored, Some(rule))),
            error => Err(error),
        }
    }
}

/// What somebody says by mail.
#[derive(Debug, Clone)]
pub struct Said<'a> {
    /// What the mail is.
    pub kind: MailKind,
    /// The mail.
    pub mail: Id<InboundMail>,
    /// What it says.
    pub content: &'a CalendarAnswer,
    /// When it came.
    pub received_at: Instant,
    /// The address that it came from, if it is not the person's own.
    pub via: Option<String>,
    /// Who may be named as a deputy.
    pub among: Among,
}

/// Takes an answer or a proposal for `person`, who is known to have given it.
pub fn apply(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    said: &Said,
) -> Result<Outcome> {
    let now = tx.now;
    if let Err(error) = answers::may_answer(tx, who, meeting, person, now) {
        return Outcome::ignored(error);
    }
    if said.kind == MailKind::Counter {
        return propose(tx, who, meeting, person, said);
    }
    let Some(value) = said.content.answer else {
        return Ok(Outcome::new(MailState::Ignored, Some("no_answer")));
    };
    if answers::is_overtaken(tx, who, meeting.id, person, given_at(said))? {
        return Ok(Outcome::new(MailState::Ignored, Some("older")));
    }
    let asked = asked(tx, who, meeting, person, said.content)?;
    if value == AnswerValue::Delegated && asked.holds(meeting) {
        return delegate(tx, who, meeting, person, said);
    }
    answer(tx, who, meeting, person, (value, asked), said)
}

/// When it was given. A clock that goes wrong must not win against all answers to come.
fn given_at(said: &Said) -> Instant {
    let stamp = said.content.stamp.map(Instant::from);
    stamp.map_or(said.received_at, |stamp| stamp.min(said.received_at))
}

fn answer(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    (value, asked): (AnswerValue, Asked),
    said: &Said,
) -> Result<Outcome> {
    let answered_at = given_at(said);
    let given = Given {
        value,
        comment: said.content.comment.clone(),
        way: Way::Mail,
        answered_at,
        asked: Some(asked),
        via: said.via.clone(),
    };
    deputies::answer(tx, who, meeting, person, &given)?;
    let holds = answers::current(tx, who, meeting)?.remove(&person);
    let is_older = holds.is_some_and(|answer| answer.answered_at > answered_at);
    let reason = match (is_older, asked.holds(meeting)) {
        (true, _) => Some("older"),
        (false, false) => Some("stale"),
        (false, true) => None,
    };
    Ok(Outcome::new(MailState::Taken, reason))
}

/// Somebody else is to come: at once if the person may name them, else when host or coordinator agree.
fn delegate(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    said: &Said,
) -> Result<Outcome> {
    let (now, settings) = (tx.now, tx.settings);
    let context = MeetingContext::load(tx, who, settings, meeting.clone(), now)?;
    let named = said.content.deputies.first();
    let named = named.and_then(|address| Address::parse(address).ok());
    let deputy = match named.map(|address| deputies::deputy_named(&context, person, &address)) {
        Some(Named::Known(deputy)) => deputy,
        Some(Named::NotAllowed(deputy)) if said.among == Among::Everybody => deputy,
        _ => return Ok(Outcome::review("deputy")),
    };
    let naming = Naming {
        delegator: person,
        deputy,
        among: said.among,
        comment: said.content.comment.clone(),
        way: Way::Mail,
        at: given_at(said),
        by_delegator: true,
    };
    match deputies::delegate(tx, who, meeting, &naming) {
        Ok(()) => Ok(Outcome::new(MailState::Taken, None)),
        Err(Error::Invalid(_)) => Ok(Outcome::review("deputy")),
        Err(error) => Outcome::ignored(error),
    }
}

/// Another time is kept for host and coordinators; what the person says of the present time counts.
fn propose(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    said: &Said,
) -> Result<Outcome> {
    let content = said.content;
    let Some(starts_at) = content.starts_at else {
        return Ok(Outcome::new(MailState::Ignored, Some("no_time")));
    };
    let length = *meeting.ends_at - *meeting.starts_at;
    let proposed = Proposed {
        mail: said.mail,
        starts_at: starts_at.into(),
        ends_at: content.ends_at.unwrap_or(starts_at + length).into(),
        comment: content.comment.clone(),
    };
    if let Err(error) = counters::propose(tx, who, meeting, person, &proposed) {
        return Outcome::ignored(error);
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
        let asked = asked(tx, who, meeting, person, &present)?;
        answer(tx, who, meeting, person, (value, asked), said)?;
    }
    Ok(Outcome::new(MailState::Taken, None))
}

/// Which state of the meeting an answer is about: the time it names, else what the person was told
/// under the SEQUENCE it names, else what the person was told last. A time that it names goes first,
/// because clients may name an older SEQUENCE although they answer the present time.
fn asked(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    said: &CalendarAnswer,
) -> Result<Asked> {
    let invitation = invitations::store::of_person_to(tx, who, meeting.id, person)?;
    let told_sequence = invitation.told_sequence.unwrap_or(meeting.sequence);
    let sequence = said.sequence.unwrap_or(told_sequence);
    let named = said.starts_at.map(|starts_at| {
        let length = *meeting.ends_at - *meeting.starts_at;
        let ends_at = said.ends_at.unwrap_or(starts_at + length);
        (starts_at.into(), ends_at.into())
    });
    let told = match named {
        Some(time) => Some(time),
        None => invitations::store::time_told(tx, who, &invitation, sequence)?,
    };
    let (starts_at, ends_at) = told.unwrap_or((meeting.starts_at, meeting.ends_at));
    Ok(Asked {
        sequence,
        starts_at,
        ends_at,
    })
}

/// Sends a person the present state once more, unless something went out a short while ago.
pub fn refresh(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
) -> Result<Outcome> {
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
        return Ok(Outcome::new(MailState::Ignored, Some("too_many")));
    }
    match invitations::store::resend(tx, who, meeting.clone(), person) {
        Ok(_) => Ok(Outcome::new(MailState::Taken, None)),
        Err(error) => Outcome::ignored(error),
    }
}
