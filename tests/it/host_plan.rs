//! The best plan of hosts over HTTP: where blackouts, shares or ways make another plan than the plain order the best.
use serde_json::{Value, json};

use crate::builders::{
    BIELEFELD, DETMOLD, FiveCities, GUETERSLOH, HERFORD, ROUND, a_series, list, text,
};
use crate::harness::bearer;

/// Days on which a city cannot host.
async fn block(five: &FiveCities, city: usize, from: &str, until: &str) {
    let days = json!({ "starts_on": from, "ends_on": until, "reason": "Ratssitzung" });
    let path = format!("/municipalities/{}/blackouts", five.cities[city].id);
    five.make(&path, days).await;
}

async fn weigh(five: &FiveCities, weights: Value) -> crate::harness::Answer {
    let path = format!("{}/series/{}", five.base, five.series);
    let change = json!({ "host_weights": weights });
    five.service.patch(&five.coordinator, &path, change).await
}

/// The names of those due at the next meetings.
async fn dues(five: &FiveCities, count: usize) -> Vec<String> {
    let slots = five.rotation(count).await;
    let name = |slot: &Value| slot["due"]["name"].as_str().unwrap_or("-").to_owned();
    slots.iter().map(name).collect()
}

fn moved(before: &[String], after: &[String]) -> usize {
    assert_eq!(before.len(), after.len());
    before
        .iter()
        .zip(after)
        .filter(|(one, other)| one != other)
        .count()
}

/// Every municipality hosts or is passed over by one rule.
fn is_explained(slot: &Value) {
    let mut names: Vec<_> = list(&json!({ "items": slot["rejected"] }))
        .iter()
        .map(|one| {
            assert!(
                one["rule"].is_string() && !text(&one["detail"]).is_empty(),
                "{one}"
            );
            text(&one["municipality"]["name"])
        })
        .collect();
    names.extend(slot["host"]["name"].as_str().map(ToOwned::to_owned));
    names.sort();
    let mut all = ROUND.to_vec();
    all.sort_unstable();
    assert_eq!(names, all);
}

#[actix_web::test]
async fn a_blackout_moves_two_turns_at_most_and_says_why() {
    let five = FiveCities::start().await;
    let before = five.hosts(9).await;
    // The eighth meeting is Herford's.
    block(&five, HERFORD, "2027-06-01", "2027-06-30").await;
    let after = five.hosts(9).await;
    assert!((1..=2).contains(&moved(&before, &after)), "{after:?}");
    assert_ne!(after[7], "Herford");
    let slots = five.rotation(9).await;
    slots.iter().for_each(is_explained);
    let slot = &slots[7];
    assert_eq!(slot["source"], "rotation");
    assert_eq!(slot["due"], slot["host"]);
    let rejected = slot["rejected"].as_array().unwrap();
    let of = |name: &str| {
        rejected
            .iter()
            .find(|one| one["municipality"]["name"] == name)
            .unwrap()
    };
    assert_eq!(of("Herford")["rule"], "blackout");
    assert_eq!(
        of("Herford")["detail"],
        "Sperrzeit 01.06.2027 bis 30.06.2027 (Ratssitzung)"
    );
    assert_eq!(of("Herford")["costs"], Value::Null);
    for one in rejected.iter().filter(|one| one["rule"] != "blackout") {
        assert!(one["costs"].is_number(), "{one}");
    }
    // What is known to the meetings is what is explained.
    let meetings = five.meetings().await;
    let hosts: Vec<String> = meetings
        .iter()
        .map(|one| text(&one["host"]["name"]))
        .collect();
    assert_eq!(hosts, after);
    let english = actix_web::test::TestRequest::get()
        .uri(&format!("/api/v1/series/{}/rotation", five.series))
        .insert_header(bearer(&five.reader))
        .insert_header(("accept-language", "en"));
    let english = list(&five.service.send(english).await.expect(200));
    let said: Vec<String> = english[7]["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["detail"]))
        .collect();
    assert!(
        said.iter().all(|detail| !detail.contains("Punkte")),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|detail| detail.ends_with("turns by then, Detmold 1")),
        "{said:?}"
    );
}

#[actix_web::test]
async fn what_is_settled_again_stays() {
    let five = FiveCities::start().await;
    block(&five, HERFORD, "2026-08-01", "2026-08-31").await;
    block(&five, DETMOLD, "2027-02-01", "2027-04-30").await;
    let before = five.rotation(9).await;
    // A blackout on days without a meeting changes nothing, nor does planning again.
    block(&five, GUETERSLOH, "2026-07-01", "2026-07-10").await;
    assert_eq!(five.rotation(9).await, before);
    let path = format!("{}/series/{}/plan", five.base, five.series);
    let planned = five.service.post(&five.coordinator, &path, json!({})).await;
    assert!(
        planned.status.is_success() || planned.status == 404,
        "{}",
        planned.text()
    );
    assert_eq!(five.rotation(9).await, before);
    // The same steps lead to the same plan.
    let other = FiveCities::start().await;
    block(&other, HERFORD, "2026-08-01", "2026-08-31").await;
    block(&other, DETMOLD, "2027-02-01", "2027-04-30").await;
    block(&other, GUETERSLOH, "2026-07-01", "2026-07-10").await;
    assert_eq!(other.hosts(9).await, five.hosts(9).await);
}

#[actix_web::test]
async fn where_nobody_can_only_that_meeting_is_open() {
    let five = FiveCities::start().await;
    let before = five.hosts(9).await;
    for city in 0..5 {
        block(&five, city, "2026-10-01", "2026-10-31").await;
    }
    let slots = five.rotation(9).await;
    slots.iter().for_each(is_explained);
    assert_eq!(slots[3]["host"], Value::Null);
    assert_eq!(
        slots[3]["reason"],
        "An diesem Tag ist keine Kommune verfügbar"
    );
    let after = five.hosts(9).await;
    assert!(
        after
            .iter()
            .enumerate()
            .all(|(place, host)| (host == "-") == (place == 3))
    );
    assert_eq!(before[..3], after[..3], "what comes before stays");
    for city in &ROUND {
        let turns = after.iter().filter(|host| host == city).count();
        assert!((1..=2).contains(&turns), "{after:?}");
    }
}

#[actix_web::test]
async fn a_stand_in_and_a_swap_leave_a_decided_plan_in_place() {
    let five = FiveCities::start().await;
    block(&five, HERFORD, "2026-08-01", "2026-08-31").await;
    let (due, hosts) = (dues(&five, 9).await, five.hosts(9).await);
    assert_ne!(due[2], "Herford");
    let path = format!("/series/{}/rotation/overrides", five.series);
    let body = json!({
        "meeting_id": five.meeting(4).await, "municipality_id": five.cities[GUETERSLOH].id, "reason": "Umbau",
    });
    let slot = five
        .service
        .post(&five.coordinator, &path, body)
        .await
        .expect(201);
    assert_eq!(slot["due"]["name"], due[4].as_str());
    let path = format!("/series/{}/rotation/swaps", five.series);
    let body = json!({ "first_meeting_id": five.meeting(5).await, "second_meeting_id": five.meeting(6).await });
    five.service
        .post(&five.coordinator, &path, body)
        .await
        .expect(201);
    assert_eq!(dues(&five, 9).await, due);
    let mut expected = hosts.clone();
    expected[4] = "Gütersloh".to_owned();
    expected.swap(5, 6);
    assert_eq!(five.hosts(9).await, expected);
    // Taken back, all is as it was; held, the turn is charged to who is due.
    let path = format!(
        "/series/{}/rotation/overrides/{}",
        five.series,
        five.meeting(5).await
    );
    five.service.delete(&five.coordinator, &path).await;
    expected.swap(5, 6);
    assert_eq!(five.hosts(9).await, expected);
    for place in 0..5 {
        five.hold(place).await;
    }
    let entries = list(
        &five
            .get(&format!("/series/{}/rotation/ledger", five.series))
            .await,
    );
    let counted = entries.iter().filter(|one| one["state"] == "counted");
    let charged: Vec<String> = counted.map(|one| text(&one["due"]["name"])).collect();
    assert_eq!(charged, due[..5]);
    assert_eq!(dues(&five, 4).await, due[5..]);
}

#[actix_web::test]
async fn shares_say_who_hosts_how_often() {
    let five = FiveCities::start().await;
    let share = |city: usize, percent: u32| json!({ "municipality_id": five.cities[city].id, "from": "2026-03-01", "percent": percent });
    let series = weigh(
        &five,
        json!({ "shares": [share(DETMOLD, 0), share(BIELEFELD, 200)] }),
    )
    .await
    .expect(200);
    assert_eq!(series["series"]["host_weights"]["gaps"], 100);
    assert_eq!(
        series["series"]["host_weights"]["shares"][1]["percent"],
        200
    );
    let hosts = five.hosts(9).await;
    let turns = |name: &str| hosts.iter().filter(|host| *host == name).count();
    assert_eq!(turns("Detmold"), 0, "{hosts:?}");
    assert!((3..=4).contains(&turns("Bielefeld")), "{hosts:?}");
    assert!(hosts.windows(2).all(|two| two[0] != two[1]), "{hosts:?}");
    let slots = five.rotation(9).await;
    slots.iter().for_each(is_explained);
    let rejected = slots[0]["rejected"].as_array().unwrap();
    let detmold = rejected
        .iter()
        .find(|one| one["municipality"]["name"] == "Detmold");
    assert_eq!(detmold.unwrap()["rule"], "no_share");
    // Without shares it is a plan that stands; a new one is the plain order again.
    weigh(&five, json!({})).await.expect(200);
    assert!(five.hosts(9).await.iter().any(|host| host == "Detmold"));
}

#[actix_web::test]
async fn weights_have_limits_that_are_named() {
    let five = FiveCities::start().await;
    let share =
        json!({ "municipality_id": five.cities[0].id, "from": "2026-03-01", "percent": 50 });
    let nobody = json!({ "municipality_id": five.series, "from": "2026-03-01", "percent": 50 });
    let mut much = share.clone();
    much["percent"] = json!(1001);
    for (weights, rule) in [
        (json!({ "gaps": 1001 }), "host_weights.gaps: range"),
        (
            json!({ "shares": [share, share] }),
            "host_weights.shares: unique",
        ),
        (
            json!({ "shares": [nobody] }),
            "host_weights.shares[0].municipality_id: exists",
        ),
        (
            json!({ "shares": [much] }),
            "host_weights.shares[0].percent: range",
        ),
    ] {
        let answer = weigh(&five, weights).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert_eq!(answer.rules(), [rule]);
    }
    let unknown = weigh(&five, json!({ "luck": 1 })).await;
    assert!(unknown.status.is_client_error(), "{}", unknown.text());
    assert_eq!(five.hosts(5).await, ROUND);
    let mut new = a_series();
    new["host_weights"] = json!({ "travel": 2000 });
    let path = format!("{}/series", five.base);
    let refused = five.service.post(&five.coordinator, &path, new).await;
    assert_eq!(refused.status, 422);
}
