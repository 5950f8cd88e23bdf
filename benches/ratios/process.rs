//! The programs that are measured, each in a process of its own.
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::client::{Client, get};

/// How long a program may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(40);

/// A server that runs, until dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

/// Megabytes (of 1,000,000 bytes) that lie in memory.
pub struct Memory {
    pub now: f64,
    pub at_most: f64,
}

/// The program `reihum`, its settings all given and none taken from the environment.
fn reihum(database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reihum"));
    command
        .env_clear()
        .env("REIHUM_DATABASE_URL", database)
        .env("REIHUM_SECRET", "the secret of the benches, known to all");
    command
}

/// An operator's token; brings the schema up to date on the way.
pub fn operator_token(database: &str) -> Result<String> {
    let output = reihum(database)
        .args(["token", "create", "--operator"])
        .output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

impl Server {
    /// `reihum serve` as it comes, its log at the usual level but thrown away, mails to `mail`.
    /// Also tells how long it took to answer.
    pub async fn reihum(database: &str, mail: SocketAddr) -> Result<(Self, Duration)> {
        Self::serve(reihum(database), mail).await
    }

    /// The same, but mails go over so many connections.
    pub async fn mailer(database: &str, mail: SocketAddr, connections: usize) -> Result<Self> {
        let mut command = reihum(database);
        command.env("REIHUM_MAIL_CONNECTIONS", connections.to_string());
        Ok(Self::serve(command, mail).await?.0)
    }

    async fn serve(mut command: Command, mail: SocketAddr) -> Result<(Self, Duration)> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let began = Instant::now();
        let child = command
            .arg("serve")
            .env("REIHUM_LISTEN", address.to_string())
            .env("REIHUM_SMTP_HOST", mail.ip().to_string())
            .env("REIHUM_SMTP_PORT", mail.port().to_string())
            .env("REIHUM_SMTP_TLS", "none")
            .stdout(Stdio::null())
            .spawn()?;
        let mut server = Self { child, address };
        while !server.answers().await {
            if let Some(status) = server.child.try_wait()? {
                bail!("reihum ended with {status}");
            }
            if began.elapsed() > PATIENCE {
                bail!("reihum does not answer");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok((server, began.elapsed()))
    }

    /// This program as a bare server, which says its address in its first line.
    pub fn rig(arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().context("no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().context("the rig did not start")?;
        Ok(Self { child, address })
    }

    async fn answers(&self) -> bool {
        let Ok(mut client) = Client::connect(self.address).await else {
            return false;
        };
        client
            .exchange(&get("/healthz", &[]))
            .await
            .is_ok_and(|answer| answer.status == 200)
    }

    pub fn memory(&self) -> Result<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: f64 = line.trim_end_matches("kB").trim().parse().ok()?;
            Some(kibibytes * 1024.0 / 1e6)
        };
        let now = of("VmRSS:").context("no VmRSS")?;
        let at_most = of("VmHWM:").context("no VmHWM")?;
        Ok(Memory { now, at_most })
    }

    /// Stops it as an operator does, so that the next start finds everything in order.
    pub async fn stop(mut self) -> Result<()> {
        let told = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        let began = Instant::now();
        while told.success() && began.elapsed() < PATIENCE {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the server does not stop")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
