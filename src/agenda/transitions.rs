//! Transitions of agenda items: accept, reject, schedule, postpone, withdraw, change.
//!
//! The host decides about the items of its meeting, coordinators about all items.
use diesel::prelude::*;

use super::rules::Transition;
use super::store::{
    check_backlog_limit, check_item_limit, check_open, find, mark_calendar_changed, place,
    scheduled, write_order,
};
use super::{AgendaItem, AgendaItemPatch, ItemState};
use crate::Tx;
use crate::auth::{Delegate, Scope};
use crate::db::schema::agenda_items;
use crate::db::{DbConn, Id, Json};
use crate::error::{Error, Found, Result};
use crate::http::body::ExpectedRevision;
use crate::meetings::{self, Meeting};

/// Changes the content of an item: its proposer while it is a proposal, host and coordinators until
/// the meeting is held.
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
    require_proposer_or_decider(tx, who, &item, meeting.as_ref())?;
    transition(&item, meeting.as_ref(), Transition::Change)?;
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
        mark_calendar_changed(tx, meeting.id)?;
    }
    find(tx, who, id)
}

/// Accepts a proposal, onto the agenda of its meeting or into the backlog.
///
/// # Errors
/// [`Error::Forbidden`], or a conflict with its state.
pub fn accept(tx: &mut Tx, who: &Delegate, id: Id<AgendaItem>) -> Result<AgendaItem> {
    let (item, meeting) = item_to_decide(tx, who, id)?;
    let state = transition(&item, meeting.as_ref(), Transition::Accept)?;
    move_item(tx, who, &item, &Destination::unmoved(&item, state))
}

/// Rejects a topic.
///
/// # Errors
/// [`Error::Forbidden`], or a conflict with its state.
pub fn reject(tx: &mut Tx, who: &Delegate, id: Id<AgendaItem>, reason: &str) -> Result<AgendaItem> {
    let (item, meeting) = item_to_decide(tx, who, id)?;
    let state = transition(&item, meeting.as_ref(), Transition::Reject)?;
    let destination = Destination {
        reason: Some(reason.trim()),
        ..Destination::unmoved(&item, state)
    };
    move_item(tx, who, &item, &destination)
}

/// Moves a topic from the backlog to the end of a meeting's agenda.
///
/// # Errors
/// [`Error::Forbidden`] unless the person may decide about that meeting, or a conflict with the
/// item's state.
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
    let state = transition(&item, now_in.as_ref(), Transition::Schedule)?;
    check_open(&target)?;
    check_item_limit(tx, who, target.id)?;
    move_item(tx, who, &item, &Destination::moved(state, Some(target.id)))
}

/// Moves an item from the agenda of its meeting to the end of another one's, or to the backlog.
///
/// # Errors
/// [`Error::Forbidden`], or a conflict with its state.
pub fn postpone(
    tx: &mut Tx,
    who: &Delegate,
    id: Id<AgendaItem>,
    to: Option<Id<Meeting>>,
) -> Result<AgendaItem> {
    let (item, meeting) = item_to_decide(tx, who, id)?;
    let state = transition(&item, meeting.as_ref(), Transition::Postpone)?;
    let Some(to) = to else {
        check_backlog_limit(tx, who, item.series_id)?;
        return move_item(tx, who, &item, &Destination::moved(state, None));
    };
    let target = target(tx, who, &item, to)?;
    if item.meeting_id == Some(to) {
        let words = "must be another meeting than the present one";
        return Err(Error::invalid("meeting_id", "other", words));
    }
    check_open(&target)?;
    check_item_limit(tx, who, to)?;
    let destination = Destination::moved(ItemState::Scheduled, Some(to));
    move_item(tx, who, &item, &destination)
}

/// Withdraws an item: its proposer while it is a proposal, host and coordinators until the meeting
/// is held.
///
/// # Errors
/// [`Error::Forbidden`], or a conflict with its state.
pub fn withdraw(tx: &mut Tx, who: &Delegate, id: Id<AgendaItem>) -> Result<AgendaItem> {
    let item = find(tx, who, id)?;
    let meeting = meeting_of(tx, who, &item)?;
    require_proposer_or_decider(tx, who, &item, meeting.as_ref())?;
    let state = transition(&item, meeting.as_ref(), Transition::Withdraw)?;
    move_item(tx, who, &item, &Destination::unmoved(&item, state))
}

/// State and meeting of an item after a transition.
struct Destination<'a> {
    state: ItemState,
    meeting_id: Option<Id<Meeting>>,
    late: bool,
    reason: Option<&'a str>,
}

impl Destination<'_> {
    /// The item stays in its meeting or in the backlog.
    fn unmoved(item: &AgendaItem, state: ItemState) -> Self {
        Self {
            state,
            meeting_id: item.meeting_id,
            late: item.late,
            reason: None,
        }
    }

    /// The item moves to a meeting or to the backlog, where it is not late.
    fn moved(state: ItemState, meeting_id: Option<Id<Meeting>>) -> Self {
        Self {
            state,
            meeting_id,
            late: false,
            reason: None,
        }
    }
}

/// Moves an item to its destination, and closes the gap it leaves in the order.
fn move_item(
    tx: &mut Tx,
    who: &Delegate,
    item: &AgendaItem,
    to: &Destination<'_>,
) -> Result<AgendaItem> {
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
        mark_calendar_changed(tx, left)?;
    }
    if let (ItemState::Scheduled, Some(meeting)) = (to.state, to.meeting_id) {
        // Late proposals stay at the end, and items from elsewhere are added there.
        let at_end = to.late || item.meeting_id != to.meeting_id;
        place(tx, who, meeting, item.id, at_end)?;
    }
    find(tx, who, item.id)
}

/// An item that the person may decide about, and its meeting.
fn item_to_decide(
    conn: &mut DbConn,
    who: &Delegate,
    id: Id<AgendaItem>,
) -> Result<(AgendaItem, Option<Meeting>)> {
    let item = find(conn, who, id)?;
    let meeting = meeting_of(conn, who, &item)?;
    require_decider(conn, who, meeting.as_ref())?;
    Ok((item, meeting))
}

fn meeting_of(conn: &mut DbConn, who: &impl Scope, item: &AgendaItem) -> Result<Option<Meeting>> {
    let found = item
        .meeting_id
        .map(|id| meetings::store::find(conn, who, id));
    found.transpose()
}

/// The meeting that an item is moved to, which must be of the same series.
fn target(
    conn: &mut DbConn,
    who: &impl Scope,
    item: &AgendaItem,
    id: Id<Meeting>,
) -> Result<Meeting> {
    let found = meetings::store::find(conn, who, id).if_found()?;
    let found = found.filter(|meeting| meeting.series_id == item.series_id);
    let message = "there is no such meeting in the series of the topic";
    found.ok_or_else(|| Error::invalid("meeting_id", "exists", message))
}

/// Checks that the person is host of the meeting or coordinator; without a meeting, coordinator.
fn require_decider(conn: &mut DbConn, who: &Delegate, meeting: Option<&Meeting>) -> Result<()> {
    match meeting {
        Some(meeting) => who.hosting(conn, meeting.host_id, meeting.date).map(drop),
        None => who.coordinating().map(drop),
    }
}

fn require_proposer_or_decider(
    conn: &mut DbConn,
    who: &Delegate,
    item: &AgendaItem,
    meeting: Option<&Meeting>,
) -> Result<()> {
    let is_own = item.proposed_by_id.is_some() && item.proposed_by_id == who.person();
    if is_own && item.state == ItemState::Proposed {
        return Ok(());
    }
    match require_decider(conn, who, meeting) {
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

/// The state after a transition, if meeting and item allow it.
fn transition(
    item: &AgendaItem,
    meeting: Option<&Meeting>,
    transition: Transition,
) -> Result<ItemState> {
    if let Some(meeting) = meeting {
        check_open(meeting)?;
    }
    let after = item.state.after(transition, meeting.is_some());
    after.ok_or_else(|| {
        Error::conflict(
            "state",
            format!("this is not possible while the item is {}", item.state),
        )
    })
}
