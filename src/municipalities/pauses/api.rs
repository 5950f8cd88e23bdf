//! Pauses over HTTP.
use actix_web::{delete, get, post, web};

use super::{NewRotationPause, RotationPause, store};
use crate::App;
use crate::auth::{Coordinator, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKey, IdempotencyKeyHeader};
use crate::http::handlers::{Change, InCooperation};
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::municipalities::Municipality;

pub(crate) fn routes(config: &mut Routes) {
    config.service(list).service(create).service(remove);
}

type MunicipalityPath = web::Path<InCooperation<Municipality>>;
type PausePath = web::Path<(String, Id<Municipality>, Id<RotationPause>)>;

/// Lists the periods in which a municipality takes no turns and is owed none.
#[utoipa::path(tag = "municipalities", operation_id = "list_pauses", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<RotationPause>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/pauses")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    path: MunicipalityPath,
) -> Result<web::Json<Page<RotationPause>>> {
    app.list(who, move |conn, who| {
        store::of_municipality(conn, who, path.id)
    })
    .await
}

/// Lets a municipality pause: it takes no turns in this time and is owed none, but stays a member and is invited. Hosts of
/// meetings without invitations are planned again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_pause", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewRotationPause, responses((status = CREATED, body = RotationPause), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/pauses")]
async fn create(
    call: Change<Coordinator, NewRotationPause>,
    path: MunicipalityPath,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let InCooperation { coop, id } = &*path;
        let made = store::create(tx, who, *id, &body.input)?;
        let parent = format!("/cooperations/{coop}/municipalities/{id}/pauses");
        StoredResponse::created(&format!("{parent}/{}", made.id), &made)
    })
    .await
}

/// Deletes a pause (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_pause", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), ("pause" = Id<RotationPause>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/pauses/{pause}")]
async fn remove(app: web::Data<App>, who: Coordinator, path: PausePath) -> Result<StoredResponse> {
    let (_, of, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete(tx, who, (of, id))
    })
    .await
}
