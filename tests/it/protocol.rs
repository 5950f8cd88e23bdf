//! What every address of the API has in common.
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use insta::assert_snapshot;
use reihum::config::Settings;
use serde_json::{Value, json};

use crate::harness::{Answer, Service, bearer};

const HERFORD: &str = r#"{"name":"Herford","joined_on":"2026-01-01"}"#;

fn order(path: &str, token: &str, key: &str, body: &'static str) -> TestRequest {
    TestRequest::post()
        .uri(path)
        .insert_header(bearer(token))
        .insert_header(("idempotency-key", key.to_owned()))
        .insert_header(("content-type", "application/json"))
        .set_payload(body)
}

#[actix_web::test]
async fn a_repeated_request_is_done_once_and_answered_the_same() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let path = format!("/api/v1/cooperations/{slug}/municipalities");
    let first = service.send(order(&path, &token, "a", HERFORD)).await;
    let again = service.send(order(&path, &token, "a", HERFORD)).await;
    assert_eq!((first.status.as_u16(), &first.body), (201, &again.body));
    assert_eq!(first.headers.get("location"), again.headers.get("location"));
    let other = r#"{"name":"Detmold","joined_on":"2026-01-01"}"#;
    let reused = service.send(order(&path, &token, "a", other)).await;
    assert_eq!(reused.rules(), ["idempotency_key_reused"]);
    // A refused request leaves nothing behind, so that it can be put right under the same key.
    service
        .send(order(&path, &token, "b", HERFORD))
        .await
        .expect(422);
    service
        .send(order(&path, &token, "b", other))
        .await
        .expect(201);
    // After a day the key is free again.
    service.clock.advance(TimeDelta::hours(24));
    assert_eq!(
        service
            .send(order(&path, &token, "a", HERFORD))
            .await
            .rules(),
        ["name: unique"]
    );
    let bad = service
        .send(order(&path, &token, "with space", HERFORD))
        .await;
    assert_eq!(bad.rules(), ["Idempotency-Key: length"]);
}

#[actix_web::test]
async fn a_change_of_another_revision_is_refused() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let path = format!("/api/v1/cooperations/{slug}");
    let seen = service
        .send(TestRequest::get().uri(&path).insert_header(bearer(&token)))
        .await
        .etag();
    let change = |tag: &str| {
        TestRequest::patch()
            .uri(&path)
            .insert_header(bearer(&token))
            .insert_header(("if-match", tag.to_owned()))
            .set_json(json!({ "name": "Sechs" }))
    };
    let changed = service.send(change(&seen)).await;
    assert_ne!(changed.etag(), seen);
    assert_snapshot!(service.send(change(&seen)).await.text(), @r#"{"type":"urn:reihum:problem:stale","title":"Changed meanwhile","status":412,"detail":"the resource has changed; fetch it again"}"#);
    assert_eq!(
        service.send(change("three")).await.rules(),
        ["If-Match: etag"]
    );
    service.send(change(&changed.etag())).await.expect(200);
}

#[actix_web::test]
async fn tokens_end_when_they_should() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let tokens = format!("/cooperations/{slug}/tokens");
    let short = json!({ "role": "reader", "label": "short", "expires_in_days": 1 });
    let short = service.post(&token, &tokens, short).await.expect(201);
    let reader = short["token"].as_str().unwrap();
    service
        .get(reader, &format!("/cooperations/{slug}"))
        .await
        .expect(200);
    service.get(reader, &tokens).await.expect(403);
    service
        .patch(reader, &format!("/cooperations/{slug}"), json!({}))
        .await
        .expect(403);
    service.clock.advance(TimeDelta::days(1));
    service
        .get(reader, &format!("/cooperations/{slug}"))
        .await
        .expect(401);
    let long = json!({ "role": "reader", "label": "long" });
    let long = service.post(&token, &tokens, long).await.expect(201);
    let reader = long["token"].as_str().unwrap();
    let one = format!("{tokens}/{}", long["id"].as_str().unwrap());
    service.delete(&token, &one).await.expect(204);
    service.delete(&token, &one).await.expect(204);
    service
        .get(reader, &format!("/cooperations/{slug}"))
        .await
        .expect(401);
    let listed = service.get(&token, &tokens).await;
    assert!(
        !listed.text().contains("rhm_"),
        "a listed token shows itself"
    );
    let nobody = json!({ "role": "delegate", "label": "nobody's" });
    assert_eq!(
        service.post(&token, &tokens, nobody).await.rules(),
        ["person_id: required"]
    );
    let operator = json!({ "role": "operator", "label": "sly" });
    assert_eq!(
        service.post(&token, &tokens, operator).await.rules(),
        ["role: role"]
    );
}

#[actix_web::test]
async fn methods_types_and_sizes_are_checked() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let path = format!("/api/v1/cooperations/{slug}/municipalities");
    let head = TestRequest::with_uri(&path)
        .method(Method::HEAD)
        .insert_header(bearer(&token));
    assert_eq!(service.send(head).await.status, 200);
    let put = service
        .send(TestRequest::put().uri(&path).insert_header(bearer(&token)))
        .await;
    assert_eq!(put.headers.get("allow").unwrap(), "GET, HEAD, POST");
    put.expect(405);
    let text = TestRequest::post()
        .uri(&path)
        .insert_header(bearer(&token))
        .set_payload(HERFORD);
    service.send(text).await.expect(415);
    let zipped = TestRequest::post()
        .uri(&path)
        .insert_header(bearer(&token))
        .insert_header(("content-encoding", "gzip"))
        .insert_header(("content-type", "application/json"))
        .set_payload(HERFORD);
    service.send(zipped).await.expect(415);
    let broken = order(&path, &token, "k", r#"{"name":"#);
    service.send(broken).await.expect(400);
    let nul = order(
        &path,
        &token,
        "k",
        r#"{"name":"a\u0000b","joined_on":"2026-01-01"}"#,
    );
    assert_eq!(
        service.send(nul).await.rules(),
        ["name: control_characters"]
    );
    let large = TestRequest::post()
        .uri(&path)
        .insert_header(bearer(&token))
        .insert_header(("content-type", "application/json"))
        .set_payload(vec![b' '; 200_000]);
    service.send(large).await.expect(413);
    let deep = TestRequest::post()
        .uri(&path)
        .insert_header(bearer(&token))
        .insert_header(("content-type", "application/json"))
        .set_payload("[".repeat(100_000));
    service.send(deep).await.expect(400);
}

#[actix_web::test]
async fn strangers_are_slowed_down() {
    let service = Service::start();
    service
        .get("rhm_0", "/cooperations/fuenf")
        .await
        .expect(401);
    // As many as a slow machine may need to use up what a minute allows.
    let mut refused = None;
    for n in 1..2000 {
        let answer = service
            .get(&format!("rhm_{n}"), "/cooperations/fuenf")
            .await;
        if answer.status != 401 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("guessing goes on for ever");
    assert!(refused.headers.contains_key("retry-after"));
    refused.expect(429);
    // Who asks without any token guesses nothing and is told so each time.
    service
        .send(TestRequest::get().uri("/api/v1/cooperations/fuenf"))
        .await
        .expect(401);
}

#[actix_web::test]
async fn other_sites_pages_change_nothing_and_pages_load_nothing_from_elsewhere() {
    let service = Service::start();
    let foreign = TestRequest::post()
        .uri("/answers/abc")
        .insert_header(("sec-fetch-site", "cross-site"))
        .set_form([("answer", "accepted")]);
    service.send(foreign).await.expect(403);
    let page = service.send(TestRequest::get().uri("/nothing/here")).await;
    let policy = page
        .headers
        .get("content-security-policy")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(page.headers.get("referrer-policy").unwrap(), "no-referrer");
    assert!(
        page.text().contains("<html lang=\"de\">"),
        "{}",
        page.text()
    );
    let english = TestRequest::get()
        .uri("/nothing")
        .insert_header(("accept-language", "en"));
    assert!(service.send(english).await.text().contains("Not found"));
    let origin = TestRequest::get()
        .uri("/healthz")
        .insert_header(("origin", "https://other.example"));
    assert!(
        service
            .send(origin)
            .await
            .headers
            .get("access-control-allow-origin")
            .is_none()
    );
}

#[actix_web::test]
async fn scripts_of_the_listed_origins_may_call_the_api() {
    let mut service = Service::start();
    let mut settings = Settings::clone(&service.app.settings);
    settings.cors_origins = vec!["https://intranet.example".to_owned()];
    service.app.settings = Arc::new(settings);
    let preflight = |origin: &'static str| {
        TestRequest::with_uri("/api/v1/cooperations/fuenf")
            .method(Method::OPTIONS)
            .insert_header(("origin", origin))
            .insert_header(("access-control-request-method", "PATCH"))
            .insert_header(("access-control-request-headers", "if-match,authorization"))
    };
    let allowed = service.send(preflight("https://intranet.example")).await;
    assert!(allowed.status.is_success());
    let header = |answer: &Answer, name: &str| {
        let value = answer.headers.get(format!("access-control-{name}"));
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let origin = Some("https://intranet.example".to_owned());
    assert_eq!(header(&allowed, "allow-origin"), origin);
    assert!(header(&allowed, "allow-methods").unwrap().contains("PATCH"));
    assert!(
        header(&allowed, "allow-headers")
            .unwrap()
            .contains("idempotency-key")
    );
    assert_eq!(header(&allowed, "max-age").unwrap(), "600");
    assert_eq!(header(&allowed, "allow-credentials"), None);
    let refused = service.send(preflight("https://other.example")).await;
    assert!(refused.status.is_client_error());
    assert_eq!(header(&refused, "allow-origin"), None);
    let request = TestRequest::get()
        .uri("/healthz")
        .insert_header(("origin", "https://intranet.example"));
    let answer = service.send(request).await;
    assert_eq!(header(&answer, "allow-origin"), origin);
    assert!(header(&answer, "expose-headers").unwrap().contains("etag"));
}

#[actix_web::test]
async fn the_service_says_how_it_is() {
    let service = Service::start();
    assert_eq!(
        service
            .send(TestRequest::get().uri("/healthz"))
            .await
            .text(),
        "ok\n"
    );
    assert_eq!(
        service.send(TestRequest::get().uri("/readyz")).await.text(),
        "ready\n"
    );
    assert_eq!(
        service
            .send(TestRequest::get().uri("/metrics"))
            .await
            .status,
        200
    );
}

#[actix_web::test]
async fn everything_that_is_wrong_with_a_body_is_named_at_once() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let path = format!("/cooperations/{slug}/series");
    let rules = async |body: Value| {
        let mut rules = service.post(&token, &path, body).await.rules();
        rules.sort();
        rules
    };
    assert_eq!(
        rules(json!({})).await,
        [
            "duration_minutes: required",
            "rule: required",
            "start_time: required",
            "starts_on: required",
            "title: required",
        ]
    );
    let mixed = json!({
        "title": 5, "rule": "FREQ=SECONDLY", "starts_on": "soon", "start_time": "10:00\u{1}",
        "duration_minutes": "long", "horizon_months": 99, "answer_days": null, "colour": "red",
        "cancelled_turn": "kept", "topics_need_acceptance": "yes", "call_for_topics_days": 1,
        "template_agenda": [
            { "title": "", "minutes": 5, "kind": "talk", "placement": "opening" },
            { "title": "A", "minutes": 1.5, "placement": 7 },
            "Verschiedenes",
        ],
    });
    assert_eq!(
        rules(mixed).await,
        [
            "answer_days: type",
            "cancelled_turn: type",
            "colour: unknown_field",
            "duration_minutes: type",
            "horizon_months: range",
            "rule: recurrence",
            "start_time: control_characters",
            "starts_on: type",
            "template_agenda[0].kind: type",
            "template_agenda[0].title: length",
            "template_agenda[0].title: one_line",
            "template_agenda[1].kind: required",
            "template_agenda[1].minutes: type",
            "template_agenda[1].placement: type",
            "template_agenda[2]: type",
            "title: type",
            "topics_need_acceptance: type",
        ]
    );
    // Keys, moments and lists of keys; and what is no object at all.
    let token_path = format!("/cooperations/{slug}/tokens");
    let wrong = json!({ "role": "king", "person_id": "me", "expires_in_days": -1 });
    let answer = service.post(&token, &token_path, wrong).await;
    let mut found = answer.rules();
    found.sort();
    assert_eq!(
        found,
        [
            "expires_in_days: type",
            "label: required",
            "person_id: type",
            "role: type"
        ]
    );
    assert_eq!(rules(json!([1])).await, [": type"]);
    // However much is wrong, the answer comes soon.
    let many: serde_json::Map<String, Value> = (0..8000)
        .map(|number| (format!("x{number}"), json!(number)))
        .collect();
    let many = rules(Value::Object(many)).await;
    assert!((50..=100).contains(&many.len()), "{}", many.len());
    let list = service.get(&token, &path).await.expect(200);
    assert_eq!(list["items"], json!([]), "nothing was made");
}

#[test]
fn the_client_is_who_the_first_trusted_proxy_saw() {
    let lines: [&[&str]; 4] = [
        &[],
        &["198.51.100.7"],
        &["203.0.113.1, 198.51.100.7", "192.0.2.2, 192.0.2.3"],
        &["nonsense, 198.51.100.7", "2001:db8::1"],
    ];
    // Before all proxies stands the peer of the connection.
    let expected = [
        ["10.0.0.1", "10.0.0.1", "10.0.0.1"],
        ["10.0.0.1", "198.51.100.7", "10.0.0.1"],
        ["10.0.0.1", "192.0.2.3", "192.0.2.2"],
        ["10.0.0.1", "[2001, db8, 0, 0]", "198.51.100.7"],
    ];
    for (lines, expected) in lines.iter().zip(expected) {
        let mut request = TestRequest::get().peer_addr("10.0.0.1:4711".parse().unwrap());
        for line in *lines {
            request = request.append_header(("x-forwarded-for", *line));
        }
        let request = request.to_http_request();
        let peers = [0, 1, 2].map(|proxies| reihum::http::guard::peer(&request, proxies));
        assert_eq!(peers, expected, "{lines:?}");
    }
}

#[actix_web::test]
async fn a_key_given_twice_is_refused() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let path = format!("/api/v1/cooperations/{slug}/municipalities");
    for twice in [
        r#"{"name":"Herford","name":"Detmold","joined_on":"2026-01-01"}"#,
        r#"{"name":"Herford","joined_on":"2026-01-01","x":[{"a":1,"a":1}]}"#,
    ] {
        let refused = service.send(order(&path, &token, "a", twice)).await;
        let problem = refused.expect(400);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("is given twice"), "{detail}");
    }
    let path = format!("/cooperations/{slug}/municipalities");
    let listed = service.get(&token, &path).await;
    assert_eq!(listed.json()["items"], json!([]));
}

#[actix_web::test]
async fn names_show_all_that_they_have() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let base = format!("/cooperations/{slug}");
    let invisible =
        "\u{200b}\u{feff}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    for c in invisible.chars().chain("\u{2028}\u{2029}".chars()) {
        let rule = if invisible.contains(c) {
            "invisible"
        } else {
            "one_line"
        };
        let name = format!("Her{c}ford");
        let municipality = json!({ "name": name, "joined_on": "2026-01-01" });
        let refused = service
            .post(&token, &format!("{base}/municipalities"), municipality)
            .await;
        assert_eq!(refused.rules(), [format!("name: {rule}")], "{c:?}");
        let person = json!({
            "given_name": name, "family_name": name, "address": "a@herford.example", "role": "reader",
            "from": "2026-01-01",
        });
        let refused = service
            .post(&token, &format!("{base}/people"), person)
            .await;
        let expected = [
            format!("family_name: {rule}"),
            format!("given_name: {rule}"),
        ];
        assert_eq!(refused.rules(), expected, "{c:?}");
    }
    // What joins letters belongs to names in some scripts.
    let joined = json!({ "name": "Her\u{200d}ford", "joined_on": "2026-01-01" });
    service
        .post(&token, &format!("{base}/municipalities"), joined)
        .await
        .expect(201);
}
