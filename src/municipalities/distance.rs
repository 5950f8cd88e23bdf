//! Distance between two places.
use super::Venue;

/// The mean radius of the earth in metres (IUGG).
const EARTH: f64 = 6_371_008.8;
/// Ratio of the distance by road to the great-circle distance.
const ROADS: f64 = 1.3;

/// A place on the earth (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Coordinates {
    /// The coordinates of a venue, if it has any.
    #[must_use]
    pub fn of(venue: &Venue) -> Option<Self> {
        Some(Self {
            latitude: venue.latitude?,
            longitude: venue.longitude?,
        })
    }
}

/// Estimated distance by road in metres, one way: the great circle (haversine) times 1.3.
///
/// Rounded to metres, so that it does not depend on the platform's floating-point functions.
#[must_use]
pub fn road_metres(from: Coordinates, to: Coordinates) -> i64 {
    let (south, north) = (from.latitude.to_radians(), to.latitude.to_radians());
    let rise = ((north - south) / 2.0).sin();
    let turn = ((to.longitude - from.longitude).to_radians() / 2.0).sin();
    let chord = (rise * rise + south.cos() * north.cos() * turn * turn).clamp(0.0, 1.0);
    let metres = 2.0 * EARTH * chord.sqrt().asin() * ROADS;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most half the circumference of the earth"
    )]
    let metres = metres.round() as i64;
    metres
}
