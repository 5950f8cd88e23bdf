//! Deletes what is kept for a limited time.
use chrono::TimeDelta;

use crate::App;
use crate::db::Instant;
use crate::error::Result;
use crate::http::stored_response;
use crate::inbound;
use crate::notifications::queue;

/// For how long the content of sent messages and of processed incoming mails is kept.
const CONTENT_KEPT: TimeDelta = TimeDelta::days(90);
/// How often expired rows are looked for.
const INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Deletes what has expired, unless that was done less than an hour ago.
pub(super) async fn run(app: &App, last_run: &mut Option<Instant>) -> Result<()> {
    let now = app.clock.now();
    if last_run.is_some_and(|last| *last + INTERVAL > *now) {
        return Ok(());
    }
    app.write(|tx| {
        let end = Instant::from(*tx.now - CONTENT_KEPT);
        stored_response::delete_expired(tx)?;
        inbound::store::forget(tx, end)?;
        queue::forget_contents(tx, end)
    })
    .await?;
    *last_run = Some(now);
    Ok(())
}
