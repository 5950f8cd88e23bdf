//! Queries of cooperations.
use diesel::prelude::*;

use super::{Cooperation, CooperationPatch, NewCooperation, is_slug, slug_of};
use crate::Tx;
use crate::auth::{Coordinator, Operator, Scope};
use crate::db::schema::cooperations;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::ExpectedRevision;

/// Every cooperation of the installation, after the key `after`.
pub fn all(
    conn: &mut DbConn,
    _: &Operator,
    after: Option<Id<Cooperation>>,
    limit: i64,
) -> Result<Vec<Cooperation>> {
    let mut query = cooperations::table
        .filter(cooperations::deleted_at.is_null())
        .order(cooperations::id)
        .limit(limit)
        .select(Cooperation::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(cooperations::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// The cooperation of a proof value.
pub fn own(conn: &mut DbConn, who: &impl Scope) -> Result<Cooperation> {
    Ok(cooperations::table
        .find(who.cooperation())
        .filter(cooperations::deleted_at.is_null())
        .select(Cooperation::as_select())
        .first(conn)?)
}

/// The mailboxes of cooperations that have their own, for commands.
pub(crate) fn mailboxes(conn: &mut DbConn) -> Result<Vec<String>> {
    let mailboxes: Vec<Option<String>> = cooperations::table
        .filter(cooperations::deleted_at.is_null())
        .filter(cooperations::mailbox.is_not_null())
        .order(cooperations::id)
        .select(cooperations::mailbox)
        .load(conn)?;
    Ok(mailboxes.into_iter().flatten().collect())
}

/// The cooperation with this slug or id, for operators and commands.
pub(crate) fn named(conn: &mut DbConn, name: &str) -> Result<Cooperation> {
    let query = cooperations::table
        .filter(cooperations::deleted_at.is_null())
        .select(Cooperation::as_select());
    match name.parse::<Id<Cooperation>>() {
        Ok(id) => Ok(query.filter(cooperations::id.eq(id)).first(conn)?),
        Err(_) if is_slug(name) => Ok(query.filter(cooperations::slug.eq(name)).first(conn)?),
        Err(_) => Err(Error::NotFound),
    }
}

/// Creates a cooperation.
///
/// # Errors
/// If the slug is taken.
pub fn create(tx: &mut Tx, new: &NewCooperation) -> Result<Cooperation> {
    let slug = new.slug.clone().unwrap_or_else(|| slug_of(&new.name));
    if !is_slug(&slug) {
        return Err(Error::invalid(
            "slug",
            "required",
            "cannot be derived from this name; give one",
        ));
    }
    let taken: Option<Id<Cooperation>> = cooperations::table
        .filter(cooperations::slug.eq(&slug))
        .select(cooperations::id)
        .first(&mut **tx)
        .optional()?;
    if taken.is_some() {
        return Err(Error::invalid("slug", "unique", format!("{slug} is taken")));
    }
    let new = NewCooperation {
        slug: Some(slug),
        ..new.clone()
    };
    let (id, now) = (tx.id::<Cooperation>(), tx.now);
    diesel::insert_into(cooperations::table)
        .values((
            cooperations::id.eq(id),
            new,
            cooperations::generation.eq(1_i64),
            cooperations::created_at.eq(now),
            cooperations::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    named(tx, &id.to_string())
}

/// Changes a cooperation's settings.
pub fn change(
    tx: &mut Tx,
    who: &Coordinator,
    expected: ExpectedRevision,
    patch: &CooperationPatch,
) -> Result<Cooperation> {
    let known = own(tx, who)?;
    expected.check(known.revision)?;
    let now = tx.now;
    diesel::update(cooperations::table.find(known.id))
        .set((
            patch,
            cooperations::revision.eq(known.revision + 1),
            cooperations::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    own(tx, who)
}

/// Increments the cooperation's generation, because something in it has changed. [`App::write_in`] does so with
/// every change.
///
/// [`App::write_in`]: crate::App::write_in
pub(crate) fn bump_generation(tx: &mut Tx, id: Id<Cooperation>) -> Result<()> {
    diesel::update(cooperations::table.find(id))
        .set(cooperations::generation.eq(cooperations::generation + 1))
        .execute(&mut **tx)?;
    Ok(())
}
