//! Queries of series.
use diesel::prelude::*;

use super::Series;
use crate::auth::Scope;
use crate::db::schema::series;
use crate::db::{DbConn, Id};
use crate::error::Result;

/// The series of a cooperation.
///
/// # Errors
/// If the database cannot be read.
pub fn all(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Series>> {
    Ok(series::table
        .filter(series::cooperation_id.eq(who.cooperation()))
        .filter(series::deleted_at.is_null())
        .order(series::id)
        .select(Series::as_select())
        .load(conn)?)
}

/// One series.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if the cooperation has none of that key.
pub fn find(conn: &mut DbConn, who: &impl Scope, id: Id<Series>) -> Result<Series> {
    Ok(series::table
        .find(id)
        .filter(series::cooperation_id.eq(who.cooperation()))
        .filter(series::deleted_at.is_null())
        .select(Series::as_select())
        .first(conn)?)
}
