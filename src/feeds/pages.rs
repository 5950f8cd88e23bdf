//! stub
use actix_web::web;
pub(crate) fn routes(_: &mut web::ServiceConfig) {}
