//! `reihum demo`: five example cities with real town halls and invented people, created through the
//! API.
mod cities;
mod data;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::Datelike as _;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::commands::{serve, transport};
use crate::config::{PREFIX, Settings};
use crate::http::caller;
use crate::{App, clock, jobs};

/// Arguments of `reihum demo`.
#[derive(Args)]
pub struct DemoOptions {
    /// Start from scratch: delete the demo's data in the folder.
    #[arg(long)]
    reset: bool,
    /// The folder for data and mails.
    #[arg(long, default_value = "demo-data")]
    folder: PathBuf,
    /// Create the data, print the access information, and exit.
    #[arg(long)]
    no_serve: bool,
}

/// Access to the demo's data. Stored in a file, because tokens are shown only once.
#[derive(Serialize, Deserialize)]
struct DemoAccess {
    cooperation: String,
    series: String,
    /// Tokens by role.
    tokens: BTreeMap<String, String>,
    feed: String,
    /// The page behind the link in the latest invitation of a delegate.
    page: String,
}

/// Creates the example data unless it exists, prints the access information, and serves.
///
/// # Errors
/// If the data cannot be created or the listen address is not available.
pub async fn run(options: DemoOptions) -> Result<()> {
    let DemoOptions {
        reset,
        folder,
        no_serve,
    } = options;
    let access_file = folder.join("access.json");
    // Without this file, an earlier run was interrupted and the data is incomplete.
    if reset || !access_file.is_file() {
        clear(&folder)?;
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let settings = settings(&folder)?;
    let app = crate::commands::open(settings)?;
    let access: DemoAccess = if access_file.is_file() {
        serde_json::from_slice(&std::fs::read(&access_file)?)
            .with_context(|| format!("{} is damaged; reset the demo", access_file.display()))?
    } else {
        let access = make(&app, &folder).await?;
        write_privately(&access_file, &serde_json::to_vec_pretty(&access)?)?;
        access
    };
    announce(&app, &access, !no_serve).await?;
    if no_serve { Ok(()) } else { serve(app).await }
}

/// Settings with the demo's own database and mail folders. Only some settings are taken from the
/// environment.
fn settings(folder: &Path) -> Result<Settings> {
    let mut environment: BTreeMap<String, String> = std::env::vars()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix(PREFIX)?.to_lowercase();
            let wanted = matches!(&*name, "listen" | "public_url" | "log" | "log_format");
            wanted.then_some((name, value))
        })
        .collect();
    let inside = |name: &str| folder.join(name).to_string_lossy().into_owned();
    environment.insert("database_url".to_owned(), inside("reihum.db"));
    environment.insert("mail_folder".to_owned(), inside("mail"));
    environment.insert("inbound".to_owned(), "folder".to_owned());
    environment.insert("inbound_folder".to_owned(), inside("inbound"));
    environment.insert(
        "mail_from".to_owned(),
        "treffen@5-fuer-owl.example".to_owned(),
    );
    environment
        .entry("log".to_owned())
        .or_insert_with(|| "warn".to_owned());
    if let Some(listen) = environment.get("listen").cloned() {
        environment
            .entry("public_url".to_owned())
            .or_insert_with(|| format!("http://{listen}"));
    }
    Ok(Settings::from_sources(None, environment)?)
}

/// Deletes what the demo has created in its folder, and nothing else.
fn clear(folder: &Path) -> Result<()> {
    let files = [
        "reihum.db",
        "reihum.db-wal",
        "reihum.db-shm",
        "reihum.db.secret",
        "access.json",
    ];
    for name in files {
        match std::fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {name}"));
            }
            _ => {}
        }
    }
    let folders = [
        "mail",
        "inbound",
        "inbound/done",
        "inbound/review",
        "inbound/poison",
    ];
    let mails = folders
        .iter()
        .filter_map(|name| std::fs::read_dir(folder.join(name)).ok())
        .flatten()
        .flatten();
    for mail in mails.filter(|mail| mail.path().extension().is_some_and(|kind| kind == "eml")) {
        std::fs::remove_file(mail.path())?;
    }
    Ok(())
}

fn write_privately(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| file.write_all(bytes))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Creates the data in an empty database.
async fn make(app: &App, folder: &Path) -> Result<DemoAccess> {
    let token = app
        .write(|tx| crate::auth::tokens::create_operator(tx, "demo", None))
        .await
        .context("cannot make the demo's operator")?;
    let now = *app.clock.now();
    // Past meetings are created with the clock set to the past.
    let past = Arc::new(clock::TestClock::at(now));
    let then = App {
        clock: past.clone(),
        ..app.clone()
    };
    let transport = transport(&app.settings)?;
    std::fs::create_dir_all(folder.join("mail"))?;
    let data = data::ExampleData {
        app: then,
        clock: past,
        transport,
        now,
    };
    data.create(&token.token).await
}

async fn announce(app: &App, access: &DemoAccess, serves: bool) -> Result<()> {
    let url = &app.settings.public_url;
    let mail = match &app.settings.mail {
        crate::config::MailSettings::Folder(folder) => folder.display().to_string(),
        crate::config::MailSettings::Smtp(smtp) => smtp.host.clone(),
    };
    // The year that lies ahead for the most part.
    let now = app.clock.now();
    let year = now.year() + i32::from(now.month() > 6);
    println!("5 für OWL: who hosts next\n");
    println!(
        "{}",
        crate::commands::rotation_overview(app, access.series.parse()?, year).await?
    );
    println!(
        "API            {url}/api/v1/cooperations/{}",
        access.cooperation
    );
    println!("Documentation  {url}/api/docs/");
    println!("Calendar feed  {}", access.feed);
    println!("A delegate's page, as linked in the invitation to the next meeting:");
    println!("               {}", access.page);
    println!("Mails          {mail}/*.eml (the invitations to the next meeting are among them)");
    if let crate::config::Inbound::Folder(folder) = &app.settings.inbound {
        println!(
            "Replies        drop them into {}/ as .eml files\n",
            folder.display()
        );
    }
    println!("Access tokens (Authorization: Bearer …)");
    for (role, token) in &access.tokens {
        println!("  {role:<12} {token}");
    }
    println!(
        "\nTry  curl -H 'Authorization: Bearer {}' \\",
        access.tokens["reader"]
    );
    println!(
        "       '{url}/api/v1/series/{}/rotation?count=5'\n",
        access.series
    );
    if serves {
        println!(
            "Serving at {url}. Stop it with Ctrl+C; a second start goes on with the same data.\n"
        );
    }
    Ok(())
}
