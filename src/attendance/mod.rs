//! attendance
pub mod api;
