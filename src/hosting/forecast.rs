//! What is due about the turns of a series, and when more will be: a pure function of the present state. Nothing is
//! scheduled.
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use chrono::Days;

use super::conflicts::Conflicts;
use super::store::SwapCase;
use super::turns::{Comparison, ToldTurn, UpcomingMeeting};
use super::{SwapLapse, host_confirmation, swap_requests};
use crate::cooperations::Cooperation;
use crate::days::public_holidays::Land;
use crate::db::{Id, Instant};
use crate::meetings::confirmations::{HostConfirmation, HostConfirmationState};
use crate::meetings::steps::{end_of_grace, in_office_hours, opening_on};
use crate::meetings::{Meeting, MeetingStatus};
use crate::series::Series;

/// How many days before the earlier meeting those asked are reminded of a request.
pub const FOLLOW_UPS: [i32; 4] = [28, 14, 7, 3];

/// What is recorded of upcoming meetings, of this and of other series.
pub struct HostingRecords {
    /// The turns of which municipalities were notified.
    pub told: HashMap<Id<Meeting>, ToldTurn>,
    /// The meetings of which people were asked to keep the date free.
    pub announced: HashSet<Id<Meeting>>,
    /// Whether the hosts have confirmed.
    pub confirmations: HashMap<Id<Meeting>, HostConfirmation>,
}

/// A series with everything that its tasks depend on.
pub struct Situation {
    /// Its cooperation.
    pub cooperation: Id<Cooperation>,
    /// The series.
    pub series: Series,
    /// Its upcoming meetings in the order of time; none while the series is a draft, that is, before the first
    /// invitation to one of its meetings.
    pub meetings: Vec<UpcomingMeeting>,
    /// What is recorded of them.
    pub records: Rc<HostingRecords>,
    /// The open swap requests.
    pub requests: Vec<SwapCase>,
    /// The meetings that need a person.
    pub conflicts: Conflicts,
}

/// Something to do.
#[derive(Clone, Copy)]
pub enum Task<'a> {
    /// Record the turns of which nobody is notified.
    NoteTurns,
    /// Notify municipalities of turns that have changed.
    TellTurns,
    /// Close a swap request that can no longer be accepted.
    Expire(&'a SwapCase, SwapLapse),
    /// Remind those asked of a swap request, so many days before the meeting.
    FollowUp(&'a SwapCase, i32),
    /// Ask the host to confirm.
    AskHost(&'a Meeting),
    /// Warn the coordinators that the host has not confirmed.
    WarnOfHost(&'a Meeting),
    /// Record the conflicts.
    NoteConflicts,
    /// Notify the coordinators of them.
    TellConflicts,
}

impl Situation {
    /// The tasks with their times; those not after `now` are due.
    #[must_use]
    pub fn tasks(&self, now: Instant) -> Vec<(Instant, Task<'_>)> {
        let comparison = self.comparison();
        let mut found = Vec::new();
        if !comparison.quiet.is_empty() {
            found.push((now, Task::NoteTurns));
        }
        let (zone, land) = (self.series.zone(), self.series.land());
        if let Some(at) = comparison.settled_at(&self.series) {
            found.push((in_office_hours(at, now, zone, land), Task::TellTurns));
        }
        if self.conflicts.have_changed() {
            found.push((now, Task::NoteConflicts));
        } else if let Some(at) = self.conflicts.told_at(&self.series) {
            found.push((in_office_hours(at, now, zone, land), Task::TellConflicts));
        }
        for case in &self.requests {
            if let Some(why) = swap_requests::lapse(case, now) {
                found.push((now, Task::Expire(case, why)));
                continue;
            }
            let next = follow_up(case, land, now);
            found.extend(next.map(|(at, days)| (at, Task::FollowUp(case, days))));
            let begins = case.earlier().map(|meeting| meeting.starts_at);
            found.extend(begins.map(|at| (at, Task::Expire(case, SwapLapse::Begun))));
        }
        let existing = self.meetings.iter().filter(|one| one.deleted_at.is_none());
        let open = existing
            .map(|one| &one.meeting)
            .filter(|meeting| meeting.status == MeetingStatus::Planned && meeting.starts_at > now);
        for meeting in open {
            // If nobody was invited by then, that is a conflict.
            found.push((meeting.ends_at, Task::NoteConflicts));
            let known = self.records.confirmations.get(&meeting.id);
            let known = known.filter(|row| Some(row.municipality_id) == meeting.host_id);
            let next = match known {
                None => self
                    .ask_at(meeting, now)
                    .map(|at| (at, Task::AskHost(meeting))),
                Some(row) => self
                    .warn_at(meeting, row, now)
                    .map(|at| (at, Task::WarnOfHost(meeting))),
            };
            found.extend(next.filter(|(at, _)| *at < meeting.starts_at));
        }
        found
    }

    /// The turns that differ from what was told.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let HostingRecords {
            told, announced, ..
        } = &*self.records;
        Comparison::of(&self.meetings, told, announced)
    }

    /// When the host of a meeting is asked to confirm: not before the window for further changes has passed.
    fn ask_at(&self, meeting: &Meeting, now: Instant) -> Option<Instant> {
        meeting.host_id?;
        let days = Days::new(u64::try_from(self.series.host_confirmation_days?).ok()?);
        let (zone, land) = (meeting.zone(), self.series.land());
        let day = land.working_day_until(meeting.date.checked_sub_days(days)?);
        let settled_at = self.series.settled_at(meeting.changed_at);
        let due_at = opening_on(day, zone).max(settled_at);
        Some(in_office_hours(due_at, now, zone, land))
    }

    fn warn_at(&self, meeting: &Meeting, row: &HostConfirmation, now: Instant) -> Option<Instant> {
        if row.state == HostConfirmationState::Confirmed || row.warned_at.is_some() {
            return None;
        }
        let asked_at = row.asked_at.or(row.answered_at)?;
        let overdue_on = host_confirmation::overdue_on(meeting, &self.series, asked_at)?;
        let (zone, land) = (meeting.zone(), self.series.land());
        let due_at = opening_on(land.working_day_from(overdue_on), zone);
        Some(in_office_hours(due_at, now, zone, land))
    }
}

/// The next reminder of an open swap request: when it is sent (at 9:00 local time on a working day), and how many days
/// before the meeting. Each is sent once. One that was due before the request was made is left out, and one that was
/// missed is replaced by the next.
#[must_use]
pub fn follow_up(case: &SwapCase, land: Land, now: Instant) -> Option<(Instant, i32)> {
    let (meeting, request) = (case.earlier()?, &case.request);
    let zone = meeting.zone();
    let day = |days: i32| {
        let days = Days::new(u64::try_from(days).ok()?);
        Some(land.working_day_until(meeting.date.checked_sub_days(days)?))
    };
    let mut next = FOLLOW_UPS.iter().enumerate().filter_map(|(place, days)| {
        let due_on = day(*days)?;
        let due_at = opening_on(due_on, zone);
        let done = request.followed_up_days.is_some_and(|done| done <= *days);
        if done || due_at < request.created_at {
            return None;
        }
        let after = FOLLOW_UPS.get(place + 1).and_then(|days| day(*days));
        let ends = [
            Some(end_of_grace(due_on, zone, land)),
            after.map(|day| opening_on(day, zone)),
            Some(meeting.starts_at),
        ];
        let until = ends.into_iter().flatten().min()?;
        let at = in_office_hours(due_at, now, zone, land);
        (at < until).then_some((at, *days))
    });
    next.next()
}
