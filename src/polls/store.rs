//! Queries of date polls.
use std::collections::HashMap;

use diesel::prelude::*;

use super::result::{self, Cast, Tally};
use super::{Ballot, Candidate, Poll, PollState, becomes};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::{self, Cooperation};
use crate::db::schema::{meetings, poll_ballots, poll_candidates, polls};
use crate::db::{DbConn, Id, Instant, Json, Spelled};
use crate::error::Result;
use crate::meetings::{Meeting, Status};
use crate::municipalities;
use crate::people::Person;
use crate::people::on_day::PeopleByDay;
use crate::series::Series;

/// One poll.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if the cooperation has none of that key.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Poll>) -> Result<Poll> {
    Ok(polls::table
        .find(id)
        .filter(polls::cooperation_id.eq(who.cooperation()))
        .filter(polls::deleted_at.is_null())
        .select(Poll::as_select())
        .first(conn)?)
}

/// The polls of a series, the latest first.
pub fn page(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    after: Option<Id<Poll>>,
    limit: i64,
) -> Result<Vec<Poll>> {
    let mut query = polls::table
        .filter(polls::cooperation_id.eq(who.cooperation()))
        .filter(polls::series_id.eq(of))
        .filter(polls::deleted_at.is_null())
        .order(polls::id.desc())
        .limit(limit)
        .select(Poll::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(polls::id.lt(after));
    }
    Ok(query.load(conn)?)
}

/// How many polls of a series take votes.
pub fn count_open(conn: &mut DbConn, who: &impl Scope, of: Id<Series>) -> Result<i64> {
    Ok(polls::table
        .filter(polls::cooperation_id.eq(who.cooperation()))
        .filter(polls::series_id.eq(of))
        .filter(polls::state.eq(PollState::Open))
        .filter(polls::deleted_at.is_null())
        .count()
        .get_result(conn)?)
}

/// The candidates of a poll in the order of time.
pub fn candidates(conn: &mut DbConn, who: &impl Scope, of: Id<Poll>) -> Result<Vec<Candidate>> {
    Ok(poll_candidates::table
        .filter(poll_candidates::cooperation_id.eq(who.cooperation()))
        .filter(poll_candidates::poll_id.eq(of))
        .filter(poll_candidates::deleted_at.is_null())
        .order((poll_candidates::starts_at, poll_candidates::id))
        .select(Candidate::as_select())
        .load(conn)?)
}

/// The ballots of a poll.
pub fn ballots(conn: &mut DbConn, who: &impl Scope, of: Id<Poll>) -> Result<Vec<Ballot>> {
    Ok(poll_ballots::table
        .filter(poll_ballots::cooperation_id.eq(who.cooperation()))
        .filter(poll_ballots::poll_id.eq(of))
        .order(poll_ballots::id)
        .select(Ballot::as_select())
        .load(conn)?)
}

/// The ballot that a personal link leads to, and its cooperation.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if there is none.
pub fn by_link(conn: &mut DbConn, id: Id<Ballot>) -> Result<(SystemActor, Ballot)> {
    let (cooperation, ballot): (Id<Cooperation>, Ballot) = poll_ballots::table
        .find(id)
        .select((poll_ballots::cooperation_id, Ballot::as_select()))
        .first(conn)?;
    Ok((SystemActor::within(cooperation), ballot))
}

/// The cooperation of a candidate that calendars hold by one of these keys, unless people are invited to
/// the meeting that it has become.
pub fn holding(conn: &mut DbConn, keys: &[Id<Candidate>]) -> Result<Option<Id<Cooperation>>> {
    type Row = (Id<Cooperation>, Id<Candidate>);
    let row: Option<Row> = poll_candidates::table
        .inner_join(polls::table.on(polls::id.eq(poll_candidates::poll_id)))
        .filter(poll_candidates::id.eq_any(keys))
        .filter(polls::holds.eq(true))
        .select((poll_candidates::cooperation_id, poll_candidates::id))
        .first(conn)
        .optional()?;
    let Some((cooperation, candidate)) = row else {
        return Ok(None);
    };
    let invited: Option<Id<Meeting>> = meetings::table
        .find(becomes(candidate))
        .filter(meetings::cooperation_id.eq(cooperation))
        .filter(meetings::invited_at.is_not_null())
        .select(meetings::id)
        .first(conn)
        .optional()?;
    Ok(invited.is_none().then_some(cooperation))
}

/// Writes a new poll with its candidates, each by start and end.
pub fn insert(
    tx: &mut Tx,
    who: &impl Scope,
    poll: &Poll,
    candidates: &[(Instant, Instant)],
) -> Result<()> {
    let (cooperation, now) = (who.cooperation(), tx.now);
    diesel::insert_into(polls::table)
        .values((
            polls::id.eq(poll.id),
            polls::cooperation_id.eq(cooperation),
            polls::series_id.eq(poll.series_id),
            polls::asked_by.eq(poll.asked_by),
            polls::title.eq(&poll.title),
            polls::duration_minutes.eq(poll.duration_minutes),
            polls::time_zone.eq(&poll.time_zone),
            polls::deadline.eq(poll.deadline),
            polls::remind_at.eq(poll.remind_at),
            polls::visibility.eq(poll.visibility),
            polls::decide.eq(poll.decide),
            polls::holds.eq(poll.holds),
            polls::state.eq(poll.state),
            polls::created_at.eq(now),
            polls::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    for span in candidates {
        insert_candidate(tx, who, poll.id, *span)?;
    }
    Ok(())
}

/// Writes a new candidate, by start and end.
pub fn insert_candidate(
    tx: &mut Tx,
    who: &impl Scope,
    of: Id<Poll>,
    (starts_at, ends_at): (Instant, Instant),
) -> Result<Candidate> {
    let (id, now) = (tx.id::<Candidate>(), tx.now);
    diesel::insert_into(poll_candidates::table)
        .values((
            poll_candidates::id.eq(id),
            poll_candidates::cooperation_id.eq(who.cooperation()),
            poll_candidates::poll_id.eq(of),
            poll_candidates::starts_at.eq(starts_at),
            poll_candidates::ends_at.eq(ends_at),
            poll_candidates::created_at.eq(now),
            poll_candidates::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(Candidate {
        id,
        starts_at,
        ends_at,
    })
}

/// Takes a candidate out, with the votes on it.
pub fn remove_candidate(
    tx: &mut Tx,
    who: &impl Scope,
    ballots: &[Ballot],
    gone: Id<Candidate>,
) -> Result<()> {
    let now = tx.now;
    diesel::update(poll_candidates::table.find(gone))
        .filter(poll_candidates::cooperation_id.eq(who.cooperation()))
        .set((
            poll_candidates::deleted_at.eq(now),
            poll_candidates::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    for ballot in ballots {
        if ballot.vote_on(gone).is_none() {
            continue;
        }
        let mut votes = ballot.votes.0.clone();
        votes.retain(|choice| choice.candidate_id != gone);
        diesel::update(poll_ballots::table.find(ballot.id))
            .set((
                poll_ballots::votes.eq(Json(votes)),
                poll_ballots::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Writes an empty ballot for a person.
///
/// # Errors
/// If the person has one.
pub fn insert_ballot(
    tx: &mut Tx,
    who: &impl Scope,
    of: Id<Poll>,
    person: Id<Person>,
) -> Result<Id<Ballot>> {
    let (id, now) = (tx.id::<Ballot>(), tx.now);
    diesel::insert_into(poll_ballots::table)
        .values((
            poll_ballots::id.eq(id),
            poll_ballots::cooperation_id.eq(who.cooperation()),
            poll_ballots::poll_id.eq(of),
            poll_ballots::person_id.eq(person),
            poll_ballots::votes.eq("[]"),
            poll_ballots::created_at.eq(now),
            poll_ballots::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// Writes down what has become of a poll: its state with all that goes with it, its deadline, what calendars
/// hold, and that people were reminded.
pub fn keep(tx: &mut Tx, poll: &Poll) -> Result<()> {
    let now = tx.now;
    diesel::update(polls::table.find(poll.id))
        .set((
            polls::state.eq(poll.state),
            polls::deadline.eq(poll.deadline),
            polls::remind_at.eq(poll.remind_at),
            polls::reminded_at.eq(poll.reminded_at),
            polls::winner_id.eq(poll.winner_id),
            polls::meeting_id.eq(poll.meeting_id),
            polls::closed_at.eq(poll.closed_at),
            polls::decided_at.eq(poll.decided_at),
            polls::cancelled_at.eq(poll.cancelled_at),
            polls::cancelled_reason.eq(&poll.cancelled_reason),
            polls::outcome.eq(&poll.outcome),
            polls::held_from.eq(poll.held_from),
            polls::held_until.eq(poll.held_until),
            polls::held_sequence.eq(poll.held_sequence),
            polls::revision.eq(polls::revision + 1),
            polls::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// How each candidate of a poll stands, the best first. Whom people speak for, and what is enough, is
/// as of the candidate's day; who has no role on that day does not count.
pub fn standing(
    conn: &mut DbConn,
    who: &impl Scope,
    poll: &Poll,
    candidates: &[Candidate],
    ballots: &[Ballot],
) -> Result<Vec<Tally>> {
    let quorum = cooperations::store::own(conn, who)?.quorum;
    let members = municipalities::store::all(conn, who)?;
    let everybody = PeopleByDay::load(conn, who)?;
    let mut tallies = Vec::new();
    for candidate in candidates {
        let day = poll.locally(candidate.starts_at).date_naive();
        let people: HashMap<_, _> = everybody
            .on(day)
            .into_iter()
            .filter(|person| !person.is_removed() && person.role.is_some())
            .map(|person| (person.id(), person.municipality))
            .collect();
        let casts: Vec<Cast> = ballots
            .iter()
            .filter_map(|ballot| {
                Some(Cast {
                    municipality: *people.get(&ballot.person_id)?,
                    vote: ballot.vote_on(candidate.id)?,
                })
            })
            .collect();
        let count = members.iter().filter(|one| one.is_member_on(day)).count();
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let candidate = (candidate.id, candidate.starts_at);
        tallies.push(result::tally(candidate, (count, quorum), &casts));
    }
    Ok(result::ranked(tallies))
}

/// The polls that a planner has something to do with: voting has ended, a reminder is due, or the
/// meeting that a date has become is not any more what calendars hold.
pub fn due(conn: &mut DbConn, now: Instant) -> Result<Vec<(Id<Cooperation>, Id<Poll>)>> {
    let reminder = polls::reminded_at.is_null().and(polls::remind_at.le(now));
    let mut found: Vec<(Id<Cooperation>, Id<Poll>)> = polls::table
        .filter(polls::state.eq(Spelled(PollState::Open.as_str())))
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
        .or(meetings::status.eq(Status::Cancelled))
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
    Ok(found)
}
