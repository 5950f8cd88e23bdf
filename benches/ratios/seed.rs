//! What stands in the database: cooperations of five cities with a series each, made as clients make
//! them, over HTTP.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::{Client, bearer, get, post};
use crate::load::CONNECTIONS;

/// Meetings of each series.
pub const MEETINGS: usize = 24;
/// Feeds of each cooperation: one for each round that asks what was never asked, and one to ask often.
pub const FEEDS: usize = 6;
/// People who are invited to each meeting.
pub const PEOPLE: usize = 10;
const CITIES: [&str; 5] = [
    "Gütersloh",
    "Bielefeld",
    "Herford",
    "Bad Salzuflen",
    "Detmold",
];
const GIVEN_NAMES: [&str; 2] = ["Anke", "Bodo"];

/// How to ask for what one cooperation has.
#[derive(Clone)]
pub struct Cooperation {
    number: usize,
    /// A coordinator's.
    pub token: String,
    /// The key of its series.
    pub series: String,
    /// The keys of its meetings in the order of time.
    pub meetings: Vec<String>,
    /// The paths of its feeds.
    pub feeds: Vec<String>,
}

/// Makes `count` cooperations; the meetings begin after `today`.
pub async fn cooperations(
    address: SocketAddr,
    operator: &str,
    count: usize,
    today: NaiveDate,
) -> Result<Vec<Cooperation>> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS.min(count) {
        let (next, operator) = (next.clone(), operator.to_owned());
        tasks.spawn(async move {
            let mut api = Api {
                client: Client::connect(address).await?,
                token: operator.clone(),
            };
            let mut made = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok::<_, anyhow::Error>(made);
                }
                api.token.clone_from(&operator);
                made.push(api.cooperation(number, today).await?);
            }
        });
    }
    let mut made = Vec::with_capacity(count);
    while let Some(done) = tasks.join_next().await {
        made.extend(done??);
    }
    made.sort_by_key(|cooperation| cooperation.number);
    Ok(made)
}

/// Somebody who makes things over HTTP.
pub struct Api {
    pub client: Client,
    pub token: String,
}

impl Api {
    async fn cooperation(&mut self, number: usize, today: NaiveDate) -> Result<Cooperation> {
        let new = json!({ "name": format!("Kooperation {number}"), "slug": format!("k{number}") });
        self.make("/cooperations", &new).await?;
        let base = format!("/cooperations/k{number}");
        let new = json!({ "role": "coordinator", "label": "benches" });
        let token = self.make(&format!("{base}/tokens"), &new).await?;
        self.token = text(&token, "token")?;
        for city in CITIES {
            self.city(&base, city, today).await?;
        }
        let new = json!({
            "title": "Digitaltreffen", "rule": format!("FREQ=MONTHLY;BYDAY=2TU;COUNT={MEETINGS}"),
            "starts_on": today + Days::new(40), "start_time": "10:00", "duration_minutes": 150,
            "horizon_months": 30, "topics_need_acceptance": false,
        });
        let series = text(&self.make(&format!("{base}/series"), &new).await?, "id")?;
        let path = format!("/api/v1/series/{series}/meetings?limit=200");
        let answer = self
            .client
            .exchange(&get(&path, &[("authorization", &bearer(&self.token))]))
            .await?;
        answer.expect(200)?;
        let meetings = keys(&answer.json()?)?;
        if meetings.len() != MEETINGS {
            bail!(
                "{} meetings were planned instead of {MEETINGS}",
                meetings.len()
            );
        }
        let mut feeds = Vec::new();
        for _ in 0..FEEDS {
            let made = self
                .make("/feeds", &json!({ "scope": "series", "series_id": series }))
                .await?;
            let url = text(&made, "url")?;
            let path = url.find("/feeds/").map(|start| url[start..].to_owned());
            feeds.push(path.context("a feed's address has no /feeds/")?);
        }
        Ok(Cooperation {
            number,
            token: self.token.clone(),
            series,
            meetings,
            feeds,
        })
    }

    /// A municipality with a venue and its people.
    async fn city(&mut self, base: &str, name: &str, today: NaiveDate) -> Result<()> {
        let new = json!({ "name": name, "joined_on": today });
        let id = text(
            &self.make(&format!("{base}/municipalities"), &new).await?,
            "id",
        )?;
        let venue = json!({
            "name": format!("Rathaus {name}"), "room": "Raum 105", "street": "Rathausplatz 1",
            "postal_code": "33330", "locality": name, "latitude": 51.9063, "longitude": 8.3785,
            "directions": "Vom Bahnhof zehn Minuten zu Fuß; der Eingang ist am Platz.",
        });
        self.make(&format!("{base}/municipalities/{id}/venues"), &venue)
            .await?;
        for given_name in GIVEN_NAMES {
            let domain = name.to_lowercase().replace('ü', "ue").replace(' ', "-");
            let new = json!({
                "given_name": given_name, "family_name": "Amsel", "role": "delegate", "from": today,
                "address": format!("{}@{domain}.example", given_name.to_lowercase()),
                "municipality_id": id,
            });
            self.make(&format!("{base}/people"), &new).await?;
        }
        Ok(())
    }

    /// Posts until others no longer get in the way.
    pub async fn make(&mut self, path: &str, new: &Value) -> Result<Value> {
        let request = post(&format!("/api/v1{path}"), &self.token, new);
        loop {
            let answer = self.client.exchange(&request).await?;
            if answer.status == 503 {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            answer.expect(201).with_context(|| path.to_owned())?;
            return answer.json();
        }
    }
}

pub fn text(value: &Value, field: &str) -> Result<String> {
    value[field]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("{value} has no {field}"))
}

fn keys(list: &Value) -> Result<Vec<String>> {
    let items = list["items"].as_array().context("no list")?;
    items.iter().map(|item| text(item, "id")).collect()
}
