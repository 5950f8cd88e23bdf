//! Brings the schema up to date, and finds out whether it is.
use std::path::Path;

use anyhow::{Context, Error, Result, ensure};
use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connector::Connector;
use super::{DbConn, is_postgres};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Of instances that start at the same time, one migrates and the others wait. The lock ends with the
/// transaction, so that it holds behind a pool that hands out connections by transaction as well.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7243486)";

/// An `UPDATE` with the same values would not write a page. reihum does not use this number.
const SQLITE_PROBE: &str = "PRAGMA user_version = 0";
/// Also works while the table is missing, and fails on a server that only reads.
const POSTGRES_PROBE: &str = "DO $$ BEGIN
    IF pg_is_in_recovery() THEN RAISE read_only_sql_transaction; END IF;
    IF to_regclass('__diesel_schema_migrations') IS NOT NULL THEN
        UPDATE __diesel_schema_migrations SET run_on = run_on
        WHERE version = (SELECT max(version) FROM __diesel_schema_migrations);
    END IF; END $$";

/// Runs pending migrations, each in a transaction of its own.
///
/// # Errors
/// If the database was migrated by a newer version of this program.
pub(super) fn migrate(connector: &Connector) -> Result<()> {
    match connector.connect_writer()? {
        DbConn::Postgres(mut conn) => {
            while conn.transaction(|conn| {
                conn.batch_execute(LOCK)?;
                run_next(conn, POSTGRES)
            })? {}
        }
        DbConn::Sqlite(mut conn) => {
            while conn.immediate_transaction(|conn| run_next(conn, SQLITE))? {}
        }
    }
    Ok(())
}

/// Runs the next pending migration; false if there is none.
fn run_next<DB: diesel::backend::Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
    migrations: EmbeddedMigrations,
) -> Result<bool>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let is_pending = has_pending(conn, &migrations)?;
    if is_pending {
        let run = conn.run_next_migration(migrations).map(drop);
        run.map_err(Error::from_boxed)
            .context("cannot migrate the database")?;
    }
    Ok(is_pending)
}

fn has_pending<DB: diesel::backend::Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
    migrations: &EmbeddedMigrations,
) -> Result<bool>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known: Vec<Box<dyn Migration<DB>>> = migrations.migrations().map_err(Error::from_boxed)?;
    let is_known = |version: &MigrationVersion| {
        known
            .iter()
            .any(|migration| migration.name().version() == *version)
    };
    let applied = conn.applied_migrations().map_err(Error::from_boxed)?;
    if let Some(newer) = applied.iter().find(|version| !is_known(version)) {
        anyhow::bail!(
            "the database was migrated by a newer version of reihum (migration {newer}); this is version {}",
            env!("CARGO_PKG_VERSION")
        );
    }
    Ok(applied.len() < known.len())
}

/// Whether the database of `url` has no pending migrations, and can be written. Changes nothing.
///
/// # Errors
/// If the database cannot be reached or written, or was migrated by a newer version; for an `SQLite` file
/// that does not exist, if its folder does not.
pub(super) fn is_current(url: &str) -> Result<bool> {
    let path = Path::new(url);
    if !is_postgres(url) && !path.exists() {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        ensure!(
            folder.is_none_or(Path::is_dir),
            "there is no folder for {url}"
        );
        return Ok(false);
    }
    // What is written within a test transaction never stays.
    match Connector::new(url, false).connect_plain()? {
        DbConn::Postgres(mut conn) => {
            conn.begin_test_transaction()?;
            conn.batch_execute(POSTGRES_PROBE)?;
            has_pending(&mut conn, &POSTGRES)
        }
        DbConn::Sqlite(mut conn) => {
            conn.begin_test_transaction()?;
            conn.batch_execute(SQLITE_PROBE)?;
            has_pending(&mut conn, &SQLITE)
        }
    }
    .map(|is_pending| !is_pending)
}

/// Writes something that changes nothing, to find out whether that is possible.
pub(super) fn probe(conn: &mut DbConn) -> crate::error::Result<()> {
    let statement = match conn {
        DbConn::Postgres(_) => POSTGRES_PROBE,
        DbConn::Sqlite(_) => SQLITE_PROBE,
    };
    Ok(conn.batch_execute(statement)?)
}
