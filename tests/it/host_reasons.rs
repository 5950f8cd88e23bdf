//! What the plan of hosts says of itself, what ways weigh, and that a program that starts anew plans the same.
use serde_json::{Value, json};

use crate::builders::{BAD_SALZUFLEN, DETMOLD, FiveCities, HERFORD, a_series, list, text};
use crate::harness::Service;

async fn block(five: &FiveCities, city: usize, from: &str, until: &str) -> String {
    let days = json!({ "starts_on": from, "ends_on": until, "reason": "Ratssitzung" });
    let path = format!("/municipalities/{}/blackouts", five.cities[city].id);
    let id = five.make(&path, days).await;
    format!("{}{path}/{id}", five.base)
}

/// What is said of a city at a meeting that it does not host.
fn of<'a>(slot: &'a Value, city: &str) -> &'a Value {
    let rejected = slot["rejected"].as_array().unwrap();
    let found = rejected
        .iter()
        .find(|one| one["municipality"]["name"] == city);
    found.unwrap_or_else(|| panic!("{city} in {slot}"))
}

#[actix_web::test]
async fn a_blackout_is_named_where_it_changes_the_order_and_nowhere_else() {
    let mut series = a_series();
    // One round.
    series["horizon_months"] = json!(10);
    let five = FiveCities::with(Service::start(), series).await;
    block(&five, HERFORD, "2026-08-01", "2026-08-31").await;
    let slots = five.rotation(5).await;
    // Months before the blackout it is the plain order, and is explained by that.
    assert_eq!(
        slots[0]["reason"],
        "Bei gleich vielen Terminen: Gütersloh steht in der Reihenfolge vorn"
    );
    for city in ["Bielefeld", "Herford", "Bad Salzuflen", "Detmold"] {
        let other = of(&slots[0], city);
        assert_eq!(other["rule"], "later_in_order", "{other}");
        assert_eq!(other["costs"], 0.0);
        assert_eq!(other["detail"], "steht in der Reihenfolge nach Gütersloh");
    }
    assert_eq!(of(&slots[2], "Herford")["rule"], "blackout");
    let reasons: Vec<String> = slots.iter().map(|slot| text(&slot["reason"])).collect();
    assert_eq!(
        reasons[1..],
        [
            "Bei gleich vielen Terminen: Bielefeld steht in der Reihenfolge vorn",
            "Detmold übernimmt für Herford (Sperrzeit 01.08.2026 bis 31.08.2026 (Ratssitzung)); \
             Herford ist dafür am 08.12.2026 an der Reihe",
            "Bad Salzuflen bleibt wie geplant: Bekannte Termine werden nicht verschoben, \
             auch wenn Herford ebenso gut passen würde",
            "Herford war bis dahin am seltensten an der Reihe (0 von insgesamt 4)",
        ],
        "{slots:#?}"
    );
}

#[actix_web::test]
async fn where_another_would_be_better_the_plan_stays_as_it_is_known_and_says_so() {
    let five = FiveCities::start().await;
    let plain = five.hosts(9).await;
    let path = block(&five, HERFORD, "2026-08-01", "2026-08-31").await;
    let changed = five.hosts(9).await;
    assert_ne!(plain, changed);
    // The blackout was a mistake; people have noted their turns meanwhile.
    five.service
        .delete(&five.coordinator, &path)
        .await
        .expect(204);
    assert_eq!(five.hosts(9).await, changed);
    let slots = five.rotation(9).await;
    // The plan is as fair as another would be, so it stays; whoever waits longer now is told so.
    let herford = of(&slots[2], "Herford");
    assert_eq!(herford["rule"], "stays_as_planned");
    assert!(herford["costs"].as_f64().unwrap() < 0.0, "{herford}");
    let detail = text(&herford["detail"]);
    assert_eq!(
        detail,
        "würde etwas besser passen, aber bekannte Termine werden dafür nicht verschoben"
    );
    let reason = text(&slots[2]["reason"]);
    let said = format!(
        "{} bleibt wie geplant: Bekannte Termine werden nicht verschoben, auch wenn Herford ebenso gut passen würde",
        changed[2]
    );
    assert_eq!(reason, said);
    // Who asks for a new plan gets the better one.
    let plan = format!("/series/{}/plan", five.series);
    let anew = five
        .service
        .post(&five.coordinator, &plan, json!({ "anew": true }));
    anew.await.expect(200);
    assert_eq!(five.hosts(9).await, plain);
}

/// As degrees north and east: three cities close to each other, and two far to the east of them.
const TOWN_HALLS: [(f64, f64); 5] = [
    (51.9065, 8.3795),
    (52.0211, 8.5347),
    (52.1140, 8.6715),
    (52.0885, 13.1000),
    (51.9365, 13.2000),
];

#[actix_web::test]
#[expect(clippy::cast_possible_truncation, reason = "kilometres of one country")]
async fn ways_weigh_who_hosts_and_kilometres_become_more_even() {
    let five = FiveCities::start().await;
    for (city, (latitude, longitude)) in five.cities.iter().zip(TOWN_HALLS) {
        let path = format!(
            "{}/municipalities/{}/venues/{}",
            five.base, city.id, city.venue
        );
        let hall = json!({
            "name": "Rathaus", "street": "Am Markt 1", "postal_code": "33000", "locality": "Ort",
            "latitude": latitude, "longitude": longitude, "preferred": true,
        });
        five.service
            .put(&five.coordinator, &path, hall)
            .await
            .expect(200);
    }
    // In the first round others stood in for the two in the east, who had their turns and travelled all the same.
    let path = format!("/series/{}/rotation/overrides", five.series);
    for (place, city) in [(3, 0), (4, 1)] {
        let stand_in = json!({
            "meeting_id": five.meeting(place).await, "municipality_id": five.cities[city].id, "reason": "Umbau",
        });
        five.service
            .post(&five.coordinator, &path, stand_in)
            .await
            .expect(201);
    }
    for place in 0..5 {
        five.hold(place).await;
    }
    let mut plans = Vec::new();
    for travel in [0, 1000] {
        let path = format!("{}/series/{}", five.base, five.series);
        let weights = json!({ "host_weights": { "travel": travel } });
        five.service
            .patch(&five.coordinator, &path, weights)
            .await
            .expect(200);
        let path = format!("/series/{}/plan", five.series);
        let anew = json!({ "anew": true });
        five.service
            .post(&five.coordinator, &path, anew)
            .await
            .expect(200);
        let meetings = five.meetings().await;
        let hosts: Vec<usize> = meetings
            .iter()
            .map(|meeting| {
                five.cities
                    .iter()
                    .position(|city| meeting["host"]["id"] == *city.id)
                    .unwrap()
            })
            .collect();
        assert!(hosts.len() >= 13, "{hosts:?}");
        plans.push(hosts);
    }
    // Without roads and hills, by the flat formula of a map.
    let way = |from: usize, to: usize| {
        let ((north, east), (other_north, other_east)) = (TOWN_HALLS[from], TOWN_HALLS[to]);
        let shrink = f64::midpoint(north, other_north).to_radians().cos();
        ((north - other_north).hypot((east - other_east) * shrink) * 111.2) as i64
    };
    let travelled = |hosts: &[usize]| -> Vec<i64> {
        (0..5)
            .map(|city| hosts.iter().map(|host| way(city, *host)).sum())
            .collect()
    };
    let spread = |figures: &[i64]| figures.iter().max().unwrap() - figures.iter().min().unwrap();
    let [without, with] = [&plans[0], &plans[1]].map(|hosts| travelled(hosts));
    let east = |hosts: &[usize]| {
        hosts
            .iter()
            .filter(|host| [BAD_SALZUFLEN, DETMOLD].contains(host))
            .count()
    };
    assert!(east(&plans[0]) < east(&plans[1]), "{plans:?}");
    assert!(spread(&with) < spread(&without), "{without:?} {with:?}");
    // Turns stay as even as without.
    for hosts in &plans {
        let turns = (0..5).map(|city| hosts[5..].iter().filter(|host| **host == city).count());
        let turns: Vec<_> = turns.collect();
        assert!(
            turns.iter().max().unwrap() - turns.iter().min().unwrap() <= 1,
            "{turns:?}"
        );
    }
}

#[actix_web::test]
async fn a_program_that_starts_anew_plans_the_same() {
    let mut five = FiveCities::start().await;
    block(&five, HERFORD, "2026-08-01", "2026-08-31").await;
    block(&five, DETMOLD, "2027-02-01", "2027-04-30").await;
    let (before, meetings) = (five.rotation(9).await, five.meetings().await);
    let plan = format!("/series/{}/plan?dry_run=true", five.series);
    let tried = five
        .service
        .post(&five.coordinator, &plan, json!({ "anew": true }));
    let tried = tried.await.expect(200);
    five.service = five.service.restarted();
    assert_eq!(five.rotation(9).await, before);
    assert_eq!(five.meetings().await, meetings);
    // Found anew, with nothing remembered, it is the same plan.
    let again = five
        .service
        .post(&five.coordinator, &plan, json!({ "anew": true }));
    assert_eq!(again.await.expect(200), tried);
    // And kept, when something has nothing to do with it.
    block(&five, BAD_SALZUFLEN, "2026-07-01", "2026-07-02").await;
    assert_eq!(five.rotation(9).await, before);
    let hash = json!({ "anew": true, "hash": tried["hash"] });
    let plan = format!("/series/{}/plan", five.series);
    five.service
        .post(&five.coordinator, &plan, hash)
        .await
        .expect(200);
}

#[actix_web::test]
async fn who_looks_for_a_large_plan_keeps_nobody_from_writing() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Viele").await;
    let base = format!("/cooperations/{slug}");
    let mut cities = Vec::new();
    for number in 0..24 {
        let new = json!({ "name": format!("Stadt {number}"), "joined_on": "2026-01-01" });
        let path = format!("{base}/municipalities");
        let made = service.post(&token, &path, new).await.expect(201);
        cities.push(text(&made["id"]));
    }
    let mut series = a_series();
    series["rule"] = json!("FREQ=WEEKLY;BYDAY=TU;COUNT=100");
    series["horizon_months"] = json!(36);
    let path = format!("{base}/series");
    let made = service.post(&token, &path, series).await.expect(201);
    let series = text(&made["id"]);
    let blackout = json!({ "starts_on": "2026-06-01", "ends_on": "2026-07-31" });
    let path = format!("{base}/municipalities/{}/blackouts", cities[9]);
    service
        .post(&token, &path, blackout.clone())
        .await
        .expect(201);

    let path = format!("/series/{series}/plan?dry_run=true");
    let trial = Box::pin(service.post(&token, &path, json!({ "anew": true })));
    let path = format!("{base}/municipalities/{}/venues", cities[3]);
    let venue = json!({ "name": "Rathaus", "street": "Markt 1", "postal_code": "32052", "locality": "Herford" });
    let write = Box::pin(service.post(&token, &path, venue));
    let futures_util::future::Either::Right((written, trial)) =
        futures_util::future::select(trial, write).await
    else {
        panic!("the plan was ready first");
    };
    written.expect(201);
    let tried = trial.await.expect(200);
    assert_eq!(tried["plan"].as_array().unwrap().len(), 100);
    // Applied, it is the plan that was seen, which need not be found again.
    let path = format!("/series/{series}/plan");
    let hash = json!({ "anew": true, "hash": tried["hash"] });
    service.post(&token, &path, hash).await.expect(200);
    let slots = service
        .get(&token, &format!("/series/{series}/rotation?count=100"))
        .await
        .expect(200);
    let name = |slot: &Value| slot["host"]["id"].clone();
    let hosts: Vec<Value> = list(&slots).iter().map(name).collect();
    let planned: Vec<Value> = tried["plan"].as_array().unwrap().iter().map(name).collect();
    assert_eq!(hosts, planned);
}
