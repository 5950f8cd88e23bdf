//! A request is over by itself when one of its meetings is not what it was.
use serde_json::{Value, json};

use super::{BIELEFELD_PEOPLE, HERFORD_PEOPLE, Hosts, path_in};
use crate::builders::{BIELEFELD, DETMOLD, HERFORD};
use crate::mailbox::to;
use crate::steps::{recipients, time};

/// Bielefeld asks Herford to swap; something happens; the request is over, with that reason.
async fn expired(it: &Hosts, request: &str, why: &str) {
    let shown = it.five.get(request).await;
    assert_eq!(shown["state"], "expired", "at once, before anything runs");
    assert_eq!(shown["expired_because"], why);
    let late = it.act(HERFORD, request, "accept", json!({})).await;
    assert_eq!(late.rules(), ["expired"]);
    let mails = it.five.service.mails().await;
    let mut told: Vec<_> = mails.clone();
    told.retain(|mail| {
        let subject = mail.subject();
        subject.starts_with("Tauschanfrage abgelaufen")
            || subject.starts_with("Request to swap exp")
    });
    let all = BIELEFELD_PEOPLE.iter().chain(&HERFORD_PEOPLE);
    let all: Vec<_> = all.map(|one| (*one).to_owned()).collect();
    assert_eq!(recipients(&told), all, "{why}");
    let shown = it.five.get(request).await;
    assert_eq!(
        (&shown["state"], &shown["expired_because"]),
        (&json!("expired"), &json!(why))
    );
    assert_eq!(shown["decided_way"], Value::Null, "nobody has done it");
    assert_ne!(shown["decided_at"], Value::Null);
    let again = it.five.service.mails().await;
    assert_eq!(again.len(), 0, "{why}");
    let late = it.act(HERFORD, request, "accept", json!({})).await;
    assert_eq!(late.rules(), ["state"]);
}

async fn asked(it: &Hosts) -> String {
    let wanted = json!({ "partner_meeting_id": it.five.meeting(2).await });
    let request = it.asked(BIELEFELD, 1, wanted).await;
    it.five.service.run().await;
    request
}

#[actix_web::test]
async fn when_people_are_invited() {
    let it = Hosts::start().await;
    let request = asked(&it).await;
    it.five.invite(&it.five.meeting(1).await).await;
    expired(&it, &request, "invited").await;
}

#[actix_web::test]
async fn when_the_meeting_begins() {
    let it = Hosts::start().await;
    let request = asked(&it).await;
    it.five.service.clock.set(time("2026-06-09T09:59:59+02:00"));
    it.five.service.run().await;
    assert_eq!(it.state(&request).await, "open");
    it.five.service.clock.set(time("2026-06-09T10:00:00+02:00"));
    expired(&it, &request, "begun").await;
}

#[actix_web::test]
async fn when_a_meeting_is_cancelled() {
    let it = Hosts::start().await;
    let request = asked(&it).await;
    let cancel = format!("/meetings/{}/cancel", it.five.meeting(2).await);
    let reason = json!({ "reason": "Sturm" });
    it.five
        .service
        .post(&it.five.coordinator, &cancel, reason)
        .await
        .expect(200);
    expired(&it, &request, "cancelled").await;
}

#[actix_web::test]
async fn when_another_host_is_set() {
    let it = Hosts::start().await;
    let request = asked(&it).await;
    let path = format!("/series/{}/rotation/overrides", it.five.series);
    let stand_in = json!({
        "meeting_id": it.five.meeting(1).await, "municipality_id": it.five.cities[DETMOLD].id,
        "reason": "Umbau",
    });
    it.five
        .service
        .post(&it.five.coordinator, &path, stand_in)
        .await
        .expect(201);
    expired(&it, &request, "host_changed").await;
    // Detmold hosts now, and may ask itself.
    it.asked(DETMOLD, 1, json!({})).await;
}

#[actix_web::test]
async fn a_request_that_is_over_makes_room_for_another_at_once() {
    let it = Hosts::start().await;
    let request = asked(&it).await;
    let path = format!("/series/{}/rotation/overrides", it.five.series);
    let mut stand_in = json!({
        "meeting_id": it.five.meeting(1).await, "municipality_id": it.five.cities[DETMOLD].id,
        "reason": "Umbau",
    });
    it.five
        .service
        .post(&it.five.coordinator, &path, stand_in.clone())
        .await
        .expect(201);
    it.asked(DETMOLD, 1, json!({})).await;
    assert_eq!(it.state(&request).await, "expired");
    // It does not come back with its host.
    stand_in["municipality_id"] = json!(it.five.cities[BIELEFELD].id);
    it.five
        .service
        .post(&it.five.coordinator, &path, stand_in)
        .await
        .expect(201);
    assert_eq!(it.state(&request).await, "expired");
}

#[actix_web::test]
async fn an_agreement_holds_once_an_invitation_is_out() {
    let it = Hosts::start().await;
    let request = asked(&it).await;
    it.act(HERFORD, &request, "accept", json!({}))
        .await
        .expect(200);
    let mails = it.five.service.mails().await;
    let page = path_in(to(&mails, BIELEFELD_PEOPLE[0]), "swaps");
    it.five.invite(&it.five.meeting(1).await).await;
    let shown = it.five.get(&request).await;
    assert_eq!(
        (&shown["state"], &shown["can_be_undone"]),
        (&json!("accepted"), &json!(false))
    );
    let late = it.act(HERFORD, &request, "undo", json!({})).await;
    assert_eq!(late.rules(), ["state"]);
    let late = it.send(&page, &[("action", "undo")]).await;
    assert_eq!(late.status, 409);
    assert_eq!(
        it.five.hosts(3).await,
        ["Gütersloh", "Herford", "Bielefeld"]
    );
}
