//! Local times and instants, and VTIMEZONE (RFC 5545, 3.6.5).

use std::fmt::Write;

use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono::{Offset, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::{GapInfo, OffsetName, Tz};

/// Shorter than any period between two changes of an offset since 1990. The shortest known one is the
/// suspension of summer time during Ramadan, about 30 days.
const STRIDE: TimeDelta = TimeDelta::days(10);

/// The instant of a local time. A time that does not exist moves forward by the gap (02:30 is 03:30); of a
/// time that occurs twice, the first is meant (RFC 5545, 3.3.5).
#[must_use]
pub fn instant_of(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => {
            instant.to_utc()
        }
        MappedLocalTime::None => {
            let before = GapInfo::new(&local, &zone)
                .and_then(|gap| gap.begin)
                .map_or_else(
                    || zone.offset_from_utc_datetime(&local),
                    |(_, offset)| offset,
                );
            local.and_utc() - TimeDelta::seconds(before.fix().local_minus_utc().into())
        }
    }
}

/// Whether the zone is UTC under one of its names, so that its times are written with `Z`.
pub(super) fn is_utc(zone: Tz) -> bool {
    let name = zone.name().trim_start_matches("Etc/");
    matches!(name, "UTC" | "UCT" | "Universal" | "Zulu")
}

/// The VTIMEZONE for events between two instants, in lines that end with CRLF.
///
/// Exchange understands one STANDARD and one DAYLIGHT with a yearly rule, or one STANDARD alone (MS-OXCICAL
/// 2.1.3.1.1.19), so these are written wherever they are correct. For the few zones whose changes follow
/// no such rule (Ramadan, a "Sunday on or after the 2nd"), every change between the two instants is
/// listed.
#[must_use]
pub fn vtimezone(zone: Tz, first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    let mut lines = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    for observance in observances(zone, first, last) {
        observance.write(&mut lines);
    }
    lines.push_str("END:VTIMEZONE\r\n");
    lines
}

/// A change of a zone's offset from UTC; offsets in seconds.
#[derive(Clone, Copy)]
struct OffsetChange {
    at: DateTime<Utc>,
    from: i32,
    to: i32,
}

impl OffsetChange {
    /// The local time just before the change.
    fn wall_clock(&self) -> NaiveDateTime {
        self.at.naive_utc() + TimeDelta::seconds(self.from.into())
    }
}

/// A day of the year in a form that both RRULE and Exchange support: the nth weekday of a month, -1 for the
/// last.
#[derive(Clone, Copy)]
struct YearlyDay {
    month: u32,
    weekday: Weekday,
    nth: i8,
}

/// A STANDARD or DAYLIGHT part.
struct Observance {
    daylight: bool,
    starts: NaiveDateTime,
    from: i32,
    to: i32,
    name: String,
    every_year: Option<YearlyDay>,
}

fn observances(zone: Tz, first: DateTime<Utc>, last: DateTime<Utc>) -> Vec<Observance> {
    let last = last.max(first);
    let two_years = TimeDelta::days(2 * 366);
    let changes = changes(
        zone,
        first.checked_sub_signed(two_years).unwrap_or(first),
        last.checked_add_signed(two_years).unwrap_or(last),
    );
    // a rule must hold in the year before and the year after as well
    let years = first.year() - 1..=last.year() + 1;
    let around: Vec<OffsetChange> = changes
        .iter()
        .filter(|change| years.contains(&change.wall_clock().year()))
        .copied()
        .collect();

    if around.is_empty() {
        return vec![fixed(zone, first)];
    }
    let spring: Vec<OffsetChange> = around
        .iter()
        .filter(|change| change.to > change.from)
        .copied()
        .collect();
    let autumn: Vec<OffsetChange> = around
        .iter()
        .filter(|change| change.to < change.from)
        .copied()
        .collect();
    let count = years.count();
    match (yearly(zone, &autumn, count), yearly(zone, &spring, count)) {
        (Some(standard), Some(daylight)) => vec![standard, daylight],
        _ => listed(zone, &changes, first, last),
    }
}

/// All changes of the offset after `first` and up to `last`.
fn changes(zone: Tz, first: DateTime<Utc>, last: DateTime<Utc>) -> Vec<OffsetChange> {
    let mut changes = Vec::new();
    let mut before = first;
    while before < last {
        let after = before
            .checked_add_signed(STRIDE)
            .map_or(last, |next| next.min(last));
        let (from, to) = (offset(zone, before), offset(zone, after));
        if from != to {
            changes.push(OffsetChange {
                at: turning_point(zone, before, after),
                from,
                to,
            });
        }
        before = after;
    }
    changes
}

/// The first second between the two at which the zone has the offset it has at `after`.
fn turning_point(zone: Tz, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
    let from = offset(zone, before);
    let (mut low, mut high) = (before.timestamp(), after.timestamp());
    while high - low > 1 {
        let middle = low.midpoint(high);
        let instant = DateTime::from_timestamp(middle, 0).unwrap_or(after);
        if offset(zone, instant) == from {
            low = middle;
        } else {
            high = middle;
        }
    }
    DateTime::from_timestamp(high, 0).unwrap_or(after)
}

fn offset(zone: Tz, instant: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&instant.naive_utc())
        .fix()
        .local_minus_utc()
}

fn name_at(zone: Tz, instant: DateTime<Utc>) -> String {
    let offset = zone.offset_from_utc_datetime(&instant.naive_utc());
    offset
        .abbreviation()
        .unwrap_or_else(|| zone.name())
        .to_owned()
}

/// DTSTART of fixed offsets.
fn epoch() -> NaiveDateTime {
    DateTime::UNIX_EPOCH.naive_utc()
}

/// The one offset of a zone that does not change.
fn fixed(zone: Tz, at: DateTime<Utc>) -> Observance {
    let offset = offset(zone, at);
    let name = name_at(zone, at);
    Observance {
        daylight: false,
        starts: epoch(),
        from: offset,
        to: offset,
        name,
        every_year: None,
    }
}

/// One observance with a yearly rule, if that describes the changes of all `years` years.
fn yearly(zone: Tz, changes: &[OffsetChange], years: usize) -> Option<Observance> {
    let model = changes.first()?;
    let wall = model.wall_clock();
    let same = |change: &OffsetChange| {
        let other = change.wall_clock();
        (change.from, change.to) == (model.from, model.to)
            && (other.month(), other.weekday(), other.time())
                == (wall.month(), wall.weekday(), wall.time())
    };
    if changes.len() != years || !changes.iter().all(same) {
        return None;
    }
    let dates: Vec<NaiveDate> = changes
        .iter()
        .map(|change| change.wall_clock().date())
        .collect();
    let day = YearlyDay {
        month: wall.month(),
        weekday: wall.weekday(),
        nth: common_nth(&dates)?,
    };
    Some(Observance {
        daylight: model.to > model.from,
        starts: day.in_1970(wall.time())?,
        from: model.from,
        to: model.to,
        name: name_at(zone, model.at),
        every_year: Some(day),
    })
}

/// Which weekday of its month all these dates are: -1 for the last, else 1 to 4.
fn common_nth(dates: &[NaiveDate]) -> Option<i8> {
    let is_last = |date: &NaiveDate| {
        date.checked_add_days(Days::new(7))
            .is_none_or(|next| next.month() != date.month())
    };
    if dates.iter().all(is_last) {
        return Some(-1);
    }
    let nth = (dates.first()?.day0() / 7) + 1;
    let agreed = nth <= 4 && dates.iter().all(|date| date.day0() / 7 + 1 == nth);
    if agreed { i8::try_from(nth).ok() } else { None }
}

impl YearlyDay {
    fn in_1970(self, time: NaiveTime) -> Option<NaiveDateTime> {
        let day = |nth| NaiveDate::from_weekday_of_month_opt(1970, self.month, self.weekday, nth);
        let date = match u8::try_from(self.nth) {
            Ok(nth) => day(nth),
            Err(_) => day(5).or_else(|| day(4)),
        };
        Some(date?.and_time(time))
    }
}

/// The offset in force at `first`, and every change up to `last`.
fn listed(
    zone: Tz,
    changes: &[OffsetChange],
    first: DateTime<Utc>,
    last: DateTime<Utc>,
) -> Vec<Observance> {
    let in_force = changes.iter().rposition(|change| change.at <= first);
    let later = in_force.map_or(0, |index| index + 1);
    let mut parts: Vec<Observance> = match in_force.and_then(|index| changes.get(index)) {
        Some(change) => vec![single(zone, change)],
        None => vec![fixed(zone, first)],
    };
    let after_first = changes
        .iter()
        .skip(later)
        .take_while(|change| change.at <= last);
    parts.extend(after_first.map(|change| single(zone, change)));
    // a zone whose offset does not change must not have DAYLIGHT
    if let [only] = parts.as_mut_slice() {
        only.daylight = false;
    }
    parts
}

fn single(zone: Tz, change: &OffsetChange) -> Observance {
    Observance {
        daylight: change.to > change.from,
        starts: change.wall_clock(),
        from: change.from,
        to: change.to,
        name: name_at(zone, change.at),
        every_year: None,
    }
}

impl Observance {
    fn write(&self, out: &mut String) {
        let kind = if self.daylight {
            "DAYLIGHT"
        } else {
            "STANDARD"
        };
        let mut line = |text: std::fmt::Arguments| {
            // writing to a String does not fail
            let _ = write!(out, "{text}\r\n");
        };
        line(format_args!("BEGIN:{kind}"));
        line(format_args!(
            "DTSTART:{}",
            self.starts.format("%Y%m%dT%H%M%S")
        ));
        if let Some(day) = self.every_year {
            let weekday = day.weekday.to_string();
            let weekday = weekday.get(..2).unwrap_or(&weekday).to_uppercase();
            let (month, nth) = (day.month, day.nth);
            line(format_args!(
                "RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{weekday}"
            ));
        }
        line(format_args!("TZOFFSETFROM:{}", utc_offset(self.from)));
        line(format_args!("TZOFFSETTO:{}", utc_offset(self.to)));
        line(format_args!("TZNAME:{}", self.name));
        line(format_args!("END:{kind}"));
    }
}

/// An offset (RFC 5545, 3.3.14), with seconds only where they are not zero.
fn utc_offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match rest {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        _ => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
    }
}
