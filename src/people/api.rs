//! People over HTTP.
use actix_web::{delete, get, patch, post, web};

use super::{NewPerson, Person, PersonPatch, store};
use crate::App;
use crate::auth::{Coordinator, Delegate};
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::{Change, InCooperation};
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

type PersonPath = web::Path<InCooperation<Person>>;

/// Lists the people of a cooperation with addresses and phone numbers (delegates, coordinators).
#[utoipa::path(tag = "people", operation_id = "list_people", params(("coop" = String, Path, description = "slug or id"), Paging), responses((status = OK, body = Page<Person>), Error))]
#[get("/cooperations/{coop}/people")]
async fn list(
    app: web::Data<App>,
    who: Delegate,
    paging: web::Query<Paging>,
) -> Result<web::Json<Page<Person>>> {
    let read =
        |conn: &mut DbConn, who: &Delegate, after, limit| store::page(conn, who, after, limit);
    app.page(who, &paging, read, |row| row.id).await
}

/// Adds a person (coordinators).
#[utoipa::path(tag = "people", operation_id = "create_person", params(("coop" = String, Path, description = "slug or id"), IdempotencyKeyHeader), request_body = NewPerson, responses((status = CREATED, body = Person), Error))]
#[post("/cooperations/{coop}/people")]
async fn create(
    call: Change<Coordinator, NewPerson>,
    coop: web::Path<String>,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let made = store::create(tx, who, &body.input)?;
        let location = format!("/cooperations/{coop}/people/{}", made.id);
        Ok(StoredResponse::created(&location, &made)?.revision(made.revision))
    })
    .await
}

/// Shows a person (delegates, coordinators).
#[utoipa::path(tag = "people", operation_id = "show_person", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Person>, Path)), responses((status = OK, body = Person), Error))]
#[get("/cooperations/{coop}/people/{id}")]
async fn show(app: web::Data<App>, who: Delegate, path: PersonPath) -> Result<StoredResponse> {
    let read = move |conn: &mut DbConn| store::find(conn, &who, path.id);
    let found = app.db.read(read).await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes a person (coordinators).
#[utoipa::path(tag = "people", operation_id = "change_person", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Person>, Path), IfMatchHeader), request_body = PersonPatch, responses((status = OK, body = Person), Error))]
#[patch("/cooperations/{coop}/people/{id}")]
async fn change(
    call: Change<Coordinator, PersonPatch>,
    path: PersonPath,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let changed = store::change(tx, who, path.id, body.expected, &body.input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}

/// Confirms an address although mails to it bounced, so that mails are sent to it again
/// (coordinators).
#[utoipa::path(tag = "people", operation_id = "confirm_address", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Person>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = Person), Error))]
#[post("/cooperations/{coop}/people/{id}/confirm-address")]
async fn confirm_address(call: Change<Coordinator>, path: PersonPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let confirmed = store::confirm_address(tx, who, path.id, body.expected)?;
        Ok(StoredResponse::ok(&confirmed)?.revision(confirmed.revision))
    })
    .await
}

/// Removes a person; the person's tokens and open invitations end (coordinators).
#[utoipa::path(tag = "people", operation_id = "delete_person", params(("coop" = String, Path, description = "slug or id"), ("id" = Id<Person>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/people/{id}")]
async fn remove(call: Change<Coordinator>, path: PersonPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| store::delete(tx, who, path.id, body.expected))
        .await
}
