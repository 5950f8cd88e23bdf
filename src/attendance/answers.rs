//! Answers to invitations. The table is a history: the latest answer of each person is valid.
use std::collections::HashMap;

use diesel::prelude::*;

use super::AnswerValue;
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::{answers, invitations};
use crate::db::{DbConn, Id, Instant, MultiBackend};
use crate::error::{Error, Result, conflict_unless};
use crate::meetings::{Meeting, MeetingStatus};
use crate::people::Person;
use crate::word_enum;

/// How many answers of one person to one meeting are stored.
pub const MAX_HISTORY: usize = 50;

/// Most characters of a comment.
pub const MAX_COMMENT: u64 = 1000;

word_enum! {
    /// The channel through which an answer arrived.
    pub enum AnswerChannel {
        /// The personal link in a mail.
        Link = "link",
        /// The API.
        Api = "api",
        /// A mail of a calendar program (iTIP REPLY).
        Mail = "mail",
    }
}

/// A new answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    /// Accepted, tentative, declined or delegated.
    pub value: AnswerValue,
    /// The person's comment, at most [`MAX_COMMENT`] characters.
    pub comment: Option<String>,
    /// The channel through which it arrived.
    pub way: AnswerChannel,
    /// When it was given.
    pub answered_at: Instant,
    /// The version of the meeting that it answers; the present one if unknown.
    pub version: Option<MeetingVersion>,
    /// The sender's address, if it is not the person's own.
    pub via: Option<String>,
}

impl NewAnswer {
    /// An answer, given now, to the present version of the meeting.
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

/// The version of a meeting that an answer refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = answers, check_for_backend(crate::db::MultiBackend))]
pub struct MeetingVersion {
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// Start.
    pub starts_at: Instant,
    /// End.
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

    /// Whether the meeting still has that time and has not been cancelled and restored since.
    #[must_use]
    pub fn is_current(&self, meeting: &Meeting) -> bool {
        (self.starts_at, self.ends_at) == (meeting.starts_at, meeting.ends_at)
            && self.sequence >= meeting.asked_sequence
    }
}

/// The columns of `answers` that make an [`Answer`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = answers, check_for_backend(crate::db::MultiBackend))]
struct AnswerRow {
    answer: AnswerValue,
    comment: Option<String>,
    way: AnswerChannel,
    via: Option<String>,
    #[diesel(embed)]
    version: MeetingVersion,
    answered_at: Instant,
}

impl AnswerRow {
    fn answer_to(self, meeting: &Meeting) -> Answer {
        Answer {
            value: self.answer,
            comment: self.comment,
            way: self.way,
            answered_at: self.answered_at,
            via: self.via,
            counts: self.version.is_current(meeting),
        }
    }
}

/// The valid answer of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Accepted, tentative, declined or delegated.
    pub value: AnswerValue,
    /// The person's comment.
    pub comment: Option<String>,
    /// The channel through which it arrived.
    pub way: AnswerChannel,
    /// When it was given.
    pub answered_at: Instant,
    /// The sender's address, if it is not the person's own.
    pub via: Option<String>,
    /// Whether it counts: the meeting still has the time that was answered, and has not been
    /// cancelled and restored since.
    pub counts: bool,
}

/// Stores an answer, unless it equals the valid one. The caller checks whether the person may
/// answer ([`may_answer`]). Because anybody who has a personal link can use it any number of times,
/// a history with [`MAX_HISTORY`] answers does not grow: the new answer replaces the latest one,
/// and is ignored if it is older than that.
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
            version,
            answers::answered_at.eq(given.answered_at),
            answers::via.eq(&given.via),
            answers::created_at.eq(now),
            answers::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Withdraws all answers of a person to a meeting. The rows stay.
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

/// The valid answers to a meeting.
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
    // The last of several answers stays in the map.
    Ok(rows
        .into_iter()
        .map(|(person, row)| (person, row.answer_to(meeting)))
        .collect())
}

/// The valid answer of one person to each of these meetings, and when it was stored.
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
    // The last of several answers stays in the map.
    Ok(rows
        .into_iter()
        .filter_map(|(id, row, created_at)| {
            let answer = row.answer_to(meetings.get(&id)?);
            Some((id, (answer, created_at)))
        })
        .collect())
}

/// Whether a person has answered later than `at` and withdrawn that since: an answer of `at` must
/// not become valid then.
pub fn is_overtaken(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
    person: Id<Person>,
    at: Instant,
) -> Result<bool> {
    let later = of_person_to(who, meeting, person)
        .filter(answers::deleted_at.is_not_null())
        .filter(answers::answered_at.gt(at));
    is_any(conn, later)
}

/// Whether a person has answered at `at` or later by another way than mail.
pub fn was_answered_elsewhere(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
    person: Id<Person>,
    at: Instant,
) -> Result<bool> {
    let since = of_person_to(who, meeting, person)
        .filter(answers::way.ne(AnswerChannel::Mail))
        .filter(answers::answered_at.ge(at));
    is_any(conn, since)
}

type AnswerQuery = answers::BoxedQuery<'static, MultiBackend>;

/// The answers of a person to a meeting, withdrawn ones included.
fn of_person_to(who: &impl Scope, meeting: Id<Meeting>, person: Id<Person>) -> AnswerQuery {
    answers::table
        .filter(answers::cooperation_id.eq(who.cooperation()))
        .filter(answers::meeting_id.eq(meeting))
        .filter(answers::person_id.eq(person))
        .into_boxed()
}

fn is_any(conn: &mut DbConn, query: AnswerQuery) -> Result<bool> {
    let found: Option<Id<Answer>> = query.select(answers::id).first(conn).optional()?;
    Ok(found.is_some())
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

/// Checks that a person may answer: is invited, and the meeting is not over.
///
/// # Errors
/// A conflict with the rule that forbids it.
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
    let is_invited = invited(conn, who, meeting.id)?.contains(&person);
    let message = "the person is not invited to this meeting";
    conflict_unless(is_invited, "not_invited", message)
}
