//! What people are on a day.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Person, Role};
use crate::auth::Scope;
use crate::db::schema::memberships;
use crate::db::{DbConn, Id};
use crate::error::Result;
use crate::municipalities::Municipality;

/// Whether `person` speaks for `municipality` on that day.
///
/// # Errors
/// If the database cannot be read.
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
///
/// # Errors
/// If the database cannot be read.
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
///
/// # Errors
/// If the database cannot be read.
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
