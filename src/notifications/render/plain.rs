//! A mail as plain text, and how text of people becomes harmless.
use super::{Agenda, Content, Link};

/// Where lines of mail end.
const WIDTH: usize = 72;

/// One line without control characters: all white space is one blank, and what would turn the
/// direction of the text or hide in it is gone.
fn clean(text: &str) -> String {
    if is_clean(text) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    let mut is_apart = false;
    for character in text.chars().filter(|character| !is_invisible(*character)) {
        if character.is_control() || character.is_whitespace() {
            is_apart = !line.is_empty();
            continue;
        }
        if std::mem::take(&mut is_apart) {
            line.push(' ');
        }
        line.push(character);
    }
    line
}

fn is_clean(text: &str) -> bool {
    let mut is_apart = true;
    let as_it_should_be = text.chars().all(|character| {
        let after_blank = std::mem::replace(&mut is_apart, character == ' ');
        match character {
            ' ' => !after_blank,
            '!'..='~' => true,
            other => !other.is_control() && !other.is_whitespace() && !is_invisible(other),
        }
    });
    as_it_should_be && (!is_apart || text.is_empty())
}

fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A clean text that says something.
pub fn filled(text: Option<&str>) -> Option<String> {
    text.map(clean).filter(|text| !text.is_empty())
}

/// At most `most` characters, ending in "…" where something is missing, if possible after a word.
pub fn cut(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else {
        return text.to_owned();
    };
    let kept: String = text[..end].chars().take(most.saturating_sub(1)).collect();
    // A blank far from the end would cost too much of a text that hardly has any.
    let word_end = kept.rfind(' ').filter(|blank| *blank > kept.len() / 2);
    let kept = word_end
        .and_then(|blank| kept.get(..blank))
        .unwrap_or(&kept);
    format!("{}…", kept.trim_end_matches([' ', ',', ';', ':', '.']))
}

/// An address without blanks, which would let other text stand behind it.
pub fn address(url: &str) -> String {
    clean(url).replace(' ', "")
}

/// A clean line of at most `most` characters.
pub fn line(text: &str, most: usize) -> String {
    cut(&clean(text), most)
}

/// The text part of a mail.
pub(super) fn render(content: &Content) -> String {
    let mut blocks: Vec<String> = Vec::new();
    blocks.push(paragraphs(&content.news));
    blocks.push(wrap(&content.greeting, "", ""));
    blocks.extend(content.paragraphs.iter().map(|text| wrap(text, "", "")));
    blocks.push(details(&content.details));
    blocks.extend(content.agenda.iter().map(agenda));
    blocks.push(joined(
        content.quote.iter().map(|text| wrap(text, "> ", "> ")),
        "\n",
    ));
    if let Some(question) = &content.question {
        let answers = question.answers.iter().map(|answer| link(answer, "  "));
        blocks.push(joined(
            [wrap(&question.ask, "", "")].into_iter().chain(answers),
            "\n",
        ));
        blocks.push(wrap(&question.other_way, "", ""));
    }
    blocks.extend(content.links.iter().map(|to| link(to, "")));
    blocks.push(joined(
        [content.closing.clone()]
            .into_iter()
            .chain(content.signature.iter().map(|text| wrap(text, "", ""))),
        "\n",
    ));
    blocks.push(joined(
        content
            .footer
            .iter()
            .map(|text| wrap(text, "", ""))
            .chain(content.privacy.iter().map(|privacy| link(privacy, ""))),
        "\n",
    ));
    joined(blocks, "\n\n") + "\n"
}

/// Labels and values.
fn details(rows: &[(String, String)]) -> String {
    table(
        rows.iter()
            .map(|(label, value)| (format!("{label}:"), value)),
    )
}

/// The agenda under its heading.
fn agenda(agenda: &Agenda) -> String {
    let lines = agenda
        .lines
        .iter()
        .map(|(number, text)| (number.clone(), text));
    let note = agenda.note.iter().map(|note| wrap(note, "", ""));
    let lines = [agenda.heading.clone(), table(lines)]
        .into_iter()
        .chain(note);
    joined(lines, "\n")
}

fn paragraphs(texts: &[String]) -> String {
    joined(texts.iter().map(|text| wrap(text, "", "")), "\n")
}

fn joined(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(between)
}

/// Heads in a column, what belongs to them beside it.
fn table<'a>(rows: impl Iterator<Item = (String, &'a String)>) -> String {
    let rows: Vec<(String, &String)> = rows.collect();
    let column = rows
        .iter()
        .map(|(head, _)| columns(head))
        .max()
        .unwrap_or_default()
        + 2;
    let indent = " ".repeat(column);
    joined(
        rows.iter()
            .map(|(head, text)| wrap(text, &format!("{head:<column$}"), &indent)),
        "\n",
    )
}

/// What a link is for and its address, in two lines if one is too short.
fn link(link: &Link, indent: &str) -> String {
    let lead = wrap(&link.lead, indent, indent);
    let last = lead.rsplit('\n').next().unwrap_or_default();
    if columns(last) + 1 + columns(&link.url) > WIDTH {
        return format!("{lead}\n{indent}{}", link.url);
    }
    format!("{lead} {}", link.url)
}

/// `text` in lines of at most [`WIDTH`] columns. A longer word is broken, but an address never is:
/// it gets a line of its own.
fn wrap(text: &str, first: &str, rest: &str) -> String {
    let room = WIDTH
        .saturating_sub(columns(first).max(columns(rest)))
        .max(1);
    let mut lines = Vec::new();
    let mut current = first.to_owned();
    let mut width = columns(first);
    let mut has_words = false;
    for word in text
        .split(' ')
        .filter(|word| !word.is_empty())
        .flat_map(|word| pieces(word, room))
    {
        let length = columns(word);
        if has_words && width + 1 + length > WIDTH {
            lines.push(std::mem::replace(&mut current, rest.to_owned()));
            width = columns(rest);
            has_words = false;
        }
        if !has_words && length > room {
            // Only an address can still be too long.
            if !current.trim().is_empty() {
                lines.push(current.trim_end().to_owned());
            }
            lines.push(word.to_owned());
            rest.clone_into(&mut current);
            width = columns(rest);
            continue;
        }
        if has_words {
            current.push(' ');
            width += 1;
        }
        current.push_str(word);
        width += length;
        has_words = true;
    }
    if has_words || !current.trim().is_empty() {
        lines.push(current.trim_end().to_owned());
    }
    lines.join("\n")
}

/// A word in pieces of at most `room` columns; an address as it is.
fn pieces(word: &str, room: usize) -> impl Iterator<Item = &str> {
    let mut left = Some(word);
    std::iter::from_fn(move || {
        let word = left.take()?;
        let (piece, more) = match word.char_indices().nth(room) {
            Some((end, _)) if !word.contains("://") => word.split_at(end),
            _ => return Some(word),
        };
        left = Some(more);
        Some(piece)
    })
}

fn columns(text: &str) -> usize {
    text.chars().count()
}
