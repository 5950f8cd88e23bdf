//! Planning a series over HTTP: at once, or looked at first.
use actix_web::{HttpRequest, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::planning::Planned;
use super::trial::{self, Trial, Wish};
use super::what_if::{self, MAX_CHANGES, WhatIf};
use crate::App;
use crate::auth::Coordinator;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKeyHeader, PostBody, wanted_language};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::i18n::Language;
use crate::municipalities::sensible_day;
use crate::series::{self, Series, months_after};

/// How many months ahead may be planned on demand.
const MAX_MONTHS: i32 = 60;

pub(crate) fn routes(config: &mut Routes) {
    config.service(plan);
}

/// Whether planning is only tried out.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Mode {
    /// Only shows the plan and what it would change; nothing changes.
    #[serde(default)]
    dry_run: bool,
}

/// What to plan.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PlanOrder {
    /// The last day, at most 60 months ahead; the horizon of the series if left out.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    until: Option<NaiveDate>,
    /// Whether the best hosts are looked for anew, with little regard to the plan that stands; otherwise as
    /// few turns move as possible.
    #[serde(default)]
    anew: bool,
    /// The `hash` of a dry run, for which everything else was the same: applies just the difference that it has shown.
    #[serde(default)]
    #[validate(length(min = 64, max = 64))]
    hash: Option<String>,
    /// With a dry run only: changes to try the plan out with. They are made in this order, and the plan once
    /// after all of them.
    #[serde(default)]
    #[validate(length(max = "MAX_CHANGES"), nested)]
    what_if: Vec<WhatIf>,
}

impl PlanOrder {
    fn wish(&self, series: &Series, language: Language, now: Instant) -> Result<Wish> {
        let until = self.until.unwrap_or_else(|| series.horizon(now));
        if until > months_after(series.today(now), MAX_MONTHS) {
            let message = format!("must be at most {MAX_MONTHS} months ahead");
            return Err(Error::invalid("until", "range", message));
        }
        let anew = self.anew;
        Ok(Wish {
            until,
            anew,
            language,
        })
    }
}

/// What planning has done, or would do.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "stands for both answers in the API's document")]
enum PlanAnswer {
    /// Without `dry_run`.
    Done(Planned),
    /// With `dry_run`.
    Tried(Box<Trial>),
}

/// Adds the meetings that the rule makes up to a day, and puts those that nobody is invited to and
/// nobody has moved on the days that suit best now; it may be repeated (coordinators).
///
/// With `dry_run` it shows the plan as it would be, what it changes and whom that concerns; `hash` then
/// applies just that, or gets 409 with the present difference if planning would change something else by
/// now. `what_if` shows the plan if municipalities joined, left, or could not host, or
/// something else weighed more.
#[utoipa::path(tag = "meetings", operation_id = "plan_series", params(("id" = Id<Series>, Path), Mode, IdempotencyKeyHeader), request_body = PlanOrder, responses((status = OK, body = PlanAnswer), Error))]
#[post("/series/{id}/plan")]
async fn plan(
    app: web::Data<App>,
    who: Coordinator,
    request: HttpRequest,
    id: web::Path<Id<Series>>,
    mode: web::Query<Mode>,
    body: PostBody<PlanOrder>,
) -> Result<StoredResponse> {
    let (
        id,
        PostBody {
            input,
            idempotency_key,
            ..
        },
    ) = (id.into_inner(), body);
    let language = wanted_language(&request, who.language());
    if mode.dry_run {
        return try_out(&app, who, id, input, language).await;
    }
    if !input.what_if.is_empty() {
        let message = "goes with dry_run only";
        return Err(Error::invalid("what_if", "dry_run", message));
    }
    app.change(who, idempotency_key, move |tx, who| {
        let series = series::store::find(tx, who, id)?;
        let wish = input.wish(&series, language, tx.now)?;
        let Some(seen) = &input.hash else {
            return StoredResponse::ok(&trial::plan(tx, who, &series, wish)?);
        };
        let (planned, trial) = trial::compared(tx, who, &series, wish, |_| Ok(()))?;
        trial.is_known_as(seen)?;
        StoredResponse::ok(&planned)
    })
    .await
}

async fn try_out(
    app: &App,
    who: Coordinator,
    id: Id<Series>,
    input: PlanOrder,
    language: Language,
) -> Result<StoredResponse> {
    if input.hash.is_some() {
        let message = "applies a plan, so it goes without dry_run";
        return Err(Error::invalid("hash", "dry_run", message));
    }
    app.try_out(move |tx| {
        let series = series::store::find(tx, &who, id)?;
        let wish = input.wish(&series, language, tx.now)?;
        let (_, mut trial) = trial::compared(tx, &who, &series, wish, |tx| {
            what_if::apply(tx, &who, id, &input.what_if)
        })?;
        if !input.what_if.is_empty() {
            trial.hash = None;
        }
        StoredResponse::ok(&trial)
    })
    .await
}
