//! Counter proposals over HTTP.
use actix_web::{get, post, web};

use super::{CounterProposal, Declining, ProposalView, changes, store};
use crate::App;
use crate::auth::Delegate;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::Change;
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::{self, Meeting, MeetingView};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list_proposals)
        .service(accept_proposal)
        .service(decline_proposal);
}

type CounterProposalPath = web::Path<(Id<Meeting>, Id<CounterProposal>)>;

/// Lists the counter proposals for a meeting (host, coordinators).
#[utoipa::path(tag = "inbound", operation_id = "list_counter_proposals", params(("id" = uuid::Uuid, Path), Paging), responses((status = OK, body = Page<ProposalView>), Error))]
#[get("/meetings/{id}/counter-proposals")]
async fn list_proposals(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Meeting>>,
    paging: web::Query<Paging>,
) -> Result<web::Json<Page<ProposalView>>> {
    let read = move |conn: &mut DbConn, who: &Delegate, after, limit| {
        let (meeting, host) = meetings::store::hosted(conn, who, *id)?;
        store::page(conn, &host, &meeting, after, limit)
    };
    app.page(who, &paging, read, |row| row.id).await
}

/// Moves the meeting to a proposed time; everybody invited is notified (host, coordinators).
///
/// `If-Match` is the revision of the meeting, as for any other move. Other open proposals are
/// superseded.
#[utoipa::path(tag = "inbound", operation_id = "accept_counter_proposal", params(("id" = uuid::Uuid, Path), ("proposal" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = MeetingView), Error))]
#[post("/meetings/{id}/counter-proposals/{proposal}/accept")]
async fn accept_proposal(
    call: Change<Delegate>,
    path: CounterProposalPath,
) -> Result<StoredResponse> {
    let (id, proposal) = path.into_inner();
    call.run(move |tx, who, body| {
        let (meeting, host) = meetings::store::hosted(tx, who, id)?;
        body.expected.check(meeting.revision)?;
        changes::accept(tx, &host, &meeting, proposal)?;
        tx.replan_now(who)?;
        let meeting = meetings::store::find(tx, who, id)?;
        let view = MeetingView::of(tx, who, meeting)?;
        Ok(StoredResponse::ok(&view)?.revision(view.revision))
    })
    .await
}

/// Declines a proposed time; its author is notified, the meeting stays (host, coordinators).
///
/// `If-Match` is the revision of the proposal.
#[utoipa::path(tag = "inbound", operation_id = "decline_counter_proposal", params(("id" = uuid::Uuid, Path), ("proposal" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = Declining, responses((status = OK, body = ProposalView), Error))]
#[post("/meetings/{id}/counter-proposals/{proposal}/decline")]
async fn decline_proposal(
    call: Change<Delegate, Declining>,
    path: CounterProposalPath,
) -> Result<StoredResponse> {
    let (id, proposal) = path.into_inner();
    call.run(move |tx, who, body| {
        let (meeting, host) = meetings::store::hosted(tx, who, id)?;
        let which = (proposal, body.expected);
        let declined = changes::decline(tx, &host, &meeting, which, &body.input)?;
        Ok(StoredResponse::ok(&declined)?.revision(declined.revision))
    })
    .await
}
