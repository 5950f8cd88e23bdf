//! Ends a poll (`/polls/{id}/close`, `…/decide`, `…/cancel`): it is closed at its deadline or by a coordinator, decided by
//! the rule or by a coordinator, or cancelled. Repeating any of these changes nothing.

use super::notices::PollNotices;
use super::result::winner_after;
use super::{Ballot, Candidate, Decide, Poll, PollState, becomes, holds, opening, store};
use crate::Tx;
use crate::auth::Scope;
use crate::db::{Id, Json};
use crate::error::{Error, Result, conflict_unless};
use crate::invitations::context::MeetingContext;
use crate::invitations::outbox;
use crate::invitations::text::MeetingFacts;
use crate::meetings::{self, Meeting, NewMeeting};
use crate::people::PersonRole;
use crate::series;

/// Ends voting. If the rule chooses and finds a date, that becomes the meeting. Otherwise the coordinators and the person
/// who opened the poll are asked to choose.
///
/// # Errors
/// A conflict if the poll was cancelled.
pub fn close(tx: &mut Tx, who: &impl Scope, poll: Poll) -> Result<Poll> {
    match poll.state {
        PollState::Open => {}
        PollState::Closed | PollState::Decided => return Ok(poll),
        PollState::Cancelled => return Err(poll.conflict()),
    }
    let now = tx.now;
    let mut notices = counted(tx, who, poll)?;
    if notices.poll.decide == Decide::Automatically
        && let Some((best, _)) = winner_after(notices.poll.tallies(), now)
    {
        match choose(tx, who, &mut notices, best.candidate_id) {
            // The series takes no more meetings, or was deleted: people have to solve that.
            Err(Error::Conflict(..) | Error::NotFound) => {}
            Err(error) => return Err(error),
            Ok(()) => return store::find(tx, who, notices.poll.id),
        }
    }
    store::keep(tx, &notices.poll)?;
    for person in &notices.context.people {
        let opened_it = notices.poll.asked_by == Some(person.id());
        if opened_it || person.role == Some(PersonRole::Coordinator) {
            notices.to_decide(tx, who, person)?;
        }
    }
    store::find(tx, who, notices.poll.id)
}

/// The poll with voting ended and the votes counted; not written yet. Nobody is called on to vote any more.
fn counted(tx: &mut Tx, who: &impl Scope, mut poll: Poll) -> Result<PollNotices> {
    let candidates = store::candidates(tx, who, poll.id)?;
    if poll.outcome.is_none() {
        let ballots = store::ballots(tx, who, poll.id)?;
        let outcome = store::standing(tx, who, &poll, &candidates, &ballots)?;
        poll.outcome = Some(Json(outcome));
        poll.closed_at = Some(tx.now);
        poll.state = PollState::Closed;
    }
    let notices = PollNotices::load(tx, who, poll, candidates)?;
    notices.take_back_calls(tx, who)?;
    Ok(notices)
}

/// Chooses a candidate, by default the one that the rule chooses, which becomes the meeting. Ends voting if it has not
/// ended.
///
/// # Errors
/// A conflict if the poll was cancelled or another date was chosen (`state`), the rule chooses none (`no_winner`), or the
/// date is past (`past`); the field, if the poll has no such candidate.
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
    let by_rule = winner_after(notices.poll.tallies(), now).map(|(best, _)| best.candidate_id);
    let chosen = chosen.or(by_rule).ok_or_else(|| {
        let words = "at no candidate enough municipalities can be represented; name one";
        Error::conflict("no_winner", words)
    })?;
    choose(tx, who, &mut notices, chosen)?;
    store::find(tx, who, notices.poll.id)
}

/// Creates the meeting of a candidate, and notifies everybody who was asked.
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
    conflict_unless(candidate.starts_at > now, "past", "this date is over")?;
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
    let made = meetings::lifecycle::add(tx, who, &series, &new, becomes(chosen))?;
    tx.replan_now(who)?;
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
    let asked = opening::asked(tx, who, &notices.poll, &ballots)?;
    for (_, person) in &asked {
        notices.decided(tx, who, person, (&meeting, &facts))?;
    }
    if notices.poll.holds {
        holds::let_go_of_others(tx, who, notices, &asked, Some(chosen))?;
    }
    Ok(())
}

/// Lists the guests who were asked, so that they are invited with the others. Returns what mails say of the meeting.
fn list_guests(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    ballots: &[Ballot],
) -> Result<MeetingFacts> {
    let context = MeetingContext::within(tx, who, meeting.clone())?;
    for ballot in ballots {
        let guest = context.people.get(&ballot.person_id).filter(|person| {
            let has_a_role = !person.is_removed() && person.role.is_some();
            has_a_role && !person.is_always_invited()
        });
        if let Some(guest) = guest {
            let row = outbox::blank(tx, &context, guest);
            outbox::keep(tx, who, &row, true)?;
        }
    }
    Ok(context.now.facts)
}

/// Cancels a poll; everybody who was asked is notified.
///
/// # Errors
/// A conflict if a date was chosen.
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
    let asked = opening::asked(tx, who, &cancelled, &ballots)?;
    let candidates = store::candidates(tx, who, cancelled.id)?;
    let notices = PollNotices::load(tx, who, cancelled, candidates)?;
    for (_, person) in &asked {
        notices.cancelled(tx, who, person)?;
    }
    if notices.poll.holds {
        holds::let_go_of_others(tx, who, &notices, &asked, None)?;
    }
    store::find(tx, who, notices.poll.id)
}
