//! The page on which people vote without sign-in.
use actix_web::test::TestRequest;
use serde_json::json;

use super::Polled;
use crate::builders::{BIELEFELD, GUETERSLOH};
use crate::harness::Answer;
use crate::invitations::{ANKE, CARLA, DAISY};
use crate::mailbox::{Mail, to};

/// The secret part of the page's address.
pub fn token(mail: &Mail) -> String {
    let (_, rest) = mail.text.split_once("/polls/").expect("a link to vote");
    let token = rest.chars().take_while(char::is_ascii_alphanumeric);
    token.collect()
}

async fn look(it: &Polled, path: &str) -> Answer {
    it.five.service.send(TestRequest::get().uri(path)).await
}

async fn send(it: &Polled, token: &str, votes: &str, comment: &str) -> Answer {
    let words = [
        ('y', "yes"),
        ('m', "if_need_be"),
        ('n', "no"),
        ('x', "perhaps"),
    ];
    let mut form = vec![("comment".to_owned(), comment.to_owned())];
    for (id, vote) in it.candidates.iter().zip(votes.chars()) {
        if let Some((_, word)) = words.iter().find(|(letter, _)| *letter == vote) {
            form.push((format!("vote-{id}"), (*word).to_owned()));
        }
    }
    let request = TestRequest::post().uri(&format!("/polls/{token}"));
    it.five.service.send(request.set_form(form)).await
}

#[actix_web::test]
async fn looking_changes_nothing_and_sending_votes() {
    let it = Polled::start(json!({})).await;
    let token = token(to(&it.mails, CARLA));
    let path = format!("/polls/{token}");
    for address in [path.clone(), format!("{path}?saved=1")] {
        let page = look(&it, &address).await;
        assert_eq!(page.status.as_u16(), 200);
        let text = page.text();
        for words in [
            "lang=\"de\"",
            "Guten Tag Carla Clematis",
            "<legend>Dienstag, 24. März 2026, 10:00 bis 12:00 Uhr</legend>",
            "Freitag, 13. März 2026, 18:00 Uhr",
            "0 von 11 Befragten",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(
            !text.contains(" checked") && !text.contains("<script"),
            "{text}"
        );
        let labels = text.matches("<label").count();
        let fields = text.matches("<input").count() + text.matches("<textarea").count();
        assert_eq!(labels, fields, "every field is labelled");
    }
    assert_eq!(it.seen().await["voted"], 0);
    let sent = send(&it, &token, "ymn", "Gern\r\nvormittags").await;
    assert_eq!(sent.status.as_u16(), 303);
    let location = sent.headers.get("location").unwrap().to_str().unwrap();
    assert_eq!(location, format!("{path}?saved=1"));
    let page = look(&it, location).await.text();
    assert!(page.contains("Vielen Dank für Ihre Angaben"), "{page}");
    assert_eq!(page.matches(" checked").count(), 3);
    assert!(
        page.contains("Carla Clematis"),
        "the table has the names: {page}"
    );
    let seen = it.seen().await;
    let ballots = seen["ballots"].as_array().unwrap();
    let own = ballots
        .iter()
        .find(|one| !one["voted_at"].is_null())
        .unwrap();
    assert_eq!(
        (&own["comment"], &own["way"]),
        (&json!("Gern\nvormittags"), &json!("link"))
    );
    send(&it, &token, "nny", "").await;
    let seen = it.seen().await;
    assert_eq!(seen["voted"], 1);
    assert_eq!(seen["candidates"][2]["tally"]["yes"], 1);
    let daisy = look(
        &it,
        &format!("/polls/{}", super::pages::token(to(&it.mails, DAISY))),
    )
    .await;
    let text = daisy.text();
    assert!(
        text.contains("lang=\"en\"") && text.contains("If need be"),
        "{text}"
    );
}

#[actix_web::test]
async fn a_form_that_is_not_right_comes_back_with_what_is_wrong() {
    let it = Polled::start(json!({})).await;
    let token = token(to(&it.mails, CARLA));
    let page = send(&it, &token, "y", "").await;
    assert_eq!(page.status.as_u16(), 422);
    let text = page.text();
    assert!(text.contains("role=\"alert\""), "{text}");
    assert_eq!(
        text.matches("Bitte geben Sie an, ob der Termin passt")
            .count(),
        2
    );
    assert_eq!(
        text.matches(" checked").count(),
        1,
        "what was entered stays"
    );
    let wrong = send(&it, &token, "yxy", "").await;
    assert_eq!(wrong.status.as_u16(), 422);
    let long = send(&it, &token, "yyy", &"x".repeat(1001)).await;
    assert_eq!(long.status.as_u16(), 422);
    assert!(long.text().contains("höchstens 1000 Zeichen"));
    let hostile = send(&it, &token, "yy", "<script>alert(1)</script>")
        .await
        .text();
    assert!(!hostile.contains("<script>"), "{hostile}");
    assert_eq!(it.seen().await["voted"], 0);
}

#[actix_web::test]
async fn the_page_hides_what_is_hidden() {
    let it = Polled::start(json!({ "visibility": "after_closing" })).await;
    it.vote(GUETERSLOH, 0, "yyn").await;
    let carla = format!("/polls/{}", token(to(&it.mails, CARLA)));
    let page = look(&it, &carla).await.text();
    assert!(
        !page.contains("Anke") && !page.contains("wenn nötig: "),
        "{page}"
    );
    assert!(page.contains("1 von 11 Befragten"), "{page}");
    it.post("close", json!({})).await.expect(200);
    let page = look(&it, &carla).await.text();
    assert!(page.contains("Die Terminabfrage ist beendet"), "{page}");
    assert!(
        page.contains("wenn nötig: ") && !page.contains("Anke"),
        "{page}"
    );
    let it = Polled::start(json!({ "visibility": "coordinators" })).await;
    it.vote(GUETERSLOH, 0, "yyn").await;
    let carla = format!("/polls/{}", token(to(&it.mails, CARLA)));
    let chosen = json!({ "candidate_id": it.candidates[0] });
    it.post("decide", chosen).await.expect(200);
    let page = look(&it, &carla).await.text();
    assert!(
        page.contains("Ausgewählt ist Dienstag, 24. März 2026"),
        "{page}"
    );
    assert!(
        !page.contains("Anke") && !page.contains("wenn nötig: "),
        "{page}"
    );
    let mails = it.five.service.mails().await;
    assert!(
        !to(&mails, CARLA).text.contains("wenn nötig"),
        "nor does the mail say it"
    );
}

#[actix_web::test]
async fn a_link_says_what_became_of_the_poll_and_ends_with_its_dates() {
    let it = Polled::start(json!({})).await;
    let secret = token(to(&it.mails, ANKE));
    let path = format!("/polls/{secret}");
    send(&it, &secret, "yyy", "").await;
    it.after_the_deadline().await;
    let late = send(&it, &secret, "nnn", "").await;
    assert_eq!(late.status.as_u16(), 200);
    assert!(
        late.text().contains("Die Terminabfrage ist beendet"),
        "{}",
        late.text()
    );
    assert_eq!(
        it.seen().await["candidates"][0]["tally"]["yes"],
        1,
        "nothing has changed"
    );
    it.post("cancel", json!({ "reason": "Kein <b>Raum</b>" }))
        .await
        .expect(200);
    let page = look(&it, &path).await.text();
    assert!(page.contains("Grund: Kein &lt;b&gt;Raum"), "{page}");
    for wrong in ["/polls/aaaa", &path[..path.len() - 1], &format!("{path}a")] {
        let page = look(&it, wrong).await;
        assert_eq!(page.status.as_u16(), 404);
        assert!(
            page.text().contains("Dieser Link ist nicht mehr gültig"),
            "{}",
            page.text()
        );
    }
    // A link to answer an invitation votes nowhere.
    it.five.service.run().await;
    let meeting = it.five.meeting(0).await;
    it.five.invite(&meeting).await;
    let invited = it.five.service.mails().await;
    let other = to(&invited, ANKE).token();
    assert_eq!(
        look(&it, &format!("/polls/{other}")).await.status.as_u16(),
        404
    );
    assert_eq!(
        look(&it, &format!("/answers/{secret}"))
            .await
            .status
            .as_u16(),
        404
    );
    it.five
        .service
        .clock
        .set("2026-03-26T10:31:00Z".parse().unwrap());
    assert_eq!(look(&it, &path).await.status.as_u16(), 404);
}

#[actix_web::test]
async fn who_was_taken_out_has_no_page_any_more() {
    let it = Polled::start(json!({})).await;
    let path = format!("/polls/{}", token(to(&it.mails, CARLA)));
    let person = &it.five.cities[BIELEFELD].people[0].id;
    let gone = format!("{}/people/{person}", it.five.base);
    let gone = it.five.service.delete(&it.five.coordinator, &gone).await;
    assert!(gone.status.is_success(), "{}", gone.text());
    assert_eq!(look(&it, &path).await.status.as_u16(), 404);
}
