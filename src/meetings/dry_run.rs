//! Dry runs of planning: what a plan would change, whom that affects, and the digest that identifies the change.
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::plan_difference::{PlanDifference, PlannedMeeting, difference, hash};
use super::planning::{self, PlanOptions, PlanResult};
use super::{Meeting, MeetingStatus, rescheduling, store, warnings};
use crate::Tx;
use crate::auth::{Coordinator, Scope, SystemActor};
use crate::days::MeetingWarning;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::municipalities::MunicipalityName;
use crate::rotation::Cohost;
use crate::rotation::plan::Assignments;
use crate::rotation::plan_score::{PlanScore, plan_score};
use crate::rotation::planner::Replan;
use crate::rotation::series_plan::SeriesPlan;
use crate::series::{self, Series};
use crate::{people, rotation};

/// A plan that was not applied, and what it would change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanTrial {
    /// The last day up to which meetings would be planned.
    pub(super) until: NaiveDate,
    /// Dates of the rule that would have no meeting, because every day to which they could move is forbidden.
    pub(super) skipped: Vec<NaiveDate>,
    /// Meetings that would remain on a forbidden day, and those for whose days the school holidays are not known yet.
    pub(super) warnings: Vec<MeetingWarning>,
    /// What would change.
    pub(super) difference: PlanDifference,
    /// Whom that would affect.
    pub(super) affected: PlanAffected,
    /// The costs of the present plan and of the new one; lower is better.
    pub(super) score: PlanScores,
    /// Identifies this plan so that exactly this one can be applied; missing with `what_if`, which cannot be applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
    /// All upcoming meetings as they would be, in the order of time.
    pub(super) plan: Vec<PlanSlot>,
}

/// The costs of two plans.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanScores {
    /// The present plan.
    before: PlanScore,
    /// The new plan.
    after: PlanScore,
}

/// Whom a change of the plan affects.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanAffected {
    /// The municipalities that gain or lose turns or parts of turns.
    pub(super) municipalities: Vec<MunicipalityName>,
    /// The number of people affected among those invited to every meeting: those of these municipalities, or all if a date
    /// is moved or removed.
    pub(super) people: usize,
}

/// An upcoming meeting in a plan.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanSlot {
    /// The meeting; null if it would be added.
    meeting_id: Option<Id<Meeting>>,
    /// Its number in the series.
    number: i32,
    /// Its status.
    status: MeetingStatus,
    /// Its start, with the local UTC offset.
    starts_at: DateTime<FixedOffset>,
    /// The host; null if no municipality is available.
    host: Option<MunicipalityName>,
    /// The municipality that the turn is charged to.
    due: Option<MunicipalityName>,
    /// The co-hosts.
    cohosts: Vec<Cohost>,
    /// Why this host, in words.
    reason: String,
}

/// Plans a series within `tx`: the same steps for a dry run and when the plan is applied.
///
/// # Errors
/// If the rule reaches too far.
pub(super) fn plan(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    options: PlanOptions,
) -> Result<PlanResult> {
    let rechosen = rescheduling::rechoose_days(tx, who, series)?;
    let mut planned = planning::extend(tx, who, series, options.until)?;
    let system = SystemActor::within(who.cooperation());
    // Nothing has changed except the time, and which meetings there are.
    tx.hold_plan();
    tx.replan_now(who)?;
    if options.anew {
        planning::reassign_in_series(tx, &system, series, Replan::Anew)?;
    }
    (planned.moved, planned.removed) = (rechosen.moved, rechosen.removed);
    let meetings = store::of_series(tx, who, series.id)?;
    let at = (tx.now, options.language);
    planned.warnings = warnings::warnings(tx, who, series, &meetings, at)?;
    Ok(planned)
}

/// Makes a `change` within `tx`, plans a series, and compares the plans before and after both.
///
/// # Errors
/// As for [`plan`] and of `change`.
pub(super) fn plan_with_difference(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    options: PlanOptions,
    change: impl FnOnce(&mut Tx) -> Result<()>,
) -> Result<(PlanResult, PlanTrial)> {
    let (before, old) = read_plan(tx, who, series, None)?;
    change(tx)?;
    let series = &series::store::find(tx, who, series.id)?;
    let planned = plan(tx, who, series, options)?;
    let (after, new) = read_plan(tx, who, series, Some(&old))?;
    let names = rotation::store::names(tx, who)?;
    let name_of = |id| names.get(&id).cloned().unwrap_or_default();
    let difference = difference(&before, &after, &name_of);
    let trial = PlanTrial {
        until: planned.until,
        skipped: planned.skipped.clone(),
        warnings: planned.warnings.clone(),
        affected: affected(tx, who, series, &difference)?,
        difference,
        score: PlanScores {
            before: old.score,
            after: new.score,
        },
        hash: Some(hash(series.id, options, &before, &after)?),
        plan: slots(tx, who, series, options.language, &before)?,
    };
    Ok((planned, trial))
}

impl PlanTrial {
    /// Makes sure that this is the plan of the dry run with the hash `seen`.
    ///
    /// # Errors
    /// [`Error::Outdated`] with what planning would change now.
    pub(super) fn check_hash(&self, seen: &str) -> Result<()> {
        if self.hash.as_deref() == Some(seen) {
            return Ok(());
        }
        let present = serde_json::to_value(self).map_err(|error| Error::Internal(error.into()))?;
        Err(Error::Outdated(
            "other_plan",
            "planning would now change something else than what you have seen".to_owned(),
            Box::new(present),
        ))
    }
}

/// The costs and assignments of a plan.
struct ScoredPlan {
    score: PlanScore,
    assignments: Assignments,
}

/// The present plan within `tx`; the cost of moved turns is relative to the `previous` plan, if there is one.
fn read_plan(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    previous: Option<&ScoredPlan>,
) -> Result<(Vec<PlannedMeeting>, ScoredPlan)> {
    let now = tx.now;
    let plan = SeriesPlan::load(tx, who, series, now)?;
    let assignments = plan.plan().assignments();
    let previous = previous.map_or(&assignments, |previous| &previous.assignments);
    let score = plan_score(&plan, previous);
    let meetings = PlannedMeeting::all(&plan.meetings, now);
    Ok((meetings, ScoredPlan { score, assignments }))
}

fn affected(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    difference: &PlanDifference,
) -> Result<PlanAffected> {
    let municipalities = difference.municipalities();
    let today = series.today(tx.now);
    let concerns = |person: &people::Person| {
        let own = |one: &MunicipalityName| Some(one.id) == person.municipality_id;
        difference.moves_dates() || municipalities.iter().any(own)
    };
    let everybody = people::store::all(tx, who)?;
    let invited = everybody
        .iter()
        .filter(|person| person.role.is_always_invited() && person.is_in_role_on(today));
    Ok(PlanAffected {
        people: invited.filter(|person| concerns(person)).count(),
        municipalities,
    })
}

fn slots(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    language: Language,
    before: &[PlannedMeeting],
) -> Result<Vec<PlanSlot>> {
    let now = tx.now;
    let turns = rotation::store::upcoming(tx, who, series.id, usize::MAX, language, now)?;
    let known = |id: &Id<Meeting>| before.iter().any(|one| one.meeting == *id);
    Ok(turns
        .into_iter()
        .map(|turn| PlanSlot {
            meeting_id: Some(turn.meeting_id).filter(known),
            number: turn.number,
            status: turn.status,
            starts_at: turn.starts_at,
            host: turn.host,
            due: turn.due,
            cohosts: turn.cohosts,
            reason: turn.reason,
        })
        .collect())
}
