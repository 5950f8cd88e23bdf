//! What notices about meetings have in common: the people of a day, names, and the service mailbox.
use chrono::NaiveDate;

use super::context::Directory;
use super::text;
use crate::Tx;
use crate::auth::Scope;
use crate::db::Id;
use crate::error::Result;
use crate::i18n::Language;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::notifications::template::Template;
use crate::notifications::{MessageKind, Topic};
use crate::people::on_day::{self, PersonOnDay};
use mail::Mailbox;

/// The people and names of a cooperation on a day.
pub struct NoticeContext {
    /// The names of municipalities and venues.
    pub directory: Directory,
    /// Everybody, removed people included.
    pub people: Vec<PersonOnDay>,
    /// The service mailbox.
    pub mailbox: Mailbox,
}

impl NoticeContext {
    /// As of a day.
    pub fn load(tx: &mut Tx, who: &impl Scope, on: NaiveDate) -> Result<Self> {
        let directory = Directory::load(tx, who)?;
        Self::with(tx, who, directory, on)
    }

    /// As of today.
    pub fn today(tx: &mut Tx, who: &impl Scope) -> Result<Self> {
        let directory = Directory::load(tx, who)?;
        let today = tx.now.with_timezone(&directory.zone()).date_naive();
        Self::with(tx, who, directory, today)
    }

    /// As of the day of a meeting; as of today without one.
    pub fn of(tx: &mut Tx, who: &impl Scope, meeting: Option<&Meeting>) -> Result<Self> {
        match meeting {
            Some(meeting) => Self::load(tx, who, meeting.date),
            None => Self::today(tx, who),
        }
    }

    fn with(tx: &mut Tx, who: &impl Scope, directory: Directory, on: NaiveDate) -> Result<Self> {
        Ok(Self {
            mailbox: directory.mailbox(tx.settings)?,
            people: on_day::all(tx, who, on)?,
            directory,
        })
    }

    /// The cooperation's name.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.directory.cooperation.name
    }

    /// The name of a municipality.
    #[must_use]
    pub fn municipality(&self, id: Id<Municipality>) -> String {
        self.directory.host(id).unwrap_or_default()
    }

    /// Those who represent a municipality ([`on_day::representatives`]).
    #[must_use]
    pub fn representatives(&self, municipality: Id<Municipality>) -> Vec<&PersonOnDay> {
        on_day::representatives(self.people.iter(), municipality)
    }

    /// The coordinators ([`on_day::coordinators`]).
    #[must_use]
    pub fn coordinators(&self) -> Vec<&PersonOnDay> {
        on_day::coordinators(self.people.iter())
    }

    /// Those responsible for a meeting, the coordinators without one ([`on_day::responsible_for`]).
    #[must_use]
    pub fn responsible_for(&self, meeting: Option<&Meeting>) -> Vec<&PersonOnDay> {
        let host = meeting.and_then(|meeting| meeting.host_id);
        on_day::responsible_for(self.people.iter(), host)
    }

    /// "12. Treffen „5 für OWL“ am Donnerstag, 4. Februar 2027, 10:00 bis 12:30 Uhr"
    #[must_use]
    pub fn meeting(&self, language: Language, meeting: &Meeting) -> String {
        text::meeting_on(language, &self.directory.facts(meeting))
    }

    /// "Donnerstag, 4. Februar 2027, 10:00 bis 12:30 Uhr"
    #[must_use]
    pub fn when(&self, language: Language, meeting: &Meeting) -> String {
        text::when(language, &self.directory.facts(meeting).when())
    }

    /// Messages from the service mailbox, signed by the cooperation, about a meeting if there is one.
    #[must_use]
    pub fn template(&self, kind: MessageKind, topic: Topic, about: Option<&Meeting>) -> Template {
        Template {
            meeting: about.map(|meeting| meeting.id.cast()),
            ..Template::new(kind, topic, &self.mailbox, self.group())
        }
    }
}
