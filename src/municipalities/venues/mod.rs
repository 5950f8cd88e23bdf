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
use crate::error::valid_if;

/// A venue of a municipality.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = venues, check_for_backend(crate::db::MultiBackend))]
pub struct Venue {
    /// Its id.
    pub id: Id<Venue>,
    /// The municipality that it belongs to.
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
    /// Directions.
    pub directions: Option<String>,
    /// Degrees north (WGS 84).
    pub latitude: Option<f64>,
    /// Degrees east (WGS 84).
    pub longitude: Option<f64>,
    /// Whether meetings take place here by default.
    pub preferred: bool,
    /// Revision number, incremented with each change.
    pub revision: i32,
    /// When it was created.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

/// A new venue, or the new version of one.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate, Insertable, AsChangeset)]
#[diesel(table_name = venues, treat_none_as_null = true)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "whole_coordinates", skip_on_field_errors = false))]
pub struct NewVenue {
    /// The building.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: String,
    /// The room.
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
    /// Directions.
    #[validate(length(max = 2000))]
    pub directions: Option<String>,
    /// Degrees north (WGS 84).
    #[validate(range(min = -90.0, max = 90.0))]
    pub latitude: Option<f64>,
    /// Degrees east (WGS 84).
    #[validate(range(min = -180.0, max = 180.0))]
    pub longitude: Option<f64>,
    /// Whether meetings take place here by default. The first venue always becomes the default.
    #[serde(default)]
    pub preferred: bool,
}

fn whole_coordinates(new: &NewVenue) -> Result<(), ValidationError> {
    let are_whole = new.latitude.is_some() == new.longitude.is_some();
    let message = "latitude and longitude must be given together";
    valid_if(are_whole, "coordinates", message)
}
