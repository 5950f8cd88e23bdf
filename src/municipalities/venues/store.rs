//! Queries of venues.
use diesel::prelude::*;

use super::{NewVenue, Venue};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::db::schema::venues;
use crate::db::{DbConn, Id};
use crate::error::{Result, conflict_unless};
use crate::http::body::ExpectedRevision;
use crate::municipalities::{self, Municipality};

/// Most venues of a municipality.
const MAX_VENUES: usize = 200;

/// The venues of a municipality, the preferred one first.
pub fn of_municipality(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Municipality>,
) -> Result<Vec<Venue>> {
    municipalities::store::find(conn, who, of)?;
    Ok(venues::table
        .filter(venues::cooperation_id.eq(who.cooperation()))
        .filter(venues::municipality_id.eq(of))
        .filter(venues::deleted_at.is_null())
        .order((venues::preferred.desc(), venues::id))
        .select(Venue::as_select())
        .load(conn)?)
}

/// Every venue of a cooperation, and whether it still exists: past meetings may refer to deleted
/// ones.
pub fn of_cooperation(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<(Venue, bool)>> {
    Ok(venues::table
        .filter(venues::cooperation_id.eq(who.cooperation()))
        .order((venues::preferred.desc(), venues::id))
        .select((Venue::as_select(), venues::deleted_at.is_null()))
        .load(conn)?)
}

/// A venue, even a deleted one: past meetings may refer to it.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Venue>) -> Result<Venue> {
    Ok(venues::table
        .find(id)
        .filter(venues::cooperation_id.eq(who.cooperation()))
        .select(Venue::as_select())
        .first(conn)?)
}

/// A venue of the municipality `of` that is not deleted.
pub fn find_open(
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

/// Creates a venue.
pub fn create(
    tx: &mut Tx,
    who: &Coordinator,
    of: Id<Municipality>,
    new: &NewVenue,
) -> Result<Venue> {
    let known = of_municipality(tx, who, of)?;
    let message = format!("at most {MAX_VENUES} venues for each municipality");
    conflict_unless(known.len() < MAX_VENUES, "too_many", message)?;
    let new = NewVenue {
        preferred: new.preferred || known.is_empty(),
        ..new.clone()
    };
    if new.preferred {
        clear_preferred(tx, who, of)?;
    }
    let (id, now) = (tx.id::<Venue>(), tx.now);
    tx.plan_again();
    diesel::insert_into(venues::table)
        .values((
            venues::id.eq(id),
            venues::cooperation_id.eq(who.cooperation()),
            venues::municipality_id.eq(of),
            new,
            venues::created_at.eq(now),
            venues::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    find_open(tx, who, of, id)
}

/// Replaces a venue.
pub fn replace(
    tx: &mut Tx,
    who: &Coordinator,
    (of, id): (Id<Municipality>, Id<Venue>),
    expected: ExpectedRevision,
    new: &NewVenue,
) -> Result<Venue> {
    let known = find_open(tx, who, of, id)?;
    expected.check(known.revision)?;
    if new.preferred {
        clear_preferred(tx, who, of)?;
    }
    let new = NewVenue {
        preferred: new.preferred || known.preferred,
        ..new.clone()
    };
    tx.plan_again();
    diesel::update(venues::table.find(id))
        .set((
            new,
            venues::revision.eq(known.revision + 1),
            venues::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    find_open(tx, who, of, id)
}

/// Deletes a venue. Meetings without invitations get another one.
pub fn delete(
    tx: &mut Tx,
    who: &Coordinator,
    (of, id): (Id<Municipality>, Id<Venue>),
    expected: ExpectedRevision,
) -> Result<()> {
    let known = find_open(tx, who, of, id)?;
    expected.check(known.revision)?;
    tx.plan_again();
    diesel::update(venues::table.find(id))
        .set((
            venues::deleted_at.eq(tx.now),
            venues::modified_at.eq(tx.now),
            venues::preferred.eq(false),
            venues::revision.eq(known.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

fn clear_preferred(tx: &mut Tx, who: &impl Scope, of: Id<Municipality>) -> Result<()> {
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
