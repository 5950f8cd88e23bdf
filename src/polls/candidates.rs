//! Adds candidates to a poll and withdraws them (`/polls/{id}/candidates`).
use super::input::{self, CANDIDATES, NewPollCandidates};
use super::notices::{Call, PollNotices};
use super::{Candidate, Poll, holds, opening, store};
use crate::Tx;
use crate::auth::Coordinator;
use crate::db::Id;
use crate::error::{Error, Result, conflict_unless};
use crate::series;

/// Adds candidates. People who have voted are asked about them in one mail; the others find them on the page. People who
/// are asked only because of them get the same mail as at the opening.
///
/// # Errors
/// A conflict if voting has ended; the fields that break a rule.
pub fn add(tx: &mut Tx, who: &Coordinator, poll: &Poll, new: &NewPollCandidates) -> Result<Poll> {
    poll.check_open(tx.now)?;
    let series = series::store::find(tx, who, poll.series_id)?;
    let spans = input::given(&new.candidates, &series, poll.duration_minutes);
    let known = store::candidates(tx, who, poll.id)?;
    let rules = (poll.deadline, poll.holds);
    input::check(input::added_mistakes(rules, &known, &spans, tx.now))?;
    let mut added = Vec::new();
    for span in spans {
        added.push(store::insert_candidate(tx, who, poll.id, span)?);
    }
    added.sort_by_key(|candidate| (candidate.starts_at, candidate.id));
    store::keep(tx, poll)?;
    let poll = store::find(tx, who, poll.id)?;
    let ballots = store::ballots(tx, who, poll.id)?;
    let more = PollNotices::load(tx, who, poll.clone(), added.clone())?;
    for (ballot, person) in opening::asked(tx, who, &poll, &ballots)? {
        if ballot.voted_at.is_some() {
            more.call(tx, who, (&person, ballot.id), Call::More)?;
        }
        if poll.holds {
            holds::hold(tx, who, &more, (&person, ballot.id))?;
        }
    }
    let candidates = store::candidates(tx, who, poll.id)?;
    let notices = PollNotices::load(tx, who, poll, candidates)?;
    opening::ask_others(tx, who, &notices, &added, &ballots)?;
    Ok(notices.poll)
}

/// Withdraws a candidate. The votes on the others stay, and calendar entries for it are cancelled.
///
/// # Errors
/// [`Error::NotFound`] if there is none; a conflict if voting has ended (`closed`) or too few candidates
/// would be left (`too_few`).
pub fn withdraw(tx: &mut Tx, who: &Coordinator, poll: &Poll, gone: Id<Candidate>) -> Result<()> {
    let candidates = store::candidates(tx, who, poll.id)?;
    let mut all = candidates.iter();
    let candidate = all.find(|one| one.id == gone).ok_or(Error::NotFound)?;
    poll.check_open(tx.now)?;
    let least = *CANDIDATES.start();
    let message = format!("a poll has at least {least} candidates; decide it, or call it off");
    conflict_unless(candidates.len() > least, "too_few", message)?;
    let ballots = store::ballots(tx, who, poll.id)?;
    store::remove_candidate(tx, who, &ballots, gone)?;
    store::keep(tx, poll)?;
    if poll.holds {
        let asked = opening::asked(tx, who, poll, &ballots)?;
        let notices = PollNotices::load(tx, who, poll.clone(), vec![candidate.clone()])?;
        holds::let_go_of_others(tx, who, &notices, &asked, None)?;
    }
    Ok(())
}
