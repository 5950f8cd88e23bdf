//! UIDs in the forms in which they come back.
use calendar::incoming::{same_uid, uid_candidates};
use data_encoding::HEXUPPER;

/// What every `GlobalObjectId` begins with (MS-OXOCAL, 2.2.1.27).
const CLASS: [u8; 16] = [
    0x04, 0x00, 0x00, 0x00, 0x82, 0x00, 0xe0, 0x00, 0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 0x08,
];
/// What it has before the UID of another system.
const FOREIGN: &[u8] = b"vCal-Uid\x01\x00\x00\x00";

const OURS: &str = "0199aaaa-0000-7000-8000-000000000001@reihum.example";

fn wrapped(uid: &str) -> String {
    let size = u32::try_from(FOREIGN.len() + uid.len() + 1).unwrap();
    let id = [
        &CLASS,
        &[0; 20][..],
        &size.to_le_bytes(),
        FOREIGN,
        uid.as_bytes(),
        &[0],
    ]
    .concat();
    HEXUPPER.encode(&id)
}

#[test]
fn the_same_uid_in_every_form() {
    assert!(same_uid(OURS, OURS));
    assert!(same_uid(OURS, &format!(" {} ", OURS.to_uppercase())));
    assert!(same_uid(OURS, &wrapped(OURS)));
    assert!(same_uid(
        OURS,
        &wrapped(&OURS.to_uppercase()).to_lowercase()
    ));
    assert_eq!(uid_candidates(&wrapped(OURS))[2], OURS);
    assert!(wrapped(OURS).starts_with("040000008200E00074C5B7101A82E008"));
    assert!(wrapped(OURS).contains("7643616C2D55696401000000"));
}

#[test]
fn others_are_others() {
    assert!(!same_uid(
        OURS,
        "0199aaaa-0000-7000-8000-000000000002@reihum.example"
    ));
    assert!(!same_uid(OURS, "040000008200E00074C5B7101A82E008"));
    assert!(uid_candidates(" ").is_empty());
    assert!(uid_candidates(&"a".repeat(1_001)).is_empty());
}
