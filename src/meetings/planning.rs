//! Planning: adds meetings up to the horizon, and reassigns hosts, venues and numbers.
use std::collections::HashSet;

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::day_choice::{DayChooser, dates_of};
use super::plan_difference::{PlannedMeeting, difference};
use super::rescheduling::MovedMeeting;
use super::store::{self, MeetingTime};
use super::{Dated, Meeting, MeetingStatus};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::Cooperation;
use crate::days::MeetingWarning;
use crate::db::schema::{meetings, series as series_rows};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::Language;
use crate::municipalities::{self, Municipality, Venue};
use crate::rotation;
use crate::rotation::plan::HostPlan;
use crate::rotation::planner::{self, Replan};
use crate::rotation::series_plan::SeriesPlan;
use crate::rotation::turn_history::{MovedTurn, record_moved};
use crate::series::{Series, months_after, store as all_series};
use calendar::zones;

/// The maximum number of upcoming meetings of a series, including cancelled ones.
pub const MAX_AHEAD: i64 = 500;

/// The options of planning a series on demand.
#[derive(Debug, Clone, Copy)]
pub struct PlanOptions {
    /// The last day to plan.
    pub until: NaiveDate,
    /// Whether the best hosts are looked for from scratch, with little regard to the present plan.
    pub anew: bool,
    /// The language of the reasons.
    pub language: Language,
}

/// The result of planning a series.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct PlanResult {
    /// The meetings that were added.
    pub created: Vec<Dated>,
    /// The number of dates of the rule that had meetings already.
    pub unchanged: usize,
    /// Dates of the rule without a meeting, because every day to which they could move is forbidden.
    pub skipped: Vec<NaiveDate>,
    /// Meetings that were moved to a day that is now better.
    pub moved: Vec<MovedMeeting>,
    /// Meetings that were removed, because no day is allowed any more; their topics are in the backlog.
    pub removed: Vec<Dated>,
    /// Meetings that remain on a forbidden day, and those for whose days the school holidays are not known yet.
    pub warnings: Vec<MeetingWarning>,
    /// The last day up to which meetings are planned now.
    pub until: NaiveDate,
}

/// Adds the meetings for the dates of a series' rule from today up to `until`. A date that has a meeting, even a moved or
/// cancelled one, gets no other. The caller reassigns hosts afterwards.
///
/// # Errors
/// If the rule reaches too far.
pub fn extend(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    until: NaiveDate,
) -> Result<PlanResult> {
    let now = tx.now;
    let known: HashSet<NaiveDate> = occurrences(tx, who, series.id)?.into_iter().collect();
    let mut ahead = count_ahead(tx, who, series.id)?;
    let from = series.today(now).max(series.starts_on);
    let dates = dates_of(series, from..=until)?;
    let mut chooser = DayChooser::new(tx, who, series, &(from..=until), now, |_| true)?;
    let mut planned = PlanResult {
        until,
        ..PlanResult::default()
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
        let time = MeetingTime::usual(series, day);
        if time.span().0 <= now {
            continue;
        }
        if ahead >= MAX_AHEAD {
            planned.until = date.pred_opt().unwrap_or(date);
            break;
        }
        let ids = (series.id, tx.id());
        let meeting = store::insert(tx, who, ids, Some(date), time, None)?;
        if !choice.is_plain() {
            store::set_choice(tx, &meeting, Some(choice))?;
        }
        planned.created.push(meeting.dated());
        ahead += 1;
    }
    if planned.until >= series.horizon(now) {
        plan_next_at(tx, series, next_due(series, now)?)?;
    } else if ahead >= MAX_AHEAD {
        plan_next_at(tx, series, tomorrow(series, now))?;
    }
    Ok(planned)
}

/// Sets when the reconciler has to extend a series the next time.
fn plan_next_at(tx: &mut Tx, series: &Series, at: Instant) -> Result<()> {
    diesel::update(series_rows::table.find(series.id))
        .set(series_rows::plan_at.eq(at))
        .execute(&mut **tx)?;
    Ok(())
}

/// When the horizon of a series reaches its next date, at the latest in a month.
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

/// The beginning of a day in the time zone of the series.
fn morning(series: &Series, day: NaiveDate) -> Instant {
    zones::instant_of(day.and_time(NaiveTime::MIN), series.zone()).into()
}

/// The dates of the rule that have meetings.
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

/// The number of upcoming meetings of a series, including cancelled ones.
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
        if rule_reaches(&series, until) {
            created += extend(tx, who, &series, until)?.created.len();
        } else {
            plan_next_at(tx, &series, tomorrow(&series, tx.now))?;
        }
    }
    if created > 0 {
        tx.hold_plan();
    }
    Ok(created)
}

/// Whether the rule reaches that far; one that does not must not block the other series.
fn rule_reaches(series: &Series, until: NaiveDate) -> bool {
    let window = series.starts_on..=until;
    let rule = series.recurrence();
    rule.is_ok_and(|rule| rule.dates(series.starts_on, window).is_ok())
}

/// The cooperations in which the reconciler has to look at a series: its horizon has reached another
/// date, or it was never looked at, or was changed. What is not due costs nothing.
pub fn behind_horizon(conn: &mut DbConn, now: Instant) -> Result<Vec<Id<Cooperation>>> {
    let due = series_rows::plan_at
        .is_null()
        .or(series_rows::plan_at.le(now));
    // Without an ORDER BY, which would make SQLite choose another index.
    let mut behind: Vec<Id<Cooperation>> = series_rows::table
        .filter(due)
        .filter(series_rows::deleted_at.is_null())
        .select(series_rows::cooperation_id)
        .load(conn)?;
    behind.sort();
    behind.dedup();
    Ok(behind)
}

/// Reassigns hosts, venues and numbers of the planned meetings of a cooperation, with as much of the present plan as
/// `replan` says. Meetings that are invited, have begun, or were held or cancelled keep all three.
pub fn reassign(tx: &mut Tx, who: &SystemActor, replan: Replan) -> Result<()> {
    let (members, now) = (rotation::store::members(tx, who)?, tx.now);
    let venues = municipalities::venues::store::of_cooperation(tx, who)?;
    for series in all_series::all(tx, who)? {
        let current = SeriesPlan::of(tx, who, (&series, members.clone()), now)?;
        reassign_in(tx, who, &series, (&current, &venues), replan)?;
    }
    tx.appended.clear();
    Ok(())
}

/// As [`reassign`], for one series.
pub(super) fn reassign_in_series(
    tx: &mut Tx,
    who: &SystemActor,
    series: &Series,
    replan: Replan,
) -> Result<()> {
    let venues = municipalities::venues::store::of_cooperation(tx, who)?;
    let now = tx.now;
    let current = SeriesPlan::load(tx, who, series, now)?;
    reassign_in(tx, who, series, (&current, &venues), replan)
}

/// A venue, and whether it can still be chosen.
type VenueRow = (Venue, bool);

fn reassign_in(
    tx: &mut Tx,
    who: &SystemActor,
    series: &Series,
    (current, venues): (&SeriesPlan, &[VenueRow]),
    replan: Replan,
) -> Result<()> {
    let now = tx.now;
    let SeriesPlan {
        members,
        meetings,
        slots,
        criteria,
    } = current;
    let dues = planner::decide(members, slots, criteria, replan, tx.solver)?;
    let plan = HostPlan::of(members, slots, &dues);
    let mut numbers = MeetingNumbers::of(meetings);
    let (mut moved, mut is_moved) = (Vec::new(), false);
    for (meeting, slot) in meetings.iter().zip(slots) {
        let number = numbers.next(meeting);
        let turn = plan.turn(meeting.id);
        let (host, venue) = if slot.is_open() {
            let host = turn.and_then(|turn| turn.host);
            (host, venue_of(host, meeting.venue_id, venues))
        } else {
            (meeting.host_id, meeting.venue_id)
        };
        let due = dues.get(&meeting.id).copied();
        if slot.is_open() && due != meeting.due_id {
            store::set_due(tx, meeting, due)?;
            moved.push(MovedTurn {
                meeting: meeting.id,
                from: meeting.due_id,
                to: due,
            });
        }
        let same_host = (host, venue) == (meeting.host_id, meeting.venue_id);
        is_moved |= host != meeting.host_id;
        if !same_host {
            store::set_host(tx, meeting, host, venue)?;
        }
        // Once a meeting has begun, its co-hosts stay.
        let is_to_come = meeting.is_ahead(now) && meeting.starts_at > now;
        let cohosts = turn
            .filter(|_| is_to_come)
            .map_or(&meeting.cohosts.0, |turn| &turn.cohosts);
        if *cohosts != meeting.cohosts.0 {
            is_moved = true;
            store::set_cohosts(tx, meeting, cohosts)?;
        }
        if number != meeting.number {
            store::set_number(tx, meeting, number)?;
        }
        let changed = !same_host
            || *cohosts != meeting.cohosts.0
            || number != meeting.number
            || (meeting.is_ahead(now) && has_new_venue(meeting, venues));
        // A meeting that was changed in this transaction has its change noted already, or is new.
        if changed && meeting.changed_at != now {
            store::note_change(tx, meeting, series.change_window_minutes)?;
        }
    }
    record_moved(tx, who, series.id, &moved)?;
    if is_moved {
        let known = meetings.iter().filter(|one| one.created_at != now).cloned();
        let before = PlannedMeeting::all(&known.collect::<Vec<_>>(), now);
        let after = PlannedMeeting::all(&store::of_series(tx, who, series.id)?, now);
        let names = rotation::store::names(tx, who)?;
        let name_of = |id| names.get(&id).cloned().unwrap_or_default();
        tx.difference
            .add_turns(difference(&before, &after, &name_of));
    }
    Ok(())
}

/// The chosen venue if it belongs to the host, otherwise the host's preferred one.
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

/// Whether the venue of a meeting has changed since the meeting was last changed.
fn has_new_venue(meeting: &Meeting, venues: &[VenueRow]) -> bool {
    venues.iter().any(|(venue, open)| {
        *open && Some(venue.id) == meeting.venue_id && venue.modified_at > meeting.changed_at
    })
}

/// Numbers the meetings of a series in the order of time. Invited, held and cancelled meetings keep their numbers, which
/// people know.
struct MeetingNumbers {
    taken: HashSet<i32>,
    next: i32,
}

impl MeetingNumbers {
    fn of(meetings: &[Meeting]) -> Self {
        let fixed = meetings
            .iter()
            .filter(|meeting| meeting.status != MeetingStatus::Planned);
        Self {
            taken: fixed.map(|meeting| meeting.number).collect(),
            next: 1,
        }
    }

    fn next(&mut self, meeting: &Meeting) -> i32 {
        if meeting.status != MeetingStatus::Planned {
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
