//! Importing blackouts and subscribing to calendars over HTTP.
use actix_web::{delete, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{BlackoutCalendar, CalendarView, NewBlackoutCalendar, fetching, refused, spans, store};
use crate::App;
use crate::auth::{Coordinator, Reader};
use crate::calendar::incoming::busy;
use crate::cooperations;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{
    EmptyBody, IdempotencyKey, IdempotencyKeyHeader, PostBody, Upload, UploadKind,
};
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::municipalities::{Blackout, Municipality};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(import)
        .service(list)
        .service(subscribe)
        .service(refresh)
        .service(unsubscribe);
}

type One = web::Path<(String, Id<Municipality>)>;
type OneCalendar = web::Path<(String, Id<Municipality>, Id<BlackoutCalendar>)>;

/// What an import of blackouts has made.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedBlackouts {
    /// The blackouts that were added.
    created: Vec<Blackout>,
    /// How many there were already.
    unchanged: usize,
}

/// Imports blackouts from a calendar file: the days that its events and busy times touch, from today on.
/// Events that are cancelled or do not block (TRANSP) do not count. What is there already stays; meetings
/// not yet invited are planned again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "import_blackouts", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body(content((String = "text/calendar"))), responses((status = OK, body = ImportedBlackouts), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackouts/import")]
async fn import(
    app: web::Data<App>,
    who: Coordinator,
    path: One,
    upload: Upload,
) -> Result<StoredResponse> {
    let (
        (_, id),
        Upload {
            kind,
            text,
            idempotency_key,
        },
    ) = (path.into_inner(), upload);
    if kind != UploadKind::Calendar {
        return Err(Error::invalid(
            "Content-Type",
            "media_type",
            "must be text/calendar",
        ));
    }
    app.change(who, idempotency_key, move |tx, who| {
        let zone = cooperations::store::own(tx, who)?.zone();
        let today = tx.now.with_timezone(&zone).date_naive();
        let events = busy::read(&text, &busy::window(today), zone);
        let mut spans = spans(events.map_err(|error| refused(&error))?, |title| title);
        spans.retain(|span| today <= span.until);
        let created = store::import(tx, who, id, &spans)?;
        let unchanged = spans.len() - created.len();
        StoredResponse::ok(&ImportedBlackouts { created, unchanged })
    })
    .await
}

/// Lists the calendars that a municipality's blackouts come from, with how they are. Their addresses are
/// not shown.
#[utoipa::path(tag = "municipalities", operation_id = "list_blackout_calendars", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<CalendarView>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/blackout-calendars")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    path: One,
) -> Result<web::Json<Page<CalendarView>>> {
    let (_, id) = path.into_inner();
    let read = app.db.read(move |conn| store::calendars(conn, &who, id));
    let rows = read.await?.into_iter().map(CalendarView::from);
    Ok(web::Json(Page::whole(rows.collect())))
}

/// Subscribes to a calendar of a municipality: it is fetched soon, and then every few hours
/// (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_blackout_calendar", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewBlackoutCalendar, responses((status = CREATED, body = CalendarView), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackout-calendars")]
async fn subscribe(
    app: web::Data<App>,
    who: Coordinator,
    path: One,
    body: PostBody<NewBlackoutCalendar>,
) -> Result<StoredResponse> {
    let (
        (coop, id),
        PostBody {
            input,
            idempotency_key,
            ..
        },
    ) = (path.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let made = store::subscribe(tx, who, id, &input)?;
        let path = format!("/cooperations/{coop}/municipalities/{id}/blackout-calendars");
        let location = format!("{path}/{}", made.id);
        StoredResponse::created(&location, &CalendarView::from(made))
    })
    .await
}

/// Fetches a calendar now, and says how it is (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "refresh_blackout_calendar", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("calendar" = Id<BlackoutCalendar>, Path), IdempotencyKeyHeader), request_body = EmptyBody, responses((status = OK, body = CalendarView), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackout-calendars/{calendar}/refresh")]
async fn refresh(
    app: web::Data<App>,
    who: Coordinator,
    path: OneCalendar,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    let (
        (_, of, id),
        PostBody {
            idempotency_key, ..
        },
    ) = (path.into_inner(), body);
    let asker = who.clone();
    let read = app.db.read(move |conn| {
        let calendar = store::calendar(conn, &asker, id)?;
        let zone = cooperations::store::own(conn, &asker)?.zone();
        Ok((calendar, zone))
    });
    let (calendar, zone) = read.await?;
    if calendar.municipality_id != of {
        return Err(Error::NotFound);
    }
    let outcome = fetching::fetch(&app, &calendar, zone).await;
    app.change(who, idempotency_key, move |tx, who| {
        let recorded = store::record(tx, who, id, &outcome)?;
        StoredResponse::ok(&CalendarView::from(recorded))
    })
    .await
}

/// Ends the subscription to a calendar; its blackouts go with it (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_blackout_calendar", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("calendar" = Id<BlackoutCalendar>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/blackout-calendars/{calendar}")]
async fn unsubscribe(
    app: web::Data<App>,
    who: Coordinator,
    path: OneCalendar,
) -> Result<StoredResponse> {
    let (_, of, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::unsubscribe(tx, who, (of, id))?;
        Ok(StoredResponse::nothing())
    })
    .await
}
