//! Date polls from outside: who is asked, how it ends, and what becomes of the date.
mod changes;
mod day_scores;
mod holds;
mod pages;
mod proposals;
mod reminders;
mod result;
mod times;
mod votes;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, DETMOLD, FiveCities, GUETERSLOH, HERFORD, list, text};
use crate::harness::Answer;
use crate::invitations::{ANKE, CARLA, Convened, DAISY};
use crate::mailbox::{Mail, to};

/// Three candidates in March 2026, to be voted on until Friday, 13 March, 18:00.
pub fn a_poll() -> Value {
    json!({
        "title": "Sondertreffen", "duration_minutes": 120, "deadline_date": "2026-03-13",
        "candidates": [
            { "date": "2026-03-24" }, { "date": "2026-03-25", "start_time": "14:00" },
            { "date": "2026-03-26", "start_time": "09:30" },
        ],
    })
}

/// Five cities that are asked for a date.
pub struct Polled {
    pub five: FiveCities,
    pub id: String,
    /// Of the candidates in the order of time.
    pub candidates: Vec<String>,
    pub mails: Vec<Mail>,
}

impl Polled {
    pub async fn start(change: Value) -> Self {
        Self::at(FiveCities::start().await, change).await
    }

    pub async fn at(five: FiveCities, change: Value) -> Self {
        let mut new = a_poll();
        for (field, value) in change.as_object().unwrap() {
            new[field] = value.clone();
        }
        let made = open(&five, new).await.expect(201);
        let candidates = made["candidates"].as_array().unwrap();
        let candidates = candidates.iter().map(|one| text(&one["id"])).collect();
        let mails = five.service.mails().await;
        let id = text(&made["id"]);
        Self {
            five,
            id,
            candidates,
            mails,
        }
    }

    pub async fn seen_by(&self, token: &str) -> Value {
        let path = format!("/polls/{}", self.id);
        self.five.service.get(token, &path).await.expect(200)
    }

    pub async fn seen(&self) -> Value {
        self.seen_by(&self.five.coordinator).await
    }

    pub async fn post(&self, what: &str, body: Value) -> Answer {
        let path = format!("/polls/{}/{what}", self.id);
        let token = &self.five.coordinator;
        self.five.service.post(token, &path, body).await
    }

    /// A vote on each candidate: `y`es, `m`aybe or `n`o.
    pub fn ballot(&self, votes: &str) -> Value {
        let votes = self.candidates.iter().zip(votes.chars()).map(|(id, vote)| {
            let vote = match vote {
                'y' => "yes",
                'm' => "if_need_be",
                _ => "no",
            };
            json!({ "candidate_id": id, "vote": vote })
        });
        json!({ "votes": votes.collect::<Vec<_>>() })
    }

    pub async fn vote(&self, city: usize, person: usize, votes: &str) {
        let sent = self.try_to_vote(city, person, self.ballot(votes)).await;
        sent.expect(200);
    }

    pub async fn try_to_vote(&self, city: usize, person: usize, ballot: Value) -> Answer {
        let person = &self.five.cities[city].people[person];
        let path = format!("/polls/{}/votes/{}", self.id, person.id);
        self.five.service.put(&person.token, &path, ballot).await
    }

    /// Lets the deadline pass; returns the mails that go out.
    pub async fn after_the_deadline(&self) -> Vec<Mail> {
        let deadline: DateTime<Utc> = text(&self.seen().await["deadline"]).parse().unwrap();
        self.five.service.clock.set(deadline);
        let mails = self.five.service.mails().await;
        assert_eq!(self.five.service.run().await, 0, "nothing is told twice");
        mails
    }
}

pub async fn open(five: &FiveCities, new: Value) -> Answer {
    let path = format!("/series/{}/polls", five.series);
    five.service.post(&five.coordinator, &path, new).await
}

/// Adds somebody who coordinates, and so is told what there is to decide.
pub async fn a_coordinator(five: &FiveCities) -> String {
    let new = json!({
        "given_name": "Kim", "family_name": "Klee", "address": "kim@owl.example",
        "role": "coordinator", "from": "2026-01-01",
    });
    five.make("/people", new).await
}

pub const KIM: &str = "kim@owl.example";

#[actix_web::test]
async fn everybody_is_asked_once_in_their_language() {
    let it = Polled::start(json!({})).await;
    assert_eq!(it.mails.len(), 11);
    let carla = to(&it.mails, CARLA);
    assert_eq!(
        carla.subject(),
        "Terminabfrage: Sondertreffen („5 für OWL“) – Ihre Antwort bis 13.03.2026"
    );
    for words in [
        "Dienstag, 24. März 2026, 10:00 bis 12:00 Uhr",
        "Mittwoch, 25. März 2026, 14:00 bis 16:00 Uhr",
        "Freitag, 13. März 2026, 18:00 Uhr",
        "https://reihum.example/polls/",
    ] {
        let one_line = carla.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(one_line.contains(words), "{words}: {}", carla.text);
    }
    assert!(carla.ics.is_empty(), "without holds there is no entry");
    let daisy = to(&it.mails, DAISY);
    assert!(daisy.subject().starts_with("Date poll: Sondertreffen"));
    assert_ne!(pages::token(carla), pages::token(daisy));
    assert_eq!(it.five.service.run().await, 0);
    let seen = it.seen().await;
    assert_eq!(seen["state"], "open");
    assert_eq!((&seen["asked"], &seen["voted"]), (&json!(11), &json!(0)));
    assert_eq!(seen["deadline"], "2026-03-13T18:00:00+01:00");
    assert_eq!(
        seen["candidates"][1]["starts_at"],
        "2026-03-25T14:00:00+01:00"
    );
}

#[actix_web::test]
async fn bad_input_names_every_field_and_asks_nobody() {
    let five = FiveCities::start().await;
    let cases = [
        (
            json!({ "title": "", "duration_minutes": 2 }),
            vec![
                "duration_minutes: range",
                "title: length",
                "title: one_line",
            ],
        ),
        (
            json!({ "deadline_date": "2026-03-02", "deadline_time": "10:00" }),
            vec!["deadline_date: past"],
        ),
        (
            json!({ "deadline_date": "2027-06-01" }),
            vec![
                "deadline_date: too_far",
                "candidates[0].date: before_deadline",
                "candidates[1].date: before_deadline",
                "candidates[2].date: before_deadline",
            ],
        ),
        (
            json!({ "candidates": [{ "date": "2026-03-24" }] }),
            vec!["candidates: count"],
        ),
        (json!({ "candidates": [] }), vec!["candidates: count"]),
        (
            json!({ "candidates": [
            { "date": "2026-03-01" }, { "date": "2026-03-12" }, { "date": "2026-03-24" },
            { "date": "2026-03-24", "start_time": "10:00" }, { "date": "2030-01-08" },
        ] }),
            vec![
                "candidates[0].date: past",
                "candidates[1].date: before_deadline",
                "candidates[3]: duplicate",
                "candidates[4].date: too_far",
            ],
        ),
        (
            json!({ "guest_ids": [five.series] }),
            vec!["guest_ids[0]: exists"],
        ),
        (
            json!({ "propose": { "from": "2026-03-02", "to": "2026-03-01", "weekdays": "TU,XX" } }),
            vec!["propose.weekdays: weekdays"],
        ),
        (
            json!({ "propose": { "from": "2026-03-02", "to": "2026-03-01" } }),
            vec!["propose.from: past", "propose.to: order"],
        ),
        (
            json!({ "candidates": [], "propose": { "from": "2026-04-03", "to": "2026-04-06", "weekdays": "MO,FR" } }),
            vec!["propose: count"],
        ),
        (json!({ "visibility": "secret" }), vec!["visibility: type"]),
        (json!({ "voters": 3 }), vec!["voters: unknown_field"]),
    ];
    for (change, rules) in cases {
        let mut new = a_poll();
        for (field, value) in change.as_object().unwrap() {
            new[field] = value.clone();
        }
        let answer = open(&five, new).await;
        assert_eq!(answer.status.as_u16(), 422, "{change}: {}", answer.text());
        assert_eq!(answer.rules(), rules, "{change}");
    }
    let many: Vec<Value> = (1..=21)
        .map(|day| json!({ "date": format!("2026-05-{day:02}") }))
        .collect();
    let mut new = a_poll();
    new["candidates"] = json!(many);
    assert_eq!(
        open(&five, new.clone()).await.rules(),
        ["candidates: length"]
    );
    new["candidates"] = json!(many[..7]);
    new["holds"] = json!(true);
    assert_eq!(open(&five, new).await.rules(), ["holds: too_many"]);
    assert_eq!(five.service.run().await, 0, "nobody was asked");
    let all = five.get(&format!("/series/{}/polls", five.series)).await;
    assert_eq!(list(&all).len(), 0);
}

#[actix_web::test]
async fn the_rule_decides_at_the_deadline_and_the_winner_becomes_the_meeting() {
    let convened = Convened::start().await;
    let change = json!({ "decide": "automatically" });
    let it = Polled::at(convened.five, change).await;
    let before = it.five.meetings().await.len();
    // Only at the second enough municipalities can be represented.
    it.vote(GUETERSLOH, 0, "yyn").await;
    it.vote(GUETERSLOH, 1, "yyn").await;
    it.vote(BIELEFELD, 0, "ymn").await;
    it.vote(BIELEFELD, 1, "ynn").await;
    it.vote(HERFORD, 0, "nmy").await;
    let mails = it.after_the_deadline().await;
    assert_eq!(mails.len(), 11, "everybody who was asked is told once");
    let anke = to(&mails, ANKE);
    assert_eq!(
        anke.subject(),
        "Termin steht fest: Sondertreffen am 25.03.2026 („5 für OWL“)"
    );
    let one_line = anke.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "Bisher wären 3 von 5 Kommunen vertreten, nötig sind 3.",
        "Bei keinem anderen Vorschlag können genügend Kommunen vertreten sein.",
        "Mittwoch, 25. März 2026, 14:00 bis 16:00 Uhr",
    ] {
        assert!(one_line.contains(words), "{words}: {one_line}");
    }
    let seen = it.seen().await;
    assert_eq!(seen["state"], "decided");
    assert_eq!(seen["winner_id"], json!(it.candidates[1]));
    assert_eq!(seen["candidates"][1]["rank"], 1);
    let meetings = it.five.meetings().await;
    assert_eq!(meetings.len(), before + 1);
    let made = meetings.iter().find(|one| one["id"] == seen["meeting_id"]);
    let made = made.expect("a meeting of the series");
    assert_eq!(made["title"], "Sondertreffen");
    assert_eq!(made["starts_at"], "2026-03-25T14:00:00+01:00");
    assert_eq!(
        (&made["duration_minutes"], &made["status"]),
        (&json!(120), &json!("planned"))
    );
    // Gütersloh's turn of 14 April is settled; this one is the next.
    assert_eq!(made["host"]["name"], "Bielefeld");
    assert!(one_line.contains("Bielefeld"), "{one_line}");
    // The save-the-date of the new meeting was this mail; a week later nothing comes again.
    it.five.service.clock.advance(TimeDelta::days(3));
    let later = it.five.service.mails().await;
    let about = |mail: &&Mail| mail.subject().contains("vormerken");
    assert_eq!(later.iter().filter(about).count(), 0);
}

#[actix_web::test]
async fn without_enough_municipalities_the_coordinators_decide() {
    let five = FiveCities::start().await;
    a_coordinator(&five).await;
    let it = Polled::at(five, json!({ "decide": "automatically" })).await;
    assert_eq!(it.mails.len(), 12);
    it.vote(GUETERSLOH, 0, "yny").await;
    it.vote(DETMOLD, 0, "nny").await;
    let mails = it.after_the_deadline().await;
    assert_eq!(mails.len(), 1, "only the coordinator hears of it");
    let kim = to(&mails, KIM);
    assert_eq!(
        kim.subject(),
        "Terminabfrage beendet: Sondertreffen („5 für OWL“)"
    );
    assert!(kim.text.contains("Bei keinem Vorschlag"), "{}", kim.text);
    let seen = it.seen().await;
    assert_eq!(seen["state"], "closed");
    assert_eq!(seen["winner_id"], Value::Null);
    assert_eq!(seen["candidates"][2]["tally"]["municipalities"], 2);
    let none = it.post("decide", json!({})).await;
    assert_eq!(
        (none.status.as_u16(), none.rules()),
        (409, vec!["no_winner".to_owned()])
    );
    let unknown = it.post("decide", json!({ "candidate_id": it.id })).await;
    assert_eq!(unknown.rules(), ["candidate_id: exists"]);
    let chosen = json!({ "candidate_id": it.candidates[0] });
    let decided = it.post("decide", chosen.clone()).await.expect(200);
    assert_eq!(decided["state"], "decided");
    let outcome = text(&decided["outcome"]);
    assert!(
        outcome.contains("Die Koordination hat diesen Termin ausgewählt."),
        "{outcome}"
    );
    assert_eq!(it.five.service.mails().await.len(), 12);
    // A second click changes nothing, another choice is too late.
    let again = it.post("decide", chosen).await.expect(200);
    assert_eq!(again["revision"], decided["revision"]);
    it.post("close", json!({})).await.expect(200);
    let other = json!({ "candidate_id": it.candidates[1] });
    assert_eq!(it.post("decide", other).await.rules(), ["state"]);
    assert_eq!(
        it.post("cancel", json!({ "reason": "doch nicht" }))
            .await
            .rules(),
        ["state"]
    );
    assert_eq!(it.five.service.run().await, 0);
}

#[actix_web::test]
async fn a_poll_is_closed_and_decided_by_hand() {
    let five = FiveCities::start().await;
    a_coordinator(&five).await;
    let it = Polled::at(five, json!({})).await;
    for city in 0..5 {
        it.vote(city, 0, "myn").await;
    }
    let closed = it.post("close", json!({})).await.expect(200);
    assert_eq!(closed["state"], "closed");
    let late = it.try_to_vote(0, 0, it.ballot("yyy")).await;
    assert_eq!(
        (late.status.as_u16(), late.rules()),
        (409, vec!["closed".to_owned()])
    );
    let mails = it.five.service.mails().await;
    let kim = to(&mails, KIM);
    let one_line = kim.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let ahead = "Nach der Auswertung liegt vorn: Mittwoch, 25. März 2026";
    assert!(one_line.contains(ahead), "{one_line}");
    let stale = it.five.service.send(
        actix_web::test::TestRequest::post()
            .uri(&format!("/api/v1/polls/{}/decide", it.id))
            .insert_header(crate::harness::bearer(&it.five.coordinator))
            .insert_header(("if-match", "\"1\""))
            .set_json(json!({})),
    );
    assert_eq!(stale.await.status.as_u16(), 412);
    let decided = it.post("decide", json!({})).await.expect(200);
    assert_eq!(decided["winner_id"], json!(it.candidates[1]));
    assert_eq!(it.five.service.mails().await.len(), 12);
}

#[actix_web::test]
async fn a_poll_that_is_called_off_tells_everybody_once() {
    let it = Polled::start(json!({})).await;
    let reason = json!({ "reason": "Das Thema hat sich erledigt." });
    let cancelled = it.post("cancel", reason.clone()).await.expect(200);
    assert_eq!(cancelled["state"], "cancelled");
    it.post("cancel", reason).await.expect(200);
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    let carla = to(&mails, CARLA);
    assert!(carla.subject().starts_with("Terminabfrage zurückgezogen"));
    assert!(carla.text.contains("Das Thema hat sich erledigt."));
    assert_eq!(it.post("close", json!({})).await.rules(), ["state"]);
    assert_eq!(it.post("decide", json!({})).await.rules(), ["state"]);
    assert_eq!(it.after_the_deadline().await.len(), 0);
}

#[actix_web::test]
async fn who_has_not_voted_is_reminded_once_in_office_hours() {
    let it = Polled::start(json!({})).await;
    it.vote(BIELEFELD, 0, "yyy").await;
    let herford = &it.five.cities[HERFORD].id;
    let newcomer = json!({
        "given_name": "Nele", "family_name": "Nelke", "address": "nele@herford.example",
        "role": "delegate", "municipality_id": herford, "from": "2026-03-05",
    });
    it.five.make("/people", newcomer).await;
    // Two days before the deadline is in the evening; offices open at nine.
    let at = |text: &str| it.five.service.clock.set(text.parse().unwrap());
    at("2026-03-12T07:59:00Z");
    assert_eq!(it.five.service.run().await, 0);
    at("2026-03-12T08:00:00Z");
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    assert!(mails.iter().all(|mail| mail.to() != CARLA));
    let nele = to(&mails, "nele@herford.example");
    assert!(
        nele.subject().starts_with("Terminabfrage:"),
        "who is new is asked now"
    );
    assert_eq!(it.seen().await["asked"], 12);
    let anke = to(&mails, ANKE);
    assert_eq!(
        anke.subject(),
        "Erinnerung: Terminabfrage „Sondertreffen“ („5 für OWL“) – Antwort bis 13.03.2026"
    );
    assert_eq!(pages::token(anke), pages::token(to(&it.mails, ANKE)));
    assert_eq!(it.five.service.run().await, 0);
}
