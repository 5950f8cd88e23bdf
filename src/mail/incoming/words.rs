//! What a mail says to people.

use mail_parser::decoders::html::html_to_text;

use super::TEXT_LIMIT;
use super::clean::{lines, start};
use super::mime::Part;

/// Octets of a text, as it came, that are decoded: a character may take twelve of them.
const PLAIN_LIMIT: usize = 12 * TEXT_LIMIT;
/// The same for HTML, of which most is not text.
const HTML_LIMIT: usize = 512 * 1024;

/// The plain text of a mail, else its HTML made plain.
pub(super) fn read(parts: &[Part]) -> String {
    let of_kind = |kind: &'static str| {
        let texts = move |part: &&Part| part.kind == kind && !part.is_attachment;
        parts.iter().filter(texts)
    };
    let mut plain = String::new();
    for part in of_kind("text/plain") {
        if part.is_named(".ics") || plain.len() > PLAIN_LIMIT {
            continue;
        }
        if !plain.is_empty() {
            plain.push_str("\n\n");
        }
        plain.push_str(&part.text(PLAIN_LIMIT));
    }
    let plain = lines(&plain, TEXT_LIMIT);
    if !plain.is_empty() {
        return plain;
    }
    let html = of_kind("text/html")
        .next()
        .map(|part| part.text(HTML_LIMIT));
    let html = html.unwrap_or_default();
    lines(&html_to_text(start(&html, HTML_LIMIT)), TEXT_LIMIT)
}
