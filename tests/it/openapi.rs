//! The document of the API, as it stands in `docs/openapi.json`.
use std::fs;

use actix_web::test::TestRequest;
use reihum::http;
use serde_json::Value;

use crate::harness::Service;

/// After a wanted change: `cargo run -- openapi > docs/openapi.json`.
#[test]
fn the_committed_copy_is_the_document() {
    let copy: Value =
        serde_json::from_str(&fs::read_to_string("docs/openapi.json").unwrap()).unwrap();
    let made = serde_json::to_value(http::openapi()).unwrap();
    assert!(
        copy == made,
        "docs/openapi.json is not what the code says: cargo run -- openapi > docs/openapi.json"
    );
    assert!(made["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn every_operation_is_described_and_has_a_name_of_its_own() {
    let document = serde_json::to_value(http::openapi()).unwrap();
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{method} {path}"));
            assert!(
                operation["summary"].is_string(),
                "{method} {path} has no summary"
            );
            assert!(
                operation["responses"]["default"].is_object(),
                "{method} {path} has no problem"
            );
            names.push(name.to_owned());
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two operations share a name");
}

#[actix_web::test]
async fn the_documentation_comes_from_the_binary() {
    let service = Service::start();
    let document = service
        .send(TestRequest::get().uri("/api/openapi.json"))
        .await
        .expect(200);
    assert_eq!(document["info"]["title"], "reihum");
    let page = service.send(TestRequest::get().uri("/api/docs/")).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("swagger-ui"), "{text}");
    assert!(
        !text.contains("https://") && !text.contains("//cdn"),
        "{text}"
    );
}
