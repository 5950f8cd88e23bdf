//! Deputies and other times, as calendar programs name them.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Inbox, Reply};
use crate::builders::{list, text};
use crate::mailbox::to;

fn delegated(inbox: &Inbox, from: &str, deputy: &str) -> String {
    let reply = Reply {
        parameters: format!(";DELEGATED-TO=\"mailto:{deputy}\""),
        ..Reply::to(inbox.invitation(from), "DELEGATED", inbox.now())
    };
    reply.write()
}

#[tokio::test]
async fn a_colleague_who_is_named_comes_instead() {
    let inbox = Inbox::start().await;
    let five = &inbox.five;
    let colleague = json!({
        "given_name": "Enno", "family_name": "Erle", "address": "enno@herford.example",
        "role": "deputy", "municipality_id": five.cities[2].id, "from": "2026-01-01",
    });
    five.make("/people", colleague).await;
    let elif = inbox.address(2, 0);
    inbox
        .receive(&delegated(&inbox, &elif, "ENNO@herford.example"))
        .await;
    assert_eq!(inbox.newest().await["state"], "taken");
    assert_eq!(inbox.answer_of(&elif).await["answer"], "delegated");
    let mails = five.service.mails().await;
    let invited = to(&mails, "enno@herford.example");
    let line = &invited.attendees()["enno@herford.example"];
    assert!(
        line.contains("DELEGATED-FROM=\"mailto:elif@herford.example\""),
        "{line}"
    );
    let accepted = Reply::to(invited, "ACCEPTED", inbox.now());
    inbox.receive(&accepted.write()).await;
    let attendance = five
        .get(&format!("/meetings/{}/attendance", inbox.meeting))
        .await;
    assert_eq!(
        attendance["municipalities"][2]["represented_by_answer"],
        true
    );
    // Whoever answers after all comes, and needs nobody instead.
    five.service.clock.advance(TimeDelta::minutes(5));
    let after_all = Reply::to(inbox.invitation(&elif), "ACCEPTED", inbox.now());
    inbox.receive(&after_all.write()).await;
    assert_eq!(inbox.answer_of(&elif).await["answer"], "accepted");
    let mails = five.service.mails().await;
    assert_eq!(
        to(&mails, "enno@herford.example").property("METHOD"),
        Some("CANCEL")
    );
}

#[tokio::test]
async fn a_deputy_whom_one_may_not_name_waits_for_the_host() {
    let inbox = Inbox::start().await;
    let elif = inbox.address(2, 0);
    for deputy in ["fremd@kreis.example".to_owned(), inbox.address(4, 0)] {
        inbox.five.service.clock.advance(TimeDelta::minutes(1));
        inbox.receive(&delegated(&inbox, &elif, &deputy)).await;
        let mail = inbox.newest().await;
        assert_eq!(
            (&mail["state"], &mail["reason"]),
            (&json!("review"), &json!("deputy"))
        );
        assert_eq!(inbox.answer_of(&elif).await["answer"], "needs_action");
    }
    // Of these two the second is somebody of the cooperation, whom the host may let come.
    let path = format!("/inbound-mails/{}/take", text(&inbox.newest().await["id"]));
    let elif = json!({ "person_id": inbox.five.cities[2].people[0].id });
    let taken = inbox
        .five
        .service
        .post(&inbox.five.coordinator, &path, elif)
        .await;
    assert_eq!(taken.expect(200)["state"], "taken");
    let address = inbox.address(2, 0);
    assert_eq!(inbox.answer_of(&address).await["answer"], "delegated");
}

#[tokio::test]
async fn another_time_waits_until_the_host_decides() {
    let inbox = Inbox::start().await;
    let five = &inbox.five;
    let meeting = five.get(&format!("/meetings/{}", inbox.meeting)).await;
    let at = |name: &str| -> chrono::DateTime<chrono::Utc> {
        meeting[name].as_str().unwrap().parse().unwrap()
    };
    let later = TimeDelta::hours(1);
    let elif = inbox.address(2, 0);
    let counter = Reply {
        method: "COUNTER",
        time: Some((at("starts_at") + later, at("ends_at") + later)),
        comment: Some("Ginge es eine Stunde später?"),
        ..Reply::to(inbox.invitation(&elif), "TENTATIVE", inbox.now())
    };
    inbox.receive(&counter.write()).await;
    assert_eq!(inbox.newest().await["state"], "taken");
    let answer = inbox.answer_of(&elif).await;
    assert_eq!(
        (&answer["answer"], &answer["stale"]),
        (&json!("tentative"), &json!(false))
    );
    let path = format!("/meetings/{}/counter-proposals", inbox.meeting);
    let proposals = list(&five.get(&path).await);
    let [proposal] = &*proposals else {
        panic!("{proposals:?}")
    };
    assert_eq!(proposal["comment"], "Ginge es eine Stunde später?");
    assert_eq!(
        five.get(&format!("/meetings/{}", inbox.meeting)).await["starts_at"],
        meeting["starts_at"]
    );
    let accept = format!("{path}/{}/accept", text(&proposal["id"]));
    five.service
        .post(&five.coordinator, &accept, json!({}))
        .await
        .expect(200);
    let moved: Value = five.get(&format!("/meetings/{}", inbox.meeting)).await;
    assert_eq!(moved["start_time"], "11:00");
    let same = Reply {
        message_id: "the.same.again".to_owned(),
        ..counter
    };
    inbox.receive(&same.write()).await;
    assert_eq!(inbox.newest().await["reason"], "same_time");
}
