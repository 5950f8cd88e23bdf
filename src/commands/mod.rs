//! The commands of the program.
mod check_mail;
mod holidays;
mod inbound;
mod rotation;
mod token;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

pub use self::inbound::{EX_USAGE, ExitError};
pub use self::rotation::rotation_overview;
use crate::App;
use crate::clock::{Ids, SystemClock};
use crate::config::{ImapAccount, Inbound, MailSettings, Settings};
use crate::db::{Db, is_postgres};
use crate::inbound::transports::imap;
use crate::{demo, http, jobs};
use mail::MailTransport;

/// Plans the meetings of municipalities that host each other in turn, and invites to them.
///
/// Every setting is an environment variable REIHUM_… or a line of the TOML file; see docs/operating.md.
#[derive(Parser)]
#[command(version, about)]
pub struct Cli {
    /// A TOML file with settings; environment variables override it.
    #[arg(long, env = "REIHUM_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API, the pages and the feeds, and sends and receives mails, until stopped.
    Serve,
    /// Serves five example cities from a folder of their own.
    Demo(demo::DemoOptions),
    /// Brings the database's schema up to date.
    Migrate,
    /// Shows the hosts of the next meetings of a series, and how evenly turns are distributed.
    Rotation(rotation::RotationOptions),
    /// Lists the public holidays, bridge days and shipped school holidays of a Land.
    Holidays(holidays::HolidaysOptions),
    /// Creates, lists and revokes access tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Takes in mails from files, or one from the standard input of a mail server.
    Inbound(inbound::InboundOptions),
    /// Checks the settings and the connections to the database and the mail servers.
    CheckConfig,
    /// Prints the DNS records that mail needs, and sends a test message.
    CheckMail(check_mail::CheckMailOptions),
    /// Prints the OpenAPI document of the API (3.1).
    Openapi,
}

/// Runs the command.
pub async fn run(cli: Cli) -> Result<()> {
    let config = cli.config.as_deref();
    match cli.command {
        Command::Serve => serve(open(Settings::load(config)?)?).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Migrate => {
            open(Settings::load(config)?)?;
            print("The database's schema is up to date.")
        }
        Command::Rotation(options) => {
            rotation::show(&open_existing(Settings::load(config)?)?, options).await
        }
        Command::Holidays(options) => holidays::show(&options),
        Command::Token(command) => {
            let settings = Settings::load(config)?;
            let app = if command.creates_database() {
                open(settings)?
            } else {
                open_existing(settings)?
            };
            token::run(&app, command).await
        }
        Command::Inbound(options) => inbound::run(config, options).await,
        Command::CheckConfig => check(config).await,
        Command::CheckMail(options) => check_mail::check(Settings::load(config)?, options).await,
        Command::Openapi => print(&serde_json::to_string_pretty(&http::openapi())?),
    }
}

/// Opens the database and creates the [`App`].
///
/// # Errors
/// If the secret cannot be stored or the database cannot be opened.
pub fn open(mut settings: Settings) -> Result<App> {
    settings.store_secret()?;
    let db = Db::open(
        &settings.database_url,
        settings.db_pool,
        settings.db_prepared,
    )?;
    Ok(App::new(db, Arc::new(SystemClock), Ids::random(), settings))
}

/// As [`open`], but neither makes a database nor migrates one: that is for `serve` and `migrate`, lest it
/// happens by accident.
fn open_existing(settings: Settings) -> Result<App> {
    if !Db::is_current(&settings.database_url)? {
        let place = if is_postgres(&settings.database_url) {
            "the PostgreSQL database"
        } else {
            &settings.database_url
        };
        bail!(
            "{place} is no database of this version of reihum: `reihum migrate` makes it or brings it up to date"
        );
    }
    open(settings)
}

/// The mail transport of the settings.
///
/// # Errors
/// If the mail settings are invalid.
pub fn transport(settings: &Settings) -> Result<MailTransport> {
    let transport = match &settings.mail {
        MailSettings::Smtp(smtp) => MailTransport::smtp(smtp.clone())?,
        MailSettings::Folder(folder) => MailTransport::folder(folder.clone()),
    };
    Ok(transport.signing(settings.dkim.clone()))
}

/// Serves until stopped, then finishes running requests and jobs.
pub async fn serve(app: App) -> Result<()> {
    http::telemetry::install(&app.settings)?;
    let transport = transport(&app.settings)?;
    if let MailSettings::Folder(folder) = &app.settings.mail {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the mail folder {}", folder.display()))?;
    }
    let server = http::listen(app.clone())?;
    let listen = app.settings.listen;
    tracing::info!(%listen, public_url = app.settings.public_url, "serving");
    let mut workers = jobs::start(&app, transport);
    if let Err(error) = workers.take_in_mail(&app).await {
        workers.stop().await;
        return Err(error.context("mail cannot come in"));
    }
    server.await?;
    tracing::info!("stopping; what runs is finished");
    workers.stop().await;
    Ok(())
}

fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

async fn check(config: Option<&Path>) -> Result<()> {
    let settings = Settings::load(config)?;
    print("The settings can be read.")?;
    let mut mistakes = Vec::new();
    let engine = if is_postgres(&settings.database_url) {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    match Db::is_current(&settings.database_url) {
        Ok(true) => print(&format!(
            "The database answers ({engine}), its schema is up to date."
        ))?,
        Ok(false) => print(&format!(
            "The database answers ({engine}); migrate or serve will bring its schema up to date."
        ))?,
        Err(error) => mistakes.push(format!("database_url: {error:#}")),
    }
    let target = match &settings.mail {
        MailSettings::Smtp(smtp) => format!("server {}:{}", smtp.host, smtp.port),
        MailSettings::Folder(folder) => format!("folder {}", folder.display()),
    };
    let tried = match transport(&settings) {
        Ok(transport) => transport.check().await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    match tried {
        Ok(()) => print(&format!("Mails can go to the {target}."))?,
        Err(error) => mistakes.push(format!("mail to the {target}: {error:#}")),
    }
    match check_inbound(&settings.inbound).await {
        Ok(words) => print(&words)?,
        Err(error) => mistakes.push(format!("{error:#}")),
    }
    if let Some(signer) = &settings.dkim {
        let not = if signer.is_for(&settings.mail_from) {
            ""
        } else {
            "not "
        };
        print(&format!(
            "Mails from {} are {not}signed: the key is {}.",
            settings.mail_from,
            signer.record_name()
        ))?;
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    bail!("{}", mistakes.join("\n  "))
}

/// Checks the transport for incoming mail.
async fn check_inbound(inbound: &Inbound) -> Result<String> {
    match inbound {
        Inbound::None => Ok("No mail comes in.".to_owned()),
        Inbound::Folder(folder) => Ok(format!("Mails come in by the folder {}.", folder.display())),
        Inbound::Pipe => Ok("Mails come in by a pipe to `reihum inbound -`.".to_owned()),
        Inbound::Imap(accounts) => {
            for account in accounts {
                let ImapAccount { host, port, .. } = account;
                imap::check(account)
                    .await
                    .with_context(|| format!("mail from the server {host}:{port}"))?;
            }
            Ok(format!(
                "Mails come in by IMAP, mailboxes: {}.",
                accounts.len()
            ))
        }
    }
}
