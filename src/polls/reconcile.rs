//! Closes polls at their deadline, reminds people, and keeps calendar entries in line with the meeting.
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::notices::{Call, PollNotices};
use super::{Poll, PollState, ending, holds, opening, store};
use crate::Tx;
use crate::auth::SystemActor;
use crate::cooperations::Cooperation;
use crate::db::schema::{meetings, polls};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::MeetingStatus;
use crate::meetings::steps::is_office_time;
use crate::reconcile::{Forecast, Look, Reconciler};
use crate::series;

/// Does what is due, poll by poll.
pub struct Polls;

impl Reconciler for Polls {
    type Item = Id<Poll>;
    const NAME: &'static str = "polls";
    const LOOK: Look = Look::EachRound;

    /// Those whose deadline has passed or whose reminder is due, and those whose meeting differs from the calendar
    /// entries for the chosen date.
    fn due(conn: &mut DbConn, _: &[Id<Cooperation>], now: Instant) -> Result<Forecast<Self::Item>> {
        let reminder = polls::reminded_at.is_null().and(polls::remind_at.le(now));
        let mut found: Vec<(Id<Cooperation>, Id<Poll>)> = polls::table
            // Spelled out as in the condition of the index, which a bound value would keep both engines from.
            .filter(polls::state.eq(sql::<Text>("'open'")))
            .filter(polls::deleted_at.is_null())
            .filter(polls::deadline.le(now).or(reminder))
            .order(polls::id)
            .select((polls::cooperation_id, polls::id))
            .load(conn)?;
        let (from, until) = (
            polls::held_from.assume_not_null(),
            polls::held_until.assume_not_null(),
        );
        let outdated = meetings::starts_at
            .ne(from)
            .or(meetings::ends_at.ne(until))
            .or(meetings::invited_at.is_not_null())
            .or(meetings::status.eq(MeetingStatus::Cancelled))
            .or(meetings::starts_at.le(now))
            .or(meetings::deleted_at.is_not_null());
        let held: Vec<(Id<Cooperation>, Id<Poll>)> = polls::table
            .inner_join(meetings::table.on(polls::meeting_id.eq(meetings::id.nullable())))
            .filter(polls::held_from.is_not_null())
            .filter(outdated)
            .order(polls::id)
            .select((polls::cooperation_id, polls::id))
            .load(conn)?;
        found.extend(held);
        Ok(found.into())
    }

    fn run(tx: &mut Tx, who: &SystemActor, id: Id<Poll>) -> Result<bool> {
        let now = tx.now;
        let poll = store::find(tx, who, id)?;
        match poll.state {
            PollState::Open if poll.deadline <= now => {
                ending::close(tx, who, poll)?;
                Ok(true)
            }
            PollState::Open if is_reminder_due(tx, who, &poll)? => {
                remind(tx, who, poll)?;
                Ok(true)
            }
            PollState::Decided if poll.held_from.is_some() => holds::follow(tx, who, poll),
            _ => Ok(false),
        }
    }
}

fn is_reminder_due(tx: &mut Tx, who: &SystemActor, poll: &Poll) -> Result<bool> {
    let now = tx.now;
    if poll.reminded_at.is_some() || poll.remind_at > now {
        return Ok(false);
    }
    let land = series::store::find(tx, who, poll.series_id)?.land();
    Ok(is_office_time(now, poll.zone(), land))
}

/// Reminds people who have not voted on every candidate, and asks those who would be invited but were not asked when the
/// poll was opened.
fn remind(tx: &mut Tx, who: &SystemActor, mut poll: Poll) -> Result<()> {
    poll.reminded_at = Some(tx.now);
    store::keep(tx, &poll)?;
    let ballots = store::ballots(tx, who, poll.id)?;
    let asked = opening::asked(tx, who, &poll, &ballots)?;
    let candidates = store::candidates(tx, who, poll.id)?;
    let notices = PollNotices::load(tx, who, poll, candidates)?;
    opening::ask_others(tx, who, &notices, &notices.candidates, &ballots)?;
    for (ballot, person) in asked {
        if !ballot.is_complete(&notices.candidates) {
            notices.call(tx, who, (&person, ballot.id), Call::Reminder)?;
        }
    }
    Ok(())
}
