//! Which message a person gets, and how it is put into the outbox.
//!
//! A message that waits and surely has not gone out gives way to a later one, which then says
//! everything since what the person knows: changes that cancel each other out are never told.
use std::fmt::Debug;

use diesel::dsl::auto_type;
use diesel::prelude::*;
use serde::Serialize;

use super::compose::{Draft, Reason};
use super::context::MeetingContext;
use super::letters::{self, Change, Occasion};
use super::{Invitation, InvitationState, LastNotified, Message, MessageKind, MessageState};
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::{invitations, letters as letter_rows, messages};
use crate::db::{Id, Instant, Json};
use crate::error::Result;
use crate::people::Person;
use crate::people::on_day::PersonOnDay;

/// Whether a message waits on nobody's lease: it surely goes out after `now`, if at all.
#[must_use]
#[auto_type(no_type_alias)]
pub fn waits(now: Instant) -> _ {
    let is_free = messages::leased_until
        .is_null()
        .or(messages::leased_until.le(now));
    let state: MessageState = MessageState::Queued;
    messages::state.eq(state).and(is_free)
}

/// What becomes of a message that gives way to a later one, or to none.
#[must_use]
#[auto_type(no_type_alias)]
pub fn superseded(now: Instant) -> _ {
    let state: MessageState = MessageState::Superseded;
    let nobody: Option<Instant> = None;
    (
        messages::state.eq(state),
        messages::leased_until.eq(nobody),
        messages::modified_at.eq(now),
    )
}

/// What is to be said to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// What is new, if anything is.
    News,
    /// How things stand, even if nothing is new.
    Again,
    /// That the person is not invited any more.
    Withdrawal,
}

/// What a person knows if nothing that waits is sent.
struct Known {
    told: Option<LastNotified>,
    /// Something else was tried, and may have arrived.
    in_doubt: bool,
    /// Something was once written to the person, whatever became of it.
    written_to: bool,
}

/// Says it to one person: writes a message unless there is nothing to say, and notes what the person
/// then knows. Whether a message was written.
pub fn say(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    invitation: &Invitation,
    invitee: &PersonOnDay,
    what: Say,
) -> Result<bool> {
    let known = take_back(tx, who, invitation)?;
    let reason = context.meeting.cancelled_reason.clone();
    let now = context.as_seen_by(invitee.id());
    let Some(occasion) = occasion(&known, &now, what, reason) else {
        let told = known.told.map(|told| match told.cancelled {
            true => told,
            false => now,
        });
        note(tx, who, invitation, told, None)?;
        return Ok(false);
    };
    let Some(to) = invitee.reachable_mailbox() else {
        // Nobody hears it; a reconciler says it once there is an address that works.
        note(tx, who, invitation, None, None)?;
        return Ok(false);
    };
    let nothing_new = what == Say::Again && occasion == Occasion::Invitation;
    let sequence = match invitation.told_sequence {
        Some(told) if nothing_new => told,
        _ => context.meeting.sequence,
    };
    let heard_before = known.told.is_some() || known.in_doubt;
    let first = invitation
        .first_message_id
        .as_ref()
        .filter(|_| heard_before);
    let reason = Reason {
        occasion,
        before: known.told,
        sequence,
        references: first.into_iter().cloned().collect(),
    };
    let draft = Draft::new(context, invitee, to, reason, tx.now);
    let id: Id<Message> = tx.id();
    let message_id = format!("{id}@{}", tx.settings.domain());
    let now = tx.now;
    diesel::insert_into(messages::table)
        .values((
            messages::id.eq(id),
            messages::cooperation_id.eq(who.cooperation()),
            messages::meeting_id.eq(invitation.meeting_id),
            messages::invitation_id.eq(invitation.id),
            messages::person_id.eq(invitation.person_id),
            messages::kind.eq(draft.kind()),
            messages::sequence.eq(sequence),
            messages::message_id.eq(&message_id),
            messages::state.eq(MessageState::Queued),
            messages::attempts.eq(0),
            messages::next_attempt_at.eq(now),
            messages::created_at.eq(now),
            messages::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    keep_letter(tx, id, draft.clone())?;
    let first = first.map_or(message_id, Clone::clone);
    // Who is invited anew later starts from nothing.
    let told = Some(draft.told).filter(|_| what != Say::Withdrawal);
    note(tx, who, invitation, told, Some((sequence, first)))?;
    Ok(true)
}

/// Keeps what a message says: apart from its row, which is written again each time it is taken and done
/// with.
pub(super) fn keep_letter<T>(tx: &mut Tx, message: Id<Message>, letter: T) -> Result<()>
where
    T: Serialize + Debug + Send + Sync + 'static,
{
    diesel::insert_into(letter_rows::table)
        .values((
            letter_rows::id.eq(message),
            letter_rows::content.eq(Json(letter)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Who has a message waiting under an address that is no longer theirs, and what the next one is to
/// say.
pub fn misaddressed(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
) -> Result<Vec<(Id<Invitation>, Say)>> {
    let now = tx.now;
    let waiting: Vec<(Id<Invitation>, Id<Person>, Json<Draft>)> = messages::table
        .inner_join(letter_rows::table)
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::invitation_id.is_not_null())
        .filter(messages::meeting_id.eq(context.meeting.id))
        .filter(waits(now))
        .order(messages::id)
        .select((
            messages::invitation_id.assume_not_null(),
            messages::person_id,
            letter_rows::content,
        ))
        .load(&mut **tx)?;
    let elsewhere = |(invitation, person, Json(draft)): (_, _, Json<Draft>)| {
        let person = context.people.get(&person)?;
        if draft.is_to(person.address()) {
            return None;
        }
        // Asked for by hand: it is said even though nothing is new.
        let by_hand = draft.before.is_some() && draft.kind() == MessageKind::Invitation;
        Some((invitation, if by_hand { Say::Again } else { Say::News }))
    };
    Ok(waiting.into_iter().filter_map(elsewhere).collect())
}

/// What there is to say, given what the person knows and how things stand.
fn occasion(
    known: &Known,
    now: &LastNotified,
    what: Say,
    reason: Option<String>,
) -> Option<Occasion> {
    let withdrawn = what == Say::Withdrawal;
    if withdrawn || now.cancelled {
        let must_hear = match &known.told {
            None => known.in_doubt || known.written_to && what == Say::Again,
            Some(told) => !told.cancelled || known.in_doubt || what == Say::Again,
        };
        return must_hear.then_some(Occasion::Cancellation {
            reason: reason.filter(|_| !withdrawn),
            no_longer_invited: withdrawn,
        });
    }
    let Some(told) = &known.told else {
        return Some(Occasion::Invitation);
    };
    let restored = told.cancelled.then_some(Change::Restored);
    let differences = letters::changes(&told.facts, &now.facts);
    let changes: Vec<Change> = restored.into_iter().chain(differences).collect();
    match (changes.is_empty(), what) {
        (true, Say::Again) => Some(Occasion::Invitation),
        (true, _) if !known.in_doubt => None,
        _ => Some(Occasion::Update { changes }),
    }
}

/// Takes back what waits and is not on its way at this moment.
fn take_back(tx: &mut Tx, who: &impl Scope, invitation: &Invitation) -> Result<Known> {
    let mut known = Known {
        told: invitation.told.clone().map(|Json(told)| told),
        in_doubt: false,
        written_to: invitation.told_sequence.is_some(),
    };
    if invitation.told_sequence.is_none() {
        return Ok(known);
    }
    let now = tx.now;
    let waiting: Vec<(Id<Message>, i32, Json<Draft>)> = messages::table
        .inner_join(letter_rows::table)
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::invitation_id.eq(invitation.id))
        .filter(waits(now))
        .order(messages::id.desc())
        .select((messages::id, messages::attempts, letter_rows::content))
        .load(&mut **tx)?;
    for (id, attempts, Json(draft)) in waiting {
        known.told = draft.before;
        known.in_doubt |= attempts > 0;
        diesel::update(messages::table.find(id))
            .set(superseded(now))
            .execute(&mut **tx)?;
    }
    if known.told.is_some() && !may_have_heard(tx, who, invitation)? {
        // All that was ever sent was given up: the next is the first, and has to invite.
        known.told = None;
    }
    Ok(known)
}

/// Whether anything was sent, or is on its way at this moment.
fn may_have_heard(tx: &mut Tx, who: &impl Scope, invitation: &Invitation) -> Result<bool> {
    let heard: Option<Id<Message>> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::invitation_id.eq(invitation.id))
        .filter(messages::state.eq_any([MessageState::Sent, MessageState::Queued]))
        .select(messages::id)
        .first(&mut **tx)
        .optional()?;
    Ok(heard.is_some())
}

/// Notes that a person could not be reached: counts as not told, so that a reconciler invites again once
/// there is an address that works. What waits behind it builds on what it said and is dropped; a
/// cancellation stands for itself.
pub fn unreached(tx: &mut Tx, who: &impl Scope, invitation: Id<Invitation>) -> Result<()> {
    let now = tx.now;
    diesel::update(messages::table)
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::invitation_id.eq(invitation))
        .filter(waits(now))
        .filter(messages::kind.ne(MessageKind::Cancellation))
        .set(superseded(now))
        .execute(&mut **tx)?;
    diesel::update(invitations::table)
        .filter(invitations::id.eq(invitation))
        .filter(invitations::cooperation_id.eq(who.cooperation()))
        .set(invitations::told.eq(None::<Json<LastNotified>>))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes that somebody knows who comes instead, or that nobody does, without a message.
pub fn note_deputy(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    invitation: &Invitation,
) -> Result<()> {
    let told = invitation.told.clone().map(|Json(mut told)| {
        let now = context.as_seen_by(invitation.person_id);
        told.facts.deputy = now.facts.deputy;
        told
    });
    note(tx, who, invitation, told, None)
}

/// Notes what a person knows, and the sequence and first Message-ID of a message that says it.
fn note(
    tx: &mut Tx,
    who: &impl Scope,
    invitation: &Invitation,
    told: Option<LastNotified>,
    message: Option<(i32, String)>,
) -> Result<()> {
    let now = tx.now;
    let message = message.map(|(sequence, first)| {
        (
            invitations::told_sequence.eq(sequence),
            invitations::first_message_id.eq(first),
        )
    });
    diesel::update(invitations::table)
        .filter(invitations::id.eq(invitation.id))
        .filter(invitations::cooperation_id.eq(who.cooperation()))
        .set((
            invitations::told.eq(told.map(Json)),
            message,
            invitations::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes that somebody is invited: in the row there is, or in a new one.
pub fn invited(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    invitee: &PersonOnDay,
    known: Option<&Invitation>,
) -> Result<Invitation> {
    let now = tx.now;
    let row = Invitation {
        state: InvitationState::Invited,
        invited_at: Some(now),
        withdrawn_at: None,
        lapsed_at: None,
        ..known
            .cloned()
            .unwrap_or_else(|| blank(tx, context, invitee))
    };
    keep(tx, who, &row, known.is_none())?;
    Ok(row)
}

/// The row of somebody of whom nothing is kept so far.
#[must_use]
pub fn blank(tx: &Tx, context: &MeetingContext, invitee: &PersonOnDay) -> Invitation {
    Invitation {
        id: tx.id(),
        meeting_id: context.meeting.id,
        person_id: invitee.id(),
        state: InvitationState::Listed,
        told: None,
        told_sequence: None,
        first_message_id: None,
        invited_at: None,
        withdrawn_at: None,
        lapsed_at: None,
    }
}

/// Writes the state of an invitation, of a new one with all the rest.
pub fn keep(tx: &mut Tx, who: &impl Scope, row: &Invitation, is_new: bool) -> Result<()> {
    let now = tx.now;
    let state = (
        invitations::state.eq(row.state),
        invitations::invited_at.eq(row.invited_at),
        invitations::withdrawn_at.eq(row.withdrawn_at),
        invitations::lapsed_at.eq(row.lapsed_at),
        invitations::modified_at.eq(now),
    );
    if is_new {
        diesel::insert_into(invitations::table)
            .values((
                invitations::id.eq(row.id),
                invitations::cooperation_id.eq(who.cooperation()),
                invitations::meeting_id.eq(row.meeting_id),
                invitations::person_id.eq(row.person_id),
                state,
                invitations::created_at.eq(now),
            ))
            .execute(&mut **tx)?;
    } else {
        diesel::update(invitations::table)
            .filter(invitations::id.eq(row.id))
            .filter(invitations::cooperation_id.eq(who.cooperation()))
            .set(state)
            .execute(&mut **tx)?;
    }
    Ok(())
}
