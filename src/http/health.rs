//! Health checks and metrics.
use actix_web::{HttpResponse, get, web};

use super::telemetry;
use crate::App;
use crate::error::Result;

/// The process runs.
#[get("/healthz")]
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The database can be read and written.
#[get("/readyz")]
pub async fn ready(app: web::Data<App>) -> Result<&'static str> {
    app.db.probe().await?;
    Ok("ready\n")
}

/// Metrics in the text format of Prometheus.
#[get("/metrics")]
pub async fn metrics() -> HttpResponse {
    let text = telemetry::metrics();
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text)
}
