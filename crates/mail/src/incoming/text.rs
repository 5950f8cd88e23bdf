//! The text of a mail.

use mail_parser::decoders::html::html_to_text;

use super::TEXT_LIMIT;
use super::clean::{lines, start};
use super::mime::MimePart;

/// Octets of an encoded text that are decoded: a character may take twelve of them.
const PLAIN_LIMIT: usize = 12 * TEXT_LIMIT;
/// The same for HTML, of which most is not text.
const HTML_LIMIT: usize = 512 * 1024;
/// Elements that end a line.
const LINES: [&str; 8] = ["div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote"];

/// The plain text of a mail, or else its HTML as plain text.
pub(super) fn read(parts: &[MimePart]) -> String {
    let of_kind = |kind: &'static str| {
        let texts = move |part: &&MimePart| part.kind == kind && !part.is_attachment;
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
    let html = of_kind("text/html").next();
    let html = html.map(|part| part.text(HTML_LIMIT));
    let html = html.unwrap_or_default();
    let html = with_breaks(start(&html, HTML_LIMIT));
    lines(&html_to_text(&html), TEXT_LIMIT)
}

/// mail-parser ends a line at `<br>` and `</p>` only; most clients write `<div>`.
fn with_breaks(html: &str) -> String {
    let ends_line = |tag: &str| {
        let name = tag.split(['>', ' ']).next().unwrap_or_default();
        LINES.iter().any(|line| name.eq_ignore_ascii_case(line))
    };
    let mut pieces = html.split("</");
    let mut broken = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        if ends_line(piece) {
            broken.push_str("<br>");
        }
        broken.push_str("</");
        broken.push_str(piece);
    }
    broken
}
