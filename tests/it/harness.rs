//! A whole service on a fresh database: SQLite, or PostgreSQL where `TEST_DATABASE_URL` says so.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_web::dev::{Service as _, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, init_service, read_body};
use chrono::{DateTime, TimeZone, Utc};
use diesel::prelude::*;
use futures_util::future::LocalBoxFuture;
use reihum::clock::{Ids, TestClock};
use reihum::config::Settings;
use reihum::db::Db;
use reihum::{App, auth, http};
use serde_json::{Value, json};

use crate::statements;

/// A service with a clock that stands still (Monday, 2 March 2026, 9:00 UTC) and foretellable keys.
pub struct Service {
    served: RefCell<Option<(*const Settings, Handler)>>,
    pub app: App,
    pub clock: Arc<TestClock>,
    pub mail_folder: std::path::PathBuf,
    _dir: tempfile::TempDir,
    _check: statements::Check,
}

/// The service as it answers, which takes much longer to make than to ask.
type Handler = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, ServiceResponse>>;

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn etag(&self) -> String {
        self.headers
            .get("etag")
            .expect("an ETag")
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// The JSON of an answer that must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// The rule that stands against it: a conflict's, or those of the fields.
    pub fn rules(&self) -> Vec<String> {
        let json = self.json();
        let fields = json["errors"].as_array().into_iter().flatten();
        let rules = fields.map(|error| {
            format!(
                "{}: {}",
                error["field"].as_str().unwrap(),
                error["rule"].as_str().unwrap()
            )
        });
        rules
            .chain(json["rule"].as_str().map(str::to_owned))
            .collect()
    }
}

impl Service {
    pub fn start() -> Self {
        Self::start_at(Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap())
    }

    pub fn start_at(now: DateTime<Utc>) -> Self {
        let check = statements::Check::begin();
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::at(now));
        let url = match std::env::var("TEST_DATABASE_URL") {
            Ok(server) => match std::env::var("TEST_POOLER_URL") {
                Ok(pooler) => fresh_database(&server, &pooler),
                Err(_) => fresh_schema(&server),
            },
            Err(_) => dir.path().join("test.db").to_string_lossy().into_owned(),
        };
        let prepared = match std::env::var("TEST_POOLER_URL") {
            Ok(_) => "off",
            Err(_) => "on",
        };
        let mail_folder = dir.path().join("mail");
        std::fs::create_dir(&mail_folder).unwrap();
        let settings = BTreeMap::from([
            ("database_url".to_owned(), url.clone()),
            (
                "secret".to_owned(),
                "the secret of all the tests together".to_owned(),
            ),
            (
                "mail_folder".to_owned(),
                mail_folder.to_string_lossy().into_owned(),
            ),
            ("public_url".to_owned(), "https://reihum.example".to_owned()),
            ("db_prepared".to_owned(), prepared.to_owned()),
        ]);
        let settings = Settings::from_sources(None, settings).unwrap();
        let app = App::new(
            Db::open(&url, 4, settings.db_prepared).unwrap(),
            clock.clone(),
            Ids::seeded(7),
            settings,
        );
        Self {
            served: RefCell::default(),
            app,
            clock,
            mail_folder,
            _dir: dir,
            _check: check,
        }
    }

    /// The program ends and starts anew on the same database; nothing that it had in memory is left.
    pub fn restarted(self) -> Self {
        let Self {
            served,
            app,
            clock,
            mail_folder,
            _dir: dir,
            _check: check,
        } = self;
        let settings = Settings::clone(&app.settings);
        drop((served, app));
        let db = Db::open(&settings.database_url, 4, settings.db_prepared).unwrap();
        // The keys go on where others would begin again.
        let app = App::new(db, clock.clone(), Ids::seeded(8), settings);
        Self {
            served: RefCell::default(),
            app,
            clock,
            mail_folder,
            _dir: dir,
            _check: check,
        }
    }

    /// The service with the settings of now.
    async fn handler(&self) -> Handler {
        let settings = Arc::as_ptr(&self.app.settings);
        if let Some((known, handler)) = &*self.served.borrow()
            && *known == settings
        {
            return handler.clone();
        }
        let service = Rc::new(init_service(http::service(self.app.clone())).await);
        let handler: Handler = Rc::new(move |request| {
            let answer = service.call(request.to_request());
            Box::pin(async move {
                answer.await.map_or_else(
                    |error| {
                        let request = TestRequest::get().to_http_request();
                        ServiceResponse::new(request, error.error_response())
                    },
                    ServiceResponse::map_into_boxed_body,
                )
            })
        });
        *self.served.borrow_mut() = Some((settings, handler.clone()));
        handler
    }

    pub async fn send(&self, request: TestRequest) -> Answer {
        let response = (self.handler().await)(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_body(response).await.to_vec();
        Answer {
            status,
            headers,
            body,
        }
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(
            TestRequest::get()
                .uri(&api(path))
                .insert_header(bearer(token)),
        )
        .await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = TestRequest::post()
            .uri(&api(path))
            .insert_header(bearer(token));
        self.send(request.set_json(body)).await
    }

    pub async fn put(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = TestRequest::put()
            .uri(&api(path))
            .insert_header(bearer(token));
        self.send(request.set_json(body)).await
    }

    pub async fn patch(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = TestRequest::patch()
            .uri(&api(path))
            .insert_header(bearer(token));
        self.send(request.set_json(body)).await
    }

    pub async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(
            TestRequest::delete()
                .uri(&api(path))
                .insert_header(bearer(token)),
        )
        .await
    }

    /// An operator's token, as the command makes it.
    pub async fn operator(&self) -> String {
        let made = self
            .app
            .write(|tx| auth::tokens::create_operator(tx, "tests", None))
            .await;
        made.unwrap().token
    }

    /// A cooperation of that name, and a coordinator's token for it.
    pub async fn cooperation(&self, name: &str) -> (String, String) {
        let operator = self.operator().await;
        let made = self
            .post(&operator, "/cooperations", json!({ "name": name }))
            .await
            .expect(201);
        let slug = made["slug"].as_str().unwrap().to_owned();
        let token = self
            .post(
                &operator,
                &format!("/cooperations/{slug}/tokens"),
                json!({ "role": "coordinator", "label": "tests" }),
            )
            .await
            .expect(201);
        (slug, token["token"].as_str().unwrap().to_owned())
    }
}

fn api(path: &str) -> String {
    format!("/api/v1{path}")
}

pub fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("test_{}_{number}", std::process::id())
}

/// A database of its own, by a pool that hands out connections by transaction: there, a schema cannot be chosen when
/// connecting.
fn fresh_database(server: &str, pooler: &str) -> String {
    let name = fresh_name();
    let mut conn = PgConnection::establish(server).unwrap();
    diesel::sql_query(format!("CREATE DATABASE {name}"))
        .execute(&mut conn)
        .unwrap();
    format!("{pooler}/{name}")
}

pub fn fresh_schema(server: &str) -> String {
    let schema = fresh_name();
    let mut conn = PgConnection::establish(server).unwrap();
    diesel::sql_query(format!("CREATE SCHEMA {schema}"))
        .execute(&mut conn)
        .unwrap();
    let separator = if server.contains('?') { '&' } else { '?' };
    format!("{server}{separator}options=-csearch_path%3D{schema}")
}

/// Waits until `holds` returns true. Fails after half a minute.
pub async fn until(state: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(waited.is_ok(), "it never came about that {state}");
}
