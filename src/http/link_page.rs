//! The pages behind personal links: each shows something to one person, and takes what they answer,
//! without sign-in.
//!
//! GET changes nothing, because mail scanners follow links; only the form does.
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Resource, web};
use chrono::TimeDelta;
use maud::Markup;
use serde::Deserialize;

use super::body::wanted_language;
use super::guard;
use crate::auth::SystemActor;
use crate::config::Settings;
use crate::db::{DbConn, Instant};
use crate::error::{Error, Found, Result};
use crate::i18n::Language;
use crate::notifications::links::{self, LinkPurpose};
use crate::notifications::notice::check_mails;
use crate::{App, Tx};

/// For how long after the end of a meeting its links still work.
const GRACE: TimeDelta = TimeDelta::days(1);

/// A page behind a personal link.
pub trait LinkPage: Sized + 'static {
    /// The links that lead to it.
    type Link: LinkPurpose<Keys: Send + Sync + 'static> + 'static;
    /// What follows the token in the address that a browser is sent to after the form was taken.
    const AFTER_FORM: &'static str = "?saved=1";
    /// What the link leads to.
    type Case: Send + 'static;
    /// What the form sends.
    type Form: FromRequest + Send + Sync + 'static;

    /// Loads what the link leads to, and the cooperation that it is in.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the link does not work, or no longer.
    fn load(
        conn: &mut DbConn,
        settings: &Settings,
        keys: Keys<Self>,
        now: Instant,
    ) -> Result<(SystemActor, Self::Case)>;

    /// Does what the form asks for.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Conflict`] are passed to the view ([`PageRequest::refused`]).
    fn act(tx: &mut Tx, who: &SystemActor, case: &Self::Case, form: &Self::Form) -> Result<()>;

    /// What the page looks like.
    ///
    /// # Errors
    /// What the general error page is to show instead.
    fn view(case: &Self::Case, request: PageRequest<Self::Form>) -> Result<(StatusCode, Markup)>;

    /// What a link that does not work shows, with status 404; without it, the general error page.
    #[must_use]
    fn not_found(_: Language) -> Option<Markup> {
        None
    }
}

/// The keys in the token of a page.
pub type Keys<P> = <<P as LinkPage>::Link as LinkPurpose>::Keys;

/// How a page was requested, and what became of its form.
pub struct PageRequest<'a, F> {
    /// The path of the page, which takes its form as well.
    pub path: String,
    /// How this installation is set.
    pub settings: &'a Settings,
    /// The time.
    pub now: Instant,
    /// The answer that a link in a mail preselects.
    pub preselected: Option<String>,
    /// Whether the form was taken just before.
    pub saved: bool,
    /// The form that was refused, and why.
    pub refused: Option<(&'a F, Error)>,
}

/// What an address may have after the token.
#[derive(Debug, Default, Deserialize)]
struct LinkQuery {
    answer: Option<String>,
    saved: Option<String>,
}

/// The routes of a page.
pub fn resource<P: LinkPage>() -> Resource {
    web::resource(format!("{}{{token}}", P::Link::PATH))
        .route(web::get().to(show::<P>))
        .route(web::post().to(answer::<P>))
}

async fn show<P: LinkPage>(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    query: web::Query<LinkQuery>,
) -> Result<HttpResponse> {
    let Some(keys) = keys::<P>(&app, &token, &request)? else {
        return not_found::<P>(&request);
    };
    respond::<P>(&app, &request, (&token, keys), query.into_inner(), None).await
}

async fn answer<P: LinkPage>(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let Some(keys) = keys::<P>(&app, &token, &request)? else {
        return Ok(not_found::<P>(&request)?);
    };
    // Read no earlier: the body of a stranger is not waited for.
    let form = P::Form::from_request(&request, &mut body.into_inner());
    let form = Arc::new(form.await.map_err(Into::into)?);
    let sent = form.clone();
    let write = move |tx: &mut Tx| {
        let (settings, now) = (tx.settings, tx.now);
        let Some((who, case)) = load::<P>(tx, settings, keys, now)? else {
            return Ok(false);
        };
        tx.set_cooperation(&who);
        P::act(tx, &who, &case, &sent)?;
        check_mails(tx)?;
        Ok(true)
    };
    match app.write(write).await {
        Ok(true) => {
            let location = format!("{}{token}{}", P::Link::PATH, P::AFTER_FORM);
            Ok(HttpResponse::SeeOther()
                .insert_header((header::LOCATION, location))
                .finish())
        }
        Ok(false) => Ok(not_found::<P>(&request)?),
        Err(error @ (Error::Conflict(..) | Error::Invalid(_))) => {
            let refused = Some((&*form, error));
            let query = LinkQuery::default();
            Ok(respond::<P>(&app, &request, (&token, keys), query, refused).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The keys in a token. One that was made up counts as a failed attempt.
fn keys<P: LinkPage>(app: &App, token: &str, request: &HttpRequest) -> Result<Option<Keys<P>>> {
    let found = links::keys::<P::Link>(&app.settings.secret, token);
    if found.is_none() {
        let peer = guard::peer(request, app.settings.trusted_proxies);
        app.failed_auth.count_failure(&peer)?;
    }
    Ok(found)
}

fn load<P: LinkPage>(
    conn: &mut DbConn,
    settings: &Settings,
    keys: Keys<P>,
    now: Instant,
) -> Result<Option<(SystemActor, P::Case)>> {
    P::load(conn, settings, keys, now).if_found()
}

async fn respond<P: LinkPage>(
    app: &App,
    request: &HttpRequest,
    (token, keys): (&str, Keys<P>),
    query: LinkQuery,
    refused: Option<(&P::Form, Error)>,
) -> Result<HttpResponse> {
    let (settings, now) = (app.settings.clone(), app.clock.now());
    let found = app
        .db
        .read(move |conn| load::<P>(conn, &settings, keys, now))
        .await?;
    let Some((_, case)) = found else {
        return not_found::<P>(request);
    };
    let request = PageRequest {
        path: format!("{}{token}", P::Link::PATH),
        settings: &app.settings,
        now,
        preselected: query.answer,
        saved: query.saved.is_some(),
        refused,
    };
    let (status, page) = P::view(&case, request)?;
    Ok(html(status, page))
}

fn not_found<P: LinkPage>(request: &HttpRequest) -> Result<HttpResponse> {
    let page = P::not_found(wanted_language(request, Language::De));
    let page = page.ok_or(Error::NotFound)?;
    Ok(html(StatusCode::NOT_FOUND, page))
}

fn html(status: StatusCode, page: Markup) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(header::ContentType::html())
        // What the person behind the link sees is nobody else's business on a shared computer.
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}

/// Checks that the links of a meeting that ends at `end` still work.
///
/// # Errors
/// [`Error::NotFound`] if they do not.
pub fn check_works(end: Instant, now: Instant) -> Result<()> {
    if *end + GRACE <= *now {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// A comment as it is kept: with line feeds only, without other control characters, and trimmed.
#[must_use]
pub fn clean_comment(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let kept = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    kept.collect::<String>().trim().to_owned()
}
