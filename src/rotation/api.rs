//! The rotation of a series over HTTP.
use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::cohosts::{self, NewCohosts};
use super::fairness::Fairness;
use super::overrides::{self, NewOverride};
use super::series_plan::SeriesPlan;
use super::swaps::{self, NewSwap};
use super::view::{TurnEntryView, UpcomingTurn};
use super::{ledger, store};
use crate::auth::{Coordinator, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKey, IdempotencyKeyHeader, wanted_language};
use crate::http::handlers::Change;
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::i18n::Language;
use crate::meetings::{self, Meeting};
use crate::series::{self, Series};
use crate::{App, Tx, municipalities};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(show_rotation)
        .service(create_override)
        .service(delete_override)
        .service(create_swap)
        .service(name_cohosts)
        .service(remove_cohosts);
    config.service(list_ledger).service(show_fairness);
}

type SeriesPath = web::Path<Id<Series>>;
type TurnPath = web::Path<(Id<Series>, Id<Meeting>)>;

/// How many turns are shown.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RotationQuery {
    /// The number of meetings (1 to 100; default 10).
    #[param(minimum = 1, maximum = 100)]
    count: Option<usize>,
}

/// The next turns of a series.
#[derive(Debug, Serialize, ToSchema)]
struct RotationSlots {
    /// The turns in the order of time.
    items: Vec<UpcomingTurn>,
}

/// Shows who hosts the next meetings, and for each other municipality the rule by which it does not.
#[utoipa::path(tag = "rotation", operation_id = "show_rotation", params(("id" = Id<Series>, Path), RotationQuery), responses((status = OK, body = RotationSlots), Error))]
#[get("/series/{id}/rotation")]
async fn show_rotation(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
    query: web::Query<RotationQuery>,
) -> Result<HttpResponse> {
    let count = query.count.unwrap_or(10);
    if !(1..=100).contains(&count) {
        return Err(Error::invalid("count", "range", "must be 1 to 100"));
    }
    let now = app.clock.now();
    let language = wanted_language(&request, who.language());
    app.cached(who, &request, move |conn, who| {
        let items = store::upcoming(conn, who, *id, count, language, now)?;
        Ok(RotationSlots { items })
    })
    .await
}

/// Reassigns hosts, and returns the turns of these meetings.
fn reassigned(
    tx: &mut Tx,
    who: &Coordinator,
    series: Id<Series>,
    meetings: &[Id<Meeting>],
    language: Language,
) -> Result<Vec<UpcomingTurn>> {
    tx.replan_now(who)?;
    let now = tx.now;
    let wanted = |one: &Meeting| meetings.contains(&one.id);
    store::turns(tx, who, series, (language, now), wanted)
}

/// Reassigns hosts, and responds with the turn of the meeting for which an override or co-hosts were created.
fn created(
    tx: &mut Tx,
    who: &Coordinator,
    (series, meeting): (Id<Series>, Id<Meeting>),
    resource: &str,
    language: Language,
) -> Result<StoredResponse> {
    let turn = reassigned(tx, who, series, &[meeting], language)?.pop();
    let turn = turn.ok_or_else(|| anyhow::anyhow!("a turn that was set is not planned"))?;
    StoredResponse::created(
        &format!("/series/{series}/rotation/{resource}/{meeting}"),
        &turn,
    )
}

/// Deletes what was created for a meeting, and reassigns hosts.
async fn deleted(
    app: &App,
    who: Coordinator,
    (series, meeting): (Id<Series>, Id<Meeting>),
    delete: fn(&mut Tx, &Coordinator, &Series, Id<Meeting>) -> Result<()>,
) -> Result<StoredResponse> {
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let series = series::store::find(tx, who, series)?;
        delete(tx, who, &series, meeting)?;
        tx.replan_now(who)
    })
    .await
}

/// Lets another municipality host a meeting. The turn remains charged to the municipality that is due, and all other
/// turns remain as they are (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "create_override", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewOverride, responses((status = CREATED, body = UpcomingTurn), Error))]
#[post("/series/{id}/rotation/overrides")]
async fn create_override(
    call: Change<Coordinator, NewOverride>,
    id: SeriesPath,
) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, *id)?;
        overrides::create(tx, who, &series, &body.input)?;
        created(tx, who, (*id, body.input.meeting_id), "overrides", language)
    })
    .await
}

/// Withdraws an override or a swap, as long as nobody is invited; a swap is withdrawn for both meetings (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "delete_override", params(("id" = Id<Series>, Path), ("meeting" = Id<Meeting>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/series/{id}/rotation/overrides/{meeting}")]
async fn delete_override(
    app: web::Data<App>,
    who: Coordinator,
    path: TurnPath,
) -> Result<StoredResponse> {
    deleted(&app, who, *path, overrides::take_back).await
}

/// Exchanges the hosts of two meetings; all other turns remain as they are (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "create_swap", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewSwap, responses((status = CREATED, body = RotationSlots), Error))]
#[post("/series/{id}/rotation/swaps")]
async fn create_swap(call: Change<Coordinator, NewSwap>, id: SeriesPath) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, *id)?;
        swaps::create(tx, who, &series, &body.input)?;
        let both = [body.input.first_meeting_id, body.input.second_meeting_id];
        let items = reassigned(tx, who, *id, &both, language)?;
        StoredResponse::created(&format!("/series/{id}/rotation"), &RotationSlots { items })
    })
    .await
}

/// Names the co-hosts of a meeting, replacing any named before. The turn is charged in equal parts to the municipality that
/// is due and to the co-hosts, and the other turns are planned accordingly (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "name_cohosts", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewCohosts, responses((status = CREATED, body = UpcomingTurn), Error))]
#[post("/series/{id}/rotation/cohosts")]
async fn name_cohosts(
    call: Change<Coordinator, NewCohosts>,
    id: SeriesPath,
) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, *id)?;
        cohosts::name(tx, who, &series, &body.input)?;
        created(tx, who, (*id, body.input.meeting_id), "cohosts", language)
    })
    .await
}

/// Removes the co-hosts of a meeting that has not begun (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "remove_cohosts", params(("id" = Id<Series>, Path), ("meeting" = Id<Meeting>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/series/{id}/rotation/cohosts/{meeting}")]
async fn remove_cohosts(
    app: web::Data<App>,
    who: Coordinator,
    path: TurnPath,
) -> Result<StoredResponse> {
    deleted(&app, who, *path, cohosts::remove).await
}

/// Lists the entries of the ledger of turns, the oldest first.
#[utoipa::path(tag = "rotation", operation_id = "list_ledger", params(("id" = Id<Series>, Path), Paging), responses((status = OK, body = Page<TurnEntryView>), Error))]
#[get("/series/{id}/rotation/ledger")]
async fn list_ledger(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
    paging: web::Query<Paging>,
) -> Result<HttpResponse> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    app.cached(who, &request, move |conn, who| {
        series::store::find(conn, who, *id)?;
        let turns = ledger::entries(conn, who, *id, after, limit + 1)?;
        let meetings = meetings::store::of_series(conn, who, *id)?;
        let meetings: HashMap<_, _> = meetings.iter().map(|one| (one.id, one)).collect();
        let names = store::names(conn, who)?;
        let page = Page::cut(turns, limit, |turn| turn.entry);
        Ok(page.map(|turn| {
            let meeting = meetings.get(&turn.meeting_id).copied();
            TurnEntryView::new(turn, meeting, &names)
        }))
    })
    .await
}

/// Shows how evenly the turns are distributed, and the balances on which the rotation is based.
#[utoipa::path(tag = "rotation", operation_id = "show_fairness", params(("id" = Id<Series>, Path)), responses((status = OK, body = Fairness), Error))]
#[get("/series/{id}/rotation/fairness")]
async fn show_fairness(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    app.cached(who, &request, move |conn, who| {
        let series = series::store::find(conn, who, *id)?;
        let plan = SeriesPlan::load(conn, who, &series, now)?.plan();
        let all = municipalities::store::all(conn, who)?;
        Ok(Fairness::new(&all, &plan.balances, series.today(now)))
    })
    .await
}
