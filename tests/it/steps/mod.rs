//! The steps around a meeting: when each comes, to whom, and that it comes once.
mod changes;
mod moments;
mod settings;

use chrono::{DateTime, TimeDelta, Utc};
use reihum::jobs;
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, FiveCities, HERFORD, a_series, list, text};
use crate::invitations::{ANKE, CARLA, DAISY};
use crate::mailbox::{Mail, to};

pub const DIRK: &str = "dirk@bielefeld.example";
const FRANK: &str = "frank@herford.example";

/// Five cities whose first meeting was invited to and cancelled, so that the series is no draft any
/// more, and the next one: on Tuesday, 9 June 2026, in Gütersloh, nobody invited yet.
pub struct Ahead {
    pub five: FiveCities,
    pub meeting: String,
}

impl Ahead {
    pub async fn start() -> Self {
        Self::with(a_series()).await
    }

    pub async fn with(series: Value) -> Self {
        let now = "2026-03-02T09:00:00Z".parse().unwrap();
        let five = FiveCities::start_at(now, series).await;
        let (first, meeting) = (five.meeting(0).await, five.meeting(1).await);
        let it = Self { five, meeting };
        it.five.invite(&first).await;
        it.post(
            &format!("/meetings/{first}/cancel"),
            json!({ "reason": "Sturm" }),
        )
        .await;
        // Until everybody has heard.
        it.five.service.run().await;
        it.five.service.clock.advance(TimeDelta::minutes(10));
        it.five.service.run().await;
        it
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let sent = self.five.service.post(&self.five.coordinator, path, body);
        let answer = sent.await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        answer.json()
    }

    /// Changes the meeting.
    pub async fn patch(&self, body: Value) {
        let path = format!("/meetings/{}", self.meeting);
        let sent = self.five.service.patch(&self.five.coordinator, &path, body);
        sent.await.expect(200);
    }

    /// Changes the series.
    pub async fn set(&self, body: Value) {
        let path = format!("{}/series/{}", self.five.base, self.five.series);
        let sent = self.five.service.patch(&self.five.coordinator, &path, body);
        sent.await.expect(200);
    }

    pub async fn invite(&self) {
        self.five.invite(&self.meeting).await;
    }

    pub async fn answer(&self, city: usize, person: usize, answer: &str) {
        let person = &self.five.cities[city].people[person];
        let path = format!("/meetings/{}/answers/{}", self.meeting, person.id);
        let sent = self
            .five
            .service
            .put(&person.token, &path, json!({ "answer": answer }));
        let answer = sent.await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    /// The mails that go out at that moment, but for those to municipalities whose turns have moved.
    pub async fn at(&self, moment: &str) -> Vec<Mail> {
        self.five.service.clock.set(time(moment));
        let mut mails = self.five.service.mails().await;
        mails.retain(|mail| !mail.is_about_turns());
        mails
    }

    /// Whether the first mails go out at exactly that moment; returns them.
    pub async fn first_at(&self, moment: &str) -> Vec<Mail> {
        let before = time(moment) - TimeDelta::seconds(1);
        self.five.service.clock.set(before);
        let mut early = self.five.service.mails().await;
        early.retain(|mail| !mail.is_about_turns());
        let early = subjects(&early);
        assert_eq!(early, [] as [String; 0], "before {moment}");
        let mails = self.at(moment).await;
        assert_ne!(mails.len(), 0, "nothing at {moment}");
        mails
    }

    /// The plan of the steps: step, state with its reason, people.
    pub async fn plan(&self) -> Vec<(String, String, u64)> {
        let path = format!("/meetings/{}/steps", self.meeting);
        let steps = list(&self.five.get(&path).await);
        let step = |step: &Value| {
            let state = text(&step["state"]);
            let state = match step["reason"].as_str() {
                Some(reason) => format!("{state}: {reason}"),
                None => state,
            };
            (text(&step["step"]), state, step["people"].as_u64().unwrap())
        };
        steps.iter().map(step).collect()
    }

    /// The state of one step.
    pub async fn state(&self, step: &str) -> (String, u64) {
        let plan = self.plan().await;
        let found = plan.into_iter().find(|(name, ..)| name == step);
        let (_, state, people) = found.unwrap();
        (state, people)
    }
}

pub fn time(moment: &str) -> DateTime<Utc> {
    moment.parse().unwrap()
}

/// Each subject once.
pub fn subjects(mails: &[Mail]) -> Vec<String> {
    let mut subjects: Vec<_> = mails.iter().map(Mail::subject).collect();
    subjects.sort();
    subjects.dedup();
    subjects
}

pub fn recipients(mails: &[Mail]) -> Vec<String> {
    mails.iter().map(Mail::to).collect()
}

const HOSTS: [&str; 2] = [ANKE, "bodo@guetersloh.example"];

#[actix_web::test]
async fn each_step_comes_once_to_those_whom_it_concerns() {
    let it = Ahead::start().await;
    let service = &it.five.service;

    let mails = it.first_at("2026-04-28T09:00:00+02:00").await;
    assert_eq!(mails.len(), 11);
    assert_eq!(
        to(&mails, CARLA).subject(),
        "Termin vormerken: 2. Treffen „5 für OWL“ am 09.06.2026 in Gütersloh"
    );
    assert_eq!(
        to(&mails, DAISY).subject(),
        "Save the date: 2nd meeting of “5 für OWL” on 9 Jun 2026 in Gütersloh"
    );
    assert_eq!(to(&mails, CARLA).ics, [] as [&str; 0]);
    assert_eq!(service.run().await, 0, "once");

    let mails = it.first_at("2026-05-12T09:00:00+02:00").await;
    assert_eq!(mails.len(), 11);
    let carla = to(&mails, CARLA);
    assert_eq!(
        carla.subject(),
        "Themenabfrage: 2. Treffen „5 für OWL“ – Ihre Punkte bis 26.05.2026"
    );
    assert!(
        carla
            .text
            .contains("mailto:anke@guetersloh.example?subject=")
    );
    assert!(
        !to(&mails, ANKE).text.contains("mailto:"),
        "it is she who is asked"
    );
    let topic = json!({ "title": "Cloud", "kind": "discussion", "minutes": 20 });
    let path = format!("/meetings/{}/agenda/items", it.meeting);
    let token = &it.five.cities[BIELEFELD].people[0].token;
    service.post(token, &path, topic).await.expect(201);

    // The list is closed at the end of Tuesday.
    let mails = it.first_at("2026-05-27T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), HOSTS);
    assert!(mails[0].text.contains("„Cloud“"), "{}", mails[0].text);

    // Eleven days before is Friday, 29 May; the coordinator has no address of a person.
    let mails = it.first_at("2026-05-29T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), HOSTS);
    assert_eq!(
        mails[0].subject(),
        "Einladung fällig: 2. Treffen „5 für OWL“ am 09.06.2026 in Gütersloh"
    );
    it.invite().await;
    assert_eq!(it.at("2026-05-29T10:00:00+02:00").await.len(), 11);
    it.answer(BIELEFELD, 0, "accepted").await;
    it.answer(BIELEFELD, 1, "declined").await;
    it.answer(HERFORD, 1, "tentative").await;

    // Three days before is a Saturday.
    let mails = it.first_at("2026-06-05T09:00:00+02:00").await;
    assert_eq!(mails.len(), 8);
    let daisy = to(&mails, DAISY);
    assert_eq!(
        daisy.subject(),
        "Reminder: your answer for the meeting on 9 Jun 2026 is missing"
    );
    assert!(daisy.text.contains("https://reihum.example/answers/"));
    assert!(
        daisy.header("references").is_some(),
        "it follows the invitation"
    );

    let mails = it.first_at("2026-06-08T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), [CARLA, FRANK]);
    let carla = to(&mails, CARLA);
    assert_eq!(
        carla.subject(),
        "Erinnerung: Treffen am 09.06.2026 in Gütersloh"
    );
    for part in ["Berliner Straße 70", "Vom Bahnhof zehn Minuten", "TOP 1"] {
        assert!(carla.text.contains(part), "{part}: {}", carla.text);
    }

    // Ten days after is 19 June, fourteen days after 23 June.
    let mails = it.first_at("2026-06-19T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), HOSTS);
    let mails = it.first_at("2026-06-23T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), HOSTS);
    let (open, closed) = ("schließen Sie das Treffen ab", "ist abgeschlossen");
    assert!(mails[0].text.replace('\n', " ").contains(open));
    assert!(!mails[0].text.contains(closed));

    let plan: Vec<_> = it.plan().await;
    let told = plan
        .iter()
        .map(|(_, state, people)| (state.as_str(), *people));
    let told: Vec<_> = told.collect();
    let done = [11, 11, 2, 11, 8, 2, 2, 2].map(|people| ("done", people));
    assert_eq!(told, done);
    assert_eq!(service.run().await, 0);
}

#[actix_web::test]
async fn nothing_goes_out_before_somebody_invites_for_the_first_time() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(1).await;
    let it = Ahead { five, meeting };
    // A meeting of the past, entered as held, is no invitation.
    let path = format!("/series/{}/meetings", it.five.series);
    let past = it.post(&path, json!({ "date": "2026-02-10" })).await;
    let close = format!("/meetings/{}/close", text(&past["id"]));
    it.post(&close, json!({ "outcomes": [] })).await;
    it.set(json!({ "invite_automatically": true })).await;
    for moment in [
        "2026-03-03T09:00:00+01:00",
        "2026-03-17T09:00:00+01:00",
        "2026-04-02T09:00:00+02:00",
        "2026-04-28T09:00:00+02:00",
    ] {
        assert_eq!(it.at(moment).await.len(), 0, "{moment}");
    }
    let draft = ("skipped: draft".to_owned(), 0);
    assert_eq!(it.state("save_the_date").await, draft);
    assert_eq!(it.state("call_for_topics").await, draft);
    it.five.invite(&it.five.meeting(3).await).await;
    let mails = it.at("2026-04-28T09:01:00+02:00").await;
    assert_eq!(
        mails.len(),
        22,
        "the invitation and the step that is due today"
    );
    assert!(
        mails
            .iter()
            .any(|mail| mail.subject().starts_with("Termin vormerken"))
    );
}

#[actix_web::test]
async fn two_instances_say_it_once() {
    let it = Ahead::start().await;
    let service = &it.five.service;
    service.clock.set(time("2026-04-28T09:00:00+02:00"));
    let (one, other) = (service.folder(), service.folder());
    let (one, other) = tokio::join!(
        jobs::run_once(&service.app, &one),
        jobs::run_once(&service.app, &other)
    );
    let sent = one.unwrap() + other.unwrap() + service.run().await;
    assert_eq!(sent, 11);
    let mails = service.all_mails();
    let saved = mails
        .iter()
        .filter(|mail| mail.subject().contains("09.06.2026"));
    assert_eq!(saved.filter(|mail| mail.to() == CARLA).count(), 1);
    assert_eq!(it.state("save_the_date").await, ("done".to_owned(), 11));
}

#[actix_web::test]
async fn who_cannot_be_reached_is_left_out_until_the_address_is_corrected() {
    let it = Ahead::start().await;
    let service = &it.five.service;
    let person = &it.five.cities[BIELEFELD].people[0].id;
    let id: reihum::db::Id<reihum::people::Person> = person.parse().unwrap();
    let marked = service.app.write(move |tx| {
        use diesel::prelude::*;
        use reihum::db::schema::people;
        let now = tx.now;
        diesel::update(people::table.find(id))
            .set(people::undeliverable_since.eq(now))
            .execute(&mut **tx)?;
        Ok(())
    });
    marked.await.unwrap();
    let mails = it.at("2026-04-28T09:00:00+02:00").await;
    assert_eq!(mails.len(), 10);
    assert!(!recipients(&mails).contains(&CARLA.to_owned()));
    let path = format!("{}/people/{person}", it.five.base);
    let other = json!({ "address": "carla.c@bielefeld.example" });
    let sent = service.patch(&it.five.coordinator, &path, other);
    sent.await.expect(200);
    let mails = it.at("2026-04-28T11:00:00+02:00").await;
    assert_eq!(recipients(&mails), ["carla.c@bielefeld.example"]);
    assert_eq!(service.run().await, 0);
}

#[actix_web::test]
async fn the_hosts_hear_of_a_closed_meeting_only_if_nobody_was_recorded() {
    for recorded in [false, true] {
        let it = Ahead::start().await;
        it.set(json!({ "minutes_due_days": null })).await;
        it.five.service.clock.set(time("2026-05-29T08:00:00+02:00"));
        it.invite().await;
        it.five.service.clock.set(time("2026-06-09T13:00:00+02:00"));
        it.five.service.run().await;
        if recorded {
            let person = &it.five.cities[BIELEFELD].people[0].id;
            let path = format!("/meetings/{}/attendance/{person}", it.meeting);
            let there = json!({ "presence": "on_site" });
            let sent = it.five.service.put(&it.five.coordinator, &path, there);
            assert!(sent.await.status.is_success());
        }
        let close = format!("/meetings/{}/close", it.meeting);
        it.post(&close, json!({ "outcomes": [] })).await;
        let mails = it.at("2026-06-23T09:00:00+02:00").await;
        let about = |mail: &&Mail| mail.subject().starts_with("Anwesenheit und Abschluss");
        let found: Vec<_> = mails.iter().filter(about).collect();
        let state = it.state("attendance_due").await;
        if recorded {
            assert_eq!(found.len(), 0);
            assert_eq!(state, ("skipped: nobody".to_owned(), 0));
        } else {
            assert_eq!(found.len(), 2);
            assert!(found[0].text.contains("ist abgeschlossen"));
            assert_eq!(state, ("done".to_owned(), 2));
        }
    }
}
