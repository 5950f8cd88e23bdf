//! A cooperation that is driven over HTTP, and what the API shows of its rotation.
use actix_web::test::TestRequest;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::builders::{list, text};
use crate::harness::{Answer, Service, bearer};

/// The names of the municipalities, in the order in which they join.
pub const NAMES: [&str; 8] = [
    "Ahlen",
    "Brakel",
    "Coesfeld",
    "Dorsten",
    "Enger",
    "Fröndenberg",
    "Geseke",
    "Haltern",
];

/// A cooperation with one series; its municipalities are numbered in the order in which they joined.
pub struct Coop {
    pub base: String,
    pub token: String,
    pub series: String,
    pub cities: Vec<String>,
    feed: String,
}

/// A meeting as `meetings` shows it, with its turn as `rotation` does.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub id: String,
    pub day: NaiveDate,
    pub starts: DateTime<Utc>,
    pub ends: DateTime<Utc>,
    pub status: String,
    pub host: Option<usize>,
    pub cohosts: Vec<usize>,
    /// The state of the host's confirmation, or nothing.
    pub confirmation: String,
    /// None if `rotation` does not show the meeting.
    pub turn: Option<SeenTurn>,
}

/// A turn as `rotation` shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenTurn {
    pub host: Option<usize>,
    pub due: Option<usize>,
    /// The co-hosts with their parts.
    pub cohosts: Vec<(usize, i64)>,
    pub source: String,
    pub reason: String,
    pub rejected: Vec<SeenRejection>,
}

/// Why a municipality does not host.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenRejection {
    pub city: usize,
    pub rule: String,
    pub detail: String,
    /// In thousandths of a point.
    pub costs: Option<i64>,
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub meeting: String,
    pub state: String,
    pub due: Option<usize>,
    pub host: Option<usize>,
    pub cohosts: Vec<usize>,
    pub source: String,
}

/// The balance of a municipality as `fairness` shows it, in thousandths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenBalance {
    pub city: usize,
    pub counted: i64,
    pub assigned: i64,
    pub planned: i64,
    pub credit: i64,
    pub balance: i64,
    pub hosted: i64,
    pub cohosted: i64,
    pub standing_in: i64,
}

/// All that the API shows of the rotation.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub meetings: Vec<Seen>,
    pub ledger: Vec<Entry>,
    pub balances: Vec<SeenBalance>,
    pub feed: String,
}

impl Coop {
    /// Municipalities that are members since the beginning of the year, and a series.
    pub async fn start(service: &Service, name: &str, cities: usize, series: Value) -> Self {
        let (slug, token) = service.cooperation(name).await;
        let mut coop = Self {
            base: format!("/cooperations/{slug}"),
            token,
            series: String::new(),
            cities: Vec::new(),
            feed: String::new(),
        };
        for _ in 0..cities {
            coop.join(service, "2026-01-01").await.expect(201);
        }
        let path = format!("{}/series", coop.base);
        let made = coop.post(service, &path, series).await.expect(201);
        coop.series = text(&made["id"]);
        let feed = json!({ "scope": "series", "series_id": coop.series, "label": "lives" });
        let made = coop.post(service, "/feeds", feed).await.expect(201);
        let url = text(&made["url"]);
        coop.feed = url.replace("https://reihum.example", "");
        coop
    }

    /// The next municipality joins on that day.
    pub async fn join(&mut self, service: &Service, day: &str) -> Answer {
        let name = NAMES[self.cities.len()];
        let new = json!({ "name": name, "joined_on": day });
        let path = format!("{}/municipalities", self.base);
        let made = self.post(service, &path, new).await;
        if made.status == 201 {
            let id = text(&made.json()["id"]);
            let venue = json!({
                "name": format!("Rathaus {name}"), "street": "Markt 1", "postal_code": "59227",
                "locality": name,
            });
            let path = format!("{path}/{id}/venues");
            self.post(service, &path, venue).await.expect(201);
            let person = json!({
                "given_name": "Ada", "family_name": name, "role": "delegate", "language": "en",
                "address": format!("ada{}@lives.example", self.cities.len()),
                "municipality_id": id, "from": "2026-01-01",
            });
            let path = format!("{}/people", self.base);
            self.post(service, &path, person).await.expect(201);
            self.cities.push(id);
        }
        made
    }

    pub async fn post(&self, service: &Service, path: &str, body: Value) -> Answer {
        service.post(&self.token, path, body).await
    }

    /// Posts below the rotation of the series.
    pub async fn rotate(&self, service: &Service, what: &str, body: Value) -> Answer {
        let path = format!("/series/{}/rotation/{what}", self.series);
        self.post(service, &path, body).await
    }

    /// Deletes below the rotation of the series.
    pub async fn unrotate(&self, service: &Service, what: &str) -> Answer {
        let path = format!("/series/{}/rotation/{what}", self.series);
        service.delete(&self.token, &path).await
    }

    async fn get(&self, service: &Service, path: &str) -> Value {
        let request = TestRequest::get()
            .uri(&format!("/api/v1{path}"))
            .insert_header(("accept-language", "en"))
            .insert_header(bearer(&self.token));
        service.send(request).await.expect(200)
    }

    /// All that is shown now.
    pub async fn view(&self, service: &Service) -> View {
        let path = format!("/series/{}", self.series);
        let all = async |what: &str| list(&self.get(service, &format!("{path}/{what}")).await);
        let meetings = all("meetings?limit=200").await;
        let turns = all("rotation?count=100").await;
        let ledger = all("rotation/ledger?limit=200").await;
        assert!(ledger.len() < 200, "one page has all");
        let fairness = all("rotation/fairness").await;
        let feed = service.send(TestRequest::get().uri(&self.feed)).await;
        let turn = |id: &str| turns.iter().find(|turn| turn["meeting_id"] == id);
        View {
            meetings: meetings
                .iter()
                .map(|one| self.seen(one, turn(&text(&one["id"]))))
                .collect(),
            ledger: ledger.iter().map(|one| self.entry(one)).collect(),
            balances: fairness.iter().map(|one| self.balance(one)).collect(),
            feed: feed.text().replace("\r\n ", ""),
        }
    }

    /// A single meeting, without its turn.
    pub async fn meeting(&self, service: &Service, id: &str) -> Seen {
        self.seen(&self.get(service, &format!("/meetings/{id}")).await, None)
    }

    fn city(&self, named: &Value) -> Option<usize> {
        let id = named["id"].as_str()?;
        self.cities.iter().position(|city| city == id)
    }

    fn all_cities(&self, named: &Value) -> Vec<usize> {
        let all = named.as_array().into_iter().flatten();
        all.filter_map(|one| self.city(one)).collect()
    }

    fn seen(&self, meeting: &Value, turn: Option<&Value>) -> Seen {
        let moment = |field: &str| text(&meeting[field]).parse::<DateTime<Utc>>().unwrap();
        let confirmation = meeting["host_confirmation"]["state"].as_str();
        Seen {
            id: text(&meeting["id"]),
            day: text(&meeting["date"]).parse().unwrap(),
            starts: moment("starts_at"),
            ends: moment("ends_at"),
            status: text(&meeting["status"]),
            host: self.city(&meeting["host"]),
            cohosts: self.all_cities(&meeting["cohosts"]),
            confirmation: confirmation.unwrap_or_default().to_owned(),
            turn: turn.map(|turn| self.turn(turn)),
        }
    }

    fn turn(&self, turn: &Value) -> SeenTurn {
        let cohosts = turn["cohosts"].as_array().unwrap().iter();
        let part = |one: &Value| one["part_thousandths"].as_i64().unwrap();
        let rejected = turn["rejected"].as_array().unwrap().iter();
        SeenTurn {
            host: self.city(&turn["host"]),
            due: self.city(&turn["due"]),
            cohosts: cohosts
                .map(|one| (self.city(one).unwrap(), part(one)))
                .collect(),
            source: text(&turn["source"]),
            reason: text(&turn["reason"]),
            rejected: rejected
                .map(|one| SeenRejection {
                    city: self.city(&one["municipality"]).unwrap(),
                    rule: text(&one["rule"]),
                    detail: text(&one["detail"]),
                    costs: one["costs"].as_f64().map(|_| thousandths(&one["costs"])),
                })
                .collect(),
        }
    }

    fn entry(&self, entry: &Value) -> Entry {
        Entry {
            meeting: text(&entry["meeting_id"]),
            state: text(&entry["state"]),
            due: self.city(&entry["due"]),
            host: self.city(&entry["host"]),
            cohosts: self.all_cities(&entry["cohosts"]),
            source: text(&entry["source"]),
        }
    }

    fn balance(&self, one: &Value) -> SeenBalance {
        let number = |field: &str| one[field].as_i64().unwrap();
        let turns = |field: &str| thousandths(&one[field]);
        SeenBalance {
            city: self.city(&one["municipality"]).unwrap(),
            counted: turns("counted"),
            assigned: turns("assigned"),
            planned: turns("planned"),
            credit: turns("start_credit"),
            balance: turns("balance"),
            hosted: number("hosted"),
            cohosted: number("cohosted"),
            standing_in: number("standing_in"),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "far fewer than 2^53")]
fn thousandths(number: &Value) -> i64 {
    (number.as_f64().unwrap() * 1000.0).round() as i64
}
