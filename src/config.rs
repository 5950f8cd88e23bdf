//! How an installation is set: environment before file before default, all mistakes named at once.
mod inbound;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde_json::Value;

use crate::db::is_postgres;
use crate::fetch::Allowed;
use crate::mail::{Address, Signer, SignerError, SmtpConfig, Tls};

pub use self::inbound::{ImapAccount, Inbound, Trust};

/// What the environment variables of all settings begin with.
pub const PREFIX: &str = "REIHUM_";
/// Fewer characters than this are no secret.
const SECRET_LENGTH: usize = 32;

/// How an installation is set. Every field is the setting of its name.
#[derive(Clone)]
pub struct Settings {
    /// A `postgres://` address, or the path of an `SQLite` file.
    pub database_url: String,
    /// Connections to the database that are kept for reading (and on `PostgreSQL` for writing).
    pub db_pool: u32,
    /// Where the service listens.
    pub listen: SocketAddr,
    /// What the world sees the service under, without a slash at the end; links in mails begin with it.
    pub public_url: String,
    /// What the personal links are made from; all instances share it, and changing it ends all links.
    pub secret: String,
    /// The service mailbox: sender of all mails and ORGANIZER of all meetings, unless a cooperation has its own.
    pub mail_from: Address,
    /// The name shown beside it; a cooperation's own name if unset.
    pub mail_from_name: Option<String>,
    /// Where mails go.
    pub mail: MailSettings,
    /// Who signs the mails (DKIM), if anybody.
    pub dkim: Option<Signer>,
    /// How many connections to the mail server may be open at once.
    pub mail_connections: usize,
    /// How mail comes in.
    pub inbound: Inbound,
    /// Larger mails are not taken, or by their header only. In octets.
    pub inbound_max_bytes: u64,
    /// Who vouches for the sender of a mail that comes in.
    pub inbound_trust: Trust,
    /// The authserv-id whose Authentication-Results (RFC 8601) count; if there is none, none count.
    pub inbound_authserv_id: Option<String>,
    /// What stands between the name of a mailbox and a token, `+` in `treffen+token@…`; if there is
    /// none, no tokens are used.
    pub mail_delimiter: Option<char>,
    /// The page that the mails' privacy notice links to (Art. 13 GDPR).
    pub privacy_url: Option<String>,
    /// Web origins whose scripts may call the API; none by default.
    pub cors_origins: Vec<String>,
    /// Whether `X-Forwarded-For` comes from a proxy of the operator's and can be believed.
    pub trust_proxy: bool,
    /// Hosts and networks outside of the public internet that calendars may be fetched from.
    pub fetch_allowed: Allowed,
    /// A further certificate authority that vouches for servers of calendars.
    pub fetch_ca_file: Option<PathBuf>,
    /// What is logged (a `tracing` filter).
    pub log: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
}

/// Where mails go.
#[derive(Clone)]
pub enum MailSettings {
    /// To a mail server.
    Smtp(SmtpConfig),
    /// To a folder, a file each.
    Folder(PathBuf),
}

/// All that is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrong settings:")?;
        self.0
            .iter()
            .try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl Settings {
    /// Reads the environment and, if there is one, the TOML `file`.
    ///
    /// # Errors
    /// Every mistake there is.
    pub fn load(file: Option<&Path>) -> Result<Self, Mistakes> {
        let environment: BTreeMap<String, String> = std::env::vars()
            .filter_map(|(name, value)| {
                let name = name.strip_prefix(PREFIX)?.to_lowercase();
                (name != "config").then_some((name, value))
            })
            .collect();
        Self::from_sources(file, environment)
    }

    /// As [`Settings::load`], with the environment as a value.
    ///
    /// # Errors
    /// Every mistake there is.
    pub fn from_sources(
        file: Option<&Path>,
        environment: BTreeMap<String, String>,
    ) -> Result<Self, Mistakes> {
        let mut figment = Figment::new();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(Mistakes(vec![format!(
                    "config: no file {}",
                    file.display()
                )]));
            }
            figment = figment.merge(Toml::file(file));
        }
        let given: BTreeMap<String, Value> = figment
            .merge(Serialized::globals(environment))
            .extract()
            .map_err(|error| Mistakes(vec![error.to_string()]))?;
        Self::check(Given {
            values: given,
            mistakes: Vec::new(),
            table: None,
        })
    }

    fn check(mut given: Given) -> Result<Self, Mistakes> {
        let database_url: String = given.or("database_url", "reihum.db");
        let secret = given.take("secret").unwrap_or_default();
        let secret = secret_beside(&mut given, &database_url, secret);
        let mut settings = Self {
            db_pool: given.or("db_pool", "4"),
            listen: given.or("listen", "127.0.0.1:8080"),
            public_url: given
                .or::<String>("public_url", "http://127.0.0.1:8080")
                .trim_end_matches('/')
                .to_owned(),
            secret,
            mail_from: given.or("mail_from", "treffen@reihum.example"),
            mail_from_name: given.take("mail_from_name"),
            mail: mail(&mut given),
            dkim: None,
            mail_connections: given.or("mail_connections", "8"),
            inbound: Inbound::None,
            inbound_max_bytes: given.or("inbound_max_bytes", "26214400"),
            inbound_trust: given.or("inbound_trust", "results"),
            inbound_authserv_id: given.take("inbound_authserv_id"),
            mail_delimiter: given
                .or::<inbound::SubaddressDelimiter>("mail_delimiter", "+")
                .0,
            privacy_url: given.take("privacy_url"),
            cors_origins: list(&given.or::<String>("cors_origins", "")),
            trust_proxy: given.or("trust_proxy", "false"),
            fetch_allowed: given.or("fetch_allowed", ""),
            fetch_ca_file: given.take("fetch_ca_file").map(PathBuf::from),
            log: given.or("log", "info"),
            log_json: given.or::<LogFormat>("log_format", "text") == LogFormat::Json,
            database_url,
        };
        settings.inbound = inbound::inbound(&mut given, &settings.mail, &settings.database_url);
        settings.dkim = dkim(&mut given, &settings.mail_from);
        settings.check_ranges(&mut given);
        given.finish(settings)
    }

    fn check_ranges(&self, given: &mut Given) {
        if !(1..=100).contains(&self.db_pool) {
            given.mistake("db_pool", "must be 1 to 100");
        }
        if !(1..=64).contains(&self.mail_connections) {
            given.mistake("mail_connections", "must be 1 to 64");
        }
        if !(65_536..=104_857_600).contains(&self.inbound_max_bytes) {
            given.mistake("inbound_max_bytes", "must be 65536 to 104857600");
        }
        let authorities = self.fetch_ca_file.as_ref();
        if authorities.is_some_and(|file| !file.is_file()) {
            given.mistake("fetch_ca_file", "there is no such file");
        }
        let urls = [Some(&self.public_url), self.privacy_url.as_ref()];
        for (name, url) in ["public_url", "privacy_url"].into_iter().zip(urls) {
            let valid = url.is_none_or(|url| {
                url::Url::parse(url)
                    .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            });
            if !valid {
                given.mistake(name, "must be an http:// or https:// address");
            }
        }
        if tracing_subscriber::EnvFilter::try_new(&self.log).is_err() {
            given.mistake("log", "must be a filter such as info or reihum=debug,info");
        }
    }

    /// Whether mail comes in.
    #[must_use]
    pub fn takes_mail(&self) -> bool {
        self.inbound != Inbound::None
    }

    /// The domain of the service mailbox, which the calendar UIDs end with.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.mail_from.domain()
    }
}

/// Settings as they were given, and what is wrong with them.
struct Given {
    values: BTreeMap<String, Value>,
    mistakes: Vec<String>,
    /// The table of the file that they stand in; the environment has none.
    table: Option<String>,
}

impl Given {
    fn mistake(&mut self, name: &str, rule: &str) {
        self.mistakes.push(match &self.table {
            Some(table) => {
                // Inside a table the names go without what its own name says.
                let inner = name.split_once('_').map_or(name, |(_, inner)| inner);
                format!("{table}.{inner}: {rule}")
            }
            None => format!("{name} ({PREFIX}{}): {rule}", name.to_uppercase()),
        });
    }

    /// The setting `name`, unless it is not given or empty.
    fn take(&mut self, name: &str) -> Option<String> {
        match self.values.remove(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text),
            value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
            Value::Array(items) => Some(
                items
                    .iter()
                    .filter_map(Value::as_str)
                    .collect::<Vec<_>>()
                    .join(","),
            ),
            _ => {
                self.mistake(name, "must be one value");
                None
            }
        }
    }

    /// The setting `name`, or `default` (which must be valid).
    fn or<T: FromStr<Err: fmt::Display>>(&mut self, name: &str, default: &str) -> T {
        if let Some(text) = self.take(name) {
            match text.parse() {
                Ok(value) => return value,
                Err(error) => self.mistake(name, &error.to_string()),
            }
        }
        default
            .parse()
            .unwrap_or_else(|error| panic!("the default of {name}: {error}"))
    }

    fn name_unknown(&mut self) {
        for name in std::mem::take(&mut self.values).into_keys() {
            self.mistake(&name, "there is no such setting");
        }
    }

    fn finish(mut self, settings: Settings) -> Result<Settings, Mistakes> {
        self.name_unknown();
        match self.mistakes.is_empty() {
            true => Ok(settings),
            false => Err(Mistakes(self.mistakes)),
        }
    }
}

#[derive(PartialEq)]
enum LogFormat {
    Text,
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json"),
        }
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn mail(given: &mut Given) -> MailSettings {
    let folder = given.or("mail_folder", "mail");
    let tls = given.or("smtp_tls", "starttls");
    let default_port = match tls {
        Tls::Implicit => "465",
        Tls::Starttls => "587",
        Tls::None => "25",
    };
    let port = given.or("smtp_port", default_port);
    let (username, password) = (given.take("smtp_username"), given.take("smtp_password"));
    let ca_file = given.take("smtp_ca_file").map(PathBuf::from);
    let hello_name = given.take("smtp_hello_name");
    if username.is_some() != password.is_some() {
        given.mistake(
            "smtp_password",
            "smtp_username and smtp_password go together",
        );
    }
    if ca_file.as_ref().is_some_and(|file| !file.is_file()) {
        given.mistake("smtp_ca_file", "there is no such file");
    }
    match given.take("smtp_host") {
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

fn dkim(given: &mut Given, mail_from: &Address) -> Option<Signer> {
    let (selector, file) = (given.take("dkim_selector"), given.take("dkim_key_file"));
    let domain = given.take("dkim_domain");
    let (selector, file) = match (selector, file) {
        (Some(selector), Some(file)) => (selector, file),
        (None, None) => {
            if domain.is_some() {
                given.mistake("dkim_domain", "goes with dkim_selector and dkim_key_file");
            }
            return None;
        }
        _ => {
            given.mistake(
                "dkim_selector",
                "dkim_selector and dkim_key_file go together",
            );
            return None;
        }
    };
    let pem = match std::fs::read(&file) {
        Ok(pem) => pem,
        Err(error) => {
            given.mistake("dkim_key_file", &format!("cannot read {file}: {error}"));
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
            given.mistake(name, &error.to_string());
            None
        }
    }
}

/// An installation on a file keeps its secret beside the file, so that one setting less is needed.
fn secret_beside(given: &mut Given, database_url: &str, secret: String) -> String {
    if secret.len() >= SECRET_LENGTH {
        return secret;
    }
    if !secret.is_empty() || is_postgres(database_url) {
        given.mistake(
            "secret",
            "must have at least 32 characters, the same on every instance",
        );
        return secret;
    }
    let path = format!("{database_url}.secret");
    match read_or_make(Path::new(&path)) {
        Ok(secret) => secret,
        Err(error) => {
            given.mistake("secret", &format!("cannot be kept in {path}: {error}"));
            String::new()
        }
    }
}

fn read_or_make(path: &Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Write};
    use std::os::unix::fs::OpenOptionsExt;

    if !path.exists() {
        // Written aside and linked into place, so that no other process ever reads half of it.
        let made = data_encoding::BASE64URL_NOPAD.encode(&crate::clock::Ids::random().secret());
        let aside = path.with_extension(format!("secret.{}", std::process::id()));
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(made.as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&aside, path);
        std::fs::remove_file(&aside)?;
        linked.or_else(|error| match error.kind() {
            ErrorKind::AlreadyExists => Ok(()),
            _ => Err(error),
        })?;
    }
    let secret = std::fs::read_to_string(path)?.trim().to_owned();
    match secret.len() >= SECRET_LENGTH {
        true => Ok(secret),
        false => Err(Error::new(
            ErrorKind::InvalidData,
            "it holds fewer than 32 characters",
        )),
    }
}
