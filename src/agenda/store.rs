//! Queries of agenda items.
use diesel::prelude::*;

use super::rules::{NextMeeting, budget, entries, filled_in, is_late, placed, translated};
use super::{Agenda, AgendaItem, AgendaItemInFull, Arrangement, ItemState, NewAgendaItem, Origin};
use crate::Tx;
use crate::auth::{Delegate, Host, Scope};
use crate::cooperations;
use crate::db::schema::{agenda_items, meetings as meeting_rows};
use crate::db::{DbConn, Id, Json};
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::municipalities::{self, Municipality};
use crate::series::{self, Series, TemplateItem};

/// A meeting has at most so many items, those proposed included. What is carried over comes on top.
const MAX_ITEMS: i64 = 100;
/// The backlog of a series has at most so many topics that are open.
const MAX_BACKLOG: i64 = 1000;

/// One item.
///
/// # Errors
/// [`Error::NotFound`] if the cooperation has none of that key.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<AgendaItem>) -> Result<AgendaItem> {
    Ok(agenda_items::table
        .find(id)
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::deleted_at.is_null())
        .select(AgendaItem::as_select())
        .first(conn)?)
}

/// One item with the items of earlier meetings that it continues.
///
/// # Errors
/// [`Error::NotFound`] if the cooperation has none of that key.
pub fn in_full(
    conn: &mut DbConn,
    who: &impl Scope,
    id: Id<AgendaItem>,
) -> Result<AgendaItemInFull> {
    let item = find(conn, who, id)?;
    let mut carried_from = Vec::new();
    let mut before = item.carried_from_id;
    while let Some(id) = before {
        let earlier = find(conn, who, id)?;
        if let Some(meeting_id) = earlier.meeting_id {
            let meeting = meetings::store::find(conn, who, meeting_id)?;
            carried_from.push(Origin {
                id,
                meeting_id,
                number: meeting.number,
                date: meeting.date,
            });
        }
        before = earlier.carried_from_id;
    }
    Ok(AgendaItemInFull { item, carried_from })
}

/// One page of the backlog of a series, by the keys of its topics.
///
/// # Errors
/// [`Error::NotFound`] if there is no such series.
pub fn backlog(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    state: Option<ItemState>,
    (after, limit): (Option<Id<AgendaItem>>, i64),
) -> Result<Vec<AgendaItem>> {
    series::store::find(conn, who, of)?;
    let mut query = agenda_items::table
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::series_id.eq(of))
        .filter(agenda_items::meeting_id.is_null())
        .filter(agenda_items::deleted_at.is_null())
        .order(agenda_items::id)
        .limit(limit)
        .select(AgendaItem::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(agenda_items::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(agenda_items::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// The agenda of a meeting: the template of its series with the items between, and what is
/// proposed. With a meeting that was held it is what stood there, and what came of it.
pub fn agenda(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<Agenda> {
    let parts = parts(conn, who, meeting)?;
    Ok(parts.agenda(parts.template.language))
}

/// What an agenda is made of. Only its template depends on who reads it.
pub struct Parts {
    template: Template,
    items: Vec<AgendaItem>,
    proposed: Vec<AgendaItem>,
    available_minutes: i32,
}

impl Parts {
    /// The agenda in a language.
    #[must_use]
    pub fn agenda(&self, language: Language) -> Agenda {
        let entries = entries(self.template.in_language(language), self.items.clone());
        let budget = budget(&entries, self.available_minutes);
        Agenda {
            entries,
            proposed: self.proposed.clone(),
            budget,
        }
    }
}

/// Gathers what the agenda of a meeting is made of.
pub fn parts(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<Parts> {
    use ItemState::{Decided, Discussed, Postponed, Proposed, Scheduled};
    let rows: Vec<AgendaItem> = agenda_items::table
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::meeting_id.eq(meeting.id))
        .filter(agenda_items::state.eq_any([Proposed, Scheduled, Discussed, Decided, Postponed]))
        .filter(agenda_items::deleted_at.is_null())
        .order((agenda_items::position, agenda_items::id))
        .select(AgendaItem::as_select())
        .load(conn)?;
    let (proposed, items) = rows.into_iter().partition(|row| row.state == Proposed);
    Ok(Parts {
        template: template(conn, who, meeting)?,
        items,
        proposed,
        available_minutes: meeting.duration_minutes,
    })
}

/// The template's items of a meeting: written down if it was closed, else those of the series.
pub(super) struct Template {
    items: Vec<TemplateItem>,
    next: Option<NextMeeting>,
    /// The cooperation's language, in which they are.
    pub(super) language: Language,
}

impl Template {
    /// The items as they are shown, with the next meeting filled in.
    pub(super) fn in_language(&self, language: Language) -> Vec<TemplateItem> {
        let items = translated(self.items.clone(), self.language, language);
        filled_in(items, self.next.as_ref(), language)
    }
}

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
    let next = match items.iter().any(|item| item.next_meeting) {
        true => meetings::store::next_after(conn, who, meeting)?,
        false => None,
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

/// Proposes a topic, for a meeting or for the backlog of the series.
///
/// # Errors
/// A conflict if the meeting was held or cancelled, or there are too many.
pub fn propose(
    tx: &mut Tx,
    who: &Delegate,
    series: &Series,
    meeting: Option<&Meeting>,
    new: &NewAgendaItem,
) -> Result<AgendaItem> {
    match meeting {
        Some(meeting) => {
            still_open(meeting)?;
            room_in(tx, who, meeting.id)?;
        }
        None => room_in_backlog(tx, who, series.id)?,
    }
    let state = match (series.topics_need_acceptance, meeting) {
        (true, _) => ItemState::Proposed,
        (false, Some(_)) => ItemState::Scheduled,
        (false, None) => ItemState::Accepted,
    };
    let (id, now) = (tx.id::<AgendaItem>(), tx.now);
    let late = meeting
        .zip(series.topic_deadline_days)
        .is_some_and(|(meeting, days)| is_late(meeting, days, now));
    diesel::insert_into(agenda_items::table)
        .values((
            agenda_items::id.eq(id),
            agenda_items::cooperation_id.eq(who.cooperation()),
            agenda_items::series_id.eq(series.id),
            agenda_items::meeting_id.eq(meeting.map(|meeting| meeting.id)),
            agenda_items::position.eq(0),
            agenda_items::title.eq(new.title.trim()),
            agenda_items::kind.eq(new.kind),
            agenda_items::minutes.eq(new.minutes),
            agenda_items::description.eq(&new.description),
            agenda_items::presenter.eq(&new.presenter),
            agenda_items::links.eq(Json(new.links.clone())),
            agenda_items::public.eq(new.public),
            agenda_items::state.eq(state),
            agenda_items::late.eq(late),
            agenda_items::proposed_by_id.eq(who.person()),
            agenda_items::carried_count.eq(0),
            agenda_items::created_at.eq(now),
            agenda_items::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    if let (ItemState::Scheduled, Some(meeting)) = (state, meeting) {
        place(tx, who, meeting.id, id, late)?;
    }
    find(tx, who, id)
}

/// Sets the order of an agenda.
///
/// # Errors
/// A conflict if the meeting was held or cancelled; if the keys are not exactly those of the
/// scheduled items.
pub fn arrange(tx: &mut Tx, who: &Host, meeting: &Meeting, wanted: &Arrangement) -> Result<()> {
    still_open(meeting)?;
    let sorted = |mut keys: Vec<_>| {
        keys.sort_unstable();
        keys
    };
    let known = scheduled(tx, who, meeting.id)?;
    let known = known.into_iter().map(|row| row.id).collect();
    if sorted(known) != sorted(wanted.item_ids.clone()) {
        return Err(Error::invalid(
            "item_ids",
            "exactly",
            "must be exactly the scheduled items of the meeting, each once",
        ));
    }
    write_order(tx, who, meeting.id, &wanted.item_ids)
}

/// The scheduled items of a meeting in their order.
pub fn scheduled(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<Vec<AgendaItem>> {
    Ok(agenda_items::table
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::meeting_id.eq(meeting))
        .filter(agenda_items::state.eq(ItemState::Scheduled))
        .filter(agenda_items::deleted_at.is_null())
        .order((agenda_items::position, agenda_items::id))
        .select(AgendaItem::as_select())
        .load(conn)?)
}

/// Numbers the scheduled items of a meeting in this order.
pub(super) fn write_order(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: Id<Meeting>,
    order: &[Id<AgendaItem>],
) -> Result<()> {
    let mut moved = 0;
    for (position, id) in (1_i32..).zip(order) {
        moved += diesel::update(agenda_items::table)
            .filter(agenda_items::id.eq(id))
            .filter(agenda_items::cooperation_id.eq(who.cooperation()))
            .filter(agenda_items::position.ne(position))
            .set((
                agenda_items::position.eq(position),
                agenda_items::revision.eq(agenda_items::revision + 1),
            ))
            .execute(&mut **tx)?;
    }
    match moved {
        0 => Ok(()),
        _ => note_in_calendar(tx, meeting),
    }
}

/// Calendars show the agenda, so they must learn that the entry changed; nobody needs to be told.
pub(super) fn note_in_calendar(tx: &mut Tx, meeting: Id<Meeting>) -> Result<()> {
    let now = tx.now;
    diesel::update(meeting_rows::table.find(meeting))
        .set(meeting_rows::changed_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

/// Gives an item that has just been scheduled its place in the order.
pub(super) fn place(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: Id<Meeting>,
    item: Id<AgendaItem>,
    at_end: bool,
) -> Result<()> {
    let others: Vec<_> = scheduled(tx, who, meeting)?
        .into_iter()
        .filter(|row| row.id != item)
        .map(|row| (row.id, row.late))
        .collect();
    write_order(tx, who, meeting, &placed(&others, item, at_end))
}

pub(super) fn still_open(meeting: &Meeting) -> Result<()> {
    match meeting.status {
        MeetingStatus::Planned | MeetingStatus::Invited => Ok(()),
        MeetingStatus::Held => Err(Error::conflict(
            "meeting_held",
            "the meeting was held; its agenda stays as it was",
        )),
        MeetingStatus::Cancelled => Err(Error::conflict(
            "meeting_cancelled",
            "the meeting is cancelled",
        )),
    }
}

pub(super) fn room_in(conn: &mut DbConn, who: &impl Scope, meeting: Id<Meeting>) -> Result<()> {
    let count: i64 = agenda_items::table
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::meeting_id.eq(meeting))
        .filter(agenda_items::state.eq_any([ItemState::Proposed, ItemState::Scheduled]))
        .filter(agenda_items::deleted_at.is_null())
        .count()
        .get_result(conn)?;
    match count < MAX_ITEMS {
        true => Ok(()),
        false => Err(Error::conflict(
            "too_many",
            format!("a meeting has at most {MAX_ITEMS} items"),
        )),
    }
}

pub(super) fn room_in_backlog(
    conn: &mut DbConn,
    who: &impl Scope,
    series: Id<Series>,
) -> Result<()> {
    use ItemState::{Accepted, Postponed, Proposed};
    let count: i64 = agenda_items::table
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::series_id.eq(series))
        .filter(agenda_items::meeting_id.is_null())
        .filter(agenda_items::state.eq_any([Proposed, Accepted, Postponed]))
        .filter(agenda_items::deleted_at.is_null())
        .count()
        .get_result(conn)?;
    match count < MAX_BACKLOG {
        true => Ok(()),
        false => Err(Error::conflict(
            "too_many",
            format!("a backlog has at most {MAX_BACKLOG} open topics"),
        )),
    }
}
