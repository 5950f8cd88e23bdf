//! What a mail is, and whether its sender is verified. Pure.
use crate::config::{Settings, Trust};
use calendar::incoming::{self as objects, ItipAttendee, ItipComponent, ItipMethod};
use mail::Address;
use mail::incoming::{Automatic, Bounce, IncomingMail, OutlookAnswer, ReturnPath};

/// What a mail is.
#[derive(Debug, Clone)]
pub enum MailClass {
    /// A mail of ours came back.
    Bounce(Bounce),
    /// A program wrote it; how that is known.
    Automatic(&'static str),
    /// A calendar object.
    Object(ItipMethod, Box<ItipComponent>),
    /// A reply in the format of Outlook (TNEF).
    Outlook(OutlookAnswer),
    /// A message that a person wrote.
    Words,
    /// It cannot be parsed, or its calendar object cannot; why.
    Unreadable(String),
}

impl MailClass {
    /// Classifies `mail`.
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
            // A reply to an invitation may be sent automatically.
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

/// The first object that can be parsed, with the event in it that is about the meeting: our meetings are
/// single events, so an event without RECURRENCE-ID is preferred.
fn object(mail: &IncomingMail) -> Option<Result<(ItipMethod, ItipComponent), String>> {
    let mut fault = None;
    for part in &mail.calendars {
        let read = objects::read(&part.text).map_err(|error| error.to_string());
        let found = read.and_then(|object| {
            if !object.is_whole {
                return Err("the calendar object is cut off or damaged".to_owned());
            }
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

/// The ATTENDEE who replies: of several the one that the mail is from.
#[must_use]
pub fn attendee<'a>(event: &'a ItipComponent, mail: &IncomingMail) -> Option<&'a ItipAttendee> {
    let from = mail.author().map(|author| author.address.key());
    let is_from =
        |attendee: &&ItipAttendee| attendee.known_as().map(Address::key) == from && from.is_some();
    let lines = &event.attendees;
    lines.iter().find(is_from).or_else(|| lines.first())
}

/// Whether the author (From) of a mail is verified: by the mail server, if the settings trust it, or by
/// its Authentication-Results (RFC 8601) with DMARC, or with DKIM of the author's own domain.
#[must_use]
pub fn is_sender_verified(settings: &Settings, mail: &IncomingMail) -> bool {
    let Some(author) = mail.author() else {
        return false;
    };
    if settings.inbound_trust == Trust::Server {
        return true;
    }
    let Some(ours) = &settings.inbound_authserv_id else {
        return false;
    };
    // Our server adds its field above those that came with the mail.
    let field = mail
        .authentication
        .iter()
        .find(|field| field.authserv_id.eq_ignore_ascii_case(ours));
    let results = field.map_or(&[][..], |field| &field.results);
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
            ("dkim", "pass") => {
                // A server may name the identity only (RFC 8601 section 2.7.1): `name@domain` or `@domain`.
                let identity = property("header.i");
                let signer = match property("header.d") {
                    none if none.is_empty() => {
                        identity.rsplit_once('@').map(|(_, it)| it.to_owned())
                    }
                    signer => Some(signer),
                };
                signer.is_some_and(|signer| signs_for(&signer, domain))
            }
            _ => false,
        }
    })
}

/// Whether a signature of `signer` is aligned with `domain`: the same domain, or one below it (RFC 7489
/// section 3.1.1). A top-level domain signs for nobody.
#[must_use]
pub fn signs_for(signer: &str, domain: &str) -> bool {
    let is_above = || {
        let below = domain.strip_suffix(signer).unwrap_or_default();
        below.ends_with('.') && signer.contains('.')
    };
    signer == domain || is_above()
}
