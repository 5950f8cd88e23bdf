//! The calendars behind the secret addresses.
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use super::{Calendar, FRESH, store};
use crate::App;
use crate::auth::tokens;
use crate::error::{Error, Result};
use crate::http::cache::Kept;
use crate::http::guard::{self, Route};

const CALENDAR: &str = "text/calendar; charset=utf-8";

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    // Not by a pattern: to match one takes nearly as long as all the rest of serving what is kept.
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
    // Before looking: a write that comes meanwhile makes us look again next time.
    let (now, writes) = (app.clock.now(), app.db.writes());
    let known = app.calendars.0.get(&hash);
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
        let fresh = match kept_at == Some(state) {
            true => None,
            false => Some(store::calendar(conn, &who, &settings, &feed, state)?),
        };
        Ok(Some((state, fresh)))
    });
    let calendar = match (found.await?, known) {
        (Some((state, Some((text, changed)))), _) => Calendar {
            kept: Kept::new(text.into_bytes()),
            modified: changed.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            state,
            looked_at: now,
            writes,
        },
        (Some((state, None)), Some(known)) => Calendar {
            state,
            looked_at: now,
            writes,
            ..known
        },
        (None, _) | (Some((_, None)), None) => {
            app.calendars.0.remove(&hash);
            app.strangers
                .count_failure(&guard::peer(&request, app.settings.trust_proxy))?;
            return Err(Error::NotFound);
        }
    };
    app.calendars.0.insert(hash, calendar.clone());
    Ok(respond(&calendar, &request))
}

fn respond(calendar: &Calendar, request: &HttpRequest) -> HttpResponse {
    let mut response = calendar.kept.respond(request, CALENDAR);
    if let Ok(modified) = HeaderValue::from_str(&calendar.modified) {
        response
            .headers_mut()
            .insert(header::LAST_MODIFIED, modified);
    }
    response
}
