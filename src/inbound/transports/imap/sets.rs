//! Sets of mails, as IMAP writes them.
use std::fmt::Write;

/// The numbers as a sequence set (RFC 3501, 9): `1:3,7`.
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
        // Writing into a string does not fail.
        let _ = match run.last() {
            Some(last) if last != first => write!(set, "{comma}{first}:{last}"),
            _ => write!(set, "{comma}{first}"),
        };
        rest = after;
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_written_as_ranges() {
        for (uids, set) in [
            (&[][..], ""),
            (&[7], "7"),
            (&[3, 1, 2, 7, 9, 8, 8, 20], "1:3,7:9,20"),
            (&[u32::MAX, u32::MAX - 1], "4294967294:4294967295"),
        ] {
            assert_eq!(set_of(uids), set);
        }
    }
}
