//! What can go wrong with a connection to a mailbox.
use async_imap::error::Error;

use crate::inbound::transports::mailbox_lease::LeaseLost;

/// Characters of a server's message that are kept.
const MESSAGE_LIMIT: usize = 300;

/// An error of a connection to a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImapError {
    /// The connection is lost.
    #[error("{0}")]
    Lost(String),
    /// The server refuses a command. The connection can still be used.
    #[error("{0}")]
    Refused(String),
    /// A response cannot be parsed. The connection is lost.
    #[error("a response of the server cannot be parsed")]
    Unreadable,
}

impl From<Error> for ImapError {
    fn from(error: Error) -> Self {
        match error {
            Error::Bad(message) | Error::No(message) => Self::Refused(without_addresses(&message)),
            // The message of the parser quotes the mail, which must not be logged.
            Error::Io(error) if error.kind() == std::io::ErrorKind::Other => Self::Unreadable,
            Error::Io(error) => Self::from(error),
            Error::ConnectionLost => Self::Lost("the connection is lost".to_owned()),
            Error::Validate(_) => Self::Refused("a name has a line break".to_owned()),
            _ => Self::Unreadable,
        }
    }
}

impl From<std::io::Error> for ImapError {
    fn from(error: std::io::Error) -> Self {
        Self::Lost(error.kind().to_string())
    }
}

/// A server's message as it can be logged.
fn without_addresses(message: &str) -> String {
    let words: Vec<_> = message
        .split(|sign: char| sign.is_whitespace() || sign.is_control())
        .filter(|word| !word.contains('@'))
        .collect();
    words.join(" ").chars().take(MESSAGE_LIMIT).collect()
}

impl From<LeaseLost> for ImapError {
    fn from(_: LeaseLost) -> Self {
        Self::Lost("the mailbox is read by another instance".to_owned())
    }
}
