//! `/meetings/{id}/host/confirm` and `…/decline`.
use actix_web::{post, web};

use super::{By, host_confirmation};
use crate::auth::Delegate;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::Change;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::{self, GivenReason, Meeting, MeetingView};
use crate::{Tx, series};

pub(crate) fn routes(config: &mut Routes) {
    config.service(confirm).service(decline);
}

type MeetingPath = web::Path<Id<Meeting>>;

/// Confirms that the host will host a meeting (host, coordinators).
#[utoipa::path(tag = "meetings", operation_id = "confirm_host", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = MeetingView), Error))]
#[post("/meetings/{id}/host/confirm")]
async fn confirm(call: Change<Delegate>, id: MeetingPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let (meeting, host) = meetings::store::hosted(tx, who, *id)?;
        body.expected.check(meeting.revision)?;
        host_confirmation::confirm(tx, &host, &meeting, By::api(who))?;
        meeting_view(tx, who, *id)
    })
    .await
}

/// Declines to host a meeting; all other municipalities are asked to take the turn (host, coordinators).
#[utoipa::path(tag = "meetings", operation_id = "decline_host", params(("id" = Id<Meeting>, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = GivenReason, responses((status = OK, body = MeetingView), Error))]
#[post("/meetings/{id}/host/decline")]
async fn decline(call: Change<Delegate, GivenReason>, id: MeetingPath) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let (meeting, host) = meetings::store::hosted(tx, who, *id)?;
        body.expected.check(meeting.revision)?;
        let series = series::store::find(tx, who, meeting.series_id)?;
        let said = (body.input.reason.as_str(), By::api(who));
        host_confirmation::decline(tx, &host, &series, &meeting, said)?;
        meeting_view(tx, who, *id)
    })
    .await
}

fn meeting_view(tx: &mut Tx, who: &Delegate, id: Id<Meeting>) -> Result<StoredResponse> {
    let meeting = meetings::store::find(tx, who, id)?;
    let view = MeetingView::of(tx, who, meeting)?;
    Ok(StoredResponse::ok(&view)?.revision(view.revision))
}
