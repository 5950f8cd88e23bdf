//! Extractors of request bodies and of the headers that go with them.
use std::cmp::Reverse;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{self, AcceptLanguage, Header as _, Preference, Quality};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use data_encoding::HEXLOWER;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{collect_errors, json};
use crate::error::{Error, Result};
use crate::i18n::Language;

/// The most bytes a request's body may have.
pub const MAX_BODY: usize = 128 * 1024;
/// The most bytes a file may have that is sent to be imported.
pub const MAX_UPLOAD: usize = 1024 * 1024;

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// A validated JSON body, with the idempotency key of a POST request.
pub struct PostBody<T> {
    /// The body.
    pub input: T,
    /// Recognises a repetition of the request. Requests of other methods can be repeated anyway and have none.
    pub key: IdempotencyKey,
    /// `If-Match`, for requests that act on an existing resource.
    pub expected: ExpectedRevision,
}

/// A validated JSON body of a PATCH, PUT or DELETE request.
pub struct PatchBody<T> {
    /// The body.
    pub input: T,
    /// `If-Match`.
    pub expected: ExpectedRevision,
}

/// A POST request whose body is a file to import.
pub struct Upload {
    /// The format of the file.
    pub kind: UploadKind,
    /// The content of the file.
    pub text: String,
    /// Recognises a repetition of the request.
    pub key: IdempotencyKey,
}

/// The format of a file that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadKind {
    /// A table, `text/csv` (RFC 4180).
    Csv,
    /// A calendar, `text/calendar` (RFC 5545).
    Calendar,
}

/// The body of a request that takes no input.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EmptyBody {}

/// What recognises a repetition of a request.
#[derive(Debug, Clone, Default)]
pub struct IdempotencyKey {
    /// The value of `Idempotency-Key`, if the request has this header.
    pub key: Option<String>,
    /// A digest of method, address and body: a key may be used for one request only.
    pub fingerprint: String,
}

/// The revision in an `If-Match` header (RFC 9110 section 13.1.1); none by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExpectedRevision(Option<i32>);

impl ExpectedRevision {
    /// Every function that takes an expected revision makes this check.
    ///
    /// # Errors
    /// [`Error::Stale`] if the client expects another revision than `current`.
    pub fn check(self, current: i32) -> Result<()> {
        if self.0.is_some_and(|expected| expected != current) {
            return Err(Error::Stale);
        }
        Ok(())
    }
}

/// The header of requests that create something, in the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the header")]
pub struct IdempotencyKeyHeader {
    /// A key of your choice (at most 255 visible ASCII characters). For 24 hours, a repetition of the
    /// request with the same key is not carried out again but gets the same response.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    key: Option<String>,
}

/// The header of requests that change something, in the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the header")]
pub struct IfMatchHeader {
    /// An `ETag` of the resource. If the resource has changed since, the request fails with 412.
    #[param(rename = "If-Match", pattern = "^\"[0-9]{1,9}\"$")]
    if_match: Option<String>,
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for PostBody<T> {
    type Error = Error;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, bytes) = (request.clone(), body(request, payload));
        Box::pin(async move {
            let bytes = bytes.await?;
            Ok(Self {
                expected: expected_revision(&request)?,
                input: parse(&bytes)?,
                key: if request.method() == Method::POST {
                    IdempotencyKey::of(&request, &bytes)?
                } else {
                    IdempotencyKey::default()
                },
            })
        })
    }
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for PatchBody<T> {
    type Error = Error;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, bytes) = (request.clone(), body(request, payload));
        Box::pin(async move {
            let bytes = bytes.await?;
            Ok(Self {
                expected: expected_revision(&request)?,
                input: parse(&bytes)?,
            })
        })
    }
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Payload::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move {
            let encoded = request.headers().contains_key(header::CONTENT_ENCODING);
            let kind = match request.mime_type() {
                _ if encoded => None,
                Ok(Some(mime)) if mime.essence_str() == "text/csv" => Some(UploadKind::Csv),
                Ok(Some(mime)) if mime.essence_str() == "text/calendar" => {
                    Some(UploadKind::Calendar)
                }
                _ => None,
            };
            let Some(kind) = kind else {
                return Err(Error::invalid(
                    "Content-Type",
                    "media_type",
                    "must be text/csv or text/calendar",
                ));
            };
            let payload = body.map_err(|_| incomplete())?;
            let bytes = payload.to_bytes_limited(MAX_UPLOAD).await;
            let bytes = bytes.map_err(|_| Error::TooLarge)?;
            let bytes = bytes.map_err(|_| incomplete())?;
            let key = IdempotencyKey::of(&request, &bytes)?;
            let text = String::from_utf8(bytes.into())
                .map_err(|_| Error::invalid("body", "encoding", "must be UTF-8"))?;
            Ok(Self { kind, text, key })
        })
    }
}

fn incomplete() -> Error {
    Error::Malformed("the body is incomplete".to_owned())
}

impl IdempotencyKey {
    /// # Errors
    /// [`Error::Invalid`] if the header is not as it has to be.
    fn of(request: &HttpRequest, body: &[u8]) -> Result<Self> {
        let key = match request.headers().get("idempotency-key") {
            None => None,
            Some(value) => {
                let key = value.to_str().unwrap_or_default();
                let is_valid = (1..=255).contains(&key.len())
                    && key.bytes().all(|byte| byte.is_ascii_graphic());
                if !is_valid {
                    return Err(Error::invalid(
                        "Idempotency-Key",
                        "length",
                        "must be 1 to 255 visible ASCII characters",
                    ));
                }
                Some(key.to_owned())
            }
        };
        let digest = Sha256::new()
            .chain_update(format!("{} {}\n", request.method(), request.uri()))
            .chain_update(body)
            .finalize();
        Ok(Self {
            key,
            fingerprint: HEXLOWER.encode(&digest),
        })
    }
}

/// The language that the client prefers (`Accept-Language`, RFC 9110 section 12.5.4); `default` where
/// the header is missing, malformed, or names none of ours.
#[must_use]
pub fn wanted_language(request: &HttpRequest, default: Language) -> Language {
    let Ok(AcceptLanguage(ranges)) = AcceptLanguage::parse(request) else {
        return default;
    };
    let ranges = ranges.into_iter().filter_map(|range| {
        let language = match range.item {
            Preference::Any => None,
            Preference::Specific(tag) => {
                Some(tag.primary_language().to_ascii_lowercase().parse().ok()?)
            }
        };
        Some((range.quality, language))
    });
    let mut ranges: Vec<(Quality, Option<Language>)> = ranges.collect();
    // Stable: what is preferred equally stays in the order of the header.
    ranges.sort_by_key(|(quality, _)| Reverse(*quality));
    let is_named = |language| ranges.iter().any(|(_, named)| *named == Some(language));
    // A wildcard stands for the languages that the header does not name (RFC 4647 section 3.3.1).
    let wildcard = || {
        let mut languages = std::iter::once(default).chain(Language::ALL.iter().copied());
        languages.find(|language| !is_named(*language))
    };
    let mut acceptable = ranges
        .iter()
        .filter(|(quality, _)| *quality > Quality::ZERO);
    let preferred = acceptable.find_map(|(_, language)| language.or_else(wildcard));
    preferred.unwrap_or(default)
}

fn expected_revision(request: &HttpRequest) -> Result<ExpectedRevision> {
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
            "must be an ETag of this resource",
        )),
    }
}

/// The bytes of a JSON body, which may be empty.
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
                _ => incomplete(),
            })?;
        if encoded || (!bytes.is_empty() && !is_json) {
            return Err(Error::UnsupportedMediaType);
        }
        Ok(bytes)
    }
}

/// A validated `T` from JSON; an empty body counts as `{}`.
fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T> {
    let text = if bytes.is_empty() { b"{}" } else { bytes };
    let value = json::parse(text)
        .map_err(|error| Error::Malformed(format!("the body is not JSON: {error}")))?;
    collect_errors::parse(value)
}

/// Distinguishes a field that is left out (no change) from one that is `null` (removed).
pub fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
