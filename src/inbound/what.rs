//! What a mail is, and whether its sender is who it says. Pure.
use crate::calendar::incoming::{self as objects, ItipAttendee, ItipComponent, ItipMethod};
use crate::config::{Settings, Trust};
use crate::mail::Address;
use crate::mail::incoming::{Automatic, Bounce, IncomingMail, OutlookAnswer, ReturnPath};

/// What a mail is.
#[derive(Debug, Clone)]
pub enum What {
    /// A mail of ours came back.
    Bounce(Bounce),
    /// Nobody wrote it by hand; the reason as a word.
    Automatic(&'static str),
    /// A calendar object.
    Object(ItipMethod, Box<ItipComponent>),
    /// An answer in Outlook's own form.
    Outlook(OutlookAnswer),
    /// Words of a person.
    Words,
    /// Something with a calendar object that cannot be read; why.
    Unreadable(String),
}

impl What {
    /// What `mail` is.
    #[must_use]
    pub fn of(mail: &IncomingMail) -> Self {
        if let Some(bounce) = &mail.bounce {
            return Self::Bounce(bounce.clone());
        }
        let object = object(mail);
        let is_answer = matches!(&object, Some(Ok(_))) || mail.outlook_answer.is_some();
        let automatic = match mail.automatic {
            Some(Automatic::Own) => Some("loop"),
            Some(Automatic::Receipt) => Some("receipt"),
            Some(Automatic::List) => Some("list"),
            Some(Automatic::Bulk) => Some("bulk"),
            // Programs also send what people have answered.
            Some(Automatic::Replied) if !is_answer => Some("auto_reply"),
            Some(Automatic::Generated) if !is_answer => Some("generated"),
            Some(Automatic::Replied | Automatic::Generated) | None => None,
        };
        let nobody = mail.return_path == ReturnPath::Null && !is_answer;
        if let Some(reason) = automatic.or(nobody.then_some("null_sender")) {
            return Self::Automatic(reason);
        }
        match (object, mail.outlook_answer) {
            (Some(Ok((method, event))), _) => Self::Object(method, Box::new(event)),
            (Some(Err(reason)), _) => Self::Unreadable(reason),
            (None, Some(answer)) => Self::Outlook(answer),
            (None, None) => Self::Words,
        }
    }
}

/// The first object that can be read, with the event in it that stands for the meeting: a meeting of
/// ours is a single event, so one about a date of a series is the second choice.
fn object(mail: &IncomingMail) -> Option<Result<(ItipMethod, ItipComponent), String>> {
    let mut fault = None;
    for part in &mail.calendars {
        let read = objects::read(&part.text).map_err(|error| error.to_string());
        let found = read.and_then(|object| {
            let events = object.components;
            let whole = events
                .iter()
                .position(|event| event.recurrence_id.is_none());
            let event = events.into_iter().nth(whole.unwrap_or(0));
            let event = event.ok_or("the calendar object has no event")?;
            let method = object.method.unwrap_or(ItipMethod::Other(String::new()));
            Ok((method, event))
        });
        match found {
            Ok(found) => return Some(Ok(found)),
            Err(reason) => fault = fault.or(Some(reason)),
        }
    }
    fault.map(Err)
}

/// The line of the one who speaks: of several the one that the mail is from.
#[must_use]
pub fn attendee<'a>(event: &'a ItipComponent, mail: &IncomingMail) -> Option<&'a ItipAttendee> {
    let from = mail.author().map(|author| author.address.key());
    let is_from =
        |attendee: &&ItipAttendee| attendee.known_as().map(Address::key) == from && from.is_some();
    let lines = &event.attendees;
    lines.iter().find(is_from).or_else(|| lines.first())
}

/// Whether somebody who is believed vouches for the mail being from its From: the mail server by
/// setting, or its Authentication-Results (RFC 8601) with DMARC, or DKIM of the author's own domain.
#[must_use]
pub fn is_vouched_for(settings: &Settings, mail: &IncomingMail) -> bool {
    let Some(author) = mail.author() else {
        return false;
    };
    if settings.inbound_trust == Trust::Server {
        return true;
    }
    let Some(ours) = &settings.inbound_authserv_id else {
        return false;
    };
    let results: Vec<_> = mail
        .authentication
        .iter()
        .filter(|field| field.authserv_id.eq_ignore_ascii_case(ours))
        .flat_map(|field| &field.results)
        .collect();
    let is_bad = |method| {
        results
            .iter()
            .any(|found| found.method == method && found.result == "fail")
    };
    if is_bad("dmarc") {
        return false;
    }
    let domain = author.address.domain();
    results.iter().any(|found| {
        let property = |name| {
            found
                .property(name)
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        match (&*found.method, &*found.result) {
            ("dmarc", "pass") => property("header.from") == domain,
            ("dkim", "pass") => signs_for(&property("header.d"), domain),
            _ => false,
        }
    })
}

/// Whether a signature of `signer` speaks for `domain`: its own, or that of a domain above it
/// (RFC 7489 section 3.1.1). A domain above all others signs for nobody.
fn signs_for(signer: &str, domain: &str) -> bool {
    let is_above = || {
        let below = domain.strip_suffix(signer).unwrap_or_default();
        below.ends_with('.') && signer.contains('.')
    };
    signer == domain || is_above()
}

#[cfg(test)]
mod tests {
    use super::signs_for;

    #[test]
    fn a_domain_signs_for_itself_and_below() {
        assert!(signs_for("herford.example", "herford.example"));
        assert!(signs_for("herford.example", "mail.herford.example"));
        assert!(!signs_for("mail.herford.example", "herford.example"));
        assert!(!signs_for("ford.example", "herford.example"));
        assert!(!signs_for("example", "herford.example"));
        assert!(!signs_for("", "herford.example"));
    }
}
