//! The one writer of an `SQLite` file, with group commit.
//!
//! Several writers that wait for the lock of each other are slow and unfair. Instead, one thread takes the
//! queued writes, runs each in a savepoint and commits them together (`docs/decisions/`).
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use anyhow::{Context, anyhow};
use diesel::QueryResult;
use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::{DbConn, End, WAIT};
use crate::error::{Error, Outage, Result};

/// The maximum number of writes in a commit, which limits how long the first one waits.
const MAX_GROUP: usize = 64;
/// The maximum number of writes that wait.
const MAX_WAITING: usize = 1024;

/// Sends the result of a write to its caller, given that of the commit.
type Respond = Box<dyn FnOnce(Result<()>) + Send>;

/// Runs a write if its caller still waits, or fails because of the outage. The second value is the outage
/// because of which the transaction of the group is lost.
type Run = Box<dyn FnOnce(Result<&mut DbConn, Outage>) -> (Respond, Option<Outage>) + Send>;

/// A queued write.
struct Write {
    end: End,
    since: Instant,
    run: Run,
}

/// Queues writes for the thread, which ends when the last of these is dropped.
#[derive(Clone)]
pub(super) struct Writer(SyncSender<Write>);

impl Writer {
    pub(super) fn start(mut conn: DbConn) -> anyhow::Result<Self> {
        let (sender, writes) = sync_channel::<Write>(MAX_WAITING);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                while let Ok(first) = writes.recv() {
                    let queued = writes.try_iter().take(MAX_GROUP - 1);
                    // The callers of the others get `Outage::Busy`, because their writes are dropped.
                    let group = [first]
                        .into_iter()
                        .chain(queued)
                        .filter(|write| write.since.elapsed() < WAIT)
                        .collect();
                    group_commit(&mut conn, group);
                }
            })
            .context("cannot start the writer of the database")?;
        Ok(Self(sender))
    }

    /// Runs `queries` in one of the next groups.
    ///
    /// # Errors
    /// Whatever `queries` returns; [`Outage::Busy`] if too many wait, or if it waited for too long.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        end: End,
        queries: impl FnOnce(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, outcome) = oneshot::channel();
        let run: Run = Box::new(move |conn: Result<&mut DbConn, Outage>| {
            if sender.is_closed() {
                return (Box::new(|_| ()), None);
            }
            let (done, lost) = match conn {
                Ok(conn) => savepoint(conn, end, queries),
                Err(outage) => (Err(Error::Unavailable(outage)), None),
            };
            let respond: Respond = Box::new(move |commit| {
                // The caller may have gone meanwhile, which does not change the write.
                drop(sender.send(done.and_then(|value| commit.map(|()| value))));
            });
            (respond, lost)
        });
        let since = Instant::now();
        self.0
            .try_send(Write { end, since, run })
            .map_err(|_| Error::Unavailable(Outage::Busy))?;
        outcome
            .await
            .map_err(|_| Error::Unavailable(Outage::Busy))?
    }
}

fn group_commit(conn: &mut DbConn, group: Vec<Write>) {
    let is_durable = group.iter().any(|write| write.end == End::Commit);
    let begin = if is_durable {
        "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
    } else {
        "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE"
    };
    let mut lost = outage(conn.batch_execute(begin));
    let mut responses = Vec::with_capacity(group.len());
    for write in group {
        let (respond, cause) = (write.run)(lost.map_or(Ok(&mut *conn), Err));
        responses.push(respond);
        lost = lost.or(cause);
    }
    lost = lost.or_else(|| outage(conn.batch_execute("COMMIT")));
    if lost.is_some() {
        // Fails if the engine has rolled back already.
        drop(conn.batch_execute("ROLLBACK"));
    }
    for respond in responses {
        respond(lost.map_or(Ok(()), |outage| Err(Error::Unavailable(outage))));
    }
}

/// Why a statement failed that belongs to no write in particular.
fn outage(outcome: QueryResult<()>) -> Option<Outage> {
    match Error::from(outcome.err()?) {
        Error::Unavailable(outage) => Some(outage),
        error => {
            tracing::error!(%error, "a transaction failed");
            Some(Outage::Busy)
        }
    }
}

/// Runs `queries` in a savepoint, which is rolled back if they fail, panic, or are to be rolled back.
///
/// The second value is the outage because of which the transaction of the group is lost: on some errors, such
/// as a full disk, the engine rolls back all of it.
fn savepoint<T>(
    conn: &mut DbConn,
    end: End,
    queries: impl FnOnce(&mut DbConn) -> Result<T>,
) -> (Result<T>, Option<Outage>) {
    if let Some(outage) = outage(conn.batch_execute("SAVEPOINT one_write")) {
        return (Err(Error::Unavailable(outage)), Some(outage));
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| queries(conn)))
        .unwrap_or_else(|_| Err(Error::Internal(anyhow!("a write panicked"))));
    let end = match (&outcome, end) {
        (Ok(_), End::Commit | End::AsyncCommit) => "RELEASE one_write",
        _ => "ROLLBACK TO one_write; RELEASE one_write",
    };
    match outage(conn.batch_execute(end)) {
        None => (outcome, None),
        // Of two outages, the first one is the cause.
        Some(outage) => match outcome {
            Err(Error::Unavailable(cause)) => (outcome, Some(cause)),
            outcome => (outcome.and(Err(Error::Unavailable(outage))), Some(outage)),
        },
    }
}
