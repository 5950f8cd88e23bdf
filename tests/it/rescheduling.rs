//! Rescheduling the meetings of a series when its rule or its time changes.
use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use reihum::meetings::rescheduling::{Occurrence, match_dates};
use serde_json::{Value, json};

use crate::builders::{FiveCities, text};

fn starts(meetings: &[Value]) -> Vec<String> {
    meetings.iter().map(|one| text(&one["starts_at"])).collect()
}

async fn change(five: &FiveCities, patch: Value) -> Value {
    let one = format!("{}/series/{}", five.base, five.series);
    five.service
        .patch(&five.coordinator, &one, patch)
        .await
        .expect(200)
}

#[actix_web::test]
async fn another_weekday_moves_the_meetings_and_keeps_them() {
    let five = FiveCities::start().await;
    let before = five.meetings().await;
    let topic = json!({ "date": "2026-06-11" });
    let by_hand = format!("/meetings/{}", text(&before[1]["id"]));
    five.service
        .patch(&five.coordinator, &by_hand, topic)
        .await
        .expect(200);
    five.service.clock.advance(TimeDelta::minutes(1));
    let answer = change(
        &five,
        json!({ "rule": "freq=monthly;interval=2;byday=2we" }),
    )
    .await;
    assert_eq!(
        answer["series"]["rule"],
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=2WE"
    );
    let replanned = &answer["replanned"];
    assert_eq!(replanned["created"], json!([]));
    assert_eq!(replanned["removed"], json!([]));
    let moved = replanned["moved"].as_array().unwrap();
    assert_eq!(moved.len(), 8);
    assert_eq!(
        moved[0],
        json!({
            "meeting_id": before[0]["id"],
            "from": "2026-04-14T10:00:00+02:00", "to": "2026-04-08T10:00:00+02:00",
        })
    );
    let after = five.meetings().await;
    let keys = |meetings: &[Value]| -> Vec<Value> {
        meetings
            .iter()
            .map(|one| json!([one["id"], one["uid"], one["host"]]))
            .collect()
    };
    assert_eq!(keys(&after), keys(&before));
    assert_eq!(after[1]["starts_at"], "2026-06-11T10:00:00+02:00");
    assert_eq!(after[2]["starts_at"], "2026-08-12T10:00:00+02:00");
    assert_eq!(after[2]["sequence"], 1);
    // The one that was moved by hand stands for the date beside it.
    let path = format!("/series/{}/plan", five.series);
    let planned = five
        .service
        .post(&five.coordinator, &path, json!({}))
        .await
        .expect(200);
    assert_eq!(planned["created"], json!([]));
    assert_eq!(planned["unchanged"], 9);
}

#[actix_web::test]
async fn another_time_changes_all_and_another_title_none() {
    let five = FiveCities::start().await;
    let answer = change(
        &five,
        json!({ "start_time": "09:30", "duration_minutes": 120 }),
    )
    .await;
    assert_eq!(answer["replanned"]["moved"].as_array().unwrap().len(), 9);
    let meetings = five.meetings().await;
    assert_eq!(meetings[4]["starts_at"], "2026-12-08T09:30:00+01:00");
    assert_eq!(meetings[4]["ends_at"], "2026-12-08T11:30:00+01:00");
    let answer = change(&five, json!({ "title": "Runde", "answer_days": 7 })).await;
    let nothing = json!({ "created": [], "moved": [], "removed": [] });
    assert_eq!(answer["replanned"], nothing);
    assert_eq!(answer["series"]["title"], "Runde");
    assert_eq!(answer["series"]["answer_days"], 7);
    assert_eq!(answer["series"]["revision"], 3);
    let answer = change(&five, json!({ "horizon_months": 24 })).await;
    assert_eq!(answer["replanned"]["created"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn a_longer_interval_takes_meetings_out_and_a_shorter_one_adds_them_again() {
    let five = FiveCities::start().await;
    let before = five.meetings().await;
    let items = format!("/meetings/{}/agenda/items", text(&before[1]["id"]));
    let topic = json!({ "title": "Scannen", "kind": "discussion", "minutes": 20 });
    let topic = five
        .service
        .post(&five.coordinator, &items, topic)
        .await
        .expect(201);
    five.service.clock.advance(TimeDelta::minutes(1));
    let answer = change(
        &five,
        json!({ "rule": "FREQ=MONTHLY;INTERVAL=4;BYDAY=2TU" }),
    )
    .await;
    let removed = answer["replanned"]["removed"].as_array().unwrap();
    assert_eq!(removed.len(), 4);
    assert_eq!(removed[0]["meeting_id"], before[1]["id"]);
    assert_eq!(answer["replanned"]["moved"], json!([]));
    let meetings = five.meetings().await;
    assert_eq!(meetings.len(), 5);
    let numbers: Vec<_> = meetings
        .iter()
        .map(|one| one["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let gone = format!("/meetings/{}", text(&before[1]["id"]));
    five.service.get(&five.reader, &gone).await.expect(404);
    let topic = five
        .get(&format!("/agenda-items/{}", text(&topic["id"])))
        .await;
    assert_eq!(topic["meeting_id"], Value::Null);
    let answer = change(
        &five,
        json!({ "rule": "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU" }),
    )
    .await;
    assert_eq!(answer["replanned"]["created"].as_array().unwrap().len(), 4);
    assert_eq!(starts(&five.meetings().await), starts(&before));
    assert_eq!(five.meetings().await[2]["id"], before[2]["id"]);
}

#[actix_web::test]
async fn held_invited_and_cancelled_meetings_stay_when_the_rule_changes() {
    let five = FiveCities::start().await;
    let before = five.meetings().await;
    five.invite(&text(&before[0]["id"])).await;
    let path = format!("/meetings/{}/cancel", text(&before[1]["id"]));
    let reason = json!({ "reason": "Hochwasser" });
    five.service
        .post(&five.coordinator, &path, reason)
        .await
        .expect(200);
    five.service
        .clock
        .set(Utc.with_ymd_and_hms(2026, 4, 15, 8, 0, 0).unwrap());
    let kept = five.meetings().await;
    let answer = change(
        &five,
        json!({ "rule": "FREQ=MONTHLY;INTERVAL=2;BYDAY=2FR" }),
    )
    .await;
    // Friday, 10 April is the date of what was met on Tuesday, 14 April.
    let created = answer["replanned"]["created"].as_array().unwrap();
    assert_eq!(created.len(), 1, "only at the horizon: {created:?}");
    assert_eq!(created[0]["starts_at"], "2027-10-08T10:00:00+02:00");
    assert_eq!(answer["replanned"]["removed"], json!([]));
    assert_eq!(answer["replanned"]["moved"].as_array().unwrap().len(), 7);
    let after = five.meetings().await;
    for place in [0, 1] {
        for field in ["id", "starts_at", "host", "number", "sequence", "status"] {
            assert_eq!(after[place][field], kept[place][field], "{place} {field}");
        }
    }
    assert_eq!(after[2]["starts_at"], "2026-08-14T10:00:00+02:00");
}

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn places(spots: &[(&str, bool)], dates: &[&str]) -> Vec<Option<usize>> {
    let occurrences: Vec<Occurrence> = spots
        .iter()
        .map(|(day, stays)| Occurrence {
            on: on(day),
            stays: *stays,
        })
        .collect();
    let dates: Vec<NaiveDate> = dates.iter().map(|day| on(day)).collect();
    match_dates(&occurrences, &dates)
}

#[test]
fn another_weekday_moves_every_meeting() {
    let spots = [
        ("2026-05-12", false),
        ("2026-07-14", false),
        ("2026-09-08", false),
    ];
    let dates = ["2026-05-13", "2026-07-08", "2026-09-09"];
    assert_eq!(places(&spots, &dates), [Some(0), Some(1), Some(2)]);
}

#[test]
fn the_same_day_goes_first() {
    let spots = [("2026-05-05", false), ("2026-05-12", false)];
    assert_eq!(
        places(&spots, &["2026-05-12", "2026-05-19"]),
        [None, Some(0)]
    );
}

#[test]
fn a_longer_interval_leaves_some_out() {
    let spots = [
        ("2026-03-10", false),
        ("2026-04-14", false),
        ("2026-05-12", false),
    ];
    assert_eq!(
        places(&spots, &["2026-03-11", "2026-05-13"]),
        [Some(0), None, Some(1)]
    );
}

#[test]
fn a_meeting_that_stays_stands_for_the_date_beside_it_only() {
    let spots = [("2026-03-10", true), ("2026-05-12", false)];
    assert_eq!(
        places(&spots, &["2026-03-13", "2026-05-15"]),
        [Some(0), Some(1)]
    );
    assert_eq!(
        places(&[("2026-03-10", true)], &["2026-05-04", "2026-07-06"]),
        [None]
    );
}

#[test]
fn a_past_meeting_does_not_push_those_to_come() {
    let spots = [
        ("2026-01-13", true),
        ("2026-03-10", false),
        ("2026-05-12", false),
    ];
    assert_eq!(
        places(&spots, &["2026-03-09", "2026-05-11"]),
        [None, Some(0), Some(1)]
    );
}
