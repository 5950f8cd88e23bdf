//! The calendar of one person: the answer, the agenda and reminders, which no other feed has.
use chrono::TimeDelta;
use serde_json::json;

use super::{events, fetch, make};
use crate::builders::{BIELEFELD, FiveCities, HERFORD, text};
use crate::harness::Answer;

/// The event of a meeting, in lines.
fn event(feed: &Answer, meeting: &str) -> String {
    let uid = format!("UID:{meeting}@");
    let mut found = events(feed).into_iter();
    found.find(|event| event.contains(&uid)).expect("the event")
}

/// A property of the event itself; what its alarms have comes later.
fn value(event: &str, property: &str) -> String {
    let start = format!("{property}:");
    let line = event.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("{property} in {event}"))
        .to_owned()
}

fn triggers(event: &str) -> Vec<&str> {
    let lines = event.lines();
    lines
        .filter_map(|line| line.strip_prefix("TRIGGER:"))
        .collect()
}

async fn answer(five: &FiveCities, meeting: &str, person: &str, answer: &str) {
    let path = format!("/meetings/{meeting}/answers/{person}");
    let given = json!({ "answer": answer });
    let done = five.service.put(&five.coordinator, &path, given).await;
    done.expect(200);
    five.service.clock.advance(TimeDelta::minutes(1));
}

#[actix_web::test]
async fn every_answer_shows() {
    let five = FiveCities::start().await;
    let carla = &five.cities[BIELEFELD].people[0];
    let (_, path) = make(&five, &carla.token, json!({ "scope": "person" })).await;
    let meeting = five.meeting(0).await;
    let planned = event(&fetch(&five, &path).await, &meeting);
    assert!(
        !planned.contains("Rückmeldung"),
        "nobody has asked yet: {planned}"
    );
    assert_eq!(value(&planned, "STATUS"), "TENTATIVE");
    five.invite(&meeting).await;
    five.service.clock.advance(TimeDelta::minutes(1));
    let mut before = fetch(&five, &path).await;
    let open = event(&before, &meeting);
    assert!(
        value(&open, "DESCRIPTION").starts_with(r"Ihre Rückmeldung: offen\n"),
        "{open}"
    );
    assert_eq!(
        (value(&open, "STATUS"), value(&open, "TRANSP")),
        ("CONFIRMED".into(), "OPAQUE".into())
    );
    let mut stamp = value(&open, "LAST-MODIFIED");
    let cases = [
        ("accepted", "zugesagt", "CONFIRMED", "OPAQUE", "BUSY", 2),
        (
            "tentative",
            "mit Vorbehalt",
            "TENTATIVE",
            "OPAQUE",
            "TENTATIVE",
            2,
        ),
        (
            "declined",
            "abgesagt",
            "CONFIRMED",
            "TRANSPARENT",
            "FREE",
            0,
        ),
        ("accepted", "zugesagt", "CONFIRMED", "OPAQUE", "BUSY", 2),
    ];
    for (given, words, status, transparency, busy, reminders) in cases {
        answer(&five, &meeting, &carla.id, given).await;
        let feed = fetch(&five, &path).await;
        assert_ne!(feed.etag(), before.etag(), "{given}");
        let shown = event(&feed, &meeting);
        let begins = format!(r"Ihre Rückmeldung: {words}\n\n");
        assert!(value(&shown, "DESCRIPTION").starts_with(&begins), "{shown}");
        assert_eq!(value(&shown, "STATUS"), status);
        assert_eq!(value(&shown, "TRANSP"), transparency);
        assert_eq!(value(&shown, "X-MICROSOFT-CDO-BUSYSTATUS"), busy);
        assert_eq!(triggers(&shown).len(), reminders);
        let changed = value(&shown, "LAST-MODIFIED");
        assert!(changed > stamp, "{given}: {changed} after {stamp}");
        assert_eq!(value(&shown, "DTSTAMP"), changed);
        for private in ["ATTENDEE", "ORGANIZER", "/answers/", "mailto:"] {
            assert!(!feed.text().contains(private), "{private}");
        }
        (before, stamp) = (feed, changed);
    }
    assert_eq!(fetch(&five, &path).await.body, before.body);
    // What others answer is not in it.
    let dirk = &five.cities[BIELEFELD].people[1];
    answer(&five, &meeting, &dirk.id, "declined").await;
    assert_eq!(fetch(&five, &path).await.body, before.body);
    // An answer to the time that was does not count for the one that is.
    let date = text(&five.get(&format!("/meetings/{meeting}")).await["date"]);
    let date = date.parse::<chrono::NaiveDate>().unwrap() + TimeDelta::days(1);
    let moved = five
        .service
        .patch(
            &five.coordinator,
            &format!("/meetings/{meeting}"),
            json!({ "date": date }),
        )
        .await;
    moved.expect(200);
    let shown = event(&fetch(&five, &path).await, &meeting);
    let words = r"Ihre Rückmeldung: offen (für den früheren Termin: zugesagt)\n";
    assert!(value(&shown, "DESCRIPTION").starts_with(words), "{shown}");
    // The way that it is for who reads English.
    let frank = &five.cities[HERFORD].people[1];
    let (_, english) = make(&five, &frank.token, json!({ "scope": "person" })).await;
    let shown = event(&fetch(&five, &english).await, &meeting);
    assert!(
        value(&shown, "DESCRIPTION").starts_with(r"Your answer: open\n"),
        "{shown}"
    );
}

/// Titles as the API has them, in order.
async fn agenda(five: &FiveCities, meeting: &str) -> Vec<String> {
    let agenda = five.get(&format!("/meetings/{meeting}/agenda")).await;
    let entries = agenda["entries"].as_array().unwrap().clone();
    entries.iter().map(|entry| text(&entry["title"])).collect()
}

fn holds(event: &str, titles: &[String]) {
    let description = value(event, "DESCRIPTION")
        .replace(r"\,", ",")
        .replace(r"\;", ";");
    let mut rest = description.as_str();
    for (number, title) in (1..).zip(titles) {
        let line = format!("TOP {number}  {title}");
        let (_, after) = rest
            .split_once(&line)
            .unwrap_or_else(|| panic!("{line} in {rest}"));
        rest = after;
    }
    assert!(!rest.contains("TOP "), "{rest}");
}

#[actix_web::test]
async fn the_agenda_is_the_one_of_now() {
    let five = FiveCities::start().await;
    let carla = &five.cities[BIELEFELD].people[0];
    let (_, path) = make(&five, &carla.token, json!({ "scope": "person" })).await;
    let (_, open) = make(&five, &carla.token, json!({ "scope": "cooperation" })).await;
    let (first, second) = (five.meeting(0).await, five.meeting(1).await);
    let template = agenda(&five, &first).await;
    let before = event(&fetch(&five, &path).await, &first);
    holds(&before, &template);
    assert!(
        template.iter().any(|title| title.contains("2026")),
        "{template:?}"
    );

    five.service.clock.advance(TimeDelta::minutes(1));
    let topics = format!("/meetings/{first}/agenda/items");
    let mut made = Vec::new();
    for title in ["Scannen, Teil 2", "Online-Termine"] {
        let new =
            json!({ "title": title, "kind": "decision", "minutes": 20, "presenter": "Kim Muster" });
        let item = five
            .service
            .post(&five.coordinator, &topics, new)
            .await
            .expect(201);
        made.push(text(&item["id"]));
        let proposed = event(&fetch(&five, &path).await, &first);
        assert!(!proposed.contains(title), "{title} is only proposed");
        let accept = format!("/agenda-items/{}/accept", text(&item["id"]));
        let accepted = five
            .service
            .post(&five.coordinator, &accept, json!({}))
            .await;
        assert!(accepted.status.is_success(), "{}", accepted.text());
    }
    let titles = agenda(&five, &first).await;
    assert_eq!(titles.len(), template.len() + 2);
    let shown = event(&fetch(&five, &path).await, &first);
    holds(&shown, &titles);
    assert!(
        value(&shown, "DESCRIPTION").contains("Kim Muster"),
        "{shown}"
    );
    assert!(value(&shown, "LAST-MODIFIED") > value(&before, "LAST-MODIFIED"));
    assert_eq!(
        value(&shown, "SEQUENCE"),
        "0",
        "the agenda is no reason to ask again"
    );
    let others = fetch(&five, &open).await;
    assert!(!others.text().contains("Scannen") && !others.text().contains("TOP 1"));

    // The other order, another title, and one item less.
    five.service.clock.advance(TimeDelta::minutes(1));
    made.reverse();
    let order = json!({ "item_ids": made });
    let arranged = five
        .service
        .put(
            &five.coordinator,
            &format!("/meetings/{first}/agenda"),
            order,
        )
        .await;
    assert!(arranged.status.is_success(), "{}", arranged.text());
    let titles = agenda(&five, &first).await;
    holds(&event(&fetch(&five, &path).await, &first), &titles);
    let item = format!("/agenda-items/{}", made[0]);
    let patch = json!({ "title": "Online-Termine; neu" });
    five.service
        .patch(&five.coordinator, &item, patch)
        .await
        .expect(200);
    let shown = event(&fetch(&five, &path).await, &first);
    assert!(shown.contains(r"TOP 3  Online-Termine\; neu"), "{shown}");

    // The template of the series, and the next meeting that its last item names.
    let stamp = value(&shown, "LAST-MODIFIED");
    five.service.clock.advance(TimeDelta::minutes(1));
    let date = text(&five.get(&format!("/meetings/{second}")).await["date"]);
    let date = date.parse::<chrono::NaiveDate>().unwrap() + TimeDelta::days(1);
    let moved = five
        .service
        .patch(
            &five.coordinator,
            &format!("/meetings/{second}"),
            json!({ "date": date }),
        )
        .await;
    moved.expect(200);
    let shown = event(&fetch(&five, &path).await, &first);
    let last = agenda(&five, &first).await.pop().unwrap();
    assert!(last.contains(&date.format("%-d. ").to_string()), "{last}");
    assert!(shown.contains(&last.replace(',', r"\,")), "{last}: {shown}");
    assert!(value(&shown, "LAST-MODIFIED") > stamp);
}

#[actix_web::test]
async fn reminders_are_as_they_were_asked_for() {
    let five = FiveCities::start().await;
    let carla = &five.cities[BIELEFELD].people[0];
    let (first, second) = (five.meeting(0).await, five.meeting(1).await);
    for (asked, kept, wanted) in [
        (json!(null), json!([1440, 60]), vec!["-P1D", "-PT1H"]),
        (
            json!([15, 10_080]),
            json!([10_080, 15]),
            vec!["-P7D", "-PT15M"],
        ),
        (json!([]), json!([]), vec![]),
    ] {
        let new = json!({ "scope": "person", "reminders_minutes": asked });
        let (id, path) = make(&five, &carla.token, new).await;
        let listed = five.service.get(&carla.token, "/feeds").await.expect(200);
        let listed = listed["items"].as_array().unwrap().clone();
        let listed = listed
            .iter()
            .find(|feed| feed["id"] == id.as_str())
            .unwrap();
        assert_eq!(listed["reminders_minutes"], kept);
        let feed = fetch(&five, &path).await;
        assert_eq!(triggers(&event(&feed, &first)), wanted);
        if !wanted.is_empty() {
            let shown = event(&feed, &first);
            let (_, alarm) = shown.split_once("BEGIN:VALARM").unwrap();
            assert_eq!(value(alarm, "ACTION"), "DISPLAY");
            assert_eq!(value(alarm, "DESCRIPTION"), value(&shown, "SUMMARY"));
        }
    }
    let (_, path) = make(&five, &carla.token, json!({ "scope": "person" })).await;
    let cancel = format!("/meetings/{second}/cancel");
    let off = five
        .service
        .post(&five.coordinator, &cancel, json!({ "reason": "Sturm" }))
        .await;
    assert!(off.status.is_success(), "{}", off.text());
    let off = event(&fetch(&five, &path).await, &second);
    assert_eq!(
        (value(&off, "STATUS"), value(&off, "TRANSP")),
        ("CANCELLED".into(), "TRANSPARENT".into())
    );
    assert_eq!(triggers(&off).len(), 0);
    assert!(
        !off.contains("TOP 1") && !off.contains("Rückmeldung"),
        "{off}"
    );
    // What is over reminds nobody, and asks nothing any more.
    five.hold(0).await;
    five.service.clock.advance(TimeDelta::days(1));
    let held = event(&fetch(&five, &path).await, &first);
    assert_eq!(triggers(&held).len(), 0);
    assert!(
        held.contains("TOP 1") && !held.contains("Rückmeldung"),
        "{held}"
    );
}
