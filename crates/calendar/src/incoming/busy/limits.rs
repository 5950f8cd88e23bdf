//! How large a calendar may be, and why one is not read.

/// Octets of a calendar at most.
const OCTETS_LIMIT: usize = 5 * 1024 * 1024;
/// Lines of a calendar at most.
const LINES_LIMIT: usize = 300_000;
/// Events and busy times in a calendar at most.
pub const EVENTS_LIMIT: usize = 10_000;
/// Dates that all its recurrences make at most.
pub const DATES_LIMIT: usize = 20_000;
/// Days that are looked at for its recurrences at most.
pub(super) const STEPS_LIMIT: usize = 5_000_000;
/// Dates that an event adds or leaves out at most.
pub(super) const LISTED_LIMIT: usize = 2_000;
/// The longest event, in days.
pub const LONGEST: i64 = 3_660;
/// Of so many months ahead days are read; no series is planned further.
pub(super) const MONTHS_AHEAD: u32 = 61;

/// Why a calendar is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is larger than it may be.
    #[error("{0}")]
    TooLarge(&'static str),
    /// It is none.
    #[error("this is no calendar: it has no VCALENDAR")]
    NotACalendar,
    /// There are several.
    #[error("there is more than one VCALENDAR")]
    Several,
    /// An event cannot be understood.
    #[error("event {number}: {problem}")]
    Event {
        /// Its place among the events, from 1.
        number: usize,
        /// The property that is wrong.
        property: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl Unreadable {
    /// The rule's name, for programs.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "too_many",
            Self::NotACalendar | Self::Several => "calendar",
            Self::Event { .. } => "event",
        }
    }
}

/// Looks at the size of a text before anything is made of it.
pub(super) fn check(text: &str) -> Result<&str, Unreadable> {
    if text.len() > OCTETS_LIMIT {
        return Err(Unreadable::TooLarge("it has more than 5 MB"));
    }
    let (mut begins, mut offset, mut start) = (0, 0, None);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number >= LINES_LIMIT {
            return Err(Unreadable::TooLarge("it has more than 300000 lines"));
        }
        let bare = line.trim_start_matches('\u{feff}').trim();
        if bare.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
            begins += 1;
            start = start.or(Some(offset));
        }
        offset += line.len();
    }
    match start.and_then(|start| text.get(start..)) {
        Some(text) if begins == 1 => Ok(text.trim_start_matches(['\u{feff}', ' ', '\t'])),
        Some(_) => Err(Unreadable::Several),
        None => Err(Unreadable::NotACalendar),
    }
}
