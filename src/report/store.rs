//! Gathers what the report is made of.
use std::collections::{BTreeSet, HashMap};

use super::figures::{self, Happened, Held, Member};
use super::{Period, Report, Turn};
use crate::agenda::{self, overview::Treated};
use crate::attendance;
use crate::auth::Scope;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::{self, Dated, Meeting, Status};
use crate::municipalities::distance::Place;
use crate::municipalities::{self, Municipality, Venue};
use crate::people::memberships::Memberships;
use crate::rotation::cohosts::charges;
use crate::rotation::{self, State};
use crate::series::Series;

/// The report on a series, as of `now`.
pub fn report(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    period: Period,
    now: Instant,
) -> Result<Report> {
    let meetings = in_period(conn, who, series.id, period)?;
    let with = |status: &[Status]| -> Vec<&Meeting> {
        let all = meetings.iter();
        all.filter(|meeting| status.contains(&meeting.status))
            .collect()
    };
    let held = with(&[Status::Held]);
    let to_come = with(&[Status::Planned, Status::Invited]);
    let represented = attendance::represented::represented(conn, who, series.id, &held)?;
    let places = places(conn, who)?;
    let items = agenda::overview::treated(conn, who, series.id)?;
    let memberships = Memberships::load(conn, who)?;
    let place_of = |meeting: &Meeting| {
        let venue = meeting.venue_id?;
        places.by_venue.get(&venue).copied()
    };
    let happened = Happened {
        held: held
            .iter()
            .map(|meeting| Held {
                on: meeting.date,
                host: meeting.host_id,
                cohosts: meeting.cohosts.0.clone(),
                place: place_of(meeting),
                represented: represented.get(&meeting.id).cloned(),
                items: items_of(meeting, &items, &memberships),
            })
            .collect(),
        charged: charged(conn, who, series.id, &meetings)?,
        to_come: to_come
            .iter()
            .filter_map(|meeting| meeting.host_id)
            .collect(),
        to_cohost: to_come
            .iter()
            .flat_map(|meeting| meeting.cohosts.0.clone())
            .collect(),
    };
    let members = members(conn, who, &places)?;
    let weights = &series.host_weights.0;
    let items = figures::shares(&members, weights, period, series.today(now), &happened);
    let dated = |missing: &dyn Fn(&Meeting) -> bool| -> Vec<Dated> {
        let those = held.iter().filter(|meeting| missing(meeting));
        those
            .map(|meeting| Dated {
                meeting_id: meeting.id,
                starts_at: meeting.starts_at_locally(),
            })
            .collect()
    };
    Ok(Report {
        series_id: series.id,
        from: period.from,
        to: period.to,
        held: number(&held),
        to_come: number(&to_come),
        cancelled: number(&with(&[Status::Cancelled])),
        spread: figures::spreads(&items),
        items,
        without_place: dated(&|meeting| place_of(meeting).is_none()),
        without_attendance: dated(&|meeting| !represented.contains_key(&meeting.id)),
        other_agenda_minutes: figures::minutes(&happened.held, None),
    })
}

/// The meetings of a period in the order of time, as the picture shows them.
pub fn turns(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    period: Period,
) -> Result<Vec<Turn>> {
    Ok(in_period(conn, who, of, period)?
        .iter()
        .map(Turn::from)
        .collect())
}

/// The municipalities that are members on some day of a period, or have part in hosting a meeting of it, in their order.
pub fn rows(
    conn: &mut DbConn,
    who: &impl Scope,
    period: Period,
    turns: &[Turn],
) -> Result<Vec<Municipality>> {
    let hosts = turns.iter().filter_map(|turn| turn.host);
    let cohosts = turns.iter().flat_map(|turn| turn.cohosts.clone());
    let hosts: BTreeSet<_> = hosts.chain(cohosts).collect();
    let all = municipalities::store::all(conn, who)?.into_iter();
    let is_member = |one: &Municipality| {
        one.joined_on <= period.to && one.left_on.is_none_or(|left| period.from < left)
    };
    Ok(all
        .filter(|one| is_member(one) || hosts.contains(&one.id))
        .collect())
}

fn in_period(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    Period { from, to }: Period,
) -> Result<Vec<Meeting>> {
    let mut meetings = meetings::store::of_series(conn, who, of)?;
    meetings.retain(|meeting| (from..=to).contains(&meeting.date));
    Ok(meetings)
}

/// To whom the turns of these meetings are charged by their latest entries, and in which parts.
fn charged(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    meetings: &[Meeting],
) -> Result<Vec<(Id<Municipality>, u32)>> {
    let ledger = rotation::store::ledger(conn, who, of, None, i64::MAX)?;
    let latest: HashMap<_, _> = ledger
        .into_iter()
        .map(|turn| (turn.meeting_id, turn))
        .collect();
    let latest = meetings
        .iter()
        .filter_map(|meeting| latest.get(&meeting.id));
    Ok(latest
        .filter(|turn| matches!(turn.state, State::Counted | State::Forfeited))
        .filter_map(|turn| Some(charges(turn.due_id?, &turn.cohosts.0)))
        .flatten()
        .collect())
}

fn items_of(
    meeting: &Meeting,
    items: &[Treated],
    memberships: &Memberships,
) -> Vec<(Option<Id<Municipality>>, i32)> {
    let representatives = memberships.representatives_on(meeting.date);
    let own = items.iter().filter(|item| item.meeting == meeting.id);
    own.map(|item| {
        let proposer = item
            .proposed_by
            .and_then(|person| representatives.get(&person).copied());
        (proposer, item.minutes)
    })
    .collect()
}

/// Where venues are, as far as somebody has said so.
struct Places {
    by_venue: HashMap<Id<Venue>, Place>,
    /// Of the preferred venues.
    homes: HashMap<Id<Municipality>, Place>,
}

fn places(conn: &mut DbConn, who: &impl Scope) -> Result<Places> {
    let mut places = Places {
        by_venue: HashMap::new(),
        homes: HashMap::new(),
    };
    for (venue, is_open) in municipalities::store::all_venues(conn, who)? {
        let Some(place) = Place::of(&venue) else {
            continue;
        };
        places.by_venue.insert(venue.id, place);
        if is_open && venue.preferred {
            places.homes.insert(venue.municipality_id, place);
        }
    }
    Ok(places)
}

fn members(conn: &mut DbConn, who: &impl Scope, places: &Places) -> Result<Vec<Member>> {
    let all = municipalities::store::all(conn, who)?.into_iter();
    Ok(all
        .map(|one| Member {
            home: places.homes.get(&one.id).copied(),
            id: one.id,
            name: one.name,
            joined_on: one.joined_on,
            left_on: one.left_on,
        })
        .collect())
}

fn number(of: &[&Meeting]) -> u32 {
    u32::try_from(of.len()).unwrap_or(u32::MAX)
}
