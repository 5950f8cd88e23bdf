//! Personal links: derived from the invitation's key and the installation's secret, never stored.
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::Invitation;
use super::letters::Links;
use crate::config::Settings;
use crate::db::Id;

/// What the authentication code is made for, so that no other token of this service is one of these.
const PURPOSE: &[u8] = b"answer";
/// 128 bits cannot be guessed.
const CODE_LENGTH: usize = 16;

fn code(secret: &str, invitation: Uuid) -> Hmac<Sha256> {
    let keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    keyed
        .expect("HMAC takes keys of any length")
        .chain_update(PURPOSE)
        .chain_update(invitation.as_bytes())
}

/// The secret part of the personal link of an invitation: its key and a code that only this
/// installation can make.
#[must_use]
pub fn token(secret: &str, invitation: Id<Invitation>) -> String {
    let id = invitation.uuid();
    let code = code(secret, id).finalize().into_bytes();
    let mut bytes = id.as_bytes().to_vec();
    bytes.extend(code.iter().take(CODE_LENGTH));
    BASE32_NOPAD.encode(&bytes).to_lowercase()
}

/// The invitation that a token is for, if this installation has made it. The code is compared in
/// constant time.
#[must_use]
pub fn invitation_of(secret: &str, token: &str) -> Option<Id<Invitation>> {
    let bytes = BASE32_NOPAD
        .decode(token.to_ascii_uppercase().as_bytes())
        .ok()?;
    let (id, given) = bytes.split_first_chunk::<16>()?;
    let id = Uuid::from_bytes(*id);
    if given.len() != CODE_LENGTH {
        return None;
    }
    code(secret, id).verify_truncated_left(given).ok()?;
    Some(id.into())
}

/// The links in a mail about `invitation`. An answer in an address only preselects: mail scanners
/// follow links.
#[must_use]
pub fn links(settings: &Settings, invitation: Id<Invitation>, topics: Option<String>) -> Links {
    let token = token(&settings.secret, invitation);
    let page = format!("{}/answers/{token}", settings.public_url);
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
        let id = Id::from(Uuid::from_u128(0x0199_1234_5678_7abc_8def_0123_4567_89ab));
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
