//! Municipalities over HTTP. The paths below `/municipalities/{id}` are in `venues/` and `blackouts/`.
use actix_web::{delete, get, patch, post, web};

use super::{Municipality, MunicipalityPatch, NewMunicipality, store};
use crate::App;
use crate::auth::{Coordinator, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{
    EmptyBody, IdempotencyKey, IdempotencyKeyHeader, IfMatchHeader, PatchBody, PostBody,
};
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

type MunicipalityPath = web::Path<(String, Id<Municipality>)>;

/// Lists the municipalities in the order of hosts.
#[utoipa::path(tag = "municipalities", operation_id = "list_municipalities", params(("coop" = String, Path, description = "slug or key")), responses((status = OK, body = Page<Municipality>), Error))]
#[get("/cooperations/{coop}/municipalities")]
async fn list(app: web::Data<App>, who: Reader) -> Result<web::Json<Page<Municipality>>> {
    Ok(web::Json(Page::whole(
        app.db.read(move |conn| store::all(conn, &who)).await?,
    )))
}

/// Creates a municipality (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_municipality", params(("coop" = String, Path, description = "slug or key"), IdempotencyKeyHeader), request_body = NewMunicipality, responses((status = CREATED, body = Municipality), Error))]
#[post("/cooperations/{coop}/municipalities")]
async fn create(
    app: web::Data<App>,
    who: Coordinator,
    coop: web::Path<String>,
    body: PostBody<NewMunicipality>,
) -> Result<StoredResponse> {
    let PostBody { input, key, .. } = body;
    app.change(who, key, move |tx, who| {
        let made = store::create(tx, who, &input)?;
        let location = format!("/cooperations/{coop}/municipalities/{}", made.id);
        Ok(StoredResponse::created(&location, &made)?.revision(made.revision))
    })
    .await
}

/// Shows a municipality.
#[utoipa::path(tag = "municipalities", operation_id = "show_municipality", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Municipality), Error))]
#[get("/cooperations/{coop}/municipalities/{id}")]
async fn show(app: web::Data<App>, who: Reader, path: MunicipalityPath) -> Result<StoredResponse> {
    let (_, id) = path.into_inner();
    let found = app.db.read(move |conn| store::find(conn, &who, id)).await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes a municipality; hosts of meetings without invitations are planned again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "change_municipality", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IfMatchHeader), request_body = MunicipalityPatch, responses((status = OK, body = Municipality), Error))]
#[patch("/cooperations/{coop}/municipalities/{id}")]
async fn change(
    app: web::Data<App>,
    who: Coordinator,
    path: MunicipalityPath,
    body: PatchBody<MunicipalityPatch>,
) -> Result<StoredResponse> {
    let ((_, id), PatchBody { input, expected }) = (path.into_inner(), body);
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let changed = store::change(tx, who, id, expected, &input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}

/// Deletes a municipality that was created by mistake (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_municipality", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}")]
async fn remove(
    app: web::Data<App>,
    who: Coordinator,
    path: MunicipalityPath,
    body: PatchBody<EmptyBody>,
) -> Result<StoredResponse> {
    let (_, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete(tx, who, id, body.expected)?;
        Ok(StoredResponse::nothing())
    })
    .await
}
