//! The days that calendars of strangers say somebody is busy on.
use calendar::incoming::busy::{self, Busy, DATES_LIMIT};
use chrono::NaiveDate;

use crate::foreign::{calendar, event};

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn read(parts: &str) -> Result<Vec<Busy>, busy::UnreadableCalendar> {
    let window = on("2026-01-01")..=on("2030-12-31");
    busy::read(&calendar(parts), &window, chrono_tz::Europe::Berlin)
}

/// The first days of what is read of one event.
fn days(lines: &str) -> Vec<String> {
    let found = read(&event(lines)).unwrap();
    found
        .iter()
        .map(|busy| {
            if busy.from == busy.until {
                busy.from.to_string()
            } else {
                format!("{}/{}", busy.from, busy.until)
            }
        })
        .collect()
}

#[test]
fn events_are_whole_local_days() {
    for (lines, expected) in [
        (
            "DTSTART;VALUE=DATE:20261012\nDTEND;VALUE=DATE:20261021",
            &["2026-10-12/2026-10-20"][..],
        ),
        ("DTSTART;VALUE=DATE:20261012", &["2026-10-12"]),
        (
            "DTSTART;VALUE=DATE:20261012\nDURATION:P2D",
            &["2026-10-12/2026-10-13"],
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20261012T170000\nDTEND;TZID=Europe/Berlin:20261012T213000",
            &["2026-10-12"],
        ),
        // Midnight ends the day before; one minute more touches the next.
        (
            "DTSTART;TZID=Europe/Berlin:20261012T170000\nDTEND;TZID=Europe/Berlin:20261013T000000",
            &["2026-10-12"],
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20261012T170000\nDTEND;TZID=Europe/Berlin:20261013T000100",
            &["2026-10-12/2026-10-13"],
        ),
        // 23:30 in UTC is the next day here.
        ("DTSTART:20261012T233000Z\nDURATION:PT30M", &["2026-10-13"]),
        ("DTSTART:20261012T100000", &["2026-10-12"]),
        ("DTSTART;VALUE=DATE:20261012\nSTATUS:CANCELLED", &[]),
        // Outside of what is asked for.
        ("DTSTART;VALUE=DATE:20201012", &[]),
    ] {
        assert_eq!(days(lines), expected, "{lines}");
    }
    let found = read(&event(
        "DTSTART;VALUE=DATE:20261012\nSUMMARY:Rat\nTRANSP:TRANSPARENT",
    ))
    .unwrap();
    assert_eq!(
        (found[0].title.as_deref(), found[0].blocks),
        (Some("Rat"), false)
    );
    let found = read(&event(
        "DTSTART;VALUE=DATE:20261012\nSUMMARY:Geheim\nCLASS:PRIVATE",
    ))
    .unwrap();
    assert_eq!((found[0].title.as_deref(), found[0].blocks), (None, true));
}

#[test]
fn recurrences_are_followed() {
    let weekly = "DTSTART;TZID=Europe/Berlin:20261020T170000\nDURATION:PT4H\n";
    for (lines, expected) in [
        (
            format!("{weekly}RRULE:FREQ=WEEKLY;COUNT=3"),
            "2026-10-20 2026-10-27 2026-11-03",
        ),
        (
            format!("{weekly}RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20261117T160000Z"),
            "2026-10-20 2026-11-03 2026-11-17",
        ),
        (
            format!("{weekly}RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20261117T155959Z"),
            "2026-10-20 2026-11-03",
        ),
        (
            format!(
                "{weekly}RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20261027T170000\nRDATE;TZID=Europe/Berlin:20261029T170000"
            ),
            "2026-10-20 2026-10-29 2026-11-03",
        ),
        (
            format!("{weekly}RRULE:FREQ=MONTHLY;BYDAY=3TU;COUNT=3"),
            "2026-10-20 2026-11-17 2026-12-15",
        ),
        (
            format!("{weekly}RRULE:FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=-1;COUNT=2"),
            "2026-10-29 2026-11-26",
        ),
        (
            format!("{weekly}RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2"),
            "2026-10-31 2026-11-30",
        ),
        (
            "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY".to_owned(),
            "2028-02-29",
        ),
        (
            "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=2SU;UNTIL=20280101"
                .to_owned(),
            "2026-05-10 2027-05-09",
        ),
        (
            "DTSTART;VALUE=DATE:20270101\nRRULE:FREQ=YEARLY;BYDAY=-1FR;COUNT=2".to_owned(),
            "2027-12-31 2028-12-29",
        ),
        (
            "DTSTART;VALUE=DATE:20000103\nRRULE:FREQ=DAILY;INTERVAL=1000;UNTIL=20290101".to_owned(),
            "2027-05-21",
        ),
    ] {
        assert_eq!(days(&lines).join(" "), expected, "{lines}");
    }
    // A date that was moved stands for itself.
    let series = "BEGIN:VEVENT\nUID:rat\nDTSTART;TZID=Europe/Berlin:20261020T170000\nRRULE:FREQ=WEEKLY;COUNT=2\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:rat\nRECURRENCE-ID;TZID=Europe/Berlin:20261027T170000\nDTSTART;TZID=Europe/Berlin:20261028T170000\nEND:VEVENT\n";
    let found: Vec<_> = read(series)
        .unwrap()
        .iter()
        .map(|one| one.from.to_string())
        .collect();
    assert_eq!(found, ["2026-10-20", "2026-10-28"]);
    let busy = "BEGIN:VFREEBUSY\nFREEBUSY:20261020T080000Z/20261020T100000Z,20261021T230000Z/PT1H\n\
         FREEBUSY;FBTYPE=FREE:20261024T080000Z/20261024T100000Z\nFREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261103T080000Z/P1D\nEND:VFREEBUSY\n";
    let found: Vec<_> = read(busy)
        .unwrap()
        .iter()
        .map(|one| (one.from, one.until))
        .collect();
    let expected = [
        ("2026-10-20", "2026-10-20"),
        ("2026-10-22", "2026-10-22"),
        ("2026-11-03", "2026-11-04"),
    ];
    assert_eq!(found, expected.map(|(from, until)| (on(from), on(until))));
}

#[test]
fn what_is_meant_to_be_endless_ends() {
    for (rule, problem) in [
        ("FREQ=SECONDLY", "must not recur within a day"),
        ("FREQ=HOURLY;COUNT=5", "must not recur within a day"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "must not recur within a day"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO is not supported"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must not be 0"),
        ("FREQ=DAILY;COUNT=", "cannot be read"),
    ] {
        let error = read(&event(&format!("DTSTART:20260101T100000Z\nRRULE:{rule}")));
        // What the parser cannot take is no rule at all, and the event is a single one.
        if let Err(error) = error {
            assert!(error.to_string().contains(problem), "{rule}: {error}");
        } else {
            assert_eq!(rule, "FREQ=DAILY;COUNT=");
        }
    }
    for rule in [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYSETPOS=366;BYMONTH=1;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
    ] {
        let all = event(&format!("DTSTART;VALUE=DATE:19900101\nRRULE:{rule}")).repeat(100);
        assert_eq!(read(&all).unwrap(), [], "{rule}");
    }
    let daily = event("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;UNTIL=99991231");
    assert_eq!(read(&daily).unwrap().len(), 1826);
    let many = daily.repeat(DATES_LIMIT / 1826 + 1);
    assert!(matches!(
        read(&many),
        Err(busy::UnreadableCalendar::TooLarge(_))
    ));
    let counted =
        event("DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY;COUNT=1000000000").repeat(60);
    assert!(read(&counted).is_err());
    let listed = vec!["20261012T100000"; 10_000].join(",");
    let error = read(&event(&format!("DTSTART:20261012T100000\nEXDATE:{listed}"))).unwrap_err();
    assert_eq!(error.to_string(), "event 1: has more than 2000 dates");
    assert!(read(&event("DTSTART;VALUE=DATE:20261012").repeat(10_001)).is_err());
}

#[test]
fn what_cannot_be_understood_names_its_event() {
    let good = event("DTSTART;VALUE=DATE:20261012");
    for (lines, property) in [
        ("SUMMARY:Rat", "DTSTART"),
        ("DTSTART:20261012T100000Z\nDTEND:20261012T090000Z", "DTEND"),
        (
            "DTSTART;VALUE=DATE:20261012\nDTEND;VALUE=DATE:20381012",
            "DTEND",
        ),
        ("DTSTART:20261012T100000Z\nRRULE:FREQ=MINUTELY", "RRULE"),
    ] {
        let error = read(&format!("{good}{}", event(lines))).unwrap_err();
        let busy::UnreadableCalendar::Event {
            number,
            property: found,
            ..
        } = error
        else {
            panic!("{lines}: {error}");
        };
        assert_eq!((number, found), (2, property), "{lines}");
    }
    let window = on("2026-01-01")..=on("2027-01-01");
    let zone = chrono_tz::Europe::Berlin;
    assert_eq!(
        busy::read("<html>", &window, zone),
        Err(busy::UnreadableCalendar::NotACalendar)
    );
    let two = calendar(&good).repeat(2);
    assert_eq!(
        busy::read(&two, &window, zone),
        Err(busy::UnreadableCalendar::Several)
    );
}
