//! Answers as each client sends them, and what is the same however they were carried.
use calendar::Partstat;
use calendar::incoming::{ItipMethod, Moment, read, same_uid};
use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use mail::incoming::{Automatic, IncomingCalendar, IncomingMail};
use proptest::prelude::*;

use crate::answers::ANSWERS;
use crate::collection::{ERIKA, UID, mail};

fn incoming(bytes: &[u8]) -> IncomingMail {
    mail::incoming::read(bytes).unwrap()
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq)]
struct Meaning {
    method: Option<ItipMethod>,
    is_ours: bool,
    attendee: Option<String>,
    partstat: Option<Partstat>,
    organizer: Option<String>,
    starts: Option<DateTime<Utc>>,
    ends: Option<DateTime<Utc>>,
    sequence: Option<u32>,
    stamp: Option<DateTime<Utc>>,
    comment: Option<String>,
    guests: Option<u32>,
}

fn instant(moment: Moment) -> DateTime<Utc> {
    // a wrong zone: who says which one does not need it
    moment.instant(chrono_tz::Pacific::Auckland)
}

fn meaning(mail: &IncomingMail) -> Meaning {
    let [calendar] = &*mail.calendars else {
        panic!(
            "{} calendars in {:?}",
            mail.calendars.len(),
            mail.message_id
        );
    };
    let message = read(&calendar.text).unwrap();
    let [event] = &*message.components else {
        panic!("{message:?}");
    };
    let attendee = &event.attendees[0];
    Meaning {
        method: message.method.clone(),
        is_ours: same_uid(UID, &event.uid),
        attendee: attendee.known_as().map(mail::Address::key),
        partstat: attendee.partstat,
        organizer: event.organizer.as_ref().map(ToString::to_string),
        starts: event.starts.map(instant),
        ends: event.ends.map(instant),
        sequence: event.sequence,
        stamp: event.stamp,
        comment: event.comment.clone().or(attendee.response_comment.clone()),
        guests: attendee.num_guests,
    }
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn every_client_is_understood() {
    for (name, partstat) in ANSWERS {
        let mail = incoming(&mail(name));
        let meaning = meaning(&mail);
        assert_eq!(meaning.method, Some(ItipMethod::Reply), "{name}");
        assert!(meaning.is_ours, "{name}");
        assert_eq!(meaning.attendee.as_deref(), Some(ERIKA), "{name}");
        assert_eq!(meaning.partstat, Some(partstat), "{name}");
        let has_no_times = name == "sparse";
        let starts = (!has_no_times).then(|| utc("2027-02-04T09:00:00Z"));
        let ends = (!has_no_times).then(|| utc("2027-02-04T11:30:00Z"));
        assert_eq!((meaning.starts, meaning.ends), (starts, ends), "{name}");
        let from_microsoft = ["exchange", "outlook_com"].contains(&name);
        let organizer = (!from_microsoft).then_some("treffen@reihum.example");
        assert_eq!(meaning.organizer.as_deref(), organizer, "{name}");
        let sequence = match name {
            "apple_mail" => Some(7),
            "nextcloud" => Some(1),
            "sparse" => None,
            _ => Some(2),
        };
        assert_eq!(meaning.sequence, sequence, "{name}");
        assert!(meaning.stamp.is_some(), "{name}");
        let comment = match name {
            "google" => Some("Ich komme später, mit Gästen"),
            "exchange" => Some("Leider ist an diesem Tag Rat, ich bin verhindert.\nGrüße"),
            "zimbra" => Some("Ja, ich komme vielleicht."),
            _ => None,
        };
        assert_eq!(meaning.comment.as_deref(), comment, "{name}");
        assert_eq!(meaning.guests, (name == "google").then_some(2), "{name}");
        assert!(mail.message_id.is_some() && mail.date.is_some(), "{name}");
        assert_eq!(mail.recipients[0].domain(), "reihum.example", "{name}");
        let author = mail.author().map(|mailbox| mailbox.address.key());
        let expected = if name == "alias" {
            "e.m.4711@postfach.example"
        } else {
            ERIKA
        };
        assert_eq!(author.as_deref(), Some(expected), "{name}");
        let by_program = ["google", "nextcloud"].contains(&name);
        assert_eq!(
            mail.automatic,
            by_program.then_some(Automatic::Generated),
            "{name}"
        );
        assert_eq!(mail.bounce, None, "{name}");
        assert_eq!(mail.outlook_answer, None, "{name}");
    }
}

#[test]
fn the_text_beside_the_answer_is_read_too() {
    let text = |name| incoming(&mail(name)).text;
    assert_eq!(
        text("apple_mail"),
        "Erika Muster hat die Einladung angenommen – 12. Treffen in Musterstadt"
    );
    assert_eq!(
        text("exchange"),
        "Leider ist an diesem Tag Rat, ich bin verhindert.\nGrüße"
    );
    assert_eq!(text("outlook_com"), "");
    let subject = |name| incoming(&mail(name)).subject;
    assert_eq!(subject("google"), "Vielleicht: 12. Treffen in Musterstadt");
    assert_eq!(
        subject("apple_mail"),
        "Erika Muster hat Ihre Einladung angenommen: 12. Treffen in Musterstadt"
    );
    assert_eq!(subject("zimbra"), "Vorläufig: 12. Treffen in Musterstadt");
}

#[test]
fn a_deputy_is_named() {
    let mail = incoming(&mail("delegated"));
    let message = read(&mail.calendars[0].text).unwrap();
    let [erika, bernd] = &*message.components[0].attendees else {
        panic!("{message:?}");
    };
    assert_eq!(erika.partstat, Some(Partstat::Delegated));
    assert_eq!(
        erika.delegated_to[0].as_str(),
        "bernd.beispiel@musterstadt.example"
    );
    assert_eq!(bernd.delegated_from[0].as_str(), ERIKA);
    assert_eq!(bernd.name.as_deref(), Some("Bernd Beispiel"));
}

#[test]
fn another_time_is_a_proposal() {
    let meaning = meaning(&incoming(&mail("counter")));
    assert_eq!(meaning.method, Some(ItipMethod::Counter));
    assert_eq!(meaning.starts, Some(utc("2027-02-04T10:00:00Z")));
    assert_eq!(meaning.ends, Some(utc("2027-02-04T12:30:00Z")));
    assert_eq!(
        meaning.comment.as_deref(),
        Some("Ginge es eine Stunde später?")
    );
    let refresh = self::meaning(&incoming(&mail("refresh")));
    assert_eq!(
        (refresh.method, refresh.partstat),
        (Some(ItipMethod::Refresh), None)
    );
}

/// Lines of an object, unfolded.
fn unfolded(calendar: &str) -> Vec<String> {
    let text = calendar
        .replace("\r\n", "\n")
        .replace("\n ", "")
        .replace("\n\t", "");
    text.trim_end().lines().map(str::to_owned).collect()
}

/// The object folded elsewhere than before, at `limit` octets.
fn folded(lines: &[String], limit: usize, ending: &str) -> String {
    let mut text = String::new();
    for line in lines {
        let mut used = 0;
        for character in line.chars() {
            if used + character.len_utf8() > limit {
                text.push_str(ending);
                text.push(' ');
                used = 1;
            }
            text.push(character);
            used += character.len_utf8();
        }
        text.push_str(ending);
    }
    text
}

fn quoted_printable(text: &str) -> String {
    let mut encoded = String::new();
    let mut used = 0;
    for byte in text.bytes() {
        let piece = format!("={byte:02X}");
        if used + piece.len() > 75 {
            encoded.push_str("=\r\n");
            used = 0;
        }
        used += piece.len();
        encoded.push_str(&piece);
    }
    encoded
}

/// A new mail around an object. The object stands in it `copies` times.
fn carried(calendar: &str, encoding: &str, kind: &str, copies: usize) -> Vec<u8> {
    let body = match encoding {
        "base64" => {
            let text = BASE64.encode(calendar.as_bytes());
            let lines: Vec<_> = text
                .as_bytes()
                .chunks(76)
                .map(String::from_utf8_lossy)
                .collect();
            lines.join("\r\n")
        }
        "quoted-printable" => quoted_printable(calendar),
        _ => calendar.to_owned(),
    };
    let part = format!(
        "--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
    );
    let head = "From: <erika.muster@musterstadt.example>\r\nTo: <treffen@reihum.example>\r\n\
                Message-ID: <m@musterstadt.example>\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let file = part.replace("text/calendar", "application/octet-stream; name=\"A.ICS\"");
    format!("{head}{part}{}--b--\r\n", file.repeat(copies - 1)).into_bytes()
}

#[test]
fn however_it_is_carried_it_says_the_same() {
    for (name, _) in ANSWERS {
        let original = incoming(&mail(name));
        let expected = meaning(&original);
        let lines = unfolded(&original.calendars[0].text);
        for encoding in ["base64", "quoted-printable", "8bit"] {
            for kind in [
                "text/calendar; charset=utf-8; method=REPLY",
                "text/calendar",
                "application/ics; charset=\"UTF-8\"",
                "application/octet-stream; name=antwort.ics",
            ] {
                for (limit, ending) in [(75, "\r\n"), (40, "\n"), (998, "\n")] {
                    let calendar = folded(&lines, limit, ending);
                    for (before, copies) in [("", 1), ("\u{feff}", 2), ("Antwort:\r\n\r\n", 1)] {
                        let bytes = carried(&format!("{before}{calendar}"), encoding, kind, copies);
                        let read = meaning(&incoming(&bytes));
                        assert_eq!(read, expected, "{name} {encoding} {kind} {limit}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_mail_with_bare_line_feeds_says_the_same() {
    for (name, _) in ANSWERS {
        let bytes = mail(name);
        let text = String::from_utf8(bytes.clone())
            .unwrap()
            .replace("\r\n", "\n");
        let (crlf, bare) = (incoming(&bytes), incoming(text.as_bytes()));
        assert_eq!(meaning(&crlf), meaning(&bare), "{name}");
        assert_eq!(crlf.fingerprint, bare.fingerprint, "{name}");
        assert_eq!(
            (crlf.text, crlf.recipients),
            (bare.text, bare.recipients),
            "{name}"
        );
    }
}

/// A change of an answer's lines, and what it changes of the meaning.
type AnswerChange = (fn(&str) -> Option<String>, fn(&mut Meaning));

#[test]
fn what_clients_leave_out_or_write_otherwise_changes_nothing_else() {
    let changes: [AnswerChange; 9] = [
        (
            |line| drop_property(line, "ORGANIZER"),
            |meaning| meaning.organizer = None,
        ),
        (
            |line| drop_property(line, "SEQUENCE"),
            |meaning| meaning.sequence = None,
        ),
        (
            |line| drop_property(line, "DTSTAMP"),
            |meaning| meaning.stamp = None,
        ),
        (
            |line| drop_property(line, "METHOD"),
            |meaning| meaning.method = None,
        ),
        (|line| drop_property(line, "PRODID"), |_| {}),
        (|line| Some(line.replace("mailto:", "MAILTO:")), |_| {}),
        (
            |line| Some(line.replace("=Europe/Berlin:", "=\"W. Europe Standard Time\":")),
            |_| {},
        ),
        (
            |line| Some(line.replace("METHOD:REPLY", "method: reply ")),
            |_| {},
        ),
        (
            |line| {
                let lower = ["ACCEPTED", "DECLINED", "TENTATIVE"].into_iter();
                Some(lower.fold(line.to_owned(), |line, word| {
                    line.replace(word, &word.to_lowercase())
                }))
            },
            |_| {},
        ),
    ];
    for (name, _) in ANSWERS {
        let original = incoming(&mail(name));
        for (number, (change, effect)) in changes.into_iter().enumerate() {
            let mut expected = meaning(&original);
            effect(&mut expected);
            let lines = unfolded(&original.calendars[0].text);
            let lines: Vec<String> = lines.iter().filter_map(|line| change(line)).collect();
            let text = folded(&lines, 75, "\r\n");
            let bytes = carried(&text, "base64", "text/calendar", 1);
            assert_eq!(
                meaning(&incoming(&bytes)),
                expected,
                "{name} change {number}"
            );
        }
    }
}

fn drop_property(line: &str, property: &str) -> Option<String> {
    let name = line.split([':', ';']).next().unwrap();
    (name != property).then(|| line.to_owned())
}

#[test]
fn the_most_trusted_of_several_objects_stands_first() {
    let object =
        |summary| format!("BEGIN:VCALENDAR\r\nX-WR-CALNAME:{summary}\r\nEND:VCALENDAR\r\n");
    let part =
        |kind, summary| format!("--b\r\nContent-Type: {kind}\r\n\r\n{}\r\n", object(summary));
    let mail = [
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n",
        &part("application/octet-stream; name=x.ics", "file"),
        &part("application/ics", "ics"),
        "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\n",
        "Content-Type: text/calendar\r\n\r\n",
        &object("forwarded"),
        &part("text/calendar; method=\"REPLY\"", "text"),
        "--b--\r\n",
    ]
    .concat();
    let found = incoming(mail.as_bytes()).calendars;
    let expected = |summary, method: Option<&str>| IncomingCalendar {
        text: object(summary),
        method: method.map(str::to_owned),
    };
    assert_eq!(
        found,
        [
            expected("text", Some("REPLY")),
            expected("ics", None),
            expected("file", None)
        ]
    );
}

proptest! {
    #[test]
    fn a_damaged_object_is_read_or_refused(
        which in 0..ANSWERS.len(), at in any::<prop::sample::Index>(),
        piece in prop::collection::vec(any::<u8>(), 0..12), removed in 0..200_usize,
        other in any::<prop::sample::Index>(),
    ) {
        let mut bytes = mail(ANSWERS[which].0);
        let at = at.index(bytes.len());
        let end = (at + removed).min(bytes.len());
        let moved = bytes[other.index(bytes.len())..].to_vec();
        bytes.splice(at..end, piece.into_iter().chain(moved));
        if let Ok(mail) = mail::incoming::read(&bytes) {
            for calendar in &mail.calendars {
                let _ = read(&calendar.text);
            }
        }
    }
}
