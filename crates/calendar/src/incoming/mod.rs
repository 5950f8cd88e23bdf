//! Reads calendar objects that were received by mail (iTIP, RFC 5546). Clients omit and misspell properties;
//! whatever can be understood is read, and everything that a sender can make large has a limit.

mod attendee;
pub mod busy;
mod moment;
mod recurring;
mod uid;

use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarProperty,
    ICalendarValue,
};
use chrono::{DateTime, Utc};

pub use attendee::ItipAttendee;
pub use moment::Moment;
pub use uid::{same_uid, uid_candidates};

use mail::Address;
use mail::incoming::clean::{lines, one_line};

/// Octets of an object at most, as in a mail.
pub const OBJECT_LIMIT: usize = mail::incoming::CALENDAR_LIMIT;
/// Events in an object at most. The answer to a series has one for each exception.
pub const EVENTS_LIMIT: usize = 100;
/// Lines of an object at most. The full history of a zone has some thousands.
const LINES_LIMIT: usize = 20_000;
/// Attendees of an event that are read. An answer has one.
const ATTENDEES_LIMIT: usize = 200;
/// Octets of a UID at most: in the encoding of Exchange, a UID of 255 octets has 620.
const UID_LIMIT: usize = 1_000;
/// Characters of a title, a place or a name that are kept.
const SHORT_LIMIT: usize = 254;
/// Characters of a comment that are kept.
pub const COMMENT_LIMIT: usize = 2_000;

/// A calendar object that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItipMessage {
    /// Whether its end is there: it may have been cut off or damaged on the way.
    pub is_whole: bool,
    /// METHOD. An exported calendar has none.
    pub method: Option<ItipMethod>,
    /// Its events that have a UID, in their order.
    pub components: Vec<ItipComponent>,
}

/// The METHOD of an object (RFC 5546, 1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItipMethod {
    /// An invitation or a change of one.
    Request,
    /// An answer of an attendee.
    Reply,
    /// A cancellation.
    Cancel,
    /// A counter proposal of an attendee.
    Counter,
    /// A counter proposal is declined.
    DeclineCounter,
    /// An attendee asks for the invitation again.
    Refresh,
    /// An event for information.
    Publish,
    /// More dates of a series.
    Add,
    /// Something else, in upper case.
    Other(String),
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItipComponent {
    /// The UID as received, see [`same_uid`].
    pub uid: String,
    /// SEQUENCE: the version of the event that it refers to.
    pub sequence: Option<u32>,
    /// DTSTAMP: when an answer was given.
    pub stamp: Option<DateTime<Utc>>,
    /// RECURRENCE-ID: the date of a series that it refers to.
    pub recurrence_id: Option<Moment>,
    /// DTSTART.
    pub starts: Option<Moment>,
    /// DTEND, or DTSTART and DURATION.
    pub ends: Option<Moment>,
    /// ORGANIZER, if it is a mail address.
    pub organizer: Option<Address>,
    /// ATTENDEE lines in their order.
    pub attendees: Vec<ItipAttendee>,
    /// COMMENT properties, joined by line breaks; [`COMMENT_LIMIT`] characters at most.
    pub comment: Option<String>,
    /// SUMMARY in one line.
    pub summary: Option<String>,
}

/// Why an object is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableObject {
    /// Larger than [`OBJECT_LIMIT`].
    #[error("the calendar object has {octets} octets, more than {OBJECT_LIMIT}")]
    TooLarge {
        /// How large it is.
        octets: usize,
    },
    /// More lines than any reply has.
    #[error("the calendar object has more than {LINES_LIMIT} lines")]
    TooManyLines,
    /// More than [`EVENTS_LIMIT`].
    #[error("the calendar object has more than {EVENTS_LIMIT} events")]
    TooManyEvents,
    /// There is no `BEGIN:VCALENDAR`.
    #[error("this is no calendar object: it has no VCALENDAR")]
    NotACalendar,
}

/// Reads the first object in a text.
///
/// # Errors
/// If there is none or it exceeds a limit, see [`UnreadableObject`].
pub fn read(text: &str) -> Result<ItipMessage, UnreadableObject> {
    // Some programs end lines as old Macintosh computers did.
    let lines = Some(text).filter(|text| !text.contains('\n'));
    let lines = lines.map(|text| text.replace('\r', "\n"));
    let text = check(lines.as_deref().unwrap_or(text))?;
    let calendar = ICalendar::parse(text).map_err(|_| UnreadableObject::NotACalendar)?;
    let head = calendar
        .components
        .first()
        .ok_or(UnreadableObject::NotACalendar)?;
    let is_event =
        |part: &&ICalendarComponent| part.component_type == ICalendarComponentType::VEvent;
    // `BEGIN:VEVENT` may be folded and was not counted then
    if calendar.components.iter().filter(is_event).count() > EVENTS_LIMIT {
        return Err(UnreadableObject::TooManyEvents);
    }
    let zones = moment::Zones::new(&calendar);
    let events = calendar.components.iter().filter(is_event);
    Ok(ItipMessage {
        is_whole: text.to_ascii_uppercase().contains("\nEND:VCALENDAR"),
        method: text_of(head, &ICalendarProperty::Method).and_then(|text| ItipMethod::parse(&text)),
        components: events
            .filter_map(|event| component(event, &zones))
            .collect(),
    })
}

/// Checks the limits before parsing; returns the text from the object on.
fn check(text: &str) -> Result<&str, UnreadableObject> {
    if text.len() > OBJECT_LIMIT {
        return Err(UnreadableObject::TooLarge { octets: text.len() });
    }
    let begins = |line: &str, what: &str| {
        let line = line.trim_start_matches('\u{feff}').trim();
        line.eq_ignore_ascii_case(what)
    };
    let mut begin = None;
    let (mut offset, mut events) = (0, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number >= LINES_LIMIT {
            return Err(UnreadableObject::TooManyLines);
        }
        if begin.is_none() && begins(line, "BEGIN:VCALENDAR") {
            begin = Some(offset);
        }
        events += usize::from(begins(line, "BEGIN:VEVENT"));
        if events > EVENTS_LIMIT {
            return Err(UnreadableObject::TooManyEvents);
        }
        offset += line.len();
    }
    let text = text.get(begin.ok_or(UnreadableObject::NotACalendar)?..);
    Ok(text
        .unwrap_or_default()
        .trim_start_matches(['\u{feff}', ' ', '\t']))
}

fn component(event: &ICalendarComponent, zones: &moment::Zones) -> Option<ItipComponent> {
    let uid = text_of(event, &ICalendarProperty::Uid)?;
    let uid = one_line(&uid, UID_LIMIT + 1);
    if uid.is_empty() || uid.len() > UID_LIMIT {
        return None;
    }
    let time = |name| zones.moment(event.property(&name)?);
    let starts = time(ICalendarProperty::Dtstart);
    let attendees = event
        .entries
        .iter()
        .filter(|entry| entry.name == ICalendarProperty::Attendee);
    Some(ItipComponent {
        uid,
        sequence: sequence(event),
        stamp: time(ICalendarProperty::Dtstamp).map(|stamp| stamp.instant(chrono_tz::UTC)),
        recurrence_id: time(ICalendarProperty::RecurrenceId),
        ends: time(ICalendarProperty::Dtend).or_else(|| moment::after(starts?, event)),
        starts,
        organizer: event
            .property(&ICalendarProperty::Organizer)
            .and_then(attendee::address_of),
        attendees: attendees
            .take(ATTENDEES_LIMIT)
            .map(attendee::read)
            .collect(),
        comment: comment(event),
        summary: short(event, &ICalendarProperty::Summary),
    })
}

fn values(entry: &ICalendarEntry) -> impl Iterator<Item = &str> {
    entry.values.iter().filter_map(ICalendarValue::as_text)
}

fn text_of(component: &ICalendarComponent, name: &ICalendarProperty) -> Option<String> {
    let entry = component.property(name)?;
    let text = values(entry).collect::<Vec<_>>().join(",");
    Some(text).filter(|text| !text.trim().is_empty())
}

fn short(component: &ICalendarComponent, name: &ICalendarProperty) -> Option<String> {
    let line = one_line(&text_of(component, name)?, SHORT_LIMIT);
    Some(line).filter(|line| !line.is_empty())
}

fn comment(event: &ICalendarComponent) -> Option<String> {
    let comments = event
        .entries
        .iter()
        .filter(|entry| entry.name == ICalendarProperty::Comment);
    let text: Vec<&str> = comments.flat_map(values).collect();
    let text = lines(&text.join("\n"), COMMENT_LIMIT);
    Some(text).filter(|text| !text.is_empty())
}

fn sequence(event: &ICalendarComponent) -> Option<u32> {
    let value = event
        .property(&ICalendarProperty::Sequence)?
        .values
        .first()?;
    let number = value
        .as_integer()
        .or_else(|| value.as_text()?.trim().parse().ok());
    u32::try_from(number?).ok()
}

impl ItipMethod {
    fn parse(text: &str) -> Option<Self> {
        let name = one_line(text, SHORT_LIMIT).to_ascii_uppercase();
        Some(match &*name {
            "" => return None,
            "REQUEST" => Self::Request,
            "REPLY" => Self::Reply,
            "CANCEL" => Self::Cancel,
            "COUNTER" => Self::Counter,
            "DECLINECOUNTER" => Self::DeclineCounter,
            "REFRESH" => Self::Refresh,
            "PUBLISH" => Self::Publish,
            "ADD" => Self::Add,
            _ => Self::Other(name),
        })
    }
}
