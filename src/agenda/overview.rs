//! The agendas of many meetings at once, as a calendar shows them, with three queries for all of
//! them.
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::ItemState::{Decided, Discussed, Postponed, Scheduled};
use super::rules::{NextMeeting, entries, filled_in};
use super::{AgendaEntry, AgendaItem};
use crate::auth::Scope;
use crate::cooperations::Cooperation;
use crate::db::schema::{agenda_items, meetings as meeting_rows};
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::Result;
use crate::i18n::Language;
use crate::meetings::{Meeting, MeetingStatus};
use crate::municipalities::{self, Municipality};
use crate::people::Person;
use crate::series::{self, Series, TemplateItem};

/// The agenda of a meeting in a feed.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Its entries in order.
    pub entries: Vec<AgendaEntry>,
    /// When a record other than the meeting changed last: its series (with the template), or the
    /// next meeting that the agenda mentions.
    pub changed_at: Option<Instant>,
}

/// An agenda item of a meeting that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct HeldItem {
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// Who proposed it.
    pub proposed_by: Option<Id<Person>>,
    /// Planned duration in minutes.
    pub minutes: i32,
}

/// The agenda items of all held meetings of a series, without those of the template, which nobody
/// proposed.
pub fn held_items(conn: &mut DbConn, who: &impl Scope, of: Id<Series>) -> Result<Vec<HeldItem>> {
    Ok(agenda_items::table
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
        .load(conn)?)
}

/// A planned or invited meeting, which the agenda of the previous meeting mentions.
#[derive(Queryable, Selectable)]
#[diesel(table_name = meeting_rows, check_for_backend(crate::db::MultiBackend))]
struct ComingMeeting {
    starts_at: Instant,
    date: NaiveDate,
    host_id: Option<Id<Municipality>>,
    modified_at: Instant,
}

/// The agendas of these meetings, in the same order of entries as [`super::store::agenda`].
pub fn outlines(
    conn: &mut DbConn,
    who: &impl Scope,
    cooperation: &Cooperation,
    meetings: &[Meeting],
) -> Result<HashMap<Id<Meeting>, Outline>> {
    let Some(first) = meetings.iter().map(|meeting| meeting.starts_at).min() else {
        return Ok(HashMap::new());
    };
    let rows: Vec<AgendaItem> = agenda_items::table
        .inner_join(
            meeting_rows::table.on(meeting_rows::id.nullable().eq(agenda_items::meeting_id)),
        )
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(meeting_rows::starts_at.ge(first))
        .filter(agenda_items::state.eq_any([Scheduled, Discussed, Decided, Postponed]))
        .filter(agenda_items::deleted_at.is_null())
        .order((agenda_items::position, agenda_items::id))
        .select(AgendaItem::as_select())
        .load(conn)?;
    let mut items: HashMap<_, Vec<AgendaItem>> = HashMap::new();
    for row in rows {
        items.entry(row.meeting_id).or_default().push(row);
    }
    let series: HashMap<_, _> = series::store::all(conn, who)?
        .into_iter()
        .map(|series| (series.id, series))
        .collect();
    let coming = ComingMeetings::load(conn, who)?;
    let outline = |meeting: &Meeting| {
        let (template, changed_at) = coming.template(meeting, &series, cooperation.language);
        let items = items.remove(&Some(meeting.id)).unwrap_or_default();
        let entries = entries(template, items);
        (
            meeting.id,
            Outline {
                entries,
                changed_at,
            },
        )
    };
    Ok(meetings.iter().map(outline).collect())
}

/// The planned and invited meetings of each series, ordered by start.
struct ComingMeetings {
    meetings: HashMap<Id<Series>, Vec<ComingMeeting>>,
    hosts: HashMap<Id<Municipality>, String>,
}

impl ComingMeetings {
    fn load(conn: &mut DbConn, who: &impl Scope) -> Result<Self> {
        let hosts = municipalities::store::all(conn, who)?;
        let hosts = hosts.into_iter().map(|host| (host.id, host.name)).collect();
        let rows: Vec<(Id<Series>, ComingMeeting)> = meeting_rows::table
            .filter(meeting_rows::cooperation_id.eq(who.cooperation()))
            .filter(meeting_rows::status.eq_any([MeetingStatus::Planned, MeetingStatus::Invited]))
            .filter(meeting_rows::deleted_at.is_null())
            .order((meeting_rows::starts_at, meeting_rows::id))
            .select((meeting_rows::series_id, ComingMeeting::as_select()))
            .load(conn)?;
        let mut meetings: HashMap<_, Vec<ComingMeeting>> = HashMap::new();
        for (series, ahead) in rows {
            meetings.entry(series).or_default().push(ahead);
        }
        Ok(Self { meetings, hosts })
    }

    /// As [`super::template::template`], with the time of the last change of its sources.
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
            let after = ahead.partition_point(|one| one.starts_at <= meeting.starts_at);
            ahead.get(after)
        });
        let changed_at = next.map_or(series.modified_at, |next| {
            next.modified_at.max(series.modified_at)
        });
        let next = next.map(|next| NextMeeting {
            date: next.date,
            host: next.host_id.and_then(|host| self.hosts.get(&host).cloned()),
        });
        (
            filled_in(template, next.as_ref(), language),
            Some(changed_at),
        )
    }
}
