//! Other times that invited people propose: kept, shown to those who decide, accepted or declined.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use reihum::auth::{Scope, SystemActor};
use reihum::db::schema::inbound_mails;
use reihum::db::{Id, Instant, Json};
use reihum::error::Error;
use reihum::inbound::counter_proposals::changes::propose;
use reihum::inbound::counter_proposals::{CounterProposal, Proposed, check};
use reihum::inbound::{InboundMail, MailContent, MailKind, MailState};
use reihum::meetings::{self, Meeting};
use reihum::people::Person;
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, GUETERSLOH, HERFORD, list, text};
use crate::harness::Answer;
use crate::invitations::{ANKE, BODO, CARLA, Convened, ELIF};
use crate::mailbox::to;

fn at(text: &str) -> Instant {
    Instant::from(text.parse::<DateTime<Utc>>().unwrap())
}

/// How often somebody has written, which makes each mail another one.
fn fingerprint(id: Id<InboundMail>) -> String {
    format!("fingerprint of {id}")
}

impl Convened {
    /// What the mailbox does with a proposal that can be trusted.
    async fn proposes(
        &self,
        person: &str,
        (from, until): (&str, &str),
        comment: &str,
    ) -> Result<Id<CounterProposal>, Error> {
        let cooperation = self.five.get(&self.five.base).await;
        let who = SystemActor::within(text(&cooperation["id"]).parse().unwrap());
        let meeting: Id<Meeting> = self.meeting.parse().unwrap();
        let person: Id<Person> = person.parse().unwrap();
        let (starts_at, ends_at, comment) = (at(from), at(until), comment.to_owned());
        let write = self.five.service.app.write(move |tx| {
            let (mail, now) = (tx.id::<InboundMail>(), tx.now);
            diesel::insert_into(inbound_mails::table)
                .values((
                    inbound_mails::id.eq(mail),
                    inbound_mails::cooperation_id.eq(Some(who.cooperation())),
                    inbound_mails::fingerprint.eq(fingerprint(mail)),
                    inbound_mails::subject.eq("Neuer Terminvorschlag"),
                    inbound_mails::received_at.eq(now),
                    inbound_mails::kind.eq(MailKind::Counter),
                    inbound_mails::state.eq(MailState::Taken),
                    inbound_mails::content.eq(Json(MailContent::default())),
                    inbound_mails::created_at.eq(now),
                    inbound_mails::modified_at.eq(now),
                ))
                .execute(&mut **tx)?;
            let meeting = meetings::store::find(tx, &who, meeting)?;
            let proposed = Proposed {
                mail,
                starts_at,
                ends_at,
                comment: Some(comment.clone()),
            };
            propose(tx, &who, &meeting, person, &proposed)
        });
        write.await
    }

    fn carla(&self) -> &str {
        &self.five.cities[BIELEFELD].people[0].id
    }

    async fn carla_proposes(&self) -> Id<CounterProposal> {
        let proposed = self.proposes(self.carla(), LATER, "Am 14. habe ich Urlaub.");
        proposed.await.unwrap()
    }

    async fn proposals(&self) -> Vec<Value> {
        list(&self.five.get(&self.path("/counter-proposals")).await)
    }

    async fn states(&self) -> Vec<String> {
        let all = self.proposals().await;
        all.iter().map(|one| text(&one["state"])).collect()
    }

    async fn decides(&self, token: &str, id: Id<CounterProposal>, what: &str) -> Answer {
        let path = self.path(&format!("/counter-proposals/{id}/{what}"));
        self.five.service.post(token, &path, json!({})).await
    }
}

/// 21 April, 14:00 to 16:00 in Berlin.
const LATER: (&str, &str) = ("2026-04-21T12:00:00Z", "2026-04-21T14:00:00Z");

#[actix_web::test]
async fn those_who_decide_are_told_and_accept_by_a_normal_move() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let id = it.carla_proposes().await;
    let elif = it.five.cities[HERFORD].people[0].id.clone();
    let other = ("2026-04-28T08:00:00Z", "2026-04-28T10:30:00Z");
    it.proposes(&elif, other, "").await.unwrap();
    let mails = service.mails().await;
    assert_eq!(mails.len(), 4, "two proposals to two delegates of the host");
    let of_carla = |mail: &&crate::mailbox::Mail| mail.text.contains("Carla Clematis");
    let told: Vec<_> = mails.iter().filter(of_carla).collect();
    assert_eq!(
        told.iter().map(|mail| mail.to()).collect::<Vec<_>>(),
        [ANKE, BODO]
    );
    let mail = told[0];
    assert!(
        mail.subject()
            .starts_with("Anderer Termin vorgeschlagen: 1. Treffen")
    );
    for part in [
        "21. April 2026, 14:00 bis 16:00 Uhr",
        "14. April 2026",
        "Urlaub",
    ] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
    assert!(mail.ics.is_empty());
    assert!(mail.header("reply-to").unwrap().contains(CARLA));
    assert_eq!(service.run().await, 0);

    let shown = it.proposals().await;
    assert_eq!(shown.len(), 2);
    assert_eq!(shown[0]["name"], "Carla Clematis");
    assert_eq!(shown[0]["starts_at"], "2026-04-21T14:00:00+02:00");
    assert_eq!(shown[0]["comment"], "Am 14. habe ich Urlaub.");
    assert_eq!(shown[1]["comment"], Value::Null);
    let first = it.five.get(&it.path("/counter-proposals?limit=1")).await;
    let next = format!("/counter-proposals?cursor={}", text(&first["next"]));
    assert_eq!(list(&it.five.get(&it.path(&next)).await), shown[1..]);

    // Only those who decide may look and decide.
    let carlas = &it.five.cities[BIELEFELD].people[0].token;
    let path = it.path("/counter-proposals");
    for token in [carlas, &it.five.reader] {
        service.get(token, &path).await.expect(403);
        it.decides(token, id, "accept").await.expect(403);
        it.decides(token, id, "decline").await.expect(403);
    }
    let host = it.five.cities[GUETERSLOH].people[1].token.clone();
    service.get(&host, &path).await.expect(200);
    let nobody: Id<CounterProposal> = it.meeting.parse().unwrap();
    it.decides(&host, nobody, "accept").await.expect(404);
    let stale = actix_web::test::TestRequest::post()
        .uri(&format!(
            "/api/v1{}",
            it.path(&format!("/counter-proposals/{id}/accept"))
        ))
        .insert_header(crate::harness::bearer(&host))
        .insert_header(("if-match", "\"1\""))
        .set_json(json!({}));
    service.send(stale).await.expect(412);

    let before = it.seen().await["sequence"].as_i64().unwrap();
    let moved = it.decides(&host, id, "accept").await.expect(200);
    let told = (
        &moved["date"],
        &moved["start_time"],
        &moved["duration_minutes"],
    );
    assert_eq!(told, (&json!("2026-04-21"), &json!("14:00"), &json!(120)));
    assert_eq!(moved["sequence"], before + 1);
    assert_eq!(it.states().await, ["accepted", "superseded"]);
    assert_eq!(it.decides(&host, id, "decline").await.rules(), ["state"]);
    let mails = it.after_the_window().await;
    assert_eq!(mails.len(), 11);
    assert_eq!(
        to(&mails, ELIF).property("DTSTART"),
        Some("20260421T140000")
    );
    assert_eq!(to(&mails, CARLA).partstat(), "NEEDS-ACTION");
}

#[actix_web::test]
async fn a_declined_proposal_comes_back_with_words_and_the_meeting_stays() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let id = it.carla_proposes().await;
    service.mails().await;
    let before = it.seen().await;
    let path = it.path(&format!("/counter-proposals/{id}/decline"));
    let long = json!({ "reason": "a\nb" });
    let wrong = service.post(&it.five.coordinator, &path, long).await;
    assert_eq!(wrong.rules(), ["reason: one_line"]);
    let reason = json!({ "reason": "Da ist der Ratssaal belegt, leider." });
    let declined = service.post(&it.five.coordinator, &path, reason).await;
    assert_eq!(declined.etag(), "\"2\"");
    assert_eq!(declined.expect(200)["state"], "declined");
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    let mail = to(&mails, CARLA);
    assert!(
        mail.subject()
            .starts_with("Terminvorschlag nicht angenommen: ")
    );
    let words = mail.text.replace('\n', " ");
    for part in [
        "wurde nicht angenommen",
        "Grund: Da ist der Ratssaal belegt, leider.",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(mail.token(), to(&it.mails, CARLA).token());
    assert_eq!(mail.property("METHOD"), Some("DECLINECOUNTER"));
    let whole = String::from_utf8(mail.bytes.clone()).unwrap();
    assert!(whole.contains("method=DECLINECOUNTER"));
    assert_eq!(mail.property("UID"), to(&it.mails, CARLA).property("UID"));
    assert_eq!(mail.sequence(), before["sequence"].as_i64().unwrap());
    assert_eq!(
        mail.property("COMMENT"),
        Some("Da ist der Ratssaal belegt\\, leider.")
    );
    assert_eq!(mail.attendees().keys().collect::<Vec<_>>(), [CARLA]);
    assert_eq!(it.seen().await, before);
    assert_eq!(service.run().await, 0);
    let again = service.post(&it.five.coordinator, &path, json!({})).await;
    assert_eq!(again.rules(), ["state"]);
}

#[actix_web::test]
async fn a_newer_proposal_takes_the_place_of_the_older_and_the_end_of_a_meeting_of_all() {
    let it = Convened::start().await;
    let first = it.carla_proposes().await;
    let second = it.carla_proposes().await;
    assert_eq!(it.states().await, ["superseded", "open"]);
    let coordinator = &it.five.coordinator;
    assert_eq!(
        it.decides(coordinator, first, "accept").await.rules(),
        ["state"]
    );
    it.post("/cancel", json!({ "reason": "Sturm" })).await;
    assert_eq!(it.states().await, ["superseded", "lapsed"]);
    assert_eq!(
        it.decides(coordinator, second, "accept").await.rules(),
        ["state"]
    );
    let late = it.proposes(it.carla(), LATER, "").await.unwrap_err();
    assert!(matches!(late, Error::Conflict("state", _)), "{late}");

    let it = Convened::start().await;
    let id = it.carla_proposes().await;
    it.five
        .service
        .clock
        .set("2026-04-14T12:00:00Z".parse().unwrap());
    it.post("/close", json!({ "outcomes": [] })).await;
    assert_eq!(it.states().await, ["lapsed"]);
    assert_eq!(
        it.decides(&it.five.coordinator, id, "decline")
            .await
            .rules(),
        ["state"]
    );
}

#[actix_web::test]
async fn what_makes_no_sense_is_not_kept() {
    let it = Convened::start().await;
    let cases = [
        (
            ("2026-04-14T08:00:00Z", "2026-04-14T10:30:40Z"),
            "same_time",
        ),
        (("2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z"), "past"),
        (("2026-04-21T12:00:00Z", "2026-04-21T12:00:00Z"), "order"),
    ];
    for (times, rule) in cases {
        let refused = it.proposes(it.carla(), times, "").await.unwrap_err();
        assert!(
            matches!(refused, Error::Conflict(found, _) if found == rule),
            "{rule}: {refused}"
        );
    }
    let guest = json!({
        "given_name": "Gast", "family_name": "Gerbera", "address": "gast@land.example", "role": "guest",
    });
    let guest = it.five.make("/people", guest).await;
    let refused = it.proposes(&guest, LATER, "").await.unwrap_err();
    assert!(
        matches!(refused, Error::Conflict("not_invited", _)),
        "{refused}"
    );
    assert!(it.proposals().await.is_empty());
    assert_eq!(it.five.service.run().await, 0);
    // A proposal whose time has come cannot be accepted any more.
    let soon = ("2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z");
    let id = it
        .proposes(it.carla(), soon, &"ä".repeat(3000))
        .await
        .unwrap();
    let comment = text(&it.proposals().await[0]["comment"]);
    assert_eq!(comment.chars().count(), 1000);
    it.five.service.clock.advance(TimeDelta::days(2));
    let late = it.decides(&it.five.coordinator, id, "accept").await;
    assert_eq!(late.rules(), ["past"]);
}

#[test]
fn a_time_that_can_be_proposed() {
    let now = at("2026-03-02T09:00:00Z");
    let rule = |from: &str, until: &str| match check(at(from), at(until), now) {
        Err(Error::Conflict(rule, _)) => rule,
        Err(error) => panic!("{error}"),
        Ok(()) => "",
    };
    assert_eq!(rule("2026-03-02T09:01:00Z", "2026-03-02T09:06:00Z"), "");
    assert_eq!(rule("2026-03-02T09:00:00Z", "2026-03-02T09:06:00Z"), "past");
    assert_eq!(
        rule("2026-04-01T09:00:00Z", "2026-04-01T08:00:00Z"),
        "order"
    );
    assert_eq!(
        rule("2026-04-01T09:00:00Z", "2026-04-01T09:04:00Z"),
        "too_short"
    );
    assert_eq!(rule("2026-04-01T09:00:00Z", "2026-04-02T09:00:00Z"), "");
    assert_eq!(
        rule("2026-04-01T09:00:00Z", "2026-04-02T09:01:00Z"),
        "too_long"
    );
    assert_eq!(rule("2027-03-03T09:00:00Z", "2027-03-03T10:00:00Z"), "");
    assert_eq!(
        rule("2027-03-03T09:01:00Z", "2027-03-03T10:00:00Z"),
        "too_far"
    );
}
