//! stub
pub mod zones;
