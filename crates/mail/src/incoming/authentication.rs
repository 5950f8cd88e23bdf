//! Authentication-Results: what a receiving server found out about the sender (RFC 8601).

use std::collections::BTreeMap;

use super::clean::{one_line, start};
use super::fields::Fields;

/// Fields at most. Each server on the way adds one or two.
const FIELDS_LIMIT: usize = 20;
/// Methods in a field at most.
const RESULTS_LIMIT: usize = 30;
/// Properties of a method at most.
const PROPERTIES_LIMIT: usize = 20;
/// Octets of a name or a value at most.
const VALUE_LIMIT: usize = 254;
/// Octets of a field that are read.
const FIELD_LIMIT: usize = 8 * 1024;

/// One Authentication-Results field. Anybody can write one: it can be trusted only if `authserv_id` is
/// one's own server and that server removes such fields from the mail it receives (RFC 8601, 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationResults {
    /// The server that checked, in lower case.
    pub authserv_id: String,
    /// Its results; empty for `none`.
    pub results: Vec<AuthenticationResult>,
}

/// The result of one method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationResult {
    /// `dmarc`, `dkim`, `spf` and others, in lower case.
    pub method: String,
    /// `pass`, `fail`, `none` and others, in lower case.
    pub result: String,
    /// `header.from`, `header.d`, `smtp.mailfrom` and others, names in lower case; the first of
    /// repeated ones.
    pub properties: BTreeMap<String, String>,
}

impl AuthenticationResult {
    /// A property such as `header.d`.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }
}

/// All fields in their order: the one that was added last is the first.
pub(super) fn read(fields: &Fields) -> Vec<AuthenticationResults> {
    let fields = fields.all("authentication-results").take(FIELDS_LIMIT);
    fields
        .filter_map(|value| field(&String::from_utf8_lossy(value)))
        .collect()
}

fn field(text: &str) -> Option<AuthenticationResults> {
    let text = one_line(start(text, FIELD_LIMIT), usize::MAX);
    let mut statements = statements(&text).into_iter();
    let authserv_id = statements.next()?.into_iter().next()?;
    let results = statements
        .filter_map(|tokens| result(&tokens))
        .take(RESULTS_LIMIT);
    Some(AuthenticationResults {
        authserv_id: authserv_id.to_ascii_lowercase(),
        results: results.collect(),
    })
}

/// The tokens between semicolons, without comments; `=` and a quoted string are tokens.
fn statements(text: &str) -> Vec<Vec<String>> {
    let mut statements = vec![Vec::new()];
    let mut token = String::new();
    let mut comments = 0_usize;
    let mut quoted = false;
    let mut characters = text.chars();
    let mut finish = |token: &mut String, next: Option<char>| {
        let token = std::mem::take(token);
        let Some(tokens) = statements.last_mut() else {
            return;
        };
        if !token.is_empty() {
            tokens.push(start(&token, VALUE_LIMIT).to_owned());
        }
        match next {
            Some('=') => tokens.push("=".to_owned()),
            Some(';') => statements.push(Vec::new()),
            _ => {}
        }
    };
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted || comments > 0 => {
                let escaped = characters.next();
                if comments == 0 {
                    token.extend(escaped);
                }
            }
            '"' if comments == 0 => quoted = !quoted,
            _ if quoted => token.push(character),
            '(' => comments += 1,
            ')' => comments = comments.saturating_sub(1),
            _ if comments > 0 => {}
            ' ' | ';' | '=' => finish(&mut token, Some(character)),
            _ => token.push(character),
        }
    }
    finish(&mut token, None);
    statements
}

/// `method[/version] = result [reason = value] (ptype.property = value)…`
fn result(tokens: &[String]) -> Option<AuthenticationResult> {
    let (method, rest) = assignment(tokens)?;
    let (name, _version) = method.0.split_once('/').unwrap_or((method.0, ""));
    let mut properties = BTreeMap::new();
    let mut tokens = rest;
    while let Some((first, after)) = tokens.split_first() {
        match assignment(tokens) {
            Some(((name, value), rest)) if properties.len() < PROPERTIES_LIMIT => {
                let name = name.to_ascii_lowercase();
                properties.entry(name).or_insert_with(|| value.to_owned());
                tokens = rest;
            }
            // the rest of `b=abc=` or a stray token
            _ if first == "=" || !tokens.is_empty() => tokens = after,
            _ => break,
        }
    }
    Some(AuthenticationResult {
        method: name.to_ascii_lowercase(),
        result: method.1.to_ascii_lowercase(),
        properties,
    })
}

type Assignment<'a> = ((&'a str, &'a str), &'a [String]);

fn assignment(tokens: &[String]) -> Option<Assignment<'_>> {
    match tokens {
        [name, equals, value, rest @ ..] if equals == "=" && name != "=" && value != "=" => {
            Some(((name, value), rest))
        }
        _ => None,
    }
}
