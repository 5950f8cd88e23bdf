//! A cache of response bodies, valid as long as nothing in their cooperation changes.
//!
//! Every change increments the generation of the cooperation, and authentication reads the current
//! generation for every request, so a cached response is never stale. A response that depends on the
//! time changes at full minutes only, because meetings begin and end at full minutes.
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
use crate::people::ReaderKind;

/// The size of the cache in bytes.
const CAPACITY: u64 = 8 * 1024 * 1024;

/// The bytes of a response with its strong `ETag`.
#[derive(Clone)]
pub struct CachedResponse {
    /// The body.
    pub bytes: web::Bytes,
    /// A digest of the body, in quotes.
    pub etag: Arc<str>,
}

impl CachedResponse {
    /// A response with this body.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes);
        let etag = format!("\"{}\"", HEXLOWER.encode(&digest[..16])).into();
        Self {
            // Without the spare capacity of the vector.
            bytes: bytes.into_boxed_slice().into(),
            etag,
        }
    }

    /// The response, or 304 if the client has it already (`If-None-Match`, RFC 9110 section 13.1.2).
    #[must_use]
    pub fn respond(&self, request: &HttpRequest, content_type: &'static str) -> HttpResponse {
        let is_known = request
            .headers()
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|tags| {
                tags.split(',')
                    .map(str::trim)
                    .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == &*self.etag)
            });
        let mut response = if is_known {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response.insert_header((header::ETAG, &*self.etag));
        if is_known {
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
    reader: ReaderKind,
}

#[derive(Clone)]
struct Entry {
    generation: i64,
    minute: i64,
    response: CachedResponse,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Entry> for ByBytes {
    fn weight(&self, key: &Key, entry: &Entry) -> u64 {
        (key.target.len() + entry.response.bytes.len() + 200) as u64
    }
}

/// The cache; entries that are rarely used are evicted first.
pub struct Cache(Lru<Key, Entry, ByBytes>);

impl Default for Cache {
    fn default() -> Self {
        Self(Lru::with_weighter(1000, CAPACITY, ByBytes))
    }
}

impl App {
    /// Answers a GET request whose JSON depends only on its address, the preferred language, what the reader sees of
    /// agendas, the minute and the data of the cooperation.
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
            reader: who.reader_kind(),
        };
        let minute = self.clock.now().timestamp().div_euclid(60);
        let generation = who.generation();
        let response = match self.cache.0.get(&key) {
            Some(entry) if entry.generation == generation && entry.minute == minute => {
                entry.response
            }
            _ => {
                let read = move |conn: &mut DbConn| {
                    serde_json::to_vec(&read(conn, &who)?)
                        .map_err(|error| Error::Internal(error.into()))
                };
                let response = CachedResponse::new(self.db.read(read).await?);
                self.cache.0.insert(
                    key,
                    Entry {
                        generation,
                        minute,
                        response: response.clone(),
                    },
                );
                response
            }
        };
        Ok(response.respond(request, "application/json"))
    }
}
