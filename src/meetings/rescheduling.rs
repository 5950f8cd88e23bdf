//! Moves, removes and adds meetings when the rule, the time or the avoided days of a series change.
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::day_choice::{DayChooser, dates_of};
use super::planning::extend;
use super::store::{self, MeetingTime};
use super::{Dated, Meeting, MeetingStatus};
use crate::Tx;
use crate::auth::Scope;
use crate::db::{Id, Instant};
use crate::error::Result;
use crate::series::Series;

/// The assumed distance in days between dates if a rule has only one.
const SINGLE_DATE_GAP: i64 = 366;

/// The changes made by rescheduling.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Replanned {
    /// Meetings that were added.
    pub created: Vec<Dated>,
    /// Meetings that were moved to a different time; they keep their topics.
    pub moved: Vec<MovedMeeting>,
    /// Meetings that were removed; their topics are in the backlog.
    pub removed: Vec<Dated>,
}

/// A meeting that was moved to a different time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovedMeeting {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its previous start, with the local UTC offset.
    pub from: DateTime<FixedOffset>,
    /// Its new start.
    pub to: DateTime<FixedOffset>,
}

/// Whether the change from `old` to `new` affects when meetings take place.
#[must_use]
pub fn is_needed(old: &Series, new: &Series) -> bool {
    let time = |series: &Series| {
        let days = (series.rule.clone(), series.starts_on, series.horizon_months);
        (
            days,
            series.start_time,
            series.time_zone.clone(),
            series.duration_minutes,
            series.avoided_days.0.clone(),
        )
    };
    time(old) != time(new)
}

/// Reschedules the meetings of a series after a change of its rule, first day, time, time zone, duration, horizon or
/// avoided days.
///
/// Only planned, upcoming meetings that nobody has moved by hand are rescheduled. The others remain, and take the place of
/// the nearest date of the new rule. A meeting is kept for the same date if there is one, otherwise for the nearest;
/// meetings without a date are removed, and dates without a meeting get one. The caller reassigns hosts afterwards.
///
/// # Errors
/// If the rule reaches too far.
pub fn reschedule(tx: &mut Tx, who: &impl Scope, old: &Series, new: &Series) -> Result<Replanned> {
    tx.plan_in_order();
    let (now, today) = (tx.now, new.today(tx.now));
    let all = store::of_series(tx, who, new.id)?;
    let mut ruled: Vec<(NaiveDate, &Meeting)> = all
        .iter()
        .filter_map(|meeting| Some((meeting.occurrence_on?, meeting)))
        .collect();
    ruled.sort_by_key(|(on, _)| *on);
    // Includes the latest past meeting: it may already take the place of the next date.
    let past = ruled.iter().filter(|(_, meeting)| meeting.starts_at <= now);
    let from = past.map(|(on, _)| *on).max().unwrap_or(today).min(today);
    ruled.retain(|(on, _)| *on >= from);
    let last = ruled.last().map_or(today, |(on, _)| *on);
    let until = new.horizon(now).max(last);
    let window = from.max(new.starts_on)..=until;
    let dates = dates_of(new, window.clone())?;
    let occurrences: Vec<Occurrence> = ruled
        .iter()
        .map(|(on, meeting)| Occurrence {
            on: *on,
            stays: stays(meeting, old, now),
        })
        .collect();
    let mut replanned = Replanned::default();
    let mut to_place = Vec::new();
    for ((on, meeting), place) in ruled.iter().zip(match_dates(&occurrences, &dates)) {
        let date = place.map(|place| dates[place]);
        if let Some(date) = date.filter(|date| date != on) {
            store::set_occurrence(tx, meeting, date)?;
        }
        match date {
            _ if stays(meeting, old, now) => {}
            Some(date) => to_place.push((date, *meeting)),
            None => replanned.removed.push(take_out(tx, who, meeting)?),
        }
    }
    let holds = |one: &Meeting| {
        let is_placed = to_place.iter().any(|(_, other)| other.id == one.id);
        !is_placed
            && !replanned
                .removed
                .iter()
                .any(|gone| gone.meeting_id == one.id)
    };
    let chooser = DayChooser::new(tx, who, new, &window, now, holds)?;
    place_all(tx, who, (old, new), to_place, chooser, &mut replanned)?;
    replanned.created = extend(tx, who, new, until)?.created;
    Ok(replanned)
}

/// Chooses the days of a series' meetings again, by the days that are to be avoided as of now. Affects the same meetings as
/// [`reschedule`]. The caller reassigns hosts afterwards.
///
/// # Errors
/// If the rule reaches too far.
pub fn rechoose_days(tx: &mut Tx, who: &impl Scope, series: &Series) -> Result<Replanned> {
    let now = tx.now;
    let all = store::of_series(tx, who, series.id)?;
    let free = all.iter().filter(|meeting| !stays(meeting, series, now));
    let to_place: Vec<(NaiveDate, &Meeting)> = free
        .filter_map(|meeting| Some((meeting.occurrence_on?, meeting)))
        .collect();
    let mut replanned = Replanned::default();
    let days = to_place.iter().map(|(date, _)| *date);
    let (Some(first), Some(last)) = (days.clone().min(), days.max()) else {
        return Ok(replanned);
    };
    let holds = |one: &Meeting| !to_place.iter().any(|(_, other)| other.id == one.id);
    let chooser = DayChooser::new(tx, who, series, &(first..=last), now, holds)?;
    place_all(tx, who, (series, series), to_place, chooser, &mut replanned)?;
    Ok(replanned)
}

/// Moves meetings to the best allowed days for their dates, in the order of the dates, so that the same dates always get
/// the same days. Meetings without an allowed day are removed.
fn place_all(
    tx: &mut Tx,
    who: &impl Scope,
    (old, new): (&Series, &Series),
    mut meetings: Vec<(NaiveDate, &Meeting)>,
    mut chooser: DayChooser,
    replanned: &mut Replanned,
) -> Result<()> {
    meetings.sort_by_key(|(date, meeting)| (*date, meeting.id));
    for (date, meeting) in meetings {
        let choice = chooser.choose(date);
        let Some(day) = choice.day else {
            replanned.removed.push(take_out(tx, who, meeting)?);
            continue;
        };
        let choice = Some(choice).filter(|choice| !choice.is_plain());
        if choice != meeting.day_choice.as_ref().map(|known| known.0.clone()) {
            store::set_choice(tx, meeting, choice)?;
        }
        let moved = move_to(tx, who, meeting, (old, new), day)?;
        replanned.moved.extend(moved);
    }
    Ok(())
}

fn take_out(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<Dated> {
    store::release_topics(tx, who, meeting)?;
    store::remove(tx, meeting)?;
    Ok(meeting.dated())
}

/// Whether rescheduling leaves a meeting as it is: it is past or not just planned, or was moved by hand.
#[must_use]
pub fn stays(meeting: &Meeting, series: &Series, now: Instant) -> bool {
    let at = |on: NaiveDate| super::span(on.and_time(series.start_time), series.zone(), 0).0;
    let chosen = meeting.day_choice.as_ref().and_then(|choice| choice.0.day);
    let was_moved = chosen.or(meeting.occurrence_on).map(at) != Some(meeting.starts_at);
    meeting.status != MeetingStatus::Planned || meeting.starts_at <= now || was_moved
}

/// Moves a meeting to its new date; returns the change if the time differs.
fn move_to(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    (old, new): (&Series, &Series),
    date: NaiveDate,
) -> Result<Option<MovedMeeting>> {
    // A duration that was set by hand is kept.
    let minutes = if meeting.duration_minutes == old.duration_minutes {
        new.duration_minutes
    } else {
        meeting.duration_minutes
    };
    let time = MeetingTime {
        minutes,
        ..MeetingTime::usual(new, date)
    };
    if time.span() == (meeting.starts_at, meeting.ends_at) && meeting.time_zone == new.time_zone {
        return Ok(None);
    }
    store::set_time(tx, meeting, time)?;
    store::note_change(tx, meeting, new.change_window_minutes)?;
    let moved = store::find(tx, who, meeting.id)?;
    Ok(Some(MovedMeeting {
        meeting_id: meeting.id,
        from: meeting.starts_at_locally(),
        to: moved.starts_at_locally(),
    }))
}

/// The date of the old rule that a meeting stands for.
#[derive(Debug, Clone, Copy)]
pub struct Occurrence {
    /// The date.
    pub on: NaiveDate,
    /// Whether rescheduling leaves the meeting as it is.
    pub stays: bool,
}

/// Matches meetings with the dates of the new rule; returns for each meeting the index of its date. The nearest pairs are
/// matched first.
///
/// A meeting moves by less than the distance between the new dates, so that removing one does not shift all others. One
/// that stays takes the place of a date only within half that distance.
#[must_use]
pub fn match_dates(occurrences: &[Occurrence], dates: &[NaiveDate]) -> Vec<Option<usize>> {
    let gaps = dates.windows(2).map(|two| (two[1] - two[0]).num_days());
    let gap = gaps.max().unwrap_or(SINGLE_DATE_GAP);
    let mut distances: Vec<(i64, usize, usize)> = Vec::new();
    for (place, occurrence) in occurrences.iter().enumerate() {
        let reach = if occurrence.stays { gap / 2 } else { gap - 1 };
        for (other, date) in dates.iter().enumerate() {
            let distance = (*date - occurrence.on).num_days().abs();
            if distance <= reach {
                distances.push((distance, place, other));
            }
        }
    }
    distances.sort_unstable();
    let mut found = vec![None; occurrences.len()];
    let mut taken = vec![false; dates.len()];
    for (_, place, other) in distances {
        if found[place].is_none() && !taken[other] {
            found[place] = Some(other);
            taken[other] = true;
        }
    }
    found
}
