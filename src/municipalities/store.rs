//! Queries of municipalities and venues; those of blackouts stand beside their calendars.
use diesel::dsl::max;
use diesel::prelude::*;

pub use super::blackouts::store::{all_blackouts, blackouts, create_blackout, delete_blackout};
use super::{
    Municipality, MunicipalityPatch, NewMunicipality, NewVenue, Venue, membership_days,
    sensible_day, valid_ags,
};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::db::schema::{municipalities, venues};
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::ExpectedRevision;

/// A cooperation has at most so many municipalities, those that left included.
const MAX_MUNICIPALITIES: i64 = 200;
/// A municipality has at most so many venues.
const MAX_PARTS: i64 = 200;

macro_rules! columns_of_venue {
    ($new:ident) => {
        (
            venues::name.eq(&$new.name),
            venues::room.eq(&$new.room),
            venues::street.eq(&$new.street),
            venues::postal_code.eq(&$new.postal_code),
            venues::locality.eq(&$new.locality),
            venues::directions.eq(&$new.directions),
            venues::latitude.eq($new.latitude),
            venues::longitude.eq($new.longitude),
        )
    };
}

/// The municipalities of a cooperation in the order of hosts, those that left included.
pub fn all(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Municipality>> {
    Ok(municipalities::table
        .filter(municipalities::cooperation_id.eq(who.cooperation()))
        .filter(municipalities::deleted_at.is_null())
        .order((municipalities::position, municipalities::id))
        .select(Municipality::as_select())
        .load(conn)?)
}

/// One municipality.
///
/// # Errors
/// [`Error::NotFound`] if the cooperation has none of that key.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Municipality>) -> Result<Municipality> {
    Ok(municipalities::table
        .find(id)
        .filter(municipalities::cooperation_id.eq(who.cooperation()))
        .filter(municipalities::deleted_at.is_null())
        .select(Municipality::as_select())
        .first(conn)?)
}

/// Makes a municipality.
///
/// # Errors
/// If its name is taken or there are too many.
pub fn create(tx: &mut Tx, who: &Coordinator, new: &NewMunicipality) -> Result<Municipality> {
    let (last, count): (Option<i32>, i64) = municipalities::table
        .filter(municipalities::cooperation_id.eq(who.cooperation()))
        .filter(municipalities::deleted_at.is_null())
        .select((max(municipalities::position), diesel::dsl::count_star()))
        .first(&mut **tx)?;
    if count >= MAX_MUNICIPALITIES {
        return Err(Error::conflict(
            "too_many",
            format!("at most {MAX_MUNICIPALITIES} municipalities"),
        ));
    }
    name_is_free(tx, who, &new.name, None)?;
    let (id, now) = (tx.id::<Municipality>(), tx.now);
    tx.plan_again();
    diesel::insert_into(municipalities::table)
        .values((
            municipalities::id.eq(id),
            municipalities::cooperation_id.eq(who.cooperation()),
            municipalities::name.eq(&new.name),
            municipalities::ags.eq(&new.ags),
            municipalities::position.eq(new
                .position
                .unwrap_or_else(|| last.map_or(1, |last| last + 1))),
            municipalities::joined_on.eq(new.joined_on),
            municipalities::left_on.eq(new.left_on),
            municipalities::created_at.eq(now),
            municipalities::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Two municipalities of one cooperation must not be told apart by case or spaces alone.
fn name_is_free(
    tx: &mut Tx,
    who: &impl Scope,
    name: &str,
    own: Option<Id<Municipality>>,
) -> Result<()> {
    let key = name_key(name);
    // In the program, because the engines differ in what they take for lower case.
    let is_taken = all(tx, who)?
        .iter()
        .any(|other| Some(other.id) != own && name_key(&other.name) == key);
    match is_taken {
        true => Err(Error::invalid(
            "name",
            "unique",
            "another municipality has this name",
        )),
        false => Ok(()),
    }
}

/// The same for names that differ in case or spaces only.
fn name_key(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Changes a municipality. What was already decided of past and invited meetings stays.
///
/// # Errors
/// [`Error::Stale`], or the fields that break a rule.
pub fn change(
    tx: &mut Tx,
    who: &Coordinator,
    id: Id<Municipality>,
    expected: ExpectedRevision,
    patch: &MunicipalityPatch,
) -> Result<Municipality> {
    let known = find(tx, who, id)?;
    expected.check(known.revision)?;
    if let Some(name) = &patch.name {
        name_is_free(tx, who, name, Some(id))?;
    }
    if let Some(Some(text)) = &patch.ags {
        valid_ags(text).map_err(|_| Error::invalid("ags", "ags", "must have 8 digits"))?;
    }
    if let Some(Some(day)) = &patch.left_on {
        sensible_day(day)
            .map_err(|_| Error::invalid("left_on", "day", "must be of the years 1970 to 2199"))?;
    }
    membership_days(
        patch.joined_on.unwrap_or(known.joined_on),
        patch.left_on.unwrap_or(known.left_on),
    )
    .map_err(|_| Error::invalid("left_on", "left_on", "must be after joined_on"))?;
    let now = tx.now;
    tx.plan_again();
    diesel::update(municipalities::table.find(id))
        .set((
            patch
                .name
                .as_ref()
                .map(|name| municipalities::name.eq(name)),
            patch.ags.as_ref().map(|ags| municipalities::ags.eq(ags)),
            patch
                .position
                .map(|position| municipalities::position.eq(position)),
            patch.joined_on.map(|day| municipalities::joined_on.eq(day)),
            patch.left_on.map(|day| municipalities::left_on.eq(day)),
            municipalities::revision.eq(known.revision + 1),
            municipalities::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Takes back a municipality that was made by mistake. One that has hosted leaves instead.
///
/// # Errors
/// A conflict if turns or people name it.
pub fn delete(
    tx: &mut Tx,
    who: &Coordinator,
    id: Id<Municipality>,
    expected: ExpectedRevision,
) -> Result<()> {
    use crate::db::schema::{memberships, turns};
    let known = find(tx, who, id)?;
    expected.check(known.revision)?;
    let turns: i64 = turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(
            turns::due_id
                .eq(id)
                .or(turns::host_id.eq(id))
                .or(turns::cohosts.like(format!("%{id}%"))),
        )
        .count()
        .get_result(&mut **tx)?;
    let people: i64 = memberships::table
        .filter(memberships::cooperation_id.eq(who.cooperation()))
        .filter(memberships::municipality_id.eq(id))
        .filter(memberships::deleted_at.is_null())
        .count()
        .get_result(&mut **tx)?;
    if turns > 0 || people > 0 {
        return Err(Error::conflict(
            "in_use",
            "it has hosted or people belong to it; set left_on instead",
        ));
    }
    let now = tx.now;
    tx.plan_again();
    diesel::update(municipalities::table.find(id))
        .set((
            municipalities::deleted_at.eq(now),
            municipalities::modified_at.eq(now),
            municipalities::revision.eq(known.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The venues of a municipality, the preferred one first.
///
/// # Errors
/// [`Error::NotFound`] if there is no such municipality.
pub fn venues(conn: &mut DbConn, who: &impl Scope, of: Id<Municipality>) -> Result<Vec<Venue>> {
    find(conn, who, of)?;
    Ok(venues::table
        .filter(venues::cooperation_id.eq(who.cooperation()))
        .filter(venues::municipality_id.eq(of))
        .filter(venues::deleted_at.is_null())
        .order((venues::preferred.desc(), venues::id))
        .select(Venue::as_select())
        .load(conn)?)
}

/// Every venue of the cooperation, those given up included, because past meetings name them.
pub fn all_venues(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<(Venue, bool)>> {
    Ok(venues::table
        .filter(venues::cooperation_id.eq(who.cooperation()))
        .order((venues::preferred.desc(), venues::id))
        .select((Venue::as_select(), venues::deleted_at.is_null()))
        .load(conn)?)
}

/// One venue, even one given up, because past meetings name it.
///
/// # Errors
/// [`Error::NotFound`] if the cooperation has none of that key.
pub fn venue(conn: &mut DbConn, who: &impl Scope, id: Id<Venue>) -> Result<Venue> {
    Ok(venues::table
        .find(id)
        .filter(venues::cooperation_id.eq(who.cooperation()))
        .select(Venue::as_select())
        .first(conn)?)
}

/// A venue that can still be chosen, of the municipality `of`.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn open_venue(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Municipality>,
    id: Id<Venue>,
) -> Result<Venue> {
    Ok(venues::table
        .find(id)
        .filter(venues::cooperation_id.eq(who.cooperation()))
        .filter(venues::municipality_id.eq(of))
        .filter(venues::deleted_at.is_null())
        .select(Venue::as_select())
        .first(conn)?)
}

/// Makes a venue.
///
/// # Errors
/// [`Error::NotFound`] if there is no such municipality.
pub fn create_venue(
    tx: &mut Tx,
    who: &Coordinator,
    of: Id<Municipality>,
    new: &NewVenue,
) -> Result<Venue> {
    let known = venues(tx, who, of)?;
    not_too_many(known.len())?;
    let preferred = new.preferred || known.is_empty();
    if preferred {
        prefer_none(tx, who, of)?;
    }
    let (id, now) = (tx.id::<Venue>(), tx.now);
    tx.plan_again();
    diesel::insert_into(venues::table)
        .values((
            venues::id.eq(id),
            venues::cooperation_id.eq(who.cooperation()),
            venues::municipality_id.eq(of),
            columns_of_venue!(new),
            venues::preferred.eq(preferred),
            venues::created_at.eq(now),
            venues::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    open_venue(tx, who, of, id)
}

/// Replaces a venue.
///
/// # Errors
/// [`Error::Stale`] or [`Error::NotFound`].
pub fn replace_venue(
    tx: &mut Tx,
    who: &Coordinator,
    (of, id): (Id<Municipality>, Id<Venue>),
    expected: ExpectedRevision,
    new: &NewVenue,
) -> Result<Venue> {
    let known = open_venue(tx, who, of, id)?;
    expected.check(known.revision)?;
    if new.preferred {
        prefer_none(tx, who, of)?;
    }
    let now = tx.now;
    tx.plan_again();
    diesel::update(venues::table.find(id))
        .set((
            columns_of_venue!(new),
            venues::preferred.eq(new.preferred || known.preferred),
            venues::revision.eq(known.revision + 1),
            venues::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    open_venue(tx, who, of, id)
}

/// Gives a venue up; meetings that are not yet invited get another.
///
/// # Errors
/// [`Error::Stale`] or [`Error::NotFound`].
pub fn delete_venue(
    tx: &mut Tx,
    who: &Coordinator,
    (of, id): (Id<Municipality>, Id<Venue>),
    expected: ExpectedRevision,
) -> Result<()> {
    let known = open_venue(tx, who, of, id)?;
    expected.check(known.revision)?;
    let now = tx.now;
    tx.plan_again();
    diesel::update(venues::table.find(id))
        .set((
            venues::deleted_at.eq(now),
            venues::modified_at.eq(now),
            venues::preferred.eq(false),
            venues::revision.eq(known.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

fn prefer_none(tx: &mut Tx, who: &impl Scope, of: Id<Municipality>) -> Result<()> {
    diesel::update(venues::table)
        .filter(venues::cooperation_id.eq(who.cooperation()))
        .filter(venues::municipality_id.eq(of))
        .filter(venues::preferred.eq(true))
        .set((
            venues::preferred.eq(false),
            venues::revision.eq(venues::revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

fn not_too_many(count: usize) -> Result<()> {
    match i64::try_from(count) {
        Ok(count) if count < MAX_PARTS => Ok(()),
        _ => Err(Error::conflict(
            "too_many",
            format!("at most {MAX_PARTS} a municipality"),
        )),
    }
}
