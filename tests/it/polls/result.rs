//! The rule by which a candidate is chosen.
use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use reihum::db::{Id, Instant};
use reihum::municipalities::Municipality;
use reihum::polls::result::{CountedVote, PollGround, ranked, tally, winner};
use reihum::polls::{Candidate, PollTally, Vote};
use uuid::Uuid;

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
fn standing(ballots: &[(u8, &str)]) -> Vec<PollTally> {
    let places = ballots[0].1.len();
    let tallies = (0..places).map(|place| {
        let casts: Vec<CountedVote> = ballots
            .iter()
            .filter_map(|(of, votes)| {
                let vote = match votes.as_bytes()[place] {
                    b'y' => Vote::Yes,
                    b'm' => Vote::IfNeedBe,
                    b'n' => Vote::No,
                    _ => return None,
                };
                let municipality = municipality(*of);
                Some(CountedVote { municipality, vote })
            })
            .collect();
        tally(candidate(place), (MEMBERS, None), &casts)
    });
    ranked(tallies.collect())
}

fn chosen(ballots: &[(u8, &str)]) -> Option<(usize, Option<PollGround>)> {
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
    assert_eq!(chosen(&all), Some((1, Some(PollGround::Quorum))));
    let municipalities = [(0, "my"), (1, "yy"), (2, "yy"), (2, "yn")];
    assert_eq!(
        chosen(&municipalities),
        Some((1, Some(PollGround::Municipalities)))
    );
    let yes = [(0, "yy"), (1, "yy"), (2, "yy"), (2, "ny"), (5, "mn")];
    assert_eq!(chosen(&yes), Some((1, Some(PollGround::Yes))));
    let if_need_be = [(0, "yy"), (1, "yy"), (2, "yy"), (2, "nm")];
    assert_eq!(chosen(&if_need_be), Some((1, Some(PollGround::IfNeedBe))));
    let no = [(0, "yy"), (1, "yy"), (2, "yy"), (2, "n-")];
    assert_eq!(chosen(&no), Some((1, Some(PollGround::No))));
    let earlier = [(0, "yy"), (1, "yy"), (2, "yy")];
    assert_eq!(chosen(&earlier), Some((0, Some(PollGround::Earlier))));
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
fn by_hand(tallies: &[PollTally]) -> Option<Id<Candidate>> {
    let beats = |a: &PollTally, b: &PollTally| {
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
    let able: Vec<&PollTally> = tallies
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
        let position = |ranked: &[PollTally]| {
            ranked.iter().position(|one| one.candidate_id == candidate(place).0)
        };
        let before = standing(&borrowed(&all));
        let mut more = all.clone();
        let who = who % more.len();
        more[who].1.replace_range(place..=place, "y");
        let after = standing(&borrowed(&more));
        prop_assert!(position(&after) <= position(&before));
        let won = |ranked: &[PollTally]| winner(ranked).map(|(best, _)| best.candidate_id);
        if won(&before) == Some(candidate(place).0) {
            prop_assert_eq!(won(&after), won(&before));
        }
    }
}
