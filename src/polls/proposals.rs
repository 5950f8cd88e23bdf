//! What is free: the days that are proposed for a poll, and those that are not, with why.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::candidates::{self, Day, Obstacle};
use super::input::Search;
use crate::auth::Scope;
use crate::db::{DbConn, Instant};
use crate::error::Result;
use crate::i18n::{Language, say, say_with};
use crate::meetings::{self, MeetingStatus, span};
use crate::series::Series;
use crate::{days, municipalities};

/// Dates that are proposed for a poll.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PollProposals)]
pub struct Proposals {
    /// The first day that was looked at.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The dates, the best first.
    pub items: Vec<Proposal>,
    /// The days of the wanted days of the week on which a meeting is not possible.
    pub left_out: Vec<LeftOut>,
}

/// A date that is proposed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PollProposal)]
pub struct Proposal {
    /// The local day.
    pub date: NaiveDate,
    /// When the meeting would begin, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// When it would end.
    pub ends_at: DateTime<FixedOffset>,
    /// The names of the members with a blackout on that day, who cannot host.
    pub blocked: Vec<String>,
    /// How many days the nearest other meeting of the series is away.
    pub nearest_meeting_days: Option<i64>,
    /// Why this day, in words.
    pub why: String,
}

/// A day that is not proposed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PollDayLeftOut)]
pub struct LeftOut {
    /// The local day.
    pub date: NaiveDate,
    /// Why not.
    pub reason: Obstacle,
    /// Why not, in words.
    pub why: String,
}

/// Looks for dates on which nothing, or the least, stands against a meeting.
pub fn find(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    search: &Search,
    minutes: i32,
    language: Language,
) -> Result<Proposals> {
    let members = municipalities::store::all(conn, who)?;
    let blackouts = municipalities::blackouts::store::of_cooperation(conn, who)?;
    let land = series.avoided_days.0.land;
    let school = days::store::school_data(conn, who, land)?;
    let meetings = meetings::store::of_series(conn, who, series.id)?;
    let taken: BTreeSet<NaiveDate> = meetings
        .iter()
        .filter(|meeting| meeting.status != MeetingStatus::Cancelled)
        .map(|meeting| meeting.date)
        .collect();
    let mut known: BTreeMap<NaiveDate, (Day, Vec<String>)> = BTreeMap::new();
    let mut possible = Vec::new();
    let mut left_out = Vec::new();
    let window = search.from.iter_days().take_while(|day| *day <= search.to);
    for date in window.filter(|day| search.weekdays.contains(&day.weekday())) {
        let present = members.iter().filter(|one| one.is_member_on(date));
        let cannot_host = |id| {
            let mut all = blackouts.iter().filter(|row| row.municipality_id == id);
            all.any(|row| (row.starts_on..=row.ends_on).contains(&date))
        };
        let blocked = present.clone().filter(|one| cannot_host(one.id));
        let blocked: Vec<String> = blocked.map(|one| one.name.clone()).collect();
        let day = Day {
            date,
            land,
            school_holidays: school.on(date).is_some(),
            nearest_meeting: nearest(&taken, date),
            members: present.count(),
            blocked: blocked.len(),
        };
        match candidates::cost(&day) {
            Ok(cost) => {
                possible.push((date, cost));
                known.insert(date, (day, blocked));
            }
            Err(reason) => left_out.push(LeftOut {
                date,
                reason,
                why: obstacle(language, reason),
            }),
        }
    }
    let chosen = candidates::spread(&possible, search.count);
    let items = chosen.into_iter().filter_map(|date| {
        let (day, blocked) = known.remove(&date)?;
        let local = date.and_time(search.start_time);
        let (starts_at, ends_at) = span(local, series.zone(), minutes);
        let locally = |at: Instant| at.with_timezone(&series.zone()).fixed_offset();
        Some(Proposal {
            date,
            starts_at: locally(starts_at),
            ends_at: locally(ends_at),
            why: why(language, &day, &blocked),
            blocked,
            nearest_meeting_days: day.nearest_meeting,
        })
    });
    Ok(Proposals {
        from: search.from,
        to: search.to,
        items: items.collect(),
        left_out,
    })
}

fn obstacle(language: Language, obstacle: Obstacle) -> String {
    let key = obstacle.as_str().replace('_', "-");
    say(language, &format!("polls-obstacle-{key}"))
}

/// How many days the nearest of the days is away.
fn nearest(taken: &BTreeSet<NaiveDate>, date: NaiveDate) -> Option<i64> {
    let before = taken.range(..=date).next_back();
    let after = taken.range(date..).next();
    let distances = before.into_iter().chain(after);
    distances
        .map(|other| (*other - date).num_days().abs())
        .min()
}

fn why(language: Language, day: &Day, blocked: &[String]) -> String {
    let suits = match blocked.is_empty() {
        true => say(language, "polls-why-free"),
        false => say_with(
            language,
            "polls-why-blocked",
            &[("names", blocked.join(", "))],
        ),
    };
    let school = day
        .school_holidays
        .then(|| say(language, "polls-why-school-holidays"));
    let apart = match day.nearest_meeting {
        Some(days) => say_with(language, "polls-why-apart", &[("days", days.to_string())]),
        None => say(language, "polls-why-alone"),
    };
    let parts = [Some(suits), school, Some(apart)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
