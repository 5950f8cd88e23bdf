//! The layout of every HTML page.
use actix_web::http::header;
use actix_web::{HttpResponse, get};
use maud::{DOCTYPE, Markup, html};

use super::about::STATEMENTS;
use crate::i18n::{Language, say};

/// A complete page.
#[must_use]
pub fn page(language: Language, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " – reihum" }
                link rel="stylesheet" href="/assets/reihum.css";
                link rel="icon" type="image/svg+xml" href="/assets/reihum.svg";
            }
            body {
                main id="main" {
                    h1 { (title) }
                    (body)
                }
                footer {
                    p { (say(language, "page-footer")) }
                    ul {
                        @for statement in &STATEMENTS {
                            li { a href=(statement.path) { (say(language, statement.name)) } }
                        }
                    }
                }
            }
        }
    }
}

/// A list of labels (keys of texts) and values; rows without a value are left out.
#[must_use]
pub fn facts<'a>(
    language: Language,
    rows: impl IntoIterator<Item = (&'a str, Option<String>)>,
) -> Markup {
    html! {
        dl {
            @for (label, value) in rows {
                @if let Some(value) = value {
                    dt { (say(language, label)) }
                    dd { (value) }
                }
            }
        }
    }
}

/// The icon of all pages.
#[get("/assets/reihum.svg")]
pub async fn icon() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .content_type("image/svg+xml")
        .body(include_str!("reihum.svg"))
}

/// The style sheet.
#[get("/assets/reihum.css")]
pub async fn stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .content_type("text/css; charset=utf-8")
        .body(include_str!("reihum.css"))
}
