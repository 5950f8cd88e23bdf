//! Letters with any text in every place that people can fill.
use proptest::prelude::*;
use reihum::i18n::Language;
use reihum::invitations::text::{AgendaLine, Change, Occasion, description, location, summary};

use super::{Letter, letter, moved, other_room, update, write};

/// Text as it may come from anybody: words, markup, controls, addresses, and one endless word.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zäöüß<>&\"'\r\n\t\u{0}\u{2028}\u{202e} .,:-]{0,300}",
        "x{0,400}",
        "https://[a-z]{1,200}\\.example/ <script>[a-z]{0,9}</script>",
    ]
}

prop_compose! {
    fn any_letter()(
        texts in prop::collection::vec(text(), 16),
        lines in prop::collection::vec((text(), text(), text(), any::<i32>(), any::<bool>()), 0..70),
        number in any::<i32>(),
        kind in 0..4,
        some in any::<bool>(),
    ) -> Letter {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap();
        let mut letter = match kind {
            0 => letter(Occasion::Invitation),
            1 => update(vec![
                moved(),
                Change::Host { from: Some(next()), to: some.then(&mut next) },
                Change::Title { from: some.then(&mut next), to: Some(next()) },
                other_room(&next()),
            ]),
            kind => letter(Occasion::Cancellation { reason: Some(next()), no_longer_invited: kind == 2 }),
        };
        letter.message.facts.number = number;
        letter.message.facts.group = next();
        letter.message.facts.title = some.then(&mut next);
        letter.message.facts.host = Some(next());
        letter.message.facts.zone = next();
        let place = letter.message.facts.place.as_mut().unwrap();
        place.building = next();
        place.room = Some(next());
        place.directions = Some(next());
        letter.name = next();
        letter.signature.name = next();
        letter.signature.function = Some(next());
        letter.message.facts.agenda = lines
            .into_iter()
            .map(|(number, title, presenter, minutes, late)| AgendaLine {
                number,
                title,
                kind: None,
                minutes: Some(minutes),
                presenter: Some(presenter),
                late,
            })
            .collect();
        letter
    }
}

fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_breaks_a_letter(letter in any_letter(), english in any::<bool>()) {
        let language = if english { Language::En } else { Language::De };
        let texts = write(language, &letter);
        prop_assert_eq!(&texts, &write(language, &letter));

        prop_assert!(texts.subject.chars().all(is_harmless), "{:?}", texts.subject);
        prop_assert!(texts.subject.chars().count() < 260);
        for line in texts.text.lines() {
            prop_assert!(line.chars().all(is_harmless), "{line:?}");
            let only_an_address = line.contains("://") && !line.trim().contains(' ');
            prop_assert!(line.chars().count() <= 72 || only_an_address, "{line:?}");
            prop_assert_eq!(line, line.trim_end());
        }
        prop_assert!(!texts.text.contains("\n\n\n"));
        for part in [&texts.subject, &texts.text, &texts.html] {
            prop_assert!(!part.contains("mail-") && !part.contains("words-"), "{part}");
        }

        let tags = texts.html.matches('<').count();
        prop_assert_eq!(tags, texts.html.matches('>').count());
        prop_assert!(!texts.html.contains("<script") && !texts.html.contains("<img"));

        prop_assert!(summary(language, &letter.message.facts).chars().all(is_harmless));
        let location = location(language, &letter.message.facts).unwrap_or_default();
        prop_assert!(location.chars().all(is_harmless) && location.chars().count() < 255);
        let description = description(language, &letter.message.facts);
        prop_assert!(description.chars().all(|it| it == '\n' || is_harmless(it)));
    }
}
