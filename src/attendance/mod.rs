//! Answers and attendance: who says to come, and who came. The two are kept apart.
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
use crate::municipalities::Municipality;
use crate::people::Person;
use crate::word_enum;

word_enum! {
    /// What an answer says (PARTSTAT, RFC 5545 section 3.2.12).
    pub enum AnswerValue {
        /// The person comes.
        Accepted = "accepted",
        /// The person may come.
        Tentative = "tentative",
        /// The person does not come.
        Declined = "declined",
        /// Somebody else comes instead.
        Delegated = "delegated",
    }
}

word_enum! {
    /// What somebody can answer here.
    pub enum AnswerChoice {
        /// The person comes.
        Accepted = "accepted",
        /// The person may come.
        Tentative = "tentative",
        /// The person does not come.
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
    /// An answer, or that there is none yet.
    pub enum AnswerShown {
        /// The person has not answered.
        NeedsAction = "needs_action",
        /// The person comes.
        Accepted = "accepted",
        /// The person may come.
        Tentative = "tentative",
        /// The person does not come.
        Declined = "declined",
        /// Somebody else comes instead.
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
    /// Whether and how somebody was there.
    pub enum Presence {
        /// In the room.
        OnSite = "on_site",
        /// By video or telephone.
        Remote = "remote",
        /// Not there, and said so before.
        Excused = "excused",
        /// Not there.
        Absent = "absent",
    }
}

impl Presence {
    /// Whether it means having been there.
    #[must_use]
    pub fn is_there(self) -> bool {
        matches!(self, Self::OnSite | Self::Remote)
    }
}

word_enum! {
    /// How a guest who walked in was there.
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

/// A row of the list of attendance: somebody of the cooperation, or a guest who walked in.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = attendances, check_for_backend(crate::db::MultiBackend))]
pub struct AttendanceEntry {
    /// Its key.
    pub id: Id<AttendanceEntry>,
    /// Who, if it is somebody of the cooperation.
    pub person_id: Option<Id<Person>>,
    /// Whom the person spoke for on that day.
    pub municipality_id: Option<Id<Municipality>>,
    /// The name of a guest.
    #[serde(rename = "name")]
    pub guest_name: Option<String>,
    /// Where a guest comes from.
    pub organisation: Option<String>,
    /// Whether and how.
    pub presence: Presence,
    /// Counts its changes.
    pub revision: i32,
}

/// What somebody answers.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AnswerInput {
    /// The answer.
    pub answer: AnswerChoice,
    /// What there is to say to it, for the host.
    #[serde(default)]
    #[validate(length(max = 1000))]
    pub comment: Option<String>,
}

/// Whether somebody was there.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PresenceInput {
    /// Whether and how.
    pub presence: Presence,
}

/// A guest who walked in.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewGuest {
    /// The guest's name.
    #[validate(length(min = 1, max = 160), custom(function = "one_line"))]
    pub name: String,
    /// Where the guest comes from.
    #[serde(default)]
    #[validate(length(min = 1, max = 160), custom(function = "one_line"))]
    pub organisation: Option<String>,
    /// How the guest was there.
    pub presence: GuestPresence,
}

/// What an invited person has answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonAnswer {
    /// The person.
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// Whom the person speaks for on the day.
    pub municipality_id: Option<Id<Municipality>>,
    /// Who comes instead.
    pub deputy_id: Option<Id<Person>>,
    /// Instead of whom the person comes.
    pub deputy_for: Vec<Id<Person>>,
    /// The latest answer.
    pub answer: AnswerShown,
    /// Whether it was given for an earlier time of the meeting; it does not count then.
    pub stale: bool,
    /// What the person says to it; shown to the own municipality, the host and coordinators.
    pub comment: Option<String>,
    /// The way it came.
    pub way: Option<AnswerChannel>,
    /// The address that it came from, if it is another than the person's own; shown to the host and
    /// coordinators.
    pub via: Option<String>,
    /// When it was given.
    pub answered_at: Option<Instant>,
}

/// A municipality by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MunicipalityName {
    /// Its key.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
}

/// Who says to come to a meeting, and who came.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attendance {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// The members on the day, in the order of hosts.
    pub municipalities: Vec<MunicipalityAttendance>,
    /// People who speak for no member.
    pub others: Vec<PersonAttendance>,
    /// Guests who walked in.
    pub guests: Vec<AttendanceEntry>,
    /// Counts over all of them.
    pub totals: Totals,
    /// Whether enough municipalities are represented.
    pub quorum: Quorum,
}

/// How a municipality is represented.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MunicipalityAttendance {
    /// Which one.
    pub municipality: MunicipalityName,
    /// Its people: who is invited, and who came.
    pub people: Vec<PersonAttendance>,
    /// How many of its people are invited.
    pub invited: i32,
    /// How many of those have answered for the present time.
    pub answered: i32,
    /// Whether one of them has accepted, or a deputy for one of them.
    pub represented_by_answer: bool,
    /// Whether one of its people was there, or a deputy for one of them.
    pub represented: bool,
}

/// Somebody's answer and presence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonAttendance {
    /// The person.
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// Whether the person is invited.
    pub invited: bool,
    /// Who comes instead.
    pub deputy_id: Option<Id<Person>>,
    /// Instead of whom the person comes.
    pub deputy_for: Vec<Id<Person>>,
    /// The latest answer.
    pub answer: AnswerShown,
    /// Whether it was given for an earlier time of the meeting; it does not count then.
    pub stale: bool,
    /// When it was given.
    pub answered_at: Option<Instant>,
    /// Whether and how the person was there, once it is recorded.
    pub presence: Option<Presence>,
}

/// How many people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AttendanceTotals)]
pub struct Totals {
    /// Invited.
    pub invited: i32,
    /// Who have answered for the present time.
    pub answered: i32,
    /// Who come.
    pub accepted: i32,
    /// Who may come.
    pub tentative: i32,
    /// Who do not come.
    pub declined: i32,
    /// Instead of whom somebody else comes.
    pub delegated: i32,
    /// Who were in the room, guests too.
    pub on_site: i32,
    /// Who took part from elsewhere, guests too.
    pub remote: i32,
    /// Who were not there and said so before.
    pub excused: i32,
    /// Who were not there.
    pub absent: i32,
}

/// Whether enough municipalities are represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Quorum {
    /// How many municipalities it takes.
    pub needed: i32,
    /// How many are members on the day.
    pub municipalities: i32,
    /// How many are represented if all come who accepted.
    pub represented_by_answers: i32,
    /// How many were represented.
    pub represented: i32,
    /// Whether those are enough who accepted.
    pub by_answers: bool,
    /// Whether those were enough who came.
    pub by_presence: bool,
}

/// How many of `members` municipalities must be represented: what the cooperation has `set`, else
/// more than half and at least three, but never more than there are (after § 90 `VwVfG`).
#[must_use]
pub fn needed(members: i32, set: Option<i32>) -> i32 {
    set.unwrap_or_else(|| (members / 2 + 1).max(3).min(members))
}

/// Whether enough municipalities are represented; without members nothing is.
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
