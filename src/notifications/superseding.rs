//! Takes back messages that are still queued: a later one replaces them, or nobody needs them any more.
use diesel::dsl::auto_type;
use diesel::prelude::*;

use super::{Message, MessageKind, MessageState, Topic};
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::messages;
use crate::db::{Id, Instant};
use crate::error::Result;

/// Whether a message is queued and nobody has leased it: it is sent after `now`, if at all.
#[must_use]
#[auto_type(no_type_alias)]
pub fn is_unsent(now: Instant) -> _ {
    let is_free = messages::leased_until
        .is_null()
        .or(messages::leased_until.le(now));
    let state: MessageState = MessageState::Queued;
    messages::state.eq(state).and(is_free)
}

/// Whether a message was sent, is being sent, or was tried with an unknown result
/// ([`super::queue::SendOutcome::Later`]).
#[must_use]
#[auto_type(no_type_alias)]
pub(super) fn may_have_arrived() -> _ {
    let sent: MessageState = MessageState::Sent;
    messages::state
        .eq(sent)
        .or(messages::leased_until.is_not_null())
}

/// What a message becomes that a later one replaces, or that is not to be sent any more. That it may have arrived is
/// kept.
#[must_use]
#[auto_type(no_type_alias)]
pub fn superseded(now: Instant) -> _ {
    let state: MessageState = MessageState::Superseded;
    (messages::state.eq(state), messages::modified_at.eq(now))
}

/// What is known of a message that was superseded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Superseded {
    /// It was not queued any more, or is being sent at this moment: nothing was done.
    TooLate,
    /// It was tried, and may have arrived.
    InDoubt,
    /// It was surely not sent. Its key may be used again.
    Unsent,
}

/// Supersedes a message that is still queued.
pub fn supersede(tx: &mut Tx, who: &impl Scope, message: Id<Message>) -> Result<Superseded> {
    let now = tx.now;
    let row = messages::table.find(message);
    let queued = row
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(is_unsent(now));
    let lease: Option<Option<Instant>> = queued
        .select(messages::leased_until)
        .first(&mut **tx)
        .optional()?;
    let Some(lease) = lease else {
        return Ok(Superseded::TooLate);
    };
    let is_unsent = lease.is_none();
    let key = is_unsent.then(|| messages::notice_key.eq(None::<String>));
    diesel::update(row)
        .set((superseded(now), key))
        .execute(&mut **tx)?;
    Ok(if is_unsent {
        Superseded::Unsent
    } else {
        Superseded::InDoubt
    })
}

/// Supersedes the messages of these kinds on a topic, to whomever, that are still queued.
pub fn supersede_all(
    tx: &mut Tx,
    who: &impl Scope,
    topic: &Topic,
    kinds: &[MessageKind],
) -> Result<()> {
    let now = tx.now;
    diesel::update(messages::table)
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::topic.eq(topic))
        .filter(messages::kind.eq_any(kinds))
        .filter(is_unsent(now))
        .set(superseded(now))
        .execute(&mut **tx)?;
    Ok(())
}
