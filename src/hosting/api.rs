//! Requests to swap turns, and the host's confirmation, over HTTP.
use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::candidates::{self, SwapCandidate};
use super::store::{self, Case};
use super::{
    AcceptSwap, By, DeclineSwap, NewSwapRequest, SwapRequest, SwapRequestState, SwapRequestView,
    confirmations, swaps,
};
use crate::auth::{Delegate, Host, Reader, Scope};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader, PostBody};
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::confirmations::HostingWay;
use crate::meetings::{self, Meeting, MeetingView, Reason};
use crate::municipalities::Municipality;
use crate::people;
use crate::series::{self, Series};
use crate::{App, Tx};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list_candidates)
        .service(list)
        .service(create)
        .service(show);
    config
        .service(accept)
        .service(decline)
        .service(withdraw)
        .service(undo);
    config.service(confirm).service(refuse);
}

type OneSeries = web::Path<Id<Series>>;
type One = web::Path<(Id<Series>, Id<SwapRequest>)>;

/// Which meeting's turn is to be swapped.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ForMeeting {
    /// The meeting.
    #[param(value_type = uuid::Uuid)]
    meeting_id: Id<Meeting>,
}

/// Which requests are listed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Listed {
    /// Only those that were noted to have come to this state.
    #[serde(default)]
    state: Option<SwapRequestState>,
    /// How many items at most (1 to 200; 50 if left out).
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<i64>,
    /// Where to go on: `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

fn by(who: &Reader) -> By {
    By {
        person: who.person(),
        way: HostingWay::Api,
    }
}

fn view(conn: &mut DbConn, who: &impl Scope, case: &Case, now: Instant) -> Result<SwapRequestView> {
    let mut shown = SwapRequestView::all(conn, who, std::slice::from_ref(case), now)?;
    shown.pop().ok_or(Error::NotFound)
}

/// Lists the meetings with which the turn of a meeting could be swapped, in the order of time, and the
/// blackout dates that stand against it.
#[utoipa::path(tag = "rotation", operation_id = "list_swap_candidates", params(("id" = Id<Series>, Path), ForMeeting), responses((status = OK, body = Page<SwapCandidate>), Error))]
#[get("/series/{id}/rotation/swap-candidates")]
async fn list_candidates(
    app: web::Data<App>,
    who: Reader,
    id: OneSeries,
    query: web::Query<ForMeeting>,
) -> Result<web::Json<Page<SwapCandidate>>> {
    let (id, meeting, now) = (id.into_inner(), query.meeting_id, app.clock.now());
    let found = app.db.read(move |conn| {
        series::store::find(conn, &who, id)?;
        let meeting = meetings::store::find(conn, &who, meeting)?;
        match meeting.series_id == id {
            true => candidates::of(conn, &who, &meeting, now),
            false => Err(Error::NotFound),
        }
    });
    Ok(web::Json(Page::whole(found.await?)))
}

/// Lists the requests to swap turns, the oldest first.
#[utoipa::path(tag = "rotation", operation_id = "list_swap_requests", params(("id" = Id<Series>, Path), Listed), responses((status = OK, body = Page<SwapRequestView>), Error))]
#[get("/series/{id}/rotation/swap-requests")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    id: OneSeries,
    listed: web::Query<Listed>,
) -> Result<HttpResponse> {
    let (
        id,
        Listed {
            state,
            limit,
            cursor,
        },
    ) = (id.into_inner(), listed.into_inner());
    let paging = Paging { limit, cursor };
    let (limit, after, now) = (paging.limit()?, paging.after()?, app.clock.now());
    let page = app.db.read(move |conn| {
        series::store::find(conn, &who, id)?;
        let rows = store::page(conn, &who, id, (state, after), limit + 1)?;
        let Page { items, next } = Page::cut(rows, limit, |row| row.id);
        let cases = store::cases(conn, &who, items)?;
        let items = SwapRequestView::all(conn, &who, &cases, now)?;
        Ok(Page { items, next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Shows a request to swap turns.
#[utoipa::path(tag = "rotation", operation_id = "show_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path)), responses((status = OK, body = SwapRequestView), Error))]
#[get("/series/{id}/rotation/swap-requests/{request}")]
async fn show(app: web::Data<App>, who: Reader, path: One) -> Result<StoredResponse> {
    let ((id, request), now) = (path.into_inner(), app.clock.now());
    let found = app.db.read(move |conn| {
        let case = store::find(conn, &who, id, request)?;
        view(conn, &who, &case, now)
    });
    let found = found.await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Asks one municipality or all to take the turn of a meeting; their delegates get a mail (host,
/// coordinators).
#[utoipa::path(tag = "rotation", operation_id = "create_swap_request", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewSwapRequest, responses((status = CREATED, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests")]
async fn create(
    app: web::Data<App>,
    who: Delegate,
    id: OneSeries,
    body: PostBody<NewSwapRequest>,
) -> Result<StoredResponse> {
    let (
        id,
        PostBody {
            input,
            idempotency_key,
            ..
        },
    ) = (id.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let series = series::store::find(tx, who, id)?;
        let meeting = swaps::offered(tx, who, &series, input.meeting_id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        let made = swaps::ask(tx, &host, &series, &input, by(who))?;
        let now = tx.now;
        let case = store::find(tx, who, id, made)?;
        let view = view(tx, who, &case, now)?;
        let location = format!("/series/{id}/rotation/swap-requests/{made}");
        Ok(StoredResponse::created(&location, &view)?.revision(view.revision))
    })
    .await
}

/// Accepts a request to swap turns: the hosts are exchanged, both sides are told (those asked,
/// coordinators).
#[utoipa::path(tag = "rotation", operation_id = "accept_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = AcceptSwap, responses((status = OK, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests/{request}/accept")]
async fn accept(
    app: web::Data<App>,
    who: Delegate,
    path: One,
    body: PostBody<AcceptSwap>,
) -> Result<StoredResponse> {
    let (
        (id, request),
        PostBody {
            input,
            idempotency_key,
            expected,
        },
    ) = (path.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let series = series::store::find(tx, who, id)?;
        let case = store::find(tx, who, id, request)?;
        let (host, municipality) = asked(tx, who, &case, input.municipality_id)?;
        expected.check(case.request.revision)?;
        let side = (&case, municipality);
        swaps::accept(tx, &host, &series, side, &input, by(who))?;
        answered(tx, who, (id, request))
    })
    .await
}

/// Declines a request to swap turns; once all have, who asked is told (those asked, coordinators).
#[utoipa::path(tag = "rotation", operation_id = "decline_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = DeclineSwap, responses((status = OK, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests/{request}/decline")]
async fn decline(
    app: web::Data<App>,
    who: Delegate,
    path: One,
    body: PostBody<DeclineSwap>,
) -> Result<StoredResponse> {
    let (
        (id, request),
        PostBody {
            input,
            idempotency_key,
            expected,
        },
    ) = (path.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let case = store::find(tx, who, id, request)?;
        let (host, municipality) = asked(tx, who, &case, input.municipality_id)?;
        expected.check(case.request.revision)?;
        let (side, reason) = ((&case, municipality), input.reason.as_ref());
        swaps::decline(tx, &host, id, side, reason, by(who))?;
        answered(tx, who, (id, request))
    })
    .await
}

/// Takes an open request back; those asked are told (who asked, coordinators).
#[utoipa::path(tag = "rotation", operation_id = "withdraw_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests/{request}/withdraw")]
async fn withdraw(
    app: web::Data<App>,
    who: Delegate,
    path: One,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    let (
        (id, request),
        PostBody {
            idempotency_key,
            expected,
            ..
        },
    ) = (path.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let case = store::find(tx, who, id, request)?;
        let host = speaking(tx, who, &case, case.request.municipality_id)?;
        expected.check(case.request.revision)?;
        swaps::withdraw(tx, &host, id, &case, by(who))?;
        answered(tx, who, (id, request))
    })
    .await
}

/// Undoes an accepted request, as long as nobody is invited to either meeting; both sides are told
/// (both sides, coordinators).
#[utoipa::path(tag = "rotation", operation_id = "undo_swap_request", params(("id" = Id<Series>, Path), ("request" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = SwapRequestView), Error))]
#[post("/series/{id}/rotation/swap-requests/{request}/undo")]
async fn undo(
    app: web::Data<App>,
    who: Delegate,
    path: One,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    let (
        (id, request),
        PostBody {
            idempotency_key,
            expected,
            ..
        },
    ) = (path.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let case = store::find(tx, who, id, request)?;
        let taker = case.accepted().map(|answer| answer.municipality_id);
        let host = match (
            speaking(tx, who, &case, case.request.municipality_id),
            taker,
        ) {
            (Err(Error::Forbidden(_)), Some(taker)) => speaking(tx, who, &case, taker)?,
            (asker, _) => asker?,
        };
        expected.check(case.request.revision)?;
        swaps::undo(tx, &host, id, &case, by(who))?;
        answered(tx, who, (id, request))
    })
    .await
}

/// The request as it is after a change.
fn answered(
    tx: &mut Tx,
    who: &Delegate,
    (series, request): (Id<Series>, Id<SwapRequest>),
) -> Result<StoredResponse> {
    let now = tx.now;
    let case = store::find(tx, who, series, request)?;
    let view = view(tx, who, &case, now)?;
    Ok(StoredResponse::ok(&view)?.revision(view.revision))
}

/// Proof for speaking for a municipality in a request.
fn speaking(
    conn: &mut DbConn,
    who: &Delegate,
    case: &Case,
    municipality: Id<Municipality>,
) -> Result<Host> {
    match &case.meeting {
        Some(meeting) => who.hosting(conn, Some(municipality), meeting.date),
        None => Err(Error::conflict("state", "the meeting was taken out")),
    }
}

/// For which of those asked somebody answers.
fn asked(
    conn: &mut DbConn,
    who: &Delegate,
    case: &Case,
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
        [one] => Ok((
            speaking(conn, who, case, one.municipality_id)?,
            one.municipality_id,
        )),
        _ if who.coordinates() => {
            let message = "must name the municipality that answers";
            Err(Error::invalid("municipality_id", "required", message))
        }
        _ => Err(Error::Forbidden(
            "only a municipality that was asked may do this",
        )),
    }
}

/// Confirms that the host hosts a meeting (host, coordinators).
#[utoipa::path(tag = "meetings", operation_id = "confirm_host", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = MeetingView), Error))]
#[post("/meetings/{id}/host/confirm")]
async fn confirm(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Meeting>>,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    let (
        id,
        PostBody {
            idempotency_key,
            expected,
            ..
        },
    ) = (id.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        expected.check(meeting.revision)?;
        confirmations::confirm(tx, &host, &meeting, by(who))?;
        meeting_view(tx, who, id)
    })
    .await
}

/// Says that the host cannot host a meeting; all others are asked to take its turn (host,
/// coordinators).
#[utoipa::path(tag = "meetings", operation_id = "decline_host", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = Reason, responses((status = OK, body = MeetingView), Error))]
#[post("/meetings/{id}/host/decline")]
async fn refuse(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Meeting>>,
    body: PostBody<Reason>,
) -> Result<StoredResponse> {
    let (
        id,
        PostBody {
            input,
            idempotency_key,
            expected,
        },
    ) = (id.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        expected.check(meeting.revision)?;
        let series = series::store::find(tx, who, meeting.series_id)?;
        let said = (input.reason.as_str(), by(who));
        confirmations::decline(tx, &host, &series, &meeting, said)?;
        meeting_view(tx, who, id)
    })
    .await
}

fn meeting_view(tx: &mut Tx, who: &Delegate, id: Id<Meeting>) -> Result<StoredResponse> {
    let meeting = meetings::store::find(tx, who, id)?;
    let view = MeetingView::of(tx, who, meeting)?;
    Ok(StoredResponse::ok(&view)?.revision(view.revision))
}
