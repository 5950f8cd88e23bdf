//! Mail that comes in: bounces, machines, forgeries, limits.
use mail::incoming::{
    Automatic, BounceAction, BounceKind, IncomingMail, OutlookAnswer, ReturnPath, TEXT_LIMIT,
    UnreadableMail, read,
};
use proptest::prelude::*;

use crate::collection::{ERIKA, UID, mail};

const LETTER: &str = "0199aaaa-0000-7000-8000-0000000000ee@reihum.example";

/// The mails of the collection that answer by a calendar object.
const ANSWERS: [&str; 12] = [
    "apple_mail",
    "apple_icloud",
    "apple_upper_case",
    "google",
    "exchange",
    "outlook_com",
    "thunderbird",
    "nextcloud",
    "zimbra",
    "proton",
    "sparse",
    "alias",
];

pub fn incoming(bytes: &[u8]) -> IncomingMail {
    read(bytes).unwrap()
}

#[test]
fn a_bounce_says_who_and_why() {
    let postfix = incoming(&mail("bounce_postfix"));
    assert_eq!(postfix.return_path, ReturnPath::Null);
    let bounce = postfix.bounce.unwrap();
    assert_eq!(bounce.kind, BounceKind::Report);
    let [failed] = &*bounce.recipients else {
        panic!("{bounce:?}");
    };
    assert_eq!(failed.action, BounceAction::Failed);
    assert_eq!(failed.status.as_deref(), Some("5.1.1"));
    assert_eq!(failed.final_recipient.as_ref().unwrap().as_str(), ERIKA);
    assert_eq!(failed.original_recipient, failed.final_recipient);
    assert_eq!(
        failed.diagnostic.as_deref(),
        Some(
            "550 5.1.1 <erika.muster@musterstadt.example>: Recipient address rejected: User \
             unknown in virtual mailbox table"
        )
    );
    let returned = bounce.returned.unwrap();
    assert_eq!(returned.message_id.as_deref(), Some(LETTER));
    assert_eq!(returned.calendar_uid.as_deref(), Some(UID));
    assert_eq!(returned.to[0].as_str(), ERIKA);
    assert!(postfix.calendars.is_empty(), "what came back is no answer");
    assert_eq!(
        postfix.recipients[0].as_str(),
        "ruecklauf+a1b2c3@reihum.example"
    );
}

#[test]
fn a_bounce_may_give_back_the_head_only() {
    let bounce = incoming(&mail("bounce_exchange")).bounce.unwrap();
    assert_eq!(bounce.recipients[0].status.as_deref(), Some("5.2.2"));
    assert_eq!(bounce.recipients[0].original_recipient, None);
    let returned = bounce.returned.unwrap();
    assert_eq!(returned.message_id.as_deref(), Some(LETTER));
    assert_eq!(returned.calendar_uid, None);
}

#[test]
fn a_delay_is_no_failure() {
    let bounce = incoming(&mail("bounce_delayed")).bounce.unwrap();
    assert_eq!(bounce.recipients[0].action, BounceAction::Delayed);
    assert_eq!(bounce.returned, None);
}

#[test]
fn a_bounce_in_words_is_understood_by_its_phrases() {
    let bounce = incoming(&mail("bounce_text")).bounce.unwrap();
    assert_eq!(bounce.kind, BounceKind::Unknown);
    assert_eq!(bounce.recipients[0].action, BounceAction::Failed);
    let address = bounce.recipients[0].final_recipient.as_ref();
    assert_eq!(address.unwrap().as_str(), ERIKA);
    assert_eq!(bounce.returned.unwrap().message_id.as_deref(), Some(LETTER));
}

#[test]
fn machines_are_told_from_people() {
    let reason = |name| incoming(&mail(name)).automatic;
    assert_eq!(reason("vacation"), Some(Automatic::Replied));
    assert_eq!(incoming(&mail("vacation")).bounce, None);
    assert_eq!(reason("mailing_list"), Some(Automatic::List));
    assert_eq!(reason("human"), None);
    assert_eq!(
        reason("exchange"),
        None,
        "X-Auto-Response-Suppress says nothing of its own"
    );
    for (field, expected) in [
        ("Auto-Submitted: no", None),
        (
            "Auto-Submitted: Auto-Generated (x)",
            Some(Automatic::Generated),
        ),
        (
            "Auto-Submitted: auto-notified; owner-email=\"a@b\"",
            Some(Automatic::Generated),
        ),
        ("Precedence: junk", Some(Automatic::Bulk)),
        ("Precedence: auto_reply", Some(Automatic::Replied)),
        ("X-Autoreply: yes", Some(Automatic::Replied)),
        (
            "X-Reihum-Loop: treffen@reihum.example",
            Some(Automatic::Own),
        ),
        (
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
            Some(Automatic::Receipt),
        ),
    ] {
        let mail = incoming(format!("From: a@b.example\r\n{field}\r\n\r\n").as_bytes());
        assert_eq!(mail.automatic, expected, "{field}");
    }
}

#[test]
fn what_a_person_writes_is_readable() {
    let mail = incoming(&mail("human"));
    assert_eq!(
        mail.text,
        "Guten Tag,\n\ngibt es einen Parkplatz für Räder & Autos?\nViele Grüße\nErika Müster"
    );
    assert_eq!(mail.subject, "Re: Einladung: 12. Treffen");
    assert_eq!(mail.author().unwrap().name, "Erika Müster");
    assert_eq!(mail.in_reply_to, [LETTER]);
    let recipients: Vec<&str> = mail.recipients.iter().map(mail::Address::as_str).collect();
    assert_eq!(
        recipients,
        [
            "treffen@reihum.example",
            "treffen+a1b2c3@reihum.example",
            "bernd.beispiel@musterstadt.example",
        ]
    );
}

#[test]
fn outlook_answers_without_a_calendar() {
    let bytes = mail("outlook_tnef");
    let tnef = incoming(&bytes);
    assert_eq!(tnef.outlook_answer, Some(OutlookAnswer::Declined));
    assert!(tnef.calendars.is_empty());
    assert_eq!(tnef.text, "Ich bin leider verhindert.");
    let stream = tnef_stream(&bytes);
    for (class, expected) in [
        (
            "IPM.Microsoft Schedule.MtgRespP",
            Some(OutlookAnswer::Accepted),
        ),
        (
            "IPM.Microsoft Schedule.MtgRespA",
            Some(OutlookAnswer::Tentative),
        ),
        ("IPM.Microsoft Schedule.MtgReq", None),
    ] {
        assert_eq!(
            with_class(&stream, class.as_bytes()).outlook_answer,
            expected,
            "{class}"
        );
    }
    // a class that only stands in the text is none
    let declined = b"IPM.Microsoft Schedule.MtgRespN";
    let at = stream
        .windows(declined.len())
        .position(|part| part == declined)
        .unwrap();
    assert_eq!(carried(&stream[at..]).outlook_answer, None);
    for cut in 0..stream.len() {
        let answer = carried(&stream[..cut]).outlook_answer;
        let whole = cut > at + declined.len();
        assert_eq!(answer, whole.then_some(OutlookAnswer::Declined), "{cut}");
    }
}

fn tnef_stream(mail: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(mail).unwrap();
    let (_, body) = text.split_once("filename=\"winmail.dat\"\r\n\r\n").unwrap();
    let (body, _) = body.split_once("\r\n------=").unwrap();
    data_encoding::BASE64
        .decode(body.replace("\r\n", "").as_bytes())
        .unwrap()
}

fn with_class(stream: &[u8], class: &[u8]) -> IncomingMail {
    let old = b"IPM.Microsoft Schedule.MtgRespN\0";
    let at = stream
        .windows(old.len())
        .position(|part| part == old)
        .unwrap();
    let length = u32::try_from(class.len() + 1).unwrap().to_le_bytes();
    let (before, after) = (&stream[..at - 4], &stream[at + old.len()..]);
    carried(&[before, &length, class, b"\0", after].concat())
}

fn carried(stream: &[u8]) -> IncomingMail {
    let body = data_encoding::BASE64.encode(stream);
    let head = "From: a@b.example\r\nContent-Type: application/ms-tnef\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n";
    incoming(format!("{head}{body}\r\n").as_bytes())
}

#[test]
fn results_of_servers_stand_in_their_order() {
    let results = incoming(&mail("google")).authentication;
    let servers: Vec<&str> = results.iter().map(|one| &*one.authserv_id).collect();
    assert_eq!(servers, ["mail.reihum.example", "mx.elsewhere.example"]);
    let apple = incoming(&mail("apple_mail")).authentication;
    let dmarc = apple[0]
        .results
        .iter()
        .find(|one| one.method == "dmarc")
        .unwrap();
    assert_eq!(dmarc.result, "pass");
    assert_eq!(dmarc.property("header.from"), Some("musterstadt.example"));
}

#[test]
fn a_sender_in_doubt_is_no_author() {
    for from in [
        "From: a@b.example\r\nFrom: c@d.example",
        "From: a@b.example, c@d.example",
        "From: a@b.example, nobody",
        "From: =?utf-8?q?erika=40musterstadt.example?=",
        "From: =?utf-8?q?=3Cerika=40musterstadt.example=3E?= <nobody>",
        "From: ",
        "Subject: x",
    ] {
        let mail = incoming(format!("{from}\r\nTo: x@y.example\r\n\r\n").as_bytes());
        assert_eq!(mail.author(), None, "{from}");
    }
    let odd = "From: \"erika@musterstadt.example\" (c@d.example)\r\n <a@B.example>\r\n\r\n";
    assert_eq!(
        incoming(odd.as_bytes()).author().unwrap().address.as_str(),
        "a@b.example"
    );
}

#[test]
fn return_paths_are_told_apart() {
    let path =
        |line: &str| incoming(format!("{line}From: a@b.example\r\n\r\n").as_bytes()).return_path;
    assert_eq!(path(""), ReturnPath::Absent);
    assert_eq!(path("Return-Path: <>\r\n"), ReturnPath::Null);
    assert_eq!(path("Return-Path: <MAILER-DAEMON>\r\n"), ReturnPath::Null);
    assert_eq!(path("Return-Path: <x>\r\n"), ReturnPath::Invalid);
    let address = ReturnPath::Address("a@b.example".parse().unwrap());
    assert_eq!(path("Return-Path: <a@B.example>\r\n"), address);
}

#[test]
fn the_same_mail_has_the_same_fingerprint() {
    for name in ANSWERS {
        let bytes = mail(name);
        let print = incoming(&bytes).fingerprint;
        assert_eq!(print.len(), 64);
        let way = b"Received: from x by y; Fri, 8 Jan 2027 12:00:00 +0100\r\nDelivered-To: z@z.example\r\n";
        assert_eq!(
            incoming(&[way, &*bytes].concat()).fingerprint,
            print,
            "{name}"
        );
        let text = String::from_utf8(bytes).unwrap();
        let other = text.replacen("Subject: ", "Subject: x", 1);
        assert_ne!(incoming(other.as_bytes()).fingerprint, print, "{name}");
    }
    let other = String::from_utf8(mail("sparse"))
        .unwrap()
        .replace("=ACCEPTED", "=DECLINED");
    let (one, two) = (incoming(&mail("sparse")), incoming(other.as_bytes()));
    assert_eq!(one.message_id, two.message_id);
    assert_ne!(one.fingerprint, two.fingerprint);
}

/// A mail with a plain text of this size.
pub fn large(octets: usize) -> Vec<u8> {
    let head = b"From: a@b.example\r\nContent-Type: text/plain\r\n\r\n";
    let line = b"Ein Satz, der sich wiederholt, damit der Brief lang wird.\r\n";
    let mut mail = head.to_vec();
    mail.extend(line.iter().cycle().take(octets - head.len()));
    mail
}

/// A mail with this many parts.
pub fn parts(count: usize) -> Vec<u8> {
    let head = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    format!("{head}{}--b--\r\n", "--b\r\n\r\nx\r\n".repeat(count)).into_bytes()
}

#[test]
fn what_is_too_large_is_refused_with_a_reason() {
    let limit = 25 * 1024 * 1024;
    assert_eq!(
        read(&large(limit)).unwrap().text.chars().count(),
        TEXT_LIMIT
    );
    let refused = read(&large(limit + 1)).unwrap_err();
    assert_eq!(refused, UnreadableMail::TooLarge { octets: limit + 1 });
    assert_eq!(
        refused.to_string(),
        "the mail has 26214401 octets, more than 26214400"
    );
    assert!(read(&parts(199)).is_ok());
    assert_eq!(read(&parts(10_000)), Err(UnreadableMail::TooManyParts));
    assert_eq!(read(b""), Err(UnreadableMail::NotAMail));
    assert_eq!(
        read(b"\r\nFrom: a@b.example\r\n"),
        Err(UnreadableMail::NotAMail)
    );
    assert_eq!(
        read(&"X: y\r\n".repeat(1_001).into_bytes()),
        Err(UnreadableMail::HeadTooLarge)
    );
    let long = format!("From: a@b.example\r\nX: {}\r\n\r\n", "y".repeat(300_000));
    assert_eq!(read(long.as_bytes()), Err(UnreadableMail::HeadTooLarge));
    assert_eq!(read(&nested(9)).map(|mail| mail.text), Ok("x".to_owned()));
    assert_eq!(read(&nested(12)), Err(UnreadableMail::TooDeep));
    let calendar = |octets: usize| {
        let head = "From: a@b.example\r\nContent-Type: text/calendar\r\n\r\n";
        format!("{head}{}", "X:y\r\n".repeat(octets / 5)).into_bytes()
    };
    assert!(read(&calendar(1_000_000)).is_ok());
    assert_eq!(
        read(&calendar(1_100_000)),
        Err(UnreadableMail::CalendarTooLarge)
    );
    let many: Vec<String> = (0..11)
        .map(|number| format!("--b\r\nContent-Type: text/calendar\r\n\r\nX:{number}\r\n"))
        .collect();
    let many = many.concat();
    let many =
        format!("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{many}");
    assert_eq!(read(many.as_bytes()), Err(UnreadableMail::TooManyCalendars));
}

fn nested(depth: usize) -> Vec<u8> {
    let mut mail = "From: a@b.example\r\n".to_owned();
    for level in 0..depth {
        let kind = format!("Content-Type: multipart/mixed; boundary=b{level}x");
        mail = format!("{mail}{kind}\r\n\r\n--b{level}x\r\n");
    }
    format!("{mail}\r\nx\r\n").into_bytes()
}

#[test]
fn broken_parts_are_read_as_far_as_they_go() {
    let head = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n";
    let text = |body: &str| incoming(format!("{head}{body}").as_bytes()).text;
    assert_eq!(text("--b\r\n\r\nkein Ende"), "kein Ende");
    assert_eq!(
        text("vorher\r\n--b  \r\n\r\neins\r\n--bb\r\n--b--\r\nnachher"),
        "eins\n--bb"
    );
    assert_eq!(
        text("--b\r\nContent-Transfer-Encoding: base64\r\n\r\n###"),
        "###"
    );
    assert_eq!(
        text("--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nGr\u{fc}\u{df}e"),
        "Grüße"
    );
    let latin = [head.as_bytes(), b"--b\r\n\r\nGr\xfc\xdfe\r\n"].concat();
    assert_eq!(incoming(&latin).text, "Grüße");
    let none = "From: a@b.example\r\nContent-Type: multipart/mixed\r\n\r\n--b\r\n\r\neins";
    assert_eq!(incoming(none.as_bytes()).text, "");
    let hidden = "From: a@b.example\r\nSubject: a\u{202e}b\u{200b}c\r\n\r\nx\u{0}\u{202e}y";
    let mail = incoming(hidden.as_bytes());
    assert_eq!((&*mail.subject, &*mail.text), ("abc", "xy"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..Default::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn a_damaged_mail_is_read_or_refused(
        which in 0..ANSWERS.len(), at in any::<prop::sample::Index>(),
        piece in prop::collection::vec(any::<u8>(), 0..12), removed in 0..200_usize,
        other in any::<prop::sample::Index>(),
    ) {
        let mut bytes = mail(ANSWERS[which]);
        let at = at.index(bytes.len());
        let end = (at + removed).min(bytes.len());
        let moved = bytes[other.index(bytes.len())..].to_vec();
        bytes.splice(at..end, piece.into_iter().chain(moved));
        if let Ok(mail) = read(&bytes) {
            prop_assert!(mail.text.chars().count() <= TEXT_LIMIT);
            prop_assert!(mail.subject.chars().count() <= 250);
            prop_assert!(!mail.subject.contains(char::is_control));
            prop_assert!(mail.recipients.len() <= 50 && mail.references.len() <= 50);
        }
    }
}

#[test]
fn our_own_mail_is_known_again() {
    let own = crate::mime::invitation().render().unwrap();
    let mail = incoming(&own);
    assert_eq!(mail.automatic, Some(Automatic::Own));
    assert_eq!(mail.calendars.len(), 1, "the same object twice");
    assert_eq!(mail.calendars[0].method.as_deref(), Some("REQUEST"));
    assert_eq!(
        mail.author().unwrap().address.as_str(),
        "treffen@treffen.example"
    );
    assert_eq!(
        mail.reply_to.unwrap().address.as_str(),
        "treffen+a1b2c3@treffen.example"
    );
    assert_eq!(mail.references.len(), 2);
}
