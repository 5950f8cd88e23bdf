//! What people read, in German and English.
//!
//! The texts stand in `i18n/{de,en}/<area>.ftl` (Fluent); a key begins with its area. German is
//! complete by definition: what English lacks is said in German, and a test finds it.
pub mod dates;

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::str::FromStr;

use fluent_templates::LanguageIdentifier;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{langid, static_loader};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

static_loader! {
    static WORDS = {
        locales: "./src/i18n",
        fallback_language: "de",
        // The marks around what is filled in would stand in mails and calendars as odd characters;
        // both languages run from left to right.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

const GERMAN: LanguageIdentifier = langid!("de");
const ENGLISH: LanguageIdentifier = langid!("en");

/// A language in which this service speaks.
#[derive(
    Copy,
    Clone,
    Debug,
    Default,
    Eq,
    PartialEq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// German, with "Sie".
    #[default]
    De,
    /// English.
    En,
}

/// A language in which this service does not speak.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the language must be \"de\" or \"en\"")]
pub struct UnknownLanguage;

impl Language {
    /// Every language, German first.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// The language's tag (BCP 47), as it stands in `lang="…"` and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }
}

impl Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == text)
            .ok_or(UnknownLanguage)
    }
}

/// The words of `key`; the key itself where there are none, which a test finds.
#[must_use]
pub fn say(language: Language, key: &str) -> String {
    look_up(language, key, None)
}

/// The words of `key`, with `args` filled in where they have `{ $name }`.
#[must_use]
pub fn say_with(language: Language, key: &str, args: &[(&str, String)]) -> String {
    let args: HashMap<&str, FluentValue<'_>> = args
        .iter()
        .map(|(name, value)| (*name, FluentValue::from(value.as_str())))
        .collect();
    look_up(language, key, Some(&args))
}

fn look_up(language: Language, key: &str, args: Option<&HashMap<&str, FluentValue<'_>>>) -> String {
    let wanted = match language {
        Language::De => &GERMAN,
        Language::En => &ENGLISH,
    };
    [wanted, &GERMAN]
        .into_iter()
        .find_map(|id| WORDS.lookup_single_language(id, key, args).ok())
        .unwrap_or_else(|| {
            tracing::error!(key, "there are no words for this key");
            key.to_owned()
        })
}

/// Names as one reads them: "Anke Amsel, Bodo Buche und Carla Clematis"; nothing if there are none.
#[must_use]
pub fn listed(language: Language, mut names: Vec<String>) -> Option<String> {
    let last = names.pop()?;
    if names.is_empty() {
        return Some(last);
    }
    let args = [("names", names.join(", ")), ("last", last)];
    Some(say_with(language, "mail-people", &args))
}

/// A number in an order: "12." or "12th".
#[must_use]
pub fn ordinal(language: Language, number: i32) -> String {
    match language {
        Language::De => format!("{number}."),
        Language::En => {
            let suffix = match (number.unsigned_abs() % 10, number.unsigned_abs() % 100) {
                (1, 0..=10 | 12..) => "st",
                (2, 0..=11 | 13..) => "nd",
                (3, 0..=12 | 14..) => "rd",
                _ => "th",
            };
            format!("{number}{suffix}")
        }
    }
}
