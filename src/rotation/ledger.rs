//! The ledger of turns: what an entry says, and how entries are read and appended.
//!
//! Setting a host or co-hosts by hand appends entries as well: see [`overrides`](super::overrides),
//! [`swaps`](super::swaps) and [`cohosts`](super::cohosts).
use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::plan::{HostSource, Pin, TurnStatus};
use super::turn_history::MovedTurn;
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::turns;
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Result, conflict_unless};
use crate::meetings::{Meeting, MeetingStatus};
use crate::municipalities::Municipality;
use crate::series::{CancelledTurn, Series};
use crate::word_enum;

word_enum! {
    /// What an entry of the ledger says about the turn of a meeting.
    pub enum TurnEntryState {
        /// The host was set by an override or a swap; nobody is invited yet.
        Pinned = "pinned",
        /// The override or swap was withdrawn; the rotation chooses the host.
        Unpinned = "unpinned",
        /// The invitations have been sent: the host and who is due are fixed.
        Assigned = "assigned",
        /// The meeting was held: the turn counts.
        Counted = "counted",
        /// The meeting was cancelled, and the municipality that was due is due again.
        GivenBack = "given_back",
        /// The meeting was cancelled, and the turn counts nevertheless.
        Forfeited = "forfeited",
        /// Co-hosts were named or removed; the host and who is due are unchanged.
        Cohosted = "cohosted",
    }
}

/// An entry of the ledger.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = turns, check_for_backend(crate::db::MultiBackend))]
pub struct TurnEntry {
    /// Primary key.
    pub id: Id<TurnEntry>,
    /// The series of the meeting.
    pub series_id: Id<Series>,
    /// The meeting whose turn it is.
    pub meeting_id: Id<Meeting>,
    /// Sequence number within the series.
    pub entry: i32,
    /// What the entry says.
    pub state: TurnEntryState,
    /// The municipality that the turn is charged to.
    pub due_id: Option<Id<Municipality>>,
    /// The municipality that hosts or was to host.
    pub host_id: Option<Id<Municipality>>,
    /// How the host was determined.
    pub source: HostSource,
    /// The reason that was entered.
    pub reason: Option<String>,
    /// When the entry was written.
    pub created_at: Instant,
    /// The co-hosts as they were named.
    pub cohosts: Json<Vec<Id<Municipality>>>,
    /// The number of the entry whose state this one restores, if it undoes a later one.
    pub restores: Option<i32>,
    /// What the plan moved because of it.
    pub moved: Json<Vec<MovedTurn>>,
}

impl TurnEntry {
    /// Combines an entry with the one before it for the same meeting: an entry that only names co-hosts keeps everything
    /// else.
    fn after(self, previous: Option<Self>) -> Self {
        match previous {
            Some(previous) if self.state == TurnEntryState::Cohosted => Self {
                cohosts: self.cohosts,
                ..previous
            },
            _ => self,
        }
    }
}

/// The status of a meeting's turn, from its latest entry in the ledger; `confirmed` says whether the municipality that is due
/// has confirmed that it hosts.
///
/// A meeting that has begun without an invitation keeps its turn as it was then.
#[must_use]
pub fn turn_status(
    meeting: &Meeting,
    latest: Option<&TurnEntry>,
    confirmed: bool,
    now: Instant,
) -> TurnStatus {
    let settled = |turn: &TurnEntry, counted| match turn.host_id {
        // Nobody hosted a forfeited turn, so nobody stood in for anybody.
        Some(host) => TurnStatus::Settled {
            due: turn.due_id,
            host: turn
                .due_id
                .filter(|_| turn.state == TurnEntryState::Forfeited)
                .unwrap_or(host),
            source: turn.source,
            reason: turn.reason.clone(),
            counted,
        },
        None => TurnStatus::GivenBack,
    };
    let mut pinned = None;
    if let Some(turn) = latest {
        match turn.state {
            TurnEntryState::Assigned => return settled(turn, false),
            TurnEntryState::Counted | TurnEntryState::Forfeited => return settled(turn, true),
            TurnEntryState::GivenBack => return TurnStatus::GivenBack,
            TurnEntryState::Pinned => pinned = Some(turn),
            TurnEntryState::Unpinned | TurnEntryState::Cohosted => {}
        }
    }
    // One that was added for the record of the past gets its host afterwards.
    let was_late = meeting.host_id.is_none() && meeting.starts_at <= meeting.created_at;
    if meeting.status != MeetingStatus::Planned || meeting.starts_at > now || was_late {
        return TurnStatus::Open {
            confirmed,
            pin: pinned.and_then(|turn| {
                Some(Pin {
                    host: turn.host_id?,
                    source: turn.source,
                    reason: turn.reason.clone(),
                })
            }),
        };
    }
    let Some(host) = meeting.host_id else {
        return TurnStatus::GivenBack;
    };
    let pinned = pinned.filter(|turn| turn.host_id == Some(host));
    TurnStatus::Settled {
        due: meeting.due_id,
        host,
        source: pinned.map_or(HostSource::Rotation, |turn| turn.source),
        reason: pinned.and_then(|turn| turn.reason.clone()),
        counted: false,
    }
}

/// The ledger of a series after entry number `after`, the oldest entry first.
pub fn entries(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    after: Option<i32>,
    limit: i64,
) -> Result<Vec<TurnEntry>> {
    Ok(turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(of))
        .filter(turns::entry.gt(after.unwrap_or(0)))
        .order(turns::entry)
        .limit(limit)
        .select(TurnEntry::as_select())
        .load(conn)?)
}

/// The valid entry of each meeting of a series that has one.
pub(super) fn latest_of_series(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
) -> Result<HashMap<Id<Meeting>, TurnEntry>> {
    let mut latest = HashMap::new();
    for entry in entries(conn, who, of, None, i64::MAX)? {
        let previous = latest.remove(&entry.meeting_id);
        latest.insert(entry.meeting_id, entry.after(previous));
    }
    Ok(latest)
}

/// All entries of one meeting, the oldest first.
pub(super) fn of_meeting(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<Vec<TurnEntry>> {
    Ok(turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(meeting.series_id))
        .filter(turns::meeting_id.eq(meeting.id))
        .order(turns::entry)
        .select(TurnEntry::as_select())
        .load(conn)?)
}

/// The entries of one meeting that determine its host, the oldest first, each with the co-hosts named after it.
pub(super) fn host_entries(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<Vec<TurnEntry>> {
    let mut found: Vec<TurnEntry> = Vec::new();
    for entry in of_meeting(conn, who, meeting)? {
        let previous = found.pop_if(|_| entry.state == TurnEntryState::Cohosted);
        found.push(entry.after(previous));
    }
    Ok(found)
}

/// The valid entry of a meeting, if it has one.
pub(super) fn latest(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<Option<TurnEntry>> {
    Ok(host_entries(conn, who, meeting)?.pop())
}

/// The contents of a new entry.
#[derive(Debug, Clone)]
pub(super) struct NewTurnEntry {
    pub(super) restores: Option<i32>,
    pub(super) state: TurnEntryState,
    pub(super) due: Option<Id<Municipality>>,
    pub(super) host: Option<Id<Municipality>>,
    pub(super) source: HostSource,
    pub(super) reason: Option<String>,
    pub(super) cohosts: Vec<Id<Municipality>>,
}

impl NewTurnEntry {
    /// The same turn with another state.
    fn from(turn: &TurnEntry, state: TurnEntryState) -> Self {
        Self {
            restores: None,
            state,
            due: turn.due_id,
            host: turn.host_id,
            source: turn.source,
            reason: turn.reason.clone(),
            cohosts: turn.cohosts.0.clone(),
        }
    }

    /// Names co-hosts, and leaves the host as it is.
    pub(super) fn cohosted(cohosts: Vec<Id<Municipality>>, reason: Option<String>) -> Self {
        Self {
            restores: None,
            state: TurnEntryState::Cohosted,
            due: None,
            host: None,
            source: HostSource::Rotation,
            reason,
            cohosts,
        }
    }

    /// Restores the state of an earlier entry, with these co-hosts; without one, the rotation chooses the host.
    pub(super) fn restored(before: Option<&TurnEntry>, cohosts: Vec<Id<Municipality>>) -> Self {
        let fixes_host = [TurnEntryState::Assigned, TurnEntryState::Pinned];
        match before {
            Some(turn) if fixes_host.contains(&turn.state) => Self {
                restores: Some(turn.restores.unwrap_or(turn.entry)),
                cohosts,
                ..Self::from(turn, turn.state)
            },
            _ => Self::unpinned(cohosts),
        }
    }

    /// Lets the rotation choose the host again, with these co-hosts.
    pub(super) fn unpinned(cohosts: Vec<Id<Municipality>>) -> Self {
        Self {
            state: TurnEntryState::Unpinned,
            ..Self::cohosted(cohosts, None)
        }
    }
}

/// Appends an entry.
pub(super) fn append(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    new: &NewTurnEntry,
) -> Result<()> {
    let last: Option<i32> = turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(meeting.series_id))
        .select(max(turns::entry))
        .first(&mut **tx)?;
    let (id, now) = (tx.id::<TurnEntry>(), tx.now);
    diesel::insert_into(turns::table)
        .values((
            turns::id.eq(id),
            turns::cooperation_id.eq(who.cooperation()),
            turns::series_id.eq(meeting.series_id),
            turns::meeting_id.eq(meeting.id),
            turns::entry.eq(last.unwrap_or(0) + 1),
            turns::state.eq(new.state),
            turns::due_id.eq(new.due),
            turns::host_id.eq(new.host),
            turns::source.eq(new.source),
            turns::reason.eq(&new.reason),
            turns::created_at.eq(now),
            turns::modified_at.eq(now),
            turns::cohosts.eq(Json(new.cohosts.clone())),
            turns::restores.eq(new.restores),
        ))
        .execute(&mut **tx)?;
    tx.appended.push(id);
    Ok(())
}

/// The turn of a meeting as it is now, for an entry with another `state`: taken from its latest entry if that fixes the
/// turn, otherwise as it is planned.
pub(super) fn current_turn(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    state: TurnEntryState,
) -> Result<NewTurnEntry> {
    let latest = latest(tx, who, meeting)?;
    // The co-hosts that people were notified of, without those who are not members on the day.
    let cohosts = meeting.cohosts.0.clone();
    if let Some(turn) = &latest
        && turn.state == TurnEntryState::Assigned
    {
        return Ok(NewTurnEntry {
            cohosts,
            ..NewTurnEntry::from(turn, state)
        });
    }
    let pinned = latest
        .filter(|turn| turn.state == TurnEntryState::Pinned && turn.host_id == meeting.host_id);
    Ok(NewTurnEntry {
        restores: None,
        state,
        due: meeting.due_id,
        host: meeting.host_id,
        source: pinned
            .as_ref()
            .map_or(HostSource::Rotation, |turn| turn.source),
        reason: pinned.and_then(|turn| turn.reason),
        cohosts,
    })
}

/// Fixes the turn of a meeting because the invitations are sent. Idempotent.
///
/// # Errors
/// A conflict if the meeting has no host.
pub fn assign(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let fixed = [TurnEntryState::Assigned, TurnEntryState::Counted];
    if latest(tx, who, meeting)?.is_some_and(|turn| fixed.contains(&turn.state)) {
        return Ok(());
    }
    let turn = current_turn(tx, who, meeting, TurnEntryState::Assigned)?;
    let message = "nobody hosts this meeting; set a host first";
    conflict_unless(turn.host.is_some(), "no_host", message)?;
    append(tx, who, meeting, &turn)
}

/// Counts the turn of a meeting because it was held. Idempotent.
pub fn count(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let is_counted = |turn: TurnEntry| turn.state == TurnEntryState::Counted;
    if latest(tx, who, meeting)?.is_some_and(is_counted) {
        return Ok(());
    }
    let turn = current_turn(tx, who, meeting, TurnEntryState::Counted)?;
    append(tx, who, meeting, &turn)
}

/// Gives back or forfeits the turn of a meeting that is cancelled, as its series is configured.
pub fn cancel(tx: &mut Tx, who: &impl Scope, series: &Series, meeting: &Meeting) -> Result<()> {
    let state = match series.cancelled_turn {
        CancelledTurn::GivenBack => TurnEntryState::GivenBack,
        CancelledTurn::Forfeited => TurnEntryState::Forfeited,
    };
    let turn = current_turn(tx, who, meeting, state)?;
    append(tx, who, meeting, &turn)
}
