//! The five cities with their people, a token for each role, and a series, all made over HTTP.
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::{Answer, Service};

/// Name, place in the Gemeindeschlüssel, street, postal code; in the order of hosts.
const CITIES: [(&str, &str, &str, &str); 5] = [
    ("Gütersloh", "05754008", "Berliner Straße 70", "33330"),
    ("Bielefeld", "05711000", "Niederwall 23", "33602"),
    ("Herford", "05758012", "Rathausplatz 1", "32052"),
    (
        "Bad Salzuflen",
        "05766008",
        "Rudolph-Brandes-Allee 19",
        "32105",
    ),
    ("Detmold", "05766020", "Marktplatz 5", "32756"),
];
/// Place of the city, given name, family name, language.
const PEOPLE: [(usize, &str, &str, &str); 11] = [
    (0, "Anke", "Amsel", "de"),
    (0, "Bodo", "Buche", "de"),
    (1, "Carla", "Clematis", "de"),
    (1, "Dirk", "Distel", "de"),
    (1, "Daisy", "Daffodil", "en"),
    (2, "Elif", "Eiche", "de"),
    (2, "Frank", "Fir", "en"),
    (3, "Gesa", "Ginster", "de"),
    (3, "Horst", "Hasel", "de"),
    (4, "Ines", "Iris", "de"),
    (4, "Jack", "Juniper", "en"),
];

/// The names in the order of hosts.
pub const ROUND: [&str; 5] = [
    CITIES[0].0,
    CITIES[1].0,
    CITIES[2].0,
    CITIES[3].0,
    CITIES[4].0,
];
pub const GUETERSLOH: usize = 0;
pub const BIELEFELD: usize = 1;
pub const HERFORD: usize = 2;
pub const BAD_SALZUFLEN: usize = 3;
pub const DETMOLD: usize = 4;

/// "5 für OWL" on Monday, 2 March 2026: members since the beginning of the year, a series on every
/// second Tuesday of every second month from 14 April 2026 on, nine meetings planned, nobody invited.
pub struct FiveCities {
    pub service: Service,
    /// `/cooperations/{slug}`
    pub base: String,
    pub coordinator: String,
    pub reader: String,
    /// In the order of hosts.
    pub cities: Vec<City>,
    /// The key of the series.
    pub series: String,
}

pub struct City {
    pub id: String,
    pub venue: String,
    /// Two or three delegates.
    pub people: Vec<Delegate>,
}

pub struct Delegate {
    pub id: String,
    pub address: String,
    /// An access token of the person's own.
    pub token: String,
}

/// The series of the issue.
pub fn a_series() -> Value {
    json!({
        "title": "Digitaltreffen", "rule": "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", "starts_on": "2026-04-01",
        "start_time": "10:00", "time_zone": "Europe/Berlin", "duration_minutes": 150,
        "host_confirmation_days": null,
    })
}

impl FiveCities {
    pub async fn start() -> Self {
        Self::with(Service::start(), a_series()).await
    }

    pub async fn start_at(now: DateTime<Utc>, series: Value) -> Self {
        Self::with(Service::start_at(now), series).await
    }

    pub async fn with(service: Service, series: Value) -> Self {
        let (slug, coordinator) = service.cooperation("5 für OWL").await;
        let base = format!("/cooperations/{slug}");
        let reader = json!({ "role": "reader", "label": "tests" });
        let mut five = Self {
            reader: text(
                &service
                    .post(&coordinator, &format!("{base}/tokens"), reader)
                    .await
                    .expect(201)["token"],
            ),
            service,
            base,
            coordinator,
            cities: Vec::new(),
            series: String::new(),
        };
        for (place, (name, ags, street, postal_code)) in CITIES.into_iter().enumerate() {
            let new = json!({ "name": name, "ags": ags, "joined_on": "2026-01-01" });
            let id = five.make("/municipalities", new).await;
            let venue = json!({
                "name": format!("Rathaus {name}"), "room": "Raum 105", "street": street,
                "postal_code": postal_code, "locality": name,
                "directions": "Vom Bahnhof zehn Minuten zu Fuß.",
            });
            let venue = five
                .make(&format!("/municipalities/{id}/venues"), venue)
                .await;
            let people = five.delegates(place, &id).await;
            five.cities.push(City { id, venue, people });
        }
        five.series = five.make("/series", series).await;
        // So that what comes next is later than what is there.
        five.service.clock.advance(TimeDelta::minutes(1));
        five
    }

    async fn delegates(&self, place: usize, city: &str) -> Vec<Delegate> {
        let mut made = Vec::new();
        for (_, given, family, language) in PEOPLE.into_iter().filter(|person| person.0 == place) {
            let domain = reihum::cooperations::slug_of(CITIES[place].0);
            let address = format!("{}@{domain}.example", given.to_lowercase());
            let new = json!({
                "given_name": given, "family_name": family, "address": address, "language": language,
                "role": "delegate", "municipality_id": city, "from": "2026-01-01",
            });
            let id = self.make("/people", new).await;
            let token = json!({ "role": "delegate", "person_id": id, "label": given });
            let path = format!("{}/tokens", self.base);
            let token = self.service.post(&self.coordinator, &path, token).await;
            made.push(Delegate {
                id,
                address,
                token: text(&token.expect(201)["token"]),
            });
        }
        made
    }

    /// Makes something below the cooperation as its coordinator; returns its key.
    pub async fn make(&self, path: &str, new: Value) -> String {
        let path = format!("{}{path}", self.base);
        let made = self.service.post(&self.coordinator, &path, new).await;
        text(&made.expect(201)["id"])
    }

    /// What the coordinator gets at `path`.
    pub async fn get(&self, path: &str) -> Value {
        self.service.get(&self.coordinator, path).await.expect(200)
    }

    /// The meetings of the series in the order of time.
    pub async fn meetings(&self) -> Vec<Value> {
        let path = format!("/series/{}/meetings?limit=200", self.series);
        list(&self.get(&path).await)
    }

    /// The key of the meeting at that place in the order of time.
    pub async fn meeting(&self, place: usize) -> String {
        text(&self.meetings().await[place]["id"])
    }

    /// The next turns.
    pub async fn rotation(&self, count: usize) -> Vec<Value> {
        let path = format!("/series/{}/rotation?count={count}", self.series);
        list(&self.get(&path).await)
    }

    /// The names of the next hosts.
    pub async fn hosts(&self, count: usize) -> Vec<String> {
        let slots = self.rotation(count).await;
        slots
            .iter()
            .map(|slot| slot["host"]["name"].as_str().unwrap_or("-").to_owned())
            .collect()
    }

    /// Invites to a meeting as the coordinator.
    /// Posts to what people do to turns, as the coordinator.
    pub async fn post_to_rotation(&self, what: &str, body: Value) -> Answer {
        let path = format!("/series/{}/rotation/{what}", self.series);
        self.service.post(&self.coordinator, &path, body).await
    }

    /// Lets a city stand in at the meeting at that place.
    pub async fn stand_in(&self, place: usize, city: usize, reason: &str) -> Answer {
        let body = json!({
            "meeting_id": self.meeting(place).await, "municipality_id": self.cities[city].id,
            "reason": reason,
        });
        self.post_to_rotation("overrides", body).await
    }

    pub async fn invite(&self, meeting: &str) {
        let path = format!("/meetings/{meeting}/invite");
        let done = self.service.post(&self.coordinator, &path, json!({})).await;
        assert!(done.status.is_success(), "{}", done.text());
    }

    /// Invites to the meeting at that place in the order of time, waits until it is over, and closes
    /// it without topics.
    pub async fn hold(&self, place: usize) {
        let meeting = self.meetings().await.swap_remove(place);
        let id = text(&meeting["id"]);
        if meeting["status"] == "planned" {
            self.invite(&id).await;
        }
        let end: DateTime<Utc> = text(&meeting["ends_at"]).parse().unwrap();
        self.service.clock.set(end + TimeDelta::minutes(30));
        let path = format!("/meetings/{id}/close");
        let outcomes = json!({ "outcomes": [] });
        let done = self.service.post(&self.coordinator, &path, outcomes).await;
        assert!(done.status.is_success(), "{}", done.text());
    }

    /// The token of a delegate of the meeting's host.
    pub fn host_token(&self, meeting: &Value) -> &str {
        let host = meeting["host"]["id"].as_str().expect("a host");
        let city = self.cities.iter().find(|city| city.id == host);
        &city.expect("one of the five").people[0].token
    }
}

pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text instead of {value}"))
        .to_owned()
}

pub fn list(page: &Value) -> Vec<Value> {
    page["items"]
        .as_array()
        .unwrap_or_else(|| panic!("a page instead of {page}"))
        .clone()
}
