//! The fairness report: what each municipality has given and got in a period, and how far apart they
//! are; as data, as a table, and as a picture of who hosts when.
pub mod api;
pub mod figures;
pub mod store;
pub mod table;
pub mod terminal;
pub mod timeline;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::db::Id;
use crate::error::{Error, Result};
use crate::meetings::{Dated, Meeting, MeetingStatus};
use crate::municipalities::{Municipality, Named, sensible_day};
use crate::rotation::accounts::Turns;
use crate::series::Series;

/// What a report is about: a year, or the days from one to another. This year if all is left out.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// A calendar year; goes without `from` and `to`.
    #[param(minimum = 1970, maximum = 2199)]
    #[serde(default)]
    pub year: Option<i32>,
    /// The first day; the first one of the year of `to` if left out.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day; the last one of the year of `from` if left out.
    #[serde(default)]
    pub to: Option<NaiveDate>,
}

/// Days from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Asked {
    /// The period that is asked for, as of `today`.
    ///
    /// # Errors
    /// The fields that make no period.
    pub fn period(&self, today: NaiveDate) -> Result<Period> {
        for (field, day) in [("from", self.from), ("to", self.to)] {
            if day.is_some_and(|day| sensible_day(&day).is_err()) {
                let message = "must be of the years 1970 to 2199";
                return Err(Error::invalid(field, "day", message));
            }
        }
        if self.year.is_some_and(|year| !(1970..2200).contains(&year)) {
            return Err(Error::invalid("year", "range", "must be 1970 to 2199"));
        }
        if self.year.is_some() && (self.from.is_some() || self.to.is_some()) {
            let message = "goes without from and to";
            return Err(Error::invalid("year", "together", message));
        }
        let year = self.year.unwrap_or_else(|| {
            let day = self.from.or(self.to);
            day.unwrap_or(today).year()
        });
        let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(today);
        let (from, to) = (
            self.from.unwrap_or_else(|| day(1, 1)),
            self.to.unwrap_or_else(|| day(12, 31)),
        );
        match from <= to {
            true => Ok(Period { from, to }),
            false => Err(Error::invalid("to", "together", "must be `from` or later")),
        }
    }
}

/// What each municipality has given and got in a period, and how far apart they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FairnessReport)]
pub struct Report {
    /// The series.
    pub series_id: Id<Series>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Meetings that were held.
    pub held: u32,
    /// Meetings that are planned or invited to.
    pub to_come: u32,
    /// Meetings that were cancelled.
    pub cancelled: u32,
    /// Those that are members on some day of the period, or have hosted, in the order of hosts.
    pub items: Vec<Share>,
    /// How far apart they are.
    pub spread: Spreads,
    /// Held meetings whose venue has no coordinates: nobody's way to them is counted.
    pub without_place: Vec<Dated>,
    /// Held meetings of which it is not recorded who was there.
    pub without_attendance: Vec<Dated>,
    /// Minutes of agenda proposed by nobody who spoke for a municipality.
    pub other_agenda_minutes: i64,
}

/// What one municipality has given and got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FairnessShare)]
pub struct Share {
    /// Which municipality.
    pub municipality: Named,
    /// The days of its membership in the period, up to today.
    pub member_days: i64,
    /// Meetings that were held at its place.
    pub hosted: u32,
    /// Held meetings that it hosted together with their host.
    pub cohosted: u32,
    /// Turns of the period charged to it in the ledger, held or forfeited; those it has a part of count as that part.
    #[schema(value_type = f64)]
    pub charged: Turns,
    /// Meetings that it is to host.
    pub to_come: u32,
    /// Meetings that it is to host together with their host.
    pub to_cohost: u32,
    /// How many of the held meetings it should have hosted by its days of membership and its share of the
    /// turns on each (`host_weights` of the series), in thousandths of a meeting.
    pub due_thousandths: i64,
    /// How many more it has hosted than that, in thousandths; all together are 0. A meeting that several hosted together
    /// counts for each of them in equal parts.
    pub difference_thousandths: i64,
    /// How far it was to the held meetings that others hosted, by road and one way, in metres
    /// (great circle and three tenths); null if its preferred venue has no coordinates.
    pub travelled_metres: Option<i64>,
    /// Minutes planned for the agenda items of held meetings that its people proposed.
    pub agenda_minutes: i64,
    /// Held meetings at which it was represented, as far as it is recorded.
    pub attended: u32,
}

/// How far apart the municipalities are, figure by figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FairnessSpreads)]
pub struct Spreads {
    /// Meetings hosted.
    pub hosted: Spread,
    /// Thousandths of a meeting hosted more than due.
    pub difference_thousandths: Spread,
    /// Metres travelled, of those of which they are known.
    pub travelled_metres: Spread,
    /// Minutes of agenda.
    pub agenda_minutes: Spread,
    /// Meetings attended.
    pub attended: Spread,
}

/// How far apart the values of one figure are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FairnessSpread)]
pub struct Spread {
    /// The greatest less the least, in the unit of the figure.
    pub range: i64,
    /// The standard deviation, in thousandths of a meeting, metre or minute; rounded down.
    pub deviation_thousandths: i64,
}

/// A meeting in the picture of who hosts when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Its number in the series.
    pub number: i32,
    /// The local day.
    pub on: NaiveDate,
    /// How far it is.
    pub status: MeetingStatus,
    /// Who hosts, hosted or was to host.
    pub host: Option<Id<Municipality>>,
    /// Who does so together with the host.
    pub cohosts: Vec<Id<Municipality>>,
}

impl Turn {
    /// Whether a municipality is, was or was to be a co-host.
    #[must_use]
    pub fn is_cohosted_by(&self, id: Id<Municipality>) -> bool {
        self.cohosts.contains(&id)
    }
}

impl From<&Meeting> for Turn {
    fn from(meeting: &Meeting) -> Self {
        Self {
            number: meeting.number,
            on: meeting.date,
            status: meeting.status,
            host: meeting.host_id,
            cohosts: meeting.cohosts.0.clone(),
        }
    }
}
