//! School holidays over HTTP. The rest of this area has no API of its own: what a series avoids is a field of the series.
use actix_web::{delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::school_holidays::{
    SHIPPED_SOURCE, SchoolData, SchoolHolidayImport, from_calendar, from_csv,
};
use super::store::{self, ImportedHolidays};
use crate::App;
use crate::auth::{Coordinator, Reader, Scope};
use crate::cooperations::{self, one_line};
use crate::days::public_holidays::Land;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKey, IdempotencyKeyHeader, Upload, UploadKind};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;

pub(crate) fn routes(config: &mut Routes) {
    config.service(show).service(import).service(remove_import);
}

/// The Land to show.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LandQuery {
    /// The Land.
    land: Land,
}

/// The Land, and the source of the data.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// The Land.
    land: Land,
    /// The source of the data and their date.
    #[param(min_length = 1, max_length = 200)]
    source: Option<String>,
}

/// School holidays as they apply in a cooperation.
#[derive(Debug, Serialize, ToSchema)]
struct SchoolHolidays {
    /// The Land.
    land: Land,
    /// The holidays.
    #[serde(flatten)]
    data: SchoolData,
    /// The source of the built-in data and their date; null if there are none.
    shipped_source: Option<&'static str>,
    /// The imports, the oldest first.
    imports: Vec<ImportedHolidays>,
}

fn view(conn: &mut DbConn, who: &impl Scope, land: Land) -> Result<SchoolHolidays> {
    let imports = store::imports(conn, who, land)?;
    let is_shipped = SchoolData::shipped(land).known_until.is_some();
    Ok(SchoolHolidays {
        land,
        data: store::combined(land, &imports),
        shipped_source: is_shipped.then_some(SHIPPED_SOURCE),
        imports,
    })
}

/// Shows the school holidays of a Land as they apply in the cooperation: the built-in data, updated by the imports.
#[utoipa::path(tag = "series", operation_id = "show_school_holidays", params(("coop" = String, Path, description = "slug or id"), LandQuery), responses((status = OK, body = SchoolHolidays), Error))]
#[get("/cooperations/{coop}/school-holidays")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    of: web::Query<LandQuery>,
) -> Result<web::Json<SchoolHolidays>> {
    let LandQuery { land } = of.into_inner();
    let found = app.db.read(move |conn| view(conn, &who, land)).await?;
    Ok(web::Json(found))
}

/// Imports school holidays as a table (`text/csv` with `starts_on`, `ends_on` and `name`) or a calendar (`text/calendar`).
/// They replace earlier data from the first to the last day of the import (coordinators).
#[utoipa::path(tag = "series", operation_id = "import_school_holidays", params(("coop" = String, Path, description = "slug or id"), ImportQuery, IdempotencyKeyHeader), request_body(content((String = "text/csv"), (String = "text/calendar"))), responses((status = OK, body = SchoolHolidays), Error))]
#[post("/cooperations/{coop}/school-holidays/import")]
async fn import(
    app: web::Data<App>,
    who: Coordinator,
    of: web::Query<ImportQuery>,
    upload: Upload,
) -> Result<StoredResponse> {
    let ImportQuery { land, source } = of.into_inner();
    let is_short = |text: &str| text.chars().count() <= 200 && one_line(text).is_ok();
    if source.as_deref().is_some_and(|text| !is_short(text)) {
        return Err(Error::invalid(
            "source",
            "length",
            "must be one line of 1 to 200 characters",
        ));
    }
    let Upload { kind, text, key } = upload;
    app.change(who, key, move |tx, who| {
        let zone = cooperations::store::own(tx, who)?.zone();
        let periods = match kind {
            UploadKind::Csv => from_csv(&text)?,
            UploadKind::Calendar => {
                let today = tx.now.with_timezone(&zone).date_naive();
                from_calendar(&text, today, zone)?
            }
        };
        store::import(
            tx,
            who,
            land,
            source.as_deref(),
            &SchoolHolidayImport::of(periods)?,
        )?;
        StoredResponse::ok(&view(tx, who, land)?)
    })
    .await
}

/// Deletes an import of school holidays; the data that it replaced apply again (coordinators).
#[utoipa::path(tag = "series", operation_id = "delete_school_holidays_import", params(("coop" = String, Path, description = "slug or id"), ("import" = Id<ImportedHolidays>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/school-holidays/imports/{import}")]
async fn remove_import(
    app: web::Data<App>,
    who: Coordinator,
    path: web::Path<(String, Id<ImportedHolidays>)>,
) -> Result<StoredResponse> {
    let (_, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::delete_import(tx, who, id)
    })
    .await
}
