//! The secret of an installation, and the file beside an `SQLite` database that keeps it.
use std::fs;
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{RawSettings, Settings};
use crate::clock::Ids;
use crate::db::is_postgres;

/// The minimum length of the secret in characters.
const MIN_LENGTH: usize = 32;

/// The secret that is set, else that of the file. Where there is neither, a new one, and the file that
/// [`Settings::store_secret`] makes.
pub(super) fn secret(raw: &mut RawSettings, database_url: &str) -> (String, Option<PathBuf>) {
    let secret = raw.take("secret").unwrap_or_default();
    if secret.len() >= MIN_LENGTH {
        return (secret, None);
    }
    if !secret.is_empty() || is_postgres(database_url) {
        let rule = "must have at least 32 characters, the same on every instance";
        raw.reject("secret", rule);
        return (secret, None);
    }
    let path = PathBuf::from(format!("{database_url}.secret"));
    let shown = path.display();
    match read(&path) {
        Ok(secret) => (secret, None),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            raw.reject("secret", &format!("cannot be read from {shown}: {error}"));
            (secret, None)
        }
        Err(_) if Path::new(database_url).exists() => {
            raw.reject(
                "secret",
                &format!(
                    "{shown} is missing, though there is a database. Restore it from your backup: no link in a \
                     mail sent so far works without it. If it is lost, write 32 random characters into it"
                ),
            );
            (secret, None)
        }
        Err(_) => (
            data_encoding::BASE64URL_NOPAD.encode(&Ids::random().secret()),
            Some(path),
        ),
    }
}

fn read(path: &Path) -> Result<String> {
    let secret = fs::read_to_string(path)?.trim().to_owned();
    if secret.len() < MIN_LENGTH {
        let reason = "it has fewer than 32 characters";
        return Err(Error::new(ErrorKind::InvalidData, reason));
    }
    Ok(secret)
}

impl Settings {
    /// Stores a new secret in its file. Where another process has just done so, its secret counts.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn store_secret(&mut self) -> anyhow::Result<()> {
        use anyhow::Context;

        let Some(path) = self.secret_file.take() else {
            return Ok(());
        };
        self.secret = store(&path, &self.secret)
            .with_context(|| format!("the secret cannot be stored in {}", path.display()))?;
        Ok(())
    }
}

/// Writes to a temporary file and links it into place, so that no process reads a part of it.
fn store(path: &Path, secret: &str) -> Result<String> {
    let temporary = path.with_extension(format!("secret.{}", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => read(path),
    }
}
