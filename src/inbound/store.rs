//! Queries of mails that came in.
use diesel::prelude::*;

use super::intake::Arrival;
use super::{Content, InboundMail, MailKind, MailState};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::Cooperation;
use crate::db::schema::inbound_mails;
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Result};
use crate::http::body::ExpectedRevision;
use crate::meetings::Meeting;
use crate::people::Person;

/// What became of a mail.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whose it is, if that is known.
    pub cooperation: Option<Id<Cooperation>>,
    /// The meeting it is about, if that is known.
    pub meeting: Option<Id<Meeting>>,
    /// For whom it speaks, if that is known.
    pub person: Option<Id<Person>>,
    /// What became of it.
    pub state: MailState,
    /// Why.
    pub reason: Option<String>,
    /// What it says.
    pub content: Content,
}

/// Whether a mail was handled before.
pub fn is_known(conn: &mut DbConn, fingerprint: &str) -> Result<bool> {
    let known: Option<Id<InboundMail>> = inbound_mails::table
        .filter(inbound_mails::fingerprint.eq(fingerprint))
        .select(inbound_mails::id)
        .first(conn)
        .optional()?;
    Ok(known.is_some())
}

/// Keeps a mail before anything follows from it.
pub fn insert(tx: &mut Tx, arrival: &Arrival, kind: MailKind) -> Result<Id<InboundMail>> {
    let (id, now) = (tx.id(), tx.now);
    let mail = arrival.mail.as_ref();
    let from = mail.and_then(|mail| mail.from.first());
    diesel::insert_into(inbound_mails::table)
        .values((
            inbound_mails::id.eq(id),
            inbound_mails::fingerprint.eq(&arrival.fingerprint),
            inbound_mails::message_id.eq(mail.and_then(|mail| mail.message_id.as_ref())),
            inbound_mails::from_address.eq(from.map(|from| from.address.as_str())),
            inbound_mails::from_name.eq(from.map(|from| &from.name)),
            inbound_mails::subject.eq(mail.map_or("", |mail| &mail.subject)),
            inbound_mails::received_at.eq(arrival.received_at),
            inbound_mails::kind.eq(kind),
            inbound_mails::state.eq(MailState::Review),
            inbound_mails::content.eq(Json(Content::default())),
            inbound_mails::created_at.eq(now),
            inbound_mails::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// Writes down what became of a mail.
pub fn settle(tx: &mut Tx, id: Id<InboundMail>, entry: Entry) -> Result<()> {
    diesel::update(inbound_mails::table.find(id))
        .set((
            inbound_mails::cooperation_id.eq(entry.cooperation),
            inbound_mails::meeting_id.eq(entry.meeting),
            inbound_mails::person_id.eq(entry.person),
            inbound_mails::state.eq(entry.state),
            inbound_mails::reason.eq(entry.reason),
            inbound_mails::content.eq(Json(entry.content)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Writes down what somebody has decided about a mail.
pub fn decide(
    tx: &mut Tx,
    who: &impl Scope,
    mail: &InboundMail,
    state: MailState,
    person: Option<Id<Person>>,
    reason: Option<&str>,
) -> Result<InboundMail> {
    let now = tx.now;
    diesel::update(inbound_mails::table.find(mail.id))
        .filter(inbound_mails::cooperation_id.eq(who.cooperation()))
        .set((
            inbound_mails::state.eq(state),
            inbound_mails::person_id.eq(person.or(mail.person_id)),
            inbound_mails::reason.eq(reason.or(mail.reason.as_deref())),
            inbound_mails::decided_at.eq(now),
            inbound_mails::modified_at.eq(now),
            inbound_mails::revision.eq(mail.revision + 1),
        ))
        .execute(&mut **tx)?;
    find(tx, who, mail.id)
}

/// One mail.
///
/// # Errors
/// [`Error::NotFound`] if the cooperation has none of that key.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<InboundMail>) -> Result<InboundMail> {
    Ok(inbound_mails::table
        .find(id)
        .filter(inbound_mails::cooperation_id.eq(who.cooperation()))
        .filter(inbound_mails::deleted_at.is_null())
        .select(InboundMail::as_select())
        .first(conn)?)
}

/// The mail that a link is for, and its cooperation. The link is the proof.
///
/// # Errors
/// [`Error::NotFound`] if there is none any more.
pub(super) fn by_link(
    conn: &mut DbConn,
    id: Id<InboundMail>,
) -> Result<(SystemActor, InboundMail)> {
    let (cooperation, mail): (Option<Id<Cooperation>>, InboundMail) = inbound_mails::table
        .find(id)
        .filter(inbound_mails::deleted_at.is_null())
        .select((inbound_mails::cooperation_id, InboundMail::as_select()))
        .first(conn)?;
    let cooperation = cooperation.ok_or(Error::NotFound)?;
    Ok((SystemActor::within(cooperation), mail))
}

/// One mail that still waits, in the revision that the asker has seen.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], or a conflict if it was decided.
pub fn waiting(
    conn: &mut DbConn,
    who: &impl Scope,
    id: Id<InboundMail>,
    expected: ExpectedRevision,
) -> Result<InboundMail> {
    let mail = find(conn, who, id)?;
    expected.check(mail.revision)?;
    match mail.state {
        MailState::Review | MailState::Confirming => Ok(mail),
        state => Err(Error::conflict("state", format!("this mail is {state}"))),
    }
}

/// Which mails are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Those in this state.
    pub state: Option<MailState>,
    /// Those about this meeting.
    pub meeting: Option<Id<Meeting>>,
}

/// One page of the mails of a cooperation, the newest first.
pub fn page(
    conn: &mut DbConn,
    who: &impl Scope,
    filter: Filter,
    before: Option<Id<InboundMail>>,
    limit: i64,
) -> Result<Vec<InboundMail>> {
    let mut query = inbound_mails::table
        .filter(inbound_mails::cooperation_id.eq(who.cooperation()))
        .filter(inbound_mails::deleted_at.is_null())
        .order(inbound_mails::id.desc())
        .limit(limit)
        .select(InboundMail::as_select())
        .into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(inbound_mails::state.eq(state));
    }
    if let Some(meeting) = filter.meeting {
        query = query.filter(inbound_mails::meeting_id.eq(meeting));
    }
    if let Some(before) = before {
        query = query.filter(inbound_mails::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// How many mails somebody wrote since `since` that are in this state.
pub fn count_from(
    conn: &mut DbConn,
    who: &impl Scope,
    address: &str,
    state: MailState,
    since: Instant,
) -> Result<i64> {
    Ok(inbound_mails::table
        .filter(inbound_mails::cooperation_id.eq(who.cooperation()))
        .filter(inbound_mails::from_address.eq(address))
        .filter(inbound_mails::state.eq(state))
        .filter(inbound_mails::created_at.gt(since))
        .count()
        .get_result(conn)?)
}

/// The mails whose answer a person is to confirm for a meeting.
pub fn confirming(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
    person: Id<Person>,
) -> Result<Vec<InboundMail>> {
    Ok(inbound_mails::table
        .filter(inbound_mails::cooperation_id.eq(who.cooperation()))
        .filter(inbound_mails::meeting_id.eq(meeting))
        .filter(inbound_mails::person_id.eq(person))
        .filter(inbound_mails::state.eq(MailState::Confirming))
        .order(inbound_mails::id)
        .select(InboundMail::as_select())
        .load(conn)?)
}

/// Empties what mails say that came before `end`, but for those that still wait.
pub fn forget(tx: &mut Tx, end: Instant) -> Result<usize> {
    let empty = Json(Content::default());
    Ok(diesel::update(inbound_mails::table)
        .filter(inbound_mails::state.ne(MailState::Review))
        .filter(inbound_mails::created_at.le(end))
        .filter(inbound_mails::subject.ne(""))
        .set((
            inbound_mails::subject.eq(""),
            inbound_mails::content.eq(empty),
            inbound_mails::from_name.eq(None::<String>),
            inbound_mails::from_address.eq(None::<String>),
        ))
        .execute(&mut **tx)?)
}
