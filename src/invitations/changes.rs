//! Reconciles invited meetings: tells what has changed, and keeps those invited who should be.
use chrono::TimeDelta;
use diesel::prelude::*;

use super::context::MeetingContext;
use super::deputies;
use super::outbox::{self, Announcement};
use super::store::Withdrawal::WithoutRole;
use super::{Invitation, InvitationState, store, text};
use crate::auth::SystemActor;
use crate::cooperations::Cooperation;
use crate::db::schema::{meetings as meeting_rows, series as series_rows};
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::Result;
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::reconcile::{Forecast, Look, Reconciler};
use crate::{Tx, series};

/// What is told at once, because people may be about to set out: changes of a meeting that is, or
/// was thought to be, nearer than this and twice the window in which changes are gathered.
const NEAR: TimeDelta = TimeDelta::hours(1);

/// Tells people what has changed of a meeting since they heard of it last: one message each, or none.
pub struct Changes;

impl Reconciler for Changes {
    type Item = Id<Meeting>;
    const NAME: &'static str = "changes of meetings";
    const LOOK: Look = Look::EachRound;

    /// Those whose window is over, and those that are too near to wait for it.
    fn due(conn: &mut DbConn, _: &[Id<Cooperation>], now: Instant) -> Result<Forecast<Self::Item>> {
        type Waiting = (Id<Cooperation>, Id<Meeting>, Option<Instant>, Instant, i32);
        let waiting: Vec<Waiting> = meeting_rows::table
            .inner_join(series_rows::table.on(series_rows::id.eq(meeting_rows::series_id)))
            .filter(meeting_rows::tell_at.is_not_null())
            .order((meeting_rows::tell_at, meeting_rows::id))
            .select((
                meeting_rows::cooperation_id,
                meeting_rows::id,
                meeting_rows::tell_at,
                meeting_rows::starts_at,
                series_rows::change_window_minutes,
            ))
            .load(conn)?;
        let mut found = Vec::new();
        for (cooperation, id, tell_at, starts_at, window) in waiting {
            let soon = nearer_than(now, window);
            let is_due = tell_at.is_some_and(|at| at <= now)
                || starts_at < soon
                || is_thought_before(
                    &store::of_meeting(conn, &SystemActor::within(cooperation), id)?,
                    soon,
                );
            if is_due {
                found.push((cooperation, id));
            }
        }
        Ok(found.into())
    }

    fn run(tx: &mut Tx, who: &SystemActor, id: Id<Meeting>) -> Result<bool> {
        let now = tx.now;
        let mut meeting = meetings::store::find(tx, who, id)?;
        let Some(tell_at) = meeting.tell_at else {
            return Ok(false);
        };
        let rows = store::of_meeting(tx, who, id)?;
        if tell_at > now {
            let window = series::store::find(tx, who, meeting.series_id)?.change_window_minutes;
            let soon = nearer_than(now, window);
            if meeting.starts_at >= soon && !is_thought_before(&rows, soon) {
                return Ok(false);
            }
        }
        if takes_place_after_all(&meeting, &rows) {
            // An answer given before people heard that it is off says nothing about whether they come.
            meeting.asked_sequence = meeting.sequence;
        }
        diesel::update(meeting_rows::table.find(id))
            .set((
                meeting_rows::tell_at.eq(None::<Instant>),
                meeting_rows::asked_sequence.eq(meeting.asked_sequence),
            ))
            .execute(&mut **tx)?;
        let is_news = matches!(
            meeting.status,
            MeetingStatus::Invited | MeetingStatus::Cancelled
        );
        // That it was off in time is still worth knowing, for calendars and for who asks later.
        let off_in_time = meeting.status == MeetingStatus::Cancelled
            && meeting
                .cancelled_at
                .is_some_and(|at| at < meeting.starts_at);
        if !is_news || meeting.ends_at <= now && !off_in_time {
            return Ok(true);
        }
        let context = MeetingContext::within(tx, who, meeting)?;
        for row in rows
            .iter()
            .filter(|row| row.state == InvitationState::Invited)
        {
            // Who has left is taken back by `reconcile`, and hears of that only.
            let person = context.people.get(&row.person_id);
            if let Some(person) = person.filter(|person| !person.is_removed()) {
                outbox::notify(tx, who, &context, row, person, Announcement::Changes)?;
            }
        }
        Ok(true)
    }
}

fn nearer_than(now: Instant, window_minutes: i32) -> Instant {
    (*now + TimeDelta::minutes(window_minutes.into()) * 2 + NEAR).into()
}

/// Whether somebody who is invited was told that the meeting begins before `soon`.
fn is_thought_before(rows: &[Invitation], soon: Instant) -> bool {
    rows.iter()
        .filter(|row| row.state == InvitationState::Invited)
        .filter_map(|row| row.told.as_ref())
        .any(|Json(told)| !told.cancelled && told.starts_at < soon)
}

fn takes_place_after_all(meeting: &Meeting, rows: &[Invitation]) -> bool {
    let heard_it_is_off = |row: &Invitation| {
        row.state == InvitationState::Invited
            && row.told.as_ref().is_some_and(|told| told.0.cancelled)
    };
    meeting.status == MeetingStatus::Invited && rows.iter().any(heard_it_is_off)
}

/// Keeps those invited to a meeting who should be: invites who has become a delegate, takes back the invitations of
/// those who have left or whose membership ends before the meeting, invites them again if that turns out not to be
/// so, tries again those who could not be reached and now can, readdresses what waits under an address that was
/// corrected, and notices when a venue or host was renamed.
///
/// Who changed into a role that is not always invited stays invited: anybody may be, by name.
pub struct Invitations;

impl Reconciler for Invitations {
    type Item = Id<Meeting>;
    const NAME: &'static str = "invitations";
    const LOOK: Look = Look::AfterChanges;

    /// The meetings that are ahead and that people are invited to.
    fn due(
        conn: &mut DbConn,
        of: &[Id<Cooperation>],
        now: Instant,
    ) -> Result<Forecast<Self::Item>> {
        let invited: Vec<(Id<Cooperation>, Id<Meeting>)> = meeting_rows::table
            .filter(meeting_rows::cooperation_id.eq_any(of))
            .filter(meeting_rows::status.eq(MeetingStatus::Invited))
            .filter(meeting_rows::starts_at.gt(now))
            .filter(meeting_rows::deleted_at.is_null())
            .order((meeting_rows::cooperation_id, meeting_rows::id))
            .select((meeting_rows::cooperation_id, meeting_rows::id))
            .load(conn)?;
        Ok(invited.into())
    }

    fn run(tx: &mut Tx, who: &SystemActor, id: Id<Meeting>) -> Result<bool> {
        let meeting = meetings::store::find(tx, who, id)?;
        if meeting.status != MeetingStatus::Invited || meeting.starts_at <= tx.now {
            return Ok(false);
        }
        let mut context = MeetingContext::within(tx, who, meeting)?;
        let mut done = withdraw_leaving(tx, who, &mut context)?;
        done |= deputies::put_right(tx, who, &mut context)?;

        let rows = store::by_person(tx, who, id)?;
        let invited = || {
            rows.values()
                .filter(|row| row.state == InvitationState::Invited)
        };
        let mut known = context
            .to_invite(&rows)
            .into_iter()
            .map(|person| rows.get(&person.id()));
        if known.any(|row| row.is_some_and(|row| store::is_told(row, &context))) {
            store::move_sequence_on(tx, &mut context.meeting)?;
        }
        for person in context.to_invite(&rows) {
            let known = rows.get(&person.id());
            let row = outbox::invited(tx, who, &context, person, known)?;
            outbox::notify(tx, who, &context, &row, person, Announcement::Changes)?;
            done = true;
        }
        let mut unreached: Vec<&Invitation> = invited().filter(|row| row.told.is_none()).collect();
        unreached.sort_by_key(|row| row.id);
        for row in unreached {
            let person = context.people.get(&row.person_id);
            if let Some(person) = person.filter(|person| person.reachable_mailbox().is_some()) {
                done |= outbox::notify(tx, who, &context, row, person, Announcement::Changes)?;
            }
        }
        for (invitation, what) in outbox::misaddressed(tx, who, &context)? {
            let row = invited().find(|row| row.id == invitation && row.told.is_some());
            let person = row.and_then(|row| context.people.get(&row.person_id));
            if let (Some(row), Some(person)) = (row, person) {
                done |= outbox::notify(tx, who, &context, row, person, what)?;
            }
        }
        let differs = |row: &Invitation| {
            row.told.as_ref().is_some_and(|told| {
                let now = context.as_seen_by(row.person_id);
                !told.0.cancelled && !text::changes(&told.0.facts, &now.facts).is_empty()
            })
        };
        if context.meeting.tell_at.is_none() && invited().any(differs) {
            let window =
                series::store::find(tx, who, context.meeting.series_id)?.change_window_minutes;
            meetings::store::note_change(tx, &context.meeting, window)?;
            done = true;
        }
        Ok(done)
    }
}

/// Takes back the invitations of those who have left or have no role on the day. Whether there was
/// any.
fn withdraw_leaving(tx: &mut Tx, who: &SystemActor, context: &mut MeetingContext) -> Result<bool> {
    let rows = store::by_person(tx, who, context.meeting.id)?;
    let is_leaving = |row: &&Invitation| {
        let person = context.people.get(&row.person_id);
        row.state == InvitationState::Invited
            && person.is_none_or(|person| person.is_removed() || person.role.is_none())
    };
    let mut leaving: Vec<&Invitation> = rows.values().filter(is_leaving).collect();
    leaving.sort_by_key(|row| row.id);
    if leaving.is_empty() {
        return Ok(false);
    }
    store::move_sequence_on(tx, &mut context.meeting)?;
    for row in leaving {
        if let Some(person) = context.people.get(&row.person_id) {
            store::withdraw(tx, who, context, person, (Some(row), WithoutRole))?;
        }
    }
    Ok(true)
}
