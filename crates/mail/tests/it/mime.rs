//! How mails are laid out: golden files, the same bytes every time, hostile names and subjects.
use mail::{Calendar, Letter, MailError, Mailbox};
use proptest::prelude::*;

pub fn party(name: &str, address: &str) -> Mailbox {
    Mailbox {
        name: name.to_owned(),
        address: address.parse().unwrap(),
    }
}

/// An invitation to the 12th meeting of an invented cooperation.
pub fn invitation() -> Letter {
    let link = "https://treffen.example/a/geheim";
    Letter {
        from: party("5 für OWL", "treffen@treffen.example"),
        to: party("Muster, Erika", "Erika.Muster@musterstadt.example"),
        reply_to: Some(party("5 für OWL", "treffen+a1b2c3@treffen.example")),
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
        calendar: Some(Calendar {
            method: "REQUEST".into(),
            body: include_str!("../../../../tests/it/data/request.ics").into(),
        }),
    }
}

/// The same without a calendar, in a thread of its own.
fn note() -> Letter {
    Letter {
        references: vec![],
        reply_to: None,
        calendar: None,
        ..invitation()
    }
}

fn printed(letter: &Letter) -> String {
    String::from_utf8(letter.render().unwrap()).unwrap()
}

#[test]
fn an_invitation_is_laid_out_as_clients_need_it() {
    assert_eq!(
        printed(&invitation()),
        include_str!("../../../../tests/it/data/invitation.eml")
    );
}

#[test]
fn a_letter_without_calendar_is_an_alternative() {
    assert_eq!(
        printed(&note()),
        include_str!("../../../../tests/it/data/note.eml")
    );
}

#[test]
fn a_letter_kept_as_json_gives_the_same_bytes() {
    let kept = serde_json::to_string(&invitation()).unwrap();
    let letter: Letter = serde_json::from_str(&kept).unwrap();
    assert_eq!(printed(&letter), printed(&invitation()));
}

#[test]
fn boundaries_depend_on_the_message_id_alone() {
    let boundary = |letter: &Letter| {
        let text = printed(letter);
        let (_, rest) = text.split_once("boundary=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let other_text = Letter {
        text: "anders".into(),
        ..invitation()
    };
    let other_id = Letter {
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
    let forged = Letter {
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
        let letter = Letter {
            message_id: id.into(),
            ..note()
        };
        assert!(
            matches!(letter.render(), Err(MailError::MessageId(_))),
            "{id:?}"
        );
        let letter = Letter {
            references: vec![id.into()],
            ..note()
        };
        assert!(
            matches!(letter.render(), Err(MailError::MessageId(_))),
            "{id:?}"
        );
    }
    for date in ["1969-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"] {
        let letter = Letter {
            date: date.parse().unwrap(),
            ..note()
        };
        assert!(matches!(letter.render(), Err(MailError::Date)), "{date}");
    }
    for method in ["CANCEL", "request", "REQUEST; x=y", ""] {
        let mut letter = invitation();
        letter.calendar.as_mut().unwrap().method = method.into();
        assert!(
            matches!(letter.render(), Err(MailError::Method)),
            "{method:?}"
        );
    }
}

#[test]
fn long_threads_name_the_first_and_the_last_letters() {
    let references: Vec<String> = (0..60).map(|n| format!("{n}@treffen.example")).collect();
    let text = printed(&Letter {
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
        let letter = Letter {
            to: party(name, "max@beispielheim.example"),
            ..note()
        };
        let line = format!("\r\nTo: {written}max@beispielheim.example");
        assert!(
            printed(&letter).contains(&line),
            "{name:?}: {}",
            printed(&letter)
        );
    }
}

/// Names of the headers before the first empty line, and whether all lines are fit to be sent.
fn header_names(letter: &Letter) -> Vec<String> {
    let text = printed(letter);
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

proptest! {
    #[test]
    fn hostile_text_never_becomes_a_header(
        subject in hostile(), name in hostile(), text in hostile(), html in hostile(),
    ) {
        let mut letter = Letter { subject, text, html, ..invitation() };
        letter.to.name.clone_from(&name);
        letter.from.name.clone_from(&name);
        letter.reply_to.as_mut().unwrap().name = name;
        prop_assert_eq!(header_names(&letter), header_names(&invitation()));
        prop_assert_eq!(letter.render().unwrap(), letter.render().unwrap());
    }

    #[test]
    fn hostile_ids_are_refused_or_harmless(id in hostile()) {
        let letter = Letter { message_id: format!("{id}@treffen.example"), ..invitation() };
        if letter.render().is_ok() {
            prop_assert_eq!(header_names(&letter), header_names(&invitation()));
        }
    }

    #[test]
    fn every_address_can_be_mailed(local in "[!-~]{1,20}", domain in "[a-zA-Z0-9äß-]{1,12}") {
        if let Ok(address) = format!("{local}@{domain}.example").parse() {
            let mut letter = invitation();
            letter.envelope_from = address;
            letter.to.address = letter.envelope_from.clone();
            prop_assert_eq!(header_names(&letter), header_names(&invitation()));
        }
    }
}
