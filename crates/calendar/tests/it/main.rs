//! Calendar objects: written, and read as others write them.
#![allow(clippy::unwrap_used, reason = "a check fails by panicking")]
mod answers;
mod busy_days;
#[path = "../../../mail/tests/it/collection.rs"]
mod collection;
mod foreign;
mod incoming;
mod objects;
mod replies;
mod text;
mod uids;
mod zones;
