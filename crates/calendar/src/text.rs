//! Cleans text before an object is built, and folds the lines of the object.
//!
//! Text cannot become a property, a parameter or a line of its own: line breaks and controls are removed
//! before (RFC 5545, 3.1 and 3.3.11).

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Octets of a content line at most, without its line break (RFC 5545, 3.1).
const LINE_LIMIT: usize = 75;

/// Characters of a title or a place at most. Outlook cuts both at 255.
const SHORT_LIMIT: usize = 254;

/// Text of several lines: line breaks of every kind become `\n`, other controls are removed.
pub(super) fn lines(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                clean.push('\n');
            }
            // some readers end a line at these as well
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\t' => clean.push(' '),
            character if character.is_control() => {}
            character => clean.push(character),
        }
    }
    clean
}

/// Text of one line: white space of every kind becomes single spaces, other controls are removed.
pub(super) fn one_line(text: &str) -> String {
    // Most text is one line already.
    let is_plain = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_plain(text) && text.trim() == text && !text.contains("  ") {
        return text.to_owned();
    }
    lines(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A title or a place: one line of fewer than 255 characters, with an ellipsis where it was cut.
pub(super) fn short(text: &str) -> String {
    let line = one_line(text);
    if line.chars().count() <= SHORT_LIMIT {
        return line;
    }
    let kept: String = line.chars().take(SHORT_LIMIT - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The value of a parameter: one line, in which `"` becomes `'`, since parameters cannot contain quotes.
/// `^` is removed and `\` becomes `/`, since some readers take them as the start of an escape (RFC 6868).
pub(super) fn parameter(text: &str) -> String {
    one_line(&text.replace('"', "'").replace('\\', "/").replace('^', ""))
}

/// An escaped TEXT value (RFC 5545, 3.3.11), for lines that icalendar does not escape.
pub(super) fn escaped(text: &str) -> String {
    let text = text
        .replace('\\', r"\\")
        .replace(';', r"\;")
        .replace(',', r"\,");
    text.replace('\n', r"\n")
}

/// What a URI may not contain (RFC 3986, 2).
const NOT_IN_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A URI: octets that are not allowed are percent-encoded.
pub(super) fn uri(text: &str) -> String {
    utf8_percent_encode(text.trim(), NOT_IN_URI).to_string()
}

/// Unfolds lines.
pub(super) fn unfold(text: &str) -> String {
    text.replace("\r\n ", "")
}

/// Ends every line with CRLF and folds it at 75 octets, never inside a character (RFC 5545, 3.1).
pub(super) fn fold<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut folded = String::new();
    for line in lines {
        let (mut rest, mut room) = (line, LINE_LIMIT);
        while rest.len() > room {
            let (part, more) = rest.split_at(rest.floor_char_boundary(room));
            folded.push_str(part);
            folded.push_str("\r\n ");
            (rest, room) = (more, LINE_LIMIT - 1);
        }
        folded.push_str(rest);
        folded.push_str("\r\n");
    }
    folded
}
