//! The ledger of turns: what an entry says, and how entries are read and appended.
//!
//! Setting a host or co-hosts by hand appends entries as well: see [`overrides`](super::overrides),
//! [`swaps`](super::swaps) and [`cohosts`](super::cohosts).
use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::forecast::forecast;
use super::plan::{HostSource, Pin, TurnStatus};
use super::store::members;
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::turns;
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Result};
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

/// The status of a meeting's turn, from its latest entry in the ledger.
///
/// A meeting that has begun without an invitation keeps its host, and the turn is charged to that host.
#[must_use]
pub fn turn_status(meeting: &Meeting, latest: Option<&TurnEntry>, now: Instant) -> TurnStatus {
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
    match latest.map(|turn| (turn.state, turn)) {
        Some((TurnEntryState::Assigned, turn)) => settled(turn, false),
        Some((TurnEntryState::Counted | TurnEntryState::Forfeited, turn)) => settled(turn, true),
        Some((TurnEntryState::GivenBack, _)) => TurnStatus::GivenBack,
        Some((TurnEntryState::Pinned, turn)) => TurnStatus::Open {
            pin: turn.host_id.map(|host| Pin {
                host,
                source: turn.source,
                reason: turn.reason.clone(),
            }),
        },
        None | Some((TurnEntryState::Unpinned | TurnEntryState::Cohosted, _)) => {
            match meeting.host_id {
                Some(host)
                    if meeting.status == MeetingStatus::Planned && meeting.starts_at <= now =>
                {
                    TurnStatus::Settled {
                        due: Some(host),
                        host,
                        source: HostSource::Rotation,
                        reason: None,
                        counted: false,
                    }
                }
                _ => TurnStatus::Open { pin: None },
            }
        }
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
fn host_entries(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<Vec<TurnEntry>> {
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
            state: TurnEntryState::Cohosted,
            due: None,
            host: None,
            source: HostSource::Rotation,
            reason,
            cohosts,
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
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The turn of a meeting as it is now, for an entry with another `state`: taken from its latest entry if that fixes the
/// turn, otherwise from the plan.
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
    let members = members(tx, who)?;
    let now = tx.now;
    let forecast = forecast(tx, who, meeting.series_id, &members, now)?;
    let turn = forecast.turn(meeting.id);
    let source = turn.map_or(HostSource::Rotation, |turn| turn.source);
    let pinned =
        latest.filter(|turn| turn.state == TurnEntryState::Pinned && turn.source == source);
    Ok(NewTurnEntry {
        state,
        due: turn.and_then(|turn| turn.due),
        // The host that people were notified of has precedence over the plan, should they ever differ.
        host: meeting.host_id.or(turn.and_then(|turn| turn.host)),
        source,
        reason: pinned.and_then(|turn| turn.reason),
        cohosts,
    })
}

/// Fixes the turn of a meeting because the invitations are sent. Idempotent.
///
/// # Errors
/// A conflict if the meeting has no host.
pub fn assign(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let latest = latest(tx, who, meeting)?;
    if latest.is_some_and(|turn| {
        matches!(
            turn.state,
            TurnEntryState::Assigned | TurnEntryState::Counted
        )
    }) {
        return Ok(());
    }
    let turn = current_turn(tx, who, meeting, TurnEntryState::Assigned)?;
    if turn.host.is_none() {
        return Err(Error::conflict(
            "no_host",
            "nobody hosts this meeting; set a host first",
        ));
    }
    append(tx, who, meeting, &turn)
}

/// Counts the turn of a meeting because it was held. Idempotent.
pub fn count(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let latest = latest(tx, who, meeting)?;
    if latest.is_some_and(|turn| turn.state == TurnEntryState::Counted) {
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

/// Restores the turn that a meeting had before it was cancelled.
pub fn restore(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let before = host_entries(tx, who, meeting)?.into_iter().rev().nth(1);
    let turn = match before {
        Some(turn)
            if matches!(
                turn.state,
                TurnEntryState::Assigned | TurnEntryState::Pinned
            ) =>
        {
            NewTurnEntry::from(&turn, turn.state)
        }
        before => NewTurnEntry::unpinned(before.map_or_else(Vec::new, |turn| turn.cohosts.0)),
    };
    append(tx, who, meeting, &turn)
}
