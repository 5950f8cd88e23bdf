//! Public holidays and working days, by rule and for any year.
//!
//! The rules are those of North Rhine-Westphalia (Feiertagsgesetz NW § 2), the same in the whole
//! Land. School holidays are no rule but data, and no matter of this module.
use chrono::{Datelike, Days, NaiveDate, Weekday};

/// A public holiday of North Rhine-Westphalia.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holiday {
    /// Neujahr.
    NewYear,
    /// Karfreitag.
    GoodFriday,
    /// Ostermontag.
    EasterMonday,
    /// 1. Mai.
    LabourDay,
    /// Christi Himmelfahrt.
    Ascension,
    /// Pfingstmontag.
    WhitMonday,
    /// Fronleichnam.
    CorpusChristi,
    /// Tag der Deutschen Einheit.
    GermanUnity,
    /// Allerheiligen.
    AllSaints,
    /// 1. Weihnachtstag.
    Christmas,
    /// 2. Weihnachtstag.
    SecondChristmas,
}

/// When a holiday comes.
enum Rule {
    /// On that day of that month.
    On(u32, u32),
    /// So many days after Easter Sunday.
    Easter(i64),
}

impl Holiday {
    /// Every holiday. In the order of the year, but for the years in which Ascension falls on the
    /// 1 May or before it.
    pub const ALL: [Self; 11] = [
        Self::NewYear,
        Self::GoodFriday,
        Self::EasterMonday,
        Self::LabourDay,
        Self::Ascension,
        Self::WhitMonday,
        Self::CorpusChristi,
        Self::GermanUnity,
        Self::AllSaints,
        Self::Christmas,
        Self::SecondChristmas,
    ];

    /// The day on which it falls in `year`; none in years that the calendar does not reach.
    #[must_use]
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        let rule = match self {
            Self::NewYear => Rule::On(1, 1),
            Self::GoodFriday => Rule::Easter(-2),
            Self::EasterMonday => Rule::Easter(1),
            Self::LabourDay => Rule::On(5, 1),
            Self::Ascension => Rule::Easter(39),
            Self::WhitMonday => Rule::Easter(50),
            Self::CorpusChristi => Rule::Easter(60),
            Self::GermanUnity => Rule::On(10, 3),
            Self::AllSaints => Rule::On(11, 1),
            Self::Christmas => Rule::On(12, 25),
            Self::SecondChristmas => Rule::On(12, 26),
        };
        match rule {
            Rule::On(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Rule::Easter(days) => {
                easter_sunday(year)?.checked_add_signed(chrono::TimeDelta::days(days))
            }
        }
    }

    /// The holiday on a day; the first of [`Self::ALL`] where two fall together.
    #[must_use]
    pub fn on(day: NaiveDate) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|holiday| holiday.in_year(day.year()) == Some(day))
    }
}

/// Easter Sunday of a year of the Gregorian calendar (the "anonymous" computus of 1876).
fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let (golden, century, of_century) = (year % 19, year / 100, year % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    let (month, day) = (u32::try_from(days / 31), u32::try_from(days % 31 + 1));
    NaiveDate::from_ymd_opt(year, month.ok()?, day.ok()?)
}

/// Whether offices are open: no weekend and no public holiday. 24 and 31 December are working days
/// by law.
#[must_use]
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && Holiday::on(day).is_none()
}

/// That day, or the last working day before it.
#[must_use]
pub fn working_day_until(day: NaiveDate) -> NaiveDate {
    nearest(day, NaiveDate::checked_sub_days)
}

/// That day, or the first working day after it.
#[must_use]
pub fn working_day_from(day: NaiveDate) -> NaiveDate {
    nearest(day, NaiveDate::checked_add_days)
}

/// Steps from day to day until one is a working day; stays where the calendar ends.
fn nearest(day: NaiveDate, step: fn(NaiveDate, Days) -> Option<NaiveDate>) -> NaiveDate {
    let days = std::iter::successors(Some(day), |day| step(*day, Days::new(1)));
    days.into_iter()
        .find(|day| is_working_day(*day))
        .unwrap_or(day)
}
