//! Meetings over HTTP.
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use utoipa::IntoParams;

use super::skipped_dates::skipped_dates;
use super::store::{self, MeetingFilter};
use super::{
    GivenReason, Meeting, MeetingPatch, MeetingStatus, MeetingView, NewMeeting, lifecycle,
};
use crate::auth::{Coordinator, Delegate, Host, Reader, Scope};
use crate::days::SkippedDate;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader, wanted_language};
use crate::http::handlers::Change;
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::i18n::Language;
use crate::municipalities::sensible_day;
use crate::series::{self, Series};
use crate::{App, Tx};

pub(crate) fn routes(config: &mut Routes) {
    config.service(list).service(create).service(list_skipped);
    config
        .service(show)
        .service(change)
        .service(cancel)
        .service(restore);
}

type SeriesPath = web::Path<Id<Series>>;
type MeetingPath = web::Path<Id<Meeting>>;

/// Selects meetings.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MeetingQuery {
    /// On this local day or later.
    from: Option<NaiveDate>,
    /// On this local day or earlier.
    to: Option<NaiveDate>,
    /// Only meetings with this status.
    status: Option<MeetingStatus>,
    /// The maximum number of items (1 to 200; default 50).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where to continue: `next` of the previous page.
    cursor: Option<String>,
}

impl MeetingQuery {
    fn checked(self) -> Result<(MeetingFilter, i64)> {
        for (field, day) in [("from", self.from), ("to", self.to)] {
            if day.is_some_and(|day| sensible_day(&day).is_err()) {
                return Err(Error::invalid(
                    field,
                    "day",
                    "must be of the years 1970 to 2199",
                ));
            }
        }
        let paging = Paging {
            limit: self.limit,
            cursor: self.cursor,
        };
        let after: Option<(Instant, Id<Meeting>)> = paging.after()?;
        if after.is_some_and(|(moment, _)| !(1969..=2200).contains(&moment.year())) {
            return Err(Error::invalid(
                "cursor",
                "cursor",
                "must be `next` of an earlier page",
            ));
        }
        let filter = MeetingFilter {
            from: self.from,
            to: self.to,
            status: self.status,
            after,
        };
        Ok((filter, paging.limit()?))
    }
}

/// Lists the meetings of a series in the order of time.
#[utoipa::path(tag = "meetings", operation_id = "list_meetings", params(("id" = Id<Series>, Path), MeetingQuery), responses((status = OK, body = Page<MeetingView>), Error))]
#[get("/series/{id}/meetings")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
    query: web::Query<MeetingQuery>,
) -> Result<HttpResponse> {
    let (filter, limit) = query.into_inner().checked()?;
    app.cached(who, &request, move |conn, who| {
        let series = series::store::find(conn, who, *id)?;
        let rows = store::page(conn, who, *id, filter, limit + 1)?;
        let Page { items, next } = Page::cut(rows, limit, |row| (row.starts_at, row.id));
        let items = MeetingView::all(conn, who, &series, items)?;
        Ok(Page { items, next })
    })
    .await
}

/// A meeting with its warnings.
fn view(tx: &mut Tx, who: &impl Scope, id: Id<Meeting>, language: Language) -> Result<MeetingView> {
    let (meeting, now) = (store::find(tx, who, id)?, tx.now);
    MeetingView::explained(tx, who, meeting, (now, language))
}

/// Changes a meeting if it still has the expected revision, reassigns hosts, and responds with the meeting.
async fn changed<T: Send + Sync + 'static>(
    call: Change<Delegate, T>,
    id: MeetingPath,
    step: impl Fn(&mut Tx, &Host, &Meeting, &T) -> Result<()> + Send + Sync + 'static,
) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let (meeting, host) = store::hosted(tx, who, *id)?;
        body.expected.check(meeting.revision)?;
        step(tx, &host, &meeting, &body.input)?;
        tx.replan_now(who)?;
        let view = view(tx, who, *id, language)?;
        Ok(StoredResponse::ok(&view)?.revision(view.revision))
    })
    .await
}

/// Adds a meeting by hand, upcoming or past; its host is chosen by rotation (coordinators).
#[utoipa::path(tag = "meetings", operation_id = "create_meeting", params(("id" = Id<Series>, Path), IdempotencyKeyHeader), request_body = NewMeeting, responses((status = CREATED, body = MeetingView), Error))]
#[post("/series/{id}/meetings")]
async fn create(call: Change<Coordinator, NewMeeting>, id: SeriesPath) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, *id)?;
        let id = tx.id();
        let made = lifecycle::add(tx, who, &series, &body.input, id)?;
        tx.replan_now(who)?;
        if let Some(venue) = body.input.venue_id {
            let made = store::find(tx, who, made.id)?;
            lifecycle::choose_venue(tx, who, &made, venue)?;
        }
        let view = view(tx, who, made.id, language)?;
        let reply = StoredResponse::created(&format!("/meetings/{}", view.id), &view)?;
        Ok(reply.revision(view.revision))
    })
    .await
}

/// Lists the dates of the rule up to the horizon that have no meeting, because every day to which they could move is
/// forbidden.
#[utoipa::path(tag = "meetings", operation_id = "list_skipped_dates", params(("id" = Id<Series>, Path)), responses((status = OK, body = Page<SkippedDate>), Error))]
#[get("/series/{id}/skipped-dates")]
async fn list_skipped(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
) -> Result<web::Json<Page<SkippedDate>>> {
    let at = (app.clock.now(), wanted_language(&request, who.language()));
    app.list(who, move |conn, who| {
        let series = series::store::find(conn, who, *id)?;
        skipped_dates(conn, who, &series, at)
    })
    .await
}

/// Shows a meeting.
#[utoipa::path(tag = "meetings", operation_id = "show_meeting", params(("id" = Id<Meeting>, Path)), responses((status = OK, body = MeetingView), Error))]
#[get("/meetings/{id}")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: MeetingPath,
) -> Result<StoredResponse> {
    let at = (app.clock.now(), wanted_language(&request, who.language()));
    let found = app.db.read(move |conn| {
        let meeting = store::find(conn, &who, *id)?;
        MeetingView::explained(conn, &who, meeting, at)
    });
    let found = found.await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes time, venue or title of a meeting; those invited are notified (host, coordinators).
#[utoipa::path(tag = "meetings", operation_id = "change_meeting", params(("id" = Id<Meeting>, Path), IfMatchHeader), request_body = MeetingPatch, responses((status = OK, body = MeetingView), Error))]
#[patch("/meetings/{id}")]
async fn change(call: Change<Delegate, MeetingPatch>, id: MeetingPath) -> Result<StoredResponse> {
    changed(call, id, lifecycle::change).await
}

/// Cancels a meeting; those invited are notified, and its topics return to the backlog (host, coordinators).
#[utoipa::path(tag = "meetings", operation_id = "cancel_meeting", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = GivenReason, responses((status = OK, body = MeetingView), Error))]
#[post("/meetings/{id}/cancel")]
async fn cancel(call: Change<Delegate, GivenReason>, id: MeetingPath) -> Result<StoredResponse> {
    changed(call, id, |tx, host, meeting, input| {
        lifecycle::cancel(tx, host, meeting, &input.reason)
    })
    .await
}

/// Restores a cancelled meeting; those invited are notified (host, coordinators).
#[utoipa::path(tag = "meetings", operation_id = "restore_meeting", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = MeetingView), Error))]
#[post("/meetings/{id}/restore")]
async fn restore(call: Change<Delegate>, id: MeetingPath) -> Result<StoredResponse> {
    changed(call, id, |tx, host, meeting, _| {
        lifecycle::restore(tx, host, meeting)
    })
    .await
}
