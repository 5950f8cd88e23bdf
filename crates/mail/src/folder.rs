//! Mails written into a folder, one file each.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
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

    /// Whether the folder is there or can be made. Changes nothing.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        let mut path = self.path.as_path();
        loop {
            match tokio::fs::metadata(path).await {
                Ok(found) if found.is_dir() => return Ok(()),
                Ok(_) => {
                    let message = format!("{} is no folder", path.display());
                    return Err(Failure::connection(message));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    path = match path.parent() {
                        Some(parent) if parent != Path::new("") => parent,
                        _ => return Ok(()),
                    };
                }
                Err(error) => return Err(self.failure(&error)),
            }
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
    // What is in it is nobody else's business.
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o640);
    let mut file = match options.open(temporary) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = temporary.parent().unwrap_or(Path::new("."));
            tracing::warn!(folder = %folder.display(), "the mail folder is missing, and made");
            std::fs::create_dir_all(folder)?;
            options.open(temporary)?
        }
        opened => opened?,
    };
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
