//! The rotation over HTTP: who hosts when and why, stand-ins, swaps, the ledger, fairness.
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::builders::{
    BAD_SALZUFLEN, BIELEFELD, DETMOLD, FiveCities, GUETERSLOH, HERFORD, ROUND, a_series, list, text,
};
use crate::harness::{Answer, Service, bearer};

async fn stand_in(five: &FiveCities, place: usize, city: usize) -> Answer {
    five.stand_in(place, city, "Umbau im Rathaus").await
}

async fn swap(five: &FiveCities, first: usize, second: usize) -> Answer {
    let body = json!({
        "first_meeting_id": five.meeting(first).await,
        "second_meeting_id": five.meeting(second).await,
    });
    five.post_to_rotation("swaps", body).await
}

async fn sequence(five: &FiveCities, meeting: &str) -> i64 {
    let meeting = five.get(&format!("/meetings/{meeting}")).await;
    meeting["sequence"].as_i64().unwrap()
}

async fn ledger(five: &FiveCities) -> Vec<String> {
    let path = format!("/series/{}/rotation/ledger", five.series);
    let entries = list(&five.get(&path).await);
    let name = |value: &Value| value["name"].as_str().unwrap_or("-").to_owned();
    entries
        .iter()
        .map(|one| {
            let (due, host) = (name(&one["due"]), name(&one["host"]));
            let [entry, number] = ["entry", "number"].map(|field| one[field].as_i64().unwrap());
            let [state, source] = ["state", "source"].map(|field| one[field].as_str().unwrap());
            format!("{entry} #{number} {state} {due}/{host} {source}")
        })
        .collect()
}

async fn fairness(five: &FiveCities) -> Value {
    five.get(&format!("/series/{}/rotation/fairness", five.series))
        .await
}

#[actix_web::test]
async fn each_turn_says_why_and_why_not_the_others() {
    let five = FiveCities::start().await;
    assert_eq!(five.hosts(9).await, [&ROUND[..], &ROUND[..4]].concat());
    let slots = five.rotation(6).await;
    for slot in &slots {
        let rejected = slot["rejected"].as_array().unwrap();
        let mut names: Vec<_> = rejected
            .iter()
            .map(|one| text(&one["municipality"]["name"]))
            .collect();
        names.push(text(&slot["host"]["name"]));
        names.sort();
        let mut all = ROUND.to_vec();
        all.sort_unstable();
        assert_eq!(names, all);
        assert_eq!(slot["source"], "rotation");
        assert_eq!(slot["due"], slot["host"]);
    }
    assert_eq!(slots[0]["starts_at"], "2026-04-14T10:00:00+02:00");
    assert_eq!(slots[0]["number"], 1);
    assert_eq!(
        slots[5]["reason"],
        "Bei gleich vielen Terminen: Gütersloh war am längsten nicht an der Reihe (zuletzt am 14.04.2026)"
    );
    assert_eq!(slots[5]["rejected"][0]["rule"], "hosted_recently");
    assert_eq!(slots[1]["rejected"][0]["rule"], "turns_ahead");
    assert_eq!(slots[1]["rejected"][1]["rule"], "later_in_order");
    let english = actix_web::test::TestRequest::get()
        .uri(&format!("/api/v1/series/{}/rotation?count=1", five.series))
        .insert_header(bearer(&five.reader))
        .insert_header(("accept-language", "en"));
    let english = list(&five.service.send(english).await.expect(200));
    assert_eq!(
        english[0]["reason"],
        "Equal turns: Gütersloh is first in the order"
    );
    for count in ["0", "101", "-1", "x"] {
        let path = format!("/series/{}/rotation?count={count}", five.series);
        assert_eq!(
            five.service.get(&five.reader, &path).await.status,
            422,
            "{count}"
        );
    }
}

#[actix_web::test]
async fn a_stand_in_leaves_all_other_turns_in_place() {
    let five = FiveCities::start().await;
    let slot = stand_in(&five, 1, DETMOLD).await.expect(201);
    assert_eq!(slot["host"]["name"], "Detmold");
    assert_eq!(slot["due"]["name"], "Bielefeld");
    assert_eq!(slot["source"], "override");
    assert_eq!(
        slot["reason"],
        "Detmold übernimmt den Termin von Bielefeld: Umbau im Rathaus"
    );
    assert_eq!(slot["rejected"][1]["rule"], "override");
    let hosts = [
        "Gütersloh",
        "Detmold",
        "Herford",
        "Bad Salzuflen",
        "Detmold",
        "Gütersloh",
    ];
    assert_eq!(five.hosts(6).await, hosts);
    let meeting = five.meetings().await.swap_remove(1);
    assert_eq!(meeting["host"]["name"], "Detmold");
    assert_eq!(meeting["venue"]["name"], "Rathaus Detmold");
    assert_eq!(meeting["sequence"], 1);
    let path = format!(
        "/series/{}/rotation/overrides/{}",
        five.series,
        text(&meeting["id"])
    );
    let delegate = &five.cities[DETMOLD].people[0].token;
    five.service.delete(delegate, &path).await.expect(403);
    five.service
        .delete(&five.coordinator, &path)
        .await
        .expect(204);
    assert_eq!(five.hosts(5).await, ROUND);
    five.service
        .delete(&five.coordinator, &path)
        .await
        .expect(404);
    assert_eq!(
        ledger(&five).await,
        [
            "1 #2 pinned Bielefeld/Detmold override",
            "2 #2 unpinned -/- rotation"
        ]
    );
}

#[actix_web::test]
async fn a_stand_in_for_an_invited_meeting_is_told_and_stays_charged() {
    let five = FiveCities::start().await;
    let first = five.meeting(0).await;
    five.invite(&first).await;
    let before = sequence(&five, &first).await;
    five.service.clock.advance(TimeDelta::minutes(1));
    let slot = stand_in(&five, 0, HERFORD).await.expect(201);
    assert_eq!(slot["status"], "invited");
    assert_eq!(slot["host"]["name"], "Herford");
    assert_eq!(slot["due"]["name"], "Gütersloh");
    let meeting = five.get(&format!("/meetings/{first}")).await;
    assert_eq!(meeting["venue"]["name"], "Rathaus Herford");
    assert_eq!(meeting["sequence"], before + 1);
    assert_eq!(
        stand_in(&five, 0, HERFORD).await.rules(),
        ["municipality_id: same"]
    );
    let path = format!("/series/{}/rotation/overrides/{first}", five.series);
    assert_eq!(
        five.service.delete(&five.coordinator, &path).await.rules(),
        ["state"]
    );
    five.hold(0).await;
    assert_eq!(
        five.hosts(4).await,
        ["Bielefeld", "Herford", "Bad Salzuflen", "Detmold"]
    );
    assert_eq!(
        ledger(&five).await,
        [
            "1 #1 assigned Gütersloh/Gütersloh rotation",
            "2 #1 assigned Gütersloh/Herford override",
            "3 #1 counted Gütersloh/Herford override",
        ]
    );
    let fairness = fairness(&five).await;
    assert_eq!(fairness["items"][GUETERSLOH]["counted"], 1);
    assert_eq!(fairness["items"][GUETERSLOH]["standing_in"], -1);
    assert_eq!(fairness["items"][HERFORD]["counted"], 0);
    assert_eq!(fairness["items"][HERFORD]["standing_in"], 1);
    assert_eq!(fairness["spread"], 1);
}

#[actix_web::test]
async fn a_stand_in_must_be_a_member_and_the_meeting_to_come() {
    let five = FiveCities::start().await;
    let new = json!({ "name": "Lemgo", "joined_on": "2027-01-01" });
    let lemgo = five.make("/municipalities", new).await;
    let first = five.meeting(0).await;
    let body = |meeting: &str, city: &str| json!({ "meeting_id": meeting, "municipality_id": city, "reason": "darum" });
    let refused = five
        .post_to_rotation("overrides", body(&first, &lemgo))
        .await;
    assert_eq!(refused.rules(), ["municipality_id: member"]);
    let refused = five
        .post_to_rotation("overrides", body(&first, &first))
        .await;
    assert_eq!(refused.rules(), ["municipality_id: exists"]);
    let refused = five
        .post_to_rotation("overrides", body(&lemgo, &lemgo))
        .await;
    assert_eq!(refused.rules(), ["meeting_id: exists"]);
    five.hold(0).await;
    let refused = five
        .post_to_rotation("overrides", body(&first, &five.cities[HERFORD].id))
        .await;
    assert_eq!(refused.rules(), ["state"]);
    let delegate = &five.cities[0].people[0].token;
    let path = format!("/series/{}/rotation/overrides", five.series);
    let allowed = body(&five.meeting(1).await, &five.cities[HERFORD].id);
    five.service
        .post(delegate, &path, allowed.clone())
        .await
        .expect(403);
    let (_, stranger) = five.service.cooperation("Nordkreis").await;
    five.service
        .post(&stranger, &path, allowed)
        .await
        .expect(404);
    // A meeting of another series of the same cooperation is none of this one.
    let other = five.make("/series", a_series()).await;
    let meetings = list(&five.get(&format!("/series/{other}/meetings")).await);
    let foreign = body(&text(&meetings[0]["id"]), &five.cities[HERFORD].id);
    assert_eq!(
        five.post_to_rotation("overrides", foreign).await.rules(),
        ["meeting_id: exists"]
    );
}

#[actix_web::test]
async fn a_swap_exchanges_two_hosts_and_no_other() {
    let five = FiveCities::start().await;
    let both = list(&swap(&five, 0, 3).await.expect(201));
    assert_eq!(both[0]["host"]["name"], "Bad Salzuflen");
    assert_eq!(
        both[0]["reason"],
        "Bad Salzuflen hat mit Gütersloh getauscht"
    );
    assert_eq!(both[1]["host"]["name"], "Gütersloh");
    let swapped = [
        "Bad Salzuflen",
        "Bielefeld",
        "Herford",
        "Gütersloh",
        "Detmold",
        "Gütersloh",
    ];
    assert_eq!(five.hosts(6).await, swapped);
    assert_eq!(swap(&five, 1, 1).await.rules(), ["second_meeting_id: same"]);
    let (fourth, second) = (five.meeting(3).await, five.meeting(1).await);
    let path = format!("/series/{}/rotation/overrides", five.series);
    five.service
        .delete(&five.coordinator, &format!("{path}/{second}"))
        .await
        .expect(404);
    five.service
        .delete(&five.coordinator, &format!("{path}/{fourth}"))
        .await
        .expect(204);
    assert_eq!(five.hosts(5).await, ROUND);
}

#[actix_web::test]
async fn of_a_swap_with_an_invited_meeting_both_stay() {
    let five = FiveCities::start().await;
    let first = five.meeting(0).await;
    five.invite(&first).await;
    let before = sequence(&five, &first).await;
    five.service.clock.advance(TimeDelta::minutes(1));
    swap(&five, 0, 1).await.expect(201);
    assert_eq!(five.hosts(3).await, ["Bielefeld", "Gütersloh", "Herford"]);
    assert_eq!(sequence(&five, &first).await, before + 1);
    let path = format!(
        "/series/{}/rotation/overrides/{}",
        five.series,
        five.meeting(1).await
    );
    assert_eq!(
        five.service.delete(&five.coordinator, &path).await.rules(),
        ["state"]
    );
    assert_eq!(five.hosts(3).await, ["Bielefeld", "Gütersloh", "Herford"]);
}

#[actix_web::test]
async fn a_cancelled_turn_is_given_back_or_forfeited() {
    for (policy, expected) in [
        ("given_back", ["Gütersloh", "Bielefeld", "Herford"]),
        ("forfeited", ["Bielefeld", "Herford", "Bad Salzuflen"]),
    ] {
        let mut series = a_series();
        series["cancelled_turn"] = json!(policy);
        let five = FiveCities::with(Service::start(), series).await;
        let first = five.meeting(0).await;
        five.invite(&first).await;
        let path = format!("/meetings/{first}/cancel");
        let reason = json!({ "reason": "Sturm" });
        five.service
            .post(&five.coordinator, &path, reason)
            .await
            .expect(200);
        assert_eq!(five.hosts(3).await, expected, "{policy}");
        let counted = &fairness(&five).await["items"][GUETERSLOH]["counted"];
        assert_eq!(*counted, i32::from(policy == "forfeited"), "{policy}");
        let entry = format!("2 #1 {policy} Gütersloh/Gütersloh rotation");
        assert_eq!(ledger(&five).await[1], entry);
        let path = format!("/meetings/{first}/restore");
        five.service
            .post(&five.coordinator, &path, json!({}))
            .await
            .expect(200);
        assert_eq!(five.hosts(3).await, ROUND[..3], "{policy}");
    }
}

#[actix_web::test]
async fn a_cancelled_stand_in_comes_back_as_it_was() {
    let five = FiveCities::start().await;
    stand_in(&five, 0, DETMOLD).await.expect(201);
    let first = five.meeting(0).await;
    let reason = json!({ "reason": "Sturm" });
    let path = format!("/meetings/{first}");
    let cancel = format!("{path}/cancel");
    five.service
        .post(&five.coordinator, &cancel, reason)
        .await
        .expect(200);
    assert_eq!(five.hosts(2).await, ["Gütersloh", "Bielefeld"]);
    let restore = format!("{path}/restore");
    five.service
        .post(&five.coordinator, &restore, json!({}))
        .await
        .expect(200);
    assert_eq!(five.hosts(2).await, ["Detmold", "Bielefeld"]);
}

#[actix_web::test]
async fn a_blackout_passes_the_turn_on_and_is_named() {
    let five = FiveCities::start().await;
    let days = json!({ "starts_on": "2026-04-13", "ends_on": "2026-04-20", "reason": "Messe" });
    five.make(
        &format!("/municipalities/{}/blackouts", five.cities[GUETERSLOH].id),
        days,
    )
    .await;
    assert_eq!(five.hosts(3).await, ["Bielefeld", "Gütersloh", "Herford"]);
    let slot = five.rotation(1).await.swap_remove(0);
    assert_eq!(slot["rejected"][0]["rule"], "blackout");
    assert_eq!(
        slot["rejected"][0]["detail"],
        "Sperrzeit 13.04.2026 bis 20.04.2026 (Messe)"
    );
    // What is invited stays, whatever comes.
    let first = five.meeting(0).await;
    five.invite(&first).await;
    let days = json!({ "starts_on": "2026-04-14", "ends_on": "2026-04-14" });
    five.make(
        &format!("/municipalities/{}/blackouts", five.cities[BIELEFELD].id),
        days,
    )
    .await;
    assert_eq!(five.hosts(2).await, ["Bielefeld", "Gütersloh"]);
}

#[actix_web::test]
async fn who_joins_hosts_once_in_the_first_round_and_who_leaves_no_more() {
    let five = FiveCities::start().await;
    five.hold(0).await;
    five.hold(1).await;
    let new = json!({ "name": "Lemgo", "joined_on": "2026-07-01" });
    five.make("/municipalities", new).await;
    let hosts = five.hosts(7).await;
    assert_eq!(hosts.iter().filter(|name| *name == "Lemgo").count(), 1);
    let slot = five.rotation(1).await.swap_remove(0);
    assert_eq!(slot["rejected"].as_array().unwrap().len(), 5);
    let path = format!(
        "{}/municipalities/{}",
        five.base, five.cities[BAD_SALZUFLEN].id
    );
    let leaves = json!({ "left_on": "2026-12-01" });
    five.service
        .patch(&five.coordinator, &path, leaves)
        .await
        .expect(200);
    let slots = five.rotation(7).await;
    for slot in &slots {
        if slot["starts_at"].as_str().unwrap() > "2026-12-01" {
            assert_ne!(slot["host"]["name"], "Bad Salzuflen");
            let rejected = slot["rejected"].as_array().unwrap();
            let left = rejected
                .iter()
                .find(|one| one["municipality"]["name"] == "Bad Salzuflen");
            assert_eq!(left.unwrap()["rule"], "left");
        }
    }
    let fairness = fairness(&five).await;
    let lemgo = &fairness["items"][5];
    assert_eq!(lemgo["municipality"]["name"], "Lemgo");
    assert_eq!(lemgo["member_since"], "2026-07-01");
    assert_eq!(lemgo["start_credit"], 0.4);
    assert_eq!(fairness["items"][GUETERSLOH]["balance"], 1.0);
    assert_eq!(fairness["equally_long"][0]["most"], 1);
    assert_eq!(fairness["equally_long"][0]["fewest"], 0);
}

#[actix_web::test]
async fn the_past_keeps_its_hosts_even_where_nobody_was_invited() {
    let five = FiveCities::start().await;
    let before = five.meetings().await;
    five.service.clock.advance(TimeDelta::days(110));
    // Two meetings have passed; nobody closed them.
    let days = json!({ "starts_on": "2026-04-01", "ends_on": "2026-06-30" });
    five.make(
        &format!("/municipalities/{}/blackouts", five.cities[GUETERSLOH].id),
        days,
    )
    .await;
    let after = five.meetings().await;
    assert_eq!(after, before);
    assert_eq!(five.hosts(3).await, ["Herford", "Bad Salzuflen", "Detmold"]);
}

#[actix_web::test]
async fn a_month_without_members_has_no_host_until_somebody_joins() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Allein").await;
    let base = format!("/cooperations/{slug}");
    let series = service
        .post(&token, &format!("{base}/series"), a_series())
        .await
        .expect(201);
    let rotation = format!("/series/{}/rotation?count=1", text(&series["id"]));
    let slot = list(&service.get(&token, &rotation).await.expect(200)).swap_remove(0);
    assert_eq!(slot["host"], Value::Null);
    assert_eq!(slot["reason"], "An diesem Tag ist keine Kommune verfügbar");
    let new = json!({ "name": "Herford", "joined_on": "2026-01-01" });
    service
        .post(&token, &format!("{base}/municipalities"), new)
        .await
        .expect(201);
    let slot = list(&service.get(&token, &rotation).await.expect(200)).swap_remove(0);
    assert_eq!(slot["host"]["name"], "Herford");
    assert_eq!(slot["reason"], "Nur Herford ist an diesem Tag verfügbar");
}

#[actix_web::test]
async fn two_full_rounds_are_held_and_counted_evenly() {
    let five = FiveCities::start().await;
    for place in 0..9 {
        five.hold(place).await;
        assert!(fairness(&five).await["spread"].as_u64().unwrap() <= 1);
    }
    let fairness = fairness(&five).await;
    let counted: Vec<_> = fairness["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["counted"].as_i64().unwrap())
        .collect();
    assert_eq!(counted, [2, 2, 2, 2, 1]);
    let path = format!("/series/{}/rotation/ledger?limit=7", five.series);
    let page = five.get(&path).await;
    assert_eq!(list(&page).len(), 7);
    let next = page["next"].as_str().unwrap();
    let rest = list(&five.get(&format!("{path}&cursor={next}")).await);
    assert_eq!(rest[0]["entry"], 8);
}
