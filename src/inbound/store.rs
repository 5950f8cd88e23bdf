//! Queries of inbound mails.
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::received::ReceivedMail;
use super::{InboundMail, MailContent, MailKind, MailState};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::Cooperation;
use crate::db::schema::inbound_mails;
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Result};
use crate::meetings::Meeting;
use crate::people::Person;

/// What becomes of a mail.
#[derive(Debug, Clone)]
pub struct Disposition {
    /// Its cooperation, if known.
    pub cooperation: Option<Id<Cooperation>>,
    /// The meeting it is about, if known.
    pub meeting: Option<Id<Meeting>>,
    /// The person whose reply it is, if known.
    pub person: Option<Id<Person>>,
    /// Its new state.
    pub state: MailState,
    /// Why: the name of a rule, or a parser's message.
    pub reason: Option<String>,
    /// Its text and its reply.
    pub content: MailContent,
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

/// Stores a mail before it has any effect.
pub fn insert(tx: &mut Tx, mail: &ReceivedMail, kind: MailKind) -> Result<Id<InboundMail>> {
    let (id, now) = (tx.id(), tx.now);
    let content = mail.content.as_ref();
    let from = content.and_then(|content| content.from.first());
    diesel::insert_into(inbound_mails::table)
        .values((
            inbound_mails::id.eq(id),
            inbound_mails::fingerprint.eq(&mail.fingerprint),
            inbound_mails::message_id.eq(content.and_then(|content| content.message_id.as_ref())),
            inbound_mails::from_address.eq(from.map(|from| from.address.as_str())),
            inbound_mails::from_name.eq(from.map(|from| &from.name)),
            inbound_mails::subject.eq(content.map_or("", |content| &content.subject)),
            inbound_mails::received_at.eq(mail.received_at),
            inbound_mails::kind.eq(kind),
            inbound_mails::state.eq(MailState::Review),
            inbound_mails::content.eq(Json(MailContent::default())),
            inbound_mails::created_at.eq(now),
            inbound_mails::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// Stores what becomes of a mail.
pub fn dispose(tx: &mut Tx, id: Id<InboundMail>, disposition: &Disposition) -> Result<()> {
    diesel::update(inbound_mails::table.find(id))
        .set((
            inbound_mails::cooperation_id.eq(disposition.cooperation),
            inbound_mails::meeting_id.eq(disposition.meeting),
            inbound_mails::person_id.eq(disposition.person),
            inbound_mails::state.eq(disposition.state),
            inbound_mails::reason.eq(&disposition.reason),
            inbound_mails::content.eq(Json(disposition.content.clone())),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Stores what somebody has decided about a mail.
pub fn decide(
    tx: &mut Tx,
    who: &impl Scope,
    mail: &InboundMail,
    state: MailState,
    person: Option<Id<Person>>,
    reason: Option<&str>,
) -> Result<InboundMail> {
    diesel::update(inbound_mails::table.find(mail.id))
        .filter(inbound_mails::cooperation_id.eq(who.cooperation()))
        .set((
            inbound_mails::state.eq(state),
            inbound_mails::person_id.eq(person.or(mail.person_id)),
            inbound_mails::reason.eq(reason.or(mail.reason.as_deref())),
            inbound_mails::decided_at.eq(tx.now),
            inbound_mails::modified_at.eq(tx.now),
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

/// The mail of a link, and its cooperation. The link is the proof.
///
/// # Errors
/// [`Error::NotFound`] if the mail is gone.
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

/// One page of the mails of a cooperation, of those in one state or about one meeting if these are given, the newest first.
pub fn page(
    conn: &mut DbConn,
    who: &impl Scope,
    (state, meeting): (Option<MailState>, Option<Id<Meeting>>),
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
    if let Some(state) = state {
        query = query.filter(inbound_mails::state.eq(state));
    }
    if let Some(meeting) = meeting {
        query = query.filter(inbound_mails::meeting_id.eq(meeting));
    }
    if let Some(before) = before {
        query = query.filter(inbound_mails::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// How many mails of an author since `since` are in this state.
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

/// The mails whose answer to a meeting a person has not confirmed yet.
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

/// Clears the content of some mails that were stored up to `end`, at most `limit`, except of those that wait.
/// Returns of how many.
pub fn forget(tx: &mut Tx, end: Instant, limit: i64) -> Result<usize> {
    // As it stands in the condition of the index: a bound value would keep both engines from it.
    let has_content = inbound_mails::subject.ne(sql::<Text>("''"));
    let done: Vec<Id<InboundMail>> = inbound_mails::table
        .filter(has_content)
        .filter(inbound_mails::created_at.le(end))
        .filter(inbound_mails::state.ne(MailState::Review))
        .order(inbound_mails::created_at)
        .select(inbound_mails::id)
        .limit(limit)
        .load(&mut **tx)?;
    let empty = Json(MailContent::default());
    Ok(diesel::update(inbound_mails::table)
        .filter(inbound_mails::id.eq_any(done))
        .set((
            inbound_mails::subject.eq(""),
            inbound_mails::content.eq(empty),
            inbound_mails::from_name.eq(None::<String>),
            inbound_mails::from_address.eq(None::<String>),
        ))
        .execute(&mut **tx)?)
}
