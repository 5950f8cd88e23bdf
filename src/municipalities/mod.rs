//! Municipalities: the members of a cooperation, where they meet, and when they cannot host.
pub mod api;
pub mod blackouts;
pub mod distance;
pub mod store;
pub mod venues;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

pub use self::blackouts::{Blackout, NewBlackout};
pub use self::venues::Venue;
use crate::cooperations::one_line;
use crate::db::schema::municipalities;
use crate::db::{Id, Instant};
use crate::http::body::given;

/// A member of a cooperation, which hosts in turn.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = municipalities, check_for_backend(crate::db::MultiBackend))]
pub struct Municipality {
    /// Its key.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
    /// Amtlicher Gemeindeschlüssel, 8 digits.
    pub ags: Option<String>,
    /// Its place in the order of hosts; the least comes first.
    pub position: i32,
    /// The first day of its membership.
    pub joined_on: NaiveDate,
    /// The first day it is no longer a member.
    pub left_on: Option<NaiveDate>,
    /// Counts its changes.
    pub revision: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

impl Municipality {
    /// Whether it is a member on that day.
    #[must_use]
    pub fn is_member_on(&self, day: NaiveDate) -> bool {
        is_member(self.joined_on, self.left_on, day)
    }
}

/// Whether a municipality that joined and left then is a member on that day: not on the day it leaves.
#[must_use]
pub fn is_member(joined_on: NaiveDate, left_on: Option<NaiveDate>, day: NaiveDate) -> bool {
    joined_on <= day && left_on.is_none_or(|left| day < left)
}

/// A municipality where another thing names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MunicipalityName)]
pub struct MunicipalityName {
    /// Its key.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
}

/// What a municipality is to be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "leaves_after_joining", skip_on_field_errors = false))]
pub struct NewMunicipality {
    /// Its name, unique in the cooperation without regard to case and spaces.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: String,
    /// Amtlicher Gemeindeschlüssel, 8 digits.
    #[serde(default)]
    #[schema(pattern = "^[0-9]{8}$")]
    #[validate(custom(function = "valid_ags"))]
    pub ags: Option<String>,
    /// Its place in the order of hosts; the last if left out.
    #[serde(default)]
    #[validate(range(min = 0, max = 100_000))]
    pub position: Option<i32>,
    /// The first day of its membership.
    #[validate(custom(function = "sensible_day"))]
    pub joined_on: NaiveDate,
    /// The first day it is no longer a member.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    pub left_on: Option<NaiveDate>,
}

/// What is to change of a municipality; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MunicipalityPatch {
    /// Its name.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: Option<String>,
    /// Amtlicher Gemeindeschlüssel; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{8}$")]
    pub ags: Option<Option<String>>,
    /// Its place in the order of hosts.
    #[serde(default)]
    #[validate(range(min = 0, max = 100_000))]
    pub position: Option<i32>,
    /// The first day of its membership.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    pub joined_on: Option<NaiveDate>,
    /// The first day it is no longer a member; `null` if it stays.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    pub left_on: Option<Option<NaiveDate>>,
}

pub(crate) fn valid_ags(text: &str) -> Result<(), ValidationError> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(ValidationError::new("ags").with_message("must have 8 digits".into()))
    }
}

/// A day that a calendar of this service can hold: of the years 1970 to 2199.
///
/// # Errors
/// If it is not.
pub fn sensible_day(day: &NaiveDate) -> Result<(), ValidationError> {
    use chrono::Datelike;
    if (1970..2200).contains(&day.year()) {
        Ok(())
    } else {
        Err(ValidationError::new("day").with_message("must be of the years 1970 to 2199".into()))
    }
}

fn leaves_after_joining(new: &NewMunicipality) -> Result<(), ValidationError> {
    membership_days(new.joined_on, new.left_on)
}

/// A membership lasts at least a day.
///
/// # Errors
/// If it ends before it begins.
pub fn membership_days(joined: NaiveDate, left: Option<NaiveDate>) -> Result<(), ValidationError> {
    match left {
        Some(left) if left <= joined => {
            Err(ValidationError::new("left_on")
                .with_message("left_on must be after joined_on".into()))
        }
        _ => Ok(()),
    }
}
