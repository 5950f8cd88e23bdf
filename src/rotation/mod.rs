//! rotation
pub mod api;
