//! The rule by which a candidate is chosen. Pure.
//!
//! Each criterion decides only where those above leave a tie:
//!
//! 1. a candidate at which enough municipalities can be represented comes before one at which not;
//! 2. more municipalities of which somebody says yes;
//! 3. more people who say yes;
//! 4. more people who say "if need be";
//! 5. fewer people who say no;
//! 6. the earlier one.
//!
//! A municipality can be represented if one of its people says yes or "if need be". Enough municipalities are as many
//! as the quorum of a meeting on that day. A candidate at which not enough can be represented is never chosen.
use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Candidate, PollTally, Vote};
use crate::attendance;
use crate::db::{Id, Instant};
use crate::municipalities::Municipality;
use crate::word_enum;

/// The vote of one person on one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedVote {
    /// The municipality that the person speaks for on that day; none for guests.
    pub municipality: Option<Id<Municipality>>,
    /// The vote.
    pub vote: Vote,
}

word_enum! {
    /// The criterion by which the chosen candidate precedes the next one.
    pub enum PollGround {
        /// It is the only one at which enough municipalities can be represented.
        Quorum = "quorum",
        /// More municipalities of which somebody says yes.
        Municipalities = "municipalities",
        /// More people who say yes.
        Yes = "yes",
        /// More people who say "if need be".
        IfNeedBe = "if_need_be",
        /// Fewer people who say no.
        No = "no",
        /// It is earlier.
        Earlier = "earlier",
    }
}

/// Counts the votes on a candidate; `quorum` is the one that the cooperation has set.
#[must_use]
pub fn tally(
    candidate: (Id<Candidate>, Instant),
    (members, quorum): (i32, Option<i32>),
    casts: &[CountedVote],
) -> PollTally {
    let people = |vote: Vote| number(casts.iter().filter(|cast| cast.vote == vote).count());
    let of = |suits: fn(Vote) -> bool| {
        let suited = casts.iter().filter(|cast| suits(cast.vote));
        let found: BTreeSet<_> = suited.filter_map(|cast| cast.municipality).collect();
        number(found.len())
    };
    let municipalities = of(|vote| vote != Vote::No);
    let quorum = attendance::quorum(members, quorum, municipalities, 0);
    PollTally {
        candidate_id: candidate.0,
        starts_at: candidate.1,
        members,
        needed: quorum.needed,
        municipalities,
        municipalities_yes: of(|vote| vote == Vote::Yes),
        yes: people(Vote::Yes),
        if_need_be: people(Vote::IfNeedBe),
        no: people(Vote::No),
        enough: quorum.by_answers,
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The sort key of a candidate: the best has the least.
type PollRank = (
    Reverse<bool>,
    Reverse<i32>,
    Reverse<i32>,
    Reverse<i32>,
    i32,
    Instant,
    Id<Candidate>,
);

fn rank(of: &PollTally) -> PollRank {
    (
        Reverse(of.enough),
        Reverse(of.municipalities_yes),
        Reverse(of.yes),
        Reverse(of.if_need_be),
        of.no,
        of.starts_at,
        of.candidate_id,
    )
}

/// The candidates, the best first.
#[must_use]
pub fn ranked(mut tallies: Vec<PollTally>) -> Vec<PollTally> {
    tallies.sort_by_key(rank);
    tallies
}

/// The best of candidates that are [`ranked`], and the criterion by which it precedes the next one, if there is a next.
/// None if there is no candidate at which enough municipalities can be represented.
#[must_use]
pub fn winner(ranked: &[PollTally]) -> Option<(&PollTally, Option<PollGround>)> {
    let best = ranked.first().filter(|best| best.enough)?;
    let ground = ranked.get(1).map(|next| {
        let better = [
            (!next.enough, PollGround::Quorum),
            (
                best.municipalities_yes != next.municipalities_yes,
                PollGround::Municipalities,
            ),
            (best.yes != next.yes, PollGround::Yes),
            (best.if_need_be != next.if_need_be, PollGround::IfNeedBe),
            (best.no != next.no, PollGround::No),
        ];
        let first = better.into_iter().find(|(is_better, _)| *is_better);
        first.map_or(PollGround::Earlier, |(_, ground)| ground)
    });
    Some((best, ground))
}

/// The [`winner`] among the candidates that are after `now`.
#[must_use]
pub fn winner_after(ranked: &[PollTally], now: Instant) -> Option<(PollTally, Option<PollGround>)> {
    let ahead = ranked.iter().filter(|tally| tally.starts_at > now);
    let ahead: Vec<PollTally> = ahead.cloned().collect();
    let (best, ground) = winner(&ahead)?;
    Some((best.clone(), ground))
}
