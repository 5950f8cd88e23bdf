//! What-if changes: made before the plan of a dry run.
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

/// The maximum number of changes in a dry run.
pub(super) const MAX_CHANGES: u64 = 20;

/// A change to make before planning. Exactly one of the fields is given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "exactly_one", skip_on_field_errors = false))]
pub(super) struct WhatIf {
    /// A municipality joins.
    #[validate(nested)]
    join: Option<NewMunicipality>,
    /// A municipality leaves.
    #[validate(nested)]
    leave: Option<WhatIfLeaving>,
    /// A municipality cannot host.
    #[validate(nested)]
    blackout: Option<WhatIfBlackout>,
    /// The weights for choosing hosts, which replace all present ones.
    #[validate(nested)]
    weights: Option<HostWeights>,
}

/// A municipality that leaves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct WhatIfLeaving {
    /// The municipality.
    municipality_id: Id<Municipality>,
    /// The first day on which it is no longer a member.
    #[validate(custom(function = "sensible_day"))]
    left_on: NaiveDate,
}

/// A period in which a municipality cannot host.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct WhatIfBlackout {
    /// The municipality.
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

/// Makes these changes, each as if a coordinator had requested it.
///
/// # Errors
/// The invalid fields of all changes.
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
            wrong.extend(field_errors(&format!("what_if[{place}]"), name, error)?);
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Makes one change; also returns the name of its field.
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

fn leave(tx: &mut Tx, who: &Coordinator, leaving: &WhatIfLeaving) -> Result<()> {
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

fn close(tx: &mut Tx, who: &Coordinator, closing: &WhatIfBlackout) -> Result<()> {
    let new = NewBlackout {
        starts_on: closing.starts_on,
        ends_on: closing.ends_on,
        reason: None,
    };
    new.validate()?;
    blackouts::store::create(tx, who, closing.municipality_id, &new).map(drop)
}

/// The invalid fields of a change, with their paths in the request.
fn field_errors(path: &str, name: &str, error: Error) -> Result<Vec<FieldError>> {
    match error {
        Error::Invalid(fields) => Ok(fields
            .into_iter()
            .map(|field| FieldError {
                // Weights are reported as a field of the series.
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
