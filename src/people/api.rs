//! People over HTTP.
use actix_web::{delete, get, patch, post, web};

use super::{NewPerson, Person, PersonPatch, store};
use crate::App;
use crate::auth::{Coordinator, Delegate};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{
    EmptyBody, IdempotencyKey, IdempotencyKeyHeader, IfMatchHeader, PatchBody, PostBody,
};
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change)
        .service(confirm_address)
        .service(remove);
}

type PersonPath = web::Path<(String, Id<Person>)>;

/// Lists the people of a cooperation with addresses and phone numbers (delegates, coordinators).
#[utoipa::path(tag = "people", operation_id = "list_people", params(("coop" = String, Path, description = "slug or key"), Paging), responses((status = OK, body = Page<Person>), Error))]
#[get("/cooperations/{coop}/people")]
async fn list(
    app: web::Data<App>,
    who: Delegate,
    paging: web::Query<Paging>,
) -> Result<web::Json<Page<Person>>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = app
        .db
        .read(move |conn| store::page(conn, &who, after, limit + 1))
        .await?;
    Ok(web::Json(Page::cut(rows, limit, |row| row.id)))
}

/// Adds a person (coordinators).
#[utoipa::path(tag = "people", operation_id = "create_person", params(("coop" = String, Path, description = "slug or key"), IdempotencyKeyHeader), request_body = NewPerson, responses((status = CREATED, body = Person), Error))]
#[post("/cooperations/{coop}/people")]
async fn create(
    app: web::Data<App>,
    who: Coordinator,
    coop: web::Path<String>,
    body: PostBody<NewPerson>,
) -> Result<StoredResponse> {
    let PostBody { input, key, .. } = body;
    app.change(who, key, move |tx, who| {
        let made = store::create(tx, who, &input)?;
        let location = format!("/cooperations/{coop}/people/{}", made.id);
        Ok(StoredResponse::created(&location, &made)?.revision(made.revision))
    })
    .await
}

/// Shows a person (delegates, coordinators).
#[utoipa::path(tag = "people", operation_id = "show_person", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Person>, Path)), responses((status = OK, body = Person), Error))]
#[get("/cooperations/{coop}/people/{id}")]
async fn show(app: web::Data<App>, who: Delegate, path: PersonPath) -> Result<StoredResponse> {
    let (_, id) = path.into_inner();
    let found = app.db.read(move |conn| store::find(conn, &who, id)).await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes a person (coordinators).
#[utoipa::path(tag = "people", operation_id = "change_person", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Person>, Path), IfMatchHeader), request_body = PersonPatch, responses((status = OK, body = Person), Error))]
#[patch("/cooperations/{coop}/people/{id}")]
async fn change(
    app: web::Data<App>,
    who: Coordinator,
    path: PersonPath,
    body: PatchBody<PersonPatch>,
) -> Result<StoredResponse> {
    let ((_, id), PatchBody { input, expected }) = (path.into_inner(), body);
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let changed = store::change(tx, who, id, expected, &input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}

/// Confirms an address although mails to it bounced, so that mails are sent to it again
/// (coordinators).
#[utoipa::path(tag = "people", operation_id = "confirm_address", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Person>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = Person), Error))]
#[post("/cooperations/{coop}/people/{id}/confirm-address")]
async fn confirm_address(
    app: web::Data<App>,
    who: Coordinator,
    path: PersonPath,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    let ((_, id), PostBody { key, expected, .. }) = (path.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let confirmed = store::confirm_address(tx, who, id, expected)?;
        Ok(StoredResponse::ok(&confirmed)?.revision(confirmed.revision))
    })
    .await
}

/// Removes a person; the person's tokens and open invitations end (coordinators).
#[utoipa::path(tag = "people", operation_id = "delete_person", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Person>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/people/{id}")]
async fn remove(
    app: web::Data<App>,
    who: Coordinator,
    path: PersonPath,
    body: PatchBody<EmptyBody>,
) -> Result<StoredResponse> {
    let (_, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete(tx, who, id, body.expected)?;
        Ok(StoredResponse::nothing())
    })
    .await
}
