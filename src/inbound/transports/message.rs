//! Reads one message from a file or a stream.
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::db::Instant;
use crate::inbound::received::{Delivery, header_of};

/// Octets of the header that are read of a mail that is too large.
pub const HEADER_LIMIT: usize = 256 * 1024;

/// Reads a mail from a file, or the header of one that is too large. It arrived when the file was last
/// changed.
pub fn read_file(path: &Path, max_bytes: u64) -> io::Result<Delivery> {
    let file = File::open(path)?;
    let changed_at: DateTime<Utc> = file.metadata()?.modified()?.into();
    read(file, max_bytes, changed_at.into())
}

/// Reads a mail to the end of the stream, as [`read_file`] does.
pub fn read(mut from: impl Read, max_bytes: u64, received_at: Instant) -> io::Result<Delivery> {
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
