//! Records the votes of a person (`/polls/{id}/votes/{person}`).
use std::collections::BTreeSet;

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{Ballot, Candidate, CandidateVote, Poll, input, store};
use crate::Tx;
use crate::attendance::answers::{AnswerChannel, MAX_COMMENT};
use crate::auth::Scope;
use crate::db::schema::poll_ballots;
use crate::db::{Id, Json};
use crate::error::{Error, FieldError, Result};
use crate::people::Person;

/// A vote on each candidate.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PollBallotInput {
    /// One for each candidate.
    #[validate(length(min = 1, max = 20))]
    pub votes: Vec<CandidateVote>,
    /// A comment.
    #[validate(length(max = "MAX_COMMENT"))]
    pub comment: Option<String>,
}

/// Records the votes of a person in place of earlier ones.
///
/// # Errors
/// [`Error::NotFound`] if the person was not asked; a conflict if voting has ended; the votes that break a rule.
pub fn vote(
    tx: &mut Tx,
    who: &impl Scope,
    poll: &Poll,
    person: Id<Person>,
    input: &PollBallotInput,
    channel: AnswerChannel,
) -> Result<Ballot> {
    let ballots = store::ballots(tx, who, poll.id)?;
    let mut all = ballots.into_iter();
    let ballot = all.find(|ballot| ballot.person_id == person);
    let ballot = ballot.ok_or(Error::NotFound)?;
    poll.check_open(tx.now)?;
    let candidates = store::candidates(tx, who, poll.id)?;
    input::check(mistakes(&candidates, &input.votes))?;
    let now = tx.now;
    let comment = input.comment.as_deref().map(str::trim);
    let comment = comment.filter(|text| !text.is_empty()).map(str::to_owned);
    let given = Ballot {
        votes: Json(input.votes.clone()),
        comment,
        channel: Some(channel),
        voted_at: Some(now),
        ..ballot
    };
    diesel::update(poll_ballots::table.find(given.id))
        .filter(poll_ballots::cooperation_id.eq(who.cooperation()))
        .set((
            poll_ballots::votes.eq(&given.votes),
            poll_ballots::comment.eq(&given.comment),
            poll_ballots::way.eq(given.channel),
            poll_ballots::voted_at.eq(given.voted_at),
            poll_ballots::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(given)
}

/// The errors in votes: there must be one for each candidate of the poll.
fn mistakes(candidates: &[Candidate], votes: &[CandidateVote]) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (place, choice) in votes.iter().enumerate() {
        let field = || format!("votes[{place}].candidate_id");
        let mut all = candidates.iter();
        if !all.any(|candidate| candidate.id == choice.candidate_id) {
            let words = "there is no such candidate in this poll";
            wrong.push(input::error(field(), "exists", words));
        } else if !seen.insert(choice.candidate_id) {
            let words = "there is a vote on this candidate already";
            wrong.push(input::error(field(), "duplicate", words));
        }
    }
    if wrong.is_empty() && seen.len() < candidates.len() {
        let words = "there must be a vote on each candidate";
        wrong.push(input::error("votes".to_owned(), "incomplete", words));
    }
    wrong
}
