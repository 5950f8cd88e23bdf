//! Reconciliation: what has to follow from the data without anybody asking for it. A [`Reconciler`] compares what is
//! with what should be and writes the difference. Each area has its own in `reconcile.rs`; `jobs` runs them.
use std::collections::HashMap;
use std::fmt::Debug;

use crate::Tx;
use crate::auth::SystemActor;
use crate::cooperations::Cooperation;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;

/// When a reconciler asks what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// In each round, in all cooperations at once: for a query with an index of its own.
    EachRound,
    /// Of a cooperation when something in it has been written, and at the moment that the last look forecast.
    AfterChanges,
}

/// Brings one kind of item in line with what it should be. Can be run at any time and on any instance: a second run
/// changes nothing.
pub trait Reconciler: 'static {
    /// What one write brings in line, such as one meeting.
    type Item: Debug + Copy + Send + Sync + 'static;
    /// The name in the log.
    const NAME: &'static str;
    /// When [`Self::due`] is called.
    const LOOK: Look;

    /// Finds what differs now in the cooperations `of`. With [`Look::EachRound`] it looks at all, and `of` is empty.
    fn due(conn: &mut DbConn, of: &[Id<Cooperation>], now: Instant)
    -> Result<Forecast<Self::Item>>;

    /// Brings one item in line, in one transaction. Returns whether anything was changed.
    fn run(tx: &mut Tx, who: &SystemActor, item: Self::Item) -> Result<bool>;
}

/// What there is to bring in line.
#[derive(Debug)]
pub struct Forecast<T> {
    /// What is due now, each item with its cooperation.
    pub due: Vec<(Id<Cooperation>, T)>,
    /// When something is due next in a cooperation if nothing is written before.
    pub next: HashMap<Id<Cooperation>, Instant>,
}

impl<T> Default for Forecast<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> From<Vec<(Id<Cooperation>, T)>> for Forecast<T> {
    fn from(due: Vec<(Id<Cooperation>, T)>) -> Self {
        let next = HashMap::new();
        Self { due, next }
    }
}

impl<T> Forecast<T> {
    /// Notes that something is due in a cooperation at `at`.
    pub fn look_again(&mut self, cooperation: Id<Cooperation>, at: Instant) {
        let next = self.next.entry(cooperation).or_insert(at);
        *next = at.min(*next);
    }
}
