//! The host confirms that it hosts, or says that it cannot.
//!
//! What a municipality has said holds for it alone: another host is asked anew.
use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::{By, NewSwapRequest, notices, swaps};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::Cooperation;
use crate::db::schema::host_confirmations;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::meetings::confirmations::{
    HostConfirmation, HostConfirmationState as State, of_meeting,
};
use crate::meetings::{Deadlines, Meeting};
use crate::municipalities::Municipality;
use crate::series::Series;

/// How many days after it was asked a host should have answered.
const ANSWER_DAYS: u64 = 14;

/// The day on which the coordinators are to know that a host has not confirmed: two weeks after it
/// was asked, or when the invitation is due if that is earlier, but not on the day of asking.
#[must_use]
pub fn overdue_on(meeting: &Meeting, series: &Series, asked_at: Instant) -> Option<NaiveDate> {
    let asked_on = asked_at.with_timezone(&meeting.zone()).date_naive();
    let patient = asked_on.checked_add_days(Days::new(ANSWER_DAYS))?;
    let invited = Deadlines::of(meeting, series).invitation_due;
    let day = invited.map_or(patient, |invited| invited.min(patient));
    Some(day.max(asked_on.succ_opt()?))
}

/// Asks the host of a meeting to confirm.
pub fn ask(tx: &mut Tx, who: &SystemActor, meeting: &Meeting) -> Result<()> {
    let Some(host) = meeting.host_id else {
        return Ok(());
    };
    let row = renew(tx, who, meeting, host)?;
    let now = tx.now;
    diesel::update(host_confirmations::table.find(row))
        .set((
            host_confirmations::state.eq(State::Asked),
            host_confirmations::asked_at.eq(now),
        ))
        .execute(&mut **tx)?;
    notices::confirm(tx, who, meeting, (host, row))
}

/// Notes that the host confirms.
///
/// # Errors
/// A conflict if people are invited or the meeting has begun, it has no host, or the host looks for
/// another one (`swap_open`).
pub fn confirm(tx: &mut Tx, who: &impl Scope, meeting: &Meeting, by: By) -> Result<()> {
    can_be_said(meeting, tx.now)?;
    if swaps::is_offered(tx, who, meeting)? {
        let message = "there is an open swap request for this meeting; withdraw it first";
        return Err(Error::conflict("swap_open", message));
    }
    answer(tx, who, meeting, (State::Confirmed, None), by)
}

/// Notes that the host cannot, and asks all others to take its turn. Where nobody can be asked, the
/// coordinators hear of it at once.
///
/// # Errors
/// A conflict if people are invited or the meeting has begun, or it has no host.
pub fn decline(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    meeting: &Meeting,
    (reason, by): (&str, By),
) -> Result<()> {
    can_be_said(meeting, tx.now)?;
    answer(tx, who, meeting, (State::Declined, Some(reason)), by)?;
    if swaps::is_offered(tx, who, meeting)? {
        return Ok(());
    }
    let request = NewSwapRequest {
        meeting_id: meeting.id,
        partner_meeting_id: None,
        municipality_id: None,
        reason: Some(reason.to_owned()),
        nevertheless: false,
    };
    match swaps::ask(tx, who, series, &request, by) {
        Ok(_) => Ok(()),
        Err(Error::Conflict(..)) => warn(tx, who, meeting),
        Err(error) => Err(error),
    }
}

fn can_be_said(meeting: &Meeting, now: Instant) -> Result<()> {
    if !meeting.is_open(now) {
        let message = "the host can only confirm or decline while nobody is invited";
        return Err(Error::conflict("state", message));
    }
    match meeting.host_id {
        Some(_) => Ok(()),
        None => Err(Error::conflict("no_host", "nobody hosts this meeting")),
    }
}

/// Notes that the host of a meeting has agreed to a swap that made it so.
pub fn consent(tx: &mut Tx, who: &impl Scope, meeting: &Meeting, by: By) -> Result<()> {
    answer(tx, who, meeting, (State::Confirmed, None), by)
}

fn answer(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    (state, reason): (State, Option<&str>),
    by: By,
) -> Result<()> {
    let Some(host) = meeting.host_id else {
        return Ok(());
    };
    let row = renew(tx, who, meeting, host)?;
    let now = tx.now;
    diesel::update(host_confirmations::table.find(row))
        .set((
            host_confirmations::state.eq(state),
            host_confirmations::reason.eq(reason),
            host_confirmations::answered_at.eq(now),
            host_confirmations::person_id.eq(by.person),
            host_confirmations::way.eq(by.way),
            host_confirmations::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The row of the present host: a new one in place of another municipality's.
fn renew(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    host: Id<Municipality>,
) -> Result<Id<HostConfirmation>> {
    let now = tx.now;
    let known = of_meeting(tx, who, meeting.id)?;
    if let Some(known) = known.as_ref().filter(|row| row.municipality_id == host) {
        return Ok(known.id);
    }
    if let Some(other) = known {
        diesel::update(host_confirmations::table.find(other.id))
            .set((
                host_confirmations::deleted_at.eq(now),
                host_confirmations::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    let id = tx.id::<HostConfirmation>();
    diesel::insert_into(host_confirmations::table)
        .values((
            host_confirmations::id.eq(id),
            host_confirmations::cooperation_id.eq(who.cooperation()),
            host_confirmations::meeting_id.eq(meeting.id),
            host_confirmations::municipality_id.eq(host),
            host_confirmations::state.eq(State::Asked),
            host_confirmations::created_at.eq(now),
            host_confirmations::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// Tells the coordinators that the host has not confirmed, or cannot.
pub fn warn(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let Some(row) = of_meeting(tx, who, meeting.id)? else {
        return Ok(());
    };
    let now = tx.now;
    diesel::update(host_confirmations::table.find(row.id))
        .set((
            host_confirmations::warned_at.eq(now),
            host_confirmations::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    notices::unconfirmed(tx, who, meeting, &row)
}

/// What a personal link asks to confirm, and its cooperation. The link is the proof.
///
/// # Errors
/// [`Error::NotFound`] if there is no such question, or another municipality hosts by now.
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
