//! What if: changes that a plan is tried out with.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::Tx;
use crate::auth::Coordinator;
use crate::db::Id;
use crate::error::{Error, FieldError, Result};
use crate::http::body::ExpectedRevision;
use crate::municipalities::{
    Municipality, MunicipalityPatch, NewBlackout, NewMunicipality, blackouts, sensible_day, store,
};
use crate::series::{self, HostWeights, Series, SeriesPatch};

/// A trial takes at most so many changes.
pub(super) const MAX_CHANGES: u64 = 20;

/// One change to try a plan out with: exactly one of its fields.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "exactly_one", skip_on_field_errors = false))]
pub(super) struct WhatIf {
    /// A municipality joins.
    #[serde(default)]
    #[validate(nested)]
    join: Option<NewMunicipality>,
    /// A municipality leaves.
    #[serde(default)]
    #[validate(nested)]
    leave: Option<Leaving>,
    /// A municipality cannot host.
    #[serde(default)]
    #[validate(nested)]
    blackout: Option<Closing>,
    /// Something else weighs more when hosts are planned, as a whole.
    #[serde(default)]
    #[validate(nested)]
    weights: Option<HostWeights>,
}

/// A municipality that leaves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = WhatIfLeaving)]
struct Leaving {
    /// Which municipality.
    municipality_id: Id<Municipality>,
    /// The first day it is no longer a member.
    #[validate(custom(function = "sensible_day"))]
    left_on: NaiveDate,
}

/// Days on which a municipality cannot host.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = WhatIfBlackout)]
struct Closing {
    /// Which municipality.
    municipality_id: Id<Municipality>,
    /// The first day.
    #[validate(custom(function = "sensible_day"))]
    starts_on: NaiveDate,
    /// The last day.
    #[validate(custom(function = "sensible_day"))]
    ends_on: NaiveDate,
}

fn exactly_one(change: &WhatIf) -> Result<(), ValidationError> {
    let given = [
        change.join.is_some(),
        change.leave.is_some(),
        change.blackout.is_some(),
        change.weights.is_some(),
    ];
    match given.into_iter().filter(|given| *given).count() {
        1 => Ok(()),
        _ => Err(ValidationError::new("join")
            .with_message("must have exactly one of join, leave, blackout and weights".into())),
    }
}

/// Makes these changes, each as if a coordinator had asked for it.
///
/// # Errors
/// The fields that break a rule, of all changes at once.
pub(super) fn apply(
    tx: &mut Tx,
    who: &Coordinator,
    series: Id<Series>,
    changes: &[WhatIf],
) -> Result<()> {
    let mut wrong = Vec::new();
    for (place, change) in changes.iter().enumerate() {
        let (name, outcome) = make(tx, who, series, change);
        if let Err(error) = outcome {
            wrong.extend(at(&format!("what_if[{place}]"), name, error)?);
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Error::Invalid(wrong)),
    }
}

/// Makes one change; says also which it was.
fn make(
    tx: &mut Tx,
    who: &Coordinator,
    series: Id<Series>,
    change: &WhatIf,
) -> (&'static str, Result<()>) {
    if let Some(new) = &change.join {
        return ("join", store::create(tx, who, new).map(drop));
    }
    if let Some(leaving) = &change.leave {
        return ("leave", leave(tx, who, leaving));
    }
    if let Some(closing) = &change.blackout {
        return ("blackout", close(tx, who, closing));
    }
    let patch = SeriesPatch {
        host_weights: change.weights.clone(),
        ..SeriesPatch::default()
    };
    let changed = series::store::change(tx, who, series, ExpectedRevision::default(), &patch);
    ("weights", changed.map(drop))
}

fn leave(tx: &mut Tx, who: &Coordinator, leaving: &Leaving) -> Result<()> {
    let patch = MunicipalityPatch {
        name: None,
        ags: None,
        position: None,
        joined_on: None,
        left_on: Some(Some(leaving.left_on)),
    };
    store::change(
        tx,
        who,
        leaving.municipality_id,
        ExpectedRevision::default(),
        &patch,
    )
    .map(drop)
}

fn close(tx: &mut Tx, who: &Coordinator, closing: &Closing) -> Result<()> {
    let new = NewBlackout {
        starts_on: closing.starts_on,
        ends_on: closing.ends_on,
        reason: None,
    };
    new.validate()?;
    blackouts::store::create(tx, who, closing.municipality_id, &new).map(drop)
}

/// The fields that a change breaks, as a path through the request.
fn at(path: &str, name: &str, error: Error) -> Result<Vec<FieldError>> {
    match error {
        Error::Invalid(fields) => Ok(fields
            .into_iter()
            .map(|field| FieldError {
                // Weights are a field of the series, and named as one.
                field: match field.field.strip_prefix("host_weights") {
                    Some(rest) => format!("{path}.{name}{rest}"),
                    None => format!("{path}.{name}.{}", field.field),
                },
                ..field
            })
            .collect()),
        Error::NotFound => Ok(vec![FieldError {
            field: format!("{path}.{name}.municipality_id"),
            rule: "exists".to_owned(),
            message: "there is no such municipality".to_owned(),
        }]),
        error => Err(error),
    }
}
