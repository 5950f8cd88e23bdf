//! Calendar objects that come in: zones, odd forms, limits.
use calendar::Partstat;
use calendar::incoming::{
    COMMENT_LIMIT, EVENTS_LIMIT, ItipComponent, ItipMethod, Moment, UnreadableObject, read,
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;

/// An object around the lines of one event.
fn object(event: &str) -> String {
    let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\n";
    let event = event.replace('\n', "\r\n");
    format!("{head}BEGIN:VEVENT\r\nUID:u\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

fn event(lines: &str) -> ItipComponent {
    let message = read(&object(lines)).unwrap();
    let [event] = &*message.components else {
        panic!("{message:?}");
    };
    event.clone()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn times_are_instants_where_their_zone_is_known() {
    let ten = Some(Moment::At(utc("2027-02-04T09:00:00Z")));
    for start in [
        "DTSTART:20270204T090000Z",
        "DTSTART;TZID=Europe/Berlin:20270204T100000",
        "DTSTART;TZID=\"Europe/Berlin\";VALUE=DATE-TIME:20270204T100000",
        "DTSTART;TZID=europe/berlin:20270204T100000",
        "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20270204T100000",
        "DTSTART;TZID=/example/2027/Europe/Berlin:20270204T100000",
        "DTSTART;TZID=W. Europe Standard Time:20270204T100000",
        "DTSTART;TZID=\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\":20270204T1\n 00000",
        "dtstart;tzid=Europe/Paris:20270204T100000",
    ] {
        assert_eq!(event(start).starts, ten, "{start}");
    }
    let summer = event("DTSTART;TZID=W. Europe Standard Time:20270701T100000");
    assert_eq!(summer.starts, Some(Moment::At(utc("2027-07-01T08:00:00Z"))));
    let gap = event("DTSTART;TZID=Europe/Berlin:20270328T023000");
    assert_eq!(gap.starts, Some(Moment::At(utc("2027-03-28T01:30:00Z"))));
}

#[test]
fn times_without_a_known_zone_stay_local() {
    let local = NaiveDate::from_ymd_opt(2027, 2, 4)
        .unwrap()
        .and_hms_opt(10, 0, 0)
        .unwrap();
    for start in [
        "DTSTART:20270204T100000",
        "DTSTART;TZID=Musterstadt:20270204T100000",
    ] {
        let starts = event(start).starts.unwrap();
        assert_eq!(starts, Moment::Local(local), "{start}");
        assert_eq!(starts.instant(Berlin), utc("2027-02-04T09:00:00Z"));
    }
    for start in ["DTSTART;VALUE=DATE:20270204", "DTSTART:20270204"] {
        let day = event(start).starts.unwrap();
        assert_eq!(day, Moment::Day(local.date()), "{start}");
        assert_eq!(day.instant(Berlin), utc("2027-02-03T23:00:00Z"));
    }
    for nonsense in [
        "DTSTART:morgen",
        "DTSTART:20271399T100000",
        "DTSTART:",
        "DTSTART",
    ] {
        assert_eq!(event(nonsense).starts, None, "{nonsense}");
    }
}

#[test]
fn a_zone_may_be_described_in_the_object() {
    let zone = |id: &str, more: &str| {
        format!(
            "BEGIN:VTIMEZONE\r\nTZID:{id}\r\n{more}BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\n\
             TZOFFSETFROM:+0200\r\nTZOFFSETTO:+010000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n\
             END:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\n\
             TZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n\
             END:VTIMEZONE\r\n"
        )
    };
    let starts = |id: &str, more: &str, time: &str| {
        let object = object(&format!("DTSTART;TZID={id}:{time}"));
        let object = object.replacen(
            "BEGIN:VEVENT",
            &format!("{}BEGIN:VEVENT", zone(id, more)),
            1,
        );
        read(&object).unwrap().components[0].starts.unwrap()
    };
    for (time, expected) in [
        ("20270204T100000", "2027-02-04T09:00:00Z"),
        ("20270328T010000", "2027-03-28T00:00:00Z"),
        ("20270328T030000", "2027-03-28T01:00:00Z"),
        ("20270701T100000", "2027-07-01T08:00:00Z"),
        ("20271231T100000", "2027-12-31T09:00:00Z"),
    ] {
        assert_eq!(
            starts("Customized Time Zone", "", time),
            Moment::At(utc(expected)),
            "{time}"
        );
    }
    // what a name says weighs more than a description, and a place more than offsets
    let place = "X-LIC-LOCATION:America/New_York\r\n";
    let far = Moment::At(utc("2027-02-04T15:00:00Z"));
    assert_eq!(starts("Mein Ort", place, "20270204T100000"), far);
    let near = Moment::At(utc("2027-02-04T09:00:00Z"));
    assert_eq!(starts("Europe/Berlin", place, "20270204T100000"), near);
}

#[test]
fn a_duration_stands_in_for_the_end() {
    let with = |lines: &str| event(lines).ends;
    let end = Some(Moment::At(utc("2027-02-04T11:30:00Z")));
    assert_eq!(with("DTSTART:20270204T090000Z\nDURATION:PT2H30M"), end);
    assert_eq!(
        with("DTSTART:20270204T090000Z\nDTEND:20270204T113000Z\nDURATION:P9D"),
        end
    );
    let day = NaiveDate::from_ymd_opt(2027, 2, 6).map(Moment::Day);
    assert_eq!(with("DTSTART;VALUE=DATE:20270204\nDURATION:P2D"), day);
    assert_eq!(with("DTSTART:20270204T090000Z\nDURATION:-PT2H"), None);
    assert_eq!(with("DURATION:PT2H"), None);
}

#[test]
fn attendees_are_known_by_any_form_of_address() {
    let attendee = |line: &str| event(line).attendees[0].clone();
    let erika = "erika@musterstadt.example";
    for line in [
        "ATTENDEE:mailto:erika@musterstadt.example",
        "ATTENDEE:MAILTO:erika@Musterstadt.EXAMPLE",
        "ATTENDEE: mailto: erika@musterstadt.example ",
        "ATTENDEE:erika@musterstadt.example",
        "ATTENDEE:mailto:<erika@musterstadt.example>",
        "ATTENDEE:mailto:%65rika%40musterstadt.example",
        "ATTENDEE;EMAIL=erika@musterstadt.example:urn:uuid:0199aaaa",
        "ATTENDEE;EMAIL=\"mailto:erika@musterstadt.example\":invalid:nomail",
        "ATTENDEE;CN=\"Muster; Erika: \\\"x\\\"\":mailto:erika@musterstadt.example",
    ] {
        let one = attendee(line);
        assert_eq!(
            one.known_as().map(ToString::to_string).as_deref(),
            Some(erika),
            "{line}"
        );
        assert_eq!(one.partstat, None, "{line}");
    }
    assert_eq!(
        attendee("ATTENDEE;PARTSTAT=ACCEPTED:invalid:nomail").known_as(),
        None
    );
    for (value, expected) in [
        ("ACCEPTED", Partstat::Accepted),
        ("accepted", Partstat::Accepted),
        ("\"Declined\"", Partstat::Declined),
        ("X-MAYBE", Partstat::NeedsAction),
        ("IN-PROCESS", Partstat::NeedsAction),
        ("DELEGATED", Partstat::Delegated),
    ] {
        let one = attendee(&format!("ATTENDEE;PARTSTAT={value}:mailto:a@b.example"));
        assert_eq!(one.partstat, Some(expected), "{value}");
    }
    let many = attendee(
        "ATTENDEE;X-NUM-GUESTS=0;X-RESPONSE-COMMENT=eins, zwei;DELEGATED-TO=\"mailto:c@d.example\",\
         \"MAILTO:e@f.example\";ROLE=CHAIR:mailto:a@b.example",
    );
    assert_eq!(many.num_guests, Some(0));
    assert_eq!(many.response_comment.as_deref(), Some("eins, zwei"));
    assert_eq!(many.delegated_to.len(), 2);
}

#[test]
fn little_is_enough() {
    let message = read("begin:vcalendar\nbegin:vevent\nuid:u\nend:vevent\nend:vcalendar").unwrap();
    assert_eq!(message.method, None);
    assert_eq!(message.components[0].uid, "u");
    let cut =
        read("\u{feff}BEGIN:VCALENDAR\nMETHOD: Cancel\nBEGIN:VEVENT\nUID:u\nSTATUS:cancelled\nSEQ");
    let cut = cut.unwrap();
    assert_eq!(cut.method, Some(ItipMethod::Cancel));
    assert!(message.is_whole && !cut.is_whole);
    let nameless = read("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID: \nEND:VEVENT\nEND:VCALENDAR").unwrap();
    assert!(nameless.components.is_empty());
    let hidden = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:\u{0}\u{202e}\nEND:VEVENT\nEND:VCALENDAR";
    assert!(read(hidden).unwrap().components.is_empty());
    let own = read("BEGIN:VCALENDAR\nMETHOD:X-Anders\nEND:VCALENDAR").unwrap();
    assert_eq!(own.method, Some(ItipMethod::Other("X-ANDERS".to_owned())));
    assert_eq!(event("SEQUENCE:-1").sequence, None);
    assert_eq!(event("SEQUENCE:99999999999").sequence, None);
    assert_eq!(
        event("DTSTAMP:20270108T100000").stamp,
        Some(utc("2027-01-08T10:00:00Z"))
    );
    assert_eq!(
        read("BEGIN:VEVENT\nUID:u\nEND:VEVENT"),
        Err(UnreadableObject::NotACalendar)
    );
    assert_eq!(read(""), Err(UnreadableObject::NotACalendar));
}

#[test]
fn text_is_clean_and_bounded() {
    let event = event(&format!(
        "COMMENT:a\\nb\u{202e}c\u{7}\nCOMMENT;LANGUAGE=de:{}\nSUMMARY:x\\ny{}",
        "ä".repeat(5_000),
        "z".repeat(500)
    ));
    let comment = event.comment.unwrap();
    assert!(comment.starts_with("a\nbc\nää"), "{comment}");
    assert_eq!(comment.chars().count(), COMMENT_LIMIT);
    let summary = event.summary.unwrap();
    assert!(summary.starts_with("x yz") && summary.chars().count() == 254);
}

/// An object with this many events.
pub fn events(count: usize) -> String {
    let event = "BEGIN:VEVENT\r\nUID:u\r\nEND:VEVENT\r\n";
    format!(
        "BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n",
        event.repeat(count)
    )
}

#[test]
fn what_is_too_large_is_refused_with_a_reason() {
    assert_eq!(
        read(&events(EVENTS_LIMIT)).unwrap().components.len(),
        EVENTS_LIMIT
    );
    assert_eq!(
        read(&events(EVENTS_LIMIT + 1)),
        Err(UnreadableObject::TooManyEvents)
    );
    let folded = events(EVENTS_LIMIT + 1).replace("BEGIN:VEVENT", "BEGIN:VEV\r\n ENT");
    assert_eq!(read(&folded), Err(UnreadableObject::TooManyEvents));
    let all = events(100_000);
    assert_eq!(
        read(&all),
        Err(UnreadableObject::TooLarge { octets: all.len() })
    );
    let lines = format!("BEGIN:VCALENDAR\n{}", "A:\n".repeat(100_000));
    assert_eq!(read(&lines), Err(UnreadableObject::TooManyLines));
    let attendees = "ATTENDEE:mailto:a@b.example\n".repeat(1_000);
    assert_eq!(event(&attendees).attendees.len(), 200);
    assert_eq!(
        read(&events(101)).unwrap_err().to_string(),
        "the calendar object has more than 100 events"
    );
}

/// Pieces that objects are made of, between any text.
fn pieces() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "BEGIN:VCALENDAR\r\n",
        "END:VCALENDAR\r\n",
        "BEGIN:VEVENT\r\n",
        "END:VEVENT\r\n",
        "BEGIN:VTIMEZONE\r\n",
        "BEGIN:STANDARD\r\n",
        "UID:u\r\n",
        "TZID:X\r\n",
        "DTSTART",
        ";TZID=X",
        ";VALUE=DATE",
        ":20270204T100000",
        ":99991231T235959Z",
        ":00000000T000000",
        "\r\n",
        "\r\n ",
        "ATTENDEE",
        ";PARTSTAT=",
        ":mailto:a@b.example",
        "RRULE:FREQ=YEARLY;BYDAY=",
        "-1SU",
        ";BYMONTH=-3",
        "TZOFFSETTO:+",
        "-2399",
        "DURATION:P999999999W",
        "\"",
        ";ENCODING=",
        "BASE64:",
        "QUOTED-PRINTABLE:=C3",
        ";CHARSET=utf-16",
        "\\",
        "COMMENT:",
        "SEQUENCE:",
    ]);
    let piece = prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..Default::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in pieces()) {
        let text = format!("BEGIN:VCALENDAR\r\n\r\n{text}");
        let message = read(&text).unwrap();
        for event in message.components {
            for moment in [event.starts, event.ends, event.recurrence_id].into_iter().flatten() {
                let _ = moment.instant(Berlin);
            }
            prop_assert!(event.comment.unwrap_or_default().chars().count() <= COMMENT_LIMIT);
        }
    }
}
