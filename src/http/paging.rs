//! Lists by pages: keyset cursors, which stay right while rows come and go.
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, Result};

/// How many items a page has if the asker does not say.
const PAGE: i64 = 50;
/// How many items a page has at most.
const MAX_PAGE: i64 = 200;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// How many items at most (1 to 200; 50 if left out).
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    pub limit: Option<i64>,
    /// Where to go on: `next` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl Paging {
    /// How many items the page has at most.
    ///
    /// # Errors
    /// If `limit` is out of bounds.
    pub fn limit(&self) -> Result<i64> {
        match self.limit.unwrap_or(PAGE) {
            limit @ 1..=MAX_PAGE => Ok(limit),
            _ => Err(Error::invalid(
                "limit",
                "range",
                format!("must be 1 to {MAX_PAGE}"),
            )),
        }
    }

    /// The sort key of the last item of the page before, if there was one.
    ///
    /// # Errors
    /// If the cursor is none of ours.
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
                "must be `next` of an earlier page",
            )),
        }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` of `rows`, of which there is one more if another page follows.
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

    /// A list that is short by its nature, as one page.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// The same page of something else.
    #[must_use]
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
