//! The best allowed day for a date, and what becomes of dates that fall on days that do not suit.
use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use reihum::days::public_holidays::Land;
use reihum::days::school_holidays::{
    SchoolData, SchoolHolidayImport, SchoolHolidayPeriod, from_csv,
};
use reihum::days::{AvoidedDays, Cause, DayData, NamedBlackout, Weekday, Weight};
use serde_json::{Value, json};

use crate::builders::{FiveCities, list, text};

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(avoided: AvoidedDays) -> DayData {
    let school = SchoolData::shipped(avoided.land);
    DayData {
        avoided,
        school,
        blackouts: Vec::new(),
    }
}

fn chosen(days: &DayData, rule_day: &str) -> Option<NaiveDate> {
    days.choose(on(rule_day), on("2020-01-01"), |_| false).day
}

#[test]
fn the_nearest_day_of_the_week_with_the_fewest_causes_is_chosen() {
    let usual = days(AvoidedDays::default());
    for (rule_day, day) in [
        // Nothing stands against it.
        ("2027-02-09", "2027-02-09"),
        // Fronleichnam, a Thursday: the Friday is a bridge day, the Wednesday is as near.
        ("2026-06-04", "2026-06-03"),
        // The bridge day itself: Thursday is the holiday, Wednesday the nearest free one.
        ("2026-06-05", "2026-06-03"),
        // Ostermontag: the school holidays last to Saturday, so the nearest day in them is as good.
        ("2026-04-06", "2026-04-07"),
        // A school holiday of one day only.
        ("2027-05-18", "2027-05-19"),
        // In the middle of the summer no day is better: it stays.
        ("2026-08-11", "2026-08-11"),
        // 24 December 2026, a Thursday in the holidays: Tuesday is the last day before them.
        ("2026-12-24", "2026-12-22"),
        // The first of May, a Saturday, has no other cause; the rule's weekday is not questioned.
        ("2027-05-08", "2027-05-08"),
        // Equally near: the earlier one.
        ("2029-05-01", "2029-05-02"),
    ] {
        assert_eq!(chosen(&usual, rule_day), Some(on(day)), "{rule_day}");
    }
}

#[test]
fn the_window_and_the_days_of_the_week_bound_where_a_date_may_go() {
    let only = |weekdays: &[Weekday], window_days| {
        days(AvoidedDays {
            weekdays: weekdays.to_vec(),
            window_days,
            ..AvoidedDays::default()
        })
    };
    // Christi Himmelfahrt 2026, a Thursday.
    let day = "2026-05-14";
    assert_eq!(
        chosen(&only(&[Weekday::Tuesday], None), day),
        Some(on("2026-05-12"))
    );
    assert_eq!(chosen(&only(&[Weekday::Thursday], None), day), None);
    assert_eq!(
        chosen(&only(&[Weekday::Thursday], Some(7)), day),
        Some(on("2026-05-07"))
    );
    assert_eq!(chosen(&only(&[Weekday::Thursday], Some(6)), day), None);
    assert_eq!(chosen(&only(&[Weekday::Wednesday], Some(0)), day), None);
    let off = days(AvoidedDays {
        public_holidays: Weight::Off,
        ..AvoidedDays::default()
    });
    assert_eq!(chosen(&off, day), Some(on(day)));
    // Not into the past, and not onto another date of the series.
    let usual = days(AvoidedDays::default());
    let choice = usual.choose(on(day), on("2026-05-14"), |_| false);
    assert_eq!(
        choice.day,
        Some(on("2026-05-15")),
        "a bridge day is better than none"
    );
    let choice = usual.choose(on(day), on("2020-01-01"), |day| day == on("2026-05-13"));
    assert_eq!(choice.day, Some(on("2026-05-12")));
    let taken = choice
        .considered
        .iter()
        .find(|one| one.day == on("2026-05-13"));
    assert_eq!(taken.unwrap().hard, [Cause::OtherDate]);
}

#[test]
fn a_blackout_counts_once_a_municipality() {
    let key = |number: u128| uuid::Uuid::from_u128(number).into();
    let blackout = |of, from, until| NamedBlackout {
        municipality_id: key(of),
        municipality: format!("Stadt {of}"),
        from: on(from),
        until: on(until),
    };
    let mut days = days(AvoidedDays {
        blackouts: Weight::Soft,
        ..AvoidedDays::default()
    });
    days.blackouts = vec![
        blackout(1, "2026-11-09", "2026-11-13"),
        blackout(1, "2026-11-12", "2026-11-12"),
        blackout(2, "2026-11-11", "2026-11-12"),
    ];
    // One city is away the whole week, a second one on Wednesday and Thursday.
    assert_eq!(chosen(&days, "2026-11-12"), Some(on("2026-11-13")));
    let choice = days.choose(on("2026-11-12"), on("2020-01-01"), |_| false);
    assert_eq!(choice.considered[0].soft.len(), 2);
    days.avoided.blackouts = Weight::Hard;
    assert_eq!(chosen(&days, "2026-11-12"), None);
}

/// All that the rule says, the slow way.
fn best_by_hand(days: &DayData, rule_day: NaiveDate, span: i64) -> Option<NaiveDate> {
    let mut best: Option<(usize, i64, NaiveDate)> = None;
    for distance in -span..=span {
        let day = rule_day + TimeDelta::days(distance);
        let land = days.avoided.land;
        if distance != 0 && !days.avoided.weekdays.contains(&Weekday::of(day)) {
            continue;
        }
        let kinds = [
            (days.avoided.public_holidays, land.holiday_on(day).is_some()),
            (days.avoided.school_holidays, days.school.on(day).is_some()),
            (days.avoided.bridge_days, land.is_bridge_day(day)),
            (
                days.avoided.christmas_eve_and_new_years_eve,
                ["12-24", "12-31"].contains(&&*day.format("%m-%d").to_string()),
            ),
        ];
        if kinds.contains(&(Weight::Hard, true)) {
            continue;
        }
        let soft = kinds
            .iter()
            .filter(|kind| **kind == (Weight::Soft, true))
            .count();
        let cost = (soft, distance.abs(), day);
        best = Some(best.map_or(cost, |known| known.min(cost)));
    }
    best.map(|(.., day)| day)
}

proptest! {
    #[test]
    fn the_choice_is_the_cheapest_day(
        days_on in 0..2_000i64, span in 0..=31i32, land in 0..16usize, weights in proptest::array::uniform4(0..3usize), from in 0..6usize,
    ) {
        let rule_day = on("2025-01-01") + TimeDelta::days(days_on);
        let weight = |kind: usize| Weight::ALL[weights[kind]];
        let days = days(AvoidedDays {
            land: Land::ALL[land],
            public_holidays: weight(0),
            school_holidays: weight(1),
            bridge_days: weight(2),
            christmas_eve_and_new_years_eve: weight(3),
            blackouts: Weight::Off,
            window_days: Some(span),
            weekdays: Weekday::ALL[from..].to_vec(),
        });
        let choice = days.choose(rule_day, on("2020-01-01"), |_| false);
        prop_assert_eq!(choice.day, best_by_hand(&days, rule_day, span.into()));
        prop_assert_eq!(choice.considered[0].day, rule_day);
    }
}

#[test]
fn a_table_of_holidays_is_read_or_its_lines_are_named() {
    let read =
        from_csv("# Stand 2026\nname;starts_on;ends_on\nSommerferien;01.07.2031;13.08.2031\n")
            .unwrap();
    let summer = SchoolHolidayPeriod {
        starts_on: on("2031-07-01"),
        ends_on: on("2031-08-13"),
        name: "Sommerferien".to_owned(),
    };
    assert_eq!(read, [summer]);
    let wrong = "starts_on,ends_on,name\n2031-07-01,2031-06-30,Sommer\nnie,2031-07-01,Herbst\n2031-07-01,2031-12-31,Lang\n";
    let error = format!("{:?}", from_csv(wrong).unwrap_err());
    for part in ["line 2: ends_on", "line 3: starts_on", "line 4: ends_on"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(from_csv("a,b\n1,2\n").is_err());
    let many = "2031-07-01,2031-07-02,Ferien\n".repeat(501);
    assert!(from_csv(&format!("starts_on,ends_on,name\n{many}")).is_err());
    // An import cuts what lies partly in its span.
    let data = SchoolData::shipped(Land::NorthRhineWestphalia).with(&SchoolHolidayImport {
        starts_on: on("2026-10-20"),
        ends_on: on("2026-10-25"),
        periods: Vec::new(),
    });
    let left: Vec<_> = data
        .holidays
        .iter()
        .filter(|one| one.name == "Herbstferien" && one.starts_on.to_string().starts_with("2026"))
        .map(|one| (one.starts_on, one.ends_on))
        .collect();
    let expected = [("2026-10-17", "2026-10-19"), ("2026-10-26", "2026-10-31")];
    assert_eq!(left, expected.map(|(from, until)| (on(from), on(until))));
}

/// Every Thursday from 30 April 2026 on: 14 May and 4 June are holidays.
fn thursdays() -> Value {
    json!({
        "title": "Runde", "rule": "FREQ=WEEKLY;BYDAY=TH;UNTIL=20260630", "starts_on": "2026-04-30",
        "start_time": "10:00", "time_zone": "Europe/Berlin", "duration_minutes": 60,
    })
}

async fn five() -> FiveCities {
    FiveCities::start_at(
        Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap(),
        thursdays(),
    )
    .await
}

async fn dates(five: &FiveCities) -> Vec<String> {
    five.meetings()
        .await
        .iter()
        .map(|one| text(&one["date"]))
        .collect()
}

async fn set(five: &FiveCities, avoided: Value) -> Value {
    let one = format!("{}/series/{}", five.base, five.series);
    let patch = json!({ "avoided_days": avoided });
    five.service
        .patch(&five.coordinator, &one, patch)
        .await
        .expect(200)
}

async fn plan(five: &FiveCities) -> Value {
    let path = format!("/series/{}/plan", five.series);
    five.service
        .post(&five.coordinator, &path, json!({}))
        .await
        .expect(200)
}

#[actix_web::test]
async fn dates_on_holidays_move_and_say_why() {
    let five = five().await;
    let meetings = five.meetings().await;
    let expected = [
        "2026-04-30",
        "2026-05-07",
        "2026-05-13",
        "2026-05-21",
        "2026-05-28",
        "2026-06-03",
        "2026-06-11",
        "2026-06-18",
        "2026-06-25",
    ];
    assert_eq!(dates(&five).await, expected);
    assert_eq!(meetings[2]["occurrence_on"], "2026-05-14");
    let one = five
        .get(&format!("/meetings/{}", text(&meetings[2]["id"])))
        .await;
    let choice = &one["day_choice"];
    assert_eq!(choice["rule_day"], "2026-05-14");
    assert_eq!(choice["chosen_day"], "2026-05-13");
    assert_eq!(choice["moved_by_hand"], false);
    assert_eq!(
        choice["text"],
        "Gegen Donnerstag, 14. Mai 2026 spricht: Christi Himmelfahrt. Gewählt ist Mittwoch, 13. Mai 2026."
    );
    assert_eq!(choice["considered"].as_array().unwrap().len(), 5);
    assert_eq!(
        choice["considered"][0]["hard"],
        json!([{ "kind": "public_holiday", "holiday": "ascension" }])
    );
    assert_eq!(
        choice["considered"][2]["soft"],
        json!([{ "kind": "bridge_day" }])
    );
    let plain = five
        .get(&format!("/meetings/{}", text(&meetings[0]["id"])))
        .await;
    assert!(plain["day_choice"].is_null() && plain["warnings"].is_null());
    // Planning again changes nothing.
    let planned = plan(&five).await;
    assert_eq!(planned["unchanged"], 9);
    for part in ["created", "moved", "removed", "skipped", "warnings"] {
        assert_eq!(planned[part], json!([]), "{part}");
    }
    assert_eq!(five.meetings().await, meetings);
    // Another weekday moves also those that the holidays had moved: nobody has put them there.
    let one = format!("{}/series/{}", five.base, five.series);
    let patch = json!({ "rule": "FREQ=WEEKLY;BYDAY=WE;UNTIL=20260630" });
    let answer = five
        .service
        .patch(&five.coordinator, &one, patch)
        .await
        .expect(200);
    let to_wednesday = answer["replanned"]["moved"].as_array().unwrap();
    assert_eq!(to_wednesday.len(), 6, "{to_wednesday:?}");
    // 30 April has no Wednesday of its own.
    let removed = answer["replanned"]["removed"].as_array().unwrap();
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert!(dates(&five).await.contains(&"2026-05-13".to_owned()));
}

#[actix_web::test]
async fn other_settings_move_what_nobody_knows_of_yet() {
    let five = five().await;
    let meetings = five.meetings().await;
    five.invite(&text(&meetings[2]["id"])).await;
    let by_hand = format!("/meetings/{}", text(&meetings[0]["id"]));
    let patch = json!({ "date": "2026-04-29" });
    five.service
        .patch(&five.coordinator, &by_hand, patch)
        .await
        .expect(200);
    // Nowhere to go: 4 June is skipped; 14 May is settled, as people are invited.
    let answer = set(&five, json!({ "weekdays": ["TH"] })).await;
    assert_eq!(answer["series"]["avoided_days"]["weekdays"], json!(["TH"]));
    assert_eq!(answer["series"]["avoided_days"]["public_holidays"], "hard");
    let removed = answer["replanned"]["removed"].as_array().unwrap();
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0]["starts_at"], "2026-06-03T10:00:00+02:00");
    assert_eq!(
        dates(&five).await[..3],
        ["2026-04-29", "2026-05-07", "2026-05-13"]
    );
    let skipped = list(
        &five
            .get(&format!("/series/{}/skipped-dates", five.series))
            .await,
    );
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0]["rule_day"], "2026-06-04");
    assert!(
        text(&skipped[0]["text"]).contains("der Termin entfällt"),
        "{}",
        skipped[0]
    );
    let planned = plan(&five).await;
    assert_eq!(planned["skipped"], json!(["2026-06-04"]));
    assert_eq!(planned["created"], json!([]));
    // Within a week either side, Thursdays only: both are taken by other dates.
    let answer = set(&five, json!({ "weekdays": ["TH", "FR"], "window_days": 7 })).await;
    assert_eq!(answer["replanned"]["created"].as_array().unwrap().len(), 1);
    assert!(dates(&five).await.contains(&"2026-05-29".to_owned()));
    let off = json!({ "public_holidays": "off", "bridge_days": "off" });
    let answer = set(&five, off).await;
    assert_eq!(answer["replanned"]["moved"].as_array().unwrap().len(), 1);
    assert!(dates(&five).await.contains(&"2026-06-04".to_owned()));
    for (wrong, field) in [
        (json!({ "land": "XX" }), "avoided_days.land: type"),
        (json!({ "weekdays": [] }), "avoided_days.weekdays: length"),
        (
            json!({ "weekdays": ["MO", "MO"] }),
            "avoided_days.weekdays: unique",
        ),
        (
            json!({ "window_days": 32 }),
            "avoided_days.window_days: range",
        ),
        (
            json!({ "moon": "hard" }),
            "avoided_days.moon: unknown_field",
        ),
    ] {
        let one = format!("{}/series/{}", five.base, five.series);
        let patch = json!({ "avoided_days": wrong });
        let answer = five.service.patch(&five.coordinator, &one, patch).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.rules(), [field]);
    }
}
