//! The settings of an installation: from the environment, else a TOML file, else a default; all errors at once.
mod inbound;
mod raw;
mod secret;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde_json::Value;

use crate::db::is_postgres;
use crate::fetch::Allowed;
use mail::{Address, Signer, SignerError, SmtpConfig, Tls};

pub use self::inbound::{ImapAccount, Inbound, Trust};
use self::raw::RawSettings;

/// The prefix of the environment variables.
pub const PREFIX: &str = "REIHUM_";

/// The settings of an installation. Each field is the setting of the same name.
#[derive(Clone)]
pub struct Settings {
    /// A `postgres://` address, or the path of an `SQLite` file.
    pub database_url: String,
    /// The maximum number of connections to the database, without the one that writes to `SQLite`.
    pub db_pool: u32,
    /// Whether prepared statements are kept (`PostgreSQL`). Not behind a pool that hands out connections by
    /// transaction.
    pub db_prepared: bool,
    /// The address that the service listens on.
    pub listen: SocketAddr,
    /// The public URL of the service without a trailing slash, with which links in mails begin.
    pub public_url: String,
    /// The key that personal links are derived from; the same on all instances. Changing it ends all links.
    pub secret: String,
    /// Where the secret is to be stored if it is new.
    pub secret_file: Option<PathBuf>,
    /// The service mailbox: sender of all mails and ORGANIZER of all meetings, unless a cooperation has its own.
    pub mail_from: Address,
    /// The display name of the sender; the name of the cooperation if unset.
    pub mail_from_name: Option<String>,
    /// Where mails are delivered to.
    pub mail: MailSettings,
    /// Signs outgoing mails (DKIM, RFC 6376).
    pub dkim: Option<Signer>,
    /// The maximum number of connections to the mail server.
    pub mail_connections: usize,
    /// How mail is received.
    pub inbound: Inbound,
    /// The maximum size of a received mail in octets; of larger ones, only the header is read, if any.
    pub inbound_max_bytes: u64,
    /// Who authenticates the sender of received mails.
    pub inbound_trust: Trust,
    /// The authserv-id whose Authentication-Results (RFC 8601) are trusted; none are if unset.
    pub inbound_authserv_id: Option<String>,
    /// Separates the mailbox from the token in an address (subaddressing, RFC 5233), `+` in
    /// `treffen+token@…`; no tokens are used if unset.
    pub mail_delimiter: Option<char>,
    /// The privacy notice that mails link to (Art. 13 GDPR).
    pub privacy_url: Option<String>,
    /// The imprint that pages link to (§ 5 DDG).
    pub imprint_url: Option<String>,
    /// The accessibility statement that pages link to.
    pub accessibility_url: Option<String>,
    /// Web origins whose scripts may call the API (CORS).
    pub cors_origins: Vec<String>,
    /// How many trusted proxies a request passes, each of which appends an address to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// Hosts and networks outside of the public internet that calendars may be fetched from.
    pub fetch_allowed: Allowed,
    /// A PEM file with further certificate authorities for servers of calendars.
    pub fetch_ca_file: Option<PathBuf>,
    /// What is logged (a filter of `tracing_subscriber::EnvFilter`).
    pub log: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
}

/// Where mails are delivered to.
#[derive(Clone)]
pub enum MailSettings {
    /// A mail server.
    Smtp(SmtpConfig),
    /// A folder, one file for each mail.
    Folder(PathBuf),
}

/// All errors in the settings.
#[derive(Debug, thiserror::Error)]
pub struct SettingsError(pub Vec<String>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrong settings:")?;
        self.0
            .iter()
            .try_for_each(|reject| write!(f, "\n  {reject}"))
    }
}

impl Settings {
    /// Reads the settings from the environment and the TOML `file`.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let environment: BTreeMap<String, String> = std::env::vars()
            .filter_map(|(name, value)| {
                let name = name.strip_prefix(PREFIX)?.to_lowercase();
                (name != "config").then_some((name, value))
            })
            .collect();
        Self::from_sources(file, environment)
    }

    /// As [`Settings::load`], with the environment as a value (names in lower case, without the prefix).
    pub fn from_sources(
        file: Option<&Path>,
        environment: BTreeMap<String, String>,
    ) -> Result<Self, SettingsError> {
        let mut figment = Figment::new();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(SettingsError(vec![format!(
                    "config: no file {}",
                    file.display()
                )]));
            }
            figment = figment.merge(Toml::file(file));
        }
        let raw: BTreeMap<String, Value> = figment
            .merge(Serialized::globals(environment))
            .extract()
            .map_err(|error| SettingsError(vec![error.to_string()]))?;
        Self::check(RawSettings {
            values: raw,
            ..RawSettings::default()
        })
    }

    fn check(mut raw: RawSettings) -> Result<Self, SettingsError> {
        let database_url = database_url(&mut raw);
        let (secret, secret_file) = secret::secret(&mut raw, &database_url);
        let mut settings = Self {
            db_pool: raw.number("db_pool", 4, 1..=100),
            db_prepared: raw.word("db_prepared", "on", &["on", "off"]) == "on",
            listen: raw.parsed("listen", "127.0.0.1:8080", |_| {
                "must be an IP address and a port, such as 127.0.0.1:8080".to_owned()
            }),
            public_url: raw
                .parse_or::<String>("public_url", "http://127.0.0.1:8080")
                .trim_end_matches('/')
                .to_owned(),
            secret,
            secret_file,
            mail_from: raw.parse_or("mail_from", "treffen@reihum.example"),
            mail_from_name: raw.take("mail_from_name"),
            mail: mail(&mut raw),
            dkim: None,
            mail_connections: raw.number("mail_connections", 8, 1..=64),
            inbound: Inbound::None,
            inbound_max_bytes: raw.number("inbound_max_bytes", 26_214_400, 65_536..=104_857_600),
            inbound_trust: inbound::trust(&mut raw),
            inbound_authserv_id: raw.take("inbound_authserv_id"),
            mail_delimiter: inbound::delimiter(&mut raw),
            privacy_url: raw.take("privacy_url"),
            imprint_url: raw.take("imprint_url"),
            accessibility_url: raw.take("accessibility_url"),
            cors_origins: list(&raw.parse_or::<String>("cors_origins", "")),
            trusted_proxies: trusted_proxies(&mut raw),
            fetch_allowed: raw.parse_or("fetch_allowed", ""),
            fetch_ca_file: raw.file("fetch_ca_file"),
            log: raw.parse_or("log", "info"),
            log_json: raw.word("log_format", "text", &["text", "json"]) == "json",
            database_url,
        };
        settings.inbound = inbound::inbound(&mut raw, &settings.mail, &settings.database_url);
        settings.dkim = dkim(&mut raw, &settings.mail_from);
        settings.check_ranges(&mut raw);
        raw.finish(settings)
    }

    fn check_ranges(&self, raw: &mut RawSettings) {
        for (name, url) in [
            ("public_url", Some(&self.public_url)),
            ("privacy_url", self.privacy_url.as_ref()),
            ("imprint_url", self.imprint_url.as_ref()),
            ("accessibility_url", self.accessibility_url.as_ref()),
        ] {
            let valid = url.is_none_or(|url| {
                url::Url::parse(url)
                    .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            });
            if !valid {
                raw.reject(name, "must be an http:// or https:// address");
            }
        }
        let is_origin = |text: &String| {
            url::Url::parse(text).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.origin().ascii_serialization() == *text
            })
        };
        if !self.cors_origins.iter().all(is_origin) {
            raw.reject(
                "cors_origins",
                "must be origins such as https://intranet.example",
            );
        }
        if tracing_subscriber::EnvFilter::try_new(&self.log).is_err() {
            raw.reject("log", "must be a filter such as info or reihum=debug,info");
        }
    }

    /// Whether mail is received.
    #[must_use]
    pub fn takes_mail(&self) -> bool {
        self.inbound != Inbound::None
    }

    /// The domain of the service mailbox, with which the UIDs of calendar objects end.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.mail_from.domain()
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn mail(raw: &mut RawSettings) -> MailSettings {
    let folder = raw.parse_or("mail_folder", "mail");
    let tls = raw.tls("smtp_tls", "starttls");
    let default_port = match tls {
        Tls::Implicit => 465,
        Tls::Starttls => 587,
        Tls::None => 25,
    };
    let port = raw.number("smtp_port", default_port, 1..=65_535);
    let (username, password) = (raw.take("smtp_username"), raw.take("smtp_password"));
    let ca_file = raw.file("smtp_ca_file");
    let hello_name = raw.take("smtp_hello_name");
    if username.is_some() != password.is_some() {
        raw.reject(
            "smtp_password",
            "smtp_username and smtp_password go together",
        );
    }
    match raw.take("smtp_host") {
        Some(host) => MailSettings::Smtp(SmtpConfig {
            host,
            port,
            tls,
            username,
            password,
            ca_file,
            hello_name,
        }),
        None => MailSettings::Folder(folder),
    }
}

fn dkim(raw: &mut RawSettings, mail_from: &Address) -> Option<Signer> {
    let (selector, file) = (raw.take("dkim_selector"), raw.take("dkim_key_file"));
    let domain = raw.take("dkim_domain");
    let (selector, file) = match (selector, file) {
        (Some(selector), Some(file)) => (selector, file),
        (None, None) => {
            if domain.is_some() {
                raw.reject("dkim_domain", "goes with dkim_selector and dkim_key_file");
            }
            return None;
        }
        _ => {
            raw.reject(
                "dkim_selector",
                "dkim_selector and dkim_key_file go together",
            );
            return None;
        }
    };
    let pem = match std::fs::read(&file) {
        Ok(pem) => pem,
        Err(error) => {
            raw.reject("dkim_key_file", &format!("cannot read {file}: {error}"));
            return None;
        }
    };
    let domain = domain.as_deref().unwrap_or_else(|| mail_from.domain());
    match Signer::new(&selector, domain, &pem) {
        Ok(signer) => Some(signer),
        Err(error) => {
            let name = match error {
                SignerError::Selector => "dkim_selector",
                SignerError::Domain => "dkim_domain",
                SignerError::Pem | SignerError::Kind | SignerError::Rsa(_) => "dkim_key_file",
            };
            raw.reject(name, &error.to_string());
            None
        }
    }
}

/// `true` stands for one proxy.
fn trusted_proxies(raw: &mut RawSettings) -> usize {
    match raw.take("trust_proxy").as_deref() {
        None | Some("false") => 0,
        Some("true") => 1,
        Some(text) => text
            .parse()
            .ok()
            .filter(|count| *count <= 10)
            .unwrap_or_else(|| {
                let rule = "must be true, false, or the number of proxies, at most 10";
                raw.reject("trust_proxy", rule);
                0
            }),
    }
}

/// A mistyped address is not taken for the name of a file, and not repeated: it may hold a password.
fn database_url(raw: &mut RawSettings) -> String {
    let url: String = raw.parse_or("database_url", "reihum.db");
    if !is_postgres(&url) && (url.contains("://") || url.contains('@')) {
        let rule = "must be a postgres:// address, or the path of a file";
        raw.reject("database_url", rule);
    }
    url
}
