//! A plan before it is applied: what it changes, for whom, and the digest by which it is known again.
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::difference::{Asked, Difference, Spot, difference, hash};
use super::planning::{self, Planned};
use super::{Meeting, Status, choosing, replanning, store};
use crate::Tx;
use crate::auth::{Coordinator, Scope, SystemActor};
use crate::days::DayWarning;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::municipalities::Named;
use crate::rotation::Cohost;
use crate::rotation::laid_out::Dues;
use crate::rotation::optimum::Effort;
use crate::rotation::score::{self, PlanScore};
use crate::series::{self, Series};
use crate::{people, rotation};

/// A plan as it would be, and what it changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanTrial)]
pub(super) struct Trial {
    /// The day up to which meetings would be planned.
    pub(super) until: NaiveDate,
    /// Days that the rule makes on which there would be no meeting, because every day in their window is
    /// forbidden.
    pub(super) skipped: Vec<NaiveDate>,
    /// Dates that would not suit though planning leaves them, and those of which it is not known whether
    /// they do.
    pub(super) warnings: Vec<DayWarning>,
    /// What would change.
    pub(super) difference: Difference,
    /// Whom that concerns.
    pub(super) affected: Affected,
    /// What the plan that stands and the new one cost, as the optimum weighs it; the less the better.
    pub(super) score: Scores,
    /// Names this difference and what it is made from, to apply just this plan; missing with `what_if`,
    /// which cannot be applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
    /// All meetings to come as they would be, in the order of time.
    pub(super) plan: Vec<Slot>,
}

/// How good two plans are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanScores)]
pub(super) struct Scores {
    /// The plan that stands.
    before: PlanScore,
    /// The new plan.
    after: PlanScore,
}

/// Whom a change of the plan concerns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanAffected)]
pub(super) struct Affected {
    /// The municipalities whose turns or parts of turns come or go.
    pub(super) municipalities: Vec<Named>,
    /// How many people who are invited to every meeting have something new to note: those of these
    /// municipalities, or all if a date moves or is taken out.
    pub(super) people: usize,
}

/// A meeting to come as a plan has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanSlot)]
pub(super) struct Slot {
    /// The meeting; null if it would be added.
    meeting_id: Option<Id<Meeting>>,
    /// Its number in the series.
    number: i32,
    /// How far it is.
    status: Status,
    /// Its start, with the offset of the local clock.
    starts_at: DateTime<FixedOffset>,
    /// Who hosts; nobody if nobody is available.
    host: Option<Named>,
    /// To whom the turn is charged.
    due: Option<Named>,
    /// Who hosts together with the host.
    cohosts: Vec<Cohost>,
    /// Why this host, in words.
    reason: String,
}

/// What was asked for beside the series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// The last day to plan.
    pub(super) until: NaiveDate,
    /// Whether the best hosts are looked for anew, with little regard to the plan that stands.
    pub(super) anew: bool,
    /// The language of the reasons.
    pub(super) language: Language,
}

/// Plans a series within `tx`, by the same steps whether it is tried out or applied.
///
/// # Errors
/// If the rule reaches too far.
pub(super) fn plan(tx: &mut Tx, who: &Coordinator, series: &Series, wish: Wish) -> Result<Planned> {
    let rechosen = replanning::rechoose(tx, who, series)?;
    let mut planned = planning::extend(tx, who, series, wish.until)?;
    let service = SystemActor::within(who.cooperation());
    planning::settle(tx, &service)?;
    if wish.anew {
        planning::settle_one(tx, &service, series, Effort::Thorough)?;
    }
    (planned.moved, planned.removed) = (rechosen.moved, rechosen.removed);
    let meetings = store::of_series(tx, who, series.id)?;
    let at = (tx.now, wish.language);
    planned.warnings = choosing::warnings(tx, who, series, &meetings, at)?;
    Ok(planned)
}

/// Plans a series within `tx`, where `change` was made before; what that changes.
///
/// # Errors
/// As for [`plan`] and of `change`.
pub(super) fn compared(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    wish: Wish,
    change: impl FnOnce(&mut Tx) -> Result<()>,
) -> Result<(Planned, Trial)> {
    let (before, old) = look(tx, who, series, None)?;
    change(tx)?;
    let series = &series::store::find(tx, who, series.id)?;
    let planned = plan(tx, who, series, wish)?;
    let (after, new) = look(tx, who, series, Some(&old))?;
    let names = rotation::store::names(tx, who)?;
    let name_of = |id| names.get(&id).cloned().unwrap_or_default();
    let difference = difference(&before, &after, &name_of);
    let asked = Asked {
        series: series.id,
        until: wish.until,
        anew: wish.anew,
    };
    let trial = Trial {
        until: planned.until,
        skipped: planned.skipped.clone(),
        warnings: planned.warnings.clone(),
        affected: affected(tx, who, series, &difference)?,
        difference,
        score: Scores {
            before: old.score,
            after: new.score,
        },
        hash: Some(hash(asked, &before, &after)?),
        plan: slots(tx, who, series, wish.language, &before)?,
    };
    Ok((planned, trial))
}

impl Trial {
    /// Makes sure that this is the plan that somebody has seen.
    ///
    /// # Errors
    /// [`Error::Outdated`] with what would be done now.
    pub(super) fn is_known_as(&self, seen: &str) -> Result<()> {
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

/// How good a plan is, and whose turn each meeting is in it.
struct Weighed {
    score: PlanScore,
    dues: Dues,
}

/// The plan as it is within `tx`, compared to the one that `stands`, if that is another one.
fn look(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    stands: Option<&Weighed>,
) -> Result<(Vec<Spot>, Weighed)> {
    let now = tx.now;
    let members = rotation::store::members(tx, who)?;
    let terms = rotation::outlook::terms(tx, who, series)?;
    let outlook = rotation::outlook::outlook(tx, who, series.id, &members, now)?;
    let dues = score::dues(&outlook);
    let stands = stands.map_or(&dues, |stands| &stands.dues);
    let score = score::weigh(&members, &terms, &outlook, stands, now);
    Ok((Spot::all(&outlook.meetings, now), Weighed { score, dues }))
}

fn affected(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    difference: &Difference,
) -> Result<Affected> {
    let municipalities = difference.municipalities();
    let today = series.today(tx.now);
    let concerns = |person: &people::Person| {
        let own = |one: &Named| Some(one.id) == person.municipality_id;
        difference.moves_dates() || municipalities.iter().any(own)
    };
    let everybody = people::store::all(tx, who)?;
    let invited = everybody
        .iter()
        .filter(|person| person.role.is_always_invited() && person.is_in_role_on(today));
    Ok(Affected {
        people: invited.filter(|person| concerns(person)).count(),
        municipalities,
    })
}

fn slots(
    tx: &mut Tx,
    who: &Coordinator,
    series: &Series,
    language: Language,
    before: &[Spot],
) -> Result<Vec<Slot>> {
    let now = tx.now;
    let turns = rotation::store::upcoming(tx, who, series.id, usize::MAX, language, now)?;
    let known = |id: &Id<Meeting>| before.iter().any(|spot| spot.meeting == *id);
    Ok(turns
        .into_iter()
        .map(|turn| Slot {
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
