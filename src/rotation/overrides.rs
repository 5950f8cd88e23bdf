//! Overrides: another municipality hosts a meeting, and the turn remains charged to the municipality that is due.
//! Also withdraws overrides and swaps, and holds the checks that both share.
//!
//! Nothing here reassigns hosts: the caller does so afterwards.
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::ledger::{NewTurnEntry, TurnEntryState, append, current_turn, of_meeting};
use super::plan::HostSource;
use super::store;
use super::swaps::not_swapped;
use super::turn_history::{TurnHistory, history, move_back, swap_partner};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::cooperations::one_line;
use crate::db::{Id, Instant};
use crate::error::{Error, Found, Result, conflict_unless};
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::municipalities::{self, Municipality};
use crate::series::Series;

/// An override for one meeting.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewOverride {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// The municipality that hosts instead. The turn remains charged to the municipality that is due.
    pub municipality_id: Id<Municipality>,
    /// The reason.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: String,
}

/// Lets another municipality host a meeting that has not begun.
///
/// # Errors
/// If there is no such meeting or member, or the meeting has begun.
pub fn create(tx: &mut Tx, who: &Coordinator, series: &Series, new: &NewOverride) -> Result<()> {
    let turn = (new.meeting_id, new.municipality_id);
    hand_over(tx, who, series, turn, Some(new.reason.clone()))
}

/// As [`create`], for a change that both municipalities have agreed on.
///
/// # Errors
/// As for [`create`].
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
    if meeting.status == MeetingStatus::Invited && meeting.host_id == Some(host) {
        let message = "hosts this meeting already";
        return Err(Error::invalid("municipality_id", "same", message));
    }
    let stand_in = (host, HostSource::Override, reason);
    set_host(tx, who, series, &meeting, stand_in)
}

/// Withdraws the latest override or swap of a meeting, as long as nobody is invited; a swap for both meetings. Host, parts and
/// plan are as before it then, so that an earlier override is in effect again.
///
/// # Errors
/// [`Error::NotFound`] if the host of the meeting was not set by hand; a conflict if people are invited.
pub fn take_back(tx: &mut Tx, who: &Coordinator, series: &Series, id: Id<Meeting>) -> Result<()> {
    let meeting = meetings::store::find(tx, who, id)?;
    let history = history(tx, who, &meeting)?;
    let pinned = history.filter(|history| history.latest.source != HostSource::Rotation);
    let Some(history) = pinned.filter(|_| meeting.series_id == series.id) else {
        return Err(Error::NotFound);
    };
    undo_all(tx, who, &meeting, &history)
}

/// Withdraws the override or swap of a meeting that was written at `written_at`, on behalf of the municipalities that had
/// agreed on it.
///
/// # Errors
/// A conflict if the host was set again since, or people are invited.
pub fn take_back_agreed(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    written_at: Instant,
) -> Result<()> {
    let history = history(tx, who, meeting)?;
    let known = history.filter(|history| history.origin.created_at == written_at);
    let message = "the host of this meeting was set anew since";
    let history = known.ok_or_else(|| Error::conflict("changed", message))?;
    undo_all(tx, who, meeting, &history)
}

/// Undoes the latest pin of a meeting, and that of the other one if the two are swapped.
fn undo_all(tx: &mut Tx, who: &impl Scope, meeting: &Meeting, history: &TurnHistory) -> Result<()> {
    let partner = swap_partner(tx, who, meeting, &history.origin)?;
    undo(tx, who, meeting, history)?;
    if let Some((partner, history)) = partner {
        undo(tx, who, &partner, &history)?;
    }
    Ok(())
}

fn undo(tx: &mut Tx, who: &impl Scope, meeting: &Meeting, history: &TurnHistory) -> Result<()> {
    let TurnHistory {
        latest,
        origin,
        before,
    } = history;
    let is_open = meeting.is_open(tx.now) && latest.state == TurnEntryState::Pinned;
    let message = "the host can only be taken back while nobody is invited";
    conflict_unless(is_open, "state", message)?;
    // Co-hosts that were named since stay, none of them is a host; otherwise those from before are back.
    let entries = of_meeting(tx, who, meeting)?;
    let since = entries.iter().rfind(|one| one.entry > latest.entry);
    let cohosts = since.or(before.as_ref());
    let cohosts = cohosts.map_or_else(Vec::new, |entry| entry.cohosts.0.clone());
    let restored = NewTurnEntry::restored(before.as_ref(), cohosts);
    append(tx, who, meeting, &restored)?;
    move_back(tx, who, origin)
}

/// A meeting of the series whose host may still change.
pub(super) fn changeable(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    id: Id<Meeting>,
    field: &str,
) -> Result<Meeting> {
    let meeting = meetings::store::named(tx, who, series.id, (field, id))?;
    match meeting.status {
        MeetingStatus::Planned | MeetingStatus::Invited if meeting.starts_at > tx.now => {
            Ok(meeting)
        }
        MeetingStatus::Planned | MeetingStatus::Invited => {
            Err(Error::conflict("past", "this meeting has begun"))
        }
        MeetingStatus::Held | MeetingStatus::Cancelled => Err(meeting.conflict()),
    }
}

pub(super) fn check_member(
    tx: &mut Tx,
    who: &impl Scope,
    id: Id<Municipality>,
    meeting: &Meeting,
    field: &str,
) -> Result<()> {
    let found = municipalities::store::find(tx, who, id);
    let one = found.or_invalid(field, "there is no such municipality")?;
    let members = store::members(tx, who)?;
    let member = members.iter().find(|member| member.id == id);
    match member.and_then(|member| member.absence_error(&one.name, meeting.date)) {
        Some((rule, message)) => Err(Error::invalid(field, rule, message)),
        None => Ok(()),
    }
}

/// Sets the host of a meeting: of a planned one by a pin, which is applied when hosts are reassigned; of an invited one
/// at once, and those invited are notified.
pub(super) fn set_host(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    meeting: &Meeting,
    (host, source, reason): (Id<Municipality>, HostSource, Option<String>),
) -> Result<()> {
    let invited = meeting.status == MeetingStatus::Invited;
    let state = if invited {
        TurnEntryState::Assigned
    } else {
        TurnEntryState::Pinned
    };
    let mut turn = NewTurnEntry {
        host: Some(host),
        source,
        reason,
        ..current_turn(tx, who, meeting, state)?
    };
    // The host cannot be a co-host.
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
