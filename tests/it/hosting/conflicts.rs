//! Days that come not to suit after they were planned: seen by all, told to the coordinators once, and
//! moved only by planning anew.
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::Hosts;
use crate::builders::{BIELEFELD, DETMOLD, HERFORD, a_series, text};
use crate::harness::bearer;
use crate::mailbox::Mail;

const OFFICE: &str = "olga@kooperation.example";
const TOLD: &str = "Bitte neu planen: Termine von „Digitaltreffen“ passen nicht mehr";

/// A series that is strict about some days, with a coordinator who reads mail; in use if so.
pub async fn start(avoided: Value, in_use: bool) -> Hosts {
    let mut series = a_series();
    let fields = series.as_object_mut().unwrap();
    fields.insert("avoided_days".to_owned(), avoided);
    let it = Hosts::draft(series).await;
    let office = json!({
        "given_name": "Olga", "family_name": "Orchidee", "address": OFFICE, "language": "de",
        "role": "coordinator", "from": "2026-01-01",
    });
    it.five.make("/people", office).await;
    if in_use {
        it.five.invite(&it.five.meeting(0).await).await;
    }
    it.five.service.run().await;
    it
}

async fn blackout(it: &Hosts, city: usize, day: &str) -> String {
    let path = format!("/municipalities/{}/blackouts", it.five.cities[city].id);
    let new = json!({ "starts_on": day, "ends_on": day, "reason": "Rat" });
    let id = it.five.make(&path, new).await;
    format!("{}{path}/{id}", it.five.base)
}

/// The mails about it that go out at that moment.
async fn told(it: &Hosts, moment: &str) -> Vec<Mail> {
    let mut mails = it.at(moment).await;
    mails.retain(|mail| mail.subject() == TOLD);
    mails
}

/// What a mail says, with one space between two words.
fn spaced(mail: &Mail) -> String {
    mail.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn dates(it: &Hosts) -> Vec<String> {
    let meetings = it.five.meetings().await;
    meetings.iter().map(|one| text(&one["date"])).collect()
}

async fn warnings(it: &Hosts) -> Value {
    let path = format!("{}/series/{}", it.five.base, it.five.series);
    it.five.get(&path).await["warnings"].clone()
}

async fn plan(it: &Hosts, dry_run: bool) -> Value {
    let path = format!("/series/{}/plan?dry_run={dry_run}", it.five.series);
    let answer = it.five.service.post(&it.five.coordinator, &path, json!({}));
    answer.await.expect(200)
}

#[actix_web::test]
async fn a_day_that_comes_not_to_suit_is_told_once_and_moved_by_planning() {
    let it = start(json!({ "blackouts": "hard" }), true).await;
    assert_eq!(warnings(&it).await, json!([]));
    let path = blackout(&it, DETMOLD, "2026-06-09").await;
    // Nothing moves by itself, and everybody can see it.
    assert_eq!(dates(&it).await[1], "2026-06-09");
    let seen = warnings(&it).await;
    assert_eq!(seen[0]["rule"], "day_forbidden");
    assert_eq!(seen[0]["date"], "2026-06-09");
    assert_eq!(seen[0]["causes"][0]["kind"], "blackout");
    assert_eq!(seen[0]["causes"][0]["municipality"], "Detmold");
    let words = "Gegen Dienstag, 9. Juni 2026 spricht: Sperrzeit Detmold 09.06.2026. \
                 An diesem Tag soll kein Treffen sein.";
    assert_eq!(seen[0]["text"], words);
    let meeting = format!("/meetings/{}", it.five.meeting(1).await);
    assert_eq!(it.five.get(&meeting).await["warnings"], seen);
    let trial = plan(&it, true).await;
    assert_eq!(
        trial["difference"]["moved_dates"].as_array().unwrap().len(),
        1
    );
    assert_eq!(trial["warnings"], json!([]));

    // The window for further changes passes first; then the coordinators hear of it, once.
    assert_eq!(told(&it, "2026-03-02T10:02:00+01:00").await.len(), 0);
    let mails = told(&it, "2026-03-02T11:30:00+01:00").await;
    let [mail] = &*mails else {
        panic!("{mails:?}");
    };
    assert_eq!(
        mail.header("to"),
        Some("\"Olga Orchidee\" <olga@kooperation.example>")
    );
    let line = "Dienstag, 9. Juni 2026: Sperrzeit Detmold 09.06.2026";
    assert!(spaced(mail).contains(line), "{}", mail.text);
    for moment in ["2026-03-02T12:00:00+01:00", "2026-03-03T09:30:00+01:00"] {
        assert_eq!(told(&it, moment).await.len(), 0, "{moment}");
    }
    // One more is told with the one that is there still.
    blackout(&it, HERFORD, "2026-08-11").await;
    assert_eq!(told(&it, "2026-03-03T09:40:00+01:00").await.len(), 0);
    let mails = told(&it, "2026-03-03T12:00:00+01:00").await;
    assert_eq!(mails.len(), 1);
    assert!(spaced(&mails[0]).contains(line), "{}", mails[0].text);
    let other = "Dienstag, 11. August 2026: Sperrzeit Herford 11.08.2026";
    assert!(spaced(&mails[0]).contains(other), "{}", mails[0].text);

    // What is over and comes again is news again.
    it.five
        .service
        .delete(&it.five.coordinator, &path)
        .await
        .expect(204);
    assert_eq!(told(&it, "2026-03-04T10:00:00+01:00").await.len(), 0);
    blackout(&it, BIELEFELD, "2026-06-09").await;
    it.at("2026-03-04T10:01:00+01:00").await;
    assert_eq!(told(&it, "2026-03-04T12:00:00+01:00").await.len(), 1);

    let planned = plan(&it, false).await;
    assert_eq!(planned["moved"].as_array().unwrap().len(), 2);
    assert_eq!(warnings(&it).await, json!([]));
    assert_ne!(dates(&it).await[1], "2026-06-09");
    assert_eq!(told(&it, "2026-03-05T12:00:00+01:00").await.len(), 0);
}

#[actix_web::test]
async fn who_plans_at_once_or_has_moved_the_meeting_is_told_nothing() {
    let it = start(json!({ "blackouts": "hard" }), true).await;
    blackout(&it, DETMOLD, "2026-06-09").await;
    it.five.service.run().await;
    plan(&it, false).await;
    assert_eq!(told(&it, "2026-03-02T12:00:00+01:00").await.len(), 0);
    // Somebody wanted it there: seen, also by who plans, and not complained about.
    let meeting = format!("/meetings/{}", it.five.meeting(2).await);
    let patch = json!({ "date": "2026-08-13" });
    let moved = it.five.service.patch(&it.five.coordinator, &meeting, patch);
    moved.await.expect(200);
    blackout(&it, DETMOLD, "2026-08-13").await;
    let seen = warnings(&it).await;
    assert_eq!(seen[0]["date"], "2026-08-13");
    assert_eq!(plan(&it, false).await["warnings"], seen);
    it.five.service.run().await;
    assert_eq!(told(&it, "2026-03-03T12:00:00+01:00").await.len(), 0);
}

#[actix_web::test]
async fn nobody_is_told_of_a_draft_or_of_days_that_are_only_avoided() {
    for (avoided, in_use) in [
        (json!({ "blackouts": "hard" }), false),
        (json!({ "blackouts": "soft" }), true),
    ] {
        let it = start(avoided, in_use).await;
        blackout(&it, DETMOLD, "2026-06-09").await;
        it.five.service.run().await;
        assert_eq!(told(&it, "2026-03-02T12:00:00+01:00").await.len(), 0);
    }
}

#[actix_web::test]
async fn imported_school_holidays_are_told_as_well() {
    let it = start(json!({ "school_holidays": "hard" }), true).await;
    let path = format!(
        "/api/v1{}/school-holidays/import?land=NW&source=Erlass",
        it.five.base
    );
    let table = "starts_on,ends_on,name\n2026-12-07,2026-12-11,Zusatzferien\n";
    let request = TestRequest::post()
        .uri(&path)
        .insert_header(bearer(&it.five.coordinator))
        .insert_header(("content-type", "text/csv"))
        .set_payload(table);
    it.five.service.send(request).await.expect(200);
    it.five.service.run().await;
    let mails = told(&it, "2026-03-02T12:00:00+01:00").await;
    assert_eq!(mails.len(), 1);
    let line = "Dienstag, 8. Dezember 2026: Zusatzferien 07.12.2026 bis 11.12.2026";
    assert!(spaced(&mails[0]).contains(line), "{}", mails[0].text);
}
