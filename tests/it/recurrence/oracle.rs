//! The dates of a rule, found day by day, and random rules to compare them for.
use chrono::{Datelike, Days, NaiveDate, Weekday};
use proptest::prelude::*;

/// What the oracle knows of a rule. The text is made from it, so nothing of the parser is used.
#[derive(Debug, Clone)]
pub struct Plain {
    every: Every,
    interval: i32,
    week_start: Weekday,
    count: Option<usize>,
    until: Option<NaiveDate>,
}

#[derive(Debug, Clone)]
enum Every {
    Week(Vec<Weekday>),
    Month(Day),
    Year(u32, Day),
    PlainYear,
}

#[derive(Debug, Clone, Copy)]
enum Day {
    First,
    Date(i32),
    Nth(i32, Weekday),
}

fn letters(day: Weekday) -> String {
    day.to_string()[..2].to_uppercase()
}

impl Day {
    fn text(self) -> String {
        match self {
            Self::First => String::new(),
            Self::Date(date) => format!(";BYMONTHDAY={date}"),
            Self::Nth(nth, day) => format!(";BYDAY={nth}{}", letters(day)),
        }
    }

    fn is(self, date: NaiveDate, first: NaiveDate) -> bool {
        let ends_month = |days| (date + Days::new(days)).month() != date.month();
        match self {
            Self::First => date.day() == first.day(),
            Self::Date(-1) => ends_month(1),
            Self::Date(day) => i32::try_from(date.day()) == Ok(day),
            Self::Nth(-1, day) => date.weekday() == day && ends_month(7),
            Self::Nth(nth, day) => {
                date.weekday() == day && i32::try_from(date.day().div_ceil(7)) == Ok(nth)
            }
        }
    }
}

impl Plain {
    pub fn text(&self) -> String {
        let what = match &self.every {
            Every::Week(days) if days.is_empty() => "FREQ=WEEKLY".to_owned(),
            Every::Week(days) => {
                let days: Vec<String> = days.iter().copied().map(letters).collect();
                format!("FREQ=WEEKLY;BYDAY={}", days.join(","))
            }
            Every::Month(day) => format!("FREQ=MONTHLY{}", day.text()),
            Every::Year(month, day) => format!("FREQ=YEARLY;BYMONTH={month}{}", day.text()),
            Every::PlainYear => "FREQ=YEARLY".to_owned(),
        };
        let end = match (self.count, self.until) {
            (Some(count), _) => format!(";COUNT={count}"),
            (None, Some(until)) => format!(";UNTIL={}", until.format("%Y%m%d")),
            (None, None) => String::new(),
        };
        format!(
            "{what};INTERVAL={};WKST={}{end}",
            self.interval,
            letters(self.week_start)
        )
    }

    fn matches(&self, date: NaiveDate, first: NaiveDate) -> bool {
        let week = |date: NaiveDate| date.week(self.week_start).first_day();
        let years = date.year() - first.year();
        let months = 12 * years + date.month().cast_signed() - first.month().cast_signed();
        match &self.every {
            Every::Week(days) => {
                let weeks = (week(date) - week(first)).num_weeks();
                let fits = days.contains(&date.weekday())
                    || days.is_empty() && date.weekday() == first.weekday();
                fits && weeks % i64::from(self.interval) == 0
            }
            Every::Month(day) => months % self.interval == 0 && day.is(date, first),
            Every::Year(month, day) => {
                years % self.interval == 0 && date.month() == *month && day.is(date, first)
            }
            Every::PlainYear => months % (12 * self.interval) == 0 && date.day() == first.day(),
        }
    }

    pub fn dates(&self, first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
        let last = self
            .until
            .filter(|_| self.count.is_none())
            .map_or(last, |day| day.min(last));
        first
            .iter_days()
            .take_while(|date| *date <= last)
            .filter(|date| self.matches(*date, first))
            .take(self.count.unwrap_or(usize::MAX))
            .collect()
    }
}

fn a_weekday() -> impl Strategy<Value = Weekday> {
    (0..7_u8).prop_map(|day| Weekday::try_from(day).unwrap())
}

pub fn a_date() -> impl Strategy<Value = NaiveDate> {
    (0..12_000_u64)
        .prop_map(|days| NaiveDate::from_ymd_opt(2019, 12, 25).unwrap() + Days::new(days))
}

fn a_day() -> impl Strategy<Value = Day> {
    let nth = prop_oneof![Just(-1), 1..=5];
    prop_oneof![
        prop_oneof![Just(-1), 1..=31].prop_map(Day::Date),
        (nth, a_weekday()).prop_map(|(nth, day)| Day::Nth(nth, day)),
    ]
}

pub fn a_rule() -> impl Strategy<Value = Plain> {
    let every = prop_oneof![
        prop::collection::vec(a_weekday(), 0..5).prop_map(Every::Week),
        prop_oneof![a_day(), Just(Day::First)].prop_map(Every::Month),
        (1..=12_u32, a_day()).prop_map(|(month, day)| Every::Year(month, day)),
        Just(Every::PlainYear),
    ];
    let end = (prop::option::of(1..40_usize), prop::option::of(a_date()));
    let interval = prop_oneof![4 => 1..=6_i32, 1 => 7..=60_i32];
    (every, interval, a_weekday(), end).prop_map(|(every, interval, week_start, (count, until))| {
        Plain {
            every,
            interval,
            week_start,
            count,
            until,
        }
    })
}
