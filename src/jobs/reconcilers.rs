//! Runs the reconcilers of all areas, in a fixed order. An error in one does not stop the others.
use std::collections::HashMap;

use diesel::prelude::*;
use tokio::sync::watch;

use super::retention;
use crate::App;
use crate::auth::SystemActor;
use crate::cooperations::Cooperation;
use crate::db::schema::cooperations as cooperation_rows;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::reconcile::{Look, Reconciler};
use crate::{hosting, invitations, meetings, polls};

/// How many cooperations are looked at in one query.
const COOPERATIONS_AT_ONCE: usize = 100;

/// What earlier rounds have found. Without it a round does the same, more slowly.
#[derive(Default)]
pub(super) struct Memory {
    /// By the name of the reconciler.
    looks: HashMap<&'static str, Looks>,
    cleaned_at: Option<Instant>,
    stop: Stop,
}

/// Whether the service is to stop; never, if nobody can say so.
#[derive(Default)]
struct Stop(Option<watch::Receiver<bool>>);

impl Stop {
    fn is_wanted(&self) -> bool {
        self.0.as_ref().is_some_and(|stop| *stop.borrow())
    }
}

impl Memory {
    /// For rounds that end early when told to stop.
    pub(super) fn until(stop: watch::Receiver<bool>) -> Self {
        Self {
            stop: Stop(Some(stop)),
            ..Self::default()
        }
    }
}

/// The last look of a reconciler at each cooperation. A cooperation without one is looked at in the next round.
type Looks = HashMap<Id<Cooperation>, LastLook>;

struct LastLook {
    /// The generation of the cooperation at that time.
    generation: i64,
    /// When the next item is due, as forecast then.
    next: Option<Instant>,
}

/// Runs every reconciler once.
pub(super) async fn run(app: &App, memory: &mut Memory) {
    tell_changes(app, memory).await;
    reconcile::<invitations::reconcile::OvertakenMessages>(app, memory).await;
    reconcile::<invitations::reconcile::Steps>(app, memory).await;
    reconcile::<invitations::reconcile::Invitations>(app, memory).await;
    reconcile::<meetings::reconcile::Horizon>(app, memory).await;
    reconcile::<polls::reconcile::Polls>(app, memory).await;
    reconcile::<hosting::reconcile::Hosting>(app, memory).await;
    log(
        "retention",
        retention::run(app, &mut memory.cleaned_at).await,
    );
}

/// Runs the one reconciler that people wait for.
pub(super) async fn tell_changes(app: &App, memory: &mut Memory) {
    reconcile::<invitations::reconcile::Changes>(app, memory).await;
}

async fn reconcile<R: Reconciler>(app: &App, memory: &mut Memory) {
    let looks = memory.looks.entry(R::NAME).or_default();
    log(R::NAME, round::<R>(app, looks, &memory.stop).await);
}

pub(super) fn log(name: &'static str, outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(name, error = format!("{error:?}"), "reconciling failed");
    }
}

/// One round of a reconciler, with one write for each item. Returns the last error, if there was any.
async fn round<R: Reconciler>(app: &App, looks: &mut Looks, stop: &Stop) -> Result<()> {
    let now = app.clock.now();
    if R::LOOK == Look::EachRound {
        let due = app.db.read(move |conn| R::due(conn, &[], now)).await?.due;
        return run_all::<R>(app, due, looks, stop).await;
    }
    let generations = app.db.read(generations).await?;
    let mut outcome = Ok(());
    for some in changed(looks, generations, now).chunks(COOPERATIONS_AT_ONCE) {
        if stop.is_wanted() {
            break;
        }
        let keys: Vec<_> = some.iter().map(|(cooperation, _)| *cooperation).collect();
        let forecast = app.db.read(move |conn| R::due(conn, &keys, now)).await?;
        for &(cooperation, generation) in some {
            let next = forecast.next.get(&cooperation).copied();
            looks.insert(cooperation, LastLook { generation, next });
        }
        outcome = run_all::<R>(app, forecast.due, looks, stop)
            .await
            .and(outcome);
    }
    outcome
}

/// Brings items in line. A cooperation with one that fails is looked at again in the next round.
async fn run_all<R: Reconciler>(
    app: &App,
    due: Vec<(Id<Cooperation>, R::Item)>,
    looks: &mut Looks,
    stop: &Stop,
) -> Result<()> {
    let mut outcome = Ok(());
    for (cooperation, item) in due {
        if stop.is_wanted() {
            break;
        }
        let who = SystemActor::within(cooperation);
        match app
            .write_in(&who, move |tx| run_one::<R>(tx, &who, item))
            .await
        {
            Ok(true) => tracing::info!(name = R::NAME, ?item, "reconciled"),
            Ok(false) => {}
            Err(error) => {
                looks.remove(&cooperation);
                // Not found: it was deleted after it was found to be due.
                if !matches!(error, Error::NotFound) {
                    outcome = Err(error);
                }
            }
        }
    }
    outcome
}

fn run_one<R: Reconciler>(tx: &mut crate::Tx, who: &SystemActor, item: R::Item) -> Result<bool> {
    let changed = R::run(tx, who, item)?;
    if !changed {
        tx.unchanged();
    }
    Ok(changed)
}

/// Every cooperation with its generation, which grows with each change in it.
fn generations(conn: &mut DbConn) -> Result<Vec<(Id<Cooperation>, i64)>> {
    Ok(cooperation_rows::table
        .filter(cooperation_rows::deleted_at.is_null())
        .order(cooperation_rows::id)
        .select((cooperation_rows::id, cooperation_rows::generation))
        .load(conn)?)
}

/// The cooperations to look at: those changed since the last look, and those in which something has become due.
fn changed(
    looks: &mut Looks,
    generations: Vec<(Id<Cooperation>, i64)>,
    now: Instant,
) -> Vec<(Id<Cooperation>, i64)> {
    let known: HashMap<_, _> = generations.iter().copied().collect();
    looks.retain(|cooperation, look| {
        known.get(cooperation) == Some(&look.generation) && look.next.is_none_or(|next| now < next)
    });
    let mut all = generations;
    all.retain(|(cooperation, _)| !looks.contains_key(cooperation));
    all
}
