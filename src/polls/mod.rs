//! Date polls: people vote on dates for a meeting outside the rule of its series, and one of the dates becomes the
//! meeting.
//!
//! By path of the API: `/series/{id}/polls` is [`opening`], `/series/{id}/polls/candidates` is `proposals`,
//! `/polls/{id}` is [`view`] (GET) and [`deadline`] (PATCH), `/polls/{id}/candidates` is [`candidates`],
//! `/polls/{id}/votes` is [`votes`], and `/polls/{id}/close`, `…/decide` and `…/cancel` are [`ending`]. The handlers of
//! all are in [`api`].
//!
//! A module imports only from those above it in this list:
//! - [`result`]: the rule that counts votes and chooses (pure);
//! - [`store`]: the queries;
//! - [`input`]: what a request may ask for (pure); [`day_scores`]: how well a day suits (pure); `proposals`: the dates
//!   proposed for a poll;
//! - [`explain`]: a poll in words (pure); [`notices`]: the mails; `holds`: the candidates as tentative calendar entries;
//! - [`opening`]: opens a poll and asks people; then [`candidates`], [`deadline`], [`votes`] and [`ending`];
//! - [`reconcile`]: does what is due of a poll;
//! - [`view`], [`api`] and [`pages`].
pub mod api;
pub mod candidates;
pub mod day_scores;
pub mod deadline;
pub mod ending;
pub mod explain;
mod holds;
pub mod input;
pub mod notices;
pub mod opening;
pub mod pages;
mod proposals;
pub mod reconcile;
pub mod result;
pub mod store;
pub mod view;
pub mod votes;

use chrono::{DateTime, FixedOffset, TimeDelta};
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attendance::answers::AnswerChannel;
use crate::days::public_holidays::Land;
use crate::db::schema::{poll_ballots, poll_candidates, polls};
use crate::db::{Id, Instant, Json};
use crate::error::{Error, Result, conflict_unless};
use crate::meetings::Meeting;
use crate::meetings::steps::{is_office_time, next_opening};
use crate::notifications::links::LinkPurpose;
use crate::people::Person;
use crate::series::Series;
use crate::word_enum;

/// How long before the deadline people who have not voted are reminded, at the earliest.
const REMINDER: TimeDelta = TimeDelta::days(2);

word_enum! {
    /// The state of a date poll.
    pub enum PollState {
        /// People can vote.
        Open = "open",
        /// Voting has ended, and no date is chosen.
        Closed = "closed",
        /// A date was chosen and has become a meeting.
        Decided = "decided",
        /// It was cancelled.
        Cancelled = "cancelled",
    }
}

word_enum! {
    /// Who sees the votes besides the coordinators, who always do.
    pub enum PollVisibility {
        /// Everybody sees them with names at any time.
        Open = "open",
        /// Everybody sees the totals after voting has ended, but no names.
        AfterClosing = "after_closing",
        /// Nobody.
        Coordinators = "coordinators",
    }
}

word_enum! {
    /// Who chooses the date.
    pub enum Decide {
        /// The rule, when voting ends.
        Automatically = "automatically",
        /// A coordinator.
        ByHand = "by_hand",
    }
}

word_enum! {
    /// A vote on a candidate.
    pub enum Vote {
        /// It suits.
        Yes = "yes",
        /// It can be arranged.
        IfNeedBe = "if_need_be",
        /// It does not suit.
        No = "no",
    }
}

/// A date poll.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = polls, check_for_backend(crate::db::MultiBackend))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Poll {
    /// Its key.
    pub id: Id<Poll>,
    /// The series that the meeting becomes part of.
    pub series_id: Id<Series>,
    /// Who opened it, if the token belonged to a person.
    pub asked_by: Option<Id<Person>>,
    /// What the meeting is called.
    pub title: String,
    /// How long it takes.
    pub duration_minutes: i32,
    /// The zone of all its local times (IANA).
    pub time_zone: String,
    /// When voting ends.
    pub deadline: Instant,
    /// When people who have not voted are reminded.
    pub remind_at: Instant,
    /// When that was done.
    pub reminded_at: Option<Instant>,
    /// Who sees the votes.
    pub visibility: PollVisibility,
    /// Who chooses the date.
    pub decide: Decide,
    /// Whether the candidates are sent as tentative calendar entries.
    pub holds: bool,
    /// Its state.
    pub state: PollState,
    /// The candidate that was chosen.
    pub winner_id: Option<Id<Candidate>>,
    /// The meeting that the candidate became.
    pub meeting_id: Option<Id<Meeting>>,
    /// When voting ended.
    pub closed_at: Option<Instant>,
    /// When the date was chosen.
    pub decided_at: Option<Instant>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// Why it was cancelled.
    pub cancelled_reason: Option<String>,
    /// The tallies when voting ended, the best first.
    pub outcome: Option<Json<Vec<PollTally>>>,
    /// When the chosen date begins according to the tentative calendar entries, until the invitation replaces them; none
    /// if there are no such entries.
    pub held_from: Option<Instant>,
    /// When it ends according to them.
    pub held_until: Option<Instant>,
    /// Their SEQUENCE.
    pub held_sequence: i32,
    /// The number of its changes, votes not included.
    pub revision: i32,
    /// When it was opened.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

impl Poll {
    /// The zone of its local times.
    #[must_use]
    pub fn zone(&self) -> Tz {
        // Checked when it was set; UTC if a later time zone database no longer has it.
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// Whether people can vote.
    #[must_use]
    pub fn takes_votes(&self, now: Instant) -> bool {
        self.state == PollState::Open && now < self.deadline
    }

    /// Checks that people can vote.
    ///
    /// # Errors
    /// A conflict (`closed`) if voting has ended.
    pub fn check_open(&self, now: Instant) -> Result<()> {
        conflict_unless(self.takes_votes(now), "closed", "voting has ended")
    }

    /// The tallies when voting ended, the best first; empty before that.
    #[must_use]
    pub fn tallies(&self) -> &[PollTally] {
        self.outcome.as_ref().map_or(&[], |outcome| &outcome.0)
    }

    /// The error if something cannot be done in its state.
    fn conflict(&self) -> Error {
        Error::conflict("state", format!("this poll is {}", self.state))
    }

    /// A time with the offset of the local zone.
    fn locally(&self, at: Instant) -> DateTime<FixedOffset> {
        at.with_timezone(&self.zone()).fixed_offset()
    }
}

/// A date that people vote on. If it is chosen, the meeting gets its key.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = poll_candidates, check_for_backend(crate::db::MultiBackend))]
pub struct Candidate {
    /// Its key.
    pub id: Id<Candidate>,
    /// When the meeting would begin.
    pub starts_at: Instant,
    /// When it would end.
    pub ends_at: Instant,
}

/// The page on which a person votes in a date poll.
#[derive(Debug, Clone, Copy)]
pub struct VoteLink;

impl LinkPurpose for VoteLink {
    const PURPOSE: &'static str = "vote";
    const PATH: &'static str = "/polls/";
    type Keys = Id<Ballot>;
}

/// The votes of one person. Exists from when the person is asked.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = poll_ballots, check_for_backend(crate::db::MultiBackend))]
pub struct Ballot {
    /// Its key, from which the personal link is made.
    pub id: Id<Ballot>,
    /// The poll.
    pub poll_id: Id<Poll>,
    /// The person.
    pub person_id: Id<Person>,
    /// A vote on each candidate; empty until the person has voted.
    pub votes: Json<Vec<CandidateVote>>,
    /// A comment of the person.
    pub comment: Option<String>,
    /// The channel through which the votes came.
    #[diesel(column_name = way)]
    pub channel: Option<AnswerChannel>,
    /// When they came.
    pub voted_at: Option<Instant>,
}

impl Ballot {
    /// The vote on a candidate.
    #[must_use]
    pub fn vote_on(&self, candidate: Id<Candidate>) -> Option<Vote> {
        vote_on(&self.votes.0, candidate)
    }

    /// Whether there is a vote on each candidate.
    #[must_use]
    pub fn is_complete(&self, candidates: &[Candidate]) -> bool {
        let mut all = candidates.iter();
        all.all(|candidate| self.vote_on(candidate.id).is_some())
    }
}

/// A vote on one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateVote {
    /// The candidate.
    #[schema(value_type = uuid::Uuid)]
    pub candidate_id: Id<Candidate>,
    /// The vote.
    pub vote: Vote,
}

fn vote_on(votes: &[CandidateVote], candidate: Id<Candidate>) -> Option<Vote> {
    let mut all = votes.iter();
    let found = all.find(|choice| choice.candidate_id == candidate)?;
    Some(found.vote)
}

/// How many people and municipalities a candidate suits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PollTally {
    /// The candidate.
    #[schema(value_type = uuid::Uuid)]
    pub candidate_id: Id<Candidate>,
    /// When the meeting would begin.
    pub starts_at: Instant,
    /// How many municipalities are members on the day.
    pub members: i32,
    /// How many of them are needed.
    pub needed: i32,
    /// How many of them can be represented.
    pub municipalities: i32,
    /// In how many of them somebody says yes.
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

/// When people who have not voted are reminded: two days before the deadline, but not before half of the time has
/// passed, and in office hours.
#[must_use]
pub fn remind_at(opened: Instant, deadline: Instant, zone: Tz, land: Land) -> Instant {
    let half = *opened + (*deadline - *opened) / 2;
    let earliest = half.max(*deadline - REMINDER).into();
    if is_office_time(earliest, zone, land) {
        return earliest;
    }
    next_opening(earliest, zone, land)
}

/// The key of the meeting that a candidate becomes. It is the same, so that a tentative calendar entry for the candidate
/// already has the UID of the meeting.
fn becomes(candidate: Id<Candidate>) -> Id<Meeting> {
    Id::from(candidate.uuid())
}
