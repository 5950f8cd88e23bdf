//! Planning that is looked at first: dry runs, the hash that applies one, and what-ifs.
mod differences;

use actix_web::test::TestRequest;
use diesel::prelude::*;
use reihum::db::schema::{cooperations, idempotency_keys, messages};
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, DETMOLD, FiveCities, GUETERSLOH, HERFORD, a_series, list, text};
use crate::harness::{Answer, Service, bearer};
use crate::statements::unchecked;

async fn plan(five: &FiveCities, query: &str, body: Value) -> Answer {
    let path = format!("/series/{}/plan{query}", five.series);
    five.service.post(&five.coordinator, &path, body).await
}

async fn dry_run(five: &FiveCities, body: Value) -> Value {
    plan(five, "?dry_run=true", body).await.expect(200)
}

async fn what_if(five: &FiveCities, changes: Value) -> Value {
    dry_run(five, json!({ "what_if": changes })).await
}

/// The starts and hosts of meetings or of the slots of a trial.
fn starts_and_hosts(meetings: &[Value]) -> Vec<(String, String)> {
    let host = |one: &Value| one["host"]["name"].as_str().unwrap_or("-").to_owned();
    meetings
        .iter()
        .map(|one| (text(&one["starts_at"]), host(one)))
        .collect()
}

fn of(trial: &Value, what: &str) -> Vec<Value> {
    trial["difference"][what].as_array().unwrap().clone()
}

/// Everything that a dry run must leave as it is: generations, writes, kept answers, messages.
async fn traces(five: &FiveCities) -> (Vec<i64>, u64, i64, i64, Vec<Value>) {
    let db = &five.service.app.db;
    let read = db.read(|conn| {
        let generations = cooperations::table
            .order(cooperations::id)
            .select(cooperations::generation)
            .load(conn)?;
        let kept = idempotency_keys::table.count().get_result(conn)?;
        let mails = unchecked(|| messages::table.count().get_result(conn))?;
        Ok((generations, kept, mails))
    });
    let (generations, kept, mails) = read.await.unwrap();
    (generations, db.writes(), kept, mails, five.meetings().await)
}

#[actix_web::test]
async fn a_dry_run_changes_nothing() {
    let five = FiveCities::start().await;
    let before = traces(&five).await;
    let order = json!({
        "until": "2028-12-31",
        "what_if": [{ "join": { "name": "Lemgo", "joined_on": "2026-08-01" } }],
    });
    let request = TestRequest::post()
        .uri(&format!("/api/v1/series/{}/plan?dry_run=true", five.series))
        .insert_header(bearer(&five.coordinator))
        .insert_header(("idempotency-key", "once"))
        .set_json(&order);
    let trial = five.service.send(request).await.expect(200);
    assert_eq!(of(&trial, "created").len(), 8, "{trial}");
    assert!(trial.get("hash").is_none(), "a what-if cannot be applied");
    dry_run(&five, json!({ "until": "2028-12-31" })).await;
    assert_eq!(traces(&five).await, before);
    let municipalities = five.get(&format!("{}/municipalities", five.base)).await;
    assert_eq!(list(&municipalities).len(), 5);
}

#[actix_web::test]
async fn what_was_seen_is_what_is_applied() {
    let five = FiveCities::start().await;
    let trial = dry_run(&five, json!({ "until": "2028-06-30" })).await;
    let added = starts_and_hosts(&of(&trial, "created"));
    assert_eq!(added.len(), 5);
    assert_eq!(
        added[0],
        ("2027-10-12T10:00:00+02:00".into(), "Detmold".into())
    );
    for nothing in ["removed", "moved_dates", "moved_turns"] {
        assert_eq!(trial["difference"][nothing], json!([]));
    }
    assert_eq!(
        trial["affected"],
        json!({ "municipalities": [], "people": 0 })
    );
    let again = dry_run(&five, json!({ "until": "2028-06-30" })).await;
    assert_eq!(
        again, trial,
        "the same, keys of meetings that are to come aside"
    );
    let order = json!({ "until": "2028-06-30", "hash": trial["hash"] });
    let done = plan(&five, "", order.clone()).await.expect(200);
    let created: Vec<_> = list(&json!({ "items": done["created"] }));
    let created: Vec<_> = created.iter().map(|one| text(&one["starts_at"])).collect();
    assert!(created.iter().eq(added.iter().map(|(start, _)| start)));
    let meetings = five.meetings().await;
    assert_eq!(
        starts_and_hosts(&meetings),
        starts_and_hosts(trial["plan"].as_array().unwrap())
    );
    // What was applied is not what would be done now, which is nothing.
    let second = plan(&five, "", order).await;
    assert_eq!(second.rules(), ["other_plan"]);
    assert_eq!(second.json()["present"]["difference"]["created"], json!([]));
    plan(&five, "", json!({ "until": "2028-06-30" }))
        .await
        .expect(200);
    assert_eq!(five.meetings().await, meetings);
}

#[actix_web::test]
async fn nothing_else_than_what_was_seen_is_applied() {
    let five = FiveCities::start().await;
    let seen = dry_run(&five, json!({ "until": "2028-06-30" })).await;
    let blackout = json!({ "starts_on": "2027-10-01", "ends_on": "2027-10-31" });
    let path = format!("/municipalities/{}/blackouts", five.cities[DETMOLD].id);
    five.make(&path, blackout).await;
    let before = traces(&five).await;
    let order = json!({ "until": "2028-06-30", "hash": seen["hash"] });
    let refused = plan(&five, "", order).await;
    assert_eq!(refused.status, 409);
    let problem = refused.json();
    assert_eq!(problem["type"], "urn:reihum:problem:conflict");
    assert_eq!(problem["rule"], "other_plan");
    let (generations, _, kept, mails, meetings) = traces(&five).await;
    assert_eq!(
        (generations, kept, mails, meetings),
        (before.0, before.2, before.3, before.4)
    );
    let present = &problem["present"];
    assert_ne!(present["hash"], seen["hash"]);
    assert_ne!(of(present, "created")[0]["host"]["name"], "Detmold");
    let order = json!({ "until": "2028-06-30", "hash": present["hash"] });
    plan(&five, "", order).await.expect(200);
    let (meetings, shown) = (five.meetings().await, present["plan"].as_array().unwrap());
    assert_eq!(starts_and_hosts(&meetings), starts_and_hosts(shown));
    // The horizon is asked for like any other day, and another one is another plan.
    let trial = dry_run(&five, json!({})).await;
    let order = json!({ "until": "2028-06-29", "hash": trial["hash"] });
    plan(&five, "", order).await.expect(409);
}

#[actix_web::test]
async fn a_what_if_shows_what_the_change_would_bring() {
    let five = FiveCities::start().await;
    let (bielefeld, herford) = (&five.cities[BIELEFELD].id, &five.cities[HERFORD].id);
    let blocked = json!([{ "blackout": {
        "municipality_id": bielefeld, "starts_on": "2026-06-01", "ends_on": "2026-06-30",
    } }]);
    let trial = what_if(&five, blocked).await;
    let moved = of(&trial, "moved_turns");
    assert_eq!(moved[0]["starts_at"], "2026-06-09T10:00:00+02:00");
    assert_eq!(moved[0]["from"]["name"], "Bielefeld");
    assert_eq!(moved[0]["meeting_id"], five.meeting(1).await);
    let affected = trial["affected"]["municipalities"].as_array().unwrap();
    assert!(affected.iter().any(|one| one["name"] == "Bielefeld"));
    assert!(trial["affected"]["people"].as_u64().unwrap() >= 5);
    let path = format!("/municipalities/{bielefeld}/blackouts");
    let blackout = json!({ "starts_on": "2026-06-01", "ends_on": "2026-06-30" });
    five.make(&path, blackout).await;
    assert_eq!(
        starts_and_hosts(&five.meetings().await),
        starts_and_hosts(trial["plan"].as_array().unwrap())
    );
    let trial = what_if(
        &five,
        json!([
            { "leave": { "municipality_id": herford, "left_on": "2026-07-01" } },
            { "join": { "name": "Lemgo", "joined_on": "2026-07-01" } },
        ]),
    )
    .await;
    let hosts: Vec<_> = starts_and_hosts(trial["plan"].as_array().unwrap());
    assert!(
        hosts[2..].iter().all(|(_, host)| host != "Herford"),
        "{hosts:?}"
    );
    assert!(
        hosts[2..].iter().any(|(_, host)| host == "Lemgo"),
        "{hosts:?}"
    );
}

#[actix_web::test]
#[expect(clippy::cast_precision_loss, reason = "a few points")]
async fn a_trial_says_how_good_both_plans_are() {
    let five = FiveCities::start().await;
    let score = dry_run(&five, json!({ "until": "2028-06-30" })).await["score"].clone();
    for (plan, meetings) in [("before", 9), ("after", 14)] {
        // In the plain order each city is as far off its fifth as its place says.
        let off = |meeting: i32, city: i32| {
            let had = (meeting + 5 - city) / 5;
            f64::from(had) - f64::from(meeting) / 5.0
        };
        let all = (1..=meetings).flat_map(|meeting| (1..=5).map(move |city| (meeting, city)));
        let fairness: f64 = all.map(|(meeting, city)| off(meeting, city).powi(2)).sum();
        let score = &score[plan];
        assert_eq!(score["meetings"], meetings);
        let told = score["fairness_thousandths"].as_i64().unwrap();
        assert!(
            (told as f64 - fairness * 1000.0).abs() < 1.5,
            "{score} {fairness}"
        );
        for nothing in [
            "nobody",
            "in_a_row",
            "turns_off",
            "gaps_thousandths",
            "moved",
        ] {
            assert_eq!(score[nothing], 0, "{plan} {nothing}");
        }
    }
    let blocked = json!([{ "blackout": {
        "municipality_id": five.cities[BIELEFELD].id,
        "starts_on": "2026-06-01", "ends_on": "2026-06-30",
    } }]);
    let trial = what_if(&five, blocked).await;
    let (before, after) = (&trial["score"]["before"], &trial["score"]["after"]);
    assert_eq!(before["moved"], 0);
    assert_eq!(after["moved"], of(&trial, "moved_turns").len());
    assert!(after["fairness_thousandths"].as_i64() >= before["fairness_thousandths"].as_i64());
    let nobody = five.cities.iter().map(|city| {
        json!({ "blackout": {
            "municipality_id": city.id, "starts_on": "2026-06-09", "ends_on": "2026-06-09",
        } })
    });
    let trial = what_if(&five, nobody.collect()).await;
    assert_eq!(trial["score"]["after"]["nobody"], 1);
    assert_eq!(trial["plan"][1]["host"], Value::Null);
    assert_eq!(
        trial["plan"][1]["reason"],
        "An diesem Tag ist keine Kommune verfügbar"
    );
}

#[actix_web::test]
async fn weights_can_be_tried_out() {
    let five = FiveCities::start().await;
    let detmold = &five.cities[DETMOLD].id;
    let share = |id: &str, percent: u32| json!({ "municipality_id": id, "from": "2026-01-01", "percent": percent });
    let weights = json!([{ "weights": { "shares": [share(detmold, 300)] } }]);
    let trial = what_if(&five, weights).await;
    let hosts = starts_and_hosts(trial["plan"].as_array().unwrap());
    let times = hosts.iter().filter(|(_, host)| host == "Detmold").count();
    assert!(times >= 3, "{hosts:?}");
    let series = format!("{}/series/{}", five.base, five.series);
    let patch = json!({ "host_weights": { "shares": [share(detmold, 300)] } });
    let done = five.service.patch(&five.coordinator, &series, patch);
    done.await.expect(200);
    assert_eq!(starts_and_hosts(&five.meetings().await), hosts);
    let nobody = "0190163d-8694-739b-aea5-966c26f8ad91";
    let body = json!({ "what_if": [
        { "weights": { "gaps": 1001 } },
        { "weights": { "shares": [share(detmold, 1001)] } },
    ] });
    let answer = plan(&five, "?dry_run=true", body).await;
    let rules = [
        "what_if[0].weights.gaps: range",
        "what_if[1].weights.shares[0].percent: range",
    ];
    assert_eq!(answer.rules(), rules);
    let body = json!({ "what_if": [{ "weights": { "shares": [share(nobody, 100)] } }] });
    let answer = plan(&five, "?dry_run=true", body).await;
    assert_eq!(
        answer.rules(),
        ["what_if[0].weights.shares[0].municipality_id: exists"]
    );
}

#[actix_web::test]
async fn a_plan_made_anew_is_seen_first_and_stays_when_made_again() {
    let five = FiveCities::start().await;
    for (city, month) in [(BIELEFELD, "06"), (HERFORD, "08"), (GUETERSLOH, "04")] {
        let path = format!("/municipalities/{}/blackouts", five.cities[city].id);
        let [from, until] = ["01", "28"].map(|day| format!("2026-{month}-{day}"));
        let blackout = json!({ "starts_on": from, "ends_on": until });
        five.make(&path, blackout).await;
    }
    let kept = dry_run(&five, json!({})).await;
    assert_eq!(
        of(&kept, "moved_turns"),
        Vec::<Value>::new(),
        "it is settled"
    );
    let anew = dry_run(&five, json!({ "anew": true })).await;
    assert_ne!(anew["hash"], kept["hash"]);
    let total = |trial: &Value, plan: &str| {
        let score = &trial["score"][plan];
        let points =
            ["fairness_thousandths", "gaps_thousandths"].map(|part| score[part].as_i64().unwrap());
        points.iter().sum::<i64>()
    };
    assert!(total(&anew, "after") <= total(&anew, "before"), "{anew}");
    // One plan's hash is not the other's.
    plan(&five, "", json!({ "hash": anew["hash"] }))
        .await
        .expect(409);
    let order = json!({ "anew": true, "hash": anew["hash"] });
    plan(&five, "", order).await.expect(200);
    let hosts = starts_and_hosts(&five.meetings().await);
    assert_eq!(hosts, starts_and_hosts(anew["plan"].as_array().unwrap()));
    plan(&five, "", json!({ "anew": true })).await.expect(200);
    plan(&five, "", json!({})).await.expect(200);
    assert_eq!(starts_and_hosts(&five.meetings().await), hosts);
}

#[actix_web::test]
async fn dates_that_no_longer_suit_are_seen_before_they_move() {
    let mut series = a_series();
    series["avoided_days"] = json!({ "blackouts": "hard" });
    let five = FiveCities::with(Service::start(), series).await;
    let path = format!("/municipalities/{}/blackouts", five.cities[DETMOLD].id);
    let blackout = json!({ "starts_on": "2026-06-09", "ends_on": "2026-06-09" });
    five.make(&path, blackout).await;
    let trial = dry_run(&five, json!({})).await;
    let meeting = five.meeting(1).await;
    let moved = of(&trial, "moved_dates");
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0]["meeting_id"], meeting);
    assert_eq!(moved[0]["from"], "2026-06-09T10:00:00+02:00");
    assert_eq!(of(&trial, "moved_turns"), Vec::<Value>::new());
    // All eleven delegates have another date to note, though no turn moves.
    assert_eq!(
        trial["affected"],
        json!({ "municipalities": [], "people": 11 })
    );
    let before = five.get(&format!("/meetings/{meeting}")).await;
    assert_eq!(before["date"], "2026-06-09");
    let done = plan(&five, "", json!({ "hash": trial["hash"] }))
        .await
        .expect(200);
    assert_eq!(done["moved"], json!(moved));
    let after = five.get(&format!("/meetings/{meeting}")).await;
    assert_eq!(after["starts_at"], moved[0]["to"]);
    assert_eq!(
        of(&dry_run(&five, json!({})).await, "moved_dates"),
        Vec::<Value>::new()
    );
}

#[actix_web::test]
async fn an_invited_meeting_keeps_its_host_in_every_trial() {
    let five = FiveCities::start().await;
    five.invite(&five.meeting(0).await).await;
    let changes = json!([{ "blackout": {
        "municipality_id": five.cities[GUETERSLOH].id,
        "starts_on": "2026-04-14", "ends_on": "2026-04-14",
    } }]);
    let trial = what_if(&five, changes).await;
    assert_eq!(trial["plan"][0]["host"]["name"], "Gütersloh");
    assert_eq!(trial["plan"][0]["status"], "invited");
    assert_eq!(of(&trial, "moved_turns"), Vec::<Value>::new());
}

#[actix_web::test]
async fn what_breaks_a_rule_is_named() {
    let five = FiveCities::start().await;
    let nobody = "0190163d-8694-739b-aea5-966c26f8ad91";
    let city = &five.cities[BIELEFELD].id;
    let blackout = |id: &str, from: &str, until: &str| json!({ "blackout": { "municipality_id": id, "starts_on": from, "ends_on": until } });
    let many: Vec<_> = (0..21)
        .map(|_| blackout(city, "2026-06-01", "2026-06-01"))
        .collect();
    for (body, rules) in [
        (
            json!({ "what_if": [{}] }),
            vec!["what_if[0].join: together"],
        ),
        (json!({ "what_if": many }), vec!["what_if: length"]),
        (
            json!({ "what_if": [
                blackout(nobody, "2026-06-01", "2026-06-02"),
                { "join": { "name": "bielefeld", "joined_on": "2026-06-01" } },
                { "leave": { "municipality_id": city, "left_on": "2025-01-01" } },
                blackout(city, "2026-06-02", "2026-06-01"),
            ] }),
            vec![
                "what_if[0].blackout.municipality_id: exists",
                "what_if[1].join.name: unique",
                "what_if[2].leave.left_on: left_on",
                "what_if[3].blackout.ends_on: together",
            ],
        ),
        (
            json!({ "what_if": [{ "join": { "name": "x".repeat(121), "joined_on": "1200-01-01" } }] }),
            vec![
                "what_if[0].join.joined_on: day",
                "what_if[0].join.name: length",
            ],
        ),
        (json!({ "until": "2040-01-01" }), vec!["until: range"]),
        (json!({ "hash": "0".repeat(64) }), vec!["hash: dry_run"]),
    ] {
        let answer = plan(&five, "?dry_run=true", body.clone()).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.rules(), rules, "{body}");
    }
    let answer = plan(
        &five,
        "",
        json!({ "what_if": [blackout(city, "2026-06-01", "2026-06-01")] }),
    );
    assert_eq!(answer.await.rules(), ["what_if: dry_run"]);
    assert_eq!(
        plan(&five, "", json!({ "hash": "x" })).await.rules(),
        ["hash: length"]
    );
    assert_eq!(plan(&five, "?dry=true", json!({})).await.status, 422);
}

#[actix_web::test]
async fn only_who_plans_may_try_and_nobody_elsewhere() {
    let five = FiveCities::start().await;
    let path = format!("/series/{}/plan?dry_run=true", five.series);
    let delegate = &five.cities[BIELEFELD].people[0].token;
    for token in [&five.reader, delegate] {
        five.service.post(token, &path, json!({})).await.expect(403);
    }
    let (slug, stranger) = five.service.cooperation("Andere").await;
    five.service
        .post(&stranger, &path, json!({}))
        .await
        .expect(404);
    let own = five
        .service
        .post(
            &stranger,
            &format!("/cooperations/{slug}/series"),
            a_series(),
        )
        .await
        .expect(201);
    let path = format!("/series/{}/plan?dry_run=true", text(&own["id"]));
    let foreign = json!({ "what_if": [{ "leave": {
        "municipality_id": five.cities[BIELEFELD].id, "left_on": "2026-07-01",
    } }] });
    let answer = five.service.post(&stranger, &path, foreign).await;
    assert_eq!(answer.rules(), ["what_if[0].leave.municipality_id: exists"]);
}

#[actix_web::test]
async fn what_is_tried_out_is_undone_and_others_go_on() {
    let service = Service::start();
    let try_out = service.app.try_out(|tx| {
        reihum::auth::tokens::create_operator(tx, "never", None)?;
        Ok(reihum::auth::tokens::everywhere(tx)?.len())
    });
    let write = service.app.write(|tx| {
        reihum::auth::tokens::create_operator(tx, "kept", None)?;
        Ok(())
    });
    let (seen, kept) = futures_util::future::join(try_out, write).await;
    assert!((1..=2).contains(&seen.unwrap()));
    kept.unwrap();
    let left = service.app.db.read(reihum::auth::tokens::everywhere);
    assert_eq!(left.await.unwrap().len(), 1);
    let failed = service
        .app
        .try_out(|_| Err::<(), _>(reihum::error::Error::Stale));
    assert!(matches!(failed.await, Err(reihum::error::Error::Stale)));
}
