//! Lead times: what may be set, what is left out, and inviting without anybody.
use serde_json::{Value, json};

use super::{Ahead, recipients, subjects};
use crate::builders::{FiveCities, GUETERSLOH, a_series, list, text};
use crate::invitations::{CARLA, DAISY};
use crate::mailbox::to;

#[actix_web::test]
async fn the_usual_lead_times_can_be_changed_and_switched_off() {
    let five = FiveCities::start().await;
    let path = format!("{}/series/{}", five.base, five.series);
    let usual = [
        ("save_the_date_days", json!(42)),
        ("call_for_topics_days", json!(28)),
        ("topic_deadline_days", json!(14)),
        ("invitation_days", json!(11)),
        ("invite_automatically", json!(false)),
        ("answer_days", json!(5)),
        ("reminder_days", json!(3)),
        ("last_reminder_days", json!(1)),
        ("minutes_due_days", json!(10)),
        ("attendance_closes_days", json!(14)),
    ];
    let seen = five.get(&path).await;
    for (field, value) in usual {
        assert_eq!(seen[field], value, "{field}");
    }
    let change = async |body: Value| {
        let sent = five.service.patch(&five.coordinator, &path, body);
        sent.await
    };
    let off = json!({ "topic_deadline_days": null, "reminder_days": null, "minutes_due_days": 20 });
    let series = change(off).await.expect(200)["series"].clone();
    assert_eq!(series["topic_deadline_days"], Value::Null);
    assert_eq!(series["minutes_due_days"], 20);
    assert_eq!(series["invitation_days"], 11, "what is left out stays");
    let deadlines = five.meetings().await[0]["deadlines"].clone();
    assert_eq!(deadlines["topics_until"], Value::Null);
    assert_eq!(deadlines["reminder_on"], Value::Null);

    for (body, rule) in [
        (
            json!({ "save_the_date_days": 27 }),
            "call_for_topics_days: together",
        ),
        (
            json!({ "invitation_days": 0 }),
            "last_reminder_days: together",
        ),
        (
            json!({ "save_the_date_days": 366 }),
            "save_the_date_days: range",
        ),
        (
            json!({ "last_reminder_days": -1 }),
            "last_reminder_days: range",
        ),
        (
            json!({ "attendance_closes_days": 61 }),
            "attendance_closes_days: range",
        ),
        (
            json!({ "minutes_due_days": "soon" }),
            "minutes_due_days: type",
        ),
    ] {
        assert_eq!(change(body).await.rules(), [rule]);
    }
    let mut series = a_series();
    series["invitation_days"] = json!(2);
    let made = five
        .service
        .post(&five.coordinator, &format!("{}/series", five.base), series)
        .await;
    assert_eq!(made.rules(), ["reminder_days: together"]);
}

#[actix_web::test]
async fn a_series_may_have_no_steps_at_all() {
    let it = Ahead::start().await;
    let all = [
        "save_the_date_days",
        "call_for_topics_days",
        "topic_deadline_days",
        "invitation_days",
        "reminder_days",
        "last_reminder_days",
        "minutes_due_days",
        "attendance_closes_days",
    ];
    let off = all.map(|field| (field.to_owned(), Value::Null));
    it.set(Value::Object(off.into_iter().collect())).await;
    for (step, state, _) in it.plan().await {
        assert_eq!(state, "off", "{step}");
    }
    it.invite().await;
    let mails = it.five.service.mails().await;
    // Without a deadline topics are welcome until the meeting.
    assert!(to(&mails, CARLA).text.contains("können Sie hier anmelden"));
    for moment in [
        "2026-04-28T09:00:00+02:00",
        "2026-05-12T09:00:00+02:00",
        "2026-05-27T09:00:00+02:00",
        "2026-06-05T09:00:00+02:00",
        "2026-06-08T09:00:00+02:00",
        "2026-06-23T09:00:00+02:00",
    ] {
        assert_eq!(it.at(moment).await.len(), 0, "{moment}");
    }
}

#[actix_web::test]
async fn the_service_invites_if_it_is_told_to() {
    let it = Ahead::start().await;
    let steps = json!({ "invite_automatically": true, "topic_deadline_days": null });
    it.set(steps).await;
    assert_eq!(it.at("2026-05-12T09:00:00+02:00").await.len(), 11, "topics");
    let mails = it.first_at("2026-05-29T09:00:00+02:00").await;
    assert_eq!(mails.len(), 11);
    let subject = "Einladung: 2. Treffen „5 für OWL“ am 09.06.2026 in Gütersloh";
    assert_eq!(to(&mails, CARLA).subject(), subject);
    assert_eq!(it.five.service.run().await, 0);
    assert_eq!(it.state("invitation_due").await, ("done".to_owned(), 11));
    let meeting = it.five.get(&format!("/meetings/{}", it.meeting)).await;
    assert_eq!(meeting["status"], "invited");
    let ledger = format!("/series/{}/rotation/ledger", it.five.series);
    let turns = list(&it.five.get(&ledger).await);
    let mut own = turns.iter().filter(|turn| turn["meeting_id"] == it.meeting);
    let assigned = own.any(|turn| turn["state"] == "assigned");
    assert!(assigned, "its host is fixed: {turns:?}");
}

#[actix_web::test]
async fn where_the_service_cannot_invite_it_says_why() {
    let it = Ahead::start().await;
    let steps = json!({ "invite_automatically": true, "topic_deadline_days": null });
    it.set(steps).await;
    let venue = &it.five.cities[GUETERSLOH].venue;
    let host = &it.five.cities[GUETERSLOH].id;
    let path = format!("{}/municipalities/{host}/venues/{venue}", it.five.base);
    let gone = it.five.service.delete(&it.five.coordinator, &path).await;
    assert!(gone.status.is_success(), "{}", gone.text());
    it.five.service.run().await;
    assert_eq!(it.at("2026-05-12T09:00:00+02:00").await.len(), 11, "topics");
    let mails = it.at("2026-05-29T09:00:00+02:00").await;
    assert_eq!(recipients(&mails), super::HOSTS);
    let text = mails[0].text.replace('\n', " ");
    assert!(
        text.contains("Das Treffen hat noch keinen Sitzungsort."),
        "{text}"
    );
    // Once it can, it does.
    let venue = json!({
        "name": "Rathaus", "street": "Berliner Straße 70", "postal_code": "33330", "locality": "Gütersloh",
    });
    it.five
        .make(&format!("/municipalities/{host}/venues"), venue)
        .await;
    let mails = it.at("2026-05-29T10:00:00+02:00").await;
    assert_eq!(mails.len(), 11, "{:?}", subjects(&mails));
}

#[actix_web::test]
async fn trying_out_shows_the_mails_in_each_language() {
    let it = Ahead::start().await;
    let path = format!("/meetings/{}/invite?dry_run=true", it.meeting);
    let tried = it.post(&path, json!({})).await;
    let mails = tried["mails"].as_array().unwrap();
    let seen: Vec<_> = mails
        .iter()
        .map(|mail| (text(&mail["language"]), text(&mail["subject"])))
        .collect();
    let (german, english) = (
        "Einladung: 2. Treffen „5 für OWL“ am 09.06.2026 in Gütersloh",
        "Invitation: 2nd meeting of “5 für OWL” on 9 Jun 2026 in Gütersloh",
    );
    let expected = [("de", german), ("en", english)];
    assert_eq!(seen, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let preview = text(&mails[1]["text"]);
    assert!(
        preview.contains("https://reihum.example/answers/…?answer=accepted"),
        "{preview}"
    );
    // What is then sent is what was shown, but for the links and the names.
    it.invite().await;
    let sent = it.five.service.mails().await;
    let daisy = to(&sent, DAISY);
    let shown = preview.replace('…', &daisy.token());
    let after_greeting = |text: &str| text.split_once("\n\n").unwrap().1.to_owned();
    assert_eq!(after_greeting(&daisy.text), after_greeting(&shown));
    let really = it.five.service.post(&it.five.coordinator, &path, json!({}));
    assert_eq!(really.await.rules(), ["state"]);
}
