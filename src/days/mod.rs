//! Days that a series avoids: public and school holidays, bridge days and blackouts, and the choice of the best allowed
//! day.
pub mod api;
mod choice;
pub mod public_holidays;
pub mod school_holidays;
pub mod store;
mod view;

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

pub use self::choice::{Cause, ConsideredDay, DayChoice, DayData, NamedBlackout};
pub use self::view::{ConsideredDayView, DayChoiceView, MeetingWarning, SkippedDate, all_in_words};
use crate::days::public_holidays::Land;
use crate::error::valid_if;
use crate::word_enum;

/// The maximum number of days by which a date can move.
pub const MAX_WINDOW_DAYS: i32 = 31;

word_enum! {
    /// How strictly a kind of day is avoided.
    pub enum Weight {
        /// No meeting is planned on such a day.
        Hard = "hard",
        /// A day with fewer such causes is preferred.
        Soft = "soft",
        /// Such a day is not avoided.
        Off = "off",
    }
}

word_enum! {
    /// A day of the week (RFC 5545 section 3.3.10).
    pub enum Weekday {
        /// Montag.
        Monday = "MO",
        /// Dienstag.
        Tuesday = "TU",
        /// Mittwoch.
        Wednesday = "WE",
        /// Donnerstag.
        Thursday = "TH",
        /// Freitag.
        Friday = "FR",
        /// Samstag.
        Saturday = "SA",
        /// Sonntag.
        Sunday = "SU",
    }
}

/// The days that a series avoids, and where a date may move that falls on one. Defaults: North Rhine-Westphalia; public
/// holidays hard; bridge days, school holidays, 24 and 31 December soft; blackouts off; dates move to a day from Monday to
/// Friday of the same week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct AvoidedDays {
    /// The Land whose holidays apply, also to the steps around meetings.
    pub land: Land,
    /// Public holidays of the Land.
    pub public_holidays: Weight,
    /// School holidays of the Land.
    pub school_holidays: Weight,
    /// Single working days between a public holiday and a weekend.
    pub bridge_days: Weight,
    /// 24 and 31 December.
    pub christmas_eve_and_new_years_eve: Weight,
    /// Days on which a municipality has a blackout. The rotation takes blackouts of the host into account anyway.
    pub blackouts: Weight,
    /// By how many days a date may move in either direction; `null` for anywhere in its week (Monday to Sunday).
    #[schema(minimum = 0, maximum = 31)]
    #[validate(range(min = 0, max = 31))]
    pub window_days: Option<i32>,
    /// The days of the week to which a date may move. The date of the rule itself is always allowed.
    #[schema(min_items = 1, max_items = 7)]
    #[validate(length(min = 1, max = 7), custom(function = "each_once"))]
    pub weekdays: Vec<Weekday>,
}

impl Default for AvoidedDays {
    fn default() -> Self {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        Self {
            land: Land::NorthRhineWestphalia,
            public_holidays: Weight::Hard,
            school_holidays: Weight::Soft,
            bridge_days: Weight::Soft,
            christmas_eve_and_new_years_eve: Weight::Soft,
            blackouts: Weight::Off,
            window_days: None,
            weekdays: vec![Monday, Tuesday, Wednesday, Thursday, Friday],
        }
    }
}

fn each_once(weekdays: &[Weekday]) -> Result<(), ValidationError> {
    let different: HashSet<_> = weekdays.iter().collect();
    let is_each_once = different.len() == weekdays.len();
    valid_if(
        is_each_once,
        "unique",
        "a day of the week may stand only once",
    )
}

impl Weekday {
    /// The day of the week of a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        use chrono::Datelike;
        match day.weekday() {
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
        }
    }
}
