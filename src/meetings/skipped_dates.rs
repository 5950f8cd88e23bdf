//! Dates of a series' rule that have no meeting, because every day to which they could move is forbidden. The handler is in
//! `meetings/api.rs`: only API files name actix.
use std::collections::HashSet;

use super::day_choice::{DayChooser, dates_of, earliest};
use super::planning::occurrences;
use crate::auth::Scope;
use crate::days::SkippedDate;
use crate::db::{DbConn, Instant};
use crate::error::Result;
use crate::i18n::Language;
use crate::series::Series;

/// The skipped dates from now up to the horizon, with reasons in `language`.
pub(super) fn skipped_dates(
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
