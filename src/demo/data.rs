//! Creates the example data through the API: two meetings held, the third invited, the others
//! planned.
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde_json::{Value, json};

use super::cities::CITIES;
use super::{DemoAccess, caller, jobs};
use crate::auth::SystemActor;
use crate::clock::TestClock;
use crate::db::DbConn;
use crate::invitations::AnswerLink;
use crate::notifications::links;
use crate::{App, invitations, series};
use mail::MailTransport;

pub(super) struct ExampleData {
    pub app: App,
    pub clock: Arc<TestClock>,
    pub transport: MailTransport,
    pub now: DateTime<Utc>,
}

/// The second Tuesday of the month that `day` is in.
fn second_tuesday(day: NaiveDate) -> NaiveDate {
    NaiveDate::from_weekday_of_month_opt(day.year(), day.month(), Weekday::Tue, 2).unwrap_or(day)
}

impl ExampleData {
    async fn post(&self, token: &str, path: &str, body: Value) -> Result<Value> {
        caller::call(&self.app, token, "POST", path, body).await
    }

    async fn put(&self, token: &str, path: &str, body: Value) -> Result<Value> {
        caller::call(&self.app, token, "PUT", path, body).await
    }

    async fn get(&self, token: &str, path: &str) -> Result<Value> {
        caller::call(&self.app, token, "GET", path, Value::Null).await
    }

    fn set_clock(&self, day: NaiveDate, hour: u32) {
        let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        self.clock.set(day.and_time(time).and_utc());
    }

    pub(super) async fn create(&self, operator: &str) -> Result<DemoAccess> {
        let today = self.now.date_naive();
        // The second meeting is on the latest second Tuesday in the past.
        let latest = [today, today - Months::new(1)]
            .into_iter()
            .map(second_tuesday)
            .find(|tuesday| *tuesday < today)
            .context("every month has a second Tuesday")?;
        let first = latest.with_day(1).unwrap_or(latest) - Months::new(2);
        self.set_clock(first - Days::new(60), 8);

        let made = self
            .post(operator, "/cooperations", json!({ "name": "5 für OWL" }))
            .await?;
        let slug = text(&made["slug"])?;
        let base = format!("/cooperations/{slug}");
        let tokens = format!("{base}/tokens");
        let coordinator = self
            .post(
                operator,
                &tokens,
                json!({ "role": "coordinator", "label": "Demo" }),
            )
            .await?;
        let coordinator = text(&coordinator["token"])?;
        let people = self
            .cities(&coordinator, &base, first - Days::new(60))
            .await?;
        let series = self
            .post(
                &coordinator,
                &format!("{base}/series"),
                json!({
                    "title": "Treffen der Digitalisierungsbeauftragten",
                    "rule": "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU",
                    "starts_on": first,
                    "start_time": "10:00",
                    "time_zone": "Europe/Berlin",
                    "duration_minutes": 150,
                    "horizon_months": 18,
                }),
            )
            .await?;
        let series = text(&series["id"])?;
        let invited = self.meetings(&coordinator, &base, &series, &people).await?;
        self.clock.set(self.now);
        self.post(&coordinator, &format!("/series/{series}/plan"), json!({}))
            .await?;

        let delegate = json!({ "role": "delegate", "label": "Demo", "person_id": people[2] });
        let delegate = self.post(&coordinator, &tokens, delegate).await?;
        let reader = json!({ "role": "reader", "label": "Demo" });
        let reader = self.post(&coordinator, &tokens, reader).await?;
        let feed = json!({ "scope": "series", "series_id": series, "label": "Demo" });
        let feed = self.post(&coordinator, "/feeds", feed).await?;
        Ok(DemoAccess {
            cooperation: slug,
            series,
            tokens: BTreeMap::from([
                ("operator".to_owned(), operator.to_owned()),
                ("coordinator".to_owned(), coordinator),
                ("delegate".to_owned(), text(&delegate["token"])?),
                ("reader".to_owned(), text(&reader["token"])?),
            ]),
            feed: text(&feed["url"])?,
            page: self.page(&invited, &people[2]).await?,
        })
    }

    /// The page of a person about a meeting that they are invited to.
    async fn page(&self, meeting: &Value, person: &str) -> Result<String> {
        let (id, series) = (
            text(&meeting["id"])?.parse()?,
            text(&meeting["series_id"])?.parse()?,
        );
        let person = person.parse()?;
        let read = move |conn: &mut DbConn| {
            let who = SystemActor::within(series::store::cooperation_of(conn, series)?);
            invitations::store::of_person_to(conn, &who, id, person)
        };
        let invitation = self.app.db.read(read).await?;
        Ok(links::page::<AnswerLink>(&self.app.settings, invitation.id))
    }

    /// Creates the cities and returns the ids of their people.
    async fn cities(&self, token: &str, base: &str, joined: NaiveDate) -> Result<Vec<String>> {
        let mut people = Vec::new();
        for city in &CITIES {
            let new = json!({ "name": city.name, "ags": city.ags, "joined_on": joined });
            let made = self
                .post(token, &format!("{base}/municipalities"), new)
                .await?;
            let id = text(&made["id"])?;
            let (latitude, longitude) = city.coordinates;
            let venue = json!({
                "name": city.hall, "room": city.room, "street": city.street,
                "postal_code": city.postal_code, "locality": city.name,
                "directions": city.directions, "latitude": latitude, "longitude": longitude,
            });
            self.post(token, &format!("{base}/municipalities/{id}/venues"), venue)
                .await?;
            for (given_name, family_name, function) in city.people {
                let domain = crate::cooperations::slug_of(city.name);
                let local = crate::cooperations::slug_of(&format!("{given_name} {family_name}"));
                let person = json!({
                    "given_name": given_name, "family_name": family_name, "function": function,
                    "address": format!("{}@{domain}.example", local.replace('-', ".")),
                    "language": if *family_name == "Hollow" { "en" } else { "de" },
                    "role": "delegate", "municipality_id": id, "from": joined,
                });
                let made = self.post(token, &format!("{base}/people"), person).await?;
                people.push(text(&made["id"])?);
            }
        }
        Ok(people)
    }

    /// Holds two meetings and invites to the third one, which is returned.
    async fn meetings(
        &self,
        token: &str,
        base: &str,
        series: &str,
        people: &[String],
    ) -> Result<Value> {
        let listed = self
            .get(token, &format!("/series/{series}/meetings?limit=3"))
            .await?;
        let meetings = listed["items"].as_array().cloned().unwrap_or_default();
        let topics = [
            [
                (
                    "Online-Terminvergabe: Erfahrungen aus Gütersloh",
                    "information",
                    30,
                ),
                ("KI-Leitlinie: gemeinsamer Entwurf", "discussion", 40),
            ],
            [
                (
                    "Digitale Poststelle: Wer übernimmt das Scan-Konzept?",
                    "decision",
                    30,
                ),
                ("LoRaWAN-Sensorik im Winterdienst", "information", 20),
            ],
            [
                ("Mängelmelder: Übertragung nach Detmold", "decision", 30),
                (
                    "Muster-Dienstvereinbarung mobiles Arbeiten",
                    "discussion",
                    25,
                ),
            ],
        ];
        for (number, (meeting, topics)) in meetings.iter().zip(topics).enumerate() {
            let id = text(&meeting["id"])?;
            let day: NaiveDate = text(&meeting["date"])?.parse()?;
            let held = number < 2;
            let invited_on = day - Days::new(11);
            if held || invited_on < self.now.date_naive() {
                self.set_clock(invited_on - Days::new(10), 8);
            } else {
                self.clock.set(self.now - TimeDelta::hours(2));
            }
            for (title, kind, minutes) in topics {
                // Readers and guests see these as well, but not a draft that is still discussed.
                let public = kind != "discussion";
                let topic =
                    json!({ "title": title, "kind": kind, "minutes": minutes, "public": public });
                let path = format!("/meetings/{id}/agenda/items");
                let item = text(&self.post(token, &path, topic).await?["id"])?;
                self.post(token, &format!("/agenda-items/{item}/accept"), json!({}))
                    .await?;
            }
            if held {
                self.set_clock(invited_on, 8);
            }
            self.post(token, &format!("/meetings/{id}/invite"), json!({}))
                .await?;
            jobs::run_once(&self.app, &self.transport).await?;
            for (place, person) in people.iter().enumerate().take(if held { 11 } else { 6 }) {
                let answer =
                    ["accepted", "accepted", "tentative", "accepted", "declined"][place % 5];
                let path = format!("/meetings/{id}/answers/{person}");
                self.put(token, &path, json!({ "answer": answer })).await?;
            }
            if held {
                self.close(token, &id, day, people).await?;
            }
        }
        let backlog = json!({
            "title": "Gemeinsame Ausschreibung Dokumentenscanner", "kind": "discussion", "minutes": 30,
        });
        self.post(token, &format!("{base}/series/{series}/topics"), backlog)
            .await?;
        meetings
            .into_iter()
            .next_back()
            .context("no meeting was planned")
    }

    async fn close(&self, token: &str, id: &str, day: NaiveDate, people: &[String]) -> Result<()> {
        self.set_clock(day, 12);
        for (place, person) in people.iter().enumerate() {
            let presence = ["on_site", "on_site", "remote", "on_site", "excused"][place % 5];
            let path = format!("/meetings/{id}/attendance/{person}");
            self.put(token, &path, json!({ "presence": presence }))
                .await?;
        }
        self.set_clock(day, 14);
        let agenda = self.get(token, &format!("/meetings/{id}/agenda")).await?;
        let entries = agenda["entries"].as_array().cloned().unwrap_or_default();
        let items: Vec<Value> = entries
            .into_iter()
            .map(|entry| entry["item"].clone())
            .collect();
        let outcomes: Vec<Value> = items
            .iter()
            .filter(|item| !item.is_null())
            .enumerate()
            .map(|(place, item)| match (place, item["kind"].as_str()) {
                (1, _) => json!({ "item_id": item["id"], "state": "unfinished" }),
                (_, Some("decision")) => json!({
                    "item_id": item["id"], "state": "decided", "result": "Im Einvernehmen beschlossen.",
                }),
                _ => json!({ "item_id": item["id"], "state": "discussed", "result": "Kenntnis genommen." }),
            })
            .collect();
        self.post(
            token,
            &format!("/meetings/{id}/close"),
            json!({ "outcomes": outcomes }),
        )
        .await?;
        Ok(())
    }
}

fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("expected a text, got {value}"))
}
