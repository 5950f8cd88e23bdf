//! Mail: written, signed, delivered and read.
#![allow(clippy::unwrap_used, reason = "a check fails by panicking")]
mod address;
mod authentication;
mod collection;
mod delivery;
mod incoming;
mod mime;
mod prose;
mod signature;
#[allow(dead_code, reason = "the tests of the service use all of it")]
mod smtp_server;
mod text;
