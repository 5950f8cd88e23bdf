//! TLS towards mail servers, and the streams that lettre's connection runs over.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::{
    AsyncTokioStream, Certificate, CertificateStore, TlsParameters,
};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::Failure;

/// Opens TLS to one server: the certificate authorities that are trusted, and the name that the
/// server's certificate must be issued for.
#[derive(Clone)]
pub struct TlsClient {
    connector: TlsConnector,
    server: ServerName<'static>,
}

impl TlsClient {
    /// Trusts the system's authorities and those in `authorities` (PEM).
    ///
    /// # Errors
    /// A permanent failure if `host` is not a host name or a certificate cannot be read.
    pub fn new(host: &str, authorities: Option<&[u8]>) -> Result<Self, Failure> {
        let server = ServerName::try_from(host.to_owned())
            .map_err(|_| Failure::permanent("the mail server's name is not a host name"))?;
        let connector = tls_connector(authorities.unwrap_or_default())?;
        Ok(Self { connector, server })
    }

    /// The TLS handshake.
    ///
    /// # Errors
    /// A connection failure if the server's certificate is not trusted or the connection breaks.
    pub async fn connect(&self, socket: TcpStream) -> Result<TlsStream<TcpStream>, Failure> {
        let stream = self.connector.connect(self.server.clone(), socket).await;
        stream.map_err(Failure::connection)
    }
}

/// TLS that trusts the system's certificate authorities and those in `authorities` (PEM).
///
/// # Errors
/// A permanent failure if a certificate in `authorities` cannot be read.
pub fn tls_connector(authorities: &[u8]) -> Result<TlsConnector, Failure> {
    let mut roots = RootCertStore::empty();
    // a system without authorities, or with some that cannot be read, is not an error here
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in CertificateDer::pem_slice_iter(authorities) {
        roots
            .add(certificate.map_err(Failure::permanent)?)
            .map_err(Failure::permanent)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Failure::permanent)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// As [`TlsClient::new`], for lettre's STARTTLS, which takes nothing but its own configuration.
pub(super) fn starttls_parameters(
    host: &str,
    authorities: Option<&[u8]>,
) -> Result<TlsParameters, Failure> {
    let mut builder =
        TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::Default);
    if let Some(pem) = authorities {
        builder =
            builder.add_root_certificate(Certificate::from_pem(pem).map_err(Failure::permanent)?);
    }
    builder.build_rustls().map_err(Failure::permanent)
}

/// A stream that returns at most one line per read.
///
/// lettre keeps what it has read beyond the response to STARTTLS, and would take it for the first
/// response under TLS: an attacker in between could inject responses. Here, such bytes stay in this
/// buffer and become part of the TLS handshake, which fails.
#[derive(Debug)]
pub(super) struct LineStream<S> {
    stream: BufReader<S>,
    peer: SocketAddr,
}

impl<S: AsyncRead> LineStream<S> {
    pub(super) fn new(stream: S, peer: SocketAddr) -> Self {
        Self {
            stream: BufReader::new(stream),
            peer,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for LineStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.get_mut().stream);
        let buffered = ready!(stream.as_mut().poll_fill_buf(context))?;
        let mut lines = buffered.split_inclusive(|byte| *byte == b'\n');
        let line = lines.next().unwrap_or_default();
        let read = line.get(..out.remaining()).unwrap_or(line);
        out.put_slice(read);
        let count = read.len();
        stream.consume(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LineStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl<S> AsyncTokioStream for LineStream<S>
where
    S: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Sync + Unpin,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
