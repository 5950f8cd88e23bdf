//! For those who watch the service: alive, ready, and in numbers.
use actix_web::{HttpResponse, get, web};
use diesel::prelude::*;

use super::watch;
use crate::App;
use crate::db::schema::cooperations;
use crate::error::Result;

/// The process is alive.
#[get("/healthz")]
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The database answers.
#[get("/readyz")]
pub async fn ready(app: web::Data<App>) -> Result<&'static str> {
    app.db
        .read(|conn| {
            Ok(cooperations::table
                .select(cooperations::revision)
                .first::<i32>(conn)
                .optional()?)
        })
        .await?;
    Ok("ready\n")
}

/// What has happened since the start, in the text format of Prometheus.
#[get("/metrics")]
pub async fn numbers() -> HttpResponse {
    let text = watch::numbers();
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text)
}
