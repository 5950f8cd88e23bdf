//! Moves the deadline of a poll (`PATCH /polls/{id}`).
use super::input::{self, PollPatch};
use super::notices::{Call, PollNotices};
use super::{Poll, opening, remind_at, store};
use crate::Tx;
use crate::auth::Coordinator;
use crate::db::Instant;
use crate::error::Result;
use crate::series;
use calendar::zones;

/// Sets another deadline. People who have not voted are notified, and reminded before the new deadline.
///
/// # Errors
/// A conflict if voting has ended; the field, if the deadline is not in the future or not before all candidates.
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
    input::check(input::deadline_mistakes(deadline, first, now))?;
    let land = series::store::find(tx, who, poll.series_id)?.land();
    let changed = Poll {
        deadline,
        remind_at: remind_at(now, deadline, poll.zone(), land),
        reminded_at: None,
        ..poll
    };
    store::keep(tx, &changed)?;
    let ballots = store::ballots(tx, who, changed.id)?;
    let asked = opening::asked(tx, who, &changed, &ballots)?;
    let notices = PollNotices::load(tx, who, changed, candidates)?;
    for (ballot, person) in asked.iter().filter(|(one, _)| one.voted_at.is_none()) {
        notices.call(tx, who, (person, ballot.id), Call::Deadline)?;
    }
    store::find(tx, who, notices.poll.id)
}
