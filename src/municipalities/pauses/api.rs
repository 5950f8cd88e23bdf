//! Pauses over HTTP.
use actix_web::{delete, get, post, web};

use super::{NewRotationPause, RotationPause, store};
use crate::App;
use crate::auth::{Coordinator, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKey, IdempotencyKeyHeader, PostBody};
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::municipalities::Municipality;

pub(crate) fn routes(config: &mut Routes) {
    config.service(list).service(create).service(remove);
}

type MunicipalityPath = web::Path<(String, Id<Municipality>)>;
type PausePath = web::Path<(String, Id<Municipality>, Id<RotationPause>)>;

/// Lists the periods in which a municipality takes no turns and is owed none.
#[utoipa::path(tag = "municipalities", operation_id = "list_pauses", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<RotationPause>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/pauses")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    path: MunicipalityPath,
) -> Result<web::Json<Page<RotationPause>>> {
    let (_, id) = path.into_inner();
    let read = move |conn: &mut _| store::of_municipality(conn, &who, id);
    Ok(web::Json(Page::whole(app.db.read(read).await?)))
}

/// Lets a municipality pause: it takes no turns in this time and is owed none, but stays a member and is invited. Hosts of
/// meetings without invitations are planned again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_pause", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewRotationPause, responses((status = CREATED, body = RotationPause), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/pauses")]
async fn create(
    app: web::Data<App>,
    who: Coordinator,
    path: MunicipalityPath,
    body: PostBody<NewRotationPause>,
) -> Result<StoredResponse> {
    let ((coop, id), PostBody { input, key, .. }) = (path.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let made = store::create(tx, who, id, &input)?;
        let path = format!(
            "/cooperations/{coop}/municipalities/{id}/pauses/{}",
            made.id
        );
        StoredResponse::created(&path, &made)
    })
    .await
}

/// Deletes a pause (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_pause", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Municipality>, Path), ("pause" = Id<RotationPause>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/pauses/{pause}")]
async fn remove(app: web::Data<App>, who: Coordinator, path: PausePath) -> Result<StoredResponse> {
    let (_, id, pause) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete(tx, who, (id, pause))?;
        Ok(StoredResponse::nothing())
    })
    .await
}
