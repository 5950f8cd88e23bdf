//! Local times in JSON: hours and minutes, because meetings begin at whole minutes.
use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes `10:00`.
pub fn serialize<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.format("%H:%M"))
}

/// Reads `10:00`.
///
/// # Errors
/// If it is not a time of day in hours and minutes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    let well_formed = text.len() == 5 && text.is_ascii();
    NaiveTime::parse_from_str(&text, "%H:%M")
        .ok()
        .filter(|_| well_formed)
        .ok_or_else(|| D::Error::custom("must be a time of day such as 10:00"))
}

/// A time that may be left out.
pub mod optional {
    use super::{Deserializer, NaiveTime};

    /// Reads `10:00`.
    ///
    /// # Errors
    /// If it is not a time of day in hours and minutes.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NaiveTime>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}
