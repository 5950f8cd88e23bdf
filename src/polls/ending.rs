//! How a poll ends: closed at its deadline or by hand, decided by the rule or by a coordinator, or
//! called off. Each may be asked for twice and is done once.
use std::collections::HashSet;

use super::letters::Desk;
use super::{Ballot, Candidate, Decide, Poll, PollState, becomes, explain, holds, opening, store};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::db::{Id, Json};
use crate::error::{Error, Result};
use crate::invitations::audience::{self, Invitee};
use crate::invitations::context::MeetingContext;
use crate::invitations::{Invitation, outbox};
use crate::meetings::steps::is_office_time;
use crate::meetings::{self, Meeting, NewMeeting, planning};
use crate::people::{Person, Role};
use crate::series;

/// Ends voting. If the rule is to choose and finds a date, that becomes the meeting; else the
/// coordinators and who opened the poll are told that they have to.
///
/// # Errors
/// A conflict if the poll was called off.
pub fn close(tx: &mut Tx, who: &impl Scope, poll: Poll) -> Result<Poll> {
    match poll.state {
        PollState::Open => {}
        PollState::Closed | PollState::Decided => return Ok(poll),
        PollState::Cancelled => return Err(poll.conflict()),
    }
    let now = tx.now;
    let mut desk = counted(tx, who, poll)?;
    let outcome = desk.poll.outcome.iter().flat_map(|outcome| &outcome.0);
    let outcome: Vec<_> = outcome.cloned().collect();
    if desk.poll.decide == Decide::Automatically
        && let Some((best, _)) = explain::winner(&outcome, now)
    {
        match choose(tx, who, &mut desk, best.candidate_id) {
            // The series takes no more meetings, or is gone: that is for people to solve.
            Err(Error::Conflict(..) | Error::NotFound) => {}
            Err(error) => return Err(error),
            Ok(()) => return store::find(tx, who, desk.poll.id),
        }
    }
    store::keep(tx, &desk.poll)?;
    let today = now.with_timezone(&desk.poll.zone()).date_naive();
    for person in audience::everybody(tx, who, today)? {
        let opened_it = desk.poll.asked_by == Some(person.id());
        if opened_it || person.role == Some(Role::Coordinator) {
            desk.to_decide(tx, who, &person)?;
        }
    }
    let id = desk.poll.id;
    store::find(tx, who, id)
}

/// The poll with voting ended and the votes counted; not written down yet.
fn counted(tx: &mut Tx, who: &impl Scope, mut poll: Poll) -> Result<Desk> {
    let candidates = store::candidates(tx, who, poll.id)?;
    if poll.outcome.is_none() {
        let ballots = store::ballots(tx, who, poll.id)?;
        let outcome = store::standing(tx, who, &poll, &candidates, &ballots)?;
        poll.outcome = Some(Json(outcome));
        poll.closed_at = Some(tx.now);
        poll.state = PollState::Closed;
    }
    Desk::load(tx, who, poll, candidates)
}

/// Chooses a candidate, or the one that the rule chooses, which becomes the meeting. Ends voting if
/// that has not ended.
///
/// # Errors
/// A conflict if the poll was called off or another date was chosen (`state`), the rule chooses none
/// (`no_winner`), or the date is over (`past`); the field, if the poll has no such candidate.
pub fn decide(
    tx: &mut Tx,
    who: &impl Scope,
    poll: Poll,
    chosen: Option<Id<Candidate>>,
) -> Result<Poll> {
    match poll.state {
        PollState::Open | PollState::Closed => {}
        PollState::Decided if chosen.is_none() || chosen == poll.winner_id => return Ok(poll),
        PollState::Decided | PollState::Cancelled => return Err(poll.conflict()),
    }
    let now = tx.now;
    let mut desk = counted(tx, who, poll)?;
    let outcome = desk.poll.outcome.iter().flat_map(|outcome| &outcome.0);
    let outcome: Vec<_> = outcome.cloned().collect();
    let by_rule = || explain::winner(&outcome, now).map(|(best, _)| best.candidate_id);
    let chosen = chosen.or_else(by_rule).ok_or_else(|| {
        let words = "at no candidate enough municipalities can be represented; name one";
        Error::conflict("no_winner", words)
    })?;
    choose(tx, who, &mut desk, chosen)?;
    let id = desk.poll.id;
    store::find(tx, who, id)
}

/// Makes the meeting of a candidate, and tells everybody who was asked, once.
fn choose(tx: &mut Tx, who: &impl Scope, desk: &mut Desk, chosen: Id<Candidate>) -> Result<()> {
    let now = tx.now;
    let mut candidates = desk.candidates.iter();
    let candidate = candidates.find(|candidate| candidate.id == chosen);
    let candidate = candidate.cloned().ok_or_else(|| {
        let words = "there is no such candidate in this poll";
        Error::invalid("candidate_id", "exists", words)
    })?;
    if candidate.starts_at <= now {
        return Err(Error::conflict("past", "this date is over"));
    }
    let series = series::store::find(tx, who, desk.poll.series_id)?;
    let local = candidate
        .starts_at
        .with_timezone(&series.zone())
        .naive_local();
    let new = NewMeeting {
        date: local.date(),
        start_time: Some(local.time()),
        duration_minutes: Some(desk.poll.duration_minutes),
        title: Some(desk.poll.title.clone()),
        venue_id: None,
    };
    let made = meetings::changes::add_as(tx, who, &series, &new, becomes(chosen))?;
    planning::settle(tx, &SystemActor::within(who.cooperation()))?;
    let meeting = meetings::store::find(tx, who, made.id)?;
    let poll = &mut desk.poll;
    poll.state = PollState::Decided;
    poll.winner_id = Some(chosen);
    poll.meeting_id = Some(meeting.id);
    poll.decided_at = Some(now);
    if poll.holds {
        poll.held_from = Some(meeting.starts_at);
        poll.held_until = Some(meeting.ends_at);
    }
    store::keep(tx, &desk.poll)?;
    let ballots = store::ballots(tx, who, desk.poll.id)?;
    let facts = list_guests(tx, who, &meeting, &ballots)?;
    let asked = asked(tx, who, &desk.poll, &ballots)?;
    for person in &asked {
        desk.decided(tx, who, person, (&meeting, &facts))?;
    }
    match desk.poll.holds {
        true => holds::let_go_of_others(tx, who, desk, &asked, Some(chosen)),
        false => Ok(()),
    }
}

/// Who was asked, as of today.
pub(super) fn asked(
    tx: &mut Tx,
    who: &impl Scope,
    poll: &Poll,
    ballots: &[Ballot],
) -> Result<Vec<Invitee>> {
    let today = tx.now.with_timezone(&poll.zone()).date_naive();
    let asked: HashSet<Id<Person>> = ballots.iter().map(|ballot| ballot.person_id).collect();
    let people = audience::everybody(tx, who, today)?;
    let asked = people.into_iter().filter(|one| asked.contains(&one.id()));
    Ok(asked.collect())
}

/// Notes that the guests who were asked are invited with the others. What there is to tell of the
/// meeting.
fn list_guests(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    ballots: &[Ballot],
) -> Result<crate::invitations::letters::MeetingFacts> {
    let (settings, now) = (tx.settings, tx.now);
    let context = MeetingContext::load(tx, who, settings, meeting.clone(), now)?;
    for ballot in ballots {
        let guest = context.people.get(&ballot.person_id).filter(|person| {
            let has_a_role = !person.is_gone() && person.role.is_some();
            has_a_role && !person.is_always_invited()
        });
        if let Some(guest) = guest {
            let row: Invitation = outbox::blank(tx, &context, guest);
            outbox::keep(tx, who, &row, true)?;
        }
    }
    Ok(context.now.facts)
}

/// Calls a poll off; everybody who was asked is told.
///
/// # Errors
/// A conflict if the date was chosen.
pub fn cancel(tx: &mut Tx, who: &impl Scope, poll: Poll, reason: &str) -> Result<Poll> {
    match poll.state {
        PollState::Open | PollState::Closed => {}
        PollState::Cancelled => return Ok(poll),
        PollState::Decided => return Err(poll.conflict()),
    }
    let cancelled = Poll {
        state: PollState::Cancelled,
        cancelled_at: Some(tx.now),
        cancelled_reason: Some(reason.to_owned()),
        ..poll
    };
    store::keep(tx, &cancelled)?;
    let ballots = store::ballots(tx, who, cancelled.id)?;
    let asked = asked(tx, who, &cancelled, &ballots)?;
    let candidates = store::candidates(tx, who, cancelled.id)?;
    let desk = Desk::load(tx, who, cancelled, candidates)?;
    for person in &asked {
        desk.cancelled(tx, who, person)?;
    }
    if desk.poll.holds {
        holds::let_go_of_others(tx, who, &desk, &asked, None)?;
    }
    let id = desk.poll.id;
    store::find(tx, who, id)
}

/// Does what is due of a poll: closes it, reminds those who have not voted, or brings what calendars
/// hold in line with the meeting. Whether anything was done.
pub fn keep_up(tx: &mut Tx, who: &SystemActor, id: Id<Poll>) -> Result<bool> {
    let now = tx.now;
    let poll = store::find(tx, who, id)?;
    let done = match poll.state {
        PollState::Open if poll.deadline <= now => close(tx, who, poll).map(|_| true)?,
        PollState::Open if is_reminder_due(tx, who, &poll)? => {
            remind(tx, who, poll).map(|()| true)?
        }
        PollState::Decided if poll.held_from.is_some() => holds::follow(tx, who, poll)?,
        _ => false,
    };
    if !done {
        tx.unchanged();
    }
    Ok(done)
}

fn is_reminder_due(tx: &mut Tx, who: &SystemActor, poll: &Poll) -> Result<bool> {
    let now = tx.now;
    if poll.reminded_at.is_some() || poll.remind_at > now {
        return Ok(false);
    }
    let land = series::store::find(tx, who, poll.series_id)?
        .avoided_days
        .0
        .land;
    Ok(is_office_time(now, poll.zone(), land))
}

/// Reminds those who have not voted on each candidate, and asks those who would be invited but were not when the poll was
/// opened.
fn remind(tx: &mut Tx, who: &SystemActor, mut poll: Poll) -> Result<()> {
    poll.reminded_at = Some(tx.now);
    store::keep(tx, &poll)?;
    let ballots = store::ballots(tx, who, poll.id)?;
    let asked = asked(tx, who, &poll, &ballots)?;
    let candidates = store::candidates(tx, who, poll.id)?;
    let all = opening::audience_of(tx, who, &poll, &candidates, &[])?;
    let desk = Desk::load(tx, who, poll, candidates)?;
    let known: HashSet<Id<Person>> = ballots.iter().map(|ballot| ballot.person_id).collect();
    for person in all.iter().filter(|person| !known.contains(&person.id())) {
        opening::ask(tx, who, &desk, person)?;
    }
    let silent = ballots
        .iter()
        .filter(|ballot| !ballot.is_complete(&desk.candidates));
    for ballot in silent {
        if let Some(person) = asked.iter().find(|one| one.id() == ballot.person_id) {
            desk.remind(tx, who, person, ballot.id)?;
        }
    }
    Ok(())
}
