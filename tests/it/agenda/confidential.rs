//! Items that are not public reach delegates, deputies and coordinators only, wherever an agenda is shown.
use actix_web::test::TestRequest;
use serde_json::json;

use crate::builders::{FiveCities, text};
use crate::mailbox::Mail;

const SECRET: [&str; 4] = [
    "Geheimes",
    "unter Verschluss",
    "geheim.example",
    "Kim Geheim",
];

fn tells(text: &str) -> bool {
    SECRET.iter().any(|part| text.contains(part))
}

/// The item on the agenda and in the backlog, and an item that is public.
async fn with_items() -> (FiveCities, String, [String; 3]) {
    let five = FiveCities::start().await;
    let meeting = five.meeting(0).await;
    let item = |title: &str, public: bool| {
        json!({
            "title": title, "kind": "decision", "minutes": 20, "public": public,
            "description": if public { "für alle" } else { "unter Verschluss" },
            "presenter": if public { "Toni" } else { "Kim Geheim" },
            "links": [if public { "https://offen.example" } else { "https://geheim.example" }],
        })
    };
    let path = format!("/meetings/{meeting}/agenda/items");
    let mut items = Vec::new();
    for (title, public) in [("Geheimes", false), ("Offenes", true)] {
        let made = five
            .service
            .post(&five.coordinator, &path, item(title, public))
            .await;
        let id = text(&made.expect(201)["id"]);
        let accept = format!("/agenda-items/{id}/accept");
        five.service
            .post(&five.coordinator, &accept, json!({}))
            .await
            .expect(200);
        items.push(id);
    }
    let backlog = format!("/series/{}/topics", five.series);
    let waiting = five.make(&backlog, item("Geheimes Vorhaben", false)).await;
    // Proposed for the meeting, and not accepted.
    five.service
        .post(&five.coordinator, &path, item("Geheimes später", false))
        .await
        .expect(201);
    let [hidden, shown] = <[String; 2]>::try_from(items).unwrap();
    (five, meeting, [hidden, shown, waiting])
}

#[actix_web::test]
async fn readers_see_a_place_in_the_numbering() {
    let (five, meeting, [hidden, shown, waiting]) = with_items().await;
    let get = async |token: &str, path: &str| five.service.get(token, path).await;
    let agenda = format!("/meetings/{meeting}/agenda");
    let backlog = format!("{}/series/{}/topics", five.base, five.series);
    let delegate = &five.cities[0].people[0].token;
    // Twice each, in turn: what is kept for one must not be shown to the other.
    for _ in 0..2 {
        for token in [delegate, &five.coordinator] {
            let seen = get(token, &agenda).await.expect(200);
            assert!(tells(&seen.to_string()), "{seen}");
            assert_eq!(seen["proposed"].as_array().unwrap().len(), 1);
            for item in [&hidden, &shown, &waiting] {
                get(token, &format!("/agenda-items/{item}"))
                    .await
                    .expect(200);
            }
            assert!(tells(&get(token, &backlog).await.text()));
        }
        let seen = get(&five.reader, &agenda).await.expect(200);
        assert!(!tells(&seen.to_string()), "{seen}");
        let titles: Vec<_> = seen["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| text(&entry["title"]))
            .collect();
        let own: Vec<_> = titles
            .iter()
            .filter(|title| ["Nichtöffentlich", "Offenes"].contains(&&***title))
            .collect();
        assert_eq!(own, ["Nichtöffentlich", "Offenes"], "{titles:?}");
        assert_eq!(seen["proposed"], json!([]));
        assert!(!tells(&get(&five.reader, &backlog).await.text()));
        for (item, status) in [(&hidden, 404), (&waiting, 404), (&shown, 200)] {
            get(&five.reader, &format!("/agenda-items/{item}"))
                .await
                .expect(status);
        }
    }
}

#[actix_web::test]
async fn guests_get_no_mail_page_or_feed_with_it() {
    let (five, meeting, _) = with_items().await;
    let guest = json!({
        "given_name": "Gast", "family_name": "Beispiel", "address": "gast@kreis.example", "language": "de",
        "role": "guest", "from": "2026-01-01",
    });
    let guest = five.make("/people", guest).await;
    five.invite(&meeting).await;
    let invite = format!("/meetings/{meeting}/invitations");
    let invited = five
        .service
        .post(&five.coordinator, &invite, json!({ "person_id": guest }))
        .await;
    invited.expect(201);
    let mails = five.service.mails().await;
    let seen = |mail: &Mail| format!("{} {} {}", mail.text, mail.html, mail.ics.join("\n"));
    let (guests, others): (Vec<_>, Vec<_>) = mails
        .iter()
        .partition(|mail| mail.to() == "gast@kreis.example");
    assert_eq!(guests.len(), 1);
    assert!(
        !tells(&seen(guests[0])) && seen(guests[0]).contains("Nichtöffentlich"),
        "{}",
        seen(guests[0])
    );
    for mail in others {
        assert!(tells(&seen(mail)), "{}", seen(mail));
    }
    let page = format!("/answers/{}", guests[0].token());
    let page = five
        .service
        .send(TestRequest::get().uri(&page))
        .await
        .text();
    assert!(!tells(&page) && page.contains("Nichtöffentlich"), "{page}");
    let made = five
        .service
        .post(
            &five.coordinator,
            "/feeds",
            json!({ "scope": "person", "person_id": guest }),
        )
        .await;
    let url = text(&made.expect(201)["url"]);
    let feed = TestRequest::get().uri(url.strip_prefix("https://reihum.example").unwrap());
    let feed = five.service.send(feed).await.text();
    assert!(!tells(&feed) && feed.contains("Nichtöffentlich"), "{feed}");
}
