//! Deputies: who comes to one meeting instead of somebody who is invited (RFC 5546, 3.2.2.3).
//!
//! A delegation holds as long as the delegator's latest answer is that a deputy comes. It has one
//! link: who stands in for somebody passes that on to nobody.
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::context::MeetingContext;
use super::outbox::{self, Announcement};
use super::{InvitationState, store};
use crate::Tx;
use crate::attendance::AnswerValue;
use crate::attendance::answers::{self, AnswerChannel, NewAnswer};
use crate::attendance::delegations::{self, Delegation};
use crate::auth::Scope;
use crate::db::schema::delegations as delegation_rows;
use crate::db::{Id, Instant};
use crate::error::{Error, Result, conflict_unless};
use crate::meetings::Meeting;
use crate::people::on_day::PersonOnDay;
use crate::people::{Person, PersonRole};
use mail::Address;

/// Who is to come instead.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeputyInput {
    /// Somebody of the delegator's own municipality; for host and coordinators anybody.
    pub deputy_id: Id<Person>,
}

/// Who may be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Whoever speaks for the delegator's own municipality.
    OwnMunicipality,
    /// Everybody of the cooperation with a role on the day.
    Everybody,
}

/// That a deputy is named.
#[derive(Debug, Clone)]
pub struct Naming {
    /// Who does not come.
    pub delegator: Id<Person>,
    /// Who comes instead.
    pub deputy: Id<Person>,
    /// Who may be named.
    pub among: Among,
    /// What the delegator says to it.
    pub comment: Option<String>,
    /// The channel through which it came.
    pub channel: AnswerChannel,
    /// When it was said.
    pub at: Instant,
    /// Whether the delegator has said it, who then needs not be told.
    pub by_delegator: bool,
}

/// Whom an address names as a deputy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Somebody who may be named.
    Known(Id<Person>),
    /// Somebody of the cooperation whom only host and coordinators may name.
    NotAllowed(Id<Person>),
    /// Nobody of the cooperation.
    Unknown,
}

/// Whom a person may name without asking host or coordinators: who speaks for the same municipality
/// on the day of the meeting, can be reached, and is not represented by a deputy. By name; nobody
/// for somebody who is a deputy.
#[must_use]
pub fn candidates<'a>(
    context: &'a MeetingContext,
    delegator: &PersonOnDay,
) -> Vec<&'a PersonOnDay> {
    if delegator.municipality.is_none() || !context.delegators_of(delegator.id()).is_empty() {
        return Vec::new();
    }
    let may_come = |person: &&PersonOnDay| {
        person.id() != delegator.id()
            && person.municipality == delegator.municipality
            && matches!(person.role, Some(PersonRole::Delegate | PersonRole::Deputy))
            && !person.is_removed()
            && person.reachable_mailbox().is_some()
            && context.deputy_of(person.id()).is_none()
    };
    let mut found: Vec<_> = context.people.values().filter(may_come).collect();
    found.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    found
}

/// Whom a delegator names with a mail address (DELEGATED-TO of an answer).
#[must_use]
pub fn deputy_named(context: &MeetingContext, delegator: Id<Person>, address: &Address) -> Named {
    let has_address = |person: &&PersonOnDay| {
        let party = person.mailbox().filter(|_| !person.is_removed());
        party.is_some_and(|party| party.address.key() == address.key())
    };
    let Some(person) = context
        .people
        .values()
        .find(has_address)
        .map(PersonOnDay::id)
    else {
        return Named::Unknown;
    };
    let delegator = context.people.get(&delegator);
    let mut allowed = delegator
        .map(|delegator| candidates(context, delegator))
        .into_iter()
        .flatten();
    if allowed.any(|candidate| candidate.id() == person) {
        Named::Known(person)
    } else {
        Named::NotAllowed(person)
    }
}

/// Takes down that a deputy comes instead of somebody: the deputy is invited, a former one is told
/// not to be needed any more. All that stands against it is found before anything is written.
///
/// # Errors
/// A conflict if the meeting cannot be answered, somebody would stand in for a deputy (`chain`), the
/// deputy has no role on the day, or the delegator has said something else since (`outdated`);
/// `deputy_id` if it is nobody, or nobody who may be named.
pub fn delegate(tx: &mut Tx, who: &impl Scope, meeting: &Meeting, naming: &Naming) -> Result<()> {
    let (now, delegator) = (tx.now, naming.delegator);
    answers::may_answer(tx, who, meeting, delegator, now)?;
    let context = MeetingContext::within(tx, who, meeting.clone())?;
    check(&context, naming)?;
    let said = answers::current(tx, who, meeting)?.remove(&delegator);
    let is_latest = said.is_none_or(|said| said.answered_at <= naming.at);
    let words = "there is a later answer of this person";
    conflict_unless(is_latest, "outdated", words)?;
    // So that what was said before cannot pass for the latest answer.
    answers::withdraw(tx, who, meeting, delegator)?;
    let comment = naming.comment.clone();
    let given = NewAnswer::now(AnswerValue::Delegated, comment, naming.channel, naming.at);
    answers::record(tx, who, meeting, delegator, &given)?;
    let mut all = context.delegations.iter();
    let known = all.find(|one| one.delegator_id == delegator).cloned();
    if let Some(known) = &known
        && known.deputy_id == naming.deputy
    {
        return Ok(());
    }
    if let Some(known) = &known {
        end(tx, who, known)?;
    }
    insert(tx, who, &context, naming)?;
    let mut context = MeetingContext::within(tx, who, context.meeting)?;
    invite(tx, who, &mut context, naming.deputy)?;
    if let Some(known) = &known {
        release(tx, who, &mut context, known)?;
    }
    tell_delegator(tx, who, &context, delegator, !naming.by_delegator)
}

/// Takes back that somebody is represented: the person is asked again, the deputy is not needed any
/// more, and both are told.
///
/// # Errors
/// [`Error::NotFound`] if there is no deputy; a conflict if the meeting cannot be answered any more.
pub fn withdraw(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    delegator: Id<Person>,
) -> Result<()> {
    let now = tx.now;
    let known = standing(tx, who, meeting, delegator)?.ok_or(Error::NotFound)?;
    answers::may_answer(tx, who, meeting, delegator, now)?;
    answers::withdraw(tx, who, meeting, delegator)?;
    end_and_tell(tx, who, meeting, &known, true)
}

/// Takes an answer of somebody who may give one ([`answers::may_answer`]). If it is the latest,
/// the person is represented by nobody any more.
pub fn answer(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    given: &NewAnswer,
) -> Result<()> {
    answers::record(tx, who, meeting, person, given)?;
    let Some(known) = standing(tx, who, meeting, person)? else {
        return Ok(());
    };
    let latest = answers::current(tx, who, meeting)?.remove(&person);
    match latest {
        Some(latest) if latest.value == AnswerValue::Delegated => Ok(()),
        _ => end_and_tell(tx, who, meeting, &known, false),
    }
}

/// Ends the delegations of which somebody is not invited any more: a delegator who has lost the
/// deputy is asked again, a deputy without a delegator is not needed. Whether there was one; the
/// context is up to date afterwards.
pub(super) fn put_right(
    tx: &mut Tx,
    who: &impl Scope,
    context: &mut MeetingContext,
) -> Result<bool> {
    let rows = store::by_person(tx, who, context.meeting.id)?;
    let is_invited = |person: &Id<Person>| {
        let row = rows.get(person);
        row.is_some_and(|row| row.state == InvitationState::Invited)
    };
    let is_broken =
        |one: &&Delegation| !is_invited(&one.delegator_id) || !is_invited(&one.deputy_id);
    let broken: Vec<_> = context
        .delegations
        .iter()
        .filter(is_broken)
        .cloned()
        .collect();
    if broken.is_empty() {
        return Ok(false);
    }
    for one in &broken {
        end(tx, who, one)?;
        answers::withdraw(tx, who, &context.meeting, one.delegator_id)?;
    }
    *context = MeetingContext::within(tx, who, context.meeting.clone())?;
    for one in &broken {
        release(tx, who, context, one)?;
        tell_delegator(tx, who, context, one.delegator_id, true)?;
    }
    Ok(true)
}

fn check(context: &MeetingContext, naming: &Naming) -> Result<()> {
    let invalid = |rule, words| Err(Error::invalid("deputy_id", rule, words));
    let person = |id| {
        context
            .people
            .get(&id)
            .filter(|person| !person.is_removed())
    };
    let (Some(delegator), Some(deputy)) = (person(naming.delegator), person(naming.deputy)) else {
        return invalid("exists", "there is no such person");
    };
    if deputy.id() == delegator.id() {
        return invalid("other", "must be somebody else");
    }
    let may_be_named = || {
        let allowed = candidates(context, delegator);
        allowed.iter().any(|allowed| allowed.id() == deputy.id())
    };
    let is_single = context.delegators_of(delegator.id()).is_empty()
        && context.deputy_of(deputy.id()).is_none();
    let words = "who comes as a deputy cannot be represented by somebody else";
    conflict_unless(is_single, "chain", words)?;
    if naming.among == Among::OwnMunicipality && !may_be_named() {
        let words = "must be a delegate or deputy of the own municipality who can be reached";
        return invalid("own_municipality", words);
    }
    store::check_role(deputy)
}

fn standing(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    delegator: Id<Person>,
) -> Result<Option<Delegation>> {
    let all = delegations::of_meeting(tx, who, meeting.id)?;
    Ok(all.into_iter().find(|one| one.delegator_id == delegator))
}

fn insert(tx: &mut Tx, who: &impl Scope, context: &MeetingContext, naming: &Naming) -> Result<()> {
    let (id, now) = (tx.id::<Delegation>(), tx.now);
    let rows = store::by_person(tx, who, context.meeting.id)?;
    let is_invited = rows
        .get(&naming.deputy)
        .is_some_and(|row| row.state == InvitationState::Invited);
    let mut others = context.delegations.iter();
    let only_as_deputy =
        !is_invited || others.any(|other| other.deputy_id == naming.deputy && other.only_as_deputy);
    diesel::insert_into(delegation_rows::table)
        .values((
            delegation_rows::id.eq(id),
            delegation_rows::cooperation_id.eq(who.cooperation()),
            delegation_rows::meeting_id.eq(context.meeting.id),
            delegation_rows::delegator_id.eq(naming.delegator),
            delegation_rows::deputy_id.eq(naming.deputy),
            delegation_rows::way.eq(naming.channel),
            delegation_rows::only_as_deputy.eq(only_as_deputy),
            delegation_rows::delegated_at.eq(naming.at),
            delegation_rows::created_at.eq(now),
            delegation_rows::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

fn end(tx: &mut Tx, who: &impl Scope, ended: &Delegation) -> Result<()> {
    diesel::update(delegation_rows::table)
        .filter(delegation_rows::id.eq(ended.id))
        .filter(delegation_rows::cooperation_id.eq(who.cooperation()))
        .set((
            delegation_rows::withdrawn_at.eq(tx.now),
            delegation_rows::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes that somebody who was invited only as a deputy is now invited in any case.
pub(super) fn invited_anyway(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    deputy: Id<Person>,
) -> Result<bool> {
    let changed = diesel::update(delegation_rows::table)
        .filter(delegation_rows::cooperation_id.eq(who.cooperation()))
        .filter(delegation_rows::meeting_id.eq(context.meeting.id))
        .filter(delegation_rows::deputy_id.eq(deputy))
        .filter(delegation_rows::withdrawn_at.is_null())
        .filter(delegation_rows::only_as_deputy.eq(true))
        .set((
            delegation_rows::only_as_deputy.eq(false),
            delegation_rows::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    Ok(changed > 0)
}

fn end_and_tell(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    ended: &Delegation,
    by_mail: bool,
) -> Result<()> {
    end(tx, who, ended)?;
    let mut context = MeetingContext::within(tx, who, meeting.clone())?;
    release(tx, who, &mut context, ended)?;
    tell_delegator(tx, who, &context, ended.delegator_id, by_mail)
}

/// Invites the deputy, or tells one who is invited already.
fn invite(
    tx: &mut Tx,
    who: &impl Scope,
    context: &mut MeetingContext,
    deputy: Id<Person>,
) -> Result<()> {
    let known = store::by_person(tx, who, context.meeting.id)?.remove(&deputy);
    let Some(person) = context.people.get(&deputy).cloned() else {
        return Ok(());
    };
    let row = match known {
        Some(row) if row.state == InvitationState::Invited => row,
        known => store::invite_alone(tx, who, context, &person, known.as_ref())?,
    };
    outbox::notify(tx, who, context, &row, &person, Announcement::Changes)?;
    Ok(())
}

/// Tells somebody not to be needed as a deputy any more, and takes the invitation back if there was
/// no other reason for it. The context is that of afterwards.
fn release(
    tx: &mut Tx,
    who: &impl Scope,
    context: &mut MeetingContext,
    ended: &Delegation,
) -> Result<()> {
    let row = store::by_person(tx, who, context.meeting.id)?.remove(&ended.deputy_id);
    let Some(row) = row.filter(|row| row.state == InvitationState::Invited) else {
        return Ok(());
    };
    let Some(deputy) = context.people.get(&ended.deputy_id).cloned() else {
        return Ok(());
    };
    let is_needed = !ended.only_as_deputy
        || deputy.is_always_invited()
        || !context.delegators_of(deputy.id()).is_empty();
    if is_needed {
        outbox::notify(tx, who, context, &row, &deputy, Announcement::Changes)?;
        return Ok(());
    }
    store::move_sequence_on(tx, &mut context.meeting)?;
    store::withdraw(
        tx,
        who,
        context,
        &deputy,
        (Some(&row), store::Withdrawal::ByHand),
    )
}

/// Tells the delegator how things stand, or only notes that the delegator knows.
fn tell_delegator(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    delegator: Id<Person>,
    by_mail: bool,
) -> Result<()> {
    let row = store::by_person(tx, who, context.meeting.id)?.remove(&delegator);
    let row = row.filter(|row| row.state == InvitationState::Invited);
    let (Some(row), Some(person)) = (row, context.people.get(&delegator)) else {
        return Ok(());
    };
    if by_mail {
        outbox::notify(tx, who, context, &row, person, Announcement::Changes).map(drop)
    } else {
        outbox::note_deputy(tx, who, context, &row)
    }
}
