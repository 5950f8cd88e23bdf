//! Deletes what is kept for a limited time.
use chrono::TimeDelta;

use crate::db::Instant;
use crate::error::Result;
use crate::http::stored_response;
use crate::inbound;
use crate::notifications::queue;
use crate::{App, Tx};

/// For how long the content of sent messages and of processed incoming mails is kept.
const CONTENT_KEPT: TimeDelta = TimeDelta::days(90);
/// How often expired rows are looked for.
const INTERVAL: TimeDelta = TimeDelta::hours(1);

/// How many rows are deleted in one write, so that others can write in between.
const AT_ONCE: i64 = 500;

/// Deletes what has expired, unless that was done less than an hour ago.
pub(super) async fn run(app: &App, last_run: &mut Option<Instant>) -> Result<()> {
    let now = app.clock.now();
    if last_run.is_some_and(|last| *last + INTERVAL > *now) {
        return Ok(());
    }
    let end = Instant::from(*now - CONTENT_KEPT);
    for delete in [
        |tx: &mut Tx, _| stored_response::delete_expired(tx, AT_ONCE),
        |tx: &mut Tx, end| inbound::store::forget(tx, end, AT_ONCE),
        |tx: &mut Tx, end| queue::forget_contents(tx, end, AT_ONCE),
    ] {
        while app.write(move |tx| delete(tx, end)).await? > 0 {}
    }
    *last_run = Some(now);
    Ok(())
}
