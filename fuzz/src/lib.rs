//! The parts of the program that read what strangers send and write what people type, without the
//! rest of it.
#![allow(clippy::missing_errors_doc)]
#![allow(unused_imports, reason = "what only the rest of the program uses")]

#[path = "../../src/calendar/mod.rs"]
pub mod calendar;
#[path = "../../src/mail/mod.rs"]
pub mod mail;
