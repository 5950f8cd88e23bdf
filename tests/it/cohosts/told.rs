//! Who is told of co-hosts: those invited by the usual update, and municipalities whose part of a turn has changed.
use chrono::TimeDelta;
use serde_json::json;

use super::{name, remove};
use crate::builders::{BIELEFELD, DETMOLD, FiveCities, HERFORD, text};
use crate::hosting::Hosts;
use crate::mailbox::{Mail, to};
use crate::steps::recipients;

const INES: &str = "ines@detmold.example";
const JACK: &str = "jack@detmold.example";
const ELIF: &str = "elif@herford.example";
const FRANK: &str = "frank@herford.example";
const CARLA: &str = "carla@bielefeld.example";

async fn after_ten_minutes(five: &FiveCities) -> Vec<Mail> {
    five.service.clock.advance(TimeDelta::minutes(10));
    five.service.mails().await
}

#[actix_web::test]
async fn who_became_co_host_or_is_none_any_more_hears_of_it_once() {
    let it = Hosts::start().await;
    name(&it.five, 1, &[DETMOLD]).await.expect(201);
    assert_eq!(
        it.five.service.mails().await.len(),
        0,
        "there may be more changes"
    );
    let mails = after_ten_minutes(&it.five).await;
    assert_eq!(recipients(&mails), [INES, JACK]);
    let ines = to(&mails, INES);
    assert_eq!(ines.subject(), "Detmold ist Mitgastgeberin am 09.06.2026");
    for part in ["Neuer Termin als Mitgastgeberin", "Dienstag, 9. Juni 2026"] {
        assert!(
            unwrapped(&ines.text).contains(part),
            "{part}: {}",
            ines.text
        );
    }
    assert_eq!(
        to(&mails, JACK).subject(),
        "Detmold is co-host on 9 Jun 2026"
    );
    assert_eq!(after_ten_minutes(&it.five).await.len(), 0);

    name(&it.five, 1, &[HERFORD]).await.expect(201);
    let mails = after_ten_minutes(&it.five).await;
    assert_eq!(recipients(&mails), [ELIF, FRANK, INES, JACK]);
    assert_eq!(
        to(&mails, INES).subject(),
        "Detmold ist nicht mehr Mitgastgeberin am 09.06.2026"
    );
    assert_eq!(
        to(&mails, JACK).subject(),
        "Detmold is no longer co-host on 9 Jun 2026"
    );

    // The day moves: for the host and for the co-host.
    let path = format!("/meetings/{}", it.five.meeting(1).await);
    let moved = json!({ "date": "2026-06-16" });
    it.five
        .service
        .patch(&it.five.coordinator, &path, moved)
        .await
        .expect(200);
    let mails = after_ten_minutes(&it.five).await;
    assert_eq!(mails.len(), 5, "three of Bielefeld, two of Herford");
    assert_eq!(
        to(&mails, CARLA).subject(),
        "Bielefeld richtet das Treffen am 16.06.2026 statt am 09.06.2026 aus"
    );
    assert_eq!(
        to(&mails, ELIF).subject(),
        "Herford ist Mitgastgeberin am 16.06.2026 statt am 09.06.2026"
    );

    // What is taken back at once is no news.
    name(&it.five, 1, &[HERFORD, DETMOLD]).await.expect(201);
    name(&it.five, 1, &[HERFORD]).await.expect(201);
    assert_eq!(after_ten_minutes(&it.five).await.len(), 0);
    remove(&it.five, 1).await.expect(204);
    assert_eq!(
        recipients(&after_ten_minutes(&it.five).await),
        [ELIF, FRANK]
    );
}

#[actix_web::test]
async fn a_co_host_that_becomes_host_hears_that_it_hosts() {
    let it = Hosts::start().await;
    name(&it.five, 1, &[HERFORD]).await.expect(201);
    after_ten_minutes(&it.five).await;
    let body = json!({
        "meeting_id": it.five.meeting(1).await, "municipality_id": it.five.cities[HERFORD].id, "reason": "Umbau",
    });
    let path = format!("/series/{}/rotation/overrides", it.five.series);
    it.five
        .service
        .post(&it.five.coordinator, &path, body)
        .await
        .expect(201);
    let mails = after_ten_minutes(&it.five).await;
    assert_eq!(
        to(&mails, ELIF).subject(),
        "Herford richtet das Treffen am 09.06.2026 aus"
    );
    assert_eq!(
        to(&mails, CARLA).subject(),
        "Bielefeld richtet das Treffen am 09.06.2026 nicht mehr aus"
    );
    assert_eq!(mails.len(), 5);
}

#[actix_web::test]
async fn those_invited_read_who_hosts_together_and_hear_of_changes() {
    let five = FiveCities::start().await;
    name(&five, 0, &[HERFORD, DETMOLD]).await.expect(201);
    let first = five.meeting(0).await;
    five.invite(&first).await;
    let mails = five.service.mails().await;
    assert_eq!(mails.len(), 11);
    let carla = to(&mails, CARLA);
    let hosts = "Gütersloh, gemeinsam mit Herford und Detmold";
    assert!(carla.text.contains(hosts), "{}", carla.text);
    assert!(carla.html.contains(hosts), "{}", carla.html);
    let description = carla.property("DESCRIPTION").unwrap();
    assert!(
        description.contains("Gastgeberin: Gütersloh\\, gemeinsam mit Herford und Detmold"),
        "{description}"
    );
    assert_eq!(
        carla.property("SUMMARY").unwrap(),
        "5 für OWL: 1. Treffen in Gütersloh"
    );
    assert!(
        carla
            .property("LOCATION")
            .unwrap()
            .contains("Rathaus Gütersloh")
    );
    let daisy = to(&mails, "daisy@bielefeld.example");
    assert!(
        daisy
            .text
            .contains("Gütersloh, together with Herford and Detmold"),
        "{}",
        daisy.text
    );

    let sequence = carla.sequence();
    five.service.clock.advance(TimeDelta::minutes(1));
    name(&five, 0, &[HERFORD]).await.expect(201);
    let told_at = five.get(&format!("/meetings/{first}")).await["changes_told_at"].clone();
    assert!(told_at.is_string(), "{told_at}");
    let mails = after_ten_minutes(&five).await;
    assert_eq!(mails.len(), 11, "the update, and nothing else");
    let carla = to(&mails, CARLA);
    let news = "Gemeinsam mit der Gastgeberin laden jetzt ein: Herford (statt Herford und Detmold)";
    assert!(unwrapped(&carla.text).contains(news), "{}", carla.text);
    assert_eq!(carla.sequence(), sequence + 1);
    assert!(
        carla
            .property("DESCRIPTION")
            .unwrap()
            .contains("Gastgeberin: Gütersloh\\, gemeinsam mit Herford")
    );
    remove(&five, 0).await.expect(204);
    let mails = after_ten_minutes(&five).await;
    let news = "Die Gastgeberin lädt wieder allein ein (bisher gemeinsam mit Herford)";
    assert!(unwrapped(&to(&mails, CARLA).text).contains(news));
    let daisy = to(&mails, "daisy@bielefeld.example");
    assert!(
        unwrapped(&daisy.text)
            .contains("The host hosts alone again (it was together with Herford)")
    );
    assert_eq!(after_ten_minutes(&five).await.len(), 0);
}

/// The text in one line.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[actix_web::test]
async fn a_feed_and_the_pictures_say_it_too() {
    let five = FiveCities::start().await;
    name(&five, 1, &[DETMOLD]).await.expect(201);
    let new = json!({ "scope": "series", "series_id": five.series, "label": "office" });
    let made = five
        .service
        .post(&five.coordinator, "/feeds", new)
        .await
        .expect(201);
    let url = text(&made["url"]);
    let path = url.strip_prefix("https://reihum.example").unwrap();
    let feed = five
        .service
        .send(actix_web::test::TestRequest::get().uri(path))
        .await
        .text();
    let feed = feed.replace("\r\n ", "");
    assert!(
        feed.contains("Gastgeberin: Bielefeld\\, gemeinsam mit Detmold"),
        "{feed}"
    );
    let path = format!("/series/{}/rotation/timeline.svg?year=2026", five.series);
    let svg = five.service.get(&five.reader, &path).await.text();
    assert!(
        svg.contains("<title>09.06.2026 Bielefeld, gemeinsam mit Detmold (geplant)</title>"),
        "{svg}"
    );
    assert_eq!(
        svg.matches("class=\"cohost\"").count(),
        2,
        "one, and the legend"
    );
    let path = format!("/series/{}/rotation/report.csv?year=2026", five.series);
    let csv = five.service.get(&five.reader, &path).await.text();
    assert!(
        csv.lines()
            .next()
            .unwrap()
            .contains("Angerechnete Termine (Tausendstel)"),
        "{csv}"
    );
    let series = five.series.parse().unwrap();
    let shown = reihum::commands::rotation_overview(&five.service.app, series, 2026)
        .await
        .unwrap();
    assert!(
        shown.contains("Bielefeld, gemeinsam mit Detmold"),
        "{shown}"
    );
    assert!(shown.contains("+ gemeinsam eingeladen"), "{shown}");
    let path = format!("/series/{}/rotation/timeline.svg?year=2027", five.series);
    let svg = five.service.get(&five.reader, &path).await.text();
    assert!(!svg.contains("class=\"cohost\""));
}

#[actix_web::test]
async fn a_plan_that_changes_co_hosts_says_so_before_it_is_applied() {
    let five = FiveCities::start().await;
    name(&five, 1, &[DETMOLD]).await.expect(201);
    let what_if = json!({
        "what_if": [{ "leave": { "municipality_id": five.cities[DETMOLD].id, "left_on": "2026-05-01" } }],
    });
    let path = format!("/series/{}/plan?dry_run=true", five.series);
    let trial = five
        .service
        .post(&five.coordinator, &path, what_if)
        .await
        .expect(200);
    let changed = &trial["difference"]["changed_cohosts"];
    assert_eq!(changed.as_array().unwrap().len(), 1, "{trial}");
    assert_eq!(changed[0]["from"][0]["name"], "Detmold");
    assert_eq!(changed[0]["to"], json!([]));
    let slot = &trial["plan"][1];
    assert_eq!(slot["cohosts"], json!([]));
    assert_eq!(slot["host"]["id"], five.cities[BIELEFELD].id);
    let affected = trial["affected"]["municipalities"].as_array().unwrap();
    assert!(affected.iter().any(|one| one["name"] == "Detmold"));
}
