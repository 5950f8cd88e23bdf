//! Mail that comes in: from bytes to values, without clock and database. What a stranger can make
//! large is bounded, and refused with a reason where it is larger.

mod authentication;
mod automatic;
mod bounce;
mod calendars;
pub mod clean;
mod fields;
mod mime;
mod outlook;
mod words;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

pub use authentication::{AuthenticationResult, AuthenticationResults};
pub use automatic::{Automatic, LOOP_FIELD};
pub use bounce::{Bounce, BounceAction, BounceKind, BouncedRecipient, Returned};

use super::{Address, Mailbox};
use fields::{Fields, Limits, split};
use mime::{Part, Walk};

/// Octets of a mail at most: what most servers take at most.
pub const MAIL_LIMIT: usize = 25 * 1024 * 1024;
/// Octets of a calendar object at most. An answer has two thousand, with a whole history of a time
/// zone a hundred thousand.
pub const CALENDAR_LIMIT: usize = 1024 * 1024;
/// Different calendar objects in a mail at most.
const CALENDARS_LIMIT: usize = 10;
/// Characters of the text that are kept: ten pages.
pub const TEXT_LIMIT: usize = 20_000;
/// Characters of a subject that are kept.
const SUBJECT_LIMIT: usize = 250;
/// Characters of a name that are kept.
const NAME_LIMIT: usize = 250;
/// Addresses of one kind that are read. Answers go to one.
const ADDRESSES_LIMIT: usize = 50;
/// Ids of former mails that are read.
const IDS_LIMIT: usize = 50;
/// Octets of a message id that are kept: a line of RFC 5322, 2.1.1.
const ID_LIMIT: usize = 998;

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// The mails that it answers, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// The mails of its thread, the oldest first.
    pub references: Vec<String>,
    /// When its author says it was written.
    pub date: Option<DateTime<Utc>>,
    /// Everybody that From names with an address that mail can be sent to.
    pub from: Vec<Mailbox>,
    /// Whether there is one From field with one address, and that is readable. Without it nobody can
    /// tell which of its addresses was checked, see [`Incoming::author`].
    pub from_is_clear: bool,
    /// Who sent it for the author.
    pub sender: Option<Address>,
    /// Where the author wants answers.
    pub reply_to: Option<Mailbox>,
    /// The envelope sender.
    pub return_path: ReturnPath,
    /// Where it was sent: Delivered-To, X-Original-To, Envelope-To, To and Cc in this order, each
    /// address once.
    pub recipients: Vec<Address>,
    /// One line, 250 characters at most.
    pub subject: String,
    /// What it says to people: plain text, or its HTML made plain; [`TEXT_LIMIT`] characters at most.
    pub text: String,
    /// The calendar objects in it, the one most to be believed first, each once. Not those of mails
    /// that are attached.
    pub calendars: Vec<CalendarPart>,
    /// Why nobody wrote it by hand, if nobody did.
    pub automatic: Option<Automatic>,
    /// What servers found out about the sender, the last server's first. Anybody can write these.
    pub authentication: Vec<AuthenticationResults>,
    /// What came back of our own mail.
    pub bounce: Option<Bounce>,
    /// The answer in a `winmail.dat`, if there is no calendar object.
    pub outlook_answer: Option<OutlookAnswer>,
    /// SHA-256 in hexadecimal over Message-ID, From, subject, text and calendar objects: the same for
    /// a mail that came twice by different ways, another for another content.
    pub fingerprint: String,
}

/// The envelope sender as the last server wrote it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnPath {
    /// The server did not write it down.
    Absent,
    /// `<>`: the mail of a mail server, which must not be answered (RFC 5321, 4.5.5).
    Null,
    /// Somebody.
    Address(Address),
    /// Something that is no address.
    Unreadable,
}

/// A calendar object as it stands in a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarPart {
    /// The object: decoded, without a byte order mark, [`CALENDAR_LIMIT`] octets at most.
    pub text: String,
    /// The `method` parameter of its part. What counts is the METHOD in the object.
    pub method: Option<String>,
}

/// An answer by Outlook's own means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutlookAnswer {
    /// Comes.
    Accepted,
    /// May come.
    Tentative,
    /// Does not come.
    Declined,
}

/// Why a mail is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Larger than [`MAIL_LIMIT`].
    #[error("the mail has {octets} octets, more than {MAIL_LIMIT}")]
    TooLarge {
        /// How large it is.
        octets: usize,
    },
    /// Nothing that begins with fields.
    #[error("this is no mail: it has no header fields")]
    NotAMail,
    /// More fields than any mail has.
    #[error("the mail or a part of it has too many or too long header fields")]
    HeadTooLarge,
    /// More parts than any mail has.
    #[error("the mail has more than {} parts", mime::PARTS_LIMIT)]
    TooManyParts,
    /// Parts in parts in parts.
    #[error(
        "the parts of the mail are nested more than {} deep",
        mime::DEPTH_LIMIT
    )]
    TooDeep,
    /// A calendar object larger than [`CALENDAR_LIMIT`].
    #[error("a calendar object in the mail has more than {CALENDAR_LIMIT} octets")]
    CalendarTooLarge,
    /// More calendar objects than any answer has.
    #[error("the mail has more than {CALENDARS_LIMIT} different calendar objects")]
    TooManyCalendars,
}

/// Reads a mail.
///
/// # Errors
/// If it is none, or larger than it may be, see [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<Incoming, Unreadable> {
    if bytes.len() > MAIL_LIMIT {
        return Err(Unreadable::TooLarge {
            octets: bytes.len(),
        });
    }
    let (fields, body) = split(bytes, &Limits::MAIL)?;
    if fields.is_empty() {
        return Err(Unreadable::NotAMail);
    }
    let mut walk = Walk::default();
    let parts = walk.parts(&fields, body, 0)?;
    let (from, unread) = fields.parties("from");
    let calendars = calendars::read(&parts)?;
    let outlook_answer = match calendars.is_empty() {
        true => tnef_answer(&parts),
        false => None,
    };
    let bounce = bounce::read(&fields, &from, &parts, &mut walk)?;
    let mut incoming = Incoming {
        message_id: fields.ids("message-id").into_iter().next(),
        in_reply_to: fields.ids("in-reply-to"),
        references: fields.ids("references"),
        date: fields.date(),
        from_is_clear: from.len() == 1 && unread == 0 && fields.all("from").count() == 1,
        from,
        sender: address(&fields, "sender").map(|party| party.address),
        reply_to: address(&fields, "reply-to"),
        return_path: fields.return_path(),
        recipients: recipients(&fields),
        subject: fields.words("subject", SUBJECT_LIMIT),
        text: words::read(&parts),
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

impl Incoming {
    /// Whose mail it is, if that is beyond doubt.
    #[must_use]
    pub fn author(&self) -> Option<&Mailbox> {
        self.from.first().filter(|_| self.from_is_clear)
    }

    fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            // with its length, so that nothing can move from one value into the next
            hash.update(text.len().to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(self.message_id.as_deref().unwrap_or_default());
        for party in &self.from {
            add(&party.address.key());
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

fn tnef_answer(parts: &[Part]) -> Option<OutlookAnswer> {
    let mut files = parts.iter().filter(|part| outlook::is_tnef(part));
    files.find_map(outlook::answer)
}

fn address(fields: &Fields, name: &str) -> Option<Mailbox> {
    fields.parties(name).0.into_iter().next()
}

fn recipients(fields: &Fields) -> Vec<Address> {
    let mut recipients: Vec<Address> = Vec::new();
    for name in ["delivered-to", "x-original-to", "envelope-to", "to", "cc"] {
        for party in fields.parties(name).0 {
            let is_new = recipients
                .iter()
                .all(|known| known.key() != party.address.key());
            if is_new && recipients.len() < ADDRESSES_LIMIT {
                recipients.push(party.address);
            }
        }
    }
    recipients
}
