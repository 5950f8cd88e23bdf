//! A notice on its way to several people: what is the same for all of them.
use super::MessageKind;
use super::letters::{NoticeText, Sender};
use super::notices::{self, NewNotice, Notice, Target};
use crate::Tx;
use crate::auth::Scope;
use crate::error::Result;
use crate::i18n::Language;
use crate::mail::Mailbox;
use crate::meetings::Meeting;
use crate::people::on_day::PersonOnDay;

/// A notice before it is addressed to somebody; the group signs it.
pub struct Writing<'a> {
    /// The service mailbox.
    pub from: &'a Mailbox,
    /// The cooperation's name.
    pub group: &'a str,
    /// What it is for.
    pub kind: MessageKind,
    /// What it is about.
    pub meeting: Option<&'a Meeting>,
    /// The same key to the same person is one notice.
    pub key: String,
    /// Where answers that people write go, if not to the service mailbox.
    pub reply_to: Option<Mailbox>,
    /// The Message-IDs that it refers to.
    pub references: Vec<String>,
}

impl Writing<'_> {
    /// Writes it to `person`, in their language, if mails reach them; whether anything new was written.
    pub fn to(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        text: impl FnOnce(Language) -> NoticeText<Target>,
    ) -> Result<bool> {
        let Some(to) = person.reachable_mailbox() else {
            return Ok(false);
        };
        let language = person.language();
        let mut text = text(language);
        text.name = person.name();
        let new = NewNotice {
            kind: self.kind,
            person: person.id(),
            meeting: self.meeting.map(|meeting| meeting.id),
            key: format!("{}:{}", self.key, person.id()),
            notice: Notice {
                language,
                from: self.from.clone(),
                to,
                reply_to: self.reply_to.clone(),
                references: self.references.clone(),
                text,
                sender: Sender::of_the_group(self.group),
                calendar: None,
            },
        };
        notices::say(tx, who, new)
    }
}
