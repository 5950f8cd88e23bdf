//! The limits of a calendar, and why one is not read.

/// Octets of a calendar at most.
const OCTETS_LIMIT: usize = 5 * 1024 * 1024;
/// Lines of a calendar at most.
const LINES_LIMIT: usize = 300_000;
/// Events and busy times in a calendar at most.
pub const EVENTS_LIMIT: usize = 10_000;
/// Occurrences in a calendar at most.
pub const DATES_LIMIT: usize = 20_000;
/// Days that are examined for recurrences at most.
pub(super) const STEPS_LIMIT: usize = 5_000_000;
/// Dates in an RDATE or EXDATE at most.
pub(super) const LISTED_LIMIT: usize = 2_000;
/// The longest event, in days.
pub const LONGEST_DAYS: i64 = 3_660;
/// Months ahead for which days are read. No series is planned further.
pub(super) const MONTHS_AHEAD: u32 = 61;

/// Why a calendar is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableCalendar {
    /// It exceeds a limit.
    #[error("{0}")]
    TooLarge(&'static str),
    /// It is not a calendar.
    #[error("this is no calendar: it has no VCALENDAR")]
    NotACalendar,
    /// There are several calendars.
    #[error("there is more than one VCALENDAR")]
    Several,
    /// An event cannot be understood.
    #[error("event {number}: {problem}")]
    Event {
        /// Its position among the events, from 1.
        number: usize,
        /// The invalid property.
        property: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl UnreadableCalendar {
    /// The machine-readable name of the reason.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "too_many",
            Self::NotACalendar | Self::Several => "calendar",
            Self::Event { .. } => "event",
        }
    }
}

/// Checks the limits before parsing; returns the text from the calendar on.
pub(super) fn check(text: &str) -> Result<&str, UnreadableCalendar> {
    if text.len() > OCTETS_LIMIT {
        return Err(UnreadableCalendar::TooLarge("it has more than 5 MB"));
    }
    let (mut begins, mut offset, mut start) = (0, 0, None);
    let mut events = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number >= LINES_LIMIT {
            return Err(UnreadableCalendar::TooLarge(
                "it has more than 300000 lines",
            ));
        }
        let bare = line.trim_start_matches('\u{feff}').trim();
        if bare.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
            begins += 1;
            start = start.or(Some(offset));
        }
        events += usize::from(bare.eq_ignore_ascii_case("BEGIN:VEVENT"));
        if has_no_interval(bare) {
            return Err(UnreadableCalendar::Event {
                number: events,
                property: "RRULE",
                problem: "INTERVAL must not be 0".to_owned(),
            });
        }
        offset += line.len();
    }
    match start.and_then(|start| text.get(start..)) {
        Some(text) if begins == 1 => Ok(text.trim_start_matches(['\u{feff}', ' ', '\t'])),
        Some(_) => Err(UnreadableCalendar::Several),
        None => Err(UnreadableCalendar::NotACalendar),
    }
}

/// Whether a line is a rule with INTERVAL=0, which the parser would read as 1. It is a positive number (RFC 5545
/// section 3.3.10).
fn has_no_interval(line: &str) -> bool {
    let line = line.to_ascii_uppercase();
    let rule = line.strip_prefix("RRULE").unwrap_or_default();
    let mut parts = rule.split([':', ';']);
    parts.any(|part| {
        let number = part.strip_prefix("INTERVAL=").map(str::trim);
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit == b'0'))
    })
}
