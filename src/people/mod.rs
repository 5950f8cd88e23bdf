//! People: name, address, municipality and role. `on_day` says who a person is on a given day.
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
use crate::auth::Role;
use crate::cooperations::{mail_address, one_line};
use crate::db::schema::people;
use crate::db::{Id, Instant};
use crate::error::valid_if;
use crate::http::body::given;
use crate::i18n::Language;
use crate::municipalities::{Municipality, sensible_day};
use crate::word_enum;

word_enum! {
    /// Role of a person in a cooperation.
    pub enum PersonRole {
        /// Plans the series.
        Coordinator = "coordinator",
        /// Represents a municipality and is invited to every meeting.
        Delegate = "delegate",
        /// Substitutes for a municipality's delegates.
        Deputy = "deputy",
        /// Is invited to single meetings.
        Guest = "guest",
        /// Only reads.
        Reader = "reader",
    }
}

/// Who reads something that may be confidential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReaderKind {
    /// Delegates, deputies and coordinators.
    Member,
    /// Guests and readers, who see only what is public.
    Other,
}

impl ReaderKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Member, Self::Other];

    /// A member, if the condition holds.
    #[must_use]
    pub fn member_if(is_member: bool) -> Self {
        if is_member { Self::Member } else { Self::Other }
    }
}

impl PersonRole {
    /// Whether somebody in this role represents a municipality.
    #[must_use]
    pub fn represents_municipality(self) -> bool {
        matches!(self, Self::Coordinator | Self::Delegate | Self::Deputy)
    }

    /// The most that an access token grants to somebody in this role.
    #[must_use]
    pub fn access(self) -> Role {
        match self {
            Self::Coordinator => Role::Coordinator,
            Self::Delegate | Self::Deputy => Role::Delegate,
            Self::Guest | Self::Reader => Role::Reader,
        }
    }

    /// Whether somebody in this role is invited to every meeting.
    #[must_use]
    pub fn is_always_invited(self) -> bool {
        matches!(self, Self::Coordinator | Self::Delegate)
    }
}

/// A person with the latest membership.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// The id.
    pub id: Id<Person>,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Mail address.
    pub address: String,
    /// The language of mails and pages.
    pub language: Language,
    /// Job title ("Digitalisierungsbeauftragte").
    pub function: Option<String>,
    /// Official phone number.
    pub phone: Option<String>,
    /// The role.
    pub role: PersonRole,
    /// The municipality that the person belongs to.
    pub municipality_id: Option<Id<Municipality>>,
    /// The first day of the membership.
    pub from: NaiveDate,
    /// The last day of the membership.
    pub until: Option<NaiveDate>,
    /// Since when mails to the address bounce. Nothing is sent to it until it is changed or
    /// confirmed.
    pub undeliverable_since: Option<Instant>,
    /// The response of the mail server.
    pub undeliverable_words: Option<String>,
    /// Revision number, incremented with each change.
    pub revision: i32,
    /// When the person was added.
    pub created_at: Instant,
    /// When the person was last changed.
    pub modified_at: Instant,
}

impl Person {
    /// Given and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// Whether the membership is valid on that day.
    #[must_use]
    pub fn is_in_role_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

#[derive(Debug, Clone, Queryable, Selectable)]
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
    deleted_at: Option<Instant>,
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

/// A new person.
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
    /// Mail address, unique in the cooperation; case is ignored.
    #[validate(length(max = 254), custom(function = "mail_address"))]
    pub address: String,
    /// The language of mails and pages; the cooperation's if omitted.
    pub language: Option<Language>,
    /// Job title.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub function: Option<String>,
    /// Official phone number.
    #[validate(length(min = 3, max = 40), custom(function = "one_line"))]
    pub phone: Option<String>,
    /// The role.
    pub role: PersonRole,
    /// The municipality that the person belongs to; required for delegates and deputies.
    pub municipality_id: Option<Id<Municipality>>,
    /// The first day of the membership; today if omitted.
    #[validate(custom(function = "sensible_day"))]
    pub from: Option<NaiveDate>,
    /// The last day of the membership.
    #[validate(custom(function = "sensible_day"))]
    pub until: Option<NaiveDate>,
}

/// A change of a person. Omitted fields stay as they are.
///
/// Another role or municipality ends the present membership the day before `from` and begins a new
/// one.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PersonPatch {
    /// Given name.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub given_name: Option<String>,
    /// Family name.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub family_name: Option<String>,
    /// Mail address; mails are sent to a new one even if the old one bounced.
    #[validate(length(max = 254), custom(function = "mail_address"))]
    pub address: Option<String>,
    /// The language of mails and pages.
    pub language: Option<Language>,
    /// Job title; `null` for none.
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
    pub role: Option<PersonRole>,
    /// The municipality that the person belongs to; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Id<Municipality>>)]
    pub municipality_id: Option<Option<Id<Municipality>>>,
    /// The first day of the new role or municipality; today if omitted.
    #[validate(custom(function = "sensible_day"))]
    pub from: Option<NaiveDate>,
    /// The last day of the membership; `null` for no end.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    pub until: Option<Option<NaiveDate>>,
}

fn fits_role(new: &NewPerson) -> Result<(), ValidationError> {
    role_has_municipality(new.role, new.municipality_id.is_some())?;
    let days = new.from.zip(new.until);
    let are_in_order = days.is_none_or(|(from, until)| from <= until);
    valid_if(are_in_order, "until", "until must not be before from")
}

fn role_has_municipality(role: PersonRole, has: bool) -> Result<(), ValidationError> {
    let needs = matches!(role, PersonRole::Delegate | PersonRole::Deputy);
    let message = "delegates and deputies need a municipality_id";
    valid_if(has || !needs, "municipality_id", message)
}
