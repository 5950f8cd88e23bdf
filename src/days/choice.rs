//! The best allowed day for a date of a rule, and why.
use std::cmp::Reverse;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::school::SchoolData;
use super::{AvoidedDays, Weekday, Weight};
use crate::days::holidays::{Holiday, is_christmas_or_new_years_eve};
use crate::db::Id;
use crate::municipalities::Municipality;

/// What stands against a day.
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
        /// Whose.
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

/// A day that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// The day.
    pub day: NaiveDate,
    /// What forbids it.
    pub hard: Vec<Cause>,
    /// What makes another day better.
    pub soft: Vec<Cause>,
}

/// For which day a date of the rule was decided, and between which. Kept with the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The day that the rule makes.
    pub rule_day: NaiveDate,
    /// The best allowed day; none if every day is forbidden.
    pub day: Option<NaiveDate>,
    /// The days that were looked at, the nearest to the rule's first: its own alone if nothing stood
    /// against that.
    pub considered: Vec<Considered>,
}

/// Days on which a municipality cannot host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blackout {
    /// Whose.
    pub municipality_id: Id<Municipality>,
    /// Its name.
    pub municipality: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// What is known of the days that a series may meet on.
#[derive(Debug, Clone)]
pub struct Days {
    /// What the series avoids.
    pub avoided: AvoidedDays,
    /// The school holidays of its Land.
    pub school: SchoolData,
    /// The blackouts of its municipalities; needed only if they are avoided.
    pub blackouts: Vec<Blackout>,
}

impl Choice {
    /// Whether nothing stood against the day that the rule makes.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let stands_against = |one: &Considered| !one.hard.is_empty() || !one.soft.is_empty();
        !self.considered.iter().any(stands_against)
    }
}

impl Days {
    /// The best allowed day for a date of the rule: of those that nothing forbids the one with the
    /// fewest soft causes, then the nearest, then the earlier. The rule's own day is the nearest to
    /// itself, so it stays where no day is better.
    ///
    /// Days before `earliest` are not looked at, the rule's own excepted; `is_taken` says on which days
    /// the series meets anyway.
    #[must_use]
    pub fn choose(
        &self,
        rule_day: NaiveDate,
        earliest: NaiveDate,
        is_taken: impl Fn(NaiveDate) -> bool,
    ) -> Choice {
        let own = self.consider(rule_day, false);
        if own.hard.is_empty() && own.soft.is_empty() {
            return Choice {
                rule_day,
                day: Some(rule_day),
                considered: vec![own],
            };
        }
        let mut considered: Vec<Considered> = self
            .window(rule_day)
            .filter(|day| *day >= earliest)
            .map(|day| self.consider(day, is_taken(day)))
            .chain([own])
            .collect();
        let distance = |day: NaiveDate| (day - rule_day).num_days().abs();
        considered.sort_by_key(|one| (distance(one.day), one.day));
        let allowed = considered.iter().filter(|one| one.hard.is_empty());
        let best = allowed.max_by_key(|one| Reverse((one.soft.len(), distance(one.day), one.day)));
        Choice {
            rule_day,
            day: best.map(|best| best.day),
            considered,
        }
    }

    /// What forbids a meeting on a day, other dates of the series apart.
    #[must_use]
    pub fn forbidding(&self, day: NaiveDate) -> Vec<Cause> {
        self.consider(day, false).hard
    }

    /// The days to which a date may move, without its own.
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

    fn consider(&self, day: NaiveDate, is_taken: bool) -> Considered {
        let avoided = &self.avoided;
        let mut considered = Considered {
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
            // One that has several reasons is away no more than with one.
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

impl Blackout {
    fn cause(&self) -> Cause {
        Cause::Blackout {
            municipality_id: self.municipality_id,
            municipality: self.municipality.clone(),
            from: self.from,
            until: self.until,
        }
    }
}
