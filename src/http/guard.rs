//! Middleware: refuses cross-site requests, sets security headers, writes the request log; and the
//! limit on failed authentication.
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::{DefaultHeaders, Next};
use actix_web::{HttpMessage, HttpRequest, web};
use chrono::DateTime;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tracing::Instrument;

use crate::App;
use crate::auth::TokenScope;
use crate::clock::Clock;
use crate::error::{Error, Result};

/// How many failed attempts one address may make in a minute.
const FAILURES: NonZeroU32 = NonZeroU32::new(120).unwrap();
/// If there are more addresses than this, those without recent attempts are removed.
const MAX_ADDRESSES: usize = 10_000;

/// Limits failed attempts for each client address, so that tokens cannot be guessed.
pub struct FailedAuthLimiter(
    RateLimiter<String, DashMapStateStore<String>, SinceEpoch, NoOpMiddleware<Duration>>,
);

/// The clock of the service, as the limiter takes it.
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
    /// A limiter without any attempts.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_minute(FAILURES);
        Self(RateLimiter::dashmap_with_clock(quota, SinceEpoch(clock)))
    }

    /// Counts a failed attempt from `peer`.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] if there were too many.
    pub fn count_failure(&self, peer: &str) -> Result<()> {
        if self.0.len() > MAX_ADDRESSES {
            self.0.retain_recent();
        }
        self.0
            .check_key(&peer.to_owned())
            .map_err(|_| Error::TooManyRequests)
    }
}

/// The client address, from `X-Forwarded-For` if the proxy is trusted. An IPv6 address is cut to its /64 network.
#[must_use]
pub fn peer(request: &HttpRequest, trust_proxy: bool) -> String {
    let named = request
        .headers()
        .get("x-forwarded-for")
        .filter(|_| trust_proxy)
        .and_then(|value| value.to_str().ok())
        // The trusted proxy appends the address; the client can forge those before it.
        .and_then(|value| value.rsplit(',').next())
        .and_then(|text| text.trim().parse::<IpAddr>().ok());
    match named.or_else(|| request.peer_addr().map(|peer| peer.ip())) {
        Some(IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => String::new(),
    }
}

/// Refuses unsafe cross-site requests of browsers (`Sec-Fetch-Site`).
pub async fn same_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let site = request
        .headers()
        .get("sec-fetch-site")
        .and_then(|site| site.to_str().ok());
    let is_cross_site = !request.method().is_safe()
        && !matches!(site, None | Some("same-origin" | "same-site" | "none"))
        && request.headers().get(header::AUTHORIZATION).is_none();
    if is_cross_site {
        return Err(Error::Forbidden("this is a cross-site request").into());
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Pages load nothing from other sites and cannot be framed.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers of every response, except those the handler has set.
#[must_use]
pub fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add((header::X_FRAME_OPTIONS, "DENY"))
        .add((header::CACHE_CONTROL, "no-cache, private"))
        .add((header::CONTENT_SECURITY_POLICY, CONTENT_POLICY))
}

/// The name of the route in the log, for requests without a matched pattern.
pub struct Route(pub &'static str);

/// Gives each request an id and logs it with the route instead of the path, which may contain a secret.
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
    let route = response
        .request()
        .extensions()
        .get()
        .map(|Route(name)| *name);
    let route = route
        .map(str::to_owned)
        .or_else(|| response.request().match_pattern())
        .unwrap_or_else(|| "unknown".to_owned());
    let scope = response.request().extensions().get::<TokenScope>().copied();
    let status = response.status().as_u16();
    let seconds = began.elapsed().as_secs_f64();
    let millis = (seconds * 1000.0).round();
    let cooperation = scope.map(|scope| tracing::field::display(scope.cooperation));
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
