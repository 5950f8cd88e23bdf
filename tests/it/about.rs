//! The root address, and the statements that every page links.
use std::sync::Arc;

use actix_web::test::TestRequest;
use reihum::config::Settings;

use crate::harness::Service;

async fn look(service: &Service, path: &str, language: &str) -> (u16, String, String) {
    let request = TestRequest::get()
        .uri(path)
        .insert_header(("accept-language", language.to_owned()));
    let answer = service.send(request).await;
    let location = answer.headers.get("location");
    let location = location.map_or_else(String::new, |it| it.to_str().unwrap().to_owned());
    (answer.status.as_u16(), location, answer.text())
}

#[actix_web::test]
async fn the_root_says_what_this_is_and_that_it_works() {
    let service = Service::start();
    for (language, words) in [
        (
            "de",
            [
                "reihum einladen",
                "Der Dienst läuft.",
                "Impressum",
                "Barrierefreiheit",
            ],
        ),
        (
            "en",
            [
                "host each other in turn",
                "The service is running.",
                "Imprint",
                "Accessibility",
            ],
        ),
    ] {
        let (status, _, page) = look(&service, "/", language).await;
        assert_eq!(status, 200);
        for words in words {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
}

#[actix_web::test]
async fn every_page_links_the_statements() {
    let mut service = Service::start();
    for path in [
        "/",
        "/answers/unknown",
        "/swaps/unknown",
        "/hosting/unknown",
        "/polls/unknown",
        "/nowhere",
    ] {
        let (_, _, page) = look(&service, path, "de").await;
        for link in [
            "href=\"/imprint\"",
            "href=\"/privacy\"",
            "href=\"/accessibility\"",
        ] {
            assert!(page.contains(link), "{path}: {page}");
        }
    }
    let (status, _, page) = look(&service, "/imprint", "de").await;
    assert_eq!(status, 404);
    assert!(page.contains("noch nicht hinterlegt"), "{page}");
    let url = |name: &str| Some(format!("https://stadt.example/{name}"));
    service.app.settings = Arc::new(Settings {
        imprint_url: url("impressum"),
        privacy_url: url("datenschutz"),
        accessibility_url: url("barrierefreiheit"),
        ..Settings::clone(&service.app.settings)
    });
    for (path, name) in [
        ("/imprint", "impressum"),
        ("/privacy", "datenschutz"),
        ("/accessibility", "barrierefreiheit"),
    ] {
        let (status, location, _) = look(&service, path, "de").await;
        assert_eq!((status, location), (302, url(name).unwrap()));
    }
}
