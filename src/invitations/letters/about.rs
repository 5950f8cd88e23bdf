//! What all who hear of a meeting read alike.
use std::sync::{Arc, LazyLock};

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

use super::content::{self, Block};
use super::{MeetingFacts, in_calendar, phrases};
use crate::i18n::Language;

/// What was put into words lately: the letters about one meeting come one after the other, and most of
/// what they say is the same.
static LATELY: LazyLock<Cache<(Language, MeetingFacts), Arc<About>>> =
    LazyLock::new(|| Cache::new(32));

/// A meeting in words.
pub struct About {
    pub(super) which: [(&'static str, String); 2],
    pub(super) meeting: String,
    pub(super) when: String,
    pub(super) details: Block,
    pub(super) agenda: Block,
    /// As [`in_calendar::summary`] says.
    pub summary: String,
    /// As [`in_calendar::location`] says.
    pub location: Option<String>,
    /// As [`in_calendar::description`] says.
    pub description: String,
}

/// A key of what was put into words, to look it up with.
#[derive(Hash)]
struct Key<'a>(Language, &'a MeetingFacts);

impl Equivalent<(Language, MeetingFacts)> for Key<'_> {
    fn equivalent(&self, (language, facts): &(Language, MeetingFacts)) -> bool {
        self.0 == *language && self.1 == facts
    }
}

/// Puts a meeting into words.
#[must_use]
pub fn about(language: Language, facts: &MeetingFacts) -> Arc<About> {
    LATELY.get(&Key(language, facts)).unwrap_or_else(|| {
        let about = Arc::new(About {
            which: phrases::which(language, facts),
            meeting: phrases::meeting(language, facts),
            when: phrases::when(language, &facts.when()),
            details: Block::details(&content::details(language, facts)),
            agenda: Block::agenda(&content::agenda(language, facts)),
            summary: in_calendar::summary(language, facts),
            location: in_calendar::location(language, facts),
            description: in_calendar::description(language, facts),
        });
        LATELY.insert((language, facts.clone()), about.clone());
        about
    })
}
