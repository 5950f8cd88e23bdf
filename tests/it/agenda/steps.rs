//! The steps of agenda items: who may take them, and from which states.
use diesel::prelude::*;
use reihum::agenda::ItemState;
use reihum::agenda::rules::Transition;
use reihum::db::Id;
use reihum::db::schema::agenda_items;
use reihum::meetings::{Meeting, MeetingStatus};
use serde_json::{Value, json};

use crate::gathering::{Gathering, topic};

#[actix_web::test]
async fn who_proposes_may_rewrite_and_withdraw_until_it_is_accepted() {
    let it = Gathering::of(3).await;
    let (proposer, host, other) = (&it.towns[0].token, &it.towns[1].token, &it.towns[2].token);
    let item = it.propose(0, 1, "Thema").await;
    let one = format!("/agenda-items/{item}");
    let better = json!({ "title": "Besser", "description": "Text", "presenter": "Kim" });
    it.service
        .patch(other, &one, better.clone())
        .await
        .expect(403);
    it.service
        .patch(&it.reader, &one, better.clone())
        .await
        .expect(403);
    let changed = it.service.patch(proposer, &one, better).await.expect(200);
    assert_eq!(
        (&changed["title"], &changed["revision"]),
        (&json!("Besser"), &json!(2))
    );
    let emptied = it.service.patch(
        proposer,
        &one,
        json!({ "description": null, "presenter": null }),
    );
    let emptied = emptied.await.expect(200);
    assert_eq!(
        (&emptied["description"], &emptied["presenter"]),
        (&Value::Null, &Value::Null)
    );
    it.service
        .post(other, &format!("{one}/withdraw"), json!({}))
        .await
        .expect(403);
    it.service
        .post(proposer, &format!("{one}/accept"), json!({}))
        .await
        .expect(403);
    it.service
        .post(host, &format!("{one}/accept"), json!({}))
        .await
        .expect(200);

    let refused = it
        .service
        .patch(proposer, &one, json!({ "minutes": 5 }))
        .await;
    assert_eq!(refused.status.as_u16(), 409);
    assert_eq!(refused.rules(), ["state"]);
    assert!(
        refused.text().contains("the item is scheduled"),
        "{}",
        refused.text()
    );
    let refused = it
        .service
        .post(proposer, &format!("{one}/withdraw"), json!({}))
        .await;
    assert_eq!(refused.rules(), ["state"]);
    it.service
        .patch(host, &one, json!({ "minutes": 5 }))
        .await
        .expect(200);
    it.service
        .post(host, &format!("{one}/withdraw"), json!({}))
        .await
        .expect(200);

    let item = it.propose(0, 1, "Doch nicht").await;
    let withdraw = format!("/agenda-items/{item}/withdraw");
    let withdrawn = it
        .service
        .post(proposer, &withdraw, json!({}))
        .await
        .expect(200);
    assert_eq!(withdrawn["state"], "withdrawn");
}

#[actix_web::test]
async fn a_stale_change_is_refused() {
    use actix_web::test::TestRequest;
    let it = Gathering::of(2).await;
    let item = it.propose(0, 1, "Thema").await;
    let patch = |seen: &str| {
        TestRequest::patch()
            .uri(&format!("/api/v1/agenda-items/{item}"))
            .insert_header(crate::harness::bearer(&it.coordinator))
            .insert_header(("if-match", seen.to_owned()))
            .set_json(json!({ "minutes": 30 }))
    };
    let first = it
        .service
        .get(&it.coordinator, &format!("/agenda-items/{item}"))
        .await
        .etag();
    it.service.send(patch(&first)).await.expect(200);
    it.service.send(patch(&first)).await.expect(412);
}

#[actix_web::test]
async fn other_cooperations_see_and_change_nothing() {
    let it = Gathering::of(2).await;
    let item = it.scheduled(0, "Geheim").await;
    let one = format!("/agenda-items/{item}");
    let theirs = it.beside(2).await;
    let stranger = theirs.coordinator.clone();
    let backlog = format!("/cooperations/{}/series/{}/topics", it.slug, it.series);
    for path in [it.meeting(0, "/agenda"), one.clone(), backlog.clone()] {
        it.service.get(&stranger, &path).await.expect(404);
        it.service.get("rhm_nobody", &path).await.expect(401);
        // Whoever only reads sees no item that is not public.
        let expected = if path == one { 404 } else { 200 };
        it.service.get(&it.reader, &path).await.expect(expected);
    }
    let reason = json!({ "reason": "Nein." });
    let posts = [
        (backlog, topic("Fremd")),
        (it.meeting(0, "/agenda/items"), topic("Fremd")),
        (it.meeting(0, "/close"), json!({})),
        (format!("{one}/accept"), json!({})),
        (format!("{one}/reject"), reason),
        (
            format!("{one}/schedule"),
            json!({ "meeting_id": it.meetings[1] }),
        ),
        (format!("{one}/postpone"), json!({})),
        (format!("{one}/withdraw"), json!({})),
    ];
    for (path, body) in posts {
        it.service
            .post(&stranger, &path, body.clone())
            .await
            .expect(404);
        it.service
            .post(&it.reader, &path, body.clone())
            .await
            .expect(403);
        it.service.post("rhm_nobody", &path, body).await.expect(401);
    }
    let order = json!({ "item_ids": [item] });
    it.service
        .put(&stranger, &it.meeting(0, "/agenda"), order)
        .await
        .expect(404);
    it.service
        .patch(&stranger, &one, json!({}))
        .await
        .expect(404);
    // A meeting of the others is none that a topic can go to.
    let to = json!({ "meeting_id": theirs.meetings[1] });
    let answer = it.post(&format!("{one}/postpone"), to).await;
    assert_eq!(answer.rules(), ["meeting_id: exists"]);
}

/// Writes the state an item is in, as if it had come there by its steps.
async fn put_in_state(it: &Gathering, item: &str, state: ItemState, in_backlog: bool) {
    let item: Id<reihum::agenda::AgendaItem> = item.parse().unwrap();
    let write = move |tx: &mut reihum::Tx| {
        diesel::update(agenda_items::table.find(item))
            .set((
                agenda_items::state.eq(state),
                in_backlog.then(|| agenda_items::meeting_id.eq(None::<Id<Meeting>>)),
            ))
            .execute(&mut **tx)?;
        Ok(())
    };
    it.service.app.write(write).await.unwrap();
}

#[actix_web::test]
async fn every_step_is_possible_from_its_states_only() {
    use ItemState::{Accepted, Postponed, Proposed, Scheduled};
    let it = Gathering::of(2).await;
    let target = json!({ "meeting_id": it.meetings[1] });
    let steps = [
        (Transition::Accept, "/accept", json!({}), vec![Proposed]),
        (
            Transition::Reject,
            "/reject",
            json!({ "reason": "Nein." }),
            vec![Proposed, Accepted],
        ),
        (
            Transition::Schedule,
            "/schedule",
            target,
            vec![Accepted, Postponed],
        ),
        (
            Transition::Postpone,
            "/postpone",
            json!({}),
            vec![Scheduled],
        ),
        (
            Transition::Withdraw,
            "/withdraw",
            json!({}),
            vec![Proposed, Accepted, Scheduled, Postponed],
        ),
        (
            Transition::Change,
            "",
            json!({ "minutes": 7 }),
            vec![Proposed, Accepted, Scheduled, Postponed],
        ),
    ];
    for in_backlog in [true, false] {
        for state in ItemState::ALL.iter().copied() {
            for (step, path, body, from) in &steps {
                let item = it.propose(0, 0, "Zustand").await;
                put_in_state(&it, &item, state, in_backlog).await;
                let path = format!("/agenda-items/{item}{path}");
                let answer = match step {
                    Transition::Change => {
                        it.service.patch(&it.coordinator, &path, body.clone()).await
                    }
                    _ => it.post(&path, body.clone()).await,
                };
                let case = format!(
                    "{step:?} from {state}, backlog: {in_backlog}: {}",
                    answer.text()
                );
                if from.contains(&state) {
                    assert_eq!(answer.status.as_u16(), 200, "{case}");
                    let expected = state.after(*step, !in_backlog).unwrap().as_str();
                    assert_eq!(answer.json()["state"], expected, "{case}");
                } else {
                    assert_eq!(answer.status.as_u16(), 409, "{case}");
                    assert_eq!(answer.rules(), ["state"], "{case}");
                    assert!(
                        answer.text().contains(&format!("the item is {state}")),
                        "{case}"
                    );
                }
                // So that the meeting never has too many.
                put_in_state(&it, &item, ItemState::Withdrawn, true).await;
            }
        }
    }
}

#[actix_web::test]
async fn held_and_cancelled_meetings_keep_their_agenda() {
    let it = Gathering::of(2).await;
    let item = it.scheduled(0, "Fest").await;
    let waiting = it.scheduled(1, "Wartet").await;
    it.post(&format!("/agenda-items/{waiting}/postpone"), json!({}))
        .await
        .expect(200);
    for (status, rule) in [
        (MeetingStatus::Held, "meeting_held"),
        (MeetingStatus::Cancelled, "meeting_cancelled"),
    ] {
        it.set_status(0, status).await;
        let here = json!({ "meeting_id": it.meetings[0] });
        let posts = [
            (it.meeting(0, "/agenda/items"), topic("Zu spät")),
            (format!("/agenda-items/{item}/postpone"), json!({})),
            (format!("/agenda-items/{item}/withdraw"), json!({})),
            (format!("/agenda-items/{item}/accept"), json!({})),
            (format!("/agenda-items/{waiting}/schedule"), here),
        ];
        for (path, body) in posts {
            let answer = it.post(&path, body).await;
            assert_eq!(answer.rules(), [rule], "{path}");
        }
        let one = format!("/agenda-items/{item}");
        let answer = it
            .service
            .patch(&it.coordinator, &one, json!({ "minutes": 5 }))
            .await;
        assert_eq!(answer.rules(), [rule]);
        let order = json!({ "item_ids": [item] });
        let answer = it
            .service
            .put(&it.coordinator, &it.meeting(0, "/agenda"), order)
            .await;
        assert_eq!(answer.rules(), [rule]);
    }
}
