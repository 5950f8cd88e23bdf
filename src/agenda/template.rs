//! The template items of a meeting's agenda.
use super::rules::{NextMeeting, filled_in, translated};
use crate::auth::Scope;
use crate::cooperations;
use crate::db::{DbConn, Json};
use crate::error::{Found, Result};
use crate::i18n::Language;
use crate::meetings::{self, Meeting};
use crate::municipalities;
use crate::series::{self, TemplateItem};

/// The template items of a meeting: those stored when it was closed, else those of the series.
pub(super) struct Template {
    items: Vec<TemplateItem>,
    next: Option<NextMeeting>,
    /// The cooperation's language, in which the items are written.
    pub(super) language: Language,
}

impl Template {
    /// The items in a language, with the next meeting filled in.
    pub(super) fn in_language(&self, language: Language) -> Vec<TemplateItem> {
        let items = translated(self.items.clone(), self.language, language);
        filled_in(items, self.next.as_ref(), language)
    }
}

/// Loads the template items of a meeting.
pub(super) fn template(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<Template> {
    let language = cooperations::store::own(conn, who)?.language;
    if let Some(Json(written_down)) = &meeting.template_agenda {
        return Ok(Template {
            items: written_down.clone(),
            next: None,
            language,
        });
    }
    let Json(items) = series::store::find(conn, who, meeting.series_id)?.template_agenda;
    let mut template = Template {
        items,
        next: None,
        language,
    };
    if template.items.iter().any(|item| item.next_meeting)
        && let Some(next) = meetings::store::next_after(conn, who, meeting)?
    {
        let host = next
            .host_id
            .map(|id| municipalities::store::find(conn, who, id));
        let host = host.map(Found::if_found).transpose()?.flatten();
        template.next = Some(NextMeeting {
            date: next.date,
            host: host.map(|host| host.name),
        });
    }
    Ok(template)
}
