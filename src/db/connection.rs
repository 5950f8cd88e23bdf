//! A connection to either engine; every query is written once for both.
#![allow(missing_docs, reason = "the macro makes more than the enum")]

use diesel::prelude::*;

#[derive(diesel::MultiConnection)]
pub enum DbConn {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}
