//! What is reconciled around meetings that people are invited to, or told of beforehand.
pub use super::changes::{Changes, Invitations};
pub use super::steps::{OvertakenMessages, Steps};
