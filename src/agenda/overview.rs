//! The agendas of many meetings at once, as a calendar shows them: three queries for all of them.
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::ItemState::{Decided, Discussed, Postponed, Scheduled};
use super::rules::{NextMeeting, filled_in};
use crate::auth::Scope;
use crate::cooperations::Cooperation;
use crate::db::schema::{agenda_items, meetings as meeting_rows};
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::Result;
use crate::i18n::Language;
use crate::meetings::{Meeting, MeetingStatus};
use crate::municipalities::{self, Municipality};
use crate::people::Person;
use crate::series::{self, AgendaItemKind, Placement, Series, TemplateItem};

/// What is on the agenda of a meeting, from first to last.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Its lines, numbered from 1 in this order.
    pub lines: Vec<Line>,
    /// When what does not belong to the meeting itself changed last: the template of its series, or
    /// the next meeting that it names.
    pub changed_at: Option<Instant>,
}

/// One line of an agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its title.
    pub title: String,
    /// What it is for; not of the template, which explains itself.
    pub kind: Option<AgendaItemKind>,
    /// How many minutes it takes.
    pub minutes: i32,
    /// Who presents it.
    pub presenter: Option<String>,
    /// Whether it was proposed after the deadline for topics.
    pub late: bool,
}

/// An item that was on the agenda of a meeting that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Treated {
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// Who proposed it.
    pub proposed_by: Option<Id<Person>>,
    /// How many minutes were planned for it.
    pub minutes: i32,
}

/// The items on the agendas of all held meetings of a series. The template's items are nobody's and
/// not among them.
pub fn treated(conn: &mut DbConn, who: &impl Scope, of: Id<Series>) -> Result<Vec<Treated>> {
    let rows: Vec<(Id<Meeting>, Option<Id<Person>>, i32)> = agenda_items::table
        .inner_join(
            meeting_rows::table.on(meeting_rows::id.nullable().eq(agenda_items::meeting_id)),
        )
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::series_id.eq(of))
        .filter(meeting_rows::status.eq(MeetingStatus::Held))
        .filter(agenda_items::state.eq_any([Discussed, Decided, Postponed]))
        .filter(agenda_items::deleted_at.is_null())
        .order(agenda_items::id)
        .select((
            meeting_rows::id,
            agenda_items::proposed_by_id,
            agenda_items::minutes,
        ))
        .load(conn)?;
    let treated = rows
        .into_iter()
        .map(|(meeting, proposed_by, minutes)| Treated {
            meeting,
            proposed_by,
            minutes,
        });
    Ok(treated.collect())
}

type ItemRow = (
    Id<Meeting>,
    String,
    AgendaItemKind,
    i32,
    Option<String>,
    bool,
);

/// A meeting as the agendas before it name it: start, day, host, last change.
type Ahead = (Instant, NaiveDate, Option<Id<Municipality>>, Instant);

/// The agendas of these meetings, in the order of [`super::store::agenda`].
pub fn outlines(
    conn: &mut DbConn,
    who: &impl Scope,
    cooperation: &Cooperation,
    meetings: &[Meeting],
) -> Result<HashMap<Id<Meeting>, Outline>> {
    let Some(first) = meetings.iter().map(|meeting| meeting.starts_at).min() else {
        return Ok(HashMap::new());
    };
    let rows: Vec<ItemRow> = agenda_items::table
        .inner_join(
            meeting_rows::table.on(meeting_rows::id.nullable().eq(agenda_items::meeting_id)),
        )
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(meeting_rows::starts_at.ge(first))
        .filter(agenda_items::state.eq_any([Scheduled, Discussed, Decided, Postponed]))
        .filter(agenda_items::deleted_at.is_null())
        .order((agenda_items::position, agenda_items::id))
        .select((
            meeting_rows::id,
            agenda_items::title,
            agenda_items::kind,
            agenda_items::minutes,
            agenda_items::presenter,
            agenda_items::late,
        ))
        .load(conn)?;
    let mut items: HashMap<Id<Meeting>, Vec<Line>> = HashMap::new();
    for (meeting, title, kind, minutes, presenter, late) in rows {
        let kind = Some(kind);
        items.entry(meeting).or_default().push(Line {
            title,
            kind,
            minutes,
            presenter,
            late,
        });
    }
    let series: HashMap<_, _> = series::store::all(conn, who)?
        .into_iter()
        .map(|series| (series.id, series))
        .collect();
    let ahead = Coming::load(conn, who)?;
    let outline = |meeting: &Meeting| {
        let (template, changed_at) = ahead.template(meeting, &series, cooperation.language);
        let items = items.get(&meeting.id).cloned().unwrap_or_default();
        let lines = arranged(template, items);
        (meeting.id, Outline { lines, changed_at })
    };
    Ok(meetings.iter().map(outline).collect())
}

fn arranged(template: Vec<TemplateItem>, items: Vec<Line>) -> Vec<Line> {
    let (opening, closing): (Vec<_>, Vec<_>) = template
        .into_iter()
        .partition(|item| item.placement == Placement::Opening);
    let line = |item: TemplateItem| Line {
        title: item.title,
        kind: None,
        minutes: item.minutes,
        presenter: None,
        late: false,
    };
    let opening = opening.into_iter().map(line);
    let closing = closing.into_iter().map(line);
    opening.chain(items).chain(closing).collect()
}

/// What is still planned or invited to: of each series, in the order of time.
struct Coming {
    meetings: HashMap<Id<Series>, Vec<Ahead>>,
    hosts: HashMap<Id<Municipality>, String>,
}

impl Coming {
    fn load(conn: &mut DbConn, who: &impl Scope) -> Result<Self> {
        let hosts = municipalities::store::all(conn, who)?;
        let hosts = hosts.into_iter().map(|host| (host.id, host.name)).collect();
        let rows: Vec<(Id<Series>, Ahead)> = meeting_rows::table
            .filter(meeting_rows::cooperation_id.eq(who.cooperation()))
            .filter(meeting_rows::status.eq_any([MeetingStatus::Planned, MeetingStatus::Invited]))
            .filter(meeting_rows::deleted_at.is_null())
            .order((meeting_rows::starts_at, meeting_rows::id))
            .select((
                meeting_rows::series_id,
                (
                    meeting_rows::starts_at,
                    meeting_rows::date,
                    meeting_rows::host_id,
                    meeting_rows::modified_at,
                ),
            ))
            .load(conn)?;
        let mut meetings: HashMap<_, Vec<Ahead>> = HashMap::new();
        for (series, ahead) in rows {
            meetings.entry(series).or_default().push(ahead);
        }
        Ok(Self { meetings, hosts })
    }

    /// As [`super::store::template`], and when what it was taken from changed last.
    fn template(
        &self,
        meeting: &Meeting,
        series: &HashMap<Id<Series>, Series>,
        language: Language,
    ) -> (Vec<TemplateItem>, Option<Instant>) {
        if let Some(Json(written_down)) = &meeting.template_agenda {
            return (written_down.clone(), None);
        }
        let Some(series) = series.get(&meeting.series_id) else {
            return (Vec::new(), None);
        };
        let Json(template) = series.template_agenda.clone();
        if !template.iter().any(|item| item.next_meeting) {
            return (template, Some(series.modified_at));
        }
        let next = self.meetings.get(&series.id).and_then(|ahead| {
            let after = ahead.partition_point(|(starts_at, ..)| *starts_at <= meeting.starts_at);
            ahead.get(after)
        });
        let changed_at = next.map_or(series.modified_at, |next| next.3.max(series.modified_at));
        let next = next.map(|(_, date, host, _)| NextMeeting {
            date: *date,
            host: host.and_then(|host| self.hosts.get(&host).cloned()),
        });
        (
            filled_in(template, next.as_ref(), language),
            Some(changed_at),
        )
    }
}
