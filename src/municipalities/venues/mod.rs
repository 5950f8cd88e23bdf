//! The venues of a municipality: where it hosts meetings.
pub mod api;
pub mod store;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::Municipality;
use crate::cooperations::one_line;
use crate::db::schema::venues;
use crate::db::{Id, Instant};

/// Where a municipality meets.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = venues, check_for_backend(crate::db::MultiBackend))]
pub struct Venue {
    /// Its key.
    pub id: Id<Venue>,
    /// Whose it is.
    pub municipality_id: Id<Municipality>,
    /// The building.
    pub name: String,
    /// The room.
    pub room: Option<String>,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// Town.
    pub locality: String,
    /// How to get there.
    pub directions: Option<String>,
    /// Degrees north (WGS 84).
    pub latitude: Option<f64>,
    /// Degrees east (WGS 84).
    pub longitude: Option<f64>,
    /// Whether meetings are here unless another venue is chosen.
    pub preferred: bool,
    /// Counts its changes.
    pub revision: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

/// What a venue is to be. A change replaces all of it.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "whole_coordinates", skip_on_field_errors = false))]
pub struct NewVenue {
    /// The building.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: String,
    /// The room.
    #[serde(default)]
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub room: Option<String>,
    /// Street and number.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub street: String,
    /// Postal code.
    #[validate(length(min = 1, max = 12), custom(function = "one_line"))]
    pub postal_code: String,
    /// Town.
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub locality: String,
    /// How to get there.
    #[serde(default)]
    #[validate(length(max = 2000))]
    pub directions: Option<String>,
    /// Degrees north (WGS 84).
    #[serde(default)]
    #[validate(range(min = -90.0, max = 90.0))]
    pub latitude: Option<f64>,
    /// Degrees east (WGS 84).
    #[serde(default)]
    #[validate(range(min = -180.0, max = 180.0))]
    pub longitude: Option<f64>,
    /// Whether meetings are here unless another venue is chosen; the first venue always is.
    #[serde(default)]
    pub preferred: bool,
}

fn whole_coordinates(new: &NewVenue) -> Result<(), ValidationError> {
    if new.latitude.is_some() == new.longitude.is_some() {
        Ok(())
    } else {
        Err(ValidationError::new("coordinates")
            .with_message("latitude and longitude go together".into()))
    }
}
