//! Letters to a mail server (RFC 5321), over `lettre`'s connection but on a socket of our own.
//!
//! `lettre` 0.11.23 sends the end of a message in a write of its own. Without `TCP_NODELAY` that write
//! waits for the server's delayed acknowledgement, 40 ms per letter. So the socket is ours. Nor does it
//! know pipelining (RFC 2920), which saves two of four waits for the server's answers for each letter.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::stream::{Gathered, LineByLine, Roots, Sealed};
use super::{Failure, FailureKind, Receipt, RenderedMessage};

/// How long finding and reaching the server may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long the server may think about one command.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);
/// How long a goodbye is waited for.
const QUIT_LIMIT: Duration = Duration::from_secs(5);
/// The port of message submission (RFC 6409, 3.1).
const SUBMISSION_PORT: u16 = 587;

/// How to reach a mail server.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Its host name or IP address; its certificate must be made out to this.
    pub host: String,
    /// 587 unless given.
    #[serde(default = "submission_port")]
    pub port: u16,
    /// STARTTLS unless given.
    #[serde(default)]
    pub tls: Tls,
    /// Who signs in. Together with `password`, or nobody does.
    #[serde(default)]
    pub username: Option<String>,
    /// With which password.
    #[serde(default)]
    pub password: Option<String>,
    /// A PEM file of authorities that are trusted beside those of the system.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The name we greet with (RFC 5321, 4.1.1.1): this machine's, if it has one the server can look
    /// up.
    #[serde(default)]
    pub hello_name: Option<String>,
}

/// How the connection is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first byte on (RFC 8314, 3.3; usually port 465).
    Implicit,
    /// By STARTTLS (RFC 3207). A server that does not offer it gets no mail.
    #[default]
    Starttls,
    /// Not at all: for a server on the same machine. A password would be sent in the clear.
    None,
}

impl std::str::FromStr for Tls {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "implicit" => Ok(Self::Implicit),
            "starttls" => Ok(Self::Starttls),
            "none" => Ok(Self::None),
            _ => Err("must be implicit, starttls or none"),
        }
    }
}

fn submission_port() -> u16 {
    SUBMISSION_PORT
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

/// A mail server that is known how to reach.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    hello: ClientId,
    credentials: Option<Credentials>,
    security: Security,
}

#[derive(Clone)]
enum Security {
    Implicit(Roots),
    Starttls(TlsParameters),
    None,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({}:{})", self.host, self.port)
    }
}

impl Smtp {
    pub(super) fn new(config: SmtpConfig) -> Result<Self, Failure> {
        let authorities = match &config.ca_file {
            Some(path) => Some(
                std::fs::read(path)
                    .map_err(|error| Failure::permanent(&format!("{}: {error}", path.display())))?,
            ),
            None => None,
        };
        let security = match config.tls {
            Tls::Implicit => Security::Implicit(Roots::load(&config.host, authorities.as_deref())?),
            Tls::Starttls => {
                Security::Starttls(tls_parameters(&config.host, authorities.as_deref())?)
            }
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
            .map_err(|error| network(&error))?;
        socket.set_nodelay(true).map_err(|error| network(&error))?;

        let mut connection = match &self.security {
            Security::Implicit(roots) => {
                let sealed = within(CONNECT_LIMIT, roots.secure(socket)).await??;
                let stream: Box<Sealed> = Box::new(sealed);
                answer(AsyncSmtpConnection::connect_with_transport(
                    stream,
                    &self.hello,
                ))
                .await?
            }
            Security::Starttls(parameters) => {
                let stream = Box::new(LineByLine::new(socket));
                let greeting = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
                let mut connection = answer(greeting).await?;
                if !connection.can_starttls() {
                    within(QUIT_LIMIT, connection.abort()).await?;
                    return Err(Failure::permanent("the server does not offer STARTTLS"));
                }
                answer(connection.starttls(parameters.clone(), &self.hello)).await?;
                connection
            }
            Security::None => {
                let stream = Box::new(Gathered::new(socket));
                answer(AsyncSmtpConnection::connect_with_transport(
                    stream,
                    &self.hello,
                ))
                .await?
            }
        };
        if let Some(credentials) = &self.credentials {
            answer(connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials)).await?;
        }
        // Which of the server's extensions lettre does not know, it does not keep.
        let hello = answer(connection.command(Ehlo::new(self.hello.clone()))).await?;
        let extensions = hello.message().skip(1);
        let pipelining = extensions
            .map(str::trim)
            .any(|extension| extension.eq_ignore_ascii_case("PIPELINING"));
        Ok(SmtpConnection {
            connection,
            pipelining,
            lost: false,
        })
    }
}

fn tls_parameters(host: &str, authorities: Option<&[u8]>) -> Result<TlsParameters, Failure> {
    let refused = |error: lettre::transport::smtp::Error| Failure::permanent(&error.to_string());
    let mut builder =
        TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::Default);
    if let Some(pem) = authorities {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(refused)?);
    }
    builder.build_rustls().map_err(refused)
}

/// A connection that is signed in.
pub struct SmtpConnection {
    connection: AsyncSmtpConnection,
    /// Whether the server takes several commands at once (RFC 2920).
    pipelining: bool,
    lost: bool,
}

impl fmt::Debug for SmtpConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

impl SmtpConnection {
    pub(super) fn is_lost(&self) -> bool {
        self.lost || self.connection.has_broken()
    }

    pub(super) async fn noop(&mut self) -> Result<(), Failure> {
        answer(self.connection.command(Noop)).await.map(|_| ())
    }

    /// One mail transaction (RFC 5321, 3.3). After a refusal the connection is made ready for the
    /// next letter, so that one wrong address does not cost a connection.
    pub(super) async fn deliver(&mut self, mail: &RenderedMessage) -> Result<Receipt, Failure> {
        if self.is_lost() {
            return Err(Failure::connection("the connection was lost before"));
        }
        // stays lost if this future is dropped on the way: nobody knows then what the server expects
        self.lost = true;
        let result = self.transact(mail).await;
        let lost = match &result {
            Ok(_) => false,
            Err(failure) if failure.kind == FailureKind::Connection => true,
            Err(_) => answer(self.connection.command(Rset)).await.is_err(),
        };
        self.lost = lost;
        result
    }

    async fn transact(&mut self, mail: &RenderedMessage) -> Result<Receipt, Failure> {
        let from = Mail::new(Some(mail.sender.clone()), vec![]);
        let to = Rcpt::new(mail.recipient.clone(), vec![]);
        if self.pipelining {
            self.ask_at_once(from, to).await?;
        } else {
            answer(self.connection.command(from)).await?;
            let taken = answer(self.connection.command(to)).await;
            taken.map_err(Failure::of_recipient)?;
            answer(self.connection.command(Data)).await?;
        }
        let response = answer(self.connection.command(Text(&mail.text)))
            .await
            .map_err(Failure::of_recipient)?;
        let words = response.message().collect::<Vec<_>>().join(" ");
        Ok(Receipt {
            words: super::cleaned(&words),
        })
    }

    /// MAIL, RCPT and DATA in one go; each has its answer, whatever became of those before it.
    async fn ask_at_once(&mut self, from: Mail, to: Rcpt) -> Result<(), Failure> {
        let sender = answer(self.connection.command(format!("{from}{to}{Data}"))).await;
        go_on_after(&sender)?;
        let recipient = answer(self.connection.read_response()).await;
        go_on_after(&recipient)?;
        let data = answer(self.connection.read_response()).await;
        let refused = sender.and(recipient.map_err(Failure::of_recipient));
        if refused.is_err() && data.is_ok() {
            // It waits for a letter to nobody (RFC 2920, 3.1), which it will refuse.
            go_on_after(&answer(self.connection.command(".\r\n")).await)?;
        }
        refused.and(data).map(|_| ())
    }

    pub(super) async fn quit(mut self) {
        if !self.is_lost() {
            // the letters are handed over, so it does not matter what the server says
            let _ = timeout(QUIT_LIMIT, self.connection.quit()).await;
        }
    }
}

/// A letter as the server takes it after DATA: dots that begin a line are doubled (RFC 5321, 4.5.2), and
/// one alone ends it.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.strip_suffix("\r\n").unwrap_or(self.0);
        for line in text.split_inclusive('\n') {
            if line.starts_with('.') {
                f.write_str(".")?;
            }
            f.write_str(line)?;
        }
        f.write_str("\r\n.\r\n")
    }
}

/// Whether more answers will come: not over a connection that is lost.
fn go_on_after(answer: &Result<Response, Failure>) -> Result<(), Failure> {
    match answer {
        Err(failure) if failure.kind == FailureKind::Connection => Err(failure.clone()),
        _ => Ok(()),
    }
}

/// Waits for the server's answer to one command.
async fn answer<T>(
    command: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Failure> {
    within(COMMAND_LIMIT, command)
        .await?
        .map_err(|error| refusal(&error))
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Failure> {
    let late = |_| Failure::connection(&format!("no answer within {} s", limit.as_secs()));
    timeout(limit, work).await.map_err(late)
}

fn network(error: &std::io::Error) -> Failure {
    Failure::connection(&error.to_string())
}

/// What the server's answer means. 421 (RFC 5321, 3.8) closes the connection, so it is lost.
fn refusal(error: &lettre::transport::smtp::Error) -> Failure {
    let code = error.status().map(u16::from);
    let kind = match code {
        Some(400..=499) if code != Some(421) => FailureKind::Temporary,
        Some(500..=599) => FailureKind::Permanent,
        _ => FailureKind::Connection,
    };
    // with a code the source is what the server said
    let words = match std::error::Error::source(error) {
        Some(words) if code.is_some() => words.to_string(),
        _ => error.to_string(),
    };
    Failure::new(kind, code, &words)
}
