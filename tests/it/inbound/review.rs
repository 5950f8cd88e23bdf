//! What waits until somebody has looked at it.
use reihum::inbound::intake::IntakeResult;
use serde_json::json;

use super::{Inbox, Reply};
use crate::builders::{list, text};

const STRANGER: &str = "vertretung@kreis.example";

async fn with_a_stranger() -> Inbox {
    let inbox = Inbox::start().await;
    let mut reply = Reply::to(
        inbox.invitation(&inbox.address(2, 0)),
        "ACCEPTED",
        inbox.now(),
    );
    STRANGER.clone_into(&mut reply.attendee);
    STRANGER.clone_into(&mut reply.from);
    let receipt = inbox.receive(&reply.write()).await;
    assert_eq!(
        receipt,
        IntakeResult::SetAside {
            reason: "unknown_attendee".to_owned()
        }
    );
    inbox
}

#[tokio::test]
async fn a_stranger_waits_and_the_host_hears_of_it_once_a_day() {
    let inbox = with_a_stranger().await;
    let mut second = Reply::to(
        inbox.invitation(&inbox.address(2, 0)),
        "DECLINED",
        inbox.now(),
    );
    STRANGER.clone_into(&mut second.attendee);
    STRANGER.clone_into(&mut second.from);
    inbox.receive(&second.write()).await;
    let told = inbox.five.service.mails().await;
    // Gütersloh hosts and has two delegates.
    assert_eq!(told.len(), 2);
    assert!(told[0].text.contains(STRANGER), "{}", told[0].text);
    assert!(
        told[0].text.contains("nicht eingeladen"),
        "{}",
        told[0].text
    );
    let waiting = format!("/meetings/{}/inbound-mails?state=review", inbox.meeting);
    let meeting = inbox
        .five
        .get(&format!("/meetings/{}", inbox.meeting))
        .await;
    let host = inbox.five.host_token(&meeting).to_owned();
    let seen = inbox.five.service.get(&host, &waiting).await.expect(200);
    assert_eq!(list(&seen).len(), 2);
    // Only hosts and coordinators see who wrote.
    let other = &inbox.five.cities[4].people[0].token;
    inbox.five.service.get(other, &waiting).await.expect(403);
    inbox
        .five
        .service
        .get(&inbox.five.reader, &waiting)
        .await
        .expect(403);
    let (_, elsewhere) = inbox.five.service.cooperation("Andere").await;
    inbox
        .five
        .service
        .get(&elsewhere, &waiting)
        .await
        .expect(404);
    let one = format!("/inbound-mails/{}", text(&list(&seen)[0]["id"]));
    inbox.five.service.get(&elsewhere, &one).await.expect(404);
    inbox.five.service.get(other, &one).await.expect(403);
}

#[tokio::test]
async fn a_mail_is_taken_as_the_answer_of_somebody() {
    let inbox = with_a_stranger().await;
    let service = &inbox.five.service;
    let mail = inbox.newest().await;
    assert_eq!(mail["answer"]["attendee"], STRANGER);
    assert!(mail["explanation"].as_str().unwrap().starts_with("Grund: "));
    let path = format!("/inbound-mails/{}/take", text(&mail["id"]));
    let coordinator = inbox.five.coordinator.clone();
    let nobody = json!({ "person_id": "0199aaaa-0000-7000-8000-000000000001" });
    let refused = service.post(&coordinator, &path, nobody).await;
    assert_eq!(refused.rules(), ["person_id: exists"]);
    let person = &inbox.five.cities[2].people[0];
    let taken = service
        .post(&coordinator, &path, json!({ "person_id": person.id }))
        .await;
    let taken = taken.expect(200);
    assert_eq!(
        (&taken["state"], &taken["person_id"]),
        (&json!("taken"), &json!(person.id))
    );
    let answer = inbox.answer_of(&person.address).await;
    assert_eq!(
        (&answer["answer"], &answer["via"]),
        (&json!("accepted"), &json!(STRANGER))
    );
    let again = service
        .post(&coordinator, &path, json!({ "person_id": person.id }))
        .await;
    assert_eq!(again.rules(), ["state"]);
}

#[tokio::test]
async fn a_stranger_is_invited_as_a_guest() {
    let inbox = with_a_stranger().await;
    let service = &inbox.five.service;
    service.mails().await;
    let path = format!(
        "/inbound-mails/{}/invite",
        text(&inbox.newest().await["id"])
    );
    let meeting = inbox
        .five
        .get(&format!("/meetings/{}", inbox.meeting))
        .await;
    let host = inbox.five.host_token(&meeting).to_owned();
    let nameless = service
        .post(&host, &path, json!({ "given_name": "", "family_name": "" }))
        .await;
    assert_eq!(nameless.status.as_u16(), 422, "{}", nameless.text());
    let name = json!({ "given_name": "Veit", "family_name": "Veilchen" });
    service.post(&host, &path, name.clone()).await.expect(200);
    let mails = service.mails().await;
    let [invited] = &*mails else {
        panic!("{mails:?}")
    };
    assert_eq!(invited.to(), STRANGER);
    assert!(invited.text.contains("als Gast"), "{}", invited.text);
    assert_eq!(service.post(&host, &path, name).await.rules(), ["state"]);
}

#[tokio::test]
async fn a_mail_is_dropped_and_nothing_follows() {
    let inbox = with_a_stranger().await;
    let path = format!("/inbound-mails/{}/drop", text(&inbox.newest().await["id"]));
    let dropped = inbox
        .five
        .service
        .post(&inbox.five.coordinator, &path, json!({}))
        .await;
    assert_eq!(dropped.expect(200)["state"], "dropped");
    assert_eq!(inbox.mails().await.len(), 1, "nothing is thrown away");
    let again = inbox
        .five
        .service
        .post(&inbox.five.coordinator, &path, json!({}))
        .await;
    assert_eq!(again.rules(), ["state"]);
}

#[tokio::test]
async fn an_answer_from_another_address_waits_with_the_person_it_may_be() {
    let inbox = Inbox::start().await;
    let person = &inbox.five.cities[3].people[0];
    // Somebody answers for a colleague, and somebody by an address of the same person.
    let mut assistant = Reply::to(inbox.invitation(&person.address), "ACCEPTED", inbox.now());
    "sekretariat@bad-salzuflen.example".clone_into(&mut assistant.from);
    inbox.receive(&assistant.write()).await;
    let mail = inbox.newest().await;
    assert_eq!(
        (&mail["reason"], &mail["person_id"]),
        (&json!("other_sender"), &json!(person.id))
    );
    let mut alias = Reply::to(inbox.invitation(&person.address), "DECLINED", inbox.now());
    "gesa@alias.example".clone_into(&mut alias.attendee);
    inbox.receive(&alias.write()).await;
    let mail = inbox.newest().await;
    assert_eq!(
        (&mail["reason"], &mail["person_id"]),
        (&json!("unknown_attendee"), &json!(person.id))
    );
    assert_eq!(
        inbox.answer_of(&person.address).await["answer"],
        "needs_action"
    );
}
