//! Any text as a calendar object: no panic, and nothing larger comes out than may.
#![no_main]

use calendar::incoming::{COMMENT_LIMIT, EVENTS_LIMIT, read, same_uid, uid_candidates};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(message) = read(text) else {
        return;
    };
    assert!(message.components.len() <= EVENTS_LIMIT);
    for event in &message.components {
        assert!(same_uid(&event.uid, &event.uid), "{:?}", event.uid);
        assert!(uid_candidates(&event.uid).len() <= 4);
        assert!(event.attendees.len() <= 200);
        let comments = event
            .attendees
            .iter()
            .filter_map(|one| one.response_comment.as_ref());
        for comment in comments.chain(&event.comment) {
            assert!(comment.chars().count() <= COMMENT_LIMIT);
            assert!(comment.chars().all(|c| c == '\n' || !c.is_control()));
        }
        if let (Some(starts), Some(ends)) = (event.starts, event.ends) {
            let _ = starts.instant(chrono_tz::Europe::Berlin);
            let _ = ends.instant(chrono_tz::America::Santiago);
        }
    }
});
