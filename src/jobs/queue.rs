//! The queue of messages: taking them by lease, and writing down what became of them.
//!
//! A lease that runs out counts as a crash: the message is taken again, as the same mail. Messages
//! to one person about one meeting go out in the order in which they were written.
use std::collections::HashMap;

use anyhow::Context;
use chrono::TimeDelta;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::auth::SystemActor;
use crate::cooperations::Cooperation;
use crate::db::schema::{letters, messages};
use crate::db::{DbConn, Id, Instant, SkipLocked, Spelled, TextByKey};
use crate::error::Result;
use crate::inbound::bounces;
use crate::invitations::compose::Post;
use crate::invitations::{Invitation, Message, MessageState};
use crate::meetings::Meeting;
use crate::people::Person;
use crate::{Tx, clock::Ids};

/// The indexes of the queue have only messages in this state.
const QUEUED: Spelled = Spelled(MessageState::Queued.as_str());

/// How many messages are taken at once.
pub const BATCH: i64 = 100;
/// For how long a message is taken. Longer than a mail server may think about one, twice.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);
/// For how long a message is tried before it is given up (RFC 5321, 4.5.4.1).
const PATIENCE: TimeDelta = TimeDelta::days(5);
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
    /// The meeting that it is about.
    pub meeting: Option<Id<Meeting>>,
    /// To whom it goes.
    pub person: Id<Person>,
    /// Its Message-ID.
    pub message_id: String,
    /// The invitation that it belongs to, if it is no notice.
    invitation: Option<Id<Invitation>>,
    /// What it says, as it is kept.
    letter: String,
    /// How often it was tried, this time included.
    pub attempts: i32,
    /// When it was written.
    pub written_at: Instant,
    /// Until when nobody else takes it.
    pub leased_until: Instant,
}

impl Taken {
    /// What it says.
    ///
    /// # Errors
    /// If what is kept is no letter of ours.
    pub fn post(&self) -> serde_json::Result<Post> {
        Post::read(self.invitation, &self.letter)
    }
}

/// What became of a message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server has it.
    Sent {
        /// What the server said.
        words: String,
    },
    /// It is tried again.
    Later {
        /// When.
        at: Instant,
        /// What the server said.
        words: String,
    },
    /// It was not tried, through no fault of its own.
    Untried {
        /// Why.
        words: Option<String>,
    },
    /// It is not tried again.
    Failed {
        /// What the server said.
        words: String,
        /// Whether the address is to blame.
        marks_address: bool,
    },
}

/// The messages that may be taken: due, taken by nobody, and no earlier one to that person waits; the
/// longest waiting first, which is the order of their index: without it PostgreSQL reads all that was
/// ever sent when it takes most of it for queued. A macro, because the type of such a query cannot be
/// written down.
macro_rules! due {
    ($now:expr) => {{
        let earlier = diesel::alias!(messages as earlier);
        let an_earlier_one_waits = earlier
            .filter(
                earlier
                    .field(messages::invitation_id)
                    .eq(messages::invitation_id),
            )
            .filter(earlier.field(messages::state).eq(QUEUED))
            .filter(earlier.field(messages::id).lt(messages::id));
        messages::table
            .filter(messages::state.eq(QUEUED))
            .filter(messages::next_attempt_at.le($now))
            .filter(
                messages::leased_until
                    .is_null()
                    .or(messages::leased_until.le($now)),
            )
            .filter(not(exists(an_earlier_one_waits)))
            .order((messages::next_attempt_at, messages::id))
    }};
}

/// Whether there is anything to take.
pub fn is_waiting(conn: &mut DbConn, now: Instant) -> Result<bool> {
    let due: Option<Id<Message>> = due!(now).select(messages::id).first(conn).optional()?;
    Ok(due.is_some())
}

/// Whether nothing waits, not even for a later attempt, and nothing is on its way.
pub fn is_idle(conn: &mut DbConn) -> Result<bool> {
    let waiting: Option<Id<Message>> = messages::table
        .filter(messages::state.eq(QUEUED))
        .select(messages::id)
        .first(conn)
        .optional()?;
    Ok(waiting.is_none())
}

type Row = (
    (
        Id<Message>,
        Id<Cooperation>,
        Option<Id<Invitation>>,
        Option<Id<Meeting>>,
        Id<Person>,
    ),
    (String, i32, Instant),
);

/// Takes messages that are due, the longest waiting first.
pub fn take(conn: &mut DbConn, now: Instant) -> Result<Vec<Taken>> {
    let due = due!(now).limit(BATCH).select((
        (
            messages::id,
            messages::cooperation_id,
            messages::invitation_id,
            messages::meeting_id,
            messages::person_id,
        ),
        (
            messages::message_id,
            messages::attempts,
            messages::created_at,
        ),
    ));
    let rows: Vec<Row> = SkipLocked(due).load(conn)?;
    let ids: Vec<_> = rows.iter().map(|((id, ..), _)| *id).collect();
    let leased_until: Instant = (*now + LEASE).into();
    diesel::update(messages::table)
        .filter(messages::id.eq_any(&ids))
        .set((
            messages::leased_until.eq(leased_until),
            messages::attempts.eq(messages::attempts + 1),
            messages::modified_at.eq(now),
        ))
        .execute(conn)?;
    let letters = letters::table.filter(letters::id.eq_any(ids));
    let letters = letters.select((letters::id, letters::content)).load(conn)?;
    let mut letters: HashMap<Id<Message>, String> = letters.into_iter().collect();
    let taken = |(keys, (message_id, attempts, written_at)): Row| {
        let (id, cooperation, invitation, meeting, person) = keys;
        Taken {
            id,
            cooperation,
            meeting,
            person,
            message_id,
            invitation,
            letter: letters.remove(&id).unwrap_or_default(),
            attempts: attempts + 1,
            written_at,
            leased_until,
        }
    };
    Ok(rows.into_iter().map(taken).collect())
}

/// Writes down what became of messages; what marks an address goes by [`fail`].
pub fn finish(conn: &mut DbConn, done: &[(Taken, Outcome)], now: Instant) -> Result<()> {
    let over = (
        messages::leased_until.eq(None::<Instant>),
        messages::modified_at.eq(now),
    );
    let mut sent: Vec<(Id<Message>, &str)> = Vec::new();
    for (message, outcome) in done {
        let still_ours = messages::table
            .find(message.id)
            .filter(messages::leased_until.eq(message.leased_until))
            .filter(messages::state.eq(MessageState::Queued));
        match outcome {
            Outcome::Sent { words } => {
                sent.push((message.id, words));
                continue;
            }
            Outcome::Later { at, words } => diesel::update(still_ours)
                .set((
                    messages::next_attempt_at.eq(at),
                    messages::last_words.eq(words),
                    over,
                ))
                .execute(conn)?,
            Outcome::Untried { words } => diesel::update(still_ours)
                .set((
                    messages::attempts.eq(messages::attempts - 1),
                    words.as_ref().map(|words| messages::last_words.eq(words)),
                    over,
                ))
                .execute(conn)?,
            Outcome::Failed { words, .. } => diesel::update(still_ours)
                .set((
                    messages::state.eq(MessageState::Failed),
                    messages::last_words.eq(words),
                    over,
                ))
                .execute(conn)?,
        };
    }
    if sent.is_empty() {
        return Ok(());
    }
    // A fact, whoever may have taken the messages meanwhile.
    let words = TextByKey {
        key: messages::id,
        texts: &sent,
    };
    diesel::update(messages::table)
        .filter(messages::id.eq_any(sent.iter().map(|(id, _)| *id)))
        .set((
            messages::state.eq(MessageState::Sent),
            messages::sent_at.eq(now),
            messages::last_words.eq(words),
            over,
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes down that a message failed because of its address, with all that follows from that
/// ([`bounces::note`]).
pub fn fail(tx: &mut Tx, who: &SystemActor, message: &Taken, outcome: &Outcome) -> Result<()> {
    let now = tx.now;
    finish(tx, &[(message.clone(), outcome.clone())], now)?;
    let Outcome::Failed {
        words,
        marks_address: true,
    } = outcome
    else {
        tx.unchanged();
        return Ok(());
    };
    let post = message.post().context("a letter that was sent")?;
    bounces::note(tx, who, message.person, message.meeting, &post, words)
}

/// What becomes of a message, written then and tried so often, that could not be sent for now.
#[must_use]
pub fn put_off(
    (written_at, attempts): (Instant, i32),
    words: String,
    now: Instant,
    ids: &Ids,
) -> Outcome {
    if *now - *written_at >= PATIENCE {
        return Outcome::Failed {
            words,
            marks_address: false,
        };
    }
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    let pause = (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE);
    // Between half the pause and all of it, so that what failed together is not tried together.
    let [chance, ..] = ids.secret();
    let pause = pause / 2 + pause * i32::from(chance) / 512;
    Outcome::Later {
        at: (*now + pause).into(),
        words,
    }
}

/// Forgets the letters of messages that have been done with since before `end`.
pub fn forget_letters(tx: &mut Tx, end: Instant) -> Result<usize> {
    let done = messages::table
        .filter(messages::state.ne(MessageState::Queued))
        .filter(messages::modified_at.le(end))
        .select(messages::id);
    let forgotten = letters::table.filter(letters::id.eq_any(done));
    Ok(diesel::delete(forgotten).execute(&mut **tx)?)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_after_five_days_it_is_given_up() {
        let now: Instant = Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap().into();
        let ids = Ids::seeded(1);
        let mut least = TimeDelta::zero();
        for attempt in 1..200 {
            let full = (FIRST_PAUSE * (1 << (attempt - 1).min(10))).min(LONGEST_PAUSE);
            for _ in 0..20 {
                let Outcome::Later { at, .. } = put_off((now, attempt), String::new(), now, &ids)
                else {
                    panic!("given up after {attempt}");
                };
                let pause = *at - *now;
                assert!(full / 2 <= pause && pause <= full, "{attempt}: {pause}");
                assert!(pause >= least);
            }
            least = full / 2;
        }
        let late: Instant = (*now + PATIENCE).into();
        let end = put_off((now, 1), "no".to_owned(), late, &ids);
        assert_eq!(
            end,
            Outcome::Failed {
                words: "no".to_owned(),
                marks_address: false
            }
        );
    }
}
