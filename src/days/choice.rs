//! Chooses the best allowed day for a date of a rule, and records why.
use std::cmp::Reverse;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::school_holidays::SchoolData;
use super::{AvoidedDays, Weekday, Weight};
use crate::days::public_holidays::{Holiday, is_christmas_or_new_years_eve};
use crate::db::Id;
use crate::municipalities::Municipality;

/// What is against a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// A public holiday of the Land.
    PublicHoliday {
        /// Which one.
        holiday: Holiday,
    },
    /// School holidays of the Land.
    SchoolHolidays {
        /// Their name.
        name: String,
        /// Their first day.
        from: NaiveDate,
        /// Their last day.
        until: NaiveDate,
    },
    /// A single working day between a holiday and a weekend.
    BridgeDay,
    /// 24 or 31 December.
    ChristmasEveOrNewYearsEve,
    /// A municipality has a blackout.
    Blackout {
        /// The municipality.
        municipality_id: Id<Municipality>,
        /// Its name.
        municipality: String,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        until: NaiveDate,
    },
    /// Another meeting, or another date, of the series is on that day.
    OtherDate,
}

/// A day that was considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsideredDay {
    /// The day.
    pub day: NaiveDate,
    /// What forbids it.
    pub hard: Vec<Cause>,
    /// What makes other days preferable.
    pub soft: Vec<Cause>,
}

/// The day chosen for a date of the rule, and the days considered. Stored with the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayChoice {
    /// The date of the rule.
    pub rule_day: NaiveDate,
    /// The best allowed day; `None` if every day is forbidden.
    pub day: Option<NaiveDate>,
    /// The days considered, the nearest to the date of the rule first; only that date if nothing is against it.
    pub considered: Vec<ConsideredDay>,
}

/// A blackout of a municipality, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBlackout {
    /// The municipality.
    pub municipality_id: Id<Municipality>,
    /// Its name.
    pub municipality: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// What is known about days, for the choice of a day.
#[derive(Debug, Clone)]
pub struct DayData {
    /// The days that the series avoids.
    pub avoided: AvoidedDays,
    /// The school holidays of its Land.
    pub school: SchoolData,
    /// The blackouts of its municipalities; empty if the series does not avoid them.
    pub blackouts: Vec<NamedBlackout>,
}

impl DayChoice {
    /// Whether nothing is against the date of the rule.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let stands_against = |one: &ConsideredDay| !one.hard.is_empty() || !one.soft.is_empty();
        !self.considered.iter().any(stands_against)
    }
}

impl DayData {
    /// The best allowed day for a date of the rule: of the days that nothing forbids the one with the fewest soft causes, then
    /// the nearest, then the earlier. The date of the rule is the nearest to itself, so it is kept unless another day is
    /// better.
    ///
    /// Days before `earliest` are not considered, except for the date of the rule; `is_taken` tells on which days the series
    /// has another date or meeting.
    #[must_use]
    pub fn choose(
        &self,
        rule_day: NaiveDate,
        earliest: NaiveDate,
        is_taken: impl Fn(NaiveDate) -> bool,
    ) -> DayChoice {
        let own = self.consider(rule_day, false);
        if own.hard.is_empty() && own.soft.is_empty() {
            return DayChoice {
                rule_day,
                day: Some(rule_day),
                considered: vec![own],
            };
        }
        let mut considered: Vec<ConsideredDay> = self
            .window(rule_day)
            .filter(|day| *day >= earliest)
            .map(|day| self.consider(day, is_taken(day)))
            .chain([own])
            .collect();
        let distance = |day: NaiveDate| (day - rule_day).num_days().abs();
        considered.sort_by_key(|one| (distance(one.day), one.day));
        let allowed = considered.iter().filter(|one| one.hard.is_empty());
        let best = allowed.max_by_key(|one| Reverse((one.soft.len(), distance(one.day), one.day)));
        DayChoice {
            rule_day,
            day: best.map(|best| best.day),
            considered,
        }
    }

    /// What forbids a meeting on a day, apart from other dates of the series.
    #[must_use]
    pub fn forbidding(&self, day: NaiveDate) -> Vec<Cause> {
        self.consider(day, false).hard
    }

    /// The days to which a date may move, without the date itself.
    fn window(&self, rule_day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let monday = -i64::from(rule_day.weekday().num_days_from_monday());
        let days: RangeInclusive<i64> = match self.avoided.window_days {
            Some(days) => -i64::from(days)..=i64::from(days),
            None => monday..=monday + 6,
        };
        days.filter(|days| *days != 0)
            .filter_map(move |days| rule_day.checked_add_signed(TimeDelta::days(days)))
            .filter(|day| self.avoided.weekdays.contains(&Weekday::of(*day)))
    }

    fn consider(&self, day: NaiveDate, is_taken: bool) -> ConsideredDay {
        let avoided = &self.avoided;
        let mut considered = ConsideredDay {
            day,
            hard: Vec::new(),
            soft: Vec::new(),
        };
        let mut add = |weight, cause| match weight {
            Weight::Hard => considered.hard.push(cause),
            Weight::Soft => considered.soft.push(cause),
            Weight::Off => {}
        };
        if let Some(holiday) = avoided.land.holiday_on(day) {
            add(avoided.public_holidays, Cause::PublicHoliday { holiday });
        }
        if let Some(holidays) = self.school.on(day) {
            let cause = Cause::SchoolHolidays {
                name: holidays.name.clone(),
                from: holidays.starts_on,
                until: holidays.ends_on,
            };
            add(avoided.school_holidays, cause);
        }
        if avoided.land.is_bridge_day(day) {
            add(avoided.bridge_days, Cause::BridgeDay);
        }
        if is_christmas_or_new_years_eve(day) {
            let cause = Cause::ChristmasEveOrNewYearsEve;
            add(avoided.christmas_eve_and_new_years_eve, cause);
        }
        let mut named: Vec<Id<Municipality>> = Vec::new();
        let blackouts = self.blackouts.iter();
        for blackout in blackouts.filter(|one| (one.from..=one.until).contains(&day)) {
            // Several blackouts of one municipality count once.
            if !named.contains(&blackout.municipality_id) {
                named.push(blackout.municipality_id);
                add(avoided.blackouts, blackout.cause());
            }
        }
        if is_taken {
            add(Weight::Hard, Cause::OtherDate);
        }
        considered
    }
}

impl NamedBlackout {
    fn cause(&self) -> Cause {
        Cause::Blackout {
            municipality_id: self.municipality_id,
            municipality: self.municipality.clone(),
            from: self.from,
            until: self.until,
        }
    }
}
