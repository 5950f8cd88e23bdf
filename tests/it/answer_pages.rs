//! The page behind a personal link: what it shows, takes and refuses.
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use reihum::auth::tokens;
use serde_json::json;

use crate::builders::{BIELEFELD, list};
use crate::harness::Answer;
use crate::invitations::{ANKE, CARLA, Convened, DAISY};
use crate::mailbox::to;

async fn look(it: &Convened, path: &str) -> Answer {
    it.five.service.send(TestRequest::get().uri(path)).await
}

async fn send(it: &Convened, token: &str, form: &[(&str, &str)]) -> Answer {
    let request = TestRequest::post()
        .uri(&format!("/answers/{token}"))
        .set_form(form);
    it.five.service.send(request).await
}

async fn answer_of(it: &Convened, person: &str) -> serde_json::Value {
    let all = list(&it.five.get(&it.path("/answers")).await);
    let found = all
        .iter()
        .find(|one| one["person_id"] == person || one["person"]["id"] == person);
    found
        .unwrap_or_else(|| panic!("{person} in {all:?}"))
        .clone()
}

#[actix_web::test]
async fn a_link_of_the_mail_leads_to_one_button() {
    let it = Convened::start().await;
    let person = it.five.cities[BIELEFELD].people[0].id.clone();
    let token = to(&it.mails, CARLA).token();
    for (answer, button) in [
        ("accepted", "Zusage senden"),
        ("tentative", "Zusage unter Vorbehalt senden"),
        ("declined", "Absage senden"),
    ] {
        let page = look(&it, &format!("/answers/{token}?answer={answer}"))
            .await
            .text();
        let (top, rest) = page.split_once(button).unwrap_or_else(|| panic!("{page}"));
        assert!(top.contains("Noch nicht gesendet"), "{top}");
        // In the first screen: before the details of the meeting.
        assert!(!top.contains("<dl>") && rest.contains("<dl>"), "{top}");
        assert_eq!(answer_of(&it, &person).await["answer"], "needs_action");
    }
    for other in ["", "?answer=delegated", "?answer=maybe"] {
        let page = look(&it, &format!("/answers/{token}{other}")).await.text();
        assert!(!page.contains("Noch nicht gesendet"), "{page}");
    }
    send(&it, &token, &[("answer", "accepted")]).await;
    assert_eq!(answer_of(&it, &person).await["answer"], "accepted");
    // What is sent already need not be sent again.
    let again = look(&it, &format!("/answers/{token}?answer=accepted"))
        .await
        .text();
    assert!(!again.contains("Noch nicht gesendet"), "{again}");
}

#[actix_web::test]
async fn looking_changes_nothing_and_sending_answers() {
    let it = Convened::start().await;
    let person = it.five.cities[BIELEFELD].people[0].id.clone();
    let token = to(&it.mails, CARLA).token();
    let path = format!("/answers/{token}");
    for address in [
        path.clone(),
        format!("{path}?answer=accepted"),
        format!("{path}?saved=1"),
    ] {
        let page = look(&it, &address).await;
        assert_eq!(page.status.as_u16(), 200);
        let text = page.text();
        assert!(
            text.contains("lang=\"de\"") && text.contains("Carla Clematis"),
            "{text}"
        );
        assert!(text.contains("Sie haben noch nicht geantwortet."), "{text}");
        assert_eq!(
            text.contains(" checked"),
            address.ends_with("accepted"),
            "{text}"
        );
        assert!(!text.contains("<script"));
        let head = it
            .five
            .service
            .send(TestRequest::with_uri(&address).method("HEAD".parse().unwrap()));
        assert_eq!(head.await.status.as_u16(), 200);
    }
    assert_eq!(answer_of(&it, &person).await["answer"], "needs_action");
    let sent = send(
        &it,
        &token,
        &[("answer", "accepted"), ("comment", "Ich komme\r\nzu Fuß.")],
    )
    .await;
    assert_eq!(sent.status.as_u16(), 303);
    let location = sent
        .headers
        .get("location")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(location, format!("{path}?saved=1"));
    let page = look(&it, &location).await.text();
    assert!(page.contains("Ihre Zusage ist eingegangen."), "{page}");
    let known = answer_of(&it, &person).await;
    assert_eq!(
        (&known["answer"], &known["way"]),
        (&json!("accepted"), &json!("link"))
    );
    assert_eq!(known["comment"], "Ich komme\nzu Fuß.");
    // The latest answer holds, whichever way it came.
    it.five.service.clock.advance(TimeDelta::minutes(1));
    it.answer(BIELEFELD, 0, "declined").await;
    let page = look(&it, &path).await.text();
    assert!(page.contains("Sie haben abgesagt."), "{page}");
    assert!(
        page.contains("id=\"answer-declined\" value=\"declined\" required checked"),
        "{page}"
    );
}

#[actix_web::test]
async fn everybody_sees_the_page_in_their_language() {
    let it = Convened::start().await;
    let token = to(&it.mails, DAISY).token();
    let page = look(&it, &format!("/answers/{token}")).await.text();
    assert!(
        page.contains("lang=\"en\"") && page.contains("Will you take part?"),
        "{page}"
    );
    assert!(page.contains("Tuesday, 14 April 2026"), "{page}");
    for label in [
        "for=\"comment\"",
        "for=\"answer-accepted\"",
        "<legend>",
        "aria-describedby",
    ] {
        assert!(page.contains(label), "{label}: {page}");
    }
}

#[actix_web::test]
async fn a_form_that_is_not_right_comes_back_with_what_is_wrong() {
    let it = Convened::start().await;
    let token = to(&it.mails, CARLA).token();
    let long = "ä".repeat(1001);
    let cases: [&[(&str, &str)]; 3] = [
        &[("comment", "nur dies")],
        &[("answer", "perhaps"), ("comment", "")],
        &[("answer", "accepted"), ("comment", &long)],
    ];
    for form in cases {
        let page = send(&it, &token, form).await;
        assert_eq!(page.status.as_u16(), 422);
        let text = page.text();
        assert!(text.contains("role=\"alert\""), "{text}");
        let typed = form.last().unwrap().1;
        assert!(text.contains(typed), "what was typed is kept");
    }
    let exact = "ä".repeat(1000);
    let sent = send(&it, &token, &[("answer", "tentative"), ("comment", &exact)]).await;
    assert_eq!(sent.status.as_u16(), 303);
    let hostile = "<script>alert(1)</script>\u{0}";
    let sent = send(
        &it,
        &token,
        &[("answer", "tentative"), ("comment", hostile)],
    )
    .await;
    assert_eq!(sent.status.as_u16(), 303);
    let page = look(&it, &format!("/answers/{token}")).await.text();
    assert!(
        page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"),
        "{page}"
    );
}

#[actix_web::test]
async fn a_link_is_good_for_nothing_else() {
    let it = Convened::start().await;
    let token = to(&it.mails, CARLA).token();
    let service = &it.five.service;
    let others = [
        tokens::hash(&token),
        it.five.coordinator.clone(),
        "a".repeat(52),
        token[1..].to_owned(),
    ];
    for other in others {
        let page = look(&it, &format!("/answers/{other}")).await;
        assert_eq!(page.status.as_u16(), 404, "{other}");
        assert!(page.text().contains("Dieser Link ist nicht mehr gültig"));
    }
    service.get(&token, &it.path("")).await.expect(401);
    assert_eq!(
        look(&it, &format!("/feeds/{token}.ics"))
            .await
            .status
            .as_u16(),
        404
    );
    let english = TestRequest::get()
        .uri("/answers/nothing")
        .insert_header(("accept-language", "en"));
    assert!(service.send(english).await.text().contains("lang=\"en\""));
}

#[actix_web::test]
async fn guessing_is_slowed_down() {
    let it = Convened::start().await;
    let mut last = 404;
    for _ in 0..200 {
        last = look(&it, "/answers/nothing").await.status.as_u16();
        if last != 404 {
            break;
        }
    }
    assert_eq!(last, 429);
    it.five.service.clock.advance(TimeDelta::seconds(1));
    assert_eq!(look(&it, "/answers/nothing").await.status.as_u16(), 404);
    let token = to(&it.mails, CARLA).token();
    assert_eq!(
        look(&it, &format!("/answers/{token}"))
            .await
            .status
            .as_u16(),
        200
    );
}

#[actix_web::test]
async fn the_page_says_when_it_is_too_late() {
    let it = Convened::start().await;
    let token = to(&it.mails, CARLA).token();
    let path = format!("/answers/{token}");
    it.patch(json!({ "date": "2026-04-21" })).await;
    let page = look(&it, &path).await.text();
    assert!(
        page.contains("Das Treffen wurde verlegt") && page.contains("21. April 2026"),
        "{page}"
    );
    it.post("/cancel", json!({ "reason": "Sturm & Regen" }))
        .await;
    let page = look(&it, &path).await;
    assert!(
        page.text().contains("Grund: Sturm &amp; Regen"),
        "{}",
        page.text()
    );
    let sent = send(&it, &token, &[("answer", "accepted")]).await;
    assert!(sent.text().contains("Dieses Treffen wurde abgesagt"));
    it.post("/restore", json!({})).await;
    it.five.service.mails().await;
    // Who is not invited any more.
    let anke = to(&it.mails, ANKE).token();
    let person = &it.five.cities[0].people[0].id;
    let path_of_anke = it.path(&format!("/invitations/{person}"));
    it.five
        .service
        .delete(&it.five.coordinator, &path_of_anke)
        .await
        .expect(204);
    let page = look(&it, &format!("/answers/{anke}")).await;
    assert_eq!(page.status.as_u16(), 410);
    assert_eq!(
        send(&it, &anke, &[("answer", "accepted")])
            .await
            .status
            .as_u16(),
        410
    );
    // After the meeting, and a day after that.
    it.five
        .service
        .clock
        .advance(TimeDelta::days(50) + TimeDelta::hours(4));
    let page = look(&it, &path).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(
        page.text()
            .contains("Dieses Treffen hat bereits stattgefunden"),
        "{}",
        page.text()
    );
    let sent = send(&it, &token, &[("answer", "accepted")]).await;
    assert!(
        sent.text()
            .contains("Dieses Treffen hat bereits stattgefunden")
    );
    it.five.service.clock.advance(TimeDelta::days(1));
    let page = look(&it, &path).await;
    assert_eq!(page.status.as_u16(), 404);
    assert!(!page.text().contains("Gütersloh"));
}

#[actix_web::test]
async fn an_answer_that_no_longer_counts_is_shown_as_such_and_not_chosen_again() {
    let it = Convened::start().await;
    let token = to(&it.mails, CARLA).token();
    let path = format!("/answers/{token}");
    let stale = "Diese Rückmeldung gilt nicht mehr";
    it.answer(BIELEFELD, 0, "accepted").await;
    // Called off and on again: it is where and when it was.
    it.post("/cancel", json!({ "reason": "Sturm" })).await;
    it.after_the_window().await;
    it.post("/restore", json!({})).await;
    it.after_the_window().await;
    for address in [path.clone(), format!("{path}?saved=1")] {
        let page = look(&it, &address).await.text();
        assert!(page.contains("Sie haben zugesagt."), "{page}");
        assert!(page.contains(stale), "{page}");
        assert!(!page.contains(" checked"), "{page}");
        assert!(!page.contains("Das Treffen wurde verlegt"), "{page}");
        assert!(!page.contains("Vielen Dank"), "{page}");
    }
    it.answer(BIELEFELD, 0, "accepted").await;
    let page = look(&it, &path).await.text();
    assert!(page.contains(" checked") && !page.contains(stale), "{page}");
    // Moved, and the mail that says so is out.
    it.patch(json!({ "date": "2026-04-21" })).await;
    it.after_the_window().await;
    let page = look(&it, &path).await.text();
    assert!(page.contains(stale) && !page.contains(" checked"), "{page}");
    let chosen = look(&it, &format!("{path}?answer=declined")).await.text();
    assert!(
        chosen.contains("id=\"answer-declined\" value=\"declined\" required checked"),
        "{chosen}"
    );
}

#[actix_web::test]
async fn a_form_of_another_site_is_refused() {
    let it = Convened::start().await;
    let token = to(&it.mails, CARLA).token();
    let request = TestRequest::post()
        .uri(&format!("/answers/{token}"))
        .insert_header(("sec-fetch-site", "cross-site"))
        .set_form([("answer", "accepted")]);
    assert_eq!(it.five.service.send(request).await.status.as_u16(), 403);
}
