//! The host of a meeting confirms that it hosts, or declines (`/meetings/{id}/host/confirm`, `…/decline`).
//!
//! A confirmation is valid for one municipality: if the host changes, the new one is asked.
use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::{By, NewSwapRequest, notices, store, swap_requests};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::Cooperation;
use crate::db::schema::host_confirmations;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result, conflict_unless};
use crate::meetings::confirmations::{
    HostConfirmation, HostConfirmationState as State, of_meeting,
};
use crate::meetings::{Deadlines, Meeting};
use crate::series::Series;

/// Within how many days a host that was asked should answer.
const ANSWER_DAYS: u64 = 14;

/// The day on which the coordinators are warned if the host has not confirmed: two weeks after it was asked, or when
/// the invitation is due if that is earlier, but not on the day on which it was asked.
#[must_use]
pub fn overdue_on(meeting: &Meeting, series: &Series, asked_at: Instant) -> Option<NaiveDate> {
    let asked_on = asked_at.with_timezone(&meeting.zone()).date_naive();
    let latest = asked_on.checked_add_days(Days::new(ANSWER_DAYS))?;
    let invited = Deadlines::of(meeting, series).invitation_due;
    let day = invited.map_or(latest, |invited| invited.min(latest));
    Some(day.max(asked_on.succ_opt()?))
}

/// Asks the host of a meeting to confirm.
pub fn ask(tx: &mut Tx, who: &SystemActor, meeting: &Meeting) -> Result<()> {
    let Some(host) = meeting.host_id else {
        return Ok(());
    };
    let row = store::ask_host(tx, who, meeting, host)?;
    notices::confirm(tx, who, meeting, (host, row))
}

/// Records that the host confirms.
///
/// # Errors
/// A conflict if people are invited, the meeting has begun or has no host, or the host has an open swap request for it
/// (`swap_open`).
pub fn confirm(tx: &mut Tx, who: &impl Scope, meeting: &Meeting, by: By) -> Result<()> {
    check_answerable(meeting, tx.now)?;
    let is_offered = swap_requests::is_offered(tx, who, meeting)?;
    let message = "there is an open swap request for this meeting; withdraw it first";
    conflict_unless(!is_offered, "swap_open", message)?;
    store::answer_of_host(tx, who, meeting, (State::Confirmed, None), by)
}

/// Records that the host cannot host, and asks all other municipalities to take its turn. If none can be asked, the
/// coordinators are warned at once.
///
/// # Errors
/// A conflict if people are invited, or the meeting has begun or has no host.
pub fn decline(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    meeting: &Meeting,
    (reason, by): (&str, By),
) -> Result<()> {
    check_answerable(meeting, tx.now)?;
    tx.plan_again();
    store::answer_of_host(tx, who, meeting, (State::Declined, Some(reason)), by)?;
    if swap_requests::is_offered(tx, who, meeting)? {
        return Ok(());
    }
    let request = NewSwapRequest {
        meeting_id: meeting.id,
        partner_meeting_id: None,
        municipality_id: None,
        reason: Some(reason.to_owned()),
        nevertheless: false,
    };
    match swap_requests::ask(tx, who, series, &request, by) {
        Ok(_) => Ok(()),
        Err(Error::Conflict(..)) => warn(tx, who, meeting),
        Err(error) => Err(error),
    }
}

fn check_answerable(meeting: &Meeting, now: Instant) -> Result<()> {
    let message = "the host can only confirm or decline while nobody is invited";
    conflict_unless(meeting.is_open(now), "state", message)?;
    let has_host = meeting.host_id.is_some();
    conflict_unless(has_host, "no_host", "nobody hosts this meeting")
}

/// Notifies the coordinators that the host has not confirmed, or has declined.
pub fn warn(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let Some(row) = of_meeting(tx, who, meeting.id)? else {
        return Ok(());
    };
    store::warned_of_host(tx, &row)?;
    notices::unconfirmed(tx, who, meeting, &row)
}

/// The confirmation that a personal link is for, and its cooperation. The link authorizes the access.
///
/// # Errors
/// [`Error::NotFound`] if there is none, or another municipality hosts by now.
pub(super) fn by_link(
    conn: &mut DbConn,
    id: Id<HostConfirmation>,
) -> Result<(SystemActor, HostConfirmation)> {
    let (cooperation, row): (Id<Cooperation>, HostConfirmation) = host_confirmations::table
        .find(id)
        .filter(host_confirmations::deleted_at.is_null())
        .select((
            host_confirmations::cooperation_id,
            HostConfirmation::as_select(),
        ))
        .first(conn)?;
    Ok((SystemActor::within(cooperation), row))
}
