//! Polls as the API and the page show them, limited to what each viewer may see.
use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Ballot, Candidate, CandidateVote, Decide, Poll, PollState, PollTally, PollVisibility, explain,
    store,
};
use crate::attendance::answers::AnswerChannel;
use crate::auth::{Reader, Scope};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::Language;
use crate::meetings::Meeting;
use crate::people::Person;
use crate::people::on_day;
use crate::series::Series;

/// Who views a poll.
#[derive(Debug, Clone, Copy)]
pub struct PollViewer {
    /// Whether the viewer has the rights of a coordinator.
    pub coordinates: bool,
    /// The person, if known.
    pub person: Option<Id<Person>>,
}

impl PollViewer {
    /// The viewer with that proof.
    #[must_use]
    pub fn of(who: &Reader) -> Self {
        Self {
            coordinates: who.coordinates(),
            person: who.person(),
        }
    }

    /// Whether the totals are shown.
    #[must_use]
    pub fn sees_numbers(self, poll: &Poll) -> bool {
        self.coordinates
            || match poll.visibility {
                PollVisibility::Open => true,
                PollVisibility::AfterClosing => poll.closed_at.is_some(),
                PollVisibility::Coordinators => false,
            }
    }

    /// Whether the votes are shown with names.
    #[must_use]
    pub fn sees_names(self, poll: &Poll) -> bool {
        self.coordinates || poll.visibility == PollVisibility::Open
    }
}

/// A date poll.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Poll)]
pub struct PollView {
    /// Its key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<Poll>,
    /// The series that the meeting becomes part of.
    #[schema(value_type = uuid::Uuid)]
    pub series_id: Id<Series>,
    /// What the meeting is called.
    pub title: String,
    /// How long it takes.
    pub duration_minutes: i32,
    /// The zone of its local times (IANA).
    pub time_zone: String,
    /// Its state.
    pub state: PollState,
    /// When voting ends, with the offset of the local zone.
    pub deadline: DateTime<FixedOffset>,
    /// Who sees the votes besides the coordinators.
    pub visibility: PollVisibility,
    /// Who chooses the date.
    pub decide: Decide,
    /// Whether the candidates are sent as tentative calendar entries.
    pub holds: bool,
    /// How many people were asked.
    pub asked: usize,
    /// How many of them have voted.
    pub voted: usize,
    /// The candidates in the order of time.
    pub candidates: Vec<CandidateView>,
    /// The votes in the order of names; only the viewer's own if the others may not be seen.
    pub ballots: Vec<BallotView>,
    /// The candidate that was chosen.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub winner_id: Option<Id<Candidate>>,
    /// The meeting that it has become.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub meeting_id: Option<Id<Meeting>>,
    /// The outcome in words, after voting has ended; only if the totals may be seen.
    pub outcome: Option<String>,
    /// When voting ended.
    pub closed_at: Option<Instant>,
    /// When the date was chosen.
    pub decided_at: Option<Instant>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// Why it was cancelled.
    pub cancelled_reason: Option<String>,
    /// The number of its changes, votes not included.
    pub revision: i32,
    /// When it was opened.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

/// A candidate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PollCandidate)]
pub struct CandidateView {
    /// Its key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<Candidate>,
    /// When the meeting would begin, with the offset of the local zone.
    pub starts_at: DateTime<FixedOffset>,
    /// When it would end.
    pub ends_at: DateTime<FixedOffset>,
    /// Its place by the rule, from 1; only if the totals may be seen.
    pub rank: Option<usize>,
    /// The totals; only if they may be seen.
    pub tally: Option<PollTally>,
}

/// The votes of one person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PollBallot)]
pub struct BallotView {
    /// The person.
    #[schema(value_type = uuid::Uuid)]
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// A vote on each candidate; empty before the person has voted.
    pub votes: Vec<CandidateVote>,
    /// A comment; only coordinators and the person see it.
    pub comment: Option<String>,
    /// The channel through which the votes came.
    #[serde(rename = "way")]
    pub channel: Option<AnswerChannel>,
    /// When they came.
    pub voted_at: Option<Instant>,
}

impl PollView {
    /// Shows a poll.
    pub fn of(
        conn: &mut DbConn,
        who: &impl Scope,
        viewer: PollViewer,
        poll: Poll,
        language: Language,
        now: Instant,
    ) -> Result<Self> {
        let candidates = store::candidates(conn, who, poll.id)?;
        let ballots = store::ballots(conn, who, poll.id)?;
        let numbers = viewer.sees_numbers(&poll);
        let tallies = match (&poll.outcome, numbers) {
            (_, false) => Vec::new(),
            (Some(outcome), true) => outcome.0.clone(),
            (None, true) => store::standing(conn, who, &poll, &candidates, &ballots)?,
        };
        let outcome = explain::outcome(language, &poll, &candidates, now);
        let shown = |candidate: &Candidate| {
            let place = tallies
                .iter()
                .position(|tally| tally.candidate_id == candidate.id);
            CandidateView {
                id: candidate.id,
                starts_at: poll.locally(candidate.starts_at),
                ends_at: poll.locally(candidate.ends_at),
                rank: place.map(|place| place + 1),
                tally: place.and_then(|place| tallies.get(place)).cloned(),
            }
        };
        Ok(Self {
            asked: ballots.len(),
            voted: ballots.iter().filter(|one| one.voted_at.is_some()).count(),
            candidates: candidates.iter().map(shown).collect(),
            ballots: seen(conn, who, viewer, &poll, &ballots, now)?,
            outcome: outcome.filter(|_| numbers),
            deadline: poll.locally(poll.deadline),
            id: poll.id,
            series_id: poll.series_id,
            title: poll.title,
            duration_minutes: poll.duration_minutes,
            time_zone: poll.time_zone,
            state: poll.state,
            visibility: poll.visibility,
            decide: poll.decide,
            holds: poll.holds,
            winner_id: poll.winner_id,
            meeting_id: poll.meeting_id,
            closed_at: poll.closed_at,
            decided_at: poll.decided_at,
            cancelled_at: poll.cancelled_at,
            cancelled_reason: poll.cancelled_reason,
            revision: poll.revision,
            created_at: poll.created_at,
            modified_at: poll.modified_at,
        })
    }
}

/// The ballots that the viewer may see, in the order of names.
fn seen(
    conn: &mut DbConn,
    who: &impl Scope,
    viewer: PollViewer,
    poll: &Poll,
    ballots: &[Ballot],
    now: Instant,
) -> Result<Vec<BallotView>> {
    let today = now.with_timezone(&poll.zone()).date_naive();
    let people = on_day::all(conn, who, today)?;
    let own = |ballot: &Ballot| Some(ballot.person_id) == viewer.person;
    let of: HashMap<_, &Ballot> = ballots
        .iter()
        .filter(|ballot| own(ballot) || viewer.sees_names(poll))
        .map(|ballot| (ballot.person_id, ballot))
        .collect();
    let by_name = people.iter().filter_map(|person| {
        let ballot = of.get(&person.id())?;
        let comment = ballot.comment.clone();
        Some(BallotView {
            person_id: person.id(),
            name: person.name(),
            votes: ballot.votes.0.clone(),
            comment: comment.filter(|_| own(ballot) || viewer.coordinates),
            channel: ballot.channel,
            voted_at: ballot.voted_at,
        })
    });
    Ok(by_name.collect())
}
