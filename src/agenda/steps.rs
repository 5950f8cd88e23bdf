//! The steps of agenda items: accepted, rejected, scheduled, postponed, withdrawn, rewritten.
//!
//! About the items of a meeting its host decides, about the backlog the coordinator.
use diesel::prelude::*;

use super::rules::Step;
use super::store::{
    find, note_in_calendar, place, room_in, room_in_backlog, scheduled, still_open, write_order,
};
use super::{AgendaItem, AgendaItemPatch, ItemState};
use crate::Tx;
use crate::auth::{Delegate, Scope};
use crate::db::schema::agenda_items;
use crate::db::{DbConn, Id, Json};
use crate::error::{Error, Result};
use crate::http::body::ExpectedRevision;
use crate::meetings::{self, Meeting};

/// Rewrites an item: who proposed it as long as it is proposed, host and coordinator until the
/// meeting is held.
///
/// # Errors
/// [`Error::Stale`], [`Error::Forbidden`], or a conflict with its state.
pub fn change(
    tx: &mut Tx,
    who: &Delegate,
    id: Id<AgendaItem>,
    expected: ExpectedRevision,
    patch: &AgendaItemPatch,
) -> Result<AgendaItem> {
    let item = find(tx, who, id)?;
    expected.check(item.revision)?;
    let meeting = meeting_of(tx, who, &item)?;
    own_proposal_or_keeper(tx, who, &item, meeting.as_ref())?;
    step(&item, meeting.as_ref(), Step::Change)?;
    let now = tx.now;
    diesel::update(agenda_items::table.find(id))
        .set((
            patch
                .title
                .as_ref()
                .map(|title| agenda_items::title.eq(title.trim())),
            patch.kind.map(|kind| agenda_items::kind.eq(kind)),
            patch
                .minutes
                .map(|minutes| agenda_items::minutes.eq(minutes)),
            patch
                .description
                .as_ref()
                .map(|text| agenda_items::description.eq(text)),
            patch
                .presenter
                .as_ref()
                .map(|name| agenda_items::presenter.eq(name)),
            patch
                .links
                .as_ref()
                .map(|links| agenda_items::links.eq(Json(links.clone()))),
            patch.public.map(|public| agenda_items::public.eq(public)),
            agenda_items::revision.eq(item.revision + 1),
            agenda_items::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    if let (ItemState::Scheduled, Some(meeting)) = (item.state, meeting) {
        note_in_calendar(tx, meeting.id)?;
    }
    find(tx, who, id)
}

/// Takes a proposal on: onto the agenda of its meeting, or into the backlog.
///
/// # Errors
/// [`Error::Forbidden`], or a conflict with its state.
pub fn accept(tx: &mut Tx, who: &Delegate, id: Id<AgendaItem>) -> Result<AgendaItem> {
    let item = find(tx, who, id)?;
    let meeting = meeting_of(tx, who, &item)?;
    keeper(tx, who, meeting.as_ref())?;
    let state = step(&item, meeting.as_ref(), Step::Accept)?;
    put(
        tx,
        who,
        &item,
        &Place {
            state,
            ..Place::of(&item)
        },
    )
}

/// Turns a topic down.
///
/// # Errors
/// [`Error::Forbidden`], or a conflict with its state.
pub fn reject(tx: &mut Tx, who: &Delegate, id: Id<AgendaItem>, reason: &str) -> Result<AgendaItem> {
    let item = find(tx, who, id)?;
    let meeting = meeting_of(tx, who, &item)?;
    keeper(tx, who, meeting.as_ref())?;
    let state = step(&item, meeting.as_ref(), Step::Reject)?;
    let reason = Some(reason.trim());
    put(
        tx,
        who,
        &item,
        &Place {
            state,
            reason,
            ..Place::of(&item)
        },
    )
}

/// Puts a topic of the backlog on the agenda of a meeting, at the end.
///
/// # Errors
/// [`Error::Forbidden`] unless that is the own meeting, or a conflict with its state.
pub fn schedule(
    tx: &mut Tx,
    who: &Delegate,
    id: Id<AgendaItem>,
    meeting: Id<Meeting>,
) -> Result<AgendaItem> {
    let item = find(tx, who, id)?;
    let now_in = meeting_of(tx, who, &item)?;
    let target = target(tx, who, &item, meeting)?;
    who.hosting(tx, target.host_id, target.date)?;
    let state = step(&item, now_in.as_ref(), Step::Schedule)?;
    still_open(&target)?;
    room_in(tx, who, target.id)?;
    let meeting_id = Some(target.id);
    put(
        tx,
        who,
        &item,
        &Place {
            state,
            meeting_id,
            ..Place::punctual()
        },
    )
}

/// Takes an item off the agenda of its meeting, onto the end of another one's, or into the backlog.
///
/// # Errors
/// [`Error::Forbidden`], or a conflict with its state.
pub fn postpone(
    tx: &mut Tx,
    who: &Delegate,
    id: Id<AgendaItem>,
    to: Option<Id<Meeting>>,
) -> Result<AgendaItem> {
    let item = find(tx, who, id)?;
    let meeting = meeting_of(tx, who, &item)?;
    keeper(tx, who, meeting.as_ref())?;
    let state = step(&item, meeting.as_ref(), Step::Postpone)?;
    let Some(to) = to else {
        room_in_backlog(tx, who, item.series_id)?;
        return put(
            tx,
            who,
            &item,
            &Place {
                state,
                ..Place::punctual()
            },
        );
    };
    let target = target(tx, who, &item, to)?;
    if item.meeting_id == Some(to) {
        let words = "must be another meeting than the present one";
        return Err(Error::invalid("meeting_id", "other", words));
    }
    still_open(&target)?;
    room_in(tx, who, to)?;
    let (state, meeting_id) = (ItemState::Scheduled, Some(to));
    put(
        tx,
        who,
        &item,
        &Place {
            state,
            meeting_id,
            ..Place::punctual()
        },
    )
}

/// Takes an item back: who proposed it as long as it is proposed, host and coordinator until the
/// meeting is held.
///
/// # Errors
/// [`Error::Forbidden`], or a conflict with its state.
pub fn withdraw(tx: &mut Tx, who: &Delegate, id: Id<AgendaItem>) -> Result<AgendaItem> {
    let item = find(tx, who, id)?;
    let meeting = meeting_of(tx, who, &item)?;
    own_proposal_or_keeper(tx, who, &item, meeting.as_ref())?;
    let state = step(&item, meeting.as_ref(), Step::Withdraw)?;
    put(
        tx,
        who,
        &item,
        &Place {
            state,
            ..Place::of(&item)
        },
    )
}

/// Where a step leads an item.
struct Place<'a> {
    state: ItemState,
    meeting_id: Option<Id<Meeting>>,
    late: bool,
    reason: Option<&'a str>,
}

impl Place<'_> {
    /// Where it is.
    fn of(item: &AgendaItem) -> Self {
        Self {
            state: item.state,
            meeting_id: item.meeting_id,
            late: item.late,
            reason: None,
        }
    }

    /// In the backlog, where nothing is late.
    fn punctual() -> Self {
        Self {
            state: ItemState::Accepted,
            meeting_id: None,
            late: false,
            reason: None,
        }
    }
}

/// Moves an item to its new place, and closes the gap it leaves.
fn put(tx: &mut Tx, who: &Delegate, item: &AgendaItem, to: &Place<'_>) -> Result<AgendaItem> {
    let now = tx.now;
    diesel::update(agenda_items::table.find(item.id))
        .set((
            agenda_items::state.eq(to.state),
            agenda_items::state_reason.eq(to.reason),
            agenda_items::meeting_id.eq(to.meeting_id),
            agenda_items::late.eq(to.late),
            agenda_items::position.eq(0),
            agenda_items::revision.eq(item.revision + 1),
            agenda_items::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    if let (ItemState::Scheduled, Some(left)) = (item.state, item.meeting_id) {
        let stay = scheduled(tx, who, left)?;
        let order: Vec<_> = stay.into_iter().map(|row| row.id).collect();
        write_order(tx, who, left, &order)?;
        note_in_calendar(tx, left)?;
    }
    if let (ItemState::Scheduled, Some(meeting)) = (to.state, to.meeting_id) {
        // A late proposal keeps to the end; what is scheduled from elsewhere goes there as well.
        let at_end = to.late || item.meeting_id != to.meeting_id;
        place(tx, who, meeting, item.id, at_end)?;
    }
    find(tx, who, item.id)
}

fn meeting_of(conn: &mut DbConn, who: &impl Scope, item: &AgendaItem) -> Result<Option<Meeting>> {
    let found = item
        .meeting_id
        .map(|id| meetings::store::find(conn, who, id));
    found.transpose()
}

/// Another meeting that an item is to go to.
fn target(
    conn: &mut DbConn,
    who: &impl Scope,
    item: &AgendaItem,
    id: Id<Meeting>,
) -> Result<Meeting> {
    match meetings::store::find(conn, who, id) {
        Ok(meeting) if meeting.series_id == item.series_id => Ok(meeting),
        Ok(_) | Err(Error::NotFound) => Err(Error::invalid(
            "meeting_id",
            "exists",
            "there is no such meeting in the series of the topic",
        )),
        Err(error) => Err(error),
    }
}

/// About the items of a meeting its host decides, and everywhere the coordinator.
fn keeper(conn: &mut DbConn, who: &Delegate, meeting: Option<&Meeting>) -> Result<()> {
    match meeting {
        Some(meeting) => who.hosting(conn, meeting.host_id, meeting.date).map(drop),
        None => who.coordinating().map(drop),
    }
}

fn own_proposal_or_keeper(
    conn: &mut DbConn,
    who: &Delegate,
    item: &AgendaItem,
    meeting: Option<&Meeting>,
) -> Result<()> {
    let is_own = item.proposed_by_id.is_some() && item.proposed_by_id == who.person();
    if is_own && item.state == ItemState::Proposed {
        return Ok(());
    }
    match keeper(conn, who, meeting) {
        Err(Error::Forbidden(_)) if is_own => Err(Error::conflict(
            "state",
            format!(
                "the item is {}; who proposed it can change it only as long as it is proposed",
                item.state
            ),
        )),
        decided => decided,
    }
}

/// The state after a step, if meeting and item allow it.
fn step(item: &AgendaItem, meeting: Option<&Meeting>, step: Step) -> Result<ItemState> {
    if let Some(meeting) = meeting {
        still_open(meeting)?;
    }
    let after = item.state.after(step, meeting.is_some());
    after.ok_or_else(|| {
        Error::conflict(
            "state",
            format!("this is not possible while the item is {}", item.state),
        )
    })
}
