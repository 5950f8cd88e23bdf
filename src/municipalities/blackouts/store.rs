//! Queries of blackouts and of subscribed calendars.
use std::collections::HashSet;

use diesel::prelude::*;

use super::fetching::FetchOutcome;
use super::{
    Blackout, BlackoutCalendar, BlackoutDays, BlackoutSource, CalendarState, FETCH_INTERVAL,
    MAX_BLACKOUTS, MAX_CALENDARS, NewBlackout, NewBlackoutCalendar, RETRY_INTERVAL,
};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::cooperations::Cooperation;
use crate::db::schema::{blackout_calendars, blackouts, municipalities};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result, conflict_unless};
use crate::fetch;
use crate::municipalities::Municipality;
use crate::municipalities::store::find;

/// How long an instance has to fetch a calendar that it has claimed.
const LEASE: chrono::TimeDelta = chrono::TimeDelta::minutes(15);
/// Most calendars that are fetched in one run.
const AT_ONCE: i64 = 20;

/// The blackouts of a municipality, ordered by first day.
pub fn of_municipality(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Municipality>,
) -> Result<Vec<Blackout>> {
    find(conn, who, of)?;
    Ok(of_cooperation(conn, who)?
        .into_iter()
        .filter(|row| row.municipality_id == of)
        .collect())
}

/// The blackouts of all municipalities, ordered by first day.
pub fn of_cooperation(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Blackout>> {
    Ok(blackouts::table
        .filter(blackouts::cooperation_id.eq(who.cooperation()))
        .filter(blackouts::deleted_at.is_null())
        .order((blackouts::starts_on, blackouts::id))
        .select(Blackout::as_select())
        .load(conn)?)
}

/// Adds a blackout by hand.
pub fn create(
    tx: &mut Tx,
    who: &Coordinator,
    of: Id<Municipality>,
    new: &NewBlackout,
) -> Result<Blackout> {
    let known = not_from_calendars(tx, who, of)?;
    let message = format!("at most {MAX_BLACKOUTS} blackouts for each municipality");
    conflict_unless(known.len() < MAX_BLACKOUTS, "too_many", message)?;
    let days = BlackoutDays {
        from: new.starts_on,
        until: new.ends_on,
        reason: new.reason.clone(),
    };
    insert(tx, who, of, days, (BlackoutSource::ByHand, None))
}

/// The blackouts that do not come from a subscribed calendar.
fn not_from_calendars(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Municipality>,
) -> Result<Vec<Blackout>> {
    let all = of_municipality(conn, who, of)?.into_iter();
    Ok(all
        .filter(|row| row.source != BlackoutSource::Calendar)
        .collect())
}

fn insert(
    tx: &mut Tx,
    who: &impl Scope,
    of: Id<Municipality>,
    days: BlackoutDays,
    (source, calendar_id): (BlackoutSource, Option<Id<BlackoutCalendar>>),
) -> Result<Blackout> {
    let now = tx.now;
    let blackout = Blackout {
        id: tx.id(),
        municipality_id: of,
        starts_on: days.from,
        ends_on: days.until,
        reason: days.reason,
        source,
        calendar_id,
        created_at: now,
    };
    tx.plan_again();
    diesel::insert_into(blackouts::table)
        .values((
            &blackout,
            blackouts::cooperation_id.eq(who.cooperation()),
            blackouts::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(blackout)
}

/// Deletes a blackout.
///
/// # Errors
/// [`Error::NotFound`] if there is none; a conflict if it comes from a calendar.
pub fn delete(
    tx: &mut Tx,
    who: &Coordinator,
    (of, id): (Id<Municipality>, Id<Blackout>),
) -> Result<()> {
    let known = of_municipality(tx, who, of)?;
    let known = known.iter().find(|row| row.id == id);
    let is_own = known.ok_or(Error::NotFound)?.source != BlackoutSource::Calendar;
    let message = "it comes from a subscribed calendar; change it there";
    conflict_unless(is_own, "from_calendar", message)?;
    diesel::update(blackouts::table.find(id))
        .set((
            blackouts::deleted_at.eq(tx.now),
            blackouts::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    tx.plan_again();
    Ok(())
}

/// Adds those blackouts of a file that do not exist yet, and returns them.
pub fn import(
    tx: &mut Tx,
    who: &Coordinator,
    of: Id<Municipality>,
    blackout_days: &[BlackoutDays],
) -> Result<Vec<Blackout>> {
    let known = not_from_calendars(tx, who, of)?;
    let room = MAX_BLACKOUTS.saturating_sub(known.len());
    let known: HashSet<BlackoutDays> = known.into_iter().map(BlackoutDays::from).collect();
    let new: Vec<&BlackoutDays> = blackout_days
        .iter()
        .filter(|days| !known.contains(*days))
        .collect();
    if new.len() > room {
        let message = format!("at most {MAX_BLACKOUTS} blackouts for each municipality");
        return Err(Error::invalid("body", "too_many", message));
    }
    let source = (BlackoutSource::Import, None);
    new.into_iter()
        .map(|days| insert(tx, who, of, days.clone(), source))
        .collect()
}

impl From<Blackout> for BlackoutDays {
    fn from(row: Blackout) -> Self {
        Self {
            from: row.starts_on,
            until: row.ends_on,
            reason: row.reason,
        }
    }
}

/// The calendars that a municipality subscribes to.
pub fn calendars(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Municipality>,
) -> Result<Vec<BlackoutCalendar>> {
    find(conn, who, of)?;
    Ok(blackout_calendars::table
        .filter(blackout_calendars::cooperation_id.eq(who.cooperation()))
        .filter(blackout_calendars::municipality_id.eq(of))
        .filter(blackout_calendars::deleted_at.is_null())
        .order(blackout_calendars::id)
        .select(BlackoutCalendar::as_select())
        .load(conn)?)
}

/// A subscribed calendar.
pub fn calendar(
    conn: &mut DbConn,
    who: &impl Scope,
    id: Id<BlackoutCalendar>,
) -> Result<BlackoutCalendar> {
    Ok(blackout_calendars::table
        .find(id)
        .filter(blackout_calendars::cooperation_id.eq(who.cooperation()))
        .filter(blackout_calendars::deleted_at.is_null())
        .select(BlackoutCalendar::as_select())
        .first(conn)?)
}

/// Subscribes to a calendar. It is fetched soon.
///
/// # Errors
/// If the address is not allowed, or there are too many.
pub fn subscribe(
    tx: &mut Tx,
    who: &Coordinator,
    of: Id<Municipality>,
    new: &NewBlackoutCalendar,
) -> Result<BlackoutCalendar> {
    let is_room = calendars(tx, who, of)?.len() < MAX_CALENDARS;
    let message = format!("at most {MAX_CALENDARS} calendars for each municipality");
    conflict_unless(is_room, "too_many", message)?;
    let url = fetch::address(&new.url, &tx.settings.fetch_allowed)
        .map_err(|error| Error::invalid("url", error.rule(), error.to_string()))?;
    let (id, now) = (tx.id::<BlackoutCalendar>(), tx.now);
    diesel::insert_into(blackout_calendars::table)
        .values((
            blackout_calendars::id.eq(id),
            blackout_calendars::cooperation_id.eq(who.cooperation()),
            blackout_calendars::municipality_id.eq(of),
            blackout_calendars::name.eq(&new.name),
            blackout_calendars::url.eq(url.as_str()),
            blackout_calendars::shows_titles.eq(new.shows_titles),
            blackout_calendars::state.eq(CalendarState::New),
            blackout_calendars::next_fetch_at.eq(now),
            blackout_calendars::created_at.eq(now),
            blackout_calendars::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    calendar(tx, who, id)
}

/// Ends a subscription: deletes its blackouts and erases its address.
pub fn unsubscribe(
    tx: &mut Tx,
    who: &Coordinator,
    (of, id): (Id<Municipality>, Id<BlackoutCalendar>),
) -> Result<()> {
    let known = calendar(tx, who, id)?;
    if known.municipality_id != of {
        return Err(Error::NotFound);
    }
    diesel::update(blackout_calendars::table.find(id))
        .set((
            blackout_calendars::url.eq(""),
            blackout_calendars::deleted_at.eq(tx.now),
            blackout_calendars::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    replace(tx, who, &known, &[])
}

/// Calendars that are due to be fetched, at most `AT_ONCE`.
pub fn due(
    conn: &mut DbConn,
    now: Instant,
) -> Result<Vec<(Id<Cooperation>, Id<BlackoutCalendar>)>> {
    let of = municipalities::id.eq(blackout_calendars::municipality_id);
    Ok(blackout_calendars::table
        .inner_join(municipalities::table.on(of))
        .filter(blackout_calendars::next_fetch_at.le(now))
        .filter(blackout_calendars::deleted_at.is_null())
        .filter(municipalities::deleted_at.is_null())
        .order((blackout_calendars::next_fetch_at, blackout_calendars::id))
        .limit(AT_ONCE)
        .select((blackout_calendars::cooperation_id, blackout_calendars::id))
        .load(conn)?)
}

/// Claims a calendar for fetching, unless another instance has claimed it.
pub fn claim(
    tx: &mut Tx,
    who: &impl Scope,
    id: Id<BlackoutCalendar>,
) -> Result<Option<BlackoutCalendar>> {
    let now = tx.now;
    let known = calendar(tx, who, id)?;
    if known.next_fetch_at > now {
        return Ok(None);
    }
    diesel::update(blackout_calendars::table.find(id))
        .set(blackout_calendars::next_fetch_at.eq(Instant::from(*now + LEASE)))
        .execute(&mut **tx)?;
    Ok(Some(known))
}

/// Records the outcome of fetching a calendar, and replaces its blackouts by those that were read.
pub fn record(
    tx: &mut Tx,
    who: &impl Scope,
    id: Id<BlackoutCalendar>,
    outcome: &FetchOutcome,
) -> Result<BlackoutCalendar> {
    let now = tx.now;
    let known = calendar(tx, who, id)?;
    let (state, error, pause) = match outcome {
        FetchOutcome::Unchanged | FetchOutcome::Read { .. } => {
            (CalendarState::Current, None, FETCH_INTERVAL)
        }
        FetchOutcome::Failed(error) => (CalendarState::Failed, Some(error), RETRY_INTERVAL),
    };
    diesel::update(blackout_calendars::table.find(id))
        .set((
            blackout_calendars::state.eq(state),
            blackout_calendars::error_rule.eq(error.map(|error| &error.rule)),
            blackout_calendars::error_message.eq(error.map(|error| &error.message)),
            blackout_calendars::fetched_at.eq(now),
            blackout_calendars::next_fetch_at.eq(Instant::from(*now + pause)),
            blackout_calendars::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    if let FetchOutcome::Read {
        blackout_days,
        validators,
    } = outcome
    {
        diesel::update(blackout_calendars::table.find(id))
            .set((
                blackout_calendars::etag.eq(&validators.etag),
                blackout_calendars::last_modified.eq(&validators.last_modified),
                blackout_calendars::succeeded_at.eq(now),
            ))
            .execute(&mut **tx)?;
        replace(tx, who, &known, blackout_days)?;
    }
    calendar(tx, who, id)
}

/// Replaces the blackouts of a calendar. Unchanged ones keep their ids.
fn replace(
    tx: &mut Tx,
    who: &impl Scope,
    calendar: &BlackoutCalendar,
    blackout_days: &[BlackoutDays],
) -> Result<()> {
    let now = tx.now;
    let all = of_cooperation(tx, who)?.into_iter();
    let known = all.filter(|row| row.calendar_id == Some(calendar.id));
    let mut missing: HashSet<&BlackoutDays> = blackout_days.iter().collect();
    let mut gone = Vec::new();
    for row in known {
        let id = row.id;
        if !missing.remove(&BlackoutDays::from(row)) {
            gone.push(id);
        }
    }
    for some in gone.chunks(500) {
        diesel::update(blackouts::table.filter(blackouts::id.eq_any(some)))
            .filter(blackouts::cooperation_id.eq(who.cooperation()))
            .set((
                blackouts::deleted_at.eq(now),
                blackouts::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
        tx.plan_again();
    }
    let source = (BlackoutSource::Calendar, Some(calendar.id));
    for days in blackout_days.iter().filter(|days| missing.contains(days)) {
        insert(tx, who, calendar.municipality_id, days.clone(), source)?;
    }
    Ok(())
}
