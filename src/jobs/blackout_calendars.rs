//! Fetches the calendars that blackouts are read from.
use futures_util::future::join_all;

use crate::App;
use crate::auth::SystemActor;
use crate::cooperations::{self, Cooperation};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::municipalities::blackouts::{self, BlackoutCalendar, fetching};

/// Fetches all that are due, at the same time. Returns the last error, if there was any.
pub(super) async fn fetch_due(app: &App) -> Result<()> {
    let now = app.clock.now();
    let due = app
        .db
        .read(move |conn| blackouts::store::due(conn, now))
        .await?;
    let fetches = due
        .into_iter()
        .map(|(cooperation, id)| fetch_one(app, cooperation, id));
    let mut outcome = Ok(());
    for fetched in join_all(fetches).await {
        match fetched {
            // Not found: it was deleted after it was found to be due.
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => outcome = Err(error),
        }
    }
    outcome
}

async fn fetch_one(
    app: &App,
    cooperation: Id<Cooperation>,
    id: Id<BlackoutCalendar>,
) -> Result<()> {
    let who = SystemActor::within(cooperation);
    let claimed = app.write(move |tx| {
        let zone = cooperations::store::own(tx, &who)?.zone();
        let claimed = blackouts::store::claim(tx, &who, id)?;
        Ok(claimed.map(|calendar| (calendar, zone)))
    });
    let Some((calendar, zone)) = claimed.await? else {
        return Ok(());
    };
    let outcome = fetching::fetch(app, &calendar, zone).await;
    let recorded = app
        .write_in(&who, move |tx| {
            blackouts::store::record(tx, &who, id, &outcome)
        })
        .await?;
    let (state, rule) = (recorded.state, recorded.error_rule.unwrap_or_default());
    tracing::info!(calendar = %id, %state, rule, "a calendar of blackouts was fetched");
    Ok(())
}
