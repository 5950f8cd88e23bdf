//! Load from a fixed number of connections, and what came of it.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;

use crate::client::Client;

/// Connections that ask at the same time, each waiting for its answer before it asks again.
pub const CONNECTIONS: usize = 32;

/// Whom to ask, and what.
#[derive(Clone)]
pub struct Load {
    pub address: SocketAddr,
    /// Requests of which one is picked by chance each time.
    pub requests: Arc<Vec<Vec<u8>>>,
    /// The status every answer must have.
    pub expected: u16,
}

/// What one round gave.
#[derive(Clone, Copy)]
pub struct Sample {
    pub per_second: f64,
    /// 99 of 100 answers took no longer; none where only the whole was timed.
    pub p99: Option<Duration>,
}

impl Load {
    pub fn new(address: SocketAddr, requests: Vec<Vec<u8>>, expected: u16) -> Self {
        let requests = Arc::new(requests);
        Self {
            address,
            requests,
            expected,
        }
    }

    /// Asks for as long as `time`; the same seed picks the same requests.
    pub async fn for_a_while(&self, time: Duration, seed: u64) -> Result<Sample> {
        self.run(|connection| {
            let mut random = StdRng::seed_from_u64(seed * CONNECTIONS as u64 + connection);
            let end = Instant::now() + time;
            let count = self.requests.len();
            move || (Instant::now() < end).then(|| random.random_range(..count))
        })
        .await
    }

    /// Asks everything once.
    pub async fn each_once(&self) -> Result<Sample> {
        let next = Arc::new(AtomicUsize::new(0));
        self.run(|_| {
            let (next, count) = (next.clone(), self.requests.len());
            move || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < count)
        })
        .await
    }

    async fn run<P: FnMut() -> Option<usize> + Send + 'static>(
        &self,
        picks: impl Fn(u64) -> P,
    ) -> Result<Sample> {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(Client::connect(self.address).await?);
        }
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for (connection, client) in (0..).zip(clients) {
            tasks.spawn(ask(self.clone(), client, picks(connection)));
        }
        let mut times = Vec::new();
        while let Some(done) = tasks.join_next().await {
            times.extend(done??);
        }
        let seconds = began.elapsed().as_secs_f64();
        times.sort_unstable();
        let p99 = times.get(times.len() * 99 / 100).copied();
        Ok(Sample {
            per_second: times.len() as f64 / seconds,
            p99,
        })
    }
}

async fn ask(
    load: Load,
    mut client: Client,
    mut pick: impl FnMut() -> Option<usize>,
) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(16 * 1024);
    while let Some(index) = pick() {
        let request = &load.requests[index];
        let began = Instant::now();
        let answer = client.exchange(request).await?;
        answer.expect(load.expected).with_context(|| {
            let line = request
                .split(|byte| *byte == b'\r')
                .next()
                .unwrap_or_default();
            String::from_utf8_lossy(line).into_owned()
        })?;
        times.push(began.elapsed());
    }
    Ok(times)
}
