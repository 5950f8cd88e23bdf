//! Which role a person has for which municipality, and from when to when.
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Person, Role};
use crate::auth::Scope;
use crate::db::schema::memberships;
use crate::db::{DbConn, Id, MultiBackend};
use crate::error::Result;
use crate::municipalities::Municipality;

/// The role of a person in a period.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships, check_for_backend(crate::db::MultiBackend))]
pub(super) struct Membership {
    pub id: Id<Membership>,
    pub person_id: Id<Person>,
    pub municipality_id: Option<Id<Municipality>>,
    pub role: Role,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

impl Membership {
    fn is_valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|until| day <= until)
    }
}

/// Memberships of any time. Where two of a person overlap, the one that begins later is valid.
#[derive(Debug, Clone)]
pub struct Memberships(Vec<Membership>);

impl Memberships {
    /// All memberships of a cooperation.
    pub fn load(conn: &mut DbConn, who: &impl Scope) -> Result<Self> {
        Self::of(conn, of_cooperation(who))
    }

    /// The memberships of one person.
    pub fn of_person(conn: &mut DbConn, who: &impl Scope, person: Id<Person>) -> Result<Self> {
        Self::of(
            conn,
            of_cooperation(who).filter(memberships::person_id.eq(person)),
        )
    }

    fn of(conn: &mut DbConn, query: Query) -> Result<Self> {
        Ok(Self(
            query
                .order((memberships::valid_from, memberships::id))
                .select(Membership::as_select())
                .load(conn)?,
        ))
    }

    /// Those that are valid on that day, ordered by their first day.
    pub(super) fn valid_on(&self, day: NaiveDate) -> impl Iterator<Item = &Membership> {
        self.0.iter().filter(move |one| one.is_valid_on(day))
    }

    /// Who represents which municipality on that day.
    #[must_use]
    pub fn representatives_on(&self, day: NaiveDate) -> HashMap<Id<Person>, Id<Municipality>> {
        self.valid_on(day)
            .filter(|one| one.role.represents_municipality())
            .filter_map(|one| Some((one.person_id, one.municipality_id?)))
            .collect()
    }
}

/// Whether `person` represents `municipality` on that day.
pub fn represents(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    municipality: Id<Municipality>,
    day: NaiveDate,
) -> Result<bool> {
    let roles: Vec<Role> = valid_on(who, person, day)
        .filter(memberships::municipality_id.eq(municipality))
        .select(memberships::role)
        .load(conn)?;
    Ok(roles.into_iter().any(Role::represents_municipality))
}

/// The role of a person on that day, if a membership is valid then.
pub fn role_on(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    day: NaiveDate,
) -> Result<Option<Role>> {
    Ok(valid_on(who, person, day)
        .order((memberships::valid_from.desc(), memberships::id.desc()))
        .select(memberships::role)
        .first(conn)
        .optional()?)
}

/// The municipality that a person belongs to on that day.
pub fn municipality_on(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    day: NaiveDate,
) -> Result<Option<Id<Municipality>>> {
    let found: Option<Option<Id<Municipality>>> = valid_on(who, person, day)
        .order((memberships::valid_from.desc(), memberships::id.desc()))
        .select(memberships::municipality_id)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

type Query = memberships::BoxedQuery<'static, MultiBackend>;

fn of_cooperation(who: &impl Scope) -> Query {
    memberships::table
        .filter(memberships::cooperation_id.eq(who.cooperation()))
        .filter(memberships::deleted_at.is_null())
        .into_boxed()
}

fn valid_on(who: &impl Scope, person: Id<Person>, day: NaiveDate) -> Query {
    of_cooperation(who)
        .filter(memberships::person_id.eq(person))
        .filter(memberships::valid_from.le(day))
        .filter(
            memberships::valid_until
                .is_null()
                .or(memberships::valid_until.ge(day)),
        )
}
