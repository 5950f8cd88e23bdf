//! `/series/{id}/rotation/swap-candidates` and `…/swap-requests`.
use actix_web::{get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::store::{self, SwapCase};
use super::swap_candidates::{self, SwapCandidate};
use super::view::SwapRequestView;
use super::{
    AcceptSwap, By, DeclineSwap, NewSwapRequest, SwapRequest, SwapRequestState, swap_requests,
};
use crate::auth::{Delegate, Host, Reader, Scope};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::Change;
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::{self, Meeting};
use crate::municipalities::Municipality;
use crate::people;
use crate::series::{self, Series};
use crate::{App, Tx};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list_candidates)
        .service(list)
        .service(create)
        .service(show)
        .service(accept)
        .service(decline)
        .service(withdraw)
        .service(undo);
}

type SeriesPath = web::Path<Id<Series>>;
type SwapRequestPath = web::Path<(Id<Series>, Id<SwapRequest>)>;

/// The meeting whose turn is to be swapped.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ForMeeting {
    /// The meeting.
    #[param(value_type = uuid::Uuid)]
    meeting_id: Id<Meeting>,
}

/// The requests to list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Listed {
    /// Only requests recorded with this state.
    state: Option<SwapRequestState>,
    /// The maximum number of items (1 to 200). Default: 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where to continue: `next` of the previous page.
    cursor: Option<String>,
}

fn view(
    conn: &mut DbConn,
    who: &impl Scope,
    case: &SwapCase,
    now: Instant,
) -> Result<SwapRequestView> {
    let mut shown = SwapRequestView::all(conn, who, std::slice::from_ref(case), now)?;
    shown.pop().ok_or(Error::NotFound)
}

/// Lists the meetings with which the turn of a meeting could be swapped, in the order of time, with the blackouts on
/// either day.
#[utoipa::path(tag = "rotation", operation_id = "list_swap_candidates", params(("id" = Id<Series>, Path), ForMeeting), responses((status = OK, body = Page<SwapCandidate>), Error))]
#[get("/series/{id}/rotation/swap-candidates")]
async fn list_candidates(
    app: web::Data<App>,
    who: Reader,
    id: SeriesPath,
    query: web::Query<ForMeeting>,
) -> Result<web::Json<Page<SwapCandidate>>> {
    let now = app.clock.now();
    app.list(who, move |conn, who| {
        series::store::find(conn, who, *id)?;
        let meeting = meetings::store::find(conn, who, query.meeting_id)?;
        if meeting.series_id != *id {
            return Err(Error::NotFound);
        }
        swap_candidates::of(conn, who, &meeting, now)
    })
    .await
}

/// Lists the swap requests, the oldest first.
#[utoipa::path(tag = "rotation", operation_id = "list_swap_requests", params(("id" = Id<Series>, Path), Listed), responses((status = OK, body = Page<SwapRequestView>), Error))]
#[get("/series/{id}/rotation/swap-requests")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    id: SeriesPath,
    listed: web::Query<Listed>,
) -> Result<web::Json<Page<SwapRequestView>>> {
    let Listed {
        state,
        limit,
        cursor,
    } = listed.into_inner();
    let paging = Paging { limit, cursor };
    let (limit, after, now) = (paging.limit()?, paging.after()?, app.clock.now());
    let page = app.db.read(move |conn| {
        series::store::find(conn, &who, *id)?;
        let rows = store::page(conn, &who, *id, (state, after), limit + 1)?;
        let Page { items, next } = Page::cut(rows, limit, |row| row.id);
        let cases = store::cases(conn, &who, items)?;
        let items = SwapRequestView::all(conn, &who, &cases, now)?;
        Ok(Page { items, next })
    });
    Ok(web::Json(page.await?))
}

/// Shows a swap request.
#[utoipa::path(tag = "rotation", operation_id = "show_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path)), responses((status = OK, body = SwapRequestView), Error))]
#[get("/series/{id}/rotation/swap-requests/{request}")]
async fn show(app: web::Data<App>, who: Reader, path: SwapRequestPath) -> Result<StoredResponse> {
    let ((id, request), now) = (path.into_inner(), app.clock.now());
    let found = app.db.read(move |conn| {
        let case = store::find(conn, &who, id, request)?;
        view(conn, &who, &case, now)
    });
    let found = found.await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Asks one municipality or all to take the turn of a meeting; their delegates are notified by mail (host, coordinators).
#[utoipa::path(tag = "rotation", operation_id = "create_swap_request", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewSwapRequest, responses((status = CREATED, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests")]
async fn create(call: Change<Delegate, NewSwapRequest>, id: SeriesPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, *id)?;
        let wanted = ("meeting_id", body.input.meeting_id);
        let meeting = meetings::store::named(tx, who, series.id, wanted)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        let made = swap_requests::ask(tx, &host, &series, &body.input, By::api(who))?;
        let view = changed(tx, who, (*id, made))?;
        let location = format!("/series/{id}/rotation/swap-requests/{made}");
        Ok(StoredResponse::created(&location, &view)?.revision(view.revision))
    })
    .await
}

/// Accepts a swap request: the hosts are exchanged, and both municipalities are notified (those asked, coordinators).
#[utoipa::path(tag = "rotation", operation_id = "accept_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = AcceptSwap, responses((status = OK, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests/{request}/accept")]
async fn accept(
    call: Change<Delegate, AcceptSwap>,
    path: SwapRequestPath,
) -> Result<StoredResponse> {
    let (id, request) = path.into_inner();
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, id)?;
        let case = store::find(tx, who, id, request)?;
        let (host, municipality) = asked(tx, who, &case, body.input.municipality_id)?;
        body.expected.check(case.request.revision)?;
        let side = (&case, municipality);
        swap_requests::accept(tx, &host, &series, side, &body.input, By::api(who))?;
        answered(tx, who, (id, request))
    })
    .await
}

/// Declines a swap request; when all have declined, the municipality that asked is notified (those asked, coordinators).
#[utoipa::path(tag = "rotation", operation_id = "decline_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = DeclineSwap, responses((status = OK, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests/{request}/decline")]
async fn decline(
    call: Change<Delegate, DeclineSwap>,
    path: SwapRequestPath,
) -> Result<StoredResponse> {
    let (id, request) = path.into_inner();
    call.run(move |tx, who, body| {
        let case = store::find(tx, who, id, request)?;
        let (host, municipality) = asked(tx, who, &case, body.input.municipality_id)?;
        body.expected.check(case.request.revision)?;
        let (side, reason) = ((&case, municipality), body.input.reason.as_ref());
        swap_requests::decline(tx, &host, side, reason, By::api(who))?;
        answered(tx, who, (id, request))
    })
    .await
}

/// Withdraws an open swap request; those asked are notified (the municipality that asked, coordinators).
#[utoipa::path(tag = "rotation", operation_id = "withdraw_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests/{request}/withdraw")]
async fn withdraw(call: Change<Delegate>, path: SwapRequestPath) -> Result<StoredResponse> {
    let (id, request) = path.into_inner();
    call.run(move |tx, who, body| {
        let case = store::find(tx, who, id, request)?;
        let host = speaking(tx, who, &case, case.request.municipality_id)?;
        body.expected.check(case.request.revision)?;
        swap_requests::withdraw(tx, &host, &case, By::api(who))?;
        answered(tx, who, (id, request))
    })
    .await
}

/// Undoes an accepted swap request while nobody is invited to either meeting; both municipalities are notified (both
/// municipalities, coordinators).
#[utoipa::path(tag = "rotation", operation_id = "undo_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests/{request}/undo")]
async fn undo(call: Change<Delegate>, path: SwapRequestPath) -> Result<StoredResponse> {
    let (id, request) = path.into_inner();
    call.run(move |tx, who, body| {
        let case = store::find(tx, who, id, request)?;
        let taker = case.accepted().map(|answer| answer.municipality_id);
        let host = match (
            speaking(tx, who, &case, case.request.municipality_id),
            taker,
        ) {
            (Err(Error::Forbidden(_)), Some(taker)) => speaking(tx, who, &case, taker)?,
            (asker, _) => asker?,
        };
        body.expected.check(case.request.revision)?;
        swap_requests::undo(tx, &host, &case, By::api(who))?;
        answered(tx, who, (id, request))
    })
    .await
}

/// The request as it is after a change.
fn changed(
    tx: &mut Tx,
    who: &Delegate,
    (series, request): (Id<Series>, Id<SwapRequest>),
) -> Result<SwapRequestView> {
    let now = tx.now;
    let case = store::find(tx, who, series, request)?;
    view(tx, who, &case, now)
}

fn answered(
    tx: &mut Tx,
    who: &Delegate,
    one: (Id<Series>, Id<SwapRequest>),
) -> Result<StoredResponse> {
    let view = changed(tx, who, one)?;
    Ok(StoredResponse::ok(&view)?.revision(view.revision))
}

/// Proof that the person may act for a municipality in a request.
fn speaking(
    conn: &mut DbConn,
    who: &Delegate,
    case: &SwapCase,
    municipality: Id<Municipality>,
) -> Result<Host> {
    match &case.meeting {
        Some(meeting) => who.hosting(conn, Some(municipality), meeting.date),
        None => Err(Error::conflict("state", "the meeting was taken out")),
    }
}

/// The municipality among those asked for which the person answers.
fn asked(
    conn: &mut DbConn,
    who: &Delegate,
    case: &SwapCase,
    named: Option<Id<Municipality>>,
) -> Result<(Host, Id<Municipality>)> {
    let is_asked = |id| case.answers.iter().any(|one| one.municipality_id == id);
    if let Some(named) = named {
        if !is_asked(named) {
            let message = "this municipality was not asked";
            return Err(Error::invalid("municipality_id", "asked", message));
        }
        return Ok((speaking(conn, who, case, named)?, named));
    }
    let own = match (who.person(), &case.meeting) {
        (Some(person), Some(meeting)) => {
            people::memberships::municipality_on(conn, who, person, meeting.date)?
        }
        _ => None,
    };
    if let Some(own) = own.filter(|own| is_asked(*own)) {
        return Ok((speaking(conn, who, case, own)?, own));
    }
    match case.answers.as_slice() {
        [one] => {
            let only = one.municipality_id;
            Ok((speaking(conn, who, case, only)?, only))
        }
        _ if who.coordinates() => {
            let message = "must name the municipality that answers";
            Err(Error::invalid("municipality_id", "required", message))
        }
        _ => Err(swap_requests::NOT_ASKED),
    }
}
