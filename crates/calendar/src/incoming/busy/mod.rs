//! The busy days in a calendar from elsewhere: events (VEVENT) with their recurrences, and published busy
//! times (VFREEBUSY).
//!
//! Everything that can be made large has a limit. A calendar with an event that cannot be understood is
//! refused, since a day that is silently missed would be worse.

mod limits;

use std::collections::HashSet;
use std::ops::RangeInclusive;

use calcard::icalendar::{
    ICalendar, ICalendarClassification, ICalendarComponent, ICalendarComponentType, ICalendarEntry,
    ICalendarFreeBusyType, ICalendarParameterName, ICalendarParameterValue, ICalendarPeriod,
    ICalendarProperty, ICalendarStatus, ICalendarTransparency, ICalendarValue,
};
use chrono::{Months, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::moment::{Anchor, Moment, Zones, after};
use super::recurring::{Recurrence, Refused};
use super::{SHORT_LIMIT, short, text_of};

pub use self::limits::{DATES_LIMIT, EVENTS_LIMIT, LONGEST_DAYS, UnreadableCalendar};
use self::limits::{LISTED_LIMIT, MONTHS_AHEAD, STEPS_LIMIT, check};

/// Consecutive busy days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// The title of the event; none if it is private or has none.
    pub title: Option<String>,
    /// Whether the time is taken (TRANSP).
    pub blocks: bool,
}

/// The days for which calendars are read: from a year ago, to include events that last, until later than any
/// series is planned.
#[must_use]
pub fn window(today: NaiveDate) -> RangeInclusive<NaiveDate> {
    let first = today.checked_sub_months(Months::new(12));
    let last = today.checked_add_months(Months::new(MONTHS_AHEAD));
    first.unwrap_or(today)..=last.unwrap_or(today)
}

/// The busy days in `window`, in order. Times are converted to `zone`; a day is busy if any part of it is.
/// Cancelled events are ignored.
///
/// # Errors
/// If the text is not a calendar or exceeds a limit, or if one of its events cannot be understood.
pub fn read(
    text: &str,
    window: &RangeInclusive<NaiveDate>,
    zone: Tz,
) -> Result<Vec<Busy>, UnreadableCalendar> {
    let calendar = ICalendar::parse(check(text)?).map_err(|_| UnreadableCalendar::NotACalendar)?;
    let is_read = |part: &&ICalendarComponent| {
        use ICalendarComponentType::{VEvent, VFreebusy};
        matches!(part.component_type, VEvent | VFreebusy)
    };
    let parts: Vec<_> = calendar.components.iter().filter(is_read).collect();
    if parts.len() > EVENTS_LIMIT {
        return Err(UnreadableCalendar::TooLarge(
            "there are more than 10000 events",
        ));
    }
    let mut reading = Reading {
        zones: Zones::new(&calendar),
        window,
        zone,
        replaced: HashSet::new(),
        steps: STEPS_LIMIT,
        found: Vec::new(),
    };
    for part in &parts {
        reading.add_replaced(part);
    }
    for (number, part) in (1..).zip(parts) {
        let read = match part.component_type {
            ICalendarComponentType::VFreebusy => reading.free_busy(part),
            _ => reading.event(part),
        };
        read.map_err(|(property, problem)| UnreadableCalendar::Event {
            number,
            property,
            problem,
        })?;
        if reading.found.len() > DATES_LIMIT {
            return Err(UnreadableCalendar::TooLarge(
                "its recurrences make more than 20000 dates",
            ));
        }
    }
    let mut found = reading.found;
    found.sort_by(|a, b| (a.from, a.until, &a.title).cmp(&(b.from, b.until, &b.title)));
    Ok(found)
}

/// The invalid property, and what is wrong with it.
type PropertyError = (&'static str, String);

struct Reading<'a> {
    zones: Zones<'a>,
    window: &'a RangeInclusive<NaiveDate>,
    zone: Tz,
    /// The dates of recurring events that have an event of their own (RECURRENCE-ID).
    replaced: HashSet<(String, Moment)>,
    steps: usize,
    found: Vec<Busy>,
}

impl Reading<'_> {
    fn add_replaced(&mut self, event: &ICalendarComponent) {
        let uid = text_of(event, &ICalendarProperty::Uid);
        let date = event.property(&ICalendarProperty::RecurrenceId);
        let date = date.and_then(|entry| self.zones.moment(entry));
        if let (Some(uid), Some(date)) = (uid, date) {
            self.replaced.insert((uid, date));
        }
    }

    fn event(&mut self, event: &ICalendarComponent) -> Result<(), PropertyError> {
        if is_cancelled(event) {
            return Ok(());
        }
        let entry = event.property(&ICalendarProperty::Dtstart);
        let anchor = entry.and_then(anchor_of);
        let starts = anchor.and_then(|anchor| self.zones.at(&anchor, anchor.local));
        let (Some(anchor), Some(starts)) = (anchor, starts) else {
            return Err(invalid("DTSTART", "is missing or cannot be read"));
        };
        let length = self.length(event, starts)?;
        let dates = match event.property(&ICalendarProperty::RecurrenceId) {
            Some(entry) => {
                let is_range =
                    |name: &ICalendarParameterName| *name == ICalendarParameterName::Range;
                if entry
                    .params
                    .iter()
                    .any(|parameter| is_range(&parameter.name))
                {
                    return Err(invalid("RECURRENCE-ID", "RANGE is not supported"));
                }
                vec![starts]
            }
            None => self.dates(event, &anchor, (starts, length))?,
        };
        let is_private = event
            .property(&ICalendarProperty::Class)
            .and_then(|entry| entry.values.first())
            .is_some_and(|value| {
                use ICalendarClassification::Public;
                !matches!(value, ICalendarValue::Classification(Public))
            });
        let title = short(event, &ICalendarProperty::Summary).filter(|_| !is_private);
        let blocks = event
            .property(&ICalendarProperty::Transp)
            .and_then(|entry| entry.values.first())
            .is_none_or(|value| {
                use ICalendarTransparency::Transparent;
                !matches!(value, ICalendarValue::Transparency(Transparent))
            });
        for date in dates {
            self.add(date, length, title.as_deref(), blocks);
        }
        Ok(())
    }

    /// The duration of an event; without an end, a day lasts one day and a time zero seconds.
    fn length(
        &self,
        event: &ICalendarComponent,
        starts: Moment,
    ) -> Result<TimeDelta, PropertyError> {
        let ends = event.property(&ICalendarProperty::Dtend);
        let ends = match ends {
            Some(entry) => Some(
                self.zones
                    .moment(entry)
                    .ok_or_else(|| invalid("DTEND", "cannot be read"))?,
            ),
            None => after(starts, event),
        };
        let is_day = matches!(starts, Moment::Day(_));
        let length = match ends {
            Some(ends) => ends.instant(self.zone) - starts.instant(self.zone),
            None if is_day => TimeDelta::days(1),
            None => TimeDelta::zero(),
        };
        // days on which the offset changes have 23 or 25 hours
        let length = match (starts, ends) {
            (Moment::Day(first), Some(Moment::Day(end))) => end - first,
            _ => length,
        };
        if length < TimeDelta::zero() {
            return Err(invalid("DTEND", "is before DTSTART"));
        }
        if length > TimeDelta::days(LONGEST_DAYS) {
            return Err(invalid("DTEND", "the event is longer than ten years"));
        }
        // some programs write a day that ends when it begins
        Ok(if is_day {
            length.max(TimeDelta::days(1))
        } else {
            length
        })
    }

    /// The starts of all occurrences of an event.
    fn dates(
        &mut self,
        event: &ICalendarComponent,
        anchor: &Anchor,
        (starts, length): (Moment, TimeDelta),
    ) -> Result<Vec<Moment>, PropertyError> {
        let mut dates = match event.property(&ICalendarProperty::Rrule) {
            None => vec![starts],
            Some(entry) => self.recurring(entry, anchor, length)?,
        };
        let all =
            |name: ICalendarProperty| event.entries.iter().filter(move |one| one.name == name);
        let rules = all(ICalendarProperty::Rrule).count();
        if rules > 1 || all(ICalendarProperty::Exrule).next().is_some() {
            return Err(invalid("RRULE", "an event may have one rule"));
        }
        for entry in all(ICalendarProperty::Rdate) {
            dates.extend(self.listed(entry, "RDATE")?);
        }
        let mut left_out = HashSet::new();
        for entry in all(ICalendarProperty::Exdate) {
            left_out.extend(self.listed(entry, "EXDATE")?);
        }
        let uid = text_of(event, &ICalendarProperty::Uid);
        dates.retain(|date| {
            let day = local_day(*date, self.zone);
            let is_replaced = uid
                .as_ref()
                .is_some_and(|uid| self.replaced.contains(&(uid.clone(), *date)));
            !is_replaced && !left_out.contains(date) && !left_out.contains(&Moment::Day(day))
        });
        Ok(dates)
    }

    fn recurring(
        &mut self,
        entry: &ICalendarEntry,
        anchor: &Anchor,
        length: TimeDelta,
    ) -> Result<Vec<Moment>, PropertyError> {
        let Some(ICalendarValue::RecurrenceRule(rule)) = entry.values.first() else {
            return Err(invalid("RRULE", "cannot be read"));
        };
        let first = anchor.local.date();
        // one more day on each side, since days differ between zones
        let margin = length + TimeDelta::days(2);
        let from = self.window.start().checked_sub_signed(margin);
        let last = self.window.end().succ_opt();
        let from = from.unwrap_or(*self.window.start()).max(first);
        let last = last.unwrap_or(*self.window.end());
        let days = Recurrence::new(rule, first)
            .and_then(|recurrence| recurrence.days(from, last, &mut self.steps))
            .map_err(|refused| match refused {
                Refused::TooOften => invalid("RRULE", "must not recur within a day"),
                Refused::Unsupported(part) => ("RRULE", format!("{part} is not supported")),
                Refused::TooFar => invalid("RRULE", "reaches too far"),
            })?;
        let until = match &rule.until {
            None => None,
            Some(until) => Some(
                Anchor::of(until, None)
                    .and_then(|until| self.zones.at(&until, until.local))
                    .ok_or_else(|| invalid("RRULE", "UNTIL cannot be read"))?,
            ),
        };
        let moments = days.into_iter().filter_map(|day| {
            let local = day.and_time(anchor.local.time());
            let moment = self.zones.at(anchor, local)?;
            let is_over = match until {
                None => false,
                Some(Moment::Day(last)) => last < day,
                Some(Moment::Local(last)) => last < local,
                Some(Moment::At(last)) if anchor.is_day() => last.date_naive() < day,
                Some(Moment::At(last)) => last < moment.instant(self.zone),
            };
            (!is_over).then_some(moment)
        });
        Ok(moments.collect())
    }

    /// The dates of an RDATE or EXDATE.
    fn listed(
        &self,
        entry: &ICalendarEntry,
        name: &'static str,
    ) -> Result<Vec<Moment>, PropertyError> {
        if entry.values.len() > LISTED_LIMIT {
            return Err(invalid(name, "has more than 2000 dates"));
        }
        let zone = entry.tz_id();
        let dates = entry.values.iter().map(|value| {
            let date = match value {
                ICalendarValue::PartialDateTime(date) => &**date,
                ICalendarValue::Period(
                    ICalendarPeriod::Range { start, .. } | ICalendarPeriod::Duration { start, .. },
                ) => start,
                _ => return None,
            };
            let anchor = Anchor::of(date, zone)?;
            self.zones.at(&anchor, anchor.local)
        });
        let dates: Option<Vec<_>> = dates.collect();
        dates.ok_or_else(|| invalid(name, "cannot be read"))
    }

    fn free_busy(&mut self, part: &ICalendarComponent) -> Result<(), PropertyError> {
        for entry in &part.entries {
            if entry.name != ICalendarProperty::Freebusy || is_free(entry) {
                continue;
            }
            for value in &entry.values {
                let period = match value {
                    ICalendarValue::Period(period) => self.period(period),
                    _ => None,
                };
                let (starts, length) =
                    period.ok_or_else(|| invalid("FREEBUSY", "cannot be read"))?;
                if length < TimeDelta::zero() || length > TimeDelta::days(LONGEST_DAYS) {
                    return Err(invalid(
                        "FREEBUSY",
                        "must end after it begins, within ten years",
                    ));
                }
                self.add(starts, length, None, true);
                if self.found.len() > DATES_LIMIT {
                    return Err(invalid("FREEBUSY", "there are more than 20000 busy times"));
                }
            }
        }
        Ok(())
    }

    fn period(&self, period: &ICalendarPeriod) -> Option<(Moment, TimeDelta)> {
        let moment = |date| {
            let anchor = Anchor::of(date, None)?;
            self.zones.at(&anchor, anchor.local)
        };
        match period {
            ICalendarPeriod::Range { start, end } => {
                let (starts, ends) = (moment(start)?, moment(end)?);
                Some((starts, ends.instant(self.zone) - starts.instant(self.zone)))
            }
            ICalendarPeriod::Duration { start, duration } => {
                Some((moment(start)?, duration.to_time_delta()?))
            }
        }
    }

    /// Adds the local days of an event, if they are in the window.
    fn add(&mut self, starts: Moment, length: TimeDelta, title: Option<&str>, blocks: bool) {
        let from = local_day(starts, self.zone);
        let until = match starts {
            Moment::Day(day) => day
                .checked_add_signed(length)
                .and_then(|day| day.pred_opt()),
            Moment::At(_) | Moment::Local(_) => {
                let end = starts.instant(self.zone).checked_add_signed(length);
                let last = end.and_then(|end| end.checked_sub_signed(TimeDelta::seconds(1)));
                last.map(|last| last.with_timezone(&self.zone).date_naive())
            }
        };
        // an event without duration is on its day as well
        let until = until.unwrap_or(from).max(from);
        if until < *self.window.start() || from > *self.window.end() {
            return;
        }
        self.found.push(Busy {
            from,
            until,
            title: title.map(|title| title.chars().take(SHORT_LIMIT).collect()),
            blocks,
        });
    }
}

fn invalid(property: &'static str, problem: &str) -> PropertyError {
    (property, problem.to_owned())
}

fn anchor_of(entry: &ICalendarEntry) -> Option<Anchor<'_>> {
    match entry.values.first()? {
        ICalendarValue::PartialDateTime(value) => Anchor::of(value, entry.tz_id()),
        _ => None,
    }
}

fn local_day(moment: Moment, zone: Tz) -> NaiveDate {
    match moment {
        Moment::Day(day) => day,
        Moment::Local(time) => time.date(),
        Moment::At(instant) => instant.with_timezone(&zone).date_naive(),
    }
}

fn is_cancelled(event: &ICalendarComponent) -> bool {
    let status = event.property(&ICalendarProperty::Status);
    let status = status.and_then(|entry| entry.values.first());
    let cancelled = ICalendarValue::Status(ICalendarStatus::Cancelled);
    status == Some(&cancelled)
}

fn is_free(entry: &ICalendarEntry) -> bool {
    entry.params.iter().any(|parameter| {
        let is_type = parameter.name == ICalendarParameterName::Fbtype;
        let free = ICalendarParameterValue::Fbtype(ICalendarFreeBusyType::Free);
        is_type && parameter.value == free
    })
}
