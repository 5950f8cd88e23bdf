//! Signatures of outgoing mail (DKIM, RFC 6376 and 8463), relaxed/relaxed.
//!
//! lettre signs as well, but with the current time, so that a mail that is sent twice would be two
//! different mails. The cryptography is that of ring, which TLS needs anyway.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64;
use ring::rand::SystemRandom;
use ring::signature::{
    ED25519, Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    UnparsedPublicKey,
};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use super::Address;

/// The fields that are signed if they exist. From is listed once more than it may occur, so that nobody can
/// add another one (RFC 6376, 5.4 and 8.15).
const SIGNED: [&str; 11] = [
    "from",
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
];

/// Characters of the signature per line.
const LINE: usize = 72;

/// `rsaEncryption` as an `AlgorithmIdentifier` (RFC 8017, appendix A.1).
const RSA_ENCRYPTION: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// Signs mails for a domain.
#[derive(Clone)]
pub struct Signer {
    selector: String,
    domain: String,
    key: Arc<SigningKey>,
}

enum SigningKey {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Why a signer cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The selector is not a DNS name (RFC 6376, 3.1).
    #[error("must be letters, digits and hyphens, in parts separated by dots")]
    Selector,
    /// The domain is not valid.
    #[error("must be a domain")]
    Domain,
    /// There is no private key, or it has a password.
    #[error("must be a PEM file with a private key (PKCS#8 or PKCS#1) without a password")]
    Pem,
    /// Receivers do not support this kind of key.
    #[error("the key must be RSA or Ed25519")]
    Kind,
    /// The key is damaged, or too short or too long.
    #[error("the RSA key cannot be used: {0}; it must have 2048 to 4096 bits")]
    Rsa(String),
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.record_name())
    }
}

impl Signer {
    /// Signs for `domain` and its subdomains with the private key in `pem`, whose public key is published
    /// in the DNS under the selector.
    pub fn new(selector: &str, domain: &str, pem: &[u8]) -> Result<Self, SignerError> {
        let is_label = |label: &str| {
            let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            let ends = label.starts_with('-') || label.ends_with('-');
            (1..=63).contains(&label.len()) && label.bytes().all(inner) && !ends
        };
        if !selector.split('.').all(is_label) {
            return Err(SignerError::Selector);
        }
        let domain =
            idna::domain_to_ascii_strict(domain.trim()).map_err(|_| SignerError::Domain)?;
        if !domain.contains('.') {
            return Err(SignerError::Domain);
        }
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| SignerError::Pem)?;
        Ok(Self {
            selector: selector.to_owned(),
            domain,
            key: Arc::new(SigningKey::read(&key)?),
        })
    }

    /// The domain that is responsible for the mails.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether mails from this address are signed: only where the signature is aligned for DMARC, in the
    /// domain and its subdomains (RFC 7489, 3.1.1).
    #[must_use]
    pub fn is_for(&self, from: &Address) -> bool {
        let above = from.domain().strip_suffix(&self.domain);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }

    /// The name of the TXT record with the public key (RFC 6376, 3.6.2.1).
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The content of that record (RFC 6376, 3.6.1).
    #[must_use]
    pub fn record(&self) -> String {
        let (kind, key) = match &*self.key {
            SigningKey::Rsa(pair) => ("rsa", subject_public_key_info(pair.public().as_ref())),
            SigningKey::Ed25519(pair) => ("ed25519", pair.public_key().as_ref().to_vec()),
        };
        format!("v=DKIM1; k={kind}; p={}", BASE64.encode(&key))
    }

    /// The mail with its signature in front. The same mail and time give the same bytes: both
    /// RSASSA-PKCS1-v1_5 and Ed25519 are deterministic.
    pub(super) fn sign(&self, mail: &[u8], at: i64) -> Result<Vec<u8>, SignerError> {
        let (head, body) = parts(mail);
        let fields = fields(head);
        let is_there = |name: &&str| fields.iter().any(|field| field.is(name));
        let names: Vec<&str> = SIGNED.into_iter().filter(is_there).collect();
        let names: Vec<String> = names.chunks(6).map(|names| names.join(":")).collect();
        let unsigned = format!(
            "DKIM-Signature: v=1; a={}; c=relaxed/relaxed; d={};\r\n\ts={}; t={at};\r\n\th={};\r\n\tbh={};\r\n\tb=",
            self.algorithm(),
            self.domain,
            self.selector,
            names.join(":\r\n\t "),
            BASE64.encode(&Sha256::digest(relaxed_body(body))),
        );
        let signature = self.key.sign(&signed_data(&fields, &unsigned))?;
        let signature = BASE64.encode(&signature).into_bytes();
        let lines: Vec<&[u8]> = signature.chunks(LINE).collect();
        Ok([
            unsigned.as_bytes(),
            &lines.join(&b"\r\n\t "[..]),
            b"\r\n",
            mail,
        ]
        .concat())
    }

    /// Whether a mail has a valid signature of this key, verified as a receiver does: with the mail and
    /// the public key only.
    #[must_use]
    pub fn verifies(&self, mail: &[u8]) -> bool {
        let (head, body) = parts(mail);
        let fields = fields(head);
        let mut signatures = fields.iter().filter(|field| field.is("dkim-signature"));
        signatures.any(|field| self.holds(field, &fields, body).is_some())
    }

    fn holds(&self, field: &Field, fields: &[Field], body: &[u8]) -> Option<()> {
        let text = String::from_utf8(field.text.to_vec()).ok()?;
        let value = |tag: &str| tag_value(&text, tag);
        let ours = value("d")? == self.domain
            && value("s")? == self.selector
            && value("a")? == self.algorithm()
            && value("c")? == "relaxed/relaxed";
        let hash = BASE64.encode(&Sha256::digest(relaxed_body(body)));
        if !ours || value("bh")? != hash {
            return None;
        }
        let signature = BASE64.decode(value("b")?.as_bytes()).ok()?;
        // the field without the value of b= (RFC 6376, 3.7)
        let start = text.match_indices("b=").find(|(at, _)| {
            let before = text[..*at].trim_end();
            before.ends_with(';') || before.ends_with(':')
        });
        let start = start?.0 + "b=".len();
        let end = text[start..].find(';').map_or(text.len(), |at| start + at);
        let unsigned = format!("{}{}", &text[..start], &text[end..]);
        let data = signed_data(fields, &unsigned);
        match &*self.key {
            SigningKey::Rsa(pair) => {
                let public = pair.public().as_ref();
                let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
                key.verify(&data, &signature).ok()
            }
            SigningKey::Ed25519(pair) => {
                let key = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref());
                key.verify(&Sha256::digest(&data), &signature).ok()
            }
        }
    }

    fn algorithm(&self) -> &'static str {
        match &*self.key {
            SigningKey::Rsa(_) => "rsa-sha256",
            SigningKey::Ed25519(_) => "ed25519-sha256",
        }
    }
}

impl SigningKey {
    fn read(key: &PrivateKeyDer<'_>) -> Result<Self, SignerError> {
        let rsa = match key {
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => {
                let der = key.secret_pkcs8_der();
                // OpenSSL writes the private key without the public one
                if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                    return Ok(Self::Ed25519(pair));
                }
                RsaKeyPair::from_pkcs8(der)
            }
            _ => return Err(SignerError::Kind),
        };
        rsa.map(Self::Rsa)
            .map_err(|error| match &*error.to_string() {
                "WrongAlgorithm" => SignerError::Kind,
                why => SignerError::Rsa(why.to_owned()),
            })
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignerError> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    data,
                    &mut signature,
                )
                .map_err(|_| SignerError::Rsa("its parts do not fit together".into()))?;
                Ok(signature)
            }
            // of the hash, not of the data (RFC 8463, 3)
            Self::Ed25519(pair) => Ok(pair.sign(&Sha256::digest(data)).as_ref().to_vec()),
        }
    }
}

/// A raw header field without its final line break.
struct Field<'a> {
    text: &'a [u8],
}

impl Field<'_> {
    fn is(&self, name: &str) -> bool {
        let colon = self.text.iter().position(|byte| *byte == b':');
        let own = &self.text[..colon.unwrap_or(0)];
        own.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
    }
}

/// Header and body, without the empty line between them.
fn parts(mail: &[u8]) -> (&[u8], &[u8]) {
    let end = mail.windows(4).position(|four| four == b"\r\n\r\n");
    end.map_or((mail, &[]), |end| (&mail[..end], &mail[end + 4..]))
}

fn fields(head: &[u8]) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut start = 0;
    for at in 0..head.len() {
        let ends = head[at..].starts_with(b"\r\n");
        if ends && !matches!(head.get(at + 2), Some(b' ' | b'\t')) {
            fields.push(Field {
                text: &head[start..at],
            });
            start = at + 2;
        }
    }
    fields.push(Field {
        text: &head[start..],
    });
    fields
}

/// The data that is signed: the fields that the signature names, repeated ones from the last upwards, and
/// the signature field without its value (RFC 6376, 3.7 and 5.4.2).
fn signed_data(fields: &[Field<'_>], unsigned: &str) -> Vec<u8> {
    let names = tag_value(unsigned, "h").unwrap_or_default();
    let mut left: Vec<&Field> = fields.iter().collect();
    let mut data = Vec::new();
    for name in names.split(':') {
        if let Some(last) = left.iter().rposition(|field| field.is(name)) {
            data.extend(relaxed_field(left.remove(last).text));
            data.extend(b"\r\n");
        }
    }
    data.extend(relaxed_field(unsigned.as_bytes()));
    data
}

/// The value of a tag of a signature, without white space (RFC 6376, 3.2).
fn tag_value(field: &str, tag: &str) -> Option<String> {
    let (_, list) = field.split_once(':')?;
    let mut tags = list.split(';').filter_map(|one| one.split_once('='));
    let (_, value) = tags.find(|(name, _)| name.trim() == tag)?;
    Some(value.split_ascii_whitespace().collect())
}

/// RFC 6376, 3.4.2: the name in lower case, the value on one line with single spaces.
fn relaxed_field(text: &[u8]) -> Vec<u8> {
    let colon = text.iter().position(|byte| *byte == b':');
    let (name, value) = text.split_at(colon.map_or(text.len(), |colon| colon + 1));
    let name = name.strip_suffix(b":").unwrap_or(name);
    let mut relaxed = name.trim_ascii_end().to_ascii_lowercase();
    relaxed.push(b':');
    let words = value.split(u8::is_ascii_whitespace);
    let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
    relaxed.extend(words.join(&b' '));
    relaxed
}

/// RFC 6376, 3.4.4: single spaces, none at the ends of lines, no empty lines at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut relaxed = Vec::with_capacity(body.len());
    let mut empty_lines = 0;
    let body = body.strip_suffix(b"\r\n").unwrap_or(body);
    let mut rest = Some(body).filter(|body| !body.is_empty());
    while let Some(text) = rest {
        let end = text.windows(2).position(|two| two == b"\r\n");
        let line = &text[..end.unwrap_or(text.len())];
        rest = end.map(|end| &text[end + 2..]);
        let kept = relaxed_line(line);
        if kept.is_empty() {
            empty_lines += 1;
            continue;
        }
        relaxed.extend(b"\r\n".repeat(empty_lines));
        empty_lines = 0;
        relaxed.extend(kept);
        relaxed.extend(b"\r\n");
    }
    relaxed
}

fn relaxed_line(line: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(line.len());
    for byte in line {
        let space = matches!(byte, b' ' | b'\t');
        if !space {
            kept.push(*byte);
        } else if kept.last() != Some(&b' ') {
            kept.push(b' ');
        }
    }
    if kept.last() == Some(&b' ') {
        kept.pop();
    }
    kept
}

/// An RSA public key as a `SubjectPublicKeyInfo` (RFC 5280, 4.1).
fn subject_public_key_info(key: &[u8]) -> Vec<u8> {
    // the first byte is the number of unused bits
    let bits = tagged(0x03, &[&[0], key].concat());
    tagged(0x30, &[&RSA_ENCRYPTION, &bits[..]].concat())
}

/// A value in DER (ITU-T X.690, 8.1 and 10.1).
fn tagged(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let skipped = length.iter().take_while(|byte| **byte == 0).count();
    let length = &length[skipped..];
    let mut der = vec![tag];
    match *length {
        [] => der.push(0),
        [short] if short < 0x80 => der.push(short),
        // at most eight bytes
        _ => {
            der.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
            der.extend(length);
        }
    }
    der.extend(value);
    der
}
