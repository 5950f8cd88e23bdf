//! Mail that is written, and how it is rendered (RFC 5322, 2045, 2046, 6047): the same mail always gives
//! the same bytes.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use lettre::address::Envelope;
use lettre::message::header::{
    self, ContentDisposition, ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailboxes, Message, MultiPart, MultiPartBuilder, SinglePart};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::address::{Address, Mailbox};
use super::incoming::LOOP_FIELD;
use super::incoming::clean::one_line;

/// Characters of a subject or a name at most, so that a header line stays below the 998 octets of
/// RFC 5322, 2.1.1 even if it is a single word.
const HEADER_LIMIT: usize = 250;

/// Octets of a message id at most, for the same reason.
const MESSAGE_ID_LIMIT: usize = 250;

/// Ids in References at most: clients build threads from the first and the last few.
const REFERENCES_LIMIT: usize = 20;

/// A mail to one person, complete: it can be stored, sent later and sent again, and stays the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutgoingMail {
    /// The author. With an invitation its ORGANIZER, or clients warn of a forged sender.
    pub from: Mailbox,
    /// The one recipient.
    pub to: Mailbox,
    /// Where replies go, if not to `from`.
    pub reply_to: Option<Mailbox>,
    /// Where delivery reports go (RFC 5321, 2.3.1).
    pub envelope_from: Address,
    /// Unique, and fixed when the mail is written: `<local>@<domain>`, with angle brackets or without.
    pub message_id: String,
    /// Ids of the mails before it in its thread, the first one first.
    pub references: Vec<String>,
    /// When it was written; precise to the second.
    pub date: DateTime<Utc>,
    /// One line, cut at 250 characters.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// An invitation or a cancellation.
    pub calendar: Option<CalendarPart>,
}

/// The calendar object of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarPart {
    /// The METHOD of the object: REQUEST, CANCEL or DECLINECOUNTER.
    pub method: String,
    /// The object; its lines end with CRLF.
    pub body: String,
}

/// Why a mail cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An id is not `local@domain` in printable ASCII.
    #[error("the message id {0:?} is not one")]
    MessageId(String),
    /// lettre prints Date as an HTTP date, which covers the years 1970 to 9999.
    #[error("the date of the mail is out of range")]
    Date,
    /// Exchange refuses a mail whose method differs from that of the object (RFC 6047, 2.4).
    #[error("the method of the calendar part is not the one of the calendar object")]
    Method,
    /// The key failed, though it was usable when it was read.
    #[error("the mail cannot be signed: {0}")]
    Signature(#[from] super::SignerError),
    /// The mail library refused a part.
    #[error("the mail cannot be rendered: {0}")]
    Render(String),
}

impl OutgoingMail {
    /// The mail as it is sent, in ASCII, without a signature.
    ///
    /// # Errors
    /// If the message id, the date or the calendar part is not valid, see [`MailError`].
    pub fn render(&self) -> Result<Vec<u8>, MailError> {
        let id = message_id(&self.message_id)?;
        let date = self.date.timestamp();
        let date = u64::try_from(date).ok().filter(|_| date < 253_402_300_800);
        let since_1970 = std::time::Duration::from_secs(date.ok_or(MailError::Date)?);
        let mut mail = Message::builder()
            .date(SystemTime::UNIX_EPOCH + since_1970)
            .raw_header(mailbox_header::<header::From>(&self.from)?)
            .raw_header(mailbox_header::<header::To>(&self.to)?)
            .subject(header_text(&self.subject))
            .raw_header(ids("Message-ID", std::slice::from_ref(&id)));
        if let Some(reply_to) = &self.reply_to {
            mail = mail.raw_header(mailbox_header::<header::ReplyTo>(reply_to)?);
        }
        let references: Vec<String> = self
            .references
            .iter()
            .map(|id| message_id(id))
            .collect::<Result<_, _>>()?;
        if let Some(parent) = references.last() {
            mail = mail
                .raw_header(ids("In-Reply-To", std::slice::from_ref(parent)))
                .raw_header(ids("References", &nearest(&references)));
        }
        // RFC 3834: automatic responders do not answer this
        let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
        mail = mail.raw_header(HeaderValue::new(auto, "auto-generated".into()));
        // and our own mail that comes back is recognised
        let own = HeaderName::new_from_ascii_str(LOOP_FIELD);
        mail = mail.raw_header(HeaderValue::new(own, "1".into()));
        // lettre would otherwise parse the headers again to find the envelope
        let recipients = vec![lettre_address(&self.to.address).map_err(render_error)?];
        let mail = mail.envelope(Envelope::new(None, recipients).map_err(render_error)?);
        let message = mail.multipart(self.parts(&id)?).map_err(render_error)?;
        Ok(message.formatted())
    }

    /// The structure that Outlook, Gmail and Thunderbird agree on: the calendar object as the last
    /// alternative, and once more as a file.
    fn parts(&self, id: &str) -> Result<MultiPart, MailError> {
        let alternatives = multipart(MultiPart::alternative(), "words", id)
            .singlepart(text_part(ContentType::TEXT_PLAIN, &self.text)?)
            .singlepart(text_part(ContentType::TEXT_HTML, &self.html)?);
        let Some(calendar) = &self.calendar else {
            return Ok(alternatives);
        };
        let method = calendar.checked_method()?;
        let inline = format!("text/calendar; charset=utf-8; method={method}; component=VEVENT");
        let file = "application/ics; name=\"invite.ics\"";
        let attachment = ContentDisposition::attachment("invite.ics");
        // in base64 no server on the way can change the CRLF of the object
        let body = encoded(
            calendar.body.clone().into_bytes(),
            ContentTransferEncoding::Base64,
        )?;
        let inline = SinglePart::builder().header(content_type(&inline)?);
        let file = SinglePart::builder().header(content_type(file)?);
        Ok(multipart(MultiPart::mixed(), "whole", id)
            .multipart(alternatives.singlepart(inline.body(body.clone())))
            .singlepart(file.header(attachment).body(body)))
    }
}

impl CalendarPart {
    fn checked_method(&self) -> Result<&str, MailError> {
        let method = self
            .body
            .lines()
            .find_map(|line| line.strip_prefix("METHOD:"));
        let known = matches!(&*self.method, "REQUEST" | "CANCEL" | "DECLINECOUNTER");
        if known && method == Some(&self.method) {
            Ok(&self.method)
        } else {
            Err(MailError::Method)
        }
    }
}

/// A part of text. Always quoted-printable, in which no text can look like a boundary.
fn text_part(kind: ContentType, text: &str) -> Result<SinglePart, MailError> {
    let body = encoded(clean(text), ContentTransferEncoding::QuotedPrintable)?;
    Ok(SinglePart::builder().header(kind).body(body))
}

/// Line breaks of every kind become `\n`, and controls except tabs are removed.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = |c: &char| matches!(c, '\n' | '\t') || !c.is_control();
    text.chars().filter(kept).collect()
}

fn encoded(
    body: impl Into<lettre::message::MaybeString>,
    encoding: ContentTransferEncoding,
) -> Result<Body, MailError> {
    Body::new_with_encoding(body, encoding).map_err(|_| MailError::Render("encoding".into()))
}

fn content_type(kind: &str) -> Result<ContentType, MailError> {
    ContentType::parse(kind).map_err(render_error)
}

fn render_error(error: impl std::error::Error) -> MailError {
    MailError::Render(error.to_string())
}

/// A multipart whose boundary depends on the message id only. `=_` occurs neither in quoted-printable
/// nor in base64 (RFC 2045, 6.7).
fn multipart(builder: MultiPartBuilder, part: &str, id: &str) -> MultiPart {
    builder.boundary(format!("=_{part}_{}", digest(id))).build()
}

/// 128 bits of the text's SHA-256 in hexadecimal.
pub(super) fn digest(text: &str) -> String {
    let mut hash = HEXLOWER.encode(&Sha256::digest(text));
    hash.truncate(32);
    hash
}

/// A header with one mailbox. lettre panics on line breaks in a name, so they are removed before.
fn mailbox_header<H: Header + From<Mailboxes>>(
    mailbox: &Mailbox,
) -> Result<HeaderValue, MailError> {
    let name = header_text(&mailbox.name);
    let address = lettre_address(&mailbox.address).map_err(render_error)?;
    if is_dotted(&name) {
        let quoted = format!("\"{name}\" <{address}>");
        return Ok(HeaderValue::dangerous_new_pre_encoded(
            H::name(),
            quoted.clone(),
            quoted,
        ));
    }
    let name = Some(name).filter(|name| !name.is_empty());
    Ok(H::from(Mailboxes::from(lettre::message::Mailbox::new(
        name, address,
    )))
    .display())
}

/// A name that lettre would not quote, though a dot requires it (RFC 5322, 3.2.5).
fn is_dotted(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    name.contains('.') && name.bytes().all(plain)
}

pub(super) fn lettre_address(
    address: &Address,
) -> Result<lettre::Address, lettre::address::AddressError> {
    lettre::Address::new(address.local_part(), address.domain())
}

/// Text for a header: one line, cut at 250 characters. `=?` is split, since readers would take it as
/// the start of an encoded word (RFC 2047, 2).
fn header_text(text: &str) -> String {
    let line = one_line(text, HEADER_LIMIT);
    line.replace("=?", "= ?").trim_end().to_owned()
}

/// An id with its angle brackets (RFC 5322, 3.6.4).
fn message_id(text: &str) -> Result<String, MailError> {
    let bare = text.trim();
    let bare = bare
        .strip_prefix('<')
        .and_then(|id| id.strip_suffix('>'))
        .unwrap_or(bare);
    let invalid = || MailError::MessageId(one_line(text, HEADER_LIMIT));
    let (left, right) = bare.split_once('@').ok_or_else(invalid)?;
    let is_text = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_graphic() && !b"<>@\"(),:;\\".contains(&byte);
        !part.is_empty() && part.bytes().all(allowed)
    };
    if is_text(left) && is_text(right) && bare.len() <= MESSAGE_ID_LIMIT {
        Ok(format!("<{bare}>"))
    } else {
        Err(invalid())
    }
}

/// The first id and the last ones.
fn nearest(references: &[String]) -> Vec<String> {
    match references {
        [first, rest @ ..] if rest.len() >= REFERENCES_LIMIT => {
            let last = rest.iter().skip(rest.len() + 1 - REFERENCES_LIMIT);
            std::iter::once(first).chain(last).cloned().collect()
        }
        few => few.to_vec(),
    }
}

/// A header of ids, one per line. They are valid; lettre would encode long ones.
fn ids(name: &'static str, ids: &[String]) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, ids.join(" "), ids.join("\r\n "))
}
