//! The plan of a series as it is stored: its meetings, the status of each turn, and who is due.
//!
//! Reading decides nothing: who is due at an open meeting stands with the meeting, and the [`planner`](super::planner)
//! replaces that when something is written.
use std::collections::HashMap;

use chrono::Days;

use super::explain::{ExplainedTurn, explain};
use super::ledger::{TurnEntry, latest_of_series, turn_status};
use super::plan::{Assignments, HostPlan, MeetingSlot, RotationMember};
use super::solver_input::Criteria;
use super::store::members;
use super::travel::VenueLocations;
use crate::auth::Scope;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::confirmations::{self, HostConfirmationState};
use crate::meetings::{self, Meeting};
use crate::municipalities;
use crate::series::Series;

/// The meetings of a series, what the ledger says about each, and by which criteria they are planned.
#[derive(Debug)]
pub struct SeriesPlan {
    /// All municipalities.
    pub members: Vec<RotationMember>,
    /// The meetings in the order of time.
    pub meetings: Vec<Meeting>,
    /// The meetings as input of a plan.
    pub slots: Vec<MeetingSlot>,
    /// By what hosts are chosen.
    pub criteria: Criteria,
}

impl SeriesPlan {
    /// Reads the plan of a series as of `now`.
    pub fn load(
        conn: &mut DbConn,
        who: &impl Scope,
        series: &Series,
        now: Instant,
    ) -> Result<Self> {
        let members = members(conn, who)?;
        Self::of(conn, who, (series, members), now)
    }

    /// The same, with the members that were read already.
    pub fn of(
        conn: &mut DbConn,
        who: &impl Scope,
        (series, members): (&Series, Vec<RotationMember>),
        now: Instant,
    ) -> Result<Self> {
        let meetings = meetings::store::of_series(conn, who, series.id)?;
        let latest = latest_of_series(conn, who, series.id)?;
        let confirmed = confirmations::of_series(conn, who, series.id)?;
        let has_confirmed = |meeting: &Meeting| {
            let row = confirmed.get(&meeting.id);
            row.is_some_and(|row| {
                let of_due = Some(row.municipality_id) == meeting.due_id;
                of_due && row.state == HostConfirmationState::Confirmed
            })
        };
        let last_near = near_until(series, now);
        let slot = |meeting: &Meeting| {
            let entry: Option<&TurnEntry> = latest.get(&meeting.id);
            MeetingSlot {
                meeting: meeting.id,
                on: meeting.date,
                status: turn_status(meeting, entry, has_confirmed(meeting), now),
                due: meeting.due_id,
                near: last_near.is_some_and(|last| meeting.date <= last),
                cohosts: entry.map_or_else(Vec::new, |turn| turn.cohosts.0.clone()),
            }
        };
        Ok(Self {
            slots: meetings.iter().map(slot).collect(),
            criteria: criteria(conn, who, series)?,
            members,
            meetings,
        })
    }

    /// Who is due at the open meetings.
    #[must_use]
    pub fn dues(&self) -> Assignments {
        let open = self.slots.iter().filter(|slot| slot.is_open());
        open.filter_map(|slot| Some((slot.meeting, slot.due?)))
            .collect()
    }

    /// Who hosts when.
    #[must_use]
    pub fn plan(&self) -> HostPlan {
        HostPlan::of(&self.members, &self.slots, &self.dues())
    }

    /// Who hosts when, and why.
    #[must_use]
    pub fn explained(&self) -> HashMap<Id<Meeting>, ExplainedTurn> {
        let turns = explain(&self.members, &self.slots, &self.criteria, &self.dues());
        turns
            .into_iter()
            .map(|one| (one.turn.meeting, one))
            .collect()
    }
}

/// The last day of the near meetings: those whose hosts are asked to confirm, or were.
fn near_until(series: &Series, now: Instant) -> Option<chrono::NaiveDate> {
    let days = u64::try_from(series.host_confirmation_days?).ok()?;
    series.today(now).checked_add_days(Days::new(days))
}

/// The criteria by which the hosts of a series are chosen.
fn criteria(conn: &mut DbConn, who: &impl Scope, series: &Series) -> Result<Criteria> {
    let weights = series.host_weights.0.clone();
    let mut locations = VenueLocations::default();
    if weights.travel > 0 {
        let venues = municipalities::venues::store::of_cooperation(conn, who)?;
        let open = venues.iter().filter(|(_, open)| *open);
        locations = VenueLocations::of(open.map(|(venue, _)| venue));
    }
    Ok(Criteria { weights, locations })
}
