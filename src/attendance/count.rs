//! How answers and attendance are counted.
use std::collections::BTreeSet;

use super::answers::Answer;
use super::delegations::Representation;
use super::{
    AnswerShown, AnswerValue, AttendanceEntry, MunicipalityAttendance, PersonAttendance, Presence,
    Totals,
};
use crate::db::Id;
use crate::municipalities::{Municipality, MunicipalityName};
use crate::people::Person;

/// The row of a person.
pub(super) fn person_row(
    person_id: Id<Person>,
    name: String,
    invited: bool,
    answer: Option<&Answer>,
    presence: Option<Presence>,
    representation: &Representation,
) -> PersonAttendance {
    PersonAttendance {
        person_id,
        name,
        invited,
        deputy_id: representation.deputy_of(person_id),
        deputy_for: representation.delegators_of(person_id),
        answer: AnswerShown::from(answer.map(|answer| answer.value)),
        stale: answer.is_some_and(|answer| !answer.counts),
        answered_at: answer.map(|answer| answer.answered_at),
        presence,
    }
}

impl PersonAttendance {
    /// Whether the person is invited and has an answer that counts.
    fn has_answered(&self) -> bool {
        self.invited && !self.stale && self.answer != AnswerShown::NeedsAction
    }

    /// Whether the person has accepted.
    pub(super) fn says_to_come(&self) -> bool {
        self.says(AnswerValue::Accepted)
    }

    /// Whether the person attended.
    pub(super) fn was_there(&self) -> bool {
        self.presence.is_some_and(Presence::is_there)
    }

    fn says(&self, answer: AnswerValue) -> bool {
        self.has_answered() && self.answer == AnswerShown::from(Some(answer))
    }
}

/// The row of a member, with its people. `promised` and `present` are the municipalities
/// represented by answers and by attendance.
pub(super) fn represented(
    member: Municipality,
    people: Vec<PersonAttendance>,
    promised: &BTreeSet<Id<Municipality>>,
    present: &BTreeSet<Id<Municipality>>,
) -> MunicipalityAttendance {
    let (represented_by_answer, represented) =
        (promised.contains(&member.id), present.contains(&member.id));
    let municipality = MunicipalityName {
        id: member.id,
        name: member.name,
    };
    MunicipalityAttendance {
        municipality,
        invited: number(people.iter().filter(|person| person.invited)),
        answered: number(people.iter().filter(|person| person.has_answered())),
        represented_by_answer,
        represented,
        people,
    }
}

/// Counts people and guests.
pub(super) fn totals(people: &[&PersonAttendance], guests: &[AttendanceEntry]) -> Totals {
    let says = |answer| number(people.iter().filter(|person| person.says(answer)));
    let were = |presence| {
        let people = people
            .iter()
            .filter(|person| person.presence == Some(presence));
        number(people) + number(guests.iter().filter(|guest| guest.presence == presence))
    };
    Totals {
        invited: number(people.iter().filter(|person| person.invited)),
        answered: number(people.iter().filter(|person| person.has_answered())),
        accepted: says(AnswerValue::Accepted),
        tentative: says(AnswerValue::Tentative),
        declined: says(AnswerValue::Declined),
        delegated: says(AnswerValue::Delegated),
        on_site: were(Presence::OnSite),
        remote: were(Presence::Remote),
        excused: were(Presence::Excused),
        absent: were(Presence::Absent),
    }
}

/// How many there are.
pub(super) fn number<T>(of: impl Iterator<Item = T>) -> i32 {
    i32::try_from(of.count()).unwrap_or(i32::MAX)
}
