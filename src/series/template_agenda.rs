//! The template agenda of a series: the items that every meeting has.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::cooperations::one_line;
use crate::i18n::{Language, say};
use crate::word_enum;

word_enum! {
    /// The position of a template item in the agenda.
    pub enum Placement {
        /// Before the topics.
        Opening = "opening",
        /// After the topics.
        Closing = "closing",
    }
}

word_enum! {
    /// The purpose of an agenda item.
    pub enum AgendaItemKind {
        /// For information.
        Information = "information",
        /// For discussion.
        Discussion = "discussion",
        /// For decision.
        Decision = "decision",
    }
}

/// An agenda item of every meeting of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TemplateItem {
    /// Its title.
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub title: String,
    /// Its duration.
    #[validate(range(min = 0, max = 1440))]
    pub minutes: i32,
    /// Its purpose.
    pub kind: AgendaItemKind,
    /// Its position.
    pub placement: Placement,
    /// Whether date and host of the next meeting are added to the title.
    #[serde(default)]
    pub next_meeting: bool,
}

/// The default agenda items: text key of the title, minutes, purpose, position, and whether the next meeting is added.
const DEFAULT_AGENDA: [(&str, i32, AgendaItemKind, Placement, bool); 4] = {
    use AgendaItemKind::{Decision, Discussion, Information};
    use Placement::{Closing, Opening};
    [
        ("series-template-welcome", 5, Information, Opening, false),
        ("series-template-minutes", 10, Decision, Opening, false),
        ("series-template-other", 5, Discussion, Closing, false),
        ("series-template-next", 5, Information, Closing, true),
    ]
};

/// The default template agenda.
#[must_use]
pub fn default_agenda(language: Language) -> Vec<TemplateItem> {
    DEFAULT_AGENDA
        .map(
            |(title, minutes, kind, placement, next_meeting)| TemplateItem {
                title: say(language, title),
                minutes,
                kind,
                placement,
                next_meeting,
            },
        )
        .into()
}

/// The title of a default agenda item in another language; `None` if it is not such a title.
#[must_use]
pub fn default_title(title: &str, from: Language, to: Language) -> Option<String> {
    DEFAULT_AGENDA
        .iter()
        .find(|(key, ..)| say(from, key) == title)
        .map(|(key, ..)| say(to, key))
}
