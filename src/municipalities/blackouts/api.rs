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
use crate::http::body::{EmptyBody, IdempotencyKey, IdempotencyKeyHeader, Upload, UploadKind};
use crate::http::handlers::{Change, InCooperation};
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

type MunicipalityPath = web::Path<InCooperation<Municipality>>;
type BlackoutPath = web::Path<(String, Id<Municipality>, Id<Blackout>)>;
type CalendarPath = web::Path<(String, Id<Municipality>, Id<BlackoutCalendar>)>;

/// Lists the days on which a municipality cannot host.
#[utoipa::path(tag = "municipalities", operation_id = "list_blackouts", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<Blackout>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/blackouts")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    path: MunicipalityPath,
) -> Result<web::Json<Page<Blackout>>> {
    app.list(who, move |conn, who| {
        store::of_municipality(conn, who, path.id)
    })
    .await
}

/// Adds days on which a municipality cannot host; hosts of meetings without invitations are planned
/// again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_blackout", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewBlackout, responses((status = CREATED, body = Blackout), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackouts")]
async fn create(
    call: Change<Coordinator, NewBlackout>,
    path: MunicipalityPath,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let InCooperation { coop, id } = &*path;
        let made = store::create(tx, who, *id, &body.input)?;
        let parent = format!("/cooperations/{coop}/municipalities/{id}/blackouts");
        StoredResponse::created(&format!("{parent}/{}", made.id), &made)
    })
    .await
}

/// Deletes a blackout (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_blackout", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), ("blackout" = Id<Blackout>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/blackouts/{blackout}")]
async fn remove(
    app: web::Data<App>,
    who: Coordinator,
    path: BlackoutPath,
) -> Result<StoredResponse> {
    let (_, of, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete(tx, who, (of, id))
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
#[utoipa::path(tag = "municipalities", operation_id = "import_blackouts", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body(content((String = "text/calendar"))), responses((status = OK, body = ImportedBlackouts), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackouts/import")]
async fn import(
    app: web::Data<App>,
    who: Coordinator,
    path: MunicipalityPath,
    upload: Upload,
) -> Result<StoredResponse> {
    let Upload { kind, text, key } = upload;
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
        let events = events.map_err(|error| calendar_error(&error))?;
        let mut blackout_days = blackout_days(events, |title| title);
        blackout_days.retain(|days| today <= days.until);
        let created = store::import(tx, who, path.id, &blackout_days)?;
        let unchanged = blackout_days.len() - created.len();
        StoredResponse::ok(&ImportedBlackouts { created, unchanged })
    })
    .await
}

/// Lists the calendars that a municipality subscribes to for its blackouts, with their state but
/// without their addresses.
#[utoipa::path(tag = "municipalities", operation_id = "list_blackout_calendars", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<CalendarView>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/blackout-calendars")]
async fn list_calendars(
    app: web::Data<App>,
    who: Reader,
    path: MunicipalityPath,
) -> Result<web::Json<Page<CalendarView>>> {
    app.list(who, move |conn, who| {
        let calendars = store::calendars(conn, who, path.id)?;
        Ok(calendars.into_iter().map(CalendarView::from).collect())
    })
    .await
}

/// Subscribes to a calendar of a municipality. It is fetched soon, and then every few hours
/// (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_blackout_calendar", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewBlackoutCalendar, responses((status = CREATED, body = CalendarView), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackout-calendars")]
async fn subscribe(
    call: Change<Coordinator, NewBlackoutCalendar>,
    path: MunicipalityPath,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let InCooperation { coop, id } = &*path;
        let made = store::subscribe(tx, who, *id, &body.input)?;
        let parent = format!("/cooperations/{coop}/municipalities/{id}/blackout-calendars");
        StoredResponse::created(&format!("{parent}/{}", made.id), &CalendarView::from(made))
    })
    .await
}

/// Fetches a calendar now and returns its state (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "refresh_blackout_calendar", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), ("calendar" = Id<BlackoutCalendar>, Path), IdempotencyKeyHeader), request_body = EmptyBody, responses((status = OK, body = CalendarView), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackout-calendars/{calendar}/refresh")]
async fn refresh(call: Change<Coordinator>, path: CalendarPath) -> Result<StoredResponse> {
    let (_, of, id) = path.into_inner();
    let who = call.who.clone();
    let read = call.app.db.read(move |conn| {
        let calendar = store::calendar(conn, &who, id)?;
        let zone = cooperations::store::own(conn, &who)?.zone();
        Ok((calendar, zone))
    });
    let (calendar, zone) = read.await?;
    if calendar.municipality_id != of {
        return Err(Error::NotFound);
    }
    let outcome = fetching::fetch(&call.app, &calendar, zone).await;
    call.run(move |tx, who, _| {
        let recorded = store::record(tx, who, id, &outcome)?;
        StoredResponse::ok(&CalendarView::from(recorded))
    })
    .await
}

/// Ends the subscription to a calendar and deletes its blackouts (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_blackout_calendar", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), ("calendar" = Id<BlackoutCalendar>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/blackout-calendars/{calendar}")]
async fn unsubscribe(
    app: web::Data<App>,
    who: Coordinator,
    path: CalendarPath,
) -> Result<StoredResponse> {
    let (_, of, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::unsubscribe(tx, who, (of, id))
    })
    .await
}
