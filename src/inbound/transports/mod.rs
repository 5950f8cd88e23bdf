//! How mail comes in: from mailboxes read by IMAP, from a folder, or by a pipe from the mail server.
//!
//! Every transport passes each mail to [`Intake`] first, which commits, and files or acknowledges it
//! after that. Whatever fails in between, the mail is delivered again, and recognized as a duplicate.
//!
//! ```text
//! folder, imap, pipe          one transport each
//!    └ rounds, message        what they do the same way
//!       └ retry_budget
//! mailbox_lease               which instance reads a mailbox, and how far
//! ```
pub mod folder;
pub mod imap;
pub mod mailbox_lease;
pub mod message;
pub mod pipe;
pub mod retry_budget;
pub mod rounds;

use anyhow::Context;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::intake::Intake;
use crate::App;
use crate::config::Inbound;

/// The running transports.
pub struct TransportTasks(Vec<JoinHandle<()>>);

impl TransportTasks {
    /// Waits until all have ended; they do when told to stop.
    pub async fn finish(self) {
        for task in self.0 {
            if let Err(error) = task.await {
                tracing::error!(%error, "an inbound transport ended unexpectedly");
            }
        }
    }
}

/// Starts the transport of the settings, which runs until told to stop.
///
/// # Errors
/// If a folder cannot be created or a certificate cannot be read.
pub async fn start(app: &App, stop: &watch::Receiver<bool>) -> anyhow::Result<TransportTasks> {
    let intake = Intake::new(app);
    let mut tasks = Vec::new();
    match &app.settings.inbound {
        // With a pipe the mail server starts `reihum inbound -` for each mail.
        Inbound::None | Inbound::Pipe => {}
        Inbound::Folder(path) => {
            let reader = folder::FolderReader::open(app, intake, path.clone())
                .await
                .with_context(|| format!("the inbound folder {}", path.display()))?;
            tasks.push(tokio::spawn(reader.run(stop.clone())));
        }
        Inbound::Imap(accounts) => {
            for account in accounts {
                let reader = imap::ImapReader::new(app, intake.clone(), account)?;
                tasks.push(tokio::spawn(reader.run(stop.clone())));
            }
        }
    }
    Ok(TransportTasks(tasks))
}
