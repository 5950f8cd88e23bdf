//! Mail that comes in: the ways it comes by, and what becomes of it.
//!
//! A mail is taken in, which ends with a commit, and only then flagged or acknowledged where it came
//! from. Whatever breaks in between, it is handed over again, and known by then: none is lost.
pub mod intake;
pub mod transports;
