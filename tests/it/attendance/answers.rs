//! Answers to invitations.
use diesel::prelude::*;
use reihum::db::Id;
use reihum::db::schema::answers;
use reihum::meetings::MeetingStatus;
use reihum::people::Person;
use serde_json::{Value, json};

use crate::gathering::Gathering;
use crate::statements::unchecked;

/// The answer of a person in the list of answers, as somebody with `token` sees it.
async fn shown(it: &Gathering, token: &str, person: &str) -> Value {
    let path = it.meeting(0, "/answers");
    let list = it.service.get(token, &path).await.expect(200);
    let rows = list["items"].as_array().unwrap();
    let row = rows.iter().find(|row| row["person_id"] == person);
    row.unwrap_or_else(|| panic!("{person} is not in {list}"))
        .clone()
}

#[actix_web::test]
async fn the_latest_answer_holds_and_the_table_keeps_all() {
    let it = Gathering::of(3).await;
    let person = it.towns[1].person.clone();
    let before = shown(&it, &it.reader, &person).await;
    assert_eq!(
        (&before["answer"], &before["way"]),
        (&json!("needs_action"), &Value::Null)
    );
    it.answers(1, "declined").await;
    // Both in the same moment: the later row holds.
    let after = it.answers(1, "accepted").await;
    assert_eq!(
        (&after["answer"], &after["way"]),
        (&json!("accepted"), &json!("api"))
    );
    assert_eq!(after["answered_at"], "2026-03-02T09:00:00Z");
    assert_eq!(after["stale"], false);
    it.service.clock.advance(chrono::TimeDelta::minutes(1));
    it.answers(1, "tentative").await;
    assert_eq!(shown(&it, &it.reader, &person).await["answer"], "tentative");
    let key: Id<Person> = person.parse().unwrap();
    let count = it.service.app.db.read(move |conn| {
        let rows = answers::table.filter(answers::person_id.eq(key)).count();
        Ok(unchecked(|| rows.get_result::<i64>(conn))?)
    });
    assert_eq!(count.await.unwrap(), 3);
}

#[actix_web::test]
async fn only_the_person_the_host_and_the_coordinator_answer() {
    let it = Gathering::of(3).await;
    let path = it.answer_path(0, &it.towns[1].person);
    let yes = json!({ "answer": "accepted" });
    it.service
        .put(&it.towns[2].token, &path, yes.clone())
        .await
        .expect(403);
    it.service
        .put(&it.reader, &path, yes.clone())
        .await
        .expect(403);
    it.service
        .put("rhm_nobody", &path, yes.clone())
        .await
        .expect(401);
    for token in [&it.towns[1].token, &it.towns[0].token, &it.coordinator] {
        it.service.put(token, &path, yes.clone()).await.expect(200);
    }
    for bad in ["needs_action", "delegated", "maybe"] {
        let answer = it
            .service
            .put(&it.coordinator, &path, json!({ "answer": bad }))
            .await;
        assert_eq!(answer.rules(), ["answer: type"], "{bad}");
    }
    let long = json!({ "answer": "accepted", "comment": "x".repeat(1001) });
    assert_eq!(
        it.service.put(&it.coordinator, &path, long).await.rules(),
        ["comment: length"]
    );
    let nobody = it.answer_path(0, &it.series);
    it.service
        .put(&it.coordinator, &nobody, yes)
        .await
        .expect(404);
}

#[actix_web::test]
async fn only_who_is_invited_answers_and_only_until_the_end() {
    let it = Gathering::of(3).await;
    let yes = json!({ "answer": "accepted" });
    let (guest, _) = it.person("Gast", "guest", None).await;
    let answer = it
        .service
        .put(&it.coordinator, &it.answer_path(0, &guest), yes.clone())
        .await;
    assert_eq!(answer.status.as_u16(), 409);
    assert_eq!(answer.rules(), ["not_invited"]);
    it.invite_also(0, &guest).await;
    let answer = it
        .service
        .put(&it.coordinator, &it.answer_path(0, &guest), yes.clone())
        .await;
    assert_eq!(answer.expect(200)["municipality_id"], Value::Null);

    let planned = it.answer_path(1, &it.towns[0].person);
    assert_eq!(
        it.service
            .put(&it.coordinator, &planned, yes.clone())
            .await
            .rules(),
        ["state"]
    );
    let path = it.answer_path(0, &guest);
    // The meeting ends at 12:30 in Berlin.
    it.service
        .clock
        .set("2026-03-10T11:29:59Z".parse().unwrap());
    it.service
        .put(&it.coordinator, &path, yes.clone())
        .await
        .expect(200);
    it.service
        .clock
        .set("2026-03-10T11:30:00Z".parse().unwrap());
    let over = it.service.put(&it.coordinator, &path, yes.clone()).await;
    assert_eq!(over.status.as_u16(), 409);
    assert_eq!(over.rules(), ["too_late"]);
    it.set_status(0, MeetingStatus::Cancelled).await;
    assert_eq!(
        it.service.put(&it.coordinator, &path, yes).await.rules(),
        ["state"]
    );
}

#[actix_web::test]
async fn comments_are_for_the_own_municipality_the_host_and_the_coordinator() {
    let it = Gathering::of(3).await;
    let (_, colleague) = it
        .person("Kollegium", "delegate", Some(&it.towns[1].id))
        .await;
    let person = &it.towns[1].person;
    let body = json!({ "answer": "declined", "comment": "  Ich bin im Urlaub. " });
    let answered = it
        .service
        .put(&it.towns[1].token, &it.answer_path(0, person), body)
        .await;
    assert_eq!(answered.expect(200)["comment"], "Ich bin im Urlaub.");
    for token in [
        &it.coordinator,
        &it.towns[0].token,
        &it.towns[1].token,
        &colleague,
    ] {
        assert_eq!(
            shown(&it, token, person).await["comment"],
            "Ich bin im Urlaub."
        );
    }
    for token in [&it.towns[2].token, &it.reader] {
        let row = shown(&it, token, person).await;
        assert_eq!(
            (&row["comment"], &row["answer"]),
            (&Value::Null, &json!("declined"))
        );
    }
}

#[actix_web::test]
async fn an_answer_for_an_earlier_time_is_shown_but_does_not_count() {
    let it = Gathering::of(3).await;
    it.answers(1, "accepted").await;
    assert_eq!(it.attendance().await["totals"]["accepted"], 1);
    it.move_in_time(0).await;
    let row = shown(&it, &it.reader, &it.towns[1].person).await;
    assert_eq!(
        (&row["answer"], &row["stale"]),
        (&json!("accepted"), &json!(true))
    );
    let moved = it.attendance().await;
    assert_eq!(
        (&moved["totals"]["accepted"], &moved["totals"]["answered"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(moved["municipalities"][1]["represented_by_answer"], false);
    assert_eq!(moved["municipalities"][1]["people"][0]["stale"], true);
    it.answers(1, "accepted").await;
    let again = it.attendance().await;
    assert_eq!(again["municipalities"][1]["represented_by_answer"], true);
    assert_eq!(again["totals"]["answered"], 1);
}
