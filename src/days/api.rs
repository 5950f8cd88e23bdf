//! School holidays over HTTP.
use actix_web::{delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::school::{Import, SHIPPED_SOURCE, SchoolData, from_calendar, from_csv};
use super::store::{self, ImportedHolidays};
use crate::App;
use crate::auth::{Coordinator, Reader, Scope};
use crate::cooperations::{self, one_line};
use crate::days::holidays::Land;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::http::body::{IdempotencyKey, IdempotencyKeyHeader, Upload, UploadKind};
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;

pub(crate) fn routes(config: &mut Routes) {
    config.service(show).service(import).service(remove_import);
}

/// Of which Land.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfLand {
    /// The Land.
    land: Land,
}

/// Of which Land, and where they come from.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Imported {
    /// The Land.
    land: Land,
    /// Where the data come from, and of when they are.
    #[param(min_length = 1, max_length = 200)]
    #[serde(default)]
    source: Option<String>,
}

/// School holidays as they count in a cooperation.
#[derive(Debug, Serialize, ToSchema)]
struct SchoolHolidays {
    /// The Land.
    land: Land,
    /// What is known.
    #[serde(flatten)]
    data: SchoolData,
    /// Where the shipped data come from, and of when they are; none if there are none.
    shipped_source: Option<&'static str>,
    /// What was imported, the oldest first.
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

/// Shows the school holidays of a Land as they count here: what is shipped, with what was imported.
#[utoipa::path(tag = "series", operation_id = "show_school_holidays", params(("coop" = String, Path, description = "slug or key"), OfLand), responses((status = OK, body = SchoolHolidays), Error))]
#[get("/cooperations/{coop}/school-holidays")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    of: web::Query<OfLand>,
) -> Result<web::Json<SchoolHolidays>> {
    let OfLand { land } = of.into_inner();
    let found = app.db.read(move |conn| view(conn, &who, land)).await?;
    Ok(web::Json(found))
}

/// Imports school holidays as a table (`text/csv` with `starts_on`, `ends_on` and `name`) or a calendar
/// (`text/calendar`); from the first to the last of them they replace what was known (coordinators).
#[utoipa::path(tag = "series", operation_id = "import_school_holidays", params(("coop" = String, Path, description = "slug or key"), Imported, IdempotencyKeyHeader), request_body(content((String = "text/csv"), (String = "text/calendar"))), responses((status = OK, body = SchoolHolidays), Error))]
#[post("/cooperations/{coop}/school-holidays/import")]
async fn import(
    app: web::Data<App>,
    who: Coordinator,
    of: web::Query<Imported>,
    upload: Upload,
) -> Result<StoredResponse> {
    let Imported { land, source } = of.into_inner();
    let is_short = |text: &str| text.chars().count() <= 200 && one_line(text).is_ok();
    if source.as_deref().is_some_and(|text| !is_short(text)) {
        return Err(Error::invalid(
            "source",
            "length",
            "must be one line of 1 to 200 characters",
        ));
    }
    let Upload {
        kind,
        text,
        idempotency_key,
    } = upload;
    app.change(who, idempotency_key, move |tx, who| {
        let zone = cooperations::store::own(tx, who)?.zone();
        let periods = match kind {
            UploadKind::Csv => from_csv(&text)?,
            UploadKind::Calendar => {
                let today = tx.now.with_timezone(&zone).date_naive();
                from_calendar(&text, today, zone)?
            }
        };
        store::import(tx, who, land, source.as_deref(), &Import::of(periods)?)?;
        StoredResponse::ok(&view(tx, who, land)?)
    })
    .await
}

/// Takes an import of school holidays back; what it replaced counts again (coordinators).
#[utoipa::path(tag = "series", operation_id = "delete_school_holidays_import", params(("coop" = String, Path, description = "slug or key"), ("import" = Id<ImportedHolidays>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/cooperations/{coop}/school-holidays/imports/{import}")]
async fn remove_import(
    app: web::Data<App>,
    who: Coordinator,
    path: web::Path<(String, Id<ImportedHolidays>)>,
) -> Result<StoredResponse> {
    let (_, id) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        store::take_back(tx, who, id)?;
        Ok(StoredResponse::nothing())
    })
    .await
}
