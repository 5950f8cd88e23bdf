//! Planners: they take no input, compare what is with what should be, and may run at any time, on
//! any instance, twice as well. An error in one keeps none of the others from its work.
use std::collections::HashMap;

use chrono::TimeDelta;
use futures_util::future::join_all;

use crate::App;
use crate::auth::SystemActor;
use crate::cooperations::{self, Cooperation};
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::hosting;
use crate::http::stored_response;
use crate::inbound;
use crate::invitations::{changes, steps};
use crate::meetings::planning;
use crate::municipalities::blackouts::{self, BlackoutCalendar, fetching};
use crate::notifications::queue;
use crate::polls;

/// For how long the contents of messages, and what mails that came in say, are kept that are done with.
const CONTENTS_KEPT: TimeDelta = TimeDelta::days(90);
/// Of how many cooperations meetings are read in one go.
const COOPERATIONS_AT_ONCE: usize = 100;
/// How often what is old is looked for.
const CLEANING: TimeDelta = TimeDelta::hours(1);

/// What was looked at before and has not changed since. Without it the planners do the same, slower.
#[derive(Default)]
pub(super) struct Memory {
    /// The generation at which the invitations of a cooperation were found right.
    right: HashMap<Id<Cooperation>, i64>,
    /// When the steps of a cooperation's meetings were looked at.
    steps: Looked,
    /// When the turns of its series were.
    turns: Looked,
    cleaned_at: Option<Instant>,
}

/// The generation at which something of a cooperation was looked at, and when the next task comes.
type Looked = HashMap<Id<Cooperation>, (i64, Option<Instant>)>;

/// Parts the cooperations into those of which nothing has changed, and those to be looked at again:
/// something was written, or the next task has come.
async fn look_again(
    app: &App,
    looked: &mut Looked,
    now: Instant,
) -> Result<(Looked, Vec<(Id<Cooperation>, i64)>)> {
    let mut known = Looked::new();
    let mut changed = Vec::new();
    for (cooperation, generation) in app.db.read(steps::generations).await? {
        match looked.remove(&cooperation) {
            Some((seen, next)) if seen == generation && next.is_none_or(|next| now < next) => {
                known.insert(cooperation, (generation, next));
            }
            _ => changed.push((cooperation, generation)),
        }
    }
    Ok((known, changed))
}

/// Runs all planners once.
pub(super) async fn run(app: &App, memory: &mut Memory) {
    tell_changes(app).await;
    report("taking steps", take_steps(app, memory).await);
    report("keeping invitations right", reconcile(app, memory).await);
    report("planning ahead", plan_ahead(app).await);
    report("keeping polls", keep_polls(app).await);
    report("looking after turns", look_after_turns(app, memory).await);
    report("cleaning up", clean_up(app, memory).await);
}

/// Runs the planner that people wait for.
pub(super) async fn tell_changes(app: &App) {
    report("telling changes", tell(app).await);
}

/// Fetches the calendars that blackouts come from, those that are due, all at once.
pub(super) async fn fetch_calendars(app: &App) {
    report("fetching calendars", fetch_due(app).await);
}

fn report(what: &'static str, outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(what, error = format!("{error:?}"), "a planner failed");
    }
}

/// The outcome of doing something for one after the other: the last error, if there was any.
struct Tally(Result<()>);

impl Tally {
    fn add<T>(&mut self, outcome: Result<T>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            // Gone since it was looked up.
            Err(Error::NotFound) => None,
            Err(error) => {
                self.0 = Err(error);
                None
            }
        }
    }
}

async fn tell(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut tally = Tally(Ok(()));
    for (cooperation, meeting) in app.db.read(move |conn| changes::due(conn, now)).await? {
        let who = SystemActor::within(cooperation);
        let told = app.write(move |tx| changes::tell(tx, &who, meeting)).await;
        if let Some(told) = tally.add(told) {
            tracing::info!(%meeting, told, "changes told");
        }
    }
    tally.0
}

/// Does what is due around meetings. Between two steps that costs one query, of the generations: only
/// where something was written, or the next step has come, are meetings looked at.
async fn take_steps(app: &App, memory: &mut Memory) -> Result<()> {
    let now = app.clock.now();
    let mut tally = Tally(Ok(()));
    for old in app.db.read(move |conn| steps::overtaken(conn, now)).await? {
        let who = SystemActor::within(old.cooperation);
        tally.add(app.write(move |tx| steps::take_back(tx, &who, old)).await);
    }
    let (mut known, changed) = look_again(app, &mut memory.steps, now).await?;
    for some in changed.chunks(COOPERATIONS_AT_ONCE) {
        let keys: Vec<_> = some.iter().map(|(cooperation, _)| *cooperation).collect();
        let outlook = app
            .db
            .read(move |conn| steps::outlook(conn, &keys, now))
            .await?;
        let next = |cooperation| outlook.next.get(&cooperation).copied();
        known.extend(
            some.iter()
                .map(|(one, generation)| (*one, (*generation, next(*one)))),
        );
        for (cooperation, meeting) in outlook.due {
            let who = SystemActor::within(cooperation);
            let done = app.write(move |tx| steps::take(tx, &who, meeting)).await;
            match tally.add(done) {
                Some(0) => {}
                Some(messages) => tracing::info!(%meeting, messages, "steps taken"),
                // To be tried again, and not only after the next change.
                None => drop(known.remove(&cooperation)),
            }
        }
    }
    memory.steps = known;
    tally.0
}

async fn reconcile(app: &App, memory: &mut Memory) -> Result<()> {
    let now = app.clock.now();
    let watched = app.db.read(move |conn| changes::watched(conn, now)).await?;
    let mut tally = Tally(Ok(()));
    let mut right = HashMap::new();
    for (cooperation, generation, meeting) in watched {
        right.insert(cooperation, generation);
        if memory.right.get(&cooperation) == Some(&generation) {
            continue;
        }
        let who = SystemActor::within(cooperation);
        let done = app
            .write(move |tx| changes::reconcile(tx, &who, meeting))
            .await;
        if let Some(true) = tally.add(done) {
            tracing::info!(%meeting, "invitations put right");
        }
    }
    if tally.0.is_ok() {
        memory.right = right;
    }
    tally.0
}

async fn plan_ahead(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut tally = Tally(Ok(()));
    for cooperation in app
        .db
        .read(move |conn| planning::behind_horizon(conn, now))
        .await?
    {
        let planned = app
            .write(move |tx| planning::keep_horizon(tx, cooperation))
            .await;
        if let Some(planned) = tally.add(planned) {
            tracing::info!(%cooperation, planned, "meetings planned ahead");
        }
    }
    tally.0
}

async fn keep_polls(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut tally = Tally(Ok(()));
    for (cooperation, poll) in app
        .db
        .read(move |conn| polls::store::due(conn, now))
        .await?
    {
        let who = SystemActor::within(cooperation);
        let done = app
            .write(move |tx| polls::ending::keep_up(tx, &who, poll))
            .await;
        if let Some(true) = tally.add(done) {
            tracing::info!(%poll, "poll kept up");
        }
    }
    tally.0
}

/// Asks, reminds and tells municipalities of their turns. Between two tasks that costs one query, as
/// with steps.
async fn look_after_turns(app: &App, memory: &mut Memory) -> Result<()> {
    let now = app.clock.now();
    let mut tally = Tally(Ok(()));
    let (mut known, changed) = look_again(app, &mut memory.turns, now).await?;
    for some in changed.chunks(COOPERATIONS_AT_ONCE) {
        let keys: Vec<_> = some.iter().map(|(cooperation, _)| *cooperation).collect();
        let outlook = app
            .db
            .read(move |conn| hosting::planner::outlook(conn, &keys, now))
            .await?;
        let next = |cooperation| outlook.next.get(&cooperation).copied();
        known.extend(
            some.iter()
                .map(|(one, generation)| (*one, (*generation, next(*one)))),
        );
        for (cooperation, series) in outlook.due {
            let who = SystemActor::within(cooperation);
            let done = app
                .write(move |tx| hosting::planner::take(tx, &who, series))
                .await;
            match tally.add(done) {
                Some(0) => {}
                Some(tasks) => tracing::info!(%series, tasks, "turns looked after"),
                // To be tried again, and not only after the next change.
                None => drop(known.remove(&cooperation)),
            }
        }
    }
    memory.turns = known;
    tally.0
}

async fn fetch_due(app: &App) -> Result<()> {
    let now = app.clock.now();
    let due = app
        .db
        .read(move |conn| blackouts::store::due(conn, now))
        .await?;
    let fetches = due
        .into_iter()
        .map(|(cooperation, id)| fetch_one(app, cooperation, id));
    let mut tally = Tally(Ok(()));
    for outcome in join_all(fetches).await {
        tally.add(outcome);
    }
    tally.0
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
        .write(move |tx| {
            let recorded = blackouts::store::record(tx, &who, id, &outcome)?;
            if tx.is_to_plan_again() {
                planning::settle(tx, &who)?;
            }
            cooperations::store::bump_generation(tx, cooperation)?;
            Ok(recorded)
        })
        .await?;
    let (state, rule) = (recorded.state, recorded.error_rule.unwrap_or_default());
    tracing::info!(calendar = %id, %state, rule, "a calendar of blackouts was fetched");
    Ok(())
}

async fn clean_up(app: &App, memory: &mut Memory) -> Result<()> {
    let now = app.clock.now();
    if memory
        .cleaned_at
        .is_some_and(|last| *last + CLEANING > *now)
    {
        return Ok(());
    }
    app.write(|tx| {
        let end = Instant::from(*tx.now - CONTENTS_KEPT);
        stored_response::delete_expired(tx)?;
        inbound::store::forget(tx, end)?;
        queue::forget_contents(tx, end)
    })
    .await?;
    memory.cleaned_at = Some(now);
    Ok(())
}
