//! Middleware: refuses cross-site requests, sets security headers, writes the request log; and the
//! limit on failed authentication.
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::{DefaultHeaders, Next};
use actix_web::{HttpMessage, HttpRequest, web};
use chrono::DateTime;
use futures_util::{StreamExt as _, stream};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::time::timeout_at;
use tracing::Instrument;

use crate::App;
use crate::auth::TokenScope;
use crate::clock::Clock;
use crate::error::{Error, Excess, Result};

/// How many failed attempts one address may make in a minute.
const FAILURES: NonZeroU32 = NonZeroU32::new(120).unwrap();
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);
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
    /// [`Error::TooMany`] if there were too many.
    pub fn count_failure(&self, peer: &str) -> Result<()> {
        if self.0.len() > MAX_ADDRESSES {
            self.0.retain_recent();
        }
        self.0
            .check_key(&peer.to_owned())
            .map_err(|_| Error::TooMany(Excess::Attempts))
    }
}

/// The client address: with trusted proxies, the one that the first of them has appended to `X-Forwarded-For`,
/// whose lines count as one list (RFC 9110 section 5.3). What stands before it was sent by the client. An IPv6
/// address is cut to its /64 network.
#[must_use]
pub fn peer(request: &HttpRequest, trusted_proxies: usize) -> String {
    let appended: Vec<_> = request
        .headers()
        .get_all("x-forwarded-for")
        .flat_map(|line| line.to_str().unwrap_or_default().split(','))
        .collect();
    let named = trusted_proxies
        .checked_sub(1)
        .and_then(|before| appended.into_iter().rev().nth(before))
        .and_then(|text| text.trim().parse::<IpAddr>().ok());
    match named.or_else(|| request.peer_addr().map(|peer| peer.ip())) {
        Some(IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => String::new(),
    }
}

/// Limits how long the body of a request may take to arrive.
pub async fn body_in_time(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let headers = request.headers();
    if headers.contains_key(header::CONTENT_LENGTH)
        || headers.contains_key(header::TRANSFER_ENCODING)
    {
        let end = tokio::time::Instant::now() + BODY_TIME;
        let rest = stream::unfold(request.take_payload(), move |mut payload| async move {
            let part = match timeout_at(end, payload.next()).await {
                Ok(part) => part?,
                Err(late) => Err(PayloadError::Io(late.into())),
            };
            Some((part, payload))
        });
        request.set_payload(Payload::Stream {
            payload: Box::pin(rest),
        });
    }
    Ok(next.call(request).await?.map_into_boxed_body())
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
