//! Date polls: when people can come to a meeting outside the rule of its series, and what follows.
//!
//! `opening` asks, `changing` changes what is asked, `voting` takes what people say, `ending` closes, decides and cancels; `candidates`
//! proposes days and `result` counts, both purely. `holds` keeps what was put into calendars right.
pub mod api;
pub mod candidates;
pub mod changing;
pub mod ending;
pub mod explain;
mod holds;
pub mod input;
pub mod notices;
pub mod opening;
pub mod pages;
mod proposals;
pub mod result;
pub mod store;
pub mod view;
pub mod voting;

use chrono::{DateTime, FixedOffset, TimeDelta};
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::result::Tally;
use crate::attendance::answers::Way;
use crate::days::holidays::Land;
use crate::db::schema::{poll_ballots, poll_candidates, polls};
use crate::db::{Id, Instant, Json};
use crate::error::{Error, Result};
use crate::invitations::text::When;
use crate::meetings::Meeting;
use crate::meetings::steps::{is_office_time, next_opening};
use crate::notifications::links::LinkPurpose;
use crate::people::Person;
use crate::series::Series;
use crate::word_enum;

/// How long before the deadline those are reminded who have not voted, at the earliest.
const REMINDER: TimeDelta = TimeDelta::days(2);

word_enum! {
    /// How far a date poll is.
    pub enum PollState {
        /// People vote.
        Open = "open",
        /// Nobody votes any more, and the date is not chosen.
        Closed = "closed",
        /// The date is chosen and has become a meeting.
        Decided = "decided",
        /// It was called off.
        Cancelled = "cancelled",
    }
}

word_enum! {
    /// Who sees the votes, beside the coordinators, who always do.
    pub enum Visibility {
        /// Everybody, at any time, with names.
        Open = "open",
        /// Everybody sees the numbers once the poll is closed, and never a name.
        AfterClosing = "after_closing",
        /// Nobody.
        Coordinators = "coordinators",
    }
}

word_enum! {
    /// Who chooses the date.
    pub enum Decide {
        /// The rule, when the poll is closed.
        Automatically = "automatically",
        /// A coordinator.
        ByHand = "by_hand",
    }
}

word_enum! {
    /// What somebody says to a candidate.
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
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = polls, check_for_backend(crate::db::MultiBackend))]
pub struct Poll {
    /// Its key.
    pub id: Id<Poll>,
    /// The series that the meeting becomes part of.
    pub series_id: Id<Series>,
    /// Who opened it, if the token was one person's.
    pub asked_by: Option<Id<Person>>,
    /// What the meeting is called.
    pub title: String,
    /// How long it takes.
    pub duration_minutes: i32,
    /// The zone of all its local times (IANA).
    pub time_zone: String,
    /// Until when people vote.
    pub deadline: Instant,
    /// When those are reminded who have not voted.
    pub remind_at: Instant,
    /// When that was done.
    pub reminded_at: Option<Instant>,
    /// Who sees the votes.
    pub visibility: Visibility,
    /// Who chooses.
    pub decide: Decide,
    /// Whether the candidates stand in calendars as tentative entries.
    pub holds: bool,
    /// How far it is.
    pub state: PollState,
    /// The candidate that was chosen.
    pub winner_id: Option<Id<Candidate>>,
    /// The meeting that it became.
    pub meeting_id: Option<Id<Meeting>>,
    /// When voting ended.
    pub closed_at: Option<Instant>,
    /// When the date was chosen.
    pub decided_at: Option<Instant>,
    /// When it was called off.
    pub cancelled_at: Option<Instant>,
    /// Why.
    pub cancelled_reason: Option<String>,
    /// How the candidates stood when voting ended, the best first.
    pub outcome: Option<Json<Vec<Tally>>>,
    /// When the chosen date begins according to the tentative entries that are not taken over yet; none
    /// if there are no such entries.
    pub held_from: Option<Instant>,
    /// When it ends according to them.
    pub held_until: Option<Instant>,
    /// Their SEQUENCE.
    pub held_sequence: i32,
    /// Counts its changes; votes are none.
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
        // Checked when it was set; a zone that a later database of zones dropped counts as UTC.
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// Whether it takes votes.
    #[must_use]
    pub fn takes_votes(&self, now: Instant) -> bool {
        self.state == PollState::Open && now < self.deadline
    }

    /// That it takes votes.
    ///
    /// # Errors
    /// A conflict (`closed`) if it does not.
    pub fn check_open(&self, now: Instant) -> Result<()> {
        match self.takes_votes(now) {
            true => Ok(()),
            false => Err(Error::conflict("closed", "voting has ended")),
        }
    }

    /// What stands against doing something to a poll that is so far.
    fn conflict(&self) -> Error {
        Error::conflict("state", format!("this poll is {}", self.state))
    }

    /// A moment with the offset of the local clock.
    fn locally(&self, at: Instant) -> DateTime<FixedOffset> {
        at.with_timezone(&self.zone()).fixed_offset()
    }

    /// From when to when a meeting would take place, in local terms.
    fn when(&self, starts_at: Instant, ends_at: Instant) -> When {
        let starts = starts_at.with_timezone(&self.zone()).naive_local();
        When {
            on: starts.date(),
            starts: starts.time(),
            ends: ends_at.with_timezone(&self.zone()).naive_local().time(),
            zone: self.time_zone.clone(),
        }
    }
}

/// A date that people vote on. Its key becomes that of the meeting if it is chosen.
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

/// What one person is asked and has said.
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
    pub votes: Json<Vec<Choice>>,
    /// What the person says beside it.
    pub comment: Option<String>,
    /// The way it came.
    pub way: Option<Way>,
    /// When it came.
    pub voted_at: Option<Instant>,
}

impl Ballot {
    /// The vote on a candidate.
    #[must_use]
    pub fn vote_on(&self, candidate: Id<Candidate>) -> Option<Vote> {
        let mut all = self.votes.0.iter();
        let found = all.find(|choice| choice.candidate_id == candidate)?;
        Some(found.vote)
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
#[schema(as = PollChoice)]
pub struct Choice {
    /// The candidate.
    #[schema(value_type = uuid::Uuid)]
    pub candidate_id: Id<Candidate>,
    /// What is said to it.
    pub vote: Vote,
}

/// When those are reminded who have not voted: two days before the deadline, but not before half of
/// the time is over, and when offices are open.
#[must_use]
pub fn remind_at(opened: Instant, deadline: Instant, zone: Tz, land: Land) -> Instant {
    let half = *opened + (*deadline - *opened) / 2;
    let earliest = half.max(*deadline - REMINDER).into();
    match is_office_time(earliest, zone, land) {
        true => earliest,
        false => next_opening(earliest, zone, land),
    }
}

/// The key of the meeting that a candidate becomes: the same, so that an entry which calendars hold
/// for the candidate is the meeting's own from the beginning.
fn becomes(candidate: Id<Candidate>) -> Id<Meeting> {
    Id::from(candidate.uuid())
}

/// An error, unless what is wrong is empty.
fn all_right(wrong: Vec<crate::error::FieldError>) -> Result<()> {
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Error::Invalid(wrong)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reminder_comes_two_days_before_but_never_in_the_first_half() {
        let zone = chrono_tz::Europe::Berlin;
        let at = |text: &str| text.parse::<DateTime<chrono::Utc>>().unwrap().into();
        let cases = [
            // Wednesday noon, for Friday noon a week later.
            (
                "2026-03-02T09:00:00Z",
                "2026-03-13T11:00:00Z",
                "2026-03-11T11:00:00Z",
            ),
            // Two days before is Saturday.
            (
                "2026-03-02T09:00:00Z",
                "2026-03-16T11:00:00Z",
                "2026-03-16T08:00:00Z",
            ),
            // Half of one day.
            (
                "2026-03-03T09:00:00Z",
                "2026-03-03T15:00:00Z",
                "2026-03-03T12:00:00Z",
            ),
            // Nine o'clock comes an hour earlier after the change of the clocks.
            (
                "2026-03-16T09:00:00Z",
                "2026-03-31T06:00:00Z",
                "2026-03-30T07:00:00Z",
            ),
        ];
        for (opened, deadline, expected) in cases {
            assert_eq!(
                remind_at(at(opened), at(deadline), zone, Land::NorthRhineWestphalia),
                at(expected),
                "{deadline}"
            );
        }
    }
}
