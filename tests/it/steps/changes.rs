//! What becomes of steps when a meeting moves, is cancelled, or answers come.
use serde_json::json;

use super::{Ahead, DIRK, recipients, subjects};
use crate::builders::BIELEFELD;
use crate::invitations::{ANKE, CARLA};
use crate::mailbox::to;

#[actix_web::test]
async fn who_keeps_a_date_free_hears_that_it_is_another_one() {
    let it = Ahead::start().await;
    assert_eq!(it.at("2026-04-28T09:00:00+02:00").await.len(), 11);
    it.patch(json!({ "date": "2026-06-16" })).await;
    assert_eq!(
        it.at("2026-04-28T09:09:59+02:00").await.len(),
        0,
        "there may be more changes"
    );
    let mails = it.at("2026-04-28T09:10:00+02:00").await;
    assert_eq!(mails.len(), 11);
    let carla = to(&mails, CARLA);
    assert_eq!(
        carla.subject(),
        "Termin vormerken: Treffen vom 09.06.2026 auf den 16.06.2026 verlegt („5 für OWL“)"
    );
    assert!(
        carla.text.contains("Dienstag, 16. Juni 2026"),
        "{}",
        carla.text
    );
    assert_eq!(it.five.service.run().await, 0);
    assert_eq!(
        it.at("2026-05-05T09:00:00+02:00").await.len(),
        0,
        "known already"
    );
    // Back again, then off, then on: each is news.
    it.patch(json!({ "date": "2026-06-09" })).await;
    assert_eq!(it.at("2026-05-05T09:30:00+02:00").await.len(), 11);
    assert_eq!(it.five.service.run().await, 0);
    let meeting = format!("/meetings/{}", it.meeting);
    it.post(
        &format!("{meeting}/cancel"),
        json!({ "reason": "Haushaltssperre" }),
    )
    .await;
    let mails = it.at("2026-05-05T18:00:00+02:00").await;
    assert_eq!(mails.len(), 0, "not in the evening");
    let mails = it.at("2026-05-06T09:00:00+02:00").await;
    assert_eq!(mails.len(), 11);
    let carla = to(&mails, CARLA);
    assert!(carla.subject().starts_with("Termin entfällt: 2. Treffen"));
    assert!(
        carla.text.contains("Grund: Haushaltssperre"),
        "{}",
        carla.text
    );
    assert_eq!(it.five.service.run().await, 0);
    it.post(&format!("{meeting}/restore"), json!({})).await;
    let mails = it.at("2026-05-06T10:00:00+02:00").await;
    assert_eq!(mails.len(), 11);
    assert!(
        to(&mails, CARLA)
            .subject()
            .starts_with("Termin vormerken: 2. Treffen")
    );
    // A change and its undoing between two runs is none.
    it.patch(json!({ "date": "2026-06-16" })).await;
    it.patch(json!({ "date": "2026-06-09" })).await;
    assert_eq!(it.at("2026-05-06T11:00:00+02:00").await.len(), 0);
}

#[actix_web::test]
async fn a_move_takes_the_steps_with_it() {
    let it = Ahead::start().await;
    it.set(json!({ "save_the_date_days": null })).await;
    assert_eq!(it.at("2026-05-12T09:00:00+02:00").await.len(), 11, "topics");
    assert_eq!(
        it.at("2026-05-27T09:00:00+02:00").await.len(),
        2,
        "topics due"
    );
    it.invite().await;
    it.answer(BIELEFELD, 0, "accepted").await;
    it.answer(BIELEFELD, 1, "accepted").await;
    it.five.service.run().await;
    assert_eq!(it.at("2026-06-05T09:00:00+02:00").await.len(), 9, "answers");
    assert_eq!(
        it.at("2026-06-08T09:00:00+02:00").await.len(),
        2,
        "reminder"
    );
    // Four weeks later: topics can come in again until 23 June, but nobody calls for them again.
    it.patch(json!({ "date": "2026-07-07" })).await;
    let mails = it.at("2026-06-08T09:15:00+02:00").await;
    assert!(
        subjects(&mails)[0].starts_with("Moved: "),
        "{:?}",
        subjects(&mails)
    );
    assert_eq!(
        it.at("2026-06-09T09:00:00+02:00").await.len(),
        0,
        "28 days before"
    );
    let mails = it.first_at("2026-06-24T09:00:00+02:00").await;
    assert_eq!(recipients(&mails).len(), 2);
    it.answer(BIELEFELD, 0, "accepted").await;
    // Dirk's answer was for the old time.
    let mails = it.first_at("2026-07-03T09:00:00+02:00").await;
    assert_eq!(mails.len(), 10);
    assert!(recipients(&mails).contains(&DIRK.to_owned()));
    let mails = it.first_at("2026-07-06T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), [CARLA]);
    assert!(to(&mails, CARLA).text.contains("Dienstag, 7. Juli 2026"));
}

#[actix_web::test]
async fn nobody_is_reminded_of_a_time_that_is_about_to_change() {
    let it = Ahead::start().await;
    it.five
        .service
        .clock
        .set(super::time("2026-05-29T08:00:00+02:00"));
    it.invite().await;
    it.five.service.run().await;
    it.five
        .service
        .clock
        .set(super::time("2026-06-05T08:55:00+02:00"));
    it.patch(json!({ "start_time": "11:00" })).await;
    assert_eq!(
        it.at("2026-06-05T09:00:00+02:00").await.len(),
        0,
        "the move is told first"
    );
    let mails = it.at("2026-06-05T09:05:00+02:00").await;
    assert_eq!(mails.len(), 11);
    assert!(to(&mails, CARLA).subject().starts_with("Verlegt: "));
    assert_eq!(
        it.at("2026-06-05T09:06:00+02:00").await.len(),
        0,
        "which has asked again"
    );
}

#[actix_web::test]
async fn who_was_just_invited_or_has_just_answered_is_not_reminded() {
    let it = Ahead::start().await;
    it.five
        .service
        .clock
        .set(super::time("2026-06-05T08:00:00+02:00"));
    it.invite().await;
    it.five.service.run().await;
    assert_eq!(it.at("2026-06-05T09:00:00+02:00").await.len(), 0);
    it.answer(BIELEFELD, 0, "accepted").await;
    assert_eq!(
        recipients(&it.at("2026-06-08T09:00:00+02:00").await),
        [CARLA]
    );
    it.answer(BIELEFELD, 1, "accepted").await;
    assert_eq!(it.at("2026-06-08T10:00:00+02:00").await.len(), 0);
}

#[actix_web::test]
async fn a_cancelled_meeting_has_no_steps() {
    let it = Ahead::start().await;
    it.five
        .service
        .clock
        .set(super::time("2026-05-29T08:00:00+02:00"));
    it.invite().await;
    it.five.service.run().await;
    it.answer(BIELEFELD, 0, "accepted").await;
    let cancel = format!("/meetings/{}/cancel", it.meeting);
    it.post(&cancel, json!({ "reason": "Sturm" })).await;
    assert_eq!(it.at("2026-05-29T09:00:00+02:00").await.len(), 11);
    for moment in [
        "2026-06-05T09:00:00+02:00",
        "2026-06-08T09:00:00+02:00",
        "2026-06-19T09:00:00+02:00",
        "2026-06-23T09:00:00+02:00",
    ] {
        assert_eq!(it.at(moment).await.len(), 0, "{moment}");
    }
    assert_eq!(it.state("reminder").await.0, "skipped: cancelled");
}

#[actix_web::test]
async fn a_new_delegate_hears_of_the_step_of_these_days() {
    let it = Ahead::start().await;
    assert_eq!(it.at("2026-05-12T09:00:00+02:00").await.len(), 11);
    let city = &it.five.cities[0].id;
    let new = json!({
        "given_name": "Klaus", "family_name": "Krokus", "address": "klaus@guetersloh.example",
        "language": "de", "role": "delegate", "municipality_id": city, "from": "2026-05-01",
    });
    it.five.make("/people", new).await;
    let mails = it.at("2026-05-12T10:00:00+02:00").await;
    assert_eq!(recipients(&mails), ["klaus@guetersloh.example"]);
    assert!(mails[0].header("reply-to").unwrap().contains(ANKE));
}
