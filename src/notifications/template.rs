//! What the messages of one occasion to several people have in common.
use super::notice::{
    CalendarContent, New, NoticeContent, NoticeText, References, Signature, enqueue,
};
use super::{MessageKind, Subject, Topic};
use crate::Tx;
use crate::auth::Scope;
use crate::db::Id;
use crate::error::Result;
use crate::i18n::Language;
use crate::people::on_day::PersonOnDay;
use mail::Mailbox;

/// What the messages of one occasion to several people have in common.
#[derive(Debug, Clone)]
pub struct Template {
    /// What they are for.
    pub kind: MessageKind,
    /// What they are about.
    pub topic: Topic,
    /// Which queued messages they replace ([`New::supersedes`]).
    pub supersedes: &'static [MessageKind],
    /// Whether they go only to people who may have received one of those ([`New::only_if_received`]).
    pub only_if_received: bool,
    /// The meeting they are about.
    pub meeting: Option<Id<Subject>>,
    /// The service mailbox.
    pub from: Mailbox,
    /// Where replies go, if not to the service mailbox.
    pub reply_to: Option<Mailbox>,
    /// The Message-IDs that they refer to.
    pub references: Vec<String>,
    /// Who signs them.
    pub signature: Signature,
    /// The calendar object in them.
    pub calendar: Option<CalendarContent>,
}

impl Template {
    /// Messages from the service mailbox of a cooperation, which signs them.
    #[must_use]
    pub fn new(kind: MessageKind, topic: Topic, from: &Mailbox, cooperation: &str) -> Self {
        Self {
            kind,
            topic,
            supersedes: &[],
            only_if_received: false,
            meeting: None,
            from: from.clone(),
            reply_to: None,
            references: Vec::new(),
            signature: Signature::of_cooperation(cooperation),
            calendar: None,
        }
    }

    /// Writes the message to a person, unless the person was removed, mails do not reach the person, or one with
    /// the key was written before. Whether it was written.
    pub fn send(
        self,
        tx: &mut Tx,
        who: &impl Scope,
        (person, key): (&PersonOnDay, String),
        text: NoticeText,
    ) -> Result<bool> {
        let content = NoticeContent::new(&self.from, person, self.signature, text);
        let Some(content) = content.filter(|_| !person.is_removed()) else {
            return Ok(false);
        };
        let new = New {
            kind: self.kind,
            topic: self.topic,
            supersedes: self.supersedes,
            only_if_received: self.only_if_received,
            key: Some(key),
            recipient: person.id(),
            content: NoticeContent {
                reply_to: self.reply_to,
                references: self.references,
                calendar: self.calendar,
                ..content
            },
            refers_to: References {
                meeting: self.meeting,
                ..References::default()
            },
        };
        Ok(enqueue(tx, who, new)?.is_some())
    }

    /// Writes the message to each of these people, in the language of each, as [`Template::send`]; the key of
    /// each ends with the person. Whether any was written.
    pub fn send_to_all<'p>(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        (people, key): (impl IntoIterator<Item = &'p PersonOnDay>, &str),
        text: impl Fn(Language, &PersonOnDay) -> NoticeText,
    ) -> Result<bool> {
        let mut any = false;
        for person in people {
            let own_key = format!("{key}:{}", person.id());
            let text = text(person.language(), person);
            any |= self.clone().send(tx, who, (person, own_key), text)?;
        }
        Ok(any)
    }
}
