//! The kinds of messages in the API's document: each area declares its own, so that no type knows them all.
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr};

use crate::meetings::steps::MeetingStep;
use crate::notifications::MessageKind;
use crate::{hosting, inbound, invitations, polls};

/// Every kind of message.
fn all() -> Vec<MessageKind> {
    let steps = MeetingStep::ALL
        .iter()
        .map(|step| invitations::steps::kind(*step));
    invitations::KINDS
        .into_iter()
        .chain(steps)
        .chain(inbound::KINDS)
        .chain(polls::notices::KINDS)
        .chain(hosting::notices::KINDS)
        .chain([
            hosting::conflicts::REPLAN_DUE,
            hosting::conflicts::ATTENTION_DUE,
        ])
        .collect()
}

/// Names them in the schema of [`MessageKind`].
pub(super) fn describe(document: &mut OpenApi) {
    let schemas = document.components.as_mut().map(|all| &mut all.schemas);
    let schema = schemas.and_then(|schemas| schemas.get_mut("MessageKind"));
    if let Some(RefOr::T(Schema::Object(schema))) = schema {
        let names = all().iter().map(|kind| kind.as_str().into()).collect();
        schema.enum_values = Some(names);
    }
}
