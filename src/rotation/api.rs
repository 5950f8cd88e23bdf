//! The rotation of a series over HTTP.
use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::changes::{self, NewOverride, NewSwap};
use super::cohosts::{self, NewCohosts};
use super::{Fairness, LedgerEntry, UpcomingTurn, outlook, store};
use crate::auth::{Coordinator, Reader, Scope, SystemActor};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKey, IdempotencyKeyHeader, PostBody, wanted_language};
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::i18n::Language;
use crate::meetings::{self, Meeting, planning};
use crate::series::{self, Series};
use crate::{App, Tx, municipalities};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(show)
        .service(stand_in)
        .service(take_back)
        .service(swap)
        .service(name_cohosts)
        .service(remove_cohosts);
    config.service(ledger).service(fairness);
}

type One = web::Path<Id<Series>>;

/// How far to look ahead.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Ahead {
    /// How many meetings (1 to 100; 10 if left out).
    #[param(minimum = 1, maximum = 100)]
    #[serde(default)]
    count: Option<usize>,
}

/// The next turns of a series.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotationSlots)]
struct Slots {
    /// In the order of time.
    items: Vec<UpcomingTurn>,
}

/// Shows who hosts the next meetings, and for each other municipality the one rule by which it does not.
#[utoipa::path(tag = "rotation", operation_id = "show_rotation", params(("id" = Id<Series>, Path), Ahead), responses((status = OK, body = Slots), Error))]
#[get("/series/{id}/rotation")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: One,
    ahead: web::Query<Ahead>,
) -> Result<HttpResponse> {
    let count = ahead.count.unwrap_or(10);
    if !(1..=100).contains(&count) {
        return Err(Error::invalid("count", "range", "must be 1 to 100"));
    }
    let (id, now) = (id.into_inner(), app.clock.now());
    let language = wanted_language(&request, who.language());
    app.cached(who, &request, move |conn, who| {
        let items = store::upcoming(conn, who, id, count, language, now)?;
        Ok(Slots { items })
    })
    .await
}

/// Plans anew, and answers with these turns.
fn settled(
    tx: &mut Tx,
    who: &Coordinator,
    series: Id<Series>,
    meetings: &[Id<Meeting>],
    language: Language,
) -> Result<Vec<UpcomingTurn>> {
    planning::settle(tx, &SystemActor::within(who.cooperation()))?;
    let now = tx.now;
    store::slots(tx, who, series, meetings, language, now)
}

/// Plans anew, and answers with the turn of a meeting for which something was set.
fn set(
    tx: &mut Tx,
    who: &Coordinator,
    (series, meeting): (Id<Series>, Id<Meeting>),
    what: &str,
    language: Language,
) -> Result<StoredResponse> {
    let slot = settled(tx, who, series, &[meeting], language)?.pop();
    let slot = slot.ok_or_else(|| anyhow::anyhow!("a turn that was set is not planned"))?;
    StoredResponse::created(
        &format!("/series/{series}/rotation/{what}/{meeting}"),
        &slot,
    )
}

/// Takes back what was set for a meeting, and plans anew.
async fn taken_back(
    app: &App,
    who: Coordinator,
    (series, meeting): (Id<Series>, Id<Meeting>),
    undo: fn(&mut Tx, &Coordinator, &Series, Id<Meeting>) -> Result<()>,
) -> Result<StoredResponse> {
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let series = series::store::find(tx, who, series)?;
        undo(tx, who, &series, meeting)?;
        planning::settle(tx, &SystemActor::within(who.cooperation()))?;
        Ok(StoredResponse::nothing())
    })
    .await
}

/// Lets another municipality host a meeting; all other turns stay, and the turn stays charged to
/// the municipality that is due (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "create_override", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewOverride, responses((status = CREATED, body = UpcomingTurn), Error))]
#[post("/series/{id}/rotation/overrides")]
async fn stand_in(
    app: web::Data<App>,
    who: Coordinator,
    request: HttpRequest,
    id: One,
    body: PostBody<NewOverride>,
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
    app.change(who, idempotency_key, move |tx, who| {
        let series = series::store::find(tx, who, id)?;
        changes::stand_in(tx, who, &series, &input)?;
        set(tx, who, (id, input.meeting_id), "overrides", language)
    })
    .await
}

/// Takes a stand-in or a swap back, as long as nobody is invited; of a swap both meetings go back
/// (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "delete_override", params(("id" = Id<Series>, Path), ("meeting" = Id<Meeting>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/series/{id}/rotation/overrides/{meeting}")]
async fn take_back(
    app: web::Data<App>,
    who: Coordinator,
    path: web::Path<(Id<Series>, Id<Meeting>)>,
) -> Result<StoredResponse> {
    taken_back(&app, who, *path, changes::take_back).await
}

/// Exchanges the hosts of two meetings; all other turns stay (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "create_swap", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewSwap, responses((status = CREATED, body = Slots), Error))]
#[post("/series/{id}/rotation/swaps")]
async fn swap(
    app: web::Data<App>,
    who: Coordinator,
    request: HttpRequest,
    id: One,
    body: PostBody<NewSwap>,
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
    app.change(who, idempotency_key, move |tx, who| {
        let series = series::store::find(tx, who, id)?;
        changes::swap(tx, who, &series, &input)?;
        let both = [input.first_meeting_id, input.second_meeting_id];
        let items = settled(tx, who, id, &both, language)?;
        StoredResponse::created(&format!("/series/{id}/rotation"), &Slots { items })
    })
    .await
}

/// Names the municipalities that host a meeting together with its host, instead of those named before. The turn is charged in
/// equal parts to the municipality that is due and to them, and the other turns are planned around that (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "name_cohosts", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewCohosts, responses((status = CREATED, body = UpcomingTurn), Error))]
#[post("/series/{id}/rotation/cohosts")]
async fn name_cohosts(
    app: web::Data<App>,
    who: Coordinator,
    request: HttpRequest,
    id: One,
    body: PostBody<NewCohosts>,
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
    app.change(who, idempotency_key, move |tx, who| {
        let series = series::store::find(tx, who, id)?;
        cohosts::name(tx, who, &series, &input)?;
        set(tx, who, (id, input.meeting_id), "cohosts", language)
    })
    .await
}

/// Lets the host of a meeting that has not begun host it alone again (coordinators).
#[utoipa::path(tag = "rotation", operation_id = "remove_cohosts", params(("id" = Id<Series>, Path), ("meeting" = Id<Meeting>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/series/{id}/rotation/cohosts/{meeting}")]
async fn remove_cohosts(
    app: web::Data<App>,
    who: Coordinator,
    path: web::Path<(Id<Series>, Id<Meeting>)>,
) -> Result<StoredResponse> {
    taken_back(&app, who, *path, cohosts::remove).await
}

/// Lists what was decided of turns, the oldest first.
#[utoipa::path(tag = "rotation", operation_id = "list_ledger", params(("id" = Id<Series>, Path), Paging), responses((status = OK, body = Page<LedgerEntry>), Error))]
#[get("/series/{id}/rotation/ledger")]
async fn ledger(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: One,
    paging: web::Query<Paging>,
) -> Result<HttpResponse> {
    let (id, limit, after) = (id.into_inner(), paging.limit()?, paging.after()?);
    app.cached(who, &request, move |conn, who| {
        series::store::find(conn, who, id)?;
        let turns = store::ledger(conn, who, id, after, limit + 1)?;
        let meetings = meetings::store::of_series(conn, who, id)?;
        let meetings: HashMap<_, _> = meetings.iter().map(|one| (one.id, one)).collect();
        let names = store::names(conn, who)?;
        let page = Page::cut(turns, limit, |turn| turn.entry);
        Ok(page.map(|turn| {
            let meeting = meetings.get(&turn.meeting_id).copied();
            LedgerEntry::new(turn, meeting, &names)
        }))
    })
    .await
}

/// Shows how evenly the turns are spread, and by what the rotation goes.
#[utoipa::path(tag = "rotation", operation_id = "show_fairness", params(("id" = Id<Series>, Path)), responses((status = OK, body = Fairness), Error))]
#[get("/series/{id}/rotation/fairness")]
async fn fairness(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: One,
) -> Result<HttpResponse> {
    let (id, now) = (id.into_inner(), app.clock.now());
    app.cached(who, &request, move |conn, who| {
        let series = series::store::find(conn, who, id)?;
        let members = store::members(conn, who)?;
        let outlook = outlook::outlook(conn, who, id, &members, now)?;
        let all = municipalities::store::all(conn, who)?;
        Ok(Fairness::new(
            &all,
            &outlook.plan.balances,
            series.today(now),
        ))
    })
    .await
}
