//! Queries about days: imported school holidays, and all data for the choice of a day.
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::school_holidays::{SchoolData, SchoolHolidayImport, SchoolHolidayPeriod};
use super::{AvoidedDays, DayData, NamedBlackout, Weight};
use crate::Tx;
use crate::auth::{Coordinator, Scope};
use crate::days::public_holidays::Land;
use crate::db::schema::school_holidays;
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Result, conflict_unless};
use crate::municipalities;

/// The maximum number of imports of a cooperation for one Land.
const MAX_IMPORTS: usize = 100;

/// An import of school holidays.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = school_holidays, check_for_backend(crate::db::MultiBackend))]
pub struct ImportedHolidays {
    /// Primary key of the import.
    pub id: Id<ImportedHolidays>,
    /// The Land.
    pub land: Land,
    /// The first day for which it replaces earlier data.
    pub starts_on: NaiveDate,
    /// The last day for which it replaces earlier data.
    pub ends_on: NaiveDate,
    /// The source of the data.
    pub source: Option<String>,
    #[serde(skip)]
    periods: Json<Vec<SchoolHolidayPeriod>>,
    /// When it was imported.
    pub created_at: Instant,
}

/// The imports of a cooperation for a Land, the oldest first.
pub fn imports(conn: &mut DbConn, who: &impl Scope, land: Land) -> Result<Vec<ImportedHolidays>> {
    Ok(school_holidays::table
        .filter(school_holidays::cooperation_id.eq(who.cooperation()))
        .filter(school_holidays::land.eq(land))
        .filter(school_holidays::deleted_at.is_null())
        .order(school_holidays::id)
        .select(ImportedHolidays::as_select())
        .load(conn)?)
}

/// The school holidays of a Land: the built-in data, updated by the imports.
pub fn school_data(conn: &mut DbConn, who: &impl Scope, land: Land) -> Result<SchoolData> {
    let imports = imports(conn, who, land)?;
    Ok(combined(land, &imports))
}

/// The built-in data, updated by these imports in their order.
#[must_use]
pub fn combined(land: Land, imports: &[ImportedHolidays]) -> SchoolData {
    imports.iter().fold(SchoolData::shipped(land), |data, row| {
        data.with(&SchoolHolidayImport {
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            periods: row.periods.0.clone(),
        })
    })
}

/// Imports school holidays. Earlier imports whose span is fully covered are deleted.
///
/// # Errors
/// If there are too many imports.
pub fn import(
    tx: &mut Tx,
    who: &Coordinator,
    land: Land,
    source: Option<&str>,
    new: &SchoolHolidayImport,
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
    let is_room = imports(tx, who, land)?.len() < MAX_IMPORTS;
    let message = format!("at most {MAX_IMPORTS} imports a Land");
    conflict_unless(is_room, "too_many", message)?;
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

/// Deletes an import; the data that it replaced apply again.
pub fn delete_import(tx: &mut Tx, who: &Coordinator, id: Id<ImportedHolidays>) -> Result<()> {
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

/// The data for the choice of a day.
pub fn day_data(conn: &mut DbConn, who: &impl Scope, avoided: &AvoidedDays) -> Result<DayData> {
    let school = match avoided.school_holidays {
        Weight::Off => SchoolData::default(),
        Weight::Hard | Weight::Soft => school_data(conn, who, avoided.land)?,
    };
    let blackouts = match avoided.blackouts {
        Weight::Off => Vec::new(),
        Weight::Hard | Weight::Soft => blackouts(conn, who)?,
    };
    Ok(DayData {
        avoided: avoided.clone(),
        school,
        blackouts,
    })
}

/// The blackouts of all municipalities, limited to their time as members.
fn blackouts(conn: &mut DbConn, who: &impl Scope) -> Result<Vec<NamedBlackout>> {
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
        (from <= until).then(|| NamedBlackout {
            municipality_id: of.id,
            municipality: of.name.clone(),
            from,
            until,
        })
    };
    Ok(rows.into_iter().filter_map(blackout).collect())
}
