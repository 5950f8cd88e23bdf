//! Queries of series.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::lead_times::LeadTimes;
use super::recurrence::RecurrenceRule;
use super::{HostWeights, NewSeries, Series, SeriesPatch, default_agenda};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::cooperations::{self, Cooperation};
use crate::db::schema::series;
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Found, Result, conflict_unless};
use crate::http::body::ExpectedRevision;
use crate::municipalities;

/// The maximum number of series of a cooperation.
const MAX_SERIES: i64 = 100;

/// The series of a cooperation.
pub fn all(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Series>> {
    Ok(series::table
        .filter(series::cooperation_id.eq(who.cooperation()))
        .filter(series::deleted_at.is_null())
        .order(series::id)
        .select(Series::as_select())
        .load(conn)?)
}

/// One series.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if the cooperation has no such series.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Series>) -> Result<Series> {
    Ok(series::table
        .find(id)
        .filter(series::cooperation_id.eq(who.cooperation()))
        .filter(series::deleted_at.is_null())
        .select(Series::as_select())
        .first(conn)?)
}

/// The cooperation of a series, for commands.
///
/// # Errors
/// [`Error::NotFound`] if there is no such series.
pub(crate) fn cooperation_of(conn: &mut DbConn, id: Id<Series>) -> Result<Id<Cooperation>> {
    Ok(series::table
        .find(id)
        .filter(series::deleted_at.is_null())
        .select(series::cooperation_id)
        .first(conn)?)
}

/// Creates a series, without its meetings.
///
/// # Errors
/// If the rule has no dates or too many, or there are too many series.
pub fn create(tx: &mut Tx, who: &Coordinator, new: &NewSeries) -> Result<Series> {
    let count: i64 = series::table
        .filter(series::cooperation_id.eq(who.cooperation()))
        .filter(series::deleted_at.is_null())
        .count()
        .get_result(&mut **tx)?;
    let message = format!("at most {MAX_SERIES} series");
    conflict_unless(count < MAX_SERIES, "too_many", message)?;
    let rule = usable_rule(&new.rule, new.starts_on)?;
    check_shares(tx, who, &new.host_weights)?;
    let cooperation = cooperations::store::own(tx, who)?;
    let template = new
        .template_agenda
        .clone()
        .unwrap_or_else(|| default_agenda(cooperation.language));
    let (id, now) = (tx.id::<Series>(), tx.now);
    diesel::insert_into(series::table)
        .values((
            series::id.eq(id),
            series::cooperation_id.eq(who.cooperation()),
            series::title.eq(&new.title),
            series::rule.eq(rule.to_string()),
            series::starts_on.eq(new.starts_on),
            series::start_time.eq(new.start_time),
            series::time_zone.eq(new.time_zone.as_ref().unwrap_or(&cooperation.time_zone)),
            series::duration_minutes.eq(new.duration_minutes),
            series::horizon_months.eq(new.horizon_months),
            series::save_the_date_days.eq(new.save_the_date_days),
            series::host_confirmation_days.eq(new.host_confirmation_days),
            series::call_for_topics_days.eq(new.call_for_topics_days),
            series::topic_deadline_days.eq(new.topic_deadline_days),
            series::invitation_days.eq(new.invitation_days),
            series::invite_automatically.eq(new.invite_automatically),
            series::answer_days.eq(new.answer_days),
            series::reminder_days.eq(new.reminder_days),
            series::last_reminder_days.eq(new.last_reminder_days),
            series::minutes_due_days.eq(new.minutes_due_days),
            series::attendance_closes_days.eq(new.attendance_closes_days),
            series::change_window_minutes.eq(new.change_window_minutes),
            series::topics_need_acceptance.eq(new.topics_need_acceptance),
            series::counter_proposals.eq(new.counter_proposals),
            series::cancelled_turn.eq(new.cancelled_turn),
            series::template_agenda.eq(Json(template)),
            series::host_weights.eq(Json(new.host_weights.clone())),
            series::avoided_days.eq(Json(new.avoided_days.clone())),
            series::created_at.eq(now),
            series::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Parses a rule, and checks that it has dates from `first` on, but not too many.
fn usable_rule(text: &str, first: NaiveDate) -> Result<RecurrenceRule> {
    let refused = |error: super::recurrence::RuleError| {
        Error::invalid("rule", "recurrence", error.to_string())
    };
    let rule = RecurrenceRule::parse(text).map_err(refused)?;
    rule.check(first).map_err(refused)?;
    Ok(rule)
}

/// Checks that the municipalities with shares exist.
fn check_shares(tx: &mut Tx, who: &Coordinator, weights: &HostWeights) -> Result<()> {
    for (number, share) in weights.shares.iter().enumerate() {
        let field = format!("host_weights.shares[{number}].municipality_id");
        municipalities::store::find(tx, who, share.municipality_id)
            .or_invalid(&field, "there is no such municipality")?;
    }
    Ok(())
}

/// Changes a series, without its meetings.
///
/// # Errors
/// [`Error::Stale`], or the invalid fields.
pub fn change(
    tx: &mut Tx,
    who: &Coordinator,
    id: Id<Series>,
    expected: ExpectedRevision,
    patch: &SeriesPatch,
) -> Result<Series> {
    let known = find(tx, who, id)?;
    expected.check(known.revision)?;
    let mut changed = patch.applied_to(&known);
    let lead_times = LeadTimes::of(&changed);
    if lead_times != LeadTimes::of(&known) {
        // Series from before this check existed may keep their order.
        lead_times.check().map_err(|error| {
            let message = error.message.unwrap_or_default();
            Error::invalid(&error.code, "together", message)
        })?;
    }
    if patch.rule.is_some() || patch.starts_on.is_some() {
        changed.rule = usable_rule(&changed.rule, changed.starts_on)?.to_string();
    }
    if let Some(weights) = &patch.host_weights {
        check_shares(tx, who, weights)?;
    }
    if changed.host_weights != known.host_weights {
        tx.plan_in_order();
    }
    changed.revision += 1;
    changed.modified_at = tx.now;
    // Reconciled at once, unless this change reschedules it anyway.
    let plan_at = series::plan_at.eq(None::<Instant>);
    diesel::update(series::table.find(id))
        .set((changed, plan_at))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Deletes a series.
pub fn delete(tx: &mut Tx, who: &Coordinator, known: &Series) -> Result<()> {
    diesel::update(series::table.find(known.id))
        .filter(series::cooperation_id.eq(who.cooperation()))
        .set((
            series::deleted_at.eq(tx.now),
            series::modified_at.eq(tx.now),
            series::revision.eq(known.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
