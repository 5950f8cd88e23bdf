//! Serves `/feeds/{token}.ics`.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::Method;
use actix_web::http::header::{self, Header, HttpDate, IfModifiedSince, TryIntoHeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use super::{CachedFeed, FRESH, store};
use crate::App;
use crate::auth::tokens;
use crate::db::Instant;
use crate::error::{Error, Result};
use crate::http::cache::CachedResponse;
use crate::http::guard::{self, Route};

const CALENDAR: &str = "text/calendar; charset=utf-8";

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    // Not by a pattern, because matching one takes nearly as long as everything else in serving a
    // cached feed.
    config.service(web::scope("/feeds").default_service(web::to(serve)));
}

async fn serve(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let name = request.match_info().unprocessed().strip_prefix('/');
    let token = name.and_then(|name| name.strip_suffix(".ics"));
    let token = token.ok_or(Error::NotFound)?;
    let route = Route("/feeds/{token}.ics");
    request.extensions_mut().insert(route);
    if request.method() != Method::GET {
        return Err(Error::MethodNotAllowed("GET, HEAD".to_owned()));
    }
    let hash = tokens::hash(token);
    // Before the query, so that a write during it leads to another query next time.
    let (now, writes) = (app.clock.now(), app.db.writes());
    let known = app.feed_cache.0.get(&hash);
    if let Some(known) = &known
        && known.writes == writes
        && *now - *known.looked_at < FRESH
        && known.state.day == now.date_naive()
    {
        return Ok(respond(known, &request));
    }
    let (asked, kept_at) = (hash.clone(), known.as_ref().map(|known| known.state));
    let settings = app.settings.clone();
    let found = app.db.read(move |conn| {
        let Some((feed, who, state)) = store::by_hash(conn, &asked, now)? else {
            return Ok(None);
        };
        let fresh = if kept_at == Some(state) {
            None
        } else {
            Some(store::calendar(conn, &who, &settings, &feed, state)?)
        };
        Ok(Some((state, fresh)))
    });
    let calendar = match (found.await?, known) {
        (Some((state, Some(text))), known) => {
            let kept = CachedResponse::new(text.into_bytes());
            CachedFeed {
                modified: modified(&kept, known.as_ref(), now),
                kept,
                state,
                looked_at: now,
                writes,
            }
        }
        (Some((state, None)), Some(known)) => CachedFeed {
            state,
            looked_at: now,
            writes,
            ..known
        },
        (None, _) | (Some((_, None)), None) => {
            app.feed_cache.0.remove(&hash);
            app.failed_auth
                .count_failure(&guard::peer(&request, app.settings.trusted_proxies))?;
            return Err(Error::NotFound);
        }
    };
    app.feed_cache.0.insert(hash, calendar.clone());
    Ok(respond(&calendar, &request))
}

/// Since when these bytes have been served: at least a second later than the bytes before, because
/// HTTP dates have whole seconds.
fn modified(kept: &CachedResponse, before: Option<&CachedFeed>, now: Instant) -> SystemTime {
    let second = UNIX_EPOCH + Duration::from_secs(now.timestamp().unsigned_abs());
    match before {
        Some(before) if before.kept.etag == kept.etag => before.modified,
        Some(before) => second.max(before.modified + Duration::from_secs(1)),
        None => second,
    }
}

/// The calendar, or 304 if the client has it. If-Modified-Since is ignored if there is an
/// If-None-Match (RFC 9110 section 13.1.3).
fn respond(calendar: &CachedFeed, request: &HttpRequest) -> HttpResponse {
    let has_it = !request.headers().contains_key(header::IF_NONE_MATCH)
        && IfModifiedSince::parse(request)
            .is_ok_and(|IfModifiedSince(date)| calendar.modified <= SystemTime::from(date));
    let mut response = if has_it {
        HttpResponse::NotModified()
            .insert_header((header::ETAG, &*calendar.kept.etag))
            .finish()
    } else {
        calendar.kept.respond(request, CALENDAR)
    };
    if let Ok(modified) = HttpDate::from(calendar.modified).try_into_value() {
        response
            .headers_mut()
            .insert(header::LAST_MODIFIED, modified);
    }
    response
}
