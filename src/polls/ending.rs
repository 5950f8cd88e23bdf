//! How a poll ends: closed at its deadline or by hand, decided by the rule or by a coordinator, or
//! called off. Each may be asked for twice and is done once.
use std::collections::HashSet;

use super::notices::PollNotices;
use super::{Ballot, Candidate, Decide, Poll, PollState, becomes, explain, holds, opening, store};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations;
use crate::db::{Id, Json};
use crate::error::{Error, Result};
use crate::invitations::context::MeetingContext;
use crate::invitations::{Invitation, outbox};
use crate::meetings::steps::is_office_time;
use crate::meetings::{self, Meeting, NewMeeting, planning};
use crate::people::on_day::{self, PersonOnDay};
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
    let mut notices = counted(tx, who, poll)?;
    let outcome = notices.poll.outcome.iter().flat_map(|outcome| &outcome.0);
    let outcome: Vec<_> = outcome.cloned().collect();
    if notices.poll.decide == Decide::Automatically
        && let Some((best, _)) = explain::winner(&outcome, now)
    {
        match choose(tx, who, &mut notices, best.candidate_id) {
            // The series takes no more meetings, or is gone: that is for people to solve.
            Err(Error::Conflict(..) | Error::NotFound) => {}
            Err(error) => return Err(error),
            Ok(()) => return store::find(tx, who, notices.poll.id),
        }
    }
    store::keep(tx, &notices.poll)?;
    let today = now.with_timezone(&notices.poll.zone()).date_naive();
    for person in on_day::all(tx, who, today)? {
        let opened_it = notices.poll.asked_by == Some(person.id());
        if opened_it || person.role == Some(Role::Coordinator) {
            notices.to_decide(tx, who, &person)?;
        }
    }
    let id = notices.poll.id;
    store::find(tx, who, id)
}

/// The poll with voting ended and the votes counted; not written down yet.
fn counted(tx: &mut Tx, who: &impl Scope, mut poll: Poll) -> Result<PollNotices> {
    let candidates = store::candidates(tx, who, poll.id)?;
    if poll.outcome.is_none() {
        let ballots = store::ballots(tx, who, poll.id)?;
        let outcome = store::standing(tx, who, &poll, &candidates, &ballots)?;
        poll.outcome = Some(Json(outcome));
        poll.closed_at = Some(tx.now);
        poll.state = PollState::Closed;
    }
    PollNotices::load(tx, who, poll, candidates)
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
    let mut notices = counted(tx, who, poll)?;
    let outcome = notices.poll.outcome.iter().flat_map(|outcome| &outcome.0);
    let outcome: Vec<_> = outcome.cloned().collect();
    let by_rule = || explain::winner(&outcome, now).map(|(best, _)| best.candidate_id);
    let chosen = chosen.or_else(by_rule).ok_or_else(|| {
        let words = "at no candidate enough municipalities can be represented; name one";
        Error::conflict("no_winner", words)
    })?;
    choose(tx, who, &mut notices, chosen)?;
    let id = notices.poll.id;
    store::find(tx, who, id)
}

/// Makes the meeting of a candidate, and tells everybody who was asked, once.
fn choose(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &mut PollNotices,
    chosen: Id<Candidate>,
) -> Result<()> {
    let now = tx.now;
    let mut candidates = notices.candidates.iter();
    let candidate = candidates.find(|candidate| candidate.id == chosen);
    let candidate = candidate.cloned().ok_or_else(|| {
        let words = "there is no such candidate in this poll";
        Error::invalid("candidate_id", "exists", words)
    })?;
    if candidate.starts_at <= now {
        return Err(Error::conflict("past", "this date is over"));
    }
    let series = series::store::find(tx, who, notices.poll.series_id)?;
    let local = candidate
        .starts_at
        .with_timezone(&series.zone())
        .naive_local();
    let new = NewMeeting {
        date: local.date(),
        start_time: Some(local.time()),
        duration_minutes: Some(notices.poll.duration_minutes),
        title: Some(notices.poll.title.clone()),
        venue_id: None,
    };
    let made = meetings::changes::add_as(tx, who, &series, &new, becomes(chosen))?;
    planning::settle(tx, &SystemActor::within(who.cooperation()))?;
    let meeting = meetings::store::find(tx, who, made.id)?;
    let poll = &mut notices.poll;
    poll.state = PollState::Decided;
    poll.winner_id = Some(chosen);
    poll.meeting_id = Some(meeting.id);
    poll.decided_at = Some(now);
    if poll.holds {
        poll.held_from = Some(meeting.starts_at);
        poll.held_until = Some(meeting.ends_at);
    }
    store::keep(tx, &notices.poll)?;
    let ballots = store::ballots(tx, who, notices.poll.id)?;
    let facts = list_guests(tx, who, &meeting, &ballots)?;
    let asked = asked(tx, who, &notices.poll, &ballots)?;
    for person in &asked {
        notices.decided(tx, who, person, (&meeting, &facts))?;
    }
    match notices.poll.holds {
        true => holds::let_go_of_others(tx, who, notices, &asked, Some(chosen)),
        false => Ok(()),
    }
}

/// Who was asked, as of today.
pub(super) fn asked(
    tx: &mut Tx,
    who: &impl Scope,
    poll: &Poll,
    ballots: &[Ballot],
) -> Result<Vec<PersonOnDay>> {
    let today = tx.now.with_timezone(&poll.zone()).date_naive();
    let asked: HashSet<Id<Person>> = ballots.iter().map(|ballot| ballot.person_id).collect();
    let people = on_day::all(tx, who, today)?;
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
) -> Result<crate::invitations::text::MeetingFacts> {
    let (settings, now) = (tx.settings, tx.now);
    let context = MeetingContext::load(tx, who, settings, meeting.clone(), now)?;
    for ballot in ballots {
        let guest = context.people.get(&ballot.person_id).filter(|person| {
            let has_a_role = !person.is_removed() && person.role.is_some();
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
    let notices = PollNotices::load(tx, who, cancelled, candidates)?;
    for person in &asked {
        notices.cancelled(tx, who, person)?;
    }
    if notices.poll.holds {
        holds::let_go_of_others(tx, who, &notices, &asked, None)?;
    }
    let id = notices.poll.id;
    store::find(tx, who, id)
}

/// Does what is due of a poll: closes it, reminds those who have not voted, or brings what calendars
/// hold in line with the meeting. For the planner: it moves the cooperation's generation on by itself.
/// Whether anything was done.
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
    if done {
        cooperations::store::bump_generation(tx, who.cooperation())?;
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
    let notices = PollNotices::load(tx, who, poll, candidates)?;
    let known: HashSet<Id<Person>> = ballots.iter().map(|ballot| ballot.person_id).collect();
    for person in all.iter().filter(|person| !known.contains(&person.id())) {
        opening::ask(tx, who, &notices, person)?;
    }
    let silent = ballots
        .iter()
        .filter(|ballot| !ballot.is_complete(&notices.candidates));
    for ballot in silent {
        if let Some(person) = asked.iter().find(|one| one.id() == ballot.person_id) {
            notices.remind(tx, who, person, ballot.id)?;
        }
    }
    Ok(())
}
