//! Who hosts when, as a picture and in the terminal.
use actix_web::test::TestRequest;
use data_encoding::BASE64;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::hold;
use crate::builders::{BIELEFELD, FiveCities, GUETERSLOH};
use crate::harness::{Answer, bearer};

async fn picture(five: &FiveCities, language: &str, query: &str) -> Answer {
    let path = format!(
        "/api/v1/series/{}/rotation/timeline.svg{query}",
        five.series
    );
    let request = TestRequest::get()
        .uri(&path)
        .insert_header(bearer(&five.reader))
        .insert_header(("accept-language", language));
    five.service.send(request).await
}

/// A held, a cancelled, an invited and two planned meetings.
async fn a_year() -> FiveCities {
    let five = FiveCities::start().await;
    hold(&five, 0, &[], &[GUETERSLOH]).await;
    let second = five.meeting(1).await;
    let path = format!("/meetings/{second}/cancel");
    let why = json!({ "reason": "Unwetter" });
    let done = five.service.post(&five.coordinator, &path, why).await;
    done.expect(200);
    five.invite(&five.meeting(2).await).await;
    five
}

/// The elements of a picture, each closed where it has to be; nothing else would be XML.
fn elements(svg: &str) -> Vec<String> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    let body = svg.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    for part in body.expect("a declaration").split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("an end of the tag");
        assert!(!text.contains('>'), "{text}");
        for entity in text.split('&').skip(1) {
            let name = entity.split(';').next().unwrap();
            assert!(["amp", "lt", "gt", "quot"].contains(&name), "{entity}");
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_owned()));
        } else {
            let name = tag.split(' ').next().unwrap().to_owned();
            open.push(name.clone());
            found.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    found
}

#[actix_web::test]
async fn the_picture_tells_states_apart_by_shape_and_words() {
    let five = a_year().await;
    let german = picture(&five, "de", "").await;
    assert_eq!(german.status, 200);
    assert_eq!(german.headers.get("content-type").unwrap(), "image/svg+xml");
    let svg = german.text();
    insta::assert_snapshot!("timeline_de", svg);
    let found = elements(&svg);
    let count = |name: &str| found.iter().filter(|element| *element == name).count();
    // The paper, three bands; one held and its legend. Crosses and diamonds are paths.
    assert_eq!([count("rect"), count("circle"), count("path")], [6, 3, 4]);
    assert_eq!(count("script") + count("image") + count("foreignObject"), 0);
    assert!(!svg.contains("href") && !svg.contains("@import") && !svg.contains("url("));
    assert!(
        svg.contains("<title>09.06.2026 Bielefeld (abgesagt)</title>"),
        "{svg}"
    );
    assert!(svg.contains("prefers-color-scheme:dark"));
    let english = picture(&five, "en", "").await.text();
    elements(&english);
    assert!(english.contains("lang=\"en\""));
    assert!(
        english.contains("<title>2026-06-09 Bielefeld (cancelled)</title>"),
        "{english}"
    );
    let again = picture(&five, "de", "").await;
    assert_eq!(again.text(), svg, "the same bytes");
    let known = TestRequest::get()
        .uri(&format!(
            "/api/v1/series/{}/rotation/timeline.svg",
            five.series
        ))
        .insert_header(bearer(&five.reader))
        .insert_header(("if-none-match", again.etag()));
    assert_eq!(five.service.send(known).await.status, 304);
}

#[actix_web::test]
async fn the_picture_may_have_its_own_style_and_nothing_else() {
    let five = FiveCities::start().await;
    let answer = picture(&five, "de", "").await;
    let svg = answer.text();
    let style = svg.split_once("<style>").unwrap().1.split_once("</style>");
    let digest = BASE64.encode(&Sha256::digest(style.unwrap().0));
    let policy = answer.headers.get("content-security-policy").unwrap();
    let expected =
        format!("default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'");
    assert_eq!(policy, expected.as_str());
}

#[actix_web::test]
async fn names_are_written_out_and_never_run() {
    let five = FiveCities::start().await;
    let city = format!("{}/municipalities/{}", five.base, five.cities[BIELEFELD].id);
    let hostile = "</title><script>alert(1)</script>&amp; \u{ffff}\"'";
    let body = json!({ "name": hostile });
    let done = five.service.patch(&five.coordinator, &city, body);
    done.await.expect(200);
    let long = format!(
        "{}/municipalities/{}",
        five.base, five.cities[GUETERSLOH].id
    );
    let body = json!({ "name": "Ü".repeat(120) });
    let done = five.service.patch(&five.coordinator, &long, body);
    done.await.expect(200);
    let svg = picture(&five, "de", "").await.text();
    assert!(!elements(&svg).contains(&"script".to_owned()));
    assert!(!svg.contains('\u{ffff}'));
    assert!(svg.contains("&lt;script&gt;"));
    assert!(
        svg.contains(&format!(">{}…</text>", "Ü".repeat(25))),
        "{svg}"
    );
    let path = format!("{}/series/{}", five.base, five.series);
    let body = json!({ "title": "W".repeat(120) });
    let done = five.service.patch(&five.coordinator, &path, body);
    done.await.expect(200);
    let svg = picture(&five, "de", "").await.text();
    assert!(
        svg.contains(&format!(">{}…</text>", "W".repeat(70))),
        "{svg}"
    );
    let empty = picture(&five, "de", "?year=1999").await.text();
    elements(&empty);
    assert!(empty.contains("In diesem Zeitraum gibt es kein Treffen."));
}

#[actix_web::test]
async fn a_meeting_without_a_host_stands_in_a_row_of_its_own() {
    let five = FiveCities::start().await;
    for city in &five.cities {
        let path = format!("/municipalities/{}/blackouts", city.id);
        let body = json!({ "starts_on": "2026-08-11", "ends_on": "2026-08-11" });
        five.make(&path, body).await;
    }
    let svg = picture(&five, "de", "").await.text();
    assert!(
        svg.contains("<title>11.08.2026 (niemand) (geplant)</title>"),
        "{svg}"
    );
}

#[actix_web::test]
async fn the_terminal_shows_the_same() {
    let five = a_year().await;
    let app = five.service.app.clone();
    let series = five.series.parse().unwrap();
    let text = reihum::commands::rotation_overview(&app, series, 2026)
        .await
        .unwrap();
    insta::assert_snapshot!("terminal_de", text);
}
