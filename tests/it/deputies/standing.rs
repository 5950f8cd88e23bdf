//! How delegations end and stand, and whom an address names.
use reihum::auth::SystemActor;
use reihum::cooperations::Cooperation;
use reihum::db::Id;
use reihum::invitations::context::MeetingContext;
use reihum::invitations::deputies::{Named, deputy_named};
use reihum::meetings;
use reihum::people::Person;
use serde_json::{Value, json};

use super::{CARLA_THERE, DORA, recipients};
use crate::builders::{BIELEFELD, HERFORD, text};
use crate::invitations::{CARLA, Convened, ELIF};
use crate::mailbox::to;

#[actix_web::test]
async fn who_leaves_leaves_no_delegation_behind() {
    let it = Convened::start().await;
    let (service, coordinator) = (&it.five.service, &it.five.coordinator);
    let dora = it.dora().await;
    it.carla_names(&dora).await.expect(200);
    service.mails().await;
    let person = |id: &str| format!("{}/people/{id}", it.five.base);
    service
        .delete(coordinator, &person(&dora))
        .await
        .expect(204);
    let mails = service.mails().await;
    let told = [(CARLA.to_owned(), "REQUEST"), (DORA.to_owned(), "CANCEL")];
    assert_eq!(recipients(&mails), told);
    assert_eq!(to(&mails, CARLA).partstat(), "NEEDS-ACTION");
    let carla = it.key(BIELEFELD, CARLA_THERE);
    let shown = it.answer_shown(carla).await;
    assert_eq!(
        (&shown["answer"], &shown["deputy_id"]),
        (&json!("needs_action"), &Value::Null)
    );
    assert_eq!(service.run().await, 0);

    let guest = it.guest().await;
    it.names(coordinator, carla, &guest).await.expect(200);
    service.mails().await;
    let invitation = it.path(&format!("/invitations/{carla}"));
    service.delete(coordinator, &invitation).await.expect(204);
    let mails = service.mails().await;
    let told = [
        (CARLA.to_owned(), "CANCEL"),
        ("gast@land.example".to_owned(), "CANCEL"),
    ];
    assert_eq!(recipients(&mails), told);
    assert_eq!(service.run().await, 0);
    assert_eq!(it.represented(BIELEFELD).await, (false, false));
}

#[actix_web::test]
async fn a_deputy_who_is_then_invited_by_name_stays_invited() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let dora = it.dora().await;
    it.carla_names(&dora).await.expect(200);
    it.post("/invitations", json!({ "person_id": dora })).await;
    service.mails().await;
    it.answer(BIELEFELD, CARLA_THERE, "accepted").await;
    let mails = service.mails().await;
    assert_eq!(recipients(&mails), [(DORA.to_owned(), "REQUEST")]);
    assert_eq!(it.invitation(DORA).await["state"], "invited");
}

#[actix_web::test]
async fn a_deputy_stays_when_the_meeting_moves_and_both_are_asked_again() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let dora = it.dora().await;
    it.carla_names(&dora).await.expect(200);
    let mails = service.mails().await;
    let token = to(&mails, DORA).token();
    it.by_link(&token, &[("answer", "accepted")]).await;
    it.patch(json!({ "date": "2026-04-21" })).await;
    let mails = it.after_the_window().await;
    assert_eq!(mails.len(), 12);
    for address in [CARLA, DORA] {
        assert_eq!(to(&mails, address).partstat(), "NEEDS-ACTION", "{address}");
    }
    assert!(to(&mails, DORA).attendees()[CARLA].contains("PARTSTAT=DELEGATED"));
    assert_eq!(it.represented(BIELEFELD).await, (false, false));
    it.by_link(&token, &[("answer", "accepted")]).await;
    assert_eq!(it.represented(BIELEFELD).await, (true, false));
    let carla = it.key(BIELEFELD, CARLA_THERE);
    let shown = it.answer_shown(carla).await;
    assert_eq!(
        (&shown["answer"], &shown["stale"]),
        (&json!("delegated"), &json!(true))
    );
    // To say it again is enough.
    it.carla_names(&dora).await.expect(200);
    assert_eq!(it.answer_shown(carla).await["stale"], false);
    assert_eq!(service.run().await, 0);
}

#[actix_web::test]
async fn an_address_names_only_who_may_be_named() {
    let it = Convened::start().await;
    let dora = it.dora().await;
    let id: Id<Cooperation> = text(&it.five.get(&it.five.base).await["id"])
        .parse()
        .unwrap();
    let (meeting, settings) = (
        it.meeting.parse().unwrap(),
        it.five.service.app.settings.clone(),
    );
    let now = it.five.service.app.clock.now();
    let read = it.five.service.app.db.read(move |conn| {
        let who = SystemActor::within(id);
        let meeting = meetings::store::find(conn, &who, meeting)?;
        MeetingContext::load(conn, &who, &settings, meeting, now)
    });
    let context = read.await.unwrap();
    let key = |text: &str| -> Id<Person> { text.parse().unwrap() };
    let carla = key(it.key(BIELEFELD, CARLA_THERE));
    let named = |address: &str| deputy_named(&context, carla, &address.parse().unwrap());
    assert_eq!(named("DORA@Bielefeld.example"), Named::Known(key(&dora)));
    assert_eq!(named(ELIF), Named::NotAllowed(key(it.key(HERFORD, 0))));
    assert_eq!(named(CARLA), Named::NotAllowed(carla));
    assert_eq!(named("nobody@nowhere.example"), Named::Unknown);
}
