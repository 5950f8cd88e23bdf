//! The pages behind the links: what they show, take and refuse.
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::{BIELEFELD_PEOPLE, HERFORD_PEOPLE, Hosts, path_in};
use crate::builders::{BIELEFELD, HERFORD};
use crate::mailbox::to;
use crate::steps::time;

#[actix_web::test]
async fn looking_changes_nothing_and_the_form_accepts() {
    let it = Hosts::start().await;
    let request = it
        .asked(BIELEFELD, 1, json!({ "reason": "<b>Umbau</b>" }))
        .await;
    let mails = it.five.service.mails().await;
    let page = path_in(to(&mails, HERFORD_PEOPLE[0]), "swaps");
    let shown = it.look(&page).await;
    assert_eq!(shown.status, 200);
    let text = shown.text();
    for part in [
        "lang=\"de\"",
        "Anfrage von",
        "Bielefeld",
        "Dienstag, 9. Juni 2026",
        "&lt;b&gt;Umbau&lt;/b&gt;",
        "<legend>",
        "for=\"meeting-none\"",
        "aria-describedby=\"reason-hint\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<script"));
    let head = TestRequest::with_uri(&page).method("HEAD".parse().unwrap());
    assert_eq!(it.five.service.send(head).await.status, 200);
    assert_eq!(it.state(&request).await, "open");
    let english = it
        .look(&path_in(to(&mails, HERFORD_PEOPLE[1]), "swaps"))
        .await;
    assert!(
        english
            .text()
            .contains("Which meeting do you hand over in return?")
    );

    let own = it.five.meeting(2).await;
    let sent = it
        .send(&page, &[("action", "accept"), ("meeting", &own)])
        .await;
    assert_eq!(sent.status, 303);
    let shown = it.look(&format!("{page}?saved=1")).await.text();
    assert!(shown.contains("Ihre Angabe ist gespeichert."), "{shown}");
    assert!(shown.contains("angenommen"), "{shown}");
    let known = it.five.get(&request).await;
    assert_eq!(known["state"], "accepted");
    assert_eq!(known["decided_way"], "link");
    assert_eq!(known["decided_by"]["name"], "Elif Eiche");
    assert_eq!(
        it.five.hosts(3).await,
        ["Gütersloh", "Herford", "Bielefeld"]
    );
    // Once more, or by somebody else who was asked, is a plain page.
    for other in [HERFORD_PEOPLE[1], "ines@detmold.example"] {
        let page = path_in(to(&mails, other), "swaps");
        let late = it
            .send(&page, &[("action", "accept"), ("meeting", "")])
            .await;
        assert_eq!(late.status, 409, "{other}");
        assert!(late.text().contains("role=\"alert\""));
        assert!(late.text().contains("<h1>"));
    }

    let mails = it.five.service.mails().await;
    let carla = path_in(to(&mails, BIELEFELD_PEOPLE[0]), "swaps");
    assert!(
        it.look(&carla)
            .await
            .text()
            .contains("Tausch rückgängig machen")
    );
    assert_eq!(it.send(&carla, &[("action", "undo")]).await.status, 303);
    assert_eq!(it.state(&request).await, "undone");
    assert_eq!(
        it.five.hosts(3).await,
        ["Gütersloh", "Bielefeld", "Herford"]
    );
    let text = it.look(&carla).await.text();
    assert!(text.contains("Hier ist nichts mehr zu tun."), "{text}");
}

#[actix_web::test]
async fn declining_by_link_keeps_the_reason() {
    let it = Hosts::start().await;
    let only = json!({ "municipality_id": it.five.cities[HERFORD].id });
    let request = it.asked(BIELEFELD, 1, only).await;
    let mails = it.five.service.mails().await;
    let page = path_in(to(&mails, HERFORD_PEOPLE[0]), "swaps");
    let long = "x".repeat(501);
    let sent = it
        .send(&page, &[("action", "decline"), ("reason", &long)])
        .await;
    assert_eq!(sent.status, 422);
    assert!(sent.text().contains("role=\"alert\""));
    assert!(sent.text().contains(&long), "what was typed is there again");
    // One line is all that can be typed.
    assert!(
        sent.text().contains("<input type=\"text\" name=\"reason\"")
            && !sent.text().contains("<textarea")
    );
    for wrong in ["", "withdraw", "undo", "delete"] {
        assert_eq!(
            it.send(&page, &[("action", wrong)]).await.status,
            409,
            "{wrong}"
        );
    }
    assert_eq!(it.send(&page, &[]).await.status, 409);
    assert_eq!(it.state(&request).await, "open");
    let sent = it
        .send(
            &page,
            &[("action", "decline"), ("reason", " Messe\r\nund Markt ")],
        )
        .await;
    assert_eq!(sent.status, 303);
    let known = it.five.get(&request).await;
    assert_eq!(known["state"], "declined");
    assert_eq!(known["answers"][0]["reason"], "Messe und Markt");
    assert_eq!(known["answers"][0]["way"], "link");
}

#[actix_web::test]
async fn a_link_is_good_for_its_request_and_person_only() {
    let it = Hosts::start().await;
    let request = it.asked(BIELEFELD, 1, json!({})).await;
    let mails = it.five.service.mails().await;
    let elif = to(&mails, HERFORD_PEOPLE[0]);
    let page = path_in(elif, "swaps");
    let token = page.strip_prefix("/swaps/").unwrap().to_owned();
    for path in [
        format!("/hosting/{token}"),
        format!("/answers/{token}"),
        format!("/answers/confirm/{token}"),
        format!("/swaps/{}", &token[..token.len() - 1]),
        format!(
            "/swaps/{}{}",
            if token.starts_with('a') { "b" } else { "a" },
            &token[1..]
        ),
        "/swaps/x".to_owned(),
    ] {
        assert_eq!(it.look(&path).await.status, 404, "{path}");
        assert_eq!(
            it.send(&path, &[("action", "accept")]).await.status,
            404,
            "{path}"
        );
    }
    let foreign = TestRequest::post()
        .uri(&page)
        .insert_header(("sec-fetch-site", "cross-site"))
        .set_form([("action", "accept"), ("meeting", "")]);
    assert_eq!(it.five.service.send(foreign).await.status, 403);
    // A meeting of another municipality, and what is no key.
    for meeting in [it.five.meeting(3).await.as_str(), "x", "' OR 1=1"] {
        let sent = it
            .send(&page, &[("action", "accept"), ("meeting", meeting)])
            .await;
        assert_eq!(sent.status, 409, "{meeting}");
    }
    assert_eq!(it.state(&request).await, "open");
    // Who does not speak for the municipality any more is nobody.
    let person = &it.five.cities[HERFORD].people[0].id;
    let path = format!("{}/people/{person}", it.five.base);
    let etag = it
        .five
        .service
        .get(&it.five.coordinator, &path)
        .await
        .etag();
    let gone = TestRequest::delete()
        .uri(&format!("/api/v1{path}"))
        .insert_header(crate::harness::bearer(&it.five.coordinator))
        .insert_header(("if-match", etag));
    it.five.service.send(gone).await.expect(204);
    assert_eq!(it.look(&page).await.status, 404);
    // Long after the meeting the link leads nowhere.
    let frank = path_in(to(&mails, HERFORD_PEOPLE[1]), "swaps");
    it.five.service.clock.set(time("2026-06-10T12:00:00+02:00"));
    assert_eq!(it.look(&frank).await.status, 200);
    it.five.service.clock.set(time("2026-06-10T12:30:00+02:00"));
    assert_eq!(it.look(&frank).await.status, 404);
}

#[actix_web::test]
async fn a_blackout_is_asked_about_on_the_page() {
    let it = Hosts::start().await;
    let request = it.asked(BIELEFELD, 1, json!({})).await;
    let mails = it.five.service.mails().await;
    let page = path_in(to(&mails, HERFORD_PEOPLE[0]), "swaps");
    assert!(!it.look(&page).await.text().contains("nevertheless"));
    let path = format!("/municipalities/{}/blackouts", it.five.cities[HERFORD].id);
    let days = json!({ "starts_on": "2026-06-09", "ends_on": "2026-06-09" });
    it.five.make(&path, days).await;
    assert!(it.look(&page).await.text().contains("for=\"nevertheless\""));
    let form = [("action", "accept"), ("meeting", "")];
    let refused = it.send(&page, &form).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("Sperrzeit"), "{}", refused.text());
    let form = [("action", "accept"), ("meeting", ""), ("nevertheless", "1")];
    assert_eq!(it.send(&page, &form).await.status, 303);
    let known: Value = it.five.get(&request).await;
    assert_eq!(known["state"], "accepted");
}
