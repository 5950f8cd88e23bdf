//! `reihum check-mail`: which DNS records the domains of the mailboxes need, and what an outgoing
//! mail looks like. It sends no DNS queries, because the machine may not reach a name server.
use anyhow::{Result, bail};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use clap::Args;
use maud::{DOCTYPE, html};

use super::{open, print, transport};
use crate::clock::{Clock, Ids, SystemClock};
use crate::config::{MailSettings, Settings};
use crate::cooperations;
use crate::db::{Db, Id};
use crate::i18n::{Language, say, say_with};
use calendar::{self, Attendee, AttendeeRole, Event, EventStatus, InvitationMethod, Partstat};
use mail::{
    Address, CalendarPart, Failure, MailSummary, MailTransport, Mailbox, OutgoingMail, Signer,
};

/// Characters of one string of a TXT record; 255 octets are allowed (RFC 1035 section 3.3.14).
const TXT_STRING: usize = 200;

/// Arguments of `reihum check-mail`.
#[derive(Args)]
pub struct CheckMailOptions {
    /// The recipient of the test message; the service mailbox if omitted.
    #[arg(long)]
    to: Option<Address>,
    /// Only report, send nothing.
    #[arg(long)]
    dry_run: bool,
    /// The language of the report and of the test message.
    #[arg(long, default_value = "de")]
    language: Language,
}

/// Prints the report and sends a test message.
///
/// # Errors
/// If the mail server refuses the message, or its signature is broken.
pub(super) async fn check(settings: Settings, options: CheckMailOptions) -> Result<()> {
    let CheckMailOptions {
        to,
        dry_run,
        language,
    } = options;
    let transport = transport(&settings)?;
    let mailboxes = mailboxes(&settings, language).await?;
    print(&records(language, &settings, &mailboxes))?;

    let now = SystemClock.now();
    let id = Ids::random().next::<OutgoingMail>(now);
    let letter = test_letter(language, &settings, to, id, *now);
    let mail = transport.render(&letter)?;
    print(&describe(language, &letter, &mail, settings.dkim.as_ref()))?;
    if let Some(signer) = settings
        .dkim
        .as_ref()
        .filter(|signer| signer.is_for(&letter.from.address))
        && !signer.verifies(&mail)
    {
        bail!("{}", say(language, "check-mail-broken-signature"));
    }
    if dry_run {
        return print(&say(language, "check-mail-not-sent"));
    }
    send(language, &settings, &transport, &letter).await
}

async fn send(
    language: Language,
    settings: &Settings,
    transport: &MailTransport,
    letter: &OutgoingMail,
) -> Result<()> {
    let refused = |error: Failure| {
        let words = ("words", error.to_string());
        anyhow::anyhow!(say_with(language, "check-mail-refused", &[words]))
    };
    let mut link = transport.open().await.map_err(refused)?;
    let receipt = link
        .deliver(&transport.render_message(letter).map_err(refused)?)
        .await
        .map_err(refused)?;
    link.close().await;
    let words = ("words", receipt.response);
    print(&match &settings.mail {
        MailSettings::Smtp(smtp) => {
            let server = ("server", format!("{}:{}", smtp.host, smtp.port));
            say_with(language, "check-mail-sent", &[server, words])
        }
        MailSettings::Folder(folder) => {
            let folder = ("folder", folder.display().to_string());
            say_with(language, "check-mail-written", &[folder, words])
        }
    })
}

/// The installation's mailbox, and those of the cooperations if there is a database.
async fn mailboxes(settings: &Settings, language: Language) -> Result<Vec<Address>> {
    let mut found = vec![settings.mail_from.clone()];
    if matches!(Db::is_current(&settings.database_url), Ok(true)) {
        let app = open(settings.clone())?;
        let own = app.db.read(cooperations::store::mailboxes).await?;
        found.extend(
            own.iter()
                .filter_map(|mailbox| Address::parse(mailbox).ok()),
        );
    } else {
        print(&say(language, "check-mail-no-database"))?;
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The records that the domains of these mailboxes need, in the form of a zone file.
fn records(language: Language, settings: &Settings, mailboxes: &[Address]) -> String {
    let mut lines = vec![say(language, "check-mail-dns"), String::new()];
    let note = |words: String| format!("    ; {words}");
    let mut domains: Vec<&str> = mailboxes.iter().map(Address::domain).collect();
    domains.sort_unstable();
    domains.dedup();
    for domain in domains {
        let of_domain = mailboxes
            .iter()
            .filter(|mailbox| mailbox.domain() == domain);
        let named: Vec<&str> = of_domain.clone().map(Address::as_str).collect();
        let arguments = [
            ("domain", domain.to_owned()),
            ("mailboxes", named.join(", ")),
        ];
        lines.push(say_with(language, "check-mail-domain", &arguments));
        let (spf, host) = spf(settings);
        lines.push(format!("    {domain}. TXT \"{spf}\""));
        lines.push(match host {
            Some(host) => note(say_with(language, "check-mail-spf", &[("host", host)])),
            None => note(say(language, "check-mail-spf-here")),
        });
        match (&settings.dkim, of_domain.clone().next()) {
            (Some(signer), Some(mailbox)) if signer.is_for(mailbox) => {
                let record = txt(&signer.record());
                lines.push(format!("    {}. TXT {record}", signer.record_name()));
                lines.push(note(say(language, "check-mail-dkim")));
            }
            (Some(signer), _) => {
                let signing = ("signing", signer.domain().to_owned());
                lines.push(note(say_with(
                    language,
                    "check-mail-dkim-other",
                    &[signing],
                )));
            }
            (None, _) => lines.push(note(say(language, "check-mail-dkim-none"))),
        }
        lines.push(format!(
            "    _dmarc.{domain}. TXT \"v=DMARC1; p=none; rua=mailto:postmaster@{domain}\""
        ));
        lines.push(note(say(language, "check-mail-dmarc")));
        let server = say(language, "check-mail-mx-server");
        lines.push(format!("    {domain}. MX 10 {server}"));
        lines.push(note(say(language, "check-mail-mx")));
        lines.push(String::new());
    }
    lines.join("\n")
}

/// An SPF record (RFC 7208), and the server that it allows: the SMTP server of the settings, unless
/// that is this machine.
fn spf(settings: &Settings) -> (String, Option<String>) {
    match &settings.mail {
        MailSettings::Smtp(smtp) if Address::parse(&format!("a@{}", smtp.host)).is_ok() => {
            let host = smtp.host.clone();
            (format!("v=spf1 mx a:{host} -all"), Some(host))
        }
        MailSettings::Smtp(_) | MailSettings::Folder(_) => ("v=spf1 mx -all".to_owned(), None),
    }
}

/// Splits ASCII text into the strings of a TXT record.
fn txt(text: &str) -> String {
    let strings = text.as_bytes().chunks(TXT_STRING);
    let strings = strings.map(|part| format!("\"{}\"", String::from_utf8_lossy(part)));
    strings.collect::<Vec<_>>().join(" ")
}

/// The test message: an invitation without a meeting.
fn test_letter(
    language: Language,
    settings: &Settings,
    to: Option<Address>,
    id: Id<OutgoingMail>,
    now: DateTime<Utc>,
) -> OutgoingMail {
    let name = settings.mail_from_name.clone();
    let from = Mailbox {
        name: name.unwrap_or_else(|| "reihum".to_owned()),
        address: settings.mail_from.clone(),
    };
    let to = Mailbox {
        name: String::new(),
        address: to.unwrap_or_else(|| settings.mail_from.clone()),
    };
    let subject = say(language, "check-mail-subject");
    let text = say(language, "check-mail-text");
    let starts = now + TimeDelta::days(7);
    let starts = starts.duration_trunc(TimeDelta::hours(1)).unwrap_or(starts);
    let event = Event {
        uid: format!("{id}@{}", settings.domain()),
        sequence: 0,
        stamp: now,
        starts,
        ends: starts + TimeDelta::minutes(15),
        zone: Berlin,
        status: EventStatus::Confirmed,
        summary: subject.clone(),
        description: text.clone(),
        location: String::new(),
        organizer: from.clone(),
        attendees: vec![Attendee {
            mailbox: to.clone(),
            role: AttendeeRole::ReqParticipant,
            partstat: Partstat::NeedsAction,
            rsvp: true,
            delegated_from: Vec::new(),
            delegated_to: Vec::new(),
        }],
        url: None,
        categories: Vec::new(),
        geo: None,
        created: Some(now),
        last_modified: Some(now),
        refuse_counter: true,
    };
    let page = html! {
        (DOCTYPE)
        html lang=(language.as_str()) { body { p { (text) } } }
    };
    OutgoingMail {
        reply_to: Some(from.clone()),
        envelope_from: from.address.clone(),
        from,
        to,
        message_id: format!("{id}@{}", settings.domain()),
        references: Vec::new(),
        date: now,
        subject,
        html: page.into_string(),
        text: format!("{text}\n"),
        calendar: Some(CalendarPart {
            method: InvitationMethod::Request.as_str().to_owned(),
            body: calendar::invitation(InvitationMethod::Request, &event),
        }),
    }
}

/// Describes the message as it is transmitted.
fn describe(
    language: Language,
    letter: &OutgoingMail,
    mail: &[u8],
    signer: Option<&Signer>,
) -> String {
    let look = MailSummary::of(mail);
    let mut lines = vec![
        say(language, "check-mail-message"),
        format!("    MAIL FROM:<{}>", letter.envelope_from),
        format!("    RCPT TO:<{}>", letter.to.address),
    ];
    for name in [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
    ] {
        let missing = || say(language, "check-mail-missing");
        let value = look.field(name).map_or_else(missing, str::to_owned);
        lines.push(format!("    {name}: {value}"));
    }
    let key = signer.filter(|_| look.field("DKIM-Signature").is_some());
    let signature = match key {
        Some(signer) => {
            let key = ("key", signer.record_name());
            if signer.verifies(mail) {
                say_with(language, "check-mail-signature-holds", &[key])
            } else {
                say_with(language, "check-mail-signature-breaks", &[key])
            }
        }
        None => say(language, "check-mail-missing"),
    };
    lines.push(format!("    DKIM-Signature: {signature}"));
    lines.push(format!("  {}", say(language, "check-mail-parts")));
    for part in &look.parts {
        let indent = "  ".repeat(part.depth);
        let size = ("size", part.size.to_string());
        let size = say_with(language, "check-mail-size", &[size]);
        let encoding = part.encoding.iter().map(|encoding| format!(", {encoding}"));
        let encoding: String = encoding.collect();
        let file = if part.is_attachment {
            ", attachment"
        } else {
            ""
        };
        lines.push(format!(
            "    {indent}{} ({size}{encoding}{file})",
            part.content_type
        ));
    }
    if let Some(calendar) = &letter.calendar {
        lines.push(format!("    METHOD:{}", calendar.method));
    }
    lines.push(String::new());
    lines.join("\n")
}
