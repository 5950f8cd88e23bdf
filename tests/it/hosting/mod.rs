//! Swaps with consent, host confirmation, and who is told that turns have moved: from outside.
mod attention;
mod confirmations;
mod conflicts;
mod expiry;
mod follow_ups;
mod pages;
mod swaps;
mod turns;

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::builders::{FiveCities, a_series, text};
use crate::harness::Answer;
use crate::mailbox::Mail;
use crate::steps::time;

const BIELEFELD_PEOPLE: [&str; 3] = [
    "carla@bielefeld.example",
    "daisy@bielefeld.example",
    "dirk@bielefeld.example",
];
const HERFORD_PEOPLE: [&str; 2] = ["elif@herford.example", "frank@herford.example"];

/// The five cities in Bielefeld's turn: invited to the first meeting, so that the series is in use.
/// Meetings: 14 April Gütersloh, 9 June Bielefeld, 11 August Herford, 13 October Bad Salzuflen,
/// 8 December Detmold.
pub struct Hosts {
    pub five: FiveCities,
}

impl Hosts {
    pub async fn start() -> Self {
        let it = Self::draft(a_series()).await;
        it.five.invite(&it.five.meeting(0).await).await;
        it.five.service.run().await;
        it
    }

    /// Nobody was ever invited.
    pub async fn draft(series: Value) -> Self {
        let now = time("2026-03-02T09:00:00Z");
        Self {
            five: FiveCities::start_at(now, series).await,
        }
    }

    pub fn requests(&self) -> String {
        format!("/series/{}/rotation/swap-requests", self.five.series)
    }

    /// The token of the first delegate of a city.
    pub fn token(&self, city: usize) -> &str {
        &self.five.cities[city].people[0].token
    }

    /// Asks for the turn at that place, as a delegate of that city.
    pub async fn ask(&self, city: usize, place: usize, more: Value) -> Answer {
        let mut body = json!({ "meeting_id": self.five.meeting(place).await });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let path = self.requests();
        self.five.service.post(self.token(city), &path, body).await
    }

    /// Asks, and has it granted; returns the path of the request.
    pub async fn asked(&self, city: usize, place: usize, more: Value) -> String {
        let made = self.ask(city, place, more).await.expect(201);
        format!("{}/{}", self.requests(), text(&made["id"]))
    }

    pub async fn act(&self, city: usize, request: &str, what: &str, body: Value) -> Answer {
        let path = format!("{request}/{what}");
        self.five.service.post(self.token(city), &path, body).await
    }

    pub async fn state(&self, request: &str) -> String {
        text(&self.five.get(request).await["state"])
    }

    /// The mails that go out at that moment.
    pub async fn at(&self, moment: &str) -> Vec<Mail> {
        self.five.service.clock.set(time(moment));
        self.five.service.mails().await
    }

    pub async fn look(&self, path: &str) -> Answer {
        self.five.service.send(TestRequest::get().uri(path)).await
    }

    pub async fn send(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = TestRequest::post().uri(path).set_form(form);
        self.five.service.send(request).await
    }

    /// The ledger as `state due/host source: reason` of each entry.
    pub async fn ledger(&self) -> Vec<String> {
        let path = format!("/series/{}/rotation/ledger", self.five.series);
        let entries = crate::builders::list(&self.five.get(&path).await);
        let name = |value: &Value| value["name"].as_str().unwrap_or("-").to_owned();
        let line = |one: &Value| {
            let (due, host) = (name(&one["due"]), name(&one["host"]));
            let [state, source] = ["state", "source"].map(|field| text(&one[field]));
            let reason = one["reason"].as_str().unwrap_or("-");
            format!("#{} {state} {due}/{host} {source}: {reason}", one["number"])
        };
        entries.iter().map(line).collect()
    }
}

/// The path of the one link to such a page in a mail.
pub fn path_in(mail: &Mail, page: &str) -> String {
    let (_, rest) = mail
        .text
        .split_once(&format!("https://reihum.example/{page}/"))
        .unwrap_or_else(|| panic!("a link to {page} in {}", mail.text));
    let token: String = rest
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    format!("/{page}/{token}")
}
