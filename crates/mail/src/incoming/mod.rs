//! Reads mail that was received. Everything that a sender can make large has a limit; what exceeds it is
//! refused with a reason.

mod authentication;
mod automatic;
mod bounce;
mod calendars;
pub mod clean;
pub(crate) mod fields;
pub(crate) mod mime;
mod outlook;
mod prose;
mod text;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

pub use authentication::{AuthenticationResult, AuthenticationResults};
pub use automatic::{Automatic, LOOP_FIELD};
pub use bounce::{Bounce, BounceAction, BounceKind, BouncedRecipient, ReturnedMail};

use super::{Address, Mailbox};
use fields::{Fields, Limits, split};
use mime::{MimePart, PartReader};

/// Octets of a mail at most: the limit of most servers.
pub const MAIL_LIMIT: usize = 25 * 1024 * 1024;
/// Octets of a calendar object at most. A reply has two thousand; with the full history of a time zone, a
/// hundred thousand.
pub const CALENDAR_LIMIT: usize = 1024 * 1024;
/// Different calendar objects in a mail at most.
const CALENDARS_LIMIT: usize = 10;
/// Characters of the text that are kept: about ten pages.
pub const TEXT_LIMIT: usize = 20_000;
/// Characters of a subject that are kept.
const SUBJECT_LIMIT: usize = 250;
/// Characters of a name that are kept.
const NAME_LIMIT: usize = 250;
/// Addresses of one header field that are read. Replies go to one.
const ADDRESSES_LIMIT: usize = 50;
/// Ids of earlier mails that are read.
const IDS_LIMIT: usize = 50;
/// Octets of a message id that are kept: a line of RFC 5322, 2.1.1.
const ID_LIMIT: usize = 998;

/// A mail that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingMail {
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// Ids of the mails that it replies to, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Ids of the mails of its thread, the oldest first.
    pub references: Vec<String>,
    /// When it was written, according to its author.
    pub date: Option<DateTime<Utc>>,
    /// The mailboxes in From whose address mail can be sent to.
    pub from: Vec<Mailbox>,
    /// Whether there is exactly one From field with one valid address. Otherwise it is unknown which
    /// address was authenticated, see [`IncomingMail::author`].
    pub from_is_clear: bool,
    /// Who sent it on behalf of the author.
    pub sender: Option<Address>,
    /// Where replies are to go.
    pub reply_to: Option<Mailbox>,
    /// The envelope sender.
    pub return_path: ReturnPath,
    /// The addresses in Delivered-To, X-Original-To, Envelope-To, To and Cc, in this order, each once.
    pub recipients: Vec<Address>,
    /// One line, 250 characters at most.
    pub subject: String,
    /// Its plain text, or its HTML as plain text; [`TEXT_LIMIT`] characters at most.
    pub text: String,
    /// The calendar objects in it, each once, the most trustworthy first. Not those of attached mails.
    pub calendars: Vec<IncomingCalendar>,
    /// Set if it was not written by a person.
    pub automatic: Option<Automatic>,
    /// What servers found out about the sender, that of the last server first. Can be forged.
    pub authentication: Vec<AuthenticationResults>,
    /// Set if it reports that a mail of ours was not delivered.
    pub bounce: Option<Bounce>,
    /// The answer in a `winmail.dat`, if there is no calendar object.
    pub outlook_answer: Option<OutlookAnswer>,
    /// SHA-256 in hexadecimal over Message-ID, From, subject, text and calendar objects: equal for two
    /// copies of a mail that came by different routes.
    pub fingerprint: String,
}

/// The envelope sender as the last server recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnPath {
    /// The server did not record it.
    Absent,
    /// `<>`: a delivery report, which must not be answered (RFC 5321, 4.5.5).
    Null,
    /// An address.
    Address(Address),
    /// Not a valid address.
    Invalid,
}

/// A calendar object in a mail that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingCalendar {
    /// The object, decoded and without byte order mark; [`CALENDAR_LIMIT`] octets at most.
    pub text: String,
    /// The `method` parameter of its part. The METHOD in the object is authoritative.
    pub method: Option<String>,
}

/// An answer in Outlook's own format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutlookAnswer {
    /// Will attend.
    Accepted,
    /// May attend.
    Tentative,
    /// Will not attend.
    Declined,
}

/// Why a mail is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableMail {
    /// Larger than [`MAIL_LIMIT`].
    #[error("the mail has {octets} octets, more than {MAIL_LIMIT}")]
    TooLarge {
        /// How large it is.
        octets: usize,
    },
    /// There are no header fields.
    #[error("this is no mail: it has no header fields")]
    NotAMail,
    /// More or longer header fields than any mail has.
    #[error("the mail or a part of it has too many or too long header fields")]
    HeadTooLarge,
    /// More parts than any mail has.
    #[error("the mail has more than {} parts", mime::PARTS_LIMIT)]
    TooManyParts,
    /// Parts nested deeper than in any mail.
    #[error(
        "the parts of the mail are nested more than {} deep",
        mime::DEPTH_LIMIT
    )]
    TooDeep,
    /// A calendar object larger than [`CALENDAR_LIMIT`].
    #[error("a calendar object in the mail has more than {CALENDAR_LIMIT} octets")]
    CalendarTooLarge,
    /// More calendar objects than any reply has.
    #[error("the mail has more than {CALENDARS_LIMIT} different calendar objects")]
    TooManyCalendars,
}

/// Reads a mail.
///
/// # Errors
/// If it is not a mail or exceeds a limit, see [`UnreadableMail`].
pub fn read(bytes: &[u8]) -> Result<IncomingMail, UnreadableMail> {
    if bytes.len() > MAIL_LIMIT {
        return Err(UnreadableMail::TooLarge {
            octets: bytes.len(),
        });
    }
    if !bytes.contains(&b'\n') && bytes.contains(&b'\r') {
        // Some programs end lines as old Macintosh computers did.
        let lines = bytes.split(|octet| *octet == b'\r');
        let lines: Vec<&[u8]> = lines.collect();
        return read(&lines.join(&b"\r\n"[..]));
    }
    let (fields, body) = split(bytes, &Limits::MAIL)?;
    if fields.is_empty() {
        return Err(UnreadableMail::NotAMail);
    }
    let mut reader = PartReader::default();
    let parts = reader.parts(&fields, body, 0)?;
    let (from, unread) = fields.mailboxes("from");
    let calendars = calendars::read(&parts)?;
    let outlook_answer = if calendars.is_empty() {
        tnef_answer(&parts)
    } else {
        None
    };
    let bounce = bounce::read(&fields, &from, &parts, &mut reader)?;
    let mut incoming = IncomingMail {
        message_id: fields.ids("message-id").into_iter().next(),
        in_reply_to: fields.ids("in-reply-to"),
        references: fields.ids("references"),
        date: fields.date(),
        from_is_clear: from.len() == 1 && unread == 0 && fields.all("from").count() == 1,
        from,
        sender: address(&fields, "sender").map(|mailbox| mailbox.address),
        reply_to: address(&fields, "reply-to"),
        return_path: fields.return_path(),
        recipients: recipients(&fields),
        subject: fields.decoded("subject", SUBJECT_LIMIT),
        text: text::read(&parts),
        calendars,
        automatic: automatic::read(&fields),
        authentication: authentication::read(&fields),
        bounce,
        outlook_answer,
        fingerprint: String::new(),
    };
    incoming.fingerprint = incoming.fingerprint();
    Ok(incoming)
}

impl IncomingMail {
    /// The author, if that is unambiguous.
    #[must_use]
    pub fn author(&self) -> Option<&Mailbox> {
        self.from.first().filter(|_| self.from_is_clear)
    }

    fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            // with its length, so that two lists of values never hash alike
            hash.update(text.len().to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(self.message_id.as_deref().unwrap_or_default());
        for mailbox in &self.from {
            add(&mailbox.address.key());
        }
        add(&self.subject);
        add(&self.text);
        for calendar in &self.calendars {
            add(&calendars::normalised(&calendar.text));
        }
        add(&format!("{:?}{:?}", self.outlook_answer, self.bounce));
        HEXLOWER.encode(&hash.finalize())
    }
}

fn tnef_answer(parts: &[MimePart]) -> Option<OutlookAnswer> {
    let mut files = parts.iter().filter(|part| outlook::is_tnef(part));
    files.find_map(outlook::answer)
}

fn address(fields: &Fields, name: &str) -> Option<Mailbox> {
    fields.mailboxes(name).0.into_iter().next()
}

fn recipients(fields: &Fields) -> Vec<Address> {
    let mut recipients: Vec<Address> = Vec::new();
    for name in ["delivered-to", "x-original-to", "envelope-to", "to", "cc"] {
        for mailbox in fields.mailboxes(name).0 {
            let is_new = recipients
                .iter()
                .all(|known| known.key() != mailbox.address.key());
            if is_new && recipients.len() < ADDRESSES_LIMIT {
                recipients.push(mailbox.address);
            }
        }
    }
    recipients
}
