//! Swaps: the hosts of two meetings exchange places. [`overrides::take_back`](super::overrides::take_back) withdraws one.
//!
//! Nothing here reassigns hosts: the caller does so afterwards.
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::ledger::{TurnEntry, TurnEntryState, latest};
use super::overrides::{changeable, check_member, set_host};
use super::plan::HostSource;
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::cooperations::one_line;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result, conflict_unless};
use crate::meetings::Meeting;
use crate::series::Series;

/// Two meetings whose hosts exchange places.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewSwap {
    /// One meeting.
    pub first_meeting_id: Id<Meeting>,
    /// The other one.
    pub second_meeting_id: Id<Meeting>,
    /// The reason.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: Option<String>,
}

/// Exchanges the hosts of two meetings that have not begun.
///
/// # Errors
/// If there are no such meetings, a host is not a member on the other day, or a meeting has begun.
pub fn create(tx: &mut Tx, who: &Coordinator, series: &Series, new: &NewSwap) -> Result<()> {
    let both = (new.first_meeting_id, new.second_meeting_id);
    exchange(tx, who, series, both, new.reason.as_ref())
}

/// As [`create`], for a swap that both municipalities have agreed on.
///
/// # Errors
/// As for [`create`].
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
        let message = "one of the meetings has no host to swap";
        return Err(Error::conflict("no_host", message));
    };
    if one == other {
        let message = "both meetings have the same host";
        return Err(Error::invalid("second_meeting_id", "same", message));
    }
    check_member(tx, who, other, &first, "second_meeting_id")?;
    check_member(tx, who, one, &second, "first_meeting_id")?;
    let by_swap = |host| (host, HostSource::Swap, reason.cloned());
    set_host(tx, who, series, &first, by_swap(other))?;
    set_host(tx, who, series, &second, by_swap(one))
}

/// Makes sure that a meeting is not part of a swap: a second swap on top of the first could not be withdrawn without
/// affecting a third meeting.
///
/// # Errors
/// A conflict if the meeting is swapped already.
pub fn not_swapped(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let is_swap =
        |turn: TurnEntry| turn.state == TurnEntryState::Pinned && turn.source == HostSource::Swap;
    let is_swapped = latest(conn, who, meeting)?.is_some_and(is_swap);
    let message = "this meeting is swapped already; take that back first";
    conflict_unless(!is_swapped, "swapped", message)
}
