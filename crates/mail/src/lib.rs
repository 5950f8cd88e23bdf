//! Mail: [`OutgoingMail`] is rendered (MIME, DKIM) and delivered by a [`MailTransport`]; [`incoming`]
//! reads mail that was received. The only crate that uses lettre and mail-parser.

mod address;
mod dkim;
mod folder;
pub mod incoming;
mod outgoing;
mod smtp;
mod summary;
mod tls;

use std::fmt::Display;
use std::path::PathBuf;

pub use address::{Address, AddressError, Mailbox};
pub use dkim::{Signer, SignerError};
pub use outgoing::{CalendarPart, MailError, OutgoingMail};
pub use smtp::{SmtpConfig, Tls};
pub use summary::{MailSummary, PartSummary};
pub use tls::{TlsClient, tls_connector};

/// Characters of a server's response or an error that are kept.
const REASON_LIMIT: usize = 500;

/// How mail is delivered: to a mail server, or into a folder, one file each, to be looked at or sent by
/// another program. Cheap to clone, shared by all workers.
#[derive(Clone, Debug)]
pub struct MailTransport {
    destination: Destination,
    signer: Option<Signer>,
}

#[derive(Clone, Debug)]
enum Destination {
    Smtp(smtp::SmtpServer),
    Folder(folder::Folder),
}

/// An open connection to the destination. It delivers one mail at a time, and as many as one likes.
#[derive(Debug)]
pub struct MailConnection(Opened);

#[derive(Debug)]
enum Opened {
    Smtp(Box<smtp::SmtpConnection>),
    Folder(folder::Folder),
}

/// A mail as it is sent, with its envelope.
#[derive(Clone, Debug)]
pub struct RenderedMessage {
    sender: lettre::Address,
    recipient: lettre::Address,
    /// Its name in a folder.
    file_name: String,
    text: String,
}

/// The destination has taken over responsibility for the mail (RFC 5321, 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The text of the server's response, often with its queue id; or the name of the file.
    pub response: String,
}

/// Why a mail was not delivered, or why no connection could be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// Whether it makes sense to try again.
    pub kind: FailureKind,
    /// The server's reply code (RFC 5321, 4.2), if it sent one.
    pub code: Option<u16>,
    /// The text of the server's response, or the error: one line, 500 characters at most.
    pub reason: String,
    /// Whether it is the response to the recipient or to the content (RFC 5321, 3.3), and not to the
    /// sender or the connection.
    pub about_recipient: bool,
}

/// What a failure means for the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Refused for now (4xx): try again later. The connection can still be used.
    Temporary,
    /// Refused for good (5xx), or the mail cannot be rendered. The connection can still be used.
    Permanent,
    /// The connection is lost; drop it. Nothing is known about the mail: it may have been delivered, if
    /// the connection broke after its last byte. Try again with the same Message-ID.
    Connection,
}

impl MailTransport {
    /// Delivers to a mail server. Certificate authorities are read here, not per connection.
    ///
    /// # Errors
    /// If the host is not a host name, only one of user and password is given, or the file of
    /// certificate authorities cannot be used.
    pub fn smtp(config: SmtpConfig) -> Result<Self, Failure> {
        smtp::SmtpServer::new(config).map(|server| Self::to(Destination::Smtp(server)))
    }

    /// Writes mails into a folder, which must exist.
    #[must_use]
    pub fn folder(path: PathBuf) -> Self {
        Self::to(Destination::Folder(folder::Folder::new(path)))
    }

    fn to(destination: Destination) -> Self {
        Self {
            destination,
            signer: None,
        }
    }

    /// The same transport, which signs the mails that `signer` is for.
    #[must_use]
    pub fn signing(self, signer: Option<Signer>) -> Self {
        Self { signer, ..self }
    }

    /// The mail as it is sent. It is signed if the signer is for it, with the time of its Date, so that
    /// the same mail always gives the same bytes.
    ///
    /// # Errors
    /// As [`OutgoingMail::render`].
    pub fn render(&self, mail: &OutgoingMail) -> Result<Vec<u8>, MailError> {
        let bytes = mail.render()?;
        let signer = self.signer.as_ref();
        match signer.filter(|signer| signer.is_for(&mail.from.address)) {
            Some(signer) => Ok(signer.sign(&bytes, mail.date.timestamp())?),
            None => Ok(bytes),
        }
    }

    /// As [`MailTransport::render`], with the envelope.
    ///
    /// # Errors
    /// A permanent failure if the mail cannot be rendered, see [`MailError`].
    pub fn render_message(&self, mail: &OutgoingMail) -> Result<RenderedMessage, Failure> {
        let address =
            |address: &Address| outgoing::lettre_address(address).map_err(Failure::permanent);
        let bytes = self.render(mail).map_err(Failure::permanent)?;
        Ok(RenderedMessage {
            sender: address(&mail.envelope_from)?,
            recipient: address(&mail.to.address)?,
            file_name: folder::file_name(mail),
            text: String::from_utf8(bytes).map_err(Failure::permanent)?,
        })
    }

    /// Opens a connection: connects, encrypts, logs in.
    ///
    /// # Errors
    /// Of whatever kind, such a failure is not about any mail. A wrong password is the server's 535 and
    /// thus `Permanent`, but mails wait until it is corrected.
    pub async fn open(&self) -> Result<MailConnection, Failure> {
        let opened = match &self.destination {
            Destination::Smtp(server) => Opened::Smtp(Box::new(server.open().await?)),
            Destination::Folder(folder) => {
                folder.check().await?;
                Opened::Folder(folder.clone())
            }
        };
        Ok(MailConnection(opened))
    }

    /// Tries everything short of sending a mail.
    ///
    /// # Errors
    /// As [`MailTransport::open`].
    pub async fn check(&self) -> Result<(), Failure> {
        let mut connection = self.open().await?;
        if let Opened::Smtp(smtp) = &mut connection.0 {
            smtp.noop().await?;
        }
        connection.close().await;
        Ok(())
    }
}

impl MailConnection {
    /// Delivers one mail to its one recipient.
    ///
    /// # Errors
    /// [`Failure::kind`] is whether to try again. After `Connection` the connection is lost.
    pub async fn deliver(&mut self, mail: &RenderedMessage) -> Result<Receipt, Failure> {
        match &mut self.0 {
            Opened::Smtp(smtp) => smtp.deliver(mail).await,
            Opened::Folder(folder) => folder.write(mail).await,
        }
    }

    /// Whether the connection is lost and another one has to be opened.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        match &self.0 {
            Opened::Smtp(smtp) => smtp.is_lost(),
            Opened::Folder(_) => false,
        }
    }

    /// Closes the connection with QUIT (RFC 5321, 4.1.1.10). Dropping it works as well.
    pub async fn close(self) {
        if let Opened::Smtp(smtp) = self.0 {
            smtp.quit().await;
        }
    }
}

impl Failure {
    fn new(kind: FailureKind, code: Option<u16>, reason: &str) -> Self {
        Self {
            kind,
            code,
            reason: cleaned(reason),
            about_recipient: false,
        }
    }

    fn of_recipient(self) -> Self {
        Self {
            about_recipient: true,
            ..self
        }
    }

    fn temporary(reason: impl Display) -> Self {
        Self::new(FailureKind::Temporary, None, &reason.to_string())
    }

    /// A failure that no further attempt can change.
    pub fn permanent(reason: impl Display) -> Self {
        Self::new(FailureKind::Permanent, None, &reason.to_string())
    }

    fn connection(reason: impl Display) -> Self {
        Self::new(FailureKind::Connection, None, &reason.to_string())
    }
}

/// A response or an error, fit to be stored and shown.
fn cleaned(text: &str) -> String {
    incoming::clean::one_line(text, REASON_LIMIT)
}
