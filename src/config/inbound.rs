//! Settings of the mail that comes in.
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{MailSettings, RawSettings};
use crate::db::is_postgres;
use mail::Tls;

/// How mail is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// Not at all.
    None,
    /// From files in a folder.
    Folder(PathBuf),
    /// From mailboxes by IMAP.
    Imap(Vec<ImapAccount>),
    /// By `reihum inbound -`, which the mail server starts for each mail.
    Pipe,
}

/// A mailbox to read by IMAP.
#[derive(Clone, PartialEq, Eq)]
pub struct ImapAccount {
    /// The host name or IP address of the server, which its certificate must be valid for.
    pub host: String,
    /// The port; by default 993 with implicit TLS, else 143.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
    /// A PEM file with certificate authorities to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// The folder to read.
    pub folder: String,
    /// The folder for handled mails.
    pub done_folder: String,
    /// The folder for mails that somebody has to review.
    pub review_folder: String,
    /// The folder for mails that could not be handled.
    pub poison_folder: String,
    /// The polling interval in seconds, for servers without IDLE (RFC 2177).
    pub poll_seconds: u32,
}

impl fmt::Debug for ImapAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ImapAccount({}:{}/{})",
            self.host, self.port, self.folder
        )
    }
}

/// Who authenticates the sender of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The receiving server, by the Authentication-Results (RFC 8601) of `inbound_authserv_id`.
    Results,
    /// The mail server, which rejects mails with a forged sender.
    Server,
}

/// Reads who authenticates the sender.
pub(super) fn trust(raw: &mut RawSettings) -> Trust {
    match raw.word("inbound_trust", "results", &["results", "server"]) {
        "server" => Trust::Server,
        _ => Trust::Results,
    }
}

/// Reads the character between a mailbox name and a token (the subaddress of RFC 5233).
pub(super) fn delimiter(raw: &mut RawSettings) -> Option<char> {
    let text: String = raw.parse_or("mail_delimiter", "+");
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        _ if text == "none" => None,
        (Some(sign), None) if "+-_=#".contains(sign) => Some(sign),
        _ => {
            raw.reject("mail_delimiter", "must be none or one of + - _ = #");
            None
        }
    }
}

/// Reads the settings of inbound mail. Those of a transport that is not in use are checked as well.
pub(super) fn inbound(raw: &mut RawSettings, mail: &MailSettings, database_url: &str) -> Inbound {
    let default = match mail {
        MailSettings::Folder(_) => "folder",
        MailSettings::Smtp(_) => "none",
    };
    let transport = raw.word("inbound", default, &["none", "folder", "imap", "pipe"]);
    let folder = raw.take("inbound_folder").map(PathBuf::from);
    let accounts = accounts(raw);
    match transport {
        "folder" => {
            let beside = match mail {
                MailSettings::Folder(mails) => mails.as_path(),
                MailSettings::Smtp(_) if is_postgres(database_url) => Path::new("reihum.db"),
                MailSettings::Smtp(_) => Path::new(database_url),
            };
            Inbound::Folder(folder.unwrap_or_else(|| beside.with_file_name("inbound")))
        }
        "imap" => {
            if accounts.is_empty() {
                raw.reject("imap_host", "must be set if inbound is imap");
            }
            Inbound::Imap(accounts)
        }
        "pipe" => Inbound::Pipe,
        _ => Inbound::None,
    }
}

/// The account of the settings `imap_…`, followed by those of the tables `[[imap]]`.
fn accounts(raw: &mut RawSettings) -> Vec<ImapAccount> {
    let mut accounts: Vec<_> = account(raw).into_iter().collect();
    let tables = match raw.values.remove("imap") {
        None => Vec::new(),
        Some(Value::Array(tables)) => tables,
        Some(_) => {
            raw.reject("imap", "must be written as tables: [[imap]]");
            Vec::new()
        }
    };
    for (number, table) in tables.into_iter().enumerate() {
        let Value::Object(entries) = table else {
            raw.reject("imap", "must be written as tables: [[imap]]");
            continue;
        };
        let values = entries
            .into_iter()
            .map(|(name, value)| (format!("imap_{name}"), value))
            .collect();
        let mut inner = RawSettings {
            values,
            table: Some(format!("imap[{number}]")),
            ..RawSettings::default()
        };
        if !inner.values.contains_key("imap_host") {
            inner.reject("imap_host", "must be set");
        }
        let read = account(&mut inner);
        inner.reject_unknown();
        raw.errors.append(&mut inner.errors);
        accounts.extend(read);
    }
    let mailbox = |account: &ImapAccount| {
        let ImapAccount {
            host,
            port,
            username,
            folder,
            ..
        } = account;
        (host.clone(), *port, username.clone(), folder.clone())
    };
    let mut known = Vec::new();
    for account in &accounts {
        if known.contains(&mailbox(account)) {
            raw.reject("imap", "names a mailbox twice");
        }
        known.push(mailbox(account));
    }
    accounts
}

/// The account; none without a host.
fn account(raw: &mut RawSettings) -> Option<ImapAccount> {
    let tls = raw.tls("imap_tls", "implicit");
    let default_port = match tls {
        Tls::Implicit => 993,
        Tls::Starttls | Tls::None => 143,
    };
    let port = raw.number("imap_port", default_port, 1..=65_535);
    let (username, password) = (raw.take("imap_username"), raw.take("imap_password"));
    let ca_file = raw.file("imap_ca_file");
    let mut folder = |name: &str, default: &str| {
        let folder: String = raw.parse_or(name, default);
        if folder.chars().any(|sign| !(' '..='~').contains(&sign)) {
            let rule = "must be written in ASCII (modified UTF-7 for other characters)";
            raw.reject(name, rule);
        }
        folder
    };
    let inbox = folder("imap_folder", "INBOX");
    let done_folder = folder("imap_done_folder", "reihum-done");
    let review_folder = folder("imap_review_folder", "reihum-review");
    let poison_folder = folder("imap_poison_folder", "reihum-poison");
    if [&done_folder, &review_folder, &poison_folder].contains(&&inbox) {
        raw.reject(
            "imap_folder",
            "must be none of the folders mails are moved to",
        );
    }
    let poll_seconds = raw.number("imap_poll_seconds", 60, 5..=3600);
    let host = raw.take("imap_host")?;
    let (Some(username), Some(password)) = (username, password) else {
        raw.reject("imap_username", "username and password must be set");
        return None;
    };
    if [&username, &password]
        .iter()
        .any(|text| text.chars().any(char::is_control))
    {
        raw.reject(
            "imap_password",
            "user name and password have no control characters",
        );
    }
    Some(ImapAccount {
        host,
        port,
        tls,
        username,
        password,
        ca_file,
        folder: inbox,
        done_folder,
        review_folder,
        poison_folder,
        poll_seconds,
    })
}
