//! Single meetings: listed, added, moved, cancelled and restored.
use actix_web::test::TestRequest;
use chrono::{NaiveDate, TimeDelta};
use reihum::days::public_holidays::Land;
use reihum::meetings::deadlines::{earlier, later};
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, FiveCities, GUETERSLOH, a_series, list, text};
use crate::harness::{Answer, bearer};

async fn patch(five: &FiveCities, meeting: &str, body: Value) -> Answer {
    let path = format!("/meetings/{meeting}");
    five.service.patch(&five.coordinator, &path, body).await
}

async fn post(five: &FiveCities, path: &str, body: Value) -> Answer {
    five.service.post(&five.coordinator, path, body).await
}

async fn show(five: &FiveCities, meeting: &str) -> Value {
    five.get(&format!("/meetings/{meeting}")).await
}

#[actix_web::test]
async fn meetings_are_listed_by_pages_days_and_status() {
    let five = FiveCities::start().await;
    let all = five.meetings().await;
    let base = format!("/series/{}/meetings", five.series);
    let mut seen = Vec::new();
    let mut path = format!("{base}?limit=4");
    loop {
        let page = five.get(&path).await;
        seen.extend(list(&page));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("{base}?limit=4&cursor={next}");
    }
    assert_eq!(seen, all);
    let some = five
        .get(&format!("{base}?from=2026-06-09&to=2026-10-13"))
        .await;
    assert_eq!(list(&some), all[1..4]);
    let cancel = format!("/meetings/{}/cancel", text(&all[2]["id"]));
    post(&five, &cancel, json!({ "reason": "Hochwasser" }))
        .await
        .expect(200);
    let cancelled = list(&five.get(&format!("{base}?status=cancelled")).await);
    assert_eq!(cancelled.len(), 1);
    assert_eq!(cancelled[0]["id"], all[2]["id"]);
    assert_eq!(
        list(&five.get(&format!("{base}?status=planned")).await).len(),
        8
    );
    for (query, rule) in [
        ("limit=0", "limit: range"),
        ("cursor=x", "cursor: cursor"),
        ("from=0000-01-01", "from: day"),
        ("status=lost", "query: query"),
        ("when=now", "query: query"),
    ] {
        let answer = five
            .service
            .get(&five.reader, &format!("{base}?{query}"))
            .await;
        assert_eq!(answer.rules(), [rule], "{query}");
    }
}

#[actix_web::test]
async fn a_list_is_not_sent_again_to_who_has_it() {
    let five = FiveCities::start().await;
    let path = format!("/api/v1/series/{}/meetings", five.series);
    let ask = |tag: &str| {
        TestRequest::get()
            .uri(&path)
            .insert_header(bearer(&five.reader))
            .insert_header(("if-none-match", tag))
    };
    let etag = five.service.send(ask("\"none\"")).await.etag();
    assert_eq!(five.service.send(ask(&etag)).await.status, 304);
    let first = five.meeting(0).await;
    patch(&five, &first, json!({ "title": "Auftakt" }))
        .await
        .expect(200);
    assert_eq!(five.service.send(ask(&etag)).await.status, 200);
}

#[actix_web::test]
async fn a_meeting_is_moved_and_keeps_who_it_is() {
    let five = FiveCities::start().await;
    let before = five.meetings().await.swap_remove(0);
    let id = text(&before["id"]);
    let body = json!({ "date": "2026-10-25", "start_time": "14:15", "duration_minutes": 90 });
    let answer = patch(&five, &id, body.clone()).await;
    assert_ne!(answer.etag(), format!("\"{}\"", before["revision"]));
    let moved = answer.expect(200);
    assert_eq!(moved["starts_at"], "2026-10-25T14:15:00+01:00");
    assert_eq!(moved["ends_at"], "2026-10-25T15:45:00+01:00");
    assert_eq!(moved["deadlines"]["topics_until"], "2026-10-11");
    assert_eq!(moved["sequence"], 1);
    assert_eq!(moved["occurrence_on"], "2026-04-14");
    for field in ["id", "uid", "status"] {
        assert_eq!(moved[field], before[field], "{field}");
    }
    // It comes fourth now, and the order of hosts follows the order of time.
    let meetings = five.meetings().await;
    assert_eq!(meetings[3]["id"], before["id"]);
    let numbers: Vec<_> = meetings
        .iter()
        .map(|one| one["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let hosts: Vec<_> = meetings
        .iter()
        .take(5)
        .map(|one| one["host"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        hosts,
        [
            "Gütersloh",
            "Bielefeld",
            "Herford",
            "Bad Salzuflen",
            "Detmold"
        ]
    );
    // The same once more changes nothing.
    five.service.clock.advance(TimeDelta::minutes(1));
    let again = patch(&five, &id, body).await.expect(200);
    assert_eq!(again, show(&five, &id).await);
    assert_eq!(again["sequence"], meetings[3]["sequence"]);
    assert_eq!(again["modified_at"], meetings[3]["modified_at"]);
}

#[actix_web::test]
async fn a_meeting_moves_neither_into_the_past_nor_into_the_gap_of_the_clocks() {
    let five = FiveCities::start().await;
    let id = five.meeting(0).await;
    for body in [
        json!({ "date": "2026-03-01" }),
        json!({ "date": "1999-12-31" }),
    ] {
        assert_eq!(patch(&five, &id, body).await.rules(), ["date: past"]);
    }
    let moved = json!({ "date": "2027-03-28", "start_time": "02:30" });
    let moved = patch(&five, &id, moved).await.expect(200);
    assert_eq!(moved["starts_at"], "2027-03-28T03:30:00+02:00");
    assert_eq!(moved["start_time"], "03:30");
    let bad = json!({ "date": "2399-01-01", "duration_minutes": 0, "title": "" });
    let bad = patch(&five, &id, bad).await;
    assert_eq!(
        bad.rules(),
        ["date: day", "duration_minutes: range", "title: length"]
    );
    let bad = patch(&five, &id, json!({ "title": "zwei\nZeilen" })).await;
    assert_eq!(bad.rules(), ["title: one_line"]);
}

#[actix_web::test]
async fn the_venue_is_one_of_the_hosts() {
    let five = FiveCities::start().await;
    let id = five.meeting(0).await;
    let city = &five.cities[GUETERSLOH];
    let annexe = json!({
        "name": "Stadthalle", "street": "Friedrichstraße 10", "postal_code": "33330", "locality": "Gütersloh",
    });
    let venues = format!("/municipalities/{}/venues", city.id);
    let annexe = five.make(&venues, annexe).await;
    let moved = patch(&five, &id, json!({ "venue_id": annexe }))
        .await
        .expect(200);
    assert_eq!(moved["venue"]["name"], "Stadthalle");
    assert_eq!(moved["sequence"], 1);
    let wrong = json!({ "venue_id": five.cities[BIELEFELD].venue });
    assert_eq!(patch(&five, &id, wrong).await.rules(), ["venue_id: host"]);
    five.service.clock.advance(TimeDelta::minutes(1));
    // A venue that is replaced is news; one that is given up makes way for another.
    let replaced = json!({
        "name": "Kleine Stadthalle", "street": "Friedrichstraße 10", "postal_code": "33330",
        "locality": "Gütersloh",
    });
    let path = format!("{}{venues}/{annexe}", five.base);
    five.service
        .put(&five.coordinator, &path, replaced)
        .await
        .expect(200);
    let shown = show(&five, &id).await;
    assert_eq!(shown["venue"]["name"], "Kleine Stadthalle");
    assert_eq!(shown["sequence"], 2);
    five.service.clock.advance(TimeDelta::minutes(1));
    five.service
        .delete(&five.coordinator, &path)
        .await
        .expect(204);
    let shown = show(&five, &id).await;
    assert_eq!(shown["venue"]["name"], "Rathaus Gütersloh");
    assert_eq!(shown["sequence"], 3);
}

#[actix_web::test]
async fn a_meeting_is_added_by_hand_and_gets_its_turn() {
    let five = FiveCities::start().await;
    let path = format!("/series/{}/meetings", five.series);
    let new = json!({ "date": "2026-05-05", "title": "Sondertreffen", "duration_minutes": 60 });
    let made = post(&five, &path, new).await;
    let location = made
        .headers
        .get("location")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let made = made.expect(201);
    assert_eq!(location, format!("/api/v1/meetings/{}", text(&made["id"])));
    assert_eq!(made["starts_at"], "2026-05-05T10:00:00+02:00");
    assert_eq!(made["occurrence_on"], Value::Null);
    assert_eq!(made["number"], 2);
    assert_eq!(made["host"]["name"], "Bielefeld");
    assert_eq!(five.meetings().await[2]["host"]["name"], "Herford");
    let venue = &five.cities[GUETERSLOH].venue;
    let new = json!({ "date": "2026-05-06", "venue_id": venue });
    assert_eq!(post(&five, &path, new).await.rules(), ["venue_id: host"]);
    assert_eq!(five.meetings().await.len(), 10);
    // One in the past counts once it is closed.
    let past = post(&five, &path, json!({ "date": "2026-02-10" }))
        .await
        .expect(201);
    assert_eq!(past["number"], 1);
    assert_eq!(past["host"]["name"], "Gütersloh");
    let close = format!("/meetings/{}/close", text(&past["id"]));
    let closed = post(&five, &close, json!({ "outcomes": [] })).await;
    assert!(closed.status.is_success(), "{}", closed.text());
    assert_eq!(five.hosts(2).await, ["Bielefeld", "Herford"]);
}

#[actix_web::test]
async fn a_cancelled_meeting_gives_its_turn_back_and_takes_it_again() {
    let five = FiveCities::start().await;
    let (first, second) = (five.meeting(0).await, five.meeting(1).await);
    let path = format!("/meetings/{first}/cancel");
    assert_eq!(
        post(&five, &path, json!({})).await.rules(),
        ["reason: required"]
    );
    let reason = json!({ "reason": "Hochwasser" });
    let cancelled = post(&five, &path, reason.clone()).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(cancelled["cancelled_reason"], "Hochwasser");
    assert_eq!(cancelled["sequence"], 1);
    assert_eq!(cancelled["number"], 1);
    assert_eq!(five.hosts(2).await, ["Gütersloh", "Bielefeld"]);
    let again = post(&five, &path, reason).await;
    assert_eq!(
        (again.status.as_u16(), again.rules()),
        (409, vec!["state".to_owned()])
    );
    let moved = patch(&five, &first, json!({ "date": "2026-04-15" })).await;
    assert_eq!(moved.rules(), ["state"]);

    let restore = format!("/meetings/{first}/restore");
    let restored = post(&five, &restore, json!({})).await.expect(200);
    assert_eq!(restored["status"], "planned");
    assert_eq!(restored["cancelled_at"], Value::Null);
    assert_eq!(restored["cancelled_reason"], Value::Null);
    assert_eq!(restored["sequence"], 2);
    assert_eq!(five.hosts(2).await, ["Gütersloh", "Bielefeld"]);
    assert_eq!(post(&five, &restore, json!({})).await.rules(), ["state"]);

    let path = format!("/meetings/{second}/cancel");
    post(&five, &path, json!({ "reason": "Hitze" }))
        .await
        .expect(200);
    five.service.clock.advance(TimeDelta::days(200));
    let restore = format!("/meetings/{second}/restore");
    assert_eq!(post(&five, &restore, json!({})).await.rules(), ["past"]);
}

#[actix_web::test]
async fn the_topics_of_a_cancelled_meeting_go_back_to_the_backlog() {
    let five = FiveCities::start().await;
    let id = five.meeting(0).await;
    let items = format!("/meetings/{id}/agenda/items");
    let topic = |title: &str| json!({ "title": title, "kind": "discussion", "minutes": 20 });
    let scheduled = post(&five, &items, topic("Scannen")).await.expect(201);
    let accept = format!("/agenda-items/{}/accept", text(&scheduled["id"]));
    post(&five, &accept, json!({})).await.expect(200);
    let proposed = post(&five, &items, topic("Sensoren")).await.expect(201);
    let cancel = format!("/meetings/{id}/cancel");
    post(&five, &cancel, json!({ "reason": "Sturm" }))
        .await
        .expect(200);
    post(&five, &format!("/meetings/{id}/restore"), json!({}))
        .await
        .expect(200);
    let backlog = five
        .get(&format!("{}/series/{}/topics", five.base, five.series))
        .await;
    let backlog: Vec<_> = list(&backlog)
        .iter()
        .map(|one| {
            (
                one["id"].clone(),
                text(&one["state"]),
                one["meeting_id"].clone(),
            )
        })
        .collect();
    let expected = [
        (scheduled["id"].clone(), "postponed".to_owned(), Value::Null),
        (proposed["id"].clone(), "proposed".to_owned(), Value::Null),
    ];
    assert_eq!(backlog, expected);
}

#[actix_web::test]
async fn an_invited_meeting_comes_back_invited_and_its_changes_are_to_be_told() {
    let mut series = a_series();
    series["change_window_minutes"] = json!(30);
    let start = crate::harness::Service::start();
    let five = FiveCities::with(start, series).await;
    let id = five.meeting(0).await;
    five.invite(&id).await;
    five.service.clock.advance(TimeDelta::minutes(1));
    let invited = show(&five, &id).await;
    assert_eq!(invited["status"], "invited");
    let cancel = format!("/meetings/{id}/cancel");
    post(&five, &cancel, json!({ "reason": "Sturm" }))
        .await
        .expect(200);
    five.service.clock.advance(TimeDelta::minutes(1));
    let restored = post(&five, &format!("/meetings/{id}/restore"), json!({}))
        .await
        .expect(200);
    assert_eq!(restored["status"], "invited");
    assert_eq!(restored["host"], invited["host"]);
    let sequence = invited["sequence"].as_i64().unwrap();
    assert_eq!(restored["sequence"], sequence + 2);
    let ledger = list(
        &five
            .get(&format!("/series/{}/rotation/ledger", five.series))
            .await,
    );
    let states: Vec<_> = ledger
        .iter()
        .map(|entry| entry["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["assigned", "given_back", "assigned"]);
    assert_eq!(ledger[2]["due"], ledger[0]["due"]);
}

#[actix_web::test]
async fn the_host_and_the_coordinator_change_a_meeting_and_nobody_else() {
    let five = FiveCities::start().await;
    let meeting = five.meetings().await.swap_remove(0);
    let path = format!("/meetings/{}", text(&meeting["id"]));
    let title = json!({ "title": "Auftakt" });
    let (host, other) = (
        five.host_token(&meeting),
        &five.cities[BIELEFELD].people[0].token,
    );
    five.service
        .patch(host, &path, title.clone())
        .await
        .expect(200);
    for token in [other, &five.reader] {
        five.service
            .patch(token, &path, title.clone())
            .await
            .expect(403);
        let reason = json!({ "reason": "darum" });
        five.service
            .post(token, &format!("{path}/cancel"), reason)
            .await
            .expect(403);
        five.service
            .post(token, &format!("{path}/restore"), json!({}))
            .await
            .expect(403);
    }
    let add = format!("/series/{}/meetings", five.series);
    five.service
        .post(host, &add, json!({ "date": "2026-05-05" }))
        .await
        .expect(403);
    let (_, stranger) = five.service.cooperation("Nordkreis").await;
    five.service.get(&stranger, &path).await.expect(404);
    five.service
        .patch(&stranger, &path, title)
        .await
        .expect(404);
    let reason = json!({ "reason": "darum" });
    five.service
        .post(&stranger, &format!("{path}/cancel"), reason)
        .await
        .expect(404);
    five.service
        .post(&stranger, &add, json!({ "date": "2026-05-05" }))
        .await
        .expect(404);
    five.service.get("rhm_nobody", &path).await.expect(401);
    five.service
        .get(&five.reader, "/meetings/17")
        .await
        .expect(404);
}

#[actix_web::test]
async fn who_has_seen_an_older_meeting_changes_nothing() {
    let five = FiveCities::start().await;
    let id = five.meeting(0).await;
    let change = |tag: &str, title: &str| {
        TestRequest::patch()
            .uri(&format!("/api/v1/meetings/{id}"))
            .insert_header(bearer(&five.coordinator))
            .insert_header(("if-match", tag))
            .set_json(json!({ "title": title }))
    };
    let seen = five
        .service
        .get(&five.coordinator, &format!("/meetings/{id}"))
        .await
        .etag();
    let changed = five.service.send(change(&seen, "Erstes")).await;
    assert_eq!(changed.status, 200);
    assert_eq!(
        five.service.send(change(&seen, "Zweites")).await.status,
        412
    );
    assert_eq!(
        five.service
            .send(change(&changed.etag(), "Drittes"))
            .await
            .status,
        200
    );
    assert_eq!(show(&five, &id).await["title"], "Drittes");
}

#[actix_web::test]
async fn a_repeated_cancel_is_done_once() {
    let five = FiveCities::start().await;
    let id = five.meeting(0).await;
    let cancel = || {
        TestRequest::post()
            .uri(&format!("/api/v1/meetings/{id}/cancel"))
            .insert_header(bearer(&five.coordinator))
            .insert_header(("idempotency-key", "storm"))
            .set_json(json!({ "reason": "Sturm" }))
    };
    let first = five.service.send(cancel()).await.expect(200);
    assert_eq!(five.service.send(cancel()).await.expect(200), first);
    assert_eq!(show(&five, &id).await["sequence"], 1);
}

#[test]
fn ten_full_days_before_are_counted_without_the_day_itself() {
    let on = |text: &str| -> NaiveDate { text.parse().unwrap() };
    // Ten full days before Thursday, 4 February 2027, is Sunday, 24 January; the Friday is due.
    assert_eq!(earlier(on("2027-02-04"), 11), on("2027-01-24"));
    assert_eq!(
        Land::NorthRhineWestphalia.working_day_until(earlier(on("2027-02-04"), 11)),
        on("2027-01-22")
    );
    // Over the year's end, and with a leap day in between.
    assert_eq!(earlier(on("2027-01-05"), 11), on("2026-12-25"));
    assert_eq!(later(on("2028-02-24"), 7), on("2028-03-02"));
}
