//! One mail that a mail server writes to the standard input of `reihum inbound -`.
use std::io::{self, Read};

use crate::App;
use crate::inbound::intake::{Intake, IntakeAttempt, IntakeResult};
use crate::inbound::received::Delivery;
use crate::inbound::transports::message;

/// Why a mail was not taken in. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum PipeError {
    /// It has no content.
    #[error("the mail is empty")]
    Empty,
    /// It is larger than `inbound_max_bytes`.
    #[error("the mail is too large: {octets} octets, at most {max_bytes} are accepted")]
    TooLarge {
        /// Its size.
        octets: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// The input broke off.
    #[error("the mail cannot be read: {0}")]
    Input(#[from] io::Error),
    /// The database cannot be reached or written.
    #[error("the mail cannot be taken in now")]
    Deferred,
}

/// Takes in one mail, which its server delivers to these `recipients`.
///
/// # Errors
/// Why it is not taken in, see [`PipeError`].
pub async fn take_in(
    app: &App,
    input: impl Read,
    recipients: Vec<String>,
) -> Result<IntakeResult, PipeError> {
    let max_bytes = app.settings.inbound_max_bytes;
    let delivery = message::read(input, max_bytes, app.clock.now())?;
    if let Some(octets) = delivery.too_large {
        return Err(PipeError::TooLarge { octets, max_bytes });
    }
    if delivery.raw.trim_ascii().is_empty() {
        return Err(PipeError::Empty);
    }
    let delivery = Delivery {
        recipients,
        ..delivery
    };
    match Intake::new(app).attempt("pipe", delivery).await {
        IntakeAttempt::Taken(result) => Ok(result),
        IntakeAttempt::Deferred | IntakeAttempt::Panicked => Err(PipeError::Deferred),
    }
}
