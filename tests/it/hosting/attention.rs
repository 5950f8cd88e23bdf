//! Meetings that need a person: shown as warnings until that is settled, and told to the coordinators once.
use serde_json::{Value, json};

use super::Hosts;
use super::conflicts::start;
use crate::builders::{BIELEFELD, GUETERSLOH, text};
use crate::mailbox::Mail;

const TOLD: &str = "„Digitaltreffen“: Ein Treffen braucht Ihre Entscheidung";

async fn told(it: &Hosts, moment: &str) -> Vec<Mail> {
    let mut mails = it.at(moment).await;
    mails.retain(|mail| mail.subject() == TOLD);
    mails
}

async fn warnings(it: &Hosts, meeting: &str) -> Vec<(String, String)> {
    let shown = it.five.get(&format!("/meetings/{meeting}")).await;
    let all = shown["warnings"].as_array().cloned().unwrap_or_default();
    let pair = |one: &Value| (text(&one["rule"]), text(&one["text"]));
    all.iter().map(pair).collect()
}

#[actix_web::test]
async fn an_invited_host_that_cannot_host_is_told_until_another_one_does() {
    let it = start(json!({}), true).await;
    let meeting = it.five.meeting(0).await;
    assert!(warnings(&it, &meeting).await.is_empty());
    let city = &it.five.cities[GUETERSLOH].id;
    let day = json!({ "starts_on": "2026-04-14", "ends_on": "2026-04-14", "reason": "Umbau" });
    it.five
        .make(&format!("/municipalities/{city}/blackouts"), day)
        .await;
    let words = "Gütersloh kann am Dienstag, 14. April 2026 nicht einladen: Sperrzeit am 14.04.2026 (Umbau). Die Einladungen \
                 sind schon versandt. Bitte legen Sie eine andere Gastgeberin fest, oder verlegen Sie das Treffen.";
    let expected = [("host_absent".to_owned(), words.to_owned())];
    assert_eq!(warnings(&it, &meeting).await, expected);
    let of_series = format!("{}/series/{}", it.five.base, it.five.series);
    assert_eq!(it.five.get(&of_series).await["warnings"][0]["text"], words);

    // The window for further changes passes first; then the coordinators hear of it, once.
    assert_eq!(told(&it, "2026-03-02T10:02:00+01:00").await.len(), 0);
    let mails = told(&it, "2026-03-02T11:30:00+01:00").await;
    let [mail] = &*mails else {
        panic!("{mails:?}");
    };
    let said: Vec<&str> = mail.text.split_whitespace().collect();
    assert!(said.join(" ").contains(words), "{}", mail.text);
    for moment in ["2026-03-02T12:00:00+01:00", "2026-03-03T09:30:00+01:00"] {
        assert_eq!(told(&it, moment).await.len(), 0, "{moment}");
    }
    let answer = it.five.stand_in(0, BIELEFELD, "Umbau").await;
    answer.expect(201);
    assert!(warnings(&it, &meeting).await.is_empty());

    // The same for a host that leaves.
    let city = &it.five.cities[BIELEFELD].id;
    let path = format!("{}/municipalities/{city}", it.five.base);
    let leaves = json!({ "left_on": "2026-04-01" });
    let left = it.five.service.patch(&it.five.coordinator, &path, leaves);
    left.await.expect(200);
    assert_eq!(warnings(&it, &meeting).await[0].0, "host_absent");
    it.at("2026-03-03T09:40:00+01:00").await;
    assert_eq!(told(&it, "2026-03-03T12:00:00+01:00").await.len(), 1);
}

#[actix_web::test]
async fn a_meeting_that_passes_without_an_invitation_is_told_and_moves_nobody() {
    let it = start(json!({}), true).await;
    let (meeting, next) = (it.five.meeting(1).await, it.five.meeting(2).await);
    let before = it.five.hosts(9).await;
    assert_eq!(told(&it, "2026-06-09T09:59:00+02:00").await.len(), 0);
    assert!(warnings(&it, &meeting).await.is_empty());
    it.at("2026-06-10T08:00:00+02:00").await;
    let seen = warnings(&it, &meeting).await;
    assert_eq!(seen[0].0, "not_closed", "{seen:?}");
    assert!(warnings(&it, &next).await.is_empty());
    assert_eq!(told(&it, "2026-06-10T12:00:00+02:00").await.len(), 1);
    assert_eq!(told(&it, "2026-06-11T12:00:00+02:00").await.len(), 0);
    assert_eq!(it.five.hosts(7).await, before[2..]);
    // Cancelled, it is settled.
    let path = format!("/meetings/{meeting}/cancel");
    let cancelled =
        it.five
            .service
            .post(&it.five.coordinator, &path, json!({ "reason": "fiel aus" }));
    cancelled.await.expect(200);
    assert!(warnings(&it, &meeting).await.is_empty());
}

#[actix_web::test]
async fn a_meeting_that_nobody_can_host_is_told() {
    let it = start(json!({}), true).await;
    let day = json!({ "starts_on": "2026-10-13", "ends_on": "2026-10-13" });
    for city in &it.five.cities {
        let path = format!("/municipalities/{}/blackouts", city.id);
        it.five.make(&path, day.clone()).await;
    }
    let meeting = it.five.meeting(3).await;
    assert_eq!(warnings(&it, &meeting).await[0].0, "no_host");
    it.at("2026-03-02T10:02:00+01:00").await;
    assert_eq!(told(&it, "2026-03-02T12:00:00+01:00").await.len(), 1);
}
