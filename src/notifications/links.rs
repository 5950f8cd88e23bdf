//! Personal links: derived from the keys of what they are for and the installation's secret, never stored.
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::Message;
use crate::config::Settings;
use crate::db::Id;
use mail::Address;

/// What a kind of personal links is for. The area whose page they open implements it.
pub trait LinkPurpose {
    /// Part of the signature, so that a token of one purpose is none of another. Must not change.
    const PURPOSE: &'static str;
    /// The path of the page, before the token: `/answers/`.
    const PATH: &'static str;
    /// The keys that a token names.
    type Keys: LinkKeys;
}

/// The keys in a token.
pub trait LinkKeys: Copy {
    /// As they are signed.
    fn uuids(self) -> Vec<Uuid>;
    /// From what was signed; none if it is another number of keys.
    fn from_uuids(keys: &[Uuid]) -> Option<Self>;
}

impl<T> LinkKeys for Id<T> {
    fn uuids(self) -> Vec<Uuid> {
        vec![self.uuid()]
    }
    fn from_uuids(keys: &[Uuid]) -> Option<Self> {
        match keys {
            [key] => Some((*key).into()),
            _ => None,
        }
    }
}

impl<A, B> LinkKeys for (Id<A>, Id<B>) {
    fn uuids(self) -> Vec<Uuid> {
        vec![self.0.uuid(), self.1.uuid()]
    }
    fn from_uuids(keys: &[Uuid]) -> Option<Self> {
        match keys {
            [one, other] => Some(((*one).into(), (*other).into())),
            _ => None,
        }
    }
}

/// Octets of the code in a link: 128 bits cannot be guessed.
const LINK_CODE: usize = 16;
/// Octets of the code in a mail address, which has to be short, opens nothing, and is tried by the slow way of a
/// mail server.
const ADDRESS_CODE: usize = 10;
/// The purpose of the token in a mail address.
const ADDRESS_PURPOSE: &str = "mail";
/// Octets of the part of an address before the `@` at most (RFC 5321, 4.5.3.1.1).
const LOCAL_PART_LIMIT: usize = 64;

fn code(secret: &str, purpose: &str, keys: &[Uuid]) -> Hmac<Sha256> {
    let keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let keyed = keyed
        .expect("HMAC takes keys of any length")
        .chain_update(purpose);
    keys.iter()
        .fold(keyed, |keyed, key| keyed.chain_update(key.as_bytes()))
}

/// Keys and a code of that length that only this installation can make.
fn sign(secret: &str, purpose: &str, keys: &[Uuid], length: usize) -> String {
    let code = code(secret, purpose, keys).finalize().into_bytes();
    let mut bytes: Vec<u8> = keys.iter().flat_map(|key| *key.as_bytes()).collect();
    bytes.extend(code.iter().take(length));
    BASE32_NOPAD.encode(&bytes).to_lowercase()
}

/// The keys in a token, if this installation has made it for that purpose. The code is compared in constant
/// time.
fn verify(secret: &str, purpose: &str, token: &str, length: usize) -> Option<Vec<Uuid>> {
    let token = token.to_ascii_uppercase();
    let bytes = BASE32_NOPAD.decode(token.as_bytes()).ok()?;
    let (keys, given) = bytes.split_at_checked(bytes.len().checked_sub(length)?)?;
    let (keys, []) = keys.as_chunks::<16>() else {
        return None;
    };
    let keys: Vec<Uuid> = keys.iter().map(|key| Uuid::from_bytes(*key)).collect();
    let expected = code(secret, purpose, &keys);
    expected.verify_truncated_left(given).ok()?;
    Some(keys)
}

/// The secret part of a personal link.
#[must_use]
pub fn token<P: LinkPurpose>(secret: &str, keys: P::Keys) -> String {
    sign(secret, P::PURPOSE, &keys.uuids(), LINK_CODE)
}

/// What a token is for, if this installation has made it for that purpose.
#[must_use]
pub fn keys<P: LinkPurpose>(secret: &str, token: &str) -> Option<P::Keys> {
    P::Keys::from_uuids(&verify(secret, P::PURPOSE, token, LINK_CODE)?)
}

/// The address of the page behind a personal link.
#[must_use]
pub fn page<P: LinkPurpose>(settings: &Settings, keys: P::Keys) -> String {
    Target::page::<P>(keys).url(settings)
}

/// Where a link in a notice leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "StoredTarget")]
pub enum Target {
    /// An address that is no secret.
    Address(String),
    /// The page behind a personal link, whose token is made when the notice is sent.
    Page {
        /// [`LinkPurpose::PURPOSE`].
        purpose: String,
        /// [`LinkPurpose::PATH`].
        path: String,
        /// The keys in the token.
        keys: Vec<Uuid>,
        /// What follows the token, such as `?answer=accepted`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        query: String,
    },
}

impl Target {
    /// The page of that purpose.
    #[must_use]
    pub fn page<P: LinkPurpose>(keys: P::Keys) -> Self {
        Self::page_with::<P>(keys, "")
    }

    /// The page of that purpose, with a query in its address.
    #[must_use]
    pub fn page_with<P: LinkPurpose>(keys: P::Keys, query: &str) -> Self {
        Self::Page {
            purpose: P::PURPOSE.to_owned(),
            path: P::PATH.to_owned(),
            keys: keys.uuids(),
            query: query.to_owned(),
        }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self, settings: &Settings) -> String {
        match self {
            Self::Address(address) => address.clone(),
            Self::Page {
                purpose,
                path,
                keys,
                query,
            } => {
                let token = sign(&settings.secret, purpose, keys, LINK_CODE);
                format!("{}{path}{token}{query}", settings.public_url)
            }
        }
    }
}

/// A target as it is stored: today's form, or one of those that named the page.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredTarget {
    Address(String),
    Page {
        purpose: String,
        path: String,
        keys: Vec<Uuid>,
        #[serde(default)]
        query: String,
    },
    AnswerPage(Uuid),
    ConfirmPage(Uuid),
    VotePage(Uuid),
    SwapPage(Uuid, Uuid),
    HostingPage(Uuid, Uuid),
}

impl From<StoredTarget> for Target {
    fn from(stored: StoredTarget) -> Self {
        let (purpose, path, keys, query) = match stored {
            StoredTarget::Address(address) => return Self::Address(address),
            StoredTarget::Page {
                purpose,
                path,
                keys,
                query,
            } => (purpose, path, keys, query),
            StoredTarget::AnswerPage(key) => former("answer", "/answers/", vec![key]),
            StoredTarget::ConfirmPage(key) => former("confirm", "/answers/confirm/", vec![key]),
            StoredTarget::VotePage(key) => former("vote", "/polls/", vec![key]),
            StoredTarget::SwapPage(of, by) => former("swap", "/swaps/", vec![of, by]),
            StoredTarget::HostingPage(of, by) => former("hosting", "/hosting/", vec![of, by]),
        };
        Self::Page {
            purpose,
            path,
            keys,
            query,
        }
    }
}

fn former(purpose: &str, path: &str, keys: Vec<Uuid>) -> (String, String, Vec<Uuid>, String) {
    (purpose.to_owned(), path.to_owned(), keys, String::new())
}

/// The service mailbox with the token of a message behind its name, so that what comes back tells what
/// it came back to; the bare mailbox if nobody reads it, or no token may or can stand there.
#[must_use]
pub fn mailbox_for(settings: &Settings, mailbox: &Address, message: Id<Message>) -> Address {
    let with_token = |delimiter: char| {
        let token = sign(
            &settings.secret,
            ADDRESS_PURPOSE,
            &[message.uuid()],
            ADDRESS_CODE,
        );
        let local = format!("{}{delimiter}{token}", mailbox.local_part());
        let address = format!("{local}@{}", mailbox.domain());
        (local.len() <= LOCAL_PART_LIMIT).then(|| Address::parse(&address).ok())?
    };
    settings
        .mail_delimiter
        .filter(|_| settings.takes_mail())
        .and_then(with_token)
        .unwrap_or_else(|| mailbox.clone())
}

/// An address without what follows the delimiter in its name, and the message whose token that is, if it is
/// one. The name of a mailbox may contain the delimiter itself, so both may be meant.
#[must_use]
pub fn split_mailbox(settings: &Settings, address: &Address) -> (Address, Option<Id<Message>>) {
    let split = || {
        let (name, token) = address.local_part().rsplit_once(settings.mail_delimiter?)?;
        let bare = Address::parse(&format!("{name}@{}", address.domain())).ok()?;
        let keys = verify(&settings.secret, ADDRESS_PURPOSE, token, ADDRESS_CODE);
        Some((bare, keys.and_then(|keys| Id::from_uuids(&keys))))
    };
    split().unwrap_or_else(|| (address.clone(), None))
}
