//! Queries for the rotation: its members and its upcoming turns.
use std::collections::HashMap;

use super::plan::{Pause, RotationMember};
use super::series_plan::SeriesPlan;
use super::view::UpcomingTurn;
use crate::auth::Scope;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::Language;
use crate::meetings::Meeting;
use crate::municipalities::blackouts::BlackoutDays;
use crate::municipalities::{self, Municipality};
use crate::series::{self, Series};

/// All municipalities of a cooperation as members of the rotation.
pub fn members(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<RotationMember>> {
    let mut blackouts: HashMap<Id<Municipality>, Vec<BlackoutDays>> = HashMap::new();
    for row in municipalities::blackouts::store::of_cooperation(conn, who)? {
        let of_municipality = blackouts.entry(row.municipality_id).or_default();
        of_municipality.push(row.into());
    }
    let mut pauses: HashMap<Id<Municipality>, Vec<Pause>> = HashMap::new();
    for row in municipalities::pauses::store::of_cooperation(conn, who)? {
        pauses.entry(row.municipality_id).or_default().push(Pause {
            from: row.starts_on,
            until: row.ends_on,
        });
    }
    let all = municipalities::store::all(conn, who)?.into_iter();
    Ok(all
        .map(|one| RotationMember {
            id: one.id,
            position: one.position,
            joined_on: one.joined_on,
            left_on: one.left_on,
            blackouts: blackouts.remove(&one.id).unwrap_or_default(),
            pauses: pauses.remove(&one.id).unwrap_or_default(),
        })
        .collect())
}

/// The turns of the next `count` meetings, including one that is under way, with reasons in `language`.
///
/// # Errors
/// [`Error::NotFound`](crate::error::Error::NotFound) if the cooperation has no such series.
pub fn upcoming(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    count: usize,
    language: Language,
    now: Instant,
) -> Result<Vec<UpcomingTurn>> {
    let mut turns = turns(conn, who, of, (language, now), |one| one.is_ahead(now))?;
    turns.truncate(count);
    Ok(turns)
}

/// The turns of those meetings of one series that are `wanted`, with reasons in `language`.
pub(super) fn turns(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    (language, now): (Language, Instant),
    wanted: impl Fn(&Meeting) -> bool,
) -> Result<Vec<UpcomingTurn>> {
    let series = series::store::find(conn, who, of)?;
    let plan = SeriesPlan::load(conn, who, &series, now)?;
    let explained = plan.explained();
    let names = names(conn, who)?;
    let meetings = plan.meetings.iter().filter(|one| wanted(one));
    Ok(meetings
        .filter_map(|meeting| {
            let turn = explained.get(&meeting.id)?;
            Some(UpcomingTurn::new(meeting, turn, &names, language))
        })
        .collect())
}

/// The names of all municipalities.
pub fn names(conn: &mut DbConn, who: &impl Scope) -> Result<HashMap<Id<Municipality>, String>> {
    let all = municipalities::store::all(conn, who)?;
    Ok(all.into_iter().map(|one| (one.id, one.name)).collect())
}
