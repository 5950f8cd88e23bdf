//! Texts for people, in German and English.
//!
//! They are in `i18n/{de,en}/<area>.ftl` (Fluent); a key begins with the name of its area. A text that is
//! missing in English falls back to German, and a test finds it.
pub mod dates;

use std::collections::HashMap;

use fluent_templates::LanguageIdentifier;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::fluent_bundle::types::FluentNumber;
use fluent_templates::{langid, static_loader};

use crate::word_enum;

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

word_enum! {
    /// A language of the service.
    #[derive(Default)]
    pub enum Language {
        /// German, with "Sie".
        #[default]
        De = "de",
        /// English.
        En = "en",
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

/// As [`say_with`], with the variable `$count` as well ([`say_count`]).
#[must_use]
pub fn say_counted(
    language: Language,
    key: &str,
    count: impl Into<FluentNumber>,
    args: &[(&str, String)],
) -> String {
    let mut values = HashMap::from([("count", FluentValue::Number(count.into()))]);
    let args = args.iter();
    values.extend(args.map(|(name, value)| (*name, FluentValue::from(value.as_str()))));
    look_up(language, key, Some(&values))
}

/// The text of `key` with the variable `$count`, by which it may choose the plural form.
#[must_use]
pub fn say_count(language: Language, key: &str, count: impl Into<FluentNumber>) -> String {
    say_counted(language, key, count, &[])
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
