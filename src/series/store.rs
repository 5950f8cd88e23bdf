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
use crate::error::{Error, Result};
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
    if count >= MAX_SERIES {
        return Err(Error::conflict(
            "too_many",
            format!("at most {MAX_SERIES} series"),
        ));
    }
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
        match municipalities::store::find(tx, who, share.municipality_id) {
            Ok(_) => {}
            Err(Error::NotFound) => {
                let field = format!("host_weights.shares[{number}].municipality_id");
                return Err(Error::invalid(
                    &field,
                    "exists",
                    "there is no such municipality",
                ));
            }
            Err(error) => return Err(error),
        }
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
    let (before, after) = (LeadTimes::of(&known), patched(&known, patch));
    if after != before {
        // Series from before this check existed may keep their order.
        after.check().map_err(|error| {
            let message = error.message.unwrap_or_default();
            Error::invalid(&error.code, "together", message)
        })?;
    }
    let rule = if patch.rule.is_some() || patch.starts_on.is_some() {
        let text = patch.rule.as_ref().unwrap_or(&known.rule);
        let first = patch.starts_on.unwrap_or(known.starts_on);
        Some(usable_rule(text, first)?)
    } else {
        None
    };
    if let Some(weights) = &patch.host_weights {
        check_shares(tx, who, weights)?;
    }
    let now = tx.now;
    // Two updates, because diesel cannot set that many optional columns in one.
    diesel::update(series::table.find(id))
        .set((
            patch.title.as_ref().map(|value| series::title.eq(value)),
            rule.map(|rule| series::rule.eq(rule.to_string())),
            patch.starts_on.map(|value| series::starts_on.eq(value)),
            patch.start_time.map(|value| series::start_time.eq(value)),
            patch
                .time_zone
                .as_ref()
                .map(|value| series::time_zone.eq(value)),
            patch
                .duration_minutes
                .map(|value| series::duration_minutes.eq(value)),
            patch
                .horizon_months
                .map(|value| series::horizon_months.eq(value)),
            patch
                .cancelled_turn
                .map(|value| series::cancelled_turn.eq(value)),
            series::revision.eq(known.revision + 1),
            series::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    let template = patch.template_agenda.clone().map(Json);
    let host_confirmation = patch
        .host_confirmation_days
        .unwrap_or(known.host_confirmation_days);
    let weights = patch.host_weights.clone().map(Json);
    if weights
        .as_ref()
        .is_some_and(|weights| *weights != known.host_weights)
    {
        tx.plan_in_order();
    }
    let avoided_days = patch.avoided_days.clone().map(Json);
    diesel::update(series::table.find(id))
        .set((
            (
                series::save_the_date_days.eq(after.save_the_date),
                series::call_for_topics_days.eq(after.call_for_topics),
                series::topic_deadline_days.eq(after.topic_deadline),
                series::invitation_days.eq(after.invitation),
                series::reminder_days.eq(after.reminder),
                series::last_reminder_days.eq(after.last_reminder),
                series::minutes_due_days.eq(after.minutes_due),
                series::attendance_closes_days.eq(after.attendance_closes),
                series::host_confirmation_days.eq(host_confirmation),
            ),
            patch
                .invite_automatically
                .map(|value| series::invite_automatically.eq(value)),
            patch.answer_days.map(|value| series::answer_days.eq(value)),
            patch
                .change_window_minutes
                .map(|value| series::change_window_minutes.eq(value)),
            patch
                .topics_need_acceptance
                .map(|value| series::topics_need_acceptance.eq(value)),
            patch
                .counter_proposals
                .map(|value| series::counter_proposals.eq(value)),
            template.map(|value| series::template_agenda.eq(value)),
            weights.map(|value| series::host_weights.eq(value)),
            avoided_days.map(|value| series::avoided_days.eq(value)),
            // Reconciled at once, unless this change reschedules it anyway.
            series::plan_at.eq(None::<Instant>),
            series::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// The lead times after a patch.
fn patched(known: &Series, patch: &SeriesPatch) -> LeadTimes {
    let before = LeadTimes::of(known);
    LeadTimes {
        save_the_date: patch.save_the_date_days.unwrap_or(before.save_the_date),
        call_for_topics: patch.call_for_topics_days.unwrap_or(before.call_for_topics),
        topic_deadline: patch.topic_deadline_days.unwrap_or(before.topic_deadline),
        invitation: patch.invitation_days.unwrap_or(before.invitation),
        reminder: patch.reminder_days.unwrap_or(before.reminder),
        last_reminder: patch.last_reminder_days.unwrap_or(before.last_reminder),
        minutes_due: patch.minutes_due_days.unwrap_or(before.minutes_due),
        attendance_closes: patch
            .attendance_closes_days
            .unwrap_or(before.attendance_closes),
    }
}

/// Deletes a series.
pub fn delete(tx: &mut Tx, who: &Coordinator, known: &Series) -> Result<()> {
    let now = tx.now;
    diesel::update(series::table.find(known.id))
        .filter(series::cooperation_id.eq(who.cooperation()))
        .set((
            series::deleted_at.eq(now),
            series::modified_at.eq(now),
            series::revision.eq(known.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
