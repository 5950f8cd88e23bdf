//! The rules of recurrence: examples, and a slow day-by-day oracle beside them.
mod oracle;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use reihum::i18n::Language::{De, En};
use reihum::series::recurrence::{RecurrenceRule, RuleError};

use oracle::{a_date, a_rule};

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rule(text: &str) -> RecurrenceRule {
    RecurrenceRule::parse(text).unwrap()
}

fn dates(text: &str, first: &str, until: &str) -> Vec<String> {
    let dates = rule(text).dates(on(first), on(first)..=on(until)).unwrap();
    dates.iter().map(ToString::to_string).collect()
}

#[test]
fn every_second_month_keeps_the_phase_of_its_first_month() {
    let text = "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU";
    assert_eq!(
        dates(text, "2026-11-10", "2027-06-30"),
        ["2026-11-10", "2027-01-12", "2027-03-09", "2027-05-11"],
    );
    let later = rule(text)
        .dates(on("2026-11-10"), on("2027-02-01")..=on("2027-03-31"))
        .unwrap();
    assert_eq!(later, [on("2027-03-09")]);
    // The tenth is after the second Tuesday of December: the phase is still that of December.
    assert_eq!(dates(text, "2026-12-10", "2027-03-31"), ["2027-02-09"]);
}

#[test]
fn without_a_by_part_the_first_date_gives_the_day() {
    assert_eq!(
        dates("FREQ=WEEKLY;INTERVAL=8", "2026-11-26", "2027-03-31"),
        ["2026-11-26", "2027-01-21", "2027-03-18"],
    );
    assert_eq!(
        dates("FREQ=MONTHLY", "2026-10-31", "2027-03-31"),
        ["2026-10-31", "2026-12-31", "2027-01-31", "2027-03-31"],
    );
    assert_eq!(
        dates("FREQ=YEARLY", "2026-06-24", "2027-12-31"),
        ["2026-06-24", "2027-06-24"]
    );
}

#[test]
fn leap_days_come_only_in_leap_years() {
    let leap = ["2028-02-29", "2032-02-29"];
    assert_eq!(dates("FREQ=YEARLY", "2028-02-29", "2035-12-31"), leap);
    assert_eq!(
        dates(
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "2027-01-01",
            "2035-12-31"
        ),
        leap
    );
    assert_eq!(
        dates("FREQ=MONTHLY;BYMONTHDAY=29", "2027-01-29", "2027-03-31"),
        ["2027-01-29", "2027-03-29"],
    );
    assert_eq!(
        dates("FREQ=MONTHLY;BYMONTHDAY=-1", "2028-01-01", "2028-03-31"),
        ["2028-01-31", "2028-02-29", "2028-03-31"],
    );
    // 2100 is none.
    assert_eq!(
        dates("FREQ=YEARLY", "2096-02-29", "2105-01-01"),
        ["2096-02-29", "2104-02-29"]
    );
}

#[test]
fn weeks_go_on_over_the_end_of_a_year_and_the_changes_of_the_clocks() {
    assert_eq!(
        dates(
            "FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2",
            "2026-12-17",
            "2027-01-15"
        ),
        [
            "2026-12-17",
            "2026-12-28",
            "2026-12-31",
            "2027-01-11",
            "2027-01-14"
        ],
    );
    assert_eq!(
        dates("FREQ=WEEKLY;BYDAY=SU", "2027-03-21", "2027-04-04"),
        ["2027-03-21", "2027-03-28", "2027-04-04"],
    );
    assert_eq!(
        dates("FREQ=WEEKLY;BYDAY=SU", "2027-10-24", "2027-11-07"),
        ["2027-10-24", "2027-10-31", "2027-11-07"],
    );
}

/// The example of RFC 5545, section 3.8.5.3: the start of the week changes the dates.
#[test]
fn the_start_of_the_week_matters_when_weeks_are_left_out() {
    let of = |start| format!("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={start}");
    assert_eq!(
        dates(&of("MO"), "1997-08-05", "1997-12-31"),
        ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"],
    );
    assert_eq!(
        dates(&of("SU"), "1997-08-05", "1997-12-31"),
        ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"],
    );
}

#[test]
fn an_end_is_kept() {
    // A first date that the rule does not make takes nothing from the count.
    let text = "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2";
    assert_eq!(
        dates(text, "2026-11-10", "2030-01-01"),
        ["2026-11-27", "2026-12-25"]
    );
    for until in ["20261225", "20261225T000000", "20261225T225959Z"] {
        let text = format!("FREQ=MONTHLY;BYDAY=-1FR;UNTIL={until}");
        assert_eq!(
            dates(&text, "2026-11-10", "2030-01-01"),
            ["2026-11-27", "2026-12-25"]
        );
    }
    let text = "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20261224";
    assert_eq!(dates(text, "2026-11-10", "2030-01-01"), ["2026-11-27"]);
}

#[test]
fn the_text_is_canonical() {
    for (text, canonical) in [
        (
            "freq=monthly;byday=tu;bysetpos=2;interval=2",
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU",
        ),
        (
            "BYDAY=FR;BYSETPOS=-1;FREQ=MONTHLY",
            "FREQ=MONTHLY;BYDAY=-1FR",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=1;BYDAY=FR,MO,FR;WKST=SU",
            "FREQ=WEEKLY;BYDAY=MO,FR",
        ),
        (
            "WKST=SU;INTERVAL=2;FREQ=WEEKLY",
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=+15;COUNT=007",
            "FREQ=MONTHLY;BYMONTHDAY=15;COUNT=7",
        ),
        (
            "UNTIL=20271231T235959Z;BYDAY=+1MO;BYMONTH=06;FREQ=YEARLY",
            "FREQ=YEARLY;BYMONTH=6;BYDAY=1MO;UNTIL=20271231",
        ),
    ] {
        assert_eq!(rule(text).to_string(), canonical);
        assert_eq!(rule(canonical), rule(text));
    }
}

#[test]
fn whatever_is_not_supported_is_refused_by_name() {
    for (text, part) in [
        ("FREQ=SECONDLY", "FREQ"),
        ("FREQ=DAILY", "FREQ"),
        ("FREQ=", "FREQ"),
        ("INTERVAL=2", "FREQ"),
        ("", "NAME=VALUE"),
        ("FREQ=WEEKLY;", "NAME=VALUE"),
        ("FREQ=WEEKLY;BYHOUR=10", "BYHOUR"),
        ("FREQ=YEARLY;BYWEEKNO=3", "BYWEEKNO"),
        ("RRULE:FREQ=WEEKLY", "RRULE:FREQ"),
        ("FREQ=WEEKLY;FREQ=WEEKLY", "FREQ"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=521", "INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=+2", "INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=99999999999999999999", "INTERVAL"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT"),
        ("FREQ=WEEKLY;COUNT=5001", "COUNT"),
        ("FREQ=WEEKLY;COUNT=", "COUNT"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20271231", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=2027-12-31", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20270230", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20271231T", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20271231T250000", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20271231Z", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=2TU", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYDAY=TU;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;WKST=XX", "WKST"),
        ("FREQ=MONTHLY;BYDAY=TU", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=2TU,4TU", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0TU", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6TU", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=ÄÖ", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=€", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=2", "BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=0", "BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1,3", "BYSETPOS"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=1FR", "BYDAY"),
        ("FREQ=MONTHLY;BYMONTH=3", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=3", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTHDAY=3", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYDAY=20MO", "BYDAY"),
    ] {
        let error = RecurrenceRule::parse(text).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    let long = format!("FREQ=WEEKLY;COUNT={}", "0".repeat(255));
    assert_eq!(RecurrenceRule::parse(&long), Err(RuleError::TooLong));
    assert_eq!(
        RecurrenceRule::parse("FREQ=WEEKLY;INTERVAL=0")
            .unwrap_err()
            .to_string(),
        "INTERVAL: `0` is not a whole number from 1 to 520",
    );
}

#[test]
fn rules_that_lead_nowhere_or_too_often_are_refused() {
    let check = |text| rule(text).check(on("2026-11-10"));
    for text in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31;INTERVAL=520",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
        "FREQ=WEEKLY;UNTIL=20261109",
    ] {
        assert_eq!(check(text), Err(RuleError::NoDates), "{text}");
    }
    assert_eq!(
        check("FREQ=WEEKLY;BYDAY=MO,TU,WE"),
        Err(RuleError::TooManyDates)
    );
    for text in [
        "FREQ=WEEKLY;BYDAY=MO,TU",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=750",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;INTERVAL=520",
        "FREQ=WEEKLY;UNTIL=20261110",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn dates_out_of_reach_are_an_error_and_no_crash() {
    let daily = rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU");
    let everything = NaiveDate::MIN..=NaiveDate::MAX;
    assert_eq!(
        daily.dates(on("1900-01-01"), everything.clone()),
        Err(RuleError::TooFar)
    );
    for first in [NaiveDate::MIN, NaiveDate::MAX] {
        assert_eq!(
            daily.dates(first, everything.clone()),
            Err(RuleError::TooFar)
        );
        assert_eq!(daily.check(first), Err(RuleError::TooFar));
    }
    let rare = rule("FREQ=YEARLY;INTERVAL=520");
    assert_eq!(
        rare.dates(on("9999-12-31"), everything).unwrap(),
        [on("9999-12-31")]
    );
    let (from, before) = (on("2027-02-01"), on("2027-01-01"));
    assert_eq!(daily.dates(on("2026-11-10"), from..=before), Ok(vec![]));
}

#[test]
fn rules_have_words() {
    for (text, german, english) in [
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU",
            "alle 2 Monate am zweiten Dienstag",
            "every 2 months on the second Tuesday",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1FR",
            "jeden Monat am letzten Freitag",
            "every month on the last Friday",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15",
            "jeden Monat am 15.",
            "every month on day 15",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "jeden Monat am letzten Tag",
            "every month on the last day",
        ),
        (
            "FREQ=WEEKLY;BYDAY=TU;COUNT=10",
            "jede Woche am Dienstag, 10 Termine",
            "every week on Tuesday, 10 meetings",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=8;BYDAY=MO,WE,TH",
            "alle 8 Wochen am Montag, Mittwoch und Donnerstag",
            "every 8 weeks on Monday, Wednesday and Thursday",
        ),
        (
            "FREQ=WEEKLY;COUNT=1",
            "jede Woche am Wochentag des ersten Termins, ein Termin",
            "every week on the weekday of the first meeting, one meeting",
        ),
        (
            "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=24;UNTIL=20301231",
            "jedes Jahr am 24. Juni, bis 31.12.2030",
            "every year on 24 June, until 31 Dec 2030",
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=5TH",
            "alle 2 Jahre am fünften Donnerstag im März",
            "every 2 years on the fifth Thursday of March",
        ),
    ] {
        assert_eq!(rule(text).in_words(De), german);
        assert_eq!(rule(text).in_words(En), english);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_dates_are_those_of_the_oracle(plain in a_rule(), first in a_date(), skip in 0..900_u64) {
        let rule = rule(&plain.text());
        let last = first + Days::new(3000);
        let expected = plain.dates(first, last);
        prop_assert_eq!(&rule.dates(first, first..=last).unwrap(), &expected);
        let from = first + Days::new(skip);
        let expected: Vec<_> = expected.into_iter().filter(|date| *date >= from).collect();
        prop_assert_eq!(rule.dates(first, from..=last).unwrap(), expected);
    }

    #[test]
    fn the_canonical_text_says_the_same(plain in a_rule()) {
        let rule = rule(&plain.text());
        prop_assert_eq!(RecurrenceRule::parse(&rule.to_string()), Ok(rule.clone()));
        prop_assert!(rule.to_string().len() <= 255);
    }

    #[test]
    fn any_text_is_a_rule_or_an_error(text in "(FREQ=(WEEKLY|MONTHLY|YEARLY))?(;(BYDAY|UNTIL|COUNT|BYMONTHDAY|WKST)=\\PC{0,6}){0,3}") {
        if let Ok(rule) = RecurrenceRule::parse(&text) {
            prop_assert_eq!(RecurrenceRule::parse(&rule.to_string()), Ok(rule.clone()));
            prop_assert!(rule.check(on("2026-11-10")) != Err(RuleError::TooFar));
        }
    }
}
