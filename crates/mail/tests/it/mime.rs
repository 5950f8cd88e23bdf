//! How mails are rendered: golden files, the same bytes every time, hostile names and subjects.
use mail::{CalendarPart, MailError, Mailbox, OutgoingMail};
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use proptest::prelude::*;

pub fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox {
        name: name.to_owned(),
        address: address.parse().unwrap(),
    }
}

/// An invitation to the 12th meeting of an invented cooperation.
pub fn invitation() -> OutgoingMail {
    let link = "https://treffen.example/a/geheim";
    OutgoingMail {
        from: mailbox("5 für OWL", "treffen@treffen.example"),
        to: mailbox("Muster, Erika", "Erika.Muster@musterstadt.example"),
        reply_to: Some(mailbox("5 für OWL", "treffen+a1b2c3@treffen.example")),
        envelope_from: "ruecklauf+a1b2c3@treffen.example".parse().unwrap(),
        message_id: "0197f0c2-2222-7000-8000-000000000002@treffen.example".into(),
        references: vec![
            "<0197f0c2-2222-7000-8000-000000000000@treffen.example>".into(),
            "0197f0c2-2222-7000-8000-000000000001@treffen.example".into(),
        ],
        date: "2027-01-07T08:00:00Z".parse().unwrap(),
        subject: "Aktualisiert: 12. Treffen in Musterstadt am Donnerstag, 4. Februar 2027 \
                  (5 für OWL)"
            .into(),
        text: format!("Guten Tag Erika Muster,\n\n.\nNeu: Raum 210 statt 105\n\n{link}\n"),
        html: format!("<p lang=\"de\">Guten Tag Erika Muster</p><a href=\"{link}\">Antworten</a>"),
        calendar: Some(CalendarPart {
            method: "REQUEST".into(),
            body: include_str!("../../../../tests/it/data/request.ics").into(),
        }),
    }
}

/// The same without a calendar, in a thread of its own.
fn note() -> OutgoingMail {
    OutgoingMail {
        references: vec![],
        reply_to: None,
        calendar: None,
        ..invitation()
    }
}

fn printed(mail: &OutgoingMail) -> String {
    String::from_utf8(mail.render().unwrap()).unwrap()
}

#[test]
fn an_invitation_is_rendered_as_clients_need_it() {
    assert_eq!(
        printed(&invitation()),
        include_str!("../../../../tests/it/data/invitation.eml")
    );
}

#[test]
fn a_mail_without_calendar_is_an_alternative() {
    assert_eq!(
        printed(&note()),
        include_str!("../../../../tests/it/data/note.eml")
    );
}

#[test]
fn a_mail_stored_as_json_gives_the_same_bytes() {
    let kept = serde_json::to_string(&invitation()).unwrap();
    let mail: OutgoingMail = serde_json::from_str(&kept).unwrap();
    assert_eq!(printed(&mail), printed(&invitation()));
}

#[test]
fn boundaries_depend_on_the_message_id_alone() {
    let boundary = |mail: &OutgoingMail| {
        let text = printed(mail);
        let (_, rest) = text.split_once("boundary=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let other_text = OutgoingMail {
        text: "anders".into(),
        ..invitation()
    };
    let other_id = OutgoingMail {
        message_id: "anders@treffen.example".into(),
        ..invitation()
    };
    assert_eq!(boundary(&invitation()), boundary(&other_text));
    assert_ne!(boundary(&invitation()), boundary(&other_id));
}

#[test]
fn text_that_looks_like_a_boundary_is_encoded() {
    let text = printed(&note());
    let (_, rest) = text.split_once("boundary=\"").unwrap();
    let boundary = rest.split_once('"').unwrap().0;
    let forged = OutgoingMail {
        text: format!("a\n--{boundary}--\nb"),
        ..note()
    };
    let delimiter = format!("\r\n--{boundary}");
    assert_eq!(
        printed(&forged).matches(&delimiter).count(),
        text.matches(&delimiter).count()
    );
}

#[test]
fn what_cannot_be_written_is_refused() {
    for id in [
        "",
        "ohne",
        "a@b\r\nX-Evil: 1",
        "a b@c",
        "ä@treffen.example",
        "<a@b> <c@d>",
    ] {
        let mail = OutgoingMail {
            message_id: id.into(),
            ..note()
        };
        assert!(
            matches!(mail.render(), Err(MailError::MessageId(_))),
            "{id:?}"
        );
        let mail = OutgoingMail {
            references: vec![id.into()],
            ..note()
        };
        assert!(
            matches!(mail.render(), Err(MailError::MessageId(_))),
            "{id:?}"
        );
    }
    for date in ["1969-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"] {
        let mail = OutgoingMail {
            date: date.parse().unwrap(),
            ..note()
        };
        assert!(matches!(mail.render(), Err(MailError::Date)), "{date}");
    }
    for method in ["CANCEL", "request", "REQUEST; x=y", ""] {
        let mut mail = invitation();
        mail.calendar.as_mut().unwrap().method = method.into();
        assert!(
            matches!(mail.render(), Err(MailError::Method)),
            "{method:?}"
        );
    }
}

#[test]
fn long_threads_name_the_first_and_the_last_mails() {
    let references: Vec<String> = (0..60).map(|n| format!("{n}@treffen.example")).collect();
    let text = printed(&OutgoingMail {
        references,
        ..note()
    });
    let (_, rest) = text.split_once("References: ").unwrap();
    let ids: Vec<&str> = rest
        .split("\r\n")
        .take_while(|line| !line.contains(": "))
        .collect();
    assert_eq!(ids.len(), 20);
    assert_eq!(
        (ids[0], ids[1]),
        ("<0@treffen.example>", " <41@treffen.example>")
    );
    assert!(text.contains("In-Reply-To: <59@treffen.example>\r\n"));
}

#[test]
fn names_are_quoted_where_they_must_be() {
    for (name, written) in [
        ("Erika", "Erika <"),
        ("E.Muster", "\"E.Muster\" <"),
        (".", "\".\" <"),
        ("Erika M.", "\"Erika M.\" <"),
        ("Muster, E.", "=?utf-8?b?TXVzdGVyLCBFLg==?= <"),
        ("a\r\nBcc b", "\"a Bcc b\" <"),
        ("=?utf-8?q?x?=", "=?utf-8?b?PSA/dXRmLTg/cT94Pz0=?= <"),
        ("\u{0} ", ""),
    ] {
        let mail = OutgoingMail {
            to: mailbox(name, "max@beispielheim.example"),
            ..note()
        };
        let line = format!("\r\nTo: {written}max@beispielheim.example");
        assert!(
            printed(&mail).contains(&line),
            "{name:?}: {}",
            printed(&mail)
        );
    }
}

/// Names of the headers before the first empty line, and whether all lines are fit to be sent.
fn header_names(mail: &OutgoingMail) -> Vec<String> {
    let text = printed(mail);
    assert!(text.is_ascii() && text.ends_with("\r\n"));
    for line in text.trim_end_matches("\r\n").split("\r\n") {
        assert!(
            line.len() <= 998 && !line.contains(['\r', '\n', '\0']),
            "{line:?}"
        );
    }
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    head.lines()
        .map(|line| line.split_once(": ").unwrap().0.to_owned())
        .collect()
}

fn hostile() -> impl Strategy<Value = String> {
    let evil = prop::sample::select(vec![
        "\r\n",
        "\r",
        "\n",
        "\0",
        "\"",
        "\\",
        "<",
        ">",
        ",",
        ";",
        "=?utf-8?q?=0D=0AX:?=",
        "\u{85}",
        "\r\nX-Evil: 1",
        "\r\n\r\n",
        "\r\n.\r\n",
        "\u{2028}",
        "\t",
        " ",
        "ä",
        "😀",
        "(",
        "@a.example",
    ]);
    let piece = prop_oneof![
        evil.prop_map(str::to_owned),
        any::<String>(),
        "[a-z]{0,300}"
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// What a program reads as the text of a mail with this text.
fn text_read_from(text: &str) -> String {
    let text = text.to_owned();
    let bytes = OutgoingMail { text, ..note() }.render().unwrap();
    let mail = String::from_utf8(bytes).unwrap();
    let mut parts = mail.split("Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    let part = parts.nth(1).unwrap().split("\r\n--=_").next().unwrap();
    for line in part.split("\r\n") {
        assert!(line.len() <= 76 && !line.ends_with([' ', '\t']), "{line:?}");
    }
    let decoded = quoted_printable_decode(part.as_bytes()).unwrap();
    String::from_utf8(decoded).unwrap().replace("\r\n", "\n")
}

#[test]
fn line_breaks_of_every_kind_are_kept_and_controls_are_not() {
    assert_eq!(text_read_from("1 = 1\n"), "1 = 1\n");
    let mixed = "Straße\r\nam Ende \rTab\t";
    assert_eq!(text_read_from(mixed), "Straße\nam Ende \nTab\t");
    assert_eq!(text_read_from("\u{7}\u{0}a\u{85}b"), "ab");
    assert_eq!(text_read_from(""), "");
    // a blank at the end of a full line
    let full = format!("{} \n{}", "x".repeat(74), "y".repeat(100));
    assert_eq!(text_read_from(&full), full);
}

proptest! {
    #[test]
    fn text_is_read_as_it_was_written(text in "[ -~äöü€😀=\t\n\r]{0,400}") {
        let expected = text.replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(text_read_from(&text), expected);
    }

    #[test]
    fn hostile_text_never_becomes_a_header(
        subject in hostile(), name in hostile(), text in hostile(), html in hostile(),
    ) {
        let mut mail = OutgoingMail { subject, text, html, ..invitation() };
        mail.to.name.clone_from(&name);
        mail.from.name.clone_from(&name);
        mail.reply_to.as_mut().unwrap().name = name;
        prop_assert_eq!(header_names(&mail), header_names(&invitation()));
        prop_assert_eq!(mail.render().unwrap(), mail.render().unwrap());
    }

    #[test]
    fn hostile_ids_are_refused_or_harmless(id in hostile()) {
        let mail = OutgoingMail { message_id: format!("{id}@treffen.example"), ..invitation() };
        if mail.render().is_ok() {
            prop_assert_eq!(header_names(&mail), header_names(&invitation()));
        }
    }

    #[test]
    fn every_address_can_be_mailed(local in "[!-~]{1,20}", domain in "[a-zA-Z0-9äß-]{1,12}") {
        if let Ok(address) = format!("{local}@{domain}.example").parse() {
            let mut mail = invitation();
            mail.envelope_from = address;
            mail.to.address = mail.envelope_from.clone();
            prop_assert_eq!(header_names(&mail), header_names(&invitation()));
        }
    }
}
