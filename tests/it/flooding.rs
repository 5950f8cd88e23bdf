//! Nobody gets more mails than a person can read because somebody presses a button again and again.
use chrono::TimeDelta;
use serde_json::json;

use crate::builders::FiveCities;
use crate::mailbox::to;

#[actix_web::test]
async fn one_person_gets_thirty_mails_an_hour_at_most() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(0).await;
    five.invite(&meeting).await;
    let (service, person) = (&five.service, &five.cities[2].people[0]);
    let resend = format!("/meetings/{meeting}/invitations/{}/resend", person.id);
    let mut statuses = Vec::new();
    for _ in 0..50 {
        let answer = service.post(&five.coordinator, &resend, json!({})).await;
        if answer.status == 429 {
            assert_eq!(answer.headers.get("retry-after").unwrap(), "3600");
        }
        statuses.push(answer.status.as_u16());
        // Each is sent, so that none replaces another.
        service.run().await;
    }
    // The invitation was the first one.
    assert_eq!(
        statuses.iter().filter(|status| **status == 429).count(),
        21,
        "{statuses:?}"
    );
    let mails = service.all_mails();
    assert!(
        mails
            .iter()
            .filter(|mail| mail.to() == person.address)
            .count()
            <= 30
    );
    // Others are not concerned, and an hour later it is possible again.
    let other = format!(
        "/meetings/{meeting}/invitations/{}/resend",
        five.cities[1].people[0].id
    );
    service
        .post(&five.coordinator, &other, json!({}))
        .await
        .expect(200);
    service.clock.advance(TimeDelta::hours(1));
    service
        .post(&five.coordinator, &resend, json!({}))
        .await
        .expect(200);
    to(&service.mails().await, &person.address);
}

#[actix_web::test]
async fn asking_for_a_swap_and_taking_it_back_has_an_end() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(1).await;
    let path = format!("/series/{}/rotation/swap-requests", five.series);
    let host = five.host_token(&five.meetings().await[1]).to_owned();
    let mut last = 0;
    for _ in 0..60 {
        let asked = five
            .service
            .post(&host, &path, json!({ "meeting_id": meeting }))
            .await;
        last = asked.status.as_u16();
        if last != 201 {
            break;
        }
        five.service.run().await;
        let id = asked.json()["id"].as_str().unwrap().to_owned();
        let withdraw = format!("{path}/{id}/withdraw");
        last = five
            .service
            .post(&host, &withdraw, json!({}))
            .await
            .status
            .as_u16();
        if last == 429 {
            break;
        }
        five.service.run().await;
    }
    assert_eq!(last, 429);
}
