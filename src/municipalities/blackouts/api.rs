//! Blackouts over HTTP: by hand, from files, and from calendars that are subscribed to
//! (`/blackout-calendars`).
use actix_web::{delete, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Blackout, BlackoutCalendar, CalendarView, NewBlackout, NewBlackoutCalendar, blackout_days,
    calendar_error, fetching, store,
};
use crate::App;
use crate::auth::{Coordinator, Reader};
use crate::cooperations;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{
    EmptyBody, IdempotencyKey, IdempotencyKeyHeader, PostBody, Upload, UploadKind,
};
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::municipalities::Municipality;
use calendar::incoming::busy;

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list)
        .service(create)
        .service(remove)
        .service(import);
    config
        .service(list_calendars)
        .service(subscribe)
        .service(refresh)
        .service(unsubscribe);
}

type MunicipalityPath = web::Path<(String, Id<Municipality>)>;
type BlackoutPath = web::Path<(String, Id<Municipality>, Id<Blackout>)>;
type CalendarPath = web::Path<(String, Id<Municipality>, Id<BlackoutCalendar>)>;

/// Lists the days on which a municipality cannot host.
#[utoipa::path(tag = "municipalities", operation_id = "list_blackouts", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<Blackout>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/blackouts")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    path: MunicipalityPath,
) -> Result<web::Json<Page<Blackout>>> {
    let (_, id) = path.into_inner();
    Ok(web::Json(Page::whole(
        app.db
            .read(move |conn| store::of_municipality(conn, &who, id))
            .await?,
    )))
}

/// Adds days on which a municipality cannot host; hosts of meetings without invitations are planned
/// again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_blackout", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewBlackout, responses((status = CREATED, body = Blackout), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackouts")]
async fn create(
    app: web::Data<App>,
    who: Coordinator,
    path: MunicipalityPath,
    body: PostBody<NewBlackout>,
) -> Result<StoredResponse> {
    let ((coop, id), PostBody { input, key, .. }) = (path.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let made = store::create(tx, who, id, &input)?;
        StoredResponse::created(
            &format!(
                "/cooperations/{coop}/municipalities/{id}/blackouts/{}",
                made.id
            ),
            &made,
        )
    })
    .await
}

/// Deletes a blackout (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_blackout", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("blackout" = Id<Blackout>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/blackouts/{blackout}")]
async fn remove(
    app: web::Data<App>,
    who: Coordinator,
    path: BlackoutPath,
) -> Result<StoredResponse> {
    let (_, id, blackout) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete(tx, who, (id, blackout))?;
        Ok(StoredResponse::nothing())
    })
    .await
}

/// Result of an import of blackouts.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedBlackouts {
    /// The blackouts that were added.
    created: Vec<Blackout>,
    /// How many of the file's blackouts existed already.
    unchanged: usize,
}

/// Imports blackouts from a calendar file: every day from today on with an event or a busy time.
/// Cancelled events and events that do not block time (TRANSP) are ignored. Existing blackouts
/// stay; hosts of meetings without invitations are planned again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "import_blackouts", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body(content((String = "text/calendar"))), responses((status = OK, body = ImportedBlackouts), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackouts/import")]
async fn import(
    app: web::Data<App>,
    who: Coordinator,
    path: MunicipalityPath,
    upload: Upload,
) -> Result<StoredResponse> {
    let ((_, id), Upload { kind, text, key }) = (path.into_inner(), upload);
    if kind != UploadKind::Calendar {
        return Err(Error::invalid(
            "Content-Type",
            "media_type",
            "must be text/calendar",
        ));
    }
    app.change(who, key, move |tx, who| {
        let zone = cooperations::store::own(tx, who)?.zone();
        let today = tx.now.with_timezone(&zone).date_naive();
        let events = busy::read(&text, &busy::window(today), zone);
        let mut blackout_days =
            blackout_days(events.map_err(|error| calendar_error(&error))?, |title| {
                title
            });
        blackout_days.retain(|days| today <= days.until);
        let created = store::import(tx, who, id, &blackout_days)?;
        let unchanged = blackout_days.len() - created.len();
        StoredResponse::ok(&ImportedBlackouts { created, unchanged })
    })
    .await
}

/// Lists the calendars that a municipality subscribes to for its blackouts, with their state but
/// without their addresses.
#[utoipa::path(tag = "municipalities", operation_id = "list_blackout_calendars", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<CalendarView>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/blackout-calendars")]
async fn list_calendars(
    app: web::Data<App>,
    who: Reader,
    path: MunicipalityPath,
) -> Result<web::Json<Page<CalendarView>>> {
    let (_, id) = path.into_inner();
    let read = app.db.read(move |conn| store::calendars(conn, &who, id));
    let rows = read.await?.into_iter().map(CalendarView::from);
    Ok(web::Json(Page::whole(rows.collect())))
}

/// Subscribes to a calendar of a municipality. It is fetched soon, and then every few hours
/// (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_blackout_calendar", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewBlackoutCalendar, responses((status = CREATED, body = CalendarView), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackout-calendars")]
async fn subscribe(
    app: web::Data<App>,
    who: Coordinator,
    path: MunicipalityPath,
    body: PostBody<NewBlackoutCalendar>,
) -> Result<StoredResponse> {
    let ((coop, id), PostBody { input, key, .. }) = (path.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let made = store::subscribe(tx, who, id, &input)?;
        let path = format!("/cooperations/{coop}/municipalities/{id}/blackout-calendars");
        let location = format!("{path}/{}", made.id);
        StoredResponse::created(&location, &CalendarView::from(made))
    })
    .await
}

/// Fetches a calendar now and returns its state (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "refresh_blackout_calendar", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("calendar" = Id<BlackoutCalendar>, Path), IdempotencyKeyHeader), request_body = EmptyBody, responses((status = OK, body = CalendarView), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackout-calendars/{calendar}/refresh")]
async fn refresh(
    app: web::Data<App>,
    who: Coordinator,
    path: CalendarPath,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    let ((_, of, id), PostBody { key, .. }) = (path.into_inner(), body);
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
    app.change(who, key, move |tx, who| {
        let recorded = store::record(tx, who, id, &outcome)?;
        StoredResponse::ok(&CalendarView::from(recorded))
    })
    .await
}

/// Ends the subscription to a calendar and deletes its blackouts (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_blackout_calendar", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("calendar" = Id<BlackoutCalendar>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/blackout-calendars/{calendar}")]
async fn unsubscribe(
    app: web::Data<App>,
    who: Coordinator,
    path: CalendarPath,
) -> Result<StoredResponse> {
    let (_, of, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::unsubscribe(tx, who, (of, id))?;
        Ok(StoredResponse::nothing())
    })
    .await
}
