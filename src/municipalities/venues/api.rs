//! Venues over HTTP.
use actix_web::{delete, get, post, put, web};

use super::{NewVenue, Venue, store};
use crate::App;
use crate::auth::{Coordinator, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::{Change, InCooperation};
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::municipalities::Municipality;

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(replace)
        .service(remove);
}

type MunicipalityPath = web::Path<InCooperation<Municipality>>;
type VenuePath = web::Path<(String, Id<Municipality>, Id<Venue>)>;

/// Lists the venues of a municipality, the preferred one first.
#[utoipa::path(tag = "municipalities", operation_id = "list_venues", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<Venue>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/venues")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    path: MunicipalityPath,
) -> Result<web::Json<Page<Venue>>> {
    app.list(who, move |conn, who| {
        store::of_municipality(conn, who, path.id)
    })
    .await
}

/// Creates a venue (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_venue", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewVenue, responses((status = CREATED, body = Venue), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/venues")]
async fn create(
    call: Change<Coordinator, NewVenue>,
    path: MunicipalityPath,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let InCooperation { coop, id } = &*path;
        let made = store::create(tx, who, *id, &body.input)?;
        let parent = format!("/cooperations/{coop}/municipalities/{id}/venues");
        let location = format!("{parent}/{}", made.id);
        Ok(StoredResponse::created(&location, &made)?.revision(made.revision))
    })
    .await
}

/// Shows a venue.
#[utoipa::path(tag = "municipalities", operation_id = "show_venue", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), ("venue" = Id<Venue>, Path)), responses((status = OK, body = Venue), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/venues/{venue}")]
async fn show(app: web::Data<App>, who: Reader, path: VenuePath) -> Result<StoredResponse> {
    let (_, id, venue) = path.into_inner();
    let found = app
        .db
        .read(move |conn| store::find_open(conn, &who, id, venue))
        .await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Replaces a venue. People who are invited to meetings there are notified (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "replace_venue", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), ("venue" = Id<Venue>, Path), IfMatchHeader), request_body = NewVenue, responses((status = OK, body = Venue), Error))]
#[put("/cooperations/{coop}/municipalities/{id}/venues/{venue}")]
async fn replace(call: Change<Coordinator, NewVenue>, path: VenuePath) -> Result<StoredResponse> {
    let (_, id, venue) = path.into_inner();
    call.run(move |tx, who, body| {
        let changed = store::replace(tx, who, (id, venue), body.expected, &body.input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}

/// Deletes a venue (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_venue", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), ("venue" = Id<Venue>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/venues/{venue}")]
async fn remove(call: Change<Coordinator>, path: VenuePath) -> Result<StoredResponse> {
    let (_, id, venue) = path.into_inner();
    call.run(move |tx, who, body| store::delete(tx, who, (id, venue), body.expected))
        .await
}
