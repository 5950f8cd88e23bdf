//! Mailboxes that are read by IMAP.
//!
//! Each mail is handed over, which commits, then flagged, then moved, and only then the bookmark goes
//! past it. Whatever breaks in between, the mail is found again, and known by then.
mod session;
mod sets;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use tracing::Instrument;

use self::session::{Fetched, Session, Trouble, keep};
use super::bookmark::Bookmark;
use super::{AT_ONCE, Fate, HEADER_LIMIT, Outcome, Patience, Reception, batches, pause, rest};
use crate::App;
use crate::config::ImapAccount;
use crate::inbound::intake::Delivery;
use crate::mail::TlsClient;

/// Mails that are looked at in one round.
const ROUND: usize = 500;
/// How often is looked whether the instance that reads the mailbox still does.
const STANDING_BY: Duration = Duration::from_secs(5);
/// The longest pause before the server is tried again.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);
/// The longest pause while no mail can be taken in.
const LONGEST_HOLD: Duration = Duration::from_mins(1);
/// In what steps pauses are made while the mailbox is held.
const STEP: Duration = Duration::from_secs(5);

/// Reads one mailbox.
pub struct Reader {
    app: App,
    reception: Reception,
    account: ImapAccount,
    tls_client: TlsClient,
    patience: Patience<u32>,
    /// Whether the newest mails come first: after a round in which nothing worked.
    backwards: bool,
    /// Whether each mail is fetched alone, because the server's words about several could not be
    /// understood.
    alone: bool,
    /// Mails that cannot even be fetched.
    unfetchable: Vec<u32>,
}

/// What came of a round.
#[derive(Debug, Default)]
struct Round {
    /// Mails that were found and are not settled yet.
    pending: BTreeSet<u32>,
    /// The last mail that was found.
    last: u32,
    /// Whether more mails are there than one round looks at.
    is_full: bool,
    /// Mails that were taken in or put aside.
    settled: usize,
    /// Mails that stay and are tried again.
    left: usize,
}

impl Reader {
    /// A reader of that account. Reads the certificates that are trusted.
    ///
    /// # Errors
    /// If the host is no host name or the file of certificates cannot be used.
    pub fn new(app: &App, reception: Reception, account: &ImapAccount) -> anyhow::Result<Self> {
        Ok(Self {
            app: app.clone(),
            reception,
            tls_client: tls_client(account)?,
            account: account.clone(),
            patience: Patience::default(),
            backwards: false,
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
                let length = match Bookmark::take(&self.app, &self.account).await {
                    Ok(None) => STANDING_BY,
                    Ok(Some(mut bookmark)) => {
                        let read = self.read(&mut bookmark, &mut failures, &mut stop).await;
                        bookmark.give_back().await;
                        match read {
                            Ok(()) => continue,
                            Err(trouble) => tracing::warn!(%trouble, "the mailbox cannot be read"),
                        }
                        failures += 1;
                        pause(failures - 1, LONGEST_PAUSE)
                    }
                    Err(error) => {
                        tracing::error!(%error, "the mailbox cannot be taken");
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
        bookmark: &mut Bookmark,
        failures: &mut u32,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), Trouble> {
        let mut session = Session::open(&self.account, &self.tls_client).await?;
        let uid_validity = session.select(&self.account.folder).await?;
        tracing::info!(idle = session.can_idle, "the mailbox is open");
        if bookmark.is_new(uid_validity) {
            self.patience = Patience::default();
            self.unfetchable.clear();
        }
        let mut held = 0;
        while !*stop.borrow() {
            let round = self.round(&mut session, bookmark, stop).await?;
            *failures = 0;
            if round.settled > 0 || round.left > 0 {
                let Round { settled, left, .. } = round;
                tracing::debug!(settled, left, "mails were read");
            }
            if round.left > 0 && round.settled == 0 {
                held += 1;
            } else {
                held = 0;
            }
            if round.left > 0 {
                hold(bookmark, pause(held, LONGEST_HOLD), stop).await?;
                session.noop().await?;
            } else if round.is_full {
                // At once.
            } else if session.can_idle {
                session = session.idle(bookmark, stop).await?;
            } else {
                let length = Duration::from_secs(self.account.poll_seconds.into());
                hold(bookmark, length, stop).await?;
                session.noop().await?;
            }
        }
        session.close().await;
        Ok(())
    }

    /// Takes in the mails that are new, a bounded number.
    async fn round(
        &mut self,
        session: &mut Session,
        bookmark: &mut Bookmark,
        stop: &watch::Receiver<bool>,
    ) -> Result<Round, Trouble> {
        let mut found = session.find(bookmark.last_uid()).await?;
        let Some(last) = found.last().copied() else {
            return Ok(Round::default());
        };
        if self.backwards {
            found.reverse();
        }
        let mut round = Round {
            pending: found.iter().copied().collect(),
            last,
            is_full: found.len() > ROUND,
            ..Round::default()
        };
        found.truncate(ROUND);
        let doomed = std::mem::take(&mut self.unfetchable);
        let mut fates: Vec<(u32, Fate)> =
            doomed.into_iter().map(|uid| (uid, Fate::Poison)).collect();
        found.retain(|uid| !fates.iter().any(|(doomed, _)| doomed == uid));
        for batch in self.batches(session.sizes(&found).await?) {
            if *stop.borrow() || self.patience.is_hopeless() {
                break;
            }
            keep(bookmark).await?;
            let mails = self.fetch(session, &batch).await?;
            let given: BTreeSet<u32> = mails.iter().map(|(uid, _)| *uid).collect();
            let missing = batch.iter().filter(|(uid, _)| !given.contains(uid));
            let missing: Vec<_> = missing.map(|(uid, _)| (*uid, Outcome::Later)).collect();
            let outcomes: Vec<_> = futures_util::stream::iter(mails)
                .map(|(uid, delivery)| {
                    let reception = &self.reception;
                    async move { (uid, reception.hand_over("imap", delivery).await) }
                })
                .buffered(AT_ONCE)
                .collect()
                .await;
            for (uid, outcome) in outcomes.into_iter().chain(missing) {
                if let Some(fate) = self.patience.weigh(&uid, &outcome) {
                    fates.push((uid, fate));
                }
            }
            let settled = std::mem::take(&mut fates);
            self.settle(session, bookmark, settled, &mut round).await?;
        }
        self.alone = false;
        // Mails that fail must not keep those behind them from being tried.
        self.backwards = self.patience.is_hopeless() && !self.backwards;
        fates.extend(self.patience.end_of_round());
        self.settle(session, bookmark, fates, &mut round).await?;
        Ok(round)
    }

    fn batches(&self, sizes: Vec<(u32, u64)>) -> Vec<Vec<(u32, u64)>> {
        if self.alone {
            return sizes.into_iter().map(|mail| vec![mail]).collect();
        }
        let max_bytes = self.app.settings.inbound_max_bytes;
        let in_memory = |size| match size > max_bytes {
            true => HEADER_LIMIT as u64,
            false => size,
        };
        let weighed = sizes
            .into_iter()
            .map(|(uid, size)| ((uid, size), in_memory(size)));
        let plain = |batch: Vec<_>| batch.into_iter().map(|(mail, _)| mail).collect();
        batches(weighed).into_iter().map(plain).collect()
    }

    /// Fetches mails, of those that are too large the header.
    async fn fetch(
        &mut self,
        session: &mut Session,
        batch: &[(u32, u64)],
    ) -> Result<Vec<(u32, Delivery)>, Trouble> {
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
        let mails: Result<Vec<Fetched>, Trouble> = fetched.await;
        if matches!(mails, Err(Trouble::Unreadable)) {
            self.cannot_fetch(batch);
        }
        let now = self.app.clock.now();
        let deliver = |mail: Fetched| {
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

    /// Finds out which mail it is that cannot be fetched.
    fn cannot_fetch(&mut self, batch: &[(u32, u64)]) {
        if let [(uid, _)] = batch
            && self.patience.failed(uid) == Fate::Poison
        {
            self.unfetchable.push(*uid);
        }
        self.alone = true;
    }

    /// Flags and moves mails, then moves the bookmark up to the first one that is not settled.
    async fn settle(
        &self,
        session: &mut Session,
        bookmark: &mut Bookmark,
        fates: Vec<(u32, Fate)>,
        round: &mut Round,
    ) -> Result<(), Trouble> {
        let with = |wanted: Fate| -> Vec<u32> {
            let matching = fates.iter().filter(|(_, fate)| *fate == wanted);
            matching.map(|(uid, _)| *uid).collect()
        };
        round.left += with(Fate::Later).len();
        let (done, review, poison) = (with(Fate::Done), with(Fate::Review), with(Fate::Poison));
        let handled = [done.as_slice(), &review].concat();
        if handled.is_empty() && poison.is_empty() {
            return Ok(());
        }
        if !handled.is_empty() {
            accept_refusal(session.flag(&handled).await, "flagged")?;
        }
        if !poison.is_empty() {
            // Not flagged: whoever moves them back wants them to be tried again.
            let mails = poison.len();
            tracing::error!(mails, "mails cannot be taken in and are put aside");
        }
        let settled = [handled.as_slice(), &poison].concat();
        round.settled += settled.len();
        let account = &self.account;
        for (uids, folder) in [
            (done, &account.done_folder),
            (review, &account.review_folder),
            (poison, &account.poison_folder),
        ] {
            if !uids.is_empty() {
                accept_refusal(session.file(&uids, folder).await, "moved")?;
            }
        }
        for uid in &settled {
            round.pending.remove(uid);
        }
        let up_to = round.pending.first().map_or(round.last, |first| first - 1);
        Ok(bookmark.advance(up_to).await?)
    }
}

/// What the server refuses to do with mails that were taken in is no reason to stop.
fn accept_refusal(outcome: Result<(), Trouble>, what: &str) -> Result<(), Trouble> {
    match outcome {
        Err(Trouble::Refused(words)) => {
            tracing::warn!(
                what,
                words,
                "mails that were taken in cannot be flagged or moved"
            );
            Ok(())
        }
        outcome => outcome,
    }
}

/// Waits while the mailbox is held, or until told to stop.
async fn hold(
    bookmark: &mut Bookmark,
    length: Duration,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), Trouble> {
    let mut left = length;
    while !left.is_zero() && rest(left.min(STEP), stop).await {
        left = left.saturating_sub(STEP);
        keep(bookmark).await?;
    }
    Ok(())
}

fn tls_client(account: &ImapAccount) -> anyhow::Result<TlsClient> {
    let authorities = account.ca_file.as_ref().map(std::fs::read).transpose()?;
    Ok(TlsClient::new(&account.host, authorities.as_deref())?)
}

/// Tries everything short of reading a mail.
///
/// # Errors
/// If the mailbox cannot be opened.
pub async fn check(account: &ImapAccount) -> anyhow::Result<()> {
    let mut session = Session::open(account, &tls_client(account)?).await?;
    session.select(&account.folder).await?;
    session.close().await;
    Ok(())
}
