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
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::{Change, InCooperation};
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
    state: Option<ItemState>,
    /// Most items of the page (1 to 200; 50 if omitted).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next` of the previous page.
    cursor: Option<String>,
}

type SeriesPath = web::Path<InCooperation<Series>>;
type MeetingPath = web::Path<Id<Meeting>>;
type ItemPath = web::Path<Id<AgendaItem>>;

/// Lists the backlog of a series: the topics without a meeting; for readers, the public ones.
#[utoipa::path(tag = "agenda", operation_id = "list_topics", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Series>, Path), TopicsQuery), responses((status = OK, body = Page<AgendaItem>), Error))]
#[get("/cooperations/{coop}/series/{id}/topics")]
async fn list_topics(
    app: web::Data<App>,
    who: Reader,
    path: SeriesPath,
    asked: web::Query<TopicsQuery>,
) -> Result<web::Json<Page<AgendaItem>>> {
    let TopicsQuery {
        state,
        limit,
        cursor,
    } = asked.into_inner();
    let read = move |conn: &mut DbConn, who: &Reader, after, limit| {
        store::backlog(conn, who, path.id, state, (after, limit), who.reader_kind())
    };
    app.page(who, &Paging { limit, cursor }, read, |row| row.id)
        .await
}

/// Proposes a topic for the backlog of a series (delegates).
#[utoipa::path(tag = "agenda", operation_id = "propose_topic", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewAgendaItem, responses((status = CREATED, body = AgendaItem), Error))]
#[post("/cooperations/{coop}/series/{id}/topics")]
async fn propose_topic(
    call: Change<Delegate, NewAgendaItem>,
    path: SeriesPath,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, path.id)?;
        proposed(&store::propose(tx, who, &series, None, &body.input)?)
    })
    .await
}

/// Proposes an item for the agenda of a meeting. After the deadline for topics it is marked as late
/// (delegates).
#[utoipa::path(tag = "agenda", operation_id = "propose_agenda_item", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader), request_body = NewAgendaItem, responses((status = CREATED, body = AgendaItem), Error))]
#[post("/meetings/{id}/agenda/items")]
async fn propose_item(
    call: Change<Delegate, NewAgendaItem>,
    id: MeetingPath,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let meeting = meetings::store::find(tx, who, *id)?;
        let series = series::store::find(tx, who, meeting.series_id)?;
        proposed(&store::propose(
            tx,
            who,
            &series,
            Some(&meeting),
            &body.input,
        )?)
    })
    .await
}

fn proposed(made: &AgendaItem) -> Result<StoredResponse> {
    let location = format!("/agenda-items/{}", made.id);
    Ok(StoredResponse::created(&location, made)?.revision(made.revision))
}

/// Shows the agenda of a meeting with its time budget. Of an item that is not public, readers see the place, the kind
/// and the time only.
#[utoipa::path(tag = "agenda", operation_id = "show_agenda", params(("id" = Id<Meeting>, Path)), responses((status = OK, body = Agenda), Error))]
#[get("/meetings/{id}/agenda")]
async fn show_agenda(
    app: web::Data<App>,
    who: Reader,
    id: MeetingPath,
    request: HttpRequest,
) -> Result<HttpResponse> {
    app.cached(who, &request, move |conn, who| {
        let meeting = meetings::store::find(conn, who, *id)?;
        let agenda = store::agenda(conn, who, &meeting)?;
        Ok(agenda.shown_to(who.reader_kind(), who.language()))
    })
    .await
}

/// Sets the order of an agenda (host, coordinators). The list must contain exactly the scheduled
/// items; it is refused if the agenda has changed since.
#[utoipa::path(tag = "agenda", operation_id = "arrange_agenda", params(("id" = Id<Meeting>, Path)), request_body = Arrangement, responses((status = OK, body = Agenda), Error))]
#[put("/meetings/{id}/agenda")]
async fn arrange(call: Change<Delegate, Arrangement>, id: MeetingPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let meeting = meetings::store::find(tx, who, *id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        store::arrange(tx, &host, &meeting, &body.input)?;
        StoredResponse::ok(&store::agenda(tx, who, &meeting)?)
    })
    .await
}

/// Shows an agenda item and the items that it continues. One that is not public is found by delegates and coordinators
/// only.
#[utoipa::path(tag = "agenda", operation_id = "show_agenda_item", params(("id" = Id<AgendaItem>, Path)), responses((status = OK, body = AgendaItemInFull), Error))]
#[get("/agenda-items/{id}")]
async fn show(app: web::Data<App>, who: Reader, id: ItemPath) -> Result<StoredResponse> {
    let reader = who.reader_kind();
    let found = app
        .db
        .read(move |conn| store::in_full(conn, &who, *id))
        .await?;
    if !found.item.is_for(reader) {
        return Err(Error::NotFound);
    }
    Ok(StoredResponse::ok(&found)?.revision(found.item.revision))
}

/// Changes an agenda item (its proposer while it is a proposal; host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "change_agenda_item", params(("id" = Id<AgendaItem>, Path), IfMatchHeader), request_body = AgendaItemPatch, responses((status = OK, body = AgendaItem), Error))]
#[patch("/agenda-items/{id}")]
async fn change(call: Change<Delegate, AgendaItemPatch>, id: ItemPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        changed(&transitions::change(
            tx,
            who,
            *id,
            body.expected,
            &body.input,
        )?)
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
async fn accept(call: Change<Delegate>, id: ItemPath) -> Result<StoredResponse> {
    call.run(move |tx, who, _| changed(&transitions::accept(tx, who, *id)?))
        .await
}

/// Rejects a topic with a reason (host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "reject_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = TopicRejection, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/reject")]
async fn reject(call: Change<Delegate, TopicRejection>, id: ItemPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| changed(&transitions::reject(tx, who, *id, &body.input.reason)?))
        .await
}

/// Moves a topic from the backlog to the end of a meeting's agenda (its host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "schedule_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = Scheduling, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/schedule")]
async fn schedule(call: Change<Delegate, Scheduling>, id: ItemPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        changed(&transitions::schedule(tx, who, *id, body.input.meeting_id)?)
    })
    .await
}

/// Moves an item to another meeting or to the backlog (host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "postpone_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = Postponement, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/postpone")]
async fn postpone(call: Change<Delegate, Postponement>, id: ItemPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        changed(&transitions::postpone(tx, who, *id, body.input.meeting_id)?)
    })
    .await
}

/// Withdraws an item (its proposer while it is a proposal; host, coordinators).
#[utoipa::path(tag = "agenda", operation_id = "withdraw_agenda_item", params(("id" = Id<AgendaItem>, Path), IdempotencyKeyHeader), request_body = EmptyBody, responses((status = OK, body = AgendaItem), Error))]
#[post("/agenda-items/{id}/withdraw")]
async fn withdraw(call: Change<Delegate>, id: ItemPath) -> Result<StoredResponse> {
    call.run(move |tx, who, _| changed(&transitions::withdraw(tx, who, *id)?))
        .await
}

/// Closes a meeting as held, with an outcome for each item. Unfinished items move to the next
/// meeting (host, coordinators).
#[utoipa::path(tag = "meetings", operation_id = "close_meeting", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = CloseMeeting, responses((status = OK, body = ClosedMeeting), Error))]
#[post("/meetings/{id}/close")]
async fn close(call: Change<Delegate, CloseMeeting>, id: MeetingPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let meeting = meetings::store::find(tx, who, *id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        body.expected.check(meeting.revision)?;
        StoredResponse::ok(&closing::close(tx, &host, &meeting, &body.input)?)
    })
    .await
}
