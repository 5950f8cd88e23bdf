//! The streams that mail connections run over.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::Failure;

/// Whom to trust, and as whom the server has to identify itself, for TLS from the first byte on.
#[derive(Clone)]
pub struct Roots {
    connector: TlsConnector,
    server: ServerName<'static>,
}

impl Roots {
    /// The system's authorities, and those of a PEM file.
    pub fn load(host: &str, authorities: Option<&[u8]>) -> Result<Self, Failure> {
        let server = ServerName::try_from(host.to_owned())
            .map_err(|_| Failure::permanent("the mail server's name is no host name"))?;
        let mut roots = RootCertStore::empty();
        // a system without any, or with some that cannot be read, is no fault yet
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for certificate in CertificateDer::pem_slice_iter(authorities.unwrap_or_default()) {
            let certificate =
                certificate.map_err(|error| Failure::permanent(&error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| Failure::permanent(&error.to_string()))?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::permanent(&error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            server,
        })
    }

    pub async fn secure(&self, socket: TcpStream) -> Result<Sealed, Failure> {
        let shaken = self.connector.connect(self.server.clone(), socket).await;
        shaken
            .map(Sealed)
            .map_err(|error| Failure::connection(&error.to_string()))
    }
}

/// A socket under TLS.
#[derive(Debug)]
pub struct Sealed(TlsStream<TcpStream>);

impl AsyncTokioStream for Sealed {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

/// A socket that sends when an answer is waited for, all that was written until then at once.
///
/// `lettre` writes the end of a message apart from the message. Nothing can come of it before the
/// server has both, so they go together: one packet and one system call less for each letter.
#[derive(Debug)]
pub(super) struct Gathered {
    socket: TcpStream,
    unsent: Vec<u8>,
    sent: usize,
}

impl Gathered {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self {
            socket,
            unsent: Vec::new(),
            sent: 0,
        }
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.unsent.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.socket).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sent += count,
            }
        }
        self.unsent.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Gathered {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(context))?;
        Pin::new(&mut this.socket).poll_read(context, out)
    }
}

impl AsyncWrite for Gathered {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().unsent.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    /// `lettre` flushes after each write, whether or not there is an answer to wait for.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(context))?;
        Pin::new(&mut this.socket).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Gathered {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }
}

/// A socket that never gives more than one line at a time.
///
/// `lettre` keeps what it has read beyond the answer to STARTTLS, and would take it for the server's
/// next answer, now under TLS. An attacker on the way could so put words into the server's mouth.
/// Here such words go into the handshake, which they break.
#[derive(Debug)]
pub(super) struct LineByLine {
    socket: Gathered,
    held: Vec<u8>,
    given: usize,
}

impl LineByLine {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self {
            socket: Gathered::new(socket),
            held: Vec::new(),
            given: 0,
        }
    }
}

impl AsyncRead for LineByLine {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.given == this.held.len() {
            let mut chunk = [0; 8192];
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.socket).poll_read(context, &mut chunk))?;
            this.held.clear();
            this.held.extend_from_slice(chunk.filled());
            this.given = 0;
        }
        let rest = this.held.get(this.given..).unwrap_or_default();
        let line = rest
            .split_inclusive(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let part = line.get(..out.remaining()).unwrap_or(line);
        out.put_slice(part);
        this.given += part.len();
        Poll::Ready(Ok(()))
    }
}

impl AsyncTokioStream for LineByLine {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }
}

/// Lets writes through to the stream inside.
macro_rules! writes_through {
    ($stream:ty, $inner:tt) => {
        impl AsyncWrite for $stream {
            fn poll_write(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.get_mut().$inner).poll_write(context, bytes)
            }

            fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.get_mut().$inner).poll_flush(context)
            }

            fn poll_shutdown(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.get_mut().$inner).poll_shutdown(context)
            }
        }
    };
}

writes_through!(Sealed, 0);
writes_through!(LineByLine, socket);

impl AsyncRead for Sealed {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(context, out)
    }
}
