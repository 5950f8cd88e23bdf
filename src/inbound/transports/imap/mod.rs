//! Mailboxes that are read by IMAP.
//!
//! Each mail is taken in, which commits, then flagged, then moved, and only then the stored position goes
//! past it. Whatever fails in between, the mail is found again, and recognized as a duplicate.
mod connection;
pub mod error;
mod session;
pub mod sets;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::watch;
use tracing::Instrument;

use self::error::ImapError;
use self::session::{FetchedMail, ImapSession};
use super::mailbox_lease::MailboxLease;
use super::message::HEADER_LIMIT;
use super::retry_budget::{Filing, RetryBudget};
use super::rounds::{ROUND_LIMIT, batches, concurrently, pause, rest};
use crate::App;
use crate::config::ImapAccount;
use crate::inbound::intake::{Intake, IntakeAttempt};
use crate::inbound::received::Delivery;
use mail::TlsClient;

/// How often an instance tries to lease a mailbox that another one reads.
const STANDBY: Duration = Duration::from_secs(5);
/// The longest pause between two tries to connect.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);
/// The longest pause while no mail can be taken in.
const LONGEST_HOLD: Duration = Duration::from_mins(1);
/// How often the lease is checked during a pause.
const STEP: Duration = Duration::from_secs(5);

/// Reads one mailbox.
pub struct ImapReader {
    app: App,
    intake: Intake,
    account: ImapAccount,
    tls_client: TlsClient,
    budget: RetryBudget<u32>,
    /// Whether each mail is fetched alone, because the response about several could not be parsed.
    alone: bool,
    /// Mails that cannot be fetched.
    unfetchable: Vec<u32>,
}

/// The result of one round.
#[derive(Debug, Default)]
struct ImapRound {
    /// Mails that were found and are not filed yet.
    pending: BTreeSet<u32>,
    /// The last mail that was found.
    last: u32,
    /// Whether there are more mails than one round takes.
    is_full: bool,
    /// Mails that were taken in or set aside.
    filed: usize,
    /// Mails that stay and are tried again.
    left: usize,
}

impl ImapReader {
    /// A reader for this account. Loads the trusted certificates.
    ///
    /// # Errors
    /// If the host is not a host name or the certificates cannot be loaded.
    pub fn new(app: &App, intake: Intake, account: &ImapAccount) -> anyhow::Result<Self> {
        Ok(Self {
            app: app.clone(),
            intake,
            tls_client: tls_client(account)?,
            account: account.clone(),
            budget: RetryBudget::default(),
            alone: false,
            unfetchable: Vec::new(),
        })
    }

    /// Reads until told to stop.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let (host, folder) = (self.account.host.clone(), self.account.folder.clone());
        let span = tracing::info_span!("imap", host, folder);
        async move {
            let mut failures = 0;
            while !*stop.borrow() {
                let length = match MailboxLease::acquire(&self.app, &self.account).await {
                    Ok(None) => STANDBY,
                    Ok(Some(mut lease)) => {
                        let read = self.read(&mut lease, &mut failures, &mut stop).await;
                        lease.release().await;
                        match read {
                            Ok(()) => continue,
                            Err(error) => tracing::warn!(%error, "the mailbox cannot be read"),
                        }
                        failures += 1;
                        pause(failures - 1, LONGEST_PAUSE)
                    }
                    Err(error) => {
                        tracing::error!(%error, "the mailbox cannot be leased");
                        failures += 1;
                        pause(failures - 1, LONGEST_PAUSE)
                    }
                };
                rest(length, &mut stop).await;
            }
        }
        .instrument(span)
        .await;
    }

    /// Reads over one connection, until told to stop.
    async fn read(
        &mut self,
        lease: &mut MailboxLease,
        failures: &mut u32,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), ImapError> {
        let mut session = ImapSession::open(&self.account, &self.tls_client).await?;
        let uid_validity = session.select(&self.account.folder).await?;
        tracing::info!(idle = session.can_idle, "the mailbox is open");
        if lease.is_new(uid_validity) {
            self.budget = RetryBudget::default();
            self.unfetchable.clear();
        }
        let mut held = 0;
        while !*stop.borrow() {
            let round = self.round(&mut session, lease, stop).await?;
            *failures = 0;
            if round.filed > 0 || round.left > 0 {
                let ImapRound { filed, left, .. } = round;
                tracing::debug!(filed, left, "mails were read");
            }
            if round.left > 0 && round.filed == 0 {
                held += 1;
            } else {
                held = 0;
            }
            if round.left > 0 {
                hold(lease, pause(held, LONGEST_HOLD), stop).await?;
                session.noop().await?;
            } else if round.is_full {
                // The next round follows at once.
            } else if session.can_idle {
                session = session.idle(lease, stop).await?;
            } else {
                let length = Duration::from_secs(self.account.poll_seconds.into());
                hold(lease, length, stop).await?;
                session.noop().await?;
            }
        }
        session.close().await;
        Ok(())
    }

    /// Takes in new mails, at most [`ROUND_LIMIT`].
    async fn round(
        &mut self,
        session: &mut ImapSession,
        lease: &mut MailboxLease,
        stop: &watch::Receiver<bool>,
    ) -> Result<ImapRound, ImapError> {
        let mut found = session.find(lease.last_uid()).await?;
        let Some(last) = found.last().copied() else {
            return Ok(ImapRound::default());
        };
        if self.budget.newest_first() {
            found.reverse();
        }
        let mut round = ImapRound {
            pending: found.iter().copied().collect(),
            last,
            is_full: found.len() > ROUND_LIMIT,
            ..ImapRound::default()
        };
        found.truncate(ROUND_LIMIT);
        let unfetchable = std::mem::take(&mut self.unfetchable);
        found.retain(|uid| !unfetchable.contains(uid));
        let mut filings: Vec<(u32, Filing)> = Vec::new();
        filings.extend(unfetchable.into_iter().map(|uid| (uid, Filing::Poison)));
        for batch in self.batches(session.sizes(&found).await?) {
            if *stop.borrow() || self.budget.is_exhausted() {
                break;
            }
            lease.renew().await?;
            let mails = self.fetch(session, &batch).await?;
            let fetched: BTreeSet<u32> = mails.iter().map(|(uid, _)| *uid).collect();
            let missing = batch.iter().filter(|(uid, _)| !fetched.contains(uid));
            let missing = missing.map(|(uid, _)| (*uid, IntakeAttempt::Deferred));
            let intake = &self.intake;
            let attempts = mails.into_iter().map(|(uid, delivery)| async move {
                (uid, intake.attempt("imap", delivery).await)
            });
            for (uid, attempt) in concurrently(attempts).await.into_iter().chain(missing) {
                if let Some(filing) = self.budget.record(&uid, &attempt) {
                    filings.push((uid, filing));
                }
            }
            let filed = std::mem::take(&mut filings);
            self.file(session, lease, filed, &mut round).await?;
        }
        self.alone = false;
        filings.extend(self.budget.end_round());
        self.file(session, lease, filings, &mut round).await?;
        Ok(round)
    }

    fn batches(&self, sizes: Vec<(u32, u64)>) -> Vec<Vec<(u32, u64)>> {
        if self.alone {
            return sizes.into_iter().map(|mail| vec![mail]).collect();
        }
        let max_bytes = self.app.settings.inbound_max_bytes;
        let in_memory = |size| {
            if size > max_bytes {
                HEADER_LIMIT as u64
            } else {
                size
            }
        };
        batches(
            sizes
                .into_iter()
                .map(|(uid, size)| ((uid, size), in_memory(size))),
        )
    }

    /// Fetches mails, or the headers of those that are too large.
    async fn fetch(
        &mut self,
        session: &mut ImapSession,
        batch: &[(u32, u64)],
    ) -> Result<Vec<(u32, Delivery)>, ImapError> {
        let max_bytes = self.app.settings.inbound_max_bytes;
        let (large, small): (Vec<_>, Vec<_>) =
            batch.iter().partition(|(_, size)| *size > max_bytes);
        let small: Vec<u32> = small.into_iter().map(|(uid, _)| uid).collect();
        let large: BTreeMap<u32, u64> = large.into_iter().collect();
        let fetched = async {
            let mut mails = session.mails(&small).await?;
            let large: Vec<u32> = large.keys().copied().collect();
            mails.extend(session.headers(&large).await?);
            Ok(mails)
        };
        let mails: Result<Vec<FetchedMail>, ImapError> = fetched.await;
        if matches!(mails, Err(ImapError::Unreadable)) {
            self.cannot_fetch(batch);
        }
        let now = self.app.clock.now();
        let deliver = |mail: FetchedMail| {
            let delivery = Delivery {
                raw: mail.raw,
                too_large: large.get(&mail.uid).copied(),
                recipients: Vec::new(),
                received_at: mail.received_at.unwrap_or(now),
            };
            (mail.uid, delivery)
        };
        Ok(mails?.into_iter().map(deliver).collect())
    }

    /// Fetches mails alone from now on, to find the one that cannot be fetched.
    fn cannot_fetch(&mut self, batch: &[(u32, u64)]) {
        if let [(uid, _)] = batch
            && self.budget.count_failure(uid) == Filing::Poison
        {
            self.unfetchable.push(*uid);
        }
        self.alone = true;
    }

    /// Flags and moves mails, then stores the position before the first one that is not filed.
    async fn file(
        &self,
        session: &mut ImapSession,
        lease: &mut MailboxLease,
        filings: Vec<(u32, Filing)>,
        round: &mut ImapRound,
    ) -> Result<(), ImapError> {
        let with = |wanted: Filing| -> Vec<u32> {
            let matching = filings.iter().filter(|(_, filing)| *filing == wanted);
            matching.map(|(uid, _)| *uid).collect()
        };
        round.left += with(Filing::Retry).len();
        let (done, review, poison) = (
            with(Filing::Done),
            with(Filing::Review),
            with(Filing::Poison),
        );
        let handled = [done.as_slice(), &review].concat();
        if handled.is_empty() && poison.is_empty() {
            return Ok(());
        }
        if !handled.is_empty() {
            accept_refusal(session.flag(&handled).await, "flagged")?;
        }
        if !poison.is_empty() {
            // Not flagged, so that they are tried again when somebody moves them back.
            let mails = poison.len();
            tracing::error!(mails, "mails cannot be taken in and are set aside");
        }
        let filed = [handled.as_slice(), &poison].concat();
        round.filed += filed.len();
        let account = &self.account;
        for (uids, folder) in [
            (done, &account.done_folder),
            (review, &account.review_folder),
            (poison, &account.poison_folder),
        ] {
            if !uids.is_empty() {
                accept_refusal(session.move_to(&uids, folder).await, "moved")?;
            }
        }
        for uid in &filed {
            round.pending.remove(uid);
        }
        let up_to = round.pending.first().map_or(round.last, |first| first - 1);
        Ok(lease.advance(up_to).await?)
    }
}

/// A server that refuses to flag or move mails that were taken in is no reason to stop.
fn accept_refusal(result: Result<(), ImapError>, action: &str) -> Result<(), ImapError> {
    match result {
        Err(ImapError::Refused(message)) => {
            tracing::warn!(
                action,
                message,
                "mails that were taken in cannot be flagged or moved"
            );
            Ok(())
        }
        result => result,
    }
}

/// Waits with the lease held, or until told to stop.
async fn hold(
    lease: &mut MailboxLease,
    length: Duration,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), ImapError> {
    let mut left = length;
    while !left.is_zero() && rest(left.min(STEP), stop).await {
        left = left.saturating_sub(STEP);
        lease.renew().await?;
    }
    Ok(())
}

fn tls_client(account: &ImapAccount) -> anyhow::Result<TlsClient> {
    let authorities = account.ca_file.as_ref().map(std::fs::read).transpose()?;
    Ok(TlsClient::new(&account.host, authorities.as_deref())?)
}

/// Connects, signs in and opens the folder.
///
/// # Errors
/// If the mailbox cannot be opened.
pub async fn check(account: &ImapAccount) -> anyhow::Result<()> {
    let mut session = ImapSession::open(account, &tls_client(account)?).await?;
    session.select(&account.folder).await?;
    session.close().await;
    Ok(())
}
