//! From JSON to a validated value, with every error in it instead of only the first.
//!
//! Serde stops at the first error. So each error is noted and then repaired in the JSON, by dropping the
//! field or by a placeholder, and deserialization is tried again. A value that needed a repair is never
//! returned.
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;
use validator::Validate;

use crate::error::{Error, FieldError, Result};

/// How often deserialization is tried; errors beyond that are not reported.
const MAX_ATTEMPTS: usize = 100;

/// A validated value from JSON.
///
/// # Errors
/// [`Error::Invalid`] with the fields that are missing, unknown, of a wrong type or break a rule.
pub fn parse<T: DeserializeOwned + Validate>(mut value: Value) -> Result<T> {
    // Serde would take the items of an array for the fields, in their order.
    if !value.is_object() {
        return Err(Error::invalid("", "type", "the body must be a JSON object"));
    }
    let mut errors = Vec::new();
    find_control_characters(&value, "", &mut errors);
    let mut attempts = MAX_ATTEMPTS;
    loop {
        let error = match attempt::<T>(&value, &mut attempts) {
            Ok(input) => return validated(input, errors),
            Err(error) => error,
        };
        if !is_covered(&error.error.field, &errors) {
            errors.push(error.error.clone());
        }
        if !repair::<T>(&mut value, &error, &mut attempts) {
            return Err(Error::Invalid(errors));
        }
    }
}

/// The value if there are no errors, else the errors with those of the validation added. Rules over
/// several fields are left out if there was an error before, as one of these fields may be a placeholder.
fn validated<T: Validate>(input: T, mut errors: Vec<FieldError>) -> Result<T> {
    if let Err(invalid) = input.validate() {
        let invalid = Error::from(invalid);
        if errors.is_empty() {
            return Err(invalid);
        }
        if let Error::Invalid(fields) = invalid {
            let is_new =
                |error: &FieldError| error.rule != "together" && !is_covered(&error.field, &errors);
            let new: Vec<FieldError> = fields.into_iter().filter(is_new).collect();
            errors.extend(new);
        }
    }
    if errors.is_empty() {
        return Ok(input);
    }
    Err(Error::Invalid(errors))
}

/// Whether there is an error already about the field or about one that contains it.
fn is_covered(field: &str, errors: &[FieldError]) -> bool {
    errors.iter().any(|error| {
        field
            .strip_prefix(error.field.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// An error of serde, with where it is.
struct ParseError {
    error: FieldError,
    /// None where serde does not say where the error is.
    path: Option<Vec<Segment>>,
}

fn attempt<T: DeserializeOwned>(value: &Value, attempts: &mut usize) -> Result<T, ParseError> {
    *attempts = attempts.saturating_sub(1);
    serde_path_to_error::deserialize(value).map_err(|error| ParseError::from(&error))
}

impl From<&serde_path_to_error::Error<serde_json::Error>> for ParseError {
    fn from(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let message = error.inner().to_string();
        let segments = error.path().iter().map(|segment| match segment {
            Segment::Map { .. } | Segment::Seq { .. } => Some(segment.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        let mut path: Option<Vec<Segment>> = segments.collect();
        let mut field = error.path().to_string().trim_matches('.').to_owned();
        let rule = match message.as_str() {
            text if text.starts_with("missing field") => "required",
            text if text.starts_with("unknown field") => "unknown_field",
            _ => "type",
        };
        // Serde names a missing or unknown field in its message; an unknown one also in the path.
        let named = message.split('`').nth(1).filter(|_| rule != "type");
        let is_last = |name: &str| match path.as_ref().and_then(|path| path.last()) {
            Some(Segment::Map { key }) => rule == "unknown_field" && key == name,
            _ => false,
        };
        if let Some(name) = named.filter(|name| !is_last(name)) {
            let dot = if field.is_empty() { "" } else { "." };
            field = format!("{field}{dot}{name}");
            if let Some(path) = &mut path {
                let key = name.to_owned();
                path.push(Segment::Map { key });
            }
        }
        let error = FieldError {
            field,
            rule: rule.to_owned(),
            message,
        };
        Self { error, path }
    }
}

/// Changes the JSON so that deserialization gets past the error; false if no way is found.
fn repair<T: DeserializeOwned>(
    value: &mut Value,
    error: &ParseError,
    attempts: &mut usize,
) -> bool {
    let Some(path) = error.path.as_ref().filter(|_| *attempts > 0) else {
        return false;
    };
    let remaining = |value: &Value, attempts: &mut usize| {
        let next = attempt::<T>(value, attempts).err();
        next.filter(|next| next.error.field == error.error.field)
    };
    let is_dropped = error.error.rule != "required" && put(value, path, None);
    if is_dropped && remaining(value, attempts).is_none() {
        return true;
    }
    let mut candidates = placeholders();
    while let Some(candidate) = candidates.pop() {
        if *attempts == 0 || !put(value, path, Some(candidate)) {
            return false;
        }
        let Some(again) = remaining(value, attempts) else {
            return true;
        };
        let message = again.error.message;
        if message.starts_with("unknown variant") {
            // Serde lists the known ones between backticks.
            candidates.extend(message.split('`').skip(3).step_by(2).map(Value::from));
        }
    }
    false
}

/// Values of which one is valid for each type that occurs in request bodies; the last is tried first.
fn placeholders() -> Vec<Value> {
    vec![
        json!("2000-01-01T00:00:00Z"),
        json!({}),
        json!([]),
        json!("00000000-0000-0000-0000-000000000000"),
        json!("00:00"),
        json!("2000-01-01"),
        json!(false),
        json!(0),
        json!(""),
    ]
}

/// Sets or, without a new value, removes what is at `path`; false if that is not possible.
fn put(value: &mut Value, path: &[Segment], new: Option<Value>) -> bool {
    let Some((last, before)) = path.split_last() else {
        return false;
    };
    let parent = before
        .iter()
        .try_fold(value, |value, segment| match segment {
            Segment::Map { key } => value.get_mut(key),
            Segment::Seq { index } => value.get_mut(index),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
    match (parent, last, new) {
        (Some(Value::Object(fields)), Segment::Map { key }, new) => put_field(fields, key, new),
        (Some(Value::Array(items)), Segment::Seq { index }, Some(new)) => {
            let Some(item) = items.get_mut(*index) else {
                return false;
            };
            *item = new;
        }
        _ => return false,
    }
    true
}

fn put_field(fields: &mut Map<String, Value>, name: &str, new: Option<Value>) {
    match new {
        Some(new) => fields.insert(name.to_owned(), new),
        None => fields.remove(name),
    };
}

/// No text may have control characters except line breaks and tabs: PostgreSQL refuses NUL, and mails
/// cannot carry them.
fn find_control_characters(value: &Value, path: &str, found: &mut Vec<FieldError>) {
    match value {
        Value::String(text) if text.chars().any(is_forbidden) => found.push(FieldError {
            field: path.to_owned(),
            rule: "control_characters".to_owned(),
            message: "must not have control characters".to_owned(),
        }),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_control_characters(item, &format!("{path}[{index}]"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                find_control_characters(field, &format!("{path}{dot}{name}"), found);
            }
        }
        _ => {}
    }
}

fn is_forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}
