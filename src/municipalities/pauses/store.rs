//! Queries of the pauses in which municipalities take no turns.
use diesel::prelude::*;

use super::{MAX_PAUSES, NewRotationPause, RotationPause};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::db::schema::rotation_pauses;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result, conflict_unless};
use crate::municipalities::Municipality;
use crate::municipalities::store::find;

/// The pauses of a municipality, ordered by first day.
///
/// # Errors
/// [`Error::NotFound`] if there is no such municipality.
pub fn of_municipality(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Municipality>,
) -> Result<Vec<RotationPause>> {
    find(conn, who, of)?;
    let mut all = of_cooperation(conn, who)?;
    all.retain(|row| row.municipality_id == of);
    Ok(all)
}

/// The pauses of all municipalities, ordered by first day.
pub fn of_cooperation(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<RotationPause>> {
    Ok(rotation_pauses::table
        .filter(rotation_pauses::cooperation_id.eq(who.cooperation()))
        .filter(rotation_pauses::deleted_at.is_null())
        .order((rotation_pauses::starts_on, rotation_pauses::id))
        .select(RotationPause::as_select())
        .load(conn)?)
}

/// Adds a pause.
///
/// # Errors
/// [`Error::NotFound`] if there is no such municipality; the field if the days overlap another pause.
pub fn create(
    tx: &mut Tx,
    who: &Coordinator,
    of: Id<Municipality>,
    new: &NewRotationPause,
) -> Result<RotationPause> {
    let known = of_municipality(tx, who, of)?;
    let message = format!("at most {MAX_PAUSES} pauses for each municipality");
    conflict_unless(known.len() < MAX_PAUSES, "too_many", message)?;
    let overlaps =
        |other: &RotationPause| new.starts_on <= other.ends_on && other.starts_on <= new.ends_on;
    if known.iter().any(overlaps) {
        let message = "the municipality has another pause in this time";
        return Err(Error::invalid("starts_on", "overlap", message));
    }
    let pause = RotationPause {
        id: tx.id(),
        municipality_id: of,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        reason: new.reason.clone(),
        created_at: tx.now,
    };
    diesel::insert_into(rotation_pauses::table)
        .values((
            &pause,
            rotation_pauses::cooperation_id.eq(who.cooperation()),
            rotation_pauses::modified_at.eq(pause.created_at),
        ))
        .execute(&mut **tx)?;
    tx.plan_in_order();
    Ok(pause)
}

/// Deletes a pause.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn delete(
    tx: &mut Tx,
    who: &Coordinator,
    (of, id): (Id<Municipality>, Id<RotationPause>),
) -> Result<()> {
    let deleted = diesel::update(rotation_pauses::table)
        .filter(rotation_pauses::cooperation_id.eq(who.cooperation()))
        .filter(rotation_pauses::municipality_id.eq(of))
        .filter(rotation_pauses::id.eq(id))
        .filter(rotation_pauses::deleted_at.is_null())
        .set((
            rotation_pauses::deleted_at.eq(tx.now),
            rotation_pauses::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    if deleted == 0 {
        return Err(Error::NotFound);
    }
    tx.plan_in_order();
    Ok(())
}
