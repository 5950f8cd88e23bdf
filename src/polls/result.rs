//! Which candidate is chosen, and why. Pure.
//!
//! The rule, each line deciding only where those above leave a tie:
//!
//! 1. a candidate at which enough municipalities can be represented comes before one at which not;
//! 2. more municipalities of which somebody says yes;
//! 3. more people who say yes;
//! 4. more people who say "if need be";
//! 5. fewer people who say no;
//! 6. the earlier one.
//!
//! A municipality can be represented when one of its people says yes or "if need be". What is enough
//! is the quorum of a meeting on that day. A candidate at which not enough can is never chosen.
use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Candidate, Vote};
use crate::attendance;
use crate::db::{Id, Instant};
use crate::municipalities::Municipality;
use crate::word_enum;

/// What one person says to one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cast {
    /// Whom the person speaks for on that day; nobody with guests.
    pub municipality: Option<Id<Municipality>>,
    /// What is said.
    pub vote: Vote,
}

/// How a candidate stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PollTally)]
pub struct Tally {
    /// The candidate.
    #[schema(value_type = uuid::Uuid)]
    pub candidate_id: Id<Candidate>,
    /// When the meeting would begin.
    pub starts_at: Instant,
    /// How many municipalities are members on the day.
    pub members: i32,
    /// How many of them it takes.
    pub needed: i32,
    /// How many can be represented.
    pub municipalities: i32,
    /// Of how many somebody says yes.
    pub municipalities_yes: i32,
    /// How many people say yes.
    pub yes: i32,
    /// How many people say "if need be".
    pub if_need_be: i32,
    /// How many people say no.
    pub no: i32,
    /// Whether enough municipalities can be represented.
    pub enough: bool,
}

word_enum! {
    /// What the chosen candidate is better in than the one after it.
    #[schema(as = PollGround)]
    pub enum Ground {
        /// There is no other at which enough municipalities can be represented.
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

/// Counts what is said to a candidate; `quorum` is what the cooperation has set.
#[must_use]
pub fn tally(
    candidate: (Id<Candidate>, Instant),
    (members, quorum): (i32, Option<i32>),
    casts: &[Cast],
) -> Tally {
    let people = |vote: Vote| number(casts.iter().filter(|cast| cast.vote == vote).count());
    let of = |suits: fn(Vote) -> bool| {
        let suited = casts.iter().filter(|cast| suits(cast.vote));
        let found: BTreeSet<_> = suited.filter_map(|cast| cast.municipality).collect();
        number(found.len())
    };
    let municipalities = of(|vote| vote != Vote::No);
    let quorum = attendance::quorum(members, quorum, municipalities, 0);
    Tally {
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

/// What the rule compares, the best least.
type Rank = (
    Reverse<bool>,
    Reverse<i32>,
    Reverse<i32>,
    Reverse<i32>,
    i32,
    Instant,
    Id<Candidate>,
);

fn rank(of: &Tally) -> Rank {
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
pub fn ranked(mut tallies: Vec<Tally>) -> Vec<Tally> {
    tallies.sort_by_key(rank);
    tallies
}

/// The best of candidates that are [`ranked`], and what it is better in than the next, if there is
/// one; nothing if there is none at which enough municipalities can be represented.
#[must_use]
pub fn winner(ranked: &[Tally]) -> Option<(&Tally, Option<Ground>)> {
    let best = ranked.first().filter(|best| best.enough)?;
    let ground = ranked.get(1).map(|next| {
        let better = [
            (!next.enough, Ground::Quorum),
            (
                best.municipalities_yes != next.municipalities_yes,
                Ground::Municipalities,
            ),
            (best.yes != next.yes, Ground::Yes),
            (best.if_need_be != next.if_need_be, Ground::IfNeedBe),
            (best.no != next.no, Ground::No),
        ];
        let first = better.into_iter().find(|(is_better, _)| *is_better);
        first.map_or(Ground::Earlier, |(_, ground)| ground)
    });
    Some((best, ground))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const MEMBERS: i32 = 5;

    fn municipality(number: u8) -> Option<Id<Municipality>> {
        (number < 5).then(|| Id::from(Uuid::from_u128(number.into())))
    }

    fn candidate(place: usize) -> (Id<Candidate>, Instant) {
        let first = Utc.with_ymd_and_hms(2026, 6, 2, 8, 0, 0).unwrap();
        let days = TimeDelta::days(i64::try_from(place).unwrap());
        let id = Id::from(Uuid::from_u128(1000 + place as u128));
        (id, (first + days).into())
    }

    /// Of each person the municipality (5 and more: a guest) and a vote on each candidate, as one letter.
    fn standing(ballots: &[(u8, &str)]) -> Vec<Tally> {
        let places = ballots[0].1.len();
        let tallies = (0..places).map(|place| {
            let casts: Vec<Cast> = ballots
                .iter()
                .filter_map(|(of, votes)| {
                    let vote = match votes.as_bytes()[place] {
                        b'y' => Vote::Yes,
                        b'm' => Vote::IfNeedBe,
                        b'n' => Vote::No,
                        _ => return None,
                    };
                    let municipality = municipality(*of);
                    Some(Cast { municipality, vote })
                })
                .collect();
            tally(candidate(place), (MEMBERS, None), &casts)
        });
        ranked(tallies.collect())
    }

    fn chosen(ballots: &[(u8, &str)]) -> Option<(usize, Option<Ground>)> {
        let ranked = standing(ballots);
        let (best, ground) = winner(&ranked)?;
        let place = (0..20).find(|place| candidate(*place).0 == best.candidate_id);
        Some((place.unwrap(), ground))
    }

    #[test]
    fn each_line_of_the_rule_decides_where_those_above_leave_a_tie() {
        // Six people of two municipalities against three of three.
        let crowd = [(0, "yn"), (0, "yn"), (0, "yn"), (1, "yn"), (1, "yn")];
        let few = [(2, "-m"), (3, "-m"), (4, "-m")];
        let all = [&crowd[..], &few[..]].concat();
        assert_eq!(chosen(&all), Some((1, Some(Ground::Quorum))));
        let municipalities = [(0, "my"), (1, "yy"), (2, "yy"), (2, "yn")];
        assert_eq!(
            chosen(&municipalities),
            Some((1, Some(Ground::Municipalities)))
        );
        let yes = [(0, "yy"), (1, "yy"), (2, "yy"), (2, "ny"), (5, "mn")];
        assert_eq!(chosen(&yes), Some((1, Some(Ground::Yes))));
        let if_need_be = [(0, "yy"), (1, "yy"), (2, "yy"), (2, "nm")];
        assert_eq!(chosen(&if_need_be), Some((1, Some(Ground::IfNeedBe))));
        let no = [(0, "yy"), (1, "yy"), (2, "yy"), (2, "n-")];
        assert_eq!(chosen(&no), Some((1, Some(Ground::No))));
        let earlier = [(0, "yy"), (1, "yy"), (2, "yy")];
        assert_eq!(chosen(&earlier), Some((0, Some(Ground::Earlier))));
        assert_eq!(chosen(&[(0, "y"), (1, "y"), (2, "m")]), Some((0, None)));
    }

    #[test]
    fn without_enough_municipalities_nothing_is_chosen() {
        assert_eq!(chosen(&[(0, "yy"), (1, "yy"), (1, "yy"), (9, "yy")]), None);
        assert_eq!(chosen(&[(0, "-")]), None);
        let nobody = tally(candidate(0), (0, Some(1)), &[]);
        assert!(!nobody.enough);
    }

    fn ballots() -> impl Strategy<Value = Vec<(u8, String)>> {
        let one = (0_u8..7, "[ymn-]{4}");
        proptest::collection::vec(one, 1..14)
    }

    fn borrowed(ballots: &[(u8, String)]) -> Vec<(u8, &str)> {
        ballots.iter().map(|(of, votes)| (*of, &**votes)).collect()
    }

    /// The rule as it stands in words, without a sort: who is beaten by nobody.
    fn by_hand(tallies: &[Tally]) -> Option<Id<Candidate>> {
        let beats = |a: &Tally, b: &Tally| {
            if a.municipalities_yes != b.municipalities_yes {
                return a.municipalities_yes > b.municipalities_yes;
            }
            if a.yes != b.yes {
                return a.yes > b.yes;
            }
            if a.if_need_be != b.if_need_be {
                return a.if_need_be > b.if_need_be;
            }
            if a.no != b.no {
                return a.no < b.no;
            }
            a.starts_at < b.starts_at
        };
        let able: Vec<&Tally> = tallies
            .iter()
            .filter(|one| one.municipalities >= 3)
            .collect();
        let best = able
            .iter()
            .find(|one| able.iter().all(|other| !beats(other, one)));
        best.map(|one| one.candidate_id)
    }

    proptest! {
        #[test]
        fn the_order_of_votes_does_not_matter(all in ballots(), turn in 0_usize..14) {
            let mut turned = borrowed(&all);
            let turn = turn % turned.len();
            turned.rotate_left(turn);
            prop_assert_eq!(standing(&turned), standing(&borrowed(&all)));
            turned.reverse();
            prop_assert_eq!(standing(&turned), standing(&borrowed(&all)));
        }

        #[test]
        fn the_rule_in_words_says_the_same(all in ballots()) {
            let ranked = standing(&borrowed(&all));
            let best = winner(&ranked).map(|(best, _)| best.candidate_id);
            prop_assert_eq!(best, by_hand(&ranked));
        }

        #[test]
        fn more_yes_never_hurts(all in ballots(), who in 0_usize..14, place in 0_usize..4) {
            let position = |ranked: &[Tally]| {
                ranked.iter().position(|one| one.candidate_id == candidate(place).0)
            };
            let before = standing(&borrowed(&all));
            let mut more = all.clone();
            let who = who % more.len();
            more[who].1.replace_range(place..=place, "y");
            let after = standing(&borrowed(&more));
            prop_assert!(position(&after) <= position(&before));
            let won = |ranked: &[Tally]| winner(ranked).map(|(best, _)| best.candidate_id);
            if won(&before) == Some(candidate(place).0) {
                prop_assert_eq!(won(&after), won(&before));
            }
        }
    }
}
