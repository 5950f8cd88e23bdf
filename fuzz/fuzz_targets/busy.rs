//! Any text as a calendar of busy days: no panic, an end, and nothing larger comes out than may.
#![no_main]

use calendar::incoming::busy::{self, DATES_LIMIT, LONGEST_DAYS};
use chrono::NaiveDate;
use chrono_tz::Europe;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let today = NaiveDate::from_ymd_opt(2027, 2, 9).unwrap();
    let window = busy::window(today);
    let read = busy::read(text, &window, Europe::Berlin);
    assert_eq!(read, busy::read(text, &window, Europe::Berlin));
    let Ok(found) = read else {
        return;
    };
    assert!(found.len() <= DATES_LIMIT);
    for days in found {
        assert!(days.from <= days.until, "{days:?}");
        assert!(
            (days.until - days.from).num_days() <= LONGEST_DAYS,
            "{days:?}"
        );
        assert!(
            days.from <= *window.end() && days.until >= *window.start(),
            "{days:?}"
        );
        let title = days.title.unwrap_or_default();
        assert!(!title.chars().any(char::is_control), "{title:?}");
    }
});
