//! What letters say of those who get and who sign them.
use reihum::i18n::Language;
use reihum::invitations::text::{Answered, Occasion};

use super::{letter, moved, other_room, update, write};

#[test]
fn the_question_fits_what_was_answered_so_far() {
    let words = [
        (Answered::NotYet, "an, ob Sie teilnehmen:"),
        (Answered::Counts, "Ihre Rückmeldung gilt weiter."),
        (
            Answered::NoLonger,
            "noch einmal an, ob Sie teilnehmen. Ihre frühere Rückmeldung gilt nicht mehr:",
        ),
    ];
    for changes in [vec![], vec![moved()], vec![other_room("1")]] {
        for (answered, said) in words {
            let mut letter = update(changes.clone());
            letter.message.answered = answered;
            let text = write(Language::De, &letter).text.replace('\n', " ");
            for (other, words) in words {
                assert_eq!(text.contains(words), other == answered, "{said}: {text}");
            }
        }
    }
}

#[test]
fn who_signs_belongs_to_a_municipality() {
    let signed = |language, function: Option<&str>, municipality: Option<&str>| {
        let mut letter = letter(Occasion::Invitation);
        letter.signature.function = function.map(str::to_owned);
        letter.signature.municipality = municipality.map(str::to_owned);
        let text = write(language, &letter).text;
        let (_, after) = text.split_once("Robin Muster\n").unwrap();
        after.lines().next().unwrap().to_owned()
    };
    let (de, en) = (Language::De, Language::En);
    let office = Some("Digitales");
    let reach = "05221 189-1234 | koordination@herford.example";
    assert_eq!(
        signed(de, office, Some("Herford")),
        "Digitales, Stadt Herford"
    );
    assert_eq!(signed(de, None, Some("Herford")), "Stadt Herford");
    assert_eq!(signed(de, None, Some("Kreis Lippe")), "Kreis Lippe");
    assert_eq!(signed(en, None, Some("Herford")), "City of Herford");
    assert_eq!(signed(de, office, None), "Digitales");
    assert_eq!(signed(de, None, None), reach);
}
