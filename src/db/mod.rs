//! Database access: `SQLite` and `PostgreSQL` behind one connection type.
//!
//! [`Db::read`] reads one snapshot. [`Db::write`] runs a serializable transaction, and [`Db::try_out`] rolls it back.
//! [`Db::claim`] takes jobs. Nothing else opens a transaction.
mod connection;
mod connector;
mod migrations;
mod pool;
mod portable;
pub mod schema;
mod types;
mod writer;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Stopwatch};

use anyhow::Context;
use tokio::runtime::Handle;

pub use self::connection::{DbConn, MultiBackend};
use self::connector::Connector;
pub use self::connector::is_postgres;
use self::pool::Pool;
pub use self::portable::{Portable, SkipLocked};
pub use self::types::{Id, Instant, Json, UniqueId, UtcTimestamp};
use self::writer::Writer;
use crate::error::{Error, Outage, Result};

/// How often a write is tried that conflicts with others.
const WRITE_TRIES: u32 = 10;
/// For how long it is taken for granted that the database can be written.
const PROBED: Duration = Duration::from_secs(1);
/// For how long it is remembered that a write was refused.
const REMEMBERED: Duration = Duration::from_mins(1);
/// How long a transaction waits for its turn.
const WAIT: Duration = Duration::from_secs(5);

const SERIALIZABLE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// A query plan made for an empty queue would be slow with a full one, so each execution gets its own plan.
const CLAIM: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off;
    SET LOCAL plan_cache_mode = force_custom_plan";

/// How a transaction ends if its queries succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Waits until the commit is on disk.
    Commit,
    /// Does not wait for the disk: a power failure may undo the commit.
    AsyncCommit,
    /// Undoes the changes.
    Rollback,
}

/// Access to the database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Arc<Pool>,
    /// The runtime whose blocking threads run the queries. Each HTTP worker has a runtime of its own; the
    /// blocking threads of all of them would be many more than there are connections.
    runtime: Handle,
    /// The one writer of `SQLite`; on `PostgreSQL`, every connection writes.
    writer: Option<Writer>,
    writes: Arc<AtomicU64>,
    health: Arc<Mutex<Health>>,
}

/// What is known of whether the database can be written.
#[derive(Default)]
struct Health {
    /// The last outage of a write, until a write succeeds.
    refused: Option<(Stopwatch, Outage)>,
    /// When [`Db::probe`] last succeeded.
    probed: Option<Stopwatch>,
}

impl Db {
    /// Opens the database of `url` (a `postgres://` address, or the path of an `SQLite` file) with at most
    /// `connections`, and runs pending migrations.
    ///
    /// `keeps_prepared` is false behind a pool that hands out connections by transaction (pgbouncer).
    ///
    /// # Errors
    /// If the database cannot be reached, or was migrated by a newer version of this program.
    pub fn open(url: &str, connections: u32, keeps_prepared: bool) -> anyhow::Result<Self> {
        let connector = Connector::new(url, keeps_prepared);
        migrations::migrate(&connector)?;
        let writer = if is_postgres(url) {
            None
        } else {
            Some(Writer::start(connector.connect_writer()?)?)
        };
        Ok(Self {
            pool: Arc::new(Pool::new(connector, connections)),
            runtime: Handle::try_current()
                .context("the database must be opened within a Tokio runtime")?,
            writer,
            writes: Arc::default(),
            health: Arc::default(),
        })
    }

    /// Whether the database of `url` has no pending migrations. Changes nothing.
    ///
    /// # Errors
    /// If the database cannot be reached or written, or was migrated by a newer version of this program; for
    /// an `SQLite` file that does not exist, if its folder does not.
    pub fn is_current(url: &str) -> anyhow::Result<bool> {
        migrations::is_current(url)
    }

    /// Runs `queries` on one snapshot of the database, in a blocking thread.
    ///
    /// # Errors
    /// Whatever `queries` returns; [`Error::Unavailable`] if there is no connection.
    pub async fn read<T: Send + 'static>(
        &self,
        queries: impl FnOnce(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let begin = match self.writer {
            Some(_) => "BEGIN",
            None => SNAPSHOT,
        };
        self.blocking(move |pool| pool.transaction(begin, End::Commit, queries))
            .await
    }

    /// Finds out whether the database can be written. Writes once a second at most, however many ask.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it cannot, or if a write was refused lately and none has succeeded since: on a
    /// full disk, there may be room for the little that this writes.
    pub async fn probe(&self) -> Result<()> {
        let probed = self.health().probed;
        if probed.is_none_or(|at| at.elapsed() >= PROBED) {
            self.claim(migrations::probe).await?;
            self.health().probed = Some(Stopwatch::now());
        }
        match self.health().refused {
            Some((since, outage)) if since.elapsed() < REMEMBERED => {
                Err(Error::Unavailable(outage))
            }
            _ => Ok(()),
        }
    }

    /// No code that holds the lock can panic.
    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `queries` in a serializable transaction.
    ///
    /// They may run more than once, so they must have no other effects.
    ///
    /// # Errors
    /// Whatever `queries` returns; [`Error::Unavailable`] if other transactions kept conflicting, or there is no
    /// connection.
    pub async fn write<T: Send + 'static>(
        &self,
        queries: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = match &self.writer {
            Some(writer) => writer.run(End::Commit, queries).await,
            None => self.transact(SERIALIZABLE, End::Commit, queries).await,
        };
        self.writes.fetch_add(1, Ordering::Release);
        match &outcome {
            Err(Error::Unavailable(outage @ (Outage::NoSpace | Outage::ReadOnly))) => {
                self.health().refused = Some((Stopwatch::now(), *outage));
            }
            Err(_) => {}
            Ok(_) => self.health().refused = None,
        }
        outcome
    }

    /// Runs `queries` like [`Db::write`] and rolls them back: returns what a write would return now.
    pub async fn try_out<T: Send + 'static>(
        &self,
        queries: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.writer {
            Some(writer) => writer.run(End::Rollback, queries).await,
            None => self.transact(SERIALIZABLE, End::Rollback, queries).await,
        }
    }

    /// Runs `queries` in a transaction that claims jobs or completes them. Rows that another instance has
    /// locked can be skipped ([`SkipLocked`]), and the commit does not wait for the disk: after a power
    /// failure, a job may run twice.
    pub async fn claim<T: Send + 'static>(
        &self,
        queries: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.writer {
            Some(writer) => writer.run(End::AsyncCommit, queries).await,
            None => self.transact(CLAIM, End::AsyncCommit, queries).await,
        }
    }

    /// The number of calls of [`Db::write`] so far: while it stays the same, this process has changed nothing.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    async fn transact<T: Send + 'static>(
        &self,
        begin: &'static str,
        end: End,
        queries: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.blocking(move |pool| {
            for attempt in 0..WRITE_TRIES {
                match pool.transaction(begin, end, &queries) {
                    Err(Error::Unavailable(Outage::Busy)) => {
                        // A random delay, so that the same transactions do not conflict again.
                        let step = jitter(attempt) % (4 << attempt.min(6));
                        std::thread::sleep(Duration::from_millis(step));
                    }
                    done => return done,
                }
            }
            Err(Error::Unavailable(Outage::Busy))
        })
        .await
    }

    /// Runs `work` in a blocking thread when a connection is free.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Pool) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.pool.permit().await?;
        let pool = self.pool.clone();
        let done = self.runtime.spawn_blocking(move || {
            let done = work(&pool);
            // The connection is back in the pool.
            drop(permit);
            done
        });
        done.await.context("the database thread stopped")?
    }
}

/// A number that differs between threads, processes and attempts.
fn jitter(attempt: u32) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one((std::thread::current().id(), attempt))
}
