//! The weights by which the hosts of a series are chosen where the plain order is not the best plan, and the shares of
//! municipalities that host more or less often than others.
use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::db::Id;
use crate::error::valid_if;
use crate::municipalities::{Municipality, sensible_day};

/// An ordinary share of the turns, in hundredths.
pub const ORDINARY_SHARE: u32 = 100;

/// The weights for choosing hosts (`docs/rotation.md`), in hundredths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct HostWeights {
    /// How much it matters that the turns are close to the due shares at any time.
    #[validate(range(max = 1000))]
    pub fairness: u32,
    /// How much even gaps between two turns of a municipality matter.
    #[validate(range(max = 1000))]
    pub gaps: u32,
    /// How much short journeys of the others matter, by the coordinates of the preferred venues.
    #[validate(range(max = 1000))]
    pub travel: u32,
    /// How much it matters that turns are not moved.
    #[validate(range(max = 1000))]
    pub stability: u32,
    /// Municipalities that host more or less often than others, each from a day on.
    #[validate(length(max = 400), custom(function = "once_a_day"), nested)]
    pub shares: Vec<HostShare>,
}

/// A municipality's share of the turns from a day on. It remains in the list when another one follows, because earlier turns
/// are still weighed by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HostShare {
    /// The municipality.
    pub municipality_id: Id<Municipality>,
    /// The first day.
    #[validate(custom(function = "sensible_day"))]
    pub from: NaiveDate,
    /// Its share, in hundredths of an ordinary one. With 0 it hosts only where no other municipality can.
    #[validate(range(max = 1000))]
    pub percent: u32,
}

impl Default for HostWeights {
    fn default() -> Self {
        Self {
            fairness: 100,
            gaps: 100,
            travel: 0,
            stability: 100,
            shares: Vec::new(),
        }
    }
}

impl HostWeights {
    /// The share of a municipality on a day, in hundredths of an ordinary one.
    #[must_use]
    pub fn share_on(&self, municipality: Id<Municipality>, day: NaiveDate) -> u32 {
        let shares = self.shares.iter();
        let known =
            shares.filter(|share| share.municipality_id == municipality && share.from <= day);
        known
            .max_by_key(|share| share.from)
            .map_or(ORDINARY_SHARE, |share| share.percent)
    }
}

fn once_a_day(shares: &[HostShare]) -> Result<(), ValidationError> {
    let days = shares
        .iter()
        .map(|share| (share.municipality_id, share.from));
    let is_unique = days.collect::<HashSet<_>>().len() == shares.len();
    let message = "a municipality has one share from a day on";
    valid_if(is_unique, "unique", message)
}
