//! Makes the proofs of requests: from the access token, compared with the path.
use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::{
    Coordinator, Delegate, Grant, Operator, Reader, Role, Scope, TokenKeeper, Within, tokens,
};
use crate::App;
use crate::cooperations;
use crate::error::{Error, Result};
use crate::http::guard;

/// For the request log: the cooperation of the access token.
#[derive(Clone, Copy)]
pub struct TokenScope {
    /// The cooperation.
    pub cooperation: crate::db::Id<crate::cooperations::Cooperation>,
}

/// Middleware: checks the access token before anything else of a request is looked at, so that one that is not
/// valid is answered the same way everywhere, and counted.
pub(crate) async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    check_token(request.request()).await?;
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Finds out what the access token of a request grants, for the proofs that are extracted from it.
///
/// # Errors
/// [`Error::Unauthenticated`] if it has none that is valid.
pub async fn check_token(request: &HttpRequest) -> Result<()> {
    let grant = granted(request).await?;
    request.extensions_mut().insert(grant);
    Ok(())
}

/// What the access token of the request grants.
fn grant(request: &HttpRequest) -> Result<Grant> {
    let grant = request.extensions().get::<Grant>().cloned();
    let grant = grant.ok_or_else(|| anyhow::anyhow!("the request was not authenticated"))?;
    Ok(Grant {
        is_dry_run: is_dry_run(request)?,
        ..grant
    })
}

async fn granted(request: &HttpRequest) -> Result<Grant> {
    let app = app(request)?;
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
        return Ok(grant);
    }
    app.failed_auth
        .count_failure(&guard::peer(request, app.settings.trusted_proxies))?;
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

fn reader(request: &HttpRequest) -> Result<Reader> {
    let grant = grant(request)?;
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

fn delegate(request: &HttpRequest) -> Result<Delegate> {
    let reader = reader(request)?;
    match reader.grant.role {
        Role::Coordinator | Role::Delegate => Ok(Delegate(reader)),
        Role::Reader | Role::Operator => Err(Error::Forbidden("only delegates may do this")),
    }
}

fn coordinator(request: &HttpRequest) -> Result<Coordinator> {
    reader(request)?.coordinating()
}

fn operator(request: &HttpRequest) -> Result<Operator> {
    let grant = grant(request)?;
    match grant.role {
        Role::Operator => Ok(Operator {
            token: grant.token,
            is_dry_run: grant.is_dry_run,
        }),
        _ => Err(Error::Forbidden("only the operator may do this")),
    }
}

async fn token_keeper(request: HttpRequest) -> Result<TokenKeeper> {
    let grant = grant(&request)?;
    if grant.role != Role::Operator {
        let coordinator = coordinator(&request)?;
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
            type Future = Ready<Result<Self>>;
            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready($make(request))
            }
        })*
    };
}
extract! {
    Reader by reader;
    Delegate by delegate;
    Coordinator by coordinator;
    Operator by operator;
}

impl FromRequest for TokenKeeper {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(token_keeper(request.clone()))
    }
}
