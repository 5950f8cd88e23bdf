//! Reads the mails that a service has written into its folder.
use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXUPPER_PERMISSIVE};
use mail::MailTransport;
use reihum::jobs;

use crate::harness::Service;

/// A mail, taken apart.
#[derive(Debug, Clone)]
pub struct Mail {
    pub file: String,
    pub bytes: Vec<u8>,
    headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
    /// The lines of the calendar object, unfolded; none in a mail without one.
    pub ics: Vec<String>,
}

impl Mail {
    pub fn parse(name: &str, bytes: &[u8]) -> Self {
        let whole = String::from_utf8(bytes.to_vec()).expect("mails are ASCII");
        let (head, _) = whole.split_once("\r\n\r\n").expect("a head");
        let part = |kind: &str| {
            let start = whole.find(&format!("Content-Type: {kind}"))?;
            let (head, rest) = whole[start..].split_once("\r\n\r\n").unwrap();
            let body = rest.split("\r\n--").next().unwrap();
            Some(if head.contains("base64") {
                BASE64.decode(body.replace("\r\n", "").as_bytes()).unwrap()
            } else {
                unquoted(body)
            })
        };
        let decoded = |kind: &str| part(kind).map(|bytes| String::from_utf8(bytes).unwrap());
        let text = |kind: &str| decoded(kind).unwrap_or_else(|| panic!("{kind}"));
        // A notice has none.
        let ics = decoded("text/calendar").unwrap_or_default();
        assert!(ics.is_empty() || ics.ends_with("END:VCALENDAR\r\n"));
        let file = decoded("application/ics").unwrap_or_default();
        assert_eq!(ics, file, "the file is the same object");
        Self {
            file: name.to_owned(),
            bytes: bytes.to_vec(),
            headers: headers(head),
            text: text("text/plain").replace("\r\n", "\n"),
            html: text("text/html"),
            ics: ics
                .replace("\r\n ", "")
                .lines()
                .map(str::to_owned)
                .collect(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} stands once at most");
        value
    }

    pub fn subject(&self) -> String {
        words_of(self.header("subject").expect("a subject"))
    }

    /// Whether it tells a municipality that its turns to host have moved.
    pub fn is_about_turns(&self) -> bool {
        let subject = self.subject();
        let words = [
            "richtet das Treffen am",
            "Ihre Termine als Gastgeberin",
            "hosts the meeting on",
            "Your dates as host",
            "no longer hosts the meeting",
        ];
        words.iter().any(|words| subject.contains(words)) && !subject.contains(": ")
    }

    /// The bare address of the one recipient.
    pub fn to(&self) -> String {
        let to = self.header("to").expect("a recipient");
        to.rsplit('<')
            .next()
            .unwrap()
            .trim_end_matches('>')
            .to_owned()
    }

    /// What comes after `NAME:` or after `NAME;…:` in the calendar object.
    pub fn property(&self, name: &str) -> Option<&str> {
        let is_it = |line: &&String| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([':', ';']))
        };
        // Time zones have properties of the same names, and stand before the event.
        let line = self.ics.iter().rfind(is_it)?;
        let rest = &line[name.len()..];
        Some(
            rest.strip_prefix(':')
                .unwrap_or_else(|| rest.split_once(':').unwrap().1),
        )
    }

    pub fn sequence(&self) -> i64 {
        self.property("SEQUENCE").unwrap().parse().unwrap()
    }

    /// The lines of attendees, by address.
    pub fn attendees(&self) -> BTreeMap<String, String> {
        let lines = self.ics.iter().filter(|line| line.starts_with("ATTENDEE"));
        lines
            .map(|line| {
                (
                    line.rsplit("mailto:").next().unwrap().to_owned(),
                    line.clone(),
                )
            })
            .collect()
    }

    /// What the calendar says of the recipient's own answer.
    pub fn partstat(&self) -> String {
        let line = &self.attendees()[&self.to()];
        let (_, rest) = line.split_once("PARTSTAT=").unwrap();
        rest.split([';', ':']).next().unwrap().to_owned()
    }

    /// The secret part of the answer page's address.
    pub fn token(&self) -> String {
        let (_, rest) = self.text.split_once("/answers/").expect("an answer link");
        rest.chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect()
    }
}

fn headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded
        .lines()
        .map(|line| {
            let (name, value) = line.split_once(':').expect("a header");
            (name.to_owned(), value.trim().to_owned())
        })
        .collect()
}

/// Encoded words (RFC 2047) as text.
fn words_of(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut after_encoded = false;
    for word in text.split(' ') {
        let encoded = word
            .strip_prefix("=?utf-8?b?")
            .and_then(|rest| rest.strip_suffix("?="));
        let joins = after_encoded && encoded.is_some();
        if !joins && !bytes.is_empty() {
            bytes.push(b' ');
        }
        after_encoded = encoded.is_some();
        match encoded {
            Some(code) => bytes.extend(BASE64.decode(code.as_bytes()).unwrap()),
            None => bytes.extend(word.bytes()),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Quoted-printable (RFC 2045 section 6.7) as bytes.
fn unquoted(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut parts = joined.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.extend(HEXUPPER_PERMISSIVE.decode(&part.as_bytes()[..2]).unwrap());
        bytes.extend(&part.as_bytes()[2..]);
    }
    bytes
}

impl Service {
    /// The way into the folder.
    pub fn folder(&self) -> MailTransport {
        MailTransport::folder(self.mail_folder.clone())
    }

    /// Runs reconcilers and workers once.
    pub async fn run(&self) -> usize {
        jobs::run_once(&self.app, &self.folder()).await.unwrap()
    }

    /// Runs reconcilers and workers once; returns the mails that this has written, by recipient.
    pub async fn mails(&self) -> Vec<Mail> {
        let before: Vec<String> = self.all_mails().into_iter().map(|mail| mail.file).collect();
        let sent = self.run().await;
        let mut new = self.all_mails();
        new.retain(|mail| !before.contains(&mail.file));
        assert_eq!(new.len(), sent, "as many mails as were said to be sent");
        new
    }

    /// Every mail in the folder, by recipient.
    pub fn all_mails(&self) -> Vec<Mail> {
        let files = std::fs::read_dir(&self.mail_folder).unwrap();
        let mut mails: Vec<Mail> = files
            .map(|file| {
                let file = file.unwrap();
                let bytes = std::fs::read(file.path()).unwrap();
                Mail::parse(&file.file_name().to_string_lossy(), &bytes)
            })
            .collect();
        mails.sort_by_key(|mail| (mail.to(), mail.file.clone()));
        mails
    }
}

/// The one mail to that address.
#[track_caller]
pub fn to<'a>(mails: &'a [Mail], address: &str) -> &'a Mail {
    let found: Vec<&Mail> = mails.iter().filter(|mail| mail.to() == address).collect();
    assert_eq!(found.len(), 1, "mails to {address}");
    found[0]
}
