//! Calendar objects: golden files and hostile text.
use std::collections::BTreeMap;
use std::time::Duration;

use calendar::zones::instant_of;
use calendar::{
    Attendee, AttendeeRole, CounterDeclined, Event, EventStatus, FeedHead, Geo, InvitationMethod,
    Mailbox, Partstat, PersonalEvent, counter_declined, feed, invitation, personal_feed,
};
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::{Europe, Tz};
use proptest::prelude::*;

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox {
        name: name.to_owned(),
        address: address.parse().unwrap(),
    }
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The 12th meeting of an invented cooperation.
pub fn meeting() -> Event {
    Event {
        uid: "0197f0c2-1111-7000-8000-000000000012@treffen.example".into(),
        sequence: 2,
        stamp: utc("2027-01-07T08:00:00Z"),
        starts: instant_of(local("2027-02-04T10:00:00"), Europe::Berlin),
        ends: instant_of(local("2027-02-04T12:30:00"), Europe::Berlin),
        zone: Europe::Berlin,
        status: EventStatus::Confirmed,
        summary: "5 für OWL: 12. Treffen in Musterstadt".into(),
        description: "Gastgeberin: Musterstadt\n\nTOP 1: Begrüßung; Protokoll, Beschlüsse\n\
                      TOP 2: Gemeinsame Beschaffung einer Fachsoftware für die Ämter\n\n\
                      Rückmeldung: https://treffen.example/a/geheim"
            .into(),
        location: "Rathaus, Raum 105, Rathausplatz 1, 32000 Musterstadt".into(),
        organizer: mailbox("5 für OWL", "treffen@treffen.example"),
        attendees: vec![
            Attendee {
                mailbox: mailbox("Muster, Erika", "Erika.Muster@musterstadt.example"),
                role: AttendeeRole::Chair,
                partstat: Partstat::Accepted,
                rsvp: false,
                delegated_to: Vec::new(),
                delegated_from: Vec::new(),
            },
            Attendee {
                mailbox: mailbox("", "max@beispielheim.example"),
                role: AttendeeRole::ReqParticipant,
                partstat: Partstat::NeedsAction,
                rsvp: true,
                delegated_to: Vec::new(),
                delegated_from: Vec::new(),
            },
        ],
        url: Some("https://treffen.example/treffen/12?ort=Straße 1".into()),
        categories: vec!["5 für OWL".into(), "Digitales, IT".into()],
        geo: Some(Geo {
            latitude: 52.1136,
            longitude: 8.6734,
        }),
        created: Some(utc("2026-12-01T09:00:00Z")),
        last_modified: Some(utc("2027-01-06T15:30:00Z")),
        refuse_counter: true,
    }
}

fn head() -> FeedHead {
    FeedHead {
        name: "5 für OWL, Treffen".into(),
        zone: Europe::Berlin,
        refresh: Duration::from_hours(1),
    }
}

#[test]
fn a_request_is_what_clients_need() {
    assert_eq!(
        invitation(InvitationMethod::Request, &meeting()),
        include_str!("../../../../tests/it/data/request.ics")
    );
}

#[test]
fn a_cancellation_is_minimal() {
    assert_eq!(
        invitation(InvitationMethod::Cancel, &meeting()),
        include_str!("../../../../tests/it/data/cancel.ics")
    );
}

#[test]
fn a_deputy_and_the_delegator_name_each_other() {
    let mut event = meeting();
    let [delegator, deputy] = event.attendees.as_mut_slice() else {
        panic!("two people")
    };
    let also: Mailbox = mailbox("", "also.away@musterstadt.example");
    delegator.partstat = Partstat::Delegated;
    delegator.delegated_to = vec![deputy.mailbox.address.clone()];
    deputy.delegated_from = vec![delegator.mailbox.address.clone(), also.address];
    assert_eq!(
        invitation(InvitationMethod::Request, &event),
        include_str!("../../../../tests/it/data/request_deputy.ics")
    );
}

#[test]
fn a_declined_counter_proposal_names_the_meeting_and_no_more() {
    let declined = CounterDeclined {
        uid: "0197f0c2-1111-7000-8000-000000000012@treffen.example".into(),
        sequence: 2,
        stamp: utc("2027-01-07T08:00:00Z"),
        organizer: mailbox("5 für OWL", "treffen@treffen.example"),
        attendee: mailbox("Muster, Erika", "Erika.Muster@musterstadt.example"),
        comment: Some("Da ist der Ratssaal belegt; am 4., wie geplant,\r\nist er frei.".into()),
    };
    assert_eq!(
        counter_declined(&declined),
        include_str!("../../../../tests/it/data/decline_counter.ics")
    );
    let silent = CounterDeclined {
        comment: Some(" \n".into()),
        ..declined
    };
    assert!(!counter_declined(&silent).contains("COMMENT"));
}

#[test]
fn a_feed_names_nobody_and_each_zone_once() {
    let summer = Event {
        uid: "0197f0c2-1111-7000-8000-000000000013@treffen.example".into(),
        starts: utc("2027-06-10T08:00:00Z"),
        ends: utc("2027-06-10T10:00:00Z"),
        status: EventStatus::Cancelled,
        last_modified: None,
        ..meeting()
    };
    let utc_event = Event {
        uid: "0197f0c2-1111-7000-8000-000000000014@treffen.example".into(),
        zone: Tz::UTC,
        status: EventStatus::Tentative,
        ..meeting()
    };
    let printed = feed(&head(), &[meeting(), summer, utc_event]);
    assert_eq!(printed, include_str!("../../../../tests/it/data/feed.ics"));
    assert_eq!(printed.matches("BEGIN:VTIMEZONE").count(), 1);
    for private in ["ATTENDEE", "ORGANIZER", "METHOD", "mailto:", "VALARM"] {
        assert!(!printed.contains(private), "{private}");
    }
}

#[test]
fn a_personal_feed_reminds_and_shows_whether_the_time_is_taken() {
    let declined = Event {
        uid: "0197f0c2-1111-7000-8000-000000000013@treffen.example".into(),
        ..meeting()
    };
    let (free, reminders) = (false, vec![2880, 1440, 90, 60, 5]);
    let event = meeting();
    let taken = PersonalEvent {
        event,
        free,
        reminders,
    };
    let (free, reminders) = (true, Vec::new());
    let event = declined;
    let free = PersonalEvent {
        event,
        free,
        reminders,
    };
    let printed = personal_feed(&head(), &[taken, free]);
    assert_eq!(
        printed,
        include_str!("../../../../tests/it/data/personal.ics")
    );
    assert_eq!(
        printed
            .lines()
            .filter(|line| line.starts_with("TRIGGER:"))
            .collect::<Vec<_>>(),
        [
            "TRIGGER:-P2D",
            "TRIGGER:-P1D",
            "TRIGGER:-PT90M",
            "TRIGGER:-PT1H",
            "TRIGGER:-PT5M"
        ]
    );
    assert_eq!(printed.matches("TRANSP:TRANSPARENT").count(), 1);
    for private in ["ATTENDEE", "ORGANIZER", "METHOD", "mailto:"] {
        assert!(!printed.contains(private), "{private}");
    }
}

#[test]
fn an_empty_feed_still_has_a_component() {
    assert!(feed(&head(), &[]).contains("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"));
}

#[test]
fn a_time_that_its_zone_cannot_say_is_written_in_utc() {
    let second = Event {
        starts: utc("2027-10-31T01:30:00Z"),
        ends: utc("2027-10-31T03:00:00Z"),
        ..meeting()
    };
    let printed = invitation(InvitationMethod::Request, &second);
    assert!(printed.contains("DTSTART:20271031T013000Z\r\n"));
    assert!(!printed.contains("VTIMEZONE"));
}

/// Lines of an object after unfolding: name, parameters (without quotes), value.
pub type Line = (String, BTreeMap<String, String>, String);

pub fn read(text: &str) -> Vec<Line> {
    assert!(text.ends_with("\r\n"));
    for line in text.trim_end_matches("\r\n").split("\r\n") {
        assert!(line.len() <= 75, "{line:?}");
        assert!(
            !line.is_empty() && !line.contains(['\r', '\n', '\0']),
            "{line:?}"
        );
    }
    let unfolded = text.replace("\r\n ", "");
    unfolded.lines().map(read_line).collect()
}

fn read_line(line: &str) -> Line {
    let mut parts = vec![String::new()];
    let (mut quoted, mut colon) = (false, line.len());
    for (at, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ';' if !quoted => parts.push(String::new()),
            ':' if !quoted => {
                colon = at;
                break;
            }
            character => parts.last_mut().unwrap().push(character),
        }
    }
    let name = parts.remove(0);
    let parameters = parts.iter().map(|part| {
        let (name, value) = part.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    (name, parameters.collect(), line[colon + 1..].to_owned())
}

pub fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push(
                match characters.next().expect("nothing ends in a backslash") {
                    'n' => '\n',
                    other => other,
                },
            ),
            ',' | ';' => panic!("{text:?} is not escaped"),
            character => out.push(character),
        }
    }
    out
}

/// What is to be left of hostile text: the letters, in order.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Text that tries to break out, between pieces of any Unicode.
fn hostile() -> impl Strategy<Value = String> {
    let evil = prop::sample::select(vec![
        "\r\n",
        "\r",
        "\n",
        "\0",
        "\"",
        "\\",
        ";",
        ",",
        ":",
        "^n",
        "\u{2028}",
        "\u{85}",
        "\t",
        " ",
        "\r\nX-EVIL:1",
        "\";X-EVIL=\"1",
        "\r\n ",
        "END:VEVENT",
        "\\n",
        "ä",
        "😀",
        "\u{7f}",
    ]);
    let piece = prop_oneof![evil.prop_map(str::to_owned), any::<String>()];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn hostile_text_stays_in_its_property(
        summary in hostile(), description in hostile(), location in hostile(), name in hostile(),
        category in hostile(), url in hostile(), uid in hostile(), calendar in hostile(),
    ) {
        let mut event = Event {
            uid: format!("u{uid}"), summary: summary.clone(), description: description.clone(),
            location: location.clone(), url: Some(url), categories: vec![format!("c{category}")],
            ..meeting()
        };
        event.organizer.name = name.clone();
        event.attendees.truncate(1);
        event.attendees[0].mailbox.name = name.clone();
        let printed = invitation(InvitationMethod::Request, &event);
        prop_assert_eq!(&printed, &invitation(InvitationMethod::Request, &event));
        let lines = read(&printed);

        let mut plain = event.clone();
        plain.summary = "x".into();
        plain.organizer.name = "x".into();
        plain.attendees[0].mailbox.name = "x".into();
        (plain.uid, plain.categories) = ("x".into(), vec!["x".into()]);
        let mut expected = read(&invitation(InvitationMethod::Request, &plain));
        let value = |name: &str| {
            lines.iter().find(|line| line.0 == name).map(|line| unescaped(&line.2)).unwrap_or_default()
        };
        let cut = |text: &str| text.chars().take(200).collect::<String>();
        prop_assert!(!value("SUMMARY").is_empty());
        prop_assert_eq!(cut(&letters(&value("SUMMARY"))), cut(&letters(&summary)));
        prop_assert_eq!(letters(&value("DESCRIPTION")), letters(&description));
        prop_assert_eq!(cut(&letters(&value("LOCATION"))), cut(&letters(&location)));
        prop_assert!(value("LOCATION").chars().count() < 255 && !value("SUMMARY").contains('\n'));
        prop_assert_eq!(letters(&value("CATEGORIES")), letters(&format!("c{category}")));
        for line in lines.iter().filter(|line| line.0 == "ATTENDEE" || line.0 == "ORGANIZER") {
            if !letters(&name).is_empty() {
                prop_assert_eq!(letters(&line.1["CN"]), letters(&name));
            }
        }
        let shape = |lines: &mut Vec<Line>| -> Vec<(String, Vec<String>)> {
            lines.drain(..).map(|(name, params, _)| (name, params.into_keys().collect())).collect()
        };
        prop_assert_eq!(shape(&mut lines.clone()), shape(&mut expected));

        let head = FeedHead { name: calendar.clone(), ..head() };
        let reminded = PersonalEvent { event: event.clone(), free: false, reminders: vec![60] };
        let alarmed = read(&personal_feed(&head, &[reminded]));
        let lines = read(&feed(&head, &[event]));
        let extra = alarmed.len() - lines.len();
        prop_assert_eq!(extra, 6, "five lines of an alarm, and what Outlook shows");
        let reminder = alarmed.iter().rev().find(|line| line.0 == "DESCRIPTION");
        let reminder = reminder.map(|line| unescaped(&line.2)).unwrap_or_default();
        prop_assert_eq!(cut(&letters(&reminder)), cut(&letters(&summary)));
        for name in ["NAME", "X-WR-CALNAME"] {
            let found: Vec<_> = lines.iter().filter(|line| line.0 == name).collect();
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(letters(&unescaped(&found[0].2)), letters(&calendar));
        }
        prop_assert!(!lines.iter().any(|line| line.0.starts_with("X-EVIL")));
    }
}
