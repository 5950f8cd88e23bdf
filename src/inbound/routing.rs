//! Which cooperation a mail belongs to, and which of our messages it refers to.
use diesel::prelude::*;

use super::classify::MailClass;
use super::received::ReceivedMail;
use super::store::Disposition;
use super::{InboundMail, MailContent, MailKind, MailState};
use crate::config::Settings;
use crate::cooperations::Cooperation;
use crate::db::schema::{cooperations, meetings, messages, people};
use crate::db::{DbConn, Id};
use crate::error::Result;
use crate::invitations::Invitation;
use crate::meetings::Meeting;
use crate::notifications::{Message, links};
use crate::people::Person;
use crate::polls::{self, Candidate};
use calendar::incoming::uid_candidates;
use mail::Address;

/// How many addresses, and how many Message-IDs, of a mail are looked up.
const LOOKED_UP: usize = 60;
/// Characters of the text that are kept.
const TEXT_KEPT: usize = 8000;

/// A message of ours that a mail refers to.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = messages, check_for_backend(crate::db::MultiBackend))]
pub struct SentMessage {
    /// Its key.
    pub id: Id<Message>,
    /// Its cooperation.
    #[diesel(column_name = cooperation_id)]
    pub cooperation: Id<Cooperation>,
    /// The meeting it was about.
    #[diesel(column_name = meeting_id)]
    pub meeting: Option<Id<Meeting>>,
    /// The invitation it was about.
    #[diesel(column_name = invitation_id)]
    pub invitation: Option<Id<Invitation>>,
    /// Its recipient.
    #[diesel(column_name = person_id)]
    pub person: Id<Person>,
}

/// What is known of where a mail belongs.
#[derive(Debug, Clone)]
pub struct MailRoute {
    /// The cooperation whose mailbox it was sent to, if that is the only one with this mailbox.
    pub mailbox: Option<Id<Cooperation>>,
    /// The message whose token or Message-ID it carries.
    pub message: Option<SentMessage>,
}

impl MailRoute {
    /// Looks up where a mail belongs.
    pub fn find(conn: &mut DbConn, settings: &Settings, mail: &ReceivedMail) -> Result<Self> {
        let (mut bare, mut tokens) = (Vec::new(), Vec::new());
        for address in addresses(mail) {
            let (mailbox, message) = links::split_mailbox(settings, &address);
            bare.extend([address, mailbox]);
            tokens.extend(message);
        }
        let message = match by_tokens(conn, &tokens)? {
            Some(message) => Some(message),
            None => by_message_ids(conn, &message_ids(mail))?,
        };
        Ok(Self {
            mailbox: by_mailbox(conn, settings, &bare, mail)?,
            message,
        })
    }

    /// The cooperation it belongs to, unless it names a meeting.
    #[must_use]
    pub fn cooperation(&self) -> Option<Id<Cooperation>> {
        self.message
            .as_ref()
            .map(|message| message.cooperation)
            .or(self.mailbox)
    }
}

/// A mail and where it belongs.
pub struct RoutedMail<'a> {
    /// The key of its row.
    pub id: Id<InboundMail>,
    /// What it is.
    pub kind: MailKind,
    /// The mail.
    pub received: &'a ReceivedMail,
    /// Where it belongs.
    pub route: &'a MailRoute,
}

impl RoutedMail<'_> {
    /// What becomes of it, with what its route says.
    #[must_use]
    pub fn disposition(&self, state: MailState, reason: Option<&str>) -> Disposition {
        let message = self.route.message.as_ref();
        Disposition {
            cooperation: self.route.cooperation(),
            meeting: message.and_then(|message| message.meeting),
            person: message.map(|message| message.person),
            state,
            reason: reason.map(str::to_owned),
            content: MailContent {
                text: self.text(),
                answer: None,
            },
        }
    }

    /// The beginning of its text.
    #[must_use]
    pub fn text(&self) -> String {
        let content = self.received.content.as_ref();
        let text = content.map_or("", |content| &*content.text);
        text.chars().take(TEXT_KEPT).collect()
    }

    /// The address of its author, if its From is unambiguous.
    #[must_use]
    pub fn author(&self) -> Option<&Address> {
        let content = self.received.content.as_ref()?;
        content.author().map(|author| &author.address)
    }
}

fn addresses(mail: &ReceivedMail) -> Vec<Address> {
    let envelope = mail
        .recipients
        .iter()
        .filter_map(|text| Address::parse(text).ok());
    let named = mail
        .content
        .iter()
        .flat_map(|content| content.recipients.clone());
    envelope.chain(named).take(LOOKED_UP).collect()
}

fn message_ids(mail: &ReceivedMail) -> Vec<String> {
    let returned = match &mail.class {
        MailClass::Bounce(bounce) => bounce.returned.as_ref(),
        _ => None,
    };
    let returned = returned.and_then(|returned| returned.message_id.clone());
    let answered = mail.content.iter().flat_map(|content| {
        let latest_first = content.references.iter().rev();
        content.in_reply_to.iter().chain(latest_first).cloned()
    });
    returned
        .into_iter()
        .chain(answered)
        .take(LOOKED_UP)
        .collect()
}

fn by_tokens(conn: &mut DbConn, tokens: &[Id<Message>]) -> Result<Option<SentMessage>> {
    let Some(first) = tokens.first() else {
        return Ok(None);
    };
    Ok(messages::table
        .find(first)
        .select(SentMessage::as_select())
        .first(conn)
        .optional()?)
}

fn by_message_ids(conn: &mut DbConn, ids: &[String]) -> Result<Option<SentMessage>> {
    if ids.is_empty() {
        return Ok(None);
    }
    Ok(messages::table
        .filter(messages::message_id.eq_any(ids))
        .order(messages::id.desc())
        .select(SentMessage::as_select())
        .first(conn)
        .optional()?)
}

/// The cooperation with one of these addresses as its mailbox. Of several with the same mailbox, the one that knows the
/// author. None unless there is only one.
fn by_mailbox(
    conn: &mut DbConn,
    settings: &Settings,
    addresses: &[Address],
    mail: &ReceivedMail,
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
    let found = if own.is_empty() && is_shared() {
        cooperations::table
            .filter(cooperations::mailbox.is_null())
            .filter(cooperations::deleted_at.is_null())
            .order(cooperations::id)
            .limit(2)
            .select(cooperations::id)
            .load(conn)?
    } else {
        own
    };
    match *found {
        [only] => Ok(Some(only)),
        [] => Ok(None),
        _ => by_author(conn, &spellings, mail),
    }
}

/// The cooperation with one of these mailboxes, or without one of its own, in which the author of a mail is known, if
/// there is only one.
fn by_author(
    conn: &mut DbConn,
    mailboxes: &[String],
    mail: &ReceivedMail,
) -> Result<Option<Id<Cooperation>>> {
    let author = mail.content.as_ref().and_then(|content| content.author());
    let Some(author) = author else {
        return Ok(None);
    };
    let knows: Vec<(Id<Cooperation>, Option<String>)> = people::table
        .inner_join(cooperations::table.on(cooperations::id.eq(people::cooperation_id)))
        .filter(people::address_key.eq(author.address.key()))
        .filter(people::deleted_at.is_null())
        .filter(cooperations::deleted_at.is_null())
        .select((people::cooperation_id, cooperations::mailbox))
        .load(conn)?;
    let mut knows = knows.into_iter().filter(|(_, mailbox)| {
        let own = mailbox.as_ref();
        own.is_none_or(|own| mailboxes.contains(own))
    });
    let first = knows.next().map(|(cooperation, _)| cooperation);
    Ok(first.filter(|_| knows.next().is_none()))
}

/// The meeting with this UID, in any of the forms that clients make of it, and its cooperation.
pub fn meeting_by_uid(
    conn: &mut DbConn,
    uid: &str,
) -> Result<Option<(Id<Cooperation>, Id<Meeting>)>> {
    Ok(meetings::table
        .filter(meetings::uid.eq_any(uid_candidates(uid)))
        .filter(meetings::deleted_at.is_null())
        .select((meetings::cooperation_id, meetings::id))
        .first(conn)
        .optional()?)
}

/// The cooperation of a date poll that holds a date in calendars under this UID, as long as nobody is
/// invited to a meeting with this UID.
pub fn hold_by_uid(conn: &mut DbConn, uid: &str) -> Result<Option<Id<Cooperation>>> {
    let keys = uid_candidates(uid).into_iter().filter_map(|uid| {
        let (key, _) = uid.split_once('@')?;
        key.parse().ok()
    });
    let keys: Vec<Id<Candidate>> = keys.collect();
    polls::store::holding(conn, &keys)
}
