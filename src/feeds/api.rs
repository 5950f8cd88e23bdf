//! Feeds over HTTP.
use actix_web::{delete, get, post, web};

use super::{Feed, FreshFeed, NewFeed, store};
use crate::App;
use crate::auth::Delegate;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKey, PostBody};
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;

pub(crate) fn routes(config: &mut Routes) {
    config.service(list).service(create).service(revoke);
}

/// Lists one's own feeds; coordinators see all of the cooperation.
#[utoipa::path(tag = "feeds", operation_id = "list_feeds", responses((status = OK, body = Page<Feed>), Error))]
#[get("/feeds")]
async fn list(app: web::Data<App>, who: Delegate) -> Result<web::Json<Page<Feed>>> {
    let rows = app.db.read(move |conn| store::all(conn, &who)).await?;
    Ok(web::Json(Page::whole(rows)))
}

/// Makes a secret address of a calendar; the answer is the one time it is shown (delegates, coordinators).
///
/// An `Idempotency-Key` is not heeded here, because a kept answer would keep the secret.
#[utoipa::path(tag = "feeds", operation_id = "create_feed", request_body = NewFeed, responses((status = CREATED, body = FreshFeed), Error))]
#[post("/feeds")]
async fn create(
    app: web::Data<App>,
    who: Delegate,
    body: PostBody<NewFeed>,
) -> Result<StoredResponse> {
    let input = body.input;
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let fresh = store::create(tx, who, &input)?;
        StoredResponse::created("/feeds", &fresh)
    })
    .await
}

/// Ends a feed at once: its address leads nowhere any more.
#[utoipa::path(tag = "feeds", operation_id = "revoke_feed", params(("id" = Id<Feed>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/feeds/{id}")]
async fn revoke(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Feed>>,
) -> Result<StoredResponse> {
    let id = id.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::revoke(tx, who, id)?;
        Ok(StoredResponse::nothing())
    })
    .await
}
