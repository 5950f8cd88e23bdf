//! The commands of the program.
mod check_mail;
mod holidays;
mod rotation;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};

pub use self::rotation::rotation_overview;
use crate::App;
use crate::auth::tokens::{self, NewToken};
use crate::auth::{Role, SystemActor, Token};
use crate::clock::{Ids, SystemClock};
use crate::config::{ImapAccount, Inbound, MailSettings, Settings};
use crate::db::{Db, Id, is_postgres};
use crate::inbound::intake::{self, Receipt};
use crate::inbound::transports::{imap, spool};
use crate::mail::{Address, MailTransport};
use crate::{cooperations, demo, http, jobs, people};

/// Plans the meetings of municipalities that host each other in turn, and invites to them.
///
/// Every setting is an environment variable REIHUM_… or a line of the TOML file; see docs/operating.md.
#[derive(Parser)]
#[command(version, about)]
pub struct Cli {
    /// A TOML file with settings; the environment goes before it.
    #[arg(long, env = "REIHUM_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API, the pages and the feeds, sends mails and takes them in, until stopped.
    Serve,
    /// Serves the five example cities from a folder of their own.
    Demo(demo::Options),
    /// Brings the database's schema up to date.
    Migrate,
    /// Shows who hosts the next meetings of a series, and how evenly the turns are spread.
    Rotation(rotation::Options),
    /// Lists the public holidays, bridge days and shipped school holidays of a Land.
    Holidays(holidays::Options),
    /// Makes, lists and revokes access tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Takes in mails, one a file, and says what became of each.
    Inbound {
        /// The files (RFC 5322); - is the standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Checks the settings, and tries the database and the mail servers.
    CheckConfig,
    /// Says which DNS records the mail needs, and sends a test message.
    CheckMail(check_mail::Options),
    /// Prints the API's document (OpenAPI 3.1).
    Openapi,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Makes a token and prints it, the one time it can be seen.
    Create(TokenOptions),
    /// Lists the tokens of the installation.
    List,
    /// Ends a token at once.
    Revoke {
        /// The key that `list` shows.
        id: Id<Token>,
    },
}

#[derive(Args)]
struct TokenOptions {
    /// For the whole installation: may make cooperations and their first tokens.
    #[arg(long, conflicts_with_all = ["cooperation", "role", "person"])]
    operator: bool,
    /// The cooperation (slug or key).
    #[arg(long, required_unless_present = "operator")]
    cooperation: Option<String>,
    /// coordinator, delegate or reader.
    #[arg(long, required_unless_present = "operator")]
    role: Option<Role>,
    /// The mail address of the person whose token it is.
    #[arg(long)]
    person: Option<Address>,
    /// What it is for.
    #[arg(long, default_value = "made on the command line")]
    label: String,
    /// In how many days it ends.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    expires_in_days: Option<u32>,
}

/// Runs the command.
///
/// # Errors
/// What went wrong, for the person at the terminal.
pub async fn run(cli: Cli) -> Result<()> {
    let config = cli.config.as_deref();
    match cli.command {
        Command::Serve => serve(open(Settings::load(config)?)?).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Migrate => {
            let settings = Settings::load(config)?;
            Db::open(&settings.database_url, 1)?;
            print("The database's schema is up to date.")
        }
        Command::Rotation(options) => {
            rotation::show(&open(Settings::load(config)?)?, options).await
        }
        Command::Holidays(options) => holidays::show(&options),
        Command::Token(command) => token(&open(Settings::load(config)?)?, command).await,
        Command::Inbound { files } => take_in(&open(Settings::load(config)?)?, &files).await,
        Command::CheckConfig => check(config).await,
        Command::CheckMail(options) => check_mail::check(Settings::load(config)?, options).await,
        Command::Openapi => print(&serde_json::to_string_pretty(&http::openapi())?),
    }
}

/// Opens the database and puts the parts together.
///
/// # Errors
/// If the database cannot be opened.
pub fn open(settings: Settings) -> Result<App> {
    let db = Db::open(&settings.database_url, settings.db_pool)?;
    Ok(App::new(db, Arc::new(SystemClock), Ids::random(), settings))
}

/// Where mails go, ready to be used.
///
/// # Errors
/// If the folder cannot be made or the mail settings do not work.
pub fn transport(settings: &Settings) -> Result<MailTransport> {
    let transport = match &settings.mail {
        MailSettings::Smtp(smtp) => MailTransport::smtp(smtp.clone())?,
        MailSettings::Folder(folder) => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the mail folder {}", folder.display()))?;
            MailTransport::folder(folder.clone())
        }
    };
    Ok(transport.signing(settings.dkim.clone()))
}

/// Serves until told to stop, then finishes what runs.
///
/// # Errors
/// If the address cannot be listened on.
pub async fn serve(app: App) -> Result<()> {
    http::telemetry::install(&app.settings)?;
    let transport = transport(&app.settings)?;
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

async fn token(app: &App, command: TokenCommand) -> Result<()> {
    match command {
        TokenCommand::Create(options) => create_token(app, options).await,
        TokenCommand::List => {
            let rows = app.db.read(tokens::everywhere).await?;
            let now = app.clock.now();
            print(
                "key                                   role         state    cooperation           label",
            )?;
            for (token, slug) in rows {
                let state = match (token.deleted_at, token.expires_at) {
                    (Some(_), _) => "revoked",
                    (None, Some(end)) if end <= now => "expired",
                    _ => "valid",
                };
                let (id, role, label) = (token.id, token.role, token.label);
                let slug = slug.as_deref().unwrap_or("(operator)");
                print(&format!(
                    "{id}  {role:<11}  {state:<7}  {slug:<20}  {label}"
                ))?;
            }
            Ok(())
        }
        TokenCommand::Revoke { id } => {
            app.write(move |tx| tokens::revoke_any(tx, id))
                .await
                .with_context(|| format!("there is no token {id}"))?;
            print("The token no longer works.")
        }
    }
}

async fn create_token(app: &App, options: TokenOptions) -> Result<()> {
    let TokenOptions {
        cooperation,
        role,
        person,
        label,
        expires_in_days,
        ..
    } = options;
    let fresh = match (cooperation, role) {
        (Some(cooperation), Some(role)) => {
            let place = cooperation.clone();
            app.write(move |tx| {
                let cooperation = cooperations::store::named(tx, &cooperation)?.id;
                let who = SystemActor::within(cooperation);
                let person_id = match &person {
                    Some(address) => Some(people::store::by_address(tx, &who, address)?.id),
                    None => None,
                };
                let label = label.clone();
                tokens::create(
                    tx,
                    &who,
                    &NewToken {
                        role,
                        person_id,
                        label,
                        expires_in_days,
                    },
                )
            })
            .await
            .with_context(|| format!("no token for {place}"))?
        }
        _ => {
            app.write(move |tx| tokens::create_operator(tx, &label, expires_in_days))
                .await?
        }
    };
    print(&fresh.token)
}

/// Takes in the mails of these files, each for itself.
async fn take_in(app: &App, files: &[PathBuf]) -> Result<()> {
    let mut failed = 0;
    for file in files {
        let words = match take_in_one(app, file).await {
            Ok(Receipt::Done) => "taken in".to_owned(),
            Ok(Receipt::Known) => "known already".to_owned(),
            Ok(Receipt::SetAside { reason }) => format!("set aside: {reason}"),
            Err(error) => {
                failed += 1;
                format!("not taken in: {error:#}")
            }
        };
        print(&format!("{}: {words}", file.display()))?;
    }
    match failed {
        0 => Ok(()),
        _ => bail!("{failed} of {} mails were not taken in", files.len()),
    }
}

async fn take_in_one(app: &App, file: &Path) -> Result<Receipt> {
    let (max_bytes, now) = (app.settings.inbound_max_bytes, app.clock.now());
    let delivery = match file.to_str() {
        Some("-") => spool::deliver(std::io::stdin().lock(), max_bytes, now)?,
        _ => spool::read(file, max_bytes)?,
    };
    Ok(intake::take_in(app, delivery).await?)
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

/// Tries the way by which mail comes in.
async fn check_inbound(inbound: &Inbound) -> Result<String> {
    match inbound {
        Inbound::None => Ok("No mail comes in.".to_owned()),
        Inbound::Folder(folder) => Ok(format!("Mails come in by the folder {}.", folder.display())),
        Inbound::Lmtp(listen) => Ok(format!("Mails come in by LMTP at {listen}.")),
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
