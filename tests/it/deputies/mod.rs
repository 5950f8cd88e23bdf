//! Deputies: who may be named, who is told what, and for whom it counts.
mod standing;
mod voices;

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, GUETERSLOH, HERFORD, list};
use crate::harness::Answer;
use crate::invitations::{ANKE, CARLA, Convened, DAISY, ELIF};
use crate::mailbox::{Mail, to};

const DIRK: &str = "dirk@bielefeld.example";
const DORA: &str = "dora@bielefeld.example";

/// The places of people among those of Bielefeld.
const CARLA_THERE: usize = 0;
const DIRK_THERE: usize = 1;

impl Convened {
    fn key(&self, city: usize, person: usize) -> &str {
        &self.five.cities[city].people[person].id
    }

    fn deputy_path(&self, person: &str) -> String {
        self.path(&format!("/answers/{person}/deputy"))
    }

    /// Dora, who stands in for Bielefeld's delegates when she is asked to.
    async fn dora(&self) -> String {
        let new = json!({
            "given_name": "Dora", "family_name": "Dahlie", "address": DORA, "role": "deputy",
            "municipality_id": self.five.cities[BIELEFELD].id, "from": "2026-01-01",
        });
        self.five.make("/people", new).await
    }

    /// Somebody without a municipality.
    async fn guest(&self) -> String {
        let new = json!({
            "given_name": "Gast", "family_name": "Gerbera", "address": "gast@land.example",
            "role": "guest", "from": "2026-01-01",
        });
        self.five.make("/people", new).await
    }

    async fn names(&self, token: &str, person: &str, deputy: &str) -> Answer {
        let path = self.deputy_path(person);
        let body = json!({ "deputy_id": deputy });
        self.five.service.put(token, &path, body).await
    }

    /// Carla says by the API that somebody comes instead.
    async fn carla_names(&self, deputy: &str) -> Answer {
        let carla = &self.five.cities[BIELEFELD].people[CARLA_THERE];
        self.five.service.clock.advance(TimeDelta::minutes(1));
        self.names(&carla.token, &carla.id, deputy).await
    }

    async fn page(&self, token: &str) -> String {
        let request = TestRequest::get().uri(&format!("/answers/{token}"));
        self.five.service.send(request).await.text()
    }

    async fn by_link(&self, token: &str, form: &[(&str, &str)]) -> Answer {
        self.five.service.clock.advance(TimeDelta::minutes(1));
        let request = TestRequest::post()
            .uri(&format!("/answers/{token}"))
            .set_form(form);
        self.five.service.send(request).await
    }

    async fn answer_shown(&self, person: &str) -> Value {
        let all = list(&self.five.get(&self.path("/answers")).await);
        let found = all.iter().find(|one| one["person_id"] == person);
        found.unwrap_or_else(|| panic!("{person}")).clone()
    }

    /// How a city is represented: by answers, and by presence.
    async fn represented(&self, city: usize) -> (bool, bool) {
        let all = self.five.get(&self.path("/attendance")).await;
        let row = &all["municipalities"][city];
        let is = |field: &str| row[field].as_bool().unwrap();
        (is("represented_by_answer"), is("represented"))
    }
}

fn recipients(mails: &[Mail]) -> Vec<(String, &str)> {
    let all = mails.iter();
    all.map(|mail| (mail.to(), mail.property("METHOD").unwrap()))
        .collect()
}

#[actix_web::test]
async fn a_deputy_is_named_by_link_and_the_latest_answer_takes_it_back() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let dora = it.dora().await;
    let carla = it.key(BIELEFELD, CARLA_THERE).to_owned();
    let token = to(&it.mails, CARLA).token();
    let page = it.page(&token).await;
    for name in ["Dora Dahlie", "Dirk Distel", "Daisy Daffodil"] {
        assert!(page.contains(&format!(">{name}</option>")), "{page}");
    }
    for other in ["Amsel", "Eiche", "Iris"] {
        assert!(!page.contains(other), "{other} is of another city");
    }
    for part in [
        "for=\"answer-delegated\"",
        "for=\"deputy\"",
        "aria-describedby=\"deputy-hint\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Carla Clematis</option>") && !page.contains("<script"));

    let sent = it
        .by_link(
            &token,
            &[
                ("answer", "delegated"),
                ("deputy", &dora),
                ("comment", "Urlaub"),
            ],
        )
        .await;
    assert_eq!(sent.status.as_u16(), 303);
    let mails = service.mails().await;
    assert_eq!(recipients(&mails), [(DORA.to_owned(), "REQUEST")]);
    let mail = to(&mails, DORA);
    let words = mail.text.replace('\n', " ");
    assert!(
        words.contains("ein, in Vertretung von Carla Clematis."),
        "{words}"
    );
    let attendees = mail.attendees();
    assert_eq!(attendees.keys().collect::<Vec<_>>(), [ANKE, CARLA, DORA]);
    let from = format!("DELEGATED-FROM=\"mailto:{CARLA}\"");
    for part in [from.as_str(), "PARTSTAT=NEEDS-ACTION", "RSVP=TRUE"] {
        assert!(attendees[DORA].contains(part), "{attendees:?}");
    }
    let to_dora = format!("DELEGATED-TO=\"mailto:{DORA}\"");
    for part in [to_dora.as_str(), "PARTSTAT=DELEGATED", "RSVP=FALSE"] {
        assert!(attendees[CARLA].contains(part), "{attendees:?}");
    }
    assert_eq!(service.run().await, 0, "nothing is told twice");
    let shown = it.answer_shown(&carla).await;
    assert_eq!(
        (
            &shown["answer"],
            &shown["way"],
            &shown["deputy_id"],
            &shown["comment"]
        ),
        (
            &json!("delegated"),
            &json!("link"),
            &json!(dora),
            &json!("Urlaub")
        )
    );
    assert_eq!(it.answer_shown(&dora).await["deputy_for"], json!([carla]));
    assert_eq!(it.represented(BIELEFELD).await, (false, false));

    // She comes: that counts. Nobody can pass it on.
    let token_of_dora = mail.token();
    let page = it.page(&token_of_dora).await;
    assert!(
        page.contains("In Vertretung von") && !page.contains("answer-delegated"),
        "{page}"
    );
    let dirk = it.key(BIELEFELD, DIRK_THERE).to_owned();
    let sent = it
        .by_link(
            &token_of_dora,
            &[("answer", "delegated"), ("deputy", &dirk)],
        )
        .await;
    assert_eq!(sent.status.as_u16(), 422);
    let sent = it.by_link(&token_of_dora, &[("answer", "accepted")]).await;
    assert_eq!(sent.status.as_u16(), 303);
    assert_eq!(it.represented(BIELEFELD).await, (true, false));
    let page = it.page(&token).await;
    assert!(
        page.contains("Sie werden von Dora Dahlie vertreten."),
        "{page}"
    );

    // Carla comes herself after all.
    let sent = it
        .by_link(&token, &[("answer", "accepted"), ("deputy", &dora)])
        .await;
    assert_eq!(sent.status.as_u16(), 303);
    let mails = service.mails().await;
    assert_eq!(recipients(&mails), [(DORA.to_owned(), "CANCEL")]);
    let words = "nicht mehr in Vertretung von Carla Clematis gebraucht";
    let said = mails[0].text.replace('\n', " ");
    assert!(said.contains(words), "{said}");
    assert_eq!(mails[0].attendees().len(), 1);
    assert_eq!(it.invitation(DORA).await["state"], "withdrawn");
    let shown = it.answer_shown(&carla).await;
    assert_eq!(
        (&shown["answer"], &shown["deputy_id"]),
        (&json!("accepted"), &Value::Null)
    );
    assert_eq!(service.run().await, 0);

    // And is represented again: the calendar that was told to forget hears of it.
    let before = mails[0].sequence();
    it.carla_names(&dora).await.expect(200);
    let mails = service.mails().await;
    assert_eq!(recipients(&mails), [(DORA.to_owned(), "REQUEST")]);
    assert!(mails[0].sequence() > before);
}

#[actix_web::test]
async fn the_form_says_what_is_wrong_with_a_deputy() {
    let it = Convened::start().await;
    let token = to(&it.mails, DAISY).token();
    let page = it.page(&token).await;
    assert!(page.contains("I will be represented by …"), "{page}");
    let elif = it.key(HERFORD, 0).to_owned();
    let daisy = it.key(BIELEFELD, 2).to_owned();
    let wrong: [&[(&str, &str)]; 4] = [
        &[("answer", "delegated")],
        &[("answer", "delegated"), ("deputy", "nobody")],
        &[("answer", "delegated"), ("deputy", &elif)],
        &[("answer", "delegated"), ("deputy", &daisy)],
    ];
    for form in wrong {
        let sent = it.by_link(&token, form).await;
        assert_eq!(sent.status.as_u16(), 422, "{form:?}");
        let text = sent.text();
        assert!(text.contains("href=\"#deputy\""), "{text}");
        assert!(!text.contains("Eiche"), "{text}");
    }
    assert_eq!(it.answer_shown(&daisy).await["answer"], "needs_action");
    assert_eq!(it.five.service.run().await, 0);
}

#[actix_web::test]
async fn who_is_invited_anyway_stays_so() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let (carla, dirk) = (
        it.key(BIELEFELD, CARLA_THERE),
        it.key(BIELEFELD, DIRK_THERE),
    );
    let answered = it.carla_names(dirk).await.expect(200);
    assert_eq!(
        (&answered["answer"], &answered["deputy_id"]),
        (&json!("delegated"), &json!(dirk))
    );
    let mails = service.mails().await;
    assert_eq!(recipients(&mails), [(DIRK.to_owned(), "REQUEST")]);
    assert!(
        mails[0].subject().starts_with("Aktualisiert: "),
        "{}",
        mails[0].subject()
    );
    assert!(
        mails[0]
            .text
            .contains("Sie kommen in Vertretung von Carla Clematis.")
    );
    assert!(mails[0].attendees()[DIRK].contains("DELEGATED-FROM"));
    let token = &it.five.cities[BIELEFELD].people[CARLA_THERE].token;
    let path = it.deputy_path(carla);
    service.delete(token, &path).await.expect(204);
    service.delete(token, &path).await.expect(404);
    let mails = service.mails().await;
    let told = [(CARLA.to_owned(), "REQUEST"), (DIRK.to_owned(), "REQUEST")];
    assert_eq!(recipients(&mails), told);
    let own = to(&mails, CARLA);
    assert_eq!(own.partstat(), "NEEDS-ACTION");
    assert!(own.attendees()[CARLA].contains("RSVP=TRUE"));
    assert!(
        own.text
            .contains("Sie werden nicht mehr von Dirk Distel vertreten."),
        "{}",
        own.text
    );
    let dirks = to(&mails, DIRK);
    assert!(
        !dirks.attendees()[DIRK].contains("DELEGATED"),
        "{:?}",
        dirks.attendees()
    );
    assert_eq!(it.answer_shown(carla).await["answer"], "needs_action");
    assert_eq!(it.invitation(DIRK).await["state"], "invited");
    assert_eq!(service.run().await, 0);
    // Named and taken back before anything went out: nobody hears of it.
    it.carla_names(dirk).await.expect(200);
    service.delete(token, &path).await.expect(204);
    let mails = service.mails().await;
    assert!(
        mails.iter().all(|mail| mail.to() != DIRK),
        "{:?}",
        recipients(&mails)
    );
}

#[actix_web::test]
async fn a_new_deputy_takes_the_place_of_the_old_one() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let dora = it.dora().await;
    it.carla_names(&dora).await.expect(200);
    service.mails().await;
    let dirk = it.key(BIELEFELD, DIRK_THERE).to_owned();
    it.carla_names(&dirk).await.expect(200);
    let mails = service.mails().await;
    let told = [(DIRK.to_owned(), "REQUEST"), (DORA.to_owned(), "CANCEL")];
    assert_eq!(recipients(&mails), told);
    // Two may have the same deputy, who stays until nobody needs her any more.
    let daisy = &it.five.cities[BIELEFELD].people[2];
    it.carla_names(&dora).await.expect(200);
    it.names(&daisy.token, &daisy.id, &dora).await.expect(200);
    let mails = service.mails().await;
    let mail = to(&mails, DORA);
    let both = format!("DELEGATED-FROM=\"mailto:{CARLA}\",\"mailto:{DAISY}\"");
    assert!(
        mail.attendees()[DORA].contains(&both),
        "{:?}",
        mail.attendees()
    );
    let words = mail.text.replace('\n', " ");
    assert!(
        words.contains("in Vertretung von Carla Clematis und Daisy Daffodil"),
        "{words}"
    );
    it.answer(BIELEFELD, CARLA_THERE, "declined").await;
    let mails = service.mails().await;
    assert_eq!(recipients(&mails), [(DORA.to_owned(), "REQUEST")]);
    assert_eq!(it.invitation(DORA).await["state"], "invited");
    it.answer(BIELEFELD, 2, "declined").await;
    assert_eq!(
        recipients(&service.mails().await),
        [(DORA.to_owned(), "CANCEL")]
    );
    assert_eq!(it.invitation(DORA).await["state"], "withdrawn");
}

#[actix_web::test]
async fn who_may_name_whom() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let (carla, dirk) = (
        it.key(BIELEFELD, CARLA_THERE),
        it.key(BIELEFELD, DIRK_THERE),
    );
    let elif = it.key(HERFORD, 0);
    assert_eq!(it.carla_names(carla).await.rules(), ["deputy_id: other"]);
    assert_eq!(
        it.carla_names(&it.meeting).await.rules(),
        ["deputy_id: exists"]
    );
    assert_eq!(
        it.carla_names(elif).await.rules(),
        ["deputy_id: own_municipality"]
    );
    let elifs = &it.five.cities[HERFORD].people[0].token;
    it.names(elifs, carla, dirk).await.expect(403);
    it.names(&it.five.reader, carla, dirk).await.expect(403);
    service
        .delete(elifs, &it.deputy_path(carla))
        .await
        .expect(403);
    let guest = it.guest().await;
    let host = &it.five.cities[GUETERSLOH].people[0].token;
    let uninvited = it.names(host, &guest, dirk).await;
    assert_eq!(uninvited.rules(), ["not_invited"]);
    // No chains, from neither end.
    it.carla_names(dirk).await.expect(200);
    let dirks = &it.five.cities[BIELEFELD].people[DIRK_THERE].token;
    let daisy = it.key(BIELEFELD, 2);
    assert_eq!(it.names(dirks, dirk, daisy).await.rules(), ["chain"]);
    assert_eq!(it.names(host, daisy, carla).await.rules(), ["chain"]);
    // The host may name anybody, and the delegator hears of it.
    service.mails().await;
    it.names(host, elif, &guest).await.expect(200);
    let mails = service.mails().await;
    let told = [
        (ELIF.to_owned(), "REQUEST"),
        ("gast@land.example".to_owned(), "REQUEST"),
    ];
    assert_eq!(recipients(&mails), told);
    let elifs = to(&mails, ELIF);
    assert_eq!(elifs.partstat(), "DELEGATED");
    assert!(
        elifs
            .text
            .contains("Sie werden von Gast Gerbera vertreten."),
        "{}",
        elifs.text
    );
    assert!(elifs.attendees()["gast@land.example"].contains("DELEGATED-FROM"));
    // Only what can still be answered.
    it.post("/cancel", json!({ "reason": "Sturm" })).await;
    assert_eq!(it.names(host, elif, dirk).await.rules(), ["state"]);
}

#[actix_web::test]
async fn a_deputy_counts_for_the_city_of_the_delegator() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let guest = it.guest().await;
    let elif = it.key(HERFORD, 0);
    it.names(&it.five.coordinator, elif, &guest)
        .await
        .expect(200);
    let mails = service.mails().await;
    let token = to(&mails, "gast@land.example").token();
    it.by_link(&token, &[("answer", "accepted")]).await;
    assert_eq!(it.represented(HERFORD).await, (true, false));
    let shown = it.answer_shown(&guest).await;
    assert_eq!(
        shown["municipality_id"],
        it.five.cities[HERFORD].id.as_str()
    );
    let seen = it.five.get(&it.path("/attendance")).await;
    assert_eq!(seen["totals"]["delegated"], 1);
    assert_eq!(seen["quorum"]["represented_by_answers"], 1);
    // One who comes anyway stands for both cities.
    let carla = it.key(BIELEFELD, CARLA_THERE);
    let ines = it.key(4, 0);
    it.names(&it.five.coordinator, ines, carla)
        .await
        .expect(200);
    it.answer(BIELEFELD, CARLA_THERE, "accepted").await;
    assert_eq!(it.represented(BIELEFELD).await, (true, false));
    assert_eq!(it.represented(4).await, (true, false));

    service.clock.set("2026-04-14T09:00:00Z".parse().unwrap());
    for person in [&guest, carla] {
        let path = it.path(&format!("/attendance/{person}"));
        let there = json!({ "presence": "on_site" });
        service
            .put(&it.five.coordinator, &path, there)
            .await
            .expect(200);
    }
    for city in [BIELEFELD, HERFORD, 4] {
        assert_eq!(it.represented(city).await, (true, true), "{city}");
    }
    assert_eq!(it.represented(GUETERSLOH).await, (false, false));
    let seen = it.five.get(&it.path("/attendance")).await;
    assert_eq!(seen["quorum"]["represented"], 3);
    assert_eq!(seen["quorum"]["by_presence"], true);
}
