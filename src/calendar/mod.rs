//! Calendar objects: invitations that go by mail (iTIP, RFC 5546) and feeds that calendars subscribe
//! to. The only module that names the crate `icalendar`.
//!
//! A meeting is one VEVENT with a UID of its own, without recurrence. The crate builds the objects;
//! this module cleans the text before, brings the VTIMEZONE and folds the lines, so that the same
//! values give the same bytes.

mod event;
mod text;
pub mod zones;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use icalendar::{Component, EventLike, Property};
use quick_cache::sync::Cache;

pub use event::{Attendee, Event, FeedHead, Geo, Method, Partstat, Role, Status};

pub use crate::mail::Party;

/// Who made the object (RFC 5545, 3.7.3).
const PRODUCT: &str = "-//reihum//reihum//DE";

/// A zone, and between which two instants.
type Span = (Tz, DateTime<Utc>, DateTime<Utc>);

/// Time zones written lately: all mails about one meeting have the same, and it takes long to find
/// out when clocks change.
static TIMEZONES: LazyLock<Cache<Span, Arc<str>>> = LazyLock::new(|| Cache::new(200));

/// The calendar object of an invitation or a cancellation: what goes into a mail as `text/calendar`.
#[must_use]
pub fn invitation(method: Method, event: &Event) -> String {
    let component = match method {
        Method::Request => request(event),
        Method::Cancel => cancellation(event),
    };
    let mut head = head();
    head.push(Property::new("METHOD", method.as_str()));
    print(head, &timezones([event]), vec![component])
}

/// The calendar object of a feed: no METHOD, nobody's name or address (it may be passed on), and
/// the same bytes as long as nothing has changed. Events stay in the order given.
#[must_use]
pub fn feed(feed: &FeedHead, events: &[Event]) -> String {
    let name = text::one_line(&feed.name);
    let refresh = duration(feed.refresh);
    let mut interval = Property::new("REFRESH-INTERVAL", refresh.as_str());
    interval.add_parameter("VALUE", "DURATION");
    let mut head = head();
    head.extend([
        // the crate takes NAME (RFC 7986, 5.1) for no text and would not escape it
        Property::new("NAME", text::escaped(&name)),
        Property::new("X-WR-CALNAME", name),
        Property::new("X-WR-TIMEZONE", feed.zone.name()),
        interval,
        Property::new("X-PUBLISHED-TTL", refresh),
    ]);
    let mut timezones = timezones(events);
    if events.is_empty() {
        // an object has at least one component (RFC 5545, 3.6); no time is written in this zone
        let at = DateTime::UNIX_EPOCH;
        timezones = zones::vtimezone(feed.zone, at, at);
    }
    print(head, &timezones, events.iter().map(feed_entry).collect())
}

fn head() -> Vec<Property> {
    Property::from_array([
        ("PRODID", PRODUCT),
        ("VERSION", "2.0"),
        ("CALSCALE", "GREGORIAN"),
    ])
}

/// A VEVENT with what every kind of object has.
fn outline(event: &Event) -> icalendar::Event {
    // libical drops an empty SUMMARY, and without one the object is no invitation
    let summary = Some(text::short(&event.summary)).filter(|summary| !summary.is_empty());
    let summary = summary.unwrap_or_else(|| "–".to_owned());
    let mut component = icalendar::Event::new();
    component
        .add_property("UID", text::one_line(&event.uid))
        .add_property("SEQUENCE", event.sequence.to_string())
        .add_property("DTSTAMP", utc(event.stamp))
        .append_property(moment(event, "DTSTART", event.starts))
        .append_property(moment(event, "DTEND", event.ends))
        .add_property("SUMMARY", summary)
        .add_property("STATUS", event.status.as_str());
    component
}

fn request(event: &Event) -> icalendar::Event {
    let mut component = described(event);
    let busy = match event.status {
        Status::Confirmed => "BUSY",
        Status::Tentative => "TENTATIVE",
        Status::Cancelled => "FREE",
    };
    component
        .append_property(organizer(event))
        .add_property("X-MICROSOFT-CDO-BUSYSTATUS", busy)
        .add_property("X-MICROSOFT-CDO-INTENDEDSTATUS", busy);
    if event.refuse_counter {
        component.add_property("X-MICROSOFT-DISALLOW-COUNTER", "TRUE");
    }
    for invited in &event.attendees {
        let mut line = attendee(invited);
        line.add_parameter("RSVP", if invited.rsvp { "TRUE" } else { "FALSE" });
        component.append_multi_property(line);
    }
    component
}

/// As little as RFC 5546, 3.2.5 asks for: everything more is something to disagree about.
fn cancellation(event: &Event) -> icalendar::Event {
    let mut component = outline(event);
    component
        .add_property("STATUS", Status::Cancelled.as_str())
        .append_property(organizer(event));
    for invited in &event.attendees {
        component.append_multi_property(attendee(invited));
    }
    component
}

fn feed_entry(event: &Event) -> icalendar::Event {
    let mut component = described(event);
    component.add_property(
        "LAST-MODIFIED",
        utc(event.last_modified.unwrap_or(event.stamp)),
    );
    component
}

fn described(event: &Event) -> icalendar::Event {
    let mut component = outline(event);
    let transparency = if event.status == Status::Cancelled {
        "TRANSPARENT"
    } else {
        "OPAQUE"
    };
    component.add_property("TRANSP", transparency);
    let description = text::lines(&event.description);
    if !description.trim().is_empty() {
        component.add_property("DESCRIPTION", description);
    }
    let location = text::short(&event.location);
    if !location.is_empty() {
        component.add_property("LOCATION", location);
    }
    if let Some(url) = &event.url {
        component.add_property("URL", text::uri(url));
    }
    if let Some(geo) = event.geo.filter(Geo::is_on_earth) {
        component.add_property("GEO", format!("{:.6};{:.6}", geo.latitude, geo.longitude));
    }
    let categories: Vec<String> = event
        .categories
        .iter()
        .map(|name| text::one_line(name))
        .collect();
    if categories.iter().any(|category| !category.is_empty()) {
        component.categories(categories.iter().filter(|category| !category.is_empty()));
    }
    if let Some(created) = event.created {
        component.add_property("CREATED", utc(created));
    }
    if let Some(modified) = event.last_modified {
        component.add_property("LAST-MODIFIED", utc(modified));
    }
    component
}

fn organizer(event: &Event) -> Property {
    cal_address("ORGANIZER", &event.organizer)
}

fn attendee(attendee: &Attendee) -> Property {
    let mut line = cal_address("ATTENDEE", &attendee.party);
    line.add_parameter("CUTYPE", "INDIVIDUAL")
        .add_parameter("ROLE", attendee.role.as_str())
        .add_parameter("PARTSTAT", attendee.partstat.as_str());
    line
}

/// A person as a property. Who has no name is called by the address, since Outlook wants a CN.
fn cal_address(property: &str, party: &Party) -> Property {
    let name = text::parameter(&party.name);
    let name = if name.is_empty() {
        party.address.as_str()
    } else {
        name.as_str()
    };
    let mut line = Property::new(property, format!("mailto:{}", party.address));
    line.add_parameter("CN", name);
    line
}

/// Whether the event's times can be written in its zone: not in UTC itself, and not in the second
/// of two hours with the same name, which a local time cannot say.
fn is_local(event: &Event) -> bool {
    let readable = |instant: DateTime<Utc>| {
        let local = event
            .zone
            .from_utc_datetime(&instant.naive_utc())
            .naive_local();
        zones::instant_of(local, event.zone) == instant
    };
    !zones::is_utc(event.zone) && readable(event.starts) && readable(event.ends)
}

/// DTSTART or DTEND (RFC 5545, 3.3.5: form 3 with a zone, form 2 in UTC).
fn moment(event: &Event, property: &str, instant: DateTime<Utc>) -> Property {
    if !is_local(event) {
        return Property::new(property, utc(instant));
    }
    let local = event.zone.from_utc_datetime(&instant.naive_utc());
    let mut moment = Property::new(property, local.format("%Y%m%dT%H%M%S").to_string());
    moment.add_parameter("TZID", event.zone.name());
    moment
}

fn utc(instant: DateTime<Utc>) -> String {
    instant.format("%Y%m%dT%H%M%SZ").to_string()
}

/// A duration (RFC 5545, 3.3.6) in its largest whole unit: PT1H, PT90M, PT30S.
fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds % 3600 == 0 && seconds > 0 => format!("PT{}H", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("PT{}M", seconds / 60),
        seconds => format!("PT{seconds}S"),
    }
}

/// One VTIMEZONE for every zone that times are written in, each for all events of its zone.
fn timezones<'a>(events: impl IntoIterator<Item = &'a Event>) -> String {
    let mut spans = BTreeMap::new();
    for event in events.into_iter().filter(|event| is_local(event)) {
        let whole = (event.zone, event.starts, event.ends);
        let (_, first, last) = spans.entry(event.zone.name()).or_insert(whole);
        *first = event.starts.min(*first);
        *last = event.ends.max(*last);
    }
    let spans = spans.into_values();
    let written = spans.map(|span| {
        let kept = TIMEZONES.get(&span);
        kept.unwrap_or_else(|| {
            let (zone, first, last) = span;
            let text: Arc<str> = zones::vtimezone(zone, first, last).into();
            TIMEZONES.insert(span, text.clone());
            text
        })
    });
    written.fold(String::new(), |all, one| all + &one)
}

/// Prints the object, with the zones between its head and its events, folded by us: the crate folds
/// some lines at 76 octets.
fn print(head: Vec<Property>, timezones: &str, events: Vec<icalendar::Event>) -> String {
    let mut calendar = icalendar::Calendar::empty();
    calendar.properties = head;
    calendar.extend(events);
    let printed = text::unfold(&calendar.to_string());
    let lines: Vec<&str> = printed.lines().collect();
    let is_body = |line: &&str| *line == "BEGIN:VEVENT" || *line == "END:VCALENDAR";
    let head_end = lines.iter().position(is_body).unwrap_or(lines.len());
    let (head, body) = lines.split_at(head_end);
    text::fold(
        head.iter()
            .copied()
            .chain(timezones.lines())
            .chain(body.iter().copied()),
    )
}
