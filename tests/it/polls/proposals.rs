//! Which dates are proposed for a poll, and which are left out.
use serde_json::{Value, json};

use super::{Polled, open};
use crate::builders::{BIELEFELD, FiveCities, HERFORD, list, text};

async fn propose(five: &FiveCities, query: &str) -> Value {
    five.get(&format!("/series/{}/polls/candidates?{query}", five.series))
        .await
}

fn dates(proposals: &Value) -> Vec<String> {
    list(proposals)
        .iter()
        .map(|one| text(&one["date"]))
        .collect()
}

async fn block(five: &FiveCities, city: usize, from: &str, to: &str) {
    let city = &five.cities[city].id;
    let path = format!("/municipalities/{city}/blackouts");
    five.make(&path, json!({ "starts_on": from, "ends_on": to }))
        .await;
}

#[actix_web::test]
async fn days_off_and_other_meetings_are_left_out_and_said_why() {
    let five = FiveCities::start().await;
    // Ascension, its bridge day, Whit Monday, Corpus Christi; the series meets on 9 June.
    let query = "from=2026-05-11&to=2026-06-17&weekdays=MO,TU,WE,TH,FR,SA&count=20";
    let found = propose(&five, query).await;
    let left_out = found["left_out"].as_array().unwrap();
    let of = |reason: &str| -> Vec<String> {
        let some = left_out.iter().filter(|one| one["reason"] == reason);
        some.map(|one| text(&one["date"])).collect()
    };
    assert_eq!(
        of("public_holiday"),
        ["2026-05-14", "2026-05-25", "2026-06-04"]
    );
    assert_eq!(of("bridge_day"), ["2026-05-15", "2026-06-05"]);
    assert_eq!(of("weekend").len(), 5);
    let beside = [
        "2026-06-03",
        "2026-06-08",
        "2026-06-09",
        "2026-06-10",
        "2026-06-11",
        "2026-06-12",
        "2026-06-15",
    ];
    assert_eq!(of("other_meeting"), beside);
    assert_eq!(
        left_out[0]["why"],
        "Gesetzlicher Feiertag in Nordrhein-Westfalen"
    );
    let days = dates(&found);
    assert_eq!(
        (left_out.len(), days.len()),
        (17, 16),
        "every day but Sundays"
    );
    let first = &list(&found)[0];
    assert_eq!(first["starts_at"], "2026-05-11T10:00:00+02:00");
    assert_eq!(first["ends_at"], "2026-05-11T12:30:00+02:00");
    assert_eq!(
        first["why"],
        "Arbeitstag, an dem alle Kommunen Gastgeberin sein können. Das nächstgelegene Treffen der Terminreihe ist 27 Tage entfernt."
    );
}

#[actix_web::test]
async fn dates_are_spread_and_blackouts_come_last() {
    let five = FiveCities::start().await;
    let query = "from=2026-09-02&to=2026-10-02&weekdays=WE,TH";
    let spread = dates(&propose(&five, &format!("{query}&count=3")).await);
    assert_eq!(spread, ["2026-09-02", "2026-10-01", "2026-09-16"]);
    block(&five, BIELEFELD, "2026-09-02", "2026-09-23").await;
    block(&five, HERFORD, "2026-09-09", "2026-09-17").await;
    let found = propose(&five, &format!("{query}&count=6&start_time=14:00")).await;
    let days = dates(&found);
    assert_eq!(days[..3], ["2026-09-24", "2026-10-01", "2026-09-30"]);
    assert!(
        days[3..]
            .iter()
            .all(|day| !["2026-09-09", "2026-09-10", "2026-09-16", "2026-09-17"].contains(&&**day)),
        "{days:?}"
    );
    assert_eq!(list(&found)[0]["blocked"], json!([]));
    assert_eq!(list(&found)[3]["blocked"], json!(["Bielefeld"]));
    assert_eq!(list(&found)[0]["starts_at"], "2026-09-24T14:00:00+02:00");
    for city in 0..5 {
        block(&five, city, "2026-10-01", "2026-10-01").await;
    }
    let left_out = propose(&five, query).await["left_out"].clone();
    let closed = left_out
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["date"] == "2026-10-01");
    assert_eq!(closed.unwrap()["reason"], "nobody_hosts");
    // Half of the days of July are in the school holidays.
    let july = propose(
        &five,
        "from=2026-07-01&to=2026-07-31&weekdays=WE,TH&count=10",
    )
    .await;
    let days = dates(&july);
    let (before, within) = days.split_at(6);
    assert!(before.iter().all(|day| **day < *"2026-07-20"), "{days:?}");
    assert!(within.iter().all(|day| **day >= *"2026-07-20"), "{days:?}");
    assert!(text(&list(&july)[6]["why"]).contains("Schulferien"));
}

#[actix_web::test]
async fn the_end_of_the_year_the_leap_day_and_both_changes_of_the_clocks() {
    let five = FiveCities::start().await;
    let query = "from=2027-12-20&to=2028-01-05&weekdays=MO,TU,WE,TH,FR&count=20";
    let days = dates(&propose(&five, query).await);
    for off in ["2027-12-24", "2027-12-31", "2027-12-25"] {
        assert!(!days.contains(&off.to_owned()), "{off}");
    }
    let leap = propose(&five, "from=2028-02-29&to=2028-02-29&weekdays=TU").await;
    assert_eq!(dates(&leap), ["2028-02-29"]);
    // The clocks go back on 25 October 2026 and forward on 28 March 2027: ten o'clock stays ten.
    let autumn = propose(&five, "from=2026-10-22&to=2026-10-29&weekdays=TH").await;
    let starts: Vec<String> = list(&autumn)
        .iter()
        .map(|one| text(&one["starts_at"]))
        .collect();
    assert_eq!(
        starts,
        ["2026-10-22T10:00:00+02:00", "2026-10-29T10:00:00+01:00"]
    );
    let spring = propose(&five, "from=2027-03-24&to=2027-03-31&weekdays=WE").await;
    let starts: Vec<String> = list(&spring)
        .iter()
        .map(|one| text(&one["starts_at"]))
        .collect();
    assert_eq!(
        starts,
        ["2027-03-24T10:00:00+01:00", "2027-03-31T10:00:00+02:00"]
    );
}

#[actix_web::test]
async fn what_is_wrong_with_a_search_is_named() {
    let five = FiveCities::start().await;
    let path = format!("/series/{}/polls/candidates", five.series);
    for (query, rules) in [
        ("from=2026-03-02", vec!["from: past"]),
        ("from=2026-06-01&to=2026-05-01", vec!["to: order"]),
        ("from=2026-06-01&to=2027-07-01", vec!["to: range"]),
        ("from=2029-06-01", vec!["from: too_far"]),
        ("count=21", vec!["count: range"]),
        ("weekdays=MON", vec!["weekdays: weekdays"]),
        ("start_time=25:00", vec!["query: query"]),
        ("people=3", vec!["query: query"]),
    ] {
        let answer = five
            .service
            .get(&five.coordinator, &format!("{path}?{query}"))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.rules()),
            (422, rules.iter().map(ToString::to_string).collect()),
            "{query}"
        );
    }
    let delegate = &five.cities[0].people[0].token;
    five.service.get(delegate, &path).await.expect(403);
}

#[actix_web::test]
async fn a_poll_takes_what_is_proposed_beside_what_is_given() {
    let five = FiveCities::start().await;
    let new = json!({
        "title": "Sondertreffen", "deadline_date": "2026-03-13",
        "candidates": [{ "date": "2026-03-24" }],
        "propose": { "from": "2026-03-24", "to": "2026-03-26", "count": 3 },
    });
    let made = open(&five, new).await.expect(201);
    let starts: Vec<String> = made["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["starts_at"])[..10].to_owned())
        .collect();
    assert_eq!(
        starts,
        ["2026-03-24", "2026-03-25", "2026-03-26"],
        "none twice"
    );
    let it = Polled::at(five, json!({ "candidates": [], "propose": {} })).await;
    assert_eq!(it.candidates.len(), 5);
    let late = json!({
        "title": "Sondertreffen", "deadline_date": "2026-05-01", "propose": { "count": 3 },
    });
    let made = open(&it.five, late).await.expect(201);
    assert_eq!(
        made["candidates"][0]["starts_at"], "2026-05-05T10:00:00+02:00",
        "the first day after the deadline"
    );
}
