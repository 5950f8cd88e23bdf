//! Municipalities, venues and blackouts over HTTP.
use actix_web::{delete, get, patch, post, put, web};

use super::{
    Blackout, Municipality, MunicipalityPatch, NewBlackout, NewMunicipality, NewVenue, Venue, store,
};
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
    config
        .service(list_venues)
        .service(create_venue)
        .service(show_venue)
        .service(replace_venue);
    config.service(remove_venue);
    config
        .service(list_blackouts)
        .service(create_blackout)
        .service(remove_blackout);
}

type One = web::Path<(String, Id<Municipality>)>;
type OneVenue = web::Path<(String, Id<Municipality>, Id<Venue>)>;
type OneBlackout = web::Path<(String, Id<Municipality>, Id<Blackout>)>;

/// Lists the municipalities in the order of hosts.
#[utoipa::path(tag = "municipalities", operation_id = "list_municipalities", params(("coop" = String, Path, description = "slug or key")), responses((status = OK, body = Page<Municipality>), Error))]
#[get("/cooperations/{coop}/municipalities")]
async fn list(app: web::Data<App>, who: Reader) -> Result<web::Json<Page<Municipality>>> {
    Ok(web::Json(Page::whole(
        app.db.read(move |conn| store::all(conn, &who)).await?,
    )))
}

/// Makes a municipality (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_municipality", params(("coop" = String, Path, description = "slug or key"), IdempotencyKeyHeader), request_body = NewMunicipality, responses((status = CREATED, body = Municipality), Error))]
#[post("/cooperations/{coop}/municipalities")]
async fn create(
    app: web::Data<App>,
    who: Coordinator,
    coop: web::Path<String>,
    body: PostBody<NewMunicipality>,
) -> Result<StoredResponse> {
    let PostBody {
        input,
        idempotency_key,
        ..
    } = body;
    app.change(who, idempotency_key, move |tx, who| {
        let made = store::create(tx, who, &input)?;
        let location = format!("/cooperations/{coop}/municipalities/{}", made.id);
        Ok(StoredResponse::created(&location, &made)?.revision(made.revision))
    })
    .await
}

/// Shows a municipality.
#[utoipa::path(tag = "municipalities", operation_id = "show_municipality", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Municipality), Error))]
#[get("/cooperations/{coop}/municipalities/{id}")]
async fn show(app: web::Data<App>, who: Reader, path: One) -> Result<StoredResponse> {
    let (_, id) = path.into_inner();
    let found = app.db.read(move |conn| store::find(conn, &who, id)).await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes a municipality; meetings not yet invited are planned again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "change_municipality", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IfMatchHeader), request_body = MunicipalityPatch, responses((status = OK, body = Municipality), Error))]
#[patch("/cooperations/{coop}/municipalities/{id}")]
async fn change(
    app: web::Data<App>,
    who: Coordinator,
    path: One,
    body: PatchBody<MunicipalityPatch>,
) -> Result<StoredResponse> {
    let ((_, id), PatchBody { input, expected }) = (path.into_inner(), body);
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let changed = store::change(tx, who, id, expected, &input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}

/// Takes back a municipality made by mistake (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_municipality", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}")]
async fn remove(
    app: web::Data<App>,
    who: Coordinator,
    path: One,
    body: PatchBody<EmptyBody>,
) -> Result<StoredResponse> {
    let (_, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete(tx, who, id, body.expected)?;
        Ok(StoredResponse::nothing())
    })
    .await
}

/// Lists the venues of a municipality, the preferred one first.
#[utoipa::path(tag = "municipalities", operation_id = "list_venues", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<Venue>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/venues")]
async fn list_venues(
    app: web::Data<App>,
    who: Reader,
    path: One,
) -> Result<web::Json<Page<Venue>>> {
    let (_, id) = path.into_inner();
    Ok(web::Json(Page::whole(
        app.db
            .read(move |conn| store::venues(conn, &who, id))
            .await?,
    )))
}

/// Makes a venue (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_venue", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewVenue, responses((status = CREATED, body = Venue), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/venues")]
async fn create_venue(
    app: web::Data<App>,
    who: Coordinator,
    path: One,
    body: PostBody<NewVenue>,
) -> Result<StoredResponse> {
    let (
        (coop, id),
        PostBody {
            input,
            idempotency_key,
            ..
        },
    ) = (path.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let made = store::create_venue(tx, who, id, &input)?;
        let location = format!(
            "/cooperations/{coop}/municipalities/{id}/venues/{}",
            made.id
        );
        Ok(StoredResponse::created(&location, &made)?.revision(made.revision))
    })
    .await
}

/// Shows a venue.
#[utoipa::path(tag = "municipalities", operation_id = "show_venue", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("venue" = Id<Venue>, Path)), responses((status = OK, body = Venue), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/venues/{venue}")]
async fn show_venue(app: web::Data<App>, who: Reader, path: OneVenue) -> Result<StoredResponse> {
    let (_, id, venue) = path.into_inner();
    let found = app
        .db
        .read(move |conn| store::open_venue(conn, &who, id, venue))
        .await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Replaces a venue; people invited to meetings there are told (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "replace_venue", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("venue" = Id<Venue>, Path), IfMatchHeader), request_body = NewVenue, responses((status = OK, body = Venue), Error))]
#[put("/cooperations/{coop}/municipalities/{id}/venues/{venue}")]
async fn replace_venue(
    app: web::Data<App>,
    who: Coordinator,
    path: OneVenue,
    body: PatchBody<NewVenue>,
) -> Result<StoredResponse> {
    let ((_, id, venue), PatchBody { input, expected }) = (path.into_inner(), body);
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let changed = store::replace_venue(tx, who, (id, venue), expected, &input)?;
        Ok(StoredResponse::ok(&changed)?.revision(changed.revision))
    })
    .await
}

/// Gives a venue up (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_venue", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("venue" = Id<Venue>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/venues/{venue}")]
async fn remove_venue(
    app: web::Data<App>,
    who: Coordinator,
    path: OneVenue,
    body: PatchBody<EmptyBody>,
) -> Result<StoredResponse> {
    let (_, id, venue) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete_venue(tx, who, (id, venue), body.expected)?;
        Ok(StoredResponse::nothing())
    })
    .await
}

/// Lists the days on which a municipality cannot host.
#[utoipa::path(tag = "municipalities", operation_id = "list_blackouts", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path)), responses((status = OK, body = Page<Blackout>), Error))]
#[get("/cooperations/{coop}/municipalities/{id}/blackouts")]
async fn list_blackouts(
    app: web::Data<App>,
    who: Reader,
    path: One,
) -> Result<web::Json<Page<Blackout>>> {
    let (_, id) = path.into_inner();
    Ok(web::Json(Page::whole(
        app.db
            .read(move |conn| store::blackouts(conn, &who, id))
            .await?,
    )))
}

/// Says when a municipality cannot host; meetings not yet invited are planned again (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "create_blackout", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), IdempotencyKeyHeader), request_body = NewBlackout, responses((status = CREATED, body = Blackout), Error))]
#[post("/cooperations/{coop}/municipalities/{id}/blackouts")]
async fn create_blackout(
    app: web::Data<App>,
    who: Coordinator,
    path: One,
    body: PostBody<NewBlackout>,
) -> Result<StoredResponse> {
    let (
        (coop, id),
        PostBody {
            input,
            idempotency_key,
            ..
        },
    ) = (path.into_inner(), body);
    app.change(who, idempotency_key, move |tx, who| {
        let made = store::create_blackout(tx, who, id, &input)?;
        StoredResponse::created(
            &format!(
                "/cooperations/{coop}/municipalities/{id}/blackouts/{}",
                made.id
            ),
            &made,
        )
    })
    .await
}

/// Takes a blackout back (coordinators).
#[utoipa::path(tag = "municipalities", operation_id = "delete_blackout", params(("coop" = String, Path, description = "slug or key"), ("id" = Id<Municipality>, Path), ("blackout" = Id<Blackout>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/municipalities/{id}/blackouts/{blackout}")]
async fn remove_blackout(
    app: web::Data<App>,
    who: Coordinator,
    path: OneBlackout,
) -> Result<StoredResponse> {
    let (_, id, blackout) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete_blackout(tx, who, (id, blackout))?;
        Ok(StoredResponse::nothing())
    })
    .await
}
