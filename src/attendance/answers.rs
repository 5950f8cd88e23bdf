//! Answers to invitations. The table is a history: of each person the latest answer holds.
use std::collections::HashMap;

use diesel::prelude::*;

use super::AnswerValue;
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::{answers, invitations};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::meetings::{Meeting, Status};
use crate::people::Person;
use crate::word_enum;

/// How many answers of one person to one meeting are kept.
pub const MAX_HISTORY: usize = 50;

/// The longest comment, in characters.
pub const MAX_COMMENT: u64 = 1000;

word_enum! {
    /// The way an answer came.
    pub enum AnswerChannel {
        /// By the personal link of the mail.
        Link = "link",
        /// Through the API.
        Api = "api",
        /// By the answer of a calendar program.
        Mail = "mail",
    }
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    /// What it says.
    pub value: AnswerValue,
    /// What the person says to it, at most [`MAX_COMMENT`] characters.
    pub comment: Option<String>,
    /// The way it came.
    pub way: AnswerChannel,
    /// When it was given.
    pub answered_at: Instant,
    /// Which state of the meeting it answers; the present one if that is not said.
    pub version: Option<MeetingVersion>,
    /// The address that it came from, if it is another than the person's own.
    pub via: Option<String>,
}

impl NewAnswer {
    /// An answer to how the meeting is, given now.
    #[must_use]
    pub fn now(
        value: AnswerValue,
        comment: Option<String>,
        way: AnswerChannel,
        now: Instant,
    ) -> Self {
        Self {
            value,
            comment,
            way,
            answered_at: now,
            version: None,
            via: None,
        }
    }
}

/// The state of a meeting that an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeetingVersion {
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// When it was to begin.
    pub starts_at: Instant,
    /// When it was to end.
    pub ends_at: Instant,
}

impl MeetingVersion {
    fn of(meeting: &Meeting) -> Self {
        Self {
            sequence: meeting.sequence,
            starts_at: meeting.starts_at,
            ends_at: meeting.ends_at,
        }
    }

    /// Whether the meeting has that time, and was not called off and on again since.
    #[must_use]
    pub fn is_current(&self, meeting: &Meeting) -> bool {
        (self.starts_at, self.ends_at) == (meeting.starts_at, meeting.ends_at)
            && self.sequence >= meeting.asked_sequence
    }
}

/// What a row of `answers` holds of an answer.
#[derive(Queryable, Selectable)]
#[diesel(table_name = answers, check_for_backend(crate::db::MultiBackend))]
struct AnswerRow {
    answer: AnswerValue,
    comment: Option<String>,
    way: AnswerChannel,
    via: Option<String>,
    sequence: i32,
    starts_at: Instant,
    ends_at: Instant,
    answered_at: Instant,
}

impl AnswerRow {
    fn answer_to(self, meeting: &Meeting) -> Answer {
        let version = MeetingVersion {
            sequence: self.sequence,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        };
        Answer {
            value: self.answer,
            comment: self.comment,
            way: self.way,
            answered_at: self.answered_at,
            via: self.via,
            counts: version.is_current(meeting),
        }
    }
}

/// The answer of a person that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it says.
    pub value: AnswerValue,
    /// What the person says to it.
    pub comment: Option<String>,
    /// The way it came.
    pub way: AnswerChannel,
    /// When it was given.
    pub answered_at: Instant,
    /// The address that it came from, if it is another than the person's own.
    pub via: Option<String>,
    /// Whether it counts: it was given for the time that the meeting has, and the meeting was not
    /// called off and on again since.
    pub counts: bool,
}

/// Keeps an answer, unless it says what the one says that holds. A history that has grown beyond
/// [`MAX_HISTORY`] goes on in its latest row, because a link can be used by anybody who has it; an
/// older answer that comes late finds no place in it then. It is up to the caller whether the person
/// may give one ([`may_answer`]).
pub fn record(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    given: &NewAnswer,
) -> Result<()> {
    let (id, now) = (tx.id::<Answer>(), tx.now);
    let comment = given
        .comment
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let version = given.version.unwrap_or_else(|| MeetingVersion::of(meeting));
    if let Some(known) = current(tx, who, meeting)?.get(&person)
        && known.counts
        && version.is_current(meeting)
        && (known.value, known.comment.as_deref()) == (given.value, comment)
    {
        return Ok(());
    }
    let history: Vec<(Id<Answer>, Instant)> = answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::meeting_id.eq(meeting.id))
        .filter(answers::person_id.eq(person))
        .order((answers::answered_at.desc(), answers::id.desc()))
        .select((answers::id, answers::answered_at))
        .load(&mut **tx)?;
    if let Some((latest, at)) = history.first().filter(|_| history.len() >= MAX_HISTORY) {
        if *at > given.answered_at {
            return Ok(());
        }
        diesel::delete(answers::table.find(latest)).execute(&mut **tx)?;
    }
    diesel::insert_into(answers::table)
        .values((
            answers::id.eq(id),
            answers::cooperation_id.eq(who.cooperation()),
            answers::meeting_id.eq(meeting.id),
            answers::person_id.eq(person),
            answers::answer.eq(given.value),
            answers::comment.eq(comment),
            answers::way.eq(given.way),
            answers::sequence.eq(version.sequence),
            answers::starts_at.eq(version.starts_at),
            answers::ends_at.eq(version.ends_at),
            answers::answered_at.eq(given.answered_at),
            answers::via.eq(&given.via),
            answers::created_at.eq(now),
            answers::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes back what a person has answered so far, as if nothing had been said. The rows stay.
pub fn withdraw(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
) -> Result<()> {
    let now = tx.now;
    diesel::update(answers::table)
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::meeting_id.eq(meeting.id))
        .filter(answers::person_id.eq(person))
        .filter(answers::deleted_at.is_null())
        .set((answers::deleted_at.eq(now), answers::modified_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The answers to a meeting that hold.
pub fn current(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<HashMap<Id<Person>, Answer>> {
    let rows: Vec<(Id<Person>, AnswerRow)> = answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::meeting_id.eq(meeting.id))
        .filter(answers::deleted_at.is_null())
        .order((answers::answered_at, answers::id))
        .select((answers::person_id, AnswerRow::as_select()))
        .load(conn)?;
    // Of several answers the last one stays in the map.
    Ok(rows
        .into_iter()
        .map(|(person, row)| (person, row.answer_to(meeting)))
        .collect())
}

/// What one person has answered to each of these meetings, and when that was written down.
pub fn of_person(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    meetings: &[Meeting],
) -> Result<HashMap<Id<Meeting>, (Answer, Instant)>> {
    let rows: Vec<(Id<Meeting>, AnswerRow, Instant)> = answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::person_id.eq(person))
        .filter(answers::deleted_at.is_null())
        .order((answers::answered_at, answers::id))
        .select((
            answers::meeting_id,
            AnswerRow::as_select(),
            answers::created_at,
        ))
        .load(conn)?;
    let meetings: HashMap<_, _> = meetings.iter().map(|one| (one.id, one)).collect();
    // Of several answers the last one stays in the map.
    Ok(rows
        .into_iter()
        .filter_map(|(id, row, created_at)| {
            let answer = row.answer_to(meetings.get(&id)?);
            Some((id, (answer, created_at)))
        })
        .collect())
}

/// Whether a person has said something later than `at` and taken it back since; what was said then
/// must not come back to life.
pub fn is_overtaken(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
    person: Id<Person>,
    at: Instant,
) -> Result<bool> {
    let later: Option<Id<Answer>> = answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::meeting_id.eq(meeting))
        .filter(answers::person_id.eq(person))
        .filter(answers::deleted_at.is_not_null())
        .filter(answers::answered_at.gt(at))
        .select(answers::id)
        .first(conn)
        .optional()?;
    Ok(later.is_some())
}

/// Who is invited to a meeting.
pub fn invited(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<Vec<Id<Person>>> {
    Ok(invitations::table
        .filter(invitations::cooperation_id.eq(who.cooperation()))
        .filter(invitations::meeting_id.eq(meeting))
        .filter(invitations::state.eq("invited"))
        .filter(invitations::deleted_at.is_null())
        .order(invitations::person_id)
        .select(invitations::person_id)
        .load(conn)?)
}

/// Whether a person may answer: one who is invited to a meeting that is not over.
///
/// # Errors
/// A conflict with the rule that stands against it.
pub fn may_answer(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    now: Instant,
) -> Result<()> {
    match meeting.status {
        Status::Invited if meeting.ends_at > now => {}
        Status::Invited | Status::Held => {
            return Err(Error::conflict("too_late", "the meeting is over"));
        }
        Status::Planned => {
            let words = "the invitations have not been sent yet";
            return Err(Error::conflict("state", words));
        }
        Status::Cancelled => {
            return Err(Error::conflict("state", "the meeting is cancelled"));
        }
    }
    if invited(conn, who, meeting.id)?.contains(&person) {
        Ok(())
    } else {
        Err(Error::conflict(
            "not_invited",
            "the person is not invited to this meeting",
        ))
    }
}
