//! The fairness report over HTTP. Its paths are under `/series/{id}/rotation`; it is an area of its
//! own because it also depends on agendas and attendance.
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpRequest, HttpResponse, get, web};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::{FairnessReport, PeriodQuery, ReportPeriod, store, table, timeline};
use crate::App;
use crate::auth::Reader;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::wanted_language;
use crate::http::cache::CachedResponse;
use crate::http::csv;
use crate::http::routes::Routes;
use crate::series::{self, Series};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(show)
        .service(show_table)
        .service(show_timeline);
}

type SeriesPath = web::Path<Id<Series>>;

/// The series and the requested period, which defaults to the current year in the series' time
/// zone.
fn series_and_period(
    conn: &mut DbConn,
    who: &Reader,
    id: Id<Series>,
    (asked, now): (&PeriodQuery, Instant),
) -> Result<(Series, ReportPeriod)> {
    let series = series::store::find(conn, who, id)?;
    let period = asked.period(series.today(now))?;
    Ok((series, period))
}

/// Shows the fairness figures of each municipality in a period: turns hosted and due, distance
/// travelled, minutes of agenda, attendance; and their spread.
#[utoipa::path(tag = "rotation", operation_id = "show_fairness_report", params(("id" = Id<Series>, Path), PeriodQuery), responses((status = OK, body = FairnessReport), Error))]
#[get("/series/{id}/rotation/report")]
async fn show(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
    asked: web::Query<PeriodQuery>,
) -> Result<HttpResponse> {
    let (id, asked, now) = (id.into_inner(), asked.into_inner(), app.clock.now());
    app.cached(who, &request, move |conn, who| {
        let (series, period) = series_and_period(conn, who, id, (&asked, now))?;
        store::report(conn, who, &series, period, now)
    })
    .await
}

/// Exports the same data as a table for spreadsheets.
#[utoipa::path(tag = "rotation", operation_id = "export_fairness_report", params(("id" = Id<Series>, Path), PeriodQuery), responses((status = OK, description = "CSV (RFC 4180) in the language asked for; whole numbers; names that look like formulas begin with an apostrophe", body = String, content_type = "text/csv"), Error))]
#[get("/series/{id}/rotation/report.csv")]
async fn show_table(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
    asked: web::Query<PeriodQuery>,
) -> Result<HttpResponse> {
    let (id, asked, now) = (id.into_inner(), asked.into_inner(), app.clock.now());
    let language = wanted_language(&request, who.language());
    let (ReportPeriod { from, to }, bytes) = app
        .db
        .read(move |conn| {
            let (series, period) = series_and_period(conn, &who, id, (&asked, now))?;
            let report = store::report(conn, &who, &series, period, now)?;
            Ok((period, table::csv(language, &report)?))
        })
        .await?;
    Ok(csv::download(&format!("fairness-{from}-{to}.csv"), bytes))
}

/// Draws who hosts when: a row for each municipality, a column for each meeting of the period, at
/// most 500.
#[utoipa::path(tag = "rotation", operation_id = "show_rotation_timeline", params(("id" = Id<Series>, Path), PeriodQuery), responses((status = OK, description = "SVG in the language asked for, for light and dark; it loads nothing and runs nothing", body = String, content_type = "image/svg+xml"), Error))]
#[get("/series/{id}/rotation/timeline.svg")]
async fn show_timeline(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: SeriesPath,
    asked: web::Query<PeriodQuery>,
) -> Result<HttpResponse> {
    let (id, asked, now) = (id.into_inner(), asked.into_inner(), app.clock.now());
    let language = wanted_language(&request, who.language());
    let draw = move |conn: &mut DbConn| {
        let (series, period) = series_and_period(conn, &who, id, (&asked, now))?;
        let turns = store::turns(conn, &who, id, period)?;
        if turns.len() > timeline::MAX_TURNS {
            let message = format!("a picture has at most {} meetings", timeline::MAX_TURNS);
            return Err(Error::invalid("to", "range", message));
        }
        let rows = store::rows(conn, &who, period, &turns)?;
        Ok(timeline::svg(
            language,
            &series.title,
            period,
            &rows,
            &turns,
        ))
    };
    let picture = CachedResponse::new(app.db.read(draw).await?.into_bytes());
    let mut response = picture.respond(&request, "image/svg+xml");
    // The picture may use its own style sheet and load nothing.
    let style = BASE64.encode(&Sha256::digest(timeline::STYLE));
    let policy = format!("default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'");
    if let Ok(policy) = policy.parse() {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
