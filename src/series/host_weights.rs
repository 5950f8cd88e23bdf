//! How the hosts of a series are chosen where the plain order does not do: what weighs how much, and whose share of the
//! turns is another one.
use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::db::Id;
use crate::municipalities::{Municipality, sensible_day};

/// An ordinary share of the turns, in hundredths.
pub const ORDINARY_SHARE: u32 = 100;

/// What weighs how much when hosts are planned (`docs/rotation.md`), in hundredths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct HostWeights {
    /// Turns near the due share at every moment.
    #[validate(range(max = 1000))]
    pub fairness: u32,
    /// Even gaps between two turns of a municipality.
    #[validate(range(max = 1000))]
    pub gaps: u32,
    /// Short ways for the others, by the coordinates of the preferred venues.
    #[validate(range(max = 1000))]
    pub travel: u32,
    /// Turns that stay where they are.
    #[validate(range(max = 1000))]
    pub stability: u32,
    /// Municipalities that host more or less often than others, each from a day on.
    #[validate(length(max = 400), custom(function = "once_a_day"), nested)]
    pub shares: Vec<HostShare>,
}

/// A municipality's share of the turns from a day on. It stays in the list when another one follows, because what was due
/// until then was due by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HostShare {
    /// Which municipality.
    pub municipality_id: Id<Municipality>,
    /// The first day.
    #[validate(custom(function = "sensible_day"))]
    pub from: NaiveDate,
    /// Its share, in hundredths of an ordinary one. With 0 it hosts only where no other can.
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
    match days.collect::<HashSet<_>>().len() == shares.len() {
        true => Ok(()),
        false => Err(ValidationError::new("unique")
            .with_message("a municipality has one share from a day on".into())),
    }
}
