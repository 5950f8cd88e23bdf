//! Follow-ups of a request: four weeks, two weeks, one week, three days before, at nine there.
use chrono::TimeDelta;
use serde_json::json;

use super::{HERFORD_PEOPLE, Hosts};
use crate::builders::{BAD_SALZUFLEN, DETMOLD, GUETERSLOH, HERFORD, a_series};
use crate::steps::{recipients, subjects, time};

/// Whether follow-ups go out at exactly that moment, to whom.
async fn first_at(it: &Hosts, moment: &str) -> Vec<String> {
    it.five
        .service
        .clock
        .set(time(moment) - TimeDelta::seconds(1));
    let early = it.five.service.mails().await;
    assert_eq!(subjects(&early), [] as [String; 0], "before {moment}");
    let mails = it.at(moment).await;
    assert!(
        subjects(&mails)
            .iter()
            .all(|subject| subject.starts_with("Erinnerung: Tauschanfrage")
                || subject.starts_with("Reminder: request")),
        "{:?}",
        subjects(&mails)
    );
    assert_eq!(it.five.service.mails().await.len(), 0, "once");
    recipients(&mails)
}

#[actix_web::test]
async fn those_who_have_not_answered_are_reminded_at_nine_over_the_change_to_summer_time() {
    let it = Hosts::draft(a_series()).await;
    // 14 April; the clocks change on 29 March.
    let request = it.asked(GUETERSLOH, 0, json!({})).await;
    assert_eq!(it.five.service.mails().await.len(), 9);
    assert_eq!(first_at(&it, "2026-03-17T09:00:00+01:00").await.len(), 9);
    it.act(DETMOLD, &request, "decline", json!({}))
        .await
        .expect(200);
    assert_eq!(first_at(&it, "2026-03-31T09:00:00+02:00").await.len(), 7);
    it.act(BAD_SALZUFLEN, &request, "decline", json!({}))
        .await
        .expect(200);
    // A week before is the Tuesday after Easter; three days before is a Saturday.
    assert_eq!(first_at(&it, "2026-04-07T09:00:00+02:00").await.len(), 5);
    assert_eq!(first_at(&it, "2026-04-10T09:00:00+02:00").await.len(), 5);
    assert_eq!(it.at("2026-04-13T09:00:00+02:00").await.len(), 0);
    assert_eq!(it.state(&request).await, "open");
}

#[actix_web::test]
async fn what_was_past_at_asking_is_not_made_up_for_over_the_change_to_winter_time() {
    let it = Hosts::draft(a_series()).await;
    let meeting = it.five.meeting(3).await;
    let path = format!("/meetings/{meeting}");
    let moved = json!({ "date": "2026-11-10" });
    it.five
        .service
        .patch(&it.five.coordinator, &path, moved)
        .await
        .expect(200);
    // Four weeks before is 13 October; the clocks change on 25 October.
    it.five.service.clock.set(time("2026-10-13T09:00:01+02:00"));
    let only = json!({ "municipality_id": it.five.cities[HERFORD].id });
    it.asked(BAD_SALZUFLEN, 3, only).await;
    assert_eq!(it.five.service.mails().await.len(), 2);
    assert_eq!(it.at("2026-10-14T09:00:00+02:00").await.len(), 0);
    assert_eq!(
        first_at(&it, "2026-10-27T09:00:00+01:00").await,
        HERFORD_PEOPLE
    );
    // An outage over the next one: the weekend is bridged, and the older gives way to the newer.
    assert_eq!(
        it.at("2026-11-05T18:00:00+01:00").await.len(),
        0,
        "not in the evening"
    );
    assert_eq!(
        first_at(&it, "2026-11-06T09:00:00+01:00").await,
        HERFORD_PEOPLE
    );
    assert_eq!(it.at("2026-11-09T09:00:00+01:00").await.len(), 0);
}

#[actix_web::test]
async fn the_earlier_of_the_two_meetings_counts() {
    let it = Hosts::draft(a_series()).await;
    // Herford's turn on 11 August for Bielefeld's on 9 June.
    let wanted = json!({ "partner_meeting_id": it.five.meeting(1).await });
    it.asked(HERFORD, 2, wanted).await;
    assert_eq!(it.five.service.mails().await.len(), 3);
    assert_eq!(first_at(&it, "2026-05-12T09:00:00+02:00").await.len(), 3);
    assert_eq!(first_at(&it, "2026-05-26T09:00:00+02:00").await.len(), 3);
}
