//! People who are added, removed, leave and join.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{BODO, CARLA, Convened, DAISY, DIRK, kinds};
use crate::builders::{BIELEFELD, FiveCities, GUETERSLOH, HERFORD};
use crate::mailbox::{Mail, to};

#[actix_web::test]
async fn one_person_is_added_and_removed_without_a_word_to_the_others() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let guest = json!({
        "given_name": "Gast", "family_name": "Ohne Stadt", "address": "gast@land.example", "role": "guest",
    });
    let guest = it.five.make("/people", guest).await;
    assert_eq!(
        service.run().await,
        0,
        "guests are not invited by themselves"
    );
    let added = it.post("/invitations", json!({ "person_id": guest })).await;
    assert_eq!(added["state"], "invited");
    let twice = service
        .post(
            &it.five.coordinator,
            &it.path("/invitations"),
            json!({ "person_id": guest }),
        )
        .await;
    assert_eq!(twice.rules(), ["duplicate"]);
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    let first = to(&mails, "gast@land.example");
    assert!(first.text.contains("als Gast"), "{}", first.text);
    assert!(
        !first.text.contains("mailto:"),
        "guests are not asked for topics"
    );
    let one = it.path(&format!("/invitations/{guest}"));
    service.delete(&it.five.coordinator, &one).await.expect(204);
    service.delete(&it.five.coordinator, &one).await.expect(404);
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    let off = to(&mails, "gast@land.example");
    assert_eq!(off.property("METHOD"), Some("CANCEL"));
    assert!(off.sequence() > first.sequence());
    assert!(off.subject().starts_with("Einladung zurückgenommen: "));
    assert_eq!(
        it.invitation("gast@land.example").await["state"],
        "withdrawn"
    );
    it.post("/invitations", json!({ "person_id": guest })).await;
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].property("METHOD"), Some("REQUEST"));
    assert!(mails[0].sequence() > off.sequence());
    assert!(mails[0].subject().starts_with("Einladung: "));
    // Somebody added and removed before anything went out hears nothing.
    let other = json!({
        "given_name": "Noch", "family_name": "Jemand", "address": "noch@land.example", "role": "guest",
    });
    let other = it.five.make("/people", other).await;
    it.post("/invitations", json!({ "person_id": other })).await;
    let one = it.path(&format!("/invitations/{other}"));
    service.delete(&it.five.coordinator, &one).await.expect(204);
    assert_eq!(service.mails().await.len(), 0);
    let seen = it.invitation("noch@land.example").await;
    assert_eq!(
        kinds(&seen),
        [("invitation".to_owned(), "superseded".to_owned())]
    );
}

#[actix_web::test]
async fn before_the_invitation_people_are_listed_and_struck_off() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(0).await;
    let guest = json!({
        "given_name": "Gast", "family_name": "Ohne Stadt", "address": "gast@land.example", "role": "guest",
    });
    let guest = five.make("/people", guest).await;
    let it = Convened {
        five,
        meeting,
        mails: Vec::new(),
    };
    assert_eq!(
        it.post("/invitations", json!({ "person_id": guest })).await["state"],
        "listed"
    );
    let elif = &it.five.cities[HERFORD].people[0];
    let struck = it.path(&format!("/invitations/{}", elif.id));
    it.five
        .service
        .delete(&it.five.coordinator, &struck)
        .await
        .expect(204);
    let known = json!({ "person_id": it.five.cities[HERFORD].people[1].id });
    let known = it
        .five
        .service
        .post(&it.five.coordinator, &it.path("/invitations"), known)
        .await;
    assert_eq!(known.rules(), ["duplicate"]);
    let nobody = json!({ "person_id": it.meeting });
    let nobody = it
        .five
        .service
        .post(&it.five.coordinator, &it.path("/invitations"), nobody)
        .await;
    assert_eq!(nobody.rules(), ["person_id: exists"]);
    assert_eq!(it.five.service.run().await, 0);
    it.post("/invite", json!({})).await;
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    to(&mails, "gast@land.example");
    assert!(mails.iter().all(|mail| mail.to() != elif.address));
    assert_eq!(
        it.five.service.run().await,
        0,
        "who was struck off stays so"
    );
}

#[actix_web::test]
async fn who_leaves_or_joins_is_told_and_nobody_else() {
    let it = Convened::start().await;
    let (service, coordinator) = (&it.five.service, &it.five.coordinator);
    let people = format!("{}/people", it.five.base);
    let carla = &it.five.cities[BIELEFELD].people[0].id;
    service
        .delete(coordinator, &format!("{people}/{carla}"))
        .await
        .expect(204);
    let bodo = &it.five.cities[GUETERSLOH].people[1].id;
    let ends = json!({ "until": "2026-04-13" });
    service
        .patch(coordinator, &format!("{people}/{bodo}"), ends)
        .await
        .expect(200);
    it.five
        .make(
            "/people",
            json!({
                "given_name": "Neu", "family_name": "Neumann", "address": "neu@bielefeld.example",
                "role": "delegate", "municipality_id": it.five.cities[BIELEFELD].id,
            }),
        )
        .await;
    let mails = service.mails().await;
    let told: Vec<_> = mails
        .iter()
        .map(|mail| (mail.to(), mail.property("METHOD").unwrap()))
        .collect();
    let expected = [
        (BODO.to_owned(), "CANCEL"),
        (CARLA.to_owned(), "CANCEL"),
        ("neu@bielefeld.example".to_owned(), "REQUEST"),
    ];
    assert_eq!(told, expected);
    assert_eq!(service.run().await, 0);
    assert_eq!(it.invitation(CARLA).await["state"], "withdrawn");
}

#[actix_web::test]
async fn an_invitation_that_waits_and_a_change_become_one_mail() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(0).await;
    let it = Convened {
        five,
        meeting,
        mails: Vec::new(),
    };
    it.post("/invite", json!({})).await;
    it.patch(json!({ "date": "2026-04-21" })).await;
    // The mail server was out of reach all the while.
    it.five.service.clock.advance(TimeDelta::minutes(10));
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 11);
    let carla = to(&mails, CARLA);
    assert!(
        carla.subject().starts_with("Einladung: "),
        "{}",
        carla.subject()
    );
    assert_eq!(carla.property("DTSTART"), Some("20260421T100000"));
    assert_eq!(carla.header("in-reply-to"), None);
    assert_eq!(
        carla.sequence(),
        it.seen().await["sequence"].as_i64().unwrap()
    );
    let seen = it.invitation(CARLA).await;
    let expected = [("invitation", "superseded"), ("invitation", "sent")];
    assert_eq!(
        kinds(&seen),
        expected.map(|(kind, state)| (kind.to_owned(), state.to_owned()))
    );
}

#[actix_web::test]
async fn twenty_five_people_get_one_mail_each() {
    let five = FiveCities::start().await;
    for number in 0..14 {
        let place = number % 5;
        let person = json!({
            "given_name": format!("P{number}"), "family_name": "Person", "role": "delegate",
            "address": format!("p{number}@stadt.example"), "municipality_id": five.cities[place].id,
        });
        five.make("/people", person).await;
    }
    let meeting = five.meeting(0).await;
    let it = Convened {
        five,
        meeting,
        mails: Vec::new(),
    };
    it.post("/invite", json!({})).await;
    let mails = it.five.service.mails().await;
    assert_eq!(mails.len(), 25);
    let mut tokens: Vec<_> = mails.iter().map(Mail::token).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 25);
}

#[actix_web::test]
async fn who_has_left_hears_of_that_and_not_of_changes() {
    let it = Convened::start().await;
    let service = &it.five.service;
    it.patch(json!({ "title": "Sondersitzung" })).await;
    service.clock.advance(TimeDelta::minutes(10));
    let carla = &it.five.cities[BIELEFELD].people[0].id;
    let path = format!("{}/people/{carla}", it.five.base);
    service
        .delete(&it.five.coordinator, &path)
        .await
        .expect(204);
    let mails = service.mails().await;
    assert_eq!(mails.len(), 11);
    let off = to(&mails, CARLA);
    assert_eq!(off.property("METHOD"), Some("CANCEL"));
    assert_eq!(off.attendees().keys().collect::<Vec<_>>(), [CARLA]);
    let seen = it.invitation(CARLA).await;
    let all = kinds(&seen);
    let kinds: Vec<_> = all.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["invitation", "cancellation"]);
}

#[actix_web::test]
async fn who_has_no_role_on_the_day_is_not_invited_only_to_be_uninvited() {
    let five = FiveCities::start().await;
    let meeting = five.meeting(0).await;
    let it = Convened {
        five,
        meeting,
        mails: Vec::new(),
    };
    let (service, coordinator) = (&it.five.service, &it.five.coordinator);
    let until = async |person: &str, day: &str| {
        let path = format!("{}/people/{person}", it.five.base);
        service
            .patch(coordinator, &path, json!({ "until": day }))
            .await
            .expect(200);
    };
    let guest = json!({
        "given_name": "Gast", "family_name": "Ohne Stadt", "address": "gast@land.example", "role": "guest",
    });
    let guest = it.five.make("/people", guest).await;
    it.post("/invitations", json!({ "person_id": guest })).await;
    // Ends the day before, after being listed.
    until(&guest, "2026-04-13").await;
    let bodo = &it.five.cities[GUETERSLOH].people[1].id;
    until(bodo, "2026-04-13").await;
    let refused = service
        .post(
            coordinator,
            &it.path("/invitations"),
            json!({ "person_id": bodo }),
        )
        .await;
    assert_eq!(refused.rules(), ["not_a_member_on_that_day"]);
    it.post("/invite", json!({})).await;
    let mails = service.mails().await;
    assert_eq!(mails.len(), 10);
    assert!(
        mails
            .iter()
            .all(|mail| mail.to() != BODO && mail.to() != "gast@land.example")
    );
    assert_eq!(service.run().await, 0);
    assert_eq!(it.invitation("gast@land.example").await["state"], "listed");
    // Listed is listed: as soon as there is a role, there is an invitation.
    until(&guest, "2026-04-14").await;
    let mails = service.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(
        to(&mails, "gast@land.example")
            .subject()
            .starts_with("Einladung: ")
    );
}

#[actix_web::test]
async fn who_was_uninvited_for_a_wrong_date_is_invited_again_when_it_is_put_right() {
    let it = Convened::start().await;
    let service = &it.five.service;
    let bielefeld = format!("/municipalities/{}", it.five.cities[BIELEFELD].id);
    let leaves = async |day: Value| {
        let path = format!("{}{bielefeld}", it.five.base);
        let patch = json!({ "left_on": day });
        service
            .patch(&it.five.coordinator, &path, patch)
            .await
            .expect(200);
        service.mails().await
    };
    // Daisy is uninvited by hand, and stays so whatever becomes of the city.
    let daisy = &it.five.cities[BIELEFELD].people[2].id;
    let one = it.path(&format!("/invitations/{daisy}"));
    service.delete(&it.five.coordinator, &one).await.expect(204);
    service.mails().await;
    let off = leaves(json!("2026-04-01")).await;
    assert_eq!(recipients(&off), [CARLA, DIRK]);
    assert_eq!(to(&off, CARLA).property("METHOD"), Some("CANCEL"));
    assert_eq!(it.invitation(CARLA).await["state"], "withdrawn");
    assert_eq!(service.run().await, 0);
    let on = leaves(Value::Null).await;
    assert_eq!(recipients(&on), [CARLA, DIRK]);
    for address in [CARLA, DIRK] {
        let mail = to(&on, address);
        assert_eq!(mail.property("METHOD"), Some("REQUEST"));
        assert!(
            mail.subject().starts_with("Einladung: "),
            "{}",
            mail.subject()
        );
        assert!(mail.sequence() > to(&off, address).sequence());
        assert_eq!(it.invitation(address).await["state"], "invited");
        assert_eq!(it.invitation(address).await["withdrawn_at"], Value::Null);
    }
    assert_eq!(it.invitation(DAISY).await["state"], "withdrawn");
    assert_eq!(service.run().await, 0, "nothing is said twice");
    // Uninvited by hand after all that, which a date does not undo.
    let carla = &it.five.cities[BIELEFELD].people[0].id;
    let one = it.path(&format!("/invitations/{carla}"));
    service.delete(&it.five.coordinator, &one).await.expect(204);
    service.mails().await;
    assert_eq!(recipients(&leaves(json!("2026-04-01")).await), [DIRK]);
    assert_eq!(recipients(&leaves(json!("2027-04-01")).await), [DIRK]);
}

fn recipients(mails: &[Mail]) -> Vec<String> {
    mails.iter().map(Mail::to).collect()
}
