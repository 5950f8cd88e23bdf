//! Memberships: which role a person has for which municipality, and from when to when.
use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Person, PersonPatch, PersonRole, role_has_municipality};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::cooperations;
use crate::db::schema::{memberships, municipalities};
use crate::db::{DbConn, Id, MultiBackend};
use crate::error::{Error, Found, Result};
use crate::municipalities::{self as members, Municipality, is_member};

/// The role of a person in a period.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships, check_for_backend(crate::db::MultiBackend))]
pub(super) struct Membership {
    pub id: Id<Membership>,
    pub person_id: Id<Person>,
    pub municipality_id: Option<Id<Municipality>>,
    pub role: PersonRole,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

impl Membership {
    fn is_valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|until| day <= until)
    }
}

/// Memberships, past and future. If two of a person overlap, the one that begins later is valid. None is valid
/// on a day on which its municipality is not a member.
#[derive(Debug, Clone)]
pub struct Memberships {
    ordered: Vec<Membership>,
    /// From when to when a municipality is a member.
    days: HashMap<Id<Municipality>, (NaiveDate, Option<NaiveDate>)>,
}

impl Memberships {
    /// All memberships of a cooperation.
    pub fn load(conn: &mut DbConn, who: &impl Scope) -> Result<Self> {
        Self::of(conn, who, of_cooperation(who))
    }

    /// The memberships of one person.
    pub fn of_person(conn: &mut DbConn, who: &impl Scope, person: Id<Person>) -> Result<Self> {
        Self::of(
            conn,
            who,
            of_cooperation(who).filter(memberships::person_id.eq(person)),
        )
    }

    fn of(conn: &mut DbConn, who: &impl Scope, query: MembershipQuery) -> Result<Self> {
        let days: Vec<(Id<Municipality>, NaiveDate, Option<NaiveDate>)> = municipalities::table
            .filter(municipalities::cooperation_id.eq(who.cooperation()))
            .select((
                municipalities::id,
                municipalities::joined_on,
                municipalities::left_on,
            ))
            .load(conn)?;
        Ok(Self {
            ordered: ordered(conn, query)?,
            days: days
                .into_iter()
                .map(|(id, joined_on, left_on)| (id, (joined_on, left_on)))
                .collect(),
        })
    }

    /// Those that are valid on that day, ordered by their first day.
    pub(super) fn valid_on(&self, day: NaiveDate) -> impl Iterator<Item = &Membership> {
        let has_member = move |id: Id<Municipality>| {
            let days = self.days.get(&id);
            days.is_some_and(|(joined_on, left_on)| is_member(*joined_on, *left_on, day))
        };
        self.ordered
            .iter()
            .filter(move |one| one.is_valid_on(day))
            .filter(move |one| one.municipality_id.is_none_or(has_member))
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
    let roles: Vec<PersonRole> = valid_on(who, person, day)
        .filter(memberships::municipality_id.eq(municipality))
        .select(memberships::role)
        .load(conn)?;
    Ok(roles.into_iter().any(PersonRole::represents_municipality))
}

/// The role of a person on that day, if a membership is valid then.
pub fn role_on(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    day: NaiveDate,
) -> Result<Option<PersonRole>> {
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

/// The latest membership of each of these people.
pub(super) fn latest(
    conn: &mut DbConn,
    who: &impl Scope,
    people: &[Id<Person>],
) -> Result<HashMap<Id<Person>, Membership>> {
    let query = of_cooperation(who).filter(memberships::person_id.eq_any(people.to_vec()));
    let memberships = ordered(conn, query)?;
    Ok(memberships
        .into_iter()
        .map(|one| (one.person_id, one))
        .collect())
}

fn ordered(conn: &mut DbConn, query: MembershipQuery) -> Result<Vec<Membership>> {
    Ok(query
        .order((memberships::valid_from, memberships::id))
        .select(Membership::as_select())
        .load(conn)?)
}

/// Adds a membership.
pub(super) fn insert(tx: &mut Tx, who: &impl Scope, row: &Membership) -> Result<()> {
    let now = tx.now;
    if row.valid_until.is_some_and(|until| until < row.valid_from) {
        return Err(Error::invalid("until", "until", "must not be before from"));
    }
    diesel::insert_into(memberships::table)
        .values((
            row,
            memberships::cooperation_id.eq(who.cooperation()),
            memberships::created_at.eq(now),
            memberships::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Changes the latest membership of a person, or ends it and adds another one.
pub(super) fn change(
    tx: &mut Tx,
    who: &Coordinator,
    known: &Person,
    patch: &PersonPatch,
) -> Result<()> {
    let role = patch.role.unwrap_or(known.role);
    let municipality_id = patch.municipality_id.unwrap_or(known.municipality_id);
    let moves = (role, municipality_id) != (known.role, known.municipality_id);
    role_has_municipality(role, municipality_id.is_some()).map_err(|error| {
        let words = error.message.unwrap_or_default();
        Error::invalid("municipality_id", "required", words)
    })?;
    check_municipality(tx, who, municipality_id)?;
    let now = tx.now;
    let today = cooperations::store::own(tx, who)?.today(now);
    let from = patch.from.unwrap_or(if moves {
        today.max(known.from)
    } else {
        known.from
    });
    let until = patch.until.unwrap_or(known.until);
    let (current, _): (Id<Membership>, NaiveDate) = memberships::table
        .filter(memberships::cooperation_id.eq(who.cooperation()))
        .filter(memberships::person_id.eq(known.id))
        .filter(memberships::deleted_at.is_null())
        .order((memberships::valid_from.desc(), memberships::id.desc()))
        .select((memberships::id, memberships::valid_from))
        .first(&mut **tx)?;
    if moves && from > known.from {
        let eve = from.checked_sub_days(Days::new(1)).unwrap_or(from);
        // A membership that has ended keeps its last day.
        let end = known.until.map_or(eve, |until| until.min(eve));
        diesel::update(memberships::table.find(current))
            .set((
                memberships::valid_until.eq(end),
                memberships::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
        let next = Membership {
            id: tx.id(),
            person_id: known.id,
            municipality_id,
            role,
            valid_from: from,
            valid_until: until.filter(|until| *until >= from),
        };
        return insert(tx, who, &next);
    }
    if until.is_some_and(|until| until < from) {
        return Err(Error::invalid("until", "until", "must not be before from"));
    }
    diesel::update(memberships::table.find(current))
        .set((
            memberships::role.eq(role),
            memberships::municipality_id.eq(municipality_id),
            memberships::valid_from.eq(from),
            memberships::valid_until.eq(until),
            memberships::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Checks that there is such a municipality.
pub(super) fn check_municipality(
    tx: &mut Tx,
    who: &impl Scope,
    id: Option<Id<Municipality>>,
) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    let found = members::store::find(tx, who, id);
    found
        .or_invalid("municipality_id", "there is no such municipality")
        .map(drop)
}

type MembershipQuery = memberships::BoxedQuery<'static, MultiBackend>;

fn of_cooperation(who: &impl Scope) -> MembershipQuery {
    memberships::table
        .filter(memberships::cooperation_id.eq(who.cooperation()))
        .filter(memberships::deleted_at.is_null())
        .into_boxed()
}

fn valid_on(who: &impl Scope, person: Id<Person>, day: NaiveDate) -> MembershipQuery {
    let member = municipalities::table
        .filter(municipalities::cooperation_id.eq(who.cooperation()))
        .filter(
            municipalities::id
                .nullable()
                .eq(memberships::municipality_id),
        )
        .filter(municipalities::joined_on.le(day))
        .filter(
            municipalities::left_on
                .is_null()
                .or(municipalities::left_on.gt(day)),
        );
    of_cooperation(who)
        .filter(memberships::person_id.eq(person))
        .filter(memberships::municipality_id.is_null().or(exists(member)))
        .filter(memberships::valid_from.le(day))
        .filter(
            memberships::valid_until
                .is_null()
                .or(memberships::valid_until.ge(day)),
        )
}
