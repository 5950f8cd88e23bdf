//! Personal links: derived from the invitation's key and the installation's secret, never stored.
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::letters::Links;
use super::{Invitation, Message};
use crate::config::Settings;
use crate::db::Id;
use crate::hosting::SwapRequest;
use crate::inbound::InboundMail;
use crate::mail::Address;
use crate::meetings::confirmations::HostConfirmation;
use crate::people::Person;
use crate::polls::Ballot;

/// What an authentication code is made for, so that a token of one kind is none of another.
#[derive(Clone, Copy)]
enum Purpose {
    /// To answer an invitation.
    Answer,
    /// To confirm an answer that came by mail.
    Confirm,
    /// To vote in a date poll.
    Vote,
    /// To know which message something came back to.
    Mail,
    /// To answer a request to swap turns.
    Swap,
    /// To confirm that one hosts.
    Hosting,
}

impl Purpose {
    fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Answer => b"answer",
            Self::Confirm => b"confirm",
            Self::Vote => b"vote",
            Self::Mail => b"mail",
            Self::Swap => b"swap",
            Self::Hosting => b"hosting",
        }
    }

    /// 128 bits cannot be guessed. What stands in a mail address has to be short, opens nothing, and is
    /// tried over the slow way of a mail server: 80 bits do.
    fn code_length(self) -> usize {
        match self {
            Self::Answer | Self::Confirm | Self::Vote | Self::Swap | Self::Hosting => 16,
            Self::Mail => 10,
        }
    }
}

/// Octets of the part of an address before the `@` at most (RFC 5321, 4.5.3.1.1).
const LOCAL_PART_LIMIT: usize = 64;

fn code(secret: &str, purpose: Purpose, ids: &[Uuid]) -> Hmac<Sha256> {
    let keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let keyed = keyed
        .expect("HMAC takes keys of any length")
        .chain_update(purpose.as_bytes());
    ids.iter()
        .fold(keyed, |keyed, id| keyed.chain_update(id.as_bytes()))
}

/// The secret part of a link: keys and a code that only this installation can make.
fn sealed(secret: &str, purpose: Purpose, ids: &[Uuid]) -> String {
    let code = code(secret, purpose, ids).finalize().into_bytes();
    let mut bytes: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
    bytes.extend(code.iter().take(purpose.code_length()));
    BASE32_NOPAD.encode(&bytes).to_lowercase()
}

/// The keys in a token, if this installation has made it for that purpose and so many. The code is
/// compared in constant time.
fn unsealed<const N: usize>(secret: &str, purpose: Purpose, token: &str) -> Option<[Uuid; N]> {
    let bytes = BASE32_NOPAD
        .decode(token.to_ascii_uppercase().as_bytes())
        .ok()?;
    let (keys, given) = bytes.split_at_checked(N * 16)?;
    let mut ids = [Uuid::nil(); N];
    for (id, key) in ids.iter_mut().zip(keys.chunks_exact(16)) {
        *id = Uuid::from_slice(key).ok()?;
    }
    if given.len() != purpose.code_length() {
        return None;
    }
    code(secret, purpose, &ids)
        .verify_truncated_left(given)
        .ok()?;
    Some(ids)
}

/// The secret part of the personal link of an invitation.
#[must_use]
pub fn token(secret: &str, invitation: Id<Invitation>) -> String {
    sealed(secret, Purpose::Answer, &[invitation.uuid()])
}

/// The invitation that a token is for, if this installation has made it.
#[must_use]
pub fn invitation_of(secret: &str, token: &str) -> Option<Id<Invitation>> {
    unsealed(secret, Purpose::Answer, token).map(|[id]| id.into())
}

/// The mail whose answer a token confirms, if this installation has made it.
#[must_use]
pub fn mail_of(secret: &str, token: &str) -> Option<Id<InboundMail>> {
    unsealed(secret, Purpose::Confirm, token).map(|[id]| id.into())
}

/// The ballot of a date poll that a token is for, if this installation has made it.
#[must_use]
pub fn ballot_of(secret: &str, token: &str) -> Option<Id<Ballot>> {
    unsealed(secret, Purpose::Vote, token).map(|[id]| id.into())
}

/// The service mailbox with the token of a message behind its name, so that what comes back tells what
/// it came back to; the bare mailbox if nobody reads it, or no token may or can stand there.
#[must_use]
pub fn mailbox_for(settings: &Settings, mailbox: &Address, message: Id<Message>) -> Address {
    let with_token = |delimiter: char| {
        let token = sealed(&settings.secret, Purpose::Mail, &[message.uuid()]);
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

/// An address without what stands behind the delimiter in its name, and the message whose token that
/// is, if it is one. The name of a mailbox may hold the delimiter itself, so both may be meant.
#[must_use]
pub fn split_mailbox(settings: &Settings, address: &Address) -> (Address, Option<Id<Message>>) {
    let split = || {
        let (name, behind) = address.local_part().rsplit_once(settings.mail_delimiter?)?;
        let bare = Address::parse(&format!("{name}@{}", address.domain())).ok()?;
        let message = unsealed(&settings.secret, Purpose::Mail, behind);
        Some((bare, message.map(|[id]| id.into())))
    };
    split().unwrap_or_else(|| (address.clone(), None))
}

/// The page on which an invited person answers.
#[must_use]
pub fn answer_page(settings: &Settings, invitation: Id<Invitation>) -> String {
    let token = token(&settings.secret, invitation);
    format!("{}/answers/{token}", settings.public_url)
}

/// The page on which a person confirms an answer that came by mail.
#[must_use]
pub fn confirm_page(settings: &Settings, mail: Id<InboundMail>) -> String {
    let token = sealed(&settings.secret, Purpose::Confirm, &[mail.uuid()]);
    format!("{}/answers/confirm/{token}", settings.public_url)
}

/// The page on which a person votes in a date poll.
#[must_use]
pub fn vote_page(settings: &Settings, ballot: Id<Ballot>) -> String {
    let token = sealed(&settings.secret, Purpose::Vote, &[ballot.uuid()]);
    format!("{}/polls/{token}", settings.public_url)
}

/// The page on which a person answers a request to swap turns.
#[must_use]
pub fn swap_page(settings: &Settings, request: Id<SwapRequest>, person: Id<Person>) -> String {
    let ids = [request.uuid(), person.uuid()];
    let token = sealed(&settings.secret, Purpose::Swap, &ids);
    format!("{}/swaps/{token}", settings.public_url)
}

/// The request to swap turns, and who may answer it, by a token that this installation has made.
#[must_use]
pub fn swap_of(secret: &str, token: &str) -> Option<(Id<SwapRequest>, Id<Person>)> {
    let [request, person] = unsealed(secret, Purpose::Swap, token)?;
    Some((request.into(), person.into()))
}

/// The page on which a person confirms that the own municipality hosts a meeting.
#[must_use]
pub fn hosting_page(
    settings: &Settings,
    confirmation: Id<HostConfirmation>,
    person: Id<Person>,
) -> String {
    let ids = [confirmation.uuid(), person.uuid()];
    let token = sealed(&settings.secret, Purpose::Hosting, &ids);
    format!("{}/hosting/{token}", settings.public_url)
}

/// What is to be confirmed, and by whom, by a token that this installation has made.
#[must_use]
pub fn hosting_of(secret: &str, token: &str) -> Option<(Id<HostConfirmation>, Id<Person>)> {
    let [confirmation, person] = unsealed(secret, Purpose::Hosting, token)?;
    Some((confirmation.into(), person.into()))
}

/// The links in a mail about `invitation`. An answer in an address only preselects: mail scanners
/// follow links.
#[must_use]
pub fn links(settings: &Settings, invitation: Id<Invitation>, topics: Option<String>) -> Links {
    let page = answer_page(settings, invitation);
    Links {
        accept: format!("{page}?answer=accepted"),
        tentative: format!("{page}?answer=tentative"),
        decline: format!("{page}?answer=declined"),
        meeting: page,
        topics,
        privacy: settings.privacy_url.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret that is long enough to be one";

    #[test]
    fn a_token_names_its_invitation_and_cannot_be_made_up() {
        let id: Id<Invitation> =
            Id::from(Uuid::from_u128(0x0199_1234_5678_7abc_8def_0123_4567_89ab));
        let made = token(SECRET, id);
        assert_eq!(made.len(), 52);
        assert!(
            made.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
        assert_eq!(invitation_of(SECRET, &made), Some(id));
        assert_eq!(
            invitation_of("another secret of the same length", &made),
            None
        );
        let confirming = sealed(SECRET, Purpose::Confirm, &[id.uuid()]);
        assert_eq!(invitation_of(SECRET, &confirming), None);
        assert_eq!(mail_of(SECRET, &made), None);
        assert_eq!(mail_of(SECRET, &confirming).map(Id::uuid), Some(id.uuid()));
        let (of, by) = (id.uuid(), Uuid::from_u128(7));
        let swap = sealed(SECRET, Purpose::Swap, &[of, by]);
        assert_eq!(swap_of(SECRET, &swap), Some((of.into(), by.into())));
        assert_eq!(hosting_of(SECRET, &swap), None);
        assert_eq!(invitation_of(SECRET, &swap), None);
        assert_eq!(swap_of(SECRET, &made), None);
        let exchanged = sealed(SECRET, Purpose::Swap, &[by, of]);
        assert_ne!(exchanged[52..], swap[52..]);
        assert_eq!(invitation_of(SECRET, ""), None);
        assert_eq!(invitation_of(SECRET, &made[..made.len() - 1]), None);
        assert_eq!(invitation_of(SECRET, &format!("{made}aa")), None);
        assert_eq!(invitation_of(SECRET, &format!("ä{made}")), None);
        for place in 0..made.len() {
            let mut other = made.clone().into_bytes();
            other[place] = if other[place] == b'a' { b'b' } else { b'a' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(invitation_of(SECRET, &other), None, "{place}");
        }
    }
}
