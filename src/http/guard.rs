//! Stands before every handler: turns away what a browser sends on another site's behalf, counts
//! strangers' failures, and writes the request log.
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use chrono::DateTime;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tracing::Instrument;

use crate::App;
use crate::auth::Asker;
use crate::clock::Clock;
use crate::error::{Error, Result};

/// How many failures one address may have in a minute.
const FAILURES: NonZeroU32 = NonZeroU32::new(120).unwrap();
/// A map that grew beyond this is cleared of addresses that have been quiet.
const MANY: usize = 10_000;

/// Counts failed attempts by address, so that nobody can guess tokens in bulk.
pub struct FailedAuthLimiter(
    RateLimiter<String, DashMapStateStore<String>, SinceEpoch, NoOpMiddleware<Duration>>,
);

/// Our clock for the limiter.
#[derive(Clone)]
struct SinceEpoch(Arc<dyn Clock>);

impl governor::clock::Clock for SinceEpoch {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let since = *self.0.now() - DateTime::UNIX_EPOCH;
        since.to_std().unwrap_or_default()
    }
}

impl FailedAuthLimiter {
    /// Counts by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_minute(FAILURES);
        Self(RateLimiter::dashmap_with_clock(quota, SinceEpoch(clock)))
    }

    /// Counts a failure of `peer`.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] if there were too many.
    pub fn count_failure(&self, peer: &str) -> Result<()> {
        if self.0.len() > MANY {
            self.0.retain_recent();
        }
        self.0
            .check_key(&peer.to_owned())
            .map_err(|_| Error::TooManyRequests)
    }
}

/// The address a request comes from; the one its proxy names, if that is to be believed.
#[must_use]
pub fn peer(request: &HttpRequest, trust_proxy: bool) -> String {
    let named = request
        .headers()
        .get("x-forwarded-for")
        .filter(|_| trust_proxy)
        .and_then(|value| value.to_str().ok())
        // The last one is what our proxy saw; those before it, the client may have written itself.
        .and_then(|value| value.rsplit(',').next())
        .and_then(|text| text.trim().parse::<IpAddr>().ok());
    match named.or_else(|| request.peer_addr().map(|peer| peer.ip())) {
        // One IPv6 network is one stranger.
        Some(IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => String::new(),
    }
}

/// Refuses changes that a browser sends from another site's page.
///
/// # Errors
/// [`Error::Forbidden`] then.
pub async fn same_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let site = request
        .headers()
        .get("sec-fetch-site")
        .and_then(|site| site.to_str().ok());
    let foreign = !request.method().is_safe()
        && !matches!(site, None | Some("same-origin" | "same-site" | "none"))
        && request.headers().get(header::AUTHORIZATION).is_none();
    if foreign {
        return Err(Error::Forbidden("this comes from another site's page").into());
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, private"),
    ),
];

/// Pages load nothing from elsewhere, and nothing frames them.
const CONTENT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// Adds what every answer carries, unless the handler has said otherwise.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let headers = response.headers_mut();
    let policy = (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    for (name, value) in HEADERS.into_iter().chain([policy]) {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

/// Under which name the log has an address that no pattern stands for.
pub struct Route(pub &'static str);

/// Gives each request an id and logs what became of it: the route, never the address itself, which
/// may hold a secret.
pub async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Stopwatch::now();
    let app = request.app_data::<web::Data<App>>().cloned();
    let id = app
        .map(|app| app.ids.next::<()>(app.clock.now()).to_string())
        .unwrap_or_default();
    let method = request.method().clone();
    let span = tracing::info_span!("request", %id);
    let mut response = next
        .call(request)
        .instrument(span.clone())
        .await?
        .map_into_boxed_body();
    let named = response
        .request()
        .extensions()
        .get()
        .map(|Route(name)| *name);
    let route = named
        .map(str::to_owned)
        .or_else(|| response.request().match_pattern())
        .unwrap_or_else(|| "unknown".to_owned());
    let asker = response.request().extensions().get::<Asker>().copied();
    let status = response.status().as_u16();
    let seconds = began.elapsed().as_secs_f64();
    let millis = (seconds * 1000.0).round();
    let cooperation = asker.map(|asker| tracing::field::display(asker.cooperation));
    span.in_scope(|| tracing::info!(%method, route, status, millis, cooperation, "answered"));
    metrics::histogram!("http_request_seconds", "route" => route, "status" => status.to_string())
        .record(seconds);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}
