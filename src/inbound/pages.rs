//! The page on which a person confirms an answer that came by mail from an address that nobody
//! vouches for. Looking changes nothing; only the form confirms.
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use maud::{Markup, html};

use super::ConfirmLink;
use super::store;
use super::tell::answer_in_words;
use super::{InboundMail, MailState, review};
use crate::auth::{Scope, SystemActor};
use crate::cooperations;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::guard;
use crate::http::page::{facts, page};
use crate::i18n::{Language, say};
use crate::invitations::context::Directory;
use crate::invitations::text::meeting_on;
use crate::meetings::{self, Meeting};
use crate::notifications::links;
use crate::people;
use crate::{App, Tx};

/// For how long after the end of the meeting a link leads anywhere.
const GRACE: TimeDelta = TimeDelta::days(1);

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/answers/confirm/{token}")
            .route(web::get().to(show))
            .route(web::post().to(confirm)),
    );
}

/// What a link leads to.
struct Case {
    mail: InboundMail,
    meeting: Meeting,
    directory: Directory,
    language: Language,
}

fn look(conn: &mut DbConn, id: Id<InboundMail>, now: Instant) -> Result<(SystemActor, Case)> {
    let (who, mail) = store::by_link(conn, id)?;
    let meeting = review::meeting_of(conn, &who, &mail).map_err(|_| Error::NotFound)?;
    if *meeting.ends_at + GRACE <= *now {
        return Err(Error::NotFound);
    }
    let person = mail.person_id.ok_or(Error::NotFound)?;
    let language = people::store::find(conn, &who, person)?.language;
    let case = Case {
        meeting: meetings::store::find(conn, &who, meeting.id)?,
        directory: Directory::load(conn, &who)?,
        mail,
        language,
    };
    Ok((who, case))
}

fn mail(app: &App, token: &str, request: &HttpRequest) -> Result<Id<InboundMail>> {
    let found = links::keys::<ConfirmLink>(&app.settings.secret, token);
    if found.is_none() {
        app.failed_auth
            .count_failure(&guard::peer(request, app.settings.trust_proxy))?;
    }
    found.ok_or(Error::NotFound)
}

async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, now) = (mail(&app, &token, &request)?, app.clock.now());
    let (_, case) = app.db.read(move |conn| look(conn, id, now)).await?;
    Ok(respond(StatusCode::OK, &shown(&case, &token)))
}

async fn confirm(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let id = mail(&app, &token, &request)?;
    app.write(move |tx| record(tx, id)).await?;
    let location = format!("/answers/confirm/{token}");
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish())
}

/// Takes the answer if it still waits; what stands against it is shown by the page.
fn record(tx: &mut Tx, id: Id<InboundMail>) -> Result<()> {
    let now = tx.now;
    let (who, case) = look(tx, id, now)?;
    if case.mail.state != MailState::Confirming {
        return Ok(());
    }
    match review::confirm(tx, &who, &case.mail) {
        Ok(_) => {}
        Err(Error::Conflict(rule, _)) => {
            store::decide(tx, &who, &case.mail, MailState::Ignored, None, Some(rule))?;
        }
        Err(error) => return Err(error),
    }
    cooperations::store::bump_generation(tx, who.cooperation())
}

fn respond(status: StatusCode, page: &Markup) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(header::ContentType::html())
        .body(page.0.clone())
}

fn shown(case: &Case, token: &str) -> Markup {
    let language = case.language;
    let answer = case.mail.content.0.answer.as_ref();
    let words = answer.and_then(|answer| answer_in_words(language, answer));
    let (title, text) = match case.mail.state {
        MailState::Confirming => ("inbound-page-title", "inbound-page-intro"),
        MailState::Taken => ("inbound-page-thanks", "inbound-page-thanks-detail"),
        _ => ("inbound-page-over", "inbound-page-over-detail"),
    };
    let meeting = meeting_on(language, &case.directory.facts(&case.meeting));
    let rows = [
        ("inbound-label-meeting", Some(meeting)),
        ("inbound-label-answer", words),
        (
            "inbound-label-comment",
            answer.and_then(|answer| answer.comment.clone()),
        ),
    ];
    let body = html! {
        p.note { (say(language, text)) }
        (facts(language, rows))
        @if case.mail.state == MailState::Confirming {
            form method="post" action={ "/answers/confirm/" (token) } {
                p { button type="submit" { (say(language, "inbound-page-confirm")) } }
            }
            p.hint { (say(language, "inbound-confirm-otherwise")) }
        }
    };
    page(language, &say(language, title), &body)
}
