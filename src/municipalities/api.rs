//! Municipalities over HTTP. The paths below `/municipalities/{id}` are in `venues/` and `blackouts/`.
use actix_web::{delete, get, patch, post, web};

use super::{Municipality, MunicipalityPatch, NewMunicipality, store};
use crate::App;
use crate::auth::{Coordinator, Reader};
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::{Change, InCooperation};
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change)
        .service(remove);
}

type MunicipalityPath = web::Path<InCooperation<Municipality>>;

/// Lists the municipalities in the order of hosts.
#[utoipa::path(tag = "municipalities", operation_id = "list_municipalities", params(("coop" = String, Path, description = "slug or id")), responses((status = OK, body = Page<Municipality>), Error))]
#[get("/cooperations/{coop}/municipalities")]
async fn list(app: web::Data<App>, who: Reader) -> Result<web::Json<Page<Municipality>>> {
    app.list(who, store::all).await
}

/// Creates a municipality (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_municipality", params(("coop" = String, Path, description = "slug or id"), IdempotencyKeyHeader), request_body = NewMunicipality, responses((status = CREATED, body = Municipality), Error))]
#[post("/cooperations/{coop}/municipalities")]
async fn create(
    call: Change<Coordinator, NewMunicipality>,
    coop: web::Path<String>,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let made = store::create(tx, who, &body.input)?;
        let location = format!("/cooperations/{coop}/municipalities/{}", made.id);
        Ok(StoredResponse::created(&location, &made)?.revision(made.revision))
    })
    .await
}

/// Shows a municipality.
#[utoipa::path(tag = "municipalities", operation_id = "show_municipality", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Municipality), Error))]
#[get("/cooperations/{coop}/municipalities/{id}")]
async fn show(app: web::Data<App>, who: Reader, path: MunicipalityPath) -> Result<StoredResponse> {
    let read = move |conn: &mut DbConn| store::find(conn, &who, path.id);
    let found = app.db.read(read).await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes a municipality; hosts of meetings without invitations are planned again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "change_municipality", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), IfMatchHeader), request_body = MunicipalityPatch, responses((status = OK, body = Municipality), Error))]
#[patch("/cooperations/{coop}/municipalities/{id}")]
async fn change(
    call: Change<Coordinator, MunicipalityPatch>,
    path: MunicipalityPath,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let changed = store::change(tx, who, path.id, body.expected, &body.input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}

/// Deletes a municipality that was created by mistake (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_municipality", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}")]
async fn remove(call: Change<Coordinator>, path: MunicipalityPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| store::delete(tx, who, path.id, body.expected))
        .await
}
