//! Delivery reports (RFC 3464) and the mail that they return.

use super::clean::{lines, one_line};
use super::fields::{Fields, Limits, split};
use super::mime::{MimePart, PartReader};
use super::{CALENDAR_LIMIT, ReturnPath, UnreadableMail, calendars, prose};
use crate::{Address, Mailbox};

/// Recipients of a report at most. Each of our mails has one.
const RECIPIENTS_LIMIT: usize = 20;
/// Characters of a server's response that are kept.
const DIAGNOSTIC_LIMIT: usize = 500;
/// Octets of a report that are read.
const REPORT_LIMIT: usize = 64 * 1024;
/// Octets of a mail that was returned within the text of the report.
const PROSE_LIMIT: usize = 256 * 1024;

/// The report that a mail of ours was not delivered, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Whether it is machine-readable.
    pub kind: BounceKind,
    /// The recipients. Empty if they are named in prose only.
    pub recipients: Vec<BouncedRecipient>,
    /// What it returns of the mail.
    pub returned: Option<ReturnedMail>,
}

/// Whether a bounce is machine-readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceKind {
    /// A report in the format of RFC 3464.
    Report,
    /// Prose. The delivery may have failed permanently or temporarily.
    Unknown,
}

/// What became of the mail to one recipient (RFC 3464, 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BouncedRecipient {
    /// The address that the server tried.
    pub final_recipient: Option<Address>,
    /// The address that we wrote to, if it differs.
    pub original_recipient: Option<Address>,
    /// What happened.
    pub action: BounceAction,
    /// The status code (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// The response of the server that refused: one line, 500 characters at most.
    pub diagnostic: Option<String>,
}

/// What a server did with a mail (RFC 3464, 2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceAction {
    /// Given up.
    Failed,
    /// Still trying.
    Delayed,
    /// Given up, because the mailbox is full.
    Full,
    /// Delivered.
    Delivered,
    /// Handed to one that sends no reports.
    Relayed,
    /// Delivered to a list.
    Expanded,
    /// Something else, or not given.
    Unknown,
}

/// What is known about a returned mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedMail {
    /// Its Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// Its recipients.
    pub to: Vec<Address>,
    /// The UID of the calendar object in it.
    pub calendar_uid: Option<String>,
}

/// Reads the bounce in a mail with these fields and parts, if it is one.
pub(super) fn read(
    fields: &Fields,
    from: &[Mailbox],
    parts: &[MimePart],
    reader: &mut PartReader,
) -> Result<Option<Bounce>, UnreadableMail> {
    let is_report = |part: &&MimePart| {
        matches!(
            &*part.kind,
            "message/delivery-status" | "message/global-delivery-status"
        )
    };
    let reports: Vec<&MimePart> = parts.iter().filter(is_report).collect();
    // An answer may come without a sender as well.
    let is_answer = parts.iter().any(|part| part.kind == "text/calendar");
    let in_words = if reports.is_empty() && !is_answer {
        let text = parts.iter().find(|part| part.kind == "text/plain");
        let text = text.map(|part| part.text(PROSE_LIMIT));
        prose::read(fields, from, &text.unwrap_or_default())
    } else {
        None
    };
    let named = named_failures(fields);
    if reports.is_empty() && in_words.is_none() && named.is_empty() {
        return Ok(None);
    }
    let mut recipients: Vec<_> = in_words.into_iter().flatten().collect();
    for report in &reports {
        recipients.extend(report_recipients(&report.bytes(REPORT_LIMIT))?);
    }
    if reports.is_empty() {
        recipients.extend(named);
    }
    recipients.truncate(RECIPIENTS_LIMIT);
    let mut back = None;
    for part in parts.iter().filter(|part| part.is_mail()) {
        back = back.or(returned(&part.bytes(usize::MAX), reader)?);
    }
    if back.is_none() {
        back = parts
            .iter()
            .filter(|part| part.kind == "text/plain")
            .find_map(|part| within_prose(&part.text(PROSE_LIMIT)));
    }
    Ok(Some(Bounce {
        kind: if reports.is_empty() {
            BounceKind::Unknown
        } else {
            BounceKind::Report
        },
        recipients,
        returned: back,
    }))
}

/// The recipients in the header field that Exim and Google write.
/// Of a mail with a sender this says nothing.
fn named_failures(fields: &Fields) -> Vec<BouncedRecipient> {
    if matches!(
        fields.return_path(),
        ReturnPath::Address(_) | ReturnPath::Invalid
    ) {
        return Vec::new();
    }
    let text = fields.text("x-failed-recipients");
    let addresses = text.split(',').filter_map(|text| Address::parse(text).ok());
    addresses
        .take(RECIPIENTS_LIMIT)
        .map(|address| BouncedRecipient {
            final_recipient: Some(address),
            original_recipient: None,
            action: BounceAction::Unknown,
            status: None,
            diagnostic: None,
        })
        .collect()
}

/// Groups of fields between empty lines: the first about the mail, each other about a recipient.
fn report_recipients(report: &[u8]) -> Result<Vec<BouncedRecipient>, UnreadableMail> {
    let mut recipients = Vec::new();
    let mut rest = report;
    while !rest.is_empty() && recipients.len() < RECIPIENTS_LIMIT {
        let (fields, after) = split(rest, &Limits::PART)?;
        rest = after;
        if fields.has("final-recipient") || fields.has("action") {
            recipients.push(recipient(&fields));
        }
    }
    Ok(recipients)
}

fn recipient(fields: &Fields) -> BouncedRecipient {
    // `rfc822; name@domain`
    let typed = |name: &str| {
        let text = fields.text(name);
        text.split_once(';')
            .map_or(text.clone(), |(_, value)| value.trim().to_owned())
    };
    let address = |name: &str| {
        let text = typed(name);
        Address::parse(text.trim_matches(['<', '>', ' '])).ok()
    };
    let diagnostic = one_line(&typed("diagnostic-code"), DIAGNOSTIC_LIMIT);
    let status = fields.text("status");
    let code = status.split_whitespace().next().unwrap_or_default();
    let is_code = code.len() <= "5.999.999".len()
        && code.split('.').count() == 3
        && code.split('.').all(|part| part.parse::<u16>().is_ok());
    let action = fields.text("action").to_ascii_lowercase();
    BouncedRecipient {
        final_recipient: address("final-recipient"),
        original_recipient: address("original-recipient"),
        action: match action.trim() {
            // RFC 3463 section 3.3: the mailbox is full.
            "failed" if code.ends_with(".2.2") => BounceAction::Full,
            "failed" => BounceAction::Failed,
            "delayed" => BounceAction::Delayed,
            "delivered" => BounceAction::Delivered,
            "relayed" => BounceAction::Relayed,
            "expanded" => BounceAction::Expanded,
            _ => BounceAction::Unknown,
        },
        status: is_code.then(|| code.to_owned()),
        diagnostic: (!diagnostic.is_empty()).then_some(diagnostic),
    }
}

/// Describes a returned mail or its header.
fn returned(mail: &[u8], reader: &mut PartReader) -> Result<Option<ReturnedMail>, UnreadableMail> {
    let (fields, body) = split(mail, &Limits::MAIL)?;
    if fields.is_empty() {
        return Ok(None);
    }
    let parts = reader.parts(&fields, body, 1)?;
    let calendar = calendars::parts(&parts).into_iter().next();
    let calendar_uid = calendar.and_then(|part| uid(&part.text(CALENDAR_LIMIT)));
    Ok(Some(described(&fields, calendar_uid)))
}

fn described(fields: &Fields, calendar_uid: Option<String>) -> ReturnedMail {
    let to = fields
        .mailboxes("to")
        .0
        .into_iter()
        .map(|mailbox| mailbox.address);
    ReturnedMail {
        message_id: fields.ids("message-id").into_iter().next(),
        to: to.collect(),
        calendar_uid,
    }
}

/// The mail that some servers append to their own text.
fn within_prose(text: &str) -> Option<ReturnedMail> {
    let text = lines(text, PROSE_LIMIT);
    let starts = |line: &str| {
        let name = line.split(':').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("message-id") && line.contains('<')
    };
    let line = text.lines().map(|line| line.trim_start_matches(['>', ' ']));
    let line = line.clone().find(|line| starts(line))?;
    let (fields, _) = split(line.as_bytes(), &Limits::PART).ok()?;
    let returned = described(&fields, uid(&text));
    returned.message_id.is_some().then_some(returned)
}

/// The UID of the first event. The object is often cut off, so only this line is read.
fn uid(calendar: &str) -> Option<String> {
    let unfolded = calendar
        .replace("\r\n", "\n")
        .replace("\n ", "")
        .replace("\n\t", "");
    let mut lines = unfolded.lines().map(str::trim);
    lines.find(|line| line.eq_ignore_ascii_case("BEGIN:VEVENT"))?;
    let values = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.split(';').next()?;
        name.eq_ignore_ascii_case("UID")
            .then(|| one_line(value, DIAGNOSTIC_LIMIT))
    });
    values.into_iter().find(|value| !value.is_empty())
}
