//! What is told when an invited meeting changes, and what is not.
use chrono::{DateTime, TimeDelta};
use reihum::clock::Clock;
use serde_json::{Value, json};

use super::{ANKE, CARLA, Convened, ELIF};
use crate::builders::{BIELEFELD, HERFORD};
use crate::mailbox::to;

#[actix_web::test]
async fn a_move_is_told_once_and_asks_anew() {
    let it = Convened::start().await;
    it.answer(BIELEFELD, 0, "accepted").await;
    let first = to(&it.mails, CARLA).clone();
    it.patch(json!({ "date": "2026-04-21" })).await;
    it.five.service.clock.advance(TimeDelta::minutes(3));
    it.patch(json!({ "start_time": "11:00" })).await;
    assert_eq!(it.five.service.mails().await.len(), 0);
    it.five.service.clock.advance(TimeDelta::minutes(7));
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    let carla = to(&mails, CARLA);
    assert_eq!(
        carla.subject(),
        "Verlegt: Treffen vom 14.04.2026 auf den 21.04.2026 („5 für OWL“)"
    );
    let news = "Neuer Termin: Dienstag, 21. April 2026, 11:00 bis 13:30 Uhr";
    assert!(carla.text.starts_with(news), "{}", carla.text);
    assert_eq!(carla.property("DTSTART"), Some("20260421T110000"));
    assert_eq!(carla.sequence(), first.sequence() + 2);
    assert_eq!(carla.partstat(), "NEEDS-ACTION");
    assert_eq!(carla.property("UID"), first.property("UID"));
    assert_ne!(carla.header("message-id"), first.header("message-id"));
    assert_eq!(carla.header("in-reply-to"), first.header("message-id"));
    assert_eq!(carla.header("references"), first.header("message-id"));
    assert!(carla.property("DTSTAMP") > first.property("DTSTAMP"));
    assert_eq!(
        it.invitation(CARLA).await["told_sequence"],
        it.seen().await["sequence"]
    );
    // An answer to the new time counts from then on.
    it.answer(BIELEFELD, 0, "declined").await;
    let venue = it.another_venue("Raum 210").await;
    it.patch(json!({ "venue_id": venue })).await;
    let mails = it.after_the_window().await;
    let carla = to(&mails, CARLA);
    assert_eq!(carla.partstat(), "DECLINED");
    assert!(
        carla.text.starts_with("Neu: Raum 210 statt 105"),
        "{}",
        carla.text
    );
    assert_eq!(to(&mails, ELIF).partstat(), "NEEDS-ACTION");
}

#[actix_web::test]
async fn an_update_asks_those_whose_answer_does_not_count() {
    let it = Convened::start().await;
    it.answer(BIELEFELD, 0, "accepted").await;
    it.patch(json!({ "date": "2026-04-21" })).await;
    it.after_the_window().await;
    it.answer(HERFORD, 0, "declined").await;
    // Does not move the meeting, but the answer to the first day is void all the same.
    it.patch(json!({ "title": "Sondersitzung" })).await;
    let mails = it.after_the_window().await;
    let asked = |address| {
        let text = to(&mails, address).text.replace('\n', " ");
        let said = [
            "noch einmal an, ob Sie teilnehmen. Ihre frühere Rückmeldung gilt nicht mehr:",
            "Ihre Rückmeldung gilt weiter.",
            "an, ob Sie teilnehmen:",
        ];
        said.map(|words| text.contains(words))
    };
    assert_eq!(asked(CARLA), [true, false, false]);
    assert_eq!(asked(ELIF), [false, true, false]);
    assert_eq!(asked(ANKE), [false, false, true]);
    // Back to the day that the answer was given for.
    it.patch(json!({ "date": "2026-04-14" })).await;
    let mails = it.after_the_window().await;
    let carla = to(&mails, CARLA);
    assert_eq!(carla.partstat(), "ACCEPTED");
    assert!(
        carla.text.contains("Ihre Rückmeldung gilt weiter."),
        "{}",
        carla.text
    );
}

#[actix_web::test]
async fn a_meeting_shows_until_when_changes_wait_to_be_told() {
    let it = Convened::start().await;
    let told_at = |seen: &Value| seen["changes_told_at"].clone();
    assert_eq!(told_at(&it.seen().await), Value::Null);
    it.patch(json!({ "title": "Sondersitzung" })).await;
    let end = told_at(&it.seen().await);
    let opened = it.five.service.clock.now();
    let until = DateTime::parse_from_rfc3339(end.as_str().unwrap()).unwrap();
    assert_eq!(until.to_utc() - *opened, TimeDelta::minutes(10));
    it.five.service.clock.advance(TimeDelta::minutes(3));
    it.patch(json!({ "title": null })).await;
    assert_eq!(told_at(&it.seen().await), end, "it stays the same window");
    let list = format!("/series/{}/meetings", it.five.series);
    assert_eq!(told_at(&it.five.get(&list).await["items"][0]), end);
    it.five.service.clock.advance(TimeDelta::minutes(7));
    it.five.service.mails().await;
    assert_eq!(told_at(&it.seen().await), Value::Null);
}

#[actix_web::test]
async fn what_is_undone_within_the_window_is_not_told() {
    let it = Convened::start().await;
    let sequence = it.seen().await["sequence"].as_i64().unwrap();
    it.patch(json!({ "date": "2026-04-21", "title": "Sondersitzung" }))
        .await;
    it.patch(json!({ "date": "2026-04-14", "title": null }))
        .await;
    assert_eq!(it.after_the_window().await.len(), 0);
    it.post("/cancel", json!({ "reason": "Sturm" })).await;
    it.post("/restore", json!({})).await;
    assert_eq!(it.after_the_window().await.len(), 0);
    // What comes later still stands above all that.
    it.patch(json!({ "title": "Sondersitzung" })).await;
    let mails = it.after_the_window().await;
    assert_eq!(mails.len(), 11);
    assert!(mails[0].sequence() > sequence + 4);
    assert!(
        mails[0].text.starts_with("Neuer Titel: Sondersitzung"),
        "{}",
        mails[0].text
    );
}

#[actix_web::test]
async fn a_cancellation_is_the_one_thing_told_and_can_be_taken_back() {
    let it = Convened::start().await;
    it.answer(BIELEFELD, 0, "accepted").await;
    let known = to(&it.mails, CARLA).sequence();
    it.patch(json!({ "date": "2026-04-21" })).await;
    it.post("/cancel", json!({ "reason": "Sturm <b>„Anna“</b>" }))
        .await;
    let mails = it.after_the_window().await;
    assert_eq!(mails.len(), 11);
    let off = to(&mails, CARLA);
    assert_eq!(
        off.subject(),
        "Abgesagt: 1. Treffen „5 für OWL“ am 14.04.2026 in Gütersloh"
    );
    assert_eq!(off.property("METHOD"), Some("CANCEL"));
    assert_eq!(off.property("STATUS"), Some("CANCELLED"));
    assert_eq!(
        off.property("DTSTART"),
        Some("20260414T100000"),
        "the day that people know"
    );
    assert_eq!(off.property("DESCRIPTION"), None);
    assert!(off.sequence() > known);
    assert!(
        off.text.contains("Grund: Sturm <b>„Anna“</b>"),
        "{}",
        off.text
    );
    assert!(!off.html.contains("<b>„Anna“"), "{}", off.html);
    assert!(!off.text.contains("/answers/"));
    it.post("/restore", json!({})).await;
    let mails = it.after_the_window().await;
    let on = to(&mails, CARLA);
    assert!(
        on.text.starts_with("Das Treffen findet doch statt."),
        "{}",
        on.text
    );
    assert!(
        on.text.contains("Neuer Termin: Dienstag, 21. April 2026"),
        "{}",
        on.text
    );
    assert_eq!(on.property("METHOD"), Some("REQUEST"));
    assert!(on.sequence() > off.sequence());
    assert_eq!(on.partstat(), "NEEDS-ACTION");
}

#[actix_web::test]
async fn those_who_heard_that_it_is_off_are_asked_anew_even_at_the_same_time() {
    let it = Convened::start().await;
    it.answer(BIELEFELD, 0, "accepted").await;
    it.post("/cancel", json!({ "reason": "Sturm" })).await;
    assert_eq!(it.after_the_window().await.len(), 11);
    it.post("/restore", json!({})).await;
    let mails = it.after_the_window().await;
    assert_eq!(to(&mails, CARLA).partstat(), "NEEDS-ACTION");
    it.answer(BIELEFELD, 0, "accepted").await;
    it.patch(json!({ "title": "Sondersitzung" })).await;
    assert_eq!(
        to(&it.after_the_window().await, CARLA).partstat(),
        "ACCEPTED"
    );
}

#[actix_web::test]
async fn another_host_and_a_renamed_room_are_told() {
    let it = Convened::start().await;
    let herford = &it.five.cities[HERFORD];
    let path = format!("/series/{}/rotation/overrides", it.five.series);
    let swap = json!({
        "meeting_id": it.meeting, "municipality_id": herford.id, "reason": "Umbau in Gütersloh",
    });
    let answer = it
        .five
        .service
        .post(&it.five.coordinator, &path, swap)
        .await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let mails = it.after_the_window().await;
    let carla = to(&mails, CARLA);
    assert!(
        carla
            .text
            .starts_with("Neue Gastgeberin: Herford (statt Gütersloh)"),
        "{}",
        carla.text
    );
    assert_eq!(carla.attendees().keys().collect::<Vec<_>>(), [CARLA, ELIF]);
    assert!(carla.text.contains(ELIF), "{}", carla.text);
    // Nobody changes the meeting, only the venue's own entry.
    let venue = format!(
        "{}/municipalities/{}/venues/{}",
        it.five.base, herford.id, herford.venue
    );
    let mut room = it.five.get(&venue).await;
    let known = room.as_object_mut().unwrap();
    known.retain(|field, _| {
        ["name", "street", "postal_code", "locality", "preferred"].contains(&field.as_str())
    });
    known.insert("room".to_owned(), json!("Raum 7"));
    it.five
        .service
        .put(&it.five.coordinator, &venue, room)
        .await
        .expect(200);
    let mails = it.after_the_window().await;
    assert!(
        to(&mails, CARLA).text.starts_with("Neu: Raum 7 statt 105"),
        "{}",
        mails[0].text
    );
}

#[actix_web::test]
async fn a_change_of_a_meeting_that_is_near_does_not_wait_for_the_window() {
    let it = Convened::start().await;
    let series = format!("{}/series/{}", it.five.base, it.five.series);
    let slowly = json!({ "change_window_minutes": 240 });
    it.five
        .service
        .patch(&it.five.coordinator, &series, slowly)
        .await
        .expect(200);
    // 14 April, 10:00 in Berlin is 8:00 UTC.
    it.five
        .service
        .clock
        .advance(TimeDelta::days(42) + TimeDelta::hours(13));
    it.patch(json!({ "title": "Sondersitzung" })).await;
    assert_eq!(it.five.service.mails().await.len(), 0, "ten hours ahead");
    it.five.service.clock.advance(TimeDelta::minutes(59));
    assert_eq!(
        it.five.service.mails().await.len(),
        0,
        "over nine hours ahead"
    );
    it.five.service.clock.advance(TimeDelta::minutes(1));
    assert_eq!(it.five.service.mails().await.len(), 11, "less than nine");
    // It is the day that people think of that counts.
    it.patch(json!({ "date": "2026-04-21" })).await;
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    assert!(to(&mails, CARLA).subject().starts_with("Verlegt: "));
    it.patch(json!({ "title": null })).await;
    assert_eq!(it.five.service.mails().await.len(), 0, "a week ahead");
}

#[actix_web::test]
async fn a_meeting_cancelled_in_time_is_told_even_after_it() {
    let it = Convened::start().await;
    let service = &it.five.service;
    service
        .clock
        .advance(TimeDelta::days(42) + TimeDelta::hours(20));
    it.post("/cancel", json!({ "reason": "Sturm" })).await;
    // Nothing ran until the evening.
    service.clock.advance(TimeDelta::hours(12));
    let mails = service.mails().await;
    assert_eq!(mails.len(), 11);
    assert!(to(&mails, CARLA).subject().starts_with("Abgesagt: "));
}
