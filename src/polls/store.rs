//! Queries of date polls.
use std::collections::HashMap;

use diesel::prelude::*;

use super::result::{self, CountedVote};
use super::{Ballot, Candidate, Poll, PollState, PollTally, becomes};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::{self, Cooperation};
use crate::db::schema::{meetings, poll_ballots, poll_candidates, polls};
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::municipalities;
use crate::people::Person;
use crate::people::on_day::PeopleByDay;
use crate::series::Series;

/// One poll.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if the cooperation has none with that key.
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

/// How many polls of a series are open.
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

/// The ballot that a personal link is for, and its cooperation. The link authorizes the access.
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

/// The cooperation of a candidate with one of these keys that was sent as a calendar entry, unless people are invited to
/// the meeting that it has become.
pub fn holding(conn: &mut DbConn, keys: &[Id<Candidate>]) -> Result<Option<Id<Cooperation>>> {
    let row: Option<(Id<Cooperation>, Id<Candidate>)> = poll_candidates::table
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

/// Inserts a poll with its candidates, each given by start and end.
pub fn insert(
    tx: &mut Tx,
    who: &impl Scope,
    poll: &Poll,
    candidates: &[(Instant, Instant)],
) -> Result<()> {
    diesel::insert_into(polls::table)
        .values((poll, polls::cooperation_id.eq(who.cooperation())))
        .execute(&mut **tx)?;
    for span in candidates {
        insert_candidate(tx, who, poll.id, *span)?;
    }
    Ok(())
}

/// Inserts a candidate, given by start and end.
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

/// Deletes a candidate and the votes on it.
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

/// Inserts an empty ballot for a person.
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

/// Updates a poll, and counts the change.
pub fn keep(tx: &mut Tx, poll: &Poll) -> Result<()> {
    let changed = Poll {
        revision: poll.revision + 1,
        modified_at: tx.now,
        ..poll.clone()
    };
    diesel::update(polls::table.find(poll.id))
        .set(changed)
        .execute(&mut **tx)?;
    Ok(())
}

/// The tallies of the candidates of a poll, the best first. Roles and quorum are those of the candidate's day; people
/// without a role on that day are not counted.
pub fn standing(
    conn: &mut DbConn,
    who: &impl Scope,
    poll: &Poll,
    candidates: &[Candidate],
    ballots: &[Ballot],
) -> Result<Vec<PollTally>> {
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
        let casts: Vec<CountedVote> = ballots
            .iter()
            .filter_map(|ballot| {
                Some(CountedVote {
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
