//! What a coordinator changes of a poll while people vote.
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::{Polled, a_coordinator};
use crate::builders::{BIELEFELD, GUETERSLOH, HERFORD, text};
use crate::harness::{Answer, bearer};
use crate::invitations::{ANKE, CARLA, DAISY};
use crate::mailbox::{Mail, to};
use crate::steps::{recipients, time};

impl Polled {
    async fn patch(&self, body: Value) -> Answer {
        let path = format!("/polls/{}", self.id);
        let token = &self.five.coordinator;
        self.five.service.patch(token, &path, body).await
    }

    async fn add(&self, candidates: Value) -> Answer {
        self.post("candidates", json!({ "candidates": candidates }))
            .await
    }

    async fn withdraw(&self, candidate: &str) -> Answer {
        let path = format!("/polls/{}/candidates/{candidate}", self.id);
        let token = &self.five.coordinator;
        self.five.service.delete(token, &path).await
    }

    async fn mails_at(&self, moment: &str) -> Vec<Mail> {
        self.five.service.clock.set(time(moment));
        self.five.service.mails().await
    }

    /// The candidates as they are now.
    async fn look_again(&mut self) -> Vec<String> {
        let seen = self.seen().await;
        let candidates = seen["candidates"].as_array().unwrap();
        self.candidates = candidates.iter().map(|one| text(&one["id"])).collect();
        let starts = candidates.iter().map(|one| text(&one["starts_at"]));
        starts.collect()
    }
}

#[actix_web::test]
async fn more_time_is_told_to_who_has_not_voted_and_the_reminder_comes_again() {
    let it = Polled::start(json!({})).await;
    it.vote(BIELEFELD, 0, "yyn").await;
    let reminded = it.mails_at("2026-03-11T18:00:00+01:00").await;
    assert_eq!(reminded.len(), 0, "offices are closed");
    let reminded = it.mails_at("2026-03-12T09:00:00+01:00").await;
    assert_eq!(reminded.len(), 10, "all but Carla");
    let changed = it
        .patch(json!({ "deadline_date": "2026-03-20" }))
        .await
        .expect(200);
    assert_eq!(changed["deadline"], "2026-03-20T18:00:00+01:00");
    assert_eq!(changed["revision"], 3);
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 10);
    assert!(!recipients(&mails).contains(&CARLA.to_owned()));
    let anke = to(&mails, ANKE);
    assert_eq!(
        anke.subject(),
        "Neue Frist: Terminabfrage „Sondertreffen“ („5 für OWL“) – Ihre Antwort bis 20.03.2026"
    );
    assert!(anke.text.contains("/polls/"));
    assert!(
        to(&mails, DAISY)
            .subject()
            .starts_with("New deadline: date poll")
    );
    // The same again is no change, and nothing to tell.
    let same = it
        .patch(json!({ "deadline_time": "18:00" }))
        .await
        .expect(200);
    assert_eq!(same["revision"], 3);
    // The old deadline passes.
    assert_eq!(it.mails_at("2026-03-14T12:00:00+01:00").await.len(), 0);
    assert_eq!(it.seen().await["state"], "open");
    it.vote(GUETERSLOH, 0, "nyy").await;
    let reminded = it.mails_at("2026-03-19T09:00:00+01:00").await;
    assert_eq!(reminded.len(), 9, "a second time, for the new deadline");
    // Less time, by the clock alone.
    let changed = it
        .patch(json!({ "deadline_time": "12:00" }))
        .await
        .expect(200);
    assert_eq!(changed["deadline"], "2026-03-20T12:00:00+01:00");
    it.five.service.run().await;
    it.mails_at("2026-03-20T12:00:00+01:00").await;
    assert_eq!(it.seen().await["state"], "closed");
    assert_eq!(
        it.patch(json!({ "deadline_date": "2026-03-21" }))
            .await
            .rules(),
        ["closed"]
    );
}

#[actix_web::test]
async fn a_deadline_is_ahead_and_before_all_candidates() {
    let it = Polled::start(json!({})).await;
    for (patch, rule) in [
        (
            json!({ "deadline_date": "2026-03-01" }),
            "deadline_date: past",
        ),
        (
            json!({ "deadline_date": "2026-03-24" }),
            "deadline_date: after_candidate",
        ),
        (
            json!({ "deadline_date": "2026-03-24", "deadline_time": "10:00" }),
            "deadline_date: after_candidate",
        ),
        (
            json!({ "deadline_date": "2027-06-01" }),
            "deadline_date: too_far",
        ),
        (json!({ "deadline_time": "25:00" }), "deadline_time: type"),
        (json!({ "title": "Anders" }), "title: unknown_field"),
    ] {
        let answer = it.patch(patch.clone()).await;
        assert_eq!(answer.rules(), [rule], "{patch}");
    }
    assert_eq!(it.seen().await["revision"], 1);
    assert_eq!(it.five.service.run().await, 0);
}

#[actix_web::test]
async fn candidates_come_and_go_while_the_votes_on_the_others_stay() {
    let mut it = Polled::start(json!({})).await;
    it.vote(BIELEFELD, 0, "yny").await;
    it.vote(HERFORD, 0, "nyn").await;
    it.add(json!([{ "date": "2026-04-01" }, { "date": "2026-03-31", "start_time": "13:00" }]))
        .await
        .expect(200);
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 2, "one for each who has voted");
    let carla = to(&mails, CARLA);
    assert!(
        carla
            .subject()
            .starts_with("Neue Terminvorschläge: Sondertreffen")
    );
    for words in [
        "31. März 2026, 13:00 bis 15:00 Uhr",
        "1. April 2026, 10:00 bis 12:00 Uhr",
    ] {
        let one_line = carla.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(one_line.contains(words), "{words}: {}", carla.text);
        assert!(!one_line.contains("24. März"), "{}", carla.text);
    }
    let gone = it.candidates[1].clone();
    it.withdraw(&gone).await.expect(204);
    assert_eq!(it.five.service.run().await, 0, "nobody has to do anything");
    it.withdraw(&gone).await.expect(404);
    let starts = it.look_again().await;
    assert_eq!(
        starts,
        [
            "2026-03-24T10:00:00+01:00",
            "2026-03-26T09:30:00+01:00",
            "2026-03-31T13:00:00+02:00",
            "2026-04-01T10:00:00+02:00",
        ]
    );
    let seen = it.seen().await;
    assert_eq!(seen["voted"], 2);
    let yes: Vec<_> = seen["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["tally"]["yes"].clone())
        .collect();
    assert_eq!(yes, [1, 1, 0, 0]);
    let carla = &it.five.cities[BIELEFELD].people[0].id;
    let ballots = seen["ballots"].as_array().unwrap();
    let own = ballots
        .iter()
        .find(|one| one["person_id"] == **carla)
        .unwrap();
    assert_eq!(own["votes"].as_array().unwrap().len(), 2, "{own}");
    // Who has not said anything of the new ones is reminded as well as who has said nothing.
    it.vote(HERFORD, 0, "nyyy").await;
    let reminded = it.mails_at("2026-03-12T09:00:00+01:00").await;
    assert_eq!(reminded.len(), 10);
    assert!(recipients(&reminded).contains(&CARLA.to_owned()));
    // What is left decides.
    let chosen = json!({ "candidate_id": gone });
    let answer = it.post("decide", chosen).await;
    assert_eq!(answer.rules(), ["candidate_id: exists"]);
    let chosen = json!({ "candidate_id": it.candidates[1] });
    let decided = it.post("decide", chosen).await.expect(200);
    assert_eq!(decided["winner_id"], it.candidates[1]);
    let [first, last] = [&it.candidates[0], &it.candidates[3]];
    for answer in [
        it.add(json!([{ "date": "2026-04-08" }])).await,
        it.withdraw(first).await,
        it.withdraw(last).await,
        it.patch(json!({ "deadline_date": "2026-03-20" })).await,
    ] {
        assert_eq!(
            (answer.status.as_u16(), answer.rules()),
            (409, vec!["closed".to_owned()])
        );
    }
}

#[actix_web::test]
async fn candidates_that_break_a_rule_are_named_and_two_are_left() {
    let it = Polled::start(json!({})).await;
    let answer = it
        .add(json!([
            { "date": "2026-03-12" }, { "date": "2026-03-24" }, { "date": "2026-04-08" },
            { "date": "2026-04-08" }, { "date": "2030-01-08" },
        ]))
        .await;
    assert_eq!(
        answer.rules(),
        [
            "candidates[0].date: before_deadline",
            "candidates[3]: duplicate",
            "candidates[4].date: too_far",
            "candidates[1]: duplicate",
        ]
    );
    let many: Vec<_> = (1..=18)
        .map(|day| json!({ "date": format!("2026-04-{day:02}") }))
        .collect();
    assert_eq!(it.add(json!(many)).await.rules(), ["candidates: too_many"]);
    assert_eq!(it.add(json!([])).await.rules(), ["candidates: length"]);
    it.add(json!(many[..17])).await.expect(200);
    assert_eq!(it.five.service.mails().await.len(), 0, "nobody has voted");
    let it = Polled::start(json!({ "holds": true })).await;
    assert_eq!(
        it.add(json!(many[..4])).await.rules(),
        ["candidates: too_many"]
    );
    it.withdraw(&it.candidates[0]).await.expect(204);
    let answer = it.withdraw(&it.candidates[1]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.rules()),
        (409, vec!["too_few".to_owned()])
    );
}

#[actix_web::test]
async fn calendars_hold_what_is_added_and_let_go_of_what_is_withdrawn() {
    let mut it = Polled::start(json!({ "holds": true })).await;
    it.add(json!([{ "date": "2026-03-31" }])).await.expect(200);
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    it.look_again().await;
    let uid = |place: usize| format!("{}@reihum.example", it.candidates[place]);
    for mail in &mails {
        assert_eq!(mail.property("METHOD"), Some("REQUEST"));
        assert_eq!(mail.property("UID"), Some(&*uid(3)));
    }
    it.withdraw(&it.candidates[0]).await.expect(204);
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    for mail in &mails {
        assert_eq!(mail.property("METHOD"), Some("CANCEL"));
        assert_eq!(mail.property("UID"), Some(&*uid(0)));
        assert_eq!(mail.sequence(), 1);
    }
    // The end lets go of the others only.
    let chosen = json!({ "candidate_id": it.candidates[3] });
    it.post("decide", chosen).await.expect(200);
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11 * 3, "the news, and two entries less");
}

#[actix_web::test]
async fn only_coordinators_who_have_seen_the_poll_change_it() {
    let it = Polled::start(json!({})).await;
    a_coordinator(&it.five).await;
    let (_, other) = it.five.service.cooperation("Andere").await;
    let poll = format!("/api/v1/polls/{}", it.id);
    let candidate = format!("{poll}/candidates/{}", it.candidates[0]);
    let delegate = it.five.cities[BIELEFELD].people[0].token.clone();
    let requests = || {
        [
            TestRequest::patch()
                .uri(&poll)
                .set_json(json!({ "deadline_date": "2026-03-14" })),
            TestRequest::post()
                .uri(&format!("{poll}/candidates"))
                .set_json(json!({ "candidates": [{ "date": "2026-04-08" }] })),
            TestRequest::delete().uri(&candidate),
        ]
    };
    for (token, etag, status) in [
        (&delegate, "\"1\"", 403),
        (&other, "\"1\"", 404),
        (&it.five.coordinator, "\"7\"", 412),
    ] {
        for request in requests() {
            let request = request
                .insert_header(bearer(token))
                .insert_header(("if-match", etag));
            assert_eq!(it.five.service.send(request).await.status, status);
        }
    }
    assert_eq!(it.seen().await["revision"], 1);
    for (request, revision) in requests().into_iter().zip(1..) {
        let request = request
            .insert_header(bearer(&it.five.coordinator))
            .insert_header(("if-match", format!("\"{revision}\"")));
        let answer = it.five.service.send(request).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    assert_eq!(it.seen().await["revision"], 4);
}
