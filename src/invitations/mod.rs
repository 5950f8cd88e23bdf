//! invitations
pub mod api;
pub mod letters;
pub mod pages;
