//! Planning: meetings up to the horizon, and hosts, venues and numbers that follow from what is.
use std::collections::HashSet;

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::choosing::{Chooser, dates_of};
use super::replanning::Moved;
use super::store::{self, Time};
use super::{Dated, Meeting, Status};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::calendar::zones;
use crate::cooperations::Cooperation;
use crate::days::DayWarning;
use crate::db::schema::{meetings, series as series_rows};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::municipalities::{self, Municipality, Venue};
use crate::rotation;
use crate::rotation::optimum::Effort;
use crate::rotation::plan::Member;
use crate::series::{Series, months_after, store as all_series};

/// A series has at most so many meetings ahead, cancelled ones included.
pub const MAX_AHEAD: i64 = 500;

/// What planning ahead has made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Planned {
    /// The meetings that were added.
    pub created: Vec<Dated>,
    /// How many there were already on days that the rule makes.
    pub unchanged: usize,
    /// Days that the rule makes on which there is no meeting, because every day in their window is
    /// forbidden.
    pub skipped: Vec<NaiveDate>,
    /// Meetings on another day than before, because it suits better now.
    pub moved: Vec<Moved>,
    /// Meetings that were taken out, because no day suits any more; their topics are in the backlog.
    pub removed: Vec<Dated>,
    /// Dates that do not suit though planning leaves them, and those of which it is not known whether they
    /// do.
    pub warnings: Vec<DayWarning>,
    /// The day up to which meetings are planned now.
    pub until: NaiveDate,
}

/// Adds the meetings that the rule of a series makes from today up to `until`. An occurrence that
/// has a meeting, moved or cancelled as it may be, gets no other. Settle the plan afterwards.
///
/// # Errors
/// If the rule reaches too far.
pub fn extend(tx: &mut Tx, who: &impl Scope, series: &Series, until: NaiveDate) -> Result<Planned> {
    let now = tx.now;
    let known: HashSet<NaiveDate> = occurrences(tx, who, series.id)?.into_iter().collect();
    let mut ahead = count_ahead(tx, who, series.id)?;
    let from = series.today(now).max(series.starts_on);
    let dates = dates_of(series, from..=until)?;
    let mut chooser = Chooser::new(tx, who, series, &(from..=until), |_| true)?;
    let mut planned = Planned {
        created: Vec::new(),
        unchanged: 0,
        skipped: Vec::new(),
        moved: Vec::new(),
        removed: Vec::new(),
        warnings: Vec::new(),
        until,
    };
    for date in dates {
        if known.contains(&date) {
            planned.unchanged += 1;
            continue;
        }
        let choice = chooser.choose(date);
        let Some(day) = choice.day else {
            planned.skipped.push(date);
            continue;
        };
        let time = Time {
            date: day,
            start_time: series.start_time,
            time_zone: &series.time_zone,
            minutes: series.duration_minutes,
        };
        if time.span().0 <= now {
            continue;
        }
        if ahead >= MAX_AHEAD {
            planned.until = date.pred_opt().unwrap_or(date);
            break;
        }
        let meeting = store::insert(tx, who, series.id, Some(date), time, None)?;
        if !choice.is_plain() {
            store::set_choice(tx, &meeting, Some(choice))?;
        }
        let starts_at = meeting.starts_at_locally();
        planned.created.push(Dated {
            meeting_id: meeting.id,
            starts_at,
        });
        ahead += 1;
    }
    if planned.until >= series.horizon(now) {
        look_again(tx, series, next_due(series, now)?)?;
    } else if ahead >= MAX_AHEAD {
        look_again(tx, series, tomorrow(series, now))?;
    }
    Ok(planned)
}

/// Notes when the planner has to look at a series that is planned as far as it can be.
fn look_again(tx: &mut Tx, series: &Series, at: Instant) -> Result<()> {
    diesel::update(series_rows::table.find(series.id))
        .set(series_rows::plan_at.eq(at))
        .execute(&mut **tx)?;
    Ok(())
}

/// When the horizon of a series reaches the first date behind it; a month from now if there is none
/// for so long.
fn next_due(series: &Series, now: Instant) -> Result<Instant> {
    let (today, horizon) = (series.today(now), series.horizon(now));
    let window = horizon..=months_after(horizon, 1);
    let dates = series.recurrence()?.dates(series.starts_on, window);
    let next = dates
        .ok()
        .and_then(|dates| dates.into_iter().find(|date| *date > horizon));
    let in_a_month = months_after(today, 1);
    let reaches = |date: NaiveDate| {
        let days = today.iter_days().skip(1);
        days.take_while(|day| *day < in_a_month)
            .find(|day| months_after(*day, series.horizon_months) >= date)
    };
    Ok(morning(
        series,
        next.and_then(reaches).unwrap_or(in_a_month),
    ))
}

fn tomorrow(series: &Series, now: Instant) -> Instant {
    let today = series.today(now);
    morning(series, today.succ_opt().unwrap_or(today))
}

/// When a day begins where the series takes place.
fn morning(series: &Series, day: NaiveDate) -> Instant {
    zones::instant_of(day.and_time(NaiveTime::MIN), series.zone()).into()
}

/// The days that have their meetings.
pub(super) fn occurrences(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
) -> Result<Vec<NaiveDate>> {
    let days: Vec<Option<NaiveDate>> = meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::series_id.eq(of))
        .filter(meetings::occurrence_on.is_not_null())
        .select(meetings::occurrence_on)
        .load(conn)?;
    Ok(days.into_iter().flatten().collect())
}

/// How many meetings a series has ahead, cancelled ones included.
pub fn count_ahead(tx: &mut Tx, who: &impl Scope, of: Id<Series>) -> Result<i64> {
    let now = tx.now;
    Ok(meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::series_id.eq(of))
        .filter(meetings::starts_at.gt(now))
        .filter(meetings::deleted_at.is_null())
        .count()
        .get_result(&mut **tx)?)
}

/// Plans every series of a cooperation up to its horizon; returns how many meetings were added.
pub fn keep_horizon(tx: &mut Tx, who: &impl Scope) -> Result<usize> {
    let mut created = 0;
    for series in all_series::all(tx, who)? {
        let until = series.horizon(tx.now);
        if can_be_followed(&series, until) {
            created += extend(tx, who, &series, until)?.created.len();
        } else {
            look_again(tx, &series, tomorrow(&series, tx.now))?;
        }
    }
    if created > 0 {
        tx.plan_again();
    } else {
        tx.unchanged();
    }
    Ok(created)
}

/// A rule that cannot be followed any further must not keep the other series waiting.
fn can_be_followed(series: &Series, until: NaiveDate) -> bool {
    let window = series.starts_on..=until;
    let rule = series.recurrence();
    rule.is_ok_and(|rule| rule.dates(series.starts_on, window).is_ok())
}

/// The cooperations of which the planner has to look at a series: its horizon has reached another
/// date, or it was never looked at, or was changed. What is not due costs nothing.
pub fn behind_horizon(conn: &mut DbConn, now: Instant) -> Result<Vec<Id<Cooperation>>> {
    let due = series_rows::plan_at
        .is_null()
        .or(series_rows::plan_at.le(now));
    // In no order, which would lead SQLite to another index.
    let mut behind: Vec<Id<Cooperation>> = series_rows::table
        .filter(due)
        .filter(series_rows::deleted_at.is_null())
        .select(series_rows::cooperation_id)
        .load(conn)?;
    behind.sort();
    behind.dedup();
    Ok(behind)
}

/// Brings hosts, venues and numbers of a cooperation's planned meetings in line with what is.
/// Meetings that were invited to, have begun, were held or cancelled keep all three.
pub fn settle(tx: &mut Tx, who: &SystemActor) -> Result<()> {
    let members = rotation::store::members(tx, who)?;
    let venues = municipalities::store::all_venues(tx, who)?;
    for series in all_series::all(tx, who)? {
        settle_series(tx, who, &series, (&members, &venues), Effort::Keep)?;
    }
    Ok(())
}

/// Settles one series with a search for its hosts as thorough as is said: [`settle`] keeps the plan where it can, and
/// whoever asks for a new plan may have it made thoroughly.
pub fn settle_one(tx: &mut Tx, who: &SystemActor, series: &Series, effort: Effort) -> Result<()> {
    let members = rotation::store::members(tx, who)?;
    let venues = municipalities::store::all_venues(tx, who)?;
    settle_series(tx, who, series, (&members, &venues), effort)
}

/// A venue, and whether it can still be chosen.
type VenueRow = (Venue, bool);

fn settle_series(
    tx: &mut Tx,
    who: &SystemActor,
    series: &Series,
    (members, venues): (&[Member], &[VenueRow]),
    effort: Effort,
) -> Result<()> {
    let now = tx.now;
    let mut outlook = rotation::outlook::outlook(tx, who, series.id, members, now)?;
    let terms = rotation::outlook::terms(tx, who, series)?;
    rotation::outlook::decide(members, &terms, &mut outlook, (effort, now), tx.solver)?;
    let mut numbers = Numbers::of(&outlook.meetings);
    for meeting in &outlook.meetings {
        let number = numbers.next(meeting);
        let (host, venue) = match meeting.is_open(now) || meeting.host_id.is_none() {
            true if meeting.status == Status::Planned => {
                let host = outlook.turn(meeting.id).and_then(|turn| turn.host);
                (host, venue_of(host, meeting.venue_id, venues))
            }
            _ => (meeting.host_id, meeting.venue_id),
        };
        let due = outlook.dues.get(&meeting.id).copied();
        if meeting.is_open(now) && due != meeting.due_id {
            store::set_due(tx, meeting, due)?;
        }
        let seated = (host, venue) == (meeting.host_id, meeting.venue_id);
        if !seated {
            store::set_host(tx, meeting, host, venue)?;
        }
        let cohosts = outlook.cohosts(meeting, now);
        if *cohosts != meeting.cohosts.0 {
            store::set_cohosts(tx, meeting, cohosts)?;
        }
        if number != meeting.number {
            store::set_number(tx, meeting, number)?;
        }
        let changed = !seated
            || *cohosts != meeting.cohosts.0
            || number != meeting.number
            || (meeting.is_ahead(now) && is_rebuilt(meeting, venues));
        // What was changed by this very transaction has been noted, or is new.
        if changed && meeting.changed_at != now {
            store::note_change(tx, meeting, series.change_window_minutes)?;
        }
    }
    Ok(())
}

/// The chosen venue if it is one of the host's, else the host's preferred one.
fn venue_of(
    host: Option<Id<Municipality>>,
    chosen: Option<Id<Venue>>,
    venues: &[VenueRow],
) -> Option<Id<Venue>> {
    let own = venues
        .iter()
        .filter(|(venue, open)| *open && Some(venue.municipality_id) == host);
    let mut own = own.map(|(venue, _)| venue.id);
    let preferred = own.clone().next();
    own.find(|id| Some(*id) == chosen).or(preferred)
}

/// Whether the meeting's venue was replaced since the meeting was changed last.
fn is_rebuilt(meeting: &Meeting, venues: &[VenueRow]) -> bool {
    venues.iter().any(|(venue, open)| {
        *open && Some(venue.id) == meeting.venue_id && venue.modified_at > meeting.changed_at
    })
}

/// Numbers the meetings of a series in the order of time. What people were told stays: the numbers
/// of meetings that are invited, held or cancelled.
struct Numbers {
    taken: HashSet<i32>,
    next: i32,
}

impl Numbers {
    fn of(meetings: &[Meeting]) -> Self {
        let told = meetings
            .iter()
            .filter(|meeting| meeting.status != Status::Planned);
        Self {
            taken: told.map(|meeting| meeting.number).collect(),
            next: 1,
        }
    }

    fn next(&mut self, meeting: &Meeting) -> i32 {
        if meeting.status != Status::Planned {
            self.next = self.next.max(meeting.number + 1);
            return meeting.number;
        }
        while self.taken.contains(&self.next) {
            self.next += 1;
        }
        self.next += 1;
        self.next - 1
    }
}
