//! Any bytes as a mail: no panic, and nothing larger comes out than may.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::incoming::{CALENDAR_LIMIT, TEXT_LIMIT, read};

fuzz_target!(|bytes: &[u8]| {
    let Ok(mail) = read(bytes) else {
        return;
    };
    assert_eq!(
        read(bytes).as_ref(),
        Ok(&mail),
        "the same bytes, the same mail"
    );
    assert!(mail.text.chars().count() <= TEXT_LIMIT);
    assert!(mail.subject.chars().count() <= 250 && !mail.subject.contains(char::is_control));
    assert!(mail.text.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(mail.recipients.len() <= 50 && mail.from.len() <= 50 && mail.references.len() <= 50);
    for calendar in &mail.calendars {
        assert!(calendar.text.len() <= CALENDAR_LIMIT);
        // what a mail holds is read next
        let _ = calendar::incoming::read(&calendar.text);
    }
});
