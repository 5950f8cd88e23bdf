//! The dates that are proposed for a poll, and the days that are not, with the reason
//! (`/series/{id}/polls/candidates`).
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::day_scores::{self, PollObstacle, ScoredDay};
use super::input::ProposalSearch;
use crate::auth::Scope;
use crate::db::{DbConn, Instant};
use crate::error::Result;
use crate::i18n::{Language, say, say_with};
use crate::meetings::{self, MeetingStatus, span};
use crate::series::Series;
use crate::{days, municipalities};

/// Dates that are proposed for a poll.
#[derive(Debug, Serialize, ToSchema)]
pub struct PollProposals {
    /// The first day that was looked at.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The dates, the best first.
    pub items: Vec<PollProposal>,
    /// The days on which a meeting is not possible, of the requested days of the week.
    pub left_out: Vec<PollDayLeftOut>,
}

/// A date that is proposed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PollProposal {
    /// The local day.
    pub date: NaiveDate,
    /// When the meeting would begin, with the offset of the local zone.
    pub starts_at: DateTime<FixedOffset>,
    /// When it would end.
    pub ends_at: DateTime<FixedOffset>,
    /// The names of the members with a blackout on that day, who cannot host.
    pub blocked: Vec<String>,
    /// How many days away the nearest other meeting of the series is.
    pub nearest_meeting_days: Option<i64>,
    /// The reasons for this day, in words.
    pub why: String,
}

/// A day that is not proposed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PollDayLeftOut {
    /// The local day.
    pub date: NaiveDate,
    /// The reason.
    pub reason: PollObstacle,
    /// The reason in words.
    pub why: String,
}

/// Finds the dates that suit a meeting best.
pub fn find(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    search: &ProposalSearch,
    minutes: i32,
    language: Language,
) -> Result<PollProposals> {
    let members = municipalities::store::all(conn, who)?;
    let blackouts = municipalities::blackouts::store::of_cooperation(conn, who)?;
    let land = series.land();
    let school = days::store::school_data(conn, who, land)?;
    let meetings = meetings::store::of_series(conn, who, series.id)?;
    let taken: BTreeSet<NaiveDate> = meetings
        .iter()
        .filter(|meeting| meeting.status != MeetingStatus::Cancelled)
        .map(|meeting| meeting.date)
        .collect();
    let mut known: BTreeMap<NaiveDate, (ScoredDay, Vec<String>)> = BTreeMap::new();
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
        let day = ScoredDay {
            date,
            land,
            school_holidays: school.on(date).is_some(),
            nearest_meeting: nearest(&taken, date),
            members: present.count(),
            blocked: blocked.len(),
        };
        match day_scores::cost(&day) {
            Ok(cost) => {
                possible.push((date, cost));
                known.insert(date, (day, blocked));
            }
            Err(reason) => left_out.push(PollDayLeftOut {
                date,
                reason,
                why: obstacle(language, reason),
            }),
        }
    }
    let chosen = day_scores::spread(&possible, search.count);
    let items = chosen.into_iter().filter_map(|date| {
        let (day, blocked) = known.remove(&date)?;
        let local = date.and_time(search.start_time);
        let (starts_at, ends_at) = span(local, series.zone(), minutes);
        let locally = |at: Instant| at.with_timezone(&series.zone()).fixed_offset();
        Some(PollProposal {
            date,
            starts_at: locally(starts_at),
            ends_at: locally(ends_at),
            why: why(language, &day, &blocked),
            blocked,
            nearest_meeting_days: day.nearest_meeting,
        })
    });
    Ok(PollProposals {
        from: search.from,
        to: search.to,
        items: items.collect(),
        left_out,
    })
}

fn obstacle(language: Language, obstacle: PollObstacle) -> String {
    let key = obstacle.as_str().replace('_', "-");
    say(language, &format!("polls-obstacle-{key}"))
}

/// How many days away the nearest of the days is.
fn nearest(taken: &BTreeSet<NaiveDate>, date: NaiveDate) -> Option<i64> {
    let before = taken.range(..=date).next_back();
    let after = taken.range(date..).next();
    let distances = before.into_iter().chain(after);
    distances
        .map(|other| (*other - date).num_days().abs())
        .min()
}

fn why(language: Language, day: &ScoredDay, blocked: &[String]) -> String {
    let suits = if blocked.is_empty() {
        say(language, "polls-why-free")
    } else {
        let names = [("names", blocked.join(", "))];
        say_with(language, "polls-why-blocked", &names)
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
