//! A server of LMTP (RFC 2033): a mail server in front hands mails over, and learns of each recipient
//! what became of the mail.
mod command;
mod lines;
pub mod recipients;
mod session;

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use self::recipients::Recipients;
use self::session::Session;
use super::Reception;
use crate::App;
use crate::clock::Clock;
use crate::config::Listen;

/// Connections at a time.
const CONNECTIONS: usize = 20;
/// How many mails of the largest size may be in memory together.
const LARGEST_AT_ONCE: u64 = 4;
/// How long what is under way may take once the server is to stop.
const FAREWELL: Duration = Duration::from_secs(30);
/// How long to wait when no connection can be accepted.
const BREATH: Duration = Duration::from_millis(100);
/// Who may connect to the socket in the file system: the owner and the group.
const SOCKET_MODE: u32 = 0o660;

/// What all sessions share.
struct Shared {
    reception: Reception,
    recipients: Recipients,
    clock: Arc<dyn Clock>,
    /// Our name.
    host: String,
    max_bytes: u64,
    /// Room for mails in memory, in KiB.
    room: Semaphore,
}

/// A server that listens.
pub struct Server {
    shared: Arc<Shared>,
    listener: Listener,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Server {
    /// Listens, and takes mail to the mailboxes of the installation.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn bind(app: &App, reception: Reception, listen: &Listen) -> io::Result<Self> {
        Self::with_recipients(app, reception, listen, recipients::of(app)).await
    }

    /// Listens, and takes mail to those `recipients`.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn with_recipients(
        app: &App,
        reception: Reception,
        listen: &Listen,
        recipients: Recipients,
    ) -> io::Result<Self> {
        let listener = match listen {
            Listen::Tcp(address) => {
                if !address.ip().is_loopback() {
                    tracing::warn!(
                        "LMTP has neither TLS nor passwords: let nobody reach it but the mail server"
                    );
                }
                Listener::Tcp(TcpListener::bind(address).await?)
            }
            Listen::Unix(path) => Listener::Unix(bind_unix(path).await?, path.clone()),
        };
        let max_bytes = app.settings.inbound_max_bytes;
        let shared = Shared {
            reception,
            recipients,
            clock: app.clock.clone(),
            host: app.settings.domain().to_owned(),
            max_bytes,
            room: Semaphore::new(usize::try_from(LARGEST_AT_ONCE * max_bytes / 1024).unwrap_or(1)),
        };
        Ok(Self {
            shared: Arc::new(shared),
            listener,
        })
    }

    /// The port that is listened on, unless it is a socket in the file system.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match &self.listener {
            Listener::Tcp(listener) => listener.local_addr().ok().map(|address| address.port()),
            Listener::Unix(..) => None,
        }
    }

    /// Serves until told to stop; what is under way is finished.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut sessions = JoinSet::new();
        while !*stop.borrow() {
            tokio::select! {
                _ = stop.changed() => {}
                Some(_) = sessions.join_next() => {}
                accepted = self.accept() => match accepted {
                    Ok(Peer::Tcp(stream)) => self.begin(&mut sessions, stream, &stop),
                    Ok(Peer::Unix(stream)) => self.begin(&mut sessions, stream, &stop),
                    Err(error) => {
                        tracing::warn!(%error, "a connection cannot be accepted");
                        sleep(BREATH).await;
                    }
                },
            }
        }
        let all = async { while sessions.join_next().await.is_some() {} };
        if timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("connections were broken off; their mails come again");
        }
        if let Listener::Unix(_, path) = &self.listener {
            // It is of no use any more, and no harm if it stays.
            let _ = std::fs::remove_file(path);
        }
    }

    async fn accept(&self) -> io::Result<Peer> {
        match &self.listener {
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Peer::Tcp(stream))
            }
            Listener::Unix(listener, _) => Ok(Peer::Unix(listener.accept().await?.0)),
        }
    }

    fn begin<S>(&self, sessions: &mut JoinSet<()>, mut stream: S, stop: &watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        if sessions.len() >= CONNECTIONS {
            sessions.spawn(async move {
                let refusal = b"421 4.3.2 Too many connections\r\n";
                let _ = timeout(BREATH, stream.write_all(refusal)).await;
            });
            return;
        }
        let session = Session::new(self.shared.clone(), stream, stop.clone());
        sessions.spawn(async move {
            if let Err(error) = session.run().await {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
}

enum Peer {
    Tcp(tokio::net::TcpStream),
    Unix(UnixStream),
}

/// Binds a socket in the file system, in place of one that nobody listens on any more.
async fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let is_dead = UnixStream::connect(path)
                .await
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
            if !is_dead {
                return Err(error);
            }
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}
