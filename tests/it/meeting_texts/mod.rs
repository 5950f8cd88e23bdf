//! What messages about meetings say, and that no text of people can break them.
mod calendar_entries;
mod hostile;
mod persons;
mod steps;

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use reihum::config::Settings;
use reihum::i18n::Language;
use reihum::invitations::text::{
    AgendaLine, Answered, Change, Kind, Links, MeetingFacts, MeetingMessage, Occasion, Place, When,
    changes, meeting_text,
};
use reihum::notifications::links::Target;
use reihum::notifications::notice::{NoticeText, Signature};
use reihum::notifications::render::{RenderedText, render};

/// A message, whom it greets and who signs it.
#[derive(Debug)]
struct Letter {
    message: MeetingMessage,
    name: String,
    signature: Signature,
}

/// Settings with an address of the privacy notice.
fn settings() -> Settings {
    let given = [
        ("database_url", "unused.db"),
        ("secret", "the secret of all the tests together"),
        ("mail_folder", "/tmp"),
        ("public_url", "https://reihum.example"),
        ("privacy_url", "https://reihum.example/privacy"),
    ];
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Settings::from_sources(None, BTreeMap::from(given)).unwrap()
}

fn write(language: Language, letter: &Letter) -> RenderedText {
    let text = NoticeText {
        name: letter.name.clone(),
        ..meeting_text(language, &letter.message)
    };
    render(language, &text, &letter.signature, &settings())
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
}

fn item(number: u32, title: &str) -> AgendaLine {
    AgendaLine {
        number: format!("TOP {number}"),
        title: title.to_owned(),
        kind: None,
        minutes: None,
        presenter: None,
        late: false,
    }
}

fn town_hall() -> Place {
    Place {
        building: "Rathaus".to_owned(),
        room: Some("Raum 210".to_owned()),
        street: "Rathausplatz 1".to_owned(),
        postal_code: "32052".to_owned(),
        locality: "Herford".to_owned(),
        directions: Some(
            "Vom Bahnhof 10 Minuten zu Fuß durch die Innenstadt, Parken in der Tiefgarage \
             am Rathaus. Der Eingang an der Seite ist stufenlos."
                .to_owned(),
        ),
    }
}

fn facts() -> MeetingFacts {
    MeetingFacts {
        group: "5 für OWL".to_owned(),
        number: 12,
        title: None,
        on: date(2027, 2, 4),
        starts: time(10, 0),
        ends: time(12, 30),
        zone: "Europe/Berlin".to_owned(),
        host: Some("Herford".to_owned()),
        cohosts: vec![],
        place: Some(town_hall()),
        agenda: vec![
            AgendaLine {
                minutes: Some(5),
                presenter: Some("Herford".to_owned()),
                ..item(1, "Begrüßung und Feststellung der Tagesordnung")
            },
            AgendaLine {
                kind: Some(Kind::Discussion),
                minutes: Some(30),
                presenter: Some("Gütersloh".to_owned()),
                ..item(
                    2,
                    "Lösungskatalog: neue Lösungen, Stand der Übertragungen und was \
                 die anderen Städte davon übernehmen können",
                )
            },
            AgendaLine {
                kind: Some(Kind::Decision),
                late: true,
                ..item(3, "Gemeinsame Beschaffung")
            },
            item(10, "Verschiedenes"),
        ],
        deputy_for: Vec::new(),
        deputy: None,
    }
}

fn letter(occasion: Occasion) -> Letter {
    let base = "https://reihum.example/answers/0123456789abcdef0123456789abcdef0123456789ab";
    let to = |query: &str| Target::Address(format!("{base}{query}"));
    let message = MeetingMessage {
        occasion,
        facts: facts(),
        guest: false,
        answered: Answered::NotYet,
        links: Links {
            accept: to("?answer=accepted"),
            tentative: to("?answer=tentative"),
            decline: to("?answer=declined"),
            meeting: to(""),
            topics: Some(Target::Address(
                "https://reihum.example/topics/7".to_owned(),
            )),
        },
        answer_by: Some(date(2027, 1, 29)),
        topics_until: Some(date(2027, 1, 21)),
    };
    Letter {
        message,
        name: "Erika Beispiel".to_owned(),
        signature: Signature {
            name: "Robin Muster".to_owned(),
            function: Some("Koordination 5 für OWL".to_owned()),
            municipality: Some("Herford".to_owned()),
            phone: Some("05221 189-1234".to_owned()),
            email: Some("koordination@herford.example".to_owned()),
        },
    }
}

fn moved() -> Change {
    let from = When {
        on: date(2027, 1, 28),
        ..facts().when()
    };
    Change::Moved {
        from,
        to: facts().when(),
    }
}

fn other_room(room: &str) -> Change {
    let from = Place {
        room: Some(room.to_owned()),
        ..town_hall()
    };
    Change::Venue {
        from: Some(from),
        to: Some(town_hall()),
    }
}

fn update(changes: Vec<Change>) -> Letter {
    letter(Occasion::Update { changes })
}

fn cancellation(no_longer_invited: bool) -> Letter {
    let reason = Some("Der Raum ist wegen eines Wasserschadens gesperrt.".to_owned());
    letter(Occasion::Cancellation {
        reason,
        no_longer_invited,
    })
}

/// The whole of a letter's mail part, as it would be seen.
fn seen(language: Language, letter: &Letter) -> String {
    let texts = write(language, letter);
    format!("{}\n\n{}", texts.subject, texts.text)
}

fn news(letter: &Letter) -> String {
    write(Language::De, letter)
        .text
        .lines()
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn invitations() {
    let invitation = letter(Occasion::Invitation);
    insta::assert_snapshot!("invitation_de", seen(Language::De, &invitation));
    insta::assert_snapshot!("invitation_en", seen(Language::En, &invitation));
    insta::assert_snapshot!("invitation_html", write(Language::De, &invitation).html);
}

#[test]
fn updates() {
    let mut both = update(vec![moved(), other_room("Raum 105")]);
    both.message.answered = Answered::NoLonger;
    let mut room = update(vec![other_room("Raum 105")]);
    room.message.answered = Answered::Counts;
    insta::assert_snapshot!("moved_de", seen(Language::De, &both));
    insta::assert_snapshot!("moved_en", seen(Language::En, &both));
    insta::assert_snapshot!("room_de", seen(Language::De, &room));
}

#[test]
fn cancellations() {
    insta::assert_snapshot!("cancelled_de", seen(Language::De, &cancellation(false)));
    insta::assert_snapshot!("cancelled_en", seen(Language::En, &cancellation(false)));
    insta::assert_snapshot!("withdrawn_de", seen(Language::De, &cancellation(true)));
    insta::assert_snapshot!(
        "cancelled_html",
        write(Language::De, &cancellation(false)).html
    );
}

#[test]
fn the_first_line_says_what_is_new() {
    assert_eq!(
        news(&update(vec![other_room("Raum 105")])),
        "Neu: Raum 210 statt 105"
    );
    assert_eq!(
        news(&update(vec![other_room("105")])),
        "Neu: Raum 210 statt 105"
    );
    assert_eq!(
        news(&update(vec![other_room("Ratssaal")])),
        "Neu: Raum 210 statt Ratssaal"
    );
    assert_eq!(news(&update(vec![other_room(" ")])), "Neu: Raum 210");
    let host = Change::Host {
        from: Some("Herford".to_owned()),
        to: Some("Detmold".to_owned()),
    };
    assert_eq!(
        news(&update(vec![host.clone()])),
        "Neue Gastgeberin: Detmold (statt Herford)"
    );
    let first = "Das Treffen findet doch statt.";
    assert_eq!(news(&update(vec![host, Change::Restored])), first);
    let open = Change::Venue {
        from: Some(town_hall()),
        to: None,
    };
    assert!(news(&update(vec![open])).starts_with("Der Ort ist wieder offen (bisher Rathaus,"));
}

#[test]
fn subjects_say_what_is_at_stake() {
    let subject = |letter: &Letter| write(Language::De, letter).subject;
    assert_eq!(
        subject(&letter(Occasion::Invitation)),
        "Einladung: 12. Treffen „5 für OWL“ am 04.02.2027 in Herford"
    );
    assert_eq!(
        subject(&update(vec![other_room("1")])),
        "Aktualisiert: 12. Treffen „5 für OWL“ am 04.02.2027 in Herford"
    );
    assert_eq!(
        subject(&update(vec![moved()])),
        "Verlegt: Treffen vom 28.01.2027 auf den 04.02.2027 („5 für OWL“)"
    );
    let later = When {
        starts: time(14, 0),
        ends: time(16, 0),
        ..facts().when()
    };
    let on_that_day = Change::Moved {
        from: facts().when(),
        to: later,
    };
    assert_eq!(
        subject(&update(vec![on_that_day])),
        "Verlegt: Treffen am 04.02.2027 auf 14:00 bis 16:00 Uhr („5 für OWL“)"
    );
    let zone = When {
        zone: "Europe/London".to_owned(),
        ..facts().when()
    };
    let other_zone = Change::Moved {
        from: zone,
        to: facts().when(),
    };
    assert!(subject(&update(vec![other_zone])).starts_with("Aktualisiert: "));
    assert!(subject(&cancellation(false)).starts_with("Abgesagt: 12. Treffen "));
    let withdrawn = subject(&cancellation(true));
    assert!(
        withdrawn.starts_with("Einladung zurückgenommen: "),
        "{withdrawn}"
    );
}

#[test]
fn guests_are_not_asked_for_topics() {
    let mut guest = letter(Occasion::Invitation);
    let member = write(Language::De, &guest);
    guest.message.guest = true;
    let texts = write(Language::De, &guest);
    assert!(member.text.contains("/topics/7") && member.html.contains("/topics/7"));
    assert!(!texts.text.contains("/topics/") && !texts.html.contains("/topics/"));
    assert!(texts.text.contains("als Gast"));
}

#[test]
fn cancellations_carry_no_personal_links() {
    for no_longer_invited in [false, true] {
        let texts = write(Language::De, &cancellation(no_longer_invited));
        for part in [&texts.text, &texts.html] {
            assert!(
                !part.contains("/answers/") && !part.contains("/topics/"),
                "{part}"
            );
            assert!(part.contains("https://reihum.example/privacy"));
            assert!(part.contains("Wasserschadens"));
        }
    }
}

#[test]
fn a_foreign_zone_is_named() {
    let mut abroad = letter(Occasion::Invitation);
    assert!(!seen(Language::De, &abroad).contains("Europe/"));
    abroad.message.facts.zone = "Europe/London".to_owned();
    let details = write(Language::De, &abroad).html;
    assert!(
        details.contains("10:00 bis 12:30 Uhr (Europe/London)"),
        "{details}"
    );
}

#[test]
fn long_agendas_are_cut() {
    let mut long = letter(Occasion::Invitation);
    for (count, more) in [
        (60, None),
        (61, Some("… und 1 weiterer Punkt")),
        (75, Some("… und 15 weitere")),
    ] {
        long.message.facts.agenda = (1..=count)
            .map(|number| item(number, "Ein Thema"))
            .collect();
        let text = write(Language::De, &long).text;
        assert_eq!(text.matches("Ein Thema").count(), 60);
        assert_eq!(text.lines().find(|line| line.starts_with('…')), more);
    }
}

#[test]
fn long_titles_are_cut_after_a_word() {
    let mut long = letter(Occasion::Invitation);
    long.message.facts.agenda = vec![item(1, &"Digitalisierung ".repeat(40))];
    let text = write(Language::De, &long).text;
    assert!(text.contains("Digitalisierung…"), "{text}");
    assert!(text.matches("Digitalisierung").count() < 12, "{text}");
}

#[test]
fn an_address_is_never_broken() {
    let mut long = letter(Occasion::Invitation);
    for length in [10, 40, 60, 200] {
        let address = format!("https://karte.example/{}", "x".repeat(length));
        let place = long.message.facts.place.as_mut().unwrap();
        place.directions = Some(format!("Siehe {address} oder fragen Sie."));
        let text = write(Language::De, &long).text;
        assert!(
            text.split_whitespace().any(|word| word == address),
            "{text}"
        );
    }
    // What only looks like a long word is broken.
    long.message.facts.place.as_mut().unwrap().directions = Some("x".repeat(200));
    let text = write(Language::De, &long).text;
    assert!(
        text.contains(&format!("\n{}{}\n", " ".repeat(14), "x".repeat(58))),
        "{text}"
    );
}

#[test]
fn only_what_matters_is_a_change() {
    let told = facts();
    let mut now = facts();
    assert_eq!(changes(&told, &now), []);
    now.agenda.clear();
    now.title = Some("  ".to_owned());
    now.place.as_mut().unwrap().directions = None;
    now.place.as_mut().unwrap().street = " Rathausplatz  1".to_owned();
    assert_eq!(changes(&told, &now), []);

    now.on = date(2027, 2, 11);
    now.host = Some("Detmold".to_owned());
    now.place.as_mut().unwrap().room = Some("Ratssaal".to_owned());
    now.title = Some("Klausur".to_owned());
    let expected = [
        Change::Moved {
            from: told.when(),
            to: now.when(),
        },
        Change::Host {
            from: told.host.clone(),
            to: now.host.clone(),
        },
        Change::Venue {
            from: told.place.clone(),
            to: now.place.clone(),
        },
        Change::Title {
            from: None,
            to: now.title.clone(),
        },
    ];
    assert_eq!(changes(&told, &now), expected);
    // There and back again is nothing to tell.
    assert_eq!(changes(&told, &told.clone()), []);

    for (starts, ends, zone) in [
        (time(9, 0), told.ends, "Europe/Berlin"),
        (told.starts, time(13, 0), "Europe/Berlin"),
        (told.starts, told.ends, "Europe/London"),
    ] {
        let now = MeetingFacts {
            starts,
            ends,
            zone: zone.to_owned(),
            ..told.clone()
        };
        assert!(matches!(changes(&told, &now)[..], [Change::Moved { .. }]));
    }
}

#[test]
fn facts_survive_being_kept() {
    let kept = serde_json::to_string(&facts()).unwrap();
    assert_eq!(
        serde_json::from_str::<MeetingFacts>(&kept).unwrap(),
        facts()
    );
}
