//! The root address, and the pages that a German service must offer: imprint (§ 5 DDG), privacy notice (Art. 13 GDPR) and
//! accessibility statement (§ 12b BGG and the laws of the Länder). These stand on the operator's site; each page of the
//! service links them.
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::html;

use super::body::wanted_language;
use super::page::page;
use crate::App;
use crate::config::Settings;
use crate::i18n::{Language, say};

/// A statement that stands on the operator's site.
pub(super) struct Statement {
    /// Its path here.
    pub path: &'static str,
    /// The key of its name.
    pub name: &'static str,
    /// Its address, if it is set.
    url: fn(&Settings) -> Option<&String>,
}

pub(super) const STATEMENTS: [Statement; 3] = [
    Statement {
        path: "/imprint",
        name: "page-imprint",
        url: |settings| settings.imprint_url.as_ref(),
    },
    Statement {
        path: "/privacy",
        name: "page-privacy",
        url: |settings| settings.privacy_url.as_ref(),
    },
    Statement {
        path: "/accessibility",
        name: "page-accessibility",
        url: |settings| settings.accessibility_url.as_ref(),
    },
];

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(root));
    for statement in &STATEMENTS {
        let answer = move |app: web::Data<App>, request: HttpRequest| async move {
            show(statement, &app.settings, &request)
        };
        config.route(statement.path, web::get().to(answer));
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
fn show(statement: &Statement, settings: &Settings, request: &HttpRequest) -> HttpResponse {
    if let Some(url) = (statement.url)(settings) {
        return HttpResponse::Found()
            .insert_header((header::LOCATION, url.as_str()))
            .finish();
    }
    let language = wanted_language(request, Language::De);
    let body = html! { p { (say(language, "about-missing")) } };
    respond(StatusCode::NOT_FOUND, language, statement.name, &body)
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
