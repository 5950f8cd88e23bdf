//! Bounces in words for people, as servers write them that send no report (RFC 3464).
//!
//! What they say is recognized by the phrases of Exchange, Postfix, Exim, Sendmail, qmail and Domino, and of large
//! providers, in English and German. What is not understood is left to people.

use super::ReturnPath;
use super::bounce::{BounceAction, BouncedRecipient};
use super::clean::one_line;
use super::fields::Fields;
use crate::{Address, Mailbox};

/// Octets of the text that are searched. What follows is most likely the mail that came back.
const SEARCHED: usize = 4 * 1024;
/// Characters of the sentence that says why.
const SENTENCE_LIMIT: usize = 500;

/// Mail systems write as one of these.
const DAEMONS: [&str; 4] = [
    "mailer-daemon",
    "mail-daemon",
    "postmaster",
    "mail delivery",
];
/// The mailbox has no room: it may have some later.
const FULL: [&str; 9] = [
    "quota",
    "mailbox full",
    "mailbox is full",
    "mailbox for user is full",
    "ist voll",
    "überfüllt",
    "5.2.2",
    "4.2.2",
    "insufficient storage",
];
/// The server goes on trying.
const DELAYED: [&str; 9] = [
    "delayed",
    "will be retried",
    "keep trying",
    "still trying",
    "no action is required",
    "noch nicht zugestellt",
    "verzögert",
    "weiterhin versucht",
    "could not send message for past",
];
/// The server has given up.
const FAILED: [&str; 32] = [
    "undelivered mail returned",
    "undeliverable",
    "undelivered",
    "unzustellbar",
    "delivery status notification (failure)",
    "mail delivery failed",
    "delivery failure",
    "delivery has failed",
    "delivery to the following recipient",
    "failure notice",
    "returned mail",
    "nondeliverable",
    "could not be delivered",
    "couldn't be delivered",
    "wasn't able to deliver",
    "could not deliver",
    "permanent error",
    "permanent fatal error",
    "not listed in domino directory",
    "nicht zugestellt",
    "zustellung fehlgeschlagen",
    "nicht erreicht",
    "nicht gefunden werden",
    "nicht ausgeliefert",
    "user unknown",
    "unknown user",
    "no such user",
    "does not exist",
    "existiert nicht",
    "mailbox unavailable",
    "recipient rejected",
    "address rejected",
];

/// What a bounce in words says about its recipient: nothing if it cannot be understood. None if the mail is no bounce.
pub(super) fn read(fields: &Fields, from: &[Mailbox], text: &str) -> Option<Vec<BouncedRecipient>> {
    let text = super::clean::start(text, SEARCHED);
    let subject = fields.decoded("subject", SENTENCE_LIMIT);
    let words = format!("{subject}\n{text}").to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let nobody = fields.return_path() == ReturnPath::Null;
    let known = says(&FAILED) || says(&FULL);
    if !(is_by_daemon(fields, from) || nobody && known) {
        return None;
    }
    let action = if says(&FULL) {
        BounceAction::Full
    } else if says(&DELAYED) {
        BounceAction::Delayed
    } else if known {
        BounceAction::Failed
    } else {
        return Some(Vec::new());
    };
    let own: Vec<String> = from.iter().map(|one| one.address.key()).collect();
    Some(vec![BouncedRecipient {
        final_recipient: addresses(text).find(|address| !own.contains(&address.key())),
        original_recipient: None,
        action,
        status: codes(text).next().map(str::to_owned),
        diagnostic: sentence(&subject, text, action),
    }])
}

/// Whether From or Return-Path is a mail system.
fn is_by_daemon(fields: &Fields, from: &[Mailbox]) -> bool {
    let mut names: Vec<String> = from
        .iter()
        .map(|mailbox| mailbox.address.local_part().to_lowercase())
        .collect();
    match fields.return_path() {
        ReturnPath::Address(address) => names.push(address.local_part().to_lowercase()),
        // A From that is no address at all, as some systems write it.
        ReturnPath::Null if from.is_empty() => names.push(fields.text("from").to_lowercase()),
        _ => {}
    }
    names
        .iter()
        .any(|name| DAEMONS.iter().any(|daemon| name.starts_with(daemon)))
}

/// The addresses in a text.
fn addresses(text: &str) -> impl Iterator<Item = Address> + '_ {
    let words = text.split(|c: char| c.is_whitespace() || "<>()[]\"',;".contains(c));
    words
        .map(|word| word.trim_matches([':', '.']))
        .filter(|word| word.contains('@'))
        .filter_map(|word| Address::parse(word).ok())
}

/// The status codes in a text (RFC 3463), such as `5.1.1`.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    words.map(|word| word.trim_matches('.')).filter(|word| {
        let mut parts = word.split('.');
        let class = parts.next().unwrap_or_default();
        let rest: Vec<_> = parts.collect();
        matches!(class, "4" | "5")
            && rest.len() == 2
            && rest.iter().all(|part| (1..=3).contains(&part.len()))
    })
}

/// The line that says why, else the subject.
fn sentence(subject: &str, text: &str, action: BounceAction) -> Option<String> {
    let phrases: &[&str] = match action {
        BounceAction::Full => &FULL,
        BounceAction::Delayed => &DELAYED,
        _ => &FAILED,
    };
    let says = |line: &&str| {
        let line = line.to_lowercase();
        codes(&line).next().is_some() || phrases.iter().any(|phrase| line.contains(phrase))
    };
    let line = text.lines().find(says).unwrap_or(subject);
    let line = one_line(line, SENTENCE_LIMIT);
    (!line.is_empty()).then_some(line)
}
