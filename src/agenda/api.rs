//! Topics, agendas and the closing of meetings over HTTP: `/series/{id}/topics`,
//! `/meetings/{id}/agenda`, `/meetings/{id}/close` and `/agenda-items`, which are the same items in
//! different places.
use actix_web::{HttpRequest, HttpResponse, get, patch, post, put, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Agenda, AgendaItem, AgendaItemInFull, AgendaItemPatch, Arrangement, CloseMeeting,
    ClosedMeeting, ItemState, NewAgendaItem, Postponement, Scheduling, TopicRejection, closing,
    store, transitions,
};
use crate::App;
use crate::auth::{Delegate, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{
    EmptyBody, IdempotencyKey, IdempotencyKeyHeader, IfMatchHeader, PatchBody, PostBody,
};
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::{self, Meeting};
use crate::series::{self, Series};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list_topics)
        .service(propose_topic)
        .service(propose_item);
    config.service(show_agenda).service(arrange);
    config.service(show).service(change);
    config
        .service(accept)
        .service(reject)
        .service(schedule)
        .service(postpone)
        .service(withdraw);
    config.service(close);
}

/// Filter and page of a backlog.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TopicsQuery {
    /// Only topics in this state.
    #[serde(default)]
    state: Option<ItemState>,
    /// Most items of the page (1 to 200; 50 if omitted).
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<i64>,
    /// Where the page starts: `next` of the previous page.
    #[serde(default)]
    cursor: Option<String>,
}

type SeriesPath = web::Path<(String, Id<Series>)>;

/// Lists the backlog of a series: the topics without a meeting.
#[utoipa::path(tag = "agenda", operation_id = "list_topics", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Series>, Path), TopicsQuery), responses((status = OK, body = Page<AgendaItem>), Error))]
#[get("/cooperations/{coop}/series/{id}/topics")]
async fn list_topics(
    app: web::Data<App>,
    who: Reader,
    path: SeriesPath,
    asked: web::Query<TopicsQuery>,
) -> Result<web::Json<Page<AgendaItem>>> {
    let ((_, id), asked) = (path.into_inner(), asked.into_inner());
    let (state, limit, cursor) = (asked.state, asked.limit, asked.cursor);
    let paging = Paging { limit, cursor };
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = app
        .db
        .read(move |conn| store::backlog(conn, &who, id, state, (after, limit + 1)))
        .await?;
    Ok(web::Json(Page::cut(rows, limit, |row| row.id)))
}

/// Proposes a topic for the backlog of a series (delegates).
#[utoipa::path(tag = "agenda", operation_id = "propose_topic", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewAgendaItem, responses((status = CREATED, body = AgendaItem), Error))]
#[post("/cooperations/{coop}/series/{id}/topics")]
async fn propose_topic(
    app: web::Data<App>,
    who: Delegate,
    path: SeriesPath,
    body: PostBody<NewAgendaItem>,
) -> Result<StoredResponse> {
    let ((_, id), PostBody { input, key, .. }) = (path.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let series = series::store::find(tx, who, id)?;
        proposed(&store::propose(tx, who, &series, None, &input)?)
    })
    .await
}

/// Proposes an item for the agenda of a meeting. After the deadline for topics it is marked as late
/// (delegates).
#[utoipa::path(tag = "agenda", operation_id = "propose_agenda_item", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader), request_body = NewAgendaItem, responses((status = CREATED, body = AgendaItem), Error))]
#[post("/meetings/{id}/agenda/items")]
async fn propose_item(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Meeting>>,
    body: PostBody<NewAgendaItem>,
) -> Result<StoredResponse> {
    let (id, PostBody { input, key, .. }) = (id.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let meeting = meetings::store::find(tx, who, id)?;
        let series = series::store::find(tx, who, meeting.series_id)?;
        proposed(&store::propose(tx, who, &series, Some(&meeting), &input)?)
    })
    .await
}

fn proposed(made: &AgendaItem) -> Result<StoredResponse> {
    let location = format!("/agenda-items/{}", made.id);
    Ok(StoredResponse::created(&location, made)?.revision(made.revision))
}

/// Shows the agenda of a meeting with its time budget.
#[utoipa::path(tag = "agenda", operation_id = "show_agenda", params(("id" = Id<Meeting>, Path)), responses((status = OK, body = Agenda), Error))]
#[get("/meetings/{id}/agenda")]
async fn show_agenda(
    app: web::Data<App>,
    who: Reader,
    id: web::Path<Id<Meeting>>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    app.cached(who, &request, move |conn, who| {
        let meeting = meetings::store::find(conn, who, *id)?;
        store::agenda(conn, who, &meeting)
    })
    .await
}

/// Sets the order of an agenda (host, coordinators). The list must contain exactly the scheduled
/// items; it is refused if the agenda has changed since.
#[utoipa::path(tag = "agenda", operation_id = "arrange_agenda", params(("id" = Id<Meeting>, Path)), request_body = Arrangement, responses((status = OK, body = Agenda), Error))]
#[put("/meetings/{id}/agenda")]
async fn arrange(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Meeting>>,
    body: PostBody<Arrangement>,
) -> Result<StoredResponse> {
    let (id, PostBody { input, .. }) = (id.into_inner(), body);
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        store::arrange(tx, &host, &meeting, &input)?;
        StoredResponse::ok(&store::agenda(tx, who, &meeting)?)
    })
    .await
}

/// Shows an agenda item and the items that it continues.
#[utoipa::path(tag = "agenda", operation_id = "show_agenda_item", params(("id" = Id<AgendaItem>, Path)), responses((status = OK, body = AgendaItemInFull), Error))]
#[get("/agenda-items/{id}")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    id: web::Path<Id<AgendaItem>>,
) -> Result<StoredResponse> {
    let found = app
        .db
        .read(move |conn| store::in_full(conn, &who, *id))
        .await?;
    Ok(StoredResponse::ok(&found)?.revision(found.item.revision))
}

/// Changes an agenda item (its proposer while it is a proposal; host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "change_agenda_item", params(("id" = Id<AgendaItem>, Path), IfMatchHeader), request_body = AgendaItemPatch, responses((status = OK, body = AgendaItem), Error))]
#[patch("/agenda-items/{id}")]
async fn change(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<AgendaItem>>,
    body: PatchBody<AgendaItemPatch>,
) -> Result<StoredResponse> {
    let (id, PatchBody { input, expected }) = (id.into_inner(), body);
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        changed(&transitions::change(tx, who, id, expected, &input)?)
    })
    .await
}

fn changed(item: &AgendaItem) -> Result<StoredResponse> {
    Ok(StoredResponse::ok(item)?.revision(item.revision))
}

/// Accepts a proposal: onto the agenda of its meeting (host, coordinators), or into the backlog
/// (coordinators).
#[utoipa::path(tag = "agenda", operation_id = "accept_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = EmptyBody, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/accept")]
async fn accept(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<AgendaItem>>,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    app.change(who, body.key, move |tx, who| {
        changed(&transitions::accept(tx, who, *id)?)
    })
    .await
}

/// Rejects a topic with a reason (host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "reject_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = TopicRejection, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/reject")]
async fn reject(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<AgendaItem>>,
    body: PostBody<TopicRejection>,
) -> Result<StoredResponse> {
    let PostBody { input, key, .. } = body;
    app.change(who, key, move |tx, who| {
        changed(&transitions::reject(tx, who, *id, &input.reason)?)
    })
    .await
}

/// Moves a topic from the backlog to the end of a meeting's agenda (its host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "schedule_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = Scheduling, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/schedule")]
async fn schedule(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<AgendaItem>>,
    body: PostBody<Scheduling>,
) -> Result<StoredResponse> {
    let PostBody { input, key, .. } = body;
    app.change(who, key, move |tx, who| {
        changed(&transitions::schedule(tx, who, *id, input.meeting_id)?)
    })
    .await
}

/// Moves an item to another meeting or to the backlog (host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "postpone_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = Postponement, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/postpone")]
async fn postpone(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<AgendaItem>>,
    body: PostBody<Postponement>,
) -> Result<StoredResponse> {
    let PostBody { input, key, .. } = body;
    app.change(who, key, move |tx, who| {
        changed(&transitions::postpone(tx, who, *id, input.meeting_id)?)
    })
    .await
}

/// Withdraws an item (its proposer while it is a proposal; host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "withdraw_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = EmptyBody, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/withdraw")]
async fn withdraw(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<AgendaItem>>,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    app.change(who, body.key, move |tx, who| {
        changed(&transitions::withdraw(tx, who, *id)?)
    })
    .await
}

/// Closes a meeting as held, with an outcome for each item. Unfinished items move to the next
/// meeting (host, coordinators).
#[utoipa::path(tag = "meetings", operation_id = "close_meeting", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = CloseMeeting, responses((status = OK, body = ClosedMeeting), Error))]
#[post("/meetings/{id}/close")]
async fn close(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Meeting>>,
    body: PostBody<CloseMeeting>,
) -> Result<StoredResponse> {
    let (
        id,
        PostBody {
            input,
            key,
            expected,
        },
    ) = (id.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        expected.check(meeting.revision)?;
        StoredResponse::ok(&closing::close(tx, &host, &meeting, &input)?)
    })
    .await
}
