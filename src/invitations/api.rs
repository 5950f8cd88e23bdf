//! Invitations over HTTP.
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::steps::{self, PlannedStep};
use super::{Invited, NewInvitation, Sending, compose, context::Directory, inviting, store};
use crate::App;
use crate::auth::{Delegate, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKey, IdempotencyKeyHeader, IfMatchHeader};
use crate::http::cache::CachedResponse;
use crate::http::handlers::Change;
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::{self, Meeting};
use crate::people::Person;
use calendar::FeedHead;

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(invite)
        .service(list)
        .service(add)
        .service(remove)
        .service(resend)
        .service(list_steps)
        .service(download);
}

/// What is asked of inviting.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Trial {
    /// Only shows what would be sent, and to whom; nothing changes.
    #[serde(default)]
    dry_run: bool,
}

type MeetingPath = web::Path<Id<Meeting>>;
type MeetingPersonPath = web::Path<(Id<Meeting>, Id<Person>)>;

/// Invites to a meeting: all delegates and whoever was added to it (host, coordinators).
///
/// The turn of the host is fixed with it. Mails are sent soon after; `GET …/invitations` shows what
/// became of each.
#[utoipa::path(tag = "invitations", operation_id = "invite_to_meeting", params(("id" = uuid::Uuid, Path), Trial, IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = Sending), Error))]
#[post("/meetings/{id}/invite")]
async fn invite(
    call: Change<Delegate>,
    id: MeetingPath,
    trial: web::Query<Trial>,
) -> Result<StoredResponse> {
    if trial.dry_run {
        let Change { app, who, .. } = call;
        let (settings, now) = (app.settings.clone(), app.clock.now());
        let tried = app.db.read(move |conn| {
            let (meeting, host) = meetings::store::hosted(conn, &who, *id)?;
            inviting::try_out(conn, &host, &settings, meeting, now)
        });
        return StoredResponse::ok(&tried.await?);
    }
    call.run(move |tx, who, body| {
        let (meeting, host) = meetings::store::hosted(tx, who, *id)?;
        body.expected.check(meeting.revision)?;
        let (sending, meeting) = inviting::invite(tx, &host, &meeting)?;
        Ok(StoredResponse::ok(&sending)?.revision(meeting.revision))
    })
    .await
}

/// Lists everybody who is, was or will be invited to a meeting, with what was sent to them
/// (delegates, coordinators).
#[utoipa::path(tag = "invitations", operation_id = "list_invitations", params(("id" = uuid::Uuid, Path)), responses((status = OK, body = Page<Invited>), Error))]
#[get("/meetings/{id}/invitations")]
async fn list(
    app: web::Data<App>,
    who: Delegate,
    id: MeetingPath,
) -> Result<web::Json<Page<Invited>>> {
    app.list(who, move |conn, who| {
        let meeting = meetings::store::find(conn, who, *id)?;
        store::overview(conn, who, &meeting)
    })
    .await
}

/// Adds somebody to a meeting, such as a guest; invited at once if the others are (host, coordinators).
#[utoipa::path(tag = "invitations", operation_id = "add_invitation", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader), request_body = NewInvitation, responses((status = CREATED, body = Invited), Error))]
#[post("/meetings/{id}/invitations")]
async fn add(call: Change<Delegate, NewInvitation>, id: MeetingPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let (meeting, host) = meetings::store::hosted(tx, who, *id)?;
        let invited = store::add(tx, &host, meeting, body.input.person_id)?;
        StoredResponse::created(&format!("/meetings/{id}/invitations"), &invited)
    })
    .await
}

/// Takes one invitation back; only that person is told (host, coordinators).
#[utoipa::path(tag = "invitations", operation_id = "remove_invitation", params(("id" = uuid::Uuid, Path), ("person" = Id<Person>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/meetings/{id}/invitations/{person}")]
async fn remove(
    app: web::Data<App>,
    who: Delegate,
    path: MeetingPersonPath,
) -> Result<StoredResponse> {
    let (id, person) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let (meeting, host) = meetings::store::hosted(tx, who, id)?;
        store::remove(tx, &host, meeting, person)
    })
    .await
}

/// Sends one person how things stand once more (host, coordinators).
#[utoipa::path(tag = "invitations", operation_id = "resend_invitation", params(("id" = uuid::Uuid, Path), ("person" = Id<Person>, Path), IdempotencyKeyHeader), request_body = EmptyBody, responses((status = OK, body = Invited), Error))]
#[post("/meetings/{id}/invitations/{person}/resend")]
async fn resend(call: Change<Delegate>, path: MeetingPersonPath) -> Result<StoredResponse> {
    let (id, person) = path.into_inner();
    call.run(move |tx, who, _| {
        let (meeting, host) = meetings::store::hosted(tx, who, id)?;
        StoredResponse::ok(&store::resend(tx, &host, meeting, person)?)
    })
    .await
}

/// Lists what the service does around a meeting by itself: what is done, to come, or skipped, and why.
#[utoipa::path(tag = "invitations", operation_id = "list_steps", params(("id" = uuid::Uuid, Path)), responses((status = OK, body = Page<PlannedStep>), Error))]
#[get("/meetings/{id}/steps")]
async fn list_steps(
    app: web::Data<App>,
    who: Reader,
    id: MeetingPath,
) -> Result<web::Json<Page<PlannedStep>>> {
    let (now, settings) = (app.clock.now(), app.settings.clone());
    app.list(who, move |conn, who| {
        let meeting = meetings::store::find(conn, who, *id)?;
        steps::planned(conn, who, &settings, meeting, now)
    })
    .await
}

/// The meeting as a calendar file: to be put into a calendar by hand, of nobody in particular.
#[utoipa::path(tag = "invitations", operation_id = "download_meeting", params(("id" = uuid::Uuid, Path)), responses((status = OK, body = String, content_type = "text/calendar"), (status = NOT_MODIFIED), Error))]
#[get("/meetings/{id}/invitation.ics")]
async fn download(
    app: web::Data<App>,
    who: Reader,
    id: MeetingPath,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let settings = app.settings.clone();
    let read = app.db.read(move |conn| {
        let meeting = meetings::store::find(conn, &who, *id)?;
        let directory = Directory::load(conn, &who)?;
        let entry = compose::entry(
            directory.cooperation.language,
            &meeting,
            &directory.facts(&meeting),
            directory.geo(&meeting),
            directory.mailbox(&settings)?,
        );
        let head = FeedHead {
            name: directory.cooperation.name,
            zone: meeting.zone(),
            refresh: compose::REFRESH,
        };
        Ok(calendar::feed(&head, &[entry]))
    });
    let kept = CachedResponse::new(read.await?.into_bytes());
    Ok(kept.respond(&request, "text/calendar; charset=utf-8"))
}
