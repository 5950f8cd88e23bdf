//! Mails written into a folder, one file each.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::outgoing::digest;
use super::{Failure, OutgoingMail, Receipt, RenderedMessage};

/// Characters of a file name that come from the message id.
const ID_LIMIT: usize = 120;

/// Numbers the temporary files of this process.
static TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// A folder that mails are written into.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) async fn check(&self) -> Result<(), Failure> {
        let folder = tokio::fs::metadata(&self.path)
            .await
            .map_err(|error| self.failure(&error))?;
        if folder.is_dir() {
            Ok(())
        } else {
            Err(Failure::connection(format!(
                "{} is no folder",
                self.path.display()
            )))
        }
    }

    /// Writes the mail under a name that depends on its date and id only: written twice, it is still
    /// one file.
    pub(super) async fn write(&self, mail: &RenderedMessage) -> Result<Receipt, Failure> {
        let (name, text) = (mail.file_name.clone(), mail.text.clone());
        let number = TEMPORARY.fetch_add(1, Ordering::Relaxed);
        let temporary = self
            .path
            .join(format!(".{}-{number}.tmp", std::process::id()));
        let path = self.path.join(&name);
        let written = tokio::task::spawn_blocking(move || {
            write_whole(&temporary, &path, text.as_bytes()).inspect_err(|_| {
                // the first error counts
                let _ = std::fs::remove_file(&temporary);
            })
        });
        match written.await {
            Ok(Ok(())) => Ok(Receipt { response: name }),
            Ok(Err(error)) => Err(self.failure(&error)),
            Err(stopped) => Err(Failure::temporary(stopped)),
        }
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        Failure::temporary(format!("{}: {error}", self.path.display()))
    }
}

/// Writes the file atomically and durably.
fn write_whole(temporary: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(temporary, path)
}

pub(super) fn file_name(mail: &OutgoingMail) -> String {
    let id = mail.message_id.trim().trim_matches(['<', '>']);
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._-@".contains(c) {
            c
        } else {
            '_'
        }
    };
    let mut name: String = id.chars().take(ID_LIMIT).map(plain).collect();
    if name != id {
        // two ids must not share a file because characters were replaced or cut off
        name = format!("{name}-{}", digest(id));
    }
    format!("{}-{name}.eml", mail.date.format("%Y%m%dT%H%M%SZ"))
}
