//! agenda
pub mod api;
