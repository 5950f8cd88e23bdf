//! Which answer holds.
use chrono::TimeDelta;
use reihum::inbound::intake::IntakeResult;
use serde_json::json;

use super::{Inbox, Reply};
use crate::mailbox::to;

#[tokio::test]
async fn an_answer_by_mail_stands_beside_those_by_link_and_api() {
    let inbox = Inbox::start().await;
    let address = inbox.address(2, 0);
    let reply = Reply {
        comment: Some("Ich komme mit der Bahn\\, etwas später."),
        ..Reply::to(inbox.invitation(&address), "ACCEPTED", inbox.now())
    };
    assert_eq!(inbox.receive(&reply.write()).await, IntakeResult::Done);
    let answer = inbox.answer_of(&address).await;
    assert_eq!(answer["answer"], "accepted");
    assert_eq!(answer["way"], "mail");
    assert_eq!(answer["stale"], false);
    assert_eq!(answer["comment"], "Ich komme mit der Bahn, etwas später.");
    let path = format!("/meetings/{}/attendance", inbox.meeting);
    let attendance = inbox.five.get(&path).await;
    assert_eq!(
        attendance["municipalities"][2]["represented_by_answer"],
        true
    );
    assert_eq!(attendance["totals"]["accepted"], 1);
    // Nobody hears of it: an answer to a valid answer would begin a loop.
    assert!(inbox.five.service.mails().await.is_empty());
}

#[tokio::test]
async fn a_mail_is_handled_once_by_whatever_way_it_comes() {
    let inbox = Inbox::start().await;
    let address = inbox.address(1, 0);
    let invitation = inbox.invitation(&address).clone();
    let accepted = Reply::to(&invitation, "ACCEPTED", inbox.now()).write();
    assert_eq!(inbox.receive(&accepted).await, IntakeResult::Done);
    inbox.five.service.clock.advance(TimeDelta::minutes(5));
    let declined = Reply::to(&invitation, "DECLINED", inbox.now()).write();
    assert_eq!(inbox.receive(&declined).await, IntakeResult::Done);
    let by_another_way = format!("Received: from a.example by b.example\r\n{accepted}");
    assert_eq!(inbox.receive(&by_another_way).await, IntakeResult::Known);
    assert_eq!(inbox.answer_of(&address).await["answer"], "declined");
    assert_eq!(inbox.mails().await.len(), 2);
}

#[tokio::test]
async fn the_newest_answer_wins_whichever_way_it_came() {
    let inbox = Inbox::start().await;
    let person = &inbox.five.cities[0].people[0];
    let invitation = inbox.invitation(&person.address).clone();
    let early = inbox.now();
    inbox.five.service.clock.advance(TimeDelta::minutes(10));
    let path = format!("/meetings/{}/answers/{}", inbox.meeting, person.id);
    let declined = json!({ "answer": "declined" });
    inbox
        .five
        .service
        .put(&person.token, &path, declined)
        .await
        .expect(200);
    inbox.five.service.clock.advance(TimeDelta::minutes(10));
    // Written before, arrived after.
    inbox
        .receive(&Reply::to(&invitation, "ACCEPTED", early).write())
        .await;
    assert_eq!(inbox.answer_of(&person.address).await["answer"], "declined");
    assert_eq!(inbox.newest().await["reason"], "older");
    inbox
        .receive(&Reply::to(&invitation, "TENTATIVE", inbox.now()).write())
        .await;
    assert_eq!(
        inbox.answer_of(&person.address).await["answer"],
        "tentative"
    );
    // A clock that goes ahead does not win against what comes later.
    let ahead = inbox.now() + TimeDelta::days(400);
    inbox
        .receive(&Reply::to(&invitation, "ACCEPTED", ahead).write())
        .await;
    assert_eq!(inbox.answer_of(&person.address).await["answer"], "accepted");
    inbox.five.service.clock.advance(TimeDelta::minutes(1));
    let declined = json!({ "answer": "declined" });
    inbox
        .five
        .service
        .put(&person.token, &path, declined)
        .await
        .expect(200);
    assert_eq!(inbox.answer_of(&person.address).await["answer"], "declined");
}

#[tokio::test]
async fn the_order_of_arrival_counts_where_clocks_may_differ() {
    let inbox = Inbox::start().await;
    let person = &inbox.five.cities[0].people[0];
    let invitation = inbox.invitation(&person.address).clone();
    let path = format!("/meetings/{}/answers/{}", inbox.meeting, person.id);
    let service = &inbox.five.service;
    for (slow, counts) in [
        (0, "tentative"),
        (4, "tentative"),
        (5, "declined"),
        (60, "declined"),
    ] {
        service.clock.advance(TimeDelta::hours(2));
        // One that says the same as before would be none.
        let accepted = json!({ "answer": "accepted" });
        service
            .put(&person.token, &path, accepted)
            .await
            .expect(200);
        let declined = json!({ "answer": "declined" });
        service
            .put(&person.token, &path, declined)
            .await
            .expect(200);
        let stamp = inbox.now() - TimeDelta::minutes(slow);
        let mut reply = Reply::to(&invitation, "TENTATIVE", stamp);
        reply.message_id = format!("slow.{slow}@client.example");
        inbox.receive(&reply.write()).await;
        let answer = inbox.answer_of(&person.address).await;
        assert_eq!(answer["answer"], counts, "{slow} minutes slow");
    }
    // Two mails of one clock follow that clock, whichever comes first.
    service.clock.advance(TimeDelta::hours(2));
    let (first, second) = (inbox.now() - TimeDelta::seconds(30), inbox.now());
    for (answer, stamp) in [("ACCEPTED", second), ("DECLINED", first)] {
        let mut reply = Reply::to(&invitation, answer, stamp);
        reply.message_id = format!("{answer}@client.example");
        inbox.receive(&reply.write()).await;
    }
    assert_eq!(inbox.answer_of(&person.address).await["answer"], "accepted");
}

#[tokio::test]
async fn an_answer_to_an_earlier_time_is_stale() {
    let inbox = Inbox::start().await;
    let (named, unnamed, late) = (
        inbox.address(1, 0),
        inbox.address(1, 1),
        inbox.address(2, 0),
    );
    let path = format!("/meetings/{}", inbox.meeting);
    let meeting = inbox.five.get(&path).await;
    let time = |meeting: &serde_json::Value| {
        let at = |name: &str| meeting[name].as_str().unwrap().parse().unwrap();
        Some((at("starts_at"), at("ends_at")))
    };
    let old = time(&meeting);
    let moving = json!({ "date": "2026-04-21" });
    let moved = inbox
        .five
        .service
        .patch(&inbox.five.coordinator, &path, moving)
        .await
        .expect(200);
    inbox.five.service.clock.advance(TimeDelta::minutes(11));
    let updates = inbox.five.service.mails().await;
    inbox.five.service.clock.advance(TimeDelta::minutes(1));
    for (address, time) in [(&named, old), (&unnamed, None)] {
        // One client names the time, the other only the SEQUENCE it has seen.
        let reply = Reply {
            time,
            ..Reply::to(inbox.invitation(address), "ACCEPTED", inbox.now())
        };
        inbox.receive(&reply.write()).await;
        let answer = inbox.answer_of(address).await;
        assert_eq!(
            (&answer["answer"], &answer["stale"]),
            (&json!("accepted"), &json!(true))
        );
        assert_eq!(inbox.newest().await["reason"], "stale");
    }
    // An old SEQUENCE with the present time is an answer to the present time.
    let reply = Reply {
        time: time(&moved),
        ..Reply::to(inbox.invitation(&late), "ACCEPTED", inbox.now())
    };
    inbox.receive(&reply.write()).await;
    assert_eq!(inbox.answer_of(&late).await["stale"], false);
    let reply = Reply {
        sequence: None,
        ..Reply::to(
            to(&updates, &unnamed),
            "DECLINED",
            inbox.now() + TimeDelta::seconds(1),
        )
    };
    inbox.five.service.clock.advance(TimeDelta::minutes(1));
    inbox.receive(&reply.write()).await;
    let answer = inbox.answer_of(&unnamed).await;
    assert_eq!(
        (&answer["answer"], &answer["stale"]),
        (&json!("declined"), &json!(false))
    );
}

#[tokio::test]
async fn an_answer_that_comes_too_late_or_says_nothing_changes_nothing() {
    let inbox = Inbox::start().await;
    let address = inbox.address(3, 0);
    let invitation = inbox.invitation(&address).clone();
    inbox
        .receive(&Reply::to(&invitation, "X-MAYBE", inbox.now()).write())
        .await;
    assert_eq!(inbox.newest().await["reason"], "no_answer");
    let path = format!("/meetings/{}/cancel", inbox.meeting);
    let reason = json!({ "reason": "Sturm" });
    inbox
        .five
        .service
        .post(&inbox.five.coordinator, &path, reason)
        .await
        .expect(200);
    inbox
        .receive(&Reply::to(&invitation, "ACCEPTED", inbox.now()).write())
        .await;
    let mail = inbox.newest().await;
    assert_eq!(
        (&mail["state"], &mail["reason"]),
        (&json!("ignored"), &json!("state"))
    );
    assert_eq!(inbox.answer_of(&address).await["answer"], "needs_action");
}
