//! Answers kept as bytes, given again as long as nothing in their cooperation has changed.
//!
//! Every change moves the cooperation's generation on, and every request learns the generation with
//! the token it shows, so a kept answer is never stale. What depends on the time does so by whole
//! minutes, because meetings begin and end at whole minutes.
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use data_encoding::HEXLOWER;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Lru;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::body::wanted_language;
use crate::App;
use crate::auth::{Reader, Scope};
use crate::cooperations::Cooperation;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::i18n::Language;

/// How many bytes of answers are kept.
const CAPACITY: u64 = 8 * 1024 * 1024;

/// An answer as bytes with its strong `ETag`.
#[derive(Clone)]
pub struct CachedResponse {
    /// The answer.
    pub bytes: web::Bytes,
    /// A digest of the answer, in quotes.
    pub etag: Arc<str>,
}

impl CachedResponse {
    /// Keeps `bytes`.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes);
        let etag = format!("\"{}\"", HEXLOWER.encode(&digest[..16])).into();
        Self {
            // Without the room to grow that a finished answer has no use for.
            bytes: bytes.into_boxed_slice().into(),
            etag,
        }
    }

    /// The answer, or 304 if the asker has it.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest, content_type: &'static str) -> HttpResponse {
        let has_it = request
            .headers()
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|tags| {
                tags.split(',')
                    .map(str::trim)
                    .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == &*self.etag)
            });
        let mut response = if has_it {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response.insert_header((header::ETAG, &*self.etag));
        if has_it {
            return response.finish();
        }
        response.content_type(content_type).body(self.bytes.clone())
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    cooperation: Id<Cooperation>,
    target: String,
    language: Language,
}

#[derive(Clone)]
struct Entry {
    generation: i64,
    minute: i64,
    kept: CachedResponse,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Entry> for ByBytes {
    fn weight(&self, key: &Key, entry: &Entry) -> u64 {
        (key.target.len() + entry.kept.bytes.len() + 200) as u64
    }
}

/// Kept answers, the least used forgotten first.
pub struct Cache(Lru<Key, Entry, ByBytes>);

impl Default for Cache {
    fn default() -> Self {
        Self(Lru::with_weighter(1000, CAPACITY, ByBytes))
    }
}

impl App {
    /// Answers a GET whose JSON depends on nothing but its address, the language asked for, the
    /// minute, and what is in the cooperation.
    ///
    /// # Errors
    /// Whatever `read` returns.
    pub async fn cached<T: Serialize + 'static>(
        &self,
        who: Reader,
        request: &HttpRequest,
        read: impl FnOnce(&mut DbConn, &Reader) -> Result<T> + Send + 'static,
    ) -> Result<HttpResponse> {
        let key = Key {
            cooperation: who.cooperation(),
            target: request.uri().to_string(),
            language: wanted_language(request, who.language()),
        };
        let minute = self.clock.now().timestamp().div_euclid(60);
        let generation = who.generation();
        let kept = match self.cache.0.get(&key) {
            Some(entry) if entry.generation == generation && entry.minute == minute => entry.kept,
            _ => {
                let read = move |conn: &mut DbConn| {
                    serde_json::to_vec(&read(conn, &who)?)
                        .map_err(|error| Error::Internal(error.into()))
                };
                let kept = CachedResponse::new(self.db.read(read).await?);
                self.cache.0.insert(
                    key,
                    Entry {
                        generation,
                        minute,
                        kept: kept.clone(),
                    },
                );
                kept
            }
        };
        Ok(kept.respond(request, "application/json"))
    }
}
