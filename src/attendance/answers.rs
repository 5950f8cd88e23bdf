//! Answers to invitations. The table is a history: of each person the latest answer holds.
use std::collections::HashMap;

use diesel::prelude::*;

use super::AnswerValue;
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::{answers, invitations};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::meetings::{Meeting, MeetingStatus};
use crate::people::Person;
use crate::word_enum;

/// How many answers of one person to one meeting are kept.
pub const MAX_HISTORY: usize = 50;

/// The longest comment, in characters.
pub const MAX_COMMENT: u64 = 1000;

word_enum! {
    /// The way an answer came.
    pub enum Way {
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
pub struct Given {
    /// What it says.
    pub value: AnswerValue,
    /// What the person says to it, at most [`MAX_COMMENT`] characters.
    pub comment: Option<String>,
    /// The way it came.
    pub way: Way,
    /// When it was given.
    pub answered_at: Instant,
    /// Which state of the meeting it answers; the present one if that is not said.
    pub asked: Option<Asked>,
    /// The address that it came from, if it is another than the person's own.
    pub via: Option<String>,
}

impl Given {
    /// An answer to how the meeting is, given now.
    #[must_use]
    pub fn now(value: AnswerValue, comment: Option<String>, way: Way, now: Instant) -> Self {
        Self {
            value,
            comment,
            way,
            answered_at: now,
            asked: None,
            via: None,
        }
    }
}

/// The state of a meeting that an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// When it was to begin.
    pub starts_at: Instant,
    /// When it was to end.
    pub ends_at: Instant,
}

impl Asked {
    fn now(meeting: &Meeting) -> Self {
        Self {
            sequence: meeting.sequence,
            starts_at: meeting.starts_at,
            ends_at: meeting.ends_at,
        }
    }

    /// Whether the meeting has that time, and was not called off and on again since.
    #[must_use]
    pub fn holds(&self, meeting: &Meeting) -> bool {
        (self.starts_at, self.ends_at) == (meeting.starts_at, meeting.ends_at)
            && self.sequence >= meeting.asked_sequence
    }
}

/// The key of a row of `answers`.
pub enum AnswerRow {}

/// The answer of a person that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it says.
    pub value: AnswerValue,
    /// What the person says to it.
    pub comment: Option<String>,
    /// The way it came.
    pub way: Way,
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
    given: &Given,
) -> Result<()> {
    let (id, now) = (tx.id::<AnswerRow>(), tx.now);
    let comment = given
        .comment
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let asked = given.asked.unwrap_or_else(|| Asked::now(meeting));
    if let Some(known) = current(tx, who, meeting)?.get(&person)
        && known.counts
        && asked.holds(meeting)
        && (known.value, known.comment.as_deref()) == (given.value, comment)
    {
        return Ok(());
    }
    let history: Vec<(Id<AnswerRow>, Instant)> = answers::table
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
            answers::sequence.eq(asked.sequence),
            answers::starts_at.eq(asked.starts_at),
            answers::ends_at.eq(asked.ends_at),
            answers::answered_at.eq(given.answered_at),
            answers::via.eq(&given.via),
            answers::created_at.eq(now),
            answers::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes back what a person has answered so far, as if nothing had been said. The rows stay.
pub fn take_back(
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
    let rows: Vec<(Id<Person>, Said, State, Instant)> = answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::meeting_id.eq(meeting.id))
        .filter(answers::deleted_at.is_null())
        .order((answers::answered_at, answers::id))
        .select((
            answers::person_id,
            (
                answers::answer,
                answers::comment,
                answers::way,
                answers::via,
            ),
            (answers::sequence, answers::starts_at, answers::ends_at),
            answers::answered_at,
        ))
        .load(conn)?;
    // Of several answers the last one stays in the map.
    Ok(rows
        .into_iter()
        .map(|(person, said, state, answered_at)| (person, to(meeting, said, state, answered_at)))
        .collect())
}

/// What one person has answered to each of these meetings, and when that was written down.
pub fn of_person(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    meetings: &[Meeting],
) -> Result<HashMap<Id<Meeting>, (Answer, Instant)>> {
    let rows: Vec<(Id<Meeting>, Said, State, Instant, Instant)> = answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::person_id.eq(person))
        .filter(answers::deleted_at.is_null())
        .order((answers::answered_at, answers::id))
        .select((
            answers::meeting_id,
            (
                answers::answer,
                answers::comment,
                answers::way,
                answers::via,
            ),
            (answers::sequence, answers::starts_at, answers::ends_at),
            answers::answered_at,
            answers::created_at,
        ))
        .load(conn)?;
    let known: HashMap<_, _> = meetings
        .iter()
        .map(|meeting| (meeting.id, meeting))
        .collect();
    // Of several answers the last one stays in the map.
    Ok(rows
        .into_iter()
        .filter_map(|(id, said, state, answered_at, written)| {
            let answer = to(known.get(&id)?, said, state, answered_at);
            Some((id, (answer, written)))
        })
        .collect())
}

/// What a row says, and for which state of the meeting: SEQUENCE, start, end.
type Said = (AnswerValue, Option<String>, Way, Option<String>);
type State = (i32, Instant, Instant);

fn to(meeting: &Meeting, said: Said, state: State, answered_at: Instant) -> Answer {
    let (value, comment, way, via) = said;
    let (sequence, starts_at, ends_at) = state;
    let asked = Asked {
        sequence,
        starts_at,
        ends_at,
    };
    Answer {
        value,
        comment,
        way,
        answered_at,
        via,
        counts: asked.holds(meeting),
    }
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
    let later: Option<Id<AnswerRow>> = answers::table
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
        MeetingStatus::Invited if meeting.ends_at > now => {}
        MeetingStatus::Invited | MeetingStatus::Held => {
            return Err(Error::conflict("too_late", "the meeting is over"));
        }
        MeetingStatus::Planned => {
            let words = "the invitations have not been sent yet";
            return Err(Error::conflict("state", words));
        }
        MeetingStatus::Cancelled => {
            return Err(Error::conflict("state", "the meeting is cancelled"));
        }
    }
    match invited(conn, who, meeting.id)?.contains(&person) {
        true => Ok(()),
        false => Err(Error::conflict(
            "not_invited",
            "the person is not invited to this meeting",
        )),
    }
}
