//! The outbox: what is taken is sent, once where possible, and what fails is seen and tried again.
use chrono::TimeDelta;
use diesel::prelude::*;
use mail::{MailTransport, SmtpConfig, Tls};
use reihum::db::Id;
use reihum::db::schema::message_contents;
use reihum::invitations::compose::stored_notice;
use reihum::jobs;
use reihum::notifications::{Message, queue};
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, FiveCities};
use crate::harness::until;
use crate::invitations::{CARLA, Convened, ELIF};
use crate::mailbox::{Mail, to};
use crate::smtp_server::{FIRST_QUEUE_ID, Kind, Server};

/// Five cities with one delegate's address replaced, invited, and nothing sent yet.
async fn convened_with(address: Option<&str>) -> Convened {
    let five = FiveCities::start().await;
    if let Some(address) = address {
        let person = &five.cities[BIELEFELD].people[0].id;
        let path = format!("{}/people/{person}", five.base);
        let other = json!({ "address": address });
        five.service
            .patch(&five.coordinator, &path, other)
            .await
            .expect(200);
    }
    let meeting = five.meeting(0).await;
    let it = Convened {
        five,
        meeting,
        mails: Vec::new(),
    };
    it.post("/invite", json!({})).await;
    it
}

fn message(invitation: &Value, place: usize) -> &Value {
    &invitation["messages"][place]
}

#[actix_web::test]
async fn what_was_sent_but_not_written_down_is_sent_again_as_the_same_mail() {
    let it = convened_with(None).await;
    let service = &it.five.service;
    let now = service.app.clock.now();
    // A worker takes everything, sends it, and dies before it can say so.
    let taken = service
        .app
        .db
        .claim(move |conn| queue::take(conn, now))
        .await
        .unwrap();
    assert_eq!(taken.len(), 11);
    let mut link = service.folder().open().await.unwrap();
    for message in &taken {
        let notice = stored_notice(message.invitation.map(Id::cast), &message.content).unwrap();
        let mail = notice.mail(&service.app.settings, message.id, &message.message_id);
        let mail = service.folder().render_message(&mail).unwrap();
        link.deliver(&mail).await.unwrap();
    }
    let before = service.all_mails();
    assert_eq!(before.len(), 11);
    assert_eq!(service.run().await, 0, "the lease still holds");
    let carla = it.invitation(CARLA).await;
    assert_eq!(message(&carla, 0)["state"], "queued");
    service.clock.advance(queue::LEASE);
    assert_eq!(service.run().await, 11);
    let after = service.all_mails();
    assert_eq!(after.len(), 11, "the same mails under the same names");
    for (one, other) in before.iter().zip(&after) {
        assert_eq!(one.bytes, other.bytes, "to the byte");
    }
    let carla = it.invitation(CARLA).await;
    assert_eq!(message(&carla, 0)["state"], "sent");
    assert_eq!(message(&carla, 0)["attempts"], 2);
}

#[actix_web::test]
async fn a_letter_that_cannot_be_read_fails_by_itself_and_is_seen() {
    let it = convened_with(None).await;
    let service = &it.five.service;
    let carla = it.invitation(CARLA).await;
    let id: Id<Message> = message(&carla, 0)["id"].as_str().unwrap().parse().unwrap();
    let spoil = move |tx: &mut reihum::Tx| {
        let row = message_contents::table.find(id);
        let spoilt = diesel::update(row).set(message_contents::content.eq("{}"));
        Ok(spoilt.execute(&mut **tx)?)
    };
    assert_eq!(service.app.write(spoil).await.unwrap(), 1);
    assert_eq!(service.run().await, 10);
    let carla = it.invitation(CARLA).await;
    assert_eq!(message(&carla, 0)["state"], "failed");
    let words = message(&carla, 0)["last_words"].as_str().unwrap();
    assert!(words.contains("missing field"), "{words}");
    assert_eq!(carla["undeliverable_since"], Value::Null);
}

#[actix_web::test]
async fn a_temporary_refusal_is_tried_again_later_and_later() {
    let it = convened_with(Some("later@bielefeld.example")).await;
    let server = Server::start(Kind::Plain).await;
    let transport = server.transport(Tls::None);
    let app = &it.five.service.app;
    assert_eq!(jobs::run_once(app, &transport).await.unwrap(), 10);
    let seen = it.invitation("later@bielefeld.example").await;
    let waiting = message(&seen, 0);
    assert_eq!(
        (&waiting["state"], &waiting["attempts"]),
        (&json!("queued"), &json!(1))
    );
    assert_eq!(waiting["last_words"], "4.2.0 grey listed");
    assert_eq!(seen["undeliverable_since"], Value::Null);
    assert_eq!(server.heard("RCPT TO:<later@"), 1);
    jobs::run_once(app, &transport).await.unwrap();
    assert_eq!(server.heard("RCPT TO:<later@"), 1, "not at once");
    let mut tried = 1;
    for _ in 0..5 * 24 {
        let seen = it.invitation("later@bielefeld.example").await;
        assert_eq!(message(&seen, 0)["state"], "queued");
        it.five.service.clock.advance(TimeDelta::hours(1));
        jobs::run_once(app, &transport).await.unwrap();
        let now = server.heard("RCPT TO:<later@");
        assert!(now - tried <= 1);
        tried = now;
    }
    assert_eq!(tried, 1 + 5 * 24, "after five days it is given up");
    let seen = it.invitation("later@bielefeld.example").await;
    assert_eq!(message(&seen, 0)["state"], "failed");
    assert_eq!(message(&seen, 0)["attempts"], tried);
    assert_eq!(
        seen["undeliverable_since"],
        Value::Null,
        "the address may be right"
    );
    assert_eq!(seen["messages"].as_array().unwrap().len(), 1);
    // Who never got an invitation gets one when the others get an update.
    it.patch(json!({ "title": "Sondersitzung" })).await;
    let mails = it.after_the_window().await;
    let subject = |address| to(&mails, address).subject();
    assert!(subject("later@bielefeld.example").starts_with("Einladung: "));
    assert!(subject(ELIF).starts_with("Aktualisiert: "));
}

#[actix_web::test]
async fn a_refused_address_is_marked_and_invited_again_under_another() {
    let it = convened_with(Some("never@bielefeld.example")).await;
    let server = Server::start(Kind::Plain).await;
    let transport = server.transport(Tls::None);
    let service = &it.five.service;
    // Ten others, and both people of the host hear that this one cannot be reached.
    assert_eq!(jobs::run_once(&service.app, &transport).await.unwrap(), 12);
    let seen = it.invitation("never@bielefeld.example").await;
    assert_eq!(message(&seen, 0)["state"], "failed");
    assert!(
        seen["undeliverable_words"]
            .as_str()
            .unwrap()
            .contains("5.1.1 nobody"),
        "{seen}"
    );
    let path = format!(
        "/invitations/{}/resend",
        seen["person_id"].as_str().unwrap()
    );
    let again = service
        .post(&it.five.coordinator, &it.path(&path), json!({}))
        .await;
    assert_eq!(again.rules(), ["undeliverable"]);
    // What changes meanwhile goes to the others.
    it.patch(json!({ "title": "Sondersitzung" })).await;
    service.clock.advance(TimeDelta::minutes(10));
    assert_eq!(jobs::run_once(&service.app, &transport).await.unwrap(), 10);
    let person = format!(
        "{}/people/{}",
        it.five.base,
        seen["person_id"].as_str().unwrap()
    );
    service
        .patch(&it.five.coordinator, &person, json!({ "address": CARLA }))
        .await
        .expect(200);
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    let carla = to(&mails, CARLA);
    assert!(
        carla.subject().starts_with("Einladung: "),
        "{}",
        carla.subject()
    );
    assert_eq!(
        carla.sequence(),
        it.seen().await["sequence"].as_i64().unwrap()
    );
    assert_eq!(service.run().await, 0);
}

#[actix_web::test]
async fn a_server_out_of_reach_costs_no_message_an_attempt() {
    let it = convened_with(None).await;
    // Nobody listens where somebody has just stopped to.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let config = SmtpConfig {
        port,
        ..Server::start(Kind::Plain).await.config(Tls::None)
    };
    let transport = MailTransport::smtp(config).unwrap();
    for _ in 0..3 {
        assert_eq!(
            jobs::run_once(&it.five.service.app, &transport)
                .await
                .unwrap(),
            0
        );
    }
    let carla = it.invitation(CARLA).await;
    assert_eq!(message(&carla, 0)["attempts"], 0);
    assert_eq!(message(&carla, 0)["state"], "queued");
    assert_eq!(it.five.service.mails().await.len(), 11);
}

#[actix_web::test]
async fn a_connection_that_breaks_after_the_mail_sends_the_same_mail_again() {
    let it = convened_with(Some("vanishes@bielefeld.example")).await;
    let server = Server::start(Kind::Plain).await;
    let app = &it.five.service.app;
    assert_eq!(
        jobs::run_once(app, &server.transport(Tls::None))
            .await
            .unwrap(),
        10
    );
    it.five.service.clock.advance(TimeDelta::minutes(1));
    jobs::run_once(app, &server.transport(Tls::None))
        .await
        .unwrap();
    let mails = server.mails.lock().unwrap();
    let address = "To: \"Carla Clematis\" <vanishes@bielefeld.example>";
    let to_carla: Vec<_> = mails
        .iter()
        .filter(|mail| String::from_utf8_lossy(mail).contains("<vanishes@bielefeld.example>\r\n"))
        .collect();
    assert_eq!(to_carla.len(), 2, "{address}");
    assert_eq!(to_carla[0], to_carla[1]);
}

#[actix_web::test]
async fn an_update_in_doubt_is_told_even_if_it_was_undone() {
    let it = convened_with(Some("vanishes@bielefeld.example")).await;
    let server = Server::start(Kind::Plain).await;
    let (service, transport) = (&it.five.service, server.transport(Tls::None));
    // The invitation may have arrived or not.
    assert_eq!(jobs::run_once(&service.app, &transport).await.unwrap(), 10);
    it.patch(json!({ "title": "Sondersitzung" })).await;
    it.patch(json!({ "title": null })).await;
    service.clock.advance(TimeDelta::minutes(10));
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1, "the others know how things stand");
    assert!(
        mails[0].subject().starts_with("Einladung: "),
        "{}",
        mails[0].subject()
    );
    assert_eq!(
        mails[0].sequence(),
        it.seen().await["sequence"].as_i64().unwrap()
    );
}

#[actix_web::test]
async fn two_workers_never_take_the_same_message_and_keep_the_order() {
    let it = convened_with(None).await;
    let app = &it.five.service.app;
    let now = app.clock.now();
    let series = format!("{}/series/{}", it.five.base, it.five.series);
    let at_once = json!({ "change_window_minutes": 0 });
    it.five
        .service
        .patch(&it.five.coordinator, &series, at_once)
        .await
        .expect(200);
    let take = || app.db.claim(move |conn| queue::take(conn, now));
    let (one, other) = futures_util::future::join(take(), take()).await;
    assert_eq!(one.unwrap().len() + other.unwrap().len(), 11);
    // While one is on its way the next to the same person waits, whoever asks.
    it.patch(json!({ "title": "Sondersitzung" })).await;
    it.five.service.clock.advance(TimeDelta::minutes(4));
    assert_eq!(it.five.service.run().await, 0);
    let carla = it.invitation(CARLA).await;
    let states = [message(&carla, 0), message(&carla, 1)].map(|one| one["state"].clone());
    assert_eq!(states, ["queued", "queued"]);
    let now = app.clock.now();
    let waiting = app.db.read(move |conn| queue::is_waiting(conn, now)).await;
    assert!(!waiting.unwrap(), "nobody needs to try to take anything");
    it.five.service.clock.advance(TimeDelta::minutes(1));
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 22);
    let carlas: Vec<_> = mails.iter().filter(|mail| mail.to() == CARLA).collect();
    assert!(carlas[0].subject().starts_with("Einladung: "));
    assert!(carlas[1].subject().starts_with("Aktualisiert: "));
}

#[actix_web::test]
async fn workers_send_by_themselves_and_stop_when_told() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(0).await;
    let it = Convened {
        five,
        meeting,
        mails: Vec::new(),
    };
    let server = Server::start(Kind::Starttls).await;
    let workers = jobs::start(&it.five.service.app, server.transport(Tls::Starttls));
    it.post("/invite", json!({})).await;
    let db = &it.five.service.app.db;
    until("everything is sent", async || {
        db.read(queue::is_idle).await.unwrap()
    })
    .await;
    workers.stop().await;
    let mails = server.mails.lock().unwrap().clone();
    assert_eq!(mails.len(), 11);
    assert!(server.heard("EHLO") <= 3 * it.five.service.app.settings.mail_connections);
    // Many are written down at once, each with what the server said to it.
    for (place, mail) in mails.into_iter().enumerate() {
        let address = Mail::parse("", &mail).to();
        let invitation = it.invitation(&address).await;
        assert_eq!(message(&invitation, 0)["state"], "sent");
        let words = format!("2.0.0 queued as {}", FIRST_QUEUE_ID + place);
        assert_eq!(message(&invitation, 0)["last_words"], words);
    }
    assert_eq!(it.five.service.run().await, 0);
}

#[actix_web::test]
async fn a_refused_sender_is_no_fault_of_the_addresses() {
    let it = convened_with(None).await;
    let service = &it.five.service;
    let server = Server::start(Kind::RefusesSender).await;
    let transport = server.transport(Tls::None);
    assert_eq!(jobs::run_once(&service.app, &transport).await.unwrap(), 0);
    assert_eq!(server.heard("MAIL FROM"), 11);
    let carla = it.invitation(CARLA).await;
    assert_eq!(carla["undeliverable_since"], Value::Null);
    assert_eq!(message(&carla, 0)["state"], "queued");
    assert_eq!(
        message(&carla, 0)["last_words"],
        "5.7.1 sender rejected",
        "{carla}"
    );
    // As soon as the server takes our mail again, everybody gets theirs.
    service.clock.advance(TimeDelta::minutes(1));
    assert_eq!(service.mails().await.len(), 11);
}

#[actix_web::test]
async fn a_corrected_address_is_invited_and_not_blamed_for_the_wrong_one() {
    let it = convened_with(Some("later@bielefeld.example")).await;
    let server = Server::start(Kind::Plain).await;
    let (service, transport) = (&it.five.service, server.transport(Tls::None));
    let carla = &it.five.cities[BIELEFELD].people[0].id;
    let person = format!("{}/people/{carla}", it.five.base);
    let moves_to = async |address: &str| {
        let address = json!({ "address": address });
        service
            .patch(&it.five.coordinator, &person, address)
            .await
            .expect(200);
    };
    // What waits for a later attempt goes to the new address at once.
    assert_eq!(jobs::run_once(&service.app, &transport).await.unwrap(), 10);
    moves_to("never@bielefeld.example").await;
    // Only both people of the host hear of it.
    assert_eq!(jobs::run_once(&service.app, &transport).await.unwrap(), 2);
    let seen = it.invitation("never@bielefeld.example").await;
    let states = [message(&seen, 0), message(&seen, 1)].map(|one| one["state"].clone());
    assert_eq!(states, ["superseded", "failed"]);
    assert_ne!(seen["undeliverable_since"], Value::Null);
    moves_to(CARLA).await;
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(to(&mails, CARLA).subject().starts_with("Einladung: "));
    assert_eq!(
        it.invitation(CARLA).await["undeliverable_since"],
        Value::Null
    );
    assert_eq!(service.run().await, 0);
}

#[actix_web::test]
async fn a_bounce_of_the_old_address_does_not_mark_the_new_one() {
    let it = convened_with(Some("held-never@bielefeld.example")).await;
    let server = Server::start(Kind::Plain).await;
    let (service, transport) = (&it.five.service, server.transport(Tls::None));
    let carla = &it.five.cities[BIELEFELD].people[0].id;
    let person = format!("{}/people/{carla}", it.five.base);
    // Before the server refuses the address, somebody corrects it.
    let correct = async {
        until("the address is tried", async || {
            server.heard("RCPT TO:<held-never@") > 0
        })
        .await;
        let address = json!({ "address": CARLA });
        service
            .patch(&it.five.coordinator, &person, address)
            .await
            .expect(200);
        server.release();
    };
    let sending = jobs::run_once(&service.app, &transport);
    let (sent, ()) = futures_util::future::join(sending, correct).await;
    assert_eq!(sent.unwrap(), 10);
    let seen = it.invitation(CARLA).await;
    assert_eq!(message(&seen, 0)["state"], "failed");
    assert_eq!(seen["undeliverable_since"], Value::Null, "{seen}");
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(to(&mails, CARLA).subject().starts_with("Einladung: "));
}

#[actix_web::test]
async fn nothing_is_sent_whose_lease_ran_out_while_the_server_let_us_in() {
    let it = convened_with(None).await;
    let service = &it.five.service;
    let server = Server::start(Kind::Plain).await;
    let clock = service.clock.clone();
    server.before_greeting(move || clock.advance(queue::LEASE));
    let transport = server.transport(Tls::None);
    assert_eq!(jobs::run_once(&service.app, &transport).await.unwrap(), 0);
    assert_eq!(server.heard("EHLO"), 1);
    assert_eq!(server.heard("MAIL FROM"), 0);
    let carla = it.invitation(CARLA).await;
    assert_eq!(message(&carla, 0)["state"], "queued");
    assert_eq!(message(&carla, 0)["attempts"], 0);
    assert_eq!(service.mails().await.len(), 11);
}

#[actix_web::test]
async fn a_cancellation_that_came_back_can_be_said_again() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let carla = &it.five.cities[BIELEFELD].people[0].id;
    let person = format!("{}/people/{carla}", it.five.base);
    let moves_to = async |address: &str| {
        let address = json!({ "address": address });
        service
            .patch(&it.five.coordinator, &person, address)
            .await
            .expect(200);
    };
    moves_to("never@bielefeld.example").await;
    it.post("/cancel", json!({ "reason": "Sturm" })).await;
    service.clock.advance(TimeDelta::minutes(10));
    let server = Server::start(Kind::Plain).await;
    let transport = server.transport(Tls::None);
    // With the turn that is given back, the turns of all have moved; the others hear of that as well.
    let sent = jobs::run_once(&service.app, &transport).await.unwrap();
    assert_eq!(sent, 12 + 10);
    moves_to(CARLA).await;
    assert_eq!(service.run().await, 0);
    it.post(&format!("/invitations/{carla}/resend"), json!({}))
        .await;
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    let off = to(&mails, CARLA);
    assert_eq!(off.property("METHOD"), Some("CANCEL"));
    assert!(off.text.contains("Sturm"), "{}", off.text);
}
