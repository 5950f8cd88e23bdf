//! An HTTP/1.1 client over one kept connection, which does as little as it can: what it takes is
//! taken from both sides alike.
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is used again and again.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back, as it lies in the client's buffer.
pub struct Answer<'a> {
    pub status: u16,
    head: &'a [u8],
    pub body: &'a [u8],
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let buffer = Vec::with_capacity(64 * 1024);
        Ok(Self { stream, buffer })
    }

    /// Sends the bytes of a request and waits for the whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.receive().await?;
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        // HTTP/1.1 200 OK
        let status = self
            .buffer
            .get(9..12)
            .and_then(|code| std::str::from_utf8(code).ok());
        let status = status
            .and_then(|code| code.parse().ok())
            .context("no status line")?;
        let length = match status {
            204 | 304 => 0,
            _ => header(&self.buffer[..head], "content-length")
                .and_then(|text| text.parse().ok())
                .context("the answer does not tell its length")?,
        };
        while self.buffer.len() < head + length {
            self.receive().await?;
        }
        let (head, body) = self.buffer.split_at(head);
        Ok(Answer { status, head, body })
    }

    async fn receive(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => bail!("the server has closed the connection"),
            _ => Ok(()),
        }
    }
}

impl Answer<'_> {
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(self.body).context("the answer is not JSON")
    }

    /// The error that an answer of another status is.
    pub fn expect(&self, status: u16) -> Result<()> {
        if self.status == status {
            return Ok(());
        }
        bail!(
            "{} instead of {status}: {}",
            self.status,
            String::from_utf8_lossy(self.body)
        )
    }
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(head).ok()?;
    let mut headers = text.lines().filter_map(|line| line.split_once(':'));
    headers
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// The bytes of a GET.
pub fn get(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    request("GET", path, headers, "")
}

/// The bytes of a POST of JSON.
pub fn post(path: &str, token: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len().to_string();
    let headers = [
        ("authorization", &*bearer(token)),
        ("content-type", "application/json"),
        ("content-length", &length),
    ];
    request("POST", path, &headers, &body)
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: bench.example\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.extend(["\r\n", body]);
    text.into_bytes()
}
