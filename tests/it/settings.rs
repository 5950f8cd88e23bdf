//! Settings: every mistake is named, at once.
use std::collections::BTreeMap;

use insta::assert_snapshot;
use reihum::config::{MailSettings, Settings};

fn load(given: &[(&str, &str)]) -> Result<Settings, String> {
    let given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Settings::from_sources(None, given).map_err(|mistakes| mistakes.to_string())
}

#[test]
fn all_mistakes_are_named_at_once() {
    let mistakes = load(&[
        ("database_url", "postgres://localhost/reihum"),
        ("listen", "everywhere"),
        ("public_url", "reihum.example"),
        ("mail_from", "nobody"),
        ("smtp_host", "mail.example"),
        ("smtp_tls", "perhaps"),
        ("smtp_username", "only-me"),
        ("db_pool", "0"),
        ("colour", "blue"),
    ])
    .err()
    .unwrap();
    assert_snapshot!(mistakes, @r"
    wrong settings:
      secret (REIHUM_SECRET): must have at least 32 characters, the same on every instance
      db_pool (REIHUM_DB_POOL): must be a number from 1 to 100
      listen (REIHUM_LISTEN): must be an IP address and a port, such as 127.0.0.1:8080
      mail_from (REIHUM_MAIL_FROM): a mail address has the form name@domain
      smtp_tls (REIHUM_SMTP_TLS): must be implicit, starttls or none
      smtp_password (REIHUM_SMTP_PASSWORD): smtp_username and smtp_password go together
      public_url (REIHUM_PUBLIC_URL): must be an http:// or https:// address
      colour (REIHUM_COLOUR): there is no such setting
    ");
}

#[test]
fn mistakes_about_the_signature_name_their_setting() {
    let dir = tempfile::tempdir().unwrap();
    let url = dir.path().join("reihum.db").to_string_lossy().into_owned();
    let key = "tests/it/data/dkim/rsa.pem";
    let dkim = |given: &[(&str, &str)]| {
        let base = [
            ("database_url", &*url),
            ("mail_from", "post@treffen.example"),
        ];
        load(&[&base, given].concat()).map(|settings| settings.dkim)
    };
    assert!(dkim(&[]).unwrap().is_none());
    let own = dkim(&[("dkim_selector", "a"), ("dkim_key_file", key)])
        .unwrap()
        .unwrap();
    assert_eq!(own.record_name(), "a._domainkey.treffen.example");
    let given = [
        ("dkim_selector", "a"),
        ("dkim_key_file", key),
        ("dkim_domain", "Kreis.example"),
    ];
    assert_eq!(dkim(&given).unwrap().unwrap().domain(), "kreis.example");
    for (given, setting, words) in [
        (
            vec![("dkim_selector", "a")],
            "dkim_selector (REIHUM_DKIM_SELECTOR)",
            "go together",
        ),
        (
            vec![("dkim_domain", "kreis.example")],
            "dkim_domain",
            "goes with",
        ),
        (
            vec![("dkim_selector", "a"), ("dkim_key_file", "/nowhere.pem")],
            "dkim_key_file",
            "cannot read /nowhere.pem",
        ),
        (
            vec![("dkim_selector", "a"), ("dkim_key_file", "Cargo.toml")],
            "dkim_key_file",
            "must be a PEM file",
        ),
        (
            vec![("dkim_selector", "a b"), ("dkim_key_file", key)],
            "dkim_selector",
            "letters, digits",
        ),
        (
            vec![
                ("dkim_selector", "a"),
                ("dkim_key_file", key),
                ("dkim_domain", "x"),
            ],
            "dkim_domain",
            "must be a domain",
        ),
    ] {
        let mistakes = dkim(&given).err().unwrap();
        let named = mistakes
            .lines()
            .any(|line| line.trim().starts_with(setting) && line.contains(words));
        assert!(named, "{setting}: {mistakes}");
    }
}

#[test]
fn an_installation_on_a_file_needs_nothing_and_keeps_its_secret() {
    let dir = tempfile::tempdir().unwrap();
    let url = dir.path().join("reihum.db").to_string_lossy().into_owned();
    let mut first = load(&[("database_url", &url)]).unwrap();
    let mut second = load(&[("database_url", &url)]).unwrap();
    assert_eq!(
        dir.path().read_dir().unwrap().count(),
        0,
        "nothing is written"
    );
    first.store_secret().unwrap();
    // Of two that start at the same time, the first one's counts.
    second.store_secret().unwrap();
    let again = load(&[("database_url", &url)]).unwrap();
    assert!(first.secret.len() >= 32);
    assert_eq!(
        (&first.secret, &first.secret),
        (&second.secret, &again.secret)
    );
    assert!(matches!(first.mail, MailSettings::Folder(_)));
    let file = dir.path().join("reihum.db.secret");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(&file, "short").unwrap();
    assert!(
        load(&[("database_url", &url)])
            .err()
            .unwrap()
            .contains("fewer than 32")
    );
    // Without the secret, every link that was sent would be dead.
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&url, "").unwrap();
    let mistake = load(&[("database_url", &url)]).err().unwrap();
    assert!(mistake.contains("reihum.db.secret is missing"), "{mistake}");
}

#[test]
fn a_mistyped_database_address_is_not_repeated() {
    let secret = ("secret", "a secret that is long enough for all");
    for address in [
        "postgre://reihum:geheim@localhost/reihum",
        "reihum:geheim@localhost",
    ] {
        let mistake = load(&[("database_url", address), secret]).err().unwrap();
        assert!(
            mistake.contains("database_url (REIHUM_DATABASE_URL): must be a postgres:// address"),
            "{mistake}"
        );
        assert!(!mistake.contains("geheim"), "{mistake}");
    }
}

#[test]
fn the_environment_goes_before_the_file_and_texts_stay_texts() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("reihum.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1\"\ndb_pool = 7\ncors_origins = [\"https://a.example\", \"https://b.example\"]\n").unwrap();
    let url = dir.path().join("reihum.db").to_string_lossy().into_owned();
    let given = BTreeMap::from([
        ("database_url".to_owned(), url),
        ("listen".to_owned(), "127.0.0.1:2".to_owned()),
        ("smtp_host".to_owned(), "mail.example".to_owned()),
        ("smtp_username".to_owned(), "007".to_owned()),
        ("smtp_password".to_owned(), "0123".to_owned()),
    ]);
    let settings = Settings::from_sources(Some(&file), given).unwrap();
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.db_pool, 7);
    assert_eq!(
        settings.cors_origins,
        ["https://a.example", "https://b.example"]
    );
    let MailSettings::Smtp(smtp) = settings.mail else {
        panic!("a server is set")
    };
    assert_eq!(
        (smtp.username.as_deref(), smtp.password.as_deref()),
        (Some("007"), Some("0123"))
    );
    assert_eq!(smtp.port, 587);
    let missing = Settings::from_sources(Some(&dir.path().join("none.toml")), BTreeMap::new());
    assert!(missing.is_err());
}
