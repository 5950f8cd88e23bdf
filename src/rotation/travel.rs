//! Distances between municipalities, from the coordinates of their venues.
use std::collections::HashMap;

use crate::db::Id;
use crate::municipalities::{Municipality, Venue};

/// The location of each municipality's preferred venue.
#[derive(Debug, Clone, Default)]
pub struct VenueLocations(HashMap<Id<Municipality>, (f64, f64)>);

/// Kilometres per degree of latitude.
const DEGREE: f64 = 111.195;

impl VenueLocations {
    /// From the venues that can be chosen, the preferred one of each municipality first. Venues without coordinates are
    /// ignored.
    pub fn of<'a>(venues: impl Iterator<Item = &'a Venue>) -> Self {
        let mut locations = HashMap::new();
        for venue in venues {
            if let (Some(latitude), Some(longitude)) = (venue.latitude, venue.longitude) {
                locations
                    .entry(venue.municipality_id)
                    .or_insert((latitude, longitude));
            }
        }
        Self(locations)
    }

    /// The straight-line distance in whole kilometres; `None` if one of them has no coordinates. Computed on a plane, which
    /// is accurate enough within a region, and with sums and products only, which have the same result on every machine.
    #[must_use]
    pub fn kilometres(&self, one: Id<Municipality>, other: Id<Municipality>) -> Option<u32> {
        let ((north, east), (other_north, other_east)) = (self.0.get(&one)?, self.0.get(&other)?);
        let shrink = cosine((north + other_north) / 2.0);
        let (up, right) = (north - other_north, (east - other_east) * shrink);
        let far = (up * up + right * right).sqrt() * DEGREE;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast to an integer saturates"
        )]
        let whole = far.round() as u32;
        Some(whole)
    }
}

/// The cosine of a latitude in degrees, by the first terms of its Taylor series.
fn cosine(degrees: f64) -> f64 {
    let angle = degrees * std::f64::consts::PI / 180.0;
    let (mut term, mut sum) = (1.0, 1.0);
    for step in [2.0, 4.0, 6.0, 8.0, 10.0, 12.0] {
        term *= -angle * angle / (step * (step - 1.0));
        sum += term;
    }
    sum
}
