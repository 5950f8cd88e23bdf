//! The difference between two plans of a series.
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, FixedOffset};
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::planning::PlanOptions;
use super::rescheduling::MovedMeeting;
use super::{Meeting, MeetingStatus};
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::municipalities::{Municipality, MunicipalityName};
use crate::series::Series;

/// An upcoming meeting in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedMeeting {
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// Its status.
    pub status: MeetingStatus,
    /// Its start, with the local UTC offset.
    pub starts_at: DateTime<FixedOffset>,
    /// The host.
    pub host: Option<Id<Municipality>>,
    /// The co-hosts.
    pub cohosts: Vec<Id<Municipality>>,
}

impl PlannedMeeting {
    /// The upcoming meetings in the order of time.
    #[must_use]
    pub fn all(meetings: &[Meeting], now: Instant) -> Vec<Self> {
        let ahead = meetings.iter().filter(|meeting| meeting.is_ahead(now));
        ahead
            .map(|meeting| Self {
                meeting: meeting.id,
                status: meeting.status,
                starts_at: meeting.starts_at_locally(),
                host: meeting.host_id,
                cohosts: meeting.cohosts.0.clone(),
            })
            .collect()
    }
}

/// What a plan changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanDifference {
    /// Meetings that are added. They get their IDs when the plan is applied.
    pub created: Vec<PlanAddition>,
    /// Meetings that are removed.
    pub removed: Vec<PlanRemoval>,
    /// Meetings that take place at a different time.
    pub moved_dates: Vec<MovedMeeting>,
    /// Meetings with a different host.
    pub moved_turns: Vec<PlanMovedTurn>,
    /// Meetings with different co-hosts.
    pub changed_cohosts: Vec<PlanChangedCohosts>,
}

/// A meeting that a plan adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanAddition {
    /// Its start, with the local UTC offset.
    pub starts_at: DateTime<FixedOffset>,
    /// The host; null if no municipality is available.
    pub host: Option<MunicipalityName>,
}

/// A meeting that a plan removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanRemoval {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its start, with the local UTC offset.
    pub starts_at: DateTime<FixedOffset>,
    /// The previous host.
    pub host: Option<MunicipalityName>,
}

/// A meeting with a different host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanMovedTurn {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its start after the change, with the local UTC offset.
    pub starts_at: DateTime<FixedOffset>,
    /// The previous host.
    pub from: Option<MunicipalityName>,
    /// The new host; null if no municipality is available.
    pub to: Option<MunicipalityName>,
}

/// A meeting with different co-hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanChangedCohosts {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its start after the change, with the local UTC offset.
    pub starts_at: DateTime<FixedOffset>,
    /// The previous co-hosts.
    pub from: Vec<MunicipalityName>,
    /// The new co-hosts.
    pub to: Vec<MunicipalityName>,
}

/// The changes that lead from `before` to `after`.
#[must_use]
pub fn difference(
    before: &[PlannedMeeting],
    after: &[PlannedMeeting],
    name_of: &dyn Fn(Id<Municipality>) -> String,
) -> PlanDifference {
    let named = |host: Option<Id<Municipality>>| {
        host.map(|id| MunicipalityName {
            id,
            name: name_of(id),
        })
    };
    let all_named = |ids: &[Id<Municipality>]| -> Vec<MunicipalityName> {
        ids.iter().filter_map(|id| named(Some(*id))).collect()
    };
    let known: HashMap<_, &PlannedMeeting> = before.iter().map(|one| (one.meeting, one)).collect();
    let mut difference = PlanDifference::default();
    for one in after {
        let Some(old) = known.get(&one.meeting) else {
            difference.created.push(PlanAddition {
                starts_at: one.starts_at,
                host: named(one.host),
            });
            continue;
        };
        if old.starts_at != one.starts_at {
            difference.moved_dates.push(MovedMeeting {
                meeting_id: one.meeting,
                from: old.starts_at,
                to: one.starts_at,
            });
        }
        if old.host != one.host {
            difference.moved_turns.push(PlanMovedTurn {
                meeting_id: one.meeting,
                starts_at: one.starts_at,
                from: named(old.host),
                to: named(one.host),
            });
        }
        if old.cohosts != one.cohosts {
            difference.changed_cohosts.push(PlanChangedCohosts {
                meeting_id: one.meeting,
                starts_at: one.starts_at,
                from: all_named(&old.cohosts),
                to: all_named(&one.cohosts),
            });
        }
    }
    let stays: BTreeSet<_> = after.iter().map(|one| one.meeting).collect();
    let gone = before.iter().filter(|one| !stays.contains(&one.meeting));
    difference.removed = gone
        .map(|one| PlanRemoval {
            meeting_id: one.meeting,
            starts_at: one.starts_at,
            host: named(one.host),
        })
        .collect();
    difference
}

impl PlanDifference {
    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the turns and co-hosts that another difference changes.
    pub fn add_turns(&mut self, other: Self) {
        self.moved_turns.extend(other.moved_turns);
        self.changed_cohosts.extend(other.changed_cohosts);
    }

    /// The municipalities that gain or lose turns or parts of turns, in the order of their names. The hosts of added
    /// meetings are not included: for them, nothing changes that they knew of.
    #[must_use]
    pub fn municipalities(&self) -> Vec<MunicipalityName> {
        let turns = self.moved_turns.iter();
        let turns = turns.flat_map(|turn| [&turn.from, &turn.to]).flatten();
        let removed = self.removed.iter().filter_map(|gone| gone.host.as_ref());
        let parts = self.changed_cohosts.iter().flat_map(|one| {
            let (from, to) = (&one.from, &one.to);
            let gone = from.iter().filter(|cohost| !to.contains(cohost));
            gone.chain(to.iter().filter(|cohost| !from.contains(cohost)))
        });
        let mut all: Vec<MunicipalityName> = turns.chain(removed).chain(parts).cloned().collect();
        all.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        all.dedup();
        all
    }

    /// Whether a date changes, which concerns everybody who is invited to all meetings.
    #[must_use]
    pub fn moves_dates(&self) -> bool {
        !self.moved_dates.is_empty() || !self.removed.is_empty()
    }
}

type DigestLine<'a> = (
    Option<Id<Meeting>>,
    DateTime<FixedOffset>,
    MeetingStatus,
    Option<Id<Municipality>>,
    &'a [Id<Municipality>],
);

/// A digest (SHA-256, hexadecimal) of the request, the plan before and the plan after. The IDs of added meetings are left
/// out, so that the digest is the same for a dry run and when the plan is applied.
///
/// # Errors
/// If serialisation fails, which is not expected.
pub fn hash(
    series: Id<Series>,
    options: PlanOptions,
    before: &[PlannedMeeting],
    after: &[PlannedMeeting],
) -> Result<String> {
    let known: BTreeSet<_> = before.iter().map(|one| one.meeting).collect();
    let request = (series, options.until, options.anew);
    let written = (request, lines(&known, before), lines(&known, after));
    let bytes = serde_json::to_vec(&written).map_err(|error| Error::Internal(error.into()))?;
    Ok(HEXLOWER.encode(&Sha256::digest(bytes)))
}

fn lines<'a>(known: &BTreeSet<Id<Meeting>>, meetings: &'a [PlannedMeeting]) -> Vec<DigestLine<'a>> {
    let line = |one: &'a PlannedMeeting| -> DigestLine<'a> {
        let meeting = Some(one.meeting).filter(|id| known.contains(id));
        let cohosts = &one.cohosts[..];
        (meeting, one.starts_at, one.status, one.host, cohosts)
    };
    meetings.iter().map(line).collect()
}
