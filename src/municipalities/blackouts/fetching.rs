//! Fetches a calendar that is subscribed to, outside of any transaction.
use chrono::TimeDelta;
use chrono_tz::Tz;

use super::{BlackoutCalendar, CalendarError, MAX_FROM_CALENDAR, Span, spans};
use crate::App;
use crate::calendar::incoming::busy;
use crate::config::Settings;
use crate::db::Instant;
use crate::fetch::{self, Client, FetchError, Fetched, Validators};

/// After so long a calendar is read again though it has not changed, because what recurs without end is
/// read for a window that moves on.
const READ_AGAIN: TimeDelta = TimeDelta::days(7);

/// What came of fetching a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has not changed since.
    Unchanged,
    /// These are its days.
    Read {
        /// The days.
        spans: Vec<Span>,
        /// What the server said of their state.
        validators: Validators,
    },
    /// It could not be fetched or read.
    Failed(CalendarError),
}

/// Fetches and reads a calendar; days are those of `zone`.
pub async fn fetch(app: &App, calendar: &BlackoutCalendar, zone: Tz) -> Outcome {
    match try_fetch(app, calendar, zone).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Failed(error),
    }
}

async fn try_fetch(
    app: &App,
    calendar: &BlackoutCalendar,
    zone: Tz,
) -> Result<Outcome, CalendarError> {
    let (now, allowed) = (app.clock.now(), &app.settings.fetch_allowed);
    let failed = |error: FetchError| CalendarError {
        rule: error.rule().to_owned(),
        message: error.to_string(),
    };
    let url = fetch::address(&calendar.url, allowed).map_err(failed)?;
    let known = validators(calendar, now);
    let (text, validators) = match client(&app.settings)
        .get(&url, &known)
        .await
        .map_err(failed)?
    {
        Fetched::Unchanged => return Ok(Outcome::Unchanged),
        Fetched::Text { text, validators } => (text, validators),
    };
    let name = (!calendar.shows_titles).then(|| calendar.name.clone());
    let own_name = calendar.name.clone();
    let read = tokio::task::spawn_blocking(move || {
        let window = busy::window(now.with_timezone(&zone).date_naive());
        let events = busy::read(&text, &window, zone).map_err(|error| CalendarError {
            rule: error.rule().to_owned(),
            message: error.to_string(),
        })?;
        let reason = |title: Option<String>| name.clone().or(title).or(Some(own_name.clone()));
        Ok(spans(events, reason))
    });
    let spans = read.await.unwrap_or_else(|_| {
        Err(CalendarError {
            rule: "unreadable".to_owned(),
            message: "the calendar cannot be read".to_owned(),
        })
    })?;
    if spans.len() > MAX_FROM_CALENDAR {
        return Err(CalendarError {
            rule: "too_many".to_owned(),
            message: format!("it makes more than {MAX_FROM_CALENDAR} blackouts"),
        });
    }
    Ok(Outcome::Read { spans, validators })
}

/// What fetches on this installation. The file of authorities is read each time, so that a new one counts
/// at once; one that is gone makes the connection insecure, which is said where the calendar is shown.
fn client(settings: &Settings) -> Client {
    let client = Client::new(settings.fetch_allowed.clone());
    let authorities = settings.fetch_ca_file.as_ref().map(std::fs::read);
    match authorities {
        Some(Ok(pem)) => client.with_authorities(&pem),
        Some(Err(_)) | None => client,
    }
}

/// What to ask with whether there is anything new.
fn validators(calendar: &BlackoutCalendar, now: Instant) -> Validators {
    let is_fresh = |read: Instant| *now < *read + READ_AGAIN;
    match calendar.succeeded_at.is_some_and(is_fresh) {
        true => Validators {
            etag: calendar.etag.clone(),
            last_modified: calendar.last_modified.clone(),
        },
        false => Validators::default(),
    }
}
