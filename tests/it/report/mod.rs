//! The fairness report: as JSON, as a table, as a picture and in the terminal.
mod pictures;
mod rules;

use actix_web::test::TestRequest;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, DETMOLD, FiveCities, GUETERSLOH, HERFORD, list, text};
use crate::harness::bearer;

/// Degrees north and east, in the order of hosts.
const TOWN_HALLS: [(f64, f64); 5] = [
    (51.9065, 8.3795),
    (52.0211, 8.5347),
    (52.1140, 8.6715),
    (52.0885, 8.7490),
    (51.9365, 8.8795),
];

/// Says where the town halls of these cities are.
async fn place(five: &FiveCities, cities: &[usize]) {
    for &city in cities {
        let (id, venue) = (&five.cities[city].id, &five.cities[city].venue);
        let (latitude, longitude) = TOWN_HALLS[city];
        let path = format!("{}/municipalities/{id}/venues/{venue}", five.base);
        let body = json!({
            "name": "Rathaus", "street": "Am Markt 1", "postal_code": "33000", "locality": "Ort",
            "latitude": latitude, "longitude": longitude, "preferred": true,
        });
        let done = five.service.put(&five.coordinator, &path, body).await;
        done.expect(200);
    }
}

/// Invites to the meeting at that place, puts items on its agenda (whose, how many minutes), waits
/// until it is over, records who was there, and closes it.
async fn hold(five: &FiveCities, place: usize, items: &[(usize, i32)], there: &[usize]) -> String {
    let meeting = five.meetings().await.swap_remove(place);
    let id = text(&meeting["id"]);
    let mut outcomes = Vec::new();
    for (city, minutes) in items {
        let token = &five.cities[*city].people[0].token;
        let path = format!("/meetings/{id}/agenda/items");
        let new =
            json!({ "title": "Digitale Poststelle", "kind": "discussion", "minutes": minutes });
        let item = five.service.post(token, &path, new).await.expect(201);
        let item = text(&item["id"]);
        let path = format!("/agenda-items/{item}/accept");
        let done = five.service.post(&five.coordinator, &path, json!({}));
        assert!(done.await.status.is_success());
        outcomes.push(json!({ "item_id": item, "state": "discussed" }));
    }
    five.invite(&id).await;
    let end: DateTime<Utc> = text(&meeting["ends_at"]).parse().unwrap();
    five.service.clock.set(end + TimeDelta::minutes(30));
    for city in there {
        let path = format!(
            "/meetings/{id}/attendance/{}",
            five.cities[*city].people[0].id
        );
        let done = five
            .service
            .put(&five.coordinator, &path, json!({ "presence": "on_site" }));
        assert!(done.await.status.is_success());
    }
    let path = format!("/meetings/{id}/close");
    let done = five
        .service
        .post(&five.coordinator, &path, json!({ "outcomes": outcomes }));
    done.await.expect(200);
    id
}

async fn report(five: &FiveCities, query: &str) -> Value {
    five.get(&format!("/series/{}/rotation/report{query}", five.series))
        .await
}

fn column(report: &Value, figure: &str) -> Vec<i64> {
    let items = report["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item[figure].as_i64().unwrap_or(-1))
        .collect()
}

#[actix_web::test]
async fn each_city_has_what_it_gave_and_got() {
    let five = FiveCities::start().await;
    place(&five, &[GUETERSLOH, BIELEFELD, HERFORD]).await;
    let first = hold(
        &five,
        0,
        &[(BIELEFELD, 20), (DETMOLD, 15), (BIELEFELD, 10)],
        &[GUETERSLOH, BIELEFELD, DETMOLD],
    )
    .await;
    hold(&five, 1, &[], &[]).await;
    let told = report(&five, "?year=2026").await;
    assert_eq!([&told["from"], &told["to"]], ["2026-01-01", "2026-12-31"]);
    let counts = ["held", "to_come", "cancelled"].map(|count| told[count].as_i64().unwrap());
    assert_eq!(counts, [2, 3, 0]);
    assert_eq!(column(&told, "hosted"), [1, 1, 0, 0, 0]);
    assert_eq!(column(&told, "charged"), [1, 1, 0, 0, 0]);
    assert_eq!(column(&told, "to_come"), [0, 0, 1, 1, 1]);
    // 1 January to 9 June.
    assert_eq!(column(&told, "member_days"), [160; 5]);
    assert_eq!(column(&told, "due_thousandths"), [400; 5]);
    let differences = [600, 600, -400, -400, -400];
    assert_eq!(column(&told, "difference_thousandths"), differences);
    assert_eq!(column(&told, "agenda_minutes"), [0, 30, 0, 0, 15]);
    assert_eq!(column(&told, "attended"), [1, 1, 0, 0, 1]);
    let travelled = column(&told, "travelled_metres");
    assert_eq!(travelled[3..], [-1, -1], "nobody knows where they set out");
    // Gütersloh and Bielefeld went to each other, Herford to both: 16.6, 30.5 and 13.9 km as the crow flies.
    assert_eq!(travelled[0], travelled[1]);
    assert!((21_500..21_700).contains(&travelled[0]), "{travelled:?}");
    assert!((57_600..57_900).contains(&travelled[2]), "{travelled:?}");
    assert_eq!(told["without_place"], json!([]));
    let missing = list(&json!({ "items": told["without_attendance"] }));
    assert_eq!(missing.len(), 1);
    assert_ne!(missing[0]["meeting_id"], first);
    assert_eq!(told["other_agenda_minutes"], 0);
    let spread = &told["spread"];
    assert_eq!(spread["hosted"]["range"], 1);
    assert_eq!(spread["hosted"]["deviation_thousandths"], 489);
    assert_eq!(spread["difference_thousandths"]["range"], 1000);
    assert_eq!(
        spread["difference_thousandths"]["deviation_thousandths"],
        489
    );
    assert_eq!(
        spread["travelled_metres"]["range"],
        travelled[2] - travelled[0]
    );
    assert_eq!(spread["agenda_minutes"]["range"], 30);
}

#[actix_web::test]
async fn the_report_agrees_with_ledger_and_attendance() {
    let five = FiveCities::start().await;
    let mut held = Vec::new();
    for place in 0..4 {
        held.push(hold(&five, place, &[(place, 10)], &[place, (place + 1) % 5]).await);
    }
    let told = report(&five, "").await;
    let path = format!("/series/{}/rotation/ledger?limit=200", five.series);
    let ledger = list(&five.get(&path).await);
    let counted = ledger.iter().filter(|entry| entry["state"] == "counted");
    let sum = |figure| column(&told, figure).iter().sum::<i64>();
    assert_eq!(sum("charged"), i64::try_from(counted.count()).unwrap());
    assert_eq!(sum("hosted"), 4);
    assert_eq!(sum("due_thousandths"), 4000);
    assert_eq!(sum("difference_thousandths"), 0);
    assert_eq!(sum("agenda_minutes"), 40);
    let mut attended = [0; 5];
    for id in &held {
        let there = five.get(&format!("/meetings/{id}/attendance")).await;
        for (city, row) in there["municipalities"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            attended[city] += i64::from(row["represented"] == true);
        }
    }
    assert_eq!(column(&told, "attended"), attended);
    let places = told["without_place"].as_array().unwrap();
    assert_eq!(places.len(), 4, "no venue has coordinates: {places:?}");
    assert_eq!(column(&told, "travelled_metres"), [-1; 5]);
}

#[actix_web::test]
async fn days_of_membership_decide_what_is_due() {
    let five = FiveCities::start().await;
    let leaves = format!("{}/municipalities/{}", five.base, five.cities[DETMOLD].id);
    let body = json!({ "left_on": "2026-03-22" });
    let done = five.service.patch(&five.coordinator, &leaves, body);
    done.await.expect(200);
    five.hold(0).await;
    let told = report(&five, "?from=2026-01-01&to=2026-04-14").await;
    assert_eq!(column(&told, "member_days"), [104, 104, 104, 104, 80]);
    assert_eq!(column(&told, "due_thousandths"), [210, 210, 210, 209, 161]);
    let before = report(&five, "?from=2026-01-01&to=2026-01-31").await;
    assert_eq!(before["held"], 0);
    assert_eq!(column(&before, "due_thousandths"), [0; 5]);
    let later = report(&five, "?from=2027-01-01").await;
    assert_eq!(later["to"], "2027-12-31");
    assert_eq!(later["items"].as_array().unwrap().len(), 4);
    assert_eq!(column(&later, "member_days"), [0; 4]);
}

#[actix_web::test]
async fn the_table_is_safe_for_spreadsheets() {
    let five = FiveCities::start().await;
    let city = format!("{}/municipalities/{}", five.base, five.cities[HERFORD].id);
    let body = json!({ "name": "=HYPERLINK(\"x\"), Herford" });
    let done = five.service.patch(&five.coordinator, &city, body);
    done.await.expect(200);
    five.hold(0).await;
    let path = format!("/series/{}/rotation/report.csv", five.series);
    let answer = five.service.get(&five.reader, &path).await;
    let disposition = answer.headers.get("content-disposition").unwrap();
    assert_eq!(
        disposition,
        "attachment; filename=\"fairness-2026-01-01-2026-12-31.csv\""
    );
    let table = answer.text();
    let lines: Vec<_> = table.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 6, "{table}");
    assert!(lines[0].starts_with("Kommune,Tage der Mitgliedschaft,"));
    assert_eq!(lines[1], "Gütersloh,104,1,1000,0,200,800,,0,0,0");
    let hostile = "\"'=HYPERLINK(\"\"x\"\"), Herford\",104,0,0,1,200,-200,,0,0,0";
    assert_eq!(lines[3], hostile);
    let english = TestRequest::get()
        .uri(&format!("/api/v1{path}"))
        .insert_header(bearer(&five.reader))
        .insert_header(("accept-language", "en"));
    let english = five.service.send(english).await.text();
    assert!(english.starts_with("Municipality,Days of membership,"));
}

#[actix_web::test]
async fn periods_that_make_none_are_named_and_others_see_nothing() {
    let five = FiveCities::start().await;
    for (query, rule) in [
        ("?from=1200-01-01", "from: day"),
        ("?to=2200-01-01", "to: day"),
        ("?year=1969", "year: range"),
        ("?year=2026&from=2026-01-01", "year: together"),
        ("?from=2026-02-02&to=2026-02-01", "to: together"),
        ("?until=2026-02-02", "query: query"),
    ] {
        for kind in ["report", "report.csv", "timeline.svg"] {
            let path = format!("/series/{}/rotation/{kind}{query}", five.series);
            let answer = five.service.get(&five.reader, &path).await;
            assert_eq!(answer.status, 422, "{path}");
            assert_eq!(answer.rules(), [rule], "{path}");
        }
    }
    let (_, stranger) = five.service.cooperation("Andere").await;
    for kind in ["report", "report.csv", "timeline.svg"] {
        let path = format!("/series/{}/rotation/{kind}", five.series);
        assert_eq!(five.service.get(&stranger, &path).await.status, 404);
        assert_eq!(five.service.get("rhm_none", &path).await.status, 401);
    }
}

#[actix_web::test]
async fn another_share_of_the_turns_is_due_from_its_day_on() {
    let five = FiveCities::start().await;
    hold(&five, 0, &[], &[]).await;
    hold(&five, 1, &[], &[]).await;
    // 1 January to 9 June 2026 are 160 days: Detmold half, and nothing for the last 70 of them; Bielefeld twice.
    let share = |city: usize, from: &str, percent: u32| json!({ "municipality_id": five.cities[city].id, "from": from, "percent": percent });
    let path = format!("{}/series/{}", five.base, five.series);
    let shares = json!([
        share(DETMOLD, "2025-06-01", 50),
        share(DETMOLD, "2026-04-01", 0),
        share(BIELEFELD, "2026-01-01", 200),
        share(HERFORD, "2026-06-10", 0),
    ]);
    let weights = json!({ "host_weights": { "shares": shares } });
    five.service
        .patch(&five.coordinator, &path, weights)
        .await
        .expect(200);
    let told = report(&five, "?year=2026").await;
    assert_eq!(column(&told, "member_days"), [160; 5]);
    // 160, 320, 160, 160 and 45 of 845, of two meetings.
    assert_eq!(column(&told, "due_thousandths"), [379, 757, 379, 379, 106]);
    let differences = column(&told, "difference_thousandths");
    assert_eq!(differences, [621, 243, -379, -379, -106]);
    assert_eq!(differences.iter().sum::<i64>(), 0);
    // The days before count by what was due then.
    let told = report(&five, "?from=2026-04-01&to=2026-12-31").await;
    assert_eq!(column(&told, "due_thousandths"), [400, 800, 400, 400, 0]);
}
