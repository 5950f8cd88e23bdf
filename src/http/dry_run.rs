//! Dry runs: with `?dry_run=true` a change is made and undone, and the answer says what it would do ([`App::change`]).
//!
//! [`App::change`]: crate::App::change
use serde::Serialize;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Ref, Schema, Type};
use utoipa::openapi::{Content, OpenApi, RefOr, Required};
use utoipa::{PartialSchema, ToSchema};

use crate::meetings::PlanDifference;

/// The answer to a dry run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DryRun {
    /// What the change would do to the plans of hosts.
    pub(super) difference: PlanDifference,
}

const NAME: &str = "dry_run";

const DESCRIPTION: &str = "Only says what the change would do: 200 with the object `difference` (PlanDifference), \
                           and nothing is changed.";

/// Names the option at every operation that changes something and has none of its own.
pub(super) fn describe(document: &mut OpenApi) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    schemas.insert(DryRun::name().into_owned(), DryRun::schema());
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
    let responses = &mut operation.responses.responses;
    let ok = responses.entry("200".to_owned()).or_insert_with(|| {
        let description = "With `dry_run`: what the change would do.";
        RefOr::T(ResponseBuilder::new().description(description).build())
    });
    let RefOr::T(ok) = ok else {
        return;
    };
    let dry_run = Ref::from_schema_name("DryRun");
    let json = ok.content.entry("application/json".to_owned());
    let RefOr::T(json) = json.or_insert_with(|| RefOr::T(Content::default())) else {
        return;
    };
    let schema: RefOr<Schema> = match json.schema.take() {
        Some(usual) => {
            let either = AnyOfBuilder::new().item(usual).item(dry_run);
            Schema::AnyOf(either.build()).into()
        }
        None => dry_run.into(),
    };
    json.schema = Some(schema);
}
