//! Attendance and the list of answers over HTTP. A single answer is in
//! `invitations/answers_api.rs`, because it may send invitations to deputies.
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};

use super::{Attendance, AttendanceEntry, NewGuest, PersonAnswer, PresenceInput, store, table};
use crate::App;
use crate::auth::{Delegate, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKeyHeader, IfMatchHeader};
use crate::http::csv;
use crate::http::handlers::Change;
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::{self, Meeting};
use crate::people::Person;

pub(crate) fn routes(config: &mut Routes) {
    config.service(list_answers);
    config.service(show).service(show_table);
    config
        .service(mark)
        .service(unmark)
        .service(add_guest)
        .service(remove_guest);
}

type MeetingPath = web::Path<Id<Meeting>>;
type MeetingPersonPath = web::Path<(Id<Meeting>, Id<Person>)>;

/// Lists the answer of each invited person.
#[utoipa::path(tag = "attendance", operation_id = "list_answers", params(("id" = Id<Meeting>, Path)), responses((status = OK, body = Page<PersonAnswer>), Error))]
#[get("/meetings/{id}/answers")]
async fn list_answers(
    app: web::Data<App>,
    who: Reader,
    id: MeetingPath,
) -> Result<web::Json<Page<PersonAnswer>>> {
    app.list(who, move |conn, who| {
        let meeting = meetings::store::find(conn, who, *id)?;
        store::answers(conn, who, &meeting)
    })
    .await
}

/// Shows by municipality who has accepted and who attended, and whether there is a quorum.
#[utoipa::path(tag = "attendance", operation_id = "show_attendance", params(("id" = Id<Meeting>, Path)), responses((status = OK, body = Attendance), Error))]
#[get("/meetings/{id}/attendance")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    id: MeetingPath,
    request: HttpRequest,
) -> Result<HttpResponse> {
    app.cached(who, &request, move |conn, who| {
        let meeting = meetings::store::find(conn, who, *id)?;
        store::attendance(conn, who, &meeting)
    })
    .await
}

/// Exports the same data as a table for spreadsheets.
#[utoipa::path(tag = "attendance", operation_id = "export_attendance", params(("id" = Id<Meeting>, Path)), responses((status = OK, description = "CSV (RFC 4180) in the cooperation's language; cells that look like formulas begin with an apostrophe", body = String, content_type = "text/csv"), Error))]
#[get("/meetings/{id}/attendance.csv")]
async fn show_table(app: web::Data<App>, who: Reader, id: MeetingPath) -> Result<HttpResponse> {
    let (name, bytes) = app
        .db
        .read(move |conn| {
            let meeting = meetings::store::find(conn, &who, *id)?;
            let attendance = store::attendance(conn, &who, &meeting)?;
            let name = format!("attendance-{}.csv", meeting.date);
            Ok((name, table::csv(who.language(), &meeting, &attendance)?))
        })
        .await?;
    Ok(csv::download(&name, bytes))
}

/// Records whether a person attended (host, coordinators).
#[utoipa::path(tag = "attendance", operation_id = "record_attendance", params(("id" = Id<Meeting>, Path), ("person" = Id<Person>, Path), IfMatchHeader), request_body = PresenceInput, responses((status = OK, body = AttendanceEntry), Error))]
#[put("/meetings/{id}/attendance/{person}")]
async fn mark(
    call: Change<Delegate, PresenceInput>,
    path: MeetingPersonPath,
) -> Result<StoredResponse> {
    let (id, person) = path.into_inner();
    call.run(move |tx, who, body| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        let entry = store::mark(
            tx,
            &host,
            &meeting,
            (person, body.input.presence),
            body.expected,
        )?;
        Ok(StoredResponse::ok(&entry)?.revision(entry.revision))
    })
    .await
}

/// Deletes a person's attendance that was recorded by mistake (host, coordinators).
#[utoipa::path(tag = "attendance", operation_id = "unrecord_attendance", params(("id" = Id<Meeting>, Path), ("person" = Id<Person>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/meetings/{id}/attendance/{person}")]
async fn unmark(call: Change<Delegate>, path: MeetingPersonPath) -> Result<StoredResponse> {
    let (id, person) = path.into_inner();
    call.run(move |tx, who, body| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        store::unmark(tx, &host, &meeting, person, body.expected)
    })
    .await
}

/// Records a guest without an invitation (host, coordinators).
#[utoipa::path(tag = "attendance", operation_id = "record_guest", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader), request_body = NewGuest, responses((status = CREATED, body = AttendanceEntry), Error))]
#[post("/meetings/{id}/attendance/guests")]
async fn add_guest(call: Change<Delegate, NewGuest>, id: MeetingPath) -> Result<StoredResponse> {
    let id = id.into_inner();
    call.run(move |tx, who, body| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        let guest = store::add_guest(tx, &host, &meeting, &body.input)?;
        let location = format!("/meetings/{id}/attendance");
        Ok(StoredResponse::created(&location, &guest)?.revision(guest.revision))
    })
    .await
}

/// Deletes a guest who was recorded by mistake (host, coordinators).
#[utoipa::path(tag = "attendance", operation_id = "unrecord_guest", params(("id" = Id<Meeting>, Path), ("guest" = Id<AttendanceEntry>, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/meetings/{id}/attendance/guests/{guest}")]
async fn remove_guest(
    call: Change<Delegate>,
    path: web::Path<(Id<Meeting>, Id<AttendanceEntry>)>,
) -> Result<StoredResponse> {
    let (id, guest) = path.into_inner();
    call.run(move |tx, who, body| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        store::remove_guest(tx, &host, &meeting, guest, body.expected)
    })
    .await
}
