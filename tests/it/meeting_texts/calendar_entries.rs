//! What a calendar entry says about a meeting.
use reihum::i18n::Language;
use reihum::invitations::text::{MeetingFacts, description, location, summary};

use super::facts;

#[test]
fn calendar_entries() {
    assert_eq!(
        summary(Language::De, &facts()),
        "5 für OWL: 12. Treffen in Herford"
    );
    let titled = MeetingFacts {
        title: Some("Klausur".to_owned()),
        ..facts()
    };
    assert_eq!(
        summary(Language::En, &titled),
        "5 für OWL: 12th meeting in Herford – Klausur"
    );
    let bare = MeetingFacts {
        host: None,
        place: None,
        agenda: vec![],
        ..facts()
    };
    assert_eq!(summary(Language::De, &bare), "5 für OWL: 12. Treffen");
    assert_eq!(
        location(Language::De, &facts()).unwrap(),
        "Rathaus, Raum 210, Rathausplatz 1, 32052 Herford"
    );
    assert_eq!(location(Language::De, &bare), None);
    assert_eq!(description(Language::De, &bare), "");
    let public = description(Language::De, &facts());
    insta::assert_snapshot!("description_de", public);
    assert!(!public.contains("https://"), "{public}");
}
