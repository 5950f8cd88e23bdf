//! Queries of agenda items.
use std::collections::HashMap;

use diesel::prelude::*;

use super::rules::{budget, entries, is_late, placed};
use super::template::{Template, template};
use super::{Agenda, AgendaItem, AgendaItemInFull, Arrangement, ItemState, NewAgendaItem, Origin};
use crate::Tx;
use crate::auth::{Delegate, Host, Scope};
use crate::db::schema::{agenda_items, meetings as meeting_rows};
use crate::db::{DbConn, Id, Json};
use crate::error::{Error, Result, conflict_unless};
use crate::i18n::Language;
use crate::meetings::{Meeting, MeetingStatus};
use crate::people::ReaderKind;
use crate::series::{self, Series};

/// Most items of a meeting, proposals included. Items that are carried over may exceed it.
const MAX_ITEMS: i64 = 100;
/// Most open topics in the backlog of a series.
const MAX_BACKLOG: i64 = 1000;

/// One item.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<AgendaItem>) -> Result<AgendaItem> {
    Ok(agenda_items::table
        .find(id)
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::deleted_at.is_null())
        .select(AgendaItem::as_select())
        .first(conn)?)
}

/// One item with the items of earlier meetings that it continues.
pub fn in_full(
    conn: &mut DbConn,
    who: &impl Scope,
    id: Id<AgendaItem>,
) -> Result<AgendaItemInFull> {
    let item = find(conn, who, id)?;
    let mut carried_from = Vec::new();
    if item.carried_from_id.is_some() {
        let mut earlier = origins(conn, who, item.series_id)?;
        let mut next = item.carried_from_id;
        while let Some((before, origin)) = next.and_then(|id| earlier.remove(&id)) {
            carried_from.push(origin);
            next = before;
        }
    }
    Ok(AgendaItemInFull { item, carried_from })
}

/// The item that an item continues, if any, and its own meeting.
type CarriedItem = (Option<Id<AgendaItem>>, Origin);

/// The items of a series that have a meeting, with the item that each continues.
fn origins(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
) -> Result<HashMap<Id<AgendaItem>, CarriedItem>> {
    let rows: Vec<(Id<AgendaItem>, CarriedItem)> = agenda_items::table
        .inner_join(
            meeting_rows::table.on(meeting_rows::id.nullable().eq(agenda_items::meeting_id)),
        )
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::series_id.eq(of))
        .filter(agenda_items::deleted_at.is_null())
        .select((
            agenda_items::id,
            (
                agenda_items::carried_from_id,
                (
                    agenda_items::id,
                    meeting_rows::id,
                    meeting_rows::number,
                    meeting_rows::date,
                ),
            ),
        ))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// One page of the backlog of a series as this reader sees it, ordered by id.
pub fn backlog(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    state: Option<ItemState>,
    (after, limit): (Option<Id<AgendaItem>>, i64),
    reader: ReaderKind,
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
    if reader == ReaderKind::Other {
        query = query.filter(agenda_items::public.eq(true));
    }
    if let Some(after) = after {
        query = query.filter(agenda_items::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// The agenda of a meeting: its items between the opening and closing items of the template, and
/// the proposals. For a meeting that was held, the final agenda with the outcomes.
pub fn agenda(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<Agenda> {
    let parts = parts(conn, who, meeting)?;
    Ok(parts.agenda(parts.template.language))
}

/// The parts of an agenda. Only the template depends on the reader's language.
pub struct AgendaParts {
    template: Template,
    items: Vec<AgendaItem>,
    proposed: Vec<AgendaItem>,
    available_minutes: i32,
}

impl AgendaParts {
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

/// Loads the parts of an agenda.
pub fn parts(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<AgendaParts> {
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
    Ok(AgendaParts {
        template: template(conn, who, meeting)?,
        items,
        proposed,
        available_minutes: meeting.duration_minutes,
    })
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
            check_open(meeting)?;
            check_item_limit(tx, who, meeting.id)?;
        }
        None => check_backlog_limit(tx, who, series.id)?,
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
/// A conflict if the meeting was held or cancelled; an invalid field if the ids are not exactly
/// those of the scheduled items.
pub fn arrange(tx: &mut Tx, who: &Host, meeting: &Meeting, wanted: &Arrangement) -> Result<()> {
    check_open(meeting)?;
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

/// Sets the positions of the scheduled items of a meeting.
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
        _ => mark_calendar_changed(tx, meeting),
    }
}

/// Updates the time of change that calendars show, because their entries contain the agenda. Nobody
/// is notified.
pub(super) fn mark_calendar_changed(tx: &mut Tx, meeting: Id<Meeting>) -> Result<()> {
    let now = tx.now;
    diesel::update(meeting_rows::table.find(meeting))
        .set(meeting_rows::changed_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

/// Sets the position of an item that has just been scheduled.
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

pub(super) fn check_open(meeting: &Meeting) -> Result<()> {
    let held = meeting.status == MeetingStatus::Held;
    let message = "the meeting was held; its agenda stays as it was";
    conflict_unless(!held, "meeting_held", message)?;
    let cancelled = meeting.status == MeetingStatus::Cancelled;
    conflict_unless(!cancelled, "meeting_cancelled", "the meeting is cancelled")
}

pub(super) fn check_item_limit(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<()> {
    let count: i64 = agenda_items::table
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::meeting_id.eq(meeting))
        .filter(agenda_items::state.eq_any([ItemState::Proposed, ItemState::Scheduled]))
        .filter(agenda_items::deleted_at.is_null())
        .count()
        .get_result(conn)?;
    let message = format!("a meeting has at most {MAX_ITEMS} items");
    conflict_unless(count < MAX_ITEMS, "too_many", message)
}

pub(super) fn check_backlog_limit(
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
    let message = format!("a backlog has at most {MAX_BACKLOG} open topics");
    conflict_unless(count < MAX_BACKLOG, "too_many", message)
}
