//! Who is told that turns have moved: those whose turns have, once, in one mail.
use reihum::jobs;
use serde_json::{Value, json};

use super::{BIELEFELD_PEOPLE, HERFORD_PEOPLE, Hosts};
use crate::builders::{BIELEFELD, DETMOLD, HERFORD, a_series};
use crate::mailbox::to;
use crate::steps::{recipients, subjects, time};

async fn post(it: &Hosts, path: &str, body: Value) -> Value {
    let sent = it.five.service.post(&it.five.coordinator, path, body);
    let answer = sent.await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text());
    answer.json()
}

async fn stand_in(it: &Hosts, place: usize, city: usize) {
    let path = format!("/series/{}/rotation/overrides", it.five.series);
    let body = json!({
        "meeting_id": it.five.meeting(place).await, "municipality_id": it.five.cities[city].id,
        "reason": "Umbau",
    });
    post(it, &path, body).await;
}

async fn swap(it: &Hosts, first: usize, second: usize) {
    let path = format!("/series/{}/rotation/swaps", it.five.series);
    let body = json!({
        "first_meeting_id": it.five.meeting(first).await,
        "second_meeting_id": it.five.meeting(second).await,
    });
    post(it, &path, body).await;
}

async fn take_back(it: &Hosts, place: usize) {
    let meeting = it.five.meeting(place).await;
    let path = format!("/series/{}/rotation/overrides/{meeting}", it.five.series);
    let done = it.five.service.delete(&it.five.coordinator, &path).await;
    done.expect(204);
}

#[actix_web::test]
async fn both_who_swap_hear_of_it_once_and_nobody_else() {
    let it = Hosts::start().await;
    swap(&it, 1, 2).await;
    assert_eq!(
        it.five.service.mails().await.len(),
        0,
        "there may be more changes"
    );
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::seconds(599));
    assert_eq!(it.five.service.mails().await.len(), 0);
    it.five.service.clock.advance(chrono::TimeDelta::seconds(1));
    let mails = it.five.service.mails().await;
    let both = BIELEFELD_PEOPLE.iter().chain(&HERFORD_PEOPLE);
    let both: Vec<_> = both.map(|one| (*one).to_owned()).collect();
    assert_eq!(recipients(&mails), both);
    let carla = to(&mails, BIELEFELD_PEOPLE[0]);
    assert_eq!(
        carla.subject(),
        "Bielefeld richtet das Treffen am 11.08.2026 statt am 09.06.2026 aus"
    );
    for part in [
        "Dienstag, 11. August 2026",
        "Dienstag, 9. Juni 2026",
        "Guten Tag Carla",
    ] {
        assert!(carla.text.contains(part), "{part}: {}", carla.text);
    }
    let frank = to(&mails, HERFORD_PEOPLE[1]);
    assert_eq!(
        frank.subject(),
        "Herford hosts the meeting on 9 Jun 2026 instead of 11 Aug 2026"
    );
    assert!(mails.iter().all(|mail| mail.ics.is_empty()));
    for _ in 0..2 {
        assert_eq!(it.five.service.mails().await.len(), 0);
    }
}

#[actix_web::test]
async fn what_is_taken_back_within_the_window_is_no_news() {
    let it = Hosts::start().await;
    swap(&it, 1, 2).await;
    it.five.service.clock.advance(chrono::TimeDelta::minutes(5));
    take_back(&it, 1).await;
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(30));
    assert_eq!(it.five.service.mails().await.len(), 0);
    // After it, it is news in both directions.
    stand_in(&it, 1, DETMOLD).await;
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(10));
    let mails = it.five.service.mails().await;
    assert_eq!(
        to(&mails, BIELEFELD_PEOPLE[0]).subject(),
        "Bielefeld richtet das Treffen am 09.06.2026 nicht mehr aus"
    );
    let text = to(&mails, BIELEFELD_PEOPLE[0]).text.replace('\n', " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("(neue Gastgeberin: Detmold; das Treffen findet statt)"),
        "{text}"
    );
    assert_eq!(
        to(&mails, "ines@detmold.example").subject(),
        "Detmold richtet das Treffen am 09.06.2026 aus"
    );
    assert_eq!(mails.len(), 5);
    take_back(&it, 1).await;
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(10));
    let mails = it.five.service.mails().await;
    assert_eq!(
        to(&mails, "ines@detmold.example").subject(),
        "Detmold richtet das Treffen am 09.06.2026 nicht mehr aus"
    );
    assert_eq!(mails.len(), 5);
}

#[actix_web::test]
async fn several_turns_are_told_in_one_mail() {
    let it = Hosts::start().await;
    let path = format!("/municipalities/{}/blackouts", it.five.cities[BIELEFELD].id);
    let days = json!({ "starts_on": "2026-06-01", "ends_on": "2026-06-30" });
    it.five.make(&path, days).await;
    let before = [
        "Gütersloh",
        "Bielefeld",
        "Herford",
        "Bad Salzuflen",
        "Detmold",
    ];
    let after = it.five.hosts(5).await;
    assert_ne!(after, before);
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(10));
    let mails = it.five.service.mails().await;
    let to_all = recipients(&mails);
    let mut once = to_all.clone();
    once.dedup();
    assert_eq!(to_all, once, "one mail for each");
    assert!(!mails.is_empty());
    let carla = to(&mails, BIELEFELD_PEOPLE[0]);
    assert!(
        carla.text.contains("Dienstag, 9. Juni 2026"),
        "{}",
        carla.text
    );
    assert_eq!(it.five.service.mails().await.len(), 0);
}

#[actix_web::test]
async fn a_date_that_moves_is_told_to_its_host() {
    let it = Hosts::start().await;
    let path = format!("/meetings/{}", it.five.meeting(2).await);
    let moved = json!({ "date": "2026-08-18" });
    it.five
        .service
        .patch(&it.five.coordinator, &path, moved)
        .await
        .expect(200);
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(10));
    let mails = it.five.service.mails().await;
    assert_eq!(recipients(&mails), HERFORD_PEOPLE);
    assert_eq!(
        mails[0].subject(),
        "Herford richtet das Treffen am 18.08.2026 statt am 11.08.2026 aus"
    );
    // Who was asked to keep the date free hears of it by that.
    let mails = it.at("2026-07-07T09:00:00+02:00").await;
    let saved = |subject: &String| subject.starts_with("Termin vormerken: 3. Treffen");
    assert!(subjects(&mails).iter().any(saved), "{:?}", subjects(&mails));
    let moved = json!({ "date": "2026-08-19" });
    it.five
        .service
        .patch(&it.five.coordinator, &path, moved)
        .await
        .expect(200);
    let mails = it.at("2026-07-07T09:30:00+02:00").await;
    assert_eq!(mails.len(), 11);
    assert!(
        subjects(&mails)
            .iter()
            .all(|one| !one.contains("Gastgeberin"))
    );
}

#[actix_web::test]
async fn nothing_is_told_of_a_draft_or_of_meetings_that_are_new() {
    let it = Hosts::draft(a_series()).await;
    swap(&it, 1, 2).await;
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(30));
    assert_eq!(it.five.service.mails().await.len(), 0);
    it.five.invite(&it.five.meeting(0).await).await;
    assert_eq!(it.five.service.mails().await.len(), 11, "the invitation");
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(30));
    assert_eq!(it.five.service.mails().await.len(), 0);
    let path = format!("/series/{}/plan", it.five.series);
    let planned = post(&it, &path, json!({ "until": "2028-12-31" })).await;
    assert!(!planned["created"].as_array().unwrap().is_empty());
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(30));
    assert_eq!(it.five.service.mails().await.len(), 0);
    // A change of an invited meeting is told by its update.
    stand_in(&it, 0, HERFORD).await;
    it.five
        .service
        .clock
        .advance(chrono::TimeDelta::minutes(30));
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    assert!(mails.iter().all(|mail| !mail.ics.is_empty()));
}

#[actix_web::test]
async fn nobody_is_told_in_the_evening() {
    let it = Hosts::start().await;
    it.five.service.clock.set(time("2026-03-06T16:55:00+01:00"));
    swap(&it, 1, 2).await;
    assert_eq!(it.at("2026-03-06T17:05:00+01:00").await.len(), 0);
    assert_eq!(
        it.at("2026-03-07T10:00:00+01:00").await.len(),
        0,
        "Saturday"
    );
    assert_eq!(it.at("2026-03-09T09:00:00+01:00").await.len(), 5);
}

#[actix_web::test]
async fn two_instances_tell_it_once() {
    let it = Hosts::start().await;
    swap(&it, 1, 2).await;
    let service = &it.five.service;
    service.clock.set(time("2026-03-02T11:00:00Z"));
    let before = service.all_mails().len();
    let (one, other) = (service.folder(), service.folder());
    let (one, other) = tokio::join!(
        jobs::run_once(&service.app, &one),
        jobs::run_once(&service.app, &other)
    );
    let sent = one.unwrap() + other.unwrap() + service.run().await;
    assert_eq!(sent, 5);
    assert_eq!(service.all_mails().len() - before, 5);
}
