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
type Work = Box<dyn FnOnce(&mut DbConn) -> (Answer, bool) + Send>;

/// A write that waits.
struct Job {
    end: End,
    work: Work,
}

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
                    let waiting = jobs.try_iter().take(GROUP - 1);
                    group_commit(&mut conn, [first].into_iter().chain(waiting).collect());
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
        let work: Work = Box::new(move |conn| {
            let (done, stands) = savepoint(conn, end, queries);
            let answer: Answer = Box::new(move |commit| {
                // Who asked may have gone; the write stands all the same.
                drop(sender.send(done.and_then(|value| commit.map(|()| value))));
            });
            (answer, stands)
        });
        self.0
            .send(Job { end, work })
            .map_err(|_| Error::Contended)?;
        outcome.await.map_err(|_| Error::Contended)?
    }
}

fn group_commit(conn: &mut DbConn, group: Vec<Job>) {
    // The disk is waited for unless a power cut may undo all of the group.
    let lasting = group.iter().any(|job| job.end == End::Kept);
    let begin = match lasting {
        true => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        false => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
    };
    if let Err(error) = conn.batch_execute(begin) {
        // Dropping a job tells its caller to try again.
        tracing::error!(%error, "the database takes no writes");
        return;
    }
    let mut answers = Vec::with_capacity(group.len());
    for job in group {
        let (answer, stands) = (job.work)(conn);
        answers.push(answer);
        if !stands {
            break;
        }
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
        (Ok(_), End::Kept | End::Passing) => "RELEASE job",
        _ => "ROLLBACK TO job; RELEASE job",
    };
    match conn.batch_execute(end) {
        Ok(()) => (outcome, true),
        Err(error) => (outcome.and(Err(error.into())), false),
    }
}
