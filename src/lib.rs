//! reihum ("in turn") plans the recurring meetings of municipalities that host each other in turn.
//!
//! The modules in reading order, group by group: what everything stands on, then the areas, each
//! leaning only on its own group and those above it, then what puts them to work.
pub mod clock;
pub mod db;
pub mod error;
pub mod i18n;

pub mod calendar;
pub mod fetch;
pub mod mail;

pub mod config;

pub mod auth;
pub mod cooperations;
pub mod municipalities;
pub mod people;

pub mod notifications;

pub mod days;

pub mod series;

pub mod meetings;
pub mod rotation;

pub mod agenda;
pub mod attendance;

pub mod report;

pub mod invitations;

pub mod hosting;
pub mod polls;

pub mod feeds;
pub mod inbound;

pub mod commands;
pub mod demo;
pub mod http;
pub mod jobs;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tokio::sync::Notify;

use clock::{Clock, Ids};
use config::Settings;
use db::{Db, DbConn, Id, Instant};
use error::{Error, Result};
use rotation::solutions::{Solutions, Solver};

/// What every handler and worker needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Access to the database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where new keys and secrets come from.
    pub ids: Arc<Ids>,
    /// How this installation is set.
    pub settings: Arc<Settings>,
    /// Answers that can be given again as long as nothing changes.
    pub cache: Arc<http::cache::Cache>,
    /// Wakes the workers when a change left them something to do.
    pub outbox: Arc<Notify>,
    /// Counts failed attempts of strangers.
    pub failed_auth: Arc<http::guard::FailedAuthLimiter>,
    /// Calendars that can be served again as long as nothing changes.
    pub calendars: Arc<feeds::Calendars>,
    /// Plans of hosts that took long to find.
    pub solutions: Solutions,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: Ids, settings: Settings) -> Self {
        Self {
            db,
            failed_auth: Arc::new(http::guard::FailedAuthLimiter::new(clock.clone())),
            clock,
            ids: Arc::new(ids),
            settings: Arc::new(settings),
            cache: Arc::default(),
            outbox: Arc::default(),
            calendars: Arc::default(),
            solutions: Solutions::default(),
        }
    }

    /// Runs `work` as one transaction, then wakes the workers.
    ///
    /// # Errors
    /// Whatever `work` returns, or that the database could not be written.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let outcome = self.solving(work, |run| self.db.write(run)).await;
        self.outbox.notify_one();
        outcome
    }

    /// Runs `work` as [`App::write`] would and undoes it: nothing changes, nobody is told, and what it
    /// returns is what it would do now.
    ///
    /// # Errors
    /// As for [`App::write`].
    pub async fn try_out<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.solving(work, |run| self.db.try_out(run)).await
    }

    /// Runs `work` in a transaction. Where it gives up at a plan that takes long to find,
    /// that is found meanwhile, and the work runs again.
    async fn solving<T, F>(
        &self,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
        transact: impl Fn(Run<T>) -> F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>>,
    {
        let work = Arc::new(work);
        for attempt in 0.. {
            let solver = Solver::new(&self.solutions, attempt < SOLVED_OUTSIDE);
            let (ids, settings) = (self.ids.clone(), self.settings.clone());
            let (now, work, asked) = (self.clock.now(), work.clone(), solver.clone());
            let run: Run<T> =
                Box::new(move |conn| work(&mut Tx::new(conn, now, &ids, &settings, &asked)));
            match (transact(run).await, solver.unsolved()) {
                (Err(_), Some(problem)) => {
                    let solutions = self.solutions.clone();
                    let found = tokio::task::spawn_blocking(move || solutions.solve(problem));
                    found.await.map_err(anyhow::Error::from)?;
                }
                (outcome, _) => return outcome,
            }
        }
        Err(Error::Contended)
    }
}

/// Work on a connection, which may run again.
type Run<T> = Box<dyn Fn(&mut DbConn) -> Result<T> + Send>;

/// So many times a write waits for a plan that is found outside; then it finds what is left by itself.
const SOLVED_OUTSIDE: usize = 8;

/// A transaction that may change data, with the time and the keys it uses.
///
/// It is a connection wherever one is asked for.
pub struct Tx<'a> {
    conn: &'a mut DbConn,
    /// The moment of the change.
    pub now: Instant,
    ids: &'a Ids,
    /// How this installation is set.
    pub settings: &'a Settings,
    /// Finds plans of hosts.
    pub solver: &'a Solver,
    plan_again: bool,
}

impl<'a> Tx<'a> {
    fn new(
        conn: &'a mut DbConn,
        now: Instant,
        ids: &'a Ids,
        settings: &'a Settings,
        solver: &'a Solver,
    ) -> Self {
        Self {
            conn,
            now,
            ids,
            settings,
            solver,
            plan_again: false,
        }
    }

    /// Says that the plan no longer follows from what is, so that it is made again before the commit.
    ///
    /// Areas below the meetings cannot do that themselves.
    pub fn plan_again(&mut self) {
        self.plan_again = true;
    }

    /// Whether the plan is to be made again; asking takes it back.
    pub fn is_to_plan_again(&mut self) -> bool {
        std::mem::take(&mut self.plan_again)
    }

    /// A key for a new row.
    #[must_use]
    pub fn id<T>(&self) -> Id<T> {
        self.ids.next(self.now)
    }

    /// 256 unforeseeable bits.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        self.ids.secret()
    }
}

impl Deref for Tx<'_> {
    type Target = DbConn;
    fn deref(&self) -> &DbConn {
        self.conn
    }
}
impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut DbConn {
        self.conn
    }
}
