//! Mails that are no answers.
use chrono::TimeDelta;
use reihum::inbound::intake::IntakeResult;
use serde_json::json;

use super::{Inbox, Reply, bare, words};
use crate::builders::text;
use crate::mailbox::to;

#[tokio::test]
async fn what_only_an_organizer_may_send_changes_nothing() {
    let inbox = Inbox::start().await;
    let address = inbox.address(0, 0);
    let before = inbox
        .five
        .get(&format!("/meetings/{}", inbox.meeting))
        .await;
    for method in [
        "REQUEST",
        "CANCEL",
        "PUBLISH",
        "ADD",
        "DECLINECOUNTER",
        "X-ANY",
    ] {
        let mut reply = Reply::to(inbox.invitation(&address), "DECLINED", inbox.now());
        reply.method = method;
        reply.message_id = format!("{method}.{address}");
        assert_eq!(
            inbox.receive(&reply.write()).await,
            IntakeResult::Done,
            "{method}"
        );
        let mail = inbox.newest().await;
        assert_eq!(
            (&mail["kind"], &mail["state"]),
            (&json!("foreign"), &json!("ignored"))
        );
    }
    assert_eq!(
        inbox
            .five
            .get(&format!("/meetings/{}", inbox.meeting))
            .await,
        before
    );
    assert_eq!(inbox.answer_of(&address).await["answer"], "needs_action");
    assert!(inbox.five.service.mails().await.is_empty());
}

#[tokio::test]
async fn who_asks_for_the_present_state_gets_it_but_not_at_once_again() {
    let inbox = Inbox::start().await;
    let address = inbox.address(4, 0);
    inbox.five.service.clock.advance(TimeDelta::minutes(11));
    let mut refresh = Reply::to(inbox.invitation(&address), "NEEDS-ACTION", inbox.now());
    refresh.method = "REFRESH";
    inbox.receive(&refresh.write()).await;
    let mails = inbox.five.service.mails().await;
    let [again] = &*mails else {
        panic!("{mails:?}")
    };
    assert_eq!(again.to(), address);
    assert_eq!(again.sequence(), inbox.invitation(&address).sequence());
    refresh.message_id = "a.second.wish".to_owned();
    inbox.receive(&refresh.write()).await;
    assert_eq!(inbox.newest().await["reason"], "too_many");
    assert!(inbox.five.service.mails().await.is_empty());
}

#[tokio::test]
async fn words_of_a_person_reach_the_host_who_can_answer_directly() {
    let inbox = Inbox::start().await;
    let address = inbox.address(2, 0);
    let mailbox = bare(inbox.invitation(&address).header("reply-to"));
    let mail = words(
        &address,
        &mailbox,
        "Parken",
        "Gibt es Parkplätze?\r\n.\r\nGruß\r\nBcc: <x@y.example>",
    );
    inbox.receive_for(&mail, &[mailbox]).await;
    let mails = inbox.five.service.mails().await;
    assert_eq!(mails.len(), 2, "both delegates of the host");
    let host = to(&mails, &inbox.address(0, 0));
    assert_eq!(bare(host.header("reply-to")), address);
    assert_eq!(bare(host.header("from")), "treffen@reihum.example");
    assert_eq!(host.subject(), "Weitergeleitet: Parken");
    assert!(host.text.contains("> Gibt es Parkplätze?"), "{}", host.text);
    assert!(host.header("bcc").is_none());
    assert_eq!(inbox.newest().await["state"], "forwarded");
}

#[tokio::test]
async fn a_stranger_without_a_meeting_is_not_passed_on() {
    let inbox = Inbox::start().await;
    let mail = words(
        "werbung@laden.example",
        "treffen@reihum.example",
        "Angebot",
        "Billig!",
    );
    let receipt = inbox.receive(&mail).await;
    assert_eq!(
        receipt,
        IntakeResult::SetAside {
            reason: "unknown_sender".to_owned()
        }
    );
    assert!(
        inbox.five.service.mails().await.is_empty(),
        "nobody coordinates by mail here"
    );
    let known = words(
        &inbox.address(1, 0),
        "treffen@reihum.example",
        "Frage",
        "Wann?",
    );
    inbox.receive(&known).await;
    assert_eq!(
        inbox.newest().await["state"],
        "forwarded",
        "to the host of the next meeting"
    );
}

#[tokio::test]
async fn programs_are_not_answered() {
    let inbox = Inbox::start().await;
    let address = inbox.address(2, 0);
    let mailbox = bare(inbox.invitation(&address).header("reply-to"));
    let cases = [
        ("Auto-Submitted: auto-replied", "auto_reply"),
        ("Precedence: bulk", "bulk"),
        ("List-Id: <alle.kreis.example>", "list"),
        ("Return-Path: <>", "null_sender"),
        ("X-Reihum-Loop: 1", "loop"),
    ];
    for (header, reason) in cases {
        // To a message of ours, only a mail system writes without a sender.
        let to = if reason == "null_sender" {
            "treffen@reihum.example"
        } else {
            &*mailbox
        };
        let mail = words(&address, to, reason, "Ich bin im Urlaub.");
        inbox.receive(&format!("{header}\r\n{mail}")).await;
        let kept = inbox.newest().await;
        assert_eq!(
            (&kept["state"], &kept["reason"]),
            (&json!("ignored"), &json!(reason))
        );
    }
    assert!(inbox.five.service.mails().await.is_empty());
    let mail = words(&address, &mailbox, "Zustellung", "Ihre Mail liegt bei uns.");
    inbox.receive(&format!("Return-Path: <>\r\n{mail}")).await;
    let kept = inbox.newest().await;
    assert_eq!(
        (&kept["state"], &kept["reason"]),
        (&json!("review"), &json!("unclear_bounce"))
    );
}

fn bounce(token: &str, to: &str, action: &str, status: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: <{token}>\r\nSubject: Undelivered\r\n\
         Message-ID: <{action}.{status}@mx.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 no such mailbox\r\n\r\n--b--\r\n"
    )
}

#[tokio::test]
async fn a_mail_that_comes_back_marks_the_address_until_it_is_confirmed() {
    let inbox = Inbox::start().await;
    let five = &inbox.five;
    let person = json!({
        "given_name": "Kim", "family_name": "Koralle", "address": "kim@koordination.example",
        "role": "coordinator", "from": "2026-01-01",
    });
    five.make("/people", person).await;
    five.service.mails().await;
    let person = &five.cities[2].people[0];
    let token = bare(inbox.invitation(&person.address).header("reply-to"));
    inbox
        .receive(&bounce(&token, &person.address, "delayed", "4.4.1"))
        .await;
    assert_eq!(inbox.newest().await["reason"], "delayed");
    let path = format!("{}/people/{}", five.base, person.id);
    assert!(five.get(&path).await["undeliverable_since"].is_null());
    inbox
        .receive(&bounce(&token, &person.address, "failed", "5.1.1"))
        .await;
    assert_eq!(inbox.newest().await["state"], "taken");
    let words = text(&five.get(&path).await["undeliverable_words"]);
    assert_eq!(words, "5.1.1 550 no such mailbox");
    let told = five.service.mails().await;
    let [coordinator] = &*told else {
        panic!("{told:?}")
    };
    assert_eq!(coordinator.to(), "kim@koordination.example");
    assert!(
        coordinator.text.contains(&person.address),
        "{}",
        coordinator.text
    );
    inbox
        .receive(&bounce(&token, &person.address, "failed", "5.1.2"))
        .await;
    assert!(five.service.mails().await.is_empty(), "once");

    let meeting = format!("/meetings/{}", inbox.meeting);
    let moved = json!({ "date": "2026-04-21" });
    five.service
        .patch(&five.coordinator, &meeting, moved)
        .await
        .expect(200);
    five.service.clock.advance(TimeDelta::minutes(11));
    let updates = five.service.mails().await;
    assert!(updates.iter().all(|mail| mail.to() != person.address));
    let confirm = format!("{path}/confirm-address");
    let confirmed = five
        .service
        .post(&five.coordinator, &confirm, json!({}))
        .await
        .expect(200);
    assert!(confirmed["undeliverable_since"].is_null());
    let mails = five.service.mails().await;
    assert_eq!(
        to(&mails, &person.address).subject(),
        "Einladung: 1. Treffen „5 für OWL“ am 21.04.2026 in Gütersloh"
    );
    let other = &five.cities[0].people[0].token;
    five.service
        .post(other, &confirm, json!({}))
        .await
        .expect(403);
}

#[tokio::test]
async fn a_bounce_that_nobody_can_place_changes_nothing() {
    let inbox = Inbox::start().await;
    let address = inbox.address(2, 0);
    let made_up = format!("treffen+{}@reihum.example", "a".repeat(42));
    inbox
        .receive(&bounce(&made_up, &address, "failed", "5.1.1"))
        .await;
    let mail = inbox.newest().await;
    assert_eq!(
        (&mail["state"], &mail["reason"]),
        (&json!("review"), &json!("unknown_message"))
    );
    let person = &inbox.five.cities[2].people[0];
    let path = format!("{}/people/{}", inbox.five.base, person.id);
    assert!(inbox.five.get(&path).await["undeliverable_since"].is_null());
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_with_the_reason() {
    let inbox = Inbox::start().await;
    let part = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n";
    let many = format!(
        "From: <a@b.example>\r\nTo: <treffen@reihum.example>\r\nSubject: viel\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n",
        part.repeat(10_000)
    );
    let receipt = inbox.receive(&many).await;
    let IntakeResult::SetAside { reason } = receipt else {
        panic!("{receipt:?}")
    };
    assert!(reason.contains("parts"), "{reason}");
    let mail = inbox.newest().await;
    assert_eq!(
        (&mail["kind"], &mail["subject"]),
        (&json!("unreadable"), &json!("viel"))
    );
    assert_eq!(
        inbox.receive("nothing at all").await,
        IntakeResult::SetAside {
            reason: "this is no mail: it has no header fields".to_owned()
        }
    );
}

#[tokio::test]
async fn of_cooperations_with_one_mailbox_the_one_that_knows_the_author_gets_a_mail() {
    let inbox = Inbox::start().await;
    let service = &inbox.five.service;
    let (slug, token) = service.cooperation("Nordkreis").await;
    let address = inbox.address(2, 0);
    let write = async |subject: &str| {
        let mail = words(
            &address,
            "treffen@reihum.example",
            subject,
            "Wann ist das Treffen?",
        );
        inbox.receive(&mail).await;
        inbox.newest().await
    };
    let kept = write("eins").await;
    assert_eq!(
        (&kept["state"], &kept["subject"]),
        (&json!("forwarded"), &json!("eins"))
    );
    // Known in both: nobody can tell, and the operator decides.
    let person = json!({
        "given_name": "Elif", "family_name": "Beispiel", "address": address, "role": "reader",
        "from": "2026-01-01",
    });
    let path = format!("/cooperations/{slug}/people");
    service.post(&token, &path, person).await.expect(201);
    let kept = write("zwei").await;
    assert_eq!(kept["subject"], "eins", "it is in no cooperation's list");
}
