//! Queries of meetings.
use diesel::prelude::*;

use super::{Meeting, Status};
use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::meetings;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::series::Series;

/// One meeting.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if the cooperation has none of that key.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Meeting>) -> Result<Meeting> {
    Ok(meetings::table
        .find(id)
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::deleted_at.is_null())
        .select(Meeting::as_select())
        .first(conn)?)
}

/// All meetings of a series in the order of time.
///
/// # Errors
/// If the database cannot be read.
pub fn of_series(conn: &mut DbConn, who: &impl Scope, of: Id<Series>) -> Result<Vec<Meeting>> {
    Ok(meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::series_id.eq(of))
        .filter(meetings::deleted_at.is_null())
        .order((meetings::starts_at, meetings::id))
        .select(Meeting::as_select())
        .load(conn)?)
}

/// All meetings of the cooperation in the order of time.
///
/// # Errors
/// If the database cannot be read.
pub fn all(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Meeting>> {
    Ok(meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::deleted_at.is_null())
        .order((meetings::starts_at, meetings::id))
        .select(Meeting::as_select())
        .load(conn)?)
}

/// The next meeting of the series after this one that is planned or invited.
///
/// # Errors
/// If the database cannot be read.
pub fn next_after(conn: &mut DbConn, who: &impl Scope, this: &Meeting) -> Result<Option<Meeting>> {
    Ok(meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::series_id.eq(this.series_id))
        .filter(meetings::starts_at.gt(this.starts_at))
        .filter(meetings::status.eq_any([Status::Planned, Status::Invited]))
        .filter(meetings::deleted_at.is_null())
        .order((meetings::starts_at, meetings::id))
        .select(Meeting::as_select())
        .first(conn)
        .optional()?)
}

/// Notes that something changed that calendars show: SEQUENCE moves on, and those invited are told
/// when the series' window for changes is over. Call it once a change, after its columns are set.
///
/// # Errors
/// If the database cannot be written.
pub fn note_change(
    tx: &mut Tx,
    meeting: &Meeting,
    window_minutes: i32,
    time_changed: bool,
) -> Result<()> {
    let now = tx.now;
    let sequence = meeting.sequence + 1;
    let told = meeting.invited_at.is_some();
    let due: Instant = (*now + chrono::TimeDelta::minutes(window_minutes.into())).into();
    // The first change opens the window; later ones do not push its end away.
    let tell_at = told.then(|| meeting.tell_at.unwrap_or(due));
    diesel::update(meetings::table.find(meeting.id))
        .set((
            meetings::sequence.eq(sequence),
            time_changed.then(|| meetings::timed_sequence.eq(sequence)),
            meetings::tell_at.eq(tell_at),
            meetings::changed_at.eq(now),
            meetings::modified_at.eq(now),
            meetings::revision.eq(meeting.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
