//! Cooperations over HTTP.
use actix_web::{get, patch, post, web};

use super::{Cooperation, CooperationPatch, NewCooperation, store};
use crate::App;
use crate::auth::{Coordinator, Operator, Reader};
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKey, IdempotencyKeyHeader, IfMatchHeader, PatchBody, PostBody};
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change);
}

/// Lists the cooperations of the installation (operators).
#[utoipa::path(tag = "cooperations", operation_id = "list_cooperations", params(Paging), responses((status = OK, body = Page<Cooperation>), Error))]
#[get("/cooperations")]
async fn list(
    app: web::Data<App>,
    who: Operator,
    paging: web::Query<Paging>,
) -> Result<web::Json<Page<Cooperation>>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = app
        .db
        .read(move |conn| store::all(conn, &who, after, limit + 1))
        .await?;
    Ok(web::Json(Page::cut(rows, limit, |row| row.id)))
}

/// Creates a cooperation (operators).
#[utoipa::path(tag = "cooperations", operation_id = "create_cooperation", params(IdempotencyKeyHeader), request_body = NewCooperation, responses((status = CREATED, body = Cooperation), Error))]
#[post("/cooperations")]
async fn create(
    app: web::Data<App>,
    who: Operator,
    body: PostBody<NewCooperation>,
) -> Result<StoredResponse> {
    let PostBody { input, key, .. } = body;
    app.change(who, key, move |tx, _| {
        let made = store::create(tx, &input)?;
        let reply = StoredResponse::created(&format!("/cooperations/{}", made.slug), &made)?;
        Ok(reply.revision(made.revision))
    })
    .await
}

/// Shows a cooperation.
#[utoipa::path(tag = "cooperations", operation_id = "show_cooperation", params(("coop" = String, Path, description = "slug or key")), responses((status = OK, body = Cooperation), Error))]
#[get("/cooperations/{coop}")]
async fn show(app: web::Data<App>, who: Reader) -> Result<StoredResponse> {
    let found = app.db.read(move |conn| store::own(conn, &who)).await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes a cooperation's settings (coordinators).
#[utoipa::path(tag = "cooperations", operation_id = "change_cooperation", params(("coop" = String, Path, description = "slug or key"), IfMatchHeader), request_body = CooperationPatch, responses((status = OK, body = Cooperation), Error))]
#[patch("/cooperations/{coop}")]
async fn change(
    app: web::Data<App>,
    who: Coordinator,
    body: PatchBody<CooperationPatch>,
) -> Result<StoredResponse> {
    let PatchBody { input, expected } = body;
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let changed = store::change(tx, who, expected, &input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}
