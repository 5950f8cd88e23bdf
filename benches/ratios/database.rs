//! A database of the bench's own on either engine, gone when dropped.
use std::path::Path;

use anyhow::{Context, Result};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

const SCHEMA: &str = "reihum_bench";

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Where the data lies.
pub struct Database {
    pub engine: &'static str,
    pub url: String,
    /// The server's own address, if there is a server.
    server: Option<String>,
}

impl Database {
    pub fn file(folder: &Path) -> Self {
        let url = folder.join("bench.db").to_string_lossy().into_owned();
        Self {
            engine: "SQLite",
            url,
            server: None,
        }
    }

    /// A schema of its own on the server; what an earlier run may have left there goes.
    pub fn schema(server: &str) -> Result<Self> {
        let mut conn = PgConnection::establish(server).context("cannot connect to PostgreSQL")?;
        conn.batch_execute(&format!(
            "DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}"
        ))?;
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-csearch_path%3D{SCHEMA}");
        Ok(Self {
            engine: "PostgreSQL",
            url,
            server: Some(server.to_owned()),
        })
    }

    /// Tidies up after the seeding, as each engine does by itself sooner or later: not while it is
    /// measured.
    pub fn tidy(&self) -> Result<()> {
        match &self.server {
            Some(_) => {
                let mut conn = PgConnection::establish(&self.url)?;
                // Only what has changed, like the server: told that a table is empty, it would go on to plan for
                // that when it no longer is.
                let changed: Vec<Table> = diesel::sql_query(
                    "SELECT relname::text AS name FROM pg_stat_user_tables
                     WHERE schemaname = current_schema AND n_tup_ins > 0",
                )
                .load(&mut conn)?;
                // Each apart: several statements at once would be a transaction, which VACUUM refuses.
                for Table { name } in changed {
                    conn.batch_execute(&format!("VACUUM ANALYZE {name}"))?;
                }
                conn.batch_execute("CHECKPOINT")?;
            }
            None => SqliteConnection::establish(&self.url)?
                .batch_execute("PRAGMA busy_timeout = 5000; PRAGMA wal_checkpoint(TRUNCATE)")?,
        }
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(server) = &self.server else { return };
        let dropped = PgConnection::establish(server).map(|mut conn| {
            conn.batch_execute(&format!(
                "SET client_min_messages = warning; DROP SCHEMA {SCHEMA} CASCADE"
            ))
        });
        if !matches!(dropped, Ok(Ok(()))) {
            eprintln!("the schema {SCHEMA} could not be dropped");
        }
    }
}
