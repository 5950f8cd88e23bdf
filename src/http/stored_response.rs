//! What a change answers, kept with the change so that a repeated request gets the same.
use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use chrono::TimeDelta;
use diesel::prelude::*;
use serde::Serialize;

use super::body::IdempotencyKey;
use crate::auth::Author;
use crate::db::schema::idempotency_keys;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::{App, Tx};

/// How long the answer to an idempotency key is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// An answer that can be kept.
#[derive(Debug, Clone, Queryable, PartialEq, Eq)]
pub struct StoredResponse {
    status: i32,
    etag: Option<String>,
    location: Option<String>,
    body: String,
}

impl StoredResponse {
    fn new(status: StatusCode, value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_string(value).map_err(|error| Error::Internal(error.into()))?;
        Ok(Self {
            status: status.as_u16().into(),
            etag: None,
            location: None,
            body,
        })
    }

    /// 200 with `value`.
    ///
    /// # Errors
    /// If `value` is no JSON.
    pub fn ok(value: &impl Serialize) -> Result<Self> {
        Self::new(StatusCode::OK, value)
    }

    /// 201 with `value`, which is found at `location` (a path below `/api/v1`).
    ///
    /// # Errors
    /// If `value` is no JSON.
    pub fn created(location: &str, value: &impl Serialize) -> Result<Self> {
        let location = Some(format!("/api/v1{location}"));
        Ok(Self {
            location,
            ..Self::new(StatusCode::CREATED, value)?
        })
    }

    /// 204.
    #[must_use]
    pub fn nothing() -> Self {
        let status = StatusCode::NO_CONTENT.as_u16().into();
        Self {
            status,
            etag: None,
            location: None,
            body: String::new(),
        }
    }

    /// With the `ETag` of a revision.
    #[must_use]
    pub fn revision(self, revision: i32) -> Self {
        Self {
            etag: Some(format!("\"{revision}\"")),
            ..self
        }
    }
}

impl Responder for StoredResponse {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = u16::try_from(self.status)
            .ok()
            .and_then(|code| StatusCode::from_u16(code).ok());
        let mut response = HttpResponse::build(status.unwrap_or(StatusCode::OK));
        if let Some(etag) = self.etag {
            response.insert_header((header::ETAG, etag));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if self.body.is_empty() {
            return response.finish();
        }
        response.content_type("application/json").body(self.body)
    }
}

impl App {
    /// Makes a change that `who` asks for, as [`App::write_in`] does, together with the kept answer to
    /// an idempotency key.
    ///
    /// # Errors
    /// Whatever `work` returns; a conflict if the key was used for another request.
    pub async fn change<P: Author>(
        &self,
        who: P,
        once: IdempotencyKey,
        work: impl Fn(&mut Tx, &P) -> Result<StoredResponse> + Send + Sync + 'static,
    ) -> Result<StoredResponse> {
        self.write_for(who.changes(), move |tx| {
            if let Some(known) = kept(tx, &who, &once)? {
                tx.unchanged();
                return Ok(known);
            }
            let reply = work(tx, &who)?;
            keep(tx, &who, &once, &reply)?;
            Ok(reply)
        })
        .await
    }
}

fn kept(tx: &mut Tx, who: &impl Author, once: &IdempotencyKey) -> Result<Option<StoredResponse>> {
    use idempotency_keys::{body, created_at, etag, fingerprint as print, location, status};
    let Some(key) = &once.key else {
        return Ok(None);
    };
    let row: Option<(String, Instant, StoredResponse)> = idempotency_keys::table
        .filter(idempotency_keys::token_id.eq(who.token()))
        .filter(idempotency_keys::idempotency_key.eq(key))
        .select((print, created_at, (status, etag, location, body)))
        .first(&mut **tx)
        .optional()?;
    match row {
        Some((_, kept_at, _)) if *kept_at + KEPT <= *tx.now => {
            diesel::delete(idempotency_keys::table)
                .filter(idempotency_keys::token_id.eq(who.token()))
                .filter(idempotency_keys::idempotency_key.eq(key))
                .execute(&mut **tx)?;
            Ok(None)
        }
        Some((fingerprint, ..)) if fingerprint != once.fingerprint => Err(Error::conflict(
            "idempotency_key_reused",
            "this Idempotency-Key was used for another request",
        )),
        Some((.., reply)) => Ok(Some(reply)),
        None => Ok(None),
    }
}

/// The key of a kept answer.
enum StoredResponseRow {}

fn keep(
    tx: &mut Tx,
    who: &impl Author,
    once: &IdempotencyKey,
    reply: &StoredResponse,
) -> Result<()> {
    let Some(key) = &once.key else { return Ok(()) };
    let id: Id<StoredResponseRow> = tx.id();
    let now = tx.now;
    diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::id.eq(id),
            idempotency_keys::token_id.eq(who.token()),
            idempotency_keys::idempotency_key.eq(key),
            idempotency_keys::fingerprint.eq(&once.fingerprint),
            idempotency_keys::status.eq(reply.status),
            idempotency_keys::etag.eq(&reply.etag),
            idempotency_keys::location.eq(&reply.location),
            idempotency_keys::body.eq(&reply.body),
            idempotency_keys::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Forgets answers that are kept long enough.
pub fn forget_kept(tx: &mut Tx) -> Result<usize> {
    let end = Instant::from(*tx.now - KEPT);
    Ok(diesel::delete(idempotency_keys::table)
        .filter(idempotency_keys::created_at.le(end))
        .execute(&mut **tx)?)
}
