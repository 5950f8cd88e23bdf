//! Methods: HEAD is answered like GET, and a method that an address does not have with 405.
use std::sync::LazyLock;

use actix_web::body::MessageBody;
use actix_web::dev::{ResourceDef, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use crate::error::{Error, Result};

/// Asked for only when an address or a method is wrong.
static METHODS: LazyLock<Methods> = LazyLock::new(|| Methods::of(&super::openapi()));

/// The methods of every address of the API.
struct Methods(Vec<(ResourceDef, String)>);

impl Methods {
    /// As the API's document says.
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
    let had = operations
        .into_iter()
        .filter(|(_, operation)| operation.is_some());
    had.map(|(names, _)| names).collect::<Vec<_>>().join(", ")
}

/// What no handler took: another method of a known address, or an unknown address.
///
/// # Errors
/// Always.
pub async fn nobody(request: HttpRequest) -> Result<HttpResponse> {
    let known = METHODS
        .0
        .iter()
        .find(|(address, _)| address.is_match(request.path()));
    Err(match known {
        Some((_, allowed)) => Error::MethodNotAllowed(allowed.clone()),
        None => Error::NotFound,
    })
}

/// Lets the handler of GET answer HEAD; the server leaves the body out (RFC 9110 section 9.3.2).
pub async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}
