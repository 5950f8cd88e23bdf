//! Queries of invitations: adding, removing, sending again, and showing what became of them.
use std::collections::HashMap;

use diesel::prelude::*;

use super::compose::{Memo, stored_notice};
use super::context::MeetingContext;
use super::deputies;
use super::outbox::{self, Announcement};
use super::{Invitation, InvitationState, Invited};
use crate::Tx;
use crate::auth::{Host, Scope, SystemActor};
use crate::db::schema::{invitations, meetings as meeting_rows, message_contents, messages};
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Result, conflict_unless};
use crate::meetings::{Meeting, MeetingStatus};
use crate::notifications::Message;
use crate::people::Person;
use crate::people::on_day::{self, PersonOnDay};

/// The invitations to a meeting.
pub fn of_meeting(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<Vec<Invitation>> {
    Ok(invitations::table
        .filter(invitations::cooperation_id.eq(who.cooperation()))
        .filter(invitations::meeting_id.eq(meeting))
        .filter(invitations::deleted_at.is_null())
        .order(invitations::id)
        .select(Invitation::as_select())
        .load(conn)?)
}

/// The meetings that a person has an invitation to, and how far each is.
pub fn of_person(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
) -> Result<Vec<(Id<Meeting>, InvitationState)>> {
    Ok(invitations::table
        .filter(invitations::cooperation_id.eq(who.cooperation()))
        .filter(invitations::person_id.eq(person))
        .filter(invitations::deleted_at.is_null())
        .select((invitations::meeting_id, invitations::state))
        .load(conn)?)
}

/// The invitation of a person to a meeting.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn of_person_to(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
    person: Id<Person>,
) -> Result<Invitation> {
    by_person(conn, who, meeting)?
        .remove(&person)
        .ok_or(Error::NotFound)
}

/// When the meeting was to begin and end as a person was told it under that SEQUENCE; as they were
/// told last, if nothing is kept of that.
pub fn time_told(
    conn: &mut DbConn,
    who: &impl Scope,
    invitation: &Invitation,
    sequence: i32,
) -> Result<Option<(Instant, Instant)>> {
    let content: Option<String> = messages::table
        .inner_join(message_contents::table)
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::invitation_id.eq(invitation.id))
        .filter(messages::sequence.eq(sequence))
        .order(messages::id.desc())
        .select(message_contents::content)
        .first(conn)
        .optional()?;
    // What was sent long ago is not stored, or in a form that is not known any more.
    let notice = content.and_then(|content| stored_notice(Some(invitation.id), &content).ok());
    let told = notice.and_then(|notice| Some(notice.memo::<Memo>()?.told));
    let told = told.or_else(|| invitation.told.as_ref().map(|Json(told)| told.clone()));
    Ok(told.map(|told| (told.starts_at, told.ends_at)))
}

pub(super) fn by_person(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<HashMap<Id<Person>, Invitation>> {
    let rows = of_meeting(conn, who, meeting)?;
    Ok(rows.into_iter().map(|row| (row.person_id, row)).collect())
}

/// Everybody who is, was or will be invited to a meeting, by name, and what was sent to them.
pub fn overview(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<Vec<Invited>> {
    let mut rows = by_person(conn, who, meeting.id)?;
    let sent: Vec<(Id<Person>, Message)> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::meeting_id.eq(meeting.id))
        .order(messages::id)
        .select((messages::person_id, Message::as_select()))
        .load(conn)?;
    let mut sent_to: HashMap<_, Vec<Message>> = HashMap::new();
    for (person, message) in sent {
        sent_to.entry(person).or_default().push(message);
    }
    let planned = meeting.status == MeetingStatus::Planned;
    let people = on_day::all(conn, who, meeting.date)?;
    Ok(people
        .into_iter()
        .filter_map(|person| {
            let row = rows.remove(&person.id());
            let will_be = planned && person.is_always_invited();
            if row.is_none() && !will_be || planned && person.is_removed() {
                return None;
            }
            let (since, words) = person.undeliverable();
            Some(Invited {
                person_id: person.id(),
                name: person.name(),
                address: person.address().to_owned(),
                state: row
                    .as_ref()
                    .map_or(InvitationState::Listed, |row| row.state),
                undeliverable_since: since,
                undeliverable_words: words.map(str::to_owned),
                told_sequence: row.as_ref().and_then(|row| row.told_sequence),
                invited_at: row.as_ref().and_then(|row| row.invited_at),
                withdrawn_at: row.as_ref().and_then(|row| row.withdrawn_at),
                messages: sent_to.remove(&person.id()).unwrap_or_default(),
            })
        })
        .collect())
}

/// What stands against doing something to a meeting that is held, say.
pub(super) fn state(meeting: &Meeting) -> Error {
    Error::conflict("state", format!("the meeting is {}", meeting.status))
}

/// Adds somebody: invited at once if the others are, else when they are.
///
/// # Errors
/// A conflict if the person is invited or listed already, or has no role on the day of the meeting,
/// or the meeting is over or cancelled.
pub fn add(tx: &mut Tx, who: &Host, meeting: Meeting, person: Id<Person>) -> Result<Invited> {
    let mut context = open_context(tx, who, meeting)?;
    let person = context
        .people
        .get(&person)
        .filter(|person| !person.is_removed())
        .cloned()
        .ok_or_else(|| Error::invalid("person_id", "exists", "there is no such person"))?;
    check_role(&person)?;
    let known = by_person(tx, who, context.meeting.id)?.remove(&person.id());
    let listed = known.is_none() && person.is_always_invited();
    let invited = context.meeting.status == MeetingStatus::Invited;
    let stands = known
        .as_ref()
        .is_some_and(|row| row.state != InvitationState::Withdrawn);
    if stands && deputies::invited_anyway(tx, who, &context, person.id())? {
        return one(tx, who, &context.meeting, person.id());
    }
    let is_new = !stands && (invited || !listed);
    conflict_unless(is_new, "duplicate", "this person is already invited")?;
    if invited {
        let row = invite_alone(tx, who, &mut context, &person, known.as_ref())?;
        outbox::notify(tx, who, &context, &row, &person, Announcement::Changes)?;
    } else {
        let row = Invitation {
            state: InvitationState::Listed,
            withdrawn_at: None,
            lapsed_at: None,
            ..known
                .clone()
                .unwrap_or_else(|| outbox::blank(tx, &context, &person))
        };
        outbox::keep(tx, who, &row, known.is_none())?;
    }
    one(tx, who, &context.meeting, person.id())
}

/// Checks that a person has a role on the day of the meeting.
pub(super) fn check_role(person: &PersonOnDay) -> Result<()> {
    let message = "this person has no role on the day of the meeting";
    conflict_unless(person.role.is_some(), "not_a_member_on_that_day", message)
}

/// Notes that one person is invited who was not when the others were.
pub(super) fn invite_alone(
    tx: &mut Tx,
    who: &impl Scope,
    context: &mut MeetingContext,
    person: &PersonOnDay,
    known: Option<&Invitation>,
) -> Result<Invitation> {
    if known.is_some_and(|row| is_told(row, context)) {
        move_sequence_on(tx, &mut context.meeting)?;
    }
    outbox::invited(tx, who, context, person, known)
}

/// Takes an invitation back; only that person is told, and those whom it leaves without a deputy or
/// as one.
///
/// # Errors
/// [`Error::NotFound`] if the person is not invited; a conflict if the meeting is over or cancelled.
pub fn remove(tx: &mut Tx, who: &Host, meeting: Meeting, person: Id<Person>) -> Result<()> {
    let mut context = open_context(tx, who, meeting)?;
    let person = context
        .people
        .get(&person)
        .cloned()
        .ok_or(Error::NotFound)?;
    let known = by_person(tx, who, context.meeting.id)?.remove(&person.id());
    let planned = context.meeting.status == MeetingStatus::Planned;
    let row = match known {
        Some(row) if row.state != InvitationState::Withdrawn => Some(row),
        None if planned && person.is_always_invited() => None,
        _ => return Err(Error::NotFound),
    };
    if !planned {
        move_sequence_on(tx, &mut context.meeting)?;
    }
    let by_hand = Withdrawal::ByHand;
    withdraw(tx, who, &context, &person, (row.as_ref(), by_hand))?;
    deputies::put_right(tx, who, &mut context)?;
    Ok(())
}

/// Whether the present SEQUENCE has gone to that person. A calendar that was told to forget the
/// meeting only heeds what comes after that.
pub(super) fn is_told(row: &Invitation, context: &MeetingContext) -> bool {
    row.told_sequence == Some(context.meeting.sequence)
}

/// Why an invitation is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Withdrawal {
    /// Somebody wants it so.
    ByHand,
    /// The person has no role on the day of the meeting.
    WithoutRole,
}

/// Notes that somebody is not invited any more and, if need be, says so.
pub(super) fn withdraw(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    person: &PersonOnDay,
    (known, why): (Option<&Invitation>, Withdrawal),
) -> Result<()> {
    let row = Invitation {
        state: InvitationState::Withdrawn,
        withdrawn_at: Some(tx.now),
        lapsed_at: (why == Withdrawal::WithoutRole).then_some(tx.now),
        ..known
            .cloned()
            .unwrap_or_else(|| outbox::blank(tx, context, person))
    };
    outbox::keep(tx, who, &row, known.is_none())?;
    if known.is_some() {
        outbox::notify(tx, who, context, &row, person, Announcement::Withdrawal)?;
    }
    Ok(())
}

/// Sends somebody how things stand once more, under the same SEQUENCE if nothing has changed.
///
/// # Errors
/// A conflict if the person is not invited or cannot be reached.
pub fn resend(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: Meeting,
    person: Id<Person>,
) -> Result<Invited> {
    if meeting.status == MeetingStatus::Held {
        return Err(state(&meeting));
    }
    let row = of_person_to(tx, who, meeting.id, person)?;
    let context = MeetingContext::within(tx, who, meeting)?;
    let person = context.people.get(&person).ok_or(Error::NotFound)?;
    let is_invited = row.state == InvitationState::Invited;
    conflict_unless(is_invited, "not_invited", "this person is not invited")?;
    let is_reachable = person.reachable_mailbox().is_some();
    let message = "mails to this address come back";
    conflict_unless(is_reachable, "undeliverable", message)?;
    let is_told = outbox::notify(tx, who, &context, &row, person, Announcement::CurrentState)?;
    conflict_unless(is_told, "state", "there is nothing to say to this person")?;
    one(tx, who, &context.meeting, person.id())
}

fn open_context(tx: &mut Tx, who: &Host, meeting: Meeting) -> Result<MeetingContext> {
    if !meeting.is_ahead(tx.now) {
        return Err(match meeting.status {
            MeetingStatus::Planned | MeetingStatus::Invited => {
                Error::conflict("too_late", "the meeting is over")
            }
            MeetingStatus::Held | MeetingStatus::Cancelled => state(&meeting),
        });
    }
    MeetingContext::within(tx, who, meeting)
}

fn one(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
) -> Result<Invited> {
    let mut all = overview(conn, who, meeting)?.into_iter();
    all.find(|invited| invited.person_id == person)
        .ok_or(Error::NotFound)
}

/// Moves SEQUENCE on where one person is told something that does not concern the others.
pub(super) fn move_sequence_on(tx: &mut Tx, meeting: &mut Meeting) -> Result<()> {
    let now = tx.now;
    meeting.sequence += 1;
    meeting.revision += 1;
    meeting.changed_at = now;
    diesel::update(meeting_rows::table.find(meeting.id))
        .set((
            meeting_rows::sequence.eq(meeting.sequence),
            meeting_rows::revision.eq(meeting.revision),
            meeting_rows::changed_at.eq(now),
            meeting_rows::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The invitation that a personal link is for, and its cooperation. The link is the proof.
///
/// # Errors
/// [`Error::NotFound`] if there is none any more.
pub(super) fn by_link(conn: &mut DbConn, id: Id<Invitation>) -> Result<(SystemActor, Invitation)> {
    let (cooperation, row) = invitations::table
        .find(id)
        .filter(invitations::deleted_at.is_null())
        .select((invitations::cooperation_id, Invitation::as_select()))
        .first(conn)?;
    Ok((SystemActor::within(cooperation), row))
}
