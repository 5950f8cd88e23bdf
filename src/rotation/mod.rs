//! rotation
pub mod api;
pub mod explain;
pub mod fairness;
pub mod plan;
pub mod store;
