//! Takes settings one by one out of what was read, and collects what is wrong with them.
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde_json::Value;

use super::{PREFIX, Settings, SettingsError};
use mail::Tls;

/// The settings before they are parsed, and the errors found so far.
#[derive(Default)]
pub(super) struct RawSettings {
    pub(super) values: BTreeMap<String, Value>,
    pub(super) errors: Vec<String>,
    /// The table of the file that they are from; none for the top level and the environment.
    pub(super) table: Option<String>,
}

impl RawSettings {
    pub(super) fn reject(&mut self, name: &str, rule: &str) {
        self.errors.push(match &self.table {
            Some(table) => {
                // Within a table, the names lack the prefix (`imap_`).
                let inner = name.split_once('_').map_or(name, |(_, inner)| inner);
                format!("{table}.{inner}: {rule}")
            }
            None => format!("{name} ({PREFIX}{}): {rule}", name.to_uppercase()),
        });
    }

    /// Removes and returns a setting; none if it is missing or empty.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        match self.values.remove(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text),
            value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
            Value::Array(items) => Some(
                items
                    .iter()
                    .filter_map(Value::as_str)
                    .collect::<Vec<_>>()
                    .join(","),
            ),
            _ => {
                self.reject(name, "must be one value");
                None
            }
        }
    }

    /// Removes and parses a setting; the default, which must be valid, if it is missing or invalid.
    pub(super) fn parse_or<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &str,
        default: &str,
    ) -> T {
        self.parsed(name, default, |error: T::Err| error.to_string())
    }

    /// The same, with the rule for what is invalid.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &str,
        default: &str,
        rule: impl Fn(T::Err) -> String,
    ) -> T {
        if let Some(text) = self.take(name) {
            match text.parse() {
                Ok(value) => return value,
                Err(error) => self.reject(name, &rule(error)),
            }
        }
        default
            .parse()
            .unwrap_or_else(|error| panic!("the default of {name}: {error}"))
    }

    /// Removes a setting that is a number of this range; the default if it is missing or invalid.
    pub(super) fn number<T: Copy + TryFrom<u64>>(
        &mut self,
        name: &str,
        default: T,
        range: std::ops::RangeInclusive<u64>,
    ) -> T {
        let Some(text) = self.take(name) else {
            return default;
        };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .unwrap_or_else(|| {
                let rule = format!("must be a number from {} to {}", range.start(), range.end());
                self.reject(name, &rule);
                default
            })
    }

    /// Removes a setting that is one of these words; the default if it is missing or invalid.
    pub(super) fn word(
        &mut self,
        name: &str,
        default: &'static str,
        words: &[&'static str],
    ) -> &'static str {
        let Some(text) = self.take(name) else {
            return default;
        };
        if let Some(word) = words.iter().find(|word| **word == text) {
            return word;
        }
        if let [others @ .., last] = words {
            self.reject(name, &format!("must be {} or {last}", others.join(", ")));
        }
        default
    }

    /// Removes a setting that says how a connection is encrypted.
    pub(super) fn tls(&mut self, name: &str, default: &'static str) -> Tls {
        match self.word(name, default, &["implicit", "starttls", "none"]) {
            "implicit" => Tls::Implicit,
            "none" => Tls::None,
            _ => Tls::Starttls,
        }
    }

    /// Removes a setting that names a file, which must exist.
    pub(super) fn file(&mut self, name: &str) -> Option<PathBuf> {
        let file = PathBuf::from(self.take(name)?);
        if !file.is_file() {
            self.reject(name, "there is no such file");
        }
        Some(file)
    }

    pub(super) fn reject_unknown(&mut self) {
        for name in std::mem::take(&mut self.values).into_keys() {
            self.reject(&name, "there is no such setting");
        }
    }

    pub(super) fn finish(mut self, settings: Settings) -> Result<Settings, SettingsError> {
        self.reject_unknown();
        if self.errors.is_empty() {
            Ok(settings)
        } else {
            Err(SettingsError(self.errors))
        }
    }
}
