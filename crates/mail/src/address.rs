//! Mail addresses in a normal form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Octets before the `@` at most (RFC 5321, 4.5.3.1.1).
const LOCAL_PART_LIMIT: usize = 64;
/// Octets at most: a path of 256 without its angle brackets (RFC 5321, 4.5.3.1.3).
const ADDRESS_LIMIT: usize = 254;

/// A mail address: the local part as given, the domain in lower case and in its ASCII form
/// (`straße.example` becomes `xn--strae-oqa.example`).
///
/// It needs no escaping in a header, an SMTP command or a `mailto:` URI, since it contains no controls,
/// spaces, quotes or angle brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// Why a text is not a valid address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `@`, or nothing before or after it.
    #[error("a mail address has the form name@domain")]
    Form,
    /// Longer than RFC 5321, 4.5.3.1 allows.
    #[error("the mail address is too long")]
    TooLong,
    /// The local part is not ASCII. Only servers with SMTPUTF8 (RFC 6531) accept such mail.
    #[error("the part before the @ may only hold ASCII characters, or many servers refuse it")]
    NotAscii,
    /// The local part is not a dot-atom (RFC 5322, 3.2.3). Quoted local parts are not supported.
    #[error("the part before the @ holds a character that mail addresses do not have")]
    LocalPart,
    /// The domain is not a host name with at least two labels.
    #[error("the part after the @ is not a domain")]
    Domain,
}

impl Address {
    /// Reads an address; white space around it is ignored.
    ///
    /// # Errors
    /// Says what is wrong with it, see [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(AddressError::Form)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::Form);
        }
        if local.len() > LOCAL_PART_LIMIT {
            return Err(AddressError::TooLong);
        }
        if !local.is_ascii() {
            return Err(AddressError::NotAscii);
        }
        if !local.split('.').all(is_atom) {
            return Err(AddressError::LocalPart);
        }
        let address = format!("{local}@{}", ascii_domain(domain)?);
        if address.len() > ADDRESS_LIMIT {
            return Err(AddressError::TooLong);
        }
        Ok(Self(address))
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the `@`: ASCII, lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The address in lower case, for comparisons. Servers may distinguish `A@…` from `a@…` (RFC 5321,
    /// 2.4), but in practice none does.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// One or more `atext` (RFC 5322, 3.2.3).
fn is_atom(text: &str) -> bool {
    let atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(atext)
}

/// A domain in its ASCII form and in lower case, with at least two labels: a single one (`localhost`, a
/// forgotten `.de`) cannot be reached from elsewhere.
fn ascii_domain(domain: &str) -> Result<String, AddressError> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::Domain)?;
    let last_label = ascii.rsplit_once('.').map(|(_, last)| last);
    let is_name = last_label.is_some_and(|last| last.bytes().any(|b| b.is_ascii_alphabetic()));
    if is_name {
        Ok(ascii)
    } else {
        Err(AddressError::Domain)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

/// A name, which may be empty, and an address (RFC 5322, 3.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// The display name. It may contain anything and is cleaned where it is written.
    pub name: String,
    /// The address.
    pub address: Address,
}
