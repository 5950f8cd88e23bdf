//! Pagination by keyset cursors, which stay correct when rows are added or removed.
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, Result};

/// The default of `limit`.
const DEFAULT_LIMIT: i64 = 50;
/// The maximum of `limit`.
const MAX_LIMIT: i64 = 200;

/// The query parameters of a paginated list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// The maximum number of items (1 to 200, default 50).
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next` of the previous page.
    pub cursor: Option<String>,
}

impl Paging {
    /// The maximum number of items.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `limit` is out of range.
    pub fn limit(&self) -> Result<i64> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(Error::invalid(
                "limit",
                "range",
                format!("must be 1 to {MAX_LIMIT}"),
            )),
        }
    }

    /// The sort key of the last item of the previous page; none for the first page.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the cursor cannot be decoded.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let key = BASE64URL_NOPAD
            .decode(cursor.as_bytes())
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match key {
            Some(key) => Ok(Some(key)),
            None => Err(Error::invalid(
                "cursor",
                "cursor",
                "must be `next` of a previous page",
            )),
        }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of `rows`, which must be one more than `limit` if another page follows.
    #[must_use]
    pub fn cut<K: Serialize>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).and_then(|last| {
            let key = serde_json::to_vec(&key(last)).ok()?;
            Some(BASE64URL_NOPAD.encode(&key))
        });
        Self { items: rows, next }
    }

    /// A short list as a single page.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// The page with each item converted.
    #[must_use]
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
