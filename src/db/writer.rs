//! The one writer of an `SQLite` file, with group commit.
//!
//! Writers that wait for each other's lock are slow and unfair; one thread that takes what has
//! queued up, gives each its savepoint and commits once, is neither (`docs/decisions/`).
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use anyhow::{Context, anyhow};
use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::{DbConn, End};
use crate::error::{Error, Result};

/// How many writes one commit may carry, so that the first does not wait for a crowd.
const GROUP: usize = 64;

/// Tells a caller how its write ended, once the commit is known.
type Answer = Box<dyn FnOnce(Result<()>) + Send>;
/// Also says whether the group's transaction still stands.
type Job = Box<dyn FnOnce(&mut DbConn) -> (Answer, bool) + Send>;

/// The way to the writer's thread, which ends when the last of these is dropped.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    pub(super) fn start(mut conn: DbConn) -> anyhow::Result<Self> {
        let (sender, jobs) = mpsc::channel::<Job>();
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                while let Ok(first) = jobs.recv() {
                    group_commit(&mut conn, first, &jobs);
                }
            })
            .context("cannot start the writer of the database")?;
        Ok(Self(sender))
    }

    /// Runs `queries` in the next group.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        end: End,
        queries: impl FnOnce(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, outcome) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            let (done, stands) = savepoint(conn, end, queries);
            let answer: Answer = Box::new(move |commit| {
                // Who asked may have gone; the write stands all the same.
                drop(sender.send(done.and_then(|value| commit.map(|()| value))));
            });
            (answer, stands)
        });
        self.0.send(job).map_err(|_| Error::Contended)?;
        outcome.await.map_err(|_| Error::Contended)?
    }
}

fn group_commit(conn: &mut DbConn, first: Job, jobs: &mpsc::Receiver<Job>) {
    if let Err(error) = conn.batch_execute("BEGIN IMMEDIATE") {
        // Dropping the job tells its caller to try again.
        tracing::error!(%error, "the database takes no writes");
        return;
    }
    let (answer, mut stands) = first(conn);
    let mut answers = vec![answer];
    while stands
        && answers.len() < GROUP
        && let Ok(job) = jobs.try_recv()
    {
        let (answer, still) = job(conn);
        answers.push(answer);
        stands = still;
    }
    let commit = conn
        .batch_execute("COMMIT")
        .map_err(|error| error.to_string());
    if let Err(error) = &commit {
        tracing::error!(%error, "a commit failed");
        // Fails when the engine has rolled back by itself, which is as good.
        drop(conn.batch_execute("ROLLBACK"));
    }
    for answer in answers {
        answer(
            commit
                .clone()
                .map_err(|error| Error::Internal(anyhow!(error))),
        );
    }
}

/// Runs `queries` so that their failure, or panic, or a wished end, undoes them and nothing else of the
/// group.
///
/// The engine undoes the whole transaction by itself when, say, the disk is full; the second value
/// tells that from an error that leaves the group as it was.
fn savepoint<T>(
    conn: &mut DbConn,
    end: End,
    queries: impl FnOnce(&mut DbConn) -> Result<T>,
) -> (Result<T>, bool) {
    if let Err(error) = conn.batch_execute("SAVEPOINT job") {
        return (Err(error.into()), false);
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| queries(conn)))
        .unwrap_or_else(|_| Err(Error::Internal(anyhow!("a write panicked"))));
    let end = match (&outcome, end) {
        (Ok(_), End::Kept) => "RELEASE job",
        _ => "ROLLBACK TO job; RELEASE job",
    };
    match conn.batch_execute(end) {
        Ok(()) => (outcome, true),
        Err(error) => (outcome.and(Err(error.into())), false),
    }
}
