//! What most handlers of the API have in common: a change by somebody, a list, and an id in the path.
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::body::{EmptyBody, PostBody, wanted_language};
use super::paging::{Page, Paging};
use super::stored_response::StoredResponse;
use crate::auth::{Author, Reader};
use crate::db::{DbConn, Id};
use crate::error::Result;
use crate::i18n::Language;
use crate::{App, Tx};

/// A request that changes something: who makes the change, and its validated body.
pub struct Change<P, T = EmptyBody> {
    /// The service.
    pub app: web::Data<App>,
    /// Who makes the change.
    pub who: P,
    /// The body, with the headers that go with it.
    pub body: PostBody<T>,
    request: HttpRequest,
}

impl<P, T> FromRequest for Change<P, T>
where
    P: FromRequest + 'static,
    T: DeserializeOwned + Validate + 'static,
{
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = <(web::Data<App>, P, PostBody<T>)>::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            // The path is looked at first: what has no id that could be one is not found, whatever the body says.
            tokio::task::yield_now().await;
            let (app, who, body) = parts.await?;
            Ok(Self {
                app,
                who,
                body,
                request,
            })
        })
    }
}

impl<P: Deref<Target = Reader>, T> Change<P, T> {
    /// The language in which the client wants the response.
    #[must_use]
    pub fn language(&self) -> Language {
        wanted_language(&self.request, self.who.language())
    }
}

impl<P: Author, T: Send + Sync + 'static> Change<P, T> {
    /// Makes the change ([`App::change`]).
    pub async fn run<R: Into<StoredResponse>>(
        mut self,
        work: impl Fn(&mut Tx, &P, &PostBody<T>) -> Result<R> + Send + Sync + 'static,
    ) -> Result<StoredResponse> {
        let key = std::mem::take(&mut self.body.key);
        let Self { app, who, body, .. } = self;
        app.change(who, key, move |tx, who| work(tx, who, &body))
            .await
    }
}

impl App {
    /// Answers with all rows of a short list.
    pub async fn list<P: Send + 'static, T: Send + 'static>(
        &self,
        who: P,
        read: impl FnOnce(&mut DbConn, &P) -> Result<Vec<T>> + Send + 'static,
    ) -> Result<web::Json<Page<T>>> {
        let rows = self.db.read(move |conn| read(conn, &who)).await?;
        Ok(web::Json(Page::whole(rows)))
    }

    /// Answers with one page of a list. `read` gets the key of the row before the page and the maximum number of
    /// rows, `key` is what the list is sorted by.
    ///
    /// # Errors
    /// Whatever `read` returns; [`Error::Invalid`] for a limit out of range or an unknown cursor.
    ///
    /// [`Error::Invalid`]: crate::error::Error::Invalid
    pub async fn page<P: Send + 'static, T: Send + 'static, K>(
        &self,
        who: P,
        paging: &Paging,
        read: impl FnOnce(&mut DbConn, &P, Option<K>, i64) -> Result<Vec<T>> + Send + 'static,
        key: impl Fn(&T) -> K,
    ) -> Result<web::Json<Page<T>>>
    where
        K: Serialize + DeserializeOwned + Send + 'static,
    {
        let (limit, after) = (paging.limit()?, paging.after()?);
        let read = move |conn: &mut DbConn| read(conn, &who, after, limit + 1);
        let rows = self.db.read(read).await?;
        Ok(web::Json(Page::cut(rows, limit, key)))
    }
}

/// A path with `{coop}` and `{id}`. Only the proof of the request says which cooperation it is.
#[derive(Deserialize)]
#[serde(bound = "")]
pub struct InCooperation<T: 'static> {
    /// The slug or id of the cooperation.
    pub coop: String,
    /// The id.
    pub id: Id<T>,
}
