//! What becomes of a mail that came in.
use crate::App;
use crate::db::Instant;
use crate::error::Result;

/// A mail as a transport hands it over.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The message (RFC 5322), as it came; of one that is too large its header only.
    pub raw: Vec<u8>,
    /// Of a message that is larger than `inbound_max_bytes`, how many octets it has in all.
    pub too_large: Option<u64>,
    /// To whom it went by its envelope, where the transport knows (LMTP); else empty.
    pub recipients: Vec<String>,
    /// When it arrived: IMAP's INTERNALDATE, the time of the file, or now.
    pub received_at: Instant,
}

/// What became of a mail. It is committed by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// Handled.
    Done,
    /// Kept for review, or set aside in another way.
    SetAside {
        /// Why, in words.
        reason: String,
    },
    /// It had been handled before.
    Known,
}

/// Takes in a mail.
///
/// # Errors
/// If it could not be handled now, because the database is away for instance. Nothing was done, and
/// the mail is to be handed over again later.
#[expect(
    clippy::unused_async,
    reason = "what becomes of a mail is kept in the database"
)]
pub async fn take_in(app: &App, delivery: Delivery) -> Result<Receipt> {
    let octets = delivery.raw.len();
    tracing::info!(octets, received_at = %*delivery.received_at, now = %*app.clock.now(), "a mail came in");
    Ok(match delivery.too_large {
        Some(octets) => Receipt::SetAside {
            reason: format!("the mail is too large: {octets} bytes"),
        },
        None => Receipt::Done,
    })
}
