//! Answers and attendance: who accepts, and who attended. The two are stored separately.
pub mod answers;
pub mod api;
mod count;
pub mod delegations;
pub mod represented;
pub mod store;
pub mod table;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use self::answers::AnswerChannel;
use crate::cooperations::one_line;
use crate::db::schema::attendances;
use crate::db::{Id, Instant};
use crate::meetings::Meeting;
use crate::municipalities::{Municipality, MunicipalityName};
use crate::people::Person;
use crate::word_enum;

word_enum! {
    /// Value of an answer (PARTSTAT, RFC 5545 section 3.2.12).
    pub enum AnswerValue {
        /// The person attends.
        Accepted = "accepted",
        /// The person may attend.
        Tentative = "tentative",
        /// The person does not attend.
        Declined = "declined",
        /// Somebody else attends instead.
        Delegated = "delegated",
    }
}

word_enum! {
    /// The values that a person can choose.
    pub enum AnswerChoice {
        /// The person attends.
        Accepted = "accepted",
        /// The person may attend.
        Tentative = "tentative",
        /// The person does not attend.
        Declined = "declined",
    }
}

impl From<AnswerChoice> for AnswerValue {
    fn from(choice: AnswerChoice) -> Self {
        match choice {
            AnswerChoice::Accepted => Self::Accepted,
            AnswerChoice::Tentative => Self::Tentative,
            AnswerChoice::Declined => Self::Declined,
        }
    }
}

word_enum! {
    /// Value of an answer, or that there is none yet.
    pub enum AnswerShown {
        /// The person has not answered.
        NeedsAction = "needs_action",
        /// The person attends.
        Accepted = "accepted",
        /// The person may attend.
        Tentative = "tentative",
        /// The person does not attend.
        Declined = "declined",
        /// Somebody else attends instead.
        Delegated = "delegated",
    }
}

impl From<Option<AnswerValue>> for AnswerShown {
    fn from(value: Option<AnswerValue>) -> Self {
        match value {
            None => Self::NeedsAction,
            Some(AnswerValue::Accepted) => Self::Accepted,
            Some(AnswerValue::Tentative) => Self::Tentative,
            Some(AnswerValue::Declined) => Self::Declined,
            Some(AnswerValue::Delegated) => Self::Delegated,
        }
    }
}

word_enum! {
    /// Whether and how somebody attended.
    pub enum Presence {
        /// In the room.
        OnSite = "on_site",
        /// By video or telephone.
        Remote = "remote",
        /// Absent with notice.
        Excused = "excused",
        /// Absent without notice.
        Absent = "absent",
    }
}

impl Presence {
    /// Whether the person attended.
    #[must_use]
    pub fn is_there(self) -> bool {
        matches!(self, Self::OnSite | Self::Remote)
    }
}

word_enum! {
    /// How a guest without an invitation attended.
    pub enum GuestPresence {
        /// In the room.
        OnSite = "on_site",
        /// By video or telephone.
        Remote = "remote",
    }
}

impl From<GuestPresence> for Presence {
    fn from(presence: GuestPresence) -> Self {
        match presence {
            GuestPresence::OnSite => Self::OnSite,
            GuestPresence::Remote => Self::Remote,
        }
    }
}

/// An entry of the attendance list: a person of the cooperation, or a guest without an invitation.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = attendances, check_for_backend(crate::db::MultiBackend))]
pub struct AttendanceEntry {
    /// Its id.
    pub id: Id<AttendanceEntry>,
    /// The person; null for a guest.
    pub person_id: Option<Id<Person>>,
    /// The municipality that the person represented.
    pub municipality_id: Option<Id<Municipality>>,
    /// The name of a guest.
    #[serde(rename = "name")]
    pub guest_name: Option<String>,
    /// The organisation of a guest.
    pub organisation: Option<String>,
    /// Whether and how the person attended.
    pub presence: Presence,
    /// Revision number, incremented with each change.
    pub revision: i32,
}

/// An answer to an invitation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AnswerInput {
    /// The answer.
    pub answer: AnswerChoice,
    /// A comment for the host.
    #[validate(length(max = 1000))]
    pub comment: Option<String>,
}

/// Attendance of a person.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PresenceInput {
    /// Whether and how the person attended.
    pub presence: Presence,
}

/// A guest without an invitation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewGuest {
    /// The guest's name.
    #[validate(length(min = 1, max = 160), custom(function = "one_line"))]
    pub name: String,
    /// The guest's organisation.
    #[validate(length(min = 1, max = 160), custom(function = "one_line"))]
    pub organisation: Option<String>,
    /// How the guest attended.
    pub presence: GuestPresence,
}

/// The answer of an invited person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonAnswer {
    /// The person.
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// The municipality that the person represents on that day.
    pub municipality_id: Option<Id<Municipality>>,
    /// Who attends instead.
    pub deputy_id: Option<Id<Person>>,
    /// Those instead of whom the person attends.
    pub deputy_for: Vec<Id<Person>>,
    /// The latest answer.
    pub answer: AnswerShown,
    /// Whether it was given for an earlier time of the meeting, so that it does not count.
    pub stale: bool,
    /// The person's comment; visible to the own municipality, the host and coordinators.
    pub comment: Option<String>,
    /// The channel through which it arrived.
    pub way: Option<AnswerChannel>,
    /// The sender's address, if it is not the person's own; visible to the host and coordinators.
    pub via: Option<String>,
    /// When it was given.
    pub answered_at: Option<Instant>,
}

/// Answers and attendance of a meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attendance {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// The members on the day, in the order of hosts.
    pub municipalities: Vec<MunicipalityAttendance>,
    /// People who represent no member.
    pub others: Vec<PersonAttendance>,
    /// Guests without an invitation.
    pub guests: Vec<AttendanceEntry>,
    /// Totals of all of them.
    pub totals: Totals,
    /// Quorum: whether enough municipalities are represented.
    pub quorum: Quorum,
}

/// Attendance of a municipality.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MunicipalityAttendance {
    /// Which one.
    pub municipality: MunicipalityName,
    /// Its people who are invited or attended.
    pub people: Vec<PersonAttendance>,
    /// How many of its people are invited.
    pub invited: i32,
    /// How many of those have an answer that counts.
    pub answered: i32,
    /// Whether one of its people has accepted, or a deputy of one.
    pub represented_by_answer: bool,
    /// Whether one of its people attended, or a deputy of one.
    pub represented: bool,
}

/// Answer and attendance of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonAttendance {
    /// The person.
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// Whether the person is invited.
    pub invited: bool,
    /// Who attends instead.
    pub deputy_id: Option<Id<Person>>,
    /// Those instead of whom the person attends.
    pub deputy_for: Vec<Id<Person>>,
    /// The latest answer.
    pub answer: AnswerShown,
    /// Whether it was given for an earlier time of the meeting, so that it does not count.
    pub stale: bool,
    /// When it was given.
    pub answered_at: Option<Instant>,
    /// Whether and how the person attended, if recorded.
    pub presence: Option<Presence>,
}

/// Numbers of people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AttendanceTotals)]
pub struct Totals {
    /// Invited people.
    pub invited: i32,
    /// People with an answer that counts.
    pub answered: i32,
    /// People who have accepted.
    pub accepted: i32,
    /// People who have accepted tentatively.
    pub tentative: i32,
    /// People who have declined.
    pub declined: i32,
    /// People who have a deputy.
    pub delegated: i32,
    /// People and guests in the room.
    pub on_site: i32,
    /// People and guests who took part remotely.
    pub remote: i32,
    /// People who were absent with notice.
    pub excused: i32,
    /// People who were absent without notice.
    pub absent: i32,
}

/// Quorum: whether enough municipalities are represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Quorum {
    /// How many municipalities are needed.
    pub needed: i32,
    /// How many are members on the day.
    pub municipalities: i32,
    /// How many are represented by people who have accepted.
    pub represented_by_answers: i32,
    /// How many were represented by people who attended.
    pub represented: i32,
    /// Whether there is a quorum by answers.
    pub by_answers: bool,
    /// Whether there was a quorum by attendance.
    pub by_presence: bool,
}

/// How many of `members` municipalities must be represented: the cooperation's own number `set`,
/// else more than half and at least three, but at most all (following § 90 `VwVfG`).
#[must_use]
pub fn needed(members: i32, set: Option<i32>) -> i32 {
    set.unwrap_or_else(|| (members / 2 + 1).max(3).min(members))
}

/// The quorum. Without members there is none.
#[must_use]
pub fn quorum(members: i32, set: Option<i32>, by_answers: i32, present: i32) -> Quorum {
    let needed = needed(members, set);
    let enough = |count: i32| count > 0 && count >= needed;
    Quorum {
        needed,
        municipalities: members,
        represented_by_answers: by_answers,
        represented: present,
        by_answers: enough(by_answers),
        by_presence: enough(present),
    }
}
