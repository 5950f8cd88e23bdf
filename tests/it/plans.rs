//! No statement reads a whole table of rows that belong to cooperations: with many cooperations it would hold up
//! everybody.
//!
//! Each engine is asked for its plan of each statement that the tests use, on an empty database, as a service has
//! no statistics of its own either.
use std::sync::{LazyLock, Mutex};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::statements::unchecked;

static SQLITE: LazyLock<Mutex<SqliteConnection>> = LazyLock::new(|| {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    migrate(&mut conn, "migrations/sqlite");
    Mutex::new(conn)
});

static POSTGRES: LazyLock<Mutex<PgConnection>> = LazyLock::new(|| {
    let url = crate::harness::fresh_schema(&std::env::var("TEST_DATABASE_URL").unwrap());
    let mut conn = PgConnection::establish(&url).unwrap();
    migrate(&mut conn, "migrations/postgres");
    // An index is used wherever there is one that fits.
    conn.batch_execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        .unwrap();
    Mutex::new(conn)
});

fn migrate<DB: diesel::backend::Backend>(conn: &mut impl MigrationHarness<DB>, folder: &str) {
    let migrations = FileBasedMigrations::from_path(folder).unwrap();
    conn.run_pending_migrations(migrations).unwrap();
}

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    detail: String,
}

/// The tables that the statement reads whole, by the names that it has for them.
pub fn scanned(sql: &str) -> Vec<String> {
    let first = sql.split_whitespace().next().unwrap_or_default();
    let engine = match (sql.contains('`'), sql.contains('"')) {
        (true, _) => sqlite,
        (false, true) => postgres,
        (false, false) => return Vec::new(),
    };
    // What diesel writes for an empty list finds nothing.
    if !["SELECT", "UPDATE", "DELETE"].contains(&first) || sql.contains("1=0") {
        return Vec::new();
    }
    let steps = unchecked(|| engine(sql));
    let scan = |step: &String| {
        let step = step.trim_start_matches([' ', '-', '>']);
        // An index that holds only the rows of the condition is as good as a search.
        let table = match step.strip_prefix("SCAN ") {
            Some(rest) if !rest.contains(" USING ") => rest,
            Some(_) => return None,
            None => step.strip_prefix("Seq Scan on ")?,
        };
        Some(table.split(' ').next()?.trim_matches('"').to_owned())
    };
    steps.iter().filter_map(scan).collect()
}

fn sqlite(sql: &str) -> Vec<String> {
    let mut conn = SQLITE.lock().unwrap();
    let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
    let steps: Vec<SqliteStep> = explain
        .load(&mut *conn)
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    steps.into_iter().map(|step| step.detail).collect()
}

fn postgres(sql: &str) -> Vec<String> {
    let mut conn = POSTGRES.lock().unwrap();
    let parameters = (1..100)
        .take_while(|number| sql.contains(&format!("${number}")))
        .count();
    let nothing = vec!["NULL"; parameters].join(", ");
    let call = if parameters == 0 {
        String::new()
    } else {
        format!("({nothing})")
    };
    conn.batch_execute(&format!("PREPARE one AS {sql}"))
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    let steps: Vec<PostgresStep> =
        diesel::sql_query(format!("EXPLAIN (COSTS OFF) EXECUTE one{call}"))
            .load(&mut *conn)
            .unwrap();
    conn.batch_execute("DEALLOCATE one").unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}
