//! Inbound mails over HTTP.
use actix_web::{get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::review::{self, Attribution, GuestName, MailView};
use super::store::{self, MailFilter};
use super::{InboundMail, MailState};
use crate::auth::{Delegate, Host};
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::{EmptyBody, IdempotencyKeyHeader, IfMatchHeader, PostBody};
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

/// Which mails are listed.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MailQuery {
    /// Only those in this state; those in `review` wait for a decision.
    #[serde(default)]
    state: Option<MailState>,
    /// The maximum number of items (1 to 200, default 50).
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<i64>,
    /// The `next` of the previous page.
    #[serde(default)]
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
        Some(id) => {
            let meeting = meetings::store::find(conn, who, id)?;
            who.hosting(conn, meeting.host_id, meeting.date)
        }
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
    let (limit, before) = (paging.limit()?, paging.after()?);
    let filter = MailFilter {
        state: wanted.state,
        meeting: Some(*id),
    };
    let read = app.db.read(move |conn| {
        let meeting = meetings::store::find(conn, &who, *id)?;
        let host = who.hosting(conn, meeting.host_id, meeting.date)?;
        store::page(conn, &host, filter, before, limit + 1)
    });
    let page = Page::cut(read.await?, limit, |row| row.id);
    Ok(web::Json(page.map(|mail| MailView::new(mail, language))))
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
    let (limit, before) = (paging.limit()?, paging.after()?);
    let filter = MailFilter {
        state: wanted.state,
        meeting: None,
    };
    let read = app
        .db
        .read(move |conn| store::page(conn, &who, filter, before, limit + 1));
    let page = Page::cut(read.await?, limit, |row| row.id);
    Ok(web::Json(page.map(|mail| MailView::new(mail, language))))
}

/// Shows an inbound mail (host of its meeting, coordinators).
#[utoipa::path(tag = "inbound", operation_id = "show_inbound_mail", params(("id" = uuid::Uuid, Path)), responses((status = OK, body = MailView), Error))]
#[get("/inbound-mails/{id}")]
async fn show(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<InboundMail>>,
) -> Result<StoredResponse> {
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
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<InboundMail>>,
    body: PostBody<T>,
    decision: fn(&mut Tx, &Host, &InboundMail, &T) -> Result<InboundMail>,
) -> Result<StoredResponse> {
    let PostBody {
        input,
        key,
        expected,
    } = body;
    app.change(who, key, move |tx, who| {
        let mail = store::find(tx, who, *id)?;
        let host = deciding(tx, who, &mail)?;
        expected.check(mail.revision)?;
        mail.check_waiting()?;
        shown(decision(tx, &host, &mail, &input)?, who.language())
    })
    .await
}

/// Applies a mail as the reply, or the counter proposal, of an invited person (host, coordinators).
#[utoipa::path(tag = "inbound", operation_id = "take_inbound_mail", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = Attribution, responses((status = OK, body = MailView), Error))]
#[post("/inbound-mails/{id}/take")]
async fn take(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<InboundMail>>,
    body: PostBody<Attribution>,
) -> Result<StoredResponse> {
    decide(app, who, id, body, review::take).await
}

/// Invites the author of a mail to its meeting, as a guest if nobody has the address (host,
/// coordinators).
#[utoipa::path(tag = "inbound", operation_id = "invite_inbound_sender", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = GuestName, responses((status = OK, body = MailView), Error))]
#[post("/inbound-mails/{id}/invite")]
async fn invite(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<InboundMail>>,
    body: PostBody<GuestName>,
) -> Result<StoredResponse> {
    decide(app, who, id, body, review::invite).await
}

/// Drops a mail, without effect (host, coordinators).
#[utoipa::path(tag = "inbound", operation_id = "drop_inbound_mail", params(("id" = uuid::Uuid, Path), IdempotencyKeyHeader, IfMatchHeader), request_body = EmptyBody, responses((status = OK, body = MailView), Error))]
#[post("/inbound-mails/{id}/drop")]
async fn dismiss(
    app: web::Data<App>,
    who: Delegate,
    id: web::Path<Id<InboundMail>>,
    body: PostBody<EmptyBody>,
) -> Result<StoredResponse> {
    let drop = |tx: &mut Tx, host: &Host, mail: &InboundMail, _: &EmptyBody| {
        store::decide(tx, host, mail, MailState::Dropped, None, None)
    };
    decide(app, who, id, body, drop).await
}
