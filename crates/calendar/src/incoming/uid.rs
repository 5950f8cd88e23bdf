//! Recognises our UIDs in the forms in which clients return them.

use data_encoding::HEXUPPER_PERMISSIVE;

use super::UID_LIMIT;

/// The start of every `GlobalObjectId` of Exchange (MS-OXOCAL, 2.2.1.27).
const CLASS: [u8; 16] = [
    0x04, 0x00, 0x00, 0x00, 0x82, 0x00, 0xe0, 0x00, 0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 0x08,
];
/// Octets between it and the data: date, time of creation, reserved ones and the length.
const HEAD: usize = 24;
/// The prefix of a UID from another system, with version 1.
const FOREIGN: &[u8] = b"vCal-Uid\x01\x00\x00\x00";

/// Whether both identify the same event, ignoring case and the encoding of Exchange.
#[must_use]
pub fn same_uid(ours: &str, theirs: &str) -> bool {
    uid_candidates(theirs)
        .iter()
        .any(|uid| uid.eq_ignore_ascii_case(ours.trim()))
}

/// The UIDs of ours that a received UID may mean, the likeliest first: as it is, in lower case, and decoded
/// from the encoding of Exchange. Four at most, none longer than 1,000 octets.
#[must_use]
pub fn uid_candidates(theirs: &str) -> Vec<String> {
    let theirs = theirs.trim();
    let mut candidates: Vec<String> = Vec::new();
    let mut add = |uid: String| {
        if !uid.is_empty() && uid.len() <= UID_LIMIT && !candidates.contains(&uid) {
            candidates.push(uid);
        }
    };
    let wrapped = unwrapped(theirs);
    add(theirs.to_owned());
    add(theirs.to_ascii_lowercase());
    if let Some(uid) = wrapped {
        add(uid.to_ascii_lowercase());
        add(uid);
    }
    candidates
}

/// The UID in a `GlobalObjectId` in hexadecimal.
fn unwrapped(text: &str) -> Option<String> {
    if text.len() > UID_LIMIT {
        return None;
    }
    let id = HEXUPPER_PERMISSIVE.decode(text.as_bytes()).ok()?;
    let data = id.strip_prefix(&CLASS)?.get(HEAD..)?;
    let uid = data
        .strip_prefix(FOREIGN)?
        .split(|byte| *byte == 0)
        .next()?;
    let uid = std::str::from_utf8(uid).ok()?.trim();
    (!uid.is_empty()).then(|| uid.to_owned())
}
