//! Loads the data of the report.
use std::collections::{BTreeSet, HashMap};

use super::figures::{self, HeldMeeting, ReportInput, ReportMember};
use super::{FairnessReport, ReportPeriod, TimelineMeeting};
use crate::agenda::{self, overview::HeldItem};
use crate::attendance;
use crate::auth::Scope;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::{self, Dated, Meeting, MeetingStatus};
use crate::municipalities::distance::Coordinates;
use crate::municipalities::{self, Municipality, Venue};
use crate::people::memberships::Memberships;
use crate::rotation::cohosts::debits;
use crate::rotation::{self, TurnEntryState};
use crate::series::Series;

/// The report on a series, as of `now`.
pub fn report(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    period: ReportPeriod,
    now: Instant,
) -> Result<FairnessReport> {
    let meetings = in_period(conn, who, series.id, period)?;
    let with = |status: &[MeetingStatus]| -> Vec<&Meeting> {
        let all = meetings.iter();
        all.filter(|meeting| status.contains(&meeting.status))
            .collect()
    };
    let held = with(&[MeetingStatus::Held]);
    let to_come = with(&[MeetingStatus::Planned, MeetingStatus::Invited]);
    let represented = attendance::represented::represented(conn, who, series.id, &held)?;
    let places = places(conn, who)?;
    let items = agenda::overview::held_items(conn, who, series.id)?;
    let memberships = Memberships::load(conn, who)?;
    let place_of = |meeting: &Meeting| {
        let venue = meeting.venue_id?;
        places.by_venue.get(&venue).copied()
    };
    let happened = ReportInput {
        held: held
            .iter()
            .map(|meeting| HeldMeeting {
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
    Ok(FairnessReport {
        series_id: series.id,
        from: period.from,
        to: period.to,
        held: number(&held),
        to_come: number(&to_come),
        cancelled: number(&with(&[MeetingStatus::Cancelled])),
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
    period: ReportPeriod,
) -> Result<Vec<TimelineMeeting>> {
    Ok(in_period(conn, who, of, period)?
        .iter()
        .map(TimelineMeeting::from)
        .collect())
}

/// The municipalities that are members on some day of a period or host one of its meetings, in
/// their order.
pub fn rows(
    conn: &mut DbConn,
    who: &impl Scope,
    period: ReportPeriod,
    turns: &[TimelineMeeting],
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
    ReportPeriod { from, to }: ReportPeriod,
) -> Result<Vec<Meeting>> {
    let mut meetings = meetings::store::of_series(conn, who, of)?;
    meetings.retain(|meeting| (from..=to).contains(&meeting.date));
    Ok(meetings)
}

/// The municipalities that the latest ledger entries of these meetings charge, and their parts.
fn charged(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    meetings: &[Meeting],
) -> Result<Vec<(Id<Municipality>, u32)>> {
    let ledger = rotation::ledger::entries(conn, who, of, None, i64::MAX)?;
    let latest: HashMap<_, _> = ledger
        .into_iter()
        .map(|turn| (turn.meeting_id, turn))
        .collect();
    let latest = meetings
        .iter()
        .filter_map(|meeting| latest.get(&meeting.id));
    Ok(latest
        .filter(|turn| {
            matches!(
                turn.state,
                TurnEntryState::Counted | TurnEntryState::Forfeited
            )
        })
        .filter_map(|turn| Some(debits(turn.due_id?, &turn.cohosts.0)))
        .flatten()
        .collect())
}

fn items_of(
    meeting: &Meeting,
    items: &[HeldItem],
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

/// Coordinates of venues, where known.
struct VenueCoordinates {
    by_venue: HashMap<Id<Venue>, Coordinates>,
    /// Of the preferred venues.
    homes: HashMap<Id<Municipality>, Coordinates>,
}

fn places(conn: &mut DbConn, who: &impl Scope) -> Result<VenueCoordinates> {
    let mut places = VenueCoordinates {
        by_venue: HashMap::new(),
        homes: HashMap::new(),
    };
    for (venue, is_open) in municipalities::venues::store::of_cooperation(conn, who)? {
        let Some(place) = Coordinates::of(&venue) else {
            continue;
        };
        places.by_venue.insert(venue.id, place);
        if is_open && venue.preferred {
            places.homes.insert(venue.municipality_id, place);
        }
    }
    Ok(places)
}

fn members(
    conn: &mut DbConn,
    who: &impl Scope,
    places: &VenueCoordinates,
) -> Result<Vec<ReportMember>> {
    let all = municipalities::store::all(conn, who)?.into_iter();
    Ok(all
        .map(|one| ReportMember {
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
