//! Letters into a folder, one file each.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::mime::digest;
use super::{Failure, Letter, Receipt, RenderedMessage};

/// Characters of a file name that come from the message id.
const ID_LIMIT: usize = 120;

/// Tells the temporary files of this process apart.
static TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// A folder that letters are written into.
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
            Err(Failure::connection(&format!(
                "{} is no folder",
                self.path.display()
            )))
        }
    }

    /// Writes the mail under a name that depends on its date and id alone: writing it twice leaves
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
                // nothing more can be done about it
                let _ = std::fs::remove_file(&temporary);
            })
        });
        match written.await {
            Ok(Ok(())) => Ok(Receipt { words: name }),
            Ok(Err(error)) => Err(self.failure(&error)),
            Err(stopped) => Err(Failure::temporary(&stopped.to_string())),
        }
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        Failure::temporary(&format!("{}: {error}", self.path.display()))
    }
}

/// A reader sees the whole file or none, after a power cut as well.
fn write_whole(temporary: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(temporary, path)
}

pub(super) fn file_name(letter: &Letter) -> String {
    let id = letter.message_id.trim().trim_matches(['<', '>']);
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._-@".contains(c) {
            c
        } else {
            '_'
        }
    };
    let mut name: String = id.chars().take(ID_LIMIT).map(plain).collect();
    if name != id {
        // two ids must not share a file because of what was replaced or cut
        name = format!("{name}-{}", digest(id));
    }
    format!("{}-{name}.eml", letter.date.format("%Y%m%dT%H%M%SZ"))
}
