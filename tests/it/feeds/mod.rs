//! Feeds: what is in them, who may make them, and that they stay the same while nothing changes.
mod personal;

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use reihum::App;
use reihum::clock::Ids;
use reihum::db::Db;
use reihum::http::caller;
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, FiveCities, GUETERSLOH, HERFORD, list, text};
use crate::harness::Answer;

async fn make(five: &FiveCities, token: &str, new: Value) -> (String, String) {
    let made = five.service.post(token, "/feeds", new).await.expect(201);
    let url = text(&made["url"]);
    let path = url
        .strip_prefix("https://reihum.example")
        .unwrap()
        .to_owned();
    (text(&made["id"]), path)
}

async fn fetch(five: &FiveCities, path: &str) -> Answer {
    five.service.send(TestRequest::get().uri(path)).await
}

fn events(feed: &Answer) -> Vec<String> {
    let unfolded = feed.text().replace("\r\n ", "");
    unfolded
        .split("BEGIN:VEVENT")
        .skip(1)
        .map(str::to_owned)
        .collect()
}

#[actix_web::test]
async fn a_feed_stays_the_same_to_the_byte_until_something_changes() {
    let five = FiveCities::start().await;
    let new = json!({ "scope": "series", "series_id": five.series, "label": "Amtsblatt" });
    let (_, path) = make(&five, &five.coordinator, new).await;
    let first = fetch(&five, &path).await;
    assert_eq!(first.status.as_u16(), 200);
    assert_eq!(
        first.headers.get("content-type").unwrap(),
        "text/calendar; charset=utf-8"
    );
    let text = first.text();
    for line in [
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "X-WR-CALNAME:5 für OWL: Digitaltreffen",
        "X-WR-TIMEZONE:Europe/Berlin",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    for private in [
        "METHOD",
        "ATTENDEE",
        "ORGANIZER",
        "/answers/",
        "mailto:",
        "VALARM",
        "TOP 1",
        "Rückmeldung",
    ] {
        assert!(!text.contains(private), "{private}");
    }
    assert_eq!(events(&first).len(), five.meetings().await.len());
    assert!(
        events(&first)
            .iter()
            .all(|event| event.contains("STATUS:TENTATIVE"))
    );
    five.service.clock.advance(TimeDelta::seconds(5));
    let second = fetch(&five, &path).await;
    assert_eq!((second.etag(), &second.body), (first.etag(), &first.body));
    let known = TestRequest::get()
        .uri(&path)
        .insert_header(("if-none-match", first.etag()));
    let known = five.service.send(known).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    // Another cooperation's change, and one of this that no calendar shows.
    five.service.cooperation("Nordkreis").await;
    let blackout = json!({ "starts_on": "2035-01-01", "ends_on": "2035-01-02" });
    let host = &five.cities[HERFORD].id;
    five.make(&format!("/municipalities/{host}/blackouts"), blackout)
        .await;
    let third = fetch(&five, &path).await;
    assert_eq!((third.etag(), &third.body), (first.etag(), &first.body));
    let meeting = five.meeting(0).await;
    let patch = json!({ "title": "Sondersitzung" });
    five.service
        .patch(&five.coordinator, &format!("/meetings/{meeting}"), patch)
        .await
        .expect(200);
    let changed = fetch(&five, &path).await;
    assert_ne!(changed.etag(), first.etag());
    assert!(changed.text().contains("Sondersitzung"));
}

#[actix_web::test]
async fn a_feed_says_when_it_was_modified_and_takes_that_for_an_answer() {
    let five = FiveCities::start().await;
    let (_, path) = make(&five, &five.coordinator, json!({ "scope": "cooperation" })).await;
    let modified = |answer: &Answer| {
        let date = answer.headers.get("last-modified").expect("a date");
        date.to_str().unwrap().to_owned()
    };
    let asked_with = async |headers: &[(&str, &str)]| {
        let mut request = TestRequest::get().uri(&path);
        for header in headers {
            request = request.insert_header(*header);
        }
        five.service.send(request).await
    };
    let first = asked_with(&[]).await;
    let date = modified(&first);
    assert_eq!(date, "Mon, 02 Mar 2026 09:01:00 GMT");
    five.service.clock.advance(TimeDelta::minutes(5));
    let since = asked_with(&[("if-modified-since", &date)]).await;
    assert_eq!((since.status.as_u16(), since.body.len()), (304, 0));
    assert_eq!(
        (modified(&since), since.etag()),
        (date.clone(), first.etag())
    );
    let by_tag = asked_with(&[("if-none-match", &first.etag())]).await;
    assert_eq!(
        (by_tag.status.as_u16(), modified(&by_tag)),
        (304, date.clone())
    );
    let earlier = asked_with(&[("if-modified-since", "Mon, 02 Mar 2026 09:00:59 GMT")]).await;
    assert_eq!(
        (earlier.status.as_u16(), modified(&earlier)),
        (200, date.clone())
    );
    // A tag goes before a date, and nonsense is no date.
    let other = [
        ("if-none-match", "\"other\""),
        ("if-modified-since", &*date),
    ];
    assert_eq!(asked_with(&other).await.status.as_u16(), 200);
    let nonsense = asked_with(&[("if-modified-since", "yesterday")]).await;
    assert_eq!(nonsense.status.as_u16(), 200);
    // Two changes within a second are two dates.
    let meeting = format!("/meetings/{}", five.meeting(0).await);
    let mut known = date;
    for title in ["Sondersitzung", "Klausur"] {
        five.service
            .patch(&five.coordinator, &meeting, json!({ "title": title }))
            .await
            .expect(200);
        let changed = asked_with(&[("if-modified-since", &known)]).await;
        assert_eq!(changed.status.as_u16(), 200, "{title}");
        assert!(changed.text().contains(title));
        known = modified(&changed);
    }
}

#[actix_web::test]
async fn what_another_instance_changes_shows_within_a_second() {
    let five = FiveCities::start().await;
    let (_, path) = make(&five, &five.coordinator, json!({ "scope": "cooperation" })).await;
    let here = &five.service.app;
    let there = App::new(
        Db::open(&here.settings.database_url, 2, here.settings.db_prepared).unwrap(),
        here.clock.clone(),
        Ids::seeded(8),
        (*here.settings).clone(),
    );
    let before = fetch(&five, &path).await;
    let patch = json!({ "title": "Sondersitzung" });
    let meeting = format!("/meetings/{}", five.meeting(0).await);
    caller::call(&there, &five.coordinator, "PATCH", &meeting, patch)
        .await
        .unwrap();
    assert_eq!(
        fetch(&five, &path).await.body,
        before.body,
        "not asked again this soon"
    );
    five.service.clock.advance(TimeDelta::seconds(1));
    assert!(fetch(&five, &path).await.text().contains("Sondersitzung"));
}

#[actix_web::test]
async fn meetings_are_shown_as_they_stand_and_leave_in_time() {
    let five = FiveCities::start().await;
    let (_, path) = make(&five, &five.coordinator, json!({ "scope": "cooperation" })).await;
    let (first, second) = (five.meeting(0).await, five.meeting(1).await);
    let invite = format!("/meetings/{first}/invite");
    five.service
        .post(&five.coordinator, &invite, json!({}))
        .await
        .expect(200);
    let cancel = format!("/meetings/{second}/cancel");
    five.service
        .post(&five.coordinator, &cancel, json!({ "reason": "Sturm" }))
        .await;
    let feed = fetch(&five, &path).await;
    let shown = |feed: &Answer, meeting: &str| {
        events(feed)
            .into_iter()
            .find(|event| event.contains(&format!("UID:{meeting}@")))
    };
    assert!(shown(&feed, &first).unwrap().contains("STATUS:CONFIRMED"));
    let off = shown(&feed, &second).unwrap();
    assert!(
        off.contains("STATUS:CANCELLED") && off.contains("SEQUENCE:1"),
        "{off}"
    );
    five.service.clock.advance(TimeDelta::days(30));
    assert!(shown(&fetch(&five, &path).await, &second).is_some());
    five.service.clock.advance(TimeDelta::days(1));
    assert!(shown(&fetch(&five, &path).await, &second).is_none());
    five.service.clock.advance(TimeDelta::days(300));
    assert!(shown(&fetch(&five, &path).await, &first).is_some());
    five.service.clock.advance(TimeDelta::days(80));
    assert!(shown(&fetch(&five, &path).await, &first).is_none());
}

#[actix_web::test]
async fn a_persons_feed_has_what_that_person_is_invited_to() {
    let five = FiveCities::start().await;
    let carla = &five.cities[BIELEFELD].people[0];
    let (_, path) = make(&five, &carla.token, json!({ "scope": "person" })).await;
    let all = five.meetings().await;
    assert_eq!(events(&fetch(&five, &path).await).len(), all.len());
    let guest = json!({
        "given_name": "Gast", "family_name": "Ohne Stadt", "address": "gast@land.example",
        "role": "guest", "language": "en",
    });
    let guest = five.make("/people", guest).await;
    let new = json!({ "scope": "person", "person_id": guest });
    five.service
        .post(&carla.token, "/feeds", new.clone())
        .await
        .expect(403);
    let (_, guests) = make(&five, &five.coordinator, new).await;
    assert_eq!(events(&fetch(&five, &guests).await).len(), 0);
    let add = format!("/meetings/{}/invitations", text(&all[2]["id"]));
    five.service
        .post(&five.coordinator, &add, json!({ "person_id": guest }))
        .await
        .expect(201);
    let feed = fetch(&five, &guests).await;
    assert_eq!(events(&feed).len(), 1);
    assert!(feed.text().contains("3rd meeting in"), "{}", feed.text());
    let strike = format!("/meetings/{}/invitations/{}", text(&all[0]["id"]), carla.id);
    five.service
        .delete(&five.coordinator, &strike)
        .await
        .expect(204);
    assert_eq!(events(&fetch(&five, &path).await).len(), all.len() - 1);
    // A membership that ends takes what comes after it along.
    let until = json!({ "until": text(&all[3]["date"]) });
    let person = format!("{}/people/{}", five.base, carla.id);
    five.service
        .patch(&five.coordinator, &person, until)
        .await
        .expect(200);
    assert_eq!(events(&fetch(&five, &path).await).len(), 3);
    // With the person goes the feed.
    five.service
        .delete(&five.coordinator, &person)
        .await
        .expect(204);
    assert_eq!(fetch(&five, &path).await.status.as_u16(), 404);
}

#[actix_web::test]
async fn a_revoked_feed_leads_nowhere_at_once() {
    let five = FiveCities::start().await;
    let anke = &five.cities[GUETERSLOH].people[0];
    let carla = &five.cities[BIELEFELD].people[0];
    let (id, path) = make(&five, &anke.token, json!({ "scope": "cooperation" })).await;
    let secret = path
        .trim_start_matches("/feeds/")
        .trim_end_matches(".ics")
        .to_owned();
    assert_eq!(fetch(&five, &path).await.status.as_u16(), 200);
    let listed = five.get("/feeds").await;
    assert_eq!(list(&listed).len(), 1);
    assert!(!listed.to_string().contains(&secret), "shown once");
    assert_eq!(
        list(&five.service.get(&carla.token, "/feeds").await.expect(200)).len(),
        0
    );
    let one = format!("/feeds/{id}");
    five.service.delete(&carla.token, &one).await.expect(404);
    let (_, stranger) = five.service.cooperation("Nordkreis").await;
    five.service.delete(&stranger, &one).await.expect(404);
    five.service.delete(&anke.token, &one).await.expect(204);
    assert_eq!(fetch(&five, &path).await.status.as_u16(), 404);
    five.service.delete(&anke.token, &one).await.expect(404);
    assert_eq!(
        fetch(&five, "/feeds/nothing.ics").await.status.as_u16(),
        404
    );
    five.service.get(&secret, "/feeds").await.expect(401);
}

#[actix_web::test]
async fn what_a_feed_may_be_is_checked() {
    let five = FiveCities::start().await;
    let carla = &five.cities[BIELEFELD].people[0];
    let cases = [
        (json!({ "scope": "series" }), "series_id: together"),
        (
            json!({ "scope": "person", "series_id": five.series, "person_id": carla.id }),
            "series_id: together",
        ),
        (
            json!({ "scope": "cooperation", "person_id": carla.id }),
            "person_id: together",
        ),
        (json!({ "scope": "person" }), "person_id: required"),
        (
            json!({ "scope": "series", "series_id": carla.id }),
            "series_id: exists",
        ),
        (
            json!({ "scope": "person", "person_id": five.series }),
            "person_id: exists",
        ),
        (
            json!({ "scope": "cooperation", "label": "" }),
            "label: length",
        ),
        (
            json!({ "scope": "cooperation", "reminders_minutes": [60] }),
            "reminders_minutes: together",
        ),
        (
            json!({ "scope": "person", "reminders_minutes": [0] }),
            "reminders_minutes: reminders",
        ),
        (
            json!({ "scope": "person", "reminders_minutes": [40_321] }),
            "reminders_minutes: reminders",
        ),
        (
            json!({ "scope": "person", "reminders_minutes": [60, 60] }),
            "reminders_minutes: reminders",
        ),
        (
            json!({ "scope": "person", "reminders_minutes": [1, 2, 3, 4, 5, 6] }),
            "reminders_minutes: length",
        ),
        (
            json!({ "scope": "cooperation", "token": "mine" }),
            "token: unknown_field",
        ),
    ];
    for (new, rule) in cases {
        let answer = five
            .service
            .post(&five.coordinator, "/feeds", new.clone())
            .await;
        assert!(
            answer.rules().contains(&rule.to_owned()),
            "{new}: {:?}",
            answer.rules()
        );
    }
    let anything = json!({ "scope": "cooperation" });
    five.service
        .post(&five.reader, "/feeds", anything)
        .await
        .expect(403);
}
