//! Local times, and what is written about every zone against what chrono-tz knows.
use std::collections::BTreeMap;

use calendar::zones::{instant_of, vtimezone};
use chrono::Weekday;
use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::{Africa, Asia, Europe, TZ_VARIANTS, Tz};

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn local_times_that_do_not_exist_move_forward_and_doubled_ones_are_the_first() {
    let gap = instant_of(local("2027-03-28T02:30:00"), Europe::Berlin);
    assert_eq!(gap, utc("2027-03-28T01:30:00Z"));
    assert_eq!(
        gap.with_timezone(&Europe::Berlin).naive_local(),
        local("2027-03-28T03:30:00")
    );
    let doubled = instant_of(local("2027-10-31T02:30:00"), Europe::Berlin);
    assert_eq!(doubled, utc("2027-10-31T00:30:00Z"));
    // a whole day that Samoa skipped
    let skipped = instant_of(local("2011-12-30T12:00:00"), chrono_tz::Pacific::Apia);
    assert_eq!(skipped, utc("2011-12-30T22:00:00Z"));
}

#[test]
fn zones_are_written_as_exchange_reads_them() {
    let at = utc("2027-02-04T09:00:00Z");
    let parts = |zone| {
        let text = vtimezone(zone, at, at);
        (
            text.matches("BEGIN:STANDARD").count(),
            text.matches("BEGIN:DAYLIGHT").count(),
        )
    };
    assert_eq!(parts(Europe::Berlin), (1, 1));
    assert_eq!(parts(Asia::Kolkata), (1, 0));
    assert_eq!(parts(Tz::UTC), (1, 0));
    assert_eq!(parts(Africa::Casablanca), (1, 0));
    assert!(
        vtimezone(Africa::Cairo, at, at + TimeDelta::days(365))
            .matches("BEGIN:")
            .count()
            > 2
    );
}

/// What an object says about a zone, read by other means than it was written.
struct Observance {
    starts: NaiveDateTime,
    from: i32,
    to: i32,
    rule: Option<(u32, Weekday, i32)>,
}

impl Observance {
    /// Its beginnings in the year, as instants.
    fn onset(&self, year: i32) -> Option<DateTime<Utc>> {
        let date = match self.rule {
            None => self.starts.date(),
            Some((month, weekday, nth)) => {
                let in_month = |day| NaiveDate::from_ymd_opt(year, month, day);
                let days: Vec<_> = (1..=31)
                    .filter_map(in_month)
                    .filter(|d| d.weekday() == weekday)
                    .collect();
                match usize::try_from(nth) {
                    Ok(nth) => days[nth - 1],
                    Err(_) => days[days.len() - 1],
                }
            }
        };
        let onset =
            date.and_time(self.starts.time()).and_utc() - TimeDelta::seconds(self.from.into());
        (date >= self.starts.date() && date.year() == year).then_some(onset)
    }
}

fn read_timezone(text: &str) -> Vec<Observance> {
    let seconds = |text: &str| {
        let (sign, digits) = text.split_at(1);
        let part = |at: usize| {
            digits
                .get(at..at + 2)
                .map_or(0, |part| part.parse().unwrap())
        };
        let all: i32 = part(0) * 3600 + part(2) * 60 + part(4);
        if sign == "-" { -all } else { all }
    };
    let mut observances = Vec::new();
    let mut fields = BTreeMap::new();
    for line in text.lines() {
        let (name, value) = line.split_once(':').unwrap();
        match (name, value) {
            ("BEGIN", "STANDARD" | "DAYLIGHT") => fields.clear(),
            ("END", "STANDARD" | "DAYLIGHT") => observances.push(Observance {
                starts: NaiveDateTime::parse_from_str(fields["DTSTART"], "%Y%m%dT%H%M%S").unwrap(),
                from: seconds(fields["TZOFFSETFROM"]),
                to: seconds(fields["TZOFFSETTO"]),
                rule: fields.get("RRULE").map(|rule: &&str| {
                    let rule = rule.strip_prefix("FREQ=YEARLY;BYMONTH=").unwrap();
                    let (month, day) = rule.split_once(";BYDAY=").unwrap();
                    let (nth, weekday) = day.split_at(day.len() - 2);
                    let weekday = match weekday {
                        "MO" => Weekday::Mon,
                        "TU" => Weekday::Tue,
                        "WE" => Weekday::Wed,
                        "TH" => Weekday::Thu,
                        "FR" => Weekday::Fri,
                        "SA" => Weekday::Sat,
                        _ => Weekday::Sun,
                    };
                    (month.parse().unwrap(), weekday, nth.parse().unwrap())
                }),
            }),
            (name, value) => drop(fields.insert(name, value)),
        }
    }
    observances
}

fn offset_by(observances: &[Observance], at: DateTime<Utc>) -> i32 {
    let onsets = observances.iter().flat_map(|observance| {
        let years = match observance.rule {
            Some(_) => at.year() - 1..=at.year() + 1,
            None => observance.starts.year()..=observance.starts.year(),
        };
        years.filter_map(|year| Some((observance.onset(year)?, observance.to)))
    });
    let in_force = onsets
        .filter(|(onset, _)| *onset <= at)
        .max_by_key(|(onset, _)| *onset);
    in_force.expect("an observance in force").1
}

fn offset_of(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc())
        .fix()
        .local_minus_utc()
}

#[test]
fn every_zone_says_what_chrono_tz_says_for_single_meetings() {
    for zone in TZ_VARIANTS {
        let mut day = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        while day.year() <= 2032 {
            let starts = instant_of(day.and_hms_opt(10, 0, 0).unwrap(), zone);
            let ends = starts + TimeDelta::hours(3);
            let observances = read_timezone(&vtimezone(zone, starts, ends));
            for at in [starts, ends] {
                assert_eq!(
                    offset_by(&observances, at),
                    offset_of(zone, at),
                    "{zone} {at}"
                );
            }
            day = day + Days::new(23);
        }
    }
}

#[test]
fn every_zone_says_what_chrono_tz_says_for_a_feed_of_nine_years() {
    let (first, last) = (utc("2024-01-01T00:00:00Z"), utc("2032-12-31T00:00:00Z"));
    for zone in TZ_VARIANTS {
        let observances = read_timezone(&vtimezone(zone, first, last));
        let mut at = first;
        while at <= last {
            assert_eq!(
                offset_by(&observances, at),
                offset_of(zone, at),
                "{zone} {at}"
            );
            at += TimeDelta::hours(79);
        }
    }
}
