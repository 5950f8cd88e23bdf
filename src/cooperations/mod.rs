//! Cooperations: groups of municipalities, whose data are separate from each other.
pub mod api;
pub mod store;

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::db::schema::cooperations;
use crate::db::{Id, Instant};
use crate::error::valid_if;
use crate::http::body::given;
use crate::i18n::Language;
use mail::Address;

/// A group of municipalities that meet in turn.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = cooperations, check_for_backend(crate::db::MultiBackend))]
pub struct Cooperation {
    /// Its id.
    pub id: Id<Cooperation>,
    /// Its name in URLs: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The language of its calendar entries, and the default for people.
    pub language: Language,
    /// Its time zone (IANA).
    pub time_zone: String,
    /// Its own service mailbox, if it does not use the installation's.
    pub mailbox: Option<String>,
    /// How many municipalities must be represented for a quorum; null for more than half and at
    /// least three.
    pub quorum: Option<i32>,
    /// Revision number of its settings, incremented with each change.
    pub revision: i32,
    /// When it was created.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

impl Cooperation {
    /// The day at `now` in its time zone.
    #[must_use]
    pub fn today(&self, now: Instant) -> NaiveDate {
        now.with_timezone(&self.zone()).date_naive()
    }

    /// Its time zone.
    #[must_use]
    pub fn zone(&self) -> Tz {
        // Checked when it was set. UTC if a later version of the zone database lacks it.
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }
}

/// A new cooperation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate, Insertable)]
#[diesel(table_name = cooperations)]
#[serde(deny_unknown_fields)]
pub struct NewCooperation {
    /// Its name.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: String,
    /// Its name in URLs; derived from the name if omitted.
    #[validate(length(min = 2, max = 60), custom(function = "valid_slug"))]
    pub slug: Option<String>,
    /// Its language; `de` if omitted.
    #[serde(default)]
    pub language: Language,
    /// Its time zone (IANA); Europe/Berlin if omitted.
    #[serde(default = "berlin")]
    #[validate(custom(function = "known_time_zone"))]
    pub time_zone: String,
    /// Its own service mailbox.
    #[validate(custom(function = "mail_address"))]
    pub mailbox: Option<String>,
    /// How many municipalities must be represented for a quorum.
    #[validate(range(min = 1, max = 500))]
    pub quorum: Option<i32>,
}

/// A change of a cooperation. Omitted fields stay as they are.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate, AsChangeset)]
#[diesel(table_name = cooperations)]
#[serde(deny_unknown_fields)]
pub struct CooperationPatch {
    /// Its name.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: Option<String>,
    /// Its language.
    pub language: Option<Language>,
    /// How many municipalities must be represented for a quorum; `null` for more than half and at
    /// least three.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    #[validate(range(min = 1, max = 500))]
    pub quorum: Option<Option<i32>>,
}

fn berlin() -> String {
    "Europe/Berlin".to_owned()
}

/// Checks that a text is one visible line.
///
/// # Errors
/// If it has line breaks or tabs, is blank, or has characters that show nothing or turn the direction of writing, by
/// which one name could pose as another (Unicode Technical Report 36, section 2).
pub fn one_line(text: &str) -> Result<(), ValidationError> {
    let is_one_line =
        !text.trim().is_empty() && !text.contains(['\n', '\r', '\t', '\u{2028}', '\u{2029}']);
    valid_if(is_one_line, "one_line", "must be one line of text")?;
    let is_visible = !text.contains(|c| matches!(c, '\u{200b}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    valid_if(
        is_visible,
        "invisible",
        "must not have invisible characters, which come along when text is copied",
    )
}

fn valid_slug(text: &str) -> Result<(), ValidationError> {
    let message = "must be lower-case letters, digits and single hyphens between them";
    valid_if(is_slug(text), "slug", message)
}

/// Whether `text` is a valid slug. No UUID is.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let parts_are_words = text.split('-').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    });
    parts_are_words && text.len() <= 60 && text.parse::<Id<Cooperation>>().is_err()
}

/// Derives a slug from a name: umlauts are written out, other characters become hyphens.
#[must_use]
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'ä' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(60);
    slug.trim_matches('-').to_owned()
}

/// Checks that there is an IANA time zone of that name.
pub fn known_time_zone(name: &str) -> Result<(), ValidationError> {
    let message = "must be an IANA time zone such as Europe/Berlin";
    valid_if(name.parse::<Tz>().is_ok(), "time_zone", message)
}

/// Checks that a text is a mail address.
pub fn mail_address(text: &str) -> Result<(), ValidationError> {
    let address = Address::parse(text).map(drop);
    address.map_err(|error| ValidationError::new("address").with_message(error.to_string().into()))
}
