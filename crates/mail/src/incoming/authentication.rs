//! What a receiving server found out about the sender: Authentication-Results (RFC 8601).

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

/// One Authentication-Results field. Anybody can write one: it is worth something only if the server
/// that `authserv_id` names is one's own and takes such fields of others away (RFC 8601, 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationResults {
    /// The server that says so, in lower case.
    pub authserv_id: String,
    /// What it found; empty for `none`.
    pub results: Vec<AuthenticationResult>,
}

/// What one way of checking the sender came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationResult {
    /// `dmarc`, `dkim`, `spf` and others, in lower case.
    pub method: String,
    /// `pass`, `fail`, `none` and others, in lower case.
    pub result: String,
    /// `header.from`, `header.d`, `smtp.mailfrom` and others, names in lower case; of one that comes
    /// twice the first.
    pub properties: BTreeMap<String, String>,
}

impl AuthenticationResult {
    /// A property such as `header.d`.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }
}

/// All fields in their order: the one that was added last stands first.
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
        .filter_map(|words| result(&words))
        .take(RESULTS_LIMIT);
    Some(AuthenticationResults {
        authserv_id: authserv_id.to_ascii_lowercase(),
        results: results.collect(),
    })
}

/// The words between semicolons, without comments; `=` is a word, and a quoted string is one.
fn statements(text: &str) -> Vec<Vec<String>> {
    let mut statements = vec![Vec::new()];
    let mut word = String::new();
    let mut comments = 0_usize;
    let mut quoted = false;
    let mut characters = text.chars();
    let mut finish = |word: &mut String, next: Option<char>| {
        let word = std::mem::take(word);
        let Some(words) = statements.last_mut() else {
            return;
        };
        if !word.is_empty() {
            words.push(start(&word, VALUE_LIMIT).to_owned());
        }
        match next {
            Some('=') => words.push("=".to_owned()),
            Some(';') => statements.push(Vec::new()),
            _ => {}
        }
    };
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted || comments > 0 => {
                let escaped = characters.next();
                if comments == 0 {
                    word.extend(escaped);
                }
            }
            '"' if comments == 0 => quoted = !quoted,
            _ if quoted => word.push(character),
            '(' => comments += 1,
            ')' => comments = comments.saturating_sub(1),
            _ if comments > 0 => {}
            ' ' | ';' | '=' => finish(&mut word, Some(character)),
            _ => word.push(character),
        }
    }
    finish(&mut word, None);
    statements
}

/// `method[/version] = result [reason = value] (ptype.property = value)…`
fn result(words: &[String]) -> Option<AuthenticationResult> {
    let (method, rest) = assignment(words)?;
    let (name, _version) = method.0.split_once('/').unwrap_or((method.0, ""));
    let mut properties = BTreeMap::new();
    let mut words = rest;
    while let Some((first, after)) = words.split_first() {
        match assignment(words) {
            Some(((name, value), rest)) if properties.len() < PROPERTIES_LIMIT => {
                let name = name.to_ascii_lowercase();
                properties.entry(name).or_insert_with(|| value.to_owned());
                words = rest;
            }
            // what is left of `b=abc=` or a stray word
            _ if first == "=" || !words.is_empty() => words = after,
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

fn assignment(words: &[String]) -> Option<Assignment<'_>> {
    match words {
        [name, equals, value, rest @ ..] if equals == "=" && name != "=" && value != "=" => {
            Some(((name, value), rest))
        }
        _ => None,
    }
}
