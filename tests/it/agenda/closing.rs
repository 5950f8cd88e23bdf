//! Closing meetings: outcomes, and what goes on in the next one.
use proptest::prelude::*;
use reihum::agenda::rules::{budget, entries, placed};
use reihum::db::Id;
use reihum::meetings::MeetingStatus;
use reihum::series::{AgendaItemKind, Placement, TemplateItem};
use serde_json::{Value, json};

use crate::gathering::{Gathering, text, topic};

fn outcome(item: &str, state: &str) -> Value {
    json!({ "item_id": item, "state": state })
}

async fn items(it: &Gathering, place: usize) -> Vec<String> {
    let agenda = it.get(&it.meeting(place, "/agenda")).await;
    let entries = agenda["entries"].as_array().unwrap().iter();
    entries
        .filter(|entry| !entry["item"].is_null())
        .map(|entry| text(&entry["title"]))
        .collect()
}

#[actix_web::test]
async fn closing_asks_for_exactly_one_outcome_each() {
    let it = Gathering::of(3).await;
    let (a, b) = (it.scheduled(0, "A").await, it.scheduled(0, "B").await);
    let foreign = it.scheduled(1, "Fremd").await;
    let path = it.meeting(0, "/close");
    let all = json!({ "outcomes": [outcome(&a, "discussed"), outcome(&b, "unfinished")] });
    assert_eq!(it.post(&path, all.clone()).await.rules(), ["too_early"]);
    it.go_past(0);
    it.service
        .post(&it.towns[1].token, &path, all.clone())
        .await
        .expect(403);
    let none = it.post(&path, json!({})).await;
    assert_eq!(none.rules(), ["outcomes: missing"]);
    assert!(
        none.text().contains(&a) && none.text().contains(&b),
        "{}",
        none.text()
    );
    let wrong = json!({ "outcomes": [
        outcome(&a, "decided"), outcome(&a, "discussed"), outcome(&foreign, "discussed"),
    ] });
    assert_eq!(
        it.post(&path, wrong).await.rules(),
        [
            "outcomes[0].result: required",
            "outcomes[1].item_id: unique",
            "outcomes[2].item_id: exists",
            "outcomes: missing",
        ]
    );
    let unknown = json!({ "outcomes": [outcome(&a, "forgotten")] });
    assert_eq!(
        it.post(&path, unknown).await.rules(),
        ["outcomes[0].state: type"]
    );

    // The host closes; the order of the answer is that of the agenda.
    let done = json!({ "outcomes": [
        outcome(&b, "unfinished"),
        { "item_id": a, "state": "decided", "result": "Wir machen es gemeinsam." },
    ] });
    let closed = it
        .service
        .post(&it.towns[0].token, &path, done.clone())
        .await
        .expect(200);
    assert_eq!(closed["meeting_id"], it.meetings[0].as_str());
    assert_eq!(closed["next_meeting_id"], it.meetings[1].as_str());
    let states: Vec<_> = closed["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| &o["state"])
        .collect();
    assert_eq!(states, ["decided", "unfinished"]);
    let first = it.get(&format!("/agenda-items/{a}")).await;
    assert_eq!(
        (&first["state"], &first["result"]),
        (&json!("decided"), &json!("Wir machen es gemeinsam."))
    );
    let second = it.get(&format!("/agenda-items/{b}")).await;
    assert_eq!(
        (&second["state"], &second["meeting_id"]),
        (&json!("postponed"), &json!(it.meetings[0]))
    );
    assert_eq!(closed["carried"][0]["carried_from_id"], b.as_str());
    assert_eq!(items(&it, 0).await, ["A", "B"]);
    assert_eq!(items(&it, 1).await, ["B", "Fremd"]);

    let again = it.post(&path, done).await;
    assert_eq!(again.status.as_u16(), 409);
    assert_eq!(again.rules(), ["state"]);
    assert_eq!(
        items(&it, 1).await,
        ["B", "Fremd"],
        "nothing is carried over twice"
    );
}

#[actix_web::test]
async fn a_closing_is_done_once_under_its_key() {
    use actix_web::test::TestRequest;
    let it = Gathering::of(2).await;
    let item = it.scheduled(0, "A").await;
    it.go_past(0);
    let close = || {
        TestRequest::post()
            .uri(&format!("/api/v1{}", it.meeting(0, "/close")))
            .insert_header(crate::harness::bearer(&it.coordinator))
            .insert_header(("idempotency-key", "closing-1"))
            .set_json(json!({ "outcomes": [outcome(&item, "unfinished")] }))
    };
    let first = it.service.send(close()).await.expect(200);
    let second = it.service.send(close()).await.expect(200);
    assert_eq!(first, second);
    assert_eq!(items(&it, 1).await, ["A"]);
}

#[actix_web::test]
async fn a_meeting_that_was_planned_only_can_be_closed_once_it_has_begun() {
    let it = Gathering::of(2).await;
    it.go_past(1);
    it.post(&it.meeting(1, "/close"), json!({}))
        .await
        .expect(200);
    it.set_status(0, MeetingStatus::Cancelled).await;
    let cancelled = it.post(&it.meeting(0, "/close"), json!({})).await;
    assert_eq!(cancelled.rules(), ["state"]);
}

#[actix_web::test]
async fn what_is_never_finished_goes_from_meeting_to_meeting_and_knows_where_it_comes_from() {
    let it = Gathering::of(4).await;
    let first = it.scheduled(0, "Dauerthema").await;
    let other = it.scheduled(0, "Zweites Dauerthema").await;
    it.scheduled(1, "Neues").await;
    it.go_past(0);
    // Unfinished ones keep their order, not the order of the outcomes.
    let outcomes =
        json!({ "outcomes": [outcome(&other, "unfinished"), outcome(&first, "unfinished")] });
    let closed = it
        .post(&it.meeting(0, "/close"), outcomes)
        .await
        .expect(200);
    let second = text(&closed["carried"][0]["id"]);
    let other = text(&closed["carried"][1]["id"]);
    assert_eq!(closed["carried"][0]["state"], "scheduled");
    assert_eq!(closed["carried"][0]["carried_count"], 1);
    assert_eq!(
        items(&it, 1).await,
        ["Dauerthema", "Zweites Dauerthema", "Neues"]
    );
    let agenda = it.get(&it.meeting(1, "/agenda")).await;
    assert_eq!(agenda["entries"][2]["carried_count"], 1);

    it.go_past(1);
    let neues = text(&agenda["entries"][4]["item"]["id"]);
    let outcomes = json!({ "outcomes": [
        outcome(&second, "unfinished"), outcome(&other, "discussed"), outcome(&neues, "discussed"),
    ] });
    // The third meeting does not take place, so it goes on in the fourth.
    it.set_status(2, MeetingStatus::Cancelled).await;
    let closed = it
        .post(&it.meeting(1, "/close"), outcomes)
        .await
        .expect(200);
    assert_eq!(closed["next_meeting_id"], it.meetings[3].as_str());
    let third = text(&closed["carried"][0]["id"]);
    assert_eq!(items(&it, 3).await, ["Dauerthema"]);

    // After the last meeting it waits in the backlog.
    it.go_past(3);
    let outcomes = json!({ "outcomes": [outcome(&third, "unfinished")] });
    let closed = it
        .post(&it.meeting(3, "/close"), outcomes)
        .await
        .expect(200);
    assert_eq!(closed["next_meeting_id"], Value::Null);
    let fourth = &closed["carried"][0];
    assert_eq!(
        (&fourth["state"], &fourth["meeting_id"]),
        (&json!("accepted"), &Value::Null)
    );
    assert_eq!(fourth["carried_count"], 3);
    let shown = it
        .get(&format!("/agenda-items/{}", text(&fourth["id"])))
        .await;
    let origin = |id: &str, place: usize, date: &str| json!({ "id": id, "meeting_id": it.meetings[place], "number": place + 1, "date": date });
    assert_eq!(
        shown["carried_from"],
        json!([
            origin(&third, 3, "2026-09-08"),
            origin(&second, 1, "2026-05-12"),
            origin(&first, 0, "2026-03-10"),
        ])
    );
    let backlog = format!("/cooperations/{}/series/{}/topics", it.slug, it.series);
    assert_eq!(it.get(&backlog).await["items"][0]["id"], fourth["id"]);
}

#[actix_web::test]
async fn proposals_nobody_decided_about_go_on_as_proposals() {
    let it = Gathering::of(2).await;
    let item = it.propose(1, 0, "Offen").await;
    assert_eq!(it.get(&format!("/agenda-items/{item}")).await["late"], true);
    it.go_past(0);
    let closed = it
        .post(&it.meeting(0, "/close"), json!({}))
        .await
        .expect(200);
    assert_eq!(closed["carried"], json!([]));
    let moved = it.get(&format!("/agenda-items/{item}")).await;
    assert_eq!(
        (&moved["state"], &moved["late"]),
        (&json!("proposed"), &json!(false))
    );
    assert_eq!(moved["meeting_id"], it.meetings[1].as_str());
    it.post(&format!("/agenda-items/{item}/accept"), json!({}))
        .await
        .expect(200);
}

#[actix_web::test]
async fn the_agenda_of_a_closed_meeting_stays_as_it_was_shown() {
    let it = Gathering::of(3).await;
    let item = it.scheduled(0, "A").await;
    it.go_past(0);
    let outcomes = json!({ "outcomes": [outcome(&item, "discussed")] });
    let before = it.get(&it.meeting(0, "/agenda")).await;
    it.post(&it.meeting(0, "/close"), outcomes)
        .await
        .expect(200);
    it.set_status(1, MeetingStatus::Cancelled).await;
    let after = it.get(&it.meeting(0, "/agenda")).await;
    let titles = |agenda: &Value| -> Vec<String> {
        let entries = agenda["entries"].as_array().unwrap();
        entries.iter().map(|entry| text(&entry["title"])).collect()
    };
    assert_eq!(titles(&after), titles(&before));
    assert!(titles(&after)[4].contains("12. Mai 2026"), "{after}");
    assert_eq!(after["entries"][2]["item"]["state"], "discussed");
    assert_eq!(after["budget"], before["budget"]);
}

fn template() -> impl Strategy<Value = Vec<TemplateItem>> {
    let item = (0..=1440_i32, any::<bool>()).prop_map(|(minutes, opens)| TemplateItem {
        title: "Vorlage".to_owned(),
        minutes,
        kind: AgendaItemKind::Information,
        placement: if opens {
            Placement::Opening
        } else {
            Placement::Closing
        },
        next_meeting: false,
    });
    prop::collection::vec(item, 0..20)
}

proptest! {
    #[test]
    fn an_agenda_is_numbered_and_sums_up(template in template(), available in 5..1440_i32) {
        let entries = entries(template.clone(), Vec::new());
        let numbers: Vec<_> = entries.iter().map(|entry| entry.number).collect();
        let expected: Vec<_> = (1..=i32::try_from(template.len()).unwrap()).collect();
        prop_assert_eq!(numbers, expected);
        let sum: i32 = template.iter().map(|item| item.minutes).sum();
        let budget = budget(&entries, available);
        prop_assert_eq!(budget.planned_minutes, sum);
        prop_assert_eq!(budget.over_minutes, if sum > available { sum - available } else { 0 });
        // What opens comes first, each part in the order of the template.
        let part = |placement| template.iter().filter(move |item| item.placement == placement);
        let in_order: Vec<_> = part(Placement::Opening)
            .chain(part(Placement::Closing))
            .map(|item| item.minutes)
            .collect();
        let minutes: Vec<_> = entries.iter().map(|entry| entry.minutes).collect();
        prop_assert_eq!(minutes, in_order);
    }

    #[test]
    fn late_items_stay_behind_those_in_time(lateness in prop::collection::vec(any::<bool>(), 0..30)) {
        let mut order: Vec<(Id<reihum::agenda::AgendaItem>, bool)> = Vec::new();
        for (number, late) in (1_u128..).zip(&lateness) {
            let item = Id::from(uuid::Uuid::from_u128(number));
            let keys = placed(&order, item, *late);
            let known: std::collections::HashMap<_, _> = order.iter().copied().chain([(item, *late)]).collect();
            prop_assert_eq!(keys.len(), order.len() + 1);
            order = keys.into_iter().map(|key| (key, known[&key])).collect();
        }
        // The oracle: those in time in their order, then the late ones in theirs.
        let mut expected: Vec<_> = order.clone();
        expected.sort();
        expected.sort_by_key(|(_, late)| *late);
        prop_assert_eq!(order, expected);
    }
}

#[actix_web::test]
async fn budget_and_order_over_http_follow_every_step() {
    let it = Gathering::with(2, false).await;
    let path = it.meeting(1, "/agenda/items");
    let mut expected = 30;
    for (number, minutes) in [5, 480, 1, 77].into_iter().enumerate() {
        let mut new = topic(&format!("T{number}"));
        new["minutes"] = json!(minutes);
        it.post(&path, new).await.expect(201);
        expected += minutes;
        let agenda = it.get(&it.meeting(1, "/agenda")).await;
        assert_eq!(agenda["budget"]["planned_minutes"], expected);
        let sum: i64 = agenda["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["minutes"].as_i64().unwrap())
            .sum();
        assert_eq!(sum, i64::from(expected));
    }
    assert_eq!(items(&it, 1).await, ["T0", "T1", "T2", "T3"]);
}
