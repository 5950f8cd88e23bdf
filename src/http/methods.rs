//! Methods: HEAD is handled as GET, and a method that a resource does not have is answered with 405.
use std::sync::LazyLock;

use actix_web::body::MessageBody;
use actix_web::dev::{ResourceDef, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use crate::error::{Error, Result};

/// Made when the first request comes to an unknown path or with an unsupported method.
static METHODS: LazyLock<Methods> = LazyLock::new(|| Methods::of(&super::openapi()));

/// The methods of each path of the API, as in `Allow`.
struct Methods(Vec<(ResourceDef, String)>);

impl Methods {
    fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(
            paths
                .map(|(path, item)| (ResourceDef::new(path.as_str()), allowed(item)))
                .collect(),
        )
    }
}

fn allowed(item: &PathItem) -> String {
    let operations = [
        ("GET, HEAD", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let supported = operations
        .into_iter()
        .filter(|(_, operation)| operation.is_some());
    let names: Vec<_> = supported.map(|(names, _)| names).collect();
    names.join(", ")
}

/// Answers requests without a handler: 405 for a known path, else 404.
pub async fn method_not_allowed(request: HttpRequest) -> Result<HttpResponse> {
    let known = METHODS
        .0
        .iter()
        .find(|(path, _)| path.is_match(request.path()));
    Err(match known {
        Some((_, allowed)) => Error::MethodNotAllowed(allowed.clone()),
        None => Error::NotFound,
    })
}

/// Passes HEAD requests to the handler of GET; the server omits the body (RFC 9110 section 9.3.2).
pub async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}
