//! What people can do to a meeting: add, change, cancel and restore it.
//!
//! Nothing here reassigns hosts: the caller does so afterwards.
use super::planning::{MAX_AHEAD, count_ahead};
use super::store::{self, MeetingTime};
use super::{Meeting, MeetingPatch, MeetingStatus, NewMeeting};
use crate::Tx;
use crate::auth::{Coordinator, Host, Scope};
use crate::cooperations::one_line;
use crate::db::Id;
use crate::error::{Error, Found, Result, conflict_unless};
use crate::municipalities::{self, Venue};
use crate::rotation;
use crate::series::{self, CancelledTurn, Series};

/// Adds a meeting by hand, with an ID whose UID may be in calendars already. One in the past can then be closed, so that
/// earlier meetings count.
///
/// # Errors
/// If there are too many meetings.
pub fn add(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    new: &NewMeeting,
    id: Id<Meeting>,
) -> Result<Meeting> {
    let ahead = count_ahead(tx, who, series.id)?;
    let message = format!("at most {MAX_AHEAD} meetings ahead");
    conflict_unless(ahead < MAX_AHEAD, "too_many", message)?;
    let time = MeetingTime {
        date: new.date,
        start_time: new.start_time.unwrap_or(series.start_time),
        time_zone: &series.time_zone,
        minutes: new.duration_minutes.unwrap_or(series.duration_minutes),
    };
    tx.plan_in_order();
    store::insert(tx, who, (series.id, id), None, time, new.title.as_deref())
}

/// Chooses the venue of a meeting that has its host.
///
/// # Errors
/// If it is not a venue of the host.
pub fn choose_venue(
    tx: &mut Tx,
    who: &Coordinator,
    meeting: &Meeting,
    chosen: Id<Venue>,
) -> Result<()> {
    let host = meeting.host_id.ok_or_else(no_venue)?;
    let venue = municipalities::venues::store::find_open(tx, who, host, chosen).if_found()?;
    let venue = venue.ok_or_else(no_venue)?;
    store::set_host(tx, meeting, Some(host), Some(venue.id))
}

fn no_venue() -> Error {
    Error::invalid("venue_id", "host", "must be a venue of the host")
}

/// Changes date, time, duration, venue or title.
///
/// # Errors
/// A conflict if the meeting was held or cancelled; the invalid fields.
pub fn change(tx: &mut Tx, who: &Host, meeting: &Meeting, patch: &MeetingPatch) -> Result<()> {
    check_changeable(meeting)?;
    let time = MeetingTime {
        date: patch.date.unwrap_or(meeting.date),
        start_time: patch.start_time.unwrap_or(meeting.start_time),
        time_zone: &meeting.time_zone,
        minutes: patch.duration_minutes.unwrap_or(meeting.duration_minutes),
    };
    let span = time.span();
    let time_changed = span != (meeting.starts_at, meeting.ends_at);
    if time_changed && span.0 <= tx.now {
        let message = "a meeting cannot be moved into the past";
        return Err(Error::invalid("date", "past", message));
    }
    let venue = match patch.venue_id {
        Some(chosen) => wanted_venue(tx, who, meeting, chosen)?,
        None => meeting.venue_id,
    };
    let title = match &patch.title {
        Some(Some(title)) => {
            one_line(title)
                .map_err(|_| Error::invalid("title", "one_line", "must be one line of text"))?;
            Some(title.clone())
        }
        Some(None) => None,
        None => meeting.title.clone(),
    };
    if !time_changed && venue == meeting.venue_id && title == meeting.title {
        return Ok(());
    }
    if time_changed {
        tx.plan_in_order();
        store::set_time(tx, meeting, time)?;
    }
    store::set_host(tx, meeting, meeting.host_id, venue)?;
    store::set_title(tx, meeting, title.as_deref())?;
    let series = series::store::find(tx, who, meeting.series_id)?;
    store::note_change(tx, meeting, series.change_window_minutes)
}

fn wanted_venue(
    tx: &mut Tx,
    who: &Host,
    meeting: &Meeting,
    chosen: Option<Id<Venue>>,
) -> Result<Option<Id<Venue>>> {
    let own = match meeting.host_id {
        Some(host) => municipalities::venues::store::of_municipality(tx, who, host)?,
        None => Vec::new(),
    };
    match chosen {
        None => Ok(own.first().map(|venue| venue.id)),
        Some(id) if own.iter().any(|venue| venue.id == id) => Ok(Some(id)),
        Some(_) => Err(no_venue()),
    }
}

/// A meeting can be changed and cancelled until it is held or cancelled, even if it has begun.
fn check_changeable(meeting: &Meeting) -> Result<()> {
    match meeting.status {
        MeetingStatus::Planned | MeetingStatus::Invited => Ok(()),
        MeetingStatus::Held | MeetingStatus::Cancelled => Err(meeting.conflict()),
    }
}

/// Cancels a meeting: its turn is given back or forfeited, its topics return to the backlog, and those invited are
/// notified.
///
/// # Errors
/// A conflict if the meeting was held or cancelled.
pub fn cancel(tx: &mut Tx, who: &Host, meeting: &Meeting, reason: &str) -> Result<()> {
    check_changeable(meeting)?;
    let series = series::store::find(tx, who, meeting.series_id)?;
    rotation::ledger::cancel(tx, who, &series, meeting)?;
    if series.cancelled_turn == CancelledTurn::GivenBack {
        tx.plan_in_order();
    }
    let now = tx.now;
    store::set_status(tx, meeting, MeetingStatus::Cancelled, Some((now, reason)))?;
    store::note_change(tx, meeting, series.change_window_minutes)?;
    store::close_proposals(tx, who, meeting)?;
    store::release_topics(tx, who, meeting)
}

/// Restores a cancelled meeting with its previous status and turn. Its topics remain in the backlog.
///
/// # Errors
/// A conflict if it is not cancelled, or would have begun.
pub fn restore(tx: &mut Tx, who: &Host, meeting: &Meeting) -> Result<()> {
    if meeting.status != MeetingStatus::Cancelled {
        return Err(meeting.conflict());
    }
    let message = "this meeting would have begun; add another one";
    conflict_unless(meeting.starts_at > tx.now, "past", message)?;
    rotation::turn_history::restore(tx, who, meeting)?;
    let status = match meeting.invited_at {
        Some(_) => MeetingStatus::Invited,
        None => MeetingStatus::Planned,
    };
    store::set_status(tx, meeting, status, None)?;
    let series = series::store::find(tx, who, meeting.series_id)?;
    store::note_change(tx, meeting, series.change_window_minutes)
}
