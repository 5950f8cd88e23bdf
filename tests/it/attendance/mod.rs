//! Attendance, quorum and the list for spreadsheets.
mod answers;

use proptest::prelude::*;
use reihum::attendance::{needed, quorum};
use reihum::http::csv::escape_formula;
use reihum::meetings::MeetingStatus;
use serde_json::{Value, json};

use crate::gathering::{Gathering, text};

impl Gathering {
    fn answer_path(&self, place: usize, person: &str) -> String {
        self.meeting(place, &format!("/answers/{person}"))
    }

    fn presence_path(&self, place: usize, person: &str) -> String {
        self.meeting(place, &format!("/attendance/{person}"))
    }

    /// The delegate of a town answers for the first meeting.
    async fn answers(&self, town: usize, answer: &str) -> Value {
        let path = self.answer_path(0, &self.towns[town].person);
        let body = json!({ "answer": answer });
        let answered = self.service.put(&self.towns[town].token, &path, body).await;
        answered.expect(200)
    }

    /// The coordinator records the presence of somebody in the first meeting.
    async fn marks(&self, person: &str, presence: &str) -> Value {
        let path = self.presence_path(0, person);
        let body = json!({ "presence": presence });
        let marked = self.service.put(&self.coordinator, &path, body).await;
        marked.expect(200)
    }

    async fn attendance(&self) -> Value {
        self.get(&self.meeting(0, "/attendance")).await
    }
}

#[actix_web::test]
async fn attendance_counts_by_municipality() {
    let it = Gathering::of(5).await;
    let (deputy, _) = it
        .person("Stellvertretung", "deputy", Some(&it.towns[3].id))
        .await;
    let (guest, _) = it.person("Gast", "guest", None).await;
    it.invite_also(0, &guest).await;
    for (town, answer) in [
        (0, "accepted"),
        (1, "accepted"),
        (2, "tentative"),
        (3, "declined"),
    ] {
        it.answers(town, answer).await;
    }
    let promised = it.attendance().await;
    let quorum = json!({
        "needed": 3, "municipalities": 5, "represented_by_answers": 2, "represented": 0,
        "by_answers": false, "by_presence": false,
    });
    assert_eq!(promised["quorum"], quorum);

    it.go_past(0);
    it.marks(&it.towns[0].person, "on_site").await;
    it.marks(&it.towns[1].person, "absent").await;
    it.marks(&it.towns[2].person, "remote").await;
    it.marks(&it.towns[3].person, "excused").await;
    // Nobody had invited the deputy.
    it.marks(&deputy, "on_site").await;
    it.marks(&guest, "on_site").await;
    let new = json!({ "name": "Robin Beispiel", "organisation": "Kreis", "presence": "remote" });
    it.post(&it.meeting(0, "/attendance/guests"), new)
        .await
        .expect(201);

    let seen = it.attendance().await;
    let of = |field: &str| -> Vec<Value> {
        let rows = seen["municipalities"].as_array().unwrap();
        rows.iter().map(|row| row[field].clone()).collect()
    };
    assert_eq!(
        json!(of("represented")),
        json!([true, false, true, true, false])
    );
    assert_eq!(
        json!(of("represented_by_answer")),
        json!([true, true, false, false, false])
    );
    assert_eq!(json!(of("invited")), json!([1, 1, 1, 1, 1]));
    assert_eq!(json!(of("answered")), json!([1, 1, 1, 1, 0]));
    assert_eq!(
        seen["municipalities"][3]["people"][0]["name"],
        "Kim Stellvertretung"
    );
    assert_eq!(seen["municipalities"][3]["people"][0]["invited"], false);
    assert_eq!(seen["others"][0]["name"], "Kim Gast");
    assert_eq!(seen["guests"][0]["organisation"], "Kreis");
    let totals = json!({
        "invited": 6, "answered": 4, "accepted": 2, "tentative": 1, "declined": 1, "delegated": 0,
        "on_site": 3, "remote": 2, "excused": 1, "absent": 1,
    });
    assert_eq!(seen["totals"], totals);
    assert_eq!(
        (
            &seen["quorum"]["represented"],
            &seen["quorum"]["by_presence"]
        ),
        (&json!(3), &json!(true))
    );

    // The cooperation can set its own quorum.
    let own = json!({ "quorum": 4 });
    let path = format!("/cooperations/{}", it.slug);
    it.service
        .patch(&it.coordinator, &path, own)
        .await
        .expect(200);
    let strict = it.attendance().await["quorum"].clone();
    assert_eq!(
        (&strict["needed"], &strict["by_presence"]),
        (&json!(4), &json!(false))
    );
}

#[actix_web::test]
async fn whom_somebody_spoke_for_is_kept_and_only_members_on_the_day_count() {
    let it = Gathering::of(4).await;
    it.go_past(0);
    it.marks(&it.towns[1].person, "on_site").await;
    let person = format!("/cooperations/{}/people/{}", it.slug, it.towns[1].person);
    let moves = json!({ "municipality_id": it.towns[2].id, "from": "2026-01-01" });
    it.service
        .patch(&it.coordinator, &person, moves)
        .await
        .expect(200);
    let seen = it.attendance().await;
    assert_eq!(seen["municipalities"][1]["represented"], true);
    assert_eq!(seen["municipalities"][2]["represented"], false);

    // One leaves before the day: its delegate is there, but represents no member.
    it.marks(&it.towns[3].person, "on_site").await;
    let town = format!(
        "/cooperations/{}/municipalities/{}",
        it.slug, it.towns[3].id
    );
    it.service
        .patch(&it.coordinator, &town, json!({ "left_on": "2026-03-10" }))
        .await
        .expect(200);
    let seen = it.attendance().await;
    assert_eq!(seen["quorum"]["municipalities"], 3);
    assert_eq!(seen["others"][0]["person_id"], it.towns[3].person.as_str());
    // Who was taken out of the cooperation was there nevertheless.
    it.service
        .delete(&it.coordinator, &person)
        .await
        .expect(204);
    assert_eq!(
        it.attendance().await["municipalities"][1]["people"][0]["name"],
        "Kim Vertretung02"
    );
}

#[actix_web::test]
async fn presence_is_recorded_by_host_and_coordinator_from_the_start_on() {
    let it = Gathering::of(3).await;
    let path = it.presence_path(0, &it.towns[1].person);
    let there = json!({ "presence": "on_site" });
    it.service
        .clock
        .set("2026-03-10T08:59:59Z".parse().unwrap());
    let early = it.service.put(&it.coordinator, &path, there.clone()).await;
    assert_eq!(early.rules(), ["too_early"]);
    let new = json!({ "name": "Robin Beispiel", "presence": "on_site" });
    let guests = it.meeting(0, "/attendance/guests");
    assert_eq!(it.post(&guests, new.clone()).await.rules(), ["too_early"]);
    it.marks(&it.towns[1].person, "excused").await;
    it.service
        .clock
        .set("2026-03-10T09:00:00Z".parse().unwrap());
    it.service
        .put(&it.towns[1].token, &path, there.clone())
        .await
        .expect(403);
    it.service
        .put(&it.reader, &path, there.clone())
        .await
        .expect(403);
    let host = &it.towns[0].token;
    let marked = it.service.put(host, &path, there.clone()).await;
    assert_eq!(marked.etag(), "\"2\"");
    let marked = marked.expect(200);
    assert_eq!(marked["municipality_id"], it.towns[1].id.as_str());
    let bad = it
        .service
        .put(host, &path, json!({ "presence": "asleep" }))
        .await;
    assert_eq!(bad.rules(), ["presence: type"]);
    let nobody = it.presence_path(0, &it.series);
    it.service
        .put(host, &nobody, there.clone())
        .await
        .expect(404);

    it.service.delete(host, &path).await.expect(204);
    it.service.delete(host, &path).await.expect(404);
    assert_eq!(
        it.attendance().await["municipalities"][1]["represented"],
        false
    );
    it.marks(&it.towns[1].person, "remote").await;
    assert_eq!(
        it.attendance().await["municipalities"][1]["represented"],
        true
    );

    let guest = it
        .service
        .post(host, &guests, new.clone())
        .await
        .expect(201);
    let excused = json!({ "name": "Robin Beispiel", "presence": "excused" });
    assert_eq!(it.post(&guests, excused).await.rules(), ["presence: type"]);
    let one = format!("{guests}/{}", text(&guest["id"]));
    it.service
        .delete(&it.towns[2].token, &one)
        .await
        .expect(403);
    it.service.delete(host, &one).await.expect(204);
    assert_eq!(it.attendance().await["guests"], json!([]));
    // A person's entry is none of a guest.
    let entry = text(&marked["id"]);
    it.service
        .delete(host, &format!("{guests}/{entry}"))
        .await
        .expect(404);

    it.set_status(0, MeetingStatus::Held).await;
    it.marks(&it.towns[2].person, "on_site").await;
    it.set_status(0, MeetingStatus::Cancelled).await;
    let cancelled = it.service.put(host, &path, there).await;
    assert_eq!(cancelled.rules(), ["meeting_cancelled"]);
}

#[actix_web::test]
async fn a_stale_presence_is_refused() {
    use actix_web::test::TestRequest;
    let it = Gathering::of(2).await;
    it.go_past(0);
    let put = |seen: &str| {
        TestRequest::put()
            .uri(&format!(
                "/api/v1{}",
                it.presence_path(0, &it.towns[1].person)
            ))
            .insert_header(crate::harness::bearer(&it.coordinator))
            .insert_header(("if-match", seen.to_owned()))
            .set_json(json!({ "presence": "on_site" }))
    };
    it.service.send(put("\"1\"")).await.expect(412);
    it.marks(&it.towns[1].person, "absent").await;
    it.service.send(put("\"1\"")).await.expect(200);
    it.service.send(put("\"1\"")).await.expect(412);
}

#[actix_web::test]
async fn the_list_is_safe_in_a_spreadsheet() {
    let it = Gathering::of(2).await;
    it.answers(1, "accepted").await;
    it.move_in_time(0).await;
    it.go_past(0);
    it.marks(&it.towns[0].person, "on_site").await;
    let hostile = [
        ("=HYPERLINK(\"http://evil.example\";\"x\")", "+1"),
        ("-2+3", "@SUM(A1)"),
        ("Robin, \"Rob\" Beispiel", "a=b"),
    ];
    for (name, organisation) in hostile {
        let new = json!({ "name": name, "organisation": organisation, "presence": "on_site" });
        it.post(&it.meeting(0, "/attendance/guests"), new)
            .await
            .expect(201);
    }
    let answer = it
        .service
        .get(&it.reader, &it.meeting(0, "/attendance.csv"))
        .await;
    let header = |name: &str| {
        answer
            .headers
            .get(name)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"attendance-2026-03-10.csv\""
    );
    let expected = [
        "Kommune oder Organisation,Name,Rückmeldung,Rückmeldung vom,Anwesenheit",
        "Musterstadt 01,Kim Vertretung01,offen,,vor Ort",
        "Musterstadt 02,Kim Vertretung02,zugesagt (für den früheren Termin),2026-03-02 10:00,",
        "'+1,\"'=HYPERLINK(\"\"http://evil.example\"\";\"\"x\"\")\",,,vor Ort",
        "'@SUM(A1),'-2+3,,,vor Ort",
        "a=b,\"Robin, \"\"Rob\"\" Beispiel\",,,vor Ort",
        "",
    ];
    assert_eq!(answer.text(), expected.join("\r\n"));

    let english = json!({ "language": "en" });
    let path = format!("/cooperations/{}", it.slug);
    it.service
        .patch(&it.coordinator, &path, english)
        .await
        .expect(200);
    let table = it
        .service
        .get(&it.reader, &it.meeting(0, "/attendance.csv"))
        .await
        .text();
    assert!(
        table.starts_with("Municipality or organisation,Name,Answer,"),
        "{table}"
    );
}

#[actix_web::test]
async fn other_cooperations_see_and_change_nothing() {
    let it = Gathering::of(2).await;
    it.go_past(0);
    let theirs = it.beside(2).await;
    let stranger = &theirs.coordinator;
    let guests = it.meeting(0, "/attendance/guests");
    let new = json!({ "name": "Robin Beispiel", "presence": "on_site" });
    let guest = it.post(&guests, new.clone()).await.expect(201);
    for path in ["/answers", "/attendance", "/attendance.csv"] {
        let path = it.meeting(0, path);
        it.service.get(stranger, &path).await.expect(404);
        it.service.get("rhm_nobody", &path).await.expect(401);
        assert_eq!(it.service.get(&it.reader, &path).await.status, 200);
    }
    let person = &it.towns[0].person;
    let (yes, there) = (
        json!({ "answer": "accepted" }),
        json!({ "presence": "on_site" }),
    );
    let presence = it.presence_path(0, person);
    it.service
        .put(stranger, &it.answer_path(0, person), yes.clone())
        .await
        .expect(404);
    it.service
        .put(stranger, &presence, there.clone())
        .await
        .expect(404);
    it.service.delete(stranger, &presence).await.expect(404);
    it.service.post(stranger, &guests, new).await.expect(404);
    let one = format!("{guests}/{}", text(&guest["id"]));
    it.service.delete(stranger, &one).await.expect(404);
    // Nor can one's own list name people of others.
    it.service
        .put(stranger, &theirs.answer_path(0, person), yes)
        .await
        .expect(404);
    it.service
        .put(stranger, &theirs.presence_path(0, person), there)
        .await
        .expect(404);
}

#[actix_web::test]
async fn two_municipalities_have_a_quorum_of_both() {
    let it = Gathering::of(2).await;
    it.go_past(0);
    it.marks(&it.towns[0].person, "on_site").await;
    let one = it.attendance().await["quorum"].clone();
    assert_eq!(
        (&one["needed"], &one["by_presence"]),
        (&json!(2), &json!(false))
    );
    it.marks(&it.towns[1].person, "remote").await;
    assert_eq!(it.attendance().await["quorum"]["by_presence"], true);
}

#[test]
fn a_quorum_is_more_than_half_and_at_least_three_if_there_are_as_many() {
    for (members, expected) in [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 3),
        (5, 3),
        (6, 4),
        (7, 4),
        (16, 9),
        (17, 9),
    ] {
        assert_eq!(needed(members, None), expected, "{members}");
        assert!(
            quorum(members, None, expected, expected).by_presence,
            "{members}"
        );
        assert!(
            !quorum(members, None, expected - 1, expected - 1).by_answers,
            "{members}"
        );
    }
    assert_eq!(needed(16, Some(5)), 5);
    assert!(!quorum(0, None, 0, 0).by_presence, "nobody is no quorum");
}

proptest! {
    #[test]
    fn no_cell_is_a_formula(cell in "[=+@\t\r\n \"',;a-z0-9-]{0,12}") {
        let written = escape_formula(&cell);
        prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r']));
        prop_assert_eq!(written.strip_prefix('\'').unwrap_or(&written), cell.strip_prefix('\'').unwrap_or(&cell));
    }
}
