//! Municipalities: the members of a cooperation, their venues, and the days on which they cannot
//! host.
pub mod api;
pub mod blackouts;
pub mod distance;
pub mod pauses;
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
use crate::error::valid_if;
use crate::http::body::given;

/// A member of a cooperation that hosts in turn.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = municipalities, check_for_backend(crate::db::MultiBackend))]
pub struct Municipality {
    /// Its id.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
    /// Amtlicher Gemeindeschlüssel, 8 digits.
    pub ags: Option<String>,
    /// Its position in the order of hosts; the lowest comes first.
    pub position: i32,
    /// The first day of its membership.
    pub joined_on: NaiveDate,
    /// The day after its last day as a member.
    pub left_on: Option<NaiveDate>,
    /// Revision number, incremented with each change.
    pub revision: i32,
    /// When it was created.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

impl Municipality {
    /// Whether it is a member on that day.
    #[must_use]
    pub fn is_member_on(&self, day: NaiveDate) -> bool {
        is_member(self.joined_on, self.left_on, day)
    }
}

/// Whether a municipality with these days of joining and leaving is a member on that day. It is not
/// on `left_on`.
#[must_use]
pub fn is_member(joined_on: NaiveDate, left_on: Option<NaiveDate>, day: NaiveDate) -> bool {
    joined_on <= day && left_on.is_none_or(|left| day < left)
}

/// Reference to a municipality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MunicipalityName {
    /// Its id.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
}

/// A new municipality.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate, Insertable)]
#[diesel(table_name = municipalities)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "leaves_after_joining", skip_on_field_errors = false))]
pub struct NewMunicipality {
    /// Its name, unique in the cooperation; case and spaces are ignored.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: String,
    /// Amtlicher Gemeindeschlüssel, 8 digits.
    #[schema(pattern = "^[0-9]{8}$")]
    #[validate(custom(function = "valid_ags"))]
    pub ags: Option<String>,
    /// Its position in the order of hosts; the last if omitted.
    #[validate(range(min = 0, max = 100_000))]
    pub position: Option<i32>,
    /// The first day of its membership.
    #[validate(custom(function = "sensible_day"))]
    pub joined_on: NaiveDate,
    /// The day after its last day as a member.
    #[validate(custom(function = "sensible_day"))]
    pub left_on: Option<NaiveDate>,
}

/// A change of a municipality. Omitted fields stay as they are.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate, AsChangeset)]
#[diesel(table_name = municipalities)]
#[serde(deny_unknown_fields)]
pub struct MunicipalityPatch {
    /// Its name.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: Option<String>,
    /// Amtlicher Gemeindeschlüssel; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{8}$")]
    pub ags: Option<Option<String>>,
    /// Its position in the order of hosts.
    #[validate(range(min = 0, max = 100_000))]
    pub position: Option<i32>,
    /// The first day of its membership.
    #[validate(custom(function = "sensible_day"))]
    pub joined_on: Option<NaiveDate>,
    /// The day after its last day as a member; `null` if it does not leave.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    pub left_on: Option<Option<NaiveDate>>,
}

pub(crate) fn valid_ags(text: &str) -> Result<(), ValidationError> {
    let has_8_digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    valid_if(has_8_digits, "ags", "must have 8 digits")
}

/// Checks that a day is in the years 1970 to 2199.
pub fn sensible_day(day: &NaiveDate) -> Result<(), ValidationError> {
    use chrono::Datelike;
    let is_sensible = (1970..2200).contains(&day.year());
    valid_if(is_sensible, "day", "must be in the years 1970 to 2199")
}

/// Checks that a period of days does not end before it starts, and takes less than ten years.
fn ends_after_start(starts_on: NaiveDate, ends_on: NaiveDate) -> Result<(), ValidationError> {
    let days = (ends_on - starts_on).num_days();
    let message = "ends_on must be starts_on or later, at most ten years";
    valid_if((0..3660).contains(&days), "ends_on", message)
}

fn leaves_after_joining(new: &NewMunicipality) -> Result<(), ValidationError> {
    membership_days(new.joined_on, new.left_on)
}

/// Checks that a municipality is a member for at least a day.
pub fn membership_days(joined: NaiveDate, left: Option<NaiveDate>) -> Result<(), ValidationError> {
    let is_after = left.is_none_or(|left| joined < left);
    valid_if(is_after, "left_on", "left_on must be after joined_on")
}
