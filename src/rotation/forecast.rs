//! The plan of a series as it is stored: its meetings, the status of each turn, and who hosts when.
//!
//! Reading computes no new plan: where assignments are stored with the meetings they apply, otherwise the plain order
//! does. [`choose_hosts`](super::choose_hosts) replaces the stored assignments.
use std::collections::{HashMap, HashSet};

use super::choose_hosts::criteria;
use super::explain;
use super::ledger::{TurnEntry, TurnEntryState, latest_of_series, turn_status};
use super::plain_order;
use super::plan::{Assignments, HostPlan, MeetingSlot, PlannedTurn, RotationMember};
use super::solver_input::PlanInput;
use crate::auth::Scope;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::municipalities::Municipality;
use crate::series::{self, Series};

/// The meetings of a series, what the ledger says about each, and the plan that follows.
#[derive(Debug)]
pub struct Forecast {
    /// The meetings in the order of time.
    pub meetings: Vec<Meeting>,
    /// The valid entry of each meeting that has one.
    latest: HashMap<Id<Meeting>, TurnEntry>,
    /// The meetings as input of the plan.
    pub slots: Vec<MeetingSlot>,
    /// The assignments stored with the planned meetings; empty where the plain order applies.
    pub assignments: Assignments,
    /// Who hosts when.
    pub plan: HostPlan,
}

impl Forecast {
    /// The turn of a meeting, unless it was given back.
    #[must_use]
    pub fn turn(&self, meeting: Id<Meeting>) -> Option<&PlannedTurn> {
        self.plan.turns.iter().find(|turn| turn.meeting == meeting)
    }

    /// The co-hosts of a meeting; once it has begun, those stored with it.
    #[must_use]
    pub fn cohosts<'a>(&'a self, meeting: &'a Meeting, now: Instant) -> &'a [Id<Municipality>] {
        let takes_place = matches!(
            meeting.status,
            MeetingStatus::Planned | MeetingStatus::Invited
        );
        let turn = self
            .turn(meeting.id)
            .filter(|_| takes_place && meeting.starts_at > now);
        turn.map_or(&meeting.cohosts.0, |turn| &turn.cohosts)
    }

    /// Who is due at each planned meeting in the plan before it is replaced: as stored, or as it was when the host was
    /// set by hand, or else the present host.
    #[must_use]
    pub fn previous_assignments(&self) -> Assignments {
        let due = |one: &Meeting| {
            let pinned = self
                .latest
                .get(&one.id)
                .filter(|turn| turn.state == TurnEntryState::Pinned);
            one.due_id
                .or(pinned.map_or(one.host_id, |turn| turn.due_id))
        };
        planned(&self.meetings)
            .filter_map(|one| Some((one.id, due(one)?)))
            .collect()
    }

    /// The meetings that planning leaves alone: all but planned ones that have not begun.
    #[must_use]
    pub fn begun(&self, now: Instant) -> HashSet<Id<Meeting>> {
        begun(&self.meetings, now)
    }
}

/// Reads the plan of a series as of `now`.
pub fn forecast(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    members: &[RotationMember],
    now: Instant,
) -> Result<Forecast> {
    let meetings = meetings::store::of_series(conn, who, of)?;
    let latest = latest_of_series(conn, who, of)?;
    let slot = |meeting: &Meeting| {
        let entry = latest.get(&meeting.id);
        MeetingSlot {
            meeting: meeting.id,
            on: meeting.date,
            status: turn_status(meeting, entry, now),
            cohosts: entry.map_or_else(Vec::new, |turn| turn.cohosts.0.clone()),
        }
    };
    let slots: Vec<MeetingSlot> = meetings.iter().map(slot).collect();
    let assignments = stored_assignments(&meetings, now);
    let plan = if assignments.is_empty() {
        plain_order::plan(members, &slots)
    } else {
        let series = series::store::find(conn, who, of)?;
        let criteria = criteria(conn, who, &series)?;
        let input = PlanInput {
            members,
            slots: &slots,
            assignments: &assignments,
            begun: &begun(&meetings, now),
        };
        let input = input.solver_input(&criteria);
        explain::assignments::plan(members, &slots, &input, &assignments)
    };
    Ok(Forecast {
        meetings,
        latest,
        slots,
        assignments,
        plan,
    })
}

/// Empty if no open meeting has a stored assignment: then the plain order applies to all.
fn stored_assignments(meetings: &[Meeting], now: Instant) -> Assignments {
    let is_stored = |one: &Meeting| one.is_open(now) && one.due_id.is_some();
    if !meetings.iter().any(is_stored) {
        return Assignments::new();
    }
    planned(meetings)
        .filter_map(|one| Some((one.id, one.due_id?)))
        .collect()
}

fn planned(meetings: &[Meeting]) -> impl Iterator<Item = &Meeting> {
    let all = meetings.iter();
    all.filter(|one| one.status == MeetingStatus::Planned)
}

fn begun(meetings: &[Meeting], now: Instant) -> HashSet<Id<Meeting>> {
    let begun = meetings.iter().filter(|one| !one.is_open(now));
    begun.map(|one| one.id).collect()
}
