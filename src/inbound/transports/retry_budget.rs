//! How often a mail is tried before it is set aside.
use std::collections::HashMap;
use std::hash::Hash;

use crate::inbound::intake::{IntakeAttempt, IntakeResult};

/// After so many failures a mail is set aside, if others succeed meanwhile.
const TRIES: u32 = 3;
/// After so many failures without a success a round ends.
const FAILED_ROUND: usize = 50;

/// Where a mail belongs after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filing {
    /// With those that were taken in.
    Done,
    /// With those that were taken in and wait for a decision.
    Review,
    /// Where nothing tries it again.
    Poison,
    /// Where it is, to be tried again.
    Retry,
}

/// Counts the failures of each mail, round by round.
///
/// A mail that causes a panic has failed. One that is deferred has failed only if another one was taken
/// in during the same round: otherwise the cause is not the mail, and it waits however long that lasts.
#[derive(Debug)]
pub struct RetryBudget<K> {
    failures: HashMap<K, u32>,
    /// Whether any mail of this round was taken in.
    succeeded: bool,
    /// The mails of this round that were not, and whether they caused a panic.
    failed: Vec<(K, bool)>,
    newest_first: bool,
}

impl<K> Default for RetryBudget<K> {
    fn default() -> Self {
        Self {
            failures: HashMap::new(),
            succeeded: false,
            failed: Vec::new(),
            newest_first: false,
        }
    }
}

impl<K: Eq + Hash + Clone> RetryBudget<K> {
    /// Whether this round takes the newest mails first: every other one after a failed round, so that
    /// mails that fail do not keep those behind them from being tried.
    #[must_use]
    pub fn newest_first(&self) -> bool {
        self.newest_first
    }

    /// Records an attempt. For a mail that failed, [`RetryBudget::end_round`] has the answer.
    pub fn record(&mut self, key: &K, attempt: &IntakeAttempt) -> Option<Filing> {
        let filing = match attempt {
            IntakeAttempt::Taken(IntakeResult::Done | IntakeResult::Known) => Filing::Done,
            IntakeAttempt::Taken(IntakeResult::SetAside { .. }) => Filing::Review,
            IntakeAttempt::Deferred | IntakeAttempt::Panicked => {
                let panicked = *attempt == IntakeAttempt::Panicked;
                self.failed.push((key.clone(), panicked));
                return None;
            }
        };
        self.succeeded = true;
        self.failures.remove(key);
        Some(filing)
    }

    /// Whether so much has failed that the rest of this round is not tried.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        !self.succeeded && self.failed.len() >= FAILED_ROUND
    }

    /// Ends the round: where the mails belong that failed.
    pub fn end_round(&mut self) -> Vec<(K, Filing)> {
        self.newest_first = self.is_exhausted() && !self.newest_first;
        let succeeded = std::mem::take(&mut self.succeeded);
        let failed = std::mem::take(&mut self.failed);
        let filings = failed.into_iter().map(|(key, panicked)| {
            let filing = if succeeded || panicked {
                self.count_failure(&key)
            } else {
                Filing::Retry
            };
            (key, filing)
        });
        filings.collect()
    }

    /// Counts a failure of this mail.
    pub fn count_failure(&mut self, key: &K) -> Filing {
        let failures = self.failures.entry(key.clone()).or_default();
        *failures += 1;
        if *failures < TRIES {
            return Filing::Retry;
        }
        self.failures.remove(key);
        Filing::Poison
    }
}
