//! Mails that are put into a folder, and the lease of a mailbox.
use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use mail::Tls;
use reihum::config::ImapAccount;
use reihum::inbound::transports::folder::{FolderReader, FolderRound};
use reihum::inbound::transports::mailbox_lease::MailboxLease;
use tokio::sync::watch;

use crate::harness::Service;
use crate::inbound_handlers::{Record, stopper, with_limit};

struct Inbox {
    folder: PathBuf,
    reader: FolderReader,
    record: Record,
    stop: watch::Receiver<bool>,
    _stopper: watch::Sender<bool>,
    _service: Service,
}

impl Inbox {
    async fn start() -> Self {
        Self::start_with_limit(1_000_000).await
    }

    async fn start_with_limit(limit: u64) -> Self {
        let service = Service::start();
        let folder = service.mail_folder.join("in");
        let record = Record::default();
        let app = with_limit(&service.app, limit);
        let reader = FolderReader::open(&app, record.intake(), folder.clone())
            .await
            .unwrap();
        let (stopper, stop) = stopper();
        Self {
            folder,
            reader,
            record,
            stop,
            _stopper: stopper,
            _service: service,
        }
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    async fn round(&mut self) -> FolderRound {
        self.reader.round(&self.stop).await.unwrap()
    }

    /// The mails in a folder below, or in it.
    fn names(&self, below: &str) -> Vec<String> {
        names(&self.folder.join(below))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.path().is_file());
    let mut names: Vec<_> = files
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn round(filed: usize, left: usize) -> FolderRound {
    FolderRound { filed, left }
}

#[tokio::test]
async fn a_file_is_taken_once_it_has_stopped_growing() {
    let mut it = Inbox::start().await;
    it.put("a.eml", "Subject: 1\r\n\r\nhal");
    assert_eq!(it.round().await, round(0, 0));
    it.put("a.eml", "Subject: 1\r\n\r\nhalf and half\r\n");
    assert_eq!(it.round().await, round(0, 0));
    assert_eq!(it.round().await, round(1, 0));
    assert_eq!(it.record.texts(), ["Subject: 1\r\n\r\nhalf and half\r\n"]);
    assert_eq!(it.names("done"), ["a.eml"]);
    assert!(it.names("").is_empty());
    assert_eq!(it.round().await, round(0, 0));
    assert_eq!(it.record.all().len(), 1);
}

#[tokio::test]
async fn an_old_file_is_whole_at_the_first_look() {
    let mut it = Inbox::start().await;
    it.put("a.eml", "Subject: old\r\n\r\n");
    let file = fs::File::open(it.folder.join("a.eml")).unwrap();
    let past = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    file.set_modified(past).unwrap();
    assert_eq!(it.round().await, round(1, 0));
    let delivery = it.record.all().remove(0);
    assert_eq!(delivery.received_at.timestamp(), 1_700_000_000);
    assert_eq!(
        (delivery.too_large, delivery.recipients),
        (None, Vec::new())
    );
}

#[tokio::test]
async fn only_mails_are_taken() {
    let mut it = Inbox::start().await;
    it.put(".a.eml", "hidden");
    it.put("b.eml.tmp", "on its way");
    it.put("c.txt", "none");
    fs::create_dir(it.folder.join("d.eml")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", it.folder.join("e.eml")).unwrap();
    it.put("F.EML", "a mail");
    it.round().await;
    assert_eq!(it.round().await, round(1, 0));
    assert_eq!(it.record.texts(), ["a mail"]);
    assert_eq!(it.names(""), [".a.eml", "b.eml.tmp", "c.txt", "e.eml"]);
}

#[tokio::test]
async fn each_mail_goes_where_it_belongs_and_none_over_another() {
    let mut it = Inbox::start().await;
    for number in 1..=2 {
        it.put("a.eml", &format!("{number}"));
        it.put("b.eml", &format!("aside {number}"));
        it.round().await;
        assert_eq!(it.round().await, round(2, 0));
    }
    assert_eq!(it.names("done"), ["a-2.eml", "a.eml"]);
    assert_eq!(it.names("review"), ["b-2.eml", "b.eml"]);
    let second = fs::read_to_string(it.folder.join("done/a-2.eml")).unwrap();
    assert_eq!(second, "2");
}

#[tokio::test]
async fn a_mail_that_causes_a_panic_is_set_aside_after_three_times() {
    let mut it = Inbox::start().await;
    it.put("a.eml", "breaks");
    it.round().await;
    assert_eq!(it.round().await, round(0, 1));
    assert_eq!(it.round().await, round(0, 1));
    assert!(it.names("poison").is_empty());
    assert_eq!(it.round().await, round(1, 0));
    assert_eq!(it.names("poison"), ["a.eml"]);
    assert_eq!(it.record.all().len(), 3);
}

#[tokio::test]
async fn a_mail_waits_while_nothing_can_be_taken_in_and_no_longer() {
    let mut it = Inbox::start().await;
    it.put("a.eml", "fails");
    it.round().await;
    for _ in 0..10 {
        assert_eq!(it.round().await, round(0, 1));
    }
    for number in 0..3 {
        assert!(it.names("poison").is_empty());
        it.put(&format!("{number}.eml"), "fine");
        // The other one is not whole for certain at the first of these.
        it.round().await;
        it.round().await;
    }
    assert_eq!(it.names("poison"), ["a.eml"]);
    assert_eq!(it.names("done").len(), 3);
}

#[tokio::test]
async fn mails_that_fail_do_not_keep_others_from_being_tried() {
    let mut it = Inbox::start().await;
    for number in 0..120 {
        it.put(&format!("a{number:03}.eml"), "fails");
    }
    it.put("z.eml", "fine");
    for _ in 0..12 {
        it.round().await;
    }
    assert_eq!(it.names("done"), ["z.eml"]);
}

#[tokio::test]
async fn of_a_mail_that_is_too_large_the_header_is_handed_over() {
    let mut it = Inbox::start_with_limit(100).await;
    let header = "Subject: large\r\nMessage-ID: <1@a.example>\r\n\r\n";
    it.put("a.eml", &format!("{header}{}", "x".repeat(1000)));
    it.put("b.eml", &"y".repeat(100));
    it.round().await;
    it.round().await;
    let mut all = it.record.all();
    all.sort_by_key(|delivery| delivery.too_large);
    let sizes: Vec<_> = all.iter().map(|delivery| delivery.too_large).collect();
    assert_eq!(sizes, [None, Some(1000 + header.len() as u64)]);
    assert_eq!(all[0].raw.len(), 100);
    assert_eq!(String::from_utf8_lossy(&all[1].raw), header);
}

#[tokio::test]
async fn when_told_to_stop_the_mail_that_is_under_way_is_finished() {
    let mut it = Inbox::start().await;
    it.put("a.eml", "slow");
    it.round().await;
    let (stopper, stop) = stopper();
    let running = tokio::spawn(it.reader.run(stop));
    it.record.wait_until(|all| !all.is_empty()).await;
    stopper.send(true).unwrap();
    it.record.release();
    running.await.unwrap();
    assert_eq!(names(&it.folder.join("done")), ["a.eml"]);
}

fn account(folder: &str) -> ImapAccount {
    ImapAccount {
        host: "localhost".to_owned(),
        port: 993,
        tls: Tls::Implicit,
        username: "treffen".to_owned(),
        password: "secret".to_owned(),
        ca_file: None,
        folder: folder.to_owned(),
        done_folder: "done".to_owned(),
        review_folder: "review".to_owned(),
        poison_folder: "poison".to_owned(),
        poll_seconds: 60,
    }
}

#[tokio::test]
async fn a_mailbox_is_read_by_one_instance_at_a_time() {
    let service = Service::start();
    let app = &service.app;
    let inbox = account("INBOX");
    let acquire = || MailboxLease::acquire(app, &inbox);
    let mut first = acquire().await.unwrap().expect("nobody has it");
    assert!(acquire().await.unwrap().is_none());
    assert!(
        MailboxLease::acquire(app, &account("Other"))
            .await
            .unwrap()
            .is_some(),
        "another folder is another mailbox"
    );
    service.clock.advance(TimeDelta::seconds(15));
    first.renew().await.unwrap();
    service.clock.advance(TimeDelta::seconds(15));
    assert!(acquire().await.unwrap().is_none(), "it was kept");
    service.clock.advance(TimeDelta::seconds(15));
    let mut second = acquire().await.unwrap().expect("the lease has ended");
    assert!(first.advance(9).await.is_err(), "it is another's");
    assert!(second.is_new(4));
    second.advance(5).await.unwrap();
    first.release().await;
    assert!(
        acquire().await.unwrap().is_none(),
        "it was not the first one's to give"
    );
    second.release().await;
    let mut third = acquire().await.unwrap().expect("it was given back");
    assert_eq!(third.last_uid(), 5);
    assert!(!third.is_new(4));
    assert!(third.is_new(7), "all mails have new numbers");
    assert_eq!(third.last_uid(), 0);
}

#[test]
fn the_password_is_not_shown() {
    let shown = format!("{:?}", account("INBOX"));
    assert!(
        !shown.contains("secret") && !shown.contains("treffen"),
        "{shown}"
    );
}
