//! One connection of a client.
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{SemaphorePermit, watch};
use tokio::time::timeout;

use super::Shared;
use super::command::{self, Command};
use super::lines::{self, Content, Line};
use crate::inbound::intake::Delivery;
use crate::inbound::transports::Outcome;

/// Recipients of one mail.
const RECIPIENTS: usize = 100;
/// Commands that went wrong before the connection is given up.
const MISTAKES: u32 = 50;
/// How long the client may think (RFC 5321, 4.5.3.2.7).
const IDLE: Duration = Duration::from_mins(5);
/// How long the client may pause within a mail (RFC 5321, 4.5.3.2.5).
const DATA_IDLE: Duration = Duration::from_mins(3);
/// How long sending a mail may take in all.
const DATA: Duration = Duration::from_mins(10);
/// How long writing replies may take.
const WRITING: Duration = Duration::from_mins(1);
/// How long is waited for room for a mail.
const ROOM: Duration = Duration::from_secs(30);
/// Replies are collected up to this size.
const REPLIES: usize = 16 * 1024;

const SEQUENCE: &str = "503 5.5.1 This comes too early";
const TOO_LARGE: &str = "552 5.3.4 The mail is too large";
const LATER: &str = "451 4.3.0 Not now; try again later";
const TAKEN: &str = "250 2.0.0 Taken";
const FINE: &str = "250 2.0.0 Fine";

pub(super) struct Session<S> {
    shared: Arc<Shared>,
    stream: BufReader<S>,
    stop: watch::Receiver<bool>,
    replies: Vec<u8>,
    greeted: bool,
    mail: Option<Mail>,
    mistakes: u32,
}

/// What is known of a mail before it comes.
struct Mail {
    size: Option<u64>,
    recipients: Vec<String>,
}

enum Next {
    GoOn,
    Close,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(shared: Arc<Shared>, stream: S, stop: watch::Receiver<bool>) -> Self {
        Self {
            shared,
            stream: BufReader::new(stream),
            stop,
            replies: Vec::new(),
            greeted: false,
            mail: None,
            mistakes: 0,
        }
    }

    pub(super) async fn run(mut self) -> io::Result<()> {
        let greeting = format!("220 {} LMTP reihum", self.shared.host);
        self.reply(&greeting);
        loop {
            // What was sent in one piece is answered in one piece (RFC 2920).
            if self.stream.buffer().is_empty() || self.replies.len() > REPLIES {
                self.flush().await?;
            }
            let stopped = async { self.stop.wait_for(|stop| *stop).await.map(drop) };
            let line = tokio::select! {
                biased;
                line = lines::command(&mut self.stream, IDLE) => Some(line),
                _ = stopped => None,
            };
            let command = match line {
                None => {
                    self.reply("421 4.3.2 The service stops");
                    return self.flush().await;
                }
                Some(Ok(Line::Command(line))) => command::parse(&line),
                Some(Ok(Line::Malformed)) => {
                    Err("500 5.5.2 A line is too long or does not end in CR LF")
                }
                Some(Ok(Line::End)) => return Ok(()),
                Some(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
                    self.reply("421 4.4.2 Too long a silence");
                    return self.flush().await;
                }
                Some(Err(error)) => return Err(error),
            };
            let next = match command {
                Ok(command) => self.obey(command).await?,
                Err(refusal) => {
                    self.mistake(refusal);
                    Next::GoOn
                }
            };
            if self.mistakes > MISTAKES {
                self.reply("421 4.7.0 Too many mistakes");
                return self.flush().await;
            }
            if let Next::Close = next {
                return self.flush().await;
            }
        }
    }

    fn reply(&mut self, text: &str) {
        self.replies.extend_from_slice(text.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
    }

    fn mistake(&mut self, text: &str) {
        self.mistakes += 1;
        self.reply(text);
    }

    async fn flush(&mut self) -> io::Result<()> {
        let replies = std::mem::take(&mut self.replies);
        let written = timeout(WRITING, async {
            self.stream.write_all(&replies).await?;
            self.stream.flush().await
        });
        written
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn obey(&mut self, command: Command) -> io::Result<Next> {
        match command {
            Command::Hello => {
                let (host, size) = (&self.shared.host, self.shared.max_bytes);
                let text = format!(
                    "250-{host}\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE {size}"
                );
                self.greeted = true;
                self.mail = None;
                self.reply(&text);
            }
            Command::Mail { size } => match size {
                _ if !self.greeted || self.mail.is_some() => self.mistake(SEQUENCE),
                Some(size) if size > self.shared.max_bytes => self.reply(TOO_LARGE),
                size => {
                    let recipients = Vec::new();
                    self.mail = Some(Mail { size, recipients });
                    self.reply("250 2.1.0 Fine");
                }
            },
            Command::Recipient(recipient) => self.recipient(recipient).await,
            Command::Data => return self.data().await,
            Command::Reset => {
                self.mail = None;
                self.reply(FINE);
            }
            Command::Noop => self.reply(FINE),
            Command::Verify => self.reply("252 2.5.0 Send it and see"),
            Command::Quit => {
                self.reply("221 2.0.0 Goodbye");
                return Ok(Next::Close);
            }
        }
        Ok(Next::GoOn)
    }

    async fn recipient(&mut self, recipient: String) {
        let Some(mail) = &mut self.mail else {
            return self.mistake(SEQUENCE);
        };
        if mail.recipients.len() >= RECIPIENTS {
            return self.mistake("452 4.5.3 Too many recipients of one mail");
        }
        match (self.shared.recipients)(recipient.clone()).await {
            Ok(true) => {
                mail.recipients.push(recipient);
                self.reply("250 2.1.5 Fine");
            }
            Ok(false) => self.mistake("550 5.1.1 There is no such mailbox here"),
            Err(_) => self.reply(LATER),
        }
    }

    async fn data(&mut self) -> io::Result<Next> {
        if self
            .mail
            .as_ref()
            .is_none_or(|mail| mail.recipients.is_empty())
        {
            self.mistake(SEQUENCE);
            return Ok(Next::GoOn);
        }
        let Some(mail) = self.mail.take() else {
            return Ok(Next::GoOn);
        };
        let shared = self.shared.clone();
        let Some(_room) = room(&shared, mail.size).await else {
            self.reply("452 4.3.1 No room at present; try again later");
            return Ok(Next::GoOn);
        };
        self.reply("354 Go on");
        self.flush().await?;
        let content = lines::content(&mut self.stream, shared.max_bytes, DATA_IDLE);
        let content = timeout(DATA, content)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
        let count = mail.recipients.len();
        let verdict = match content {
            Content::End => return Ok(Next::Close),
            Content::TooLarge => TOO_LARGE,
            Content::Whole(raw) => {
                let delivery = Delivery {
                    raw,
                    too_large: None,
                    recipients: mail.recipients,
                    received_at: shared.clock.now(),
                };
                match shared.reception.hand_over("lmtp", delivery).await {
                    Outcome::Taken(_) => TAKEN,
                    Outcome::Later | Outcome::Broken => LATER,
                }
            }
        };
        // Each recipient that was accepted gets a reply of its own (RFC 2033, 4.2).
        for _ in 0..count {
            self.reply(verdict);
        }
        Ok(Next::GoOn)
    }
}

/// Room in memory for a mail of the announced size, or of any.
async fn room(shared: &Shared, size: Option<u64>) -> Option<SemaphorePermit<'_>> {
    let octets = size.unwrap_or(shared.max_bytes).min(shared.max_bytes);
    let permits = u32::try_from(octets / 1024 + 1).unwrap_or(u32::MAX);
    timeout(ROOM, shared.room.acquire_many(permits))
        .await
        .ok()?
        .ok()
}
