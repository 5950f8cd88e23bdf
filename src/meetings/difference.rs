//! What one plan of a series has that another has not, purely.
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, FixedOffset, NaiveDate};
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::replanning::Moved;
use super::{Meeting, Status};
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::municipalities::{Municipality, MunicipalityName};
use crate::series::Series;

/// A meeting to come, as a plan has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// How far it is.
    pub status: Status,
    /// Its start, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// Who hosts.
    pub host: Option<Id<Municipality>>,
    /// Who hosts together with the host.
    pub cohosts: Vec<Id<Municipality>>,
}

impl Spot {
    /// The meetings that are still to come, in the order of time.
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
#[schema(as = PlanDifference)]
pub struct Difference {
    /// Meetings that are added. They get their keys when the plan is applied.
    pub created: Vec<Added>,
    /// Meetings that are taken out.
    pub removed: Vec<Removed>,
    /// Meetings at another time than before.
    pub moved_dates: Vec<Moved>,
    /// Meetings with another host than before.
    pub moved_turns: Vec<MovedTurn>,
    /// Meetings with other co-hosts than before.
    pub changed_cohosts: Vec<ChangedCohosts>,
}

/// A meeting that a plan adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanAddition)]
pub struct Added {
    /// Its start, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// Who hosts; nobody if nobody is available.
    pub host: Option<MunicipalityName>,
}

/// A meeting that a plan takes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanRemoval)]
pub struct Removed {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its start, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// Who was to host.
    pub host: Option<MunicipalityName>,
}

/// A meeting with another host than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanMovedTurn)]
pub struct MovedTurn {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its start after the change, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// Who was to host.
    pub from: Option<MunicipalityName>,
    /// Who hosts now; nobody if nobody is available.
    pub to: Option<MunicipalityName>,
}

/// A meeting with other co-hosts than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanChangedCohosts)]
pub struct ChangedCohosts {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its start after the change, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// Who was to host together with the host.
    pub from: Vec<MunicipalityName>,
    /// Who does now.
    pub to: Vec<MunicipalityName>,
}

/// What `after` changes of `before`.
#[must_use]
pub fn difference(
    before: &[Spot],
    after: &[Spot],
    name_of: &dyn Fn(Id<Municipality>) -> String,
) -> Difference {
    let named = |host: Option<Id<Municipality>>| {
        host.map(|id| MunicipalityName {
            id,
            name: name_of(id),
        })
    };
    let all_named = |ids: &[Id<Municipality>]| -> Vec<MunicipalityName> {
        ids.iter().filter_map(|id| named(Some(*id))).collect()
    };
    let known: HashMap<_, &Spot> = before.iter().map(|spot| (spot.meeting, spot)).collect();
    let mut difference = Difference::default();
    for spot in after {
        let Some(old) = known.get(&spot.meeting) else {
            difference.created.push(Added {
                starts_at: spot.starts_at,
                host: named(spot.host),
            });
            continue;
        };
        if old.starts_at != spot.starts_at {
            difference.moved_dates.push(Moved {
                meeting_id: spot.meeting,
                from: old.starts_at,
                to: spot.starts_at,
            });
        }
        if old.host != spot.host {
            difference.moved_turns.push(MovedTurn {
                meeting_id: spot.meeting,
                starts_at: spot.starts_at,
                from: named(old.host),
                to: named(spot.host),
            });
        }
        if old.cohosts != spot.cohosts {
            difference.changed_cohosts.push(ChangedCohosts {
                meeting_id: spot.meeting,
                starts_at: spot.starts_at,
                from: all_named(&old.cohosts),
                to: all_named(&spot.cohosts),
            });
        }
    }
    let stays: BTreeSet<_> = after.iter().map(|spot| spot.meeting).collect();
    let gone = before.iter().filter(|spot| !stays.contains(&spot.meeting));
    difference.removed = gone
        .map(|spot| Removed {
            meeting_id: spot.meeting,
            starts_at: spot.starts_at,
            host: named(spot.host),
        })
        .collect();
    difference
}

impl Difference {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The municipalities whose turns or parts of turns come or go, in the order of their names. Who hosts a meeting that
    /// is merely added is not among them: nothing that was known changes for it.
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

    /// Whether everybody who is always invited has another date to note.
    #[must_use]
    pub fn moves_dates(&self) -> bool {
        !self.moved_dates.is_empty() || !self.removed.is_empty()
    }
}

/// What a plan is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The series.
    pub series: Id<Series>,
    /// The last day to plan.
    pub until: NaiveDate,
    /// Whether hosts are looked for anew.
    pub anew: bool,
}

type Line<'a> = (
    Option<Id<Meeting>>,
    DateTime<FixedOffset>,
    Status,
    Option<Id<Municipality>>,
    &'a [Id<Municipality>],
);

/// A digest (SHA-256 in hexadecimal digits) of what was asked for, the plan before and the plan after.
/// Keys that meetings get only when they are made do not count, so that trying out and applying agree.
///
/// # Errors
/// If a plan cannot be written down, which it always can.
pub fn hash(asked: Asked, before: &[Spot], after: &[Spot]) -> Result<String> {
    let known: BTreeSet<_> = before.iter().map(|spot| spot.meeting).collect();
    let asked = (asked.series, asked.until, asked.anew);
    let written = (asked, lines(&known, before), lines(&known, after));
    let bytes = serde_json::to_vec(&written).map_err(|error| Error::Internal(error.into()))?;
    Ok(HEXLOWER.encode(&Sha256::digest(bytes)))
}

fn lines<'a>(known: &BTreeSet<Id<Meeting>>, spots: &'a [Spot]) -> Vec<Line<'a>> {
    let line = |spot: &'a Spot| -> Line<'a> {
        let meeting = Some(spot.meeting).filter(|id| known.contains(id));
        let cohosts = &spot.cohosts[..];
        (meeting, spot.starts_at, spot.status, spot.host, cohosts)
    };
    spots.iter().map(line).collect()
}
