//! What transports that look for mails in rounds do the same way.
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::timeout;

/// Mails that are looked at in one round.
pub const ROUND_LIMIT: usize = 500;
/// How many mails are taken in at the same time.
const CONCURRENT: usize = 8;
/// Mails of one batch, which are in memory together.
const BATCH: usize = 50;
/// Octets of one batch, unless a single mail is larger.
pub const BATCH_OCTETS: u64 = 4 * 1024 * 1024;

/// Divides mails, each with its size in octets, into batches.
#[must_use]
pub fn batches<K>(mails: impl IntoIterator<Item = (K, u64)>) -> Vec<Vec<K>> {
    let mut batches: Vec<Vec<K>> = Vec::new();
    let mut octets = 0;
    for (key, size) in mails {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && octets + size <= BATCH_OCTETS => batch.push(key),
            _ => {
                octets = 0;
                batches.push(vec![key]);
            }
        }
        octets += size;
    }
    batches
}

/// Completes the futures, a few at a time; the results are in the order of the futures.
pub(super) async fn concurrently<T>(
    work: impl IntoIterator<Item = impl Future<Output = T>>,
) -> Vec<T> {
    let work = futures_util::stream::iter(work);
    work.buffered(CONCURRENT).collect().await
}

/// The pause after so many failures in a row: exponential, up to `longest`.
#[must_use]
pub fn pause(failures: u32, longest: Duration) -> Duration {
    Duration::from_secs(1)
        .saturating_mul(1 << failures.min(10))
        .min(longest)
}

/// Waits for `length`, or until told to stop. Whether to go on.
pub(super) async fn rest(length: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    // An elapsed pause is no error: the value tells whether to go on.
    let _ = timeout(length, stop.wait_for(|stop| *stop)).await;
    !*stop.borrow()
}
