//! Which message a person gets about a meeting.
//!
//! A queued message that has surely not been sent gives way to a later one, which then says everything since
//! what the person knows: changes that cancel each other out are never told.
use diesel::prelude::*;

use super::compose::{Draft, Memo, Reason, stored_notice};
use super::context::MeetingContext;
use super::text::{self, Change, Occasion};
use super::{CANCELLATION, INVITATION, Invitation, InvitationState, LastNotified, topic};
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::{invitations, message_contents, messages};
use crate::db::{Id, Json};
use crate::error::Result;
use crate::notifications::notice::{New, References, enqueue};
use crate::notifications::superseding::{self, Superseded, is_unsent, superseded};
use crate::notifications::{Message, MessageKind, MessageState};
use crate::people::Person;
use crate::people::on_day::PersonOnDay;

/// What one person is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// What has changed, if anything has.
    Changes,
    /// The present state, even if nothing has changed.
    CurrentState,
    /// That the person is not invited any more.
    Withdrawal,
}

/// What a person knows if no queued message is sent.
struct Known {
    told: Option<LastNotified>,
    /// A message that says something else was tried, and may have arrived.
    in_doubt: bool,
    /// A message was once written to the person, whatever became of it.
    written_to: bool,
}

/// Tells one person: writes a message unless there is nothing to tell, and records what the person then knows.
/// Whether a message was written.
pub fn notify(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    invitation: &Invitation,
    invitee: &PersonOnDay,
    what: Announcement,
) -> Result<bool> {
    let known = supersede(tx, who, invitation)?;
    let reason = context.meeting.cancelled_reason.clone();
    let now = context.as_seen_by(invitee.id());
    let Some(occasion) = occasion(&known, &now, what, reason) else {
        let told = known
            .told
            .map(|told| if told.cancelled { told } else { now });
        record(tx, who, invitation, told, None)?;
        return Ok(false);
    };
    let Some(to) = invitee.reachable_mailbox() else {
        // Nobody hears it; a reconciler says it once there is an address that works.
        record(tx, who, invitation, None, None)?;
        return Ok(false);
    };
    let nothing_new = what == Announcement::CurrentState && occasion == Occasion::Invitation;
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
    let new = New {
        kind: draft.kind(),
        topic: topic(invitation.meeting_id),
        // They were taken back already, because what they said decides what this one says.
        supersedes: &[],
        only_if_received: false,
        key: None,
        recipient: invitation.person_id,
        content: draft.content(invitation.id),
        refers_to: References {
            meeting: Some(invitation.meeting_id.cast()),
            invitation: Some(invitation.id.cast()),
            sequence,
        },
    };
    let Some((_, message_id)) = enqueue(tx, who, new)? else {
        return Ok(false);
    };
    let first = first.map_or(message_id, Clone::clone);
    // A person who is invited again later starts from nothing.
    let told = Some(draft.told).filter(|_| what != Announcement::Withdrawal);
    record(tx, who, invitation, told, Some((sequence, first)))?;
    Ok(true)
}

/// The invitations of which a message is queued to an address that is no longer the person's, and what the next
/// one is to tell.
pub fn misaddressed(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
) -> Result<Vec<(Id<Invitation>, Announcement)>> {
    let now = tx.now;
    let queued: Vec<(Id<Invitation>, Id<Person>, MessageKind, String)> = messages::table
        .inner_join(message_contents::table)
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::invitation_id.is_not_null())
        .filter(messages::meeting_id.eq(context.meeting.id))
        .filter(is_unsent(now))
        .order(messages::id)
        .select((
            messages::invitation_id.assume_not_null(),
            messages::person_id,
            messages::kind,
            message_contents::content,
        ))
        .load(&mut **tx)?;
    let elsewhere = |(invitation, person, kind, content): (_, _, _, String)| {
        let person = context.people.get(&person)?;
        let notice = stored_notice(Some(invitation), &content).ok()?;
        if notice.is_to(person.address()) {
            return None;
        }
        // Asked for by hand: it is told even though nothing has changed.
        let by_hand = kind == INVITATION && notice.memo::<Memo>()?.before.is_some();
        let what = if by_hand {
            Announcement::CurrentState
        } else {
            Announcement::Changes
        };
        Some((invitation, what))
    };
    Ok(queued.into_iter().filter_map(elsewhere).collect())
}

/// What there is to tell, given what the person knows and the present state.
fn occasion(
    known: &Known,
    now: &LastNotified,
    what: Announcement,
    reason: Option<String>,
) -> Option<Occasion> {
    let withdrawn = what == Announcement::Withdrawal;
    if withdrawn || now.cancelled {
        let must_hear = match &known.told {
            None => known.in_doubt || known.written_to && what == Announcement::CurrentState,
            Some(told) => !told.cancelled || known.in_doubt || what == Announcement::CurrentState,
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
    let differences = text::changes(&told.facts, &now.facts);
    let changes: Vec<Change> = restored.into_iter().chain(differences).collect();
    match (changes.is_empty(), what) {
        (true, Announcement::CurrentState) => Some(Occasion::Invitation),
        (true, _) if !known.in_doubt => None,
        _ => Some(Occasion::Update { changes }),
    }
}

/// Takes back the queued messages that are not being sent at this moment.
fn supersede(tx: &mut Tx, who: &impl Scope, invitation: &Invitation) -> Result<Known> {
    let mut known = Known {
        told: invitation.told.clone().map(|Json(told)| told),
        in_doubt: false,
        written_to: invitation.told_sequence.is_some(),
    };
    if invitation.told_sequence.is_none() {
        return Ok(known);
    }
    let now = tx.now;
    let queued: Vec<(Id<Message>, String)> = messages::table
        .inner_join(message_contents::table)
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::invitation_id.eq(invitation.id))
        .filter(is_unsent(now))
        .order(messages::id.desc())
        .select((messages::id, message_contents::content))
        .load(&mut **tx)?;
    for (id, content) in queued {
        let notice = stored_notice(Some(invitation.id), &content);
        let memo = notice.ok().and_then(|notice| notice.memo::<Memo>());
        known.told = memo.and_then(|memo| memo.before);
        known.in_doubt |= superseding::supersede(tx, who, id)? == Superseded::InDoubt;
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
        .filter(is_unsent(now))
        .filter(messages::kind.ne(CANCELLATION))
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
    record(tx, who, invitation, told, None)
}

/// Notes what a person knows, and the sequence and first Message-ID of a message that says it.
fn record(
    tx: &mut Tx,
    who: &impl Scope,
    invitation: &Invitation,
    told: Option<LastNotified>,
    message: Option<(i32, String)>,
) -> Result<()> {
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
            invitations::modified_at.eq(tx.now),
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
