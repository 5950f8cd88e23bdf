//! How a poll came out, in words. Pure.
use super::result::{self, Ground, Tally};
use super::{Candidate, Poll, PollState};
use crate::db::{Id, Instant};
use crate::i18n::dates::date_long;
use crate::i18n::{Language, say, say_with};
use crate::invitations::text;

/// "Donnerstag, 4. Februar 2027, 10:00 bis 12:30 Uhr"
#[must_use]
pub fn when(language: Language, poll: &Poll, candidate: &Candidate) -> String {
    text::when(language, &poll.when(candidate.starts_at, candidate.ends_at))
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

/// "Ja: 4, wenn nötig: 1, nein: 0. 4 von 5 Kommunen können vertreten sein, nötig sind 3."
#[must_use]
pub fn figures(language: Language, tally: &Tally) -> String {
    let args = [
        ("yes", tally.yes.to_string()),
        ("if_need_be", tally.if_need_be.to_string()),
        ("no", tally.no.to_string()),
        ("municipalities", tally.municipalities.to_string()),
        ("members", tally.members.to_string()),
        ("needed", tally.needed.to_string()),
    ];
    say_with(language, "polls-figures", &args)
}

fn ground(language: Language, ground: Ground) -> String {
    let key = ground.as_str().replace('_', "-");
    say(language, &format!("polls-ground-{key}"))
}

/// The candidate that the rule chooses, of those that are still ahead.
#[must_use]
pub fn winner(outcome: &[Tally], now: Instant) -> Option<(Tally, Option<Ground>)> {
    let ahead = outcome.iter().filter(|tally| tally.starts_at > now);
    let ahead: Vec<Tally> = ahead.cloned().collect();
    let (best, ground) = result::winner(&ahead)?;
    Some((best.clone(), ground))
}

/// What came out of a poll in which nobody votes any more; nothing as long as somebody may.
#[must_use]
pub fn outcome(
    language: Language,
    poll: &Poll,
    candidates: &[Candidate],
    now: Instant,
) -> Option<String> {
    let outcome = &poll.outcome.as_ref()?.0;
    let date = |id: Id<Candidate>| {
        let found = candidates.iter().find(|candidate| candidate.id == id);
        found.map(|candidate| ("when", when(language, poll, candidate)))
    };
    let (lead, chosen) = match poll.state {
        PollState::Decided => ("polls-outcome-decided", poll.winner_id?),
        PollState::Closed => match winner(outcome, now) {
            Some((best, _)) => ("polls-outcome-ahead", best.candidate_id),
            None => return Some(say(language, "polls-outcome-nobody")),
        },
        PollState::Open | PollState::Cancelled => return None,
    };
    let tally = outcome.iter().find(|tally| tally.candidate_id == chosen)?;
    // As it was when it was decided.
    let at = poll.decided_at.unwrap_or(now);
    let why = match winner(outcome, at) {
        Some((best, grounds)) if best.candidate_id == chosen => {
            grounds.map(|grounds| ground(language, grounds))
        }
        _ => Some(say(language, "polls-outcome-by-hand")),
    };
    let lead = say_with(language, lead, &[date(chosen)?]);
    let parts = [Some(lead), Some(figures(language, tally)), why];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}
