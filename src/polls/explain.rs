//! A poll in words: its dates, numbers and outcome. Pure.
use super::result::{PollGround, winner_after};
use super::{Candidate, Poll, PollState, PollTally};
use crate::db::{Id, Instant};
use crate::i18n::dates::date_long;
use crate::i18n::{Language, say, say_counted, say_with};
use crate::invitations::text::{self, When};

/// "Donnerstag, 4. Februar 2027, 10:00 bis 12:30 Uhr"
#[must_use]
pub fn when(language: Language, poll: &Poll, candidate: &Candidate) -> String {
    let (starts_at, ends_at) = (candidate.starts_at, candidate.ends_at);
    text::when(language, &When::of(starts_at, ends_at, poll.zone()))
}

/// "Donnerstag, 4. Februar 2027, 18:00 Uhr": the deadline.
#[must_use]
pub fn deadline(language: Language, poll: &Poll) -> String {
    let local = poll.locally(poll.deadline);
    let date = date_long(language, local.date_naive());
    let time = local.format("%H:%M").to_string();
    say_with(language, "polls-moment", &[("date", date), ("time", time)])
}

/// Who sees the votes.
#[must_use]
pub fn visibility(language: Language, poll: &Poll) -> String {
    let key = poll.visibility.as_str().replace('_', "-");
    say(language, &format!("polls-visibility-{key}"))
}

/// "Ja: 4, wenn nötig: 1, nein: 0. Bisher wären 4 von 5 Kommunen vertreten, nötig sind 3."
#[must_use]
pub fn figures(language: Language, tally: &PollTally) -> String {
    let args = [
        ("yes", tally.yes.to_string()),
        ("if_need_be", tally.if_need_be.to_string()),
        ("no", tally.no.to_string()),
        ("members", tally.members.to_string()),
        ("needed", tally.needed.to_string()),
    ];
    say_counted(language, "polls-figures", tally.municipalities, &args)
}

fn ground(language: Language, ground: PollGround) -> String {
    let key = ground.as_str().replace('_', "-");
    say(language, &format!("polls-ground-{key}"))
}

/// The outcome of a poll; none while people can vote.
#[must_use]
pub fn outcome(
    language: Language,
    poll: &Poll,
    candidates: &[Candidate],
    now: Instant,
) -> Option<String> {
    let outcome = poll.tallies();
    let date = |id: Id<Candidate>| {
        let found = candidates.iter().find(|candidate| candidate.id == id);
        found.map(|candidate| ("when", when(language, poll, candidate)))
    };
    let (lead, chosen) = match poll.state {
        PollState::Decided => ("polls-outcome-decided", poll.winner_id?),
        PollState::Closed => match winner_after(outcome, now) {
            Some((best, _)) => ("polls-outcome-ahead", best.candidate_id),
            None => return Some(say(language, "polls-outcome-nobody")),
        },
        PollState::Open | PollState::Cancelled => return None,
    };
    let tally = outcome.iter().find(|tally| tally.candidate_id == chosen)?;
    // As of when it was decided.
    let at = poll.decided_at.unwrap_or(now);
    let why = match winner_after(outcome, at) {
        Some((best, grounds)) if best.candidate_id == chosen => {
            grounds.map(|grounds| ground(language, grounds))
        }
        _ => Some(say(language, "polls-outcome-by-hand")),
    };
    let lead = say_with(language, lead, &[date(chosen)?]);
    let parts = [Some(lead), Some(figures(language, tally)), why];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}
