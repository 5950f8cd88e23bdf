//! A summary of a mail as it is sent: its header fields, and the tree of its parts (RFC 2045, 2046).

use super::dkim::{fields, parts};

/// Parts nested deeper than this are not listed.
const DEPTH_LIMIT: usize = 8;

/// The structure of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSummary {
    /// Its header fields in their order: unfolded, not decoded.
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
        let mut found = Vec::new();
        add_parts(mail, 0, &mut found);
        let (head, _) = parts(mail);
        Self {
            fields: named_values(head),
            parts: found,
        }
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        value(&self.fields, name)
    }
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let is_it = |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
    fields.iter().find(is_it).map(|(_, value)| value.as_str())
}

fn named_values(head: &[u8]) -> Vec<(String, String)> {
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let named = |field: String| {
        let (name, value) = field.split_once(':')?;
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        Some((name.trim_end().to_owned(), words.join(" ")))
    };
    let fields = fields(head);
    fields
        .iter()
        .filter_map(|field| named(text(field.text)))
        .collect()
}

fn add_parts(entity: &[u8], depth: usize, found: &mut Vec<PartSummary>) {
    let (head, body) = parts(entity);
    let fields = named_values(head);
    let kind = value(&fields, "Content-Type").unwrap_or("text/plain");
    let (boundary, parameters): (Vec<&str>, Vec<&str>) = kind
        .split(';')
        .map(str::trim)
        .partition(|parameter| parameter.starts_with("boundary="));
    let boundary = boundary.first().map(|parameter| {
        let value = parameter.trim_start_matches("boundary=");
        value.trim_matches('"').to_owned()
    });
    let disposition = value(&fields, "Content-Disposition").unwrap_or_default();
    found.push(PartSummary {
        depth,
        content_type: parameters.join("; "),
        encoding: value(&fields, "Content-Transfer-Encoding").map(str::to_owned),
        is_attachment: disposition.starts_with("attachment"),
        size: body.len(),
    });
    if let Some(boundary) = boundary.filter(|_| depth < DEPTH_LIMIT) {
        for part in sections(body, &boundary) {
            add_parts(part, depth + 1, found);
        }
    }
}

/// The parts between the delimiter lines of this boundary.
fn sections<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let line = format!("--{boundary}").into_bytes();
    let starts: Vec<usize> = body
        .windows(line.len().max(1))
        .enumerate()
        .filter(|(at, window)| *window == line && (*at == 0 || body[..*at].ends_with(b"\r\n")))
        .map(|(at, _)| at)
        .collect();
    let pairs = starts.iter().zip(starts.iter().skip(1));
    pairs
        .map(|(start, end)| {
            let part = &body[start + line.len()..*end];
            let part = part.strip_prefix(b"\r\n").unwrap_or(part);
            part.strip_suffix(b"\r\n").unwrap_or(part)
        })
        .collect()
}
