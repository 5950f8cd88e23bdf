//! What becomes of text that is typed in.
use calendar::{Event, InvitationMethod, invitation};

use crate::objects::{Line, meeting, read, unescaped};

/// The first line of this name in an invitation.
fn line(event: &Event, name: &str) -> Line {
    let mut lines = read(&invitation(InvitationMethod::Request, event)).into_iter();
    lines.find(|line| line.0 == name).unwrap()
}

fn value(event: &Event, name: &str) -> String {
    unescaped(&line(event, name).2)
}

#[test]
fn line_breaks_of_every_kind_are_one() {
    let description = |text: &str| {
        let description = text.to_owned();
        let event = Event {
            description,
            ..meeting()
        };
        value(&event, "DESCRIPTION")
    };
    assert_eq!(
        description("a\r\nb\rc\nd\u{2028}e\u{85}f"),
        "a\nb\nc\nd\ne\nf"
    );
    assert_eq!(description("a\u{0}\u{7}\u{1b}b\u{7f}\tc"), "ab c");
}

#[test]
fn titles_and_places_are_one_line_of_fewer_than_255_characters() {
    let event = Event {
        summary: "Straße ".repeat(60),
        location: " Rathaus,\r\n\r\n Raum\u{0}\u{a0}105 ".into(),
        ..meeting()
    };
    let cut = value(&event, "SUMMARY");
    assert_eq!(cut.chars().count(), 254);
    assert!(cut.ends_with('…'));
    assert_eq!(value(&event, "LOCATION"), "Rathaus, Raum 105");
}

#[test]
fn parameters_hold_no_quotes_and_no_escapes() {
    let mut event = meeting();
    event.organizer.name = "\"q\";X-EVIL=\"1\r\nX:1^n\\".into();
    assert_eq!(line(&event, "ORGANIZER").1["CN"], "'q';X-EVIL='1 X:1n/");
}

#[test]
fn uris_hold_only_what_uris_may() {
    let url = Some("https://a.example/ä?b=c d\r\nX:1".into());
    let event = Event { url, ..meeting() };
    assert_eq!(
        line(&event, "URL").2,
        "https://a.example/%C3%A4?b=c%20d%0D%0AX:1"
    );
}

#[test]
fn folding_keeps_characters_whole() {
    let text = format!("{}äöü€😀{}", "x".repeat(62), "y".repeat(200));
    for start in 0..8 {
        let description = text[start..].to_owned();
        let event = Event {
            description,
            ..meeting()
        };
        // `read` takes no line of more than 75 octets
        assert_eq!(value(&event, "DESCRIPTION"), text[start..]);
    }
}
