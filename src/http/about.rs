//! The root address, and the pages that a German service must offer: imprint (§ 5 DDG), privacy notice (Art. 13 GDPR) and
//! accessibility statement (§ 12b BGG and the laws of the Länder). These stand on the operator's site; each page of the
//! service links them.
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::html;

use super::body::wanted_language;
use super::page::page;
use crate::App;
use crate::i18n::{Language, say};

/// The paths of the statements, by the keys of their names.
pub(super) const STATEMENTS: [(&str, &str); 3] = [
    ("/imprint", "page-imprint"),
    ("/privacy", "page-privacy"),
    ("/accessibility", "page-accessibility"),
];

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(root));
    for (path, _) in STATEMENTS {
        config.route(path, web::get().to(statement));
    }
}

async fn root(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    let language = wanted_language(&request, Language::De);
    let is_ready = app.db.probe().await.is_ok();
    let state = if is_ready {
        "about-works"
    } else {
        "about-broken"
    };
    let body = html! {
        p { (say(language, "about-what")) }
        h2 { (say(language, "about-invited-title")) }
        p { (say(language, "about-invited")) }
        h2 { (say(language, "about-operators-title")) }
        p { (say(language, state)) " " (say(language, "about-version")) " " (env!("CARGO_PKG_VERSION")) "." }
        p { a href="/api/docs" { (say(language, "about-api")) } }
    };
    respond(StatusCode::OK, language, "about-title", &body)
}

/// Leads to the statement on the operator's site, or says that it is missing.
async fn statement(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    let settings = &app.settings;
    let (url, name) = match request.path() {
        "/imprint" => (&settings.imprint_url, "page-imprint"),
        "/privacy" => (&settings.privacy_url, "page-privacy"),
        _ => (&settings.accessibility_url, "page-accessibility"),
    };
    if let Some(url) = url {
        return HttpResponse::Found()
            .insert_header((header::LOCATION, url.as_str()))
            .finish();
    }
    let language = wanted_language(&request, Language::De);
    let body = html! { p { (say(language, "about-missing")) } };
    respond(StatusCode::NOT_FOUND, language, name, &body)
}

fn respond(
    status: StatusCode,
    language: Language,
    title: &str,
    body: &maud::Markup,
) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(header::ContentType::html())
        .body(page(language, &say(language, title), body).into_string())
}
