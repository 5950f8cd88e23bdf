//! What may change of a poll while people vote: until when they do, and on what.
use std::collections::HashSet;

use super::ending::asked;
use super::input::{self, CANDIDATES, NewPollCandidates, PollPatch};
use super::notices::PollNotices;
use super::{Candidate, Poll, all_right, holds, opening, remind_at, store};
use crate::Tx;
use crate::auth::Coordinator;
use crate::calendar::zones;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::people::Person;
use crate::series;

/// Gives people more time, or less. Who has not voted is told, and reminded before the new deadline.
///
/// # Errors
/// A conflict if voting has ended; the field, if the deadline is not ahead or not before all candidates.
pub fn change(tx: &mut Tx, who: &Coordinator, poll: Poll, patch: &PollPatch) -> Result<Poll> {
    poll.check_open(tx.now)?;
    let (now, known) = (tx.now, poll.locally(poll.deadline).naive_local());
    let local = patch.deadline_date.unwrap_or(known.date());
    let local = local.and_time(patch.deadline_time.unwrap_or(known.time()));
    let deadline = Instant::from(zones::instant_of(local, poll.zone()));
    if deadline == poll.deadline {
        return Ok(poll);
    }
    let candidates = store::candidates(tx, who, poll.id)?;
    let first = candidates.first().map(|candidate| candidate.starts_at);
    all_right(input::deadline_mistakes(deadline, first, now))?;
    let land = series::store::find(tx, who, poll.series_id)?
        .avoided_days
        .0
        .land;
    let changed = Poll {
        deadline,
        remind_at: remind_at(now, deadline, poll.zone(), land),
        reminded_at: None,
        ..poll
    };
    store::keep(tx, &changed)?;
    let ballots = store::ballots(tx, who, changed.id)?;
    let people = asked(tx, who, &changed, &ballots)?;
    let notices = PollNotices::load(tx, who, changed, candidates)?;
    for ballot in ballots.iter().filter(|one| one.voted_at.is_none()) {
        if let Some(person) = people.iter().find(|one| one.id() == ballot.person_id) {
            notices.postponed(tx, who, person, ballot.id)?;
        }
    }
    store::find(tx, who, notices.poll.id)
}

/// Adds candidates. Who has voted is asked about them, all in one mail; who has not finds them on the page
/// with the others. Who is asked only because of them gets the mail that a new poll brings.
///
/// # Errors
/// A conflict if voting has ended; the fields that break a rule.
pub fn add(tx: &mut Tx, who: &Coordinator, poll: &Poll, new: &NewPollCandidates) -> Result<Poll> {
    poll.check_open(tx.now)?;
    let series = series::store::find(tx, who, poll.series_id)?;
    let spans = input::given(&new.candidates, &series, poll.duration_minutes);
    let known = store::candidates(tx, who, poll.id)?;
    let rules = (poll.deadline, poll.holds);
    all_right(input::added_mistakes(rules, &known, &spans, tx.now))?;
    let mut added = Vec::new();
    for span in spans {
        added.push(store::insert_candidate(tx, who, poll.id, span)?);
    }
    added.sort_by_key(|candidate| (candidate.starts_at, candidate.id));
    store::keep(tx, poll)?;
    let poll = store::find(tx, who, poll.id)?;
    let ballots = store::ballots(tx, who, poll.id)?;
    let people = asked(tx, who, &poll, &ballots)?;
    let more = PollNotices::load(tx, who, poll.clone(), added.clone())?;
    for ballot in &ballots {
        let Some(person) = people.iter().find(|one| one.id() == ballot.person_id) else {
            continue;
        };
        if ballot.voted_at.is_some() {
            more.ask_about_more(tx, who, person, ballot.id)?;
        }
        if poll.holds {
            holds::hold(tx, who, &more, person, ballot.id)?;
        }
    }
    let known: HashSet<Id<Person>> = ballots.iter().map(|ballot| ballot.person_id).collect();
    let everybody = opening::audience_of(tx, who, &poll, &added, &[])?;
    let candidates = store::candidates(tx, who, poll.id)?;
    let notices = PollNotices::load(tx, who, poll, candidates)?;
    for person in everybody.iter().filter(|one| !known.contains(&one.id())) {
        opening::ask(tx, who, &notices, person)?;
    }
    Ok(notices.poll)
}

/// Withdraws a candidate. The votes on the others stay, and entries in calendars are taken back.
///
/// # Errors
/// [`Error::NotFound`] if there is none; a conflict if voting has ended (`closed`) or too few candidates
/// would be left (`too_few`).
pub fn withdraw(tx: &mut Tx, who: &Coordinator, poll: &Poll, gone: Id<Candidate>) -> Result<()> {
    let candidates = store::candidates(tx, who, poll.id)?;
    let mut all = candidates.iter();
    let candidate = all.find(|one| one.id == gone).ok_or(Error::NotFound)?;
    poll.check_open(tx.now)?;
    if candidates.len() <= *CANDIDATES.start() {
        let message = format!(
            "a poll has at least {} candidates; decide it, or call it off",
            CANDIDATES.start()
        );
        return Err(Error::conflict("too_few", message));
    }
    let ballots = store::ballots(tx, who, poll.id)?;
    store::remove_candidate(tx, who, &ballots, gone)?;
    store::keep(tx, poll)?;
    if poll.holds {
        let people = asked(tx, who, poll, &ballots)?;
        let notices = PollNotices::load(tx, who, poll.clone(), vec![candidate.clone()])?;
        holds::let_go_of_others(tx, who, &notices, &people, None)?;
    }
    Ok(())
}
