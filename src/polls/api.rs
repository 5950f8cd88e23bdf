//! Date polls over HTTP.
use actix_web::{HttpRequest, delete, get, patch, post, put, web};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::input::{NewPoll, NewPollCandidates, PollPatch, PollWishes};
use super::proposals::{self, PollProposals};
use super::view::{PollView, PollViewer};
use super::votes::{self, PollBallotInput};
use super::{Candidate, Poll, candidates, deadline, ending, opening, store};
use crate::attendance::answers::AnswerChannel;
use crate::auth::{Coordinator, Delegate, Reader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader, wanted_language};
use crate::http::handlers::Change;
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::i18n::Language;
use crate::meetings::GivenReason;
use crate::people::Person;
use crate::series::{self, Series};
use crate::{App, Tx};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(propose)
        .service(list)
        .service(open)
        .service(show)
        .service(change)
        .service(add_candidates)
        .service(withdraw_candidate)
        .service(vote)
        .service(close)
        .service(decide)
        .service(cancel);
}

type SeriesPath = web::Path<Id<Series>>;
type PollPath = web::Path<Id<Poll>>;

/// The response to a change: the poll as the viewer may see it.
fn shown(tx: &mut Tx, who: &Reader, poll: Poll, language: Language) -> Result<StoredResponse> {
    let (now, revision) = (tx.now, poll.revision);
    let view = PollView::of(tx, who, PollViewer::of(who), poll, language, now)?;
    Ok(StoredResponse::ok(&view)?.revision(revision))
}

/// Proposes dates for a poll: working days that are no bridge day, 24 or 31 December, or near another meeting of the
/// series; preferably outside school holidays and where most members can host, spread over the period (coordinators).
#[utoipa::path(tag = "polls", operation_id = "propose_poll_candidates", params(("id" = uuid::Uuid, Path), PollWishes), responses((status = OK, body = PollProposals), Error))]
#[get("/series/{id}/polls/candidates")]
async fn propose(
    app: web::Data<App>,
    who: Coordinator,
    request: HttpRequest,
    id: SeriesPath,
    wishes: web::Query<PollWishes>,
) -> Result<web::Json<PollProposals>> {
    let (id, wishes) = (id.into_inner(), wishes.into_inner());
    wishes.validate()?;
    let language = wanted_language(&request, who.language());
    let now = app.clock.now();
    let read = move |conn: &mut _| {
        let series = series::store::find(conn, &who, id)?;
        let today = series.today(now);
        let search = wishes.search(&series, now, today, "");
        let search = search.map_err(Error::Invalid)?;
        let minutes = series.duration_minutes;
        proposals::find(conn, &who, &series, &search, minutes, language)
    };
    Ok(web::Json(app.db.read(read).await?))
}

/// Lists the polls of a series, the latest first.
#[utoipa::path(tag = "polls", operation_id = "list_polls", params(("id" = uuid::Uuid, Path), Paging), responses((status = OK, body = Page<PollView>), Error))]
#[get("/series/{id}/polls")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
    paging: web::Query<Paging>,
) -> Result<web::Json<Page<PollView>>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let language = wanted_language(&request, who.language());
    let now = app.clock.now();
    let read = move |conn: &mut _| {
        series::store::find(conn, &who, *id)?;
        let rows = store::page(conn, &who, *id, after, limit + 1)?;
        let Page { items, next } = Page::cut(rows, limit, |row| row.id);
        let viewer = PollViewer::of(&who);
        let items = items
            .into_iter()
            .map(|poll| PollView::of(conn, &who, viewer, poll, language, now));
        let items = items.collect::<Result<_>>()?;
        Ok(Page { items, next })
    };
    Ok(web::Json(app.db.read(read).await?))
}

/// Opens a poll: every delegate and coordinator and the guests that are named get a mail with a personal link to vote
/// (coordinators).
#[utoipa::path(tag = "polls", operation_id = "open_poll", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader), request_body = NewPoll, responses((status = CREATED, body = PollView), Error))]
#[post("/series/{id}/polls")]
async fn open(call: Change<Coordinator, NewPoll>, id: SeriesPath) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let series = series::store::find(tx, who, *id)?;
        let poll = opening::open(tx, who, &series, &body.input)?;
        let (now, revision) = (tx.now, poll.revision);
        let view = PollView::of(tx, who, PollViewer::of(who), poll, language, now)?;
        let reply = StoredResponse::created(&format!("/polls/{}", view.id), &view)?;
        Ok(reply.revision(revision))
    })
    .await
}

/// Shows a poll. Votes and totals are shown only to those who may see them.
#[utoipa::path(tag = "polls", operation_id = "show_poll", params(("id" = uuid::Uuid, Path)), responses((status = OK, body = PollView), Error))]
#[get("/polls/{id}")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: PollPath,
) -> Result<StoredResponse> {
    let language = wanted_language(&request, who.language());
    let now = app.clock.now();
    let read = move |conn: &mut _| {
        let poll = store::find(conn, &who, *id)?;
        PollView::of(conn, &who, PollViewer::of(&who), poll, language, now)
    };
    let found = app.db.read(read).await?;
    Ok(StoredResponse::ok(&found)?.revision(found.revision))
}

/// Changes a poll if it still has the expected revision, and shows the result.
async fn changed<T: Send + Sync + 'static>(
    call: Change<Coordinator, T>,
    id: PollPath,
    step: impl Fn(&mut Tx, &Coordinator, Poll, &T) -> Result<Poll> + Send + Sync + 'static,
) -> Result<StoredResponse> {
    let language = call.language();
    call.run(move |tx, who, body| {
        let poll = store::find(tx, who, *id)?;
        body.expected.check(poll.revision)?;
        let poll = step(tx, who, poll, &body.input)?;
        shown(tx, who, poll, language)
    })
    .await
}

/// Moves the deadline; people who have not voted are notified (coordinators).
#[utoipa::path(tag = "polls", operation_id = "change_poll", params(("id" = uuid::Uuid, Path), IfMatchHeader), request_body = PollPatch, responses((status = OK, body = PollView), Error))]
#[patch("/polls/{id}")]
async fn change(call: Change<Coordinator, PollPatch>, id: PollPath) -> Result<StoredResponse> {
    changed(call, id, deadline::change).await
}

/// Adds dates to vote on; people who have voted are asked about them by mail (coordinators).
#[utoipa::path(tag = "polls", operation_id = "add_poll_candidates", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = NewPollCandidates, responses((status = OK, body = PollView), Error))]
#[post("/polls/{id}/candidates")]
async fn add_candidates(
    call: Change<Coordinator, NewPollCandidates>,
    id: PollPath,
) -> Result<StoredResponse> {
    changed(call, id, |tx, who, poll, new| {
        candidates::add(tx, who, &poll, new)
    })
    .await
}

/// Withdraws a date; the votes on the others stay, and tentative calendar entries for it are cancelled (coordinators).
#[utoipa::path(tag = "polls", operation_id = "withdraw_poll_candidate", params(("id" = uuid::Uuid, Path), ("candidate" = uuid::Uuid, Path), IfMatchHeader), responses((status = NO_CONTENT), Error))]
#[delete("/polls/{id}/candidates/{candidate}")]
async fn withdraw_candidate(
    call: Change<Coordinator>,
    path: web::Path<(Id<Poll>, Id<Candidate>)>,
) -> Result<StoredResponse> {
    let (id, candidate) = path.into_inner();
    call.run(move |tx, who, body| {
        let poll = store::find(tx, who, id)?;
        body.expected.check(poll.revision)?;
        candidates::withdraw(tx, who, &poll, candidate)
    })
    .await
}

/// Votes in a poll, in place of earlier votes (the person who was asked; coordinators).
#[utoipa::path(tag = "polls", operation_id = "vote_in_poll", params(("id" = uuid::Uuid, Path), ("person" = uuid::Uuid, Path)), request_body = PollBallotInput, responses((status = OK, body = PollView), Error))]
#[put("/polls/{id}/votes/{person}")]
async fn vote(
    call: Change<Delegate, PollBallotInput>,
    path: web::Path<(Id<Poll>, Id<Person>)>,
) -> Result<StoredResponse> {
    let ((id, person), language) = (path.into_inner(), call.language());
    call.run(move |tx, who, body| {
        let poll = store::find(tx, who, id)?;
        if who.person() != Some(person) {
            who.coordinating()?;
        }
        votes::vote(tx, who, &poll, person, &body.input, AnswerChannel::Api)?;
        shown(tx, who, poll, language)
    })
    .await
}

/// Ends voting before the deadline. If the rule chooses, it does so now; otherwise a coordinator has to (coordinators).
#[utoipa::path(tag = "polls", operation_id = "close_poll", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = PollView), Error))]
#[post("/polls/{id}/close")]
async fn close(call: Change<Coordinator>, id: PollPath) -> Result<StoredResponse> {
    changed(call, id, |tx, who, poll, _| ending::close(tx, who, poll)).await
}

/// The date to choose.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PollDecision {
    /// The candidate. Default: the one that the rule chooses.
    #[schema(value_type = Option<uuid::Uuid>)]
    candidate_id: Option<Id<Candidate>>,
}

/// Chooses the date, which becomes a meeting of the series with its host by rotation; everybody who was asked is notified.
/// Ends voting if it has not ended (coordinators).
#[utoipa::path(tag = "polls", operation_id = "decide_poll", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = PollDecision, responses((status = OK, body = PollView), Error))]
#[post("/polls/{id}/decide")]
async fn decide(call: Change<Coordinator, PollDecision>, id: PollPath) -> Result<StoredResponse> {
    changed(call, id, |tx, who, poll, input| {
        ending::decide(tx, who, poll, input.candidate_id)
    })
    .await
}

/// Cancels a poll; everybody who was asked is notified (coordinators).
#[utoipa::path(tag = "polls", operation_id = "cancel_poll", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = GivenReason, responses((status = OK, body = PollView), Error))]
#[post("/polls/{id}/cancel")]
async fn cancel(call: Change<Coordinator, GivenReason>, id: PollPath) -> Result<StoredResponse> {
    changed(call, id, |tx, who, poll, input| {
        ending::cancel(tx, who, poll, &input.reason)
    })
    .await
}
