//! What a mail looks like on the wire: its header fields, and the tree of its parts (RFC 2045, 2046).

use super::dkim::{fields, parts};

/// So deep a mail is looked into.
const DEPTH: usize = 8;

/// A mail as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The fields of its head in their order, unfolded, not decoded.
    pub fields: Vec<(String, String)>,
    /// Itself and its parts, from the outside in.
    pub parts: Vec<Part>,
}

/// A part of a mail, which may have parts of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// How many parts it is within.
    pub depth: usize,
    /// Its Content-Type with all parameters but the boundary.
    pub content_type: String,
    /// Its Content-Transfer-Encoding, if it has one.
    pub encoding: Option<String>,
    /// Whether it is a file of its own.
    pub is_attachment: bool,
    /// Octets of its body, encoded as it is.
    pub size: usize,
}

impl Look {
    /// Reads a mail; what is no mail looks like one without fields and parts.
    #[must_use]
    pub fn at(mail: &[u8]) -> Self {
        let mut seen = Vec::new();
        look_into(mail, 0, &mut seen);
        let (head, _) = parts(mail);
        Self {
            fields: named_values(head),
            parts: seen,
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

fn look_into(entity: &[u8], depth: usize, seen: &mut Vec<Part>) {
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
    seen.push(Part {
        depth,
        content_type: parameters.join("; "),
        encoding: value(&fields, "Content-Transfer-Encoding").map(str::to_owned),
        is_attachment: disposition.starts_with("attachment"),
        size: body.len(),
    });
    if let Some(boundary) = boundary.filter(|_| depth < DEPTH) {
        for part in between(body, &boundary) {
            look_into(part, depth + 1, seen);
        }
    }
}

/// The parts between lines of this boundary.
fn between<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
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
