//! The ways by which mail comes in: a folder, mailboxes read by IMAP, LMTP.
//!
//! All of them hand each mail over first ([`Reception`]), which commits, and flag, move or acknowledge
//! it after that.
pub mod bookmark;
pub mod imap;
pub mod lmtp;
mod patience;
pub mod spool;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::intake::{self, Delivery, Receipt};
use crate::App;
use crate::config::Inbound;
use crate::error::Result;

pub use self::patience::{Fate, Patience, TRIES};

/// How long handling a mail may take before it counts as not handled.
const HANDLING: Duration = Duration::from_mins(2);
/// Octets of the header that are looked at of a mail that is too large.
pub const HEADER_LIMIT: usize = 256 * 1024;

/// What takes mails in. A value, so that tests can hand in one that fails.
pub type Handler = Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<Receipt>> + Send + Sync>;

/// Where mails are handed over, however they came.
#[derive(Clone)]
pub struct Reception {
    handler: Handler,
}

/// What became of a mail that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken in; that is committed.
    Taken(Receipt),
    /// It could not be handled now: hand it over again later.
    Later,
    /// Handling it broke the program. Nothing is known of what was done.
    Broken,
}

impl Reception {
    /// Hands mails to the service.
    #[must_use]
    pub fn of(app: &App) -> Self {
        let app = app.clone();
        Self::by(Arc::new(move |delivery| {
            let app = app.clone();
            Box::pin(async move { intake::take_in(&app, delivery).await })
        }))
    }

    /// Hands mails to `handler`.
    #[must_use]
    pub fn by(handler: Handler) -> Self {
        Self { handler }
    }

    /// Hands over one mail, which came by `way` (for the figures).
    pub async fn hand_over(&self, way: &'static str, delivery: Delivery) -> Outcome {
        let handler = self.handler.clone();
        // In a task of its own: what breaks there breaks nothing here.
        let task = tokio::spawn(async move { handler(delivery).await });
        let outcome = match timeout(HANDLING, task).await {
            Ok(Ok(Ok(receipt))) => Outcome::Taken(receipt),
            Ok(Ok(Err(error))) => {
                tracing::warn!(way, problem = error.name(), "a mail cannot be taken in now");
                Outcome::Later
            }
            Ok(Err(_)) => {
                tracing::error!(way, "taking in a mail broke down");
                Outcome::Broken
            }
            Err(_) => {
                tracing::error!(way, "taking in a mail takes too long");
                Outcome::Later
            }
        };
        let name = match &outcome {
            Outcome::Taken(Receipt::Done) => "done",
            Outcome::Taken(Receipt::SetAside { .. }) => "set_aside",
            Outcome::Taken(Receipt::Known) => "known",
            Outcome::Later => "later",
            Outcome::Broken => "broken",
        };
        metrics::counter!("inbound_mails", "way" => way, "outcome" => name).increment(1);
        outcome
    }
}

/// The ways at work.
pub struct Handle(Vec<JoinHandle<()>>);

impl Handle {
    /// Waits until all have ended, once told to.
    pub async fn finish(self) {
        for task in self.0 {
            if let Err(error) = task.await {
                tracing::error!(%error, "a way for mails stopped before its time");
            }
        }
    }
}

/// Begins to take mails in, by the way that is set, until told to stop.
///
/// # Errors
/// If a folder cannot be made, an address not be listened on, or a certificate not be read.
pub async fn start(app: &App, stop: &watch::Receiver<bool>) -> anyhow::Result<Handle> {
    let reception = Reception::of(app);
    let mut tasks = Vec::new();
    match &app.settings.inbound {
        Inbound::None => {}
        Inbound::Folder(folder) => {
            let spool = spool::Spool::open(app, reception, folder.clone())
                .await
                .with_context(|| format!("the inbound folder {}", folder.display()))?;
            tasks.push(tokio::spawn(spool.run(stop.clone())));
        }
        Inbound::Imap(accounts) => {
            for account in accounts {
                let reader = imap::Reader::new(app, reception.clone(), account)?;
                tasks.push(tokio::spawn(reader.run(stop.clone())));
            }
        }
        Inbound::Lmtp(listen) => {
            let server = lmtp::Server::bind(app, reception, listen)
                .await
                .with_context(|| format!("cannot listen on {listen}"))?;
            tasks.push(tokio::spawn(server.run(stop.clone())));
        }
    }
    Ok(Handle(tasks))
}

/// How many mails are handed over side by side.
const AT_ONCE: usize = 8;
/// Mails of one batch, which are in memory together.
const BATCH: usize = 50;
/// Octets of one batch, unless a single mail is larger.
const BATCH_OCTETS: u64 = 4 * 1024 * 1024;

/// Puts mails, each with its size, into batches.
fn batches<K>(mails: impl IntoIterator<Item = (K, u64)>) -> Vec<Vec<(K, u64)>> {
    let mut batches: Vec<Vec<(K, u64)>> = Vec::new();
    let mut octets = 0;
    for (key, size) in mails {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && octets + size <= BATCH_OCTETS => {
                batch.push((key, size));
            }
            _ => {
                octets = 0;
                batches.push(vec![(key, size)]);
            }
        }
        octets += size;
    }
    batches
}

/// The header of a message: all before the first empty line.
#[must_use]
pub fn header_of(message: &[u8]) -> &[u8] {
    let mut after = 0;
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        after += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
    }
    message.get(..after).unwrap_or(message)
}

/// How long to wait before the next try, after so many in a row that failed.
fn pause(failures: u32, longest: Duration) -> Duration {
    Duration::from_secs(1)
        .saturating_mul(1 << failures.min(10))
        .min(longest)
}

/// Waits, but not longer than until told to stop. Whether to go on.
async fn rest(length: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    // The pause is over when it was: the value tells whether to go on.
    let _ = timeout(length, stop.wait_for(|stop| *stop)).await;
    !*stop.borrow()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_bounded_by_number_and_size() {
        let sizes = |mails: Vec<(u32, u64)>| -> Vec<usize> {
            batches(mails).iter().map(Vec::len).collect()
        };
        assert_eq!(
            sizes((0..120).map(|key| (key, 1000)).collect()),
            [50, 50, 20]
        );
        let large = BATCH_OCTETS + 1;
        assert_eq!(
            sizes(vec![(1, large), (2, 5), (3, large), (4, 6), (5, 7)]),
            [1, 1, 1, 2]
        );
        assert!(sizes(Vec::new()).is_empty());
    }

    #[test]
    fn a_header_ends_with_the_first_empty_line() {
        assert_eq!(
            header_of(b"A: 1\r\nB: 2\r\n\r\nbody\r\n\r\n"),
            b"A: 1\r\nB: 2\r\n\r\n"
        );
        assert_eq!(header_of(b"A: 1\n\nbody"), b"A: 1\n\n");
        assert_eq!(header_of(b"A: 1"), b"A: 1");
        assert_eq!(header_of(b""), b"");
    }

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let longest = Duration::from_mins(1);
        let pauses: Vec<u64> = (0..9).map(|n| pause(n, longest).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
