//! Cleans text of unknown origin, so that it can be stored and shown.

/// Whether a character is invisible but changes how others are shown or found: controls, marks that
/// change the direction of writing (Unicode Technical Report 36, 2.6), and characters without width. The
/// joiners U+200C and U+200D stay, since scripts and emoji need them.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// One line of at most `limit` characters: white space of every kind becomes single spaces.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut characters = 0;
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}'));
    for word in words {
        let mut starts = characters > 0;
        for character in word.chars().filter(|c| !is_hidden(*c)) {
            if characters + usize::from(starts) >= limit {
                return line;
            }
            if std::mem::take(&mut starts) {
                line.push(' ');
                characters += 1;
            }
            line.push(character);
            characters += 1;
        }
    }
    line
}

/// Several lines of at most `limit` characters in all: line breaks of every kind become `\n`, and
/// consecutive empty lines become one.
#[must_use]
pub fn lines(text: &str, limit: usize) -> String {
    let unified = text.replace("\r\n", "\n");
    let mut kept = String::new();
    let mut characters = 0;
    let mut breaks = 0;
    for line in unified.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        let visible: String = line
            .chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .filter(|c| !is_hidden(*c))
            .collect();
        let visible = visible.trim_end();
        if visible.is_empty() {
            breaks = (breaks + 1).min(2);
            continue;
        }
        let gap = if kept.is_empty() { 0 } else { breaks };
        if characters + gap >= limit {
            break;
        }
        kept.extend(std::iter::repeat_n('\n', gap));
        characters += gap;
        let room = visible.chars().take(limit - characters);
        let before = kept.len();
        kept.extend(room);
        characters += kept.get(before..).map_or(0, |added| added.chars().count());
        breaks = 1;
    }
    kept
}

/// The first `limit` octets of a text at most, never ending inside a character.
#[must_use]
pub fn start(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
