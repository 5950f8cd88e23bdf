//! What people do to turns: stand in, swap, take that back; and what cancelling does to them.
//!
//! Nothing here plans again: whoever calls settles the plan afterwards.
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::plan::Source;
use super::store::{NewTurn, append, entries, latest, of_meeting, present, swapped_with};
use super::{State, Turn};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::cooperations::one_line;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::meetings::{self, Meeting, Status};
use crate::municipalities::{self, Municipality};
use crate::series::{CancelledTurn, Series};

/// A stand-in for one meeting.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewOverride {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Who hosts it instead. The turn stays charged to the municipality that is due.
    pub municipality_id: Id<Municipality>,
    /// Why.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: String,
}

/// Two meetings whose hosts change places.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewSwap {
    /// One meeting.
    pub first_meeting_id: Id<Meeting>,
    /// The other one.
    pub second_meeting_id: Id<Meeting>,
    /// Why.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: Option<String>,
}

/// Lets another municipality host a meeting that has not begun.
///
/// # Errors
/// If there is no such meeting or member, or it is too late.
pub fn stand_in(tx: &mut Tx, who: &Coordinator, series: &Series, new: &NewOverride) -> Result<()> {
    let host = new.municipality_id;
    hand_over(
        tx,
        who,
        series,
        (new.meeting_id, host),
        Some(new.reason.clone()),
    )
}

/// As [`stand_in`], for what both municipalities have agreed on.
///
/// # Errors
/// As for [`stand_in`].
pub fn hand_over(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    (meeting, host): (Id<Meeting>, Id<Municipality>),
    reason: Option<String>,
) -> Result<()> {
    let meeting = changeable(tx, who, series, meeting, "meeting_id")?;
    check_member(tx, who, host, &meeting, "municipality_id")?;
    not_swapped(tx, who, &meeting)?;
    if meeting.status == Status::Invited && meeting.host_id == Some(host) {
        return Err(Error::invalid(
            "municipality_id",
            "same",
            "hosts this meeting already",
        ));
    }
    set_host(tx, who, series, &meeting, (host, Source::Override, reason))
}

/// Exchanges the hosts of two meetings that have not begun.
///
/// # Errors
/// If there are no such meetings, a host is no member on the other day, or it is too late.
pub fn swap(tx: &mut Tx, who: &Coordinator, series: &Series, new: &NewSwap) -> Result<()> {
    let both = (new.first_meeting_id, new.second_meeting_id);
    exchange(tx, who, series, both, new.reason.as_ref())
}

/// As [`swap`], for what both municipalities have agreed on.
///
/// # Errors
/// As for [`swap`].
pub fn exchange(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    (first, second): (Id<Meeting>, Id<Meeting>),
    reason: Option<&String>,
) -> Result<()> {
    let first = changeable(tx, who, series, first, "first_meeting_id")?;
    let second = changeable(tx, who, series, second, "second_meeting_id")?;
    not_swapped(tx, who, &first)?;
    not_swapped(tx, who, &second)?;
    let (Some(one), Some(other)) = (first.host_id, second.host_id) else {
        return Err(Error::conflict(
            "no_host",
            "one of the meetings has no host to swap",
        ));
    };
    if one == other {
        let message = "both meetings have the same host";
        return Err(Error::invalid("second_meeting_id", "same", message));
    }
    check_member(tx, who, other, &first, "second_meeting_id")?;
    check_member(tx, who, one, &second, "first_meeting_id")?;
    let by_swap = |host| (host, Source::Swap, reason.cloned());
    set_host(tx, who, series, &first, by_swap(other))?;
    set_host(tx, who, series, &second, by_swap(one))
}

/// Takes a stand-in or a swap back, as long as nobody is invited. Of a swap both meetings go back.
///
/// # Errors
/// [`Error::NotFound`] if the host of the meeting was not set; a conflict if it is too late.
pub fn take_back(tx: &mut Tx, who: &Coordinator, series: &Series, id: Id<Meeting>) -> Result<()> {
    let meeting = meetings::store::find(tx, who, id)?;
    let latest = latest(tx, who, &meeting)?;
    let pinned = latest.filter(|turn| turn.source != Source::Rotation);
    let Some(turn) = pinned.filter(|_| meeting.series_id == series.id) else {
        return Err(Error::NotFound);
    };
    take_back_both(tx, who, &meeting, &turn)
}

/// Takes back the stand-in or swap of a meeting that was written at `written_at`, for those who had
/// agreed on it.
///
/// # Errors
/// A conflict if something else was decided since, or it is too late.
pub fn take_back_agreed(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    written_at: Instant,
) -> Result<()> {
    let latest = latest(tx, who, meeting)?;
    match latest.filter(|turn| turn.created_at == written_at) {
        Some(turn) => take_back_both(tx, who, meeting, &turn),
        None => Err(Error::conflict(
            "changed",
            "the host of this meeting was set anew since",
        )),
    }
}

fn take_back_both(tx: &mut Tx, who: &impl Scope, meeting: &Meeting, turn: &Turn) -> Result<()> {
    let partner = partner(tx, who, meeting, turn)?;
    unpin(tx, who, meeting, turn)?;
    if let Some((partner, entry)) = partner {
        unpin(tx, who, &partner, &entry)?;
    }
    Ok(())
}

fn unpin(tx: &mut Tx, who: &impl Scope, meeting: &Meeting, turn: &Turn) -> Result<()> {
    if !meeting.is_open(tx.now) || turn.state != State::Pinned {
        let message = "the host can only be taken back while nobody is invited";
        return Err(Error::conflict("state", message));
    }
    // As they were before the host was set, unless they were named since: then the host was none of them.
    let mut before = entries(tx, who, meeting)?.into_iter().rev();
    let before = before.find(|entry| matches!(entry.state, State::Cohosted | State::Unpinned));
    let cohosts = before.map_or_else(Vec::new, |entry| entry.cohosts.0);
    append(tx, who, meeting, &NewTurn::unpinned(cohosts))
}

/// The other meeting of a swap that still stands: its entry was written at the same moment.
fn partner(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    turn: &Turn,
) -> Result<Option<(Meeting, Turn)>> {
    if turn.source != Source::Swap {
        return Ok(None);
    }
    let Some(id) = swapped_with(tx, who, meeting, turn)? else {
        return Ok(None);
    };
    let other = meetings::store::find(tx, who, id)?;
    let latest = latest(tx, who, &other)?;
    let stands = latest
        .filter(|latest| latest.source == Source::Swap && latest.created_at == turn.created_at);
    Ok(stands.map(|latest| (other, latest)))
}

/// Writes down what becomes of the turn of a meeting that is cancelled.
pub fn cancel(tx: &mut Tx, who: &impl Scope, series: &Series, meeting: &Meeting) -> Result<()> {
    let state = match series.cancelled_turn {
        CancelledTurn::GivenBack => State::GivenBack,
        CancelledTurn::Forfeited => State::Forfeited,
    };
    let turn = present(tx, who, meeting, state)?;
    append(tx, who, meeting, &turn)
}

/// Puts the turn of a meeting that was cancelled back to what it was.
pub fn restore(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let before = of_meeting(tx, who, meeting)?.into_iter().nth(1);
    let turn = match before {
        Some(turn) if matches!(turn.state, State::Assigned | State::Pinned) => {
            NewTurn::from(&turn, turn.state)
        }
        before => NewTurn::unpinned(before.map_or_else(Vec::new, |turn| turn.cohosts.0)),
    };
    append(tx, who, meeting, &turn)
}

/// A swap is between two: a second one over it could not be taken back without a third.
///
/// # Errors
/// A conflict if the meeting is swapped already.
pub fn not_swapped(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let latest = latest(conn, who, meeting)?;
    match latest {
        Some(turn) if turn.state == State::Pinned && turn.source == Source::Swap => {
            Err(Error::conflict(
                "swapped",
                "this meeting is swapped already; take that back first",
            ))
        }
        _ => Ok(()),
    }
}

/// A meeting of the series whose host may still change.
pub(super) fn changeable(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    id: Id<Meeting>,
    field: &str,
) -> Result<Meeting> {
    let meeting = match meetings::store::find(tx, who, id) {
        Ok(meeting) if meeting.series_id == series.id => meeting,
        Ok(_) | Err(Error::NotFound) => {
            return Err(Error::invalid(
                field,
                "exists",
                "the series has no such meeting",
            ));
        }
        Err(error) => return Err(error),
    };
    match meeting.status {
        Status::Planned | Status::Invited if meeting.starts_at > tx.now => Ok(meeting),
        Status::Planned | Status::Invited => Err(Error::conflict("past", "this meeting has begun")),
        status @ (Status::Held | Status::Cancelled) => Err(Error::conflict(
            "state",
            format!("this meeting is {status}"),
        )),
    }
}

fn check_member(
    tx: &mut Tx,
    who: &impl Scope,
    id: Id<Municipality>,
    meeting: &Meeting,
    field: &str,
) -> Result<()> {
    match municipalities::store::find(tx, who, id) {
        Ok(one) if one.is_member_on(meeting.date) => Ok(()),
        Ok(one) => {
            let message = format!("{} is no member on {}", one.name, meeting.date);
            Err(Error::invalid(field, "member", message))
        }
        Err(Error::NotFound) => Err(Error::invalid(
            field,
            "exists",
            "there is no such municipality",
        )),
        Err(error) => Err(error),
    }
}

/// Sets the host of a meeting: of a planned one by a pin, which planning heeds; of an invited one at
/// once, and those invited will be told.
fn set_host(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    meeting: &Meeting,
    (host, source, reason): (Id<Municipality>, Source, Option<String>),
) -> Result<()> {
    let invited = meeting.status == Status::Invited;
    let state = if invited {
        State::Assigned
    } else {
        State::Pinned
    };
    let mut turn = NewTurn {
        host: Some(host),
        source,
        reason,
        ..present(tx, who, meeting, state)?
    };
    // Who hosts is no co-host any more.
    turn.cohosts.retain(|cohost| *cohost != host);
    append(tx, who, meeting, &turn)?;
    if invited {
        let venue = municipalities::venues::store::of_municipality(tx, who, host)?
            .first()
            .map(|venue| venue.id);
        meetings::store::set_host(tx, meeting, Some(host), venue)?;
        meetings::store::note_change(tx, meeting, series.change_window_minutes)?;
    }
    Ok(())
}
