//! The plan of the steps around a meeting, as the API shows it.
use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::audience::Stage;
use super::{Heard, about, day_of, heard, is_live};
use crate::auth::Scope;
use crate::config::Settings;
use crate::db::{DbConn, Instant};
use crate::error::Result;
use crate::invitations::InvitationState;
use crate::meetings::Meeting;
use crate::meetings::steps::{MeetingStep, SkipReason};
use crate::series;
use crate::word_enum;

word_enum! {
    /// How far a step is.
    pub enum StepState {
        /// The series has no such step.
        Off = "off",
        /// It is to come.
        Planned = "planned",
        /// It was done.
        Done = "done",
        /// It will not be done, as things stand.
        Skipped = "skipped",
    }
}

/// A step around a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlannedStep {
    /// Which one.
    pub step: MeetingStep,
    /// How far it is.
    pub state: StepState,
    /// When it is due, with the offset of the local clock.
    pub due_at: Option<DateTime<FixedOffset>>,
    /// Why it is skipped.
    pub reason: Option<SkipReason>,
    /// When it was done.
    pub done_at: Option<Instant>,
    /// How many people were told; of a planned step, how many would be as things stand.
    pub people: usize,
}

/// The steps around a meeting, in the usual order.
pub fn planned(
    conn: &mut DbConn,
    who: &impl Scope,
    settings: &Settings,
    meeting: Meeting,
    now: Instant,
) -> Result<Vec<PlannedStep>> {
    let series = series::store::find(conn, who, meeting.series_id)?;
    let live = is_live(conn, who, series.id)?;
    let heard = heard(conn, who, meeting.id)?;
    let stage = Stage::load(conn, who, settings, (meeting, series), now)?;
    let steps = MeetingStep::ALL.iter();
    Ok(steps
        .map(|step| one(&stage, *step, &heard, live, now))
        .collect())
}

fn one(stage: &Stage, step: MeetingStep, heard: &[Heard], live: bool, now: Instant) -> PlannedStep {
    let meeting = &stage.context.meeting;
    let window = step.window(meeting, &stage.series);
    let local = |at: Instant| at.with_timezone(&meeting.zone()).fixed_offset();
    let shown = |state, reason, done_at, people| PlannedStep {
        step,
        state,
        due_at: window.map(|moment| local(moment.due_at)),
        reason,
        done_at,
        people,
    };
    let Some(moment) = window else {
        return shown(StepState::Off, None, None, 0);
    };
    if let (MeetingStep::InvitationDue, Some(at)) = (step, meeting.invited_at) {
        let rows = stage.rows.values();
        let invited = rows.filter(|row| row.state == InvitationState::Invited);
        return shown(StepState::Done, None, Some(at), invited.count());
    }
    let about = about(step, meeting);
    let told = heard
        .iter()
        .filter(|one| one.step == step && day_of(&one.about) == about);
    if let Some(first) = told.clone().next() {
        return shown(StepState::Done, None, Some(first.at), told.count());
    }
    let people = match step {
        MeetingStep::InvitationDue
            if stage.series.invite_automatically && stage.missing().is_none() =>
        {
            stage.context.to_invite(&stage.rows)
        }
        _ => stage.audience(step, moment),
    };
    let people = people
        .iter()
        .filter(|one| one.reachable_mailbox().is_some())
        .count();
    let reason = match step.obstacle(meeting) {
        Some(obstacle) => Some(obstacle),
        None if !live => Some(SkipReason::Draft),
        None if now >= moment.until && people == 0 => Some(SkipReason::Nobody),
        None if now >= moment.until || moment.due_at >= moment.until => Some(SkipReason::Missed),
        None if now >= moment.due_at && people == 0 => Some(SkipReason::Nobody),
        None => None,
    };
    match reason {
        Some(_) => shown(StepState::Skipped, reason, None, 0),
        None => shown(StepState::Planned, None, None, people),
    }
}
