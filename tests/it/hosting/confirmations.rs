//! The host is asked to confirm, answers by link or API, and the coordinators hear if it does not.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{BIELEFELD_PEOPLE, HERFORD_PEOPLE, Hosts, path_in};
use crate::builders::{BIELEFELD, DETMOLD, HERFORD, a_series, list, text};
use crate::mailbox::{Mail, to};
use crate::steps::{recipients, time};

const OFFICE: &str = "olga@kooperation.example";

/// Series with the usual confirmation, in use, with a coordinator who reads mail.
async fn start(more: Value) -> Hosts {
    let mut series = a_series();
    let fields = series.as_object_mut().unwrap();
    fields.remove("host_confirmation_days");
    fields.insert("save_the_date_days".to_owned(), json!(null));
    fields.insert("call_for_topics_days".to_owned(), json!(null));
    fields.insert("topic_deadline_days".to_owned(), json!(null));
    fields.extend(more.as_object().unwrap().clone());
    let it = Hosts::draft(series).await;
    let office = json!({
        "given_name": "Olga", "family_name": "Orchidee", "address": OFFICE, "language": "de",
        "role": "coordinator", "from": "2026-01-01",
    });
    it.five.make("/people", office).await;
    it.five.invite(&it.five.meeting(0).await).await;
    it.five.service.run().await;
    it
}

async fn said(it: &Hosts, place: usize) -> Value {
    it.five.meetings().await.swap_remove(place)["host_confirmation"].clone()
}

/// The mails about hosting at that moment; the steps of the first meeting go their own ways.
async fn at(it: &Hosts, moment: &str) -> Vec<Mail> {
    let mut mails = it.at(moment).await;
    mails.retain(|mail| {
        let subject = mail.subject();
        [
            "Bitte bestätigen",
            "Please confirm",
            "Gastgeberin nicht",
            "Tauschanfrage",
            "Request to",
        ]
        .iter()
        .any(|start| subject.starts_with(start))
    });
    mails
}

#[actix_web::test]
async fn the_host_is_asked_eight_weeks_ahead_and_confirms_by_link() {
    let it = start(json!({})).await;
    // 9 June less 56 days is 14 April; the first meeting is on that day, too.
    assert_eq!(at(&it, "2026-04-14T08:59:59+02:00").await.len(), 0);
    assert_eq!(said(&it, 1).await, Value::Null);
    let mails = at(&it, "2026-04-14T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), BIELEFELD_PEOPLE);
    let carla = to(&mails, BIELEFELD_PEOPLE[0]);
    assert_eq!(
        carla.subject(),
        "Bitte bestätigen: Bielefeld richtet das Treffen am 09.06.2026 aus"
    );
    assert!(
        carla.text.contains("Dienstag, 9. Juni 2026"),
        "{}",
        carla.text
    );
    assert_eq!(said(&it, 1).await["state"], "asked");
    assert_eq!(at(&it, "2026-04-14T09:05:00+02:00").await.len(), 0, "once");

    let page = path_in(carla, "hosting");
    let shown = it.look(&page).await;
    assert_eq!(shown.status, 200);
    assert!(
        shown.text().contains("Ja, wir richten das Treffen aus"),
        "{}",
        shown.text()
    );
    assert_eq!(
        said(&it, 1).await["state"],
        "asked",
        "looking changes nothing"
    );
    let token = page.strip_prefix("/hosting/").unwrap();
    for path in [
        format!("/swaps/{token}"),
        format!("/answers/{token}"),
        format!("/hosting/{token}a"),
    ] {
        assert_eq!(it.look(&path).await.status, 404);
    }
    assert_eq!(it.send(&page, &[("action", "x")]).await.status, 409);
    assert_eq!(it.send(&page, &[("action", "confirm")]).await.status, 303);
    let known = said(&it, 1).await;
    assert_eq!(
        (&known["state"], &known["way"]),
        (&json!("confirmed"), &json!("link"))
    );
    assert_eq!(
        known["person_id"],
        json!(it.five.cities[BIELEFELD].people[0].id)
    );
    assert!(it.look(&page).await.text().contains("hat bestätigt"));
    for moment in ["2026-04-28T09:00:00+02:00", "2026-05-12T09:00:00+02:00"] {
        assert_eq!(at(&it, moment).await.len(), 0, "{moment}");
    }
    let english = path_in(to(&mails, BIELEFELD_PEOPLE[1]), "hosting");
    assert!(it.look(&english).await.text().contains("lang=\"en\""));
}

#[actix_web::test]
async fn a_host_that_declines_asks_all_others_to_take_over() {
    let it = start(json!({})).await;
    let mails = at(&it, "2026-04-14T09:00:00+02:00").await;
    let page = path_in(to(&mails, BIELEFELD_PEOPLE[0]), "hosting");
    let unexplained = it
        .send(&page, &[("action", "decline"), ("reason", " ")])
        .await;
    assert_eq!(unexplained.status, 422);
    let sent = it
        .send(&page, &[("action", "decline"), ("reason", "Wahlsonntag")])
        .await;
    assert_eq!(sent.status, 303);
    let known = said(&it, 1).await;
    assert_eq!(
        (&known["state"], &known["reason"]),
        (&json!("declined"), &json!("Wahlsonntag"))
    );
    let requests = list(&it.five.get(&it.requests()).await);
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["state"], "open");
    assert_eq!(requests[0]["reason"], "Wahlsonntag");
    assert_eq!(requests[0]["answers"].as_array().unwrap().len(), 4);
    assert_eq!(requests[0]["asked_way"], "link");
    let mails = at(&it, "2026-04-14T09:05:00+02:00").await;
    assert_eq!(mails.len(), 8, "the delegates of the four others");
    // To confirm after all, the request is withdrawn first.
    assert_eq!(it.send(&page, &[("action", "confirm")]).await.status, 409);

    let herford = path_in(to(&mails, HERFORD_PEOPLE[0]), "swaps");
    let taken = it
        .send(&herford, &[("action", "accept"), ("meeting", "")])
        .await;
    assert_eq!(taken.status, 303);
    it.five.service.run().await;
    let known = said(&it, 1).await;
    assert_eq!(known["state"], "confirmed", "who takes over has said so");
    assert_eq!(
        it.look(&page).await.status,
        404,
        "it is not Bielefeld's question any more"
    );
    assert_eq!(at(&it, "2026-05-12T09:00:00+02:00").await.len(), 0);
}

#[actix_web::test]
async fn the_coordinators_are_warned_once_if_the_host_says_nothing() {
    let it = start(json!({})).await;
    assert_eq!(at(&it, "2026-04-14T09:00:00+02:00").await.len(), 3);
    assert_eq!(at(&it, "2026-04-28T08:59:59+02:00").await.len(), 0);
    let mails = at(&it, "2026-04-28T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), [OFFICE]);
    assert_eq!(
        mails[0].subject(),
        "Gastgeberin nicht bestätigt: Bielefeld am 09.06.2026"
    );
    assert_ne!(said(&it, 1).await["warned_at"], Value::Null);
    assert_eq!(at(&it, "2026-04-29T09:00:00+02:00").await.len(), 0);
    // Late is better than not at all.
    let path = format!("/meetings/{}/host/confirm", it.five.meeting(1).await);
    let done = it
        .five
        .service
        .post(it.token(BIELEFELD), &path, json!({}))
        .await
        .expect(200);
    assert_eq!(done["host_confirmation"]["state"], "confirmed");
    assert_eq!(done["host_confirmation"]["way"], "api");
}

#[actix_web::test]
async fn the_invitation_does_not_wait_two_weeks_for_the_host() {
    let it = start(json!({ "host_confirmation_days": 21 })).await;
    // 9 June: asked on 19 May; the invitation is due on 29 May, before the two weeks are over.
    assert_eq!(at(&it, "2026-05-19T09:00:00+02:00").await.len(), 3);
    assert_eq!(at(&it, "2026-05-28T17:00:00+02:00").await.len(), 0);
    assert_eq!(
        recipients(&at(&it, "2026-05-29T09:00:00+02:00").await),
        [OFFICE]
    );
}

#[actix_web::test]
async fn another_host_is_asked_anew() {
    let it = start(json!({})).await;
    let mails = at(&it, "2026-04-14T09:00:00+02:00").await;
    let page = path_in(to(&mails, BIELEFELD_PEOPLE[0]), "hosting");
    assert_eq!(it.send(&page, &[("action", "confirm")]).await.status, 303);
    let path = format!("/series/{}/rotation/overrides", it.five.series);
    let stand_in = json!({
        "meeting_id": it.five.meeting(1).await, "municipality_id": it.five.cities[DETMOLD].id,
        "reason": "Umbau",
    });
    it.five
        .service
        .post(&it.five.coordinator, &path, stand_in)
        .await
        .expect(201);
    assert_eq!(
        said(&it, 1).await,
        Value::Null,
        "Detmold has not said anything"
    );
    assert_eq!(it.look(&page).await.status, 404);
    assert_eq!(
        at(&it, "2026-04-14T09:09:00+02:00").await.len(),
        0,
        "it may change again"
    );
    let mails = at(&it, "2026-04-14T09:10:00+02:00").await;
    assert_eq!(
        recipients(&mails),
        ["ines@detmold.example", "jack@detmold.example"]
    );
    assert_eq!(said(&it, 1).await["state"], "asked");
}

#[actix_web::test]
async fn the_host_may_speak_without_being_asked_and_nobody_else() {
    let it = start(json!({})).await;
    let meeting = it.five.meeting(2).await;
    let service = &it.five.service;
    let reason = json!({ "reason": "Stadtfest" });
    for (what, body) in [("confirm", json!({})), ("decline", reason.clone())] {
        let path = format!("/meetings/{meeting}/host/{what}");
        assert_eq!(
            service
                .post(it.token(BIELEFELD), &path, body.clone())
                .await
                .status,
            403
        );
        assert_eq!(
            service
                .post(&it.five.reader, &path, body.clone())
                .await
                .status,
            403
        );
        let (_, stranger) = service.cooperation(&format!("Andere {what}")).await;
        assert_eq!(service.post(&stranger, &path, body).await.status, 404);
    }
    let path = format!("/meetings/{meeting}/host/decline");
    let empty = service.post(it.token(HERFORD), &path, json!({})).await;
    assert_eq!(empty.status, 422);
    let done = service
        .post(it.token(HERFORD), &path, reason)
        .await
        .expect(200);
    assert_eq!(done["host_confirmation"]["state"], "declined");
    let open = list(&it.five.get(&format!("{}?state=open", it.requests())).await);
    assert_eq!(text(&open[0]["municipality"]["name"]), "Herford");
    // An invited meeting has its host.
    let path = format!("/meetings/{}/host/confirm", it.five.meeting(0).await);
    let late = service.post(&it.five.coordinator, &path, json!({})).await;
    assert_eq!(late.rules(), ["state"]);
}

#[actix_web::test]
async fn nobody_is_asked_where_that_is_off_or_the_series_is_a_draft() {
    let it = start(json!({ "host_confirmation_days": null })).await;
    assert_eq!(at(&it, "2026-04-14T09:00:00+02:00").await.len(), 0);
    let path = format!("{}/series/{}", it.five.base, it.five.series);
    let wrong = json!({ "host_confirmation_days": 366 });
    let wrong = it
        .five
        .service
        .patch(&it.five.coordinator, &path, wrong)
        .await;
    assert_eq!(wrong.rules(), ["host_confirmation_days: range"]);
    let on = json!({ "host_confirmation_days": 56 });
    let on = it
        .five
        .service
        .patch(&it.five.coordinator, &path, on)
        .await
        .expect(200);
    assert_eq!(on["series"]["host_confirmation_days"], 56);
    it.five.service.clock.set(time("2026-04-14T17:30:00+02:00"));
    it.five.service.run().await;
    assert_eq!(said(&it, 1).await, Value::Null, "not in the evening");
    assert_eq!(at(&it, "2026-04-15T09:00:00+02:00").await.len(), 3);

    let mut series = a_series();
    series["host_confirmation_days"] = json!(56);
    let draft = Hosts::draft(series).await;
    draft
        .five
        .service
        .clock
        .set(time("2026-04-14T09:00:00+02:00"));
    assert_eq!(draft.five.service.mails().await.len(), 0);
    draft.five.service.clock.advance(TimeDelta::days(1));
    assert_eq!(draft.five.service.mails().await.len(), 0);
}
