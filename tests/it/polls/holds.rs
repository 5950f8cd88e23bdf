//! The candidates as tentative entries in people's calendars.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Polled, a_coordinator};
use crate::builders::{FiveCities, text};
use crate::harness::Service;
use crate::inbound::{Inbox, Reply};
use crate::invitations::CARLA;
use crate::mailbox::Mail;

/// The mails with a calendar object to somebody, by start.
fn entries<'a>(mails: &'a [Mail], address: &str) -> Vec<&'a Mail> {
    let mut found: Vec<&Mail> = mails
        .iter()
        .filter(|mail| mail.to() == address && !mail.ics.is_empty())
        .collect();
    found.sort_by_key(|mail| mail.property("DTSTART").unwrap().to_owned());
    found
}

async fn held() -> Polled {
    Polled::start(json!({ "holds": true })).await
}

async fn decided(it: &Polled, place: usize) -> (String, Vec<Mail>) {
    let chosen = json!({ "candidate_id": it.candidates[place] });
    let decided = it.post("decide", chosen).await.expect(200);
    let mails = it.five.service.mails().await;
    (text(&decided["meeting_id"]), mails)
}

#[actix_web::test]
async fn each_candidate_is_a_tentative_entry_of_its_own() {
    let it = held().await;
    assert_eq!(it.mails.len(), 11 * 4);
    let carla = entries(&it.mails, CARLA);
    let starts: Vec<_> = carla
        .iter()
        .map(|one| one.property("DTSTART").unwrap())
        .collect();
    assert_eq!(
        starts,
        ["20260324T100000", "20260325T140000", "20260326T093000"]
    );
    for (mail, candidate) in carla.iter().zip(&it.candidates) {
        assert_eq!(mail.property("METHOD"), Some("REQUEST"));
        assert_eq!(mail.property("STATUS"), Some("TENTATIVE"));
        assert_eq!(mail.property("TRANSP"), Some("OPAQUE"));
        assert_eq!(
            mail.property("X-MICROSOFT-CDO-BUSYSTATUS"),
            Some("TENTATIVE")
        );
        assert_eq!(
            mail.property("UID"),
            Some(&*format!("{candidate}@reihum.example"))
        );
        assert_eq!(mail.sequence(), 0);
        assert_eq!(mail.attendees().into_keys().collect::<Vec<_>>(), [CARLA]);
        assert!(mail.attendees()[CARLA].contains("RSVP=FALSE"));
        assert!(mail.text.contains("/polls/"), "it leads to the poll");
    }
}

#[actix_web::test]
async fn the_losers_are_cancelled_and_the_invitation_takes_over_the_winner() {
    let it = held().await;
    let (meeting, mails) = decided(&it, 1).await;
    assert_eq!(mails.len(), 11 * 3, "the news, and two entries less");
    let off = entries(&mails, CARLA);
    let uids: Vec<_> = off.iter().map(|one| one.property("UID").unwrap()).collect();
    let lost = [0, 2].map(|place: usize| format!("{}@reihum.example", it.candidates[place]));
    assert_eq!(uids, lost);
    for mail in &off {
        assert_eq!(mail.property("METHOD"), Some("CANCEL"));
        assert_eq!(mail.property("STATUS"), Some("CANCELLED"));
        assert_eq!(mail.sequence(), 1);
    }
    assert_eq!(meeting, it.candidates[1], "the entry is the meeting's own");
    let seen = it.five.get(&format!("/meetings/{meeting}")).await;
    assert_eq!(seen["uid"], json!(format!("{meeting}@reihum.example")));
    it.five.invite(&meeting).await;
    let invited = it.five.service.mails().await;
    assert_eq!(invited.len(), 11);
    let carla = entries(&invited, CARLA);
    assert_eq!(
        carla[0].property("UID"),
        Some(&*format!("{meeting}@reihum.example"))
    );
    assert_eq!(carla[0].property("STATUS"), Some("CONFIRMED"));
    assert_eq!(carla[0].sequence(), 1, "newer than the tentative one");
    assert_eq!(it.five.service.run().await, 0);
}

#[actix_web::test]
async fn what_has_not_gone_out_is_not_sent_rather_than_cancelled() {
    let five = FiveCities::start().await;
    let mut new = super::a_poll();
    new["holds"] = json!(true);
    let made = super::open(&five, new).await.expect(201);
    let path = format!("/polls/{}/cancel", text(&made["id"]));
    let sent = five
        .service
        .post(&five.coordinator, &path, json!({ "reason": "doch nicht" }));
    sent.await.expect(200);
    let mails = five.service.mails().await;
    assert_eq!(entries(&mails, CARLA).len(), 0);
}

#[actix_web::test]
async fn a_poll_that_is_called_off_leaves_nothing_in_calendars() {
    let it = held().await;
    it.post("cancel", json!({ "reason": "Sturm" }))
        .await
        .expect(200);
    let mails = it.five.service.mails().await;
    let off = entries(&mails, CARLA);
    assert_eq!(off.len(), 3);
    assert!(
        off.iter()
            .all(|mail| mail.property("METHOD") == Some("CANCEL"))
    );
}

#[actix_web::test]
async fn a_meeting_that_moves_before_anybody_is_invited_takes_its_entry_along() {
    let it = held().await;
    let (meeting, _) = decided(&it, 1).await;
    let path = format!("/meetings/{meeting}");
    let moved: Value = json!({ "date": "2026-03-27" });
    let done = it
        .five
        .service
        .patch(&it.five.coordinator, &path, moved)
        .await;
    done.expect(200);
    assert_eq!(it.five.service.mails().await.len(), 0, "the window is open");
    it.five.service.clock.advance(TimeDelta::minutes(10));
    let mails = it.five.service.mails().await;
    let carla = entries(&mails, CARLA);
    assert_eq!(carla.len(), 1);
    assert_eq!(carla[0].property("DTSTART"), Some("20260327T140000"));
    assert_eq!(carla[0].property("STATUS"), Some("TENTATIVE"));
    let told = carla[0].sequence();
    assert!(told > 0, "{told}");
    assert_eq!(it.five.service.run().await, 0);
    let reason = json!({ "reason": "Sturm" });
    let path = format!("{path}/cancel");
    it.five
        .service
        .post(&it.five.coordinator, &path, reason)
        .await
        .expect(200);
    it.five.service.clock.advance(TimeDelta::minutes(10));
    let mails = it.five.service.mails().await;
    let carla = entries(&mails, CARLA);
    assert_eq!(carla.len(), 1);
    assert_eq!(carla[0].property("METHOD"), Some("CANCEL"));
    assert_eq!(
        carla[0].property("UID"),
        Some(&*format!("{meeting}@reihum.example"))
    );
    assert!(carla[0].sequence() > told);
    assert_eq!(it.five.service.run().await, 0);
}

#[actix_web::test]
async fn who_was_asked_and_is_not_invited_keeps_no_entry() {
    let it = held().await;
    let (meeting, _) = decided(&it, 0).await;
    let carla = &it.five.cities[crate::builders::BIELEFELD].people[0].id;
    let path = format!("/meetings/{meeting}/invitations/{carla}");
    let gone = it.five.service.delete(&it.five.coordinator, &path).await;
    assert!(gone.status.is_success(), "{}", gone.text());
    it.five.invite(&meeting).await;
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    let off = entries(&mails, CARLA);
    assert_eq!(off.len(), 1);
    assert_eq!(off[0].property("METHOD"), Some("CANCEL"));
    assert_eq!(off[0].attendees().into_keys().collect::<Vec<_>>(), [CARLA]);
    assert_eq!(it.five.service.run().await, 0);
}

#[actix_web::test]
async fn an_answer_in_the_calendar_is_no_vote_and_troubles_nobody() {
    let inbox = Inbox::of(Service::start()).await;
    a_coordinator(&inbox.five).await;
    let Inbox { five, meeting, .. } = inbox;
    let it = Polled::at(five, json!({ "holds": true })).await;
    let held = entries(&it.mails, CARLA)[1].clone();
    let now = *it.five.service.app.clock.now();
    let reply = Reply::to(&held, "ACCEPTED", now).write();
    let candidate = it.candidates[1].clone();
    let (mut inbox, votes) = (
        Inbox {
            five: it.five,
            meeting,
            sent: Vec::new(),
        },
        format!("/polls/{}", it.id),
    );
    inbox.receive(&reply).await;
    let mail = inbox.newest().await;
    assert_eq!(
        (&mail["state"], &mail["reason"]),
        (&json!("ignored"), &json!("date_poll"))
    );
    assert_eq!(inbox.five.get(&votes).await["voted"], 0);
    assert_eq!(
        inbox.five.service.mails().await.len(),
        0,
        "nor is it to be reviewed"
    );
    // Once people are invited it is an answer like any other.
    let path = format!("{votes}/decide");
    let chosen = json!({ "candidate_id": candidate });
    let token = &inbox.five.coordinator;
    let decided = inbox.five.service.post(token, &path, chosen).await;
    inbox.meeting = text(&decided.expect(200)["meeting_id"]);
    inbox.five.invite(&inbox.meeting).await;
    inbox.five.service.run().await;
    let mut reply = Reply::to(&held, "ACCEPTED", now + TimeDelta::minutes(1));
    reply.sequence = Some(1);
    inbox.five.service.clock.advance(TimeDelta::minutes(2));
    inbox.receive(&reply.write()).await;
    assert_eq!(inbox.newest().await["state"], "taken");
    assert_eq!(inbox.answer_of(CARLA).await["answer"], "accepted");
}
