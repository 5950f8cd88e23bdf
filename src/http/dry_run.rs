//! Dry runs: with `?dry_run=true` a change is made and undone, and the answer says what it would do ([`App::change`]).
//!
//! [`App::change`]: crate::App::change
use serde::Serialize;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

use crate::meetings::PlanDifference;

/// The answer to a dry run.
#[derive(Debug, Serialize)]
pub(super) struct DryRun {
    /// What the change would do to the plans of hosts.
    pub(super) difference: PlanDifference,
}

const NAME: &str = "dry_run";

const DESCRIPTION: &str = "Only says what the change would do: 200 with the object `difference` (PlanDifference), \
                           and nothing is changed.";

/// Names the option at every operation that changes something and has none of its own.
pub(super) fn describe(document: &mut OpenApi) {
    for path in document.paths.paths.values_mut() {
        let PathItem {
            post,
            put,
            patch,
            delete,
            ..
        } = path;
        let operations = [post, put, patch, delete].into_iter().flatten();
        operations.for_each(add_parameter);
    }
}

fn add_parameter(operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    let named = |one: &RefOr<Parameter>| matches!(one, RefOr::T(one) if one.name == NAME);
    if parameters.iter().any(named) {
        return;
    }
    let boolean = ObjectBuilder::new().schema_type(Type::Boolean);
    let parameter = ParameterBuilder::new()
        .name(NAME)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(DESCRIPTION))
        .schema(Some(boolean));
    parameters.push(RefOr::T(parameter.build()));
}
