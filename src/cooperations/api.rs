//! Cooperations over HTTP.
use actix_web::{get, patch, post, web};

use super::{Cooperation, CooperationPatch, NewCooperation, store};
use crate::App;
use crate::auth::{Coordinator, Operator, Reader};
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::Change;
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
    app.page(who, &paging, store::all, |row| row.id).await
}

/// Creates a cooperation (operators).
#[utoipa::path(tag = "cooperations", operation_id = "create_cooperation", params(IdempotencyKeyHeader), request_body = NewCooperation, responses((status = CREATED, body = Cooperation), Error))]
#[post("/cooperations")]
async fn create(call: Change<Operator, NewCooperation>) -> Result<StoredResponse> {
    call.run(|tx, _, body| {
        let made = store::create(tx, &body.input)?;
        let reply = StoredResponse::created(&format!("/cooperations/{}", made.slug), &made)?;
        Ok(reply.revision(made.revision))
    })
    .await
}

/// Shows a cooperation.
#[utoipa::path(tag = "cooperations", operation_id = "show_cooperation", params(("coop" = String, Path, description = "slug or id")), responses((status = OK, body = Cooperation), Error))]
#[get("/cooperations/{coop}")]
async fn show(app: web::Data<App>, who: Reader) -> Result<StoredResponse> {
    let found = app.db.read(move |conn| store::own(conn, &who)).await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes a cooperation's settings (coordinators).
#[utoipa::path(tag = "cooperations", operation_id = "change_cooperation", params(("coop" = String, Path, description = "slug or id"), IfMatchHeader), request_body = CooperationPatch, responses((status = OK, body = Cooperation), Error))]
#[patch("/cooperations/{coop}")]
async fn change(call: Change<Coordinator, CooperationPatch>) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let changed = store::change(tx, who, body.expected, &body.input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}
