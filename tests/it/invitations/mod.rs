//! Who is told what of a meeting: inviting, changes, people who come and go.
mod changes;
mod people;

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, FiveCities, GUETERSLOH, HERFORD, list, text};
use crate::mailbox::{Mail, to};

/// Five cities whose first meeting, hosted by Gütersloh on 14 April, has been invited to.
pub struct Convened {
    pub five: FiveCities,
    pub meeting: String,
    pub mails: Vec<Mail>,
}

pub const ANKE: &str = "anke@guetersloh.example";
pub const BODO: &str = "bodo@guetersloh.example";
pub const CARLA: &str = "carla@bielefeld.example";
pub const DIRK: &str = "dirk@bielefeld.example";
pub const DAISY: &str = "daisy@bielefeld.example";
pub const ELIF: &str = "elif@herford.example";

impl Convened {
    pub async fn start() -> Self {
        let five = FiveCities::start().await;
        let meeting = five.meeting(0).await;
        let mut it = Self {
            five,
            meeting,
            mails: Vec::new(),
        };
        it.post("/invite", json!({})).await;
        it.mails = it.five.service.mails().await;
        it
    }

    pub fn path(&self, path: &str) -> String {
        format!("/meetings/{}{path}", self.meeting)
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self
            .five
            .service
            .post(&self.five.coordinator, &self.path(path), body)
            .await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }

    pub async fn patch(&self, body: Value) {
        let answer = self
            .five
            .service
            .patch(&self.five.coordinator, &self.path(""), body)
            .await;
        answer.expect(200);
    }

    pub async fn seen(&self) -> Value {
        self.five.get(&self.path("")).await
    }

    /// Everybody's invitation, by address.
    pub async fn invitation(&self, address: &str) -> Value {
        let all = list(&self.five.get(&self.path("/invitations")).await);
        let found = all.iter().find(|one| one["address"] == address);
        found
            .unwrap_or_else(|| panic!("no invitation of {address}"))
            .clone()
    }

    pub async fn answer(&self, city: usize, person: usize, answer: &str) {
        let person = &self.five.cities[city].people[person];
        let path = self.path(&format!("/answers/{}", person.id));
        let sent = self
            .five
            .service
            .put(&person.token, &path, json!({ "answer": answer }))
            .await;
        assert!(sent.status.is_success(), "{}", sent.text());
    }

    /// Lets the window for changes pass; returns the mails that go out.
    pub async fn after_the_window(&self) -> Vec<Mail> {
        assert_eq!(
            self.five.service.mails().await.len(),
            0,
            "nothing before the window is over"
        );
        self.five.service.clock.advance(TimeDelta::minutes(10));
        let mut mails = self.five.service.mails().await;
        mails.retain(|mail| !mail.is_about_turns());
        assert_eq!(self.five.service.run().await, 0, "nothing is told twice");
        mails
    }

    pub async fn another_venue(&self, room: &str) -> String {
        let host = &self.five.cities[GUETERSLOH].id;
        let venue = json!({
            "name": "Rathaus Gütersloh", "room": room, "street": "Berliner Straße 70",
            "postal_code": "33330", "locality": "Gütersloh",
        });
        self.five
            .make(&format!("/municipalities/{host}/venues"), venue)
            .await
    }
}

fn kinds(invitation: &Value) -> Vec<(String, String)> {
    let messages = invitation["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|one| (text(&one["kind"]), text(&one["state"])))
        .collect()
}

#[actix_web::test]
async fn proposing_another_time_is_offered_only_where_the_series_lets_it() {
    let five = FiveCities::start().await;
    let series = format!("{}/series/{}", five.base, five.series);
    assert_eq!(five.get(&series).await["counter_proposals"], false);
    let refusal = "X-MICROSOFT-DISALLOW-COUNTER";
    for (place, allowed) in [(0, false), (1, true), (2, false)] {
        let patch = json!({ "counter_proposals": allowed });
        let changed = five.service.patch(&five.coordinator, &series, patch).await;
        assert_eq!(changed.expect(200)["series"]["counter_proposals"], allowed);
        five.invite(&five.meeting(place).await).await;
        let mails = five.service.mails().await;
        assert_eq!(mails.len(), 11);
        for mail in mails {
            let wanted = Some("TRUE").filter(|_| !allowed);
            assert_eq!(mail.property(refusal), wanted, "{allowed}");
        }
    }
    let mut new = crate::builders::a_series();
    new["counter_proposals"] = json!(true);
    let open = FiveCities::with(crate::harness::Service::start(), new).await;
    open.invite(&open.meeting(0).await).await;
    let mails = open.service.mails().await;
    assert_eq!(to(&mails, CARLA).property(refusal), None);
    new = json!({ "counter_proposals": "perhaps" });
    let wrong = open
        .service
        .patch(
            &open.coordinator,
            &format!("{}/series/{}", open.base, open.series),
            new,
        )
        .await;
    assert_eq!(wrong.rules(), ["counter_proposals: type"]);
}

#[actix_web::test]
async fn everybody_gets_one_mail_with_only_themselves_and_the_chair_in_it() {
    let it = Convened::start().await;
    assert_eq!(it.mails.len(), 11);
    let carla = to(&it.mails, CARLA);
    assert_eq!(
        carla.subject(),
        "Einladung: 1. Treffen „5 für OWL“ am 14.04.2026 in Gütersloh"
    );
    assert!(
        carla
            .header("from")
            .unwrap()
            .ends_with("<treffen@reihum.example>")
    );
    assert!(carla.header("reply-to").unwrap().contains("<treffen+"));
    assert_eq!(carla.header("auto-submitted"), Some("auto-generated"));
    assert_eq!(carla.property("METHOD"), Some("REQUEST"));
    assert_eq!(carla.property("STATUS"), Some("CONFIRMED"));
    assert_eq!(carla.property("DTSTART"), Some("20260414T100000"));
    assert_eq!(
        carla.property("ORGANIZER"),
        Some("mailto:treffen@reihum.example")
    );
    assert_eq!(carla.property("X-MICROSOFT-DISALLOW-COUNTER"), Some("TRUE"));
    assert_eq!(
        carla.property("SUMMARY"),
        Some("5 für OWL: 1. Treffen in Gütersloh")
    );
    let attendees = carla.attendees();
    assert_eq!(attendees.keys().collect::<Vec<_>>(), [ANKE, CARLA]);
    assert!(attendees[ANKE].contains("ROLE=CHAIR"), "{attendees:?}");
    for part in [
        "ROLE=REQ-PARTICIPANT",
        "PARTSTAT=NEEDS-ACTION",
        "RSVP=TRUE",
        "CUTYPE=INDIVIDUAL",
    ] {
        assert!(attendees[CARLA].contains(part), "{attendees:?}");
    }
    // Who chairs is listed once.
    let anke = to(&it.mails, ANKE);
    let attendees = anke.attendees();
    assert_eq!(attendees.keys().collect::<Vec<_>>(), [ANKE]);
    assert!(attendees[ANKE].contains("ROLE=CHAIR"));
    assert_ne!(anke.header("reply-to"), carla.header("reply-to"));
    // Each in their language.
    let daisy = to(&it.mails, DAISY);
    assert_eq!(
        daisy.subject(),
        "Invitation: 1st meeting of “5 für OWL” on 14 Apr 2026 in Gütersloh"
    );
    assert!(daisy.text.contains("Item 1"), "{}", daisy.text);
    assert!(carla.text.contains("TOP 1"), "{}", carla.text);
    assert!(
        carla
            .text
            .contains("mailto:anke@guetersloh.example?subject=Thema%20f%C3%BCr")
    );
    // The links differ, the meeting does not.
    assert_ne!(carla.token(), anke.token());
    assert_eq!(carla.property("UID"), anke.property("UID"));
    assert_eq!(it.five.service.run().await, 0);
    let meeting = it.seen().await;
    assert_eq!(meeting["status"], "invited");
    let carla = it.invitation(CARLA).await;
    assert_eq!(carla["state"], "invited");
    assert_eq!(carla["told_sequence"], meeting["sequence"]);
    assert_eq!(
        kinds(&carla),
        [("invitation".to_owned(), "sent".to_owned())]
    );
    let again = it
        .five
        .service
        .post(&it.five.coordinator, &it.path("/invite"), json!({}))
        .await;
    assert_eq!(again.rules(), ["state"]);
}

#[actix_web::test]
async fn a_dry_run_shows_who_would_be_written_to_and_changes_nothing() {
    let five = FiveCities::start().await;
    let path = format!("/meetings/{}", five.meeting(0).await);
    let before = five.get(&path).await;
    let tried = five
        .service
        .post(
            &five.coordinator,
            &format!("{path}/invite?dry_run=true"),
            json!({}),
        )
        .await
        .expect(200);
    assert_eq!(tried["dry_run"], true);
    let recipients = tried["recipients"].as_array().unwrap();
    assert_eq!(recipients.len(), 11);
    assert_eq!(recipients[0]["address"], ANKE);
    let subject = "Einladung: 1. Treffen „5 für OWL“ am 14.04.2026 in Gütersloh";
    assert_eq!(recipients[0]["subject"], subject);
    assert_eq!(five.get(&path).await, before);
    assert_eq!(five.service.run().await, 0);
    let listed = list(&five.get(&format!("{path}/invitations")).await);
    assert_eq!(listed.len(), 11);
    assert!(listed.iter().all(|one| one["state"] == "listed"));
}

#[actix_web::test]
async fn what_stands_against_inviting_has_a_name() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(0).await;
    let path = format!("/meetings/{meeting}/invite");
    let other = &five.cities[HERFORD].people[0].token;
    five.service
        .post(&five.reader, &path, json!({}))
        .await
        .expect(403);
    five.service.post(other, &path, json!({})).await.expect(403);
    let (_, stranger) = five.service.cooperation("Nordkreis").await;
    five.service
        .post(&stranger, &path, json!({}))
        .await
        .expect(404);
    five.service
        .get(&stranger, &format!("/meetings/{meeting}/invitations"))
        .await
        .expect(404);
    five.service.clock.advance(TimeDelta::days(60));
    let late = five.service.post(&five.coordinator, &path, json!({})).await;
    assert_eq!(late.rules(), ["too_late"]);
    // A host invites to the own meeting.
    let meetings = five.meetings().await;
    let next = &meetings[1];
    let path = format!("/meetings/{}/invite", text(&next["id"]));
    five.service
        .post(five.host_token(next), &path, json!({}))
        .await
        .expect(200);
}

#[actix_web::test]
async fn a_message_is_sent_again_under_the_same_sequence() {
    let it = Convened::start().await;
    let person = it.five.cities[BIELEFELD].people[0].id.clone();
    let first = to(&it.mails, CARLA);
    it.five.service.clock.advance(TimeDelta::hours(1));
    let path = format!("/invitations/{person}/resend");
    it.post(&path, json!({})).await;
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 1);
    let again = to(&mails, CARLA);
    assert_eq!(again.sequence(), first.sequence());
    assert_eq!(again.subject(), first.subject());
    assert_eq!(again.token(), first.token());
    assert!(again.property("DTSTAMP") > first.property("DTSTAMP"));
    assert_ne!(again.header("message-id"), first.header("message-id"));
    let service = &it.five.service;
    service
        .post(&it.five.reader, &it.path(&path), json!({}))
        .await
        .expect(403);
    let unknown = it.path(&format!("/invitations/{}/resend", it.meeting));
    service
        .post(&it.five.coordinator, &unknown, json!({}))
        .await
        .expect(404);
    service
        .delete(
            &it.five.coordinator,
            &it.path(&format!("/invitations/{person}")),
        )
        .await
        .expect(204);
    let gone = service
        .post(&it.five.coordinator, &it.path(&path), json!({}))
        .await;
    assert_eq!(gone.rules(), ["not_invited"]);
}

#[actix_web::test]
async fn hostile_text_stays_text() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(0).await;
    let it = Convened {
        five,
        meeting,
        mails: Vec::new(),
    };
    let refused = json!({ "title": "Eins\r\nBcc: alle@example.org" });
    let refused = it
        .five
        .service
        .patch(&it.five.coordinator, &it.path(""), refused)
        .await;
    assert_eq!(refused.status.as_u16(), 422);
    let title = "<script>alert(1)</script> ;,\\n \"x\" \u{200d}BEGIN:VEVENT =?utf-8?q?x?=";
    it.patch(json!({ "title": title })).await;
    it.post("/invite", json!({})).await;
    for mail in it.five.service.mails().await {
        assert!(!mail.html.contains("<script>"), "{}", mail.html);
        assert_eq!(
            mail.ics
                .iter()
                .filter(|line| *line == "BEGIN:VEVENT")
                .count(),
            1
        );
        assert_eq!(mail.header("bcc"), None);
        assert!(
            mail.property("SUMMARY")
                .unwrap()
                .contains("<script>alert(1)</script> \\;\\,\\\\n")
        );
    }
}

#[actix_web::test]
async fn the_calendar_file_is_of_nobody_in_particular() {
    let it = Convened::start().await;
    let path = it.path("/invitation.ics");
    let file = it.five.service.get(&it.five.reader, &path).await;
    assert_eq!(
        file.headers.get("content-type").unwrap(),
        "text/calendar; charset=utf-8"
    );
    let text = file.text();
    assert!(text.contains("STATUS:CONFIRMED") && text.contains("SUMMARY:5 für OWL: 1. Treffen"));
    for private in ["METHOD", "ATTENDEE", "ORGANIZER", "/answers/"] {
        assert!(!text.contains(private), "{text}");
    }
    let again = it.five.service.get(&it.five.reader, &path).await;
    assert_eq!((again.etag(), again.body), (file.etag(), file.body));
    let (_, stranger) = it.five.service.cooperation("Nordkreis").await;
    it.five.service.get(&stranger, &path).await.expect(404);
}

#[actix_web::test]
async fn the_next_meeting_is_named_in_the_recipient_s_language() {
    let it = Convened::start().await;
    let german = "Nächster Termin: Dienstag, 9. Juni 2026, Gastgeberin Bielefeld";
    let english = "Next meeting: Tuesday, 9 June 2026, hosted by Bielefeld";
    for (address, named, other) in [(CARLA, german, english), (DAISY, english, german)] {
        let mail = to(&it.mails, address);
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(named) && !text.contains(other), "{text}");
        let entry = mail.property("DESCRIPTION").unwrap().replace("\\,", ",");
        assert!(entry.contains(named), "{entry}");
        let request = TestRequest::get().uri(&format!("/answers/{}", mail.token()));
        let page = it.five.service.send(request).await.text();
        assert!(page.contains(named) && !page.contains(other), "{page}");
    }
}
