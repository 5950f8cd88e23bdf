//! What becomes of a mail that came in: read off the async threads, handled in one transaction.
use std::sync::Arc;

use anyhow::Context;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::handling;
use super::what::What;
use crate::App;
use crate::db::Instant;
use crate::error::Result;
use crate::mail::incoming::{self, IncomingMail};

/// Octets of a mail that is not read as a whole in which its fields are looked for.
const HEAD_LIMIT: usize = 64 * 1024;

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

/// A mail that was read.
#[derive(Debug)]
pub struct Arrival {
    /// The same for the same mail, by whatever way and how often it comes.
    pub fingerprint: String,
    /// What it says; of one that cannot be read as a whole what its fields say, if they do.
    pub mail: Option<IncomingMail>,
    /// What it is.
    pub what: What,
    /// To whom it went by its envelope.
    pub recipients: Vec<String>,
    /// When it arrived.
    pub received_at: Instant,
}

impl Arrival {
    /// Reads a mail.
    #[must_use]
    pub fn read(delivery: Delivery) -> Self {
        let Delivery {
            raw,
            too_large,
            recipients,
            received_at,
        } = delivery;
        let (mail, what) = match too_large {
            None => match incoming::read(&raw) {
                Ok(mail) => {
                    let what = What::of(&mail);
                    (Some(mail), what)
                }
                Err(error) => (head(&raw), What::Unreadable(error.to_string())),
            },
            Some(octets) => {
                let reason = format!("the mail is too large: {octets} octets");
                (head(&raw), What::Unreadable(reason))
            }
        };
        let fingerprint = match &mail {
            Some(mail) => mail.fingerprint.clone(),
            None => HEXLOWER.encode(&Sha256::digest(&raw)),
        };
        Self {
            fingerprint,
            mail,
            what,
            recipients,
            received_at,
        }
    }
}

/// What the fields of a mail say that cannot be read as a whole.
fn head(raw: &[u8]) -> Option<IncomingMail> {
    let start = raw.get(..HEAD_LIMIT).unwrap_or(raw);
    let end = start.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.or_else(|| start.windows(2).position(|two| two == b"\n\n"));
    let head = end.and_then(|end| start.get(..end)).unwrap_or(start);
    let fields: Vec<u8> = [head, b"\r\n\r\n"].concat();
    incoming::read(&fields).ok()
}

/// Takes in a mail.
///
/// # Errors
/// If it could not be handled now, because the database is away for instance. Nothing was done, and
/// the mail is to be handed over again later.
pub async fn take_in(app: &App, delivery: Delivery) -> Result<Receipt> {
    let arrival = tokio::task::spawn_blocking(move || Arrival::read(delivery))
        .await
        .context("a mail could not be read")?;
    let arrival = Arc::new(arrival);
    app.write(move |tx| handling::handle(tx, &arrival)).await
}
