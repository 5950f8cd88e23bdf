//! What can go wrong in a request, and how the API says so (RFC 9457).
use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};
use validator::{ValidationErrors, ValidationErrorsKind};

use crate::i18n::{Language, say};

/// The result of what a request may ask for.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not done. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none, or it is none of the asker's business.
    #[error("there is no such thing here")]
    NotFound,
    /// Nobody, or an unknown token, asks.
    #[error("a valid access token is needed")]
    Unauthenticated,
    /// The asker may see this but not do it; says who may.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// The request cannot be read at all.
    #[error("{0}")]
    Malformed(String),
    /// Fields that break a rule, all of them.
    #[error("some fields are not valid")]
    Invalid(Vec<FieldError>),
    /// What is asked does not fit what is; the rule's name, and words about it.
    #[error("{1}")]
    Conflict(&'static str, String),
    /// What the asker has seen and wants is no longer what would be done; the rule's name, words about
    /// it, and what would be done now.
    #[error("{1}")]
    Overtaken(&'static str, String, Box<serde_json::Value>),
    /// Somebody else changed it since the asker looked (`If-Match`).
    #[error("it was changed meanwhile; look again")]
    Stale,
    /// The address does not have this method; those it has.
    #[error("this address takes {0}")]
    MethodNotAllowed(String),
    /// A body of another type than JSON.
    #[error("the body must be application/json")]
    UnsupportedMediaType,
    /// A body larger than anything this service takes.
    #[error("the body is too large")]
    TooLarge,
    /// Too many failed attempts from one address.
    #[error("too many attempts; try again in a minute")]
    TooManyRequests,
    /// Others kept getting in the way, or the database is out of reach.
    #[error("too much is going on; try again")]
    Contended,
    /// A fault of ours. The cause goes to the log, never to the asker.
    #[error("something went wrong on our side")]
    Internal(#[from] anyhow::Error),
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, as a path through the request (`template_agenda[2].title`).
    pub field: String,
    /// The rule's name, for programs.
    pub rule: String,
    /// The rule in words, for people.
    pub message: String,
}

impl Error {
    /// One field that breaks `rule`.
    pub fn invalid(field: &str, rule: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.to_owned(),
            rule: rule.to_owned(),
            message: message.into(),
        }])
    }

    /// `rule` stands against what is asked.
    pub fn conflict(rule: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict(rule, message.into())
    }

    /// The database is out of reach.
    pub fn unavailable(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "the database is out of reach");
        Self::Contended
    }

    /// The last part of the problem's `type`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::Malformed(_) => "malformed",
            Self::Invalid(_) => "invalid",
            Self::Conflict(..) | Self::Overtaken(..) => "conflict",
            Self::Stale => "stale",
            Self::MethodNotAllowed(_) => "method-not-allowed",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::TooLarge => "too-large",
            Self::TooManyRequests => "too-many",
            Self::Contended => "contended",
            Self::Internal(_) => "internal",
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        use DatabaseErrorKind::{ClosedConnection, SerializationFailure, UniqueViolation, Unknown};
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(UniqueViolation, _) => {
                Self::conflict("duplicate", "another one like it exists")
            }
            DieselError::DatabaseError(SerializationFailure, _) => Self::Contended,
            DieselError::DatabaseError(ClosedConnection, info) => {
                Self::unavailable(&info.message())
            }
            // PostgreSQL's class 40 beside the serialization failure, and SQLite's busy lock.
            DieselError::DatabaseError(Unknown, info)
                if info.message().contains("deadlock detected")
                    || info.message().contains("database is locked") =>
            {
                Self::Contended
            }
            error => Self::Internal(error.into()),
        }
    }
}

impl From<ValidationErrors> for Error {
    fn from(errors: ValidationErrors) -> Self {
        let mut fields = Vec::new();
        collect(&errors, "", &mut fields);
        fields.sort_by(|a: &FieldError, b| a.field.cmp(&b.field));
        Self::Invalid(fields)
    }
}

fn collect(errors: &ValidationErrors, prefix: &str, fields: &mut Vec<FieldError>) {
    for (name, kind) in errors.errors() {
        let field = format!("{prefix}{name}");
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &format!("{field}."), fields),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{field}[{index}]."), fields);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                fields.extend(errors.iter().map(|error| {
                    let message = in_words(error);
                    // A rule over several fields is named after the one that has to give way.
                    match name.as_ref() {
                        "__all__" => FieldError {
                            field: format!("{prefix}{}", error.code),
                            rule: "together".to_owned(),
                            message,
                        },
                        _ => FieldError {
                            field: field.clone(),
                            rule: error.code.to_string(),
                            message,
                        },
                    }
                }));
            }
        }
    }
}

fn in_words(error: &validator::ValidationError) -> String {
    if let Some(message) = &error.message {
        return message.to_string();
    }
    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
    match (error.code.as_ref(), bound("min"), bound("max")) {
        ("length", Some(min), Some(max)) => format!("must have {min} to {max} characters or items"),
        ("length", None, Some(max)) => format!("must have at most {max} characters or items"),
        ("range", Some(min), Some(max)) => format!("must be {min} to {max}"),
        (code, ..) => format!("is not valid: {code}"),
    }
}

/// A problem as RFC 9457 has it.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// `urn:reihum:problem:` and the problem's name; never changes for a kind of problem.
    r#type: String,
    /// The kind of problem in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// This problem in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The rule that stands against it, for programs (with `conflict`).
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    /// What would be done now instead of what was seen (with some conflicts).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    present: Option<serde_json::Value>,
    /// Every field that breaks a rule (with `invalid`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let (rule, errors) = match error {
            Error::Conflict(rule, _) | Error::Overtaken(rule, ..) => (Some(*rule), Vec::new()),
            Error::Invalid(fields) => (None, fields.clone()),
            _ => (None, Vec::new()),
        };
        let present = match error {
            Error::Overtaken(.., present) => Some((**present).clone()),
            _ => None,
        };
        Self {
            r#type: format!("urn:reihum:problem:{}", error.name()),
            title: say(Language::En, &format!("error-{}", error.name())),
            status: error.status_code().as_u16(),
            detail: Some(error.to_string()),
            rule,
            present,
            errors,
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(..) | Self::Overtaken(..) => StatusCode::CONFLICT,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Contended => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(cause) = self {
            tracing::error!(cause = format!("{cause:#}"), "a request failed");
        }
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Unauthenticated => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"reihum\""));
            }
            Self::MethodNotAllowed(allowed) => {
                response.insert_header((header::ALLOW, allowed.as_str()));
            }
            Self::TooManyRequests => {
                response.insert_header((header::RETRY_AFTER, "60"));
            }
            Self::Contended => {
                response.insert_header((header::RETRY_AFTER, "1"));
            }
            _ => {}
        }
        response
            .content_type("application/problem+json")
            .body(serde_json::to_string(&Problem::from(self)).unwrap_or_default())
    }
}

impl IntoResponses for Error {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .build();
        let problem = ResponseBuilder::new()
            .description("A problem (RFC 9457)")
            .content("application/problem+json", content);
        BTreeMap::from([("default".to_owned(), problem.build().into())])
    }
}
