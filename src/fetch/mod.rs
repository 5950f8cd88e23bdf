//! Fetches calendars from other servers, with protection against server-side request forgery.
//!
//! The URLs come from users. So a host name is resolved once, every address of it is checked, and only these
//! addresses are connected to, because another lookup could return different ones; each redirect is checked in
//! the same way. Proxies, cookies and compression are not supported.
mod places;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

pub use self::places::{Allowed, is_public};

/// The maximum duration of a fetch, including redirects.
pub const TIME_LIMIT: Duration = Duration::from_secs(20);
/// The maximum size of a body in octets.
pub const BODY_LIMIT: usize = 5 * 1024 * 1024;
/// The maximum number of redirects.
pub const REDIRECTS: usize = 3;
/// The maximum length of a URL.
pub const ADDRESS_LIMIT: usize = 2_000;
/// The maximum length of a validator; longer ones are ignored.
const VALIDATOR_LIMIT: usize = 200;

/// The validators of a response, for a conditional request (RFC 9110 section 13).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// The result of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The resource has not been modified.
    Unchanged,
    /// The resource.
    Text {
        /// The body.
        text: String,
        /// The validators.
        validators: Validators,
    },
}

/// Why a fetch failed. The messages never contain the URL, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL is not allowed or not valid.
    #[error("{0}")]
    Address(&'static str),
    /// The host, or that of a redirect, is in a network that is not allowed.
    #[error("this address leads into a network that may not be asked")]
    Forbidden,
    /// The host name cannot be resolved.
    #[error("the name of the server is not known")]
    UnknownName,
    /// No connection can be established.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The TLS handshake failed.
    #[error("the connection cannot be secured (TLS)")]
    Insecure,
    /// [`TIME_LIMIT`] is exceeded.
    #[error("the server takes longer than 20 seconds")]
    TooSlow,
    /// [`REDIRECTS`] is exceeded.
    #[error("there are more than 3 redirects")]
    TooManyRedirects,
    /// [`BODY_LIMIT`] is exceeded.
    #[error("the answer has more than 5 MB")]
    TooLarge,
    /// Another status than 200.
    #[error("the server answers with status {0}")]
    Status(u16),
    /// The response cannot be parsed or is not UTF-8.
    #[error("the answer cannot be read")]
    Unreadable,
}

impl FetchError {
    /// The name of the rule, for programs.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Forbidden => "forbidden_network",
            Self::UnknownName => "unknown_name",
            Self::Unreachable => "unreachable",
            Self::Insecure => "tls",
            Self::TooSlow => "too_slow",
            Self::TooManyRedirects => "redirects",
            Self::TooLarge => "too_large",
            Self::Status(_) => "status",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Parses and checks a URL, without resolving its host name: `https:`, or `webcal:`, which stands for it.
/// `http:` is allowed only for hosts in the settings.
///
/// # Errors
/// [`FetchError::Address`] or [`FetchError::Forbidden`].
pub fn address(text: &str, allowed: &Allowed) -> Result<Url, FetchError> {
    let text = text.trim();
    if text.len() > ADDRESS_LIMIT {
        return Err(FetchError::Address("must have at most 2000 characters"));
    }
    let secure = ["webcal://", "webcals://"].iter().find_map(|scheme| {
        let head = text.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme)
            .then(|| format!("https://{}", &text[scheme.len()..]))
    });
    let url = Url::parse(secure.as_deref().unwrap_or(text));
    let url = url.map_err(|_| FetchError::Address("must be an address such as https://…"))?;
    check(&url, allowed)?;
    Ok(url)
}

/// Checks a URL without resolving its host name.
fn check(url: &Url, allowed: &Allowed) -> Result<(), FetchError> {
    let host = url
        .host()
        .ok_or(FetchError::Address("must name a server"))?;
    let is_allowed = allowed.host(&host);
    match url.scheme() {
        "https" => {}
        "http" if is_allowed => {}
        _ => {
            return Err(FetchError::Address(
                "must be an https:// or webcal:// address",
            ));
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Address("must not have a user name or password"));
    }
    let ip = match host {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
        Host::Domain(_) => None,
    };
    match ip {
        Some(ip) if !is_allowed && !is_public(ip) => Err(FetchError::Forbidden),
        _ => Ok(()),
    }
}

/// Resolves a host name and port to addresses.
pub type Resolve =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// A client with its permissions, certificate authorities and timeout.
#[derive(Clone)]
pub struct Client {
    allowed: Allowed,
    time_limit: Duration,
    resolve: Resolve,
    tls: Option<TlsConnector>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("allowed", &self.allowed)
            .field("patience", &self.time_limit)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client with the certificate authorities and the resolver of the system, and the timeout
    /// [`TIME_LIMIT`].
    #[must_use]
    pub fn new(allowed: Allowed) -> Self {
        Self {
            allowed,
            time_limit: TIME_LIMIT,
            resolve: Arc::new(|name, port| {
                Box::pin(async move { Ok(lookup_host((name, port)).await?.collect()) })
            }),
            tls: SYSTEM_TLS.clone(),
        }
    }

    /// With further certificate authorities, as PEM. If one cannot be read, no connection can be secured.
    #[must_use]
    pub fn with_authorities(mut self, authorities: &[u8]) -> Self {
        self.tls = mail::tls_connector(authorities).ok();
        self
    }

    /// With another timeout.
    #[must_use]
    pub fn with_time_limit(mut self, time_limit: Duration) -> Self {
        self.time_limit = time_limit;
        self
    }

    /// With another resolver.
    #[must_use]
    pub fn with_resolver(mut self, resolve: Resolve) -> Self {
        self.resolve = resolve;
        self
    }

    /// Fetches a resource, unless it still has the `known` validators.
    pub async fn get(&self, url: &Url, known: &Validators) -> Result<Fetched, FetchError> {
        match timeout(self.time_limit, self.follow(url.clone(), known)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchError::TooSlow),
        }
    }

    async fn follow(&self, mut url: Url, known: &Validators) -> Result<Fetched, FetchError> {
        for _ in 0..=REDIRECTS {
            check(&url, &self.allowed)?;
            let response = self.ask(&url, known).await?;
            let status = response.status();
            match status {
                StatusCode::NOT_MODIFIED if *known != Validators::default() => {
                    return Ok(Fetched::Unchanged);
                }
                StatusCode::OK => return read(response).await,
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let target = text_of(response.headers(), &header::LOCATION);
                    let target = target.and_then(|target| url.join(&target).ok());
                    url = target.ok_or(FetchError::Status(status.as_u16()))?;
                }
                _ => return Err(FetchError::Status(status.as_u16())),
            }
        }
        Err(FetchError::TooManyRedirects)
    }

    async fn ask(&self, url: &Url, known: &Validators) -> Result<Response<Incoming>, FetchError> {
        let socket = self.connect(url).await?;
        let request = request(url, known)?;
        if url.scheme() == "http" {
            return speak(socket, request).await;
        }
        let name = url.host_str().unwrap_or_default();
        // An IPv6 address stands in brackets.
        let name = name.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(|_| FetchError::Insecure)?;
        let connector = self.tls.clone().ok_or(FetchError::Insecure)?;
        let sealed = connector.connect(name, socket).await;
        speak(sealed.map_err(|_| FetchError::Insecure)?, request).await
    }

    /// Connects to the addresses that were checked.
    async fn connect(&self, url: &Url) -> Result<TcpStream, FetchError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let host = url.host().ok_or(FetchError::Unreadable)?;
        let is_allowed = self.allowed.host(&host);
        let addresses: Vec<SocketAddr> = match host {
            Host::Ipv4(ip) => vec![(ip, port).into()],
            Host::Ipv6(ip) => vec![(ip, port).into()],
            Host::Domain(name) => {
                let found = (self.resolve)(name.to_owned(), port).await;
                found.map_err(|_| FetchError::UnknownName)?
            }
        };
        if addresses.is_empty() {
            return Err(FetchError::UnknownName);
        }
        // One forbidden address among many is an attack.
        let may_be_asked =
            |one: &SocketAddr| is_allowed || is_public(one.ip()) || self.allowed.network(one.ip());
        if !addresses.iter().all(may_be_asked) {
            return Err(FetchError::Forbidden);
        }
        for address in addresses {
            let connecting = timeout(self.time_limit / 4, TcpStream::connect(address));
            if let Ok(Ok(socket)) = connecting.await {
                return Ok(socket);
            }
        }
        Err(FetchError::Unreachable)
    }
}

fn request(url: &Url, known: &Validators) -> Result<Request<Empty<Bytes>>, FetchError> {
    let host = url.host_str().ok_or(FetchError::Unreadable)?;
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let mut request = Request::get(target)
        .header(header::HOST, host)
        .header(header::ACCEPT, "text/calendar, text/*;q=0.5, */*;q=0.1")
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::CONNECTION, "close")
        .header(
            header::USER_AGENT,
            concat!("reihum/", env!("CARGO_PKG_VERSION")),
        );
    let validators = [
        (header::IF_NONE_MATCH, &known.etag),
        (header::IF_MODIFIED_SINCE, &known.last_modified),
    ];
    for (name, value) in validators {
        if let Some(value) = value {
            let value = HeaderValue::from_str(value).map_err(|_| FetchError::Unreadable)?;
            request = request.header(name, value);
        }
    }
    request
        .body(Empty::new())
        .map_err(|_| FetchError::Address("this address is not valid"))
}

async fn speak<S>(
    stream: S,
    request: Request<Empty<Bytes>>,
) -> Result<Response<Incoming>, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shaken = hyper::client::conn::http1::Builder::new()
        .max_buf_size(64 * 1024)
        .max_headers(100)
        .handshake(TokioIo::new(stream))
        .await;
    let (mut sender, connection) = shaken.map_err(|_| FetchError::Unreachable)?;
    // Ends when the response is read or dropped.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    answer.map_err(|_| FetchError::Unreadable)
}

async fn read(response: Response<Incoming>) -> Result<Fetched, FetchError> {
    let (head, body) = response.into_parts();
    let encoding = text_of(&head.headers, &header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(FetchError::Unreadable);
    }
    let body = Limited::new(body, BODY_LIMIT).collect().await;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            FetchError::TooLarge
        } else {
            FetchError::Unreadable
        }
    })?;
    let text = String::from_utf8(body.to_bytes().into());
    let kept = |name| text_of(&head.headers, &name).filter(|one| one.len() <= VALIDATOR_LIMIT);
    Ok(Fetched::Text {
        text: text.map_err(|_| FetchError::Unreadable)?,
        validators: Validators {
            etag: kept(header::ETAG),
            last_modified: kept(header::LAST_MODIFIED),
        },
    })
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Reading the certificate authorities of the system takes long.
static SYSTEM_TLS: LazyLock<Option<TlsConnector>> = LazyLock::new(|| mail::tls_connector(&[]).ok());
