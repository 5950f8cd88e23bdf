//! A folder that mails are put into, one file each.
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::message::read_file;
use super::retry_budget::{Filing, RetryBudget};
use super::rounds::{ROUND_LIMIT, batches, concurrently, pause, rest};
use crate::App;
use crate::clock::Clock;
use crate::inbound::intake::{Intake, IntakeAttempt};

/// The pause between two rounds.
const INTERVAL: Duration = Duration::from_secs(2);
/// The longest pause while nothing can be taken in.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A file that has not changed for so long is complete.
const UNCHANGED: TimeDelta = TimeDelta::seconds(1);
/// Files of one name that are kept in the same folder.
const SAME_NAME_LIMIT: u32 = 10_000;

const DONE: &str = "done";
const REVIEW: &str = "review";
const POISON: &str = "poison";

/// Takes in the mails of one folder.
pub struct FolderReader {
    clock: Arc<dyn Clock>,
    intake: Intake,
    folder: PathBuf,
    max_bytes: u64,
    /// The sizes of the files that had changed shortly before the last round.
    sizes: HashMap<String, u64>,
    budget: RetryBudget<String>,
}

/// The result of one round.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FolderRound {
    /// Files that were moved away.
    pub filed: usize,
    /// Files that stay and are tried again.
    pub left: usize,
}

struct MailFile {
    name: String,
    size: u64,
    changed_at: DateTime<Utc>,
}

impl FolderReader {
    /// Creates the folder and those below it, if they are missing.
    pub async fn open(app: &App, intake: Intake, folder: PathBuf) -> io::Result<Self> {
        create(&folder).await?;
        Ok(Self {
            clock: app.clock.clone(),
            intake,
            folder,
            max_bytes: app.settings.inbound_max_bytes,
            sizes: HashMap::new(),
            budget: RetryBudget::default(),
        })
    }

    /// Looks for files until told to stop.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut failures = 0;
        loop {
            let length = match self.round(&stop).await {
                Ok(FolderRound { filed: 0, left }) if left > 0 => {
                    failures += 1;
                    pause(failures, LONGEST_PAUSE).max(INTERVAL)
                }
                Ok(FolderRound { filed, .. }) if filed >= ROUND_LIMIT => Duration::ZERO,
                Ok(_) => {
                    failures = 0;
                    INTERVAL
                }
                Err(error) => {
                    tracing::error!(%error, "the inbound folder cannot be read");
                    if error.kind() == io::ErrorKind::NotFound && create(&self.folder).await.is_ok()
                    {
                        tracing::warn!("the inbound folder was missing, and is made");
                    }
                    failures += 1;
                    pause(failures, LONGEST_PAUSE).max(INTERVAL)
                }
            };
            if !rest(length, &mut stop).await {
                return;
            }
        }
    }

    /// Takes in the files that are complete, unless told to `stop`.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub async fn round(&mut self, stop: &watch::Receiver<bool>) -> io::Result<FolderRound> {
        let folder = self.folder.clone();
        let found = blocking(move || list(&folder)).await?;
        let mut complete = self.complete(found);
        if self.budget.newest_first() {
            complete.reverse();
        }
        complete.truncate(ROUND_LIMIT);
        let mut round = FolderRound::default();
        let sized = complete.into_iter().map(|file| (file.name, file.size));
        for batch in batches(sized) {
            if *stop.borrow() || self.budget.is_exhausted() {
                break;
            }
            let attempts = batch.into_iter().map(|name| {
                let (intake, path) = (&self.intake, self.folder.join(&name));
                let max_bytes = self.max_bytes;
                async move { (name, take_in(intake, path, max_bytes).await) }
            });
            for (name, attempt) in concurrently(attempts).await {
                if let Some(filing) = self.budget.record(&name, &attempt) {
                    round.count(self.file(name, filing).await);
                }
            }
        }
        for (name, filing) in self.budget.end_round() {
            if filing == Filing::Poison {
                tracing::error!(file = name, "a mail cannot be taken in and is set aside");
            }
            round.count(self.file(name, filing).await);
        }
        Ok(round)
    }

    /// Those of the files that are not being written any more.
    fn complete(&mut self, found: Vec<MailFile>) -> Vec<MailFile> {
        let before = *self.clock.now() - UNCHANGED;
        let young = found.iter().filter(|file| file.changed_at > before);
        let young = young.map(|file| (file.name.clone(), file.size)).collect();
        let sizes = std::mem::replace(&mut self.sizes, young);
        let is_complete = |file: &MailFile| {
            file.changed_at <= before || sizes.get(&file.name) == Some(&file.size)
        };
        found.into_iter().filter(is_complete).collect()
    }

    /// Moves a file to the folder where it belongs. Whether it has left this one.
    async fn file(&mut self, name: String, filing: Filing) -> bool {
        let below = match filing {
            Filing::Done => DONE,
            Filing::Review => REVIEW,
            Filing::Poison => POISON,
            Filing::Retry => return false,
        };
        self.sizes.remove(&name);
        let (from, to) = (self.folder.join(&name), self.folder.join(below));
        match blocking(move || move_into(&from, &to, &name)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "a mail that was taken in cannot be moved away");
                false
            }
        }
    }
}

impl FolderRound {
    fn count(&mut self, was_filed: bool) {
        if was_filed {
            self.filed += 1;
        } else {
            self.left += 1;
        }
    }
}

async fn take_in(intake: &Intake, path: PathBuf, max_bytes: u64) -> IntakeAttempt {
    let file = path.clone();
    match blocking(move || read_file(&path, max_bytes)).await {
        Ok(delivery) => intake.attempt("folder", delivery).await,
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "a mail cannot be read");
            IntakeAttempt::Deferred
        }
    }
}

/// Creates the folder and those below it.
async fn create(folder: &Path) -> io::Result<()> {
    for name in [DONE, REVIEW, POISON] {
        tokio::fs::create_dir_all(folder.join(name)).await?;
    }
    Ok(())
}

/// The mails in the folder, by name: files `*.eml` that are not hidden.
fn list(folder: &Path) -> io::Result<Vec<MailFile>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let is_mail = !name.starts_with('.')
            && Path::new(&name)
                .extension()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("eml"));
        // The file may be gone by now.
        let Some(metadata) = is_mail.then(|| entry.metadata().ok()).flatten() else {
            continue;
        };
        if metadata.is_file() {
            found.push(MailFile {
                name,
                size: metadata.len(),
                changed_at: metadata.modified()?.into(),
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Moves a file without replacing another.
fn move_into(from: &Path, folder: &Path, name: &str) -> io::Result<()> {
    let stem = Path::new(name).file_stem().unwrap_or_default();
    for number in 1..SAME_NAME_LIMIT {
        let name = match number {
            1 => name.to_owned(),
            _ => format!("{}-{number}.eml", stem.to_string_lossy()),
        };
        let to = folder.join(name);
        if fs::symlink_metadata(&to).is_ok() {
            continue;
        }
        return match fs::rename(from, to) {
            // Another instance has moved it already.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved,
        };
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}
