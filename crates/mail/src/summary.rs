//! A summary of a mail as it is sent: its header fields, and the tree of its parts (RFC 2045, 2046).

use super::incoming::fields::{Limits, split};
use super::incoming::mime::{Sections, boundary};

/// Parts nested deeper than this are not listed.
const DEPTH_LIMIT: usize = 8;

/// The structure of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSummary {
    /// Its header fields in their order, names in lower case: unfolded, not decoded.
    pub fields: Vec<(String, String)>,
    /// The mail itself and its parts, each before the parts inside it.
    pub parts: Vec<PartSummary>,
}

/// A part of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSummary {
    /// How many parts it is nested in.
    pub depth: usize,
    /// Its Content-Type with all parameters except the boundary.
    pub content_type: String,
    /// Its Content-Transfer-Encoding, if it has one.
    pub encoding: Option<String>,
    /// Whether it is an attachment.
    pub is_attachment: bool,
    /// Octets of its body, as encoded.
    pub size: usize,
}

impl MailSummary {
    /// Reads a mail. Anything else is a mail without fields.
    #[must_use]
    pub fn of(mail: &[u8]) -> Self {
        let mut parts = Vec::new();
        let fields = add_parts(mail, 0, &mut parts);
        Self { fields, parts }
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let is_it = |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        let found = self.fields.iter().find(is_it)?;
        Some(&found.1)
    }
}

/// Adds an entity with its parts; returns its header fields.
fn add_parts(entity: &[u8], depth: usize, found: &mut Vec<PartSummary>) -> Vec<(String, String)> {
    let Ok((fields, body)) = split(entity, &Limits::MAIL) else {
        return Vec::new();
    };
    let text = |name: &str| Some(fields.text(name)).filter(|text| !text.is_empty());
    let kind = text("content-type").unwrap_or_else(|| "text/plain".to_owned());
    let parameters = kind.split(';').map(str::trim);
    let parameters = parameters.filter(|parameter| !parameter.starts_with("boundary="));
    found.push(PartSummary {
        depth,
        content_type: parameters.collect::<Vec<_>>().join("; "),
        encoding: text("content-transfer-encoding"),
        is_attachment: fields.text("content-disposition").starts_with("attachment"),
        size: body.len(),
    });
    if let Some(boundary) = boundary(&fields).filter(|_| depth < DEPTH_LIMIT) {
        for part in Sections::new(body, &boundary) {
            add_parts(part, depth + 1, found);
        }
    }
    fields.texts()
}
