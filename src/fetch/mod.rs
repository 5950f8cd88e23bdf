//! Fetches what others publish: one GET within limits, to nowhere but where it may go.
//!
//! The addresses come from people who use the service, not from who runs it. So a name is resolved
//! once, every address that it stands for is looked at, and exactly these are connected to (a second
//! look at the name could give another answer); each redirect is looked at the same way. There is no
//! proxy, no cookie, no compression, and no header but those below.
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
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

pub use self::places::{Allowed, is_public};

/// How long a fetch takes at most, redirects included.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Octets of what is fetched at most.
pub const BODY_LIMIT: usize = 5 * 1024 * 1024;
/// How many redirects are followed.
pub const REDIRECTS: usize = 3;
/// Characters of an address at most.
pub const ADDRESS_LIMIT: usize = 2_000;
/// Octets of a validator that is kept.
const VALIDATOR_LIMIT: usize = 200;

/// What a server said of the state of what it gave, to ask whether there is a newer one (RFC 9110,
/// section 13).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What came of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// What was fetched before is still right.
    Unchanged,
    /// This is there.
    Text {
        /// What is there.
        text: String,
        /// Of which state it is.
        validators: Validators,
    },
}

/// Why nothing was fetched. None of the words holds the address, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address cannot be one of a calendar.
    #[error("{0}")]
    Address(&'static str),
    /// The address, or one that it leads to, is in a network that may not be asked.
    #[error("this address leads into a network that may not be asked")]
    Forbidden,
    /// The name is not known.
    #[error("the name of the server is not known")]
    UnknownName,
    /// There is no connection.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The connection cannot be secured.
    #[error("the connection cannot be secured (TLS)")]
    Insecure,
    /// It takes too long.
    #[error("the server takes longer than 20 seconds")]
    TooSlow,
    /// More redirects than are followed.
    #[error("there are more than 3 redirects")]
    TooManyRedirects,
    /// More than is taken.
    #[error("the answer has more than 5 MB")]
    TooLarge,
    /// The server answers something else.
    #[error("the server answers with status {0}")]
    Status(u16),
    /// The answer is no text that can be read.
    #[error("the answer cannot be read")]
    Unreadable,
}

impl FetchError {
    /// The rule's name, for programs.
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

/// An address that may be asked, as far as its text says: `https:`, or `webcal:`, which means the same
/// for calendars. Plain `http:` is for places that the operator has allowed.
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

/// Looks at an address without asking anybody for the meaning of its name.
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

/// Gives the addresses that a name stands for, each with the port.
pub type LookUp =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// What fetches: where it may go, whom it trusts, and how long it waits.
#[derive(Clone)]
pub struct Client {
    allowed: Allowed,
    patience: Duration,
    look_up: LookUp,
    tls: Option<TlsConnector>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("allowed", &self.allowed)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// One that trusts whom the system trusts, asks the system what names mean, and waits for
    /// [`PATIENCE`].
    #[must_use]
    pub fn new(allowed: Allowed) -> Self {
        Self {
            allowed,
            patience: PATIENCE,
            look_up: Arc::new(|name, port| {
                Box::pin(async move { Ok(lookup_host((name, port)).await?.collect()) })
            }),
            tls: TLS.clone(),
        }
    }

    /// The same, but trusting further authorities: certificates as PEM.
    #[must_use]
    pub fn trusting(mut self, authorities: &[u8]) -> Self {
        self.tls = connector(authorities);
        self
    }

    /// The same, with another end of its patience.
    #[must_use]
    pub fn waiting(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same, asking somebody else what names mean.
    #[must_use]
    pub fn looking_up(mut self, look_up: LookUp) -> Self {
        self.look_up = look_up;
        self
    }

    /// Fetches what is at an address, unless it is what is known already.
    ///
    /// # Errors
    /// Why it could not be fetched.
    pub async fn get(&self, url: &Url, known: &Validators) -> Result<Fetched, FetchError> {
        match timeout(self.patience, self.follow(url.clone(), known)).await {
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
        let name = match url.host().ok_or(FetchError::Unreadable)? {
            Host::Domain(name) => ServerName::try_from(name.to_owned()),
            Host::Ipv4(ip) => Ok(ServerName::IpAddress(std::net::IpAddr::from(ip).into())),
            Host::Ipv6(ip) => Ok(ServerName::IpAddress(std::net::IpAddr::from(ip).into())),
        };
        let name = name.map_err(|_| FetchError::Insecure)?;
        let connector = self.tls.clone().ok_or(FetchError::Insecure)?;
        let sealed = connector.connect(name, socket).await;
        speak(sealed.map_err(|_| FetchError::Insecure)?, request).await
    }

    /// Connects to the very addresses that were looked at.
    async fn connect(&self, url: &Url) -> Result<TcpStream, FetchError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let host = url.host().ok_or(FetchError::Unreadable)?;
        let is_allowed = self.allowed.host(&host);
        let addresses: Vec<SocketAddr> = match host {
            Host::Ipv4(ip) => vec![(ip, port).into()],
            Host::Ipv6(ip) => vec![(ip, port).into()],
            Host::Domain(name) => {
                let found = (self.look_up)(name.to_owned(), port).await;
                found.map_err(|_| FetchError::UnknownName)?
            }
        };
        if addresses.is_empty() {
            return Err(FetchError::UnknownName);
        }
        // One that leads inside among many that do not is the trick that this is about.
        let may_be_asked =
            |one: &SocketAddr| is_allowed || is_public(one.ip()) || self.allowed.network(one.ip());
        if !addresses.iter().all(may_be_asked) {
            return Err(FetchError::Forbidden);
        }
        for address in addresses {
            let connecting = timeout(self.patience / 4, TcpStream::connect(address));
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
        .map_err(|_| FetchError::Address("this address cannot be asked"))
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
    // Ends when the answer is read, or dropped.
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
    let body = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => FetchError::TooLarge,
        false => FetchError::Unreadable,
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

/// Trusts whom the system trusts.
static TLS: LazyLock<Option<TlsConnector>> = LazyLock::new(|| connector(&[]));

/// Trusts whom the system trusts, and further authorities.
fn connector(authorities: &[u8]) -> Option<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(authorities).flatten());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Some(TlsConnector::from(Arc::new(config)))
}
