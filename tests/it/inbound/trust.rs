//! Which answers count at once, and which only when they are confirmed.
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use reihum::config::{Settings, Trust};

use super::{Inbox, Reply};
use crate::mailbox::to;

async fn with_results() -> Inbox {
    let mut inbox = Inbox::start().await;
    let settings = Settings {
        inbound_trust: Trust::Results,
        inbound_authserv_id: Some("mx.reihum.example".to_owned()),
        ..Settings::clone(&inbox.five.service.app.settings)
    };
    inbox.five.service.app.settings = Arc::new(settings);
    inbox
}

#[tokio::test]
async fn what_our_own_server_has_checked_counts() {
    let inbox = with_results().await;
    let good = [
        "dmarc=pass header.from=herford.example",
        "dkim=pass header.d=herford.example; spf=fail",
        "spf=none; dkim=fail header.d=x.example; dkim=pass (1024) header.d=HERFORD.example",
        "dkim=pass header.i=@herford.example",
        "dkim=pass header.i=elif@herford.example\r\nAuthentication-Results: mx.reihum.example; dmarc=fail",
    ];
    let bad = [
        "mx.reihum.example; dmarc=pass header.from=other.example",
        "mx.reihum.example; dkim=pass header.d=other.example",
        "mx.reihum.example; dmarc=fail header.from=herford.example; dkim=pass header.d=herford.example",
        "mx.reihum.example; spf=pass smtp.mailfrom=elif@herford.example",
        "mx.other.example; dmarc=pass header.from=herford.example",
        "mx.reihum.example; none",
        "mx.reihum.example; dkim=pass header.i=@other.example",
        "mx.reihum.example; dkim=pass header.i=herford.example",
        // Only the topmost field with our name is ours.
        "mx.reihum.example; none\r\nAuthentication-Results: mx.reihum.example; dmarc=pass header.from=herford.example",
        "mx.reihum.example; dmarc=none header.from=herford.example\r\n\
         Authentication-Results: mx.reihum.example; dmarc=pass header.from=herford.example",
    ];
    let address = inbox.address(2, 0);
    let invitation = inbox.invitation(&address).clone();
    let mut values = vec!["ACCEPTED", "DECLINED"].into_iter().cycle();
    for results in good {
        inbox.five.service.clock.advance(TimeDelta::minutes(1));
        let value = values.next().unwrap();
        let mut reply = Reply::to(&invitation, value, inbox.now());
        reply.headers = vec![format!(
            "Authentication-Results: mx.reihum.example; {results}"
        )];
        inbox.receive(&reply.write()).await;
        let answer = inbox.answer_of(&address).await["answer"].clone();
        assert_eq!(answer, value.to_lowercase(), "{results}");
    }
    let before = inbox.answer_of(&address).await;
    for results in bad {
        inbox.five.service.clock.advance(TimeDelta::minutes(1));
        let mut reply = Reply::to(&invitation, "TENTATIVE", inbox.now());
        reply.headers = vec![format!("Authentication-Results: {results}")];
        inbox.receive(&reply.write()).await;
        assert_eq!(inbox.answer_of(&address).await, before, "{results}");
        assert_ne!(inbox.newest().await["state"], "taken", "{results}");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_vouches_for_is_confirmed_by_the_invited_person() {
    let inbox = with_results().await;
    let service = &inbox.five.service;
    let address = inbox.address(2, 0);
    let reply = Reply::to(inbox.invitation(&address), "DECLINED", inbox.now());
    inbox.receive(&reply.write()).await;
    assert_eq!(inbox.answer_of(&address).await["answer"], "needs_action");
    assert_eq!(inbox.newest().await["state"], "confirming");
    let mails = service.mails().await;
    let [asked] = &*mails else {
        panic!("{mails:?}")
    };
    assert_eq!(asked.to(), address);
    assert_eq!(
        asked.subject(),
        "Bitte bestätigen: Ihre Rückmeldung zum Treffen „5 für OWL“"
    );
    assert!(
        asked.text.contains("Rückmeldung:  Absage"),
        "{}",
        asked.text
    );
    let (_, rest) = asked.text.split_once("https://reihum.example").unwrap();
    let path = rest.split_whitespace().next().unwrap();

    let page = service.send(TestRequest::get().uri(path)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("<html lang=\"de\""), "{}", page.text());
    assert_eq!(
        inbox.answer_of(&address).await["answer"],
        "needs_action",
        "looking changes nothing"
    );
    let done = service.send(TestRequest::post().uri(path)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let answer = inbox.answer_of(&address).await;
    assert_eq!(
        (&answer["answer"], &answer["way"]),
        (&"declined".into(), &"mail".into())
    );
    let page = service.send(TestRequest::get().uri(path)).await;
    assert!(
        page.text().contains("Ihre Rückmeldung gilt"),
        "{}",
        page.text()
    );
    // The second click changes nothing, and a made-up link leads nowhere.
    service.send(TestRequest::post().uri(path)).await;
    assert_eq!(inbox.answer_of(&address).await, answer);
    let made_up = format!("{}a", &path[..path.len() - 1]);
    let made_up = if made_up == path {
        format!("{}b", &path[..path.len() - 1])
    } else {
        made_up
    };
    let lost = service.send(TestRequest::post().uri(&made_up)).await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_is_not_believed_does_not_make_us_write_without_end() {
    let inbox = with_results().await;
    let address = inbox.address(2, 0);
    let invitation = inbox.invitation(&address).clone();
    for minute in 0..6 {
        let stamp = inbox.now() + TimeDelta::minutes(minute);
        inbox
            .receive(&Reply::to(&invitation, "ACCEPTED", stamp).write())
            .await;
    }
    let mails = inbox.five.service.mails().await;
    let asked = mails.iter().filter(|mail| mail.to() == address);
    assert_eq!(
        asked
            .filter(|mail| mail.subject().starts_with("Bitte best"))
            .count(),
        3
    );
    let states: Vec<_> = inbox
        .mails()
        .await
        .iter()
        .map(|mail| mail["state"].clone())
        .collect();
    assert_eq!(states.iter().filter(|state| *state == "review").count(), 3);
}

#[tokio::test]
async fn every_mail_has_its_token_in_reply_to_and_envelope() {
    let inbox = Inbox::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for mail in &inbox.sent {
        let address = super::bare(mail.header("reply-to"));
        assert!(address.starts_with("treffen+"), "{address}");
        assert!(address.len() <= 64 + "@reihum.example".len(), "{address}");
        assert!(seen.insert(address), "each its own");
        assert_eq!(
            mail.property("ORGANIZER"),
            Some("mailto:treffen@reihum.example")
        );
    }
    let one = to(&inbox.sent, &inbox.address(0, 0));
    assert_eq!(super::bare(one.header("from")), "treffen@reihum.example");
}
