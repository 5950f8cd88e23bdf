//! The OpenAPI document and Swagger UI.
use std::sync::OnceLock;

use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, HttpResponse, web};
use anyhow::Context;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::cache::CachedResponse;
use crate::error::{Problem, Result};

const DOCUMENT_PATH: &str = "/api/openapi.json";

/// Swagger UI needs inline scripts and styles.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "reihum",
        description = "Meetings of municipalities that host each other in turn. \
            Conventions: `docs/api-design.md` of the project.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    components(schemas(Problem)),
    security(("token" = [])),
    servers((url = "/", description = "this installation")),
)]
struct Head;

/// The document without paths.
#[must_use]
pub fn head() -> OpenApi {
    let mut document = Head::openapi();
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    if let Some(components) = &mut document.components {
        components.add_security_scheme("token", token);
    }
    document
}

/// Serialized when it is first requested.
static DOCUMENT: OnceLock<CachedResponse> = OnceLock::new();

/// `/api/openapi.json` and `/api/docs`; nothing is loaded from elsewhere.
pub fn routes(config: &mut web::ServiceConfig) {
    let ui = SwaggerUi::new("/api/docs/{_:.*}").config(
        Config::from(DOCUMENT_PATH)
            .use_base_layout()
            .validator_url("none")
            .try_it_out_enabled(true),
    );
    config
        .service(web::redirect("/api/docs", "/api/docs/"))
        .service(
            web::scope("")
                .guard(actix_web::guard::fn_guard(is_docs))
                .wrap(DefaultHeaders::new().add((header::CONTENT_SECURITY_POLICY, CONTENT_POLICY)))
                .route(DOCUMENT_PATH, web::get().to(document))
                .service(ui),
        );
}

fn is_docs(context: &actix_web::guard::GuardContext<'_>) -> bool {
    let path = context.head().uri.path();
    path == DOCUMENT_PATH || path.starts_with("/api/docs/")
}

async fn document(request: HttpRequest) -> Result<HttpResponse> {
    let response = if let Some(response) = DOCUMENT.get() {
        response
    } else {
        let bytes = serde_json::to_vec(&super::openapi()).context("the OpenAPI document")?;
        DOCUMENT.get_or_init(|| CachedResponse::new(bytes))
    };
    Ok(response.respond(&request, "application/json"))
}
