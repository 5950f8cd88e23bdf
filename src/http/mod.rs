//! The HTTP service: routes, middleware, error pages.
mod about;
pub mod body;
pub mod cache;
pub mod caller;
mod collect_errors;
pub mod csv;
pub mod docs;
pub mod dry_run;
pub mod guard;
pub mod handlers;
pub mod health;
mod json;
pub mod link_page;
mod message_kinds;
mod methods;
pub mod page;
pub mod paging;
pub mod routes;
pub mod stored_response;
pub mod telemetry;

use std::time::Duration;

use actix_cors::Cors;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::{App as ActixApp, HttpResponse, HttpServer, ResponseError, web};
use anyhow::Context;
use maud::html;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt, scope};

use self::routes::Routes;
use crate::error::{Error, Result};
use crate::i18n::{Language, say};
use crate::{
    App, agenda, attendance, auth, cooperations, days, feeds, hosting, inbound, invitations,
    meetings, municipalities, people, polls, report, rotation,
};

fn api(config: &mut Routes) {
    config
        .configure(cooperations::api::routes)
        .configure(auth::api::routes)
        .configure(municipalities::api::routes)
        .configure(municipalities::venues::api::routes)
        .configure(municipalities::blackouts::api::routes)
        .configure(municipalities::pauses::api::routes)
        .configure(people::api::routes)
        .configure(days::api::routes)
        .configure(meetings::series_api::routes)
        .configure(rotation::api::routes)
        .configure(meetings::api::routes)
        .configure(meetings::plan_api::routes)
        .configure(agenda::api::routes)
        .configure(attendance::api::routes)
        .configure(report::api::routes)
        .configure(invitations::api::routes)
        .configure(invitations::answers_api::routes)
        .configure(polls::api::routes)
        .configure(hosting::swap_requests_api::routes)
        .configure(hosting::host_confirmation_api::routes)
        .configure(inbound::inbound_mails_api::routes)
        .configure(inbound::counter_proposals::api::routes)
        .configure(feeds::api::routes);
}

/// How many seconds a stop waits for requests that are being answered.
const STOP: u64 = 4;

/// The document of the API (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> OpenApi {
    let (_, mut document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(docs::head())
        .service(scope("/api/v1").configure(|config: &mut ServiceConfig| {
            api(&mut Routes::Documented(config));
        }))
        .split_for_parts();
    message_kinds::describe(&mut document);
    dry_run::describe(&mut document);
    document
}

/// The whole service.
pub fn service(
    app: App,
) -> ActixApp<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let origins = app.settings.cors_origins.clone();
    ActixApp::new()
        .service(
            web::scope("/api/v1")
                .configure(|config| api(&mut Routes::Served(config)))
                .default_service(web::to(methods::method_not_allowed))
                .wrap(from_fn(auth::authenticate)),
        )
        .app_data(web::Data::new(app))
        .app_data(web::PayloadConfig::new(body::MAX_BODY))
        .app_data(
            web::FormConfig::default()
                .limit(16 * 1024)
                .error_handler(|error, _| {
                    Error::Malformed(format!("the form cannot be read: {error}")).into()
                }),
        )
        .app_data(
            web::QueryConfig::default().error_handler(|error, _| {
                Error::invalid("query", "query", error.to_string()).into()
            }),
        )
        .app_data(web::PathConfig::default().error_handler(|_, _| Error::NotFound.into()))
        .configure(docs::routes)
        .service(health::alive)
        .service(health::ready)
        .service(health::metrics)
        .service(page::stylesheet)
        .service(page::icon)
        .configure(about::routes)
        .configure(feeds::pages::routes)
        .service(
            web::scope("")
                .wrap(from_fn(error_pages))
                .configure(inbound::pages::routes)
                .configure(hosting::pages::routes)
                .configure(invitations::pages::routes)
                .configure(polls::pages::routes)
                .default_service(web::to(|| async {
                    Err::<HttpResponse, _>(Error::NotFound)
                })),
        )
        .default_service(web::to(methods::method_not_allowed))
        .wrap(from_fn(guard::body_in_time))
        .wrap(from_fn(guard::same_origin))
        .wrap(guard::headers())
        .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
        .wrap(from_fn(guard::log))
        .wrap(from_fn(methods::head_as_get))
}

/// Binds the address of the settings. The server runs when it is awaited: until SIGINT or SIGTERM, and
/// then until the requests in progress are done, at most 30 seconds.
pub fn listen(app: App) -> anyhow::Result<Server> {
    let address = app.settings.listen;
    let server = HttpServer::new(move || service(app.clone()))
        .shutdown_timeout(STOP)
        .client_request_timeout(Duration::from_secs(10))
        .bind(address)
        .with_context(|| format!("cannot listen on {address}"))?;
    Ok(server.run())
}

/// Lets scripts of these web origins call the API (the CORS protocol of the Fetch standard).
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            "authorization",
            "content-type",
            "if-match",
            "idempotency-key",
        ])
        .expose_headers(["etag", "location", "x-request-id"])
        .max_age(600);
    origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Turns errors into HTML pages; those of addresses below `/api/` stay JSON.
async fn error_pages(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_api = request.path().starts_with("/api/");
    let response = next.call(request).await?;
    let error = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Error>());
    let Some(error) = error.filter(|_| !is_api) else {
        return Ok(response);
    };
    let language = body::wanted_language(response.request(), Language::De);
    let title = say(language, &format!("error-{}", error.name()));
    let body = html! {
        p.note.wrong { (say(language, &format!("error-{}-detail", error.name()))) }
        p { (say(language, "error-page-next")) }
    };
    let page = HttpResponse::build(error.status_code())
        .insert_header(header::ContentType::html())
        .body(page::page(language, &title, &body).into_string());
    Ok(response.into_response(page))
}
