//! `reihum inbound`, as an operator and as a mail server start it.
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::builders::{list, text};
use crate::harness::Service;

const LIMIT: &str = "65536";

fn command(database_url: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reihum"));
    command
        .arg("inbound")
        .args(arguments)
        .env_clear()
        .env("REIHUM_DATABASE_URL", database_url)
        .env("REIHUM_SECRET", "the secret of all the tests together")
        .env("REIHUM_INBOUND", "pipe")
        .env("REIHUM_INBOUND_MAX_BYTES", LIMIT)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn migrate(folder: &Path) {
    let migrate = Command::new(env!("CARGO_BIN_EXE_reihum"))
        .arg("migrate")
        .env_clear()
        .env("REIHUM_DATABASE_URL", "reihum.db")
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(migrate.status.success(), "{migrate:?}");
}

fn begin(mut command: Command, input: &str) -> Child {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read its input ends before all is written.
    let _ = stdin.write_all(input.as_bytes());
    child
}

fn run(command: Command, input: &str) -> Output {
    begin(command, input).wait_with_output().unwrap()
}

/// The exit status, and what was printed to either stream.
fn ended(output: &Output) -> (i32, String) {
    let streams = [output.stdout.as_slice(), &output.stderr].concat();
    let status = output.status.code().expect("an exit status");
    (status, String::from_utf8(streams).unwrap())
}

/// A mail of somebody whom nobody knows, which waits for a decision.
fn mail(subject: &str, recipient: &str) -> String {
    format!(
        "From: Jemand <a@kreis.example>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\n\
         Message-ID: <{subject}@kreis.example>\r\n\r\nIch komme.\r\n"
    )
}

/// A service with one cooperation, beside which the command runs.
struct Beside {
    service: Service,
    slug: String,
    token: String,
}

impl Beside {
    async fn start() -> Self {
        let service = Service::start();
        let (slug, token) = service.cooperation("5 für OWL").await;
        Self {
            service,
            slug,
            token,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let database_url = &self.service.app.settings.database_url;
        command(database_url, &self.service.mail_folder, arguments)
    }

    fn run(&self, arguments: &[&str], input: &str) -> (i32, String) {
        ended(&run(self.command(arguments), input))
    }

    async fn subjects(&self, token: &str, slug: &str) -> Vec<String> {
        let path = format!("/cooperations/{slug}/inbound-mails");
        let mails: Vec<Value> = list(&self.service.get(token, &path).await.expect(200));
        mails.iter().map(|mail| text(&mail["subject"])).collect()
    }
}

#[test]
fn files_are_taken_in_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.eml"), mail("Zusage", "a@owl.example")).unwrap();
    std::fs::write(dir.path().join("b.eml"), "x".repeat(70_000)).unwrap();
    migrate(dir.path());
    let taken = |files: &[&str]| ended(&run(command("reihum.db", dir.path(), files), ""));
    let (status, lines) = taken(&["a.eml", "b.eml", "a.eml"]);
    assert_eq!(status, 0, "{lines}");
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let starts = [
        "a.eml: set aside: ",
        "b.eml: set aside: ",
        "a.eml: known already",
    ];
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{lines:?}");
    }
    let (status, lines) = taken(&["missing.eml", "a.eml"]);
    assert_eq!(status, 1);
    assert!(lines.starts_with("missing.eml: not taken in: "), "{lines}");
    assert!(lines.contains("\na.eml: known already"), "{lines}");
    assert!(lines.contains("1 of 2 mails"), "{lines}");
}

#[tokio::test]
async fn a_mail_from_a_pipe_is_taken_in_once() {
    let beside = Beside::start().await;
    let mail = mail("Zusage", "treffen@reihum.example");
    let first = beside.run(&["-"], &mail);
    assert_eq!(first, (0, "set aside: unknown_sender\n".to_owned()));
    assert_eq!(beside.run(&["-"], &mail), (0, "known already\n".to_owned()));
    let subjects = beside.subjects(&beside.token, &beside.slug).await;
    assert_eq!(subjects, ["Zusage"]);
    // Nobody reads what is printed.
    let mut unread = beside.command(&["-"]);
    unread.stdout(
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap(),
    );
    assert_eq!(ended(&run(unread, &mail)), (0, String::new()));
}

#[tokio::test]
async fn the_envelope_tells_the_cooperation() {
    let beside = Beside::start().await;
    let operator = beside.service.operator().await;
    let own = json!({ "name": "Südkreis", "mailbox": "runde@sued.example" });
    let made = beside.service.post(&operator, "/cooperations", own).await;
    let slug = text(&made.expect(201)["slug"]);
    let path = format!("/cooperations/{slug}/tokens");
    let role = json!({ "role": "coordinator", "label": "tests" });
    let token = beside.service.post(&operator, &path, role).await;
    let token = text(&token.expect(201)["token"]);
    let recipients = [
        "-",
        "--recipient=x@sued.example",
        "--recipient=runde@sued.example",
    ];
    let (status, _) = beside.run(&recipients, &mail("Blindkopie", "anyone@kreis.example"));
    assert_eq!(status, 0);
    assert_eq!(beside.subjects(&token, &slug).await, ["Blindkopie"]);
    assert!(
        beside
            .subjects(&beside.token, &beside.slug)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn many_pipes_write_beside_a_running_service() {
    let beside = Beside::start().await;
    let mails: Vec<_> = (0..6)
        .map(|number| mail(&format!("{number}"), "treffen@reihum.example"))
        .collect();
    let mut running: Vec<_> = mails
        .iter()
        .map(|mail| begin(beside.command(&["-"]), mail))
        .collect();
    while running
        .iter_mut()
        .any(|child| child.try_wait().unwrap().is_none())
    {
        beside.service.operator().await;
    }
    for child in running {
        let (status, lines) = ended(&child.wait_with_output().unwrap());
        assert_eq!(status, 0, "{lines}");
    }
    let mut subjects = beside.subjects(&beside.token, &beside.slug).await;
    subjects.sort();
    assert_eq!(subjects, ["0", "1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn what_can_never_be_taken_in_is_refused() {
    let beside = Beside::start().await;
    for empty in ["", "\r\n", " \n\r\n"] {
        let refused = (65, "reihum: the mail is empty\n".to_owned());
        assert_eq!(beside.run(&["-"], empty), refused);
    }
    let header = mail("Bilder", "treffen@reihum.example");
    let fill = "x".repeat(65_536 - header.len());
    let (status, lines) = beside.run(&["-"], &format!("{header}{fill}x"));
    assert_eq!(status, 65);
    assert_eq!(
        lines,
        "reihum: the mail is too large: 65537 octets, at most 65536 are accepted\n"
    );
    assert!(
        beside
            .subjects(&beside.token, &beside.slug)
            .await
            .is_empty()
    );
    let (status, _) = beside.run(&["-"], &format!("{header}{fill}"));
    assert_eq!(status, 0);
}

#[tokio::test]
async fn a_mail_is_tried_again_while_the_database_fails() {
    let beside = Beside::start().await;
    let mail = mail("Zusage", "treffen@reihum.example");
    let folder = &beside.service.mail_folder;
    for unreachable in [
        "nowhere/reihum.db",
        "missing.db",
        "postgres://reihum@127.0.0.1:9/reihum",
    ] {
        let (status, lines) = ended(&run(command(unreachable, folder, &["-"]), &mail));
        assert_eq!(status, 75, "{lines}");
        assert!(
            lines.starts_with("reihum: the database cannot be reached"),
            "{lines}"
        );
    }
    assert!(!folder.join("missing.db").exists());
    let rename = |statement: &'static str| {
        let rename = move |conn: &mut _| Ok(diesel::sql_query(statement).execute(conn)?);
        beside.service.app.db.write(rename)
    };
    rename("ALTER TABLE inbound_mails RENAME TO moved")
        .await
        .unwrap();
    let (status, lines) = beside.run(&["-"], &mail);
    assert_eq!(status, 75, "{lines}");
    assert_eq!(lines, "reihum: the mail cannot be taken in now\n");
    rename("ALTER TABLE moved RENAME TO inbound_mails")
        .await
        .unwrap();
    let (status, lines) = beside.run(&["-"], &mail);
    assert_eq!((status, &*lines), (0, "set aside: unknown_sender\n"));
}

#[test]
fn wrong_settings_and_wrong_usage_have_a_status_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = command("reihum.db", dir.path(), &["-"]);
    wrong.env("REIHUM_LISTEN", "x");
    let (status, lines) = ended(&run(wrong, "Subject: x\r\n\r\n"));
    assert_eq!(status, 78);
    assert!(lines.contains("REIHUM_LISTEN"), "{lines}");
    for arguments in [
        &[][..],
        &["-", "a.eml"],
        &["a.eml", "--recipient=a@owl.example"],
        &["-", "--recipient"],
        &["-", "--unknown"],
    ] {
        let (status, lines) = ended(&run(command("reihum.db", dir.path(), arguments), ""));
        assert_eq!(status, 64, "{lines}");
    }
}
