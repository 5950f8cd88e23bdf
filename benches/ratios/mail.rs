//! Mails: a server that takes everything, and a bare loop of lettre that has nothing to do but send.
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::load::Sample;

/// How long nothing may arrive before something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server that takes every mail, while its gate is open, and forgets it.
pub struct Sink {
    pub address: SocketAddr,
    gate: watch::Sender<bool>,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    count: usize,
    first: Option<Instant>,
    last: Option<Instant>,
    /// The mail that came last, as it went over the wire.
    mail: Vec<u8>,
}

impl Sink {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (gate, opening) = watch::channel(true);
        let taken = Arc::new(Mutex::new(Taken::default()));
        let counts = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A sender that breaks off is its own affair; what is missing is seen in the count.
                tokio::spawn(session(stream, opening.clone(), counts.clone()));
            }
        });
        Ok(Self {
            address,
            gate,
            taken,
        })
    }

    /// Takes nothing until [`Sink::count`] is called, so that mails can pile up before it.
    pub fn close(&self) {
        self.gate.send_replace(false);
    }

    /// Waits for `count` mails; their rate is counted from the first to the last that arrived.
    pub async fn count(&self, count: usize) -> Result<Sample> {
        *lock(&self.taken) = Taken::default();
        self.gate.send_replace(true);
        let began = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let taken = lock(&self.taken);
            if let (Some(first), Some(last)) = (taken.first, taken.last)
                && taken.count >= count
            {
                let seconds = (last - first).as_secs_f64();
                return Ok(Sample {
                    per_second: (taken.count - 1) as f64 / seconds,
                    p99: None,
                });
            }
            if taken.last.unwrap_or(began).elapsed() > PATIENCE {
                bail!("{} of {count} mails have arrived", taken.count);
            }
        }
    }

    /// The mail that came last.
    pub fn mail(&self) -> Vec<u8> {
        lock(&self.taken).mail.clone()
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn session(
    stream: TcpStream,
    mut opening: watch::Receiver<bool>,
    taken: Arc<Mutex<Taken>>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::with_capacity(64 * 1024, stream);
    stream.write_all(b"220 sink.example\r\n").await?;
    let (mut line, mut mail, mut replies) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let reply: &[u8] = match line.get(..4).unwrap_or_default() {
            b"EHLO" => b"250-sink.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n",
            b"DATA" => {
                replies.extend_from_slice(b"354 go on\r\n");
                stream.write_all(&replies).await?;
                replies.clear();
                mail.clear();
                while !mail.ends_with(b"\r\n.\r\n") {
                    if stream.read_until(b'\n', &mut mail).await? == 0 {
                        return Ok(());
                    }
                }
                note(&taken, &mail);
                b"250 taken\r\n"
            }
            b"QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            b"MAIL" => {
                opening.wait_for(|open| *open).await?;
                b"250 ok\r\n"
            }
            _ => b"250 ok\r\n",
        };
        replies.extend_from_slice(reply);
        // To commands that came together the replies go together (RFC 2920, 3.2).
        if stream.buffer().is_empty() {
            stream.write_all(&replies).await?;
            replies.clear();
        }
    }
}

fn note(taken: &Mutex<Taken>, mail: &[u8]) {
    let now = Instant::now();
    let mut taken = lock(taken);
    taken.count += 1;
    taken.first.get_or_insert(now);
    taken.last = Some(now);
    if taken.mail.len() != mail.len() {
        taken.mail = mail.to_vec();
    }
}

/// Sends the mail in `file` `count` times over `connections` with `TCP_NODELAY`, on one thread.
pub fn send_raw(address: &str, connections: usize, count: usize, file: &Path) -> Result<()> {
    let address: SocketAddr = address.parse()?;
    let mail: Arc<[u8]> = std::fs::read(file)?.into();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let mut senders = tokio::task::JoinSet::new();
        for connection in 0..connections {
            let own = (count + connection) / connections;
            senders.spawn(send_over_one(address, own, mail.clone()));
        }
        while let Some(done) = senders.join_next().await {
            done??;
        }
        Ok(())
    })
}

async fn send_over_one(address: SocketAddr, count: usize, mail: Arc<[u8]>) -> Result<()> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let hello = ClientId::Domain("bench.example".to_owned());
    let mut connection =
        AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?;
    let sender = "treffen@reihum.example".parse().context("no address")?;
    let recipient = "anke@herford.example".parse().context("no address")?;
    let envelope = Envelope::new(Some(sender), vec![recipient])?;
    for _ in 0..count {
        connection.send(&envelope, &mail).await?;
    }
    connection.quit().await?;
    Ok(())
}
