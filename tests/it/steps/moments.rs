//! When steps are due, and what becomes of those whose moment has passed.
use serde_json::json;

use super::{Ahead, recipients, subjects, time};
use crate::builders::{FiveCities, list, text};

/// When each step of a meeting on that day is due.
async fn due(five: &FiveCities, date: &str) -> Vec<String> {
    let path = format!("/series/{}/meetings", five.series);
    let made = five
        .service
        .post(&five.coordinator, &path, json!({ "date": date }))
        .await
        .expect(201);
    let steps = five
        .get(&format!("/meetings/{}/steps", text(&made["id"])))
        .await;
    list(&steps)
        .iter()
        .map(|step| text(&step["due_at"]))
        .collect()
}

#[actix_web::test]
async fn steps_are_due_at_nine_by_the_clocks_there_on_working_days() {
    let five = FiveCities::start().await;
    // In order: date, topics, list closed, invitation, answers, reminder, minutes, attendance.
    let cases = [
        // Summer time begins on 29 March; Good Friday is 3 April.
        (
            "2026-04-14",
            [
                "2026-03-03T09:00:00+01:00",
                "2026-03-17T09:00:00+01:00",
                "2026-04-01T09:00:00+02:00",
                "2026-04-02T09:00:00+02:00",
                "2026-04-10T09:00:00+02:00",
                "2026-04-13T09:00:00+02:00",
                "2026-04-24T09:00:00+02:00",
                "2026-04-28T09:00:00+02:00",
            ],
        ),
        // It ends on 25 October.
        (
            "2026-11-10",
            [
                "2026-09-29T09:00:00+02:00",
                "2026-10-13T09:00:00+02:00",
                "2026-10-28T09:00:00+01:00",
                "2026-10-30T09:00:00+01:00",
                "2026-11-06T09:00:00+01:00",
                "2026-11-09T09:00:00+01:00",
                "2026-11-20T09:00:00+01:00",
                "2026-11-24T09:00:00+01:00",
            ],
        ),
        // Christmas, a Saturday before New Year, and the year's end.
        (
            "2027-01-05",
            [
                "2026-11-24T09:00:00+01:00",
                "2026-12-08T09:00:00+01:00",
                "2026-12-23T09:00:00+01:00",
                "2026-12-24T09:00:00+01:00",
                "2026-12-31T09:00:00+01:00",
                "2027-01-04T09:00:00+01:00",
                "2027-01-15T09:00:00+01:00",
                "2027-01-19T09:00:00+01:00",
            ],
        ),
        // The day before is a leap day.
        (
            "2028-03-01",
            [
                "2028-01-19T09:00:00+01:00",
                "2028-02-02T09:00:00+01:00",
                "2028-02-17T09:00:00+01:00",
                "2028-02-18T09:00:00+01:00",
                "2028-02-25T09:00:00+01:00",
                "2028-02-29T09:00:00+01:00",
                "2028-03-13T09:00:00+01:00",
                "2028-03-15T09:00:00+01:00",
            ],
        ),
        // A Sunday ten days after moves on to Monday; Corpus Christi is fourteen days after.
        (
            "2026-05-21",
            [
                "2026-04-09T09:00:00+02:00",
                "2026-04-23T09:00:00+02:00",
                "2026-05-08T09:00:00+02:00",
                "2026-05-08T09:00:00+02:00",
                "2026-05-18T09:00:00+02:00",
                "2026-05-20T09:00:00+02:00",
                "2026-06-01T09:00:00+02:00",
                "2026-06-05T09:00:00+02:00",
            ],
        ),
    ];
    for (date, expected) in cases {
        assert_eq!(due(&five, date).await, expected, "{date}");
    }
}

#[actix_web::test]
async fn an_outage_over_a_weekend_is_made_up_for_in_office_hours() {
    let it = Ahead::start().await;
    it.patch(json!({ "date": "2026-06-12" })).await;
    // The date is due on Friday, 1 May, which is a holiday, so on Thursday.
    let saturday = it.at("2026-05-02T12:00:00+02:00").await;
    assert_eq!(saturday.len(), 0, "not at a weekend");
    assert_eq!(it.at("2026-05-04T08:59:59+02:00").await.len(), 0);
    assert_eq!(it.at("2026-05-04T09:00:00+02:00").await.len(), 11);
}

#[actix_web::test]
async fn what_has_long_passed_is_not_sent() {
    let it = Ahead::start().await;
    // Two working days after the Tuesday on which it was due, offices have closed.
    assert_eq!(it.at("2026-04-30T17:00:00+02:00").await.len(), 0);
    let missed = ("skipped: missed".to_owned(), 0);
    assert_eq!(it.state("save_the_date").await, missed);
    assert_eq!(it.at("2026-05-04T10:00:00+02:00").await.len(), 0);
    // Of several steps that were missed only the one comes whose time it still is: not the list of
    // topics of Wednesday, but the invitation, which stays due until the meeting.
    let mails = it.at("2026-06-02T10:00:00+02:00").await;
    let due = "Einladung fällig: 2. Treffen „5 für OWL“ am 09.06.2026 in Gütersloh";
    assert_eq!(subjects(&mails), [due]);
    assert_eq!(it.state("topics_due").await, missed);
    // Nothing that leads up to a meeting comes once it has begun.
    it.invite().await;
    it.five.service.run().await;
    assert_eq!(it.at("2026-06-09T10:00:00+02:00").await.len(), 0);
    assert_eq!(it.state("answer_reminder").await, missed);
}

#[actix_web::test]
async fn a_meeting_that_is_planned_late_skips_what_is_over() {
    let it = Ahead::start().await;
    it.five.service.clock.set(time("2026-03-10T18:00:00+01:00"));
    let path = format!("/series/{}/meetings", it.five.series);
    let made = it.post(&path, json!({ "date": "2026-03-31" })).await;
    let it = Ahead {
        meeting: text(&made["id"]),
        ..it
    };
    assert_eq!(it.at("2026-03-11T10:00:00+01:00").await.len(), 0);
    assert_eq!(it.state("call_for_topics").await.0, "skipped: missed");
    // 14 days before is 17 March, so the list is closed on the 18th.
    let mails = it.at("2026-03-18T09:00:00+01:00").await;
    assert_eq!(recipients(&mails).len(), 2);
}

#[actix_web::test]
async fn a_reminder_that_could_not_be_sent_in_time_is_taken_back() {
    use mail::Tls;
    use reihum::jobs;

    use crate::smtp_server::{Kind, Server};

    let it = Ahead::start().await;
    let service = &it.five.service;
    let person = &it.five.cities[crate::builders::BIELEFELD].people[0].id;
    let path = format!("{}/people/{person}", it.five.base);
    let later = json!({ "address": "later@bielefeld.example" });
    let sent = service.patch(&it.five.coordinator, &path, later);
    sent.await.expect(200);
    let carrier = Server::start(Kind::Plain).await;
    let over = carrier.transport(Tls::None);
    service.clock.set(time("2026-04-28T09:00:00+02:00"));
    let sent = jobs::run_once(&service.app, &over).await.unwrap();
    assert_eq!(sent, 10, "one is told to come back later");
    // Before it can, the meeting takes place at another time.
    it.patch(json!({ "date": "2026-06-10" })).await;
    service.clock.set(time("2026-04-28T09:10:00+02:00"));
    jobs::run_once(&service.app, &over).await.unwrap();
    let states = async || {
        let path = format!("/meetings/{}/invitations", it.meeting);
        let all = list(&it.five.get(&path).await);
        let mut found = all.into_iter();
        let found = found.find(|one| one["address"] == "later@bielefeld.example");
        let messages = list(&json!({ "items": found.unwrap()["messages"] }));
        let states = messages.iter().map(|message| text(&message["state"]));
        states.collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["superseded"]);
    // The server has refused the old date, so that the person is told of the new one like of any, when that is due.
    service.clock.set(time("2026-04-29T09:00:00+02:00"));
    jobs::run_once(&service.app, &over).await.unwrap();
    assert_eq!(states().await, ["superseded", "queued"]);
}
