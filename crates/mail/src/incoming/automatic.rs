//! Whether a program wrote a mail (RFC 3834, 5).

use super::fields::Fields;

/// The field that all our mails carry: what comes back with it is a loop.
pub const LOOP_FIELD: &str = "X-Reihum-Loop";

/// Why nobody wrote a mail by hand. None of these may be answered; of these, only `Generated` can be
/// an answer to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// A mail of our own that came back.
    Own,
    /// An answer that a program gives to any mail: on holiday, received, closed.
    Replied,
    /// A receipt that a mail was read (RFC 8098).
    Receipt,
    /// From a mailing list.
    List,
    /// To many at once.
    Bulk,
    /// Written by a program for another reason. Exchange, Google and others send what people answer to
    /// invitations this way.
    Generated,
}

/// The reason that weighs most.
pub(super) fn read(fields: &Fields) -> Option<Automatic> {
    let has = |names: &[&str]| names.iter().any(|name| fields.has(name));
    let value = |name: &str| {
        let text = fields.text(name).to_ascii_lowercase();
        text.split([';', '(', ' '])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let (submitted, precedence) = (value("auto-submitted"), value("precedence"));
    if fields.has(&LOOP_FIELD.to_ascii_lowercase()) {
        return Some(Automatic::Own);
    }
    let replies = [
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-autoreply-from",
    ];
    if submitted == "auto-replied" || precedence.starts_with("auto") || has(&replies) {
        return Some(Automatic::Replied);
    }
    let kind = fields.text("content-type").to_ascii_lowercase();
    if kind.starts_with("multipart/report") && kind.contains("disposition-notification") {
        return Some(Automatic::Receipt);
    }
    if has(&["list-id", "list-post", "list-unsubscribe"]) || precedence == "list" {
        return Some(Automatic::List);
    }
    if ["bulk", "junk"].contains(&&*precedence) {
        return Some(Automatic::Bulk);
    }
    let by_hand = ["", "no"].contains(&&*submitted);
    (!by_hand).then_some(Automatic::Generated)
}
