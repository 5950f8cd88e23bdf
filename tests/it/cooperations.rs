//! Cooperations, tokens, municipalities and people.
use serde_json::json;

use crate::harness::Service;

#[actix_web::test]
async fn a_cooperation_is_made_and_seen_by_its_own_tokens_only() {
    let service = Service::start();
    let (slug, token) = service.cooperation("5 für OWL").await;
    assert_eq!(slug, "5-fuer-owl");
    let (other, others) = service.cooperation("Nordkreis").await;
    let seen = service
        .get(&token, &format!("/cooperations/{slug}"))
        .await
        .expect(200);
    assert_eq!(seen["name"], "5 für OWL");
    assert_eq!(seen["language"], "de");
    service
        .get(&token, &format!("/cooperations/{other}"))
        .await
        .expect(404);
    service
        .get(&others, &format!("/cooperations/{slug}"))
        .await
        .expect(404);
    service
        .get("rhm_nobody", &format!("/cooperations/{slug}"))
        .await
        .expect(401);
    let by_key = format!("/cooperations/{}", seen["id"].as_str().unwrap());
    service.get(&token, &by_key).await.expect(200);
}

#[actix_web::test]
async fn a_municipality_and_its_people_come_and_change() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let base = format!("/cooperations/{slug}");
    let new = json!({ "name": "Herford", "ags": "05758012", "joined_on": "2026-01-01" });
    let herford = service
        .post(&token, &format!("{base}/municipalities"), new.clone())
        .await;
    let herford = herford.expect(201);
    let again = service
        .post(&token, &format!("{base}/municipalities"), new)
        .await;
    assert_eq!(again.rules(), ["name: unique"]);
    let one = format!("{base}/municipalities/{}", herford["id"].as_str().unwrap());
    let others = [
        ("Bad Oeynhausen", None),
        ("herford", Some("name: unique")),
        (" HERFORD ", Some("name: unique")),
        ("BAD  OEYNHAUSEN", Some("name: unique")),
        ("Bad\u{a0}Oeynhausen", Some("name: unique")),
        ("BadOeynhausen", None),
        ("Öhringen", None),
        ("ÖHRINGEN", Some("name: unique")),
    ];
    for (name, rule) in others {
        let new = json!({ "name": name, "joined_on": "2026-01-01" });
        let answer = service
            .post(&token, &format!("{base}/municipalities"), new)
            .await;
        let expected: Vec<&str> = rule.into_iter().collect();
        assert_eq!(answer.rules(), expected, "{name}");
    }
    let taken = json!({ "name": "öhringen" });
    assert_eq!(
        service.patch(&token, &one, taken).await.rules(),
        ["name: unique"]
    );
    // Its own name is no other's.
    let own = json!({ "name": "HERFORD" });
    service.patch(&token, &one, own).await.expect(200);
    let own = json!({ "name": "Herford" });
    let back = service.patch(&token, &one, own).await;
    let etag = back.etag();
    back.expect(200);
    let changed = service
        .patch(&token, &one, json!({ "left_on": "2027-01-01" }))
        .await;
    assert_ne!(changed.etag(), etag);
    assert_eq!(changed.expect(200)["left_on"], "2027-01-01");
    let venue = json!({ "name": "Rathaus", "street": "Rathausplatz 1", "postal_code": "32052", "locality": "Herford" });
    let venue = service
        .post(&token, &format!("{one}/venues"), venue)
        .await
        .expect(201);
    assert_eq!(venue["preferred"], true);
    let person = json!({
        "given_name": "Mara", "family_name": "Beispiel", "address": "Mara@Herford.example",
        "role": "delegate", "municipality_id": herford["id"],
    });
    let mara = service
        .post(&token, &format!("{base}/people"), person.clone())
        .await
        .expect(201);
    assert_eq!(mara["address"], "Mara@herford.example");
    let mut twice = person;
    twice["address"] = json!("mara@HERFORD.example");
    let twice = service.post(&token, &format!("{base}/people"), twice).await;
    assert_eq!(twice.rules(), ["address: unique"]);
    let gone = service.delete(&token, &one).await;
    assert_eq!(gone.rules(), ["in_use"]);
}

#[actix_web::test]
async fn bad_input_names_every_field() {
    let service = Service::start();
    let (slug, token) = service.cooperation("Fünf").await;
    let new =
        json!({ "name": "", "ags": "57580", "joined_on": "2026-01-02", "left_on": "2026-01-01" });
    let answer = service
        .post(&token, &format!("/cooperations/{slug}/municipalities"), new)
        .await;
    assert_eq!(
        answer.rules(),
        [
            "ags: ags",
            "left_on: together",
            "name: length",
            "name: one_line"
        ]
    );
    let new = json!({ "name": "Herford", "joined_on": "2026-01-02", "mayor": "nobody" });
    let answer = service
        .post(&token, &format!("/cooperations/{slug}/municipalities"), new)
        .await;
    assert_eq!(answer.rules(), ["mayor: unknown_field"]);
}
