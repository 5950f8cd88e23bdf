//! Inbound mails over HTTP.
use actix_web::{get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::review::{self, Attribution, GuestName, MailView};
use super::store;
use super::{InboundMail, MailState};
use crate::auth::{Coordinator, Delegate, Host};
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader};
use crate::http::handlers::Change;
use crate::http::paging::{Page, Paging};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::{self, Meeting};
use crate::{App, Tx};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(list_of_meeting)
        .service(list)
        .service(show)
        .service(take)
        .service(invite)
        .service(dismiss);
}

type MailPath = web::Path<Id<InboundMail>>;

/// Which mails are listed.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MailQuery {
    /// Only those in this state; those in `review` wait for a decision.
    state: Option<MailState>,
    /// The maximum number of items (1 to 200, default 50).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// The `next` of the previous page.
    cursor: Option<String>,
}

impl MailQuery {
    fn page(&self) -> Paging {
        Paging {
            limit: self.limit,
            cursor: self.cursor.clone(),
        }
    }
}

/// Proof that the client may decide about a mail: as host of its meeting, or as coordinator.
fn deciding(conn: &mut DbConn, who: &Delegate, mail: &InboundMail) -> Result<Host> {
    match mail.meeting_id {
        Some(id) => Ok(meetings::store::hosted(conn, who, id)?.1),
        None => who.hosting(conn, None, mail.received_at.date_naive()),
    }
}

/// Lists the inbound mails about a meeting, the newest first (host, coordinators).
#[utoipa::path(tag = "inbound", operation_id = "list_inbound_mails_of_meeting", params(("id" = Id<Meeting>, Path), MailQuery), responses((status = OK, body = Page<MailView>), Error))]
#[get("/meetings/{id}/inbound-mails")]
async fn list_of_meeting(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<Meeting>>,
    wanted: web::Query<MailQuery>,
) -> Result<web::Json<Page<MailView>>> {
    let (paging, language) = (wanted.page(), who.language());
    let read = move |conn: &mut DbConn, who: &Delegate, before, limit| {
        let (_, host) = meetings::store::hosted(conn, who, *id)?;
        let mails = store::page(conn, &host, (wanted.state, Some(*id)), before, limit)?;
        Ok(MailView::all(mails, language))
    };
    app.page(who, &paging, read, |row| row.id).await
}

/// Lists the inbound mails of a cooperation, the newest first (coordinators).
#[utoipa::path(tag = "inbound", operation_id = "list_inbound_mails", params(("coop" = String, Path, description = "slug or id"), MailQuery), responses((status = OK, body = Page<MailView>), Error))]
#[get("/cooperations/{coop}/inbound-mails")]
async fn list(
    app: web::Data<App>,
    who: Delegate,
    wanted: web::Query<MailQuery>,
) -> Result<web::Json<Page<MailView>>> {
    let (paging, language, who) = (wanted.page(), who.language(), who.coordinating()?);
    let read = move |conn: &mut DbConn, who: &Coordinator, before, limit| {
        let mails = store::page(conn, who, (wanted.state, None), before, limit)?;
        Ok(MailView::all(mails, language))
    };
    app.page(who, &paging, read, |row| row.id).await
}

/// Shows an inbound mail (host of its meeting, coordinators).
#[utoipa::path(tag = "inbound", operation_id = "show_inbound_mail", params(("id" = uuid::Uuid, Path)), responses((status = OK, body = MailView), Error))]
#[get("/inbound-mails/{id}")]
async fn show(app: web::Data<App>, who: Delegate, id: MailPath) -> Result<StoredResponse> {
    let language = who.language();
    let read = app.db.read(move |conn| {
        let mail = store::find(conn, &who, *id)?;
        deciding(conn, &who, &mail)?;
        Ok(mail)
    });
    shown(read.await?, language)
}

fn shown(mail: InboundMail, language: crate::i18n::Language) -> Result<StoredResponse> {
    let view = MailView::new(mail, language);
    Ok(StoredResponse::ok(&view)?.revision(view.revision))
}

/// Carries out a decision about a mail that waits for one, if the client may decide about it.
async fn decide<T: Send + Sync + 'static>(
    call: Change<Delegate, T>,
    id: MailPath,
    decision: fn(&mut Tx, &Host, &InboundMail, &T) -> Result<InboundMail>,
) -> Result<StoredResponse> {
    call.run(move |tx, who, body| {
        let mail = store::find(tx, who, *id)?;
        let host = deciding(tx, who, &mail)?;
        body.expected.check(mail.revision)?;
        mail.check_waiting()?;
        shown(decision(tx, &host, &mail, &body.input)?, who.language())
    })
    .await
}

/// Applies a mail as the reply, or the counter proposal, of an invited person (host, coordinators).
#[utoipa::path(tag = "inbound", operation_id = "take_inbound_mail", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = Attribution, responses((status = OK, body = MailView), Error))]
#[post("/inbound-mails/{id}/take")]
async fn take(call: Change<Delegate, Attribution>, id: MailPath) -> Result<StoredResponse> {
    decide(call, id, review::take).await
}

/// Invites the author of a mail to its meeting, as a guest if nobody has the address (host,
/// coordinators).
#[utoipa::path(tag = "inbound", operation_id = "invite_inbound_sender", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = GuestName, responses((status = OK, body = MailView), Error))]
#[post("/inbound-mails/{id}/invite")]
async fn invite(call: Change<Delegate, GuestName>, id: MailPath) -> Result<StoredResponse> {
    decide(call, id, review::invite).await
}

/// Drops a mail, without effect (host, coordinators).
#[utoipa::path(tag = "inbound", operation_id = "drop_inbound_mail", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = MailView), Error))]
#[post("/inbound-mails/{id}/drop")]
async fn dismiss(call: Change<Delegate>, id: MailPath) -> Result<StoredResponse> {
    decide(call, id, |tx, host, mail, _| {
        store::decide(tx, host, mail, MailState::Dropped, None, None)
    })
    .await
}
