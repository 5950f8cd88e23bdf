//! Counter proposals over HTTP.
use actix_web::{get, post, web};

use super::{CounterProposal, Declining, ProposalView, changes, store};
use crate::App;
use crate::auth::Delegate;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader, PostBody};
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
    let (limit, after) = (paging.limit()?, paging.after()?);
    let read = move |conn: &mut _| {
        let meeting = meetings::store::find(conn, &who, *id)?;
        let host = who.hosting(conn, meeting.host_id, meeting.date)?;
        store::page(conn, &host, &meeting, after, limit + 1)
    };
    let rows = app.db.read(read).await?;
    Ok(web::Json(Page::cut(rows, limit, |row| row.id)))
}

/// Moves the meeting to a proposed time; everybody invited is notified (host, coordinators).
///
/// `If-Match` is the revision of the meeting, as for any other move. Other open proposals are
/// superseded.
#[utoipa::path(tag = "inbound", operation_id = "accept_counter_proposal", params(("id" = uuid::Uuid, Path), ("proposal" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = MeetingView), Error))]
#[post("/meetings/{id}/counter-proposals/{proposal}/accept")]
async fn accept_proposal(
    app: web::Data<App>,
    who: Delegate,
    path: CounterProposalPath,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    let ((id, proposal), PostBody { key, expected, .. }) = (path.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        expected.check(meeting.revision)?;
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
    app: web::Data<App>,
    who: Delegate,
    path: CounterProposalPath,
    body: PostBody<Declining>,
) -> Result<StoredResponse> {
    let (
        (id, proposal),
        PostBody {
            input,
            key,
            expected,
        },
    ) = (path.into_inner(), body);
    app.change(who, key, move |tx, who| {
        let meeting = meetings::store::find(tx, who, id)?;
        let host = who.hosting(tx, meeting.host_id, meeting.date)?;
        let declined = changes::decline(tx, &host, &meeting, (proposal, expected), &input)?;
        Ok(StoredResponse::ok(&declined)?.revision(declined.revision))
    })
    .await
}
