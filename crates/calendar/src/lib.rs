//! Calendar objects (iCalendar, RFC 5545): invitations that are sent by mail (iTIP, RFC 5546), feeds that
//! calendars subscribe to, and objects that were received ([`incoming`]). The only crate that uses
//! icalendar and calcard.
//!
//! A meeting is one VEVENT with its own UID, without recurrence. icalendar builds the objects; this
//! crate cleans the text, adds the VTIMEZONE and folds the lines, so that the same values always give
//! the same bytes.

mod event;
pub mod incoming;
mod text;
pub mod zones;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use icalendar::{Component, EventLike, Property};
use quick_cache::sync::Cache;

pub use event::{
    Attendee, AttendeeRole, CounterDeclined, Event, EventStatus, FeedHead, Geo, InvitationMethod,
    Partstat, PersonalEvent,
};

pub use mail::{Address, Mailbox};

/// PRODID (RFC 5545, 3.7.3).
const PRODUCT: &str = "-//reihum//reihum//DE";

/// A zone and the first and last instant in it.
type ZonePeriod = (Tz, DateTime<Utc>, DateTime<Utc>);

/// Recently written VTIMEZONEs: all mails about one meeting have the same, and it takes long to find the
/// changes of the offset.
static TIMEZONES: LazyLock<Cache<ZonePeriod, Arc<str>>> = LazyLock::new(|| Cache::new(200));

/// The calendar object of an invitation or a cancellation.
#[must_use]
pub fn invitation(method: InvitationMethod, event: &Event) -> String {
    let component = match method {
        InvitationMethod::Request => request(event),
        InvitationMethod::Cancel => cancellation(event),
    };
    let mut head = head();
    head.push(Property::new("METHOD", method.as_str()));
    print(
        head,
        &timezones([event]),
        vec![EventWithAlarms::of(component)],
    )
}

/// The METHOD of [`counter_declined`].
pub const DECLINE_COUNTER: &str = "DECLINECOUNTER";

/// The calendar object that declines a counter proposal, with the mandatory properties only.
#[must_use]
pub fn counter_declined(declined: &CounterDeclined) -> String {
    let mut component = icalendar::Event::new();
    component
        .add_property("UID", text::one_line(&declined.uid))
        .add_property("SEQUENCE", declined.sequence.to_string())
        .add_property("DTSTAMP", utc(declined.stamp))
        .append_property(cal_address("ORGANIZER", &declined.organizer))
        .append_multi_property(cal_address("ATTENDEE", &declined.attendee));
    let comment = declined.comment.as_deref().map(text::lines);
    if let Some(comment) = comment.filter(|comment| !comment.trim().is_empty()) {
        component.add_property("COMMENT", comment);
    }
    let mut head = head();
    head.push(Property::new("METHOD", DECLINE_COUNTER));
    print(head, "", vec![EventWithAlarms::of(component)])
}

/// The calendar object of a feed, without METHOD. It contains no names or addresses of people, since it
/// may be passed on. Events keep their order.
#[must_use]
pub fn feed(feed: &FeedHead, events: &[Event]) -> String {
    let entries = events
        .iter()
        .map(|event| EventWithAlarms::of(feed_entry(event)));
    subscribed(feed, &events.iter().collect::<Vec<_>>(), entries.collect())
}

/// As [`feed`], for one person. The only object with reminders: in an invitation they would duplicate those
/// that calendars set by themselves.
#[must_use]
pub fn personal_feed(feed: &FeedHead, events: &[PersonalEvent]) -> String {
    let entries = events.iter().map(personal_entry).collect();
    let events: Vec<_> = events.iter().map(|personal| &personal.event).collect();
    subscribed(feed, &events, entries)
}

fn subscribed(feed: &FeedHead, events: &[&Event], entries: Vec<EventWithAlarms>) -> String {
    let name = text::one_line(&feed.name);
    let refresh = duration(feed.refresh);
    let mut interval = Property::new("REFRESH-INTERVAL", refresh.as_str());
    interval.add_parameter("VALUE", "DURATION");
    let mut head = head();
    head.extend([
        // icalendar does not escape NAME (RFC 7986, 5.1)
        Property::new("NAME", text::escaped(&name)),
        Property::new("X-WR-CALNAME", name),
        Property::new("X-WR-TIMEZONE", feed.zone.name()),
        interval,
        Property::new("X-PUBLISHED-TTL", refresh),
    ]);
    let mut timezones = timezones(events.iter().copied());
    if events.is_empty() {
        // an object needs a component (RFC 5545, 3.6)
        let at = DateTime::UNIX_EPOCH;
        timezones = zones::vtimezone(feed.zone, at, at);
    }
    print(head, &timezones, entries)
}

/// A VEVENT, and its VALARMs as lines: icalendar would give each the current time and a random UID.
struct EventWithAlarms {
    component: icalendar::Event,
    alarms: Vec<String>,
}

impl EventWithAlarms {
    fn of(component: icalendar::Event) -> Self {
        let alarms = Vec::new();
        Self { component, alarms }
    }
}

fn head() -> Vec<Property> {
    Property::from_array([
        ("PRODID", PRODUCT),
        ("VERSION", "2.0"),
        ("CALSCALE", "GREGORIAN"),
    ])
}

/// A VEVENT with the properties that every kind of object has.
fn outline(event: &Event) -> icalendar::Event {
    // libical drops an empty SUMMARY, and without one the object is not an invitation
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
    component
        .append_property(organizer(event))
        // As Exchange sends it: nobody has answered yet.
        .add_property("X-MICROSOFT-CDO-BUSYSTATUS", "TENTATIVE")
        .add_property("X-MICROSOFT-CDO-INTENDEDSTATUS", busy(event.status));
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

/// How Outlook shows the time.
fn busy(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Confirmed => "BUSY",
        EventStatus::Tentative => "TENTATIVE",
        EventStatus::Cancelled => "FREE",
    }
}

/// Only what RFC 5546, 3.2.5 requires.
fn cancellation(event: &Event) -> icalendar::Event {
    let mut component = outline(event);
    component
        .add_property("STATUS", EventStatus::Cancelled.as_str())
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

fn personal_entry(personal: &PersonalEvent) -> EventWithAlarms {
    let event = &personal.event;
    let mut component = feed_entry(event);
    let free = personal.free || event.status == EventStatus::Cancelled;
    if free {
        component.add_property("TRANSP", "TRANSPARENT");
    }
    let busy = if free { "FREE" } else { busy(event.status) };
    component.add_property("X-MICROSOFT-CDO-BUSYSTATUS", busy);
    let summary = component.property_value("SUMMARY").unwrap_or_default();
    let summary = format!("DESCRIPTION:{}", text::escaped(summary));
    let alarms = personal.reminders.iter().flat_map(|minutes| {
        [
            "BEGIN:VALARM".to_owned(),
            "ACTION:DISPLAY".to_owned(),
            summary.clone(),
            format!("TRIGGER:-{}", days_or_less(*minutes)),
            "END:VALARM".to_owned(),
        ]
    });
    let alarms = alarms.collect();
    EventWithAlarms { component, alarms }
}

fn described(event: &Event) -> icalendar::Event {
    let mut component = outline(event);
    let transparency = if event.status == EventStatus::Cancelled {
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
    let mut line = cal_address("ATTENDEE", &attendee.mailbox);
    line.add_parameter("CUTYPE", "INDIVIDUAL")
        .add_parameter("ROLE", attendee.role.as_str())
        .add_parameter("PARTSTAT", attendee.partstat.as_str());
    let delegated = [
        ("DELEGATED-FROM", &attendee.delegated_from),
        ("DELEGATED-TO", &attendee.delegated_to),
    ];
    for (name, addresses) in delegated {
        if !addresses.is_empty() {
            line.add_parameter(name, &cal_addresses(addresses));
        }
    }
    line
}

/// Addresses as the value of a parameter, each in quotes (RFC 5545, 3.2.4). icalendar does not quote again
/// what begins and ends with a quote.
fn cal_addresses(addresses: &[Address]) -> String {
    let quoted: Vec<String> = addresses
        .iter()
        .map(|address| format!("\"mailto:{}\"", text::parameter(address.as_str())))
        .collect();
    quoted.join(",")
}

/// A person as a property. Who has no name is called by the address, since Outlook wants a CN.
fn cal_address(property: &str, mailbox: &Mailbox) -> Property {
    let name = text::parameter(&mailbox.name);
    let name = if name.is_empty() {
        mailbox.address.as_str()
    } else {
        name.as_str()
    };
    let mut line = Property::new(property, format!("mailto:{}", mailbox.address));
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

/// A duration (RFC 5545, 3.3.6) in minutes. Whole days are written as days: a day before a meeting is at
/// the same local time, even if the offset changes in between.
fn days_or_less(minutes: u32) -> String {
    match minutes {
        whole if whole % 1440 == 0 && whole > 0 => format!("P{}D", whole / 1440),
        less => duration(Duration::from_secs(u64::from(less) * 60)),
    }
}

/// One VTIMEZONE for every zone in which times are written, covering all its events.
fn timezones<'a>(events: impl IntoIterator<Item = &'a Event>) -> String {
    let mut periods = BTreeMap::new();
    for event in events.into_iter().filter(|event| is_local(event)) {
        let whole = (event.zone, event.starts, event.ends);
        let (_, first, last) = periods.entry(event.zone.name()).or_insert(whole);
        *first = event.starts.min(*first);
        *last = event.ends.max(*last);
    }
    let periods = periods.into_values();
    let written = periods.map(|period| {
        let kept = TIMEZONES.get(&period);
        kept.unwrap_or_else(|| {
            let (zone, first, last) = period;
            let text: Arc<str> = zones::vtimezone(zone, first, last).into();
            TIMEZONES.insert(period, text.clone());
            text
        })
    });
    written.fold(String::new(), |all, one| all + &one)
}

/// Prints the object, with the zones before the events. Folds the lines, since icalendar folds some at 76
/// octets.
fn print(head: Vec<Property>, timezones: &str, entries: Vec<EventWithAlarms>) -> String {
    let mut calendar = icalendar::Calendar::empty();
    calendar.properties = head;
    let (events, alarms): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .map(|entry| (entry.component, entry.alarms))
        .unzip();
    calendar.extend(events);
    let printed = text::unfold(&calendar.to_string());
    let lines: Vec<&str> = printed.lines().collect();
    let is_body = |line: &&str| *line == "BEGIN:VEVENT" || *line == "END:VCALENDAR";
    let head_end = lines.iter().position(is_body).unwrap_or(lines.len());
    let (head, body) = lines.split_at(head_end);
    let mut alarms = alarms.iter();
    let body = body.iter().flat_map(|line| {
        // alarms come last in an event
        let its_alarms = (*line == "END:VEVENT").then(|| alarms.next()).flatten();
        let its_alarms = its_alarms.into_iter().flatten().map(String::as_str);
        its_alarms.chain([*line])
    });
    text::fold(head.iter().copied().chain(timezones.lines()).chain(body))
}
