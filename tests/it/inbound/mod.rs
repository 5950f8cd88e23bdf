//! Mails that come in, as they change what the API says and which mails go out.
mod answers;
mod clients;
mod others;
mod proposals;
mod review;
mod trust;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reihum::config::{Settings, Trust};
use reihum::inbound::intake::{IntakeResult, take_in};
use reihum::inbound::received::Delivery;
use serde_json::Value;

use crate::builders::{FiveCities, a_series, list, text};
use crate::harness::Service;
use crate::mailbox::{Mail, to};

/// The five cities, everybody invited to the first meeting (14 April 2026, 10:00), all mails sent, and
/// a mail server that vouches for senders.
pub struct Inbox {
    pub five: FiveCities,
    pub meeting: String,
    pub sent: Vec<Mail>,
}

impl Inbox {
    pub async fn start() -> Self {
        let mut inbox = Self::of(Service::start()).await;
        inbox.meeting = inbox.five.meeting(0).await;
        inbox.five.invite(&inbox.meeting).await;
        inbox.sent = inbox.five.service.mails().await;
        inbox
    }

    /// The same with nobody invited yet.
    pub async fn of(service: Service) -> Self {
        let mut five = FiveCities::with(service, a_series()).await;
        let settings = Settings {
            inbound_trust: Trust::Server,
            ..Settings::clone(&five.service.app.settings)
        };
        five.service.app.settings = Arc::new(settings);
        Self {
            five,
            meeting: String::new(),
            sent: Vec::new(),
        }
    }

    /// The address of the person at that place of the city at that place.
    pub fn address(&self, city: usize, person: usize) -> String {
        self.five.cities[city].people[person].address.clone()
    }

    pub fn invitation(&self, address: &str) -> &Mail {
        to(&self.sent, address)
    }

    pub async fn receive(&self, mail: &str) -> IntakeResult {
        self.receive_for(mail, &[]).await
    }

    pub async fn receive_for(&self, mail: &str, recipients: &[String]) -> IntakeResult {
        self.take(mail.as_bytes().to_vec(), recipients).await
    }

    pub async fn receive_bytes(&self, mail: Vec<u8>) -> IntakeResult {
        self.take(mail, &[]).await
    }

    async fn take(&self, raw: Vec<u8>, recipients: &[String]) -> IntakeResult {
        let delivery = Delivery {
            raw,
            too_large: None,
            recipients: recipients.to_vec(),
            received_at: self.now().into(),
        };
        take_in(&self.five.service.app, delivery).await.unwrap()
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.five.service.app.clock.now()
    }

    /// What the API says of the answer of that address.
    pub async fn answer_of(&self, address: &str) -> Value {
        let people = list(&self.five.get(&format!("{}/people", self.five.base)).await);
        let person = people.iter().find(|person| person["address"] == address);
        let id = text(&person.expect("a person")["id"]);
        let path = format!("/meetings/{}/answers", self.meeting);
        let answers = list(&self.five.get(&path).await);
        let found = answers.into_iter().find(|row| row["person_id"] == *id);
        found.expect("an invited person")
    }

    /// The mails that came in, the newest first.
    pub async fn mails(&self) -> Vec<Value> {
        list(
            &self
                .five
                .get(&format!("{}/inbound-mails", self.five.base))
                .await,
        )
    }

    /// The newest of them.
    pub async fn newest(&self) -> Value {
        self.mails().await.swap_remove(0)
    }
}

/// An answer in the form of a small client.
#[derive(Debug, Clone)]
pub struct Reply {
    pub method: &'static str,
    pub uid: String,
    pub attendee: String,
    pub from: String,
    pub partstat: &'static str,
    /// More parameters of ATTENDEE.
    pub parameters: String,
    pub sequence: Option<i64>,
    pub stamp: Option<DateTime<Utc>>,
    /// DTSTART and DTEND, in UTC.
    pub time: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub comment: Option<&'static str>,
    pub headers: Vec<String>,
    pub message_id: String,
}

impl Reply {
    pub fn to(invitation: &Mail, partstat: &'static str, stamp: DateTime<Utc>) -> Self {
        let address = invitation.to();
        Self {
            method: "REPLY",
            uid: invitation.property("UID").unwrap().to_owned(),
            attendee: address.clone(),
            message_id: format!("{}.{partstat}.{address}", stamp.timestamp()),
            from: address,
            partstat,
            parameters: String::new(),
            sequence: Some(invitation.sequence()),
            stamp: Some(stamp),
            time: None,
            comment: None,
            headers: Vec::new(),
        }
    }

    pub fn write(&self) -> String {
        let stamp = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
        let mut lines = vec![
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            format!("METHOD:{}", self.method),
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", self.uid),
            format!(
                "ATTENDEE;PARTSTAT={}{}:mailto:{}",
                self.partstat, self.parameters, self.attendee
            ),
        ];
        lines.extend(self.sequence.map(|number| format!("SEQUENCE:{number}")));
        lines.extend(self.stamp.map(|at| format!("DTSTAMP:{}", stamp(at))));
        lines.extend(self.time.into_iter().flat_map(|(starts, ends)| {
            [
                format!("DTSTART:{}", stamp(starts)),
                format!("DTEND:{}", stamp(ends)),
            ]
        }));
        lines.extend(self.comment.map(|text| format!("COMMENT:{text}")));
        lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
        let mut head = vec![
            format!("From: <{}>", self.from),
            "To: <treffen@reihum.example>".to_owned(),
            format!("Message-ID: <{}@client.example>", self.message_id),
            "Subject: Antwort".to_owned(),
            "MIME-Version: 1.0".to_owned(),
            format!(
                "Content-Type: text/calendar; charset=utf-8; method={}",
                self.method
            ),
        ];
        head.extend(self.headers.iter().cloned());
        format!("{}\r\n\r\n{}\r\n", head.join("\r\n"), lines.join("\r\n"))
    }
}

/// A mail of a person, without a calendar.
pub fn words(from: &str, recipient: &str, subject: &str, body: &str) -> String {
    format!(
        "From: Jemand <{from}>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\n\
         Message-ID: <{}@client.example>\r\n\r\n{body}\r\n",
        subject.replace(' ', ".")
    )
}

/// The bare address in a header.
pub fn bare(header: Option<&str>) -> String {
    let header = header.expect("the header");
    let bare = header.rsplit('<').next().unwrap();
    bare.trim_end_matches('>').to_owned()
}
