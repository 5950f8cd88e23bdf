//! Local times of a poll where clocks and calendar are special.
use serde_json::json;

use super::{Polled, open};
use crate::builders::{FiveCities, a_series, text};
use crate::mailbox::to;

async fn starts(deadline: (&str, &str), candidates: &[(&str, &str)]) -> (String, Vec<String>) {
    let now = format!("{}T09:00:00Z", "2026-03-02").parse().unwrap();
    let five = FiveCities::start_at(now, a_series()).await;
    let candidates: Vec<_> = candidates
        .iter()
        .map(|(date, time)| json!({ "date": date, "start_time": time }))
        .collect();
    let new = json!({
        "title": "Sondertreffen", "deadline_date": deadline.0, "deadline_time": deadline.1,
        "candidates": candidates,
    });
    let made = open(&five, new).await.expect(201);
    let candidates = made["candidates"].as_array().unwrap();
    let starts = candidates
        .iter()
        .map(|one| text(&one["starts_at"]))
        .collect();
    (text(&made["deadline"]), starts)
}

#[actix_web::test]
async fn in_spring_an_hour_is_missing() {
    let (deadline, all) = starts(
        ("2026-03-29", "02:30"),
        &[("2026-03-29", "04:00"), ("2026-03-30", "10:00")],
    )
    .await;
    assert_eq!(deadline, "2026-03-29T03:30:00+02:00");
    assert_eq!(
        all,
        ["2026-03-29T04:00:00+02:00", "2026-03-30T10:00:00+02:00"]
    );
    let (_, all) = starts(
        ("2026-03-27", "18:00"),
        &[("2026-03-28", "10:00"), ("2026-03-29", "02:30")],
    )
    .await;
    assert_eq!(
        all,
        ["2026-03-28T10:00:00+01:00", "2026-03-29T03:30:00+02:00"]
    );
    // Two names of one moment are one candidate.
    let five = FiveCities::start().await;
    let twice = json!({
        "title": "Sondertreffen", "deadline_date": "2026-03-13",
        "candidates": [
            { "date": "2026-03-29", "start_time": "02:30" },
            { "date": "2026-03-29", "start_time": "03:30" },
        ],
    });
    assert_eq!(
        open(&five, twice).await.rules(),
        ["candidates[1]: duplicate"]
    );
}

#[actix_web::test]
async fn in_autumn_an_hour_comes_twice_and_the_first_is_meant() {
    let (deadline, all) = starts(
        ("2026-10-25", "02:30"),
        &[("2026-10-25", "03:00"), ("2026-10-26", "10:00")],
    )
    .await;
    assert_eq!(deadline, "2026-10-25T02:30:00+02:00");
    assert_eq!(
        all,
        ["2026-10-25T03:00:00+01:00", "2026-10-26T10:00:00+01:00"]
    );
}

#[actix_web::test]
async fn a_poll_over_the_turn_of_the_year_ends_on_the_leap_day() {
    let now = "2027-12-30T09:00:00Z".parse().unwrap();
    let five = FiveCities::start_at(now, a_series()).await;
    let it = Polled::at(
        five,
        json!({
            "deadline_date": "2028-01-03",
            "candidates": [{ "date": "2028-02-29" }, { "date": "2028-03-01" }],
        }),
    )
    .await;
    let anke = to(&it.mails, crate::invitations::ANKE);
    assert!(
        anke.text.contains("Dienstag, 29. Februar 2028"),
        "{}",
        anke.text
    );
    for city in 0..5 {
        it.vote(city, 0, "yn").await;
    }
    it.after_the_deadline().await;
    let decided = it.post("decide", json!({})).await.expect(200);
    let meeting = text(&decided["meeting_id"]);
    let meeting = it.five.get(&format!("/meetings/{meeting}")).await;
    assert_eq!(meeting["date"], "2028-02-29");
    assert_eq!(meeting["starts_at"], "2028-02-29T10:00:00+01:00");
}

#[actix_web::test]
async fn votes_are_taken_until_the_minute_of_the_deadline() {
    let it = Polled::start(json!({ "deadline_time": "12:00" })).await;
    let at = |text: &str| it.five.service.clock.set(text.parse().unwrap());
    at("2026-03-13T10:59:59Z");
    it.vote(0, 0, "yyy").await;
    at("2026-03-13T11:00:00Z");
    let late = it.try_to_vote(0, 0, it.ballot("nnn")).await;
    assert_eq!(late.rules(), ["closed"], "also before it is reconciled");
}
