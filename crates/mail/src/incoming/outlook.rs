//! Answers that Outlook sends in `winmail.dat` (TNEF, MS-OXTNEF). Only the message class is read, which
//! determines the answer.

use super::OutlookAnswer;
use super::mime::MimePart;

/// The signature of a TNEF stream (MS-OXTNEF, 2.1.3.1).
const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];
/// Octets of the signature and the key that follows it.
const HEAD: usize = 6;
/// `attMessageClass` (MS-OXTNEF, 2.1.3.3.1), with its type in the upper half.
const MESSAGE_CLASS: u32 = 0x0007_8008;
/// Attributes that are read. The class is among the first few.
const ATTRIBUTES_LIMIT: usize = 200;
/// Octets of a class at most.
const CLASS_LIMIT: usize = 255;
/// Octets of the encoded part that are decoded: the class comes before text and files.
const DECODED_LIMIT: usize = 256 * 1024;

/// Whether a part is a TNEF stream.
pub(super) fn is_tnef(part: &MimePart) -> bool {
    matches!(
        &*part.kind,
        "application/ms-tnef" | "application/vnd.ms-tnef"
    ) || part.is_named("winmail.dat")
}

/// The answer to an invitation that a part holds, if any.
pub(super) fn answer(part: &MimePart) -> Option<OutlookAnswer> {
    let bytes = part.bytes(DECODED_LIMIT);
    let class = message_class(&bytes)?.to_ascii_lowercase();
    // the names in MAPI, and their form in a TNEF stream (MS-OXTNEF, 2.1.3.3.2)
    match &*class {
        "ipm.schedule.meeting.resp.pos" | "ipm.microsoft schedule.mtgrespp" => {
            Some(OutlookAnswer::Accepted)
        }
        "ipm.schedule.meeting.resp.neg" | "ipm.microsoft schedule.mtgrespn" => {
            Some(OutlookAnswer::Declined)
        }
        "ipm.schedule.meeting.resp.tent" | "ipm.microsoft schedule.mtgrespa" => {
            Some(OutlookAnswer::Tentative)
        }
        _ => None,
    }
}

/// Finds the class among the attributes: level, id, length, that many octets, and a checksum of two.
fn message_class(stream: &[u8]) -> Option<String> {
    let mut rest = stream
        .strip_prefix(&SIGNATURE)?
        .get(HEAD - SIGNATURE.len()..)?;
    for _ in 0..ATTRIBUTES_LIMIT {
        let (head, data) = rest.split_first_chunk::<9>()?;
        let [_level, i0, i1, i2, i3, l0, l1, l2, l3] = *head;
        let length = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).ok()?;
        let value = data.get(..length)?;
        if u32::from_le_bytes([i0, i1, i2, i3]) == MESSAGE_CLASS {
            let text = value.split(|byte| *byte == 0).next()?;
            let text = text.get(..CLASS_LIMIT).unwrap_or(text);
            return Some(String::from_utf8_lossy(text).trim().to_owned());
        }
        rest = data.get(length.checked_add(2)?..)?;
    }
    None
}
