//! A mail server for tests, on loopback, that fails as asked.
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mail::{MailTransport, SmtpConfig, Tls};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The number that the server gives to the first mail; the next ones follow.
pub const FIRST_QUEUE_ID: usize = 4711;

/// What the server does about TLS.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Plain,
    Implicit,
    Starttls,
    /// Answers STARTTLS, followed by responses in clear text that an attacker injects.
    Injected,
    /// Refuses our sender.
    RefusesSender,
}

/// What happens before each greeting.
type BeforeGreeting = Arc<Mutex<Option<Box<dyn Fn() + Send>>>>;

/// A mail server on loopback. It answers by the local part of the recipient, see `rcpt`.
pub struct Server {
    pub port: u16,
    commands: Arc<Mutex<Vec<String>>>,
    pub mails: Arc<Mutex<Vec<Vec<u8>>>>,
    before_greeting: BeforeGreeting,
    released: Arc<Notify>,
    greylisting: Arc<AtomicBool>,
    vanishing: Arc<AtomicBool>,
}

pub fn data(name: &str) -> PathBuf {
    crate::collection::data().join("tls").join(name)
}

pub fn acceptor() -> TlsAcceptor {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(data("localhost.pem"))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let key = PrivateKeyDer::from_pem_file(data("localhost.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

impl Server {
    pub async fn start(kind: Kind) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (commands, mails) = (Arc::default(), Arc::default());
        let (before_greeting, released) = (BeforeGreeting::default(), Arc::<Notify>::default());
        let server = Self {
            port,
            commands: Arc::clone(&commands),
            mails: Arc::clone(&mails),
            before_greeting: Arc::clone(&before_greeting),
            released: Arc::clone(&released),
            greylisting: Arc::default(),
            vanishing: Arc::default(),
        };
        let (greylisting, vanishing) = (server.greylisting.clone(), server.vanishing.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                if let Some(act) = before_greeting.lock().unwrap().as_ref() {
                    act();
                }
                let talk = Talk {
                    commands: Arc::clone(&commands),
                    mails: Arc::clone(&mails),
                    refuses_sender: kind == Kind::RefusesSender,
                    released: Arc::clone(&released),
                    greylisting: Arc::clone(&greylisting),
                    vanishing: Arc::clone(&vanishing),
                };
                tokio::spawn(talk.serve(kind, socket));
            }
        });
        server
    }

    pub fn config(&self, tls: Tls) -> SmtpConfig {
        SmtpConfig {
            host: "localhost".into(),
            port: self.port,
            tls,
            username: None,
            password: None,
            ca_file: (tls != Tls::None).then(|| data("ca.pem")),
            hello_name: Some("treffen.example".into()),
        }
    }

    pub fn transport(&self, tls: Tls) -> MailTransport {
        MailTransport::smtp(self.config(tls)).unwrap()
    }

    /// Runs `act` before each greeting.
    pub fn before_greeting(&self, act: impl Fn() + Send + 'static) {
        *self.before_greeting.lock().unwrap() = Some(Box::new(act));
    }

    /// Answers the one command that names a recipient with "held", which waits for this.
    pub fn release(&self) {
        self.released.notify_one();
    }

    /// Refuses recipients with "grey" in their address for now, until told otherwise.
    pub fn greylist(&self, refuses: bool) {
        self.greylisting.store(refuses, Ordering::Relaxed);
    }

    /// Closes the connection after a mail instead of confirming it, until told otherwise.
    pub fn vanish(&self, vanishes: bool) {
        self.vanishing.store(vanishes, Ordering::Relaxed);
    }

    pub fn heard(&self, command: &str) -> usize {
        let commands = self.commands.lock().unwrap();
        commands
            .iter()
            .filter(|line| line.starts_with(command))
            .count()
    }
}

#[derive(Default)]
pub struct Talk {
    commands: Arc<Mutex<Vec<String>>>,
    mails: Arc<Mutex<Vec<Vec<u8>>>>,
    refuses_sender: bool,
    released: Arc<Notify>,
    greylisting: Arc<AtomicBool>,
    vanishing: Arc<AtomicBool>,
}

impl Talk {
    pub async fn serve(self, kind: Kind, socket: TcpStream) -> std::io::Result<()> {
        if kind == Kind::Implicit {
            let mut stream = BufReader::new(acceptor().accept(socket).await?);
            stream.write_all(b"220 localhost\r\n").await?;
            return self
                .talk(&mut stream, "250-localhost\r\n250 AUTH PLAIN LOGIN\r\n")
                .await;
        }
        let mut stream = BufReader::new(socket);
        stream.write_all(b"220 localhost\r\n").await?;
        if matches!(kind, Kind::Plain | Kind::RefusesSender) {
            return self.talk(&mut stream, "250 localhost\r\n").await;
        }
        self.talk(&mut stream, "250-localhost\r\n250 STARTTLS\r\n")
            .await?;
        if kind == Kind::Injected {
            stream
                .write_all(b"220 go\r\n250-evil\r\n250 AUTH PLAIN LOGIN\r\n")
                .await?;
        } else {
            stream.write_all(b"220 go\r\n").await?;
        }
        let mut stream = BufReader::new(acceptor().accept(stream.into_inner()).await?);
        self.talk(&mut stream, "250-localhost\r\n250 AUTH PLAIN LOGIN\r\n")
            .await
    }

    /// Talks until QUIT, STARTTLS or the end.
    async fn talk<S>(&self, stream: &mut BufReader<S>, hello: &str) -> std::io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut recipient = String::new();
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 {
            let command = std::mem::take(&mut line).trim_end().to_owned();
            self.commands.lock().unwrap().push(command.clone());
            let verb = command.split([' ', ':']).next().unwrap_or_default();
            let answer = match verb {
                "EHLO" => hello,
                "STARTTLS" | "QUIT" => return Ok(()),
                "AUTH" if command == "AUTH PLAIN AHBvc3RhbXQAZ2VoZWlt" => "235 2.7.0 welcome\r\n",
                "AUTH" => "535 5.7.8 wrong\r\n",
                "RCPT" => {
                    recipient.clone_from(&command);
                    if command.contains("grey") && self.greylisting.load(Ordering::Relaxed) {
                        "451 4.7.1 come back later\r\n"
                    } else {
                        rcpt(&command)
                    }
                }
                "MAIL" if self.refuses_sender => "550 5.7.1 sender rejected\r\n",
                "DATA" => "354 go on\r\n",
                _ => "250 2.0.0 fine\r\n",
            };
            if command.contains("held") {
                self.released.notified().await;
            }
            stream.write_all(answer.as_bytes()).await?;
            stream.flush().await?;
            if verb == "RCPT" && answer.starts_with("421") {
                return Ok(());
            }
            if verb == "DATA" && answer.starts_with("354") {
                let mut mail = Vec::new();
                while !mail.ends_with(b"\r\n.\r\n") {
                    stream.read_until(b'\n', &mut mail).await?;
                }
                let before = {
                    let mut mails = self.mails.lock().unwrap();
                    mails.push(mail);
                    mails.len() - 1
                };
                if recipient.contains("vanishes") || self.vanishing.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let response = format!("250 2.0.0 queued as {}\r\n", FIRST_QUEUE_ID + before);
                stream.write_all(response.as_bytes()).await?;
                stream.flush().await?;
            }
        }
        Ok(())
    }
}

fn rcpt(command: &str) -> &'static str {
    match command {
        c if c.contains("later") => "450-4.2.0 grey\r\n450 4.2.0 listed\r\n",
        c if c.contains("never") => "550 5.1.1 nobody \x1b[31mhere\r\n",
        c if c.contains("closes") => "421 4.3.2 shutting down\r\n",
        _ => "250 2.1.5 fine\r\n",
    }
}
