//! Which instance reads a mailbox, and how far it has been read.
use chrono::TimeDelta;
use diesel::prelude::*;

use crate::App;
use crate::config::ImapAccount;
use crate::db::schema::mailboxes;
use crate::db::{Id, Instant};
use crate::error::{Error, Result};

/// How long a lease lasts, and with that how long nobody reads the mailbox of an instance that died.
const LEASE: TimeDelta = TimeDelta::seconds(20);
/// The age at which a lease is renewed.
const RENEWAL: TimeDelta = TimeDelta::seconds(6);

/// A mailbox that is read: the type of the keys of its rows.
#[derive(Debug, Clone, Copy)]
pub struct ImapMailbox;

/// Another instance has the mailbox by now, or the database cannot be written.
#[derive(Debug)]
pub struct LeaseLost;

/// A mailbox that only this instance reads until the lease ends.
pub struct MailboxLease {
    app: App,
    id: Id<ImapMailbox>,
    leased_until: Instant,
    uid_validity: Option<u32>,
    last_uid: u32,
}

impl MailboxLease {
    /// Leases the mailbox, unless another instance has it.
    pub async fn acquire(app: &App, account: &ImapAccount) -> Result<Option<Self>> {
        let key = format!("{}@{}:{}", account.username, account.host, account.port);
        let folder = account.folder.clone();
        let now = app.clock.now();
        let leased_until = Instant::from(*now + LEASE);
        let fresh: Id<ImapMailbox> = app.ids.next(now);
        let taken = app.db.claim(move |conn| {
            let known: Option<(Id<ImapMailbox>, Option<i64>, i64)> = mailboxes::table
                .filter(mailboxes::account.eq(&key))
                .filter(mailboxes::folder.eq(&folder))
                .select((mailboxes::id, mailboxes::uid_validity, mailboxes::last_uid))
                .first(conn)
                .optional()?;
            let Some((id, uid_validity, last_uid)) = known else {
                diesel::insert_into(mailboxes::table)
                    .values((
                        mailboxes::id.eq(fresh),
                        mailboxes::account.eq(&key),
                        mailboxes::folder.eq(&folder),
                        mailboxes::last_uid.eq(0),
                        mailboxes::leased_until.eq(leased_until),
                        mailboxes::created_at.eq(now),
                        mailboxes::modified_at.eq(now),
                    ))
                    .execute(conn)?;
                return Ok(Some((fresh, None, 0)));
            };
            let is_free = mailboxes::leased_until
                .is_null()
                .or(mailboxes::leased_until.le(now));
            let rows = diesel::update(mailboxes::table.find(id))
                .filter(is_free)
                .set(mailboxes::leased_until.eq(leased_until))
                .execute(conn)?;
            Ok((rows == 1).then_some((id, uid_validity, last_uid)))
        });
        let taken = match taken.await {
            // Another instance has inserted the row meanwhile.
            Err(Error::Conflict("duplicate", _)) => None,
            taken => taken?,
        };
        Ok(taken.map(|(id, uid_validity, last_uid)| Self {
            app: app.clone(),
            id,
            leased_until,
            uid_validity: uid_validity.and_then(|number| u32::try_from(number).ok()),
            last_uid: u32::try_from(last_uid).unwrap_or(0),
        }))
    }

    /// Whether the UIDVALIDITY of the mailbox has changed (RFC 3501, 2.3.1.1). Its mails have new UIDs
    /// then, and all are read again.
    pub fn is_new(&mut self, uid_validity: u32) -> bool {
        if self.uid_validity == Some(uid_validity) {
            return false;
        }
        if self.uid_validity.is_some() {
            tracing::warn!("the mails of the mailbox have new numbers; all of it is read again");
        }
        self.uid_validity = Some(uid_validity);
        self.last_uid = 0;
        true
    }

    /// The highest UID up to which all mails are filed.
    #[must_use]
    pub fn last_uid(&self) -> u32 {
        self.last_uid
    }

    /// Stores that all mails up to this UID are filed, and renews the lease.
    ///
    /// # Errors
    /// If the lease is lost; nothing is stored then.
    pub async fn advance(&mut self, last_uid: u32) -> Result<(), LeaseLost> {
        self.last_uid = self.last_uid.max(last_uid);
        self.write().await
    }

    /// Renews the lease, if it is time to.
    ///
    /// # Errors
    /// If the lease is lost.
    pub async fn renew(&mut self) -> Result<(), LeaseLost> {
        if self.leased_until <= Instant::from(*self.app.clock.now() + (LEASE - RENEWAL)) {
            self.write().await
        } else {
            Ok(())
        }
    }

    async fn write(&mut self) -> Result<(), LeaseLost> {
        let now = self.app.clock.now();
        let until = Instant::from(*now + LEASE);
        self.update(Some(until), now).await?;
        self.leased_until = until;
        Ok(())
    }

    /// Ends the lease, so that another instance can read the mailbox.
    pub async fn release(self) {
        let now = self.app.clock.now();
        // If that fails the lease expires.
        let _ = self.update(None, now).await;
    }

    async fn update(&self, until: Option<Instant>, now: Instant) -> Result<(), LeaseLost> {
        let (id, held) = (self.id, self.leased_until);
        let uid_validity = self.uid_validity.map(i64::from);
        let last_uid = i64::from(self.last_uid);
        let written = self.app.db.claim(move |conn| {
            Ok(diesel::update(mailboxes::table.find(id))
                .filter(mailboxes::leased_until.eq(held))
                .set((
                    mailboxes::leased_until.eq(until),
                    mailboxes::uid_validity.eq(uid_validity),
                    mailboxes::last_uid.eq(last_uid),
                    mailboxes::modified_at.eq(now),
                ))
                .execute(conn)?)
        });
        match written.await {
            Ok(1) => Ok(()),
            Ok(_) => {
                tracing::warn!("the mailbox has been taken by another instance");
                Err(LeaseLost)
            }
            Err(error) => {
                tracing::error!(%error, "the position in the mailbox cannot be stored");
                Err(LeaseLost)
            }
        }
    }
}
