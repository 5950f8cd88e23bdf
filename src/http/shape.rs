//! From JSON to a value of a type, with everything that is wrong with it at once.
//!
//! Serde stops at the first mistake. So a mistake is noted, put right in the JSON by leaving the
//! field out or by a stand-in, and what is left is tried again; whatever comes of it, a value that
//! had to be put right is never handed out.
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;
use validator::Validate;

use crate::error::{Error, FieldError, Result};

/// How often JSON is tried; what is wrong beyond that is not named.
const MOST_TRIES: usize = 100;

/// A value of the type from JSON, checked.
///
/// # Errors
/// [`Error::Invalid`] with the fields that are missing, unknown, of a wrong type or break a rule.
pub fn parse<T: DeserializeOwned + Validate>(mut value: Value) -> Result<T> {
    // Serde would take the items of a list for the fields, in their order.
    if !value.is_object() {
        return Err(Error::invalid("", "type", "the body must be a JSON object"));
    }
    let mut wrong = Vec::new();
    find_controls(&value, "", &mut wrong);
    let mut tries = MOST_TRIES;
    loop {
        let mistake = match attempt::<T>(&value, &mut tries) {
            Ok(input) => return checked(input, wrong),
            Err(mistake) => mistake,
        };
        if !is_known(&mistake.error.field, &wrong) {
            wrong.push(mistake.error.clone());
        }
        if !put_right::<T>(&mut value, &mistake, &mut tries) {
            return Err(Error::Invalid(wrong));
        }
    }
}

/// The value, if nothing is wrong with it; else what breaks a rule as well. Rules over several fields
/// say nothing where one of them was put right.
fn checked<T: Validate>(input: T, mut wrong: Vec<FieldError>) -> Result<T> {
    let Err(broken) = input.validate() else {
        return match wrong.is_empty() {
            true => Ok(input),
            false => Err(Error::Invalid(wrong)),
        };
    };
    let error = Error::from(broken);
    if wrong.is_empty() {
        return Err(error);
    }
    if let Error::Invalid(fields) = error {
        let is_new =
            |error: &FieldError| error.rule != "together" && !is_known(&error.field, &wrong);
        let new: Vec<FieldError> = fields.into_iter().filter(is_new).collect();
        wrong.extend(new);
    }
    Err(Error::Invalid(wrong))
}

/// Whether the field, or one that it is a part of, is named already.
fn is_known(field: &str, wrong: &[FieldError]) -> bool {
    wrong.iter().any(|known| {
        field
            .strip_prefix(known.field.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// What serde stumbles over.
struct Mistake {
    error: FieldError,
    /// The way to it through the JSON; none if it cannot be told.
    way: Option<Vec<Step>>,
}

enum Step {
    Field(String),
    Item(usize),
}

fn attempt<T: DeserializeOwned>(value: &Value, tries: &mut usize) -> Result<T, Mistake> {
    *tries = tries.saturating_sub(1);
    serde_path_to_error::deserialize(value).map_err(|error| Mistake::of(&error))
}

impl Mistake {
    fn of(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let message = error.inner().to_string();
        let steps = error.path().iter().map(|segment| match segment {
            Segment::Map { key } => Some(Step::Field(key.clone())),
            Segment::Seq { index } => Some(Step::Item(*index)),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        let mut way: Option<Vec<Step>> = steps.collect();
        let mut field = error.path().to_string().trim_matches('.').to_owned();
        let rule = match message.as_str() {
            text if text.starts_with("missing field") => "required",
            text if text.starts_with("unknown field") => "unknown_field",
            _ => "type",
        };
        // Serde names a missing or unknown field in its words, and an unknown one also in the path.
        let named = message.split('`').nth(1).filter(|_| rule != "type");
        let is_last = |name: &str| match way.as_ref().and_then(|way| way.last()) {
            Some(Step::Field(last)) => rule == "unknown_field" && last == name,
            _ => false,
        };
        if let Some(name) = named.filter(|name| !is_last(name)) {
            let dot = if field.is_empty() { "" } else { "." };
            field = format!("{field}{dot}{name}");
            if let Some(way) = &mut way {
                way.push(Step::Field(name.to_owned()));
            }
        }
        let error = FieldError {
            field,
            rule: rule.to_owned(),
            message,
        };
        Self { error, way }
    }
}

/// Makes the JSON so that serde gets beyond the mistake; whether that worked.
fn put_right<T: DeserializeOwned>(value: &mut Value, mistake: &Mistake, tries: &mut usize) -> bool {
    let Some(way) = mistake.way.as_ref().filter(|_| *tries > 0) else {
        return false;
    };
    let stays = |value: &Value, tries: &mut usize| {
        let next = attempt::<T>(value, tries).err();
        next.filter(|next| next.error.field == mistake.error.field)
    };
    if mistake.error.rule != "required" && put(value, way, None) && stays(value, tries).is_none() {
        return true;
    }
    let mut candidates = stand_ins();
    while let Some(candidate) = candidates.pop() {
        if *tries == 0 || !put(value, way, Some(candidate)) {
            return false;
        }
        let Some(again) = stays(value, tries) else {
            return true;
        };
        let words = again.error.message;
        if words.starts_with("unknown variant") {
            // Serde names those that there are, between backticks.
            candidates.extend(words.split('`').skip(3).step_by(2).map(Value::from));
        }
    }
    false
}

/// Values of which one is right for every type in the bodies of requests; the last is tried first.
fn stand_ins() -> Vec<Value> {
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

/// Puts something where the way leads, or leaves it out; whether that can be done.
fn put(value: &mut Value, way: &[Step], new: Option<Value>) -> bool {
    let Some((last, before)) = way.split_last() else {
        return false;
    };
    let parent = before.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get_mut(name),
        Step::Item(index) => value.get_mut(index),
    });
    match (parent, last, new) {
        (Some(Value::Object(fields)), Step::Field(name), new) => put_field(fields, name, new),
        (Some(Value::Array(items)), Step::Item(index), Some(new)) => match items.get_mut(*index) {
            Some(item) => *item = new,
            None => return false,
        },
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

/// No field takes control characters but line breaks and tabs; databases and mails choke on some.
fn find_controls(value: &Value, path: &str, found: &mut Vec<FieldError>) {
    match value {
        Value::String(text) if text.chars().any(is_unwanted) => found.push(FieldError {
            field: path.to_owned(),
            rule: "control_characters".to_owned(),
            message: "must not have control characters".to_owned(),
        }),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_controls(item, &format!("{path}[{index}]"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                find_controls(field, &format!("{path}{dot}{name}"), found);
            }
        }
        _ => {}
    }
}

fn is_unwanted(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}
