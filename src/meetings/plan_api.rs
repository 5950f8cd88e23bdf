//! Planning a series over HTTP, with a dry run if wanted. In this area, because planning adds and moves meetings.
use actix_web::{post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::dry_run::{self, PlanTrial};
use super::planning::{PlanOptions, PlanResult};
use super::what_if::{self, MAX_CHANGES, WhatIf};
use crate::auth::Coordinator;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::IdempotencyKeyHeader;
use crate::http::handlers::Change;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::i18n::Language;
use crate::municipalities::sensible_day;
use crate::series::{self, Series, months_after};

/// The maximum number of months ahead that can be planned on demand.
const MAX_MONTHS: i32 = 60;

pub(crate) fn routes(config: &mut Routes) {
    config.service(plan);
}

type SeriesPath = web::Path<Id<Series>>;

/// Whether planning is a dry run.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PlanQuery {
    /// Shows the plan and what it would change, without applying it.
    #[serde(default)]
    dry_run: bool,
}

/// What is to be planned.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PlanRequest {
    /// The last day, at most 60 months ahead; defaults to the horizon of the series.
    #[validate(custom(function = "sensible_day"))]
    until: Option<NaiveDate>,
    /// Whether the best hosts are looked for from scratch, with little regard to the present plan; otherwise as few turns
    /// as possible are moved.
    #[serde(default)]
    anew: bool,
    /// The `hash` of a dry run with the same options: applies exactly the changes that it has shown.
    #[validate(length(min = 64, max = 64))]
    hash: Option<String>,
    /// Only with a dry run: changes to make before planning. They are made in this order, and the plan is made once, after
    /// all of them.
    #[serde(default)]
    #[validate(length(max = "MAX_CHANGES"), nested)]
    what_if: Vec<WhatIf>,
}

impl PlanRequest {
    fn options(&self, series: &Series, language: Language, now: Instant) -> Result<PlanOptions> {
        let until = self.until.unwrap_or_else(|| series.horizon(now));
        if until > months_after(series.today(now), MAX_MONTHS) {
            let message = format!("must be at most {MAX_MONTHS} months ahead");
            return Err(Error::invalid("until", "range", message));
        }
        Ok(PlanOptions {
            until,
            anew: self.anew,
            language,
        })
    }
}

/// The result of planning, or of a dry run.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "stands for both answers in the API's document")]
enum PlanAnswer {
    /// Without `dry_run`.
    Done(PlanResult),
    /// With `dry_run`.
    Tried(Box<PlanTrial>),
}

/// Adds the meetings for the dates of the rule up to a day, and moves planned meetings that nobody has moved by hand to
/// the days that are best now. Idempotent (coordinators).
///
/// With `dry_run` it shows the plan as it would be, what would change and whom that would affect. Sending its `hash`
/// applies exactly these changes, or is answered with 409 and the present changes if planning would change something else
/// by now. `what_if` shows the plan if municipalities joined, left or could not host, or with other weights.
#[utoipa::path(tag = "meetings", operation_id = "plan_series", params(("id" = Id<Series>, Path), PlanQuery, IdempotencyKeyHeader), request_body = PlanRequest, responses((status = OK, body = PlanAnswer), Error))]
#[post("/series/{id}/plan")]
async fn plan(
    call: Change<Coordinator, PlanRequest>,
    id: SeriesPath,
    mode: web::Query<PlanQuery>,
) -> Result<StoredResponse> {
    if mode.dry_run {
        return try_out(call, id).await;
    }
    if !call.body.input.what_if.is_empty() {
        let message = "goes with dry_run only";
        return Err(Error::invalid("what_if", "dry_run", message));
    }
    let language = call.language();
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, *id)?;
        let options = body.input.options(&series, language, tx.now)?;
        let Some(expected) = &body.input.hash else {
            return StoredResponse::ok(&dry_run::plan(tx, who, &series, options)?);
        };
        let (planned, trial) =
            dry_run::plan_with_difference(tx, who, &series, options, |_| Ok(()))?;
        trial.check_hash(expected)?;
        StoredResponse::ok(&planned)
    })
    .await
}

async fn try_out(call: Change<Coordinator, PlanRequest>, id: SeriesPath) -> Result<StoredResponse> {
    let language = call.language();
    let Change { app, who, body, .. } = call;
    let input = body.input;
    if input.hash.is_some() {
        let message = "applies a plan, so it goes without dry_run";
        return Err(Error::invalid("hash", "dry_run", message));
    }
    app.try_out(move |tx| {
        let series = series::store::find(tx, &who, *id)?;
        let options = input.options(&series, language, tx.now)?;
        let (_, mut trial) = dry_run::plan_with_difference(tx, &who, &series, options, |tx| {
            what_if::apply(tx, &who, *id, &input.what_if)?;
            if input.what_if.is_empty() {
                return Ok(());
            }
            tx.replan_now(&who)
        })?;
        if !input.what_if.is_empty() {
            trial.hash = None;
        }
        StoredResponse::ok(&trial)
    })
    .await
}
