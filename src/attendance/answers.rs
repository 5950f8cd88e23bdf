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
    /// Whether it counts: it was given for the time that the meeting has, and the meeting was not
    /// called off and on again since.
    pub counts: bool,
}

/// Keeps an answer, unless it says what the latest one says. A history that has grown beyond
/// [`MAX_HISTORY`] goes on in its latest row, because a link can be used by anybody who has it. It is up to the caller whether the person may give one ([`may_answer`]).
///
/// # Errors
/// If the database cannot be written.
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
    if let Some(known) = current(tx, who, meeting)?.get(&person)
        && known.counts
        && (known.value, known.comment.as_deref()) == (given.value, comment)
    {
        return Ok(());
    }
    let history: Vec<Id<AnswerRow>> = answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::meeting_id.eq(meeting.id))
        .filter(answers::person_id.eq(person))
        .order((answers::answered_at.desc(), answers::id.desc()))
        .select(answers::id)
        .load(&mut **tx)?;
    if let Some(latest) = history.first().filter(|_| history.len() >= MAX_HISTORY) {
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
            answers::sequence.eq(meeting.sequence),
            answers::starts_at.eq(meeting.starts_at),
            answers::ends_at.eq(meeting.ends_at),
            answers::answered_at.eq(given.answered_at),
            answers::created_at.eq(now),
            answers::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes back what a person has answered so far, as if nothing had been said. The rows stay.
///
/// # Errors
/// If the database cannot be written.
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
///
/// # Errors
/// If the database cannot be read.
pub fn current(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<HashMap<Id<Person>, Answer>> {
    type Time = (Instant, Instant, i32);
    type Row = (Id<Person>, AnswerValue, Option<String>, Way, Time, Instant);
    let rows: Vec<Row> = answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::meeting_id.eq(meeting.id))
        .filter(answers::deleted_at.is_null())
        .order((answers::answered_at, answers::id))
        .select((
            answers::person_id,
            answers::answer,
            answers::comment,
            answers::way,
            (answers::starts_at, answers::ends_at, answers::sequence),
            answers::answered_at,
        ))
        .load(conn)?;
    // Of several answers the last one stays in the map.
    Ok(rows
        .into_iter()
        .map(|(person, value, comment, way, time, answered_at)| {
            let (starts_at, ends_at, sequence) = time;
            let counts = (starts_at, ends_at) == (meeting.starts_at, meeting.ends_at)
                && sequence >= meeting.asked_sequence;
            let answer = Answer {
                value,
                comment,
                way,
                answered_at,
                counts,
            };
            (person, answer)
        })
        .collect())
}

/// Who is invited to a meeting.
///
/// # Errors
/// If the database cannot be read.
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
    match invited(conn, who, meeting.id)?.contains(&person) {
        true => Ok(()),
        false => Err(Error::conflict(
            "not_invited",
            "the person is not invited to this meeting",
        )),
    }
}
