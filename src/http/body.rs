//! What a request brings, checked: bodies, revisions and idempotency keys.
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use data_encoding::HEXLOWER;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::shape;
use crate::error::{Error, Result};
use crate::i18n::Language;

/// The most bytes a request's body may have.
pub const MAX_BODY: usize = 128 * 1024;
/// The most bytes a file may have that is sent to be imported.
pub const MAX_UPLOAD: usize = 1024 * 1024;

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// A POST: what is asked, and the key under which it is done once.
pub struct PostBody<T> {
    /// What is asked.
    pub input: T,
    /// How a repetition is known.
    pub once: IdempotencyKey,
    /// The revision the asker has seen, where it is about one thing that has revisions.
    pub seen: ExpectedRevision,
}

/// A PATCH, PUT or DELETE: what is asked, and of which revision.
pub struct PatchBody<T> {
    /// What is asked.
    pub input: T,
    /// The revision the asker has seen.
    pub seen: ExpectedRevision,
}

/// A POST of a file that is imported.
pub struct Upload {
    /// What kind of file it is.
    pub kind: UploadKind,
    /// What stands in it.
    pub text: String,
    /// How a repetition is known.
    pub once: IdempotencyKey,
}

/// What kind of file is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadKind {
    /// A table, `text/csv` (RFC 4180).
    Csv,
    /// A calendar, `text/calendar` (RFC 5545).
    Calendar,
}

/// The body of a request that needs none.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EmptyBody {}

/// How a repeated request is known again.
#[derive(Debug, Clone, Default)]
pub struct IdempotencyKey {
    /// The key, if one was sent.
    pub key: Option<String>,
    /// What the key stands for: method, address and body.
    pub fingerprint: String,
}

/// The revision that an `If-Match` header names; by default none was named.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExpectedRevision(Option<i32>);

impl ExpectedRevision {
    /// # Errors
    /// [`Error::Stale`] if the asker has seen another revision than `current`.
    pub fn check(self, current: i32) -> Result<()> {
        match self.0 {
            Some(seen) if seen != current => Err(Error::Stale),
            _ => Ok(()),
        }
    }
}

/// Header of requests that make something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "stands for the header in the API's document")]
pub struct IdempotencyKeyHeader {
    /// A key of your choice (at most 255 visible ASCII characters): the same key with the same
    /// request gets the same answer for 24 hours, and is done once.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    idempotency_key: Option<String>,
}

/// Header of requests that change something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "stands for the header in the API's document")]
pub struct IfMatchHeader {
    /// The `ETag` of what you have seen; refused with 412 if it was changed since.
    #[param(rename = "If-Match", pattern = "^\"[0-9]{1,9}\"$")]
    if_match: Option<String>,
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for PostBody<T> {
    type Error = Error;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (key, seen) = (idempotency_key(request), seen(request));
        let named = format!("{} {}\n", request.method(), request.uri());
        let bytes = body(request, payload);
        Box::pin(async move {
            let bytes = bytes.await?;
            Ok(Self {
                seen: seen?,
                input: parse(&bytes)?,
                once: IdempotencyKey::of(key?, &named, &bytes),
            })
        })
    }
}

impl IdempotencyKey {
    fn of(key: Option<String>, named: &str, body: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(named)
            .chain_update(body)
            .finalize();
        Self {
            key,
            fingerprint: HEXLOWER.encode(&digest),
        }
    }
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let key = idempotency_key(request);
        let named = format!("{} {}\n", request.method(), request.uri());
        let encoded = request.headers().contains_key(header::CONTENT_ENCODING);
        let kind = match request.mime_type() {
            Ok(Some(mime)) if mime.essence_str() == "text/csv" => Some(UploadKind::Csv),
            Ok(Some(mime)) if mime.essence_str() == "text/calendar" => Some(UploadKind::Calendar),
            _ => None,
        };
        let mut payload = payload.take();
        Box::pin(async move {
            let Some(kind) = kind.filter(|_| !encoded) else {
                return Err(Error::invalid(
                    "Content-Type",
                    "media_type",
                    "must be text/csv or text/calendar",
                ));
            };
            let mut bytes = Vec::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|_| did_not_arrive())?;
                if bytes.len() + chunk.len() > MAX_UPLOAD {
                    return Err(Error::TooLarge);
                }
                bytes.extend_from_slice(&chunk);
            }
            let once = IdempotencyKey::of(key?, &named, &bytes);
            let text = String::from_utf8(bytes)
                .map_err(|_| Error::invalid("body", "encoding", "must be UTF-8"))?;
            Ok(Self { kind, text, once })
        })
    }
}

fn did_not_arrive() -> Error {
    Error::Malformed("the body did not arrive whole".to_owned())
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for PatchBody<T> {
    type Error = Error;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let seen = seen(request);
        let bytes = body(request, payload);
        Box::pin(async move {
            let bytes = bytes.await?;
            Ok(Self {
                seen: seen?,
                input: parse(&bytes)?,
            })
        })
    }
}

/// The language in which the asker wants to read (`Accept-Language`); `default` without a wish.
#[must_use]
pub fn wanted_language(request: &HttpRequest, default: Language) -> Language {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
    Language::from_accept_language(accepted.and_then(|value| value.to_str().ok()), default)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>> {
    let Some(value) = request.headers().get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(key.to_owned()));
    }
    Err(Error::invalid(
        "Idempotency-Key",
        "length",
        "must be 1 to 255 visible ASCII characters",
    ))
}

fn seen(request: &HttpRequest) -> Result<ExpectedRevision> {
    let Some(value) = request.headers().get(header::IF_MATCH) else {
        return Ok(ExpectedRevision(None));
    };
    let tag = value.to_str().unwrap_or_default();
    if tag == "*" {
        return Ok(ExpectedRevision(None));
    }
    let revision = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    match revision.and_then(|text| text.parse().ok()) {
        Some(revision) => Ok(ExpectedRevision(Some(revision))),
        None => Err(Error::invalid(
            "If-Match",
            "etag",
            "must be the ETag of an earlier answer",
        )),
    }
}

/// The bytes of a JSON body; none at all is fine.
fn body(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<web::Bytes>> + use<> {
    let encoded = request.headers().contains_key(header::CONTENT_ENCODING);
    let is_json =
        matches!(request.mime_type(), Ok(Some(mime)) if mime.essence_str() == "application/json");
    let bytes = web::Bytes::from_request(request, payload);
    async move {
        let bytes = bytes
            .await
            .map_err(|error| match error.as_response_error().status_code() {
                actix_web::http::StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
                _ => did_not_arrive(),
            })?;
        if encoded || (!bytes.is_empty() && !is_json) {
            return Err(Error::UnsupportedMediaType);
        }
        Ok(bytes)
    }
}

/// A checked `T` from JSON; an empty body counts as `{}`.
fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T> {
    let text = if bytes.is_empty() { b"{}" } else { bytes };
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| Error::Malformed(format!("the body is not JSON: {error}")))?;
    shape::parse(value)
}

/// Tells a field that is left out (no change) from one that is `null` (taken away).
///
/// # Errors
/// If the value is of another type.
pub fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
