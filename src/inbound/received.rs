//! Mails as transports deliver them, and parsed.
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::classify::MailClass;
use crate::db::Instant;
use mail::incoming::{self, IncomingMail};

/// Octets of a mail that cannot be parsed as a whole in which its header is looked for.
const HEADER_SEARCH_LIMIT: usize = 64 * 1024;

/// A mail as a transport delivers it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The message (RFC 5322) as it came; of one that is too large its header only.
    pub raw: Vec<u8>,
    /// The size in octets of a message that is larger than `inbound_max_bytes`.
    pub too_large: Option<u64>,
    /// The recipients of the envelope, where the transport knows them (pipe); otherwise empty.
    pub recipients: Vec<String>,
    /// When it arrived: IMAP's INTERNALDATE, the time of the file, or now.
    pub received_at: Instant,
}

/// A parsed mail.
#[derive(Debug)]
pub struct ReceivedMail {
    /// The same for the same mail, whichever transport delivers it and however often.
    pub fingerprint: String,
    /// Its content; of a mail that cannot be parsed as a whole its header, if that can be.
    pub content: Option<IncomingMail>,
    /// What it is.
    pub class: MailClass,
    /// The recipients of the envelope.
    pub recipients: Vec<String>,
    /// When it arrived.
    pub received_at: Instant,
}

impl ReceivedMail {
    /// Parses a mail.
    #[must_use]
    pub fn parse(delivery: Delivery) -> Self {
        let Delivery {
            raw,
            too_large,
            recipients,
            received_at,
        } = delivery;
        let (content, class) = match too_large {
            None => match incoming::read(&raw) {
                Ok(content) => {
                    let class = MailClass::of(&content);
                    (Some(content), class)
                }
                Err(error) => (header_only(&raw), MailClass::Unreadable(error.to_string())),
            },
            Some(octets) => {
                let reason = format!("the mail is too large: {octets} octets");
                (header_only(&raw), MailClass::Unreadable(reason))
            }
        };
        let fingerprint = match &content {
            Some(content) => content.fingerprint.clone(),
            None => HEXLOWER.encode(&Sha256::digest(&raw)),
        };
        Self {
            fingerprint,
            content,
            class,
            recipients,
            received_at,
        }
    }
}

fn header_only(raw: &[u8]) -> Option<IncomingMail> {
    let start = raw.get(..HEADER_SEARCH_LIMIT).unwrap_or(raw);
    let header = header_of(start).trim_ascii_end();
    incoming::read(&[header, b"\r\n\r\n"].concat()).ok()
}

/// The header of a message with the empty line that ends it.
#[must_use]
pub fn header_of(message: &[u8]) -> &[u8] {
    let mut length = 0;
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        length += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
    }
    message.get(..length).unwrap_or(message)
}
