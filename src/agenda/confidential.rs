//! Items that are not public are for delegates and coordinators. Others see that there is one, so that the numbers are
//! the same for all.
use super::{Agenda, AgendaEntry, AgendaItem};
use crate::db::Json;
use crate::i18n::{Language, say};
use crate::people::ReaderKind;

impl AgendaItem {
    /// Whether this reader sees it.
    #[must_use]
    pub fn is_for(&self, reader: ReaderKind) -> bool {
        reader == ReaderKind::Member || self.public
    }
}

impl Agenda {
    /// As this reader sees it.
    #[must_use]
    pub fn shown_to(self, reader: ReaderKind, language: Language) -> Self {
        let entries = self.entries.into_iter();
        let proposed = self.proposed.into_iter();
        Self {
            entries: entries
                .map(|entry| entry.shown_to(reader, language))
                .collect(),
            proposed: proposed.filter(|item| item.is_for(reader)).collect(),
            budget: self.budget,
        }
    }
}

impl AgendaEntry {
    /// As this reader sees it: of an item that is not for them only the place, the kind and the time.
    #[must_use]
    pub fn shown_to(self, reader: ReaderKind, language: Language) -> Self {
        let Some(item) = self.item.clone().filter(|item| !item.is_for(reader)) else {
            return self;
        };
        let title = say(language, "agenda-not-public");
        Self {
            title: title.clone(),
            presenter: None,
            item: Some(AgendaItem {
                title,
                description: None,
                presenter: None,
                links: Json(Vec::new()),
                state_reason: None,
                proposed_by_id: None,
                result: None,
                ..item
            }),
            ..self
        }
    }
}
