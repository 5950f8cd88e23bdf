//! The program's commands, as an operator runs them.
use std::path::Path;
use std::process::{Command, Output};

use diesel::prelude::*;
use serde_json::Value;

fn reihum(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_reihum"))
        .args(arguments)
        .env_clear()
        .env("REIHUM_DATABASE_URL", folder.join("reihum.db"))
        .env("REIHUM_MAIL_FOLDER", folder.join("mail"))
        .current_dir(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn fails(output: &Output) -> String {
    assert!(
        !output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn help_names_every_command() {
    let dir = tempfile::tempdir().unwrap();
    let help = succeeds(&reihum(dir.path(), &["--help"]));
    for command in [
        "serve",
        "demo",
        "migrate",
        "rotation",
        "token",
        "inbound",
        "check-config",
        "check-mail",
        "openapi",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{help}");
    }
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let dir = tempfile::tempdir().unwrap();
    assert!(succeeds(&reihum(dir.path(), &["migrate"])).contains("up to date"));
    let made = reihum(
        dir.path(),
        &["token", "create", "--operator", "--label", "first"],
    );
    let token = succeeds(&made);
    assert!(
        token.starts_with("rhm_") && token.lines().count() == 1,
        "{token}"
    );
    let listed = succeeds(&reihum(dir.path(), &["token", "list"]));
    let now = reihum::clock::Clock::now(&reihum::clock::SystemClock);
    let today = now.format("%Y-%m-%d").to_string();
    for part in ["operator", "valid", &today, "never", "first"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    assert!(!listed.contains("rhm_"), "{listed}");
    let row = listed.lines().find(|line| line.contains("first")).unwrap();
    let key = row.split(' ').next().unwrap();
    succeeds(&reihum(dir.path(), &["token", "revoke", key]));
    let listed = succeeds(&reihum(dir.path(), &["token", "list"]));
    assert!(listed.contains("revoked"), "{listed}");
    let nowhere = [
        "token",
        "create",
        "--cooperation",
        "nowhere",
        "--role",
        "reader",
    ];
    assert!(fails(&reihum(dir.path(), &nowhere)).contains("nowhere"));
    let nobody = ["token", "revoke", "0190163d-8694-739b-aea5-966c26f8ad91"];
    assert!(fails(&reihum(dir.path(), &nobody)).contains("there is no token"));
}

fn files(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn only_migrate_and_serve_make_a_database_unless_told_to() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.eml"), "Subject: a\n\n").unwrap();
    let create = ["token", "create", "--operator"];
    for command in [
        &create[..],
        &["token", "list"],
        &["rotation", "0190163d-8694-739b-aea5-966c26f8ad91"],
        &["inbound", "a.eml"],
    ] {
        let text = fails(&reihum(dir.path(), command));
        assert!(text.contains("reihum migrate"), "{command:?}: {text}");
        assert_eq!(files(dir.path()), ["a.eml"], "{command:?}");
    }
    let token = succeeds(&reihum(dir.path(), &[&create[..], &["--create"]].concat()));
    assert!(token.starts_with("rhm_"), "{token}");
    succeeds(&reihum(dir.path(), &create));
    for file in ["reihum.db", "reihum.db.secret"] {
        let metadata = dir.path().join(file).metadata().unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        assert_eq!(mode & 0o137, 0, "{file}: {mode:o}");
    }
    // Tokens by accident on a newer schema, and an older program that serves one.
    let mut conn =
        SqliteConnection::establish(&dir.path().join("reihum.db").to_string_lossy()).unwrap();
    diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')")
        .execute(&mut conn)
        .unwrap();
    for command in [&create[..], &["migrate"], &["check-config"], &["serve"]] {
        let text = fails(&reihum(dir.path(), command));
        assert!(
            text.contains("migrated by a newer version of reihum (migration 29990101000000)"),
            "{command:?}: {text}"
        );
    }
}

#[test]
fn a_password_is_not_printed_with_a_wrong_address() {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_reihum"))
        .arg("check-config")
        .env_clear()
        .env(
            "REIHUM_DATABASE_URL",
            "postgres://reihum:ge/heim@127.0.0.1:9/reihum",
        )
        .env("REIHUM_SECRET", "a secret that is long enough for all")
        .current_dir(dir.path())
        .output()
        .unwrap();
    let text = fails(&output);
    assert!(text.contains("database_url: cannot connect"), "{text}");
    assert!(!text.contains("heim"), "{text}");
}

#[test]
fn settings_are_tried_and_mistakes_named() {
    let dir = tempfile::tempdir().unwrap();
    let text = succeeds(&reihum(dir.path(), &["check-config"]));
    assert!(files(dir.path()).is_empty(), "check-config writes nothing");
    assert!(text.contains("SQLite") && text.contains("folder"), "{text}");
    std::fs::write(
        dir.path().join("bad.toml"),
        "listen = \"x\"\nsmtp_tls = \"y\"\n",
    )
    .unwrap();
    let text = fails(&reihum(
        dir.path(),
        &["--config", "bad.toml", "check-config"],
    ));
    assert!(
        text.contains("REIHUM_LISTEN") && text.contains("REIHUM_SMTP_TLS"),
        "{text}"
    );
    std::fs::write(
        dir.path().join("deaf.toml"),
        "smtp_host = \"127.0.0.1\"\nsmtp_port = 9\nsmtp_tls = \"none\"\n",
    )
    .unwrap();
    let text = fails(&reihum(
        dir.path(),
        &["--config", "deaf.toml", "check-config"],
    ));
    assert!(text.contains("server 127.0.0.1:9"), "{text}");
}

#[test]
fn the_document_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let document: Value =
        serde_json::from_str(&succeeds(&reihum(dir.path(), &["openapi"]))).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn the_demo_is_made_once_and_starts_afresh_on_demand() {
    let dir = tempfile::tempdir().unwrap();
    let first = succeeds(&reihum(dir.path(), &["demo", "--no-serve"]));
    for part in [
        "Gütersloh",
        "Bad Salzuflen",
        "/api/docs/",
        "/feeds/",
        "coordinator",
        "rhm_",
    ] {
        assert!(first.contains(part), "{part} is missing:\n{first}");
    }
    assert_eq!(
        succeeds(&reihum(dir.path(), &["demo", "--no-serve"])),
        first
    );
    let mails = || {
        std::fs::read_dir(dir.path().join("demo-data/mail"))
            .unwrap()
            .count()
    };
    assert!(mails() >= 22, "{} mails", mails());
    let access = std::fs::read_to_string(dir.path().join("demo-data/access.json")).unwrap();
    let access: Value = serde_json::from_str(&access).unwrap();
    let series = access["series"].as_str().unwrap();
    let rotation = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reihum"));
        command.args(["rotation", series]).args(more).env_clear();
        command.env(
            "REIHUM_DATABASE_URL",
            dir.path().join("demo-data/reihum.db"),
        );
        succeeds(&command.output().unwrap())
    };
    let shown: Value = serde_json::from_str(&rotation(&["--count", "3", "--json"])).unwrap();
    let hosts: Vec<_> = shown["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| &slot["host"]["name"])
        .collect();
    assert_eq!(hosts, ["Herford", "Bad Salzuflen", "Detmold"]);
    assert_eq!(shown["report"]["items"].as_array().unwrap().len(), 5);
    let tables = rotation(&["--language", "en"]);
    for part in ["Herford", "○ planned", "Shares from", "Spread"] {
        assert!(tables.contains(part), "{part} is missing:\n{tables}");
    }
    let afresh = succeeds(&reihum(dir.path(), &["demo", "--no-serve", "--reset"]));
    assert_ne!(afresh, first);
}

fn check_mail(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_reihum"))
        .arg("check-mail")
        .args(arguments)
        .env_clear()
        .env("REIHUM_DATABASE_URL", folder.join("reihum.db"))
        .env("REIHUM_MAIL_FOLDER", folder.join("mail"))
        .env("REIHUM_MAIL_FROM", "treffen@owl.example")
        .envs(settings.iter().copied())
        .output()
        .unwrap()
}

const SIGNING: [(&str, &str); 2] = [
    ("REIHUM_DKIM_SELECTOR", "reihum2027"),
    ("REIHUM_DKIM_KEY_FILE", "tests/it/data/dkim/rsa.pem"),
];

#[test]
fn check_mail_names_the_records_and_shows_the_message() {
    let dir = tempfile::tempdir().unwrap();
    let dry = succeeds(&check_mail(dir.path(), &SIGNING, &["--dry-run"]));
    let public = include_str!("data/dkim/rsa.public");
    let record = format!("v=DKIM1; k=rsa; p={public}");
    let (first, second) = record.split_at(200);
    let (second, third) = second.split_at(200);
    for line in [
        "Die Datenbank ist nicht erreichbar oder noch nicht auf dem Stand",
        "    owl.example. TXT \"v=spf1 mx -all\"\n",
        &format!(
            "    reihum2027._domainkey.owl.example. TXT \"{first}\" \"{second}\" \"{third}\"\n"
        ),
        "    _dmarc.owl.example. TXT \"v=DMARC1; p=none; rua=mailto:postmaster@owl.example\"\n",
        "    owl.example. MX 10 ",
        "    MAIL FROM:<treffen@owl.example>\n    RCPT TO:<treffen@owl.example>\n",
        "    From: reihum <treffen@owl.example>\n",
        "    Reply-To: reihum <treffen@owl.example>\n",
        "    Auto-Submitted: auto-generated\n",
        "    DKIM-Signature: mit dem Schlüssel reihum2027._domainkey.owl.example; die Unterschrift hält",
        "    multipart/mixed (",
        "      multipart/alternative (",
        "        text/plain; charset=utf-8 (",
        "        text/html; charset=utf-8 (",
        "        text/calendar; charset=utf-8; method=REQUEST; component=VEVENT (",
        "      application/ics; name=\"invite.ics\" (",
        "    METHOD:REQUEST\n",
        "Nicht verschickt",
    ] {
        assert!(dry.contains(line), "{line}: {dry}");
    }
    assert!(!dry.contains("Warnung"), "{dry}");
    assert!(
        !dir.path().join("mail").exists(),
        "nothing is sent by a dry run"
    );
}

#[test]
fn check_mail_sends_and_says_what_became_of_it() {
    let dir = tempfile::tempdir().unwrap();
    succeeds(&reihum(dir.path(), &["migrate"]));
    let arguments = ["--to", "amt@kreis.example", "--language", "en"];
    let said = succeeds(&check_mail(dir.path(), &SIGNING, &arguments));
    assert!(
        !said.contains("Note:") && !said.contains("Warning"),
        "{said}"
    );
    let mails: Vec<_> = std::fs::read_dir(dir.path().join("mail"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    let [mail] = mails.as_slice() else {
        panic!("one file: {mails:?}")
    };
    let name = mail.file_name().unwrap().to_str().unwrap();
    assert!(said.contains(name), "{name}: {said}");
    let mail = std::fs::read(mail).unwrap();
    let key = include_bytes!("data/dkim/rsa.pem");
    let signer = mail::Signer::new("reihum2027", "owl.example", key).unwrap();
    assert!(signer.verifies(&mail));
    let look = mail::MailSummary::of(&mail);
    assert_eq!(look.field("to"), Some("amt@kreis.example"));
    assert_eq!(look.field("subject"), Some("Test message from reihum"));
    assert_eq!(look.parts.len(), 6);
    let id = look.field("message-id").unwrap();
    assert!(said.contains(id), "{id}: {said}");

    // Warnings are no failure; a server that takes nothing is.
    let said = succeeds(&check_mail(dir.path(), &[], &["--dry-run"]));
    assert!(
        said.contains("Warnung: reihum unterschreibt nicht"),
        "{said}"
    );
    assert!(said.contains("    DKIM-Signature: fehlt\n"), "{said}");
    let elsewhere = [&SIGNING[..], &[("REIHUM_DKIM_DOMAIN", "kreis.example")]].concat();
    let said = succeeds(&check_mail(dir.path(), &elsewhere, &["--dry-run"]));
    assert!(said.contains("nur E-Mails von kreis.example"), "{said}");
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = unused.local_addr().unwrap().port().to_string();
    drop(unused);
    let server = [
        ("REIHUM_SMTP_HOST", "localhost"),
        ("REIHUM_SMTP_TLS", "none"),
        ("REIHUM_SMTP_PORT", &*port),
    ];
    let words = fails(&check_mail(dir.path(), &server, &[]));
    assert!(words.contains("nicht angenommen"), "{words}");
    fails(&check_mail(dir.path(), &[], &["--to", "nobody"]));
}
