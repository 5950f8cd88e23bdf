//! Periods in which a municipality takes no turns and is owed none: it is away, but stays a member, is invited and answers.
pub mod api;
pub mod store;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{Municipality, ends_after_start, sensible_day};
use crate::cooperations::one_line;
use crate::db::schema::rotation_pauses;
use crate::db::{Id, Instant};

/// Most pauses of a municipality.
pub const MAX_PAUSES: usize = 100;

/// A period in which a municipality takes no turns and is owed none.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = rotation_pauses, check_for_backend(crate::db::MultiBackend))]
pub struct RotationPause {
    /// Its id.
    pub id: Id<RotationPause>,
    /// The municipality.
    pub municipality_id: Id<Municipality>,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    /// The reason.
    pub reason: Option<String>,
    /// When it was created.
    pub created_at: Instant,
}

/// A new pause.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "has_valid_days", skip_on_field_errors = false))]
pub struct NewRotationPause {
    /// The first day.
    #[validate(custom(function = "sensible_day"))]
    pub starts_on: NaiveDate,
    /// The last day.
    #[validate(custom(function = "sensible_day"))]
    pub ends_on: NaiveDate,
    /// The reason.
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub reason: Option<String>,
}

fn has_valid_days(new: &NewRotationPause) -> Result<(), ValidationError> {
    ends_after_start(new.starts_on, new.ends_on)
}
