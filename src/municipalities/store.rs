//! Queries of municipalities.
use diesel::dsl::max;
use diesel::prelude::*;

use super::{
    Municipality, MunicipalityPatch, NewMunicipality, membership_days, sensible_day, valid_ags,
};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::db::schema::municipalities;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result, conflict_unless};
use crate::http::body::ExpectedRevision;

/// Most municipalities of a cooperation, former members included.
const MAX_MUNICIPALITIES: i64 = 200;

/// The municipalities of a cooperation in the order of hosts, former members included.
pub fn all(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Municipality>> {
    Ok(municipalities::table
        .filter(municipalities::cooperation_id.eq(who.cooperation()))
        .filter(municipalities::deleted_at.is_null())
        .order((municipalities::position, municipalities::id))
        .select(Municipality::as_select())
        .load(conn)?)
}

/// One municipality.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Municipality>) -> Result<Municipality> {
    Ok(municipalities::table
        .find(id)
        .filter(municipalities::cooperation_id.eq(who.cooperation()))
        .filter(municipalities::deleted_at.is_null())
        .select(Municipality::as_select())
        .first(conn)?)
}

/// Creates a municipality.
///
/// # Errors
/// If its name is taken or there are too many.
pub fn create(tx: &mut Tx, who: &Coordinator, new: &NewMunicipality) -> Result<Municipality> {
    let (last, count): (Option<i32>, i64) = municipalities::table
        .filter(municipalities::cooperation_id.eq(who.cooperation()))
        .filter(municipalities::deleted_at.is_null())
        .select((max(municipalities::position), diesel::dsl::count_star()))
        .first(&mut **tx)?;
    let message = format!("at most {MAX_MUNICIPALITIES} municipalities");
    conflict_unless(count < MAX_MUNICIPALITIES, "too_many", message)?;
    name_is_free(tx, who, &new.name, None)?;
    let at_end = last.map_or(1, |last| last + 1);
    let new = NewMunicipality {
        position: new.position.or(Some(at_end)),
        ..new.clone()
    };
    let (id, now) = (tx.id::<Municipality>(), tx.now);
    tx.plan_in_order();
    diesel::insert_into(municipalities::table)
        .values((
            municipalities::id.eq(id),
            municipalities::cooperation_id.eq(who.cooperation()),
            new,
            municipalities::created_at.eq(now),
            municipalities::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Checks that no other municipality of the cooperation has this name, ignoring case and spaces.
fn name_is_free(
    tx: &mut Tx,
    who: &impl Scope,
    name: &str,
    own: Option<Id<Municipality>>,
) -> Result<()> {
    let key = name_key(name);
    // Not in SQL, because the two engines differ in lower-casing.
    let is_taken = all(tx, who)?
        .iter()
        .any(|other| Some(other.id) != own && name_key(&other.name) == key);
    if is_taken {
        let message = "another municipality has this name";
        return Err(Error::invalid("name", "unique", message));
    }
    Ok(())
}

/// Equal for names that differ only in case or spaces.
fn name_key(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Changes a municipality. Hosts of past meetings and of meetings with invitations stay.
///
/// # Errors
/// [`Error::Stale`], or the invalid fields.
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
            .map_err(|_| Error::invalid("left_on", "day", "must be in the years 1970 to 2199"))?;
    }
    membership_days(
        patch.joined_on.unwrap_or(known.joined_on),
        patch.left_on.unwrap_or(known.left_on),
    )
    .map_err(|_| Error::invalid("left_on", "left_on", "must be after joined_on"))?;
    let after = (
        patch.position.unwrap_or(known.position),
        patch.joined_on.unwrap_or(known.joined_on),
        patch.left_on.unwrap_or(known.left_on),
    );
    if after != (known.position, known.joined_on, known.left_on) {
        tx.plan_in_order();
    }
    diesel::update(municipalities::table.find(id))
        .set((
            patch,
            municipalities::revision.eq(known.revision + 1),
            municipalities::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    find(tx, who, id)
}

/// Deletes a municipality that was created by mistake. One that has hosted must leave instead.
///
/// # Errors
/// A conflict if it has turns or people.
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
    let message = "it has hosted or people belong to it; set left_on instead";
    conflict_unless(turns == 0 && people == 0, "in_use", message)?;
    tx.plan_in_order();
    diesel::update(municipalities::table.find(id))
        .set((
            municipalities::deleted_at.eq(tx.now),
            municipalities::modified_at.eq(tx.now),
            municipalities::revision.eq(known.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
