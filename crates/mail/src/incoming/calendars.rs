//! The calendar objects in a mail.

use super::mime::Part;
use super::{CALENDAR_LIMIT, CALENDARS_LIMIT, CalendarPart, Unreadable, clean::one_line};

/// Parts that hold calendar objects, in the order in which they are to be believed: what is said to
/// be one inside the text, the same as a file, and files with such a name.
pub(super) fn parts<'p, 'a>(parts: &'p [Part<'a>]) -> Vec<&'p Part<'a>> {
    let rank = |part: &Part| match &*part.kind {
        "text/calendar" => Some(0),
        "application/ics" => Some(1),
        _ if part.is_mail() => None,
        _ => part.is_named(".ics").then_some(2),
    };
    let mut ranked: Vec<(u8, &Part)> = parts
        .iter()
        .filter_map(|part| Some((rank(part)?, part)))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, part)| part).collect()
}

/// The objects, each once though many clients send it twice.
pub(super) fn read(found: &[Part]) -> Result<Vec<CalendarPart>, Unreadable> {
    let mut calendars: Vec<CalendarPart> = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for part in parts(found) {
        // quoted-printable triples what it encodes, and folds it
        if part.encoded_len() > 4 * CALENDAR_LIMIT {
            return Err(Unreadable::CalendarTooLarge);
        }
        let text = part.text(usize::MAX);
        if text.len() > CALENDAR_LIMIT {
            return Err(Unreadable::CalendarTooLarge);
        }
        let text = text.trim_start_matches('\u{feff}');
        let same = normalised(text);
        if same.is_empty() || known.contains(&same) {
            continue;
        }
        if calendars.len() >= CALENDARS_LIMIT {
            return Err(Unreadable::TooManyCalendars);
        }
        known.push(same);
        let method = part.method.as_deref().map(|method| one_line(method, 40));
        calendars.push(CalendarPart {
            text: text.to_owned(),
            method: method.filter(|method| !method.is_empty()),
        });
    }
    Ok(calendars)
}

/// What two copies of an object agree in, however they were folded, encoded and carried.
pub(super) fn normalised(text: &str) -> String {
    let text = text
        .trim_start_matches('\u{feff}')
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let unfolded = text.replace("\n ", "").replace("\n\t", "");
    let lines = unfolded
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
