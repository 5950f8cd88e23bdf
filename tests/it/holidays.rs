//! Public holidays of the Länder, compared with tables and with what must hold each year.
use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use proptest::prelude::*;
use reihum::days::public_holidays::{Holiday, Land, is_christmas_or_new_years_eve};
use reihum::days::school_holidays::SchoolData;

const NRW: Land = Land::NorthRhineWestphalia;

fn is_working_day(day: NaiveDate) -> bool {
    NRW.is_working_day(day)
}

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn all_of(year: i32) -> Vec<NaiveDate> {
    let mut days: Vec<_> = NRW.holidays(year).into_iter().map(|(day, _)| day).collect();
    days.dedup();
    days
}

/// Karfreitag, Ostermontag, Himmelfahrt, Pfingstmontag and Fronleichnam as they are published, and
/// the working days from Monday to Friday as other programs count them.
const PUBLISHED: [(i32, [&str; 5], usize); 6] = [
    (2025, ["04-18", "04-21", "05-29", "06-09", "06-19"], 251),
    (2026, ["04-03", "04-06", "05-14", "05-25", "06-04"], 253),
    (2027, ["03-26", "03-29", "05-06", "05-17", "05-27"], 254),
    (2028, ["04-14", "04-17", "05-25", "06-05", "06-15"], 250),
    (2029, ["03-30", "04-02", "05-10", "05-21", "05-31"], 250),
    (2030, ["04-19", "04-22", "05-30", "06-10", "06-20"], 250),
];

#[test]
fn the_movable_holidays_are_those_published() {
    for (year, days, workdays) in PUBLISHED {
        let movable = [
            Holiday::GoodFriday,
            Holiday::EasterMonday,
            Holiday::Ascension,
            Holiday::WhitMonday,
            Holiday::CorpusChristi,
        ];
        for (holiday, day) in movable.into_iter().zip(days) {
            let day = on(&format!("{year}-{day}"));
            assert_eq!(holiday.in_year(year), Some(day), "{holiday:?}");
            assert_eq!(NRW.holiday_on(day), Some(holiday));
        }
        let first = on(&format!("{year}-01-01"));
        let days = first.iter_days().take_while(|day| day.year() == year);
        let count = days.filter(|day| is_working_day(*day)).count();
        assert_eq!(count, workdays, "working days of {year}");
    }
}

#[test]
fn the_fixed_holidays_and_the_days_that_are_none() {
    let fixed = ["01-01", "05-01", "10-03", "11-01", "12-25", "12-26"];
    for day in fixed {
        assert!(
            NRW.holiday_on(on(&format!("2027-{day}"))).is_some(),
            "{day}"
        );
    }
    // Heilige Drei Könige, Rosenmontag, Easter and Whit Sunday, Reformationstag, Heiligabend, Silvester.
    for day in [
        "2027-01-06",
        "2027-02-08",
        "2027-03-28",
        "2027-05-16",
        "2027-10-31",
        "2027-12-24",
        "2027-12-31",
    ] {
        assert_eq!(NRW.holiday_on(on(day)), None, "{day}");
    }
    assert!(is_working_day(on("2027-12-24")) && is_working_day(on("2027-12-31")));
    // In 2008 two of the eleven fell on one day.
    assert_eq!(all_of(2008).len(), 10);
    assert_eq!(NRW.holiday_on(on("2008-05-01")), Some(Holiday::LabourDay));
}

#[test]
fn what_is_due_on_a_free_day_moves_to_the_working_day_beside_it() {
    for (day, before, after) in [
        // A working day stays.
        ("2027-01-25", "2027-01-25", "2027-01-25"),
        ("2027-01-24", "2027-01-22", "2027-01-25"),
        ("2027-01-23", "2027-01-22", "2027-01-25"),
        // All four days of Easter.
        ("2026-04-05", "2026-04-02", "2026-04-07"),
        // Christmas and the weekend after it.
        ("2026-12-27", "2026-12-24", "2026-12-28"),
        // Over the year's end, and a leap day that is a Tuesday.
        ("2028-01-01", "2027-12-31", "2028-01-03"),
        ("2028-02-29", "2028-02-29", "2028-02-29"),
    ] {
        assert_eq!(NRW.working_day_until(on(day)), on(before), "before {day}");
        assert_eq!(NRW.working_day_from(on(day)), on(after), "after {day}");
    }
    assert_eq!(
        NRW.working_day_until(NaiveDate::MIN).year(),
        NaiveDate::MIN.year()
    );
    assert_eq!(
        NRW.working_day_from(NaiveDate::MAX).year(),
        NaiveDate::MAX.year()
    );
}

/// Per year: working days outside of school holidays, those of them from Tuesday to Thursday that are
/// neither bridge days nor 24 or 31 December, and the bridge days. From an independent calculation.
const SUITABLE: [(i32, usize, usize, &[&str]); 5] = [
    (2025, 191, 115, &["05-02", "05-30", "06-20"]),
    (2026, 193, 116, &["01-02", "05-15", "06-05"]),
    (2027, 195, 117, &["05-07", "05-28"]),
    (2028, 191, 115, &["05-26", "06-16", "10-02"]),
    (
        2029,
        189,
        112,
        &["04-30", "05-11", "06-01", "11-02", "12-24", "12-31"],
    ),
];

#[test]
fn the_days_that_suit_are_as_many_as_others_count() {
    let school = SchoolData::shipped(NRW);
    for (year, outside, suitable, bridges) in SUITABLE {
        let first = on(&format!("{year}-01-01"));
        let days = first.iter_days().take_while(|day| day.year() == year);
        let working: Vec<_> = days.filter(|day| is_working_day(*day)).collect();
        let found: Vec<_> = working
            .iter()
            .filter(|day| NRW.is_bridge_day(**day))
            .collect();
        let bridges: Vec<_> = bridges
            .iter()
            .map(|day| on(&format!("{year}-{day}")))
            .collect();
        assert_eq!(
            found,
            bridges.iter().collect::<Vec<_>>(),
            "bridge days of {year}"
        );
        let free = working.iter().filter(|day| school.on(**day).is_none());
        assert_eq!(
            free.clone().count(),
            outside,
            "outside school holidays {year}"
        );
        let count = free
            .filter(|day| (2..=4).contains(&day.weekday().number_from_monday()))
            .filter(|day| !NRW.is_bridge_day(**day) && !is_christmas_or_new_years_eve(**day))
            .count();
        assert_eq!(count, suitable, "Tuesday to Thursday {year}");
    }
    for day in ["2030-05-31", "2030-06-21", "2030-10-04", "2030-12-27"] {
        assert!(NRW.is_bridge_day(on(day)), "{day}");
    }
    assert_eq!(school.known_until, Some(on("2030-08-06")));
    assert_eq!(SchoolData::shipped(Land::Bavaria).known_until, None);
}

#[test]
fn each_land_has_its_own_holidays() {
    let has = |land: Land, day: &str, holiday| land.holiday_on(on(day)) == Some(holiday);
    assert!(has(Land::Bavaria, "2027-01-06", Holiday::Epiphany));
    assert!(has(Land::Berlin, "2019-03-08", Holiday::WomensDay));
    assert_eq!(Land::Berlin.holiday_on(on("2018-03-08")), None);
    assert!(has(
        Land::MecklenburgWesternPomerania,
        "2023-03-08",
        Holiday::WomensDay
    ));
    assert_eq!(
        Land::MecklenburgWesternPomerania.holiday_on(on("2022-03-08")),
        None
    );
    for (day, kept) in [
        ("2020-05-08", true),
        ("2021-05-08", false),
        ("2025-05-08", true),
    ] {
        assert_eq!(Land::Berlin.holiday_on(on(day)).is_some(), kept, "{day}");
    }
    assert!(has(Land::Brandenburg, "2027-03-28", Holiday::EasterSunday));
    assert!(has(Land::Thuringia, "2019-09-20", Holiday::ChildrensDay));
    assert_eq!(Land::Thuringia.holiday_on(on("2018-09-20")), None);
    assert!(has(Land::Saarland, "2027-08-15", Holiday::Assumption));
    assert_eq!(Land::Bavaria.holiday_on(on("2027-08-15")), None);
    for (day, saxon) in [
        ("2026-11-18", true),
        ("2027-11-17", true),
        ("2028-11-22", true),
    ] {
        let is_kept = Land::Saxony.holiday_on(on(day)) == Some(Holiday::RepentanceDay);
        assert_eq!(is_kept, saxon, "{day}");
        assert_eq!(Land::Thuringia.holiday_on(on(day)), None);
    }
    // 500 years after the theses it was kept everywhere.
    for land in Land::ALL {
        assert!(has(*land, "2017-10-31", Holiday::Reformation), "{land}");
    }
    assert_eq!(Land::Hamburg.holiday_on(on("2016-10-31")), None);
    assert!(has(Land::Hamburg, "2018-10-31", Holiday::Reformation));
    assert_eq!(NRW.holiday_on(on("2018-10-31")), None);
    let counts = [
        (Land::Bavaria, 12),
        (Land::Berlin, 10),
        (Land::Brandenburg, 12),
        (Land::Hamburg, 10),
        (NRW, 11),
        (Land::Saarland, 12),
        (Land::Saxony, 11),
    ];
    for (land, count) in counts {
        assert_eq!(land.holidays(2027).len(), count, "{land}");
    }
}

proptest! {
    #[test]
    fn every_year_follows_the_rules(year in 1970..2200) {
        let day = |holiday: Holiday| holiday.in_year(year).unwrap();
        let easter = day(Holiday::EasterMonday) - TimeDelta::days(1);
        prop_assert_eq!(easter.weekday(), Weekday::Sun);
        // The earliest and the latest Easter there can be.
        let (first, last) = (on(&format!("{year}-03-22")), on(&format!("{year}-04-25")));
        prop_assert!((first..=last).contains(&easter));
        prop_assert_eq!(day(Holiday::GoodFriday).weekday(), Weekday::Fri);
        prop_assert_eq!(day(Holiday::Ascension).weekday(), Weekday::Thu);
        prop_assert_eq!(day(Holiday::WhitMonday).weekday(), Weekday::Mon);
        prop_assert_eq!(day(Holiday::CorpusChristi).weekday(), Weekday::Thu);
        let count = all_of(year).len();
        let together = day(Holiday::Ascension) == day(Holiday::LabourDay);
        let luther = usize::from(year == 2017);
        prop_assert_eq!(count, luther + if together { 10 } else { 11 });
    }

    #[test]
    fn nothing_is_a_working_day_in_between(days in 0..80_000i64) {
        let day = on("1975-01-01") + TimeDelta::days(days);
        let (before, after) = (NRW.working_day_until(day), NRW.working_day_from(day));
        prop_assert!(is_working_day(before) && is_working_day(after));
        prop_assert!(before <= day && day <= after);
        let between = before.iter_days().skip(1).take_while(|other| *other < after);
        prop_assert!(!between.into_iter().any(|other| other != day && is_working_day(other)));
        prop_assert!((after - before).num_days() <= 6);
    }
}
