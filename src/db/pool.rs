//! The connections that are open: those of all readers, and on `PostgreSQL` those of writers as well.
//!
//! Not a library's pool, because each use of a connection is a transaction: that it can be begun tells whether
//! the connection lives, at no cost, and before anything was done that would have to be done again.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::connection::SimpleConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::connector::Connector;
use super::{DbConn, End, WAIT};
use crate::error::{Error, Outage, Result};

/// Opens connections when they are needed, and keeps them.
pub(super) struct Pool {
    connector: Connector,
    idle: Mutex<Vec<DbConn>>,
    /// As many permits as connections, so that no thread blocks while it waits for one.
    permits: Arc<Semaphore>,
}

impl Pool {
    /// At most `connections` at a time.
    pub(super) fn new(connector: Connector, connections: u32) -> Self {
        let permits = usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            connector,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(permits)),
        }
    }

    /// The right to use one connection until it is dropped.
    ///
    /// # Errors
    /// If none becomes free in time.
    pub(super) async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        match timeout(WAIT, self.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable(Outage::Busy)),
        }
    }

    /// Runs `queries` between `begin` and the end of the transaction. If they panic, the connection is closed.
    pub(super) fn transaction<T>(
        &self,
        begin: &str,
        end: End,
        queries: impl FnOnce(&mut DbConn) -> Result<T>,
    ) -> Result<T> {
        let mut conn = self.begin(begin)?;
        let mut outcome = queries(&mut conn);
        if outcome.is_ok() && end != End::Rollback {
            if let Err(error) = conn.batch_execute("COMMIT") {
                outcome = Err(error.into());
            } else {
                self.keep(conn);
                return outcome;
            }
        }
        // A server that only reads was replaced by another one, to which a new connection leads.
        let is_usable = !matches!(outcome, Err(Error::Unavailable(Outage::ReadOnly)));
        if conn.batch_execute("ROLLBACK").is_ok() && is_usable {
            self.keep(conn);
        }
        outcome
    }

    /// A connection on which a transaction has begun.
    fn begin(&self, begin: &str) -> Result<DbConn> {
        let kept = self.idle().pop();
        if let Some(mut conn) = kept {
            match conn.batch_execute(begin) {
                Ok(()) => return Ok(conn),
                Err(error) => {
                    // The others have most likely met the same end.
                    self.idle().clear();
                    tracing::warn!(%error, "a connection to the database was lost");
                }
            }
        }
        let mut conn = self
            .connector
            .connect()
            .map_err(|error| Error::unreachable(&format_args!("{error:#}")))?;
        conn.batch_execute(begin)?;
        Ok(conn)
    }

    fn keep(&self, conn: DbConn) {
        self.idle().push(conn);
    }

    /// No code that holds the lock can panic.
    fn idle(&self) -> MutexGuard<'_, Vec<DbConn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
