//! The one writer of an `SQLite` file, with group commit.
//!
//! Several writers that wait for the lock of each other are slow and unfair. Instead, one thread takes the
//! queued writes, runs each in a savepoint and commits them together (`docs/decisions/`).
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use anyhow::{Context, anyhow};
use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::{DbConn, End};
use crate::error::{Error, Result};

/// The maximum number of writes in a commit, which limits how long the first one waits.
const MAX_GROUP: usize = 64;

/// Sends the result of a write to its caller, given that of the commit.
type Respond = Box<dyn FnOnce(Result<()>) + Send>;

/// Runs a write. The second value is false if the transaction of the group is lost.
type Run = Box<dyn FnOnce(&mut DbConn) -> (Respond, bool) + Send>;

/// A queued write.
struct Write {
    end: End,
    run: Run,
}

/// Queues writes for the thread, which ends when the last of these is dropped.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Write>);

impl Writer {
    pub(super) fn start(mut conn: DbConn) -> anyhow::Result<Self> {
        let (sender, writes) = mpsc::channel::<Write>();
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                while let Ok(first) = writes.recv() {
                    let queued = writes.try_iter().take(MAX_GROUP - 1);
                    group_commit(&mut conn, [first].into_iter().chain(queued).collect());
                }
            })
            .context("cannot start the writer of the database")?;
        Ok(Self(sender))
    }

    /// Runs `queries` in one of the next groups.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        end: End,
        queries: impl FnOnce(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, outcome) = oneshot::channel();
        let run: Run = Box::new(move |conn| {
            let (done, is_alive) = savepoint(conn, end, queries);
            let respond: Respond = Box::new(move |commit| {
                // The caller may have gone, which does not change the write.
                drop(sender.send(done.and_then(|value| commit.map(|()| value))));
            });
            (respond, is_alive)
        });
        self.0
            .send(Write { end, run })
            .map_err(|_| Error::Contended)?;
        outcome.await.map_err(|_| Error::Contended)?
    }
}

fn group_commit(conn: &mut DbConn, group: Vec<Write>) {
    let is_durable = group.iter().any(|write| write.end == End::Commit);
    let begin = if is_durable {
        "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
    } else {
        "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE"
    };
    if let Err(error) = conn.batch_execute(begin) {
        // The callers get `Error::Contended`, because their writes are dropped.
        tracing::error!(%error, "cannot begin a transaction");
        return;
    }
    let mut responses = Vec::with_capacity(group.len());
    for write in group {
        let (respond, is_alive) = (write.run)(conn);
        responses.push(respond);
        if !is_alive {
            break;
        }
    }
    let commit = conn
        .batch_execute("COMMIT")
        .map_err(|error| error.to_string());
    if let Err(error) = &commit {
        tracing::error!(%error, "a commit failed");
        // Fails if the engine has rolled back already.
        drop(conn.batch_execute("ROLLBACK"));
    }
    for respond in responses {
        let commit = commit.clone();
        respond(commit.map_err(|error| Error::Internal(anyhow!(error))));
    }
}

/// Runs `queries` in a savepoint, which is rolled back if they fail, panic, or are to be rolled back.
///
/// The second value is false if the transaction of the group is lost: on some errors, such as a full disk,
/// the engine rolls back all of it.
fn savepoint<T>(
    conn: &mut DbConn,
    end: End,
    queries: impl FnOnce(&mut DbConn) -> Result<T>,
) -> (Result<T>, bool) {
    if let Err(error) = conn.batch_execute("SAVEPOINT one_write") {
        return (Err(error.into()), false);
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| queries(conn)))
        .unwrap_or_else(|_| Err(Error::Internal(anyhow!("a write panicked"))));
    let end = match (&outcome, end) {
        (Ok(_), End::Commit | End::AsyncCommit) => "RELEASE one_write",
        _ => "ROLLBACK TO one_write; RELEASE one_write",
    };
    match conn.batch_execute(end) {
        Ok(()) => (outcome, true),
        Err(error) => (outcome.and(Err(error.into())), false),
    }
}
