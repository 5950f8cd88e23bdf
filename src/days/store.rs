//! Queries of what is known of days: imported school holidays, and all of it for a series.
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::school::{Import, Period, SchoolData};
use super::{AvoidedDays, Blackout, Days, Weight};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::days::holidays::Land;
use crate::db::schema::school_holidays;
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Result};
use crate::municipalities;

/// A cooperation has at most so many imports at a time.
const MAX_IMPORTS: usize = 100;

/// School holidays that a cooperation has imported.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = school_holidays, check_for_backend(crate::db::MultiBackend))]
pub struct ImportedHolidays {
    /// The key of the import.
    pub id: Id<ImportedHolidays>,
    /// Of which Land they are.
    pub land: Land,
    /// The first day for which they replace what was known.
    pub starts_on: NaiveDate,
    /// The last such day.
    pub ends_on: NaiveDate,
    /// Where they come from.
    pub source: Option<String>,
    #[serde(skip)]
    periods: Json<Vec<Period>>,
    /// When they were imported.
    pub created_at: Instant,
}

/// What a cooperation has imported for a Land, the oldest first.
pub fn imports(conn: &mut DbConn, who: &impl Scope, land: Land) -> Result<Vec<ImportedHolidays>> {
    Ok(school_holidays::table
        .filter(school_holidays::cooperation_id.eq(who.cooperation()))
        .filter(school_holidays::land.eq(land))
        .filter(school_holidays::deleted_at.is_null())
        .order(school_holidays::id)
        .select(ImportedHolidays::as_select())
        .load(conn)?)
}

/// What is known of the school holidays of a Land: what is shipped, with what was imported.
pub fn school_data(conn: &mut DbConn, who: &impl Scope, land: Land) -> Result<SchoolData> {
    let imports = imports(conn, who, land)?;
    Ok(combined(land, &imports))
}

/// What is shipped, with these imports, the oldest first.
#[must_use]
pub fn combined(land: Land, imports: &[ImportedHolidays]) -> SchoolData {
    imports.iter().fold(SchoolData::shipped(land), |data, row| {
        data.with(&Import {
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            periods: row.periods.0.clone(),
        })
    })
}

/// Imports school holidays. Earlier imports that they cover as a whole are taken out.
///
/// # Errors
/// If there are too many imports.
pub fn import(
    tx: &mut Tx,
    who: &Coordinator,
    land: Land,
    source: Option<&str>,
    new: &Import,
) -> Result<()> {
    let now = tx.now;
    diesel::update(school_holidays::table)
        .filter(school_holidays::cooperation_id.eq(who.cooperation()))
        .filter(school_holidays::land.eq(land))
        .filter(school_holidays::starts_on.ge(new.starts_on))
        .filter(school_holidays::ends_on.le(new.ends_on))
        .filter(school_holidays::deleted_at.is_null())
        .set((
            school_holidays::deleted_at.eq(now),
            school_holidays::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    if imports(tx, who, land)?.len() >= MAX_IMPORTS {
        return Err(Error::conflict(
            "too_many",
            format!("at most {MAX_IMPORTS} imports a Land"),
        ));
    }
    let id = tx.id::<ImportedHolidays>();
    diesel::insert_into(school_holidays::table)
        .values((
            school_holidays::id.eq(id),
            school_holidays::cooperation_id.eq(who.cooperation()),
            school_holidays::land.eq(land),
            school_holidays::starts_on.eq(new.starts_on),
            school_holidays::ends_on.eq(new.ends_on),
            school_holidays::source.eq(source),
            school_holidays::periods.eq(Json(new.periods.clone())),
            school_holidays::created_at.eq(now),
            school_holidays::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes an import back; what it replaced counts again.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn take_back(tx: &mut Tx, who: &Coordinator, id: Id<ImportedHolidays>) -> Result<()> {
    let now = tx.now;
    let gone = diesel::update(school_holidays::table.find(id))
        .filter(school_holidays::cooperation_id.eq(who.cooperation()))
        .filter(school_holidays::deleted_at.is_null())
        .set((
            school_holidays::deleted_at.eq(now),
            school_holidays::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    match gone {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// All that is known of the days that a series may meet on.
pub fn days(conn: &mut DbConn, who: &impl Scope, avoided: &AvoidedDays) -> Result<Days> {
    let school = match avoided.school_holidays {
        Weight::Off => SchoolData::default(),
        Weight::Hard | Weight::Soft => school_data(conn, who, avoided.land)?,
    };
    let blackouts = match avoided.blackouts {
        Weight::Off => Vec::new(),
        Weight::Hard | Weight::Soft => blackouts(conn, who)?,
    };
    Ok(Days {
        avoided: avoided.clone(),
        school,
        blackouts,
    })
}

/// The blackouts of municipalities, each while it is a member.
fn blackouts(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<Blackout>> {
    let members: HashMap<_, _> = municipalities::store::all(conn, who)?
        .into_iter()
        .map(|one| (one.id, one))
        .collect();
    let rows = municipalities::blackouts::store::of_cooperation(conn, who)?;
    let blackout = |row: municipalities::Blackout| {
        let of = members.get(&row.municipality_id)?;
        let left = of.left_on.and_then(|day| day.pred_opt());
        let (from, until) = (
            row.starts_on.max(of.joined_on),
            left.map_or(row.ends_on, |left| row.ends_on.min(left)),
        );
        (from <= until).then(|| Blackout {
            municipality_id: of.id,
            municipality: of.name.clone(),
            from,
            until,
        })
    };
    Ok(rows.into_iter().filter_map(blackout).collect())
}
