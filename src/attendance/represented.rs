//! Which municipalities were represented at the meetings of a series: three queries for all of them.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use super::Presence;
use super::delegations::{Delegation, Voices};
use crate::auth::Scope;
use crate::db::schema::{attendances, delegations, meetings as meeting_rows};
use crate::db::{DbConn, Id};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::people::Person;
use crate::people::memberships::Memberships;
use crate::series::Series;

type Recorded = (Id<Person>, Option<Id<Municipality>>, Presence);

/// The municipalities that were represented at those of these meetings of a series of which it is
/// recorded who was there.
pub fn represented(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    meetings: &[&Meeting],
) -> Result<HashMap<Id<Meeting>, BTreeSet<Id<Municipality>>>> {
    let mut recorded = recorded(conn, who, of)?;
    let mut delegations = delegated(conn, who, of)?;
    let memberships = Memberships::load(conn, who)?;
    let known = meetings.iter().filter_map(|meeting| {
        let rows = recorded.remove(&meeting.id)?;
        let delegations = delegations.remove(&meeting.id).unwrap_or_default();
        Some((meeting.id, at(meeting, &rows, delegations, &memberships)))
    });
    Ok(known.collect())
}

fn at(
    meeting: &Meeting,
    rows: &[Recorded],
    delegations: Vec<Delegation>,
    memberships: &Memberships,
) -> BTreeSet<Id<Municipality>> {
    let mut voices = Voices::new(memberships.representatives_on(meeting.date), delegations);
    for (person, municipality, _) in rows {
        voices.record(*person, *municipality);
    }
    let there = rows.iter().filter(|(.., presence)| presence.is_there());
    voices.represented_by(there.map(|(person, ..)| *person))
}

/// What is recorded of people; guests who walked in speak for nobody.
fn recorded(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
) -> Result<BTreeMap<Id<Meeting>, Vec<Recorded>>> {
    type Row = (
        Id<Meeting>,
        Option<Id<Person>>,
        Option<Id<Municipality>>,
        Presence,
    );
    let rows: Vec<Row> = attendances::table
        .inner_join(meeting_rows::table.on(meeting_rows::id.eq(attendances::meeting_id)))
        .filter(attendances::cooperation_id.eq(who.cooperation()))
        .filter(meeting_rows::series_id.eq(of))
        .filter(attendances::deleted_at.is_null())
        .order(attendances::id)
        .select((
            attendances::meeting_id,
            attendances::person_id,
            attendances::municipality_id,
            attendances::presence,
        ))
        .load(conn)?;
    let mut by_meeting: BTreeMap<_, Vec<Recorded>> = BTreeMap::new();
    for (meeting, person, municipality, presence) in rows {
        let of_meeting = by_meeting.entry(meeting).or_default();
        of_meeting.extend(person.map(|person| (person, municipality, presence)));
    }
    Ok(by_meeting)
}

fn delegated(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
) -> Result<BTreeMap<Id<Meeting>, Vec<Delegation>>> {
    let rows: Vec<(Id<Meeting>, Delegation)> = delegations::table
        .inner_join(meeting_rows::table.on(meeting_rows::id.eq(delegations::meeting_id)))
        .filter(delegations::cooperation_id.eq(who.cooperation()))
        .filter(meeting_rows::series_id.eq(of))
        .filter(delegations::withdrawn_at.is_null())
        .order(delegations::id)
        .select((delegations::meeting_id, Delegation::as_select()))
        .load(conn)?;
    let mut by_meeting: BTreeMap<_, Vec<Delegation>> = BTreeMap::new();
    for (meeting, delegation) in rows {
        by_meeting.entry(meeting).or_default().push(delegation);
    }
    Ok(by_meeting)
}
