//! Opens and configures connections.
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{Error as PoolError, ManageConnection, R2D2Connection};
// SQLite is built to take its memory from it (`.cargo/config.toml`), so it has to be there wherever this is.
use tikv_jemallocator as _;

use super::DbConn;

/// Whether `url` names a `PostgreSQL` server; anything else is the path of an `SQLite` file.
///
/// Decided here and not by diesel, for which a mistyped address would become a new file.
#[must_use]
pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Opens connections to the database of a URL.
pub(super) struct Connector {
    url: String,
}

impl Connector {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
        }
    }

    /// A connection that may write.
    pub(super) fn connect_writer(&self) -> Result<DbConn, PoolError> {
        self.connect_with("")
    }

    fn connect_with(&self, pragmas: &str) -> Result<DbConn, PoolError> {
        if is_postgres(&self.url) {
            return Ok(DbConn::Postgres(PgConnection::establish(&self.url)?));
        }
        let mut conn = SqliteConnection::establish(&self.url)?;
        conn.batch_execute(&format!(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL;
             PRAGMA foreign_keys = ON; {pragmas}"
        ))?;
        Ok(DbConn::Sqlite(conn))
    }
}

impl ManageConnection for Connector {
    type Connection = DbConn;
    type Error = PoolError;

    fn connect(&self) -> Result<DbConn, PoolError> {
        self.connect_with("PRAGMA query_only = ON;")
    }

    fn is_valid(&self, conn: &mut DbConn) -> Result<(), PoolError> {
        Ok(conn.ping()?)
    }

    fn has_broken(&self, conn: &mut DbConn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}
