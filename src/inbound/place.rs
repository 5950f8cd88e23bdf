//! Where a mail belongs: to which cooperation, and which of our messages it comes back to.
use diesel::prelude::*;

use super::intake::Arrival;
use super::what::What;
use crate::calendar::incoming::uid_candidates;
use crate::config::Settings;
use crate::cooperations::Cooperation;
use crate::db::schema::{cooperations, meetings, messages};
use crate::db::{DbConn, Id};
use crate::error::Result;
use crate::invitations::Invitation;
use crate::mail::Address;
use crate::meetings::Meeting;
use crate::notifications::{Message, links};
use crate::people::Person;
use crate::polls::{self, Candidate};

/// Addresses and Message-IDs of a mail that are looked up at most.
const LOOKED_UP: usize = 60;

/// A message of ours that something came back to.
#[derive(Debug, Clone, Queryable)]
pub struct Sent {
    /// Its key.
    pub id: Id<Message>,
    /// Whose it is.
    pub cooperation: Id<Cooperation>,
    /// The meeting it was about.
    pub meeting: Option<Id<Meeting>>,
    /// The invitation it was about.
    pub invitation: Option<Id<Invitation>>,
    /// To whom it went.
    pub person: Id<Person>,
}

/// What is known of where a mail belongs.
#[derive(Debug, Clone)]
pub struct Place {
    /// The cooperation whose mailbox it was sent to, if no other shares it.
    pub mailbox: Option<Id<Cooperation>>,
    /// The message whose token or Message-ID it carries.
    pub message: Option<Sent>,
}

impl Place {
    /// Looks it up.
    pub fn find(conn: &mut DbConn, settings: &Settings, arrival: &Arrival) -> Result<Self> {
        let (mut bare, mut tokens) = (Vec::new(), Vec::new());
        for address in addresses(arrival) {
            let (mailbox, message) = links::split_mailbox(settings, &address);
            bare.extend([address, mailbox]);
            tokens.extend(message);
        }
        let message = match by_tokens(conn, &tokens)? {
            Some(message) => Some(message),
            None => by_message_ids(conn, &message_ids(arrival))?,
        };
        Ok(Self {
            mailbox: of_mailbox(conn, settings, &bare)?,
            message,
        })
    }

    /// The cooperation it belongs to, if it names no meeting.
    #[must_use]
    pub fn cooperation(&self) -> Option<Id<Cooperation>> {
        self.message
            .as_ref()
            .map(|message| message.cooperation)
            .or(self.mailbox)
    }
}

fn addresses(arrival: &Arrival) -> Vec<Address> {
    let envelope = arrival
        .recipients
        .iter()
        .filter_map(|text| Address::parse(text).ok());
    let named = arrival.mail.iter().flat_map(|mail| mail.recipients.clone());
    envelope.chain(named).take(LOOKED_UP).collect()
}

fn message_ids(arrival: &Arrival) -> Vec<String> {
    let returned = match &arrival.what {
        What::Bounce(bounce) => bounce.returned.as_ref(),
        _ => None,
    };
    let returned = returned.and_then(|returned| returned.message_id.clone());
    let answered = arrival.mail.iter().flat_map(|mail| {
        let latest_first = mail.references.iter().rev();
        mail.in_reply_to.iter().chain(latest_first).cloned()
    });
    returned
        .into_iter()
        .chain(answered)
        .take(LOOKED_UP)
        .collect()
}

macro_rules! sent {
    () => {
        messages::table.select((
            messages::id,
            messages::cooperation_id,
            messages::meeting_id,
            messages::invitation_id,
            messages::person_id,
        ))
    };
}

fn by_tokens(conn: &mut DbConn, tokens: &[Id<Message>]) -> Result<Option<Sent>> {
    let Some(first) = tokens.first() else {
        return Ok(None);
    };
    Ok(sent!()
        .filter(messages::id.eq(first))
        .first(conn)
        .optional()?)
}

fn by_message_ids(conn: &mut DbConn, ids: &[String]) -> Result<Option<Sent>> {
    if ids.is_empty() {
        return Ok(None);
    }
    Ok(sent!()
        .filter(messages::message_id.eq_any(ids))
        .order(messages::id.desc())
        .first(conn)
        .optional()?)
}

/// The one cooperation that has one of the addresses as its mailbox.
fn of_mailbox(
    conn: &mut DbConn,
    settings: &Settings,
    addresses: &[Address],
) -> Result<Option<Id<Cooperation>>> {
    let spellings: Vec<String> = addresses
        .iter()
        .flat_map(|address| [address.as_str().to_owned(), address.key()])
        .collect();
    let own: Vec<Id<Cooperation>> = cooperations::table
        .filter(cooperations::mailbox.eq_any(&spellings))
        .filter(cooperations::deleted_at.is_null())
        .order(cooperations::id)
        .limit(2)
        .select(cooperations::id)
        .load(conn)?;
    let is_shared = || spellings.contains(&settings.mail_from.key());
    let found = match own.is_empty() && is_shared() {
        true => cooperations::table
            .filter(cooperations::mailbox.is_null())
            .filter(cooperations::deleted_at.is_null())
            .order(cooperations::id)
            .limit(2)
            .select(cooperations::id)
            .load(conn)?,
        false => own,
    };
    match *found {
        [only] => Ok(Some(only)),
        _ => Ok(None),
    }
}

/// The meeting with that UID, whatever a client has made of it, and its cooperation.
pub fn of_uid(conn: &mut DbConn, uid: &str) -> Result<Option<(Id<Cooperation>, Id<Meeting>)>> {
    Ok(meetings::table
        .filter(meetings::uid.eq_any(uid_candidates(uid)))
        .filter(meetings::deleted_at.is_null())
        .select((meetings::cooperation_id, meetings::id))
        .first(conn)
        .optional()?)
}

/// The cooperation of a date poll that holds a date in calendars under that UID, as long as nobody is
/// invited to a meeting of that UID.
pub fn of_hold(conn: &mut DbConn, uid: &str) -> Result<Option<Id<Cooperation>>> {
    let keys = uid_candidates(uid).into_iter().filter_map(|uid| {
        let (key, _) = uid.split_once('@')?;
        key.parse().ok()
    });
    let keys: Vec<Id<Candidate>> = keys.collect();
    polls::store::holding(conn, &keys)
}
