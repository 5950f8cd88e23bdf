//! Meetings as the API takes and shows them.
use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::confirmations::{self, HostConfirmation, HostConfirmationView};
use super::{Deadlines, Meeting, Status, choosing};
use crate::auth::Scope;
use crate::cooperations::one_line;
use crate::days::{ChoiceView, DayWarning};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::http::body::given;
use crate::i18n::Language;
use crate::municipalities::{self, Municipality, MunicipalityName, Venue, sensible_day};
use crate::series::{self, Series, clock_time};

/// A meeting with everything that is to be seen of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Meeting)]
pub struct MeetingView {
    /// Its key.
    pub id: Id<Meeting>,
    /// The series.
    pub series_id: Id<Series>,
    /// The name of the series.
    pub series_title: String,
    /// The calendar UID.
    pub uid: String,
    /// Its number in the series.
    pub number: i32,
    /// A title of its own.
    pub title: Option<String>,
    /// How far it is.
    pub status: Status,
    /// The local day it takes place.
    pub date: NaiveDate,
    /// Local start time (`10:00`).
    #[serde(serialize_with = "clock_time::serialize")]
    #[schema(value_type = String)]
    pub start_time: NaiveTime,
    /// How long it takes.
    pub duration_minutes: i32,
    /// The zone of day and time (IANA).
    pub time_zone: String,
    /// The start, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// The end, with the offset of the local clock.
    pub ends_at: DateTime<FixedOffset>,
    /// The day the series' rule put it on; none if it was added by hand.
    pub occurrence_on: Option<NaiveDate>,
    /// Why it is on its day, with the days that were considered; shown of a single meeting, if
    /// something stood against the day that the rule makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_choice: Option<ChoiceView>,
    /// What stands against its day now, and what is not known of it; shown of a single meeting.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<DayWarning>,
    /// Who hosts.
    pub host: Option<MunicipalityName>,
    /// Who hosts together with the host.
    pub cohosts: Vec<MunicipalityName>,
    /// Whether it has confirmed that it hosts; none as long as it was not asked and has not said so.
    pub host_confirmation: Option<HostConfirmationView>,
    /// Where.
    pub venue: Option<Venue>,
    /// By when something is to be done.
    pub deadlines: Deadlines,
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// When the invitations went out first.
    pub invited_at: Option<Instant>,
    /// When it was closed as held.
    pub closed_at: Option<Instant>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// Why it was cancelled.
    pub cancelled_reason: Option<String>,
    /// When something changed that a calendar shows.
    pub changed_at: Instant,
    /// When, at the latest, those invited are told of changes that they do not know of yet; none if
    /// nothing waits to be told.
    pub changes_told_at: Option<Instant>,
    /// Counts its changes.
    pub revision: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

impl MeetingView {
    /// One meeting.
    pub fn of(conn: &mut DbConn, who: &impl Scope, meeting: Meeting) -> Result<Self> {
        let series = series::store::find(conn, who, meeting.series_id)?;
        let names = municipalities::store::all(conn, who)?;
        let names = names.into_iter().map(|one| (one.id, one.name)).collect();
        let venue = meeting
            .venue_id
            .map(|id| municipalities::venues::store::find(conn, who, id));
        let venues = venue
            .transpose()?
            .into_iter()
            .map(|one| (one.id, one))
            .collect();
        let confirmation = confirmations::of_meeting(conn, who, meeting.id)?;
        Ok(Self::new(&series, &names, &venues, (meeting, confirmation)))
    }

    /// One meeting, with why it is on its day in words of `language`.
    pub fn explained(
        conn: &mut DbConn,
        who: &impl Scope,
        meeting: Meeting,
        (now, language): (Instant, Language),
    ) -> Result<Self> {
        let series = series::store::find(conn, who, meeting.series_id)?;
        let choice = meeting.day_choice.as_ref();
        let day_choice = choice.map(|choice| ChoiceView::new(&choice.0, meeting.date, language));
        let warnings = choosing::warnings(conn, who, &series, [&meeting], (now, language))?;
        Ok(Self {
            day_choice,
            warnings,
            ..Self::of(conn, who, meeting)?
        })
    }

    /// Meetings of one series.
    pub fn all(
        conn: &mut DbConn,
        who: &impl Scope,
        series: &Series,
        meetings: Vec<Meeting>,
    ) -> Result<Vec<Self>> {
        let names = municipalities::store::all(conn, who)?;
        let names = names.into_iter().map(|one| (one.id, one.name)).collect();
        let venues = municipalities::venues::store::of_cooperation(conn, who)?;
        let venues = venues.into_iter().map(|(one, _)| (one.id, one)).collect();
        let mut confirmations = confirmations::of_series(conn, who, series.id)?;
        let view = |meeting: Meeting| {
            let confirmation = confirmations.remove(&meeting.id);
            Self::new(series, &names, &venues, (meeting, confirmation))
        };
        Ok(meetings.into_iter().map(view).collect())
    }

    fn new(
        series: &Series,
        names: &HashMap<Id<Municipality>, String>,
        venues: &HashMap<Id<Venue>, Venue>,
        (meeting, confirmation): (Meeting, Option<HostConfirmation>),
    ) -> Self {
        let zone = meeting.zone();
        let by_name = |id: Id<Municipality>| {
            let name = names.get(&id)?.clone();
            Some(MunicipalityName { id, name })
        };
        Self {
            series_title: series.title.clone(),
            starts_at: meeting.starts_at_locally(),
            ends_at: meeting.ends_at.with_timezone(&zone).fixed_offset(),
            host: meeting.host_id.and_then(by_name),
            cohosts: meeting
                .cohosts
                .0
                .iter()
                .copied()
                .filter_map(by_name)
                .collect(),
            host_confirmation: confirmation
                .filter(|one| meeting.host_id == Some(one.municipality_id))
                .map(Into::into),
            venue: meeting.venue_id.and_then(|id| venues.get(&id)).cloned(),
            deadlines: Deadlines::of(&meeting, series),
            id: meeting.id,
            series_id: meeting.series_id,
            uid: meeting.uid,
            number: meeting.number,
            title: meeting.title,
            status: meeting.status,
            date: meeting.date,
            start_time: meeting.start_time,
            duration_minutes: meeting.duration_minutes,
            time_zone: meeting.time_zone,
            occurrence_on: meeting.occurrence_on,
            day_choice: None,
            warnings: Vec::new(),
            sequence: meeting.sequence,
            invited_at: meeting.invited_at,
            closed_at: meeting.closed_at,
            cancelled_at: meeting.cancelled_at,
            cancelled_reason: meeting.cancelled_reason,
            changed_at: meeting.changed_at,
            changes_told_at: meeting.tell_at,
            revision: meeting.revision,
            created_at: meeting.created_at,
            modified_at: meeting.modified_at,
        }
    }
}

/// A meeting by key and start, where planning speaks of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Dated {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its start, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
}

/// A meeting that is added by hand, to come or past.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewMeeting {
    /// The local day.
    #[validate(custom(function = "sensible_day"))]
    pub date: NaiveDate,
    /// Local start time (`10:00`); the series' if left out.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
    /// How long it takes; as the series says if left out.
    #[serde(default)]
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: Option<i32>,
    /// A title of its own.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: Option<String>,
    /// A venue of the municipality that the rotation makes its host; the preferred one if left out.
    #[serde(default)]
    pub venue_id: Option<Id<Venue>>,
}

/// What is to change of a meeting; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MeetingPatch {
    /// The local day.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    pub date: Option<NaiveDate>,
    /// Local start time (`10:00`). A time that the change of the clocks leaves out moves forward.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
    /// How long it takes.
    #[serde(default)]
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: Option<i32>,
    /// A venue of the host; `null` for its preferred one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Id<Venue>>)]
    pub venue_id: Option<Option<Id<Venue>>>,
    /// A title of its own; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 120))]
    pub title: Option<Option<String>>,
}

/// Why something is done.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// In words, for those who are told.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: String,
}
