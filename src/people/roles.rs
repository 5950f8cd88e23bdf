//! What people are on a day.
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Person, Role};
use crate::auth::Scope;
use crate::db::schema::memberships;
use crate::db::{DbConn, Id};
use crate::error::Result;
use crate::municipalities::Municipality;

/// Whether `person` speaks for `municipality` on that day.
pub fn speaks_for(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    municipality: Id<Municipality>,
    day: NaiveDate,
) -> Result<bool> {
    let roles: Vec<Role> = memberships::table
        .filter(memberships::cooperation_id.eq(who.cooperation()))
        .filter(memberships::person_id.eq(person))
        .filter(memberships::municipality_id.eq(municipality))
        .filter(memberships::valid_from.le(day))
        .filter(
            memberships::valid_until
                .is_null()
                .or(memberships::valid_until.ge(day)),
        )
        .filter(memberships::deleted_at.is_null())
        .select(memberships::role)
        .load(conn)?;
    Ok(roles.into_iter().any(Role::speaks_for_municipality))
}

/// What a person is on that day; nothing if the membership has not begun or has ended.
pub fn role_on(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    day: NaiveDate,
) -> Result<Option<Role>> {
    Ok(memberships::table
        .filter(memberships::cooperation_id.eq(who.cooperation()))
        .filter(memberships::person_id.eq(person))
        .filter(memberships::valid_from.le(day))
        .filter(
            memberships::valid_until
                .is_null()
                .or(memberships::valid_until.ge(day)),
        )
        .filter(memberships::deleted_at.is_null())
        .order((memberships::valid_from.desc(), memberships::id.desc()))
        .select(memberships::role)
        .first(conn)
        .optional()?)
}

/// Whom a person speaks for on that day.
pub fn municipality_on(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    day: NaiveDate,
) -> Result<Option<Id<Municipality>>> {
    let found: Option<Option<Id<Municipality>>> = memberships::table
        .filter(memberships::cooperation_id.eq(who.cooperation()))
        .filter(memberships::person_id.eq(person))
        .filter(memberships::valid_from.le(day))
        .filter(
            memberships::valid_until
                .is_null()
                .or(memberships::valid_until.ge(day)),
        )
        .filter(memberships::deleted_at.is_null())
        .order(memberships::valid_from.desc())
        .select(memberships::municipality_id)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

/// Who speaks for which municipality, and from when to when.
#[derive(Debug, Clone)]
pub struct Speakers(Vec<Speaker>);

type Speaker = (Id<Person>, Id<Municipality>, NaiveDate, Option<NaiveDate>);

/// Everybody who speaks, spoke or will speak for a municipality.
pub fn speakers(conn: &mut DbConn, who: &impl Scope) -> Result<Speakers> {
    let rows: Vec<(Role, Option<Id<Municipality>>, Speaking)> = memberships::table
        .filter(memberships::cooperation_id.eq(who.cooperation()))
        .filter(memberships::deleted_at.is_null())
        .order((memberships::valid_from, memberships::id))
        .select((
            memberships::role,
            memberships::municipality_id,
            (
                memberships::person_id,
                memberships::valid_from,
                memberships::valid_until,
            ),
        ))
        .load(conn)?;
    let speaking = rows
        .into_iter()
        .filter(|(role, ..)| role.speaks_for_municipality());
    let speakers = speaking.filter_map(|(_, municipality, (person, from, until))| {
        Some((person, municipality?, from, until))
    });
    Ok(Speakers(speakers.collect()))
}

type Speaking = (Id<Person>, NaiveDate, Option<NaiveDate>);

impl Speakers {
    /// Who speaks for which municipality on that day; the latest to begin holds.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> HashMap<Id<Person>, Id<Municipality>> {
        let holding = self
            .0
            .iter()
            .filter(|(.., from, until)| *from <= day && until.is_none_or(|until| day <= until));
        holding
            .map(|(person, municipality, ..)| (*person, *municipality))
            .collect()
    }
}
