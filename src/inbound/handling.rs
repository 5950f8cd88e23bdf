//! Handles an inbound mail, in one transaction with its row.
use super::classify::MailClass;
use super::received::ReceivedMail;
use super::routing::{MailRoute, RoutedMail};
use super::store::{self, Disposition};
use super::{MailKind, MailState, bounces, forwarding, notices, replies};
use crate::Tx;
use crate::auth::SystemActor;
use crate::error::Result;
use calendar::incoming::ItipMethod;

/// Handles a mail. Nothing if it is a duplicate.
pub(super) fn handle(tx: &mut Tx, received: &ReceivedMail) -> Result<Option<Disposition>> {
    if store::is_known(tx, &received.fingerprint)? {
        return Ok(None);
    }
    let settings = tx.settings;
    let route = MailRoute::find(tx, settings, received)?;
    let kind = kind_of(&received.class);
    let id = store::insert(tx, received, kind)?;
    let mail = RoutedMail {
        id,
        kind,
        received,
        route: &route,
    };
    let disposition = dispatch(tx, &mail)?;
    let state = disposition.state;
    metrics::counter!("inbound_mails_handled", "kind" => kind.as_str(), "state" => state.as_str())
        .increment(1);
    tracing::info!(mail = %id, %kind, %state, reason = disposition.reason, "a mail was taken in");
    store::dispose(tx, id, &disposition)?;
    if let Some(cooperation) = disposition.cooperation {
        let who = SystemActor::within(cooperation);
        tx.set_cooperation(&who);
        if state == MailState::Review {
            let stored = store::find(tx, &who, id)?;
            notices::review(tx, &who, &stored)?;
        }
    }
    Ok(Some(disposition))
}

fn kind_of(class: &MailClass) -> MailKind {
    match class {
        MailClass::Object(ItipMethod::Reply, _) | MailClass::Outlook(_) => MailKind::Answer,
        MailClass::Object(ItipMethod::Counter, _) => MailKind::Counter,
        MailClass::Object(ItipMethod::Refresh, _) => MailKind::Refresh,
        MailClass::Object(..) => MailKind::Foreign,
        MailClass::Bounce(_) => MailKind::Bounce,
        MailClass::Automatic(_) => MailKind::Automatic,
        MailClass::Words => MailKind::Words,
        MailClass::Unreadable(_) => MailKind::Unreadable,
    }
}

fn dispatch(tx: &mut Tx, mail: &RoutedMail) -> Result<Disposition> {
    match &mail.received.class {
        MailClass::Bounce(bounce) => bounces::handle(tx, mail, bounce),
        // To the token of a message of ours only a mail system writes without a sender.
        MailClass::Automatic("null_sender") if mail.route.message.is_some() => {
            Ok(mail.disposition(MailState::Review, Some("unclear_bounce")))
        }
        MailClass::Automatic(reason) => Ok(mail.disposition(MailState::Ignored, Some(reason))),
        MailClass::Words => forwarding::handle(tx, mail),
        MailClass::Unreadable(reason) => Ok(mail.disposition(MailState::Review, Some(reason))),
        MailClass::Outlook(answer) => replies::handle_outlook(tx, mail, *answer),
        MailClass::Object(ItipMethod::Reply | ItipMethod::Counter | ItipMethod::Refresh, event) => {
            replies::handle_itip(tx, mail, event)
        }
        // What only an organizer may send changes nothing of ours.
        MailClass::Object(method, _) => {
            let reason = format!("method_{}", format!("{method:?}").to_lowercase());
            Ok(mail.disposition(MailState::Ignored, Some(&reason)))
        }
    }
}
