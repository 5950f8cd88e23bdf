//! The attendance list as a table for spreadsheets.
use super::{Attendance, PersonAttendance, Presence};
use crate::db::Instant;
use crate::error::Result;
use crate::http::csv::{self, escape_formula};
use crate::i18n::{Language, say, say_with};
use crate::meetings::Meeting;

/// CSV with a header in `language`: municipality or organisation, name, answer, time of the answer
/// (in the meeting's time zone), attendance.
pub fn csv(language: Language, meeting: &Meeting, attendance: &Attendance) -> Result<Vec<u8>> {
    let header = ["municipality", "name", "answer", "answered-at", "presence"]
        .map(|column| say(language, &format!("attendance-column-{column}")));
    let mut rows = vec![header];
    let person = |of: &str, person: &PersonAttendance| {
        [
            of.to_owned(),
            person.name.clone(),
            answer(language, person),
            person
                .answered_at
                .map(|at| local(meeting, at))
                .unwrap_or_default(),
            presence(language, person.presence),
        ]
    };
    for row in &attendance.municipalities {
        let people = row.people.iter();
        rows.extend(people.map(|one| person(&row.municipality.name, one)));
    }
    rows.extend(attendance.others.iter().map(|one| person("", one)));
    rows.extend(attendance.guests.iter().map(|guest| {
        [
            guest.organisation.clone().unwrap_or_default(),
            guest.guest_name.clone().unwrap_or_default(),
            String::new(),
            String::new(),
            presence(language, Some(guest.presence)),
        ]
    }));
    let escaped = |row: [String; 5]| row.map(|cell| escape_formula(&cell));
    csv::write(rows.into_iter().map(escaped))
}

fn answer(language: Language, person: &PersonAttendance) -> String {
    if !person.invited {
        return String::new();
    }
    let answer = say(language, &format!("attendance-answer-{}", person.answer));
    if person.stale {
        say_with(language, "attendance-stale", &[("answer", answer)])
    } else {
        answer
    }
}

fn presence(language: Language, presence: Option<Presence>) -> String {
    match presence {
        Some(presence) => say(language, &format!("attendance-presence-{presence}")),
        None => String::new(),
    }
}

fn local(meeting: &Meeting, at: Instant) -> String {
    let local = at.with_timezone(&meeting.zone());
    local.format("%Y-%m-%d %H:%M").to_string()
}
