//! Errors of requests, and their problem details (RFC 9457).
use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::i18n::{Language, say};

/// The result of handling a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request failed. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the client may not see it. Every function that takes the id of a row returns this
    /// if the cooperation has no such row, or if it was deleted.
    #[error("the resource does not exist, or you have no access to it")]
    NotFound,
    /// The request has no token or an unknown one.
    #[error("a valid access token is needed")]
    Unauthenticated,
    /// The client may see this but not do it; the text says who may.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// The request cannot be parsed.
    #[error("{0}")]
    Malformed(String),
    /// All fields that break a rule.
    #[error("some fields are not valid")]
    Invalid(Vec<FieldError>),
    /// The request does not fit the current state; the name of the rule, and a text about it.
    #[error("{1}")]
    Conflict(&'static str, String),
    /// The client confirmed a preview that is no longer correct; the name of the rule, a text about it,
    /// and the current preview.
    #[error("{1}")]
    Outdated(&'static str, String, Box<serde_json::Value>),
    /// The resource has another revision than the client expects (`If-Match`).
    #[error("the resource has changed; fetch it again")]
    Stale,
    /// The resource does not have this method; those it has.
    #[error("allowed methods: {0}")]
    MethodNotAllowed(String),
    /// The body is of another type than JSON.
    #[error("the body must be application/json")]
    UnsupportedMediaType,
    /// The body is larger than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// Something was done too often.
    #[error("{0}")]
    TooMany(Excess),
    /// The service cannot do now what it otherwise could. Where the connection was lost while a transaction
    /// was committed, the change may be there.
    #[error("{0}")]
    Unavailable(Outage),
    /// An error in the service. The cause is logged but not returned to the client.
    #[error("internal error")]
    Internal(#[from] anyhow::Error),
}

/// What was done too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// Failed attempts from one client address.
    #[error("too many attempts; try again in a minute")]
    Attempts,
    /// Mails to one person.
    #[error(
        "somebody would get more than {0} mails within an hour; nothing was changed, try again later"
    )]
    MailsToOne(i64),
}

impl Excess {
    /// After how many seconds to try again.
    fn delay(self) -> &'static str {
        match self {
            Self::Attempts => "60",
            Self::MailsToOne(_) => "3600",
        }
    }
}

/// What prevents the service from answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// Concurrent transactions kept conflicting, or too many wait.
    #[error("the service is busy; try again")]
    Busy,
    /// There is no connection to the database.
    #[error("the database cannot be reached; try again")]
    Unreachable,
    /// The disk of the database is full.
    #[error("the disk of the database is full, so nothing can be changed")]
    NoSpace,
    /// The database can be read only.
    #[error("the database cannot be written, so nothing can be changed")]
    ReadOnly,
}

impl Outage {
    /// The last part of the problem's `type`, and after how many seconds to try again.
    fn name_and_delay(self) -> (&'static str, &'static str) {
        match self {
            Self::Busy => ("contended", "1"),
            Self::Unreachable => ("unreachable", "1"),
            Self::NoSpace => ("no-space", "60"),
            Self::ReadOnly => ("read-only", "10"),
        }
    }

    /// What a database says that makes it one, if it is one.
    fn of(kind: DatabaseErrorKind, message: &str) -> Option<Self> {
        use DatabaseErrorKind::{
            ClosedConnection, ReadOnlyTransaction, SerializationFailure, UnableToSendCommand,
        };
        // The rest has no kind: PostgreSQL's classes 40 and 53, whose texts follow the server's locale, and
        // results of SQLite.
        let says = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
        match kind {
            SerializationFailure => Some(Self::Busy),
            ClosedConnection | UnableToSendCommand => Some(Self::Unreachable),
            ReadOnlyTransaction => Some(Self::ReadOnly),
            _ if says(&["deadlock detected", "Verklemmung", "database is locked"]) => {
                Some(Self::Busy)
            }
            _ if says(&["No space left", "kein Speicherplatz", "disk is full"]) => {
                Some(Self::NoSpace)
            }
            _ if says(&["readonly database"]) => Some(Self::ReadOnly),
            _ if says(&["unable to open database file", "disk I/O error"]) => {
                Some(Self::Unreachable)
            }
            _ => None,
        }
    }
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The path of the field in the request (`template_agenda[2].title`).
    pub field: String,
    /// The name of the rule, for programs.
    pub rule: String,
    /// The rule as a text, for people.
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

    /// A conflict with `rule`.
    pub fn conflict(rule: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict(rule, message.into())
    }

    /// There is no connection to the database.
    pub fn unreachable(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "the database cannot be reached");
        Self::Unavailable(Outage::Unreachable)
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
            Self::Conflict(..) | Self::Outdated(..) => "conflict",
            Self::Stale => "stale",
            Self::MethodNotAllowed(_) => "method-not-allowed",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::TooLarge => "too-large",
            Self::TooMany(_) => "too-many",
            Self::Unavailable(outage) => outage.name_and_delay().0,
            Self::Internal(_) => "internal",
        }
    }
}

/// A conflict with `rule`, unless the condition holds.
pub fn conflict_unless(holds: bool, rule: &'static str, message: impl Into<String>) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::conflict(rule, message))
    }
}

/// The result of a function that validates a field: an error with `rule`, unless the condition holds.
pub fn valid_if(
    holds: bool,
    rule: &'static str,
    message: &'static str,
) -> Result<(), ValidationError> {
    if holds {
        Ok(())
    } else {
        Err(ValidationError::new(rule).with_message(message.into()))
    }
}

/// What it means that a row was not found.
pub trait Found<T> {
    /// None if there is no such row.
    fn if_found(self) -> Result<Option<T>>;

    /// An error of the field that names the row if there is none.
    fn or_invalid(self, field: &str, message: &str) -> Result<T>;
}

impl<T> Found<T> for Result<T> {
    fn if_found(self) -> Result<Option<T>> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn or_invalid(self, field: &str, message: &str) -> Result<T> {
        let row = self.if_found()?;
        row.ok_or_else(|| Error::invalid(field, "exists", message))
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return match error {
                DieselError::NotFound => Self::NotFound,
                error => Self::Internal(error.into()),
            };
        };
        if matches!(kind, DatabaseErrorKind::UniqueViolation) {
            return Self::conflict("duplicate", "a resource with these values exists already");
        }
        match Outage::of(*kind, info.message()) {
            Some(outage) => {
                if outage != Outage::Busy {
                    tracing::error!(cause = info.message(), "{outage}");
                }
                Self::Unavailable(outage)
            }
            None => Self::Internal(error.into()),
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
                    let message = message(error);
                    // A rule over several fields names the field that has to change.
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

fn message(error: &ValidationError) -> String {
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

/// A problem (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// `urn:reihum:problem:` and the name of the kind of problem, which never changes.
    r#type: String,
    /// The kind of problem as a text.
    title: String,
    /// The HTTP status.
    status: u16,
    /// This occurrence of the problem as a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The name of the rule that prevents it, for programs (with `conflict`).
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    /// The current preview, where an outdated one was confirmed (with some conflicts).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    present: Option<serde_json::Value>,
    /// All fields that break a rule (with `invalid`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let (rule, errors) = match error {
            Error::Conflict(rule, _) | Error::Outdated(rule, ..) => (Some(*rule), Vec::new()),
            Error::Invalid(fields) => (None, fields.clone()),
            _ => (None, Vec::new()),
        };
        let present = match error {
            Error::Outdated(.., present) => Some((**present).clone()),
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
            Self::Conflict(..) | Self::Outdated(..) => StatusCode::CONFLICT,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
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
            Self::TooMany(excess) => {
                response.insert_header((header::RETRY_AFTER, excess.delay()));
            }
            Self::Unavailable(outage) => {
                response.insert_header((header::RETRY_AFTER, outage.name_and_delay().1));
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
