//! Queries of the ledger of turns, and the plan that follows from it.
use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::cohosts::merged;
use super::outlook::outlook;
use super::plan::{Blackout, Member, Source};
use super::view::UpcomingTurn;
use super::{State, Turn};
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::turns;
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::meetings::Meeting;
use crate::municipalities::{self, Municipality};
use crate::series::{self, Series};

/// The municipalities of a cooperation as the rotation sees them.
pub fn members(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Member>> {
    let mut blackouts: HashMap<Id<Municipality>, Vec<Blackout>> = HashMap::new();
    for row in municipalities::store::all_blackouts(conn, who)? {
        blackouts
            .entry(row.municipality_id)
            .or_default()
            .push(Blackout {
                from: row.starts_on,
                until: row.ends_on,
                reason: row.reason,
            });
    }
    let all = municipalities::store::all(conn, who)?.into_iter();
    Ok(all
        .map(|one| Member {
            id: one.id,
            position: one.position,
            joined_on: one.joined_on,
            left_on: one.left_on,
            blackouts: blackouts.remove(&one.id).unwrap_or_default(),
        })
        .collect())
}

/// The turns of the next `count` meetings, the present one included, as they read in `language`.
///
/// # Errors
/// [`Error::NotFound`] if the cooperation has no such series.
pub fn upcoming(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    count: usize,
    language: Language,
    now: Instant,
) -> Result<Vec<UpcomingTurn>> {
    series::store::find(conn, who, of)?;
    let members = members(conn, who)?;
    let outlook = outlook(conn, who, of, &members, now)?;
    let names = names(conn, who)?;
    let ahead = outlook
        .meetings
        .iter()
        .filter(|meeting| meeting.is_ahead(now));
    Ok(ahead
        .filter_map(|meeting| {
            let turn = outlook.turn(meeting.id)?;
            Some(UpcomingTurn::new(meeting, turn, &names, language))
        })
        .take(count)
        .collect())
}

/// The turns of these meetings of one series, as they read in `language`.
pub fn slots(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    wanted: &[Id<Meeting>],
    language: Language,
    now: Instant,
) -> Result<Vec<UpcomingTurn>> {
    let members = members(conn, who)?;
    let outlook = outlook(conn, who, of, &members, now)?;
    let names = names(conn, who)?;
    let found = outlook
        .meetings
        .iter()
        .filter(|meeting| wanted.contains(&meeting.id));
    Ok(found
        .filter_map(|meeting| {
            let turn = outlook.turn(meeting.id)?;
            Some(UpcomingTurn::new(meeting, turn, &names, language))
        })
        .collect())
}

/// The names of the municipalities.
pub fn names(conn: &mut DbConn, who: &impl Scope) -> Result<HashMap<Id<Municipality>, String>> {
    let all = municipalities::store::all(conn, who)?;
    Ok(all.into_iter().map(|one| (one.id, one.name)).collect())
}

/// The ledger of a series from entry `after` on, the oldest first.
pub fn ledger(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    after: Option<i32>,
    limit: i64,
) -> Result<Vec<Turn>> {
    Ok(turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(of))
        .filter(turns::entry.gt(after.unwrap_or(0)))
        .order(turns::entry)
        .limit(limit)
        .select(Turn::as_select())
        .load(conn)?)
}

/// All entries of one meeting, the oldest first.
pub(super) fn entries(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<Vec<Turn>> {
    Ok(turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(meeting.series_id))
        .filter(turns::meeting_id.eq(meeting.id))
        .order(turns::entry)
        .select(Turn::as_select())
        .load(conn)?)
}

/// The entries of one meeting that say who hosts, the newest first, each with the co-hosts named since.
pub(super) fn of_meeting(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<Vec<Turn>> {
    let mut found = merged(entries(conn, who, meeting)?);
    found.reverse();
    Ok(found)
}

/// What holds of the turn of a meeting by its entries, if it has any.
pub(super) fn latest(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<Option<Turn>> {
    Ok(of_meeting(conn, who, meeting)?.into_iter().next())
}

/// The meeting that was swapped with this one by `turn`, an entry of its own.
pub(super) fn swapped_with(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
    turn: &Turn,
) -> Result<Option<Id<Meeting>>> {
    Ok(turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(meeting.series_id))
        .filter(turns::meeting_id.ne(meeting.id))
        .filter(turns::entry.between(turn.entry - 1, turn.entry + 1))
        .filter(turns::source.eq(Source::Swap))
        .filter(turns::created_at.eq(turn.created_at))
        .select(turns::meeting_id)
        .first(conn)
        .optional()?)
}

/// What a new entry says.
#[derive(Debug, Clone)]
pub(super) struct NewTurn {
    pub(super) state: State,
    pub(super) due: Option<Id<Municipality>>,
    pub(super) host: Option<Id<Municipality>>,
    pub(super) source: Source,
    pub(super) reason: Option<String>,
    pub(super) cohosts: Vec<Id<Municipality>>,
}

impl NewTurn {
    /// The same turn in another state.
    pub(super) fn from(turn: &Turn, state: State) -> Self {
        Self {
            state,
            due: turn.due_id,
            host: turn.host_id,
            source: turn.source,
            reason: turn.reason.clone(),
            cohosts: turn.cohosts.0.clone(),
        }
    }

    /// That the rotation decides again who hosts, together with these.
    pub(super) fn unpinned(cohosts: Vec<Id<Municipality>>) -> Self {
        Self {
            state: State::Unpinned,
            due: None,
            host: None,
            source: Source::Rotation,
            reason: None,
            cohosts,
        }
    }
}

/// Writes an entry.
pub(super) fn append(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    new: &NewTurn,
) -> Result<()> {
    let last: Option<i32> = turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(meeting.series_id))
        .select(max(turns::entry))
        .first(&mut **tx)?;
    let (id, now) = (tx.id::<Turn>(), tx.now);
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

/// The turn of a meeting as it stands: by its latest entry if that fixes it, else by the plan.
pub(super) fn present(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    state: State,
) -> Result<NewTurn> {
    let latest = latest(tx, who, meeting)?;
    // What people were told holds: without those who are no members on the day.
    let cohosts = meeting.cohosts.0.clone();
    if let Some(turn) = &latest
        && turn.state == State::Assigned
    {
        return Ok(NewTurn {
            cohosts,
            ..NewTurn::from(turn, state)
        });
    }
    let members = members(tx, who)?;
    let now = tx.now;
    let outlook = outlook(tx, who, meeting.series_id, &members, now)?;
    let turn = outlook.turn(meeting.id);
    let source = turn.map_or(Source::Rotation, |turn| turn.source);
    let pinned = latest.filter(|turn| turn.state == State::Pinned && turn.source == source);
    Ok(NewTurn {
        state,
        due: turn.and_then(|turn| turn.due),
        // What people were told holds, should it ever differ.
        host: meeting.host_id.or(turn.and_then(|turn| turn.host)),
        source,
        reason: pinned.and_then(|turn| turn.reason),
        cohosts,
    })
}

/// Fixes the turn of a meeting because the invitations go out. Doing it twice is doing it once.
///
/// # Errors
/// A conflict if nobody hosts the meeting.
pub fn assign(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let latest = latest(tx, who, meeting)?;
    if matches!(latest, Some(turn) if matches!(turn.state, State::Assigned | State::Counted)) {
        return Ok(());
    }
    let turn = present(tx, who, meeting, State::Assigned)?;
    if turn.host.is_none() {
        return Err(Error::conflict(
            "no_host",
            "nobody hosts this meeting; set a host first",
        ));
    }
    append(tx, who, meeting, &turn)
}

/// Counts the turn of a meeting because it was held. Doing it twice is doing it once.
pub fn count(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let latest = latest(tx, who, meeting)?;
    if matches!(latest, Some(turn) if turn.state == State::Counted) {
        return Ok(());
    }
    let turn = present(tx, who, meeting, State::Counted)?;
    append(tx, who, meeting, &turn)
}
