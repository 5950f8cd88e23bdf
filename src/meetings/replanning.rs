//! Planning again when the rule, the time or the avoided days of a series change.
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::choosing::{Chooser, dates_of};
use super::planning::extend;
use super::store::{self, Time};
use super::{Dated, Meeting, Status};
use crate::Tx;
use crate::auth::Scope;
use crate::db::{Id, Instant};
use crate::error::Result;
use crate::series::Series;

/// How far apart the dates of a rule are that makes but one.
const ALONE: i64 = 366;

/// What planning again has changed.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Replanned {
    /// Meetings that were added.
    pub created: Vec<Dated>,
    /// Meetings at another time than before; the same meetings with the same topics.
    pub moved: Vec<Moved>,
    /// Meetings that were taken out; their topics are in the backlog.
    pub removed: Vec<Dated>,
}

/// A meeting at another time than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Moved {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// When it was to begin, with the offset of the local clock.
    pub from: DateTime<FixedOffset>,
    /// When it begins now.
    pub to: DateTime<FixedOffset>,
}

/// Whether the change from `old` to `new` touches when meetings take place.
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

/// Plans a series again after a change of its rule, first day, time, zone, duration, horizon or avoided
/// days.
///
/// Only meetings change that are planned, ahead, and where the rule had put them; the others stay,
/// and stand for the date of the new rule that is nearest. A meeting stays the same one where it
/// can: on the same day, else on the nearest. What no date is left for is taken out, what has no
/// meeting gets one. Settle the plan afterwards.
///
/// # Errors
/// If the rule reaches too far.
pub fn replan(tx: &mut Tx, who: &impl Scope, old: &Series, new: &Series) -> Result<Replanned> {
    let (now, today) = (tx.now, new.today(tx.now));
    let all = store::of_series(tx, who, new.id)?;
    let mut ruled: Vec<(NaiveDate, &Meeting)> = all
        .iter()
        .filter_map(|meeting| Some((meeting.occurrence_on?, meeting)))
        .collect();
    ruled.sort_by_key(|(on, _)| *on);
    // The latest past one takes part: it may already stand for the date that would come next.
    let past = ruled.iter().filter(|(_, meeting)| meeting.starts_at <= now);
    let from = past.map(|(on, _)| *on).max().unwrap_or(today).min(today);
    ruled.retain(|(on, _)| *on >= from);
    let last = ruled.last().map_or(today, |(on, _)| *on);
    let until = new.horizon(now).max(last);
    let window = from.max(new.starts_on)..=until;
    let dates = dates_of(new, window.clone())?;
    let spots: Vec<Spot> = ruled
        .iter()
        .map(|(on, meeting)| Spot {
            on: *on,
            stays: stays(meeting, old, now),
        })
        .collect();
    let mut replanned = Replanned::default();
    let mut to_place = Vec::new();
    for ((on, meeting), place) in ruled.iter().zip(pair(&spots, &dates)) {
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
    let chooser = Chooser::new(tx, who, new, &window, holds)?;
    place_all(tx, who, (old, new), to_place, chooser, &mut replanned)?;
    replanned.created = extend(tx, who, new, until)?.created;
    Ok(replanned)
}

/// Chooses the days of a series' meetings anew, by what it avoids and what is known of days now. Only
/// meetings change that [`replan`] may change. Settle the plan afterwards.
///
/// # Errors
/// If the rule reaches too far.
pub fn rechoose(tx: &mut Tx, who: &impl Scope, series: &Series) -> Result<Replanned> {
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
    let chooser = Chooser::new(tx, who, series, &(first..=last), holds)?;
    place_all(tx, who, (series, series), to_place, chooser, &mut replanned)?;
    Ok(replanned)
}

/// Puts meetings on the best allowed days for their dates, in the order of those, so that the same
/// dates always get the same days. What no day is left for is taken out.
fn place_all(
    tx: &mut Tx,
    who: &impl Scope,
    (old, new): (&Series, &Series),
    mut meetings: Vec<(NaiveDate, &Meeting)>,
    mut chooser: Chooser,
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
    Ok(Dated {
        meeting_id: meeting.id,
        starts_at: meeting.starts_at_locally(),
    })
}

/// Whether planning again leaves a meeting where it is: others know of it, or somebody moved it.
#[must_use]
pub fn stays(meeting: &Meeting, series: &Series, now: Instant) -> bool {
    let at = |on: NaiveDate| super::span(on.and_time(series.start_time), series.zone(), 0).0;
    let chosen = meeting.day_choice.as_ref().and_then(|choice| choice.0.day);
    let was_moved = chosen.or(meeting.occurrence_on).map(at) != Some(meeting.starts_at);
    meeting.status != Status::Planned || meeting.starts_at <= now || was_moved
}

/// Moves a meeting to where the new rule puts it; says so if that is another time.
fn move_to(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    (old, new): (&Series, &Series),
    date: NaiveDate,
) -> Result<Option<Moved>> {
    // A duration that was set by hand stays.
    let minutes = match meeting.duration_minutes == old.duration_minutes {
        true => new.duration_minutes,
        false => meeting.duration_minutes,
    };
    let (start_time, time_zone) = (new.start_time, &*new.time_zone);
    let time = Time {
        date,
        start_time,
        time_zone,
        minutes,
    };
    if time.span() == (meeting.starts_at, meeting.ends_at) && meeting.time_zone == new.time_zone {
        return Ok(None);
    }
    store::set_time(tx, meeting, time)?;
    store::note_change(tx, meeting, new.change_window_minutes)?;
    let moved = store::find(tx, who, meeting.id)?;
    Ok(Some(Moved {
        meeting_id: meeting.id,
        from: meeting.starts_at_locally(),
        to: moved.starts_at_locally(),
    }))
}

/// A meeting by the day it stands for.
#[derive(Debug, Clone, Copy)]
struct Spot {
    on: NaiveDate,
    stays: bool,
}

/// Finds for each meeting its place among the new dates: the same day, else the nearest pairs first.
///
/// Meetings move by less than the new dates are apart, so that one that is taken out does not push
/// all others. Those that stay stand for a date only within half of that.
fn pair(spots: &[Spot], dates: &[NaiveDate]) -> Vec<Option<usize>> {
    let gaps = dates.windows(2).map(|two| (two[1] - two[0]).num_days());
    let gap = gaps.max().unwrap_or(ALONE);
    let mut distances: Vec<(i64, usize, usize)> = Vec::new();
    for (place, spot) in spots.iter().enumerate() {
        let reach = if spot.stays { gap / 2 } else { gap - 1 };
        for (other, date) in dates.iter().enumerate() {
            let distance = (*date - spot.on).num_days().abs();
            if distance <= reach {
                distances.push((distance, place, other));
            }
        }
    }
    distances.sort_unstable();
    let mut found = vec![None; spots.len()];
    let mut taken = vec![false; dates.len()];
    for (_, place, other) in distances {
        if found[place].is_none() && !taken[other] {
            found[place] = Some(other);
            taken[other] = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn places(spots: &[(&str, bool)], dates: &[&str]) -> Vec<Option<usize>> {
        let spots: Vec<Spot> = spots
            .iter()
            .map(|(day, stays)| Spot {
                on: on(day),
                stays: *stays,
            })
            .collect();
        let dates: Vec<NaiveDate> = dates.iter().map(|day| on(day)).collect();
        pair(&spots, &dates)
    }

    #[test]
    fn another_weekday_moves_every_meeting() {
        let spots = [
            ("2026-05-12", false),
            ("2026-07-14", false),
            ("2026-09-08", false),
        ];
        let dates = ["2026-05-13", "2026-07-08", "2026-09-09"];
        assert_eq!(places(&spots, &dates), [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn the_same_day_goes_first() {
        let spots = [("2026-05-05", false), ("2026-05-12", false)];
        assert_eq!(
            places(&spots, &["2026-05-12", "2026-05-19"]),
            [None, Some(0)]
        );
    }

    #[test]
    fn a_longer_interval_leaves_some_out() {
        let spots = [
            ("2026-03-10", false),
            ("2026-04-14", false),
            ("2026-05-12", false),
        ];
        assert_eq!(
            places(&spots, &["2026-03-11", "2026-05-13"]),
            [Some(0), None, Some(1)]
        );
    }

    #[test]
    fn a_meeting_that_stays_stands_for_the_date_beside_it_only() {
        let spots = [("2026-03-10", true), ("2026-05-12", false)];
        assert_eq!(
            places(&spots, &["2026-03-13", "2026-05-15"]),
            [Some(0), Some(1)]
        );
        assert_eq!(
            places(&[("2026-03-10", true)], &["2026-05-04", "2026-07-06"]),
            [None]
        );
    }

    #[test]
    fn a_past_meeting_does_not_push_those_to_come() {
        let spots = [
            ("2026-01-13", true),
            ("2026-03-10", false),
            ("2026-05-12", false),
        ];
        assert_eq!(
            places(&spots, &["2026-03-09", "2026-05-11"]),
            [None, Some(0), Some(1)]
        );
    }
}
