//! The calendar objects in a mail.

use super::mime::MimePart;
use super::{CALENDAR_LIMIT, CALENDARS_LIMIT, IncomingCalendar, UnreadableMail, clean::one_line};

/// Parts that hold calendar objects, the most trustworthy first: inline objects, attached ones, and
/// files with the extension `.ics`.
pub(super) fn parts<'p, 'a>(parts: &'p [MimePart<'a>]) -> Vec<&'p MimePart<'a>> {
    let rank = |part: &MimePart| match &*part.kind {
        "text/calendar" => Some(0),
        "application/ics" => Some(1),
        _ if part.is_mail() => None,
        _ => part.is_named(".ics").then_some(2),
    };
    let mut ranked: Vec<(u8, &MimePart)> = parts
        .iter()
        .filter_map(|part| Some((rank(part)?, part)))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, part)| part).collect()
}

/// The objects, each once, though many clients send them twice.
pub(super) fn read(found: &[MimePart]) -> Result<Vec<IncomingCalendar>, UnreadableMail> {
    let mut calendars: Vec<IncomingCalendar> = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for part in parts(found) {
        // quoted-printable triples what it encodes, and folds it
        if part.encoded_len() > 4 * CALENDAR_LIMIT {
            return Err(UnreadableMail::CalendarTooLarge);
        }
        let text = part.text(usize::MAX);
        if text.len() > CALENDAR_LIMIT {
            return Err(UnreadableMail::CalendarTooLarge);
        }
        let text = text.trim_start_matches('\u{feff}');
        let same = normalised(text);
        if same.is_empty() || known.contains(&same) {
            continue;
        }
        if calendars.len() >= CALENDARS_LIMIT {
            return Err(UnreadableMail::TooManyCalendars);
        }
        known.push(same);
        let method = part.method.as_deref().map(|method| one_line(method, 40));
        calendars.push(IncomingCalendar {
            text: text.to_owned(),
            method: method.filter(|method| !method.is_empty()),
        });
    }
    Ok(calendars)
}

/// A form that is equal for two copies of an object, however they were folded and encoded.
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
