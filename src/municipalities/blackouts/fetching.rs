//! Fetches subscribed calendars, outside of any transaction.
use chrono::TimeDelta;
use chrono_tz::Tz;

use super::{BlackoutCalendar, BlackoutDays, CalendarError, MAX_FROM_CALENDAR, blackout_days};
use crate::App;
use crate::config::Settings;
use crate::db::Instant;
use crate::fetch::{self, Client, FetchError, Fetched, Validators};
use calendar::incoming::busy;

/// An unchanged calendar is read again after this time, because recurrences without end are
/// expanded for a window of days that moves on.
const READ_AGAIN: TimeDelta = TimeDelta::days(7);

/// Outcome of fetching a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchOutcome {
    /// It has not changed since it was last read.
    Unchanged,
    /// It was read.
    Read {
        /// The days.
        blackout_days: Vec<BlackoutDays>,
        /// The validators of the response (RFC 9110 section 8.8).
        validators: Validators,
    },
    /// It could not be fetched or read.
    Failed(CalendarError),
}

/// Fetches and reads a calendar. Days are local to `zone`.
pub async fn fetch(app: &App, calendar: &BlackoutCalendar, zone: Tz) -> FetchOutcome {
    match try_fetch(app, calendar, zone).await {
        Ok(outcome) => outcome,
        Err(error) => FetchOutcome::Failed(error),
    }
}

async fn try_fetch(
    app: &App,
    calendar: &BlackoutCalendar,
    zone: Tz,
) -> Result<FetchOutcome, CalendarError> {
    let (now, allowed) = (app.clock.now(), &app.settings.fetch_allowed);
    let failed = |error: FetchError| CalendarError::new(error.rule(), &error);
    let url = fetch::address(&calendar.url, allowed).map_err(failed)?;
    let known = validators(calendar, now);
    let (text, validators) = match client(&app.settings)
        .get(&url, &known)
        .await
        .map_err(failed)?
    {
        Fetched::Unchanged => return Ok(FetchOutcome::Unchanged),
        Fetched::Text { text, validators } => (text, validators),
    };
    let name = (!calendar.shows_titles).then(|| calendar.name.clone());
    let own_name = calendar.name.clone();
    let read = tokio::task::spawn_blocking(move || {
        let window = busy::window(now.with_timezone(&zone).date_naive());
        let events = busy::read(&text, &window, zone)
            .map_err(|error| CalendarError::new(error.rule(), &error))?;
        let reason = |title: Option<String>| name.clone().or(title).or(Some(own_name.clone()));
        Ok(blackout_days(events, reason))
    });
    let unreadable = || CalendarError::new("unreadable", &"the calendar cannot be read");
    let blackout_days = read.await.unwrap_or_else(|_| Err(unreadable()))?;
    if blackout_days.len() > MAX_FROM_CALENDAR {
        let message = format!("it contains more than {MAX_FROM_CALENDAR} blackouts");
        return Err(CalendarError::new("too_many", &message));
    }
    Ok(FetchOutcome::Read {
        blackout_days,
        validators,
    })
}

/// The HTTP client with this installation's settings. The file of certificate authorities is read
/// each time, so that a new one takes effect at once; if it is missing, verification fails and the
/// calendar shows that error.
fn client(settings: &Settings) -> Client {
    let client = Client::new(settings.fetch_allowed.clone());
    let authorities = settings.fetch_ca_file.as_ref().map(std::fs::read);
    match authorities {
        Some(Ok(pem)) => client.with_authorities(&pem),
        Some(Err(_)) | None => client,
    }
}

/// The validators of a conditional request.
fn validators(calendar: &BlackoutCalendar, now: Instant) -> Validators {
    let is_fresh = |read: Instant| *now < *read + READ_AGAIN;
    if calendar.succeeded_at.is_some_and(is_fresh) {
        Validators {
            etag: calendar.etag.clone(),
            last_modified: calendar.last_modified.clone(),
        }
    } else {
        Validators::default()
    }
}
