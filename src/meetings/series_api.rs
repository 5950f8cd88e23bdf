//! Series over HTTP. In this area rather than in `series`, because creating or changing a series plans its meetings, and
//! areas depend downwards only.
use actix_web::{HttpRequest, delete, get, patch, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::rescheduling::{self, Replanned};
use super::{Meeting, MeetingStatus, planning, warnings};
use crate::App;
use crate::auth::{Coordinator, Reader};
use crate::days::MeetingWarning;
use crate::db::Id;
use crate::error::{Error, Result, conflict_unless};
use crate::http::body::{IdempotencyKeyHeader, IfMatchHeader, wanted_language};
use crate::http::handlers::{Change, InCooperation};
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::series::{NewSeries, Series, SeriesPatch, SeriesView, store};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change)
        .service(remove);
}

type SeriesPath = web::Path<InCooperation<Series>>;

/// Lists the series of a cooperation.
#[utoipa::path(tag = "series", operation_id = "list_series", params(("coop" = String, Path, description = "slug or id")), responses((status = OK, body = Page<SeriesView>), Error))]
#[get("/cooperations/{coop}/series")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
) -> Result<web::Json<Page<SeriesView>>> {
    let language = wanted_language(&request, who.language());
    app.list(who, move |conn, who| {
        let all = store::all(conn, who)?.into_iter();
        all.map(|series| SeriesView::new(series, language))
            .collect()
    })
    .await
}

/// Creates a series and its meetings up to the horizon (coordinators).
#[utoipa::path(tag = "series", operation_id = "create_series", params(("coop" = String, Path, description = "slug or id"), IdempotencyKeyHeader), request_body = NewSeries, responses((status = CREATED, body = SeriesView), Error))]
#[post("/cooperations/{coop}/series")]
async fn create(
    call: Change<Coordinator, NewSeries>,
    coop: web::Path<String>,
) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let made = store::create(tx, who, &body.input)?;
        let until = made.horizon(tx.now);
        planning::extend(tx, who, &made, until)?;
        tx.replan_now(who)?;
        let location = format!("/cooperations/{coop}/series/{}", made.id);
        let revision = made.revision;
        let view = SeriesView::new(made, language)?;
        Ok(StoredResponse::created(&location, &view)?.revision(revision))
    })
    .await
}

/// A series with warnings about its meetings.
#[derive(Debug, Serialize, ToSchema)]
struct ShownSeries {
    /// The series.
    #[serde(flatten)]
    series: SeriesView,
    /// Upcoming meetings on forbidden days, and those for whose days the school holidays are not known yet.
    warnings: Vec<MeetingWarning>,
}

/// Shows a series, with warnings about upcoming meetings on forbidden days.
#[utoipa::path(tag = "series", operation_id = "show_series", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Series>, Path)), responses((status = OK, body = ShownSeries), Error))]
#[get("/cooperations/{coop}/series/{id}")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    path: SeriesPath,
) -> Result<StoredResponse> {
    let (now, language) = (app.clock.now(), wanted_language(&request, who.language()));
    let read = move |conn: &mut _| {
        let series = store::find(conn, &who, path.id)?;
        let meetings = super::store::of_series(conn, &who, path.id)?;
        let warnings = warnings::warnings(conn, &who, &series, &meetings, (now, language))?;
        Ok((series, warnings))
    };
    let (found, warnings) = app.db.read(read).await?;
    let revision = found.revision;
    let series = SeriesView::new(found, language)?;
    Ok(StoredResponse::ok(&ShownSeries { series, warnings })?.revision(revision))
}

/// A series that was changed, and the changes of its meetings.
#[derive(Debug, Serialize, ToSchema)]
struct SeriesChange {
    /// The series as it is now.
    series: SeriesView,
    /// The meetings that were added, moved and removed.
    replanned: Replanned,
}

/// Changes a series. A different rule or time reschedules planned meetings that nobody has moved by hand; the response lists
/// the changes (coordinators).
#[utoipa::path(tag = "series", operation_id = "change_series", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Series>, Path), IfMatchHeader), request_body = SeriesPatch, responses((status = OK, body = SeriesChange), Error))]
#[patch("/cooperations/{coop}/series/{id}")]
async fn change(
    call: Change<Coordinator, SeriesPatch>,
    path: SeriesPath,
) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let known = store::find(tx, who, path.id)?;
        let changed = store::change(tx, who, path.id, body.expected, &body.input)?;
        let replanned = if rescheduling::is_needed(&known, &changed) {
            let replanned = rescheduling::reschedule(tx, who, &known, &changed)?;
            tx.replan_now(who)?;
            replanned
        } else {
            Replanned::default()
        };
        let revision = changed.revision;
        let series = SeriesView::new(changed, language)?;
        Ok(StoredResponse::ok(&SeriesChange { series, replanned })?.revision(revision))
    })
    .await
}

/// Deletes a series of which no meeting was held and to whose meetings nobody was invited (coordinators).
#[utoipa::path(tag = "series", operation_id = "delete_series", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Series>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/series/{id}")]
async fn remove(call: Change<Coordinator>, path: SeriesPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let known = store::find(tx, who, path.id)?;
        body.expected.check(known.revision)?;
        let meetings = super::store::of_series(tx, who, known.id)?;
        let in_use = |one: &Meeting| one.invited_at.is_some() || one.status == MeetingStatus::Held;
        let message = "people were invited to its meetings, or met; let its rule end instead";
        conflict_unless(!meetings.iter().any(in_use), "in_use", message)?;
        for meeting in &meetings {
            super::store::remove(tx, meeting)?;
        }
        store::delete(tx, who, &known)
    })
    .await
}
