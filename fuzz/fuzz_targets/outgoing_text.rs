//! Any text that people type, in every place of an invitation and its mail: no panic, and after
//! reading both back with other programs there is no property, parameter, field or part more.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use calcard::icalendar::ICalendar;
use calendar::{
    Attendee, AttendeeRole, Event, EventStatus, FeedHead, InvitationMethod, Mailbox, Partstat,
    feed, invitation,
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe;
use libfuzzer_sys::fuzz_target;
use mail::{CalendarPart, OutgoingMail};
use mail_parser::MessageParser;

/// Texts of one invitation, each of which may be anything.
struct Words<'a>([&'a str; 8]);

impl<'a> Words<'a> {
    /// The pieces between the marks; what is missing is empty.
    fn split(text: &'a str) -> Self {
        let mut pieces = text.split('\u{1}');
        Self(std::array::from_fn(|_| pieces.next().unwrap_or_default()))
    }

    fn event(&self) -> Event {
        let [
            summary,
            description,
            location,
            organizer,
            attendee,
            category,
            url,
            _,
        ] = self.0;
        let starts: DateTime<Utc> = DateTime::from_timestamp(1_801_990_800, 0).unwrap();
        Event {
            uid: "0199aaaa-0000-7000-8000-000000000001@reihum.example".into(),
            sequence: 2,
            stamp: starts - TimeDelta::days(30),
            starts,
            ends: starts + TimeDelta::hours(2),
            zone: Europe::Berlin,
            status: EventStatus::Confirmed,
            summary: summary.into(),
            description: description.into(),
            location: location.into(),
            organizer: mailbox(organizer, "treffen@reihum.example"),
            attendees: vec![Attendee {
                mailbox: mailbox(attendee, "erika.muster@musterstadt.example"),
                role: AttendeeRole::Chair,
                partstat: Partstat::NeedsAction,
                rsvp: true,
                delegated_to: Vec::new(),
                delegated_from: Vec::new(),
            }],
            url: Some(url.into()),
            categories: vec![category.into()],
            geo: None,
            created: None,
            last_modified: None,
            refuse_counter: true,
        }
    }

    fn mail(&self, body: String) -> OutgoingMail {
        let [subject, text, _, from, to, _, _, html] = self.0;
        OutgoingMail {
            from: mailbox(from, "treffen@reihum.example"),
            to: mailbox(to, "erika.muster@musterstadt.example"),
            reply_to: Some(mailbox(from, "treffen+a1@reihum.example")),
            envelope_from: "ruecklauf+a1@reihum.example".parse().unwrap(),
            message_id: "0199aaaa-0000-7000-8000-000000000002@reihum.example".into(),
            references: vec![],
            date: DateTime::from_timestamp(1_799_000_000, 0).unwrap(),
            subject: subject.into(),
            text: text.into(),
            html: html.into(),
            calendar: Some(CalendarPart {
                method: "REQUEST".into(),
                body,
            }),
        }
    }
}

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox {
        name: name.into(),
        address: address.parse().unwrap(),
    }
}

type Counts = BTreeMap<String, usize>;
type Layout = Vec<(String, Vec<String>)>;

/// How often each property with each parameter stands in each kind of component.
fn properties(text: &str) -> Counts {
    let calendar = ICalendar::parse(text).expect("others can read it");
    let mut counts = BTreeMap::new();
    for component in &calendar.components {
        let kind = component.component_type.as_str();
        *counts.entry(kind.to_owned()).or_default() += 1;
        for entry in &component.entries {
            let name = entry.name.as_str();
            *counts.entry(format!("{kind}.{name}")).or_default() += 1;
            for parameter in &entry.params {
                let parameter = parameter.name.as_str();
                *counts
                    .entry(format!("{kind}.{name};{parameter}"))
                    .or_default() += 1;
            }
        }
    }
    counts
}

/// The names of the fields, and of every part its kind and the names of its fields.
fn layout(bytes: &[u8]) -> Layout {
    let mail = MessageParser::default()
        .parse(bytes)
        .expect("others can read it");
    let kind = |part: &mail_parser::MessagePart| {
        let kind = part
            .headers
            .iter()
            .find_map(|field| field.value.as_content_type().cloned());
        kind.map(|kind| format!("{}/{:?}", kind.ctype(), kind.subtype()))
            .unwrap_or_default()
    };
    let fields = |part: &mail_parser::MessagePart| {
        part.headers
            .iter()
            .map(|field| field.name().to_owned())
            .collect()
    };
    mail.parts
        .iter()
        .map(|part| (kind(part), fields(part)))
        .collect()
}

/// An invitation and a feed.
fn objects(words: &Words) -> [String; 2] {
    let event = words.event();
    let head = FeedHead {
        name: words.0[7].into(),
        zone: Europe::Berlin,
        refresh: Duration::from_secs(3600),
    };
    let invitation = invitation(InvitationMethod::Request, &event);
    [invitation, feed(&head, &[event])]
}

/// What plain words give.
static PLAIN: LazyLock<([Counts; 2], Layout)> = LazyLock::new(|| {
    let plain = Words(["x"; 8]);
    let objects = objects(&plain);
    let counts = objects.each_ref().map(|object| properties(object));
    let [invitation, _] = objects;
    (counts, layout(&plain.mail(invitation).render().unwrap()))
});

fuzz_target!(|text: &str| {
    let words = Words::split(text);
    let typed = objects(&words);
    let (counts, expected_layout) = &*PLAIN;
    for (typed, expected) in typed.iter().zip(counts) {
        for (name, count) in properties(typed) {
            // what is empty may be left out
            assert!(
                expected.get(&name).is_some_and(|most| count <= *most),
                "{name}: {typed}"
            );
        }
        assert!(
            typed
                .split("\r\n")
                .all(|line| line.len() <= 75 && !line.contains(['\r', '\n']))
        );
    }
    let [typed, _] = typed;
    let mail = words.mail(typed).render().expect("any text can be written");
    assert_eq!(
        &layout(&mail),
        expected_layout,
        "{}",
        String::from_utf8_lossy(&mail)
    );
});
