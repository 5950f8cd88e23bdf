//! Opens and configures connections.
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result, anyhow};
use diesel::connection::{CacheSize, SimpleConnection};
use diesel::prelude::*;
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
#[derive(Clone)]
pub(super) struct Connector {
    url: String,
    /// Whether statements that were prepared are kept with a connection (`PostgreSQL`).
    keeps_prepared: bool,
}

impl Connector {
    pub(super) fn new(url: &str, keeps_prepared: bool) -> Self {
        let mut url = url.to_owned();
        if is_postgres(&url) {
            // So that a server that is gone without a word is noticed (seconds; milliseconds).
            for (name, value) in [("connect_timeout", "5"), ("tcp_user_timeout", "10000")] {
                if !url.contains(name) {
                    let before = if url.contains('?') { '&' } else { '?' };
                    url = format!("{url}{before}{name}={value}");
                }
            }
        }
        Self {
            url,
            keeps_prepared,
        }
    }

    /// A connection for the pool, which on `SQLite` only reads.
    pub(super) fn connect(&self) -> Result<DbConn> {
        let mut conn = self.connect_writer()?;
        if let DbConn::Sqlite(conn) = &mut conn {
            conn.batch_execute("PRAGMA query_only = ON")?;
        }
        Ok(conn)
    }

    /// A connection that may write.
    pub(super) fn connect_writer(&self) -> Result<DbConn> {
        if !is_postgres(&self.url) {
            // What is in it is nobody else's business; the engine's other files get the same mode.
            OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o640)
                .open(&self.url)
                .with_context(|| format!("cannot open the database {}", self.url))?;
        }
        let mut conn = self.connect_plain()?;
        if let DbConn::Sqlite(conn) = &mut conn {
            conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON")?;
        }
        Ok(conn)
    }

    /// A connection whose opening changes nothing.
    pub(super) fn connect_plain(&self) -> Result<DbConn> {
        if is_postgres(&self.url) {
            let mut conn = PgConnection::establish(&self.url)
                .map_err(|error| anyhow!(self.without_password(&error.to_string())))
                .context("cannot connect to the database")?;
            if !self.keeps_prepared {
                conn.set_prepared_statement_cache_size(CacheSize::Disabled);
            }
            return Ok(DbConn::Postgres(conn));
        }
        let mut conn = SqliteConnection::establish(&self.url)
            .with_context(|| format!("cannot open the database {}", self.url))?;
        conn.batch_execute("PRAGMA busy_timeout = 5000")?;
        Ok(DbConn::Sqlite(conn))
    }

    /// libpq repeats parts of an address that it cannot read.
    fn without_password(&self, message: &str) -> String {
        let userinfo = self.url.rsplit_once('@').map_or("", |(before, _)| before);
        let password = userinfo.splitn(3, ':').nth(2).unwrap_or_default();
        password
            .split(['@', '/', ':', '?', '#'])
            .filter(|part| !part.is_empty())
            .fold(message.to_owned(), |message, part| {
                message.replace(part, "…")
            })
    }
}
