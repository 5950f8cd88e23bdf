//! Meetings that municipalities host together, over HTTP: naming co-hosts, what becomes of them, and who sees them.
mod ledger;
mod rules;
mod told;

use serde_json::{Value, json};

use crate::builders::{
    BAD_SALZUFLEN, BIELEFELD, DETMOLD, FiveCities, GUETERSLOH, HERFORD, ROUND, a_series, list, text,
};
use crate::harness::Answer;

fn base(five: &FiveCities) -> String {
    format!("/series/{}/rotation/cohosts", five.series)
}

/// Names the co-hosts of the meeting at that place, as the coordinator.
async fn name(five: &FiveCities, place: usize, cities: &[usize]) -> Answer {
    let ids: Vec<&str> = cities.iter().map(|city| &*five.cities[*city].id).collect();
    let body = json!({
        "meeting_id": five.meeting(place).await, "municipality_ids": ids, "reason": "Moderation und Catering",
    });
    let path = base(five);
    five.service.post(&five.coordinator, &path, body).await
}

async fn remove(five: &FiveCities, place: usize) -> Answer {
    let path = format!("{}/{}", base(five), five.meeting(place).await);
    five.service.delete(&five.coordinator, &path).await
}

fn names(of: &Value) -> Vec<String> {
    let all = of
        .as_array()
        .unwrap_or_else(|| panic!("a list instead of {of}"));
    all.iter().map(|one| text(&one["name"])).collect()
}

#[actix_web::test]
async fn co_hosts_are_seen_wherever_the_host_is() {
    let five = FiveCities::start().await;
    let mut slot = name(&five, 2, &[BAD_SALZUFLEN, GUETERSLOH])
        .await
        .expect(201);
    assert_eq!(slot["host"]["name"], "Herford");
    assert_eq!(slot["due"]["name"], "Herford");
    assert_eq!(slot["source"], "rotation");
    let cohosts = json!([
        { "id": five.cities[BAD_SALZUFLEN].id, "name": "Bad Salzuflen", "part_thousandths": 333 },
        { "id": five.cities[GUETERSLOH].id, "name": "Gütersloh", "part_thousandths": 333 },
    ]);
    assert_eq!(slot["cohosts"], cohosts);
    assert_eq!(
        slot["reason"],
        "Herford, gemeinsam mit Bad Salzuflen und Gütersloh: steht fest, solange Herford kann"
    );
    // Whoever hosts is chosen, whoever co-hosts as well; of the others each has one rule.
    let rejected = slot["rejected"].as_array().unwrap();
    let of_others: Vec<_> = rejected
        .iter()
        .map(|one| (text(&one["municipality"]["name"]), text(&one["rule"])))
        .collect();
    let rule = |name: &str, rule: &str| (name.to_owned(), rule.to_owned());
    let expected = [
        rule("Bielefeld", "turns_ahead"),
        rule("Detmold", "later_in_order"),
    ];
    assert_eq!(of_others, expected);
    assert_eq!(rejected[0]["detail"], "bis dahin 1 Termin, Herford 0");
    // Whoever had a part comes later: the answer says which turns have moved, and nothing else.
    let difference = slot.as_object_mut().unwrap().remove("difference").unwrap();
    assert_eq!(
        difference["changed_cohosts"][0]["meeting_id"],
        slot["meeting_id"]
    );
    assert_eq!(five.rotation(3).await[2], slot);
    assert_eq!(five.hosts(5).await, ROUND);

    let meeting = five.meetings().await.swap_remove(2);
    assert_eq!(names(&meeting["cohosts"]), ["Bad Salzuflen", "Gütersloh"]);
    assert_eq!(
        meeting["cohosts"],
        five.get(&format!("/meetings/{}", text(&meeting["id"])))
            .await["cohosts"]
    );
    let path = format!("/series/{}/rotation/ledger", five.series);
    let entry = list(&five.get(&path).await).pop().unwrap();
    assert_eq!(entry["state"], "cohosted");
    assert_eq!(entry["reason"], "Moderation und Catering");
    assert_eq!(entry["cohosts"], cohosts);
    let fairness = five
        .get(&format!("/series/{}/rotation/fairness", five.series))
        .await;
    // Nine meetings; the third is shared by three.
    let planned = |city: usize| fairness["items"][city]["planned"].as_f64().unwrap();
    let all: f64 = (0..5).map(planned).sum();
    assert!((all - 9.0).abs() < 1e-9, "{fairness}");
    assert!(
        (planned(HERFORD).fract() - 0.334).abs() < 1e-9,
        "{fairness}"
    );
    assert_eq!(fairness["items"][BIELEFELD]["counted"], 0);
}

#[actix_web::test]
async fn naming_the_same_again_changes_nothing_and_others_replace_them() {
    let five = FiveCities::start().await;
    let mut first = name(&five, 1, &[HERFORD]).await.expect(201);
    first.as_object_mut().unwrap().remove("difference");
    let revision = five.meetings().await[1]["revision"].clone();
    assert_eq!(name(&five, 1, &[HERFORD]).await.expect(201), first);
    assert_eq!(five.meetings().await[1]["revision"], revision);
    let slot = name(&five, 1, &[DETMOLD, GUETERSLOH]).await.expect(201);
    assert_eq!(names(&slot["cohosts"]), ["Detmold", "Gütersloh"]);
    remove(&five, 1).await.expect(204);
    assert_eq!(five.rotation(2).await[1]["cohosts"], json!([]));
    assert_eq!(remove(&five, 1).await.status, 404);
    let path = format!("/series/{}/rotation/ledger", five.series);
    let entries = list(&five.get(&path).await);
    let named: Vec<_> = entries.iter().map(|one| names(&one["cohosts"])).collect();
    assert_eq!(
        named,
        [vec!["Herford"], vec!["Detmold", "Gütersloh"], vec![]]
    );
    // The plan stays as people know it; whoever asks for a new one gets the plain order, as ever.
    assert_eq!(five.hosts(5).await, ROUND);
    let path = format!("/series/{}/plan", five.series);
    let anew = json!({ "anew": true });
    five.service
        .post(&five.coordinator, &path, anew)
        .await
        .expect(200);
    assert_eq!(five.hosts(9).await, [&ROUND[..], &ROUND[..4]].concat());
    assert_eq!(
        five.rotation(1).await[0]["reason"],
        "Bei gleich vielen Terminen: Gütersloh steht in der Reihenfolge vorn"
    );
}

#[actix_web::test]
async fn who_cannot_be_a_co_host_is_named() {
    let five = FiveCities::start().await;
    let new = json!({ "name": "Lemgo", "joined_on": "2027-01-01" });
    let lemgo = five.make("/municipalities", new).await;
    let path = format!("/municipalities/{}/blackouts", five.cities[HERFORD].id);
    let days = json!({ "starts_on": "2026-06-08", "ends_on": "2026-06-10", "reason": "Hansetag" });
    five.make(&path, days).await;
    let second = five.meeting(1).await;
    let (host, busy, free) = (
        &five.cities[BIELEFELD].id,
        &five.cities[HERFORD].id,
        &five.cities[DETMOLD].id,
    );
    let body = json!({
        "meeting_id": second, "reason": "darum",
        "municipality_ids": [free, host, free, lemgo, busy],
    });
    let refused = five
        .service
        .post(&five.coordinator, &base(&five), body)
        .await;
    assert_eq!(
        refused.rules(),
        [
            "municipality_ids[1]: host",
            "municipality_ids[2]: duplicate",
            "municipality_ids[3]: member",
            "municipality_ids[4]: blackout",
        ]
    );
    let said = refused.text();
    assert!(
        said.contains("Herford has a blackout from 2026-06-08 to 2026-06-10 (Hansetag)"),
        "{said}"
    );
    let post = async |body: Value| {
        five.service
            .post(&five.coordinator, &base(&five), body)
            .await
    };
    let body = |meeting: &str, ids: Value| json!({ "meeting_id": meeting, "municipality_ids": ids, "reason": "darum" });
    assert_eq!(
        post(body(&second, json!([second]))).await.rules(),
        ["municipality_ids[0]: exists"]
    );
    assert_eq!(
        post(body(&lemgo, json!([free]))).await.rules(),
        ["meeting_id: exists"]
    );
    assert_eq!(
        post(body(&second, json!([]))).await.rules(),
        ["municipality_ids: length"]
    );
    let six = json!([free, free, free, free, free, free]);
    assert_eq!(
        post(body(&second, six)).await.rules(),
        ["municipality_ids: length"]
    );
    let no_reason = json!({ "meeting_id": second, "municipality_ids": [free], "reason": "" });
    assert!(
        post(no_reason)
            .await
            .rules()
            .contains(&"reason: length".to_owned())
    );
    // Nothing of all that was kept.
    assert_eq!(five.rotation(2).await[1]["cohosts"], json!([]));

    // A meeting of another series, and who may not.
    let other = five.make("/series", a_series()).await;
    let meetings = list(&five.get(&format!("/series/{other}/meetings")).await);
    let foreign = text(&meetings[0]["id"]);
    assert_eq!(
        post(body(&foreign, json!([free]))).await.rules(),
        ["meeting_id: exists"]
    );
    let path = format!("{}/{foreign}", base(&five));
    five.service
        .delete(&five.coordinator, &path)
        .await
        .expect(404);
    let allowed = body(&second, json!([free]));
    let delegate = &five.cities[BIELEFELD].people[0].token;
    five.service
        .post(delegate, &base(&five), allowed.clone())
        .await
        .expect(403);
    let (_, stranger) = five.service.cooperation("Nordkreis").await;
    five.service
        .post(&stranger, &base(&five), allowed.clone())
        .await
        .expect(404);
    five.service
        .delete(&stranger, &format!("{}/{second}", base(&five)))
        .await
        .expect(404);
    post(allowed).await.expect(201);

    // Who has begun, is held or cancelled stays as it is.
    five.hold(0).await;
    assert_eq!(name(&five, 0, &[DETMOLD]).await.rules(), ["state"]);
    let path = format!("/meetings/{second}/cancel");
    let why = json!({ "reason": "Unwetter" });
    five.service
        .post(&five.coordinator, &path, why)
        .await
        .expect(200);
    assert_eq!(name(&five, 1, &[DETMOLD]).await.rules(), ["state"]);
    assert_eq!(remove(&five, 1).await.rules(), ["state"]);
}
