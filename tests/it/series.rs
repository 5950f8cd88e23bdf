//! Series: their rules, planning ahead, and planning again.
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use diesel::prelude::*;
use reihum::auth::SystemActor;
use reihum::cooperations::Cooperation;
use reihum::db::Id;
use reihum::db::schema::meetings;
use reihum::meetings::planning;
use reihum::{App, Tx};
use serde_json::{Value, json};

use crate::builders::{FiveCities, a_series, list, text};
use crate::harness::Service;

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn starts(meetings: &[Value]) -> Vec<String> {
    meetings.iter().map(|one| text(&one["starts_at"])).collect()
}

#[actix_web::test]
async fn a_series_plans_its_meetings_up_to_the_horizon_at_the_same_local_time() {
    let five = FiveCities::start().await;
    let meetings = five.meetings().await;
    assert_eq!(
        starts(&meetings),
        [
            "2026-04-14T10:00:00+02:00",
            "2026-06-09T10:00:00+02:00",
            "2026-08-11T10:00:00+02:00",
            "2026-10-13T10:00:00+02:00",
            "2026-12-08T10:00:00+01:00",
            "2027-02-09T10:00:00+01:00",
            "2027-04-13T10:00:00+02:00",
            "2027-06-08T10:00:00+02:00",
            "2027-08-10T10:00:00+02:00",
        ]
    );
    for (place, meeting) in meetings.iter().enumerate() {
        assert_eq!(meeting["number"], place + 1);
        assert_eq!(meeting["start_time"], "10:00");
        assert_eq!(meeting["status"], "planned");
        assert_eq!(meeting["series_title"], "Digitaltreffen");
        assert_eq!(meeting["sequence"], 0);
        let (id, uid) = (text(&meeting["id"]), text(&meeting["uid"]));
        assert_eq!(uid, format!("{id}@reihum.example"));
        let host = meeting["host"]["name"].as_str().unwrap();
        assert_eq!(meeting["venue"]["name"], format!("Rathaus {host}"));
    }
    assert_eq!(meetings[0]["ends_at"], "2026-04-14T12:30:00+02:00");
    assert_eq!(
        meetings[0]["deadlines"],
        json!({
            "save_the_date_on": "2026-03-03", "call_for_topics_on": "2026-03-17",
            // Good Friday and a Saturday are no working days.
            "topics_until": "2026-03-31", "invitation_due": "2026-04-02", "answer_by": "2026-04-09",
            "reminder_on": "2026-04-10", "last_reminder_on": "2026-04-13",
            "minutes_due_on": "2026-04-24", "attendance_closes_on": "2026-04-28",
        })
    );
}

#[actix_web::test]
async fn a_series_is_shown_with_its_rule_in_words_and_the_usual_agenda() {
    let five = FiveCities::start().await;
    let path = format!("{}/series/{}", five.base, five.series);
    let shown = five.service.get(&five.reader, &path).await;
    assert_eq!(shown.etag(), "\"1\"");
    let shown = shown.expect(200);
    assert_eq!(shown["rule"], "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU");
    assert_eq!(shown["rule_in_words"], "alle 2 Monate am zweiten Dienstag");
    assert_eq!(shown["start_time"], "10:00");
    assert_eq!(shown["horizon_months"], 18);
    let agenda = shown["template_agenda"].as_array().unwrap();
    assert_eq!(agenda.len(), 4);
    assert_eq!(
        agenda[0]["title"],
        "Begrüßung und Feststellung der Tagesordnung"
    );
    assert_eq!(agenda[3]["next_meeting"], true);
    let all = list(&five.get(&format!("{}/series", five.base)).await);
    // Of one alone it is looked whether its dates suit.
    let mut alone = all[0].clone();
    alone["warnings"] = json!([]);
    assert_eq!((all.len(), alone), (1, shown));
}

#[actix_web::test]
async fn ten_o_clock_stays_ten_o_clock_over_changes_of_the_clocks_leap_days_and_years() {
    let weekly = |starts_on: &str, rule: &str| {
        let mut series = a_series();
        series["rule"] = json!(rule);
        series["starts_on"] = json!(starts_on);
        series["horizon_months"] = json!(1);
        // Some of these days are holidays.
        series["avoided_days"] = json!({
            "public_holidays": "off", "school_holidays": "off", "bridge_days": "off",
            "christmas_eve_and_new_years_eve": "off",
        });
        series
    };
    let cases = [
        (
            "2026-03-23T08:00:00Z",
            weekly("2026-03-23", "FREQ=WEEKLY;BYDAY=SA,SU,MO;COUNT=5"),
            vec![
                "2026-03-23T10:00:00+01:00",
                "2026-03-28T10:00:00+01:00",
                "2026-03-29T10:00:00+02:00",
                "2026-03-30T10:00:00+02:00",
                "2026-04-04T10:00:00+02:00",
            ],
        ),
        (
            "2027-10-25T07:00:00Z",
            weekly("2027-10-25", "FREQ=WEEKLY;BYDAY=SA,SU,MO;COUNT=4"),
            vec![
                "2027-10-25T10:00:00+02:00",
                "2027-10-30T10:00:00+02:00",
                "2027-10-31T10:00:00+01:00",
                "2027-11-01T10:00:00+01:00",
            ],
        ),
        (
            "2026-12-24T07:00:00Z",
            weekly("2026-12-24", "FREQ=WEEKLY;UNTIL=20270107"),
            vec![
                "2026-12-24T10:00:00+01:00",
                "2026-12-31T10:00:00+01:00",
                "2027-01-07T10:00:00+01:00",
            ],
        ),
        (
            "2028-02-01T07:00:00Z",
            weekly("2024-02-29", "FREQ=YEARLY"),
            vec!["2028-02-29T10:00:00+01:00"],
        ),
        (
            "2028-02-01T07:00:00Z",
            weekly("2028-01-31", "FREQ=MONTHLY;BYMONTHDAY=-1"),
            vec!["2028-02-29T10:00:00+01:00"],
        ),
    ];
    for (now, series, expected) in cases {
        let five = FiveCities::start_at(moment(now), series.clone()).await;
        assert_eq!(starts(&five.meetings().await), expected, "{series}");
    }
}

#[actix_web::test]
async fn a_time_that_the_clocks_leave_out_moves_forward() {
    let mut series = a_series();
    series["rule"] = json!("FREQ=WEEKLY;COUNT=3");
    series["starts_on"] = json!("2026-03-22");
    series["start_time"] = json!("02:30");
    let five = FiveCities::start_at(moment("2026-03-20T08:00:00Z"), series).await;
    let meetings = five.meetings().await;
    assert_eq!(
        starts(&meetings),
        [
            "2026-03-22T02:30:00+01:00",
            "2026-03-29T03:30:00+02:00",
            "2026-04-05T02:30:00+02:00",
        ]
    );
    assert_eq!(meetings[1]["start_time"], "03:30");
}

#[actix_web::test]
async fn planning_again_changes_nothing() {
    let five = FiveCities::start().await;
    let before = five.meetings().await;
    let path = format!("/series/{}/plan", five.series);
    for _ in 0..2 {
        let planned = five
            .service
            .post(&five.coordinator, &path, json!({}))
            .await
            .expect(200);
        assert_eq!(
            planned,
            json!({
                "created": [], "unchanged": 9, "until": "2027-09-02",
                "skipped": [], "moved": [], "removed": [], "warnings": [],
            })
        );
        assert_eq!(five.meetings().await, before);
    }
    let until = json!({ "until": "2027-12-31" });
    let planned = five
        .service
        .post(&five.coordinator, &path, until.clone())
        .await
        .expect(200);
    let created = planned["created"].as_array().unwrap();
    assert_eq!(created.len(), 2);
    assert_eq!(created[1]["starts_at"], "2027-12-14T10:00:00+01:00");
    let again = five
        .service
        .post(&five.coordinator, &path, until)
        .await
        .expect(200);
    assert_eq!(
        again,
        json!({
            "created": [], "unchanged": 11, "until": "2027-12-31",
            "skipped": [], "moved": [], "removed": [], "warnings": [],
        })
    );
    // What was there has not changed its key, host or number.
    assert_eq!(five.meetings().await[..9], before);
    let far = json!({ "until": "2031-03-03" });
    let far = five.service.post(&five.coordinator, &path, far).await;
    assert_eq!(far.rules(), ["until: range"]);
}

#[actix_web::test]
async fn a_moved_or_cancelled_occurrence_is_not_made_again() {
    let five = FiveCities::start().await;
    let (first, second) = (five.meeting(0).await, five.meeting(1).await);
    let moved = json!({ "date": "2026-04-16" });
    let path = format!("/meetings/{first}");
    five.service
        .patch(&five.coordinator, &path, moved)
        .await
        .expect(200);
    let path = format!("/meetings/{second}/cancel");
    let reason = json!({ "reason": "Hochwasser" });
    five.service
        .post(&five.coordinator, &path, reason)
        .await
        .expect(200);
    let path = format!("/series/{}/plan", five.series);
    let planned = five
        .service
        .post(&five.coordinator, &path, json!({}))
        .await
        .expect(200);
    assert_eq!(planned["created"], json!([]));
    assert_eq!(five.meetings().await.len(), 9);
}

async fn behind_horizon(app: &App) -> Vec<Id<Cooperation>> {
    let now = app.clock.now();
    let read = move |conn: &mut _| planning::behind_horizon(conn, now);
    app.db.read(read).await.unwrap()
}

async fn keep_horizon(app: &App, cooperation: Id<Cooperation>) -> usize {
    let who = SystemActor::within(cooperation);
    let keep = move |tx: &mut Tx| planning::keep_horizon(tx, &who);
    app.write_in(&who, keep).await.unwrap()
}

#[actix_web::test]
async fn the_horizon_is_kept_by_itself() {
    let five = FiveCities::start().await;
    let app = &five.service.app;
    assert_eq!(behind_horizon(app).await, []);
    five.service.clock.advance(TimeDelta::days(120));
    let behind = behind_horizon(app).await;
    let [cooperation] = behind[..] else {
        panic!("one cooperation is behind, not {behind:?}");
    };
    let hosts = five.hosts(4).await;
    assert_eq!(keep_horizon(app, cooperation).await, 2);
    assert_eq!(keep_horizon(app, cooperation).await, 0);
    assert_eq!(behind_horizon(app).await, []);
    let meetings = five.meetings().await;
    assert_eq!(meetings.len(), 11);
    assert_eq!(meetings[10]["starts_at"], "2027-12-14T10:00:00+01:00");
    assert_eq!(five.hosts(4).await, hosts);
}

/// One cooperation is planned when it is due, the other one every day.
#[actix_web::test]
async fn a_series_is_looked_at_when_its_horizon_reaches_a_date() {
    let service = Service::start_at(Utc.with_ymd_and_hms(2026, 1, 31, 9, 0, 0).unwrap());
    let mut both: Vec<Id<Cooperation>> = Vec::new();
    for name in ["Fünf", "Sechs"] {
        let (slug, token) = service.cooperation(name).await;
        let base = format!("/cooperations/{slug}");
        for (rule, horizon) in [
            ("FREQ=MONTHLY;BYMONTHDAY=31", 1),
            ("FREQ=WEEKLY;INTERVAL=3;BYDAY=FR", 2),
            ("FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=31", 6),
            ("FREQ=MONTHLY;BYDAY=-1MO;UNTIL=20260901", 3),
        ] {
            let mut new = a_series();
            new["rule"] = json!(rule);
            new["starts_on"] = json!("2026-01-01");
            new["horizon_months"] = json!(horizon);
            let path = format!("{base}/series");
            service.post(&token, &path, new).await.expect(201);
        }
        let own = service.get(&token, &base).await.expect(200);
        both.push(text(&own["id"]).parse().unwrap());
    }
    let [when_due, always] = both[..] else {
        panic!("two cooperations")
    };
    let app = &service.app;
    let days = async |cooperation: Id<Cooperation>| {
        let days = app.db.read(move |conn| {
            Ok(meetings::table
                .filter(meetings::cooperation_id.eq(cooperation))
                .order(meetings::occurrence_on)
                .select(meetings::occurrence_on)
                .load::<Option<NaiveDate>>(conn)?)
        });
        days.await.unwrap()
    };
    let mut looked = 0;
    for _ in 0..240 {
        // After and before midnight in Berlin.
        for hours in [14, 10] {
            service.clock.advance(TimeDelta::hours(hours));
            if behind_horizon(app).await.contains(&when_due) {
                looked += 1;
                keep_horizon(app, when_due).await;
            }
        }
        keep_horizon(app, always).await;
        let now = app.clock.now();
        assert_eq!(days(when_due).await, days(always).await, "{now:?}");
    }
    assert!(days(always).await.len() > 25);
    assert!(looked < 40, "looked at {looked} times");
}

#[actix_web::test]
async fn rules_that_make_no_or_too_many_dates_are_refused_with_a_reason() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let path = format!("/cooperations/{slug}/series");
    let try_rule = async |rule: &str| {
        let mut series = a_series();
        series["rule"] = json!(rule);
        service.post(&token, &path, series).await
    };
    for (rule, word) in [
        ("FREQ=SECONDLY", "WEEKLY"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no date"),
        ("FREQ=WEEKLY;UNTIL=20200101", "no date"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "more than"),
        ("FREQ=MONTHLY;BYHOUR=3", "BYHOUR"),
        ("every Tuesday", "NAME=VALUE"),
    ] {
        let answer = try_rule(rule).await;
        assert_eq!(answer.rules(), ["rule: recurrence"], "{rule}");
        let message = text(&answer.expect(422)["errors"][0]["message"]);
        assert!(message.contains(word), "{rule}: {message}");
    }
    let mut series = a_series();
    series["rule"] = json!("FREQ=DAILY");
    series["start_time"] = json!("10:00");
    series["duration_minutes"] = json!(0);
    series["time_zone"] = json!("Mars/Olympus");
    series["call_for_topics_days"] = json!(3);
    let answer = service.post(&token, &path, series).await;
    let expected = [
        "duration_minutes: range",
        "rule: recurrence",
        "time_zone: time_zone",
        "topic_deadline_days: together",
    ];
    assert_eq!(answer.rules(), expected);
    let mut series = a_series();
    series["start_time"] = json!("10:00:30");
    let answer = service.post(&token, &path, series).await;
    assert_eq!(answer.rules(), ["start_time: type"]);
    assert_eq!(
        list(&service.get(&token, &path).await.expect(200)),
        [] as [Value; 0]
    );
}

#[actix_web::test]
async fn a_series_ends_only_if_nobody_was_told_of_its_meetings() {
    let five = FiveCities::start().await;
    let path = format!("{}/series/{}", five.base, five.series);
    let first = five.meeting(0).await;
    let other = five.make("/series", a_series()).await;
    let others = format!("{}/series/{other}", five.base);
    let meeting = list(&five.get(&format!("/series/{other}/meetings")).await);
    five.service
        .delete(&five.coordinator, &others)
        .await
        .expect(204);
    five.service
        .get(&five.coordinator, &others)
        .await
        .expect(404);
    let gone = format!("/meetings/{}", text(&meeting[0]["id"]));
    five.service.get(&five.coordinator, &gone).await.expect(404);
    five.invite(&first).await;
    let refused = five.service.delete(&five.coordinator, &path).await;
    assert_eq!(refused.rules(), ["in_use"]);
}

#[actix_web::test]
async fn series_are_changed_by_coordinators_who_have_seen_them_and_of_their_own() {
    let five = FiveCities::start().await;
    let path = format!("{}/series/{}", five.base, five.series);
    let delegate = &five.cities[0].people[0].token;
    let title = json!({ "title": "Andere" });
    five.service
        .patch(delegate, &path, title.clone())
        .await
        .expect(403);
    five.service
        .patch(&five.reader, &path, title.clone())
        .await
        .expect(403);
    let plan = format!("/series/{}/plan", five.series);
    five.service
        .post(delegate, &plan, json!({}))
        .await
        .expect(403);
    let seen = |revision: &'static str| {
        actix_web::test::TestRequest::patch()
            .uri(&format!("/api/v1{path}"))
            .insert_header(crate::harness::bearer(&five.coordinator))
            .insert_header(("if-match", revision))
            .set_json(json!({ "title": "Andere" }))
    };
    assert_eq!(five.service.send(seen("\"7\"")).await.status, 412);
    assert_eq!(five.service.send(seen("\"1\"")).await.status, 200);
    assert_eq!(five.service.send(seen("\"1\"")).await.status, 412);
    let (_, stranger) = five.service.cooperation("Nordkreis").await;
    for path in [
        path.clone(),
        format!("/series/{}/meetings", five.series),
        format!("/series/{}/rotation", five.series),
        format!("/series/{}/rotation/ledger", five.series),
        format!("/series/{}/rotation/fairness", five.series),
    ] {
        five.service.get(&stranger, &path).await.expect(404);
    }
    five.service
        .patch(&stranger, &path, title)
        .await
        .expect(404);
    five.service
        .post(&stranger, &plan, json!({}))
        .await
        .expect(404);
    five.service.delete(&stranger, &path).await.expect(404);
}

#[actix_web::test]
async fn a_repeated_request_makes_one_series() {
    let five = FiveCities::start().await;
    let make = || {
        actix_web::test::TestRequest::post()
            .uri(&format!("/api/v1{}/series", five.base))
            .insert_header(crate::harness::bearer(&five.coordinator))
            .insert_header(("idempotency-key", "once"))
            .set_json(a_series())
    };
    let first = five.service.send(make()).await.expect(201);
    let second = five.service.send(make()).await.expect(201);
    assert_eq!(first, second);
    assert_eq!(
        list(&five.get(&format!("{}/series", five.base)).await).len(),
        2
    );
}
