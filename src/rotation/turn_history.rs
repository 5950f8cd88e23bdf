//! What the steps in the ledger have brought about, and how they are undone.
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::ledger::{NewTurnEntry, TurnEntry, TurnEntryState, append, host_entries, of_meeting};
use super::plan::HostSource;
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::turns;
use crate::db::{DbConn, Id, Json};
use crate::error::Result;
use crate::meetings::{self, Meeting};
use crate::municipalities::Municipality;
use crate::series::Series;

/// A turn of an open meeting that is charged to another municipality because of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedTurn {
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// Who was due.
    pub from: Option<Id<Municipality>>,
    /// Who is due now.
    pub to: Option<Id<Municipality>>,
}

/// The entry that brought about the state of `turn`: itself, or the one that it restores.
pub(super) fn origin<'a>(entries: &'a [TurnEntry], turn: &'a TurnEntry) -> &'a TurnEntry {
    let restored = turn
        .restores
        .and_then(|entry| entries.iter().find(|one| one.entry == entry));
    restored.unwrap_or(turn)
}

/// The entries of a meeting, the valid one with what brought it about and what was before that.
#[derive(Debug)]
pub(super) struct TurnHistory {
    /// The valid entry.
    pub(super) latest: TurnEntry,
    /// The entry that brought about its state.
    pub(super) origin: TurnEntry,
    /// The one before the origin.
    pub(super) before: Option<TurnEntry>,
}

/// The history of a meeting's turn, if it has any entry.
pub(super) fn history(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<Option<TurnHistory>> {
    let entries = host_entries(conn, who, meeting)?;
    let Some(latest) = entries.last() else {
        return Ok(None);
    };
    let origin = origin(&entries, latest);
    let mut earlier = entries.iter().rev();
    Ok(Some(TurnHistory {
        before: earlier.find(|one| one.entry < origin.entry).cloned(),
        origin: origin.clone(),
        latest: latest.clone(),
    }))
}

/// Records which turns the plan has moved because of the entries of this transaction, so that undoing them can move the
/// turns back.
pub fn record_moved(
    tx: &mut Tx,
    who: &impl Scope,
    of: Id<Series>,
    moved: &[MovedTurn],
) -> Result<()> {
    if moved.is_empty() || tx.appended.is_empty() {
        return Ok(());
    }
    let appended = tx.appended.clone();
    diesel::update(turns::table)
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(of))
        .filter(turns::id.eq_any(appended))
        .set(turns::moved.eq(Json(moved.to_vec())))
        .execute(&mut **tx)?;
    Ok(())
}

/// Moves the turns back that were moved because of an entry that is undone, unless one of them was moved again since. The
/// plan is made again afterwards, and keeps them so if that is still possible and fair.
pub(super) fn move_back(tx: &mut Tx, who: &impl Scope, undone: &TurnEntry) -> Result<()> {
    let now = tx.now;
    let meetings = meetings::store::of_series(tx, who, undone.series_id)?;
    let open = meetings.iter().filter(|one| one.is_open(now));
    let moved = open.filter_map(|one| {
        let all = &undone.moved.0;
        let moved = all.iter().find(|moved| moved.meeting == one.id)?;
        Some((one, moved))
    });
    let moved: Vec<_> = moved.collect();
    if moved
        .iter()
        .all(|(meeting, moved)| meeting.due_id == moved.to)
    {
        for (meeting, moved) in moved {
            meetings::store::set_due(tx, meeting, moved.from)?;
        }
    }
    Ok(())
}

/// Restores the turn that a meeting had before it was cancelled, and moves the turns back that moved because of that.
pub fn restore(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let mut entries = host_entries(tx, who, meeting)?;
    let Some(cancelled) = entries.pop() else {
        return Ok(());
    };
    let before = match entries.last() {
        Some(turn) if turn.state == TurnEntryState::Pinned => {
            let is_over = is_withdrawn_for_partner(tx, who, meeting, origin(&entries, turn))?;
            (!is_over).then_some(turn)
        }
        before => before,
    };
    let cohosts = entries
        .last()
        .map_or_else(Vec::new, |turn| turn.cohosts.0.clone());
    append(tx, who, meeting, &NewTurnEntry::restored(before, cohosts))?;
    move_back(tx, who, &cancelled)
}

/// Whether an entry is a swap that was withdrawn for the other meeting since.
fn is_withdrawn_for_partner(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    swap: &TurnEntry,
) -> Result<bool> {
    let Some((other, swapped)) = swapped_with(tx, who, meeting, swap)? else {
        return Ok(false);
    };
    let entries = of_meeting(tx, who, &other)?;
    let mut later = entries.iter().filter(|one| one.entry > swapped);
    Ok(later.any(|one| {
        let restores_earlier = one.restores.is_some_and(|entry| entry < swapped);
        one.state == TurnEntryState::Unpinned || restores_earlier
    }))
}

/// The other meeting of a swap that is still valid, with its history.
pub(super) fn swap_partner(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    swap: &TurnEntry,
) -> Result<Option<(Meeting, TurnHistory)>> {
    let Some((other, entry)) = swapped_with(tx, who, meeting, swap)? else {
        return Ok(None);
    };
    let history = history(tx, who, &other)?;
    let valid = history.filter(|history| history.origin.entry == entry);
    Ok(valid.map(|history| (other, history)))
}

/// The other meeting of a swap, and the number of its entry, which is adjacent and was written at the same time.
fn swapped_with(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    swap: &TurnEntry,
) -> Result<Option<(Meeting, i32)>> {
    if swap.source != HostSource::Swap {
        return Ok(None);
    }
    let partner: Option<(Id<Meeting>, i32)> = turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(meeting.series_id))
        .filter(turns::meeting_id.ne(meeting.id))
        .filter(turns::entry.between(swap.entry - 1, swap.entry + 1))
        .filter(turns::source.eq(HostSource::Swap))
        .filter(turns::created_at.eq(swap.created_at))
        .select((turns::meeting_id, turns::entry))
        .first(&mut **tx)
        .optional()?;
    let Some((id, entry)) = partner else {
        return Ok(None);
    };
    Ok(Some((meetings::store::find(tx, who, id)?, entry)))
}
