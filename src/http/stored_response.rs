//! Responses to changes. Under an idempotency key they are stored in the same transaction, so that a
//! repetition of the request gets the same response.
use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use chrono::TimeDelta;
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::body::IdempotencyKey;
use super::dry_run::DryRun;
use crate::auth::Author;
use crate::db::schema::idempotency_keys;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};
use crate::meetings::PlanDifference;
use crate::notifications::notice::check_mails;
use crate::{App, Tx};

/// How long a response is stored under its idempotency key.
const RETENTION: TimeDelta = TimeDelta::hours(24);

/// A response that can be stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, PartialEq, Eq)]
#[diesel(table_name = idempotency_keys)]
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

    /// 200 with `value` as JSON.
    pub fn ok(value: &impl Serialize) -> Result<Self> {
        Self::new(StatusCode::OK, value)
    }

    /// 201 with `value` as JSON; `location` is its path below `/api/v1`.
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

    /// With the turns that the change has moved, as `difference` of a JSON object.
    fn with_difference(mut self, difference: &PlanDifference) -> Result<Self> {
        if difference.is_empty() {
            return Ok(self);
        }
        let error = |error: serde_json::Error| Error::Internal(error.into());
        if let Ok(Value::Object(mut body)) = serde_json::from_str(&self.body) {
            let difference = serde_json::to_value(difference).map_err(error)?;
            body.entry("difference").or_insert(difference);
            self.body = Value::Object(body).to_string();
        }
        Ok(self)
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

/// 204.
impl From<()> for StoredResponse {
    fn from((): ()) -> Self {
        Self::nothing()
    }
}

impl Responder for StoredResponse {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = u16::try_from(self.status)
            .ok()
            .and_then(|code| StatusCode::from_u16(code).ok());
        let mut response = HttpResponse::build(status.unwrap_or(StatusCode::OK));
        if status == Some(StatusCode::CREATED) {
            // It may have the secret of a token or of a feed.
            response.insert_header((header::CACHE_CONTROL, "no-store"));
        }
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
    /// Makes a change on behalf of `who`, as [`App::write_in`] does, and stores the response under the idempotency
    /// key in the same transaction. The response of a dry run says what the change would do, and nothing is changed.
    ///
    /// # Errors
    /// Whatever `work` returns; [`Error::Conflict`] if the key was used for another request.
    pub async fn change<P: Author, R: Into<StoredResponse>>(
        &self,
        who: P,
        idempotency_key: IdempotencyKey,
        work: impl Fn(&mut Tx, &P) -> Result<R> + Send + Sync + 'static,
    ) -> Result<StoredResponse> {
        let cooperation = who.changes();
        if who.is_dry_run() {
            let tried = move |tx: &mut Tx| {
                work(tx, &who)?;
                StoredResponse::ok(&DryRun {
                    difference: tx.difference()?,
                })
            };
            return self.try_out_for(cooperation, tried).await;
        }
        self.write_for(cooperation, move |tx| {
            if let Some(stored) = stored(tx, &who, &idempotency_key)? {
                tx.unchanged();
                return Ok(stored);
            }
            let response: StoredResponse = work(tx, &who)?.into();
            check_mails(tx)?;
            let response = response.with_difference(&tx.difference()?)?;
            store(tx, &who, &idempotency_key, &response)?;
            Ok(response)
        })
        .await
    }
}

fn stored(
    tx: &mut Tx,
    who: &impl Author,
    idempotency_key: &IdempotencyKey,
) -> Result<Option<StoredResponse>> {
    let Some(key) = &idempotency_key.key else {
        return Ok(None);
    };
    let row: Option<(String, Instant, StoredResponse)> = idempotency_keys::table
        .filter(idempotency_keys::token_id.eq(who.token()))
        .filter(idempotency_keys::idempotency_key.eq(key))
        .select((
            idempotency_keys::fingerprint,
            idempotency_keys::created_at,
            StoredResponse::as_select(),
        ))
        .first(&mut **tx)
        .optional()?;
    match row {
        Some((_, stored_at, _)) if *stored_at + RETENTION <= *tx.now => {
            diesel::delete(idempotency_keys::table)
                .filter(idempotency_keys::token_id.eq(who.token()))
                .filter(idempotency_keys::idempotency_key.eq(key))
                .execute(&mut **tx)?;
            Ok(None)
        }
        Some((fingerprint, ..)) if fingerprint != idempotency_key.fingerprint => {
            Err(Error::conflict(
                "idempotency_key_reused",
                "this Idempotency-Key was used for another request",
            ))
        }
        Some((.., response)) => Ok(Some(response)),
        None => Ok(None),
    }
}

/// What the rows of `idempotency_keys` are identified by.
enum StoredResponseRow {}

fn store(
    tx: &mut Tx,
    who: &impl Author,
    idempotency_key: &IdempotencyKey,
    response: &StoredResponse,
) -> Result<()> {
    let Some(key) = &idempotency_key.key else {
        return Ok(());
    };
    let id: Id<StoredResponseRow> = tx.id();
    let now = tx.now;
    diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::id.eq(id),
            idempotency_keys::token_id.eq(who.token()),
            idempotency_keys::idempotency_key.eq(key),
            idempotency_keys::fingerprint.eq(&idempotency_key.fingerprint),
            response,
            idempotency_keys::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Deletes some of the responses whose time of retention is over, at most `limit`. Returns how many.
pub fn delete_expired(tx: &mut Tx, limit: i64) -> Result<usize> {
    let end = Instant::from(*tx.now - RETENTION);
    let expired: Vec<Id<()>> = idempotency_keys::table
        .filter(idempotency_keys::created_at.le(end))
        .order(idempotency_keys::created_at)
        .select(idempotency_keys::id)
        .limit(limit)
        .load(&mut **tx)?;
    Ok(diesel::delete(idempotency_keys::table)
        .filter(idempotency_keys::id.eq_any(expired))
        .execute(&mut **tx)?)
}
