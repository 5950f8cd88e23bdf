//! Opens a poll (`POST /series/{id}/polls`): whom it asks, and how people are asked.
use std::collections::{HashMap, HashSet};

use super::input::{self, NewPoll};
use super::notices::{Call, PollNotices};
use super::{
    Ballot, Candidate, Decide, Poll, PollState, PollVisibility, holds, proposals, remind_at, store,
};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::db::{DbConn, Id, Instant};
use crate::error::{FieldError, Result, conflict_unless};
use crate::people::Person;
use crate::people::on_day::{self, PeopleByDay, PersonOnDay};
use crate::series::Series;

/// How many open polls a series may have.
const MAX_OPEN: i64 = 20;

/// Opens a poll: every delegate, every coordinator, and every guest that is named gets a mail with a personal link.
///
/// # Errors
/// The fields that break a rule; a conflict if there are too many polls or there is nobody to ask.
pub fn open(tx: &mut Tx, who: &Coordinator, series: &Series, new: &NewPoll) -> Result<Poll> {
    let (id, now) = (tx.id::<Poll>(), tx.now);
    let deadline = input::deadline(new, series);
    let minutes = new.duration_minutes.unwrap_or(series.duration_minutes);
    let mut spans = input::given(&new.candidates, series, minutes);
    let mut wrong = input::mistakes(deadline, &spans, now);
    if let Some(wishes) = &new.propose {
        let earliest = new.deadline_date.succ_opt().unwrap_or(new.deadline_date);
        match wishes.search(series, now, earliest, "propose.") {
            Ok(mut search) => {
                search.from = search.from.max(earliest);
                let language = who.language();
                let found = proposals::find(tx, who, series, &search, minutes, language)?;
                let found = found.items.into_iter().map(|one| {
                    let at = |moment: chrono::DateTime<chrono::FixedOffset>| {
                        Instant::from(moment.to_utc())
                    };
                    (at(one.starts_at), at(one.ends_at))
                });
                let is_new = |span: &(Instant, Instant)| span.0 > deadline && !spans.contains(span);
                let found: Vec<_> = found.filter(is_new).collect();
                spans.extend(found);
            }
            Err(mistakes) => wrong.extend(mistakes),
        }
    }
    if wrong.is_empty() {
        wrong = input::too_few_or_many(new, spans.len());
    }
    wrong.extend(unknown_guests(tx, who, series, new)?);
    input::check(wrong)?;
    let open = store::count_open(tx, who, series.id)?;
    let message = format!("a series has at most {MAX_OPEN} open polls");
    conflict_unless(open < MAX_OPEN, "too_many", message)?;
    let poll = Poll {
        id,
        series_id: series.id,
        asked_by: who.person(),
        title: new.title.clone(),
        duration_minutes: minutes,
        time_zone: series.time_zone.clone(),
        deadline,
        remind_at: remind_at(now, deadline, series.zone(), series.land()),
        reminded_at: None,
        visibility: new.visibility.unwrap_or(PollVisibility::Open),
        decide: new.decide.unwrap_or(Decide::ByHand),
        holds: new.holds,
        state: PollState::Open,
        winner_id: None,
        meeting_id: None,
        closed_at: None,
        decided_at: None,
        cancelled_at: None,
        cancelled_reason: None,
        outcome: None,
        held_from: None,
        held_until: None,
        held_sequence: 0,
        revision: 1,
        created_at: now,
        modified_at: now,
    };
    store::insert(tx, who, &poll, &spans)?;
    let candidates = store::candidates(tx, who, poll.id)?;
    let asked = audience_of(tx, who, &poll, &candidates, &new.guest_ids)?;
    let message = "there is nobody who could be asked";
    conflict_unless(!asked.is_empty(), "nobody", message)?;
    let notices = PollNotices::load(tx, who, poll.clone(), candidates)?;
    for person in &asked {
        ask(tx, who, &notices, person)?;
    }
    Ok(poll)
}

/// Asks a person who has no ballot yet.
fn ask(tx: &mut Tx, who: &impl Scope, notices: &PollNotices, person: &PersonOnDay) -> Result<()> {
    let ballot = store::insert_ballot(tx, who, notices.poll.id, person.id())?;
    notices.call(tx, who, (person, ballot), Call::New)?;
    if notices.poll.holds {
        holds::hold(tx, who, notices, (person, ballot))?;
    }
    Ok(())
}

/// Asks those who would be invited on one of the days of these candidates, and have no ballot yet.
pub(super) fn ask_others(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &PollNotices,
    candidates: &[Candidate],
    ballots: &[Ballot],
) -> Result<()> {
    let known: HashSet<Id<Person>> = ballots.iter().map(|ballot| ballot.person_id).collect();
    for person in audience_of(tx, who, &notices.poll, candidates, &[])? {
        if !known.contains(&person.id()) {
            ask(tx, who, notices, &person)?;
        }
    }
    Ok(())
}

/// The people who were asked, as of today, with their ballots.
pub(super) fn asked(
    tx: &mut Tx,
    who: &impl Scope,
    poll: &Poll,
    ballots: &[Ballot],
) -> Result<Vec<(Ballot, PersonOnDay)>> {
    let today = tx.now.with_timezone(&poll.zone()).date_naive();
    let people = on_day::all(tx, who, today)?;
    let mut people: HashMap<_, _> = people.into_iter().map(|one| (one.id(), one)).collect();
    let asked = ballots.iter().filter_map(|ballot| {
        let person = people.remove(&ballot.person_id)?;
        Some((ballot.clone(), person))
    });
    Ok(asked.collect())
}

/// The people whom a poll asks, in the order of names: those who would be invited to a meeting on one of the days, and
/// the guests.
fn audience_of(
    conn: &mut DbConn,
    who: &impl Scope,
    poll: &Poll,
    candidates: &[Candidate],
    guests: &[Id<Person>],
) -> Result<Vec<PersonOnDay>> {
    let (mut asked, everybody) = (HashMap::new(), PeopleByDay::load(conn, who)?);
    for candidate in candidates {
        let day = poll.locally(candidate.starts_at).date_naive();
        for person in everybody.on(day) {
            let is_guest = !person.is_removed() && guests.contains(&person.id());
            if is_guest || person.is_always_invited() {
                asked.insert(person.id(), person);
            }
        }
    }
    let mut asked: Vec<PersonOnDay> = asked.into_values().collect();
    asked.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    Ok(asked)
}

/// The errors in the guests of a new poll.
fn unknown_guests(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    new: &NewPoll,
) -> Result<Vec<FieldError>> {
    let known = on_day::all(conn, who, series.starts_on)?;
    let is_known = |id: &Id<Person>| {
        let mut all = known.iter();
        all.any(|person| person.id() == *id && !person.is_removed())
    };
    let unknown = new.guest_ids.iter().enumerate();
    Ok(unknown
        .filter(|(_, id)| !is_known(id))
        .map(|(place, _)| {
            let field = format!("guest_ids[{place}]");
            input::error(field, "exists", "there is no such person")
        })
        .collect())
}
