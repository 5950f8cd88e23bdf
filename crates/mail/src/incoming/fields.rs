//! The header fields of a mail or of a part (RFC 5322, 2.2), with limits.

use chrono::{DateTime, Utc};
use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

use super::clean::{one_line, start};
use super::{ADDRESSES_LIMIT, ID_LIMIT, IDS_LIMIT, NAME_LIMIT, ReturnPath, UnreadableMail};
use crate::{Address, Mailbox};

/// The size of a header at most.
pub(crate) struct Limits {
    octets: usize,
    fields: usize,
}

impl Limits {
    /// Of a mail. Large organisations add a hundred fields and 60 kB.
    pub(crate) const MAIL: Self = Self {
        octets: 256 * 1024,
        fields: 1_000,
    };
    /// Of a part.
    pub(super) const PART: Self = Self {
        octets: 64 * 1024,
        fields: 200,
    };
}

/// The fields in their order: names in lower case, raw values, each ending in `\n`.
pub(crate) struct Fields(Vec<(String, Vec<u8>)>);

/// Splits header and body at the first empty line. Lines that are not fields are skipped.
pub(crate) fn split<'a>(
    entity: &'a [u8],
    limits: &Limits,
) -> Result<(Fields, &'a [u8]), UnreadableMail> {
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    let mut offset = 0;
    for line in entity.split_inclusive(|byte| *byte == b'\n') {
        offset += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        if offset > limits.octets {
            return Err(UnreadableMail::HeadTooLarge);
        }
        if line.first().is_some_and(|byte| b" \t".contains(byte)) {
            if let Some((_, value)) = fields.last_mut() {
                value.extend_from_slice(line);
            }
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let name = name.trim_ascii();
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            continue;
        }
        if fields.len() >= limits.fields {
            return Err(UnreadableMail::HeadTooLarge);
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        fields.push((name, value.get(1..).unwrap_or_default().to_vec()));
    }
    for (_, value) in &mut fields {
        if !value.ends_with(b"\n") {
            value.push(b'\n');
        }
    }
    Ok((Fields(fields), entity.get(offset..).unwrap_or_default()))
}

impl Fields {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All fields, unfolded.
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        let all = self.0.iter();
        all.map(|(name, value)| (name.clone(), plain(value)))
            .collect()
    }

    /// The raw values of all fields with this name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = self.0.iter().filter(move |(other, _)| other == name);
        named.map(|(_, value)| &**value)
    }

    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// The first field with this name, unfolded; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        self.first(name).map_or_else(String::new, plain)
    }

    /// The first field with this name as text, with encoded words (RFC 2047) decoded.
    pub(super) fn decoded(&self, name: &str, limit: usize) -> String {
        let Some(value) = self.first(name) else {
            return String::new();
        };
        let decoded = MessageStream::new(value).parse_unstructured();
        one_line(decoded.as_text().unwrap_or_default(), limit)
    }

    pub(super) fn date(&self) -> Option<DateTime<Utc>> {
        let value = MessageStream::new(self.first("date")?).parse_date();
        let date = value.as_datetime().filter(|date| date.is_valid())?;
        DateTime::from_timestamp(date.to_timestamp(), 0)
    }

    /// Message ids without their angle brackets, the last ones if there are too many.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for value in self.all(name) {
            let text = plain(value);
            let bracketed = text
                .split('<')
                .skip(1)
                .filter_map(|rest| rest.split('>').next());
            ids.extend(bracketed.filter_map(message_id));
            if !text.contains('<') {
                ids.extend(text.split_whitespace().filter_map(message_id));
            }
        }
        ids.drain(..ids.len().saturating_sub(IDS_LIMIT));
        ids
    }

    /// The mailboxes in all fields with this name, and the number of those that are left out since
    /// mail cannot be sent to their addresses.
    pub(super) fn mailboxes(&self, name: &str) -> (Vec<Mailbox>, usize) {
        let mut mailboxes: Vec<Mailbox> = Vec::new();
        let mut written = 0;
        for value in self.all(name) {
            let HeaderValue::Address(list) = MessageStream::new(value).parse_address() else {
                written += 1;
                continue;
            };
            for one in list.iter() {
                written += 1;
                if written > ADDRESSES_LIMIT {
                    continue;
                }
                if let Some(address) = one.address().and_then(|text| literal_address(text, value)) {
                    let name = one_line(one.name().unwrap_or_default(), NAME_LIMIT);
                    mailboxes.push(Mailbox { name, address });
                }
            }
        }
        let unread = written - mailboxes.len();
        (mailboxes, unread)
    }

    /// The envelope sender as the last server recorded it (RFC 5321, 4.4).
    pub(super) fn return_path(&self) -> ReturnPath {
        let Some(value) = self.first("return-path") else {
            return ReturnPath::Absent;
        };
        let text = plain(value);
        let text = text.trim();
        let bare = text
            .strip_prefix('<')
            .and_then(|text| text.strip_suffix('>'));
        let bare = bare.unwrap_or(text).trim();
        if bare.is_empty() || bare.eq_ignore_ascii_case("mailer-daemon") {
            return ReturnPath::Null;
        }
        Address::parse(bare).map_or(ReturnPath::Invalid, ReturnPath::Address)
    }
}

/// A value in one line.
fn plain(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    one_line(&text, usize::MAX)
}

fn message_id(text: &str) -> Option<String> {
    let bare = text.trim();
    let is_id = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then(|| start(bare, ID_LIMIT).to_owned())
}

/// An address that occurs literally in the field. One that appears only after decoding encoded words is
/// not valid (RFC 2047, 5), and whoever authenticated the sender did not see it.
fn literal_address(text: &str, value: &[u8]) -> Option<Address> {
    let text = text.trim();
    let is_literal = value
        .windows(text.len().max(1))
        .any(|part| part == text.as_bytes());
    if is_literal {
        Address::parse(text).ok()
    } else {
        None
    }
}
