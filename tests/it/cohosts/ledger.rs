//! What becomes of co-hosts when turns are held, cancelled, taken over, swapped and taken back.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{name, names, remove};
use crate::builders::{
    BAD_SALZUFLEN, BIELEFELD, DETMOLD, FiveCities, GUETERSLOH, HERFORD, a_series, list, text,
};
use crate::harness::{Answer, Service};

async fn stand_in(five: &FiveCities, place: usize, city: usize) -> Answer {
    five.stand_in(place, city, "Umbau").await
}

async fn take_back(five: &FiveCities, place: usize) {
    let path = format!(
        "/series/{}/rotation/overrides/{}",
        five.series,
        five.meeting(place).await
    );
    five.service
        .delete(&five.coordinator, &path)
        .await
        .expect(204);
}

async fn act(five: &FiveCities, place: usize, what: &str, body: Value) {
    let path = format!("/meetings/{}/{what}", five.meeting(place).await);
    let done = five.service.post(&five.coordinator, &path, body).await;
    assert!(done.status.is_success(), "{}", done.text());
}

/// Host and co-hosts of the meeting at that place.
async fn hosts(five: &FiveCities, place: usize) -> (String, Vec<String>) {
    let meeting = five.meetings().await.swap_remove(place);
    (text(&meeting["host"]["name"]), names(&meeting["cohosts"]))
}

fn is(host: &str, cohosts: &[&str]) -> (String, Vec<String>) {
    let cohosts = cohosts.iter().map(|one| (*one).to_owned());
    (host.to_owned(), cohosts.collect())
}

/// `state due/host +cohosts` of each entry.
async fn ledger(five: &FiveCities) -> Vec<String> {
    let path = format!("/series/{}/rotation/ledger", five.series);
    let name = |value: &Value| value["name"].as_str().unwrap_or("-").to_owned();
    let line = |one: &Value| {
        let cohosts = names(&one["cohosts"]);
        let cohosts = if cohosts.is_empty() {
            String::new()
        } else {
            format!(" +{}", cohosts.join(" +"))
        };
        format!(
            "{} {}/{}{cohosts}",
            text(&one["state"]),
            name(&one["due"]),
            name(&one["host"])
        )
    };
    list(&five.get(&path).await).iter().map(line).collect()
}

async fn fairness(five: &FiveCities) -> Vec<Value> {
    let path = format!("/series/{}/rotation/fairness", five.series);
    five.get(&path).await["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_turn_that_was_held_counts_in_parts() {
    let five = FiveCities::start().await;
    name(&five, 0, &[HERFORD]).await.expect(201);
    five.hold(0).await;
    assert_eq!(
        ledger(&five).await,
        [
            "cohosted -/- +Herford",
            "assigned Gütersloh/Gütersloh +Herford",
            "counted Gütersloh/Gütersloh +Herford",
        ]
    );
    let items = fairness(&five).await;
    assert_eq!(items[GUETERSLOH]["counted"], 0.5);
    assert_eq!(items[GUETERSLOH]["hosted"], 1);
    assert_eq!(items[GUETERSLOH]["standing_in"], 0);
    assert_eq!(items[HERFORD]["counted"], 0.5);
    assert_eq!(items[HERFORD]["cohosted"], 1);
    assert_eq!(items[HERFORD]["hosted"], 0);
    assert_eq!(items[HERFORD]["standing_in"], 0);
    assert_eq!(items[BIELEFELD]["counted"], 0, "whole numbers stay whole");
    let path = format!("/series/{}/rotation/fairness", five.series);
    assert_eq!(five.get(&path).await["spread"], 0.5);
    // Each has a turn before the first round is over, and nobody two in a row.
    let hosts = five.hosts(8).await;
    assert!(hosts.windows(2).all(|two| two[0] != two[1]), "{hosts:?}");
    let report = five
        .get(&format!(
            "/series/{}/rotation/report?year=2026",
            five.series
        ))
        .await;
    let line = |city: usize| report["items"][city].clone();
    assert_eq!(line(GUETERSLOH)["charged"], 0.5);
    assert_eq!(line(HERFORD)["charged"], 0.5);
    assert_eq!(line(HERFORD)["cohosted"], 1);
    assert_eq!(line(HERFORD)["hosted"], 0);
    let differences = (0..5).map(|city| line(city)["difference_thousandths"].as_i64().unwrap());
    assert_eq!(
        differences.collect::<Vec<_>>(),
        [300, -200, 300, -200, -200]
    );
}

#[actix_web::test]
async fn who_hosts_instead_is_no_co_host_until_that_is_taken_back() {
    let five = FiveCities::start().await;
    name(&five, 1, &[HERFORD, DETMOLD]).await.expect(201);
    let slot = stand_in(&five, 1, HERFORD).await.expect(201);
    assert_eq!(slot["due"]["name"], "Bielefeld");
    assert_eq!(slot["cohosts"][0]["part_thousandths"], 500);
    assert_eq!(hosts(&five, 1).await, is("Herford", &["Detmold"]));
    // Called off and on again in between makes no difference.
    act(&five, 1, "cancel", json!({ "reason": "Sturm" })).await;
    act(&five, 1, "restore", json!({})).await;
    assert_eq!(hosts(&five, 1).await, is("Herford", &["Detmold"]));
    take_back(&five, 1).await;
    assert_eq!(
        hosts(&five, 1).await,
        is("Bielefeld", &["Herford", "Detmold"])
    );
    // What was named in between stays.
    stand_in(&five, 1, HERFORD).await.expect(201);
    name(&five, 1, &[GUETERSLOH]).await.expect(201);
    take_back(&five, 1).await;
    assert_eq!(hosts(&five, 1).await, is("Bielefeld", &["Gütersloh"]));
    assert_eq!(
        name(&five, 1, &[BIELEFELD]).await.rules(),
        ["municipality_ids[0]: host"]
    );
    stand_in(&five, 1, DETMOLD).await.expect(201);
    assert_eq!(
        name(&five, 1, &[BIELEFELD]).await.rules(),
        ["municipality_ids[0]: due"]
    );
}

#[actix_web::test]
async fn a_swap_leaves_the_co_hosts_and_can_be_taken_back_over_them() {
    let five = FiveCities::start().await;
    name(&five, 0, &[BAD_SALZUFLEN, DETMOLD]).await.expect(201);
    let body = json!({
        "first_meeting_id": five.meeting(0).await, "second_meeting_id": five.meeting(3).await,
    });
    five.post_to_rotation("swaps", body).await.expect(201);
    assert_eq!(hosts(&five, 0).await, is("Bad Salzuflen", &["Detmold"]));
    assert_eq!(hosts(&five, 3).await, is("Gütersloh", &[]));
    name(&five, 3, &[HERFORD]).await.expect(201);
    assert_eq!(hosts(&five, 3).await, is("Gütersloh", &["Herford"]));
    // Both go back, though co-hosts were named since.
    take_back(&five, 0).await;
    assert_eq!(
        hosts(&five, 0).await,
        is("Gütersloh", &["Bad Salzuflen", "Detmold"])
    );
    assert_eq!(hosts(&five, 3).await, is("Bad Salzuflen", &["Herford"]));
}

#[actix_web::test]
async fn of_an_invited_meeting_who_takes_over_is_charged_no_part() {
    let five = FiveCities::start().await;
    name(&five, 0, &[HERFORD, DETMOLD]).await.expect(201);
    five.invite(&five.meeting(0).await).await;
    five.service.clock.advance(TimeDelta::minutes(1));
    stand_in(&five, 0, HERFORD).await.expect(201);
    assert_eq!(hosts(&five, 0).await, is("Herford", &["Detmold"]));
    five.hold(0).await;
    let items = fairness(&five).await;
    let counted: Vec<_> = items.iter().map(|one| one["counted"].clone()).collect();
    assert_eq!(
        counted,
        [json!(0.5), json!(0), json!(0), json!(0), json!(0.5)]
    );
    assert_eq!(items[HERFORD]["standing_in"], 1);
    assert_eq!(items[GUETERSLOH]["standing_in"], -1);
}

#[actix_web::test]
async fn a_cancelled_turn_is_given_back_or_forfeited_by_all_who_share_it() {
    for (policy, expected) in [
        ("given_back", json!([0, 0])),
        ("forfeited", json!([0.5, 0.5])),
    ] {
        let mut series = a_series();
        series["cancelled_turn"] = json!(policy);
        let five = FiveCities::with(Service::start(), series).await;
        name(&five, 0, &[HERFORD]).await.expect(201);
        act(&five, 0, "cancel", json!({ "reason": "Unwetter" })).await;
        let items = fairness(&five).await;
        let counted = json!([items[GUETERSLOH]["counted"], items[HERFORD]["counted"]]);
        assert_eq!(counted, expected, "{policy}");
        act(&five, 0, "restore", json!({})).await;
        assert_eq!(
            hosts(&five, 0).await,
            is("Gütersloh", &["Herford"]),
            "{policy}"
        );
        five.invite(&five.meeting(0).await).await;
        act(&five, 0, "cancel", json!({ "reason": "Unwetter" })).await;
        act(&five, 0, "restore", json!({})).await;
        assert_eq!(
            hosts(&five, 0).await,
            is("Gütersloh", &["Herford"]),
            "{policy}"
        );
        remove(&five, 0).await.expect(204);
        assert_eq!(hosts(&five, 0).await, is("Gütersloh", &[]), "{policy}");
    }
}

#[actix_web::test]
async fn the_co_hosting_of_who_leaves_before_the_day_ends() {
    let five = FiveCities::start().await;
    name(&five, 1, &[HERFORD, DETMOLD]).await.expect(201);
    name(&five, 0, &[HERFORD]).await.expect(201);
    five.invite(&five.meeting(0).await).await;
    let path = format!("{}/municipalities/{}", five.base, five.cities[HERFORD].id);
    let leaves = json!({ "left_on": "2026-04-01" });
    five.service
        .patch(&five.coordinator, &path, leaves)
        .await
        .expect(200);
    assert_eq!(hosts(&five, 0).await, is("Gütersloh", &[]));
    assert_eq!(hosts(&five, 1).await, is("Bielefeld", &["Detmold"]));
    let slots = five.rotation(2).await;
    assert_eq!(slots[1]["cohosts"][0]["part_thousandths"], 500);
    for slot in &slots {
        let rejected = slot["rejected"].as_array().unwrap();
        let herford = rejected
            .iter()
            .find(|one| one["municipality"]["name"] == "Herford");
        let rule = &herford.unwrap_or_else(|| panic!("{slot}"))["rule"];
        assert_eq!(rule, "left", "{slot}");
    }
    // It stays after all.
    let stays = json!({ "left_on": null });
    five.service
        .patch(&five.coordinator, &path, stays)
        .await
        .expect(200);
    assert_eq!(
        hosts(&five, 1).await,
        is("Bielefeld", &["Herford", "Detmold"])
    );
    let delete = five.service.delete(&five.coordinator, &path).await;
    assert_eq!(delete.rules(), ["in_use"]);
}

#[actix_web::test]
async fn a_host_that_cannot_gives_way_and_its_co_hosts_stay() {
    let five = FiveCities::start().await;
    name(&five, 1, &[DETMOLD]).await.expect(201);
    // A blackout of a co-host is its own affair.
    for city in [DETMOLD, BIELEFELD] {
        let path = format!("/municipalities/{}/blackouts", five.cities[city].id);
        let days = json!({ "starts_on": "2026-06-09", "ends_on": "2026-06-09" });
        five.make(&path, days).await;
    }
    let (host, cohosts) = hosts(&five, 1).await;
    assert!(!["Bielefeld", "Detmold"].contains(&&*host), "{host}");
    assert_eq!(cohosts, ["Detmold"]);
    let slot = five.rotation(2).await.swap_remove(1);
    assert_eq!(slot["host"], slot["due"]);
    let rejected = slot["rejected"].as_array().unwrap();
    let rule = |name: &str| {
        let mut all = rejected.iter();
        let found = all.find(|one| one["municipality"]["name"] == name);
        found.map(|one| text(&one["rule"]))
    };
    assert_eq!(rule("Bielefeld").as_deref(), Some("blackout"));
    assert_eq!(rule("Detmold"), None);
    // Where everybody else cannot, nobody hosts, and nobody is charged.
    for city in [GUETERSLOH, HERFORD, BAD_SALZUFLEN] {
        let path = format!("/municipalities/{}/blackouts", five.cities[city].id);
        let days = json!({ "starts_on": "2026-06-09", "ends_on": "2026-06-09" });
        five.make(&path, days).await;
    }
    let slot = five.rotation(2).await.swap_remove(1);
    assert_eq!(slot["host"], Value::Null);
    assert_eq!(slot["reason"], "An diesem Tag ist keine Kommune verfügbar");
    assert_eq!(name(&five, 1, &[HERFORD]).await.rules(), ["no_host"]);
    remove(&five, 1).await.expect(204);
}
