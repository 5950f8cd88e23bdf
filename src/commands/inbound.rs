//! `reihum inbound`: takes in mails from files, or one from the standard input of a mail server, which
//! learns from the exit status (sysexits.h) what became of it.
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::Args;

use super::{open, open_existing, print};
use crate::App;
use crate::config::Settings;
use crate::db::Db;
use crate::inbound::intake::{self, IntakeResult};
use crate::inbound::transports::message;
use crate::inbound::transports::pipe::{self, PipeError};

/// The command line is wrong.
pub const EX_USAGE: u8 = 64;
/// The mail can never be taken in.
const EX_DATAERR: u8 = 65;
/// The mail cannot be taken in now; the mail server is to try again.
const EX_TEMPFAIL: u8 = 75;
/// The settings are wrong.
const EX_CONFIG: u8 = 78;

/// What is taken in.
#[derive(Args)]
pub struct InboundOptions {
    /// Files with one mail each (RFC 5322), or - alone for one mail from the standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A recipient of the envelope of the mail from the standard input; may be repeated.
    #[arg(long = "recipient", value_name = "ADDRESS")]
    recipients: Vec<String>,
}

/// An error with the exit status of the process.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ExitError {
    /// The status.
    pub status: u8,
    message: String,
}

impl ExitError {
    fn new(status: u8, message: &impl ToString) -> Self {
        let message = message.to_string();
        Self { status, message }
    }
}

/// Takes in the mails, and prints what became of each.
///
/// # Errors
/// An [`ExitError`], or another one if a file was not taken in.
pub(super) async fn run(config: Option<&Path>, options: InboundOptions) -> Result<()> {
    let InboundOptions { files, recipients } = options;
    let from_stdin = files.iter().any(|file| file.as_os_str() == "-");
    if from_stdin && files.len() > 1 {
        bail!(ExitError::new(EX_USAGE, &"- cannot be combined with files"));
    }
    if !from_stdin && !recipients.is_empty() {
        bail!(ExitError::new(EX_USAGE, &"--recipient goes with -"));
    }
    let settings = Settings::load(config).map_err(|error| ExitError::new(EX_CONFIG, &error))?;
    if from_stdin {
        take_in_stdin(settings, recipients).await
    } else {
        take_in_files(&open_existing(settings)?, &files).await
    }
}

async fn take_in_stdin(settings: Settings, recipients: Vec<String>) -> Result<()> {
    // A database that is missing is not created, and none is migrated beside the running service.
    let is_current = matches!(Db::is_current(&settings.database_url), Ok(true));
    let Some(app) = is_current.then(|| open(settings).ok()).flatten() else {
        // No details: the mail server quotes this to the sender.
        let message =
            "the database cannot be reached or is not up to date; see reihum check-config";
        bail!(ExitError::new(EX_TEMPFAIL, &message));
    };
    match pipe::take_in(&app, std::io::stdin().lock(), recipients).await {
        Ok(result) => {
            // It is taken in, whether or not anybody reads this.
            let _ = print(&describe(&result));
            Ok(())
        }
        Err(error) => {
            let status = match error {
                PipeError::Empty | PipeError::TooLarge { .. } => EX_DATAERR,
                PipeError::Input(_) | PipeError::Deferred => EX_TEMPFAIL,
            };
            Err(ExitError::new(status, &error).into())
        }
    }
}

async fn take_in_files(app: &App, files: &[PathBuf]) -> Result<()> {
    let mut failed = 0;
    for file in files {
        let text = match take_in_file(app, file).await {
            Ok(result) => describe(&result),
            Err(error) => {
                failed += 1;
                format!("not taken in: {error:#}")
            }
        };
        print(&format!("{}: {text}", file.display()))?;
    }
    match failed {
        0 => Ok(()),
        _ => Err(anyhow!(
            "{failed} of {} mails were not taken in",
            files.len()
        )),
    }
}

async fn take_in_file(app: &App, file: &Path) -> Result<IntakeResult> {
    let delivery = message::read_file(file, app.settings.inbound_max_bytes)?;
    Ok(intake::take_in(app, delivery).await?)
}

fn describe(result: &IntakeResult) -> String {
    match result {
        IntakeResult::Done => "taken in".to_owned(),
        IntakeResult::Known => "known already".to_owned(),
        IntakeResult::SetAside { reason } => format!("set aside: {reason}"),
    }
}
