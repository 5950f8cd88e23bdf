//! Topics and agendas.
mod closing;
mod confidential;
mod steps;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use reihum::db::Id;
use reihum::db::schema::meetings;
use reihum::meetings::{Meeting, MeetingStatus};
use serde_json::{Value, json};

use crate::gathering::{Gathering, text, topic};
use crate::statements::unchecked;

/// The entries of an agenda as "number title".
fn titles(agenda: &Value) -> Vec<String> {
    let entries = agenda["entries"].as_array().unwrap();
    let named = entries
        .iter()
        .map(|entry| format!("{} {}", entry["number"], entry["title"].as_str().unwrap()));
    named.collect()
}

/// What stands between the template's items.
fn items(agenda: &Value) -> Vec<String> {
    let entries = agenda["entries"].as_array().unwrap().iter();
    entries
        .filter(|entry| !entry["item"].is_null())
        .map(|entry| text(&entry["title"]))
        .collect()
}

async fn agenda(it: &Gathering, place: usize) -> Value {
    it.get(&it.meeting(place, "/agenda")).await
}

#[actix_web::test]
async fn a_topic_is_proposed_accepted_and_stands_between_the_template() {
    let it = Gathering::of(3).await;
    let path = it.meeting(1, "/agenda/items");
    let new = json!({
        "title": " Online-Terminvergabe ", "kind": "decision", "minutes": 45, "presenter": "Kim Muster",
        "description": "# Warum\n\nWeil **drei** Städte fragen.", "links": ["https://stadt.example/vorlage?a=1"],
        "public": true,
    });
    let made = it.service.post(&it.towns[0].token, &path, new).await;
    let location = text(&json!(
        made.headers.get("location").unwrap().to_str().unwrap()
    ));
    let made = made.expect(201);
    assert_eq!(made["state"], "proposed");
    assert_eq!(made["title"], "Online-Terminvergabe");
    assert_eq!(made["proposed_by_id"], it.towns[0].person.as_str());
    assert_eq!(made["late"], false);
    assert_eq!(
        location,
        format!("/api/v1/agenda-items/{}", text(&made["id"]))
    );

    let before = agenda(&it, 1).await;
    assert_eq!(items(&before), Vec::<String>::new());
    assert_eq!(before["proposed"][0]["id"], made["id"]);
    let budget = json!({ "planned_minutes": 30, "available_minutes": 150, "over_minutes": 0 });
    assert_eq!(before["budget"], budget);

    let one = format!("/agenda-items/{}", text(&made["id"]));
    let accepted = it
        .post(&format!("{one}/accept"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        (&accepted["state"], &accepted["position"]),
        (&json!("scheduled"), &json!(1))
    );
    let after = agenda(&it, 1).await;
    assert_eq!(
        titles(&after),
        [
            "1 Begrüßung",
            "2 Protokoll",
            "3 Online-Terminvergabe",
            "4 Verschiedenes",
            "5 Nächster Termin: Dienstag, 14. Juli 2026, Gastgeberin Musterstadt 03",
        ]
    );
    assert_eq!(after["entries"][2]["presenter"], "Kim Muster");
    assert_eq!(after["proposed"], json!([]));
    assert_eq!(after["budget"]["planned_minutes"], 75);
    let shown = it.service.get(&it.reader, &one).await.expect(200);
    assert_eq!(
        shown["description"],
        "# Warum\n\nWeil **drei** Städte fragen."
    );
    assert_eq!(shown["carried_from"], json!([]));
}

#[actix_web::test]
async fn the_next_meeting_is_named_in_the_language_of_the_cooperation_as_far_as_it_is_known() {
    let it = Gathering::of(3).await;
    let path = format!("/cooperations/{}", it.slug);
    let english = it
        .service
        .patch(&it.coordinator, &path, json!({ "language": "en" }));
    english.await.expect(200);
    let last = |agenda: Value| text(&agenda["entries"][3]["title"]);
    assert_eq!(
        last(agenda(&it, 0).await),
        "Nächster Termin: Tuesday, 12 May 2026, hosted by Musterstadt 02"
    );
    let meeting: Id<Meeting> = it.meetings[3].parse().unwrap();
    let nobody_hosts = move |tx: &mut reihum::Tx| {
        diesel::update(meetings::table.find(meeting))
            .set(meetings::host_id.eq(None::<Id<reihum::municipalities::Municipality>>))
            .execute(&mut **tx)?;
        Ok(())
    };
    it.service.app.write(nobody_hosts).await.unwrap();
    let open = last(agenda(&it, 2).await);
    assert_eq!(open, "Nächster Termin: Tuesday, 8 September 2026");
    assert_eq!(last(agenda(&it, 3).await), "Nächster Termin");
    it.set_status(1, MeetingStatus::Cancelled).await;
    let skipped = last(agenda(&it, 0).await);
    assert!(skipped.contains("14 July 2026"), "{skipped}");
}

#[actix_web::test]
async fn topics_wait_in_the_backlog_until_they_are_scheduled() {
    let it = Gathering::of(3).await;
    let backlog = format!("/cooperations/{}/series/{}/topics", it.slug, it.series);
    let mut made = Vec::new();
    for title in ["Erstes", "Zweites", "Drittes"] {
        let answer = it
            .service
            .post(&it.towns[2].token, &backlog, topic(title))
            .await;
        made.push(text(&answer.expect(201)["id"]));
    }
    let first = format!("/agenda-items/{}", made[0]);
    let accept = format!("{first}/accept");
    let by_host = it.service.post(&it.towns[1].token, &accept, json!({}));
    by_host.await.expect(403);
    it.post(&format!("{first}/accept"), json!({}))
        .await
        .expect(200);
    let accepted = it.get(&format!("{backlog}?state=accepted")).await;
    assert_eq!(accepted["items"].as_array().unwrap().len(), 1);
    let page = it.get(&format!("{backlog}?limit=2")).await;
    assert_eq!(
        (&page["items"][0]["id"], &page["items"][1]["id"]),
        (&json!(made[0]), &json!(made[1]))
    );
    let rest = format!("{backlog}?limit=2&cursor={}", text(&page["next"]));
    let rest = it.get(&rest).await;
    assert_eq!(
        (&rest["items"][0]["id"], &rest["next"]),
        (&json!(made[2]), &Value::Null)
    );
    it.service
        .get(&it.coordinator, &format!("{backlog}?state=open"))
        .await
        .expect(422);

    // The host of the second meeting takes it; the one of the third may not.
    let schedule = format!("{first}/schedule");
    let second = json!({ "meeting_id": it.meetings[1] });
    it.service
        .post(&it.towns[2].token, &schedule, second.clone())
        .await
        .expect(403);
    let scheduled = it
        .service
        .post(&it.towns[1].token, &schedule, second)
        .await
        .expect(200);
    assert_eq!(scheduled["state"], "scheduled");
    assert_eq!(items(&agenda(&it, 1).await), ["Erstes"]);
    let left = it.get(&backlog).await;
    assert_eq!(left["items"].as_array().unwrap().len(), 2);

    let postpone = format!("{first}/postpone");
    let same = it
        .post(&postpone, json!({ "meeting_id": it.meetings[1] }))
        .await;
    assert_eq!(same.rules(), ["meeting_id: other"]);
    let later = it
        .post(&postpone, json!({ "meeting_id": it.meetings[2] }))
        .await
        .expect(200);
    assert_eq!(
        (&later["state"], &later["meeting_id"]),
        (&json!("scheduled"), &json!(it.meetings[2]))
    );
    let back = it.post(&postpone, json!({})).await.expect(200);
    assert_eq!(
        (&back["state"], &back["meeting_id"]),
        (&json!("postponed"), &Value::Null)
    );
    let unknown = json!({ "meeting_id": it.series });
    let unknown = it.post(&schedule, unknown).await;
    assert_eq!(unknown.rules(), ["meeting_id: exists"]);
    let reject = format!("/agenda-items/{}/reject", made[1]);
    let blank = it.post(&reject, json!({ "reason": "  " })).await;
    assert_eq!(blank.rules(), ["reason: some_text"]);
    let rejected = it
        .post(&reject, json!({ "reason": "Schon gelöst." }))
        .await
        .expect(200);
    assert_eq!(
        (&rejected["state"], &rejected["state_reason"]),
        (&json!("rejected"), &json!("Schon gelöst."))
    );
}

#[actix_web::test]
async fn without_acceptance_topics_are_on_the_agenda_at_once() {
    let it = Gathering::with(3, false).await;
    it.propose(0, 1, "Sofort").await;
    assert_eq!(items(&agenda(&it, 1).await), ["Sofort"]);
    let backlog = format!("/cooperations/{}/series/{}/topics", it.slug, it.series);
    let made = it
        .service
        .post(&it.towns[0].token, &backlog, topic("Später"))
        .await;
    assert_eq!(made.expect(201)["state"], "accepted");
}

#[actix_web::test]
async fn what_comes_after_the_deadline_is_late_and_goes_to_the_end() {
    let it = Gathering::of(3).await;
    let early = it.scheduled(1, "Früh").await;
    let in_time = it.propose(0, 1, "Rechtzeitig").await;
    // Fourteen days before 12 May is 28 April; its last minute in Berlin is 21:59 UTC.
    it.service.clock.set(moment("2026-04-28T21:59:59Z"));
    let last_minute = it.propose(0, 1, "Letzte Minute").await;
    it.service.clock.set(moment("2026-04-28T22:00:00Z"));
    let late = it.propose(0, 1, "Verspätet").await;
    let shown = |id: &str| format!("/agenda-items/{id}");
    assert_eq!(it.get(&shown(&last_minute)).await["late"], false);
    assert_eq!(it.get(&shown(&late)).await["late"], true);
    for item in [&late, &in_time, &last_minute] {
        it.post(&format!("/agenda-items/{item}/accept"), json!({}))
            .await
            .expect(200);
    }
    let now = agenda(&it, 1).await;
    assert_eq!(
        items(&now),
        ["Früh", "Rechtzeitig", "Letzte Minute", "Verspätet"]
    );
    assert_eq!(now["entries"][5]["late"], true);
    // The host may still put it first, and it is not late for another meeting.
    let order = json!({ "item_ids": [late, early, in_time, last_minute] });
    let path = it.meeting(1, "/agenda");
    let arranged = it
        .service
        .put(&it.towns[1].token, &path, order)
        .await
        .expect(200);
    assert_eq!(items(&arranged)[0], "Verspätet");
    let to = json!({ "meeting_id": it.meetings[2] });
    let moved = it
        .post(&format!("/agenda-items/{late}/postpone"), to)
        .await
        .expect(200);
    assert_eq!(moved["late"], false);
    assert_eq!(
        it.get(&shown(&early)).await["position"],
        1,
        "the gap is closed"
    );
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[actix_web::test]
async fn an_order_names_exactly_the_scheduled_items() {
    let it = Gathering::of(2).await;
    let (a, b) = (it.scheduled(1, "A").await, it.scheduled(1, "B").await);
    let proposed = it.propose(0, 1, "C").await;
    let path = it.meeting(1, "/agenda");
    for wrong in [
        json!([a]),
        json!([a, a]),
        json!([a, b, proposed]),
        json!([a, b, b]),
        json!([]),
    ] {
        let order = json!({ "item_ids": wrong });
        let answer = it.service.put(&it.coordinator, &path, order).await;
        assert_eq!(answer.status.as_u16(), 422);
        assert_eq!(answer.rules(), ["item_ids: exactly"]);
    }
    assert_eq!(items(&agenda(&it, 1).await), ["A", "B"]);
    let order = json!({ "item_ids": [b, a] });
    let arranged = it.service.put(&it.coordinator, &path, order.clone()).await;
    assert_eq!(items(&arranged.expect(200)), ["B", "A"]);
    assert_eq!(items(&agenda(&it, 1).await), ["B", "A"]);
    it.service
        .put(&it.towns[0].token, &path, order)
        .await
        .expect(403);
}

#[actix_web::test]
async fn what_is_over_time_is_said() {
    let it = Gathering::of(2).await;
    let path = it.meeting(1, "/agenda/items");
    let mut long = topic("Lang");
    long["minutes"] = json!(140);
    let made = it.post(&path, long).await.expect(201);
    it.post(
        &format!("/agenda-items/{}/accept", text(&made["id"])),
        json!({}),
    )
    .await
    .expect(200);
    let budget = json!({ "planned_minutes": 170, "available_minutes": 150, "over_minutes": 20 });
    assert_eq!(agenda(&it, 1).await["budget"], budget);
}

#[actix_web::test]
async fn bad_topics_are_refused_field_by_field() {
    let it = Gathering::of(2).await;
    let path = it.meeting(1, "/agenda/items");
    let new = json!({
        "title": "Zwei\nZeilen", "kind": "discussion", "minutes": 0, "description": "x".repeat(20_001),
        "presenter": "", "links": ["javascript:alert(1)"],
    });
    let answer = it.post(&path, new).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert_eq!(
        answer.rules(),
        [
            "description: length",
            "links: links",
            "minutes: range",
            "presenter: length",
            "presenter: one_line",
            "title: one_line",
        ]
    );
    let links = |links: Value| {
        let mut new = topic("Links");
        new["links"] = links;
        new
    };
    for wrong in [
        "https://stadt.example@fremde.example/",
        "https://kim:geheim@stadt.example/",
        "https://stadt.example/\r\nX: 1",
        "https://stadt.example/\"onclick",
        "https://stadt.example/a b",
    ] {
        let refused = it.post(&path, links(json!([wrong]))).await;
        assert_eq!(refused.rules(), ["links: links"], "{wrong}");
    }
    let many = it
        .post(&path, links(json!(vec!["https://stadt.example"; 21])))
        .await;
    assert_eq!(many.rules(), ["links: length"]);
    let long = format!("https://stadt.example/{}", "x".repeat(2000));
    for bad in [
        "",
        "stadt.example",
        "https://",
        "file:///etc/passwd",
        "data:text/html,x",
        &long,
    ] {
        let answer = it.post(&path, links(json!([bad]))).await;
        assert_eq!(answer.rules(), ["links: links"], "{bad}");
    }
    let item = it.propose(0, 1, "Gut").await;
    let one = format!("/agenda-items/{item}");
    let patch = json!({ "presenter": "A\nB", "links": ["ftp://stadt.example"], "minutes": 481 });
    let answer = it.service.patch(&it.coordinator, &one, patch).await;
    assert_eq!(
        answer.rules(),
        ["links: links", "minutes: range", "presenter: one_line"]
    );
    let answer = it
        .service
        .patch(&it.coordinator, &one, json!({ "state": "decided" }))
        .await;
    assert_eq!(answer.rules(), ["state: unknown_field"]);
}

#[actix_web::test]
async fn a_meeting_has_room_for_a_hundred_items() {
    let it = Gathering::of(2).await;
    let path = it.meeting(1, "/agenda/items");
    for number in 0..100 {
        it.post(&path, topic(&format!("Thema {number}")))
            .await
            .expect(201);
    }
    assert_eq!(
        it.post(&path, topic("Thema 101")).await.rules(),
        ["too_many"]
    );
}

#[actix_web::test]
async fn calendars_learn_that_the_agenda_changed() {
    let it = Gathering::of(2).await;
    let meeting: Id<Meeting> = it.meetings[1].parse().unwrap();
    let seen = || {
        it.service.app.db.read(move |conn| {
            let row = meetings::table.find(meeting).select(Meeting::as_select());
            let row: Meeting = unchecked(|| row.first(conn))?;
            Ok((*row.changed_at, row.sequence, row.revision))
        })
    };
    let before = seen().await.unwrap();
    it.service.clock.advance(chrono::TimeDelta::minutes(5));
    let item = it.propose(0, 1, "Neu").await;
    assert_eq!(
        seen().await.unwrap(),
        before,
        "a proposal is not on the agenda"
    );
    it.post(&format!("/agenda-items/{item}/accept"), json!({}))
        .await
        .expect(200);
    let after = seen().await.unwrap();
    assert!(after.0 > before.0);
    assert_eq!(
        (after.1, after.2),
        (before.1, before.2),
        "nobody has to be told"
    );
    it.service.clock.advance(chrono::TimeDelta::minutes(5));
    it.post(&format!("/agenda-items/{item}/withdraw"), json!({}))
        .await
        .expect(200);
    assert!(seen().await.unwrap().0 > after.0);
}
