//! The settings of inbound mail.
use std::collections::BTreeMap;
use std::path::Path;

use insta::assert_snapshot;
use mail::Tls;
use reihum::config::{Inbound, Settings, Trust};

fn load(file: Option<&Path>, given: &[(&str, &str)]) -> Result<Settings, String> {
    let mut given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let secret = "a secret that is long enough for all".to_owned();
    given.insert("secret".to_owned(), secret);
    Settings::from_sources(file, given).map_err(|mistakes| mistakes.to_string())
}

#[test]
fn without_a_word_mail_comes_in_as_it_goes_out() {
    let settings = load(None, &[("mail_folder", "/srv/mail")]).unwrap();
    assert_eq!(settings.inbound, Inbound::Folder("/srv/inbound".into()));
    assert!(settings.takes_mail());
    assert_eq!(settings.inbound_max_bytes, 25 * 1024 * 1024);
    assert_eq!(settings.inbound_trust, Trust::Results);
    assert_eq!(settings.inbound_authserv_id, None);
    assert_eq!(settings.mail_delimiter, Some('+'));
    let settings = load(None, &[("smtp_host", "mail.example")]).unwrap();
    assert_eq!(settings.inbound, Inbound::None);
    assert!(!settings.takes_mail());
    let folder = |more: &[(&str, &str)]| {
        let mut given = vec![("smtp_host", "mail.example"), ("inbound", "folder")];
        given.extend(more);
        load(None, &given).unwrap().inbound
    };
    let beside = folder(&[("database_url", "/var/lib/reihum/reihum.db")]);
    assert_eq!(beside, Inbound::Folder("/var/lib/reihum/inbound".into()));
    let set = folder(&[("inbound_folder", "/srv/in")]);
    assert_eq!(set, Inbound::Folder("/srv/in".into()));
}

#[test]
fn the_transport_can_be_set() {
    let settings = load(
        None,
        &[
            ("inbound", "pipe"),
            ("inbound_trust", "server"),
            ("inbound_authserv_id", "mx.owl.example"),
            ("mail_delimiter", "none"),
            ("inbound_max_bytes", "65536"),
        ],
    )
    .unwrap();
    assert_eq!(settings.inbound, Inbound::Pipe);
    assert!(settings.takes_mail());
    assert_eq!(settings.inbound_trust, Trust::Server);
    assert_eq!(
        settings.inbound_authserv_id.as_deref(),
        Some("mx.owl.example")
    );
    assert_eq!(settings.mail_delimiter, None);
}

#[test]
fn there_can_be_several_mailboxes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("reihum.toml");
    std::fs::write(
        &file,
        "inbound = \"imap\"\n\
         [[imap]]\nhost = \"mail.sued.example\"\nusername = \"runde\"\npassword = \"007\"\n\
         tls = \"starttls\"\nfolder = \"INBOX/Runde\"\ndone_folder = \"Erledigt\"\npoll_seconds = 30\n\
         [[imap]]\nhost = \"mail.nord.example\"\nport = 1993\nusername = \"kreis\"\npassword = \"x\"\n",
    )
    .unwrap();
    let own = [
        ("imap_host", "mail.example"),
        ("imap_username", "treffen"),
        ("imap_password", "geheim"),
    ];
    let Inbound::Imap(accounts) = load(Some(&file), &own).unwrap().inbound else {
        panic!("it is set");
    };
    let shown: Vec<_> = accounts
        .iter()
        .map(|account| format!("{account:?} {}", account.username))
        .collect();
    assert_eq!(
        shown,
        [
            "ImapAccount(mail.example:993/INBOX) treffen",
            "ImapAccount(mail.sued.example:143/INBOX/Runde) runde",
            "ImapAccount(mail.nord.example:1993/INBOX) kreis",
        ]
    );
    let second = &accounts[1];
    assert_eq!((second.tls, second.poll_seconds), (Tls::Starttls, 30));
    assert_eq!(second.password, "007");
    assert_eq!(second.done_folder, "Erledigt");
    assert_eq!(second.review_folder, "reihum-review");
}

#[test]
fn all_mistakes_are_named_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("reihum.toml");
    std::fs::write(
        &file,
        "[[imap]]\nhost = \"a.example\"\nusername = \"a\"\nport = 77777\ncolour = \"blue\"\n\
         [[imap]]\nusername = \"b\"\npassword = \"c\"\n",
    )
    .unwrap();
    let mistakes = load(
        Some(&file),
        &[
            ("inbound", "imap"),
            ("inbound_trust", "me"),
            ("inbound_max_bytes", "10"),
            ("mail_delimiter", "@"),
            ("imap_poll_seconds", "1"),
            ("imap_ca_file", "/nowhere/ca.pem"),
            ("imap_folder", "Eingänge"),
            ("imap_done_folder", "reihum\nx"),
        ],
    );
    assert_snapshot!(mistakes.err().unwrap(), @"
    wrong settings:
      inbound_max_bytes (REIHUM_INBOUND_MAX_BYTES): must be a number from 65536 to 104857600
      inbound_trust (REIHUM_INBOUND_TRUST): must be results or server
      mail_delimiter (REIHUM_MAIL_DELIMITER): must be none or one of + - _ = #
      imap_ca_file (REIHUM_IMAP_CA_FILE): there is no such file
      imap_folder (REIHUM_IMAP_FOLDER): must be written in ASCII (modified UTF-7 for other characters)
      imap_done_folder (REIHUM_IMAP_DONE_FOLDER): must be written in ASCII (modified UTF-7 for other characters)
      imap_poll_seconds (REIHUM_IMAP_POLL_SECONDS): must be a number from 5 to 3600
      imap[0].port: must be a number from 1 to 65535
      imap[0].username: username and password must be set
      imap[0].colour: there is no such setting
      imap[1].host: must be set
      imap_host (REIHUM_IMAP_HOST): must be set if inbound is imap
    ");
    let nothing = load(None, &[("inbound", "imap")]).err().unwrap();
    assert!(nothing.contains("REIHUM_IMAP_HOST"), "{nothing}");
    let same = [
        ("inbound", "imap"),
        ("imap_host", "a.example"),
        ("imap_username", "a"),
        ("imap_password", "b"),
        ("imap_done_folder", "INBOX"),
    ];
    let same = load(None, &same).err().unwrap();
    assert!(same.contains("none of the folders"), "{same}");
}
