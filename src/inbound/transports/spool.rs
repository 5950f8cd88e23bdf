//! A folder that mails are dropped into, a file each.
use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use tokio::sync::watch;

use super::{
    AT_ONCE, Fate, HEADER_LIMIT, Outcome, Patience, Reception, batches, header_of, pause, rest,
};
use crate::App;
use crate::clock::Clock;
use crate::db::Instant;
use crate::inbound::intake::Delivery;

/// How often is looked for files.
const LOOK: Duration = Duration::from_secs(2);
/// The longest pause while nothing can be taken in.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A file that has not changed for so long is whole.
const SETTLED: TimeDelta = TimeDelta::seconds(1);
/// Files that are taken at one look.
const ROUND: usize = 500;
/// Files of one name that are kept side by side.
const SAME_NAME_LIMIT: u32 = 10_000;

const DONE: &str = "done";
const REVIEW: &str = "review";
const POISON: &str = "poison";

/// The folder, and what is remembered of it.
pub struct Spool {
    clock: Arc<dyn Clock>,
    reception: Reception,
    folder: PathBuf,
    max_bytes: u64,
    /// How large the files were at the last look that had changed shortly before.
    sizes: HashMap<String, u64>,
    patience: Patience<String>,
    backwards: bool,
}

/// What came of one look.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Files that were moved away.
    pub settled: usize,
    /// Files that stay and are tried again.
    pub left: usize,
}

struct File {
    name: String,
    size: u64,
    changed_at: DateTime<Utc>,
}

impl Spool {
    /// Makes the folder and those below it, unless they are there.
    ///
    /// # Errors
    /// If they cannot be made.
    pub async fn open(app: &App, reception: Reception, folder: PathBuf) -> io::Result<Self> {
        for name in [DONE, REVIEW, POISON] {
            tokio::fs::create_dir_all(folder.join(name)).await?;
        }
        Ok(Self {
            clock: app.clock.clone(),
            reception,
            folder,
            max_bytes: app.settings.inbound_max_bytes,
            sizes: HashMap::new(),
            patience: Patience::default(),
            backwards: false,
        })
    }

    /// Looks for files until told to stop.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut failures = 0;
        loop {
            let length = match self.look(&stop).await {
                Ok(Look { settled: 0, left }) if left > 0 => {
                    failures += 1;
                    pause(failures, LONGEST_PAUSE).max(LOOK)
                }
                Ok(Look { settled, .. }) if settled >= ROUND => Duration::ZERO,
                Ok(_) => {
                    failures = 0;
                    LOOK
                }
                Err(error) => {
                    tracing::error!(%error, "the inbound folder cannot be read");
                    failures += 1;
                    pause(failures, LONGEST_PAUSE).max(LOOK)
                }
            };
            if !rest(length, &mut stop).await {
                return;
            }
        }
    }

    /// Takes in the files that are whole, unless told to `stop`.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub async fn look(&mut self, stop: &watch::Receiver<bool>) -> io::Result<Look> {
        let folder = self.folder.clone();
        let found = blocking(move || list(&folder)).await?;
        let mut whole = self.whole(found);
        if self.backwards {
            whole.reverse();
        }
        whole.truncate(ROUND);
        let mut look = Look::default();
        let sized = whole.into_iter().map(|file| {
            let size = file.size;
            (file, size)
        });
        for batch in batches(sized) {
            if *stop.borrow() || self.patience.is_hopeless() {
                break;
            }
            let (reception, folder) = (&self.reception, &self.folder);
            let max_bytes = self.max_bytes;
            let outcomes: Vec<_> = futures_util::stream::iter(batch)
                .map(|(file, _)| async move {
                    let name = file.name.clone();
                    (
                        name,
                        take_in(reception, folder.clone(), file, max_bytes).await,
                    )
                })
                .buffered(AT_ONCE)
                .collect()
                .await;
            for (name, outcome) in outcomes {
                if let Some(fate) = self.patience.weigh(&name, &outcome) {
                    look.count(self.put_away(name, fate).await);
                }
            }
        }
        // Files that fail must not keep those behind them from being tried.
        self.backwards = self.patience.is_hopeless() && !self.backwards;
        for (name, fate) in self.patience.end_of_round() {
            if fate == Fate::Poison {
                tracing::error!(file = name, "a mail cannot be taken in and is put aside");
            }
            look.count(self.put_away(name, fate).await);
        }
        Ok(look)
    }

    /// Those of the files that nobody writes to any more.
    fn whole(&mut self, found: Vec<File>) -> Vec<File> {
        let before = *self.clock.now() - SETTLED;
        let young = found.iter().filter(|file| file.changed_at > before);
        let young = young.map(|file| (file.name.clone(), file.size)).collect();
        let sizes = std::mem::replace(&mut self.sizes, young);
        let is_whole =
            |file: &File| file.changed_at <= before || sizes.get(&file.name) == Some(&file.size);
        found.into_iter().filter(is_whole).collect()
    }

    /// Moves a file to where it belongs. Whether it is gone from the folder.
    async fn put_away(&mut self, name: String, fate: Fate) -> bool {
        let below = match fate {
            Fate::Done => DONE,
            Fate::Review => REVIEW,
            Fate::Poison => POISON,
            Fate::Later => return false,
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

impl Look {
    fn count(&mut self, is_settled: bool) {
        match is_settled {
            true => self.settled += 1,
            false => self.left += 1,
        }
    }
}

async fn take_in(reception: &Reception, folder: PathBuf, file: File, max_bytes: u64) -> Outcome {
    let path = folder.join(&file.name);
    match blocking(move || read(&path, max_bytes)).await {
        Ok(delivery) => reception.hand_over("folder", delivery).await,
        Err(error) => {
            tracing::warn!(file = file.name, %error, "a mail cannot be read");
            Outcome::Later
        }
    }
}

/// Reads a mail, or the header of one that is too large. It arrived when the file was last changed.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path, max_bytes: u64) -> io::Result<Delivery> {
    let file = fs::File::open(path)?;
    let changed_at: DateTime<Utc> = file.metadata()?.modified()?.into();
    deliver(file, max_bytes, changed_at.into())
}

/// Reads a mail as [`read`] does, from wherever it comes.
///
/// # Errors
/// If it cannot be read.
pub fn deliver(mut from: impl Read, max_bytes: u64, received_at: Instant) -> io::Result<Delivery> {
    let mut raw = Vec::new();
    from.by_ref().take(max_bytes + 1).read_to_end(&mut raw)?;
    let mut too_large = None;
    if raw.len() as u64 > max_bytes {
        let rest = io::copy(&mut from, &mut io::sink())?;
        too_large = Some(raw.len() as u64 + rest);
        raw.truncate(HEADER_LIMIT);
        raw.truncate(header_of(&raw).len());
        raw.shrink_to_fit();
    }
    Ok(Delivery {
        raw,
        too_large,
        recipients: Vec::new(),
        received_at,
    })
}

/// The mails in the folder, by name. What is hidden or no file is none.
fn list(folder: &Path) -> io::Result<Vec<File>> {
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
        // It may be gone by now.
        let Some(about) = is_mail.then(|| entry.metadata().ok()).flatten() else {
            continue;
        };
        if about.is_file() {
            found.push(File {
                name,
                size: about.len(),
                changed_at: about.modified()?.into(),
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Moves a file, and never over another.
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
