//! The mails of the collection, each in the form of a client, taken in by a whole service.
use calendar::Partstat;
use chrono::{TimeZone, Utc};
use diesel::prelude::*;
use reihum::db::schema::{answers, meetings, messages};
use reihum::inbound::intake::IntakeResult;
use serde_json::json;

use super::Inbox;
use crate::answers::ANSWERS;
use crate::builders::text;
use crate::collection::{ERIKA, UID, mail};
use crate::harness::Service;
use crate::statements::unchecked;

/// The message that the mails of the collection answer.
const SENT: &str = "0199aaaa-0000-7000-8000-0000000000ee@reihum.example";

/// A meeting of the collection's: 4 February 2027, 10:00, with Erika Muster invited.
async fn start() -> Inbox {
    let january = Utc.with_ymd_and_hms(2027, 1, 5, 9, 0, 0).unwrap();
    let mut inbox = Inbox::of(Service::start_at(january)).await;
    let five = &inbox.five;
    let erika = json!({
        "given_name": "Erika", "family_name": "Muster", "address": ERIKA, "role": "delegate",
        "municipality_id": five.cities[2].id, "from": "2026-01-01",
    });
    let erika = five.make("/people", erika).await;
    let path = format!("/series/{}/meetings", five.series);
    let new = json!({ "date": "2027-02-04", "start_time": "10:00", "duration_minutes": 150 });
    let made = five
        .service
        .post(&five.coordinator, &path, new)
        .await
        .expect(201);
    inbox.meeting = text(&made["id"]);
    inbox.five.invite(&inbox.meeting).await;
    let meeting: uuid::Uuid = inbox.meeting.parse().unwrap();
    let erika: uuid::Uuid = erika.parse().unwrap();
    let as_in_the_collection = move |tx: &mut reihum::Tx| {
        diesel::update(meetings::table.find(reihum::db::Id::<()>::from(meeting)))
            .set((meetings::uid.eq(UID), meetings::sequence.eq(2)))
            .execute(&mut **tx)?;
        let sent = diesel::update(messages::table)
            .filter(messages::person_id.eq(reihum::db::Id::<()>::from(erika)))
            .set(messages::message_id.eq(SENT));
        unchecked(|| sent.execute(&mut **tx))?;
        Ok(())
    };
    inbox
        .five
        .service
        .app
        .write(as_in_the_collection)
        .await
        .unwrap();
    inbox.sent = inbox.five.service.mails().await;
    inbox
        .five
        .service
        .clock
        .set(Utc.with_ymd_and_hms(2027, 1, 8, 12, 0, 0).unwrap());
    inbox
}

async fn receive(inbox: &Inbox, name: &str) -> IntakeResult {
    inbox.receive_bytes(mail(name)).await
}

#[tokio::test]
async fn the_answer_of_every_client_counts() {
    let inbox = start().await;
    for (name, partstat) in ANSWERS {
        let receipt = receive(&inbox, name).await;
        let answer = inbox.answer_of(ERIKA).await;
        if name == "alias" {
            // From is the mailbox behind the alias.
            assert_eq!(inbox.newest().await["reason"], "other_sender");
            assert_eq!(answer["answer"], "needs_action");
            continue;
        }
        assert_eq!(receipt, IntakeResult::Done, "{name}");
        let expected = match partstat {
            Partstat::Accepted => "accepted",
            Partstat::Tentative => "tentative",
            Partstat::Declined => "declined",
            other => panic!("{other:?}"),
        };
        assert_eq!(answer["answer"], expected, "{name}");
        assert_eq!(
            (&answer["stale"], &answer["way"]),
            (&json!(false), &json!("mail")),
            "{name}"
        );
        assert_eq!(receive(&inbox, name).await, IntakeResult::Known, "{name}");
        assert_eq!(inbox.answer_of(ERIKA).await, answer, "{name}");
        let nobody_has_answered = |tx: &mut reihum::Tx| {
            unchecked(|| diesel::delete(answers::table).execute(&mut **tx))?;
            Ok(())
        };
        inbox
            .five
            .service
            .app
            .write(nobody_has_answered)
            .await
            .unwrap();
    }
    // Topics are called for on that day; nothing is an answer to an answer.
    inbox.five.service.mails().await;
    let path = format!("/meetings/{}/invitations", inbox.meeting);
    let people = inbox.five.get(&path).await["items"].clone();
    let mut people = people.as_array().unwrap().iter();
    let erika = people.find(|person| person["address"] == ERIKA).unwrap();
    let messages = erika["messages"].as_array().unwrap();
    let kinds: Vec<_> = messages.iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["invitation", "call_for_topics"]);
}

#[tokio::test]
async fn an_answer_forged_in_any_form_changes_nothing() {
    let inbox = start().await;
    for (name, _) in ANSWERS {
        let bytes = mail(name);
        let genuine = String::from_utf8_lossy(&bytes);
        let from = format!("From: Boese <boese@{name}.example>\r\nX-From: ");
        let forged = genuine.replacen("From: ", &from, 1);
        assert_ne!(forged, genuine, "{name}");
        inbox.receive_bytes(forged.into_bytes()).await;
        let kept = inbox.newest().await;
        assert_eq!(kept["state"], "review", "{name}");
        assert_eq!(
            inbox.answer_of(ERIKA).await["answer"],
            "needs_action",
            "{name}"
        );
    }
}

#[tokio::test]
async fn outlooks_own_form_is_matched_by_the_mail_it_answers() {
    let inbox = start().await;
    receive(&inbox, "outlook_tnef").await;
    assert_eq!(inbox.answer_of(ERIKA).await["answer"], "declined");
}

#[tokio::test]
async fn a_bounce_in_any_form_is_known_by_the_mail_it_gives_back() {
    for (name, marked, state) in [
        ("bounce_postfix", true, "taken"),
        // The mailbox is full: it is tried again.
        ("bounce_exchange", false, "taken"),
        ("bounce_text", true, "taken"),
    ] {
        let inbox = start().await;
        receive(&inbox, name).await;
        let path = format!("/meetings/{}/invitations", inbox.meeting);
        let people = inbox.five.get(&path).await["items"].clone();
        let people = people.as_array().unwrap();
        let erika = people
            .iter()
            .find(|person| person["address"] == ERIKA)
            .unwrap();
        assert_eq!(!erika["undeliverable_since"].is_null(), marked, "{name}");
        assert_eq!(inbox.newest().await["state"], state, "{name}");
    }
}

#[tokio::test]
async fn a_full_mailbox_is_tried_again_once() {
    let inbox = start().await;
    let full = |number: &str| {
        let mail = String::from_utf8(mail("bounce_exchange")).unwrap();
        let id = mail
            .lines()
            .find(|line| line.to_lowercase().starts_with("message-id:"));
        let id = id.unwrap().trim();
        mail.replacen(id, &format!("Message-ID: <{number}@mail.example>"), 1)
            .into_bytes()
    };
    let path = format!("/meetings/{}/invitations", inbox.meeting);
    let erika = async || {
        let people = inbox.five.get(&path).await["items"].clone();
        let mut people = people.as_array().unwrap().clone().into_iter();
        people.find(|person| person["address"] == ERIKA).unwrap()
    };
    let service = &inbox.five.service;
    inbox.receive_bytes(full("one")).await;
    assert_eq!(inbox.newest().await["reason"], "over_quota");
    assert_eq!(erika().await["undeliverable_since"], json!(null));
    // The same mail goes out a day later, and not before.
    service.clock.advance(chrono::TimeDelta::hours(23));
    assert!(service.mails().await.iter().all(|mail| mail.to() != ERIKA));
    service.clock.advance(chrono::TimeDelta::hours(2));
    let before = std::fs::read_dir(&service.mail_folder).unwrap().count();
    assert_eq!(service.run().await, 1);
    assert!(std::fs::read_dir(&service.mail_folder).unwrap().count() >= before);
    // Full again: the address is given up.
    inbox.receive_bytes(full("two")).await;
    assert_ne!(erika().await["undeliverable_since"], json!(null));
}

#[tokio::test]
async fn what_people_and_programs_write_beside_answers() {
    let inbox = start().await;
    receive(&inbox, "vacation").await;
    assert_eq!(inbox.newest().await["kind"], "automatic");
    receive(&inbox, "mailing_list").await;
    assert_eq!(inbox.newest().await["kind"], "automatic");
    receive(&inbox, "human").await;
    assert_eq!(inbox.newest().await["kind"], "words");
    receive(&inbox, "refresh").await;
    assert_eq!(inbox.newest().await["kind"], "refresh");
    assert_eq!(inbox.answer_of(ERIKA).await["answer"], "needs_action");
}
