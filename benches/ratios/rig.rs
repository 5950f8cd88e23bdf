//! The bare server that reihum is compared with: each handler does the one thing its answer is made
//! of, with diesel on a connection of the engine's own type, and nothing else. Nobody is asked who
//! they are, nothing is logged, checked or kept.
use std::collections::HashMap;
use std::path::Path;

use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context;
use chrono::{NaiveDate, NaiveTime};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use reihum::clock::{Clock, Ids, SystemClock};
use reihum::db::schema::{agenda_items, meetings, municipalities, venues};
use reihum::db::{Id, Instant, is_postgres};
use reihum::meetings::Meeting;
use reihum::municipalities::{Municipality, Venue};
use reihum::series::Series;
use serde::{Deserialize, Serialize};
use serde_json::json;
use solver::{self, Effort, Problem};

use crate::plans;

/// As many as reihum has if it is not told otherwise.
const CONNECTIONS: u32 = 4;

#[derive(Queryable, Serialize)]
struct Row {
    id: Id<Meeting>,
    number: i32,
    title: Option<String>,
    status: String,
    date: NaiveDate,
    start_time: NaiveTime,
    duration_minutes: i32,
    time_zone: String,
    starts_at: Instant,
    ends_at: Instant,
    sequence: i32,
    revision: i32,
    invited_at: Option<Instant>,
    cancelled_reason: Option<String>,
    host: Option<Host>,
    venue: Option<Place>,
}

#[derive(Queryable, Serialize)]
struct Host {
    id: Id<Municipality>,
    name: String,
}

#[derive(Queryable, Serialize)]
struct Place {
    id: Id<Venue>,
    name: String,
    room: Option<String>,
    street: String,
    postal_code: String,
    locality: String,
    directions: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Deserialize, Serialize)]
struct Topic {
    title: String,
    kind: String,
    minutes: i32,
    description: String,
}

#[derive(Deserialize)]
struct Count {
    count: Option<i64>,
}

/// Meetings and the keys that a row about one of them names.
type Known = HashMap<Id<Meeting>, (Id<Series>, Id<reihum::cooperations::Cooperation>)>;

struct Feed {
    bytes: web::Bytes,
    etag: String,
}

/// Feeds by the last part of their path.
type Feeds = HashMap<String, Feed>;

fn wrong(error: impl std::fmt::Display) -> actix_web::Error {
    actix_web::error::ErrorInternalServerError(error.to_string())
}

macro_rules! bare {
    ($engine:ident, $connection:ty, $transaction:ident) => {
        mod $engine {
            use super::*;

            type Connections = Pool<ConnectionManager<$connection>>;

            fn query(conn: &mut $connection, series: Id<Series>, ahead: Option<i64>) -> QueryResult<Vec<Row>> {
                let host = municipalities::id.nullable().eq(meetings::host_id);
                let venue = venues::id.nullable().eq(meetings::venue_id);
                let rows = meetings::table
                    .left_join(municipalities::table.on(host))
                    .left_join(venues::table.on(venue))
                    .filter(meetings::series_id.eq(series))
                    .filter(meetings::deleted_at.is_null())
                    .order((meetings::starts_at, meetings::id))
                    .select((
                        meetings::id,
                        meetings::number,
                        meetings::title,
                        meetings::status,
                        meetings::date,
                        meetings::start_time,
                        meetings::duration_minutes,
                        meetings::time_zone,
                        meetings::starts_at,
                        meetings::ends_at,
                        meetings::sequence,
                        meetings::revision,
                        meetings::invited_at,
                        meetings::cancelled_reason,
                        (municipalities::id, municipalities::name).nullable(),
                        (
                            venues::id,
                            venues::name,
                            venues::room,
                            venues::street,
                            venues::postal_code,
                            venues::locality,
                            venues::directions,
                            venues::latitude,
                            venues::longitude,
                        )
                            .nullable(),
                    ));
                match ahead {
                    Some(count) => rows
                        .filter(meetings::ends_at.gt(SystemClock.now()))
                        .limit(count)
                        .load(conn),
                    None => rows.load(conn),
                }
            }

            async fn list(
                pool: web::Data<Connections>,
                series: web::Path<Id<Series>>,
                count: web::Query<Count>,
            ) -> actix_web::Result<HttpResponse> {
                let rows = web::block(move || -> anyhow::Result<_> {
                    Ok(query(&mut *pool.get()?, *series, count.count)?)
                });
                Ok(HttpResponse::Ok().json(json!({ "items": rows.await?.map_err(wrong)? })))
            }

            async fn topic(
                pool: web::Data<Connections>,
                ids: web::Data<Ids>,
                known: web::Data<Known>,
                meeting: web::Path<Id<Meeting>>,
                new: web::Json<Topic>,
            ) -> actix_web::Result<HttpResponse> {
                let meeting = meeting.into_inner();
                let now = SystemClock.now();
                let id: Id<Topic> = ids.next(now);
                let (series, cooperation) = *known.get(&meeting).ok_or_else(|| wrong("no such meeting"))?;
                let kept = web::block(move || -> anyhow::Result<_> {
                    let new = new.into_inner();
                    pool.get()?.$transaction(|conn| {
                        diesel::insert_into(agenda_items::table)
                            .values((
                                agenda_items::id.eq(id),
                                agenda_items::cooperation_id.eq(cooperation),
                                agenda_items::series_id.eq(series),
                                agenda_items::meeting_id.eq(meeting),
                                agenda_items::position.eq(1),
                                agenda_items::title.eq(&new.title),
                                agenda_items::kind.eq(&new.kind),
                                agenda_items::minutes.eq(new.minutes),
                                agenda_items::description.eq(&new.description),
                                agenda_items::links.eq("[]"),
                                agenda_items::public.eq(false),
                                agenda_items::state.eq("scheduled"),
                                agenda_items::late.eq(false),
                                agenda_items::carried_count.eq(0),
                                agenda_items::created_at.eq(now),
                                agenda_items::modified_at.eq(now),
                            ))
                            .execute(conn)
                    })?;
                    Ok(new)
                });
                let kept = kept.await?.map_err(wrong)?;
                Ok(HttpResponse::Created().json(json!({ "id": id, "meeting_id": meeting, "topic": kept })))
            }

            pub fn connections(url: &str) -> anyhow::Result<Connections> {
                let builder = Pool::builder().max_size(CONNECTIONS).test_on_check_out(false);
                Ok(builder.connection_customizer(Box::new(Ready)).build(ConnectionManager::new(url))?)
            }

            pub fn known(pool: &Connections) -> anyhow::Result<Known> {
                let columns = (meetings::id, (meetings::series_id, meetings::cooperation_id));
                let rows: Vec<(_, _)> = meetings::table.select(columns).load(&mut *pool.get()?)?;
                Ok(rows.into_iter().collect())
            }

            pub fn routes(config: &mut web::ServiceConfig) {
                config
                    .route("/api/v1/series/{series}/meetings", web::get().to(list))
                    .route("/api/v1/series/{series}/rotation", web::get().to(list))
                    .route("/api/v1/meetings/{meeting}/agenda/items", web::post().to(topic));
            }
        }
    };
}
bare!(sqlite, SqliteConnection, immediate_transaction);
bare!(postgres, PgConnection, transaction);

/// Makes a new connection ready.
#[derive(Debug)]
struct Ready;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Ready {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        // What reihum's own connections have.
        let pragmas = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                       PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL";
        conn.batch_execute(pragmas)
            .map_err(diesel::r2d2::Error::QueryError)
    }
}
impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Ready {}

/// Finds the best hosts of a usual problem, and nothing else.
async fn plan(problem: web::Data<Problem>) -> actix_web::Result<HttpResponse> {
    let plan = web::block(move || solver::solve(&problem, Effort::Thorough));
    Ok(HttpResponse::Ok().json(plan.await?.turns))
}

async fn feed(
    feeds: web::Data<Feeds>,
    name: web::Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let Some(feed) = feeds.get(&*name) else {
        return HttpResponse::NotFound().finish();
    };
    let seen = request.headers().get(header::IF_NONE_MATCH);
    if seen.is_some_and(|seen| seen.as_bytes() == feed.etag.as_bytes()) {
        return HttpResponse::NotModified().finish();
    }
    HttpResponse::Ok()
        .insert_header((header::ETAG, feed.etag.as_str()))
        .content_type("text/calendar; charset=utf-8")
        .body(feed.bytes.clone())
}

/// The files of `folder`, whose names are the last parts of the feeds' paths. The first line of each
/// is its `ETag`.
fn feeds(folder: &Path) -> anyhow::Result<Feeds> {
    let mut feeds = Feeds::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        let (etag, bytes) = text.split_once('\n').context("a feed without its ETag")?;
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .context("a feed without a name")?;
        let feed = Feed {
            bytes: bytes.to_owned().into(),
            etag: etag.to_owned(),
        };
        feeds.insert(name.to_owned(), feed);
    }
    Ok(feeds)
}

/// Serves until it is ended, on an address that it prints; as many threads as reihum.
pub fn serve(url: &str, folder: &Path) -> anyhow::Result<()> {
    let feeds = web::Data::new(feeds(folder)?);
    let ids = web::Data::new(Ids::random());
    let problem = web::Data::new(plans::problem());
    macro_rules! serve {
        ($engine:ident) => {{
            let pool = $engine::connections(url)?;
            let known = web::Data::new($engine::known(&pool)?);
            let pool = web::Data::new(pool);
            HttpServer::new(move || {
                App::new()
                    .app_data(pool.clone())
                    .app_data(known.clone())
                    .app_data(feeds.clone())
                    .app_data(ids.clone())
                    .app_data(problem.clone())
                    .configure($engine::routes)
                    .route("/api/v1/series/{series}/plan", web::post().to(plan))
                    .route("/feeds/{name}", web::get().to(feed))
            })
            .bind("127.0.0.1:0")?
        }};
    }
    actix_web::rt::System::new().block_on(async move {
        if is_postgres(url) {
            let server = serve!(postgres);
            announce(&server.addrs())?;
            return Ok(server.run().await?);
        }
        let server = serve!(sqlite);
        announce(&server.addrs())?;
        Ok(server.run().await?)
    })
}

fn announce(addresses: &[std::net::SocketAddr]) -> anyhow::Result<()> {
    println!("{}", addresses.first().context("no address")?);
    Ok(())
}
