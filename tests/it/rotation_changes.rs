//! What changes of the plan answer with, dry runs of them, and pauses.
use serde_json::{Value, json};

use crate::builders::{DETMOLD, FiveCities, HERFORD, a_series, list, text};
use crate::harness::Service;

fn moved(answer: &Value) -> Vec<(String, String)> {
    let turns = answer["difference"]["moved_turns"].as_array();
    let turns = turns.unwrap_or_else(|| panic!("a difference in {answer}"));
    let name = |one: &Value| one["name"].as_str().unwrap_or("-").to_owned();
    turns
        .iter()
        .map(|turn| (name(&turn["from"]), name(&turn["to"])))
        .collect()
}

#[actix_web::test]
async fn a_change_says_which_turns_it_moves_and_can_be_tried_out() {
    let five = FiveCities::start().await;
    let before = five.hosts(9).await;
    let blackout = json!({ "starts_on": "2026-08-01", "ends_on": "2026-08-31", "reason": "Umbau" });
    let path = format!(
        "{}/municipalities/{}/blackouts",
        five.base, five.cities[HERFORD].id
    );
    let dry = format!("{path}?dry_run=true");
    let tried = five
        .service
        .post(&five.coordinator, &dry, blackout.clone())
        .await
        .expect(200);
    assert_eq!(five.hosts(9).await, before, "nothing has changed");
    assert!(list(&five.service.get(&five.reader, &path).await.expect(200)).is_empty());
    let made = five
        .service
        .post(&five.coordinator, &path, blackout)
        .await
        .expect(201);
    assert!(made["id"].is_string());
    assert_eq!(moved(&made), moved(&tried));
    assert_eq!(
        moved(&made),
        [
            ("Herford".to_owned(), "Detmold".to_owned()),
            ("Detmold".to_owned(), "Herford".to_owned()),
        ]
    );
    // What moves nothing says nothing of it.
    let elsewhere = json!({ "starts_on": "2026-07-01", "ends_on": "2026-07-02" });
    let quiet = five.service.post(&five.coordinator, &path, elsewhere);
    assert!(quiet.await.expect(201).get("difference").is_none());
    // Deleting has no content; a dry run of it has.
    let gone = format!("{path}/{}?dry_run=true", text(&made["id"]));
    let tried = five
        .service
        .delete(&five.coordinator, &gone)
        .await
        .expect(200);
    assert!(tried["difference"]["moved_turns"].is_array());
    assert_eq!(
        list(&five.service.get(&five.reader, &path).await.expect(200)).len(),
        2
    );
}

#[actix_web::test]
async fn who_pauses_takes_no_turns_and_is_owed_none() {
    let mut series = a_series();
    series["rule"] = json!("FREQ=WEEKLY;BYDAY=TU;COUNT=40");
    let five = FiveCities::with(Service::start(), series).await;
    let path = format!(
        "{}/municipalities/{}/pauses",
        five.base, five.cities[DETMOLD].id
    );
    let pause = json!({ "starts_on": "2026-05-06", "ends_on": "2026-09-30", "reason": "Umzug" });
    let made = five
        .service
        .post(&five.coordinator, &path, pause.clone())
        .await
        .expect(201);
    assert_eq!(made["reason"], "Umzug");
    let slots = five.rotation(40).await;
    let hosts = |from: &str, until: &str| -> Vec<String> {
        let days = slots.iter().filter(|slot| {
            let day = &text(&slot["starts_at"])[..10];
            (from..=until).contains(&day)
        });
        days.map(|slot| text(&slot["host"]["name"])).collect()
    };
    let during = hosts("2026-05-06", "2026-09-30");
    assert!(
        during.len() > 15 && !during.contains(&"Detmold".to_owned()),
        "{during:?}"
    );
    let after = hosts("2026-10-01", "2026-12-31");
    for round in after.chunks_exact(5) {
        let turns = round.iter().filter(|host| *host == "Detmold").count();
        assert_eq!(turns, 1, "{after:?}");
    }
    let slot = slots
        .iter()
        .find(|slot| text(&slot["starts_at"]).starts_with("2026-06"));
    let rejected = slot.unwrap()["rejected"].as_array().unwrap();
    let detmold = rejected
        .iter()
        .find(|one| one["municipality"]["name"] == "Detmold");
    assert_eq!(detmold.unwrap()["rule"], "paused");
    assert_eq!(
        detmold.unwrap()["detail"],
        "setzt vom 06.05.2026 bis 30.09.2026 aus"
    );
    // Two pauses at once are a mistake; so are days in the wrong order.
    let twice = five.service.post(&five.coordinator, &path, pause).await;
    assert_eq!(
        (twice.status.as_u16(), twice.rules()),
        (422, vec!["starts_on: overlap".to_owned()])
    );
    let reverse = json!({ "starts_on": "2027-05-01", "ends_on": "2027-04-30" });
    let reverse = five.service.post(&five.coordinator, &path, reverse).await;
    assert_eq!(reverse.status, 422);
    // Without it everybody is due again.
    let gone = format!("{path}/{}", text(&made["id"]));
    five.service
        .delete(&five.coordinator, &gone)
        .await
        .expect(204);
    five.service
        .delete(&five.coordinator, &gone)
        .await
        .expect(404);
    assert!(list(&five.service.get(&five.reader, &path).await.expect(200)).is_empty());
    assert!(five.hosts(12).await.contains(&"Detmold".to_owned()));
}

#[actix_web::test]
async fn who_pauses_takes_no_turn_of_another_either() {
    let five = FiveCities::start().await;
    let path = format!("/municipalities/{}/pauses", five.cities[DETMOLD].id);
    let pause = json!({ "starts_on": "2026-05-01", "ends_on": "2026-09-30" });
    five.make(&path, pause).await;
    let meeting = five.meeting(1).await;
    let stand_in = five.stand_in(1, DETMOLD, "Umbau").await;
    let paused = json!({ "field": "municipality_id", "rule": "paused", "message": "Detmold is paused on 2026-06-09" });
    assert_eq!(stand_in.status, 422);
    assert_eq!(stand_in.json()["errors"], json!([paused]));
    let swap = json!({ "first_meeting_id": meeting, "second_meeting_id": five.meeting(4).await });
    let hosts = five.hosts(9).await;
    assert_eq!(hosts[4], "Detmold", "{hosts:?}");
    let swap = five.post_to_rotation("swaps", swap).await;
    assert_eq!(swap.rules(), ["second_meeting_id: paused"]);
    let cohosts = json!({
        "meeting_id": meeting, "municipality_ids": [five.cities[DETMOLD].id], "reason": "Umbau",
    });
    let cohosts = five.post_to_rotation("cohosts", cohosts).await;
    assert_eq!(cohosts.rules(), ["municipality_ids[0]: paused"]);
    let ask = json!({ "meeting_id": meeting, "municipality_id": five.cities[DETMOLD].id });
    let ask = five.post_to_rotation("swap-requests", ask).await;
    assert_eq!(
        (ask.status.as_u16(), ask.rules()),
        (409, vec!["paused".to_owned()])
    );
    let all = json!({ "meeting_id": meeting });
    let all = five
        .post_to_rotation("swap-requests", all)
        .await
        .expect(201);
    assert!(!all.to_string().contains("Detmold"), "{all}");
    assert_eq!(
        five.hosts(9).await,
        hosts,
        "what was refused changes nothing"
    );
}
