//! The commands on an open mailbox (RFC 3501).
use std::collections::HashSet;
use std::time::Duration;

use async_imap::error::Error;
use async_imap::extensions::idle::IdleResponse;
use async_imap::types::{Capability, Fetch, UnsolicitedResponse};
use chrono::Utc;
use futures_util::{Stream, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant as Timer, timeout};

use super::connection::{ImapConnection, connect, sign_in};
use super::error::ImapError;
use super::sets::set_of;
use crate::config::ImapAccount;
use crate::db::Instant;
use crate::inbound::transports::mailbox_lease::MailboxLease;
use crate::inbound::transports::message::HEADER_LIMIT;
use mail::TlsClient;

/// The keyword of mails that were taken in.
pub const KEYWORD: &str = "$ReihumDone";
/// How long connecting may take, TLS included.
const CONNECTING: Duration = Duration::from_secs(20);
/// How long the server may take to respond to a command.
const COMMAND: Duration = Duration::from_mins(1);
/// How long fetching a batch of mails may take.
const FETCHING: Duration = Duration::from_mins(10);
/// How long one IDLE lasts. Servers allow 29 minutes (RFC 2177), but a connection that broke silently
/// is noticed only at the end.
const IDLE: Duration = Duration::from_mins(5);
/// How often the lease is checked during IDLE.
const TICK: Duration = Duration::from_secs(5);

async fn within<T, E: Into<ImapError>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, ImapError> {
    match timeout(limit, work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(ImapError::Lost("the server takes too long".to_owned())),
    }
}

/// An open mailbox.
pub struct ImapSession {
    inner: async_imap::Session<ImapConnection>,
    can_move: bool,
    can_expunge: bool,
    /// Whether the server reports new mails by itself (IDLE).
    pub can_idle: bool,
}

/// A mail, or the header of one.
pub struct FetchedMail {
    /// Its UID.
    pub uid: u32,
    /// Its text.
    pub raw: Vec<u8>,
    /// When it arrived, if the server knows (INTERNALDATE).
    pub received_at: Option<Instant>,
}

impl ImapSession {
    /// Connects and signs in.
    pub async fn open(account: &ImapAccount, tls_client: &TlsClient) -> Result<Self, ImapError> {
        let client = within(CONNECTING, connect(account, tls_client)).await?;
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

    /// Opens a folder; returns its UIDVALIDITY.
    ///
    /// # Errors
    /// If there is no such folder, or its UIDs are not persistent.
    pub async fn select(&mut self, folder: &str) -> Result<u32, ImapError> {
        let mailbox = within(COMMAND, self.inner.select(folder)).await?;
        mailbox
            .uid_validity
            .ok_or_else(|| ImapError::Refused("the server has no UIDVALIDITY".to_owned()))
    }

    /// The UIDs after this one of the mails that were not taken in yet, in order.
    pub async fn find(&mut self, after: u32) -> Result<Vec<u32>, ImapError> {
        self.discard_unsolicited();
        let first = after.saturating_add(1);
        let query = format!("UID {first}:* UNDELETED UNKEYWORD {KEYWORD}");
        let found = within(COMMAND, self.inner.uid_search(query)).await?;
        // `*` is the last mail even if that comes before the first one asked for (RFC 3501, 6.4.8).
        let mut found: Vec<u32> = found.into_iter().filter(|uid| *uid >= first).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// The sizes of the mails, in octets.
    pub async fn sizes(&mut self, uids: &[u32]) -> Result<Vec<(u32, u64)>, ImapError> {
        let fetched = self.fetch(uids, "(UID RFC822.SIZE)", |fetch| {
            Some((fetch.uid?, u64::from(fetch.size?)))
        });
        fetched.await
    }

    /// The mails.
    pub async fn mails(&mut self, uids: &[u32]) -> Result<Vec<FetchedMail>, ImapError> {
        self.fetch(uids, "(UID INTERNALDATE BODY.PEEK[])", |fetch| {
            fetched(fetch, fetch.body()?)
        })
        .await
    }

    /// The headers of the mails, up to [`HEADER_LIMIT`].
    pub async fn headers(&mut self, uids: &[u32]) -> Result<Vec<FetchedMail>, ImapError> {
        let what = format!("(UID INTERNALDATE BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>)");
        self.fetch(uids, &what, |fetch| fetched(fetch, fetch.header()?))
            .await
    }

    async fn fetch<T>(
        &mut self,
        uids: &[u32],
        what: &str,
        read: impl Fn(&Fetch) -> Option<T>,
    ) -> Result<Vec<T>, ImapError> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: HashSet<u32> = uids.iter().copied().collect();
        let work = async {
            let responses = self.inner.uid_fetch(set_of(uids), what).await?;
            collect(responses, |fetch| {
                // The server may report other mails in between.
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
    /// If the server does not support keywords, or the connection is lost.
    pub async fn flag(&mut self, uids: &[u32]) -> Result<(), ImapError> {
        let command = format!("UID STORE {} +FLAGS.SILENT ({KEYWORD})", set_of(uids));
        within(COMMAND, self.inner.run_command_and_check_ok(command)).await
    }

    /// Moves mails into a folder, which is created if it is missing.
    pub async fn move_to(&mut self, uids: &[u32], folder: &str) -> Result<(), ImapError> {
        match self.try_move(uids, folder).await {
            Err(ImapError::Refused(_)) => {}
            done => return done,
        }
        match within(COMMAND, self.inner.create(folder)).await {
            // It may exist by now; the next try tells.
            Ok(()) | Err(ImapError::Refused(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        self.try_move(uids, folder).await
    }

    async fn try_move(&mut self, uids: &[u32], folder: &str) -> Result<(), ImapError> {
        let set = set_of(uids);
        if self.can_move {
            return within(COMMAND, self.inner.uid_mv(&set, folder)).await;
        }
        within(COMMAND, self.inner.uid_copy(&set, folder)).await?;
        let deleted = format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)");
        within(COMMAND, self.inner.run_command_and_check_ok(deleted)).await?;
        if self.can_expunge {
            // A plain EXPUNGE would also remove what other clients have marked.
            let command = format!("UID EXPUNGE {set}");
            within(COMMAND, self.inner.run_command_and_check_ok(command)).await?;
        }
        Ok(())
    }

    /// Gives the server the opportunity to report new mails.
    pub async fn noop(&mut self) -> Result<(), ImapError> {
        within(COMMAND, self.inner.noop()).await
    }

    /// Waits until the server reports something, a few minutes at most, or until told to stop.
    pub async fn idle(
        self,
        lease: &mut MailboxLease,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Self, ImapError> {
        let Self {
            inner,
            can_move,
            can_expunge,
            can_idle,
        } = self;
        let unsolicited = inner.unsolicited_responses.clone();
        let mut handle = inner.idle();
        within(COMMAND, handle.init()).await?;
        // What the server reported between the last search and IDLE.
        let mut is_new = false;
        while let Ok(response) = unsolicited.try_recv() {
            is_new |= matches!(response, UnsolicitedResponse::Exists(_));
        }
        let end = Timer::now() + IDLE;
        while !is_new && !*stop.borrow() && Timer::now() < end {
            // Dropping it would end the waiting.
            let (waiting, _interrupt) = handle.wait_with_timeout(TICK);
            tokio::select! {
                response = waiting => match response? {
                    IdleResponse::NewData(_) => is_new = true,
                    IdleResponse::Timeout => {}
                    // Nothing here interrupts: the server has closed the connection.
                    IdleResponse::ManualInterrupt => return Err(Error::ConnectionLost.into()),
                },
                _ = stop.wait_for(|stop| *stop) => {}
            }
            lease.renew().await?;
        }
        let inner = within(COMMAND, handle.done()).await?;
        Ok(Self {
            inner,
            can_move,
            can_expunge,
            can_idle,
        })
    }

    /// Signs out.
    pub async fn close(mut self) {
        let _ = timeout(TICK, self.inner.logout()).await;
    }

    /// The crate collects unsolicited responses in a channel, which must not overflow.
    fn discard_unsolicited(&self) {
        while self.inner.unsolicited_responses.try_recv().is_ok() {}
    }
}

/// Reads all responses, or the next command would get those that are left.
async fn collect<T>(
    responses: impl Stream<Item = Result<Fetch, Error>>,
    read: impl Fn(&Fetch) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let mut responses = std::pin::pin!(responses);
    let mut found = Vec::new();
    while let Some(fetch) = responses.next().await {
        found.extend(read(&fetch?));
    }
    Ok(found)
}

fn fetched(fetch: &Fetch, text: &[u8]) -> Option<FetchedMail> {
    Some(FetchedMail {
        uid: fetch.uid?,
        raw: text.to_vec(),
        received_at: fetch
            .internal_date()
            .map(|date| Instant::from(date.with_timezone(&Utc))),
    })
}
