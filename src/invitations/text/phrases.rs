//! The parts of sentences that messages and calendar entries share.
use super::{AgendaLine, Change, Kind, MeetingFacts, Place, When};
use crate::i18n::dates::{date_long, date_short, time_range};
use crate::i18n::{Language, listed, ordinal, say, say_count, say_with};
use crate::notifications::render::{cut, filled, line};
use crate::rotation::cohosts::together;

/// The zone that goes without saying.
const HOME_ZONE: &str = "Europe/Berlin";
/// An agenda longer than this is cut; nobody reads it in a mail.
const AGENDA_LINES: usize = 60;
const NAME: usize = 80;
/// More people than anybody stands in for.
const PEOPLE: usize = 20;
const TITLE: usize = 160;

/// The cooperation's name and the meeting's ordinal, which nearly every sentence takes.
pub fn which(language: Language, facts: &MeetingFacts) -> [(&'static str, String); 2] {
    [
        ("group", line(&facts.group, NAME)),
        ("ordinal", ordinal(language, facts.number)),
    ]
}

/// "12. Treffen „5 für OWL“ am 04.02.2027 in Herford": what subjects speak of.
pub fn meeting(language: Language, facts: &MeetingFacts) -> String {
    let [group, ordinal] = which(language, facts);
    let date = ("date", date_short(language, facts.on));
    match town(facts) {
        Some(town) => say_with(
            language,
            "mail-meeting-in",
            &[group, ordinal, date, ("town", town)],
        ),
        None => say_with(language, "mail-meeting", &[group, ordinal, date]),
    }
}

/// "12. Treffen „5 für OWL“ am Donnerstag, 4. Februar 2027, 10:00 bis 12:30 Uhr": what texts speak of.
#[must_use]
pub fn meeting_on(language: Language, facts: &MeetingFacts) -> String {
    let [group, ordinal] = which(language, facts);
    let when = ("when", when(language, &facts.when()));
    say_with(language, "mail-meeting-on", &[group, ordinal, when])
}

/// "Donnerstag, 4. Februar 2027, 10:00 bis 12:30 Uhr"
#[must_use]
pub fn when(language: Language, when: &When) -> String {
    let date = ("date", date_long(language, when.on));
    let time = ("time", time_range(language, when.starts, when.ends));
    match filled(Some(&when.zone)).filter(|zone| zone != HOME_ZONE) {
        Some(zone) => say_with(
            language,
            "mail-when-zone",
            &[date, time, ("zone", cut(&zone, NAME))],
        ),
        None => say_with(language, "mail-when", &[date, time]),
    }
}

/// The town where it takes place: that of the venue, or the host's name.
pub fn town(facts: &MeetingFacts) -> Option<String> {
    let venue = facts
        .place
        .as_ref()
        .and_then(|place| filled(Some(&place.locality)));
    venue
        .or_else(|| filled(facts.host.as_deref()))
        .map(|town| cut(&town, NAME))
}

/// The host's name, with those of its co-hosts: "Herford, gemeinsam mit Bad Salzuflen".
#[must_use]
pub fn hosts(language: Language, facts: &MeetingFacts) -> Option<String> {
    let host = cut(&filled(facts.host.as_deref())?, NAME);
    Some(together(language, host, names(&facts.cohosts)))
}

/// The meeting's title.
pub fn title(facts: &MeetingFacts) -> Option<String> {
    filled(facts.title.as_deref()).map(|title| cut(&title, TITLE))
}

/// Who comes instead of the person.
pub fn deputy(facts: &MeetingFacts) -> Option<String> {
    filled(facts.deputy.as_deref()).map(|deputy| cut(&deputy, NAME))
}

/// How to get there, in the host's words.
pub fn directions(facts: &MeetingFacts) -> Option<String> {
    let place = facts.place.as_ref()?;
    filled(place.directions.as_deref()).map(|directions| cut(&directions, 1000))
}

/// "Rathaus, Raum 210, Rathausplatz 1, 32052 Herford"; nothing when all of it is empty.
pub fn place(language: Language, place: Option<&Place>) -> Option<String> {
    let place = place?;
    let town = line(&format!("{} {}", place.postal_code, place.locality), NAME);
    let parts = [
        filled(Some(&place.building)).map(|building| cut(&building, NAME)),
        room(language, place),
        filled(Some(&place.street)).map(|street| cut(&street, NAME)),
        filled(Some(&town)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Building, room, street, postal code and town: what makes a place another one.
pub fn whereabouts(place: Option<&Place>) -> [Option<String>; 5] {
    let Some(place) = place else {
        return [const { None }; 5];
    };
    let Place {
        building,
        room,
        street,
        postal_code,
        locality,
        directions: _,
    } = place;
    [
        Some(building),
        room.as_ref(),
        Some(street),
        Some(postal_code),
        Some(locality),
    ]
    .map(|part| filled(part.map(String::as_str)))
}

/// "Raum 210", also where only "210" was entered.
fn room(language: Language, place: &Place) -> Option<String> {
    let room = cut(&filled(place.room.as_deref())?, NAME);
    if room.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(say_with(language, "mail-room", &[("room", room)]));
    }
    Some(room)
}

/// The names of people as one reads them: "Anke Amsel, Bodo Buche und Carla Clematis".
pub fn people(language: Language, all: &[String]) -> Option<String> {
    listed(language, names(all).collect())
}

/// Clean names of bounded length, and not too many.
fn names(all: &[String]) -> impl Iterator<Item = String> {
    let filled = all
        .iter()
        .take(PEOPLE)
        .filter_map(|name| filled(Some(name)));
    filled.map(|name| cut(&name, NAME))
}

/// The lines of the agenda as number and text, and how many more there are, in words.
pub fn agenda(language: Language, facts: &MeetingFacts) -> (Vec<(String, String)>, Option<String>) {
    let lines = facts.agenda.iter().take(AGENDA_LINES);
    let lines = lines
        .map(|item| (line(&item.number, 12), agenda_line(language, item)))
        .collect();
    let more = match facts.agenda.len().saturating_sub(AGENDA_LINES) {
        0 => None,
        count => Some(say_count(language, "mail-agenda-more", count)),
    };
    (lines, more)
}

/// "Lösungskatalog (zur Beratung, 30 Min., Gütersloh)"
#[must_use]
pub fn agenda_line(language: Language, item: &AgendaLine) -> String {
    let kind = item.kind.map(|kind| match kind {
        Kind::Information => say(language, "mail-kind-information"),
        Kind::Discussion => say(language, "mail-kind-discussion"),
        Kind::Decision => say(language, "mail-kind-decision"),
    });
    let minutes = item.minutes.filter(|minutes| *minutes > 0).map(|minutes| {
        say_with(
            language,
            "mail-agenda-minutes",
            &[("minutes", minutes.to_string())],
        )
    });
    let presenter = filled(item.presenter.as_deref()).map(|name| cut(&name, NAME));
    let late = item.late.then(|| say(language, "mail-agenda-late"));
    let notes: Vec<String> = [kind, minutes, presenter, late]
        .into_iter()
        .flatten()
        .collect();
    let title = line(&item.title, TITLE);
    if notes.is_empty() {
        title
    } else {
        format!("{title} ({})", notes.join(", "))
    }
}

/// A change as a line of its own: "Neu: Raum 210 statt 105".
#[must_use]
pub fn change(language: Language, change: &Change) -> String {
    match change {
        Change::Restored => say(language, "mail-change-restored"),
        Change::Moved { from, to } => {
            let args = [("from", when(language, from)), ("to", when(language, to))];
            say_with(language, "mail-change-moved", &args)
        }
        Change::Venue { from, to } => venue_change(language, from.as_ref(), to.as_ref()),
        Change::Host { from, to } => named_change(language, "host", from.as_deref(), to.as_deref()),
        Change::Cohosts { from, to } => cohosts_change(language, from, to),
        Change::Title { from, to } => {
            named_change(language, "title", from.as_deref(), to.as_deref())
        }
        Change::StandsInFor { from, to } => {
            let names = |names: &[String]| ("names", people(language, names).unwrap_or_default());
            if to.is_empty() {
                say_with(language, "mail-change-deputy-for-ended", &[names(from)])
            } else {
                say_with(language, "mail-change-deputy-for", &[names(to)])
            }
        }
        Change::Deputy { from, to } => match (filled(from.as_deref()), filled(to.as_deref())) {
            (_, Some(to)) => say_with(language, "mail-change-deputy", &[("name", cut(&to, NAME))]),
            (from, None) => {
                let name = ("name", cut(&from.unwrap_or_default(), NAME));
                say_with(language, "mail-change-deputy-ended", &[name])
            }
        },
    }
}

fn cohosts_change(language: Language, from: &[String], to: &[String]) -> String {
    match (people(language, from), people(language, to)) {
        (Some(from), Some(to)) => {
            say_with(language, "cohosts-change", &[("from", from), ("to", to)])
        }
        (None, Some(to)) => say_with(language, "cohosts-change-set", &[("to", to)]),
        (from, None) => {
            let from = from.unwrap_or_default();
            say_with(language, "cohosts-change-none", &[("from", from)])
        }
    }
}

fn named_change(language: Language, what: &str, from: Option<&str>, to: Option<&str>) -> String {
    let short = |name: Option<&str>| filled(name).map(|name| cut(&name, TITLE));
    changed(language, what, short(from), short(to))
}

fn venue_change(language: Language, from: Option<&Place>, to: Option<&Place>) -> String {
    if let (Some(from), Some(to)) = (from, to)
        && same_building(from, to)
        && let Some(new) = room(language, to)
    {
        let Some(old) = room(language, from) else {
            return say_with(language, "mail-change-room-set", &[("to", new)]);
        };
        let old = without_shared_word(&old, &new);
        return say_with(language, "mail-change-room", &[("from", old), ("to", new)]);
    }
    changed(
        language,
        "venue",
        place(language, from),
        place(language, to),
    )
}

fn changed(language: Language, what: &str, from: Option<String>, to: Option<String>) -> String {
    let key = format!("mail-change-{what}");
    match (from, to) {
        (Some(from), Some(to)) => say_with(language, &key, &[("from", from), ("to", to)]),
        (None, Some(to)) => say_with(language, &format!("{key}-set"), &[("to", to)]),
        (from, None) => {
            let args = [("from", from.unwrap_or_default())];
            say_with(language, &format!("{key}-open"), &args)
        }
    }
}

fn same_building(one: &Place, other: &Place) -> bool {
    let roomless = |place: &Place| {
        whereabouts(Some(&Place {
            room: None,
            ..place.clone()
        }))
    };
    roomless(one) == roomless(other)
}

/// "105" out of "Raum 105" beside "Raum 210".
fn without_shared_word(old: &str, new: &str) -> String {
    match (old.split_once(' '), new.split_once(' ')) {
        (Some((word, rest)), Some((other, _))) if word == other => rest.to_owned(),
        _ => old.to_owned(),
    }
}
