//! Calls the API within the process, without a socket: the demonstration data is made this way.
use actix_web::body::to_bytes;
use actix_web::dev::Service as _;
use actix_web::http::header;
use actix_web::test::{TestRequest, init_service};
use anyhow::{Context, bail};
use serde_json::Value;

use crate::App;

/// Sends a request to `path` (below `/api/v1`) with an access token, and returns the JSON of the response.
///
/// # Errors
/// With the body of the response, unless its status is 2xx.
pub async fn call(
    app: &App,
    token: &str,
    method: &str,
    path: &str,
    body: Value,
) -> anyhow::Result<Value> {
    let service = init_service(super::service(app.clone())).await;
    let request = TestRequest::with_uri(&format!("/api/v1{path}"))
        .method(
            method
                .parse()
                .with_context(|| format!("{method} is not a method"))?,
        )
        .insert_header((header::AUTHORIZATION, format!("Bearer {token}")));
    let request = if body.is_null() {
        request
    } else {
        request.set_json(body)
    };
    let response = match service.call(request.to_request()).await {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let status = response.status();
    let Ok(bytes) = to_bytes(response.into_body()).await else {
        bail!("{path}: the response is incomplete");
    };
    if !status.is_success() {
        bail!("{path}: {status}: {}", String::from_utf8_lossy(&bytes));
    }
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).with_context(|| format!("{path}: the response is not JSON"))
}
