//! The ATTENDEE property (RFC 5545, 3.8.4.1).

use calcard::icalendar::{ICalendarEntry, ICalendarParameterName, ICalendarParameterValue};
use percent_encoding::percent_decode_str;

use super::{COMMENT_LIMIT, SHORT_LIMIT, values};
use crate::event::Partstat;
use mail::Address;
use mail::incoming::clean::{lines, one_line};

/// Deputies of one attendee that are read.
const DELEGATES_LIMIT: usize = 10;
/// Guests of one attendee at most.
const GUESTS_LIMIT: u32 = 1_000;

/// An ATTENDEE property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItipAttendee {
    /// Its value, if it is a mail address.
    pub address: Option<Address>,
    /// The EMAIL parameter (RFC 7986, 6.2), with which Apple gives the address if the value is something else.
    pub email_param: Option<Address>,
    /// CN in one line.
    pub name: Option<String>,
    /// PARTSTAT; an unknown one is `NeedsAction`.
    pub partstat: Option<Partstat>,
    /// DELEGATED-TO: the deputies.
    pub delegated_to: Vec<Address>,
    /// DELEGATED-FROM: whose deputy it is.
    pub delegated_from: Vec<Address>,
    /// X-RESPONSE-COMMENT: a comment in Google Calendar.
    pub response_comment: Option<String>,
    /// X-NUM-GUESTS: additional guests.
    pub num_guests: Option<u32>,
}

impl ItipAttendee {
    /// The address that identifies the attendee: the value, or else EMAIL.
    #[must_use]
    pub fn known_as(&self) -> Option<&Address> {
        self.address.as_ref().or(self.email_param.as_ref())
    }
}

pub(super) fn read(entry: &ICalendarEntry) -> ItipAttendee {
    let named = |name: &str| ICalendarParameterName::Other(name.to_owned());
    let comment = parameter(entry, &named("X-RESPONSE-COMMENT"));
    let comment = comment.map(|text| lines(&unescaped(&text), COMMENT_LIMIT));
    let guests = parameter(entry, &named("X-NUM-GUESTS")).and_then(|text| text.trim().parse().ok());
    let name = parameter(entry, &ICalendarParameterName::Cn);
    let name = name.map(|name| one_line(name.trim_matches('"'), SHORT_LIMIT));
    let email = parameter(entry, &ICalendarParameterName::Email);
    ItipAttendee {
        address: values(entry).next().and_then(address),
        email_param: email.and_then(|text| address(&text)),
        name: name.filter(|name| !name.is_empty()),
        partstat: parameter(entry, &ICalendarParameterName::Partstat).map(|text| partstat(&text)),
        delegated_to: addresses(entry, &ICalendarParameterName::DelegatedTo),
        delegated_from: addresses(entry, &ICalendarParameterName::DelegatedFrom),
        response_comment: comment.filter(|comment| !comment.is_empty()),
        num_guests: guests.filter(|guests| *guests <= GUESTS_LIMIT),
    }
}

/// The address of an ORGANIZER: its value, or else its EMAIL parameter.
pub(super) fn address_of(entry: &ICalendarEntry) -> Option<Address> {
    let value = values(entry).next().and_then(address);
    value.or_else(|| address(&parameter(entry, &ICalendarParameterName::Email)?))
}

/// A `mailto:` in any case, or a bare address as Google writes it.
fn address(text: &str) -> Option<Address> {
    let text = text.trim().trim_matches('"');
    let text = match text.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto") => rest.trim(),
        _ => text,
    };
    let text = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'))
        .unwrap_or(text);
    // RFC 6068, 2
    let decoded = percent_decode_str(text).decode_utf8();
    Address::parse(&decoded.unwrap_or(text.into())).ok()
}

fn addresses(entry: &ICalendarEntry, name: &ICalendarParameterName) -> Vec<Address> {
    let texts = entry
        .parameters(name)
        .filter_map(ICalendarParameterValue::as_text);
    texts.filter_map(address).take(DELEGATES_LIMIT).collect()
}

/// A parameter. One with commas that was not quoted is parsed as several values.
fn parameter(entry: &ICalendarEntry, name: &ICalendarParameterName) -> Option<String> {
    let same = |other: &ICalendarParameterName| match (other, name) {
        (ICalendarParameterName::Other(one), ICalendarParameterName::Other(two)) => {
            one.eq_ignore_ascii_case(two)
        }
        _ => other == name,
    };
    let named = entry
        .params
        .iter()
        .filter(|parameter| same(&parameter.name));
    let texts: Vec<&str> = named
        .filter_map(|parameter| parameter.value.as_text())
        .collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// Undoes the escapes of RFC 6868, and `\n`, which some clients write instead.
fn unescaped(text: &str) -> String {
    text.replace("^n", "\n")
        .replace("\\n", "\n")
        .replace("^'", "\"")
        .replace("^^", "^")
}

fn partstat(text: &str) -> Partstat {
    match &*text.trim().to_ascii_uppercase() {
        "ACCEPTED" => Partstat::Accepted,
        "DECLINED" => Partstat::Declined,
        "TENTATIVE" => Partstat::Tentative,
        "DELEGATED" => Partstat::Delegated,
        _ => Partstat::NeedsAction,
    }
}
