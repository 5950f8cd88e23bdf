//! The days of a recurrence rule (RFC 5545, 3.3.10) in a received object.
//!
//! Only whole days are needed, so each day of a period is matched against the rule. That takes one step per
//! day, whatever the rule is: one that never matches takes no longer than any other.

use calcard::icalendar::{
    ICalendarDay, ICalendarFrequency, ICalendarMonth, ICalendarRecurrenceRule, ICalendarWeekday,
};
use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta, Weekday};

/// Why a rule is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It recurs within a day.
    TooOften,
    /// It has an unsupported part.
    Unsupported(&'static str),
    /// It would take more steps than are left.
    TooFar,
}

/// A rule and the local day of its first occurrence.
pub(super) struct Recurrence<'a> {
    rule: &'a ICalendarRecurrenceRule,
    first: NaiveDate,
    interval: u32,
}

impl<'a> Recurrence<'a> {
    pub(super) fn new(
        rule: &'a ICalendarRecurrenceRule,
        first: NaiveDate,
    ) -> Result<Self, Refused> {
        use ICalendarFrequency::{Daily, Hourly, Minutely, Secondly, Weekly};
        if matches!(rule.freq, Hourly | Minutely | Secondly) {
            return Err(Refused::TooOften);
        }
        let times = [&rule.byhour, &rule.byminute, &rule.bysecond];
        if times.iter().any(|part| part.len() > 1) {
            return Err(Refused::TooOften);
        }
        let has_nth = rule.byday.iter().any(|day| day.ordwk.is_some());
        let unsupported = [
            ("BYWEEKNO", !rule.byweekno.is_empty()),
            ("RSCALE", rule.rscale.is_some() || rule.skip.is_some()),
            ("BYMONTH", rule.bymonth.iter().any(ICalendarMonth::is_leap)),
            ("BYDAY", has_nth && matches!(rule.freq, Daily | Weekly)),
        ];
        if let Some((part, _)) = unsupported.iter().find(|(_, is_there)| *is_there) {
            return Err(Refused::Unsupported(part));
        }
        Ok(Self {
            rule,
            first,
            interval: u32::from(rule.interval.unwrap_or(1)),
        })
    }

    /// The days of the rule from `from` to `last`. Each day that is examined takes one of `steps`.
    pub(super) fn days(
        &self,
        from: NaiveDate,
        last: NaiveDate,
        steps: &mut usize,
    ) -> Result<Vec<NaiveDate>, Refused> {
        let mut found = Vec::new();
        let mut left = self.rule.count;
        // without COUNT, occurrences before `from` do not matter
        let mut number = match left {
            Some(_) => 0,
            None => self.periods_before(from),
        };
        while let Some((start, end)) = self.period(number).filter(|(start, _)| *start <= last) {
            let length = usize::try_from((end - start).num_days()).unwrap_or(0);
            *steps = steps.checked_sub(length).ok_or(Refused::TooFar)?;
            for day in self.selected(start, end) {
                if day < self.first {
                    continue;
                }
                if day > last || left == Some(0) {
                    return Ok(found);
                }
                left = left.map(|left| left - 1);
                if day >= from {
                    found.push(day);
                }
            }
            number += 1;
        }
        Ok(found)
    }

    /// A number of periods that have certainly ended before a day.
    fn periods_before(&self, day: NaiveDate) -> u32 {
        let longest = match self.rule.freq {
            ICalendarFrequency::Yearly => 366,
            ICalendarFrequency::Monthly => 31,
            ICalendarFrequency::Weekly => 7,
            _ => 1,
        };
        let days = u32::try_from((day - self.first).num_days()).unwrap_or(0);
        (days / longest / self.interval).saturating_sub(1)
    }

    /// The first day of a period, and the first day after it.
    fn period(&self, number: u32) -> Option<(NaiveDate, NaiveDate)> {
        let steps = number.checked_mul(self.interval)?;
        let first = self.first;
        let after = |days: u32| TimeDelta::days(i64::from(days));
        match self.rule.freq {
            ICalendarFrequency::Yearly => {
                let year = first.year().checked_add(i32::try_from(steps).ok()?)?;
                let start = NaiveDate::from_ymd_opt(year, 1, 1)?;
                Some((start, NaiveDate::from_ymd_opt(year.checked_add(1)?, 1, 1)?))
            }
            ICalendarFrequency::Monthly => {
                let start = first.with_day(1)?.checked_add_months(Months::new(steps))?;
                Some((start, start.checked_add_months(Months::new(1))?))
            }
            ICalendarFrequency::Weekly => {
                let begins = self.rule.wkst.map_or(Weekday::Mon, weekday);
                let into = first.weekday().days_since(begins);
                let start = first.checked_sub_days(Days::new(into.into()))?;
                let start = start.checked_add_signed(after(steps.checked_mul(7)?))?;
                Some((start, start.checked_add_signed(after(7))?))
            }
            _ => {
                let start = first.checked_add_signed(after(steps))?;
                Some((start, start.succ_opt()?))
            }
        }
    }

    /// The days of a period that the rule selects.
    fn selected(&self, start: NaiveDate, end: NaiveDate) -> Vec<NaiveDate> {
        let days = start.iter_days().take_while(|day| *day < end);
        let days: Vec<_> = days.filter(|day| self.matches(*day)).collect();
        let places = &self.rule.bysetpos;
        if places.is_empty() {
            return days;
        }
        let count = i64::try_from(days.len()).unwrap_or(i64::MAX);
        let is_meant = |place: i64| {
            let mut places = places.iter().map(|place| i64::from(*place));
            places.any(|wanted| wanted == place + 1 || wanted == place - count)
        };
        let meant = (0..).zip(days).filter(|(place, _)| is_meant(*place));
        meant.map(|(_, day)| day).collect()
    }

    fn matches(&self, day: NaiveDate) -> bool {
        use ICalendarFrequency::{Monthly, Weekly, Yearly};
        let rule = self.rule;
        let first = self.first;
        let (of_month, of_year) = (days_of_month(day), days_of_year(day));
        let in_month = rule
            .bymonth
            .iter()
            .any(|month| u32::from(month.month()) == day.month());
        let on_month_day = rule
            .bymonthday
            .iter()
            .any(|wanted| is_nth((*wanted).into(), day.day(), of_month));
        let on_year_day = rule
            .byyearday
            .iter()
            .any(|wanted| is_nth((*wanted).into(), day.ordinal(), of_year));
        let on_weekday = rule
            .byday
            .iter()
            .any(|wanted| self.is_weekday(*wanted, day));
        let has_days =
            !rule.byday.is_empty() || !rule.bymonthday.is_empty() || !rule.byyearday.is_empty();
        // parts that the rule lacks are those of its first day
        let by_first = has_days
            || match rule.freq {
                Yearly if rule.bymonth.is_empty() => {
                    (day.month(), day.day()) == (first.month(), first.day())
                }
                Yearly | Monthly => day.day() == first.day(),
                Weekly => day.weekday() == first.weekday(),
                _ => true,
            };
        by_first
            && (rule.bymonth.is_empty() || in_month)
            && (rule.bymonthday.is_empty() || on_month_day)
            && (rule.byyearday.is_empty() || on_year_day)
            && (rule.byday.is_empty() || on_weekday)
    }

    fn is_weekday(&self, wanted: ICalendarDay, day: NaiveDate) -> bool {
        if day.weekday() != weekday(wanted.weekday) {
            return false;
        }
        let Some(nth) = wanted.ordwk else { return true };
        // of the year, unless there is BYMONTH
        let of_year = self.rule.freq == ICalendarFrequency::Yearly && self.rule.bymonth.is_empty();
        let (place, length) = if of_year {
            (day.ordinal(), days_of_year(day))
        } else {
            (day.day(), days_of_month(day))
        };
        let from_start = place.div_ceil(7);
        let from_end = (length - place + 1).div_ceil(7);
        i64::from(nth) == i64::from(from_start) || i64::from(nth) == -i64::from(from_end)
    }
}

/// Whether a number, which counts from the end if negative, is the position `place` of `length`.
fn is_nth(wanted: i64, place: u32, length: u32) -> bool {
    let (place, length) = (i64::from(place), i64::from(length));
    wanted == place || wanted == place - length - 1
}

fn days_of_month(day: NaiveDate) -> u32 {
    u32::from(day.num_days_in_month())
}

fn days_of_year(day: NaiveDate) -> u32 {
    if day.leap_year() { 366 } else { 365 }
}

pub(super) fn weekday(day: ICalendarWeekday) -> Weekday {
    match day {
        ICalendarWeekday::Sunday => Weekday::Sun,
        ICalendarWeekday::Monday => Weekday::Mon,
        ICalendarWeekday::Tuesday => Weekday::Tue,
        ICalendarWeekday::Wednesday => Weekday::Wed,
        ICalendarWeekday::Thursday => Weekday::Thu,
        ICalendarWeekday::Friday => Weekday::Fri,
        ICalendarWeekday::Saturday => Weekday::Sat,
    }
}
