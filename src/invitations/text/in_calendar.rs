//! What a calendar entry says about a meeting.
use super::{MeetingFacts, phrases};
use crate::i18n::{Language, say, say_with};
use crate::notifications::render::cut;

/// Outlook shows no more of a place than 255 characters.
const LOCATION: usize = 250;

/// The one-line `SUMMARY`: "5 für OWL: 12. Treffen in Herford", with the title if there is one.
#[must_use]
pub fn summary(language: Language, facts: &MeetingFacts) -> String {
    let [group, ordinal] = phrases::which(language, facts);
    let meeting = match phrases::town(facts) {
        Some(town) => say_with(
            language,
            "mail-calendar-summary-in",
            &[group, ordinal, ("town", town)],
        ),
        None => say_with(language, "mail-calendar-summary", &[group, ordinal]),
    };
    match phrases::title(facts) {
        Some(title) => format!("{meeting} – {title}"),
        None => meeting,
    }
}

/// The one-line `LOCATION`, shorter than 255 characters; nothing while the place is not known.
#[must_use]
pub fn location(language: Language, facts: &MeetingFacts) -> Option<String> {
    phrases::place(language, facts.place.as_ref()).map(|place| cut(&place, LOCATION))
}

/// The plain `DESCRIPTION`, lines parted by `\n`: host, directions, agenda.
#[must_use]
pub fn description(language: Language, facts: &MeetingFacts) -> String {
    let labelled = |label: &str, value: Option<String>| {
        value.map(|value| format!("{}: {value}", say(language, label)))
    };
    let about: Vec<String> = [
        labelled("mail-label-title", phrases::title(facts)),
        labelled("mail-label-host", phrases::hosts(language, facts)),
        labelled("mail-label-directions", phrases::directions(facts)),
        labelled(
            "mail-label-deputy-for",
            phrases::people(language, &facts.deputy_for),
        ),
        labelled("mail-label-deputy", phrases::deputy(facts)),
    ]
    .into_iter()
    .flatten()
    .collect();

    let (items, more) = phrases::agenda(language, facts);
    let mut agenda: Vec<String> = items
        .into_iter()
        .map(|(number, text)| format!("{number}  {text}"))
        .collect();
    agenda.extend(more);
    if !agenda.is_empty() {
        agenda.insert(0, say(language, "mail-agenda"));
    }

    [about, agenda]
        .iter()
        .filter(|block| !block.is_empty())
        .map(|block| block.join("\n"))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// What stands before the address of the answer page at the end of a `DESCRIPTION`; not for feeds and
/// downloads, since anybody may see them.
#[must_use]
pub fn answer_page(language: Language) -> String {
    say(language, "mail-calendar-answer")
}
