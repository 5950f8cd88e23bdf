//! The fairness report: figures of each municipality in a period and their spread, as data, as a
//! table, and as a picture of who hosts when.
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
use crate::municipalities::{Municipality, MunicipalityName, sensible_day};
use crate::rotation::accounts::Turns;
use crate::series::Series;

/// The period of a report: a year, or `from` and `to`. The current year if all are omitted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PeriodQuery {
    /// A calendar year; not together with `from` and `to`.
    #[param(minimum = 1970, maximum = 2199)]
    pub year: Option<i32>,
    /// The first day; 1 January of the year of `to` if omitted.
    pub from: Option<NaiveDate>,
    /// The last day; 31 December of the year of `from` if omitted.
    pub to: Option<NaiveDate>,
}

/// A period of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportPeriod {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl PeriodQuery {
    /// The requested period; `today` gives the current year.
    pub fn period(&self, today: NaiveDate) -> Result<ReportPeriod> {
        for (field, day) in [("from", self.from), ("to", self.to)] {
            if day.is_some_and(|day| sensible_day(&day).is_err()) {
                let message = "must be in the years 1970 to 2199";
                return Err(Error::invalid(field, "day", message));
            }
        }
        if self.year.is_some_and(|year| !(1970..2200).contains(&year)) {
            return Err(Error::invalid("year", "range", "must be 1970 to 2199"));
        }
        if self.year.is_some() && (self.from.is_some() || self.to.is_some()) {
            let message = "must not be combined with from and to";
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
        if from <= to {
            Ok(ReportPeriod { from, to })
        } else {
            Err(Error::invalid("to", "together", "must be `from` or later"))
        }
    }
}

/// The fairness figures of each municipality in a period, and their spread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FairnessReport {
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
    /// The municipalities that are members on some day of the period or host one of its meetings,
    /// in the order of hosts.
    pub items: Vec<FairnessShare>,
    /// Their spread.
    pub spread: FairnessSpreads,
    /// Held meetings whose venue has no coordinates, so that no distance to them is counted.
    pub without_place: Vec<Dated>,
    /// Held meetings without recorded attendance.
    pub without_attendance: Vec<Dated>,
    /// Minutes of agenda items proposed by people who represented no municipality.
    pub other_agenda_minutes: i64,
}

/// The figures of one municipality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FairnessShare {
    /// Which municipality.
    pub municipality: MunicipalityName,
    /// The days of its membership in the period, up to today.
    pub member_days: i64,
    /// Meetings that it hosted.
    pub hosted: u32,
    /// Held meetings that it co-hosted.
    pub cohosted: u32,
    /// Turns of the period that the ledger charges to it, held or forfeited; shared turns count in
    /// parts.
    #[schema(value_type = f64)]
    pub charged: Turns,
    /// Future meetings that it hosts.
    pub to_come: u32,
    /// Future meetings that it co-hosts.
    pub to_cohost: u32,
    /// How many of the held meetings it should have hosted, by its days of membership and its
    /// weight (`host_weights` of the series), in thousandths of a meeting.
    pub due_thousandths: i64,
    /// How many more it has hosted than that, in thousandths; the sum over all is 0. Co-hosted
    /// meetings count in equal parts.
    pub difference_thousandths: i64,
    /// Distance to the held meetings that others hosted, by road and one way, in metres (great
    /// circle times 1.3); null if its preferred venue has no coordinates.
    pub travelled_metres: Option<i64>,
    /// Planned minutes of the agenda items of held meetings that its people proposed.
    pub agenda_minutes: i64,
    /// Held meetings at which it was represented, as far as attendance is recorded.
    pub attended: u32,
}

/// The spread between municipalities of each figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct FairnessSpreads {
    /// Meetings hosted.
    pub hosted: FairnessSpread,
    /// Thousandths of a meeting hosted more than due.
    pub difference_thousandths: FairnessSpread,
    /// Metres travelled, of the municipalities with coordinates.
    pub travelled_metres: FairnessSpread,
    /// Minutes of agenda.
    pub agenda_minutes: FairnessSpread,
    /// Meetings attended.
    pub attended: FairnessSpread,
}

/// The spread of one figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FairnessSpread {
    /// Greatest minus least value, in the unit of the figure.
    pub range: i64,
    /// The standard deviation, in thousandths of a meeting, metre or minute; rounded down.
    pub deviation_thousandths: i64,
}

/// A meeting in the picture of who hosts when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineMeeting {
    /// Its number in the series.
    pub number: i32,
    /// The local day.
    pub on: NaiveDate,
    /// Its state.
    pub status: MeetingStatus,
    /// The host, past or planned.
    pub host: Option<Id<Municipality>>,
    /// The co-hosts.
    pub cohosts: Vec<Id<Municipality>>,
}

impl TimelineMeeting {
    /// Whether a municipality is a co-host.
    #[must_use]
    pub fn is_cohosted_by(&self, id: Id<Municipality>) -> bool {
        self.cohosts.contains(&id)
    }
}

impl From<&Meeting> for TimelineMeeting {
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
