//! `reihum holidays`: lists the days that the rules and the shipped data avoid.
use anyhow::{Result, bail};
use chrono::{Datelike, NaiveDate};
use clap::Args;
use serde::Serialize;

use super::print;
use crate::days::Cause;
use crate::days::public_holidays::{Holiday, Land};
use crate::days::school_holidays::{SchoolData, SchoolHolidayPeriod};
use crate::i18n::Language;
use crate::i18n::dates::{date_numeric, weekday};

/// The years that the rules cover.
const YEARS: std::ops::RangeInclusive<i32> = 1995..=2199;

#[derive(Args)]
pub(super) struct HolidaysOptions {
    /// The Land, by its code: BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH.
    land: Land,
    /// The year.
    year: i32,
    /// The last year.
    #[arg(long)]
    until: Option<i32>,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// The language of the names.
    #[arg(long, default_value = "de")]
    language: Language,
}

#[derive(Serialize)]
struct DaysOfLand {
    land: Land,
    holidays: Vec<NamedHoliday>,
    bridge_days: Vec<NaiveDate>,
    school_holidays: Vec<SchoolHolidayPeriod>,
    school_holidays_known_until: Option<NaiveDate>,
}

#[derive(Serialize)]
struct NamedHoliday {
    day: NaiveDate,
    holiday: Holiday,
    name: String,
}

pub(super) fn show(options: &HolidaysOptions) -> Result<()> {
    let last = options.until.unwrap_or(options.year);
    if !YEARS.contains(&options.year) || !YEARS.contains(&last) || last < options.year {
        bail!("the years must be in their order, of 1995 to 2199");
    }
    let listed = days_of_land(options, last);
    if options.json {
        return print(&serde_json::to_string_pretty(&listed)?);
    }
    let language = options.language;
    let line = |day: NaiveDate, name: &str| {
        let (date, weekday) = (
            date_numeric(language, day),
            weekday(language, day.weekday()),
        );
        print(&format!("{date}  {weekday:<10}  {name}"))
    };
    for NamedHoliday { day, name, .. } in &listed.holidays {
        line(*day, name)?;
    }
    for day in &listed.bridge_days {
        line(*day, &Cause::BridgeDay.in_words(language))?;
    }
    for holidays in &listed.school_holidays {
        print(&format!(
            "{}  {}  {}",
            date_numeric(language, holidays.starts_on),
            date_numeric(language, holidays.ends_on),
            holidays.name
        ))?;
    }
    Ok(())
}

fn days_of_land(options: &HolidaysOptions, last: i32) -> DaysOfLand {
    let land = options.land;
    let years = options.year..=last;
    let name = |holiday| Cause::PublicHoliday { holiday }.in_words(options.language);
    let holidays = years.clone().flat_map(|year| land.holidays(year));
    let holidays = holidays.map(|(day, holiday)| NamedHoliday {
        day,
        holiday,
        name: name(holiday),
    });
    let first = NaiveDate::from_ymd_opt(options.year, 1, 1);
    let days = first.into_iter().flat_map(|first| first.iter_days());
    let days = days.take_while(|day| day.year() <= last);
    let school = SchoolData::shipped(land);
    let touches = |one: &SchoolHolidayPeriod| {
        one.ends_on.year() >= options.year && one.starts_on.year() <= last
    };
    DaysOfLand {
        land,
        holidays: holidays.collect(),
        bridge_days: days.filter(|day| land.is_bridge_day(*day)).collect(),
        school_holidays: school.holidays.into_iter().filter(touches).collect(),
        school_holidays_known_until: school.known_until,
    }
}
