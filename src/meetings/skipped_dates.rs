//! Dates of a series' rule that have no meeting, because every day to which they could move is forbidden.
use std::collections::HashSet;

use actix_web::{HttpRequest, get, web};

use super::day_choice::{DayChooser, dates_of, earliest};
use super::planning::occurrences;
use crate::App;
use crate::auth::{Reader, Scope};
use crate::days::SkippedDate;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::wanted_language;
use crate::http::paging::Page;
use crate::http::routes::Routes;
use crate::i18n::Language;
use crate::series::{self, Series};

pub(crate) fn routes(config: &mut Routes) {
    config.service(list);
}

/// Lists the dates of the rule up to the horizon that have no meeting, because every day to which they could move is
/// forbidden.
#[utoipa::path(tag = "meetings", operation_id = "list_skipped_dates", params(("id" = Id<Series>, Path)), responses((status = OK, body = Page<SkippedDate>), Error))]
#[get("/series/{id}/skipped-dates")]
async fn list(
    app: web::Data<App>,
    who: Reader,
    request: HttpRequest,
    id: web::Path<Id<Series>>,
) -> Result<web::Json<Page<SkippedDate>>> {
    let id = id.into_inner();
    let at = (app.clock.now(), wanted_language(&request, who.language()));
    let found = app.db.read(move |conn| {
        let series = series::store::find(conn, &who, id)?;
        skipped_dates(conn, &who, &series, at)
    });
    Ok(web::Json(Page::whole(found.await?)))
}

fn skipped_dates(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    (now, language): (Instant, Language),
) -> Result<Vec<SkippedDate>> {
    let from = earliest(series, now).max(series.starts_on);
    let window = from..=series.horizon(now);
    let dates = dates_of(series, window.clone())?;
    let known: HashSet<_> = occurrences(conn, who, series.id)?.into_iter().collect();
    let mut chooser = DayChooser::new(conn, who, series, &window, now, |_| true)?;
    let open = dates.into_iter().filter(|date| !known.contains(date));
    let choices = open.map(|date| chooser.choose(date));
    let skipped = choices.filter(|choice| choice.day.is_none());
    Ok(skipped
        .map(|choice| SkippedDate::new(&choice, language))
        .collect())
}
