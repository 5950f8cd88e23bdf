//! `SQLite` and `PostgreSQL` behind one connection type, and the three doors to them.
//!
//! [`Db::read`] for looking, [`Db::write`] for changing (one transaction that sees the database as
//! if it were alone; [`Db::try_out`] undoes it), [`Db::claim`] for taking jobs. Nothing else opens a
//! transaction.
mod connection;
mod portable;
pub mod schema;
mod server;
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
pub use self::portable::{Portable, SkipLocked, Spelled, TextByKey};
use self::server::Server;
pub use self::server::is_postgres;
pub use self::types::{Id, Instant, Json, UniqueId, UtcTimestamp};
use self::writer::Writer;
use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How often a write is tried when another gets in its way.
const WRITE_TRIES: u32 = 10;
/// How long a request waits for a free connection before it is told to try again.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(5);

const SERIALIZABLE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";
/// A plan that was made when next to nothing waited is no good when much does: each is made for what is asked.
const PASSING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off;
    SET LOCAL plan_cache_mode = force_custom_plan";

/// What becomes of what a transaction has changed when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is there for everybody, and for good.
    Kept,
    /// It is there for everybody, but a power cut may undo it: nobody waits for the disk.
    Passing,
    /// It is as if it had never been.
    Undone,
}

/// The doors to the database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Server>,
    /// As many as there are connections: who waits for one takes up no thread.
    free: Arc<Semaphore>,
    /// Whose threads query. Each thread that serves HTTP has a runtime of its own, and each runtime its
    /// own threads for what blocks: all of them together would be many more than there are connections.
    threads: Handle,
    /// The one writer of `SQLite`; `PostgreSQL` has as many as it has connections.
    writer: Option<Writer>,
    writes: Arc<AtomicU64>,
}

impl Db {
    /// Connects to `url` (a `postgres://` address, or the path of an `SQLite` file) with at most
    /// `connections`, and brings its schema up to date.
    ///
    /// # Errors
    /// If the database cannot be reached or a migration fails.
    pub fn open(url: &str, connections: u32) -> anyhow::Result<Self> {
        let server = Server::new(url);
        migrate(&server)?;
        let writer = match is_postgres(url) {
            true => None,
            false => Some(Writer::start(server.connect_writer()?)?),
        };
        let pool = Pool::builder()
            .max_size(connections)
            // None is opened ahead: a command that ends while one is being opened behind its back
            // crashes in libpq, whose library for TLS is taken down under it.
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(CHECKOUT_TIMEOUT)
            .build(server)
            .context("cannot connect to the database")?;
        let free = Semaphore::new(usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS));
        Ok(Self {
            pool,
            free: Arc::new(free),
            threads: Handle::try_current()
                .context("the database is opened outside of a runtime")?,
            writer,
            writes: Arc::default(),
        })
    }

    /// Runs `queries` on a pooled connection, off the async threads.
    ///
    /// # Errors
    /// Whatever `queries` returns, or that no connection was to be had.
    pub async fn read<T: Send + 'static>(
        &self,
        queries: impl FnOnce(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        // Given back only when the thread is done, so that the next one finds it idle.
        let _free = timeout(CHECKOUT_TIMEOUT, self.free.acquire())
            .await
            .map_err(|error| Error::unavailable(&error))?
            .context("there are no connections any more")?;
        let pool = self.pool.clone();
        let query = move || queries(&mut *pool.get().map_err(|error| Error::unavailable(&error))?);
        let done = self.threads.spawn_blocking(query).await;
        done.context("the database thread stopped")?
    }

    /// Runs `queries` as if nothing else wrote meanwhile, all of them or none.
    ///
    /// They may run more than once, so they must do nothing but query.
    ///
    /// # Errors
    /// Whatever `queries` returns; [`Error::Contended`] when others kept getting in the way.
    pub async fn write<T: Send + 'static>(
        &self,
        queries: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = match &self.writer {
            Some(writer) => writer.run(End::Kept, queries).await,
            None => self.transact(SERIALIZABLE, End::Kept, queries).await,
        };
        self.writes.fetch_add(1, Ordering::Release);
        outcome
    }

    /// Runs `queries` like [`Db::write`] and undoes whatever they change: what they return is what a
    /// write of them would return now.
    pub async fn try_out<T: Send + 'static>(
        &self,
        queries: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.writer {
            Some(writer) => writer.run(End::Undone, queries).await,
            None => self.transact(SERIALIZABLE, End::Undone, queries).await,
        }
    }

    /// Like [`Db::write`], for taking jobs that other instances take too, and for writing down that they
    /// are done: rows another one has locked are skipped ([`SkipLocked`]) instead of waited for, and nobody
    /// waits for the disk. What a power cut undoes is done again; a job may run twice.
    pub async fn claim<T: Send + 'static>(
        &self,
        queries: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.writer {
            Some(writer) => writer.run(End::Passing, queries).await,
            None => self.transact(PASSING, End::Passing, queries).await,
        }
    }

    /// How many writes went through this door: as long as it stays, nothing changed by this process.
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
                        // Those who collided must not collide again in step.
                        let step = spread(attempt) % (4 << attempt.min(6));
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
fn spread(attempt: u32) -> u64 {
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
        if end != End::Undone {
            conn.batch_execute("COMMIT")?;
        }
        Ok(value)
    });
    if (outcome.is_err() || end == End::Undone)
        && let Err(error) = conn.batch_execute("ROLLBACK")
    {
        // The first error is the one that explains; a broken connection is dropped by the pool.
        tracing::warn!(%error, "a transaction could not be rolled back");
    }
    outcome
}

impl Db {
    /// Whether the database of `url` has the schema of this program. Changes nothing; an `SQLite`
    /// file that is not there yet can be made, if its folder is there.
    ///
    /// # Errors
    /// If the database cannot be reached.
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
        let pending = match Server::new(url)
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

/// Brings the schema up to date.
fn migrate(server: &Server) -> anyhow::Result<()> {
    match server
        .connect_writer()
        .context("cannot connect to the database")?
    {
        DbConn::Postgres(mut conn) => {
            // Instances that start together take turns.
            conn.batch_execute("SELECT pg_advisory_lock(7243486)")?;
            conn.run_pending_migrations(POSTGRES).map(drop)
        }
        DbConn::Sqlite(mut conn) => conn.run_pending_migrations(SQLITE).map(drop),
    }
    .map_err(anyhow::Error::from_boxed)
    .context("cannot bring the database's schema up to date")
}
