//! Database access: `SQLite` and `PostgreSQL` behind one connection type.
//!
//! [`Db::read`] reads. [`Db::write`] runs a serializable transaction, and [`Db::try_out`] rolls it back.
//! [`Db::claim`] takes jobs. Nothing else opens a transaction.
mod connection;
mod connector;
mod portable;
pub mod schema;
mod types;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use diesel::connection::SimpleConnection;
use diesel::r2d2::Pool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use self::connection::{DbConn, MultiBackend};
use self::connector::Connector;
pub use self::connector::is_postgres;
pub use self::portable::{Portable, SkipLocked};
pub use self::types::{Id, Instant, Json, UniqueId, UtcTimestamp};
use self::writer::Writer;
use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How often a write is tried that conflicts with others.
const WRITE_TRIES: u32 = 10;
/// How long to wait for a free connection.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(5);

const SERIALIZABLE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";
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
    pool: Pool<Connector>,
    /// As many permits as connections, so that no thread blocks while it waits for one.
    permits: Arc<Semaphore>,
    /// The runtime whose blocking threads run the queries. Each HTTP worker has a runtime of its own; the
    /// blocking threads of all of them would be many more than there are connections.
    runtime: Handle,
    /// The one writer of `SQLite`; on `PostgreSQL`, every connection writes.
    writer: Option<Writer>,
    writes: Arc<AtomicU64>,
}

impl Db {
    /// Opens the database of `url` (a `postgres://` address, or the path of an `SQLite` file) with at most
    /// `connections`, and runs pending migrations.
    pub fn open(url: &str, connections: u32) -> anyhow::Result<Self> {
        let connector = Connector::new(url);
        migrate(&connector)?;
        let writer = if is_postgres(url) {
            None
        } else {
            Some(Writer::start(connector.connect_writer()?)?)
        };
        let pool = Pool::builder()
            .max_size(connections)
            // No connection is opened in the background: if a command ends meanwhile, libpq crashes, because
            // its TLS library is already unloaded.
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(CHECKOUT_TIMEOUT)
            .build(connector)
            .context("cannot connect to the database")?;
        let permits =
            Semaphore::new(usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS));
        Ok(Self {
            pool,
            permits: Arc::new(permits),
            runtime: Handle::try_current()
                .context("the database must be opened within a Tokio runtime")?,
            writer,
            writes: Arc::default(),
        })
    }

    /// Runs `queries` on a pooled connection in a blocking thread.
    ///
    /// # Errors
    /// Whatever `queries` returns; [`Error::Contended`] if no connection is available.
    pub async fn read<T: Send + 'static>(
        &self,
        queries: impl FnOnce(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        // Held until the connection is back in the pool.
        let _permit = timeout(CHECKOUT_TIMEOUT, self.permits.acquire())
            .await
            .map_err(|error| Error::unavailable(&error))?
            .context("the connections are closed")?;
        let pool = self.pool.clone();
        let query = move || queries(&mut *pool.get().map_err(|error| Error::unavailable(&error))?);
        let done = self.runtime.spawn_blocking(query).await;
        done.context("the database thread stopped")?
    }

    /// Runs `queries` in a serializable transaction.
    ///
    /// They may run more than once, so they must have no other effects.
    ///
    /// # Errors
    /// Whatever `queries` returns; [`Error::Contended`] if other transactions kept conflicting.
    pub async fn write<T: Send + 'static>(
        &self,
        queries: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = match &self.writer {
            Some(writer) => writer.run(End::Commit, queries).await,
            None => self.transact(SERIALIZABLE, End::Commit, queries).await,
        };
        self.writes.fetch_add(1, Ordering::Release);
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
        self.read(move |conn| {
            for attempt in 0..WRITE_TRIES {
                match transaction(conn, begin, end, &queries) {
                    Err(Error::Contended) => {
                        // A random delay, so that the same transactions do not conflict again.
                        let step = jitter(attempt) % (4 << attempt.min(6));
                        std::thread::sleep(Duration::from_millis(step));
                    }
                    done => return done,
                }
            }
            Err(Error::Contended)
        })
        .await
    }
}

/// A number that differs between threads, processes and attempts.
fn jitter(attempt: u32) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one((std::thread::current().id(), attempt))
}

fn transaction<T>(
    conn: &mut DbConn,
    begin: &str,
    end: End,
    queries: impl FnOnce(&mut DbConn) -> Result<T>,
) -> Result<T> {
    conn.batch_execute(begin)?;
    let outcome = queries(conn).and_then(|value| {
        if end != End::Rollback {
            conn.batch_execute("COMMIT")?;
        }
        Ok(value)
    });
    if (outcome.is_err() || end == End::Rollback)
        && let Err(error) = conn.batch_execute("ROLLBACK")
    {
        // The first error is returned; a broken connection is dropped by the pool.
        tracing::warn!(%error, "a transaction could not be rolled back");
    }
    outcome
}

impl Db {
    /// Whether the database of `url` has no pending migrations. Changes nothing.
    ///
    /// # Errors
    /// If the database cannot be reached; for an `SQLite` file that does not exist, if its folder does not.
    pub fn is_current(url: &str) -> anyhow::Result<bool> {
        let path = std::path::Path::new(url);
        if !is_postgres(url) && !path.exists() {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            anyhow::ensure!(
                folder.is_none_or(std::path::Path::is_dir),
                "there is no folder for {url}"
            );
            return Ok(false);
        }
        let pending = match Connector::new(url)
            .connect_writer()
            .context("cannot connect to the database")?
        {
            DbConn::Postgres(mut conn) => conn.has_pending_migration(POSTGRES),
            DbConn::Sqlite(mut conn) => conn.has_pending_migration(SQLITE),
        };
        pending
            .map(|pending| !pending)
            .map_err(anyhow::Error::from_boxed)
    }
}

/// Runs pending migrations.
fn migrate(connector: &Connector) -> anyhow::Result<()> {
    match connector
        .connect_writer()
        .context("cannot connect to the database")?
    {
        DbConn::Postgres(mut conn) => {
            // Of instances that start at the same time, one migrates and the others wait.
            conn.batch_execute("SELECT pg_advisory_lock(7243486)")?;
            conn.run_pending_migrations(POSTGRES).map(drop)
        }
        DbConn::Sqlite(mut conn) => conn.run_pending_migrations(SQLITE).map(drop),
    }
    .map_err(anyhow::Error::from_boxed)
    .context("cannot migrate the database")
}
