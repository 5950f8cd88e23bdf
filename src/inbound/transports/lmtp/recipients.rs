//! Which addresses are ours.
use std::sync::Arc;

use diesel::prelude::*;
use futures_util::future::BoxFuture;

use crate::App;
use crate::config::Settings;
use crate::db::DbConn;
use crate::db::schema::cooperations;
use crate::error::Result;
use crate::mail::Address;

/// Tells whether mail to an address is for us. A value, so that tests can hand in one that fails.
pub type Recipients = Arc<dyn Fn(String) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// Takes mail to the service mailbox, to those of the cooperations, and to these with a token.
#[must_use]
pub fn of(app: &App) -> Recipients {
    let app = app.clone();
    Arc::new(move |recipient| {
        let app = app.clone();
        Box::pin(async move {
            let Ok(recipient) = recipient.parse::<Address>() else {
                return Ok(false);
            };
            let settings = app.settings.clone();
            let is_ours = move |conn: &mut DbConn| {
                let delimiter = settings.mail_delimiter;
                let mailboxes = mailboxes(conn, &settings)?;
                Ok(mailboxes
                    .iter()
                    .any(|mailbox| belongs_to(&recipient, mailbox, delimiter)))
            };
            app.db.read(is_ours).await
        })
    })
}

/// The mailboxes of the installation: its own and those of its cooperations.
pub fn mailboxes(conn: &mut DbConn, settings: &Settings) -> Result<Vec<Address>> {
    let own: Vec<Option<String>> = cooperations::table
        .filter(cooperations::deleted_at.is_null())
        .filter(cooperations::mailbox.is_not_null())
        .select(cooperations::mailbox)
        .distinct()
        .load(conn)?;
    let own = own
        .into_iter()
        .flatten()
        .filter_map(|mailbox| mailbox.parse().ok());
    Ok(std::iter::once(settings.mail_from.clone())
        .chain(own)
        .collect())
}

/// Whether a recipient is this mailbox, or this mailbox with a token behind its name (RFC 5233).
#[must_use]
pub fn belongs_to(recipient: &Address, mailbox: &Address, delimiter: Option<char>) -> bool {
    let (recipient, mailbox) = (recipient.key(), mailbox.key());
    if recipient == mailbox {
        return true;
    }
    let (Some((local, domain)), Some((name, home)), Some(delimiter)) = (
        recipient.rsplit_once('@'),
        mailbox.rsplit_once('@'),
        delimiter,
    ) else {
        return false;
    };
    let token = local
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix(delimiter));
    domain == home && token.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_behind_the_name_is_of_the_mailbox() {
        let is_ours = |recipient: &str, delimiter| {
            let mailbox = "treffen@owl.example".parse().unwrap();
            belongs_to(&recipient.parse().unwrap(), &mailbox, delimiter)
        };
        for (recipient, ours) in [
            ("treffen@owl.example", true),
            ("Treffen@OWL.example", true),
            ("treffen+abc@owl.example", true),
            ("TREFFEN+abc+d@owl.example", true),
            ("treffen-abc@owl.example", false),
            ("treffenabc@owl.example", false),
            ("reffen+abc@owl.example", false),
            ("treffen+abc@kreis.example", false),
            ("treffen@sub.owl.example", false),
        ] {
            assert_eq!(is_ours(recipient, Some('+')), ours, "{recipient}");
        }
        assert!(is_ours("treffen-abc@owl.example", Some('-')));
        assert!(is_ours("treffen@owl.example", None));
        assert!(!is_ours("treffen+abc@owl.example", None));
    }
}
