//! Mail that goes out: what a letter holds, how it is laid out, how it is handed over. Mail that comes
//! in: what it says ([`incoming`]). The only module that names the crates `lettre` and `mail-parser`.

mod address;
mod dkim;
mod folder;
pub mod incoming;
mod look;
mod mime;
mod quoted;
mod smtp;
mod stream;

use std::path::PathBuf;

pub use address::{Address, AddressError, Mailbox};
pub use dkim::{Signer, SignerError};
pub use look::{Look, Part};
pub use mime::{Calendar, Letter, MailError};
pub use smtp::{SmtpConfig, Tls};
pub use stream::Roots;

/// Characters of a server's words that are kept.
const WORDS_LIMIT: usize = 500;

/// The way that letters leave by: to a mail server, or into a folder, a file each, to look at or for
/// another program to send. Cheap to copy, shared by all workers.
#[derive(Clone, Debug)]
pub struct MailTransport {
    target: Target,
    signer: Option<Signer>,
}

#[derive(Clone, Debug)]
enum Target {
    Smtp(smtp::Smtp),
    Folder(folder::Folder),
}

/// An open way. One letter at a time goes over it, as many as one likes.
#[derive(Debug)]
pub struct MailConnection(Way);

#[derive(Debug)]
enum Way {
    Smtp(Box<smtp::SmtpConnection>),
    Folder(folder::Folder),
}

/// A letter laid out: what is left to do is to hand it over.
#[derive(Clone, Debug)]
pub struct RenderedMessage {
    sender: lettre::Address,
    recipient: lettre::Address,
    /// Its name in a folder.
    file_name: String,
    text: String,
}

/// The next one has taken over responsibility for the letter (RFC 5321, 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What it said, often with its queue id; or the file.
    pub words: String,
}

/// Why a letter did not go, or why no link could be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Failure {
    /// Whether trying again has a point.
    pub kind: FailureKind,
    /// The server's reply code (RFC 5321, 4.2), if it sent one.
    pub code: Option<u16>,
    /// What the server or the system said: one line, 500 characters at most.
    pub words: String,
    /// Whether it is the answer to the recipient or to the whole letter (RFC 5321, 3.3), and not to
    /// the sender or to us.
    pub about_recipient: bool,
}

/// What a failure means for the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Refused for now (4xx): try again later. The link is still good.
    Temporary,
    /// Refused for good (5xx), or not a letter that can be written. The link is still good.
    Permanent,
    /// The link is lost; drop it. Nothing is known of the letter: it may even have arrived, if the
    /// connection broke after the last byte. Try again over a new link, with the same Message-ID.
    Connection,
}

impl MailTransport {
    /// Hands letters to a mail server. Reads the certificates that are trusted: once, not per link.
    ///
    /// # Errors
    /// If the host is no host name, a password comes without a user or the other way round, or the
    /// file of certificates cannot be used.
    pub fn smtp(config: SmtpConfig) -> Result<Self, Failure> {
        smtp::Smtp::new(config).map(|smtp| Self::to(Target::Smtp(smtp)))
    }

    /// Writes letters into a folder, which must exist.
    #[must_use]
    pub fn folder(path: PathBuf) -> Self {
        Self::to(Target::Folder(folder::Folder::new(path)))
    }

    fn to(target: Target) -> Self {
        let signer = None;
        Self { target, signer }
    }

    /// Signs the letters that the signer is for, from now on.
    #[must_use]
    pub fn signing(self, signer: Option<Signer>) -> Self {
        Self { signer, ..self }
    }

    /// A letter as it goes over the wire, signed if the signer is for it: at the time at which it was
    /// written, so that the same letter always is the same mail.
    ///
    /// # Errors
    /// As [`Letter::render`].
    pub fn render(&self, letter: &Letter) -> Result<Vec<u8>, MailError> {
        let mail = letter.render()?;
        let signer = self.signer.as_ref();
        match signer.filter(|signer| signer.is_for(&letter.from.address)) {
            Some(signer) => Ok(signer.sign(&mail, letter.date.timestamp())?),
            None => Ok(mail),
        }
    }

    /// Lays a letter out, signed if the signer is for it.
    ///
    /// # Errors
    /// A permanent failure if it is not one that can be written, see [`MailError`].
    pub fn render_message(&self, letter: &Letter) -> Result<RenderedMessage, Failure> {
        let address = |address: &Address| {
            mime::lettre_address(address).map_err(|error| Failure::permanent(&error.to_string()))
        };
        let permanent = |error: &dyn std::error::Error| Failure::permanent(&error.to_string());
        let bytes = self.render(letter).map_err(|error| permanent(&error))?;
        let text = String::from_utf8(bytes).map_err(|error| permanent(&error))?;
        Ok(RenderedMessage {
            sender: address(&letter.envelope_from)?,
            recipient: address(&letter.to.address)?,
            file_name: folder::file_name(letter),
            text,
        })
    }

    /// Opens a link: connects, secures the connection, signs in.
    ///
    /// # Errors
    /// Whatever its kind, such a failure says nothing of any letter: a wrong password is the server's
    /// 535 and thus `Permanent`, but letters wait until it is put right.
    pub async fn open(&self) -> Result<MailConnection, Failure> {
        match &self.target {
            Target::Smtp(smtp) => Ok(MailConnection(Way::Smtp(Box::new(smtp.open().await?)))),
            Target::Folder(folder) => {
                folder.check().await?;
                Ok(MailConnection(Way::Folder(folder.clone())))
            }
        }
    }

    /// Tries everything short of sending a letter.
    ///
    /// # Errors
    /// As [`MailTransport::open`].
    pub async fn check(&self) -> Result<(), Failure> {
        let mut link = self.open().await?;
        if let Way::Smtp(session) = &mut link.0 {
            session.noop().await?;
        }
        link.close().await;
        Ok(())
    }
}

impl MailConnection {
    /// Hands over one mail, from its envelope sender to its one recipient.
    ///
    /// # Errors
    /// Says in [`Failure::kind`] whether to try again. After `Connection` the link is lost.
    pub async fn deliver(&mut self, mail: &RenderedMessage) -> Result<Receipt, Failure> {
        match &mut self.0 {
            Way::Smtp(session) => session.deliver(mail).await,
            Way::Folder(folder) => folder.write(mail).await,
        }
    }

    /// Whether the link is lost and has to be opened anew.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        match &self.0 {
            Way::Smtp(session) => session.is_lost(),
            Way::Folder(_) => false,
        }
    }

    /// Says goodbye to the server. Dropping a link without it is allowed, but not polite.
    pub async fn close(self) {
        if let Way::Smtp(session) = self.0 {
            session.quit().await;
        }
    }
}

impl Failure {
    fn new(kind: FailureKind, code: Option<u16>, words: &str) -> Self {
        Self {
            kind,
            code,
            words: cleaned(words),
            about_recipient: false,
        }
    }

    fn of_recipient(self) -> Self {
        Self {
            about_recipient: true,
            ..self
        }
    }

    fn temporary(words: &str) -> Self {
        Self::new(FailureKind::Temporary, None, words)
    }

    /// One that no further attempt mends.
    pub fn permanent(words: &str) -> Self {
        Self::new(FailureKind::Permanent, None, words)
    }

    fn connection(words: &str) -> Self {
        Self::new(FailureKind::Connection, None, words)
    }
}

/// A server's words, as they can be kept and shown.
fn cleaned(words: &str) -> String {
    one_line(words).chars().take(WORDS_LIMIT).collect()
}

/// One line of text: white space of every kind becomes single spaces, controls go.
fn one_line(text: &str) -> String {
    let spaced = |character: char| {
        let breaks = matches!(character, '\u{2028}' | '\u{2029}') || character.is_whitespace();
        if breaks { ' ' } else { character }
    };
    let visible: String = text
        .chars()
        .map(spaced)
        .filter(|c| !c.is_control())
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}
