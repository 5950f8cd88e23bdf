//! Database access: what it promises under concurrency and failure.
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::DateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Text, TimestamptzSqlite};
use futures_util::future::join_all;
use proptest::prelude::*;
use reihum::auth::tokens;
use reihum::db::{Instant, UtcTimestamp, schema};
use reihum::error::{Error, Outage};

use crate::harness::Service;
use crate::statements::unchecked;

async fn count_tokens(service: &Service) -> usize {
    service.app.db.read(tokens::everywhere).await.unwrap().len()
}

/// Each writer adds a token only while there are fewer than three: a rule no constraint holds.
#[actix_web::test]
async fn a_rule_over_rows_holds_among_concurrent_writers() {
    let service = Service::start();
    let runs = Arc::new(AtomicU32::new(0));
    let writers = (0..24).map(|_| {
        let runs = runs.clone();
        service.app.write(move |tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            if tokens::everywhere(tx)?.len() < 3 {
                tokens::create_operator(tx, "one of three", None)?;
            }
            Ok(())
        })
    });
    let outcomes = join_all(writers).await;
    assert_eq!(count_tokens(&service).await, 3, "{outcomes:?}");
    assert!(runs.load(Ordering::Relaxed) >= 24);
}

#[actix_web::test]
async fn a_failed_write_undoes_itself_and_nothing_beside_it() {
    let service = Service::start();
    let writers = (0..20).map(|n| {
        service.app.write(move |tx| {
            tokens::create_operator(tx, "kept if even", None)?;
            if n % 2 == 1 {
                Err(Error::Stale)
            } else {
                Ok(())
            }
        })
    });
    let outcomes = join_all(writers).await;
    let failed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Error::Stale)))
        .count();
    assert_eq!(failed, 10, "{outcomes:?}");
    assert_eq!(count_tokens(&service).await, 10);
}

#[actix_web::test]
async fn a_panicking_write_fails_alone_and_the_next_one_works() {
    let service = Service::start();
    let broken = service.app.write(|tx| -> reihum::error::Result<()> {
        tokens::create_operator(tx, "never", None)?;
        panic!("on purpose");
    });
    assert!(matches!(broken.await, Err(Error::Internal(_))));
    service
        .app
        .write(|tx| tokens::create_operator(tx, "kept", None))
        .await
        .unwrap();
    assert_eq!(count_tokens(&service).await, 1);
}

#[actix_web::test]
async fn who_reads_cannot_write() {
    let service = Service::start();
    let outcome = service
        .app
        .db
        .read(|conn| {
            Ok(unchecked(|| {
                diesel::delete(schema::tokens::table).execute(conn)
            })?)
        })
        .await;
    assert!(
        matches!(outcome, Err(Error::Unavailable(Outage::ReadOnly))),
        "{outcome:?}"
    );
}

#[actix_web::test]
async fn keys_sort_by_when_they_were_made() {
    let service = Service::start();
    let now = reihum::clock::Clock::now(&*service.clock);
    let keys: Vec<_> = (0..10_000)
        .map(|_| service.app.ids.next::<()>(now))
        .collect();
    assert!(keys.is_sorted());
    let mut unique = keys.clone();
    unique.dedup();
    assert_eq!(unique.len(), keys.len());
    assert_eq!(keys[0].uuid().get_version_num(), 7);
}

#[derive(QueryableByName)]
struct Compiled {
    #[diesel(sql_type = Text)]
    compile_options: String,
}

/// What `.cargo/config.toml` says: without QPSG each statement with a LIMIT would be prepared anew whenever it runs.
#[test]
fn sqlite_is_built_as_the_settings_of_cargo_say() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    let options: Vec<Compiled> = diesel::sql_query("PRAGMA compile_options")
        .load(&mut conn)
        .unwrap();
    let has = |wanted: &str| options.iter().any(|one| one.compile_options == wanted);
    assert!(has("ENABLE_QPSG") && has("THREADSAFE=2"));
    assert!(!has("ENABLE_MEMORY_MANAGEMENT"));
}

proptest! {
    /// So rows written by diesel's own conversion sort and compare with the others.
    #[test]
    fn moments_are_written_to_sqlite_as_diesel_writes_them(micros in 0..253_402_300_799_999_999_i64) {
        let moment = Instant::from(DateTime::from_timestamp_micros(micros).unwrap());
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        let ours = sql::<Text>("").bind::<UtcTimestamp, _>(moment).sql("");
        let ours: String = diesel::select(ours).get_result(&mut conn).unwrap();
        let theirs = sql::<Text>("").bind::<TimestamptzSqlite, _>(*moment).sql("");
        let theirs: String = diesel::select(theirs).get_result(&mut conn).unwrap();
        prop_assert_eq!(ours, theirs);
    }
}
