//! Asking, accepting, declining, taking back and undoing over the API, and who hears of it.
use actix_web::test::TestRequest;
use serde_json::json;

use super::{BIELEFELD_PEOPLE, HERFORD_PEOPLE, Hosts, path_in};
use crate::builders::{
    BAD_SALZUFLEN, BIELEFELD, DETMOLD, GUETERSLOH, HERFORD, a_series, list, text,
};
use crate::harness::bearer;
use crate::mailbox::to;
use crate::steps::{recipients, subjects};

const SWAPPED: [&str; 3] = ["Gütersloh", "Herford", "Bielefeld"];
const PLAIN: [&str; 3] = ["Gütersloh", "Bielefeld", "Herford"];

fn both_sides() -> Vec<String> {
    let all = BIELEFELD_PEOPLE.iter().chain(&HERFORD_PEOPLE);
    all.map(|one| (*one).to_owned()).collect()
}

#[actix_web::test]
async fn a_swap_is_asked_for_accepted_and_undone_and_each_is_told_once() {
    let it = Hosts::start().await;
    let wanted = json!({
        "partner_meeting_id": it.five.meeting(2).await, "reason": "Umbau im Rathaus",
    });
    let request = it.asked(BIELEFELD, 1, wanted).await;
    let mails = it.at("2026-03-03T09:00:00+01:00").await;
    assert_eq!(recipients(&mails), HERFORD_PEOPLE);
    let elif = to(&mails, HERFORD_PEOPLE[0]);
    assert_eq!(
        elif.subject(),
        "Tauschanfrage: Bielefeld möchte die Gastgeberrolle am 09.06.2026 tauschen"
    );
    for part in [
        "Dienstag, 11. August 2026",
        "Umbau im Rathaus",
        "Guten Tag Elif Eiche",
    ] {
        let words: Vec<_> = elif.text.split_whitespace().collect();
        assert!(words.join(" ").contains(part), "{part}: {}", elif.text);
    }
    let frank = to(&mails, HERFORD_PEOPLE[1]);
    assert_eq!(
        frank.subject(),
        "Request to swap: Bielefeld would like to swap hosting on 9 Jun 2026"
    );
    assert_eq!(it.five.hosts(3).await, PLAIN, "nothing has changed yet");

    let done = it.act(HERFORD, &request, "accept", json!({})).await;
    let etag = done.etag();
    let done = done.expect(200);
    assert_eq!(done["state"], "accepted");
    assert_eq!(done["decided_by"]["name"], "Elif Eiche");
    assert_eq!(done["decided_way"], "api");
    assert_eq!(done["answers"][0]["answered_by"]["name"], "Elif Eiche");
    assert_eq!(done["can_be_undone"], true);
    assert_eq!(it.five.hosts(3).await, SWAPPED);
    let meeting = it.five.meetings().await.swap_remove(1);
    assert_eq!(meeting["venue"]["name"], "Rathaus Herford");
    assert_eq!(meeting["host_confirmation"]["state"], "confirmed");
    assert_eq!(
        it.ledger().await[1..],
        [
            "#2 pinned Bielefeld/Herford swap: Umbau im Rathaus",
            "#3 pinned Herford/Bielefeld swap: Umbau im Rathaus"
        ]
    );
    let mails = it.at("2026-03-03T09:00:00+01:00").await;
    assert_eq!(recipients(&mails), both_sides());
    assert_eq!(
        to(&mails, BIELEFELD_PEOPLE[0]).subject(),
        "Gastgeberrolle getauscht: Herford am 09.06.2026, Bielefeld am 11.08.2026"
    );
    assert_eq!(
        it.at("2026-03-03T09:30:00+01:00").await.len(),
        0,
        "told already"
    );

    let stale = TestRequest::post()
        .uri(&format!("/api/v1{request}/undo"))
        .insert_header(bearer(it.token(BIELEFELD)))
        .insert_header(("if-match", "\"1\""))
        .set_json(json!({}));
    it.five.service.send(stale).await.expect(412);
    let fresh = TestRequest::post()
        .uri(&format!("/api/v1{request}/undo"))
        .insert_header(bearer(it.token(BIELEFELD)))
        .insert_header(("if-match", etag))
        .set_json(json!({}));
    let undone = it.five.service.send(fresh).await.expect(200);
    assert_eq!(undone["state"], "undone");
    assert_eq!(undone["decided_by"]["name"], "Carla Clematis");
    assert_eq!(it.five.hosts(3).await, PLAIN);
    let mails = it.at("2026-03-03T09:30:00+01:00").await;
    assert_eq!(recipients(&mails), both_sides());
    assert_eq!(
        to(&mails, BIELEFELD_PEOPLE[0]).subject(),
        "Tausch rückgängig gemacht: Treffen am 09.06.2026"
    );
    assert_eq!(it.at("2026-03-03T10:30:00+01:00").await.len(), 0);
    let again = it.act(HERFORD, &request, "undo", json!({})).await;
    assert_eq!(again.rules(), ["state"]);
}

#[actix_web::test]
async fn whoever_accepts_an_open_request_first_offers_a_meeting_or_none() {
    let it = Hosts::start().await;
    let request = it.asked(BIELEFELD, 1, json!({})).await;
    let mails = it.at("2026-03-03T09:00:00+01:00").await;
    assert_eq!(mails.len(), 8, "all but Bielefeld");
    let own = it.five.meeting(3).await;
    let not_its = it
        .act(DETMOLD, &request, "accept", json!({ "meeting_id": own }))
        .await;
    assert_eq!(not_its.rules(), ["meeting_id: host"]);
    let declined = json!({ "reason": "Ratswoche" });
    let shown = it
        .act(DETMOLD, &request, "decline", declined)
        .await
        .expect(200);
    assert_eq!(shown["state"], "open");
    assert_eq!(shown["answers"][3]["reason"], "Ratswoche");
    let given = json!({ "meeting_id": own });
    let done = it
        .act(BAD_SALZUFLEN, &request, "accept", given)
        .await
        .expect(200);
    assert_eq!(done["partner_meeting"]["id"], json!(own));
    assert_eq!(
        it.five.hosts(4).await,
        ["Gütersloh", "Bad Salzuflen", "Herford", "Bielefeld"]
    );
    let late = it.act(HERFORD, &request, "accept", json!({})).await;
    assert_eq!(late.status, 409);
    assert_eq!(late.rules(), ["state"]);
    let mails = it.at("2026-03-03T09:00:00+01:00").await;
    // Detmold has declined and is done with it.
    assert_eq!(mails.len(), 9);
    assert!(subjects(&mails).contains(&"Tauschanfrage erledigt: Treffen am 09.06.2026".to_owned()));
    let carla = to(&mails, BIELEFELD_PEOPLE[0]);
    assert!(
        carla.text.contains("Detmold schreibt dazu: Ratswoche"),
        "{}",
        carla.text
    );
    assert_eq!(it.at("2026-03-03T09:30:00+01:00").await.len(), 0);

    let second = it.asked(HERFORD, 2, json!({})).await;
    let taken = it
        .act(GUETERSLOH, &second, "accept", json!({}))
        .await
        .expect(200);
    assert_eq!(taken["partner_meeting"], json!(null));
    let slot = it.five.rotation(3).await.swap_remove(2);
    assert_eq!(
        (&slot["host"]["name"], &slot["due"]["name"], &slot["source"]),
        (&json!("Gütersloh"), &json!("Herford"), &json!("override"))
    );
    it.act(GUETERSLOH, &second, "undo", json!({}))
        .await
        .expect(200);
    assert_eq!(it.five.hosts(3).await[2], "Herford");
}

#[actix_web::test]
async fn a_request_that_all_decline_is_declined() {
    let it = Hosts::start().await;
    let only = json!({ "municipality_id": it.five.cities[HERFORD].id });
    let request = it.asked(BIELEFELD, 1, only).await;
    assert_eq!(it.five.service.mails().await.len(), 2);
    let done = it
        .act(HERFORD, &request, "decline", json!({ "reason": "Messe" }))
        .await;
    assert_eq!(done.expect(200)["state"], "declined");
    let mails = it.five.service.mails().await;
    assert_eq!(recipients(&mails), both_sides());
    let carla = to(&mails, BIELEFELD_PEOPLE[0]);
    assert_eq!(
        carla.subject(),
        "Tauschanfrage abgelehnt: Treffen am 09.06.2026"
    );
    assert!(carla.text.contains("Herford schreibt dazu: Messe"));
    assert_eq!(it.five.hosts(3).await, PLAIN);
    let late = it.act(HERFORD, &request, "accept", json!({})).await;
    assert_eq!(late.rules(), ["state"]);
    // Another one may be made.
    it.asked(BIELEFELD, 1, json!({})).await;
}

#[actix_web::test]
async fn of_two_who_accept_at_once_one_wins() {
    let it = Hosts::start().await;
    let request = it.asked(BIELEFELD, 1, json!({})).await;
    it.five.service.run().await;
    let (one, other) = tokio::join!(
        it.act(HERFORD, &request, "accept", json!({})),
        it.act(DETMOLD, &request, "accept", json!({}))
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let winner = match one.status.as_u16() {
        200 => "Herford",
        _ => "Detmold",
    };
    assert_eq!(it.five.hosts(2).await[1], winner);
    let answers = it.five.get(&request).await["answers"].clone();
    let accepted = answers.as_array().unwrap().iter();
    assert_eq!(accepted.filter(|one| one["state"] == "accepted").count(), 1);
}

#[actix_web::test]
async fn a_request_can_be_taken_back_until_somebody_accepts() {
    let it = Hosts::start().await;
    let request = it.asked(BIELEFELD, 1, json!({})).await;
    it.five.service.run().await;
    assert_eq!(
        it.act(HERFORD, &request, "withdraw", json!({}))
            .await
            .status,
        403
    );
    let done = it
        .act(BIELEFELD, &request, "withdraw", json!({}))
        .await
        .expect(200);
    assert_eq!(done["state"], "withdrawn");
    assert_eq!(
        it.five.service.mails().await.len(),
        11,
        "all had been asked"
    );
    let late = it.act(HERFORD, &request, "accept", json!({})).await;
    assert_eq!(late.rules(), ["state"]);
    assert_eq!(
        it.act(BIELEFELD, &request, "undo", json!({})).await.rules(),
        ["state"]
    );
    assert_eq!(it.five.service.mails().await.len(), 0);
    let listed = it
        .five
        .get(&format!("{}?state=withdrawn", it.requests()))
        .await;
    assert_eq!(list(&listed).len(), 1);
    let listed = it.five.get(&format!("{}?state=open", it.requests())).await;
    assert_eq!(list(&listed).len(), 0);
}

#[actix_web::test]
async fn everybody_speaks_for_the_own_municipality_only() {
    let it = Hosts::start().await;
    assert_eq!(
        it.ask(HERFORD, 1, json!({})).await.status,
        403,
        "not its turn"
    );
    let service = &it.five.service;
    let body = json!({ "meeting_id": it.five.meeting(1).await });
    let reader = service
        .post(&it.five.reader, &it.requests(), body.clone())
        .await;
    assert_eq!(reader.status, 403);
    let only = json!({ "municipality_id": it.five.cities[HERFORD].id });
    let request = it.asked(BIELEFELD, 1, only).await;
    for what in ["accept", "decline"] {
        assert_eq!(it.act(DETMOLD, &request, what, json!({})).await.status, 403);
        let named = json!({ "municipality_id": it.five.cities[DETMOLD].id });
        let not_asked = it.act(DETMOLD, &request, what, named).await;
        assert_eq!(not_asked.rules(), ["municipality_id: asked"]);
        let named = json!({ "municipality_id": it.five.cities[HERFORD].id });
        assert_eq!(it.act(DETMOLD, &request, what, named).await.status, 403);
    }
    let (_, stranger) = service.cooperation("Andere").await;
    assert_eq!(service.get(&stranger, &request).await.status, 404);
    for what in ["accept", "decline", "withdraw", "undo"] {
        let path = format!("{request}/{what}");
        assert_eq!(service.post(&stranger, &path, json!({})).await.status, 404);
    }
    assert_eq!(
        service.post(&stranger, &it.requests(), body).await.status,
        404
    );
    assert_eq!(service.get(&it.five.reader, &request).await.status, 200);
    // The coordinator speaks for anybody, and has to say for whom where several are asked.
    let all = it.asked(HERFORD, 2, json!({})).await;
    let coordinator = &it.five.coordinator;
    let path = format!("{all}/accept");
    let unnamed = service.post(coordinator, &path, json!({})).await;
    assert_eq!(unnamed.rules(), ["municipality_id: required"]);
    let named = json!({ "municipality_id": it.five.cities[DETMOLD].id });
    let done = service.post(coordinator, &path, named).await.expect(200);
    assert_eq!(done["decided_by"], json!(null));
    assert_eq!(it.five.hosts(3).await[2], "Detmold");
}

#[actix_web::test]
async fn what_cannot_be_swapped_is_refused_and_named() {
    let it = Hosts::start().await;
    let other = text(&json!("0190f3f0-0000-7000-8000-000000000000"));
    let cases = [
        (
            json!({ "partner_meeting_id": other }),
            "partner_meeting_id: exists",
        ),
        (
            json!({ "municipality_id": other }),
            "municipality_id: exists",
        ),
        (
            json!({ "municipality_id": it.five.cities[BIELEFELD].id }),
            "municipality_id: same",
        ),
        (
            json!({ "partner_meeting_id": it.five.meeting(6).await }),
            "partner_meeting_id: same",
        ),
        (
            json!({
                "partner_meeting_id": it.five.meeting(2).await,
                "municipality_id": it.five.cities[DETMOLD].id,
            }),
            "municipality_id: host",
        ),
        (json!({ "reason": "x".repeat(501) }), "reason: length"),
        (json!({ "reason": "a\nb" }), "reason: one_line"),
        (
            json!({ "partner_meeting_id": it.five.meeting(0).await }),
            "state",
        ),
    ];
    for (body, rule) in cases {
        assert_eq!(it.ask(BIELEFELD, 1, body).await.rules(), [rule]);
    }
    assert_eq!(
        it.ask(GUETERSLOH, 0, json!({})).await.rules(),
        ["state"],
        "invited"
    );
    assert_eq!(it.five.service.mails().await.len(), 0);
    it.asked(BIELEFELD, 1, json!({})).await;
    assert_eq!(it.ask(BIELEFELD, 1, json!({})).await.rules(), ["duplicate"]);
    let twice = || {
        TestRequest::post()
            .uri(&format!("/api/v1{}", it.requests()))
            .insert_header(bearer(it.token(HERFORD)))
            .insert_header(("idempotency-key", "once"))
    };
    let body = json!({ "meeting_id": it.five.meeting(2).await });
    let first = it
        .five
        .service
        .send(twice().set_json(&body))
        .await
        .expect(201);
    let second = it
        .five
        .service
        .send(twice().set_json(&body))
        .await
        .expect(201);
    assert_eq!(first["id"], second["id"]);
    assert_eq!(it.five.service.mails().await.len(), 8 + 9);
}

#[actix_web::test]
async fn blackouts_stand_against_it_unless_it_is_meant_nevertheless() {
    let it = Hosts::draft(a_series()).await;
    let blackout = |city: usize| format!("/municipalities/{}/blackouts", it.five.cities[city].id);
    let days = json!({ "starts_on": "2026-06-01", "ends_on": "2026-06-30", "reason": "Messe" });
    it.five.make(&blackout(HERFORD), days).await;
    let days = json!({ "starts_on": "2026-12-08", "ends_on": "2026-12-08" });
    it.five.make(&blackout(BIELEFELD), days).await;
    let path = format!(
        "/series/{}/rotation/swap-candidates?meeting_id={}",
        it.five.series,
        it.five.meeting(1).await
    );
    let found = list(&it.five.get(&path).await);
    let shown: Vec<_> = found
        .iter()
        .take(4)
        .map(|one| {
            let stands = one["blackouts"].as_array().unwrap().iter();
            let stands: Vec<_> = stands
                .map(|one| text(&one["municipality"]["name"]))
                .collect();
            (text(&one["host"]["name"]), stands.join(", "))
        })
        .collect();
    let expected = [
        ("Gütersloh", ""),
        ("Herford", "Herford"),
        ("Bad Salzuflen", ""),
        ("Detmold", "Bielefeld"),
    ];
    assert_eq!(shown, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let wanted = |place: usize, nevertheless: bool| {
        let five = &it.five;
        async move {
            json!({ "partner_meeting_id": five.meeting(place).await, "nevertheless": nevertheless })
        }
    };
    let refused = it.ask(BIELEFELD, 1, wanted(2, false).await).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused
            .text()
            .contains("Herford has a blackout from 2026-06-01"),
        "{}",
        refused.text()
    );
    assert_eq!(refused.rules(), ["blackout"]);
    let own = it.ask(BIELEFELD, 1, wanted(4, false).await).await;
    assert_eq!(own.rules(), ["blackout"]);
    let request = it.asked(BIELEFELD, 1, wanted(2, true).await).await;
    it.act(HERFORD, &request, "accept", json!({}))
        .await
        .expect(200);
    assert_eq!(it.five.hosts(3).await, SWAPPED);
    it.act(HERFORD, &request, "undo", json!({}))
        .await
        .expect(200);
    // An open request: who accepts says it.
    let request = it.asked(BIELEFELD, 1, json!({})).await;
    let refused = it.act(HERFORD, &request, "accept", json!({})).await;
    assert_eq!(refused.rules(), ["blackout"]);
    let december = json!({ "meeting_id": it.five.meeting(4).await });
    let refused = it.act(DETMOLD, &request, "accept", december).await;
    assert_eq!(refused.rules(), ["blackout"], "of who asks");
    let knowing = json!({ "nevertheless": true });
    it.act(HERFORD, &request, "accept", knowing)
        .await
        .expect(200);
    assert_eq!(it.five.hosts(2).await[1], "Herford");
    it.five.service.run().await;
    let mails = it.five.service.all_mails();
    let accepted = mails.iter().filter(|mail| mail.to() == HERFORD_PEOPLE[0]);
    let subject = "Gastgeberrolle übernommen: Herford am 09.06.2026";
    let mut accepted = accepted.filter(|mail| mail.subject() == subject);
    assert!(path_in(accepted.next_back().unwrap(), "swaps").len() > 60);
}
