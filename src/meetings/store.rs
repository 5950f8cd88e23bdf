//! Queries of meetings.
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use diesel::prelude::*;

use super::{Meeting, MeetingStatus, span};
use crate::Tx;
use crate::auth::{Delegate, Host, Scope};
use crate::cooperations::Cooperation;
use crate::days::DayChoice;
use crate::db::schema::{agenda_items, counter_proposals, meetings};
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Found, Result};
use crate::municipalities::{Municipality, Venue};
use crate::series::Series;

/// Selects meetings of a series.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeetingFilter {
    /// On this local day or later.
    pub from: Option<NaiveDate>,
    /// On this local day or earlier.
    pub to: Option<NaiveDate>,
    /// Only meetings with this status.
    pub status: Option<MeetingStatus>,
    /// Only meetings after this one, in the order of time.
    pub after: Option<(Instant, Id<Meeting>)>,
}

/// Sets columns of a meeting.
macro_rules! update {
    ($tx:ident, $meeting:ident, $columns:expr) => {{
        diesel::update(meetings::table.find($meeting.id))
            .set($columns)
            .execute(&mut **$tx)?;
        Ok(())
    }};
}

/// One meeting.
///
/// # Errors
/// [`Error::NotFound`] if the cooperation has no such meeting.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Meeting>) -> Result<Meeting> {
    Ok(meetings::table
        .find(id)
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::deleted_at.is_null())
        .select(Meeting::as_select())
        .first(conn)?)
}

/// The meeting of a series that a field of a request names.
///
/// # Errors
/// The field, if the series has no such meeting.
pub fn named(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    (field, id): (&str, Id<Meeting>),
) -> Result<Meeting> {
    let found = find(conn, who, id).if_found()?;
    let missing = || Error::invalid(field, "exists", "the series has no such meeting");
    let meeting = found.filter(|meeting| meeting.series_id == of);
    meeting.ok_or_else(missing)
}

/// One meeting, with the proof that somebody may prepare it.
///
/// # Errors
/// As [`find`]; [`Error::Forbidden`] if that person may not.
pub fn hosted(conn: &mut DbConn, who: &Delegate, id: Id<Meeting>) -> Result<(Meeting, Host)> {
    let meeting = find(conn, who, id)?;
    let host = who.hosting(conn, meeting.host_id, meeting.date)?;
    Ok((meeting, host))
}

/// All meetings of a series in the order of time.
pub fn of_series(conn: &mut DbConn, who: &impl Scope, of: Id<Series>) -> Result<Vec<Meeting>> {
    Ok(meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::series_id.eq(of))
        .filter(meetings::deleted_at.is_null())
        .order((meetings::starts_at, meetings::id))
        .select(Meeting::as_select())
        .load(conn)?)
}

/// All meetings of a cooperation in the order of time.
pub fn all(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Meeting>> {
    Ok(meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::deleted_at.is_null())
        .order((meetings::starts_at, meetings::id))
        .select(Meeting::as_select())
        .load(conn)?)
}

/// The next planned or invited meeting of a cooperation.
pub fn coming(conn: &mut DbConn, who: &impl Scope, now: Instant) -> Result<Option<Meeting>> {
    next(conn, who, None, now)
}

/// The next planned or invited meeting of the series after this one.
pub fn next_after(conn: &mut DbConn, who: &impl Scope, this: &Meeting) -> Result<Option<Meeting>> {
    next(conn, who, Some(this.series_id), this.starts_at)
}

fn next(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Option<Id<Series>>,
    after: Instant,
) -> Result<Option<Meeting>> {
    let mut query = meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::starts_at.gt(after))
        .filter(meetings::status.eq_any([MeetingStatus::Planned, MeetingStatus::Invited]))
        .filter(meetings::deleted_at.is_null())
        .order((meetings::starts_at, meetings::id))
        .select(Meeting::as_select())
        .into_boxed();
    if let Some(of) = of {
        query = query.filter(meetings::series_id.eq(of));
    }
    Ok(query.first(conn).optional()?)
}

/// Notes a change that calendars show: increments SEQUENCE, and those invited are notified when the series' change window
/// ends. Call it once for each change, after its columns are set.
pub fn note_change(tx: &mut Tx, meeting: &Meeting, window_minutes: i32) -> Result<()> {
    let now = tx.now;
    let sequence = meeting.sequence + 1;
    let is_invited = meeting.invited_at.is_some();
    let due = Instant::from(*now + TimeDelta::minutes(window_minutes.into()));
    // The first change opens the window; later ones do not extend it.
    let tell_at = is_invited.then(|| meeting.tell_at.unwrap_or(due));
    update!(
        tx,
        meeting,
        (
            meetings::sequence.eq(sequence),
            meetings::tell_at.eq(tell_at),
            meetings::changed_at.eq(now),
            meetings::modified_at.eq(now),
            meetings::revision.eq(meeting.revision + 1),
        )
    )
}

/// One page of the meetings of a series in the order of time.
pub fn page(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    filter: MeetingFilter,
    limit: i64,
) -> Result<Vec<Meeting>> {
    let mut query = meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::series_id.eq(of))
        .filter(meetings::deleted_at.is_null())
        .order((meetings::starts_at, meetings::id))
        .limit(limit)
        .select(Meeting::as_select())
        .into_boxed();
    if let Some(from) = filter.from {
        query = query.filter(meetings::date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(meetings::date.le(to));
    }
    if let Some(status) = filter.status {
        query = query.filter(meetings::status.eq(status));
    }
    if let Some((moment, id)) = filter.after {
        let later = meetings::starts_at.gt(moment);
        query = query.filter(later.or(meetings::starts_at.eq(moment).and(meetings::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

/// When a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeetingTime<'a> {
    /// The local day.
    pub date: NaiveDate,
    /// Local start time.
    pub start_time: NaiveTime,
    /// The time zone of both (IANA).
    pub time_zone: &'a str,
    /// The duration.
    pub minutes: i32,
}

impl<'a> MeetingTime<'a> {
    /// The usual time of a series on a day.
    #[must_use]
    pub fn usual(series: &'a Series, date: NaiveDate) -> Self {
        Self {
            date,
            start_time: series.start_time,
            time_zone: &series.time_zone,
            minutes: series.duration_minutes,
        }
    }

    /// Start and end.
    #[must_use]
    pub fn span(&self) -> (Instant, Instant) {
        let zone = self.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC);
        span(self.date.and_time(self.start_time), zone, self.minutes)
    }
}

macro_rules! columns_of_time {
    ($time:ident) => {{
        let (starts_at, ends_at) = $time.span();
        let zone: chrono_tz::Tz = $time.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC);
        // Not the requested values: a time that does not exist because of a clock change was moved forward.
        let local = starts_at.with_timezone(&zone).naive_local();
        (
            meetings::date.eq(local.date()),
            meetings::start_time.eq(local.time()),
            meetings::duration_minutes.eq($time.minutes),
            meetings::time_zone.eq($time.time_zone.to_owned()),
            meetings::starts_at.eq(starts_at),
            meetings::ends_at.eq(ends_at),
        )
    }};
}

/// The series of these cooperations to whose meetings somebody has been invited.
pub fn series_in_use(conn: &mut DbConn, of: &[Id<Cooperation>]) -> Result<Vec<Id<Series>>> {
    Ok(meetings::table
        .filter(meetings::cooperation_id.eq_any(of))
        .filter(meetings::invited_at.is_not_null())
        .filter(meetings::deleted_at.is_null())
        .select(meetings::series_id)
        .distinct()
        .load(conn)?)
}

/// Adds a planned meeting; its number, host and venue are set when hosts are reassigned.
///
/// # Errors
/// If the date has a meeting already.
pub fn insert(
    tx: &mut Tx,
    who: &impl Scope,
    (series, id): (Id<Series>, Id<Meeting>),
    occurrence_on: Option<NaiveDate>,
    time: MeetingTime<'_>,
    title: Option<&str>,
) -> Result<Meeting> {
    let uid = format!("{id}@{}", tx.settings.domain());
    diesel::insert_into(meetings::table)
        .values((
            meetings::id.eq(id),
            meetings::cooperation_id.eq(who.cooperation()),
            meetings::series_id.eq(series),
            meetings::uid.eq(uid),
            meetings::number.eq(0),
            meetings::title.eq(title),
            meetings::status.eq(MeetingStatus::Planned),
            meetings::occurrence_on.eq(occurrence_on),
            columns_of_time!(time),
            meetings::sequence.eq(0),
            meetings::asked_sequence.eq(0),
            meetings::changed_at.eq(tx.now),
            meetings::created_at.eq(tx.now),
            meetings::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Sets when a meeting takes place, without noting the change.
pub fn set_time(tx: &mut Tx, meeting: &Meeting, time: MeetingTime<'_>) -> Result<()> {
    update!(tx, meeting, columns_of_time!(time))
}

/// Sets the date of the rule that a meeting stands for.
///
/// # Errors
/// If the date has a meeting already.
pub fn set_occurrence(tx: &mut Tx, meeting: &Meeting, on: NaiveDate) -> Result<()> {
    update!(tx, meeting, meetings::occurrence_on.eq(on))
}

/// Stores why a meeting is on its day.
pub fn set_choice(tx: &mut Tx, meeting: &Meeting, choice: Option<DayChoice>) -> Result<()> {
    update!(tx, meeting, meetings::day_choice.eq(choice.map(Json)))
}

/// Sets host and venue, without noting the change.
pub fn set_host(
    tx: &mut Tx,
    meeting: &Meeting,
    host: Option<Id<Municipality>>,
    venue: Option<Id<Venue>>,
) -> Result<()> {
    update!(
        tx,
        meeting,
        (meetings::host_id.eq(host), meetings::venue_id.eq(venue))
    )
}

/// Sets the co-hosts, without noting the change.
pub fn set_cohosts(tx: &mut Tx, meeting: &Meeting, cohosts: &[Id<Municipality>]) -> Result<()> {
    update!(tx, meeting, meetings::cohosts.eq(Json(cohosts.to_vec())))
}

/// Stores who is due at a meeting, without noting the change: only the host is visible.
pub fn set_due(tx: &mut Tx, meeting: &Meeting, due: Option<Id<Municipality>>) -> Result<()> {
    update!(tx, meeting, meetings::due_id.eq(due))
}

/// Sets the number in the series, without noting the change.
pub fn set_number(tx: &mut Tx, meeting: &Meeting, number: i32) -> Result<()> {
    update!(tx, meeting, meetings::number.eq(number))
}

/// Sets the title, without noting the change.
pub fn set_title(tx: &mut Tx, meeting: &Meeting, title: Option<&str>) -> Result<()> {
    update!(tx, meeting, meetings::title.eq(title))
}

/// Sets the status and the cancellation, without noting the change.
pub fn set_status(
    tx: &mut Tx,
    meeting: &Meeting,
    status: MeetingStatus,
    cancelled: Option<(Instant, &str)>,
) -> Result<()> {
    update!(
        tx,
        meeting,
        (
            meetings::status.eq(status),
            meetings::cancelled_at.eq(cancelled.map(|(at, _)| at)),
            meetings::cancelled_reason.eq(cancelled.map(|(_, reason)| reason)),
        )
    )
}

/// Removes a planned meeting, and frees the date it stood for: if the rule has that date, planning adds a meeting again.
pub fn remove(tx: &mut Tx, meeting: &Meeting) -> Result<()> {
    let now = tx.now;
    update!(
        tx,
        meeting,
        (
            meetings::occurrence_on.eq(None::<NaiveDate>),
            meetings::deleted_at.eq(now),
            meetings::modified_at.eq(now),
            meetings::revision.eq(meeting.revision + 1),
        )
    )
}

/// Returns the topics of a meeting that will not take place to the backlog of the series: scheduled ones as postponed,
/// proposed ones unchanged. They are not moved back if the meeting is restored.
pub fn release_topics(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let now = tx.now;
    for (state, after) in [("scheduled", "postponed"), ("proposed", "proposed")] {
        diesel::update(agenda_items::table)
            .filter(agenda_items::cooperation_id.eq(who.cooperation()))
            .filter(agenda_items::meeting_id.eq(meeting.id))
            .filter(agenda_items::state.eq(state))
            .filter(agenda_items::deleted_at.is_null())
            .set((
                agenda_items::state.eq(after),
                agenda_items::meeting_id.eq(None::<Id<Meeting>>),
                agenda_items::position.eq(0),
                agenda_items::late.eq(false),
                agenda_items::revision.eq(agenda_items::revision + 1),
                agenda_items::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Closes the counter-proposals for a meeting that was held or cancelled.
pub fn close_proposals(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    diesel::update(counter_proposals::table)
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting.id))
        .filter(counter_proposals::state.eq("open"))
        .set((
            counter_proposals::state.eq("lapsed"),
            counter_proposals::decided_at.eq(tx.now),
            counter_proposals::modified_at.eq(tx.now),
            counter_proposals::revision.eq(counter_proposals::revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
