//! The queue of messages: taking them by lease, and recording what became of them.
//!
//! A lease that runs out counts as a crash: the message is taken again, as the same mail. A message that is given
//! back after it may have arrived keeps its lease, which has run out then.
use std::collections::HashMap;

use chrono::TimeDelta;
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Message, MessageState, Subject};
use crate::Tx;
use crate::clock::Ids;
use crate::cooperations::Cooperation;
use crate::db::schema::{message_contents, messages};
use crate::db::{DbConn, Id, Instant, MultiBackend, SkipLocked};
use crate::error::Result;
use crate::people::Person;

/// The state of the messages in the indexes of the queue, as it stands in their conditions: a bound value would
/// keep both engines from them.
const QUEUED: &str = "'queued'";

/// How many messages are taken at once.
pub const BATCH: i64 = 100;
/// For how long a message is taken. Longer than a mail server may think about one, twice.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);
/// For how long a message is tried before it is given up (RFC 5321, 4.5.4.1).
const RETRY_BUDGET: TimeDelta = TimeDelta::days(5);
/// How long the first pause is; each further one is twice as long.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(30);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// A message that was taken to be sent.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its key.
    pub id: Id<Message>,
    /// Whose it is.
    pub cooperation: Id<Cooperation>,
    /// The invitation that it tells of.
    pub invitation: Option<Id<Subject>>,
    /// The meeting that it is about.
    pub meeting: Option<Id<Subject>>,
    /// To whom it goes.
    pub person: Id<Person>,
    /// Its Message-ID.
    pub message_id: String,
    /// What it says, as it is stored.
    pub content: String,
    /// How often it was tried, this time included.
    pub attempts: i32,
    /// When it was written.
    pub written_at: Instant,
    /// Until when nobody else takes it.
    pub leased_until: Instant,
    /// Whether it may have arrived by an earlier attempt.
    pub in_doubt: bool,
}

/// What became of a message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The mail server has it.
    Sent {
        /// What the server said.
        response: String,
    },
    /// It is tried again.
    Later {
        /// When.
        at: Instant,
        /// What the server said.
        response: String,
        /// Whether it may have arrived: the connection broke, and the server has not refused it.
        in_doubt: bool,
    },
    /// It was not tried, through no fault of its own.
    Untried {
        /// Why.
        reason: Option<String>,
    },
    /// It is not tried again.
    Failed {
        /// What the server said.
        response: String,
        /// Whether the address is to blame.
        marks_address: bool,
    },
}

/// The messages that may be taken: due, leased by nobody, and first of their topic; the longest waiting first,
/// which is the order of their index.
fn due(now: Instant) -> messages::BoxedQuery<'static, MultiBackend> {
    let earlier = diesel::alias!(messages as earlier);
    let an_earlier_one_waits = earlier
        .filter(earlier.field(messages::person_id).eq(messages::person_id))
        .filter(earlier.field(messages::topic).eq(messages::topic))
        .filter(earlier.field(messages::state).eq(sql::<Text>(QUEUED)))
        .filter(earlier.field(messages::id).lt(messages::id));
    let is_free = messages::leased_until
        .is_null()
        .or(messages::leased_until.le(now));
    messages::table
        .filter(messages::state.eq(sql::<Text>(QUEUED)))
        .filter(messages::next_attempt_at.le(now))
        .filter(is_free)
        .filter(not(exists(an_earlier_one_waits)))
        .order((messages::next_attempt_at, messages::id))
        .into_boxed()
}

/// Whether there is anything to take.
pub fn is_waiting(conn: &mut DbConn, now: Instant) -> Result<bool> {
    let first: Option<Id<Message>> = due(now).select(messages::id).first(conn).optional()?;
    Ok(first.is_some())
}

/// Whether nothing is queued, not even for a later attempt, and nothing is being sent.
pub fn is_idle(conn: &mut DbConn) -> Result<bool> {
    let queued: Option<Id<Message>> = messages::table
        .filter(messages::state.eq(sql::<Text>(QUEUED)))
        .select(messages::id)
        .first(conn)
        .optional()?;
    Ok(queued.is_none())
}

/// The columns of [`Taken`] but for its lease and content.
type Row = (
    Id<Message>,
    Id<Cooperation>,
    Option<Id<Subject>>,
    Option<Id<Subject>>,
    Id<Person>,
    String,
    i32,
    Instant,
    Option<Instant>,
);

/// Takes messages that are due, the longest waiting first.
pub fn take(conn: &mut DbConn, now: Instant) -> Result<Vec<Taken>> {
    let due = due(now).limit(BATCH).select((
        messages::id,
        messages::cooperation_id,
        messages::invitation_id,
        messages::meeting_id,
        messages::person_id,
        messages::message_id,
        messages::attempts,
        messages::created_at,
        messages::leased_until,
    ));
    let rows: Vec<Row> = SkipLocked(due).load(conn)?;
    let ids: Vec<_> = rows.iter().map(|(id, ..)| *id).collect();
    let leased_until: Instant = (*now + LEASE).into();
    diesel::update(messages::table)
        .filter(messages::id.eq_any(&ids))
        .set((
            messages::leased_until.eq(leased_until),
            messages::attempts.eq(messages::attempts + 1),
            messages::modified_at.eq(now),
        ))
        .execute(conn)?;
    let contents: Vec<(Id<Message>, String)> = message_contents::table
        .filter(message_contents::id.eq_any(ids))
        .select((message_contents::id, message_contents::content))
        .load(conn)?;
    let mut contents: HashMap<_, _> = contents.into_iter().collect();
    let taken = |row: Row| {
        let (id, cooperation, invitation, meeting, person, message_id, attempts, written_at, lease) =
            row;
        Taken {
            id,
            cooperation,
            invitation,
            meeting,
            person,
            message_id,
            content: contents.remove(&id).unwrap_or_default(),
            attempts: attempts + 1,
            written_at,
            leased_until,
            in_doubt: lease.is_some(),
        }
    };
    Ok(rows.into_iter().map(taken).collect())
}

/// Records what became of messages. What follows from a failure that marks an address is for the caller to
/// do.
pub fn finish(conn: &mut DbConn, done: &[(Taken, SendOutcome)], now: Instant) -> Result<()> {
    for (message, outcome) in done {
        let in_doubt =
            message.in_doubt || matches!(outcome, SendOutcome::Later { in_doubt: true, .. });
        let over = (
            messages::leased_until.eq(in_doubt.then_some(now)),
            messages::modified_at.eq(now),
        );
        let row = messages::table.find(message.id);
        let still_ours = row
            .filter(messages::leased_until.eq(message.leased_until))
            .filter(messages::state.eq(MessageState::Queued));
        match outcome {
            // A fact, whoever may have taken the message meanwhile.
            SendOutcome::Sent { response } => diesel::update(row)
                .set((
                    messages::state.eq(MessageState::Sent),
                    messages::sent_at.eq(now),
                    messages::last_words.eq(response),
                    over,
                ))
                .execute(conn)?,
            SendOutcome::Later { at, response, .. } => diesel::update(still_ours)
                .set((
                    messages::next_attempt_at.eq(at),
                    messages::last_words.eq(response),
                    over,
                ))
                .execute(conn)?,
            SendOutcome::Untried { reason } => diesel::update(still_ours)
                .set((
                    messages::attempts.eq(messages::attempts - 1),
                    reason
                        .as_ref()
                        .map(|reason| messages::last_words.eq(reason)),
                    over,
                ))
                .execute(conn)?,
            SendOutcome::Failed { response, .. } => diesel::update(still_ours)
                .set((
                    messages::state.eq(MessageState::Failed),
                    messages::last_words.eq(response),
                    over,
                ))
                .execute(conn)?,
        };
    }
    Ok(())
}

/// What becomes of a message, written then and tried so often, that could not be sent for now.
#[must_use]
pub fn retry_later(
    (written_at, attempts): (Instant, i32),
    (response, in_doubt): (String, bool),
    now: Instant,
    ids: &Ids,
) -> SendOutcome {
    if *now - *written_at >= RETRY_BUDGET {
        return SendOutcome::Failed {
            response,
            marks_address: false,
        };
    }
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    let pause = (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE);
    // Between half the pause and all of it, so that what failed together is not tried together.
    let [chance, ..] = ids.secret();
    let pause = pause / 2 + pause * i32::from(chance) / 512;
    SendOutcome::Later {
        at: (*now + pause).into(),
        response,
        in_doubt,
    }
}

/// Deletes what some messages say that have been done with since before `end`, at most `limit`. Returns how many.
pub fn forget_contents(tx: &mut Tx, end: Instant, limit: i64) -> Result<usize> {
    let done: Vec<Id<Message>> = message_contents::table
        .inner_join(messages::table.on(messages::id.eq(message_contents::id)))
        // Ids begin with the time, so that only old ones are looked at.
        .filter(message_contents::id.lt(Id::<Message>::first_at(end)))
        .filter(messages::state.ne(MessageState::Queued))
        .filter(messages::modified_at.le(end))
        .order(message_contents::id)
        .select(message_contents::id)
        .limit(limit)
        .load(&mut **tx)?;
    let forgotten = message_contents::table.filter(message_contents::id.eq_any(done));
    Ok(diesel::delete(forgotten).execute(&mut **tx)?)
}
