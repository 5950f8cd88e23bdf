//! Makes the proofs of requests: from the access token, compared with the path.
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::{
    Coordinator, Delegate, Grant, Operator, Reader, Role, Scope, TokenKeeper, Within, tokens,
};
use crate::App;
use crate::cooperations;
use crate::error::{Error, Result};
use crate::http::guard;

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// For the request log: the cooperation of the access token.
#[derive(Clone, Copy)]
pub struct TokenScope {
    /// The cooperation.
    pub cooperation: crate::db::Id<crate::cooperations::Cooperation>,
}

async fn grant(request: HttpRequest) -> Result<Grant> {
    let app = app(&request)?;
    let secret = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, secret)| tokens::hash(secret.trim()));
    let Some(hash) = secret else {
        return Err(Error::Unauthenticated);
    };
    let now = app.clock.now();
    if let Some(grant) = app
        .db
        .read(move |conn| tokens::granted(conn, &hash, now))
        .await?
    {
        return Ok(Grant {
            is_dry_run: is_dry_run(&request)?,
            ..grant
        });
    }
    app.failed_auth
        .count_failure(&guard::peer(&request, app.settings.trust_proxy))?;
    Err(Error::Unauthenticated)
}

/// Whether a request that changes something is only to be tried out (`?dry_run=true`).
fn is_dry_run(request: &HttpRequest) -> Result<bool> {
    if request.method().is_safe() {
        return Ok(false);
    }
    let mut options = request.query_string().split('&');
    match options.find_map(|option| option.strip_prefix("dry_run=")) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid(
            "dry_run",
            "boolean",
            "must be true or false",
        )),
    }
}

fn app(request: &HttpRequest) -> Result<web::Data<App>> {
    let app = request.app_data::<web::Data<App>>().cloned();
    app.ok_or_else(|| Error::Internal(anyhow::anyhow!("the service has no App")))
}

/// Whether `named` (a slug or an id, from the path) is the cooperation of the token.
fn is_named(within: &Within, named: &str) -> bool {
    named == within.slug || named == within.cooperation.to_string()
}

async fn reader(request: HttpRequest) -> Result<Reader> {
    let grant = grant(request.clone()).await?;
    let within = grant.within.clone().ok_or(Error::NotFound)?;
    if request
        .match_info()
        .get("coop")
        .is_some_and(|named| !is_named(&within, named))
    {
        return Err(Error::NotFound);
    }
    request.extensions_mut().insert(TokenScope {
        cooperation: within.cooperation,
    });
    Ok(Reader { grant, within })
}

async fn delegate(request: HttpRequest) -> Result<Delegate> {
    let reader = reader(request).await?;
    match reader.grant.role {
        Role::Coordinator | Role::Delegate => Ok(Delegate(reader)),
        Role::Reader | Role::Operator => Err(Error::Forbidden("only delegates may do this")),
    }
}

async fn coordinator(request: HttpRequest) -> Result<Coordinator> {
    let reader = reader(request).await?;
    reader.coordinating()
}

async fn operator(request: HttpRequest) -> Result<Operator> {
    let grant = grant(request).await?;
    match grant.role {
        Role::Operator => Ok(Operator {
            token: grant.token,
            is_dry_run: grant.is_dry_run,
        }),
        _ => Err(Error::Forbidden("only the operator may do this")),
    }
}

async fn token_keeper(request: HttpRequest) -> Result<TokenKeeper> {
    let grant = grant(request.clone()).await?;
    if grant.role != Role::Operator {
        let coordinator = coordinator(request).await?;
        let cooperation = coordinator.cooperation();
        return Ok(TokenKeeper {
            token: grant.token,
            cooperation,
            is_dry_run: grant.is_dry_run,
        });
    }
    let named = request
        .match_info()
        .get("coop")
        .unwrap_or_default()
        .to_owned();
    let app = app(&request)?;
    let cooperation = app
        .db
        .read(move |conn| cooperations::store::named(conn, &named))
        .await?
        .id;
    Ok(TokenKeeper {
        token: grant.token,
        cooperation,
        is_dry_run: grant.is_dry_run,
    })
}

macro_rules! extract {
    ($($proof:ident by $make:ident;)*) => {
        $(impl FromRequest for $proof {
            type Error = Error;
            type Future = Extraction<Self>;
            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                Box::pin($make(request.clone()))
            }
        })*
    };
}
extract! {
    Reader by reader;
    Delegate by delegate;
    Coordinator by coordinator;
    Operator by operator;
    TokenKeeper by token_keeper;
}
