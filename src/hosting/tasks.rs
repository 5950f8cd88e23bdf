//! What time brings in the turns of a series: worked out from what is, purely. Nothing is scheduled.
use std::collections::{HashMap, HashSet};

use chrono::{Days, TimeDelta};

use super::conflicts::Conflicts;
use super::store::Case;
use super::turns::{Comparison, ToldTurn};
use super::{SwapLapse, SwapRequest, confirmations, swaps};
use crate::cooperations::Cooperation;
use crate::days::public_holidays::Land;
use crate::db::{Id, Instant};
use crate::meetings::confirmations::{HostConfirmation, HostConfirmationState};
use crate::meetings::steps::{end_of_grace, in_office_hours, opening_on};
use crate::meetings::{Meeting, MeetingStatus};
use crate::series::Series;

/// How many days before the earlier meeting those asked are reminded of a request.
pub const FOLLOW_UPS: [i32; 4] = [28, 14, 7, 3];

/// A meeting that has not begun.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// The meeting.
    pub meeting: Meeting,
    /// When it was taken out, if it was.
    pub gone_at: Option<Instant>,
}

/// A series with all on which its tasks depend.
pub struct Situation {
    /// Whose it is.
    pub cooperation: Id<Cooperation>,
    /// The series.
    pub series: Series,
    /// Its meetings ahead in the order of time; none as long as the series is a draft, to none of
    /// whose meetings anybody was ever invited.
    pub meetings: Vec<Ahead>,
    /// What is known of their hosts.
    pub told: HashMap<Id<Meeting>, ToldTurn>,
    /// Of which of them people were asked to keep the date free.
    pub announced: HashSet<Id<Meeting>>,
    /// What their hosts have said.
    pub confirmations: HashMap<Id<Meeting>, HostConfirmation>,
    /// The open requests to swap turns.
    pub requests: Vec<Case>,
    /// Which meetings are on days that have come not to suit.
    pub conflicts: Conflicts,
}

/// Something to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// To note what is no news.
    Note,
    /// To tell whose turns have moved.
    Tell,
    /// To close a request that can no longer be accepted.
    Expire(Id<SwapRequest>, SwapLapse),
    /// To remind those asked of a request, so many days before.
    FollowUp(Id<SwapRequest>, i32),
    /// To ask the host to confirm.
    AskHost(Id<Meeting>),
    /// To tell the coordinators that the host has not confirmed.
    Warn(Id<Meeting>),
    /// To note which days have come not to suit.
    NoteConflicts,
    /// To tell the coordinators of them.
    TellConflicts,
}

impl Situation {
    /// What there is to do, each with its moment; what is to be done now has one that is not after
    /// `now`.
    #[must_use]
    pub fn tasks(&self, now: Instant) -> Vec<(Instant, Task)> {
        let comparison = Comparison::of(self);
        let mut found = Vec::new();
        if !comparison.quiet.is_empty() {
            found.push((now, Task::Note));
        }
        let settled_at = comparison.settled_at(self.series.change_window_minutes);
        found.extend(settled_at.map(|at| {
            let at = in_office_hours(at, now, self.series.zone(), self.land());
            (at, Task::Tell)
        }));
        let window = self.series.change_window_minutes;
        if self.conflicts.have_changed() {
            found.push((now, Task::NoteConflicts));
        } else if let Some(at) = self.conflicts.told_at(window) {
            let at = in_office_hours(at, now, self.series.zone(), self.land());
            found.push((at, Task::TellConflicts));
        }
        for case in &self.requests {
            let id = case.request.id;
            if let Some(why) = swaps::lapse(case, now) {
                found.push((now, Task::Expire(id, why)));
                continue;
            }
            let next = follow_up(case, self.land(), now);
            found.extend(next.map(|(at, days)| (at, Task::FollowUp(id, days))));
            let begins = case.earlier().map(|meeting| meeting.starts_at);
            found.extend(begins.map(|at| (at, Task::Expire(id, SwapLapse::Begun))));
        }
        let open = self.meetings.iter().filter(|ahead| {
            let meeting = &ahead.meeting;
            ahead.gone_at.is_none()
                && meeting.status == MeetingStatus::Planned
                && meeting.starts_at > now
        });
        for Ahead { meeting, .. } in open {
            let known = self.confirmations.get(&meeting.id);
            let known = known.filter(|row| Some(row.municipality_id) == meeting.host_id);
            let next = match known {
                None => self
                    .ask_at(meeting, now)
                    .map(|at| (at, Task::AskHost(meeting.id))),
                Some(row) => self
                    .warn_at(meeting, row, now)
                    .map(|at| (at, Task::Warn(meeting.id))),
            };
            found.extend(next.filter(|(at, _)| *at < meeting.starts_at));
        }
        found
    }

    /// The Land whose holidays count.
    fn land(&self) -> Land {
        self.series.avoided_days.0.land
    }

    /// When the host of a meeting is asked to confirm: not while the plan may still be changing.
    fn ask_at(&self, meeting: &Meeting, now: Instant) -> Option<Instant> {
        meeting.host_id?;
        let days = Days::new(u64::try_from(self.series.host_confirmation_days?).ok()?);
        let day = self
            .land()
            .working_day_until(meeting.date.checked_sub_days(days)?);
        let window = TimeDelta::minutes(self.series.change_window_minutes.into());
        let settled_at = Instant::from(*meeting.changed_at + window);
        let due_at = opening_on(day, meeting.zone()).max(settled_at);
        Some(in_office_hours(due_at, now, meeting.zone(), self.land()))
    }

    fn warn_at(&self, meeting: &Meeting, row: &HostConfirmation, now: Instant) -> Option<Instant> {
        if row.state == HostConfirmationState::Confirmed || row.warned_at.is_some() {
            return None;
        }
        let asked_at = row.asked_at.or(row.answered_at)?;
        let overdue_on = confirmations::overdue_on(meeting, &self.series, asked_at)?;
        let day = self.land().working_day_from(overdue_on);
        let due_at = opening_on(day, meeting.zone());
        Some(in_office_hours(due_at, now, meeting.zone(), self.land()))
    }
}

/// The next follow-up of an open request, and when it comes: at 9:00 there on a working day, each
/// once. One that was due before the request was made does not come, and one that was missed gives
/// way to the next.
#[must_use]
pub fn follow_up(case: &Case, land: Land, now: Instant) -> Option<(Instant, i32)> {
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
