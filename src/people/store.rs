//! Queries of people and their memberships.
use diesel::prelude::*;

use super::memberships::{self, Membership};
use super::{NewPerson, Person, PersonPatch, PersonRole, PersonRow};
use crate::Tx;
use crate::auth::{Coordinator, Host, Scope, tokens};
use crate::cooperations::{self, one_line};
use crate::db::schema::people;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Found, Result, conflict_unless};
use crate::http::body::ExpectedRevision;
use crate::municipalities::sensible_day;
use mail::Address;

/// Most people of a cooperation.
const MAX_PEOPLE: i64 = 5000;

/// The people of a cooperation, ordered by name.
pub fn all(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Person>> {
    let rows = people::table
        .filter(people::cooperation_id.eq(who.cooperation()))
        .filter(people::deleted_at.is_null())
        .order((people::family_name, people::given_name, people::id))
        .select(PersonRow::as_select())
        .load(conn)?;
    with_memberships(conn, who, rows)
}

/// One page of the people of a cooperation, ordered by id.
pub fn page(
    conn: &mut DbConn,
    who: &impl Scope,
    after: Option<Id<Person>>,
    limit: i64,
) -> Result<Vec<Person>> {
    let mut query = people::table
        .filter(people::cooperation_id.eq(who.cooperation()))
        .filter(people::deleted_at.is_null())
        .order(people::id)
        .limit(limit)
        .select(PersonRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(people::id.gt(after));
    }
    let rows = query.load(conn)?;
    with_memberships(conn, who, rows)
}

/// One person.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Person>) -> Result<Person> {
    let row = people::table
        .find(id)
        .filter(people::cooperation_id.eq(who.cooperation()))
        .filter(people::deleted_at.is_null())
        .select(PersonRow::as_select())
        .first(conn)?;
    with_memberships(conn, who, vec![row])?
        .pop()
        .ok_or(Error::NotFound)
}

/// The person with a mail address, ignoring case.
pub fn by_address(conn: &mut DbConn, who: &impl Scope, address: &Address) -> Result<Person> {
    let id = people::table
        .filter(people::cooperation_id.eq(who.cooperation()))
        .filter(people::address_key.eq(address.key()))
        .filter(people::deleted_at.is_null())
        .select(people::id)
        .first(conn)?;
    find(conn, who, id)
}

fn with_memberships(
    conn: &mut DbConn,
    who: &impl Scope,
    rows: Vec<PersonRow>,
) -> Result<Vec<Person>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut latest = memberships::latest(conn, who, &ids)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            latest
                .remove(&row.id)
                .map(|membership| (row, membership).into())
        })
        .collect())
}

fn address_is_free(
    tx: &mut Tx,
    who: &impl Scope,
    text: &str,
    own: Option<Id<Person>>,
) -> Result<Address> {
    let address = Address::parse(text)
        .map_err(|error| Error::invalid("address", "address", error.to_string()))?;
    let other = by_address(tx, who, &address).if_found()?;
    if other.is_some_and(|other| Some(other.id) != own) {
        let message = "another person has this address";
        return Err(Error::invalid("address", "unique", message));
    }
    Ok(address)
}

/// Adds a person.
///
/// # Errors
/// If the address is taken or the municipality does not exist.
pub fn create(tx: &mut Tx, who: &Coordinator, new: &NewPerson) -> Result<Person> {
    insert(tx, who, new)
}

/// Adds a guest whom the host of a meeting invites.
pub fn create_guest(
    tx: &mut Tx,
    who: &Host,
    [given_name, family_name]: [&str; 2],
    address: &Address,
) -> Result<Person> {
    let guest = NewPerson {
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
        address: address.as_str().to_owned(),
        language: None,
        function: None,
        phone: None,
        role: PersonRole::Guest,
        municipality_id: None,
        from: None,
        until: None,
    };
    insert(tx, who, &guest)
}

fn insert(tx: &mut Tx, who: &impl Scope, new: &NewPerson) -> Result<Person> {
    let count: i64 = people::table
        .filter(people::cooperation_id.eq(who.cooperation()))
        .filter(people::deleted_at.is_null())
        .count()
        .get_result(&mut **tx)?;
    conflict_unless(
        count < MAX_PEOPLE,
        "too_many",
        format!("at most {MAX_PEOPLE} people"),
    )?;
    memberships::check_municipality(tx, who, new.municipality_id)?;
    let address = address_is_free(tx, who, &new.address, None)?;
    let cooperation = cooperations::store::own(tx, who)?;
    let (id, now) = (tx.id::<Person>(), tx.now);
    diesel::insert_into(people::table)
        .values((
            people::id.eq(id),
            people::cooperation_id.eq(who.cooperation()),
            people::given_name.eq(new.given_name.trim()),
            people::family_name.eq(new.family_name.trim()),
            people::address.eq(address.as_str()),
            people::address_key.eq(address.key()),
            people::language.eq(new.language.unwrap_or(cooperation.language)),
            people::function.eq(&new.function),
            people::phone.eq(&new.phone),
            people::created_at.eq(now),
            people::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    let membership = Membership {
        id: tx.id(),
        person_id: id,
        municipality_id: new.municipality_id,
        role: new.role,
        valid_from: new.from.unwrap_or_else(|| cooperation.today(now)),
        valid_until: new.until,
    };
    memberships::insert(tx, who, &membership)?;
    find(tx, who, id)
}

/// Changes a person. A new address is not marked as undeliverable.
///
/// # Errors
/// [`Error::Stale`], or the invalid fields.
pub fn change(
    tx: &mut Tx,
    who: &Coordinator,
    id: Id<Person>,
    expected: ExpectedRevision,
    patch: &PersonPatch,
) -> Result<Person> {
    let known = find(tx, who, id)?;
    expected.check(known.revision)?;
    check_given(patch)?;
    let now = tx.now;
    if let Some(text) = &patch.address {
        let address = address_is_free(tx, who, text, Some(id))?;
        diesel::update(people::table.find(id))
            .set((
                people::address.eq(address.as_str()),
                people::address_key.eq(address.key()),
                people::undeliverable_since.eq(None::<Instant>),
                people::undeliverable_words.eq(None::<String>),
            ))
            .execute(&mut **tx)?;
    }
    memberships::change(tx, who, &known, patch)?;
    diesel::update(people::table.find(id))
        .set((
            patch
                .given_name
                .as_ref()
                .map(|name| people::given_name.eq(name)),
            patch
                .family_name
                .as_ref()
                .map(|name| people::family_name.eq(name)),
            patch.language.map(|language| people::language.eq(language)),
            patch
                .function
                .as_ref()
                .map(|function| people::function.eq(function)),
            patch.phone.as_ref().map(|phone| people::phone.eq(phone)),
            people::revision.eq(known.revision + 1),
            people::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Checks the values of fields that can also be set to null.
fn check_given(patch: &PersonPatch) -> Result<()> {
    let lines = [("function", &patch.function), ("phone", &patch.phone)];
    for (field, line) in lines {
        if let Some(Some(line)) = line
            && one_line(line).is_err()
        {
            return Err(Error::invalid(
                field,
                "one_line",
                "must be one line of text",
            ));
        }
    }
    match patch.until {
        Some(Some(day)) if sensible_day(&day).is_err() => Err(Error::invalid(
            "until",
            "day",
            "must be in the years 1970 to 2199",
        )),
        _ => Ok(()),
    }
}

/// Marks the address as undeliverable.
pub fn mark_undeliverable(
    tx: &mut Tx,
    who: &impl Scope,
    id: Id<Person>,
    words: &str,
) -> Result<()> {
    let now = tx.now;
    diesel::update(people::table)
        .filter(people::id.eq(id))
        .filter(people::cooperation_id.eq(who.cooperation()))
        .set((
            people::undeliverable_since.eq(now),
            people::undeliverable_words.eq(words),
            people::revision.eq(people::revision + 1),
            people::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Marks an undeliverable address as deliverable again. Without that mark nothing changes.
pub fn confirm_address(
    tx: &mut Tx,
    who: &Coordinator,
    id: Id<Person>,
    expected: ExpectedRevision,
) -> Result<Person> {
    let known = find(tx, who, id)?;
    expected.check(known.revision)?;
    if known.undeliverable_since.is_none() {
        return Ok(known);
    }
    let now = tx.now;
    diesel::update(people::table.find(id))
        .set((
            people::undeliverable_since.eq(None::<Instant>),
            people::undeliverable_words.eq(None::<String>),
            people::revision.eq(known.revision + 1),
            people::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Removes a person and revokes the person's tokens.
pub fn delete(
    tx: &mut Tx,
    who: &Coordinator,
    id: Id<Person>,
    expected: ExpectedRevision,
) -> Result<()> {
    let known = find(tx, who, id)?;
    expected.check(known.revision)?;
    let now = tx.now;
    tokens::revoke_of(tx, who, id)?;
    diesel::update(people::table.find(id))
        .set((
            people::deleted_at.eq(now),
            people::modified_at.eq(now),
            people::revision.eq(known.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
