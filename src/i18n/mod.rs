//! Texts for people, in German and English.
//!
//! They are in `i18n/{de,en}/<area>.ftl` (Fluent); a key begins with the name of its area. A text that is
//! missing in English falls back to German, and a test finds it.
pub mod dates;

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::str::FromStr;

use fluent_templates::LanguageIdentifier;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::fluent_bundle::types::FluentNumber;
use fluent_templates::{langid, static_loader};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

static_loader! {
    static TEXTS = {
        locales: "./src/i18n",
        fallback_language: "de",
        customise: |bundle| {
            // Some mail and calendar programs show the isolation characters around variables, which only
            // texts of mixed direction need.
            bundle.set_use_isolating(false);
            bundle.add_builtins().expect("the function NUMBER is added once");
        },
    };
}

const GERMAN: LanguageIdentifier = langid!("de");
const ENGLISH: LanguageIdentifier = langid!("en");

/// A language of the service.
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

/// A language that the service does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the language must be \"de\" or \"en\"")]
pub struct UnknownLanguage;

impl Language {
    /// Every language, German first.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// The language tag (BCP 47), as in `lang="…"` and in the database.
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

/// The text of `key`; the key itself if there is none, which a test finds.
#[must_use]
pub fn say(language: Language, key: &str) -> String {
    look_up(language, key, None)
}

/// The text of `key` with variables.
#[must_use]
pub fn say_with(language: Language, key: &str, args: &[(&str, String)]) -> String {
    let args: HashMap<&str, FluentValue<'_>> = args
        .iter()
        .map(|(name, value)| (*name, FluentValue::from(value.as_str())))
        .collect();
    look_up(language, key, Some(&args))
}

/// The text of `key` with the variable `$count`, by which it may choose the plural form.
#[must_use]
pub fn say_count(language: Language, key: &str, count: impl Into<FluentNumber>) -> String {
    let args = HashMap::from([("count", FluentValue::Number(count.into()))]);
    look_up(language, key, Some(&args))
}

fn look_up(language: Language, key: &str, args: Option<&HashMap<&str, FluentValue<'_>>>) -> String {
    let wanted = match language {
        Language::De => &GERMAN,
        Language::En => &ENGLISH,
    };
    [wanted, &GERMAN]
        .into_iter()
        .find_map(|id| TEXTS.lookup_single_language(id, key, args).ok())
        .unwrap_or_else(|| {
            tracing::error!(key, "there is no text for this key");
            key.to_owned()
        })
}

/// An enumeration, "Anke Amsel, Bodo Buche und Carla Clematis"; none if there are no names.
#[must_use]
pub fn listed(language: Language, mut names: Vec<String>) -> Option<String> {
    let last = names.pop()?;
    if names.is_empty() {
        return Some(last);
    }
    let args = [("names", names.join(", ")), ("last", last)];
    Some(say_with(language, "mail-people", &args))
}

/// An ordinal number: "12." or "12th".
#[must_use]
pub fn ordinal(language: Language, number: i32) -> String {
    say_count(language, "words-ordinal", number)
}
