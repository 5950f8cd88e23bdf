//! The API of access tokens.
use actix_web::{delete, get, post, web};

use super::tokens::{self, FreshToken, NewToken, Token};
use super::{Scope as _, TokenKeeper};
use crate::App;
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

/// Lists the access tokens of a cooperation, revoked ones too (coordinators, operators).
#[utoipa::path(tag = "tokens", operation_id = "list_tokens", params(("coop" = String, Path, description = "slug or id")), responses((status = OK, body = Page<Token>), Error))]
#[get("/cooperations/{coop}/tokens")]
async fn list(app: web::Data<App>, who: TokenKeeper) -> Result<web::Json<Page<Token>>> {
    app.list(who, tokens::all).await
}

/// Creates an access token, which only this response contains (coordinators, operators).
///
/// `Idempotency-Key` is ignored, because a stored response would contain the secret.
#[utoipa::path(tag = "tokens", operation_id = "create_token", params(("coop" = String, Path, description = "slug or id")), request_body = NewToken, responses((status = CREATED, body = FreshToken), Error))]
#[post("/cooperations/{coop}/tokens")]
async fn create(mut call: Change<TokenKeeper, NewToken>) -> Result<StoredResponse> {
    call.body.key = IdempotencyKey::default();
    call.run(|tx, who, body| {
        let fresh = tokens::create(tx, who, &body.input)?;
        let location = format!("/cooperations/{}/tokens", who.cooperation());
        StoredResponse::created(&location, &fresh)
    })
    .await
}

/// Revokes an access token with immediate effect (coordinators, operators).
#[utoipa::path(tag = "tokens", operation_id = "revoke_token", params(("coop" = String, Path, description = "slug or id"), ("token" = Id<Token>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/tokens/{token}")]
async fn revoke(
    app: web::Data<App>,
    who: TokenKeeper,
    path: web::Path<(String, Id<Token>)>,
) -> Result<StoredResponse> {
    let (_, token) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        tokens::revoke(tx, who, token)
    })
    .await
}
