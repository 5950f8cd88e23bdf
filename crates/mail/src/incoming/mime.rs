//! The parts of a mail (RFC 2045, 2046), found without decoding or copying them.
//!
//! mail-parser reads fields and decodes; parts are found here, so that the limits hold before anything
//! is allocated. Each octet is read once per level of nesting.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::parsers::MessageStream;

use super::UnreadableMail;
use super::fields::{Fields, Limits, split};

/// Parts of a mail at most, with those of mails inside it. A reply has two to five.
pub(super) const PARTS_LIMIT: usize = 200;

/// Levels of nesting at most. Clients use three, forwarded bounces five.
pub(super) const DEPTH_LIMIT: usize = 10;

/// A part without parts of its own, or a mail inside a mail.
pub(super) struct MimePart<'a> {
    /// `type/subtype` in lower case.
    pub(super) kind: String,
    /// The `method` parameter of Content-Type.
    pub(super) method: Option<String>,
    /// The file name of Content-Disposition or Content-Type.
    name: String,
    /// Whether it is an attachment.
    pub(super) is_attachment: bool,
    charset: Option<String>,
    encoding: String,
    body: &'a [u8],
}

/// Finds parts and counts them; one for a mail and the mails inside it.
#[derive(Default)]
pub(super) struct PartReader {
    parts: usize,
}

impl PartReader {
    /// The parts of an entity with these fields and this body, in their order.
    pub(super) fn parts<'a>(
        &mut self,
        fields: &Fields,
        body: &'a [u8],
        depth: usize,
    ) -> Result<Vec<MimePart<'a>>, UnreadableMail> {
        let mut found = Vec::new();
        self.descend(fields, body, depth, &mut found)?;
        Ok(found)
    }

    fn descend<'a>(
        &mut self,
        fields: &Fields,
        body: &'a [u8],
        depth: usize,
        found: &mut Vec<MimePart<'a>>,
    ) -> Result<(), UnreadableMail> {
        self.parts += 1;
        if self.parts > PARTS_LIMIT {
            return Err(UnreadableMail::TooManyParts);
        }
        let part = MimePart::new(fields, body);
        let boundary = part
            .kind
            .starts_with("multipart/")
            .then(|| boundary(fields));
        let Some(Some(boundary)) = boundary else {
            found.push(part);
            return Ok(());
        };
        if depth >= DEPTH_LIMIT {
            return Err(UnreadableMail::TooDeep);
        }
        for section in Sections::new(body, &boundary) {
            let (fields, body) = split(section, &Limits::PART)?;
            self.descend(&fields, body, depth + 1, found)?;
        }
        Ok(())
    }
}

/// A structured field with parameters (RFC 2045, 5.1).
fn parameters(fields: &Fields, name: &str) -> Option<mail_parser::ContentType<'static>> {
    let value = fields.first(name)?;
    let value = MessageStream::new(value).parse_content_type();
    value.into_owned().into_content_type()
}

pub(crate) fn boundary(fields: &Fields) -> Option<String> {
    let kind = parameters(fields, "content-type")?;
    let boundary = kind.attribute("boundary")?.trim_end();
    (!boundary.is_empty()).then(|| boundary.to_owned())
}

impl<'a> MimePart<'a> {
    fn new(fields: &Fields, body: &'a [u8]) -> Self {
        let kind = parameters(fields, "content-type");
        let disposition = parameters(fields, "content-disposition");
        let parameter = |name| Some(kind.as_ref()?.attribute(name)?.to_owned());
        let file = |name| Some(disposition.as_ref()?.attribute(name)?.to_owned());
        Self {
            kind: kind.as_ref().map_or_else(
                || "text/plain".to_owned(),
                |kind| {
                    let subtype = kind.subtype().unwrap_or_default();
                    format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase()
                },
            ),
            method: parameter("method"),
            name: file("filename")
                .or_else(|| parameter("name"))
                .unwrap_or_default(),
            is_attachment: disposition
                .as_ref()
                .is_some_and(mail_parser::ContentType::is_attachment),
            charset: parameter("charset"),
            encoding: fields
                .text("content-transfer-encoding")
                .to_ascii_lowercase(),
            body,
        }
    }

    /// Whether its file name has this ending.
    pub(super) fn is_named(&self, ending: &str) -> bool {
        self.name.trim().to_ascii_lowercase().ends_with(ending)
    }

    /// Octets as encoded, which decoding hardly exceeds.
    pub(super) fn encoded_len(&self) -> usize {
        self.body.len()
    }

    /// The content, decoded from at most `limit` encoded octets. Content that cannot be decoded is
    /// returned as it is.
    pub(super) fn bytes(&self, limit: usize) -> Cow<'a, [u8]> {
        let body = self.body.get(..limit).unwrap_or(self.body);
        let decoded = match self.encoding.trim() {
            "base64" => base64_decode(body).or_else(|| {
                let whole = undamaged(body);
                base64_decode(whole).filter(|_| !whole.trim_ascii().is_empty())
            }),
            "quoted-printable" => quoted_printable_decode(body),
            _ => None,
        };
        decoded.map_or(Cow::Borrowed(body), Cow::Owned)
    }

    /// The content as text, decoded from at most `limit` encoded octets.
    pub(super) fn text(&self, limit: usize) -> String {
        let bytes = self.bytes(limit);
        let charset = self.charset.as_deref().unwrap_or_default().trim();
        let is_plain = ["", "utf-8", "utf8", "us-ascii", "ascii"]
            .iter()
            .any(|plain| charset.eq_ignore_ascii_case(plain));
        // many clients declare nothing or us-ascii and send UTF-8, or windows-1252
        let charset = match is_plain {
            true if std::str::from_utf8(&bytes).is_ok() => "utf-8",
            true if charset.len() != "utf-8".len() => "windows-1252",
            _ => charset,
        };
        match charset_decoder(charset.as_bytes()) {
            Some(decode) => decode(&bytes),
            None => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Whether it is a mail or the header of one.
    pub(super) fn is_mail(&self) -> bool {
        matches!(
            &*self.kind,
            "message/rfc822"
                | "message/global"
                | "text/rfc822-headers"
                | "message/rfc822-headers"
                | "message/global-headers"
                | "text/rfc822"
        )
    }
}

/// The lines of base64 before the first that is none: a gateway may have added a text of its own, or a character may have
/// been damaged on the way.
fn undamaged(body: &[u8]) -> &[u8] {
    let is_base64 = |line: &[u8]| {
        let line = line.trim_ascii();
        let sign = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/=".contains(octet);
        line.len().is_multiple_of(4) && line.iter().all(sign)
    };
    let lines = body.split_inclusive(|octet| *octet == b'\n');
    let length: usize = lines
        .take_while(|line| is_base64(line))
        .map(<[u8]>::len)
        .sum();
    body.get(..length).unwrap_or(body)
}

/// The parts between the delimiters of a multipart (RFC 2046, 5.1.1). Without a closing delimiter, the
/// last one ends with its parent.
pub(crate) struct Sections<'a> {
    rest: Option<&'a [u8]>,
    delimiter: Vec<u8>,
}

enum Delimiter {
    Next,
    Last,
}

impl<'a> Sections<'a> {
    pub(crate) fn new(body: &'a [u8], boundary: &str) -> Self {
        let mut sections = Self {
            rest: Some(body),
            delimiter: [b"--", boundary.as_bytes()].concat(),
        };
        // text before the first delimiter is for clients without MIME
        sections.next();
        sections
    }

    fn delimits(&self, line: &[u8]) -> Option<Delimiter> {
        let after = line.strip_prefix(&*self.delimiter)?.trim_ascii();
        match after {
            b"" => Some(Delimiter::Next),
            [b'-', b'-', ..] => Some(Delimiter::Last),
            _ => None,
        }
    }
}

impl<'a> Iterator for Sections<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.rest.take()?;
        let mut offset = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if let Some(delimiter) = self.delimits(line) {
                if matches!(delimiter, Delimiter::Next) {
                    self.rest = text.get(offset + line.len()..);
                }
                // the line break before a delimiter belongs to it
                let section = text.get(..offset)?;
                let section = section.strip_suffix(b"\n").unwrap_or(section);
                return Some(section.strip_suffix(b"\r").unwrap_or(section));
            }
            offset += line.len();
        }
        Some(text)
    }
}
