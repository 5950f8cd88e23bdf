//! Feeds over HTTP.
use actix_web::{delete, get, post, web};

use super::{Feed, FreshFeed, NewFeed, store};
use crate::App;
use crate::auth::Delegate;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::IdempotencyKey;
use crate::http::handlers::Change;
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;

pub(crate) fn routes(config: &mut Routes) {
    config.service(list).service(create).service(revoke);
}

/// Lists the caller's own feeds; coordinators see all feeds of the cooperation.
#[utoipa::path(tag = "feeds", operation_id = "list_feeds", responses((status = OK, body = Page<Feed>), Error))]
#[get("/feeds")]
async fn list(app: web::Data<App>, who: Delegate) -> Result<web::Json<Page<Feed>>> {
    app.list(who, store::all).await
}

/// Creates a feed with a secret address, which only this response shows (delegates, coordinators).
///
/// `Idempotency-Key` is ignored here, because a stored response would contain the secret.
#[utoipa::path(tag = "feeds", operation_id = "create_feed", request_body = NewFeed, responses((status = CREATED, body = FreshFeed), Error))]
#[post("/feeds")]
async fn create(mut call: Change<Delegate, NewFeed>) -> Result<StoredResponse> {
    call.body.key = IdempotencyKey::default();
    call.run(|tx, who, body| {
        let fresh = store::create(tx, who, &body.input)?;
        StoredResponse::created("/feeds", &fresh)
    })
    .await
}

/// Revokes a feed: its address stops working at once.
#[utoipa::path(tag = "feeds", operation_id = "revoke_feed", params(("id" = Id<Feed>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/feeds/{id}")]
async fn revoke(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Feed>>,
) -> Result<StoredResponse> {
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::revoke(tx, who, *id)
    })
    .await
}
