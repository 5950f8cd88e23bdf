//! What comes with each change within a cooperation, and with none where nothing changes.
use chrono::TimeDelta;
use diesel::prelude::*;
use reihum::Tx;
use reihum::auth::{Scope, SystemActor};
use reihum::cooperations::Cooperation;
use reihum::db::Id;
use reihum::db::schema::{cooperations, meetings};
use reihum::error::Error;
use reihum::municipalities::Municipality;
use serde_json::json;

use crate::builders::{FiveCities, text};
use crate::harness::Service;
use crate::invitations::Convened;

async fn who(five: &FiveCities) -> SystemActor {
    SystemActor::within(text(&five.get(&five.base).await["id"]).parse().unwrap())
}

async fn generation(service: &Service, of: SystemActor) -> i64 {
    let cooperation = of.cooperation();
    let read = service.app.db.read(move |conn| {
        let row = cooperations::table.find(cooperation);
        Ok(row.select(cooperations::generation).first(conn)?)
    });
    read.await.unwrap()
}

#[actix_web::test]
async fn a_change_moves_the_generation_on_unless_it_changed_nothing() {
    let five = FiveCities::start().await;
    let (app, who) = (&five.service.app, who(&five).await);
    let before = generation(&five.service, who).await;
    app.write_in(&who, |_| Ok(())).await.unwrap();
    assert_eq!(generation(&five.service, who).await, before + 1);
    let found_by_itself = move |tx: &mut Tx| {
        tx.set_cooperation(&who);
        Ok(())
    };
    app.write(found_by_itself).await.unwrap();
    assert_eq!(generation(&five.service, who).await, before + 2);
    let nothing = |tx: &mut Tx| {
        tx.unchanged();
        Ok(())
    };
    app.write_in(&who, nothing).await.unwrap();
    let failed = app.write_in(&who, |_| Err::<(), _>(Error::NotFound)).await;
    assert!(matches!(failed, Err(Error::NotFound)));
    assert_eq!(generation(&five.service, who).await, before + 2);
}

fn forget_hosts(tx: &mut Tx, of: Id<Cooperation>) -> reihum::error::Result<()> {
    diesel::update(meetings::table)
        .filter(meetings::cooperation_id.eq(of))
        .set(meetings::host_id.eq(None::<Id<Municipality>>))
        .execute(&mut **tx)?;
    tx.plan_again();
    Ok(())
}

#[actix_web::test]
async fn a_plan_that_is_to_be_made_again_is_made_with_the_change() {
    let five = FiveCities::start().await;
    let (app, who) = (&five.service.app, who(&five).await);
    let hosts = five.hosts(4).await;
    let before = generation(&five.service, who).await;
    let write = move |tx: &mut Tx| {
        // A plan that is made again is a change, whatever else was.
        tx.unchanged();
        forget_hosts(tx, who.cooperation())
    };
    app.write_in(&who, write).await.unwrap();
    assert_eq!(five.hosts(4).await, hosts);
    assert_eq!(generation(&five.service, who).await, before + 1);
    let outside = app
        .write(move |tx| forget_hosts(tx, who.cooperation()))
        .await;
    assert!(matches!(outside, Err(Error::Internal(_))));
    assert_eq!(five.hosts(4).await, hosts);
}

#[actix_web::test]
async fn reconcilers_that_find_nothing_to_do_leave_generation_and_feeds_as_they_are() {
    let it = Convened::start().await;
    let (five, service) = (&it.five, &it.five.service);
    let feed = json!({ "scope": "cooperation" });
    let feed = service.post(&five.coordinator, "/feeds", feed).await;
    let url = text(&feed.expect(201)["url"]);
    let path = url.strip_prefix("https://reihum.example").unwrap();
    let fetch = async || {
        let request = actix_web::test::TestRequest::get().uri(path);
        let answer = service.send(request).await;
        (answer.etag(), answer.headers.get("last-modified").cloned())
    };
    service.run().await;
    let who = who(five).await;
    let (before, feed) = (generation(service, who).await, fetch().await);
    for _ in 0..3 {
        service.clock.advance(TimeDelta::minutes(1));
        assert_eq!(service.run().await, 0);
        assert_eq!(generation(service, who).await, before);
        assert_eq!(fetch().await, feed);
    }
    it.patch(json!({ "title": "Sondersitzung" })).await;
    assert!(generation(service, who).await > before);
    service.clock.advance(TimeDelta::minutes(10));
    assert!(service.run().await > 0);
    assert_ne!(fetch().await, feed);
}
