//! The template items of a meeting's agenda.
use super::rules::{NextMeeting, filled_in, translated};
use crate::auth::Scope;
use crate::cooperations;
use crate::db::{DbConn, Id, Json};
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::meetings::{self, Meeting};
use crate::municipalities::{self, Municipality};
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
    let next = if items.iter().any(|item| item.next_meeting) {
        meetings::store::next_after(conn, who, meeting)?
    } else {
        None
    };
    let next = match next {
        Some(next) => Some(NextMeeting {
            date: next.date,
            host: name_of(conn, who, next.host_id)?,
        }),
        None => None,
    };
    Ok(Template {
        items,
        next,
        language,
    })
}

fn name_of(
    conn: &mut DbConn,
    who: &impl Scope,
    municipality: Option<Id<Municipality>>,
) -> Result<Option<String>> {
    let Some(id) = municipality else {
        return Ok(None);
    };
    match municipalities::store::find(conn, who, id) {
        Ok(found) => Ok(Some(found.name)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
