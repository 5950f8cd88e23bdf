//! Whether a mail was written by a program (RFC 3834, 5).

use super::fields::Fields;

/// The header field of all our mails: one that comes back with it is a loop.
pub const LOOP_FIELD: &str = "X-Reihum-Loop";

/// Why a mail was not written by a person. None of these may be answered; only `Generated` can be the
/// answer to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// A mail of our own that came back.
    Own,
    /// An automatic reply to any mail: out of office, received, closed.
    Replied,
    /// A read receipt (RFC 8098).
    Receipt,
    /// From a mailing list.
    List,
    /// A mass mailing.
    Bulk,
    /// Written by a program for another reason, such as the answers to invitations that Exchange,
    /// Google and others send for their users.
    Generated,
}

/// The most important reason.
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
