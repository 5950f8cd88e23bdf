//! feeds
pub mod api;
pub mod pages;
