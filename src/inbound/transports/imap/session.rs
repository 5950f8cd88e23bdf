//! One connection to a mailbox (RFC 3501). The only module that names the crate `async_imap`.
use std::collections::HashSet;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use async_imap::error::Error;
use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::{Response, Status};
use async_imap::types::{Capability, Fetch, UnsolicitedResponse};
use async_imap::{Authenticator, Client};
use chrono::Utc;
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant as Timer, timeout};

use super::super::HEADER_LIMIT;
use super::super::bookmark::{Bookmark, Lost};
use super::sets::set_of;
use crate::config::ImapAccount;
use crate::db::Instant;
use crate::mail::{Tls, TlsClient};

/// The keyword of mails that were taken in.
pub const KEYWORD: &str = "$ReihumDone";
/// How long reaching and securing the connection may take.
const CONNECTING: Duration = Duration::from_secs(20);
/// How long the server may think about a command.
const COMMAND: Duration = Duration::from_mins(1);
/// How long a batch of mails may take to come.
const FETCHING: Duration = Duration::from_mins(10);
/// How long one IDLE lasts. The servers' limit is 29 minutes (RFC 2177), but a connection that is
/// dead without anybody having said so is found out only now.
const IDLE: Duration = Duration::from_mins(5);
/// How often the lease is looked after during IDLE.
const TICK: Duration = Duration::from_secs(5);
/// Octets of a line before TLS.
const PLAIN_LINE: usize = 1024;
/// Characters of a server's words that are kept.
const WORDS: usize = 300;

/// What went wrong with a connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The connection is lost.
    #[error("{0}")]
    Lost(String),
    /// The server refuses. The connection is still good.
    #[error("{0}")]
    Refused(String),
    /// The server's words cannot be understood. The connection is lost.
    #[error("the server's words cannot be understood")]
    Unreadable,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Bad(words) | Error::No(words) => Self::Refused(without_addresses(&words)),
            // What the parser says quotes the mail, which must not get into the log.
            Error::Io(error) if error.kind() == std::io::ErrorKind::Other => Self::Unreadable,
            Error::Io(error) => Self::from(error),
            Error::ConnectionLost => Self::Lost("the connection is lost".to_owned()),
            Error::Validate(_) => Self::Refused("a name has a line break".to_owned()),
            _ => Self::Unreadable,
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Lost(error.kind().to_string())
    }
}

/// A server's words as they can be logged.
fn without_addresses(words: &str) -> String {
    let words: Vec<_> = words
        .split(|sign: char| sign.is_whitespace() || sign.is_control())
        .filter(|word| !word.contains('@'))
        .collect();
    words.join(" ").chars().take(WORDS).collect()
}

async fn within<T, E: Into<Trouble>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    match timeout(limit, work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Trouble::Lost("the server takes too long".to_owned())),
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> Wire for T {}

/// A command is written in pieces, and leaves in one.
type Buffered = BufWriter<Box<dyn Wire>>;

/// A mailbox that is open.
pub struct Session {
    inner: async_imap::Session<Buffered>,
    can_move: bool,
    can_expunge: bool,
    /// Whether the server says when there are new mails.
    pub can_idle: bool,
}

/// A mail, or the header of one.
pub struct Fetched {
    /// Its number.
    pub uid: u32,
    /// Its text.
    pub raw: Vec<u8>,
    /// When it arrived, where the server knows.
    pub received_at: Option<Instant>,
}

impl Session {
    /// Connects, secures the connection, and signs in.
    ///
    /// # Errors
    /// If one of that does not succeed.
    pub async fn open(account: &ImapAccount, tls: &TlsClient) -> Result<Self, Trouble> {
        let client = within(CONNECTING, connect(account, tls)).await?;
        let signed_in = within(COMMAND, async { sign_in(client, account).await });
        let mut inner = signed_in.await?;
        let capabilities = within(COMMAND, inner.capabilities()).await?;
        let has = |name: &str| {
            let wanted = Capability::Atom(name.to_owned());
            capabilities.has(&wanted)
        };
        Ok(Self {
            can_move: has("MOVE"),
            can_expunge: has("UIDPLUS"),
            can_idle: has("IDLE"),
            inner,
        })
    }

    /// Opens a folder. Its UIDVALIDITY.
    ///
    /// # Errors
    /// If there is no such folder, or its mails have no lasting numbers.
    pub async fn select(&mut self, folder: &str) -> Result<u32, Trouble> {
        let mailbox = within(COMMAND, self.inner.select(folder)).await?;
        mailbox
            .uid_validity
            .ok_or_else(|| Trouble::Refused("the server has no UIDVALIDITY".to_owned()))
    }

    /// The mails after this one that were not taken in yet, in order.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn find(&mut self, after: u32) -> Result<Vec<u32>, Trouble> {
        self.forget_news();
        let first = after.saturating_add(1);
        let query = format!("UID {first}:* UNDELETED UNKEYWORD {KEYWORD}");
        let found = within(COMMAND, self.inner.uid_search(query)).await?;
        // `*` is the last mail even if that comes before the first one asked for (RFC 3501, 6.4.8).
        let mut found: Vec<u32> = found.into_iter().filter(|uid| *uid >= first).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// How large the mails are, in octets.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn sizes(&mut self, uids: &[u32]) -> Result<Vec<(u32, u64)>, Trouble> {
        let fetched = self.fetch(uids, "(UID RFC822.SIZE)", |fetch| {
            Some((fetch.uid?, u64::from(fetch.size?)))
        });
        fetched.await
    }

    /// The mails.
    ///
    /// # Errors
    /// If the connection is lost or the server's words cannot be understood.
    pub async fn mails(&mut self, uids: &[u32]) -> Result<Vec<Fetched>, Trouble> {
        self.fetch(uids, "(UID INTERNALDATE BODY.PEEK[])", |fetch| {
            fetched(fetch, fetch.body()?)
        })
        .await
    }

    /// The mails' headers, up to [`HEADER_LIMIT`].
    ///
    /// # Errors
    /// As [`Session::mails`].
    pub async fn headers(&mut self, uids: &[u32]) -> Result<Vec<Fetched>, Trouble> {
        let what = format!("(UID INTERNALDATE BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>)");
        self.fetch(uids, &what, |fetch| fetched(fetch, fetch.header()?))
            .await
    }

    async fn fetch<T>(
        &mut self,
        uids: &[u32],
        what: &str,
        read: impl Fn(&Fetch) -> Option<T>,
    ) -> Result<Vec<T>, Trouble> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: HashSet<u32> = uids.iter().copied().collect();
        let work = async {
            let answers = self.inner.uid_fetch(set_of(uids), what).await?;
            collect(answers, |fetch| {
                // The server may speak of other mails in between.
                fetch.uid.filter(|uid| wanted.contains(uid))?;
                read(fetch)
            })
            .await
        };
        within(FETCHING, work).await
    }

    /// Marks mails as taken in.
    ///
    /// # Errors
    /// If the server has no keywords, or the connection is lost.
    pub async fn flag(&mut self, uids: &[u32]) -> Result<(), Trouble> {
        let command = format!("UID STORE {} +FLAGS.SILENT ({KEYWORD})", set_of(uids));
        within(COMMAND, self.inner.run_command_and_check_ok(command)).await
    }

    /// Moves mails into a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If the server refuses, or the connection is lost.
    pub async fn file(&mut self, uids: &[u32], folder: &str) -> Result<(), Trouble> {
        match self.try_to_file(uids, folder).await {
            Err(Trouble::Refused(_)) => {}
            done => return done,
        }
        match within(COMMAND, self.inner.create(folder)).await {
            // It may be there by now; moving tells.
            Ok(()) | Err(Trouble::Refused(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        self.try_to_file(uids, folder).await
    }

    async fn try_to_file(&mut self, uids: &[u32], folder: &str) -> Result<(), Trouble> {
        let set = set_of(uids);
        if self.can_move {
            return within(COMMAND, self.inner.uid_mv(&set, folder)).await;
        }
        within(COMMAND, self.inner.uid_copy(&set, folder)).await?;
        let deleted = format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)");
        within(COMMAND, self.inner.run_command_and_check_ok(deleted)).await?;
        if self.can_expunge {
            // A plain EXPUNGE would also remove what others have marked.
            let command = format!("UID EXPUNGE {set}");
            within(COMMAND, self.inner.run_command_and_check_ok(command)).await?;
        }
        Ok(())
    }

    /// Asks for nothing, so that the server can say what is new.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn noop(&mut self) -> Result<(), Trouble> {
        within(COMMAND, self.inner.noop()).await
    }

    /// Waits until the server says something, a few minutes at most, or until told to stop.
    ///
    /// # Errors
    /// If the connection or the mailbox is lost.
    pub async fn idle(
        self,
        bookmark: &mut Bookmark,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Self, Trouble> {
        let Self {
            inner,
            can_move,
            can_expunge,
            can_idle,
        } = self;
        let news = inner.unsolicited_responses.clone();
        let mut handle = inner.idle();
        within(COMMAND, handle.init()).await?;
        // What came between the last look and IDLE.
        let mut is_new = false;
        while let Ok(response) = news.try_recv() {
            is_new |= matches!(response, UnsolicitedResponse::Exists(_));
        }
        let end = Timer::now() + IDLE;
        while !is_new && !*stop.borrow() && Timer::now() < end {
            // It ends the waiting when it is dropped.
            let (waiting, _interrupt) = handle.wait_with_timeout(TICK);
            tokio::select! {
                response = waiting => match response? {
                    IdleResponse::NewData(_) => is_new = true,
                    IdleResponse::Timeout => {}
                    // Nobody here interrupts: the server has ended the connection.
                    IdleResponse::ManualInterrupt => return Err(Error::ConnectionLost.into()),
                },
                _ = stop.wait_for(|stop| *stop) => {}
            }
            keep(bookmark).await?;
        }
        let inner = within(COMMAND, handle.done()).await?;
        Ok(Self {
            inner,
            can_move,
            can_expunge,
            can_idle,
        })
    }

    /// Says goodbye. Dropping the session without it is allowed, but not polite.
    pub async fn close(mut self) {
        let _ = timeout(TICK, self.inner.logout()).await;
    }

    /// The crate collects what the server says unasked, in a channel that must not run over.
    fn forget_news(&self) {
        while self.inner.unsolicited_responses.try_recv().is_ok() {}
    }
}

/// Keeps the mailbox for this instance.
///
/// # Errors
/// If it is another's by now.
pub async fn keep(bookmark: &mut Bookmark) -> Result<(), Trouble> {
    Ok(bookmark.keep().await?)
}

impl From<Lost> for Trouble {
    fn from(_: Lost) -> Self {
        Self::Lost("the mailbox is read by another instance".to_owned())
    }
}

/// All answers have to be read, or the next command would get them.
async fn collect<T>(
    answers: impl Stream<Item = Result<Fetch, Error>>,
    read: impl Fn(&Fetch) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let mut answers = std::pin::pin!(answers);
    let mut found = Vec::new();
    while let Some(fetch) = answers.next().await {
        found.extend(read(&fetch?));
    }
    Ok(found)
}

fn fetched(fetch: &Fetch, text: &[u8]) -> Option<Fetched> {
    Some(Fetched {
        uid: fetch.uid?,
        raw: text.to_vec(),
        received_at: fetch
            .internal_date()
            .map(|date| Instant::from(date.with_timezone(&Utc))),
    })
}

async fn connect(account: &ImapAccount, tls: &TlsClient) -> Result<Client<Buffered>, Trouble> {
    let mut socket = TcpStream::connect((account.host.as_str(), account.port)).await?;
    socket.set_nodelay(true)?;
    if account.tls == Tls::Starttls {
        start_tls(&mut socket).await?;
    }
    let wire: Box<dyn Wire> = match account.tls {
        Tls::None => Box::new(socket),
        Tls::Implicit | Tls::Starttls => {
            let secured = tls.connect(socket).await;
            Box::new(secured.map_err(|failure| Trouble::Lost(failure.reason))?)
        }
    };
    let mut client = Client::new(BufWriter::new(wire));
    if account.tls != Tls::Starttls {
        let greeting = client.read_response().await?;
        match greeting.ok_or(Error::ConnectionLost)?.parsed() {
            Response::Data {
                status: Status::Ok, ..
            } => {}
            _ => return Err(Trouble::Refused("the server turns us away".to_owned())),
        }
    }
    Ok(client)
}

/// Speaks in the clear up to the beginning of TLS, by hand: not an octet is read beyond the server's
/// answer, so that nothing an attacker puts behind it is taken for the server's words under TLS.
async fn start_tls(socket: &mut TcpStream) -> Result<(), Trouble> {
    let refused = || Trouble::Refused("the server does not offer STARTTLS".to_owned());
    if !plain_line(socket).await?.starts_with(b"* OK") {
        return Err(Trouble::Refused("the server turns us away".to_owned()));
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

async fn plain_line(socket: &mut TcpStream) -> Result<Vec<u8>, Trouble> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        if line.len() >= PLAIN_LINE {
            return Err(Trouble::Unreadable);
        }
        line.push(socket.read_u8().await?);
    }
    Ok(line)
}

async fn sign_in(
    client: Client<Buffered>,
    account: &ImapAccount,
) -> Result<async_imap::Session<Buffered>, Trouble> {
    let ImapAccount {
        username, password, ..
    } = account;
    // LOGIN is for ASCII only.
    let signed_in = match username.is_ascii() && password.is_ascii() {
        true => client.login(username, password).await,
        false => client.authenticate("PLAIN", Plain(account)).await,
    };
    signed_in.map_err(|(error, _)| match Trouble::from(error) {
        Trouble::Refused(words) => Trouble::Refused(format!("signing in fails: {words}")),
        trouble => trouble,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_logged_without_addresses_and_mails_not_at_all() {
        let refused = Error::No("[AUTH] info: Some(\"a.b@owl.example is\nunknown\")".to_owned());
        let Trouble::Refused(words) = Trouble::from(refused) else {
            panic!("it is refused");
        };
        assert_eq!(words, "[AUTH] info: is unknown\")");
        let quoting = std::io::Error::other("Error during parsing of Subject: secret");
        assert_eq!(Trouble::from(Error::Io(quoting)), Trouble::Unreadable);
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(Trouble::from(reset).to_string(), "connection reset");
    }
}
