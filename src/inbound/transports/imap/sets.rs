//! Sequence sets.
use std::fmt::Write;

/// These UIDs as a sequence set (RFC 3501, 9): `1:3,7`.
#[must_use]
pub fn set_of(uids: &[u32]) -> String {
    let mut sorted = uids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut set = String::new();
    let mut rest = sorted.as_slice();
    while let Some(first) = rest.first() {
        let neighbours = rest.iter().zip(rest.iter().skip(1));
        let length = neighbours
            .take_while(|(uid, next)| uid.checked_add(1) == Some(**next))
            .count();
        let (run, after) = rest.split_at(length + 1);
        let comma = if set.is_empty() { "" } else { "," };
        // Writing to a string does not fail.
        let _ = match run.last() {
            Some(last) if last != first => write!(set, "{comma}{first}:{last}"),
            _ => write!(set, "{comma}{first}"),
        };
        rest = after;
    }
    set
}
