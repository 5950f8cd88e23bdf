//! What a token and a feed grant follows the role and the membership of their person.
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::builders::FiveCities;
use crate::harness::Service;

/// The statuses of a request for coordinators, one for delegates and one for readers.
async fn statuses(service: &Service, token: &str, base: &str) -> [u16; 3] {
    let tokens = service.get(token, &format!("{base}/tokens")).await;
    let people = service.get(token, &format!("{base}/people")).await;
    let series = service.get(token, &format!("{base}/series")).await;
    [tokens, people, series].map(|answer| answer.status.as_u16())
}

async fn token(five: &FiveCities, role: &str, person: &str) -> String {
    let new = json!({ "role": role, "person_id": person, "label": "test" });
    let path = format!("{}/tokens", five.base);
    let made = five.service.post(&five.coordinator, &path, new).await;
    made.expect(201)["token"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_token_grants_no_more_than_the_present_role_of_its_person() {
    let five = FiveCities::start().await;
    let person = &five.cities[0].people[0].id;
    let path = format!("{}/people/{person}", five.base);
    let become_a = async |role: &str| {
        let change = json!({ "role": role });
        let changed = five.service.patch(&five.coordinator, &path, change).await;
        changed.expect(200);
    };
    become_a("coordinator").await;
    let mut tokens = Vec::new();
    for role in ["coordinator", "delegate", "reader"] {
        tokens.push(token(&five, role, person).await);
    }
    for (role, expected) in [
        (
            "coordinator",
            [[200, 200, 200], [403, 200, 200], [403, 403, 200]],
        ),
        (
            "delegate",
            [[403, 200, 200], [403, 200, 200], [403, 403, 200]],
        ),
        (
            "deputy",
            [[403, 200, 200], [403, 200, 200], [403, 403, 200]],
        ),
        ("reader", [[403, 403, 200]; 3]),
        ("guest", [[403, 403, 200]; 3]),
        (
            "coordinator",
            [[200, 200, 200], [403, 200, 200], [403, 403, 200]],
        ),
    ] {
        become_a(role).await;
        for (token, expected) in tokens.iter().zip(expected) {
            let got = statuses(&five.service, token, &five.base).await;
            assert_eq!(got, expected, "{role}");
        }
    }
    // And none is made that would grant more.
    let new = |role: &str| json!({ "role": role, "person_id": person, "label": "test" });
    let tokens = format!("{}/tokens", five.base);
    for (role, refused) in [
        ("delegate", vec!["coordinator"]),
        ("reader", vec!["coordinator", "delegate"]),
        ("guest", vec!["coordinator", "delegate"]),
    ] {
        become_a(role).await;
        for token in refused {
            let made = five
                .service
                .post(&five.coordinator, &tokens, new(token))
                .await;
            assert_eq!(made.rules(), ["role: role"], "{token} for a {role}");
        }
    }
}

/// A municipality leaves after the day on which the clock starts.
async fn leave(five: &FiveCities, municipality: &str) {
    let municipality = format!("{}/municipalities/{municipality}", five.base);
    let leave = json!({ "left_on": "2026-03-03" });
    let left = five
        .service
        .patch(&five.coordinator, &municipality, leave)
        .await;
    left.expect(200);
}

#[actix_web::test]
async fn a_token_ends_with_the_membership_of_the_municipality() {
    let five = FiveCities::start().await;
    let meetings = five.meetings().await;
    let host = meetings[0]["host"]["id"].as_str().unwrap();
    let delegate = five.host_token(&meetings[0]).to_owned();
    let meeting = format!("/meetings/{}", meetings[0]["id"].as_str().unwrap());
    let prepare = json!({ "title": "Klausur" });
    let prepared = five
        .service
        .patch(&delegate, &meeting, prepare.clone())
        .await;
    prepared.expect(200);
    leave(&five, host).await;
    assert_eq!(
        statuses(&five.service, &delegate, &five.base).await,
        [403, 200, 200]
    );
    // It hosts no more, though it is a member until tonight.
    let refused = five
        .service
        .patch(&delegate, &meeting, prepare.clone())
        .await;
    refused.expect(403);
    five.service.clock.advance(TimeDelta::days(1));
    assert_eq!(
        statuses(&five.service, &delegate, &five.base).await,
        [401; 3]
    );
    five.service
        .patch(&delegate, &meeting, prepare)
        .await
        .expect(401);
}

#[actix_web::test]
async fn a_feed_ends_with_the_membership_of_its_person() {
    let five = FiveCities::start().await;
    let member = &five.cities[1].people[0];
    let person = format!("{}/people/{}", five.base, member.id);
    let mut feeds = Vec::new();
    for new in [
        json!({ "scope": "person" }),
        json!({ "scope": "cooperation" }),
        json!({ "scope": "series", "series_id": five.series }),
    ] {
        let made = five.service.post(&member.token, "/feeds", new).await;
        feeds.push(made.expect(201)["url"].as_str().unwrap().to_owned());
    }
    let statuses = async || {
        let mut statuses = Vec::new();
        for url in &feeds {
            let path = url.strip_prefix("https://reihum.example").unwrap();
            let request = actix_web::test::TestRequest::get().uri(path);
            statuses.push(five.service.send(request).await.status.as_u16());
        }
        statuses
    };
    let become_ = async |change: Value| {
        let changed = five.service.patch(&five.coordinator, &person, change).await;
        changed.expect(200);
    };
    assert_eq!(statuses().await, [200; 3]);
    become_(json!({ "role": "guest" })).await;
    assert_eq!(
        statuses().await,
        [200, 404, 404],
        "a guest sees the own meetings only"
    );
    become_(json!({ "role": "delegate" })).await;
    assert_eq!(statuses().await, [200; 3]);
    become_(json!({ "until": "2026-03-02" })).await;
    assert_eq!(statuses().await, [200; 3]);
    five.service.clock.advance(TimeDelta::days(1));
    assert_eq!(statuses().await, [404; 3]);
    become_(json!({ "until": null })).await;
    assert_eq!(statuses().await, [200; 3]);
    leave(&five, &five.cities[1].id).await;
    assert_eq!(statuses().await, [404; 3]);
}
