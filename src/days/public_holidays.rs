//! Public holidays, working days and bridge days of the German Länder, computed for any year.
//!
//! The rules are those in force since 1995, with the years in which later ones began. Holidays in only a part of a Land
//! (Mariä Himmelfahrt in Bavaria, Fronleichnam in Saxony and Thuringia, the Friedensfest of Augsburg) are not included:
//! municipalities concerned can set a blackout. School holidays are in [`school_holidays`](super::school_holidays).
use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};

use crate::word_enum;

word_enum! {
    /// A Land of Germany, by its code (ISO 3166-2:DE).
    pub enum Land {
        /// Baden-Württemberg.
        BadenWuerttemberg = "BW",
        /// Bavaria.
        Bavaria = "BY",
        /// Berlin.
        Berlin = "BE",
        /// Brandenburg.
        Brandenburg = "BB",
        /// Bremen.
        Bremen = "HB",
        /// Hamburg.
        Hamburg = "HH",
        /// Hesse.
        Hesse = "HE",
        /// Mecklenburg-Western Pomerania.
        MecklenburgWesternPomerania = "MV",
        /// Lower Saxony.
        LowerSaxony = "NI",
        /// North Rhine-Westphalia.
        NorthRhineWestphalia = "NW",
        /// Rhineland-Palatinate.
        RhinelandPalatinate = "RP",
        /// Saarland.
        Saarland = "SL",
        /// Saxony.
        Saxony = "SN",
        /// Saxony-Anhalt.
        SaxonyAnhalt = "ST",
        /// Schleswig-Holstein.
        SchleswigHolstein = "SH",
        /// Thuringia.
        Thuringia = "TH",
    }
}

word_enum! {
    /// A public holiday of one Land or several.
    pub enum Holiday {
        /// Neujahr.
        NewYear = "new_year",
        /// Heilige Drei Könige.
        Epiphany = "epiphany",
        /// Internationaler Frauentag.
        WomensDay = "womens_day",
        /// Karfreitag.
        GoodFriday = "good_friday",
        /// Ostersonntag.
        EasterSunday = "easter_sunday",
        /// Ostermontag.
        EasterMonday = "easter_monday",
        /// 1. Mai.
        LabourDay = "labour_day",
        /// Tag der Befreiung, in single years.
        Liberation = "liberation",
        /// Christi Himmelfahrt.
        Ascension = "ascension",
        /// Pfingstsonntag.
        WhitSunday = "whit_sunday",
        /// Pfingstmontag.
        WhitMonday = "whit_monday",
        /// Fronleichnam.
        CorpusChristi = "corpus_christi",
        /// 75 years after the uprising of 1953, in one year.
        Uprising = "uprising",
        /// Mariä Himmelfahrt.
        Assumption = "assumption",
        /// Weltkindertag.
        ChildrensDay = "childrens_day",
        /// Tag der Deutschen Einheit.
        GermanUnity = "german_unity",
        /// Reformationstag.
        Reformation = "reformation",
        /// Allerheiligen.
        AllSaints = "all_saints",
        /// Buß- und Bettag.
        RepentanceDay = "repentance_day",
        /// 1. Weihnachtstag.
        Christmas = "christmas",
        /// 2. Weihnachtstag.
        SecondChristmas = "second_christmas",
    }
}

impl Holiday {
    /// Its day in `year`, whether or not it is a holiday in a certain Land; `None` in years outside of the calendar's
    /// range.
    #[must_use]
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        let on = |month, day| NaiveDate::from_ymd_opt(year, month, day);
        let after_easter = |days| easter_sunday(year)?.checked_add_signed(TimeDelta::days(days));
        match self {
            Self::NewYear => on(1, 1),
            Self::Epiphany => on(1, 6),
            Self::WomensDay => on(3, 8),
            Self::GoodFriday => after_easter(-2),
            Self::EasterSunday => after_easter(0),
            Self::EasterMonday => after_easter(1),
            Self::LabourDay => on(5, 1),
            Self::Liberation => on(5, 8),
            Self::Ascension => after_easter(39),
            Self::WhitSunday => after_easter(49),
            Self::WhitMonday => after_easter(50),
            Self::CorpusChristi => after_easter(60),
            Self::Uprising => on(6, 17),
            Self::Assumption => on(8, 15),
            Self::ChildrensDay => on(9, 20),
            Self::GermanUnity => on(10, 3),
            Self::Reformation => on(10, 31),
            Self::AllSaints => on(11, 1),
            // The Wednesday before 23 November.
            Self::RepentanceDay => (16..=22)
                .filter_map(|day| on(11, day))
                .find(|day| day.weekday() == Weekday::Wed),
            Self::Christmas => on(12, 25),
            Self::SecondChristmas => on(12, 26),
        }
    }

    /// Whether it is a holiday of a Land in that year.
    fn is_kept(self, land: Land, year: i32) -> bool {
        use Land::{
            BadenWuerttemberg, Bavaria, Berlin, Brandenburg, Bremen, Hamburg, Hesse, LowerSaxony,
            MecklenburgWesternPomerania, NorthRhineWestphalia, RhinelandPalatinate, Saarland,
            Saxony, SaxonyAnhalt, SchleswigHolstein, Thuringia,
        };
        match self {
            Self::NewYear
            | Self::GoodFriday
            | Self::EasterMonday
            | Self::LabourDay
            | Self::Ascension
            | Self::WhitMonday
            | Self::GermanUnity
            | Self::Christmas
            | Self::SecondChristmas => true,
            Self::Epiphany => matches!(land, BadenWuerttemberg | Bavaria | SaxonyAnhalt),
            Self::WomensDay => match land {
                Berlin => year >= 2019,
                MecklenburgWesternPomerania => year >= 2023,
                _ => false,
            },
            Self::EasterSunday | Self::WhitSunday => land == Brandenburg,
            Self::Liberation => land == Berlin && matches!(year, 2020 | 2025),
            Self::Uprising => land == Berlin && year == 2028,
            Self::CorpusChristi => matches!(
                land,
                BadenWuerttemberg
                    | Bavaria
                    | Hesse
                    | NorthRhineWestphalia
                    | RhinelandPalatinate
                    | Saarland
            ),
            Self::Assumption => land == Saarland,
            Self::ChildrensDay => land == Thuringia && year >= 2019,
            Self::Reformation => match land {
                Brandenburg | MecklenburgWesternPomerania | Saxony | SaxonyAnhalt | Thuringia => {
                    true
                }
                Bremen | Hamburg | LowerSaxony | SchleswigHolstein => year >= 2017,
                // The 500th anniversary was a holiday everywhere.
                _ => year == 2017,
            },
            Self::AllSaints => matches!(
                land,
                BadenWuerttemberg | Bavaria | NorthRhineWestphalia | RhinelandPalatinate | Saarland
            ),
            Self::RepentanceDay => land == Saxony,
        }
    }
}

impl Land {
    /// The holiday on a day; the first of [`Holiday::ALL`] if two coincide.
    #[must_use]
    pub fn holiday_on(self, day: NaiveDate) -> Option<Holiday> {
        let year = day.year();
        Holiday::ALL
            .iter()
            .copied()
            .find(|holiday| holiday.is_kept(self, year) && holiday.in_year(year) == Some(day))
    }

    /// The holidays of a year in the order of time; two of them may coincide.
    #[must_use]
    pub fn holidays(self, year: i32) -> Vec<(NaiveDate, Holiday)> {
        let kept = Holiday::ALL.iter().copied();
        let kept = kept.filter(|holiday| holiday.is_kept(self, year));
        let mut days: Vec<_> = kept
            .filter_map(|holiday| Some((holiday.in_year(year)?, holiday)))
            .collect();
        days.sort();
        days
    }

    /// Whether a day is neither on a weekend nor a public holiday. 24 and 31 December are working days by law.
    #[must_use]
    pub fn is_working_day(self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && self.holiday_on(day).is_none()
    }

    /// Whether a day is the only working day between a holiday and a weekend or another holiday.
    #[must_use]
    pub fn is_bridge_day(self, day: NaiveDate) -> bool {
        let is_free = |day: Option<NaiveDate>| day.is_some_and(|day| !self.is_working_day(day));
        self.is_working_day(day) && is_free(day.pred_opt()) && is_free(day.succ_opt())
    }

    /// That day, or the last working day before it.
    #[must_use]
    pub fn working_day_until(self, day: NaiveDate) -> NaiveDate {
        self.nearest(day, NaiveDate::checked_sub_days)
    }

    /// That day, or the first working day after it.
    #[must_use]
    pub fn working_day_from(self, day: NaiveDate) -> NaiveDate {
        self.nearest(day, NaiveDate::checked_add_days)
    }

    /// The first working day when going in steps of one day; the day itself if the calendar ends before that.
    fn nearest(self, day: NaiveDate, step: fn(NaiveDate, Days) -> Option<NaiveDate>) -> NaiveDate {
        let mut days = std::iter::successors(Some(day), |day| step(*day, Days::new(1)));
        days.find(|day| self.is_working_day(*day)).unwrap_or(day)
    }
}

/// Whether a day is 24 or 31 December, on which town halls are usually closed.
#[must_use]
pub fn is_christmas_or_new_years_eve(day: NaiveDate) -> bool {
    day.month() == 12 && matches!(day.day(), 24 | 31)
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
