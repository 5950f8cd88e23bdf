//! Times in a received object, and their zones.

use std::collections::HashMap;

use calcard::common::timezone::Tz as AnyZone;
use calcard::common::{DateTimeResult, PartialDateTime};
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarProperty,
    ICalendarRecurrenceRule, ICalendarValue,
};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::recurring::weekday;
use crate::zones::instant_of;

/// Octets of the name of a zone at most.
const NAME_LIMIT: usize = 200;
/// Observances in an object that are read.
const OBSERVANCES_LIMIT: usize = 2_000;

/// A time in a received object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// An instant: in UTC, or in a zone that is known by its name (IANA, Windows, or with a prefix) or
    /// described in the object.
    At(DateTime<Utc>),
    /// A local time without a zone, or in an unknown one.
    Local(NaiveDateTime),
    /// A whole day.
    Day(NaiveDate),
}

impl Moment {
    /// The instant, with local times and days in this zone. A day begins at midnight.
    #[must_use]
    pub fn instant(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::At(instant) => instant,
            Self::Local(time) => instant_of(time, zone),
            Self::Day(day) => instant_of(day.and_time(NaiveTime::MIN), zone),
        }
    }
}

/// A time as written: the local time and what it is relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor<'a> {
    /// The local time; midnight of a whole day.
    pub(super) local: NaiveDateTime,
    frame: Frame<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Frame<'a> {
    Day,
    Floating,
    /// Seconds east of UTC.
    Offset(i32),
    /// The name of a zone.
    Zone(&'a str),
}

impl<'a> Anchor<'a> {
    /// Reads a value, with the TZID of its property.
    pub(super) fn of(value: &PartialDateTime, zone: Option<&'a str>) -> Option<Self> {
        let DateTimeResult { date_time, offset } = value.to_date_time()?;
        let frame = match (value.has_time(), offset, zone) {
            (false, ..) => Frame::Day,
            (_, Some(offset), _) => Frame::Offset(offset.local_minus_utc()),
            (_, None, Some(id)) => Frame::Zone(id),
            (_, None, None) => Frame::Floating,
        };
        Some(Self {
            local: date_time,
            frame,
        })
    }

    pub(super) fn is_day(&self) -> bool {
        matches!(self.frame, Frame::Day)
    }
}

/// DTSTART and DURATION (RFC 5545, 3.8.2.5).
pub(super) fn after(starts: Moment, event: &ICalendarComponent) -> Option<Moment> {
    let value = event
        .property(&ICalendarProperty::Duration)?
        .values
        .first()?;
    let ICalendarValue::Duration(duration) = value else {
        return None;
    };
    let duration = duration
        .to_time_delta()
        .filter(|duration| *duration >= TimeDelta::zero())?;
    Some(match starts {
        Moment::At(instant) => Moment::At(instant.checked_add_signed(duration)?),
        Moment::Local(time) => Moment::Local(time.checked_add_signed(duration)?),
        Moment::Day(day) => Moment::Day(day.checked_add_signed(duration)?),
    })
}

/// The zones that an object describes.
pub(super) struct Zones<'a> {
    named: HashMap<&'a str, AnyZone>,
    described: HashMap<&'a str, Vec<Observance<'a>>>,
}

/// A STANDARD or DAYLIGHT part; offsets in seconds.
struct Observance<'a> {
    starts: NaiveDateTime,
    from: i32,
    to: i32,
    rule: Option<&'a ICalendarRecurrenceRule>,
}

impl<'a> Zones<'a> {
    pub(super) fn new(calendar: &'a ICalendar) -> Self {
        let (mut named, mut described) = (HashMap::new(), HashMap::new());
        let mut left = OBSERVANCES_LIMIT;
        for zone in calendar.timezones() {
            if let Some((id, zone)) = zone.timezone() {
                named.insert(id, zone);
                continue;
            }
            let id = zone.property(&ICalendarProperty::Tzid);
            let Some(id) = id.and_then(|entry| entry.values.first()?.as_text()) else {
                continue;
            };
            let parts = zone.component_ids.iter().take(left);
            let parts = parts.filter_map(|part| calendar.component_by_id(*part));
            let observances: Vec<_> = parts.filter_map(Observance::read).collect();
            left -= observances.len().min(left);
            described.insert(id, observances);
        }
        Self { named, described }
    }

    /// The time in a property.
    pub(super) fn moment(&self, entry: &ICalendarEntry) -> Option<Moment> {
        let ICalendarValue::PartialDateTime(value) = entry.values.first()? else {
            return None;
        };
        let anchor = Anchor::of(value, entry.tz_id())?;
        self.at(&anchor, anchor.local)
    }

    /// The moment of a local time in the same zone as that of `anchor`.
    pub(super) fn at(&self, anchor: &Anchor, local: NaiveDateTime) -> Option<Moment> {
        match anchor.frame {
            Frame::Day => Some(Moment::Day(local.date())),
            Frame::Floating => Some(Moment::Local(local)),
            Frame::Offset(seconds) => minus(local, seconds),
            Frame::Zone(id) => self.in_zone(local, id),
        }
    }

    fn in_zone(&self, time: NaiveDateTime, id: &str) -> Option<Moment> {
        let zone = self.named.get(id).copied().or_else(|| by_name(id));
        match zone {
            Some(AnyZone::Tz(zone)) => Some(Moment::At(instant_of(time, zone))),
            Some(AnyZone::Fixed(offset)) => minus(time, offset.local_minus_utc()),
            Some(AnyZone::Floating) | None => match self.described.get(id) {
                Some(observances) => minus(time, offset_at(observances, time)?),
                None => Some(Moment::Local(time)),
            },
        }
    }
}

fn minus(time: NaiveDateTime, seconds: i32) -> Option<Moment> {
    let utc = time.checked_sub_signed(TimeDelta::seconds(seconds.into()))?;
    Some(Moment::At(utc.and_utc()))
}

/// A zone by a name of IANA, of Windows, or with the prefix of a registry.
fn by_name(id: &str) -> Option<AnyZone> {
    let id = id.trim().trim_matches('"');
    if id.len() > NAME_LIMIT {
        return None;
    }
    let in_any_case = |name: &str| {
        let zone = TZ_VARIANTS
            .iter()
            .find(|zone| zone.name().eq_ignore_ascii_case(name));
        zone.map(|zone| AnyZone::Tz(*zone))
    };
    // `/freeassociation.sourceforge.net/Europe/Berlin`, `/mozilla.org/20050126_1/Europe/Berlin`
    let mut tails = id
        .match_indices('/')
        .map(|(at, _)| id.get(at + 1..).unwrap_or_default());
    let known = id.parse().ok().or_else(|| in_any_case(id));
    known.or_else(|| tails.find_map(in_any_case))
}

impl<'a> Observance<'a> {
    fn read(part: &'a ICalendarComponent) -> Option<Self> {
        let is_observance = matches!(
            part.component_type,
            ICalendarComponentType::Standard | ICalendarComponentType::Daylight
        );
        let value = |name| part.property(&name)?.values.first();
        let ICalendarValue::PartialDateTime(starts) = value(ICalendarProperty::Dtstart)? else {
            return None;
        };
        let to = seconds(value(ICalendarProperty::Tzoffsetto)?)?;
        let rule = match value(ICalendarProperty::Rrule) {
            Some(ICalendarValue::RecurrenceRule(rule)) => Some(&**rule),
            _ => None,
        };
        is_observance.then_some(Self {
            starts: starts.to_date_time()?.date_time,
            from: value(ICalendarProperty::Tzoffsetfrom)
                .and_then(seconds)
                .unwrap_or(to),
            to,
            rule,
        })
    }

    /// Its last onset up to a local time.
    fn last_onset(&self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        let by_rule = self.rule.and_then(|rule| {
            let years = [time.year(), time.year() - 1].into_iter();
            let years = years.filter(|year| *year >= self.starts.year() && !is_over(rule, *year));
            let mut onsets =
                years.filter_map(|year| Some(yearly_day(rule, year)?.and_time(self.starts.time())));
            onsets.find(|onset| *onset <= time)
        });
        by_rule.or_else(|| (self.starts <= time).then_some(self.starts))
    }
}

/// The offset from UTC, in seconds, that described observances give for a local time.
fn offset_at(observances: &[Observance], time: NaiveDateTime) -> Option<i32> {
    let begun = observances
        .iter()
        .filter_map(|one| Some((one.last_onset(time)?, one.to)));
    let current = begun
        .max_by_key(|(onset, _)| *onset)
        .map(|(_, offset)| offset);
    let first = || {
        observances
            .iter()
            .min_by_key(|one| one.starts)
            .map(|one| one.from)
    };
    current.or_else(first)
}

fn is_over(rule: &ICalendarRecurrenceRule, year: i32) -> bool {
    let until = rule.until.as_ref().and_then(|until| until.year);
    until.is_some_and(|until| year > i32::from(until))
}

/// The day of `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU`, the usual rule of zones (RFC 5545, 3.6.5).
fn yearly_day(rule: &ICalendarRecurrenceRule, year: i32) -> Option<NaiveDate> {
    let (month, day) = (rule.bymonth.first()?, rule.byday.first()?);
    let month = u32::from(month.month());
    let weekday = weekday(day.weekday);
    let on = |nth| NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth);
    match day.ordwk? {
        -1 => on(5).or_else(|| on(4)),
        nth => on(u8::try_from(nth).ok()?),
    }
}

/// An offset from UTC. calcard does not read the form `+010000`.
fn seconds(value: &ICalendarValue) -> Option<i32> {
    let (minus, hours, minutes) = match value {
        ICalendarValue::PartialDateTime(offset) => {
            let PartialDateTime {
                tz_hour,
                tz_minute,
                tz_minus,
                ..
            } = **offset;
            (
                tz_minus,
                i32::from(tz_hour?),
                i32::from(tz_minute.unwrap_or(0)),
            )
        }
        ICalendarValue::Text(text) => {
            let (sign, digits) = text.trim().split_at_checked(1)?;
            let pair = |from: usize| digits.get(from..from + 2)?.parse::<u8>().ok();
            (sign == "-", i32::from(pair(0)?), i32::from(pair(2)?))
        }
        _ => return None,
    };
    let seconds = hours * 3600 + minutes * 60;
    (seconds < 24 * 3600).then_some(if minus { -seconds } else { seconds })
}
