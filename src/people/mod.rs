//! People: who is invited, for which municipality and in which role.
pub mod api;
pub mod memberships;
pub mod on_day;
pub mod store;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use self::memberships::Membership;
use crate::cooperations::{mail_address, one_line};
use crate::db::schema::people;
use crate::db::{Id, Instant};
use crate::http::body::given;
use crate::i18n::Language;
use crate::municipalities::{Municipality, sensible_day};
use crate::word_enum;

word_enum! {
    /// What somebody is in a cooperation.
    pub enum Role {
        /// Plans the series.
        Coordinator = "coordinator",
        /// Speaks for a municipality and is invited to every meeting.
        Delegate = "delegate",
        /// Stands in for a municipality's delegates.
        Deputy = "deputy",
        /// Is invited to single meetings.
        Guest = "guest",
        /// Looks.
        Reader = "reader",
    }
}

impl Role {
    /// Whether somebody in this role represents a municipality.
    #[must_use]
    pub fn represents_municipality(self) -> bool {
        matches!(self, Self::Coordinator | Self::Delegate | Self::Deputy)
    }

    /// Whether somebody in this role is invited to every meeting.
    #[must_use]
    pub fn is_always_invited(self) -> bool {
        matches!(self, Self::Coordinator | Self::Delegate)
    }
}

/// Somebody, with the present or latest membership.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// The key.
    pub id: Id<Person>,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Mail address.
    pub address: String,
    /// The language of mails and pages.
    pub language: Language,
    /// What the person does in the municipality ("Digitalisierungsbeauftragte").
    pub function: Option<String>,
    /// Official phone number.
    pub phone: Option<String>,
    /// The role.
    pub role: Role,
    /// Whom the person speaks for.
    pub municipality_id: Option<Id<Municipality>>,
    /// The first day of that.
    pub from: NaiveDate,
    /// The last day of that.
    pub until: Option<NaiveDate>,
    /// Since when mails to the address come back; nothing is sent to it until it is changed or confirmed.
    pub undeliverable_since: Option<Instant>,
    /// What the mail server said.
    pub undeliverable_words: Option<String>,
    /// Counts the changes.
    pub revision: i32,
    /// When the person was added.
    pub created_at: Instant,
    /// When something was changed last.
    pub modified_at: Instant,
}

impl Person {
    /// Given and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// Whether the membership holds on that day.
    #[must_use]
    pub fn is_in_role_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = people, check_for_backend(crate::db::MultiBackend))]
struct PersonRow {
    id: Id<Person>,
    given_name: String,
    family_name: String,
    address: String,
    language: Language,
    function: Option<String>,
    phone: Option<String>,
    undeliverable_since: Option<Instant>,
    undeliverable_words: Option<String>,
    revision: i32,
    created_at: Instant,
    modified_at: Instant,
}

impl From<(PersonRow, Membership)> for Person {
    fn from((row, membership): (PersonRow, Membership)) -> Self {
        Self {
            id: row.id,
            given_name: row.given_name,
            family_name: row.family_name,
            address: row.address,
            language: row.language,
            function: row.function,
            phone: row.phone,
            role: membership.role,
            municipality_id: membership.municipality_id,
            from: membership.valid_from,
            until: membership.valid_until,
            undeliverable_since: row.undeliverable_since,
            undeliverable_words: row.undeliverable_words,
            revision: row.revision,
            created_at: row.created_at,
            modified_at: row.modified_at,
        }
    }
}

/// Who is to be added.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "fits_role", skip_on_field_errors = false))]
pub struct NewPerson {
    /// Given name.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub given_name: String,
    /// Family name.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub family_name: String,
    /// Mail address, unique in the cooperation without regard to case.
    #[validate(length(max = 254), custom(function = "mail_address"))]
    pub address: String,
    /// The language of mails and pages; the cooperation's if left out.
    #[serde(default)]
    pub language: Option<Language>,
    /// What the person does in the municipality.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub function: Option<String>,
    /// Official phone number.
    #[serde(default)]
    #[validate(length(min = 3, max = 40), custom(function = "one_line"))]
    pub phone: Option<String>,
    /// The role.
    pub role: Role,
    /// Whom the person speaks for; delegates and deputies need one, guests do not.
    #[serde(default)]
    pub municipality_id: Option<Id<Municipality>>,
    /// The first day of that; today if left out.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    pub from: Option<NaiveDate>,
    /// The last day of that.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    pub until: Option<NaiveDate>,
}

/// What is to change of a person; what is left out stays.
///
/// Another role or municipality ends the membership so far the day before `from` and begins a new one.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PersonPatch {
    /// Given name.
    #[serde(default)]
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(default)]
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub family_name: Option<String>,
    /// Mail address; another one is tried again even if the old one did not work.
    #[serde(default)]
    #[validate(length(max = 254), custom(function = "mail_address"))]
    pub address: Option<String>,
    /// The language of mails and pages.
    #[serde(default)]
    pub language: Option<Language>,
    /// What the person does in the municipality; `null` for nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 120))]
    pub function: Option<Option<String>>,
    /// Official phone number; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 3, max = 40))]
    pub phone: Option<Option<String>>,
    /// The role.
    #[serde(default)]
    pub role: Option<Role>,
    /// Whom the person speaks for; `null` for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Id<Municipality>>)]
    pub municipality_id: Option<Option<Id<Municipality>>>,
    /// The first day of the new role or municipality; today if left out.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    pub from: Option<NaiveDate>,
    /// The last day of the membership; `null` if it goes on.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    pub until: Option<Option<NaiveDate>>,
}

fn fits_role(new: &NewPerson) -> Result<(), ValidationError> {
    role_has_municipality(new.role, new.municipality_id.is_some())?;
    match (new.from, new.until) {
        (Some(from), Some(until)) if until < from => {
            Err(ValidationError::new("until").with_message("until must not be before from".into()))
        }
        _ => Ok(()),
    }
}

fn role_has_municipality(role: Role, has: bool) -> Result<(), ValidationError> {
    match role {
        Role::Delegate | Role::Deputy if !has => Err(ValidationError::new("municipality_id")
            .with_message("delegates and deputies need a municipality_id".into())),
        _ => Ok(()),
    }
}
