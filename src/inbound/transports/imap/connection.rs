//! Connects to the server of a mailbox: TCP, TLS, sign-in.
use std::fmt::Debug;

use async_imap::error::Error;
use async_imap::imap_proto::{Response, Status};
use async_imap::{Authenticator, Client, Session};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::net::TcpStream;

use super::error::ImapError;
use crate::config::ImapAccount;
use mail::{Tls, TlsClient};

/// Octets of a line before TLS.
const PLAIN_LINE: usize = 1024;

pub trait ImapStream: AsyncRead + AsyncWrite + Unpin + Send + Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> ImapStream for T {}

/// A connection that sends each command in one piece.
pub type ImapConnection = BufWriter<Box<dyn ImapStream>>;

/// Connects, with TLS as the account says.
pub async fn connect(
    account: &ImapAccount,
    tls_client: &TlsClient,
) -> Result<Client<ImapConnection>, ImapError> {
    let mut socket = TcpStream::connect((account.host.as_str(), account.port)).await?;
    socket.set_nodelay(true)?;
    if account.tls == Tls::Starttls {
        start_tls(&mut socket).await?;
    }
    let stream: Box<dyn ImapStream> = match account.tls {
        Tls::None => Box::new(socket),
        Tls::Implicit | Tls::Starttls => {
            let secured = tls_client.connect(socket).await;
            Box::new(secured.map_err(|failure| ImapError::Lost(failure.reason))?)
        }
    };
    let mut client = Client::new(BufWriter::new(stream));
    if account.tls != Tls::Starttls {
        let greeting = client.read_response().await?;
        match greeting.ok_or(Error::ConnectionLost)?.parsed() {
            Response::Data {
                status: Status::Ok, ..
            } => {}
            _ => {
                return Err(ImapError::Refused(
                    "the server refuses the connection".to_owned(),
                ));
            }
        }
    }
    Ok(client)
}

/// Negotiates STARTTLS. It reads no octet beyond the server's response, so that nothing an attacker
/// appends to it is taken for a response under TLS.
async fn start_tls(socket: &mut TcpStream) -> Result<(), ImapError> {
    let refused = || ImapError::Refused("the server does not offer STARTTLS".to_owned());
    if !plain_line(socket).await?.starts_with(b"* OK") {
        return Err(ImapError::Refused(
            "the server refuses the connection".to_owned(),
        ));
    }
    socket.write_all(b"s STARTTLS\r\n").await?;
    loop {
        let line = plain_line(socket).await?;
        match line.get(..5) {
            Some(b"s OK ") => return Ok(()),
            Some([b'*', b' ', ..]) => {}
            _ => return Err(refused()),
        }
    }
}

async fn plain_line(socket: &mut TcpStream) -> Result<Vec<u8>, ImapError> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        if line.len() >= PLAIN_LINE {
            return Err(ImapError::Unreadable);
        }
        line.push(socket.read_u8().await?);
    }
    Ok(line)
}

/// Signs in with LOGIN, or with AUTHENTICATE PLAIN if the credentials are not ASCII.
pub async fn sign_in(
    client: Client<ImapConnection>,
    account: &ImapAccount,
) -> Result<Session<ImapConnection>, ImapError> {
    let ImapAccount {
        username, password, ..
    } = account;
    let signed_in = if username.is_ascii() && password.is_ascii() {
        client.login(username, password).await
    } else {
        client.authenticate("PLAIN", Plain(account)).await
    };
    signed_in.map_err(|(error, _)| match ImapError::from(error) {
        ImapError::Refused(message) => ImapError::Refused(format!("signing in fails: {message}")),
        error => error,
    })
}

/// SASL PLAIN (RFC 4616).
struct Plain<'a>(&'a ImapAccount);

impl Authenticator for Plain<'_> {
    type Response = String;

    fn process(&mut self, _: &[u8]) -> String {
        format!("\0{}\0{}", self.0.username, self.0.password)
    }
}
