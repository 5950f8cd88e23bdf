//! A mailbox read by IMAP, with handlers that fail. `tests/peers/mailbox.sh` runs this on its Dovecot,
//! after it has put the mails in, and looks into the folders afterwards.
#![allow(clippy::unwrap_used, reason = "a check fails by panicking")]
#![allow(dead_code, reason = "the harness of all tests serves this one as well")]
#[path = "../it/harness.rs"]
mod harness;
#[path = "../it/inbound_handlers.rs"]
mod inbound_handlers;
#[path = "../it/plans.rs"]
mod plans;
#[path = "../it/statements.rs"]
mod statements;

use std::path::PathBuf;

use mail::Tls;
use reihum::config::ImapAccount;
use reihum::inbound::received::Delivery;
use reihum::inbound::transports::imap::ImapReader;

use harness::Service;
use inbound_handlers::{Record, stopper, with_limit};

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_put_aside_or_waits() {
    let account = ImapAccount {
        host: "localhost".to_owned(),
        port: setting("IMAPS_PORT").parse().unwrap(),
        tls: Tls::Implicit,
        username: setting("IMAP_USERNAME"),
        password: setting("IMAP_PASSWORD"),
        ca_file: Some(PathBuf::from(setting("IMAP_CA_FILE"))),
        folder: "INBOX".to_owned(),
        done_folder: "reihum-done".to_owned(),
        review_folder: "reihum-review".to_owned(),
        poison_folder: "reihum-poison".to_owned(),
        poll_seconds: 60,
    };
    let service = Service::start();
    let app = with_limit(&service.app, 65_536);
    let record = Record::default();
    let reader = ImapReader::new(&app, record.intake(), &account).unwrap();
    let (stopper, stop) = stopper();
    let running = tokio::spawn(reader.run(stop));
    let delivered = |word: &str| {
        let texts = record.texts();
        texts.iter().filter(|text| text.contains(word)).count()
    };
    let is_panicking =
        |delivery: &Delivery| String::from_utf8_lossy(&delivery.raw).contains("<breaks");
    record
        .wait_until(|all| all.iter().filter(|delivery| is_panicking(delivery)).count() == 3)
        .await;
    stopper.send(true).unwrap();
    running.await.unwrap();
    assert_eq!(delivered("<breaks"), 3);
    assert_eq!(delivered("<fails"), 3, "it is tried in each round");
    assert_eq!(delivered("<aside"), 1);
    assert_eq!(delivered("<fine"), 2);
    let large: Vec<_> = record
        .all()
        .into_iter()
        .filter(|delivery| delivery.too_large.is_some())
        .collect();
    assert_eq!(large.len(), 1);
    assert!(large[0].too_large.is_some_and(|octets| octets > 100_000));
    assert!(large[0].raw.ends_with(b"\r\n\r\n"), "it is the header only");
    assert!(
        large[0].received_at > service.app.clock.now(),
        "it came after that clock's time"
    );
}
