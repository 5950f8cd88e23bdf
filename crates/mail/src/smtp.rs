//! Mail to a mail server (RFC 5321) over lettre's connection.
//!
//! The socket is our own, with `TCP_NODELAY`: lettre writes the end of a mail separately, and that write
//! would wait 40 ms for the server's delayed acknowledgement of the previous one.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::tls::{LineStream, TlsClient, starttls_parameters};
use super::{Failure, FailureKind, Receipt, RenderedMessage};

/// How long resolving and connecting to the server may take, and each TLS handshake.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long the server may take to answer one command.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);
/// How long the response to QUIT is waited for.
const QUIT_LIMIT: Duration = Duration::from_secs(5);

/// How to reach a mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpConfig {
    /// Its host name or IP address, which its certificate must be issued for.
    pub host: String,
    /// The port; usually 587 (RFC 6409, 3.1).
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// The user to log in as; without user and password, there is no login.
    pub username: Option<String>,
    /// The password of `username`; only together with it.
    pub password: Option<String>,
    /// A PEM file with certificate authorities that are trusted in addition to those of the system.
    pub ca_file: Option<PathBuf>,
    /// The name in EHLO (RFC 5321, 4.1.1.1), if not this machine's host name.
    pub hello_name: Option<String>,
}

/// How a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte on (RFC 8314, 3.3; usually port 465).
    Implicit,
    /// By STARTTLS (RFC 3207). A server that does not offer it gets no mail, since an attacker may have
    /// removed the offer.
    Starttls,
    /// Not at all, for a server on the same machine: a password would be sent in the clear.
    None,
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("username", &self.username)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("ca_file", &self.ca_file)
            .field("hello_name", &self.hello_name)
            .finish()
    }
}

/// A mail server and how to connect to it.
#[derive(Clone)]
pub struct SmtpServer {
    host: String,
    port: u16,
    hello: ClientId,
    credentials: Option<Credentials>,
    security: Security,
}

#[derive(Clone)]
enum Security {
    Implicit(TlsClient),
    Starttls(TlsParameters),
    None,
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpServer({}:{})", self.host, self.port)
    }
}

impl SmtpServer {
    pub(super) fn new(config: SmtpConfig) -> Result<Self, Failure> {
        let authorities = match &config.ca_file {
            Some(path) => Some(
                std::fs::read(path)
                    .map_err(|error| Failure::permanent(format!("{}: {error}", path.display())))?,
            ),
            None => None,
        };
        let (host, authorities) = (&config.host, authorities.as_deref());
        let security = match config.tls {
            Tls::Implicit => Security::Implicit(TlsClient::new(host, authorities)?),
            Tls::Starttls => Security::Starttls(starttls_parameters(host, authorities)?),
            Tls::None => Security::None,
        };
        let credentials = match (config.username, config.password) {
            (Some(username), Some(password)) => Some(Credentials::new(username, password)),
            (None, None) => None,
            _ => {
                return Err(Failure::permanent(
                    "a user name and a password come together",
                ));
            }
        };
        let hello = match &config.hello_name {
            Some(name) => ClientId::Domain(
                idna::domain_to_ascii_strict(name)
                    .map_err(|_| Failure::permanent("the name to greet with is no host name"))?,
            ),
            None => ClientId::default(),
        };
        Ok(Self {
            host: config.host,
            port: config.port,
            hello,
            credentials,
            security,
        })
    }

    pub(super) async fn open(&self) -> Result<SmtpConnection, Failure> {
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        let socket = within(CONNECT_LIMIT, connecting)
            .await?
            .map_err(Failure::connection)?;
        socket.set_nodelay(true).map_err(Failure::connection)?;
        let peer = socket.peer_addr().map_err(Failure::connection)?;
        let stream: Box<dyn AsyncTokioStream> = match &self.security {
            Security::Implicit(tls) => {
                let encrypted = within(CONNECT_LIMIT, tls.connect(socket)).await??;
                Box::new(LineStream::new(encrypted, peer))
            }
            Security::Starttls(_) | Security::None => Box::new(LineStream::new(socket, peer)),
        };
        let connecting = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
        let mut connection = answered(connecting).await?;
        if let Security::Starttls(parameters) = &self.security {
            if !connection.can_starttls() {
                within(QUIT_LIMIT, connection.abort()).await?;
                return Err(Failure::permanent("the server does not offer STARTTLS"));
            }
            answered(connection.starttls(parameters.clone(), &self.hello)).await?;
        }
        if let Some(credentials) = &self.credentials {
            answered(connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials)).await?;
        }
        Ok(SmtpConnection {
            connection,
            lost: false,
        })
    }
}

/// A connection that is ready for mail.
pub struct SmtpConnection {
    connection: AsyncSmtpConnection,
    lost: bool,
}

impl fmt::Debug for SmtpConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConnection")
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

impl SmtpConnection {
    pub(super) fn is_lost(&self) -> bool {
        self.lost || self.connection.has_broken()
    }

    pub(super) async fn noop(&mut self) -> Result<(), Failure> {
        answered(self.connection.command(Noop)).await.map(|_| ())
    }

    /// One mail transaction (RFC 5321, 3.3). After a refusal the transaction is reset, so that the
    /// connection can be used for the next mail.
    pub(super) async fn deliver(&mut self, mail: &RenderedMessage) -> Result<Receipt, Failure> {
        if self.is_lost() {
            return Err(Failure::connection("the connection was lost before"));
        }
        // stays lost if this future is dropped halfway: the state of the transaction is unknown then
        self.lost = true;
        let result = self.transact(mail).await;
        self.lost = match &result {
            Ok(_) => false,
            Err(failure) if failure.kind == FailureKind::Connection => true,
            Err(_) => answered(self.connection.command(Rset)).await.is_err(),
        };
        result
    }

    async fn transact(&mut self, mail: &RenderedMessage) -> Result<Receipt, Failure> {
        let connection = &mut self.connection;
        let from = Mail::new(Some(mail.sender.clone()), vec![]);
        answered(connection.command(from)).await?;
        let to = Rcpt::new(mail.recipient.clone(), vec![]);
        let recipient = answered(connection.command(to)).await;
        recipient.map_err(Failure::of_recipient)?;
        answered(connection.command(Data)).await?;
        // lettre adds the line break before the final dot
        let text = mail.text.strip_suffix("\r\n").unwrap_or(&mail.text);
        let accepted = answered(connection.message(text.as_bytes())).await;
        let response = accepted.map_err(Failure::of_recipient)?;
        let lines: Vec<&str> = response.message().collect();
        Ok(Receipt {
            response: super::cleaned(&lines.join(" ")),
        })
    }

    pub(super) async fn quit(mut self) {
        if !self.is_lost() {
            // every mail is delivered, so the response does not matter
            let _ = timeout(QUIT_LIMIT, self.connection.quit()).await;
        }
    }
}

/// Waits for the server's response to one command.
async fn answered<T>(
    command: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Failure> {
    within(COMMAND_LIMIT, command)
        .await?
        .map_err(|error| failure(&error))
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Failure> {
    let late = |_| Failure::connection(format!("no answer within {} s", limit.as_secs()));
    timeout(limit, work).await.map_err(late)
}

/// The failure that a reply code means. After 421 the server closes the connection (RFC 5321, 3.8).
fn failure(error: &lettre::transport::smtp::Error) -> Failure {
    let code = error.status().map(u16::from);
    let kind = match code {
        Some(400..=499) if code != Some(421) => FailureKind::Temporary,
        Some(500..=599) => FailureKind::Permanent,
        _ => FailureKind::Connection,
    };
    // with a code, the source is the text of the response
    let reason = match std::error::Error::source(error) {
        Some(response) if code.is_some() => response.to_string(),
        _ => error.to_string(),
    };
    Failure::new(kind, code, &reason)
}
